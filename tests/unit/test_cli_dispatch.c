/* rooms: all */
#include "unit/cli_kit.h"

#include "cli/dispatch.h"
#include "cli/output.h"

static char called[256];

static int record(int argc, char **argv)
{
    size_t used = 0;
    for (int i = 0; i <= argc; i++)
        used += (size_t)snprintf(called + used, sizeof(called) - used, "%s%s", i ? " " : "",
                                 i < argc  ? argv[i]
                                 : argv[i] ? "unterminated"
                                           : "$");
    return 7;
}

static void commands_are_found(void **state)
{
    static const struct cli_command commands[] = {
        {"list", "list all", record}, {"show", "show one", record}, {"version", "show the version", record}};
    static const struct {
        const char *line;
        int code;
        const char *called, *out, *err;
    } cases[] = {
        {"list", 7, "list $", "", ""},
        {"show a --b", 7, "show a --b $", "", ""},
        {"--version", 7, "version $", "", ""},
        {"-V", 7, "version $", "", ""},
        {"help show", 7, "show --help $", "", ""},
        {"help show a b", 7, "show a b --help $", "", ""},
        {"help", 0, "", "usage: a test COMMAND", ""},
        {"--help", 0, "", "usage: a test COMMAND", ""},
        {"-h", 0, "", "usage: a test COMMAND", ""},
        {"", 2, "", "", "usage: a test COMMAND"},
        {"none", 2, "", "", "unknown command \"none\" for \"a test\"\nshelflife: see \"a test --help\"\n"},
        {"help none", 2, "", "",
         "unknown command \"none\" for \"a test\"\nshelflife: see \"a test --help\"\n"},
        {"hsow", 2, "", "", "did you mean \"a test show\"? See \"a test --help\"\n"},
        {"LIST", 2, "", "", "did you mean \"a test list\"?"},
        {"--list", 2, "", "", "unknown command \"--list\""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct capture out, err;
        char line[64], *argv[WORDS_MAX];
        snprintf(line, sizeof(line), "%s", cases[i].line);
        int argc = split(line, argv);
        *called = '\0';
        capture_begin(&out, stdout);
        capture_begin(&err, stderr);
        int code = shelflife_cli_dispatch("a test", "About.", commands, COUNT(commands), argc, argv);
        const char *err_text = capture_end(&err), *out_text = capture_end(&out);
        if (code != cases[i].code || strcmp(called, cases[i].called) != 0 ||
            !strstr(out_text, cases[i].out) || !strstr(err_text, cases[i].err) ||
            (!*cases[i].out && *out_text) || (!*cases[i].err && *err_text))
            fail_msg("\"%s\": code %d, called \"%s\", printed \"%s\" and \"%s\"", cases[i].line, code, called,
                     out_text, err_text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(commands_are_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
