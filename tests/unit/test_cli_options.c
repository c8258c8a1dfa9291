/* rooms: all */
#include "unit/cli_kit.h"

#include "cli/options.h"
#include "cli/output.h"

static const char *const colours[] = {"red", "green", NULL};

struct values {
    bool flag, other;
    const char *text;
    struct cli_list list;
    shelflife_day day;
    size_t colour, size, limited;
    unsigned number, timeout, lifetime;
};

/* Runs shelflife_cli_parse() on a command line. What it set is written to `out` as "name=value " pairs; its
   messages, or the help, go to `printed`. */
struct run {
    bool ok;
    int code;
    char out[1024], printed[2 * 8192];
};

static void append(struct run *r, const char *format, ...) SHELFLIFE_PRINTF(2, 3);
static void append(struct run *r, const char *format, ...)
{
    size_t used = strlen(r->out);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(r->out + used, sizeof(r->out) - used, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof(r->out) - used);
}

static void append_list(struct run *r, const char *name, const struct cli_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        append(r, "%s%s%s", i ? "," : name, i ? "" : "=", list->at[i]);
    append(r, "%s", list->count ? " " : "");
}

static void append_values(struct run *r, const struct values *v, const struct cli_list *arguments)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    if (v->flag)
        append(r, "flag ");
    if (v->text)
        append(r, "text=%s ", v->text);
    append_list(r, "list", &v->list);
    if (v->day != SHELFLIFE_DAY_NONE)
        append(r, "day=%s ", shelflife_day_format(v->day, day));
    if (v->colour != SIZE_MAX)
        append(r, "colour=%zu ", v->colour);
    const struct {
        const char *name;
        size_t n;
    } numbers[] = {{"number", v->number},
                   {"timeout", v->timeout},
                   {"lifetime", v->lifetime},
                   {"size", v->size},
                   {"limited", v->limited}};
    for (size_t i = 0; i < COUNT(numbers); i++)
        if (numbers[i].n)
            append(r, "%s=%zu ", numbers[i].name, numbers[i].n);
    append_list(r, "arguments", arguments);
    if (*r->out)
        r->out[strlen(r->out) - 1] = '\0';
}

static void parse(const char *text, int min, int max, struct run *r)
{
    struct values v = {.day = SHELFLIFE_DAY_NONE, .colour = SIZE_MAX};
    const struct cli_option options[] = {
        {.name = "flag", .letter = 'f', .type = CLI_FLAG, .target = &v.flag, .help = "a flag"},
        {.name = "text",
         .letter = 't',
         .type = CLI_TEXT,
         .argument = "TEXT",
         .target = &v.text,
         .help = "a\ntext"},
        {.name = "list", .type = CLI_LIST, .argument = "ITEM", .target = &v.list, .help = "a list"},
        {.name = "day", .type = CLI_DAY, .argument = "DATE", .target = &v.day, .help = "a day"},
        {.name = "colour",
         .type = CLI_WORD,
         .argument = "COLOUR",
         .target = &v.colour,
         .words = colours,
         .help = "a word"},
        {.name = "number",
         .type = CLI_NUMBER,
         .argument = "N",
         .target = &v.number,
         .min = 2,
         .max = UINT32_MAX,
         .help = "a number"},
        {.name = "timeout",
         .type = CLI_TIME_MS,
         .argument = "TIME",
         .target = &v.timeout,
         .min = 100,
         .max = 3600000,
         .help = "a time"},
        {.name = "lifetime-of-a-very-long-name",
         .type = CLI_TIME_S,
         .argument = "TIME",
         .target = &v.lifetime,
         .min = 3600,
         .max = 90 * 86400,
         .help = "another"},
        {.name = "size",
         .type = CLI_SIZE,
         .argument = "BYTES",
         .target = &v.size,
         .min = 1024,
         .max = SIZE_MAX,
         .help = "a size"},
        {.name = "size-limit",
         .type = CLI_SIZE,
         .argument = "BYTES",
         .target = &v.limited,
         .min = 0,
         .max = 1 << 30,
         .help = "a size"},
    };
    const struct cli_usage usage = {.program = "test",
                                    .arguments = "NAME...",
                                    .about = "About.",
                                    .examples = "  test x",
                                    .min_arguments = min,
                                    .max_arguments = max};
    char line[256], *argv[WORDS_MAX];
    struct capture out, err;
    struct cli_list arguments;
    snprintf(line, sizeof(line), "%s", text);
    int argc = split(line, argv);
    *r = (struct run){.code = -1};
    capture_begin(&out, stdout);
    capture_begin(&err, stderr);
    r->ok = shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &arguments, &r->code);
    const char *messages = capture_end(&err), *help = capture_end(&out);
    snprintf(r->printed, sizeof(r->printed), "%s%s", messages, help);
    if (r->ok) {
        append_values(r, &v, &arguments);
        shelflife_cli_list_free(&arguments);
    } else {
        assert_null(arguments.at);
    }
    shelflife_cli_list_free(&v.list);
}

static void values_are_set(void **state)
{
    static const struct {
        const char *line, *values;
    } cases[] = {
        {"", ""},
        {"--flag", "flag"},
        {"-f", "flag"},
        {"--text a", "text=a"},
        {"--text=a=b", "text=a=b"},
        {"--text=", "text="},
        {"-t a", "text=a"},
        {"-ta", "text=a"},
        {"-fta", "flag text=a"},
        {"--text a --text b", "text=b"},
        {"--tex a", "text=a"},
        {"--text --flag", "text=--flag"},
        {"--list a --list=b --list a", "list=a,b,a"},
        {"--day 2026-02-28", "day=2026-02-28"},
        {"--colour red", "colour=0"},
        {"--colour red --colour green", "colour=1"},
        {"--number 2", "number=2"},
        {"--number 4294967295", "number=4294967295"},
        {"--number 007", "number=7"},
        {"--timeout 100ms", "timeout=100"},
        {"--timeout 2s", "timeout=2000"},
        {"--timeout 3m", "timeout=180000"},
        {"--timeout 1h", "timeout=3600000"},
        {"--lifetime-of-a-very-long-name 3600s", "lifetime=3600"},
        {"--lifetime-of-a-very-long-name 90d", "lifetime=7776000"},
        {"--size 1024", "size=1024"},
        {"--size 1Ki", "size=1024"},
        {"--size 32Mi", "size=33554432"},
        {"--size 2Gi", "size=2147483648"},
        {"--size-limit 1Gi", "limited=1073741824"},
        {"a b", "arguments=a,b"},
        {"a --flag b", "flag arguments=a,b"},
        {"- -- --flag", "arguments=-,--flag"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run r;
        parse(cases[i].line, 0, -1, &r);
        if (!r.ok || strcmp(r.out, cases[i].values) != 0 || *r.printed)
            fail_msg("\"%s\": \"%s\" is not \"%s\"; %s", cases[i].line, r.out, cases[i].values, r.printed);
    }
}

static void mistakes_are_reported(void **state)
{
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"--unlike", "unknown option --unlike"},
        {"--unlike=x", "unknown option --unlike"},
        {"--flga", "unknown option --flga; did you mean --flag?"},
        {"--colur=red", "unknown option --colur; did you mean --colour?"},
        {"--Text a", "unknown option --Text; did you mean --text?"},
        {"--t a", "--t could be --text or --timeout"},
        {"--=a", "unknown option --"},
        {"-x", "unknown option -x"},
        {"-fx", "unknown option -x"},
        {"--flag=yes", "--flag takes no argument"},
        {"--text", "--text requires an argument"},
        {"-t", "-t requires an argument"},
        {"--day 2026-02-30", "--day: \"2026-02-30\" must be a date like 2026-11-23"},
        {"--day=", "--day: \"\" must be a date like 2026-11-23"},
        {"--colour blue", "--colour: \"blue\" must be one of red, green"},
        {"--colour re", "--colour: \"re\" must be one of red, green"},
        {"--number 1", "--number: \"1\" must be a number from 2 to 4294967295"},
        {"--number 4294967296", "--number: \"4294967296\" must be a number from 2 to 4294967295"},
        {"--number 99999999999999999999999",
         "--number: \"99999999999999999999999\" must be a number from 2 to 4294967295"},
        {"--number -5", "--number: \"-5\" must be a number from 2 to 4294967295"},
        {"--number +5", "--number: \"+5\" must be a number from 2 to 4294967295"},
        {"--number 5x", "--number: \"5x\" must be a number from 2 to 4294967295"},
        {"--number=", "--number: \"\" must be a number from 2 to 4294967295"},
        {"--timeout 30", "--timeout: \"30\" must be a time from 100ms to 1h, like 30s"},
        {"--timeout 99ms", "--timeout: \"99ms\" must be a time from 100ms to 1h, like 30s"},
        {"--timeout 3601s", "--timeout: \"3601s\" must be a time from 100ms to 1h, like 30s"},
        {"--timeout 1d", "--timeout: \"1d\" must be a time from 100ms to 1h, like 30s"},
        {"--timeout 5124095576030431h",
         "--timeout: \"5124095576030431h\" must be a time from 100ms to 1h, like 30s"},
        {"--lifetime-of-a-very-long-name 91d",
         "--lifetime-of-a-very-long-name: \"91d\" must be a time from 1h to 90d, like 90d"},
        {"--size 1023", "--size: \"1023\" must be a number of bytes, at least 1Ki, like 32Mi"},
        {"--size 32MB", "--size: \"32MB\" must be a number of bytes, at least 1Ki, like 32Mi"},
        {"--size 18446744073709551615Gi",
         "--size: \"18446744073709551615Gi\" must be a number of bytes, at least 1Ki, like 32Mi"},
        {"--size-limit 1025Mi",
         "--size-limit: \"1025Mi\" must be a number of bytes from 0 to 1Gi, like 32Mi"},
        {"--flag --text a --list b --unlike", "unknown option --unlike"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run r;
        char expected[512];
        snprintf(expected, sizeof(expected), "shelflife: %s\nshelflife: see \"test --help\"\n",
                 cases[i].message);
        parse(cases[i].line, 0, -1, &r);
        if (r.ok || r.code != CLI_EXIT_USAGE || strcmp(r.printed, expected) != 0)
            fail_msg("\"%s\": code %d, \"%s\" is not \"%s\"", cases[i].line, r.code, r.printed, expected);
    }
}

static void arguments_are_counted(void **state)
{
    static const struct {
        const char *line;
        int min, max;
        const char *message; /* NULL: fine */
    } cases[] = {
        {"", 0, 0, NULL},
        {"a", 0, 0, "unexpected argument \"a\""},
        {"--flag a b c", 1, 2, "unexpected argument \"c\""},
        {"a b", 2, 2, NULL},
        {"a", 2, 2, "missing argument: NAME..."},
        {"-- a", 1, 1, NULL},
        {"--flag", 1, -1, "missing argument: NAME..."},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run r;
        parse(cases[i].line, cases[i].min, cases[i].max, &r);
        if (r.ok != !cases[i].message || (!r.ok && !strstr(r.printed, cases[i].message)))
            fail_msg("\"%s\": %s", cases[i].line, r.printed);
    }
}

static void help_is_printed_from_the_table(void **state)
{
    static const char expected[] = "usage: test [OPTION]... NAME...\n"
                                   "\n"
                                   "About.\n"
                                   "\n"
                                   "options:\n"
                                   "  -f, --flag                   a flag\n"
                                   "  -t, --text TEXT              a\n"
                                   "                               text\n"
                                   "      --list ITEM              a list\n"
                                   "      --day DATE               a day\n"
                                   "      --colour COLOUR          a word\n"
                                   "      --number N               a number\n"
                                   "      --timeout TIME           a time\n"
                                   "      --lifetime-of-a-very-long-name TIME\n"
                                   "                               another\n"
                                   "      --size BYTES             a size\n"
                                   "      --size-limit BYTES       a size\n"
                                   "  -h, --help                   print this help\n"
                                   "\n"
                                   "examples:\n"
                                   "  test x\n";
    static const char *const lines[] = {"--help", "-h", "-fh", "a b --help", "--text a -h --unlike"};
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct run r;
        parse(lines[i], 1, 1, &r);
        assert_false(r.ok);
        assert_int_equal(r.code, CLI_EXIT_OK);
        assert_string_equal(r.printed, expected);
    }
}

static void messages_are_printable(void **state)
{
    struct run r;
    (void)state;
    parse("--text a \x1b[31m\u202e", 0, 0, &r);
    assert_non_null(strstr(r.printed, "unexpected argument \"?[31m?\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_set),         cmocka_unit_test(mistakes_are_reported),
        cmocka_unit_test(arguments_are_counted),  cmocka_unit_test(help_is_printed_from_the_table),
        cmocka_unit_test(messages_are_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
