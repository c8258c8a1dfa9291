/* rooms: all */
#include "unit/cli_kit.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include "cli/output.h"
#include "cli/terminal.h"

/* Standard output is this terminal until leave_terminal(). */
struct terminal {
    int ours, theirs, saved;
};

static void enter_terminal(struct terminal *t, unsigned short columns)
{
    const struct winsize size = {.ws_row = 24, .ws_col = columns};
    char name[64];
    t->ours = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(t->ours >= 0 && grantpt(t->ours) == 0 && unlockpt(t->ours) == 0);
    assert_int_equal(ptsname_r(t->ours, name, sizeof(name)), 0);
    t->theirs = open(name, O_RDWR | O_NOCTTY);
    assert_true(t->theirs >= 0);
    assert_int_equal(ioctl(t->theirs, TIOCSWINSZ, &size), 0);
    fflush(stdout);
    t->saved = dup(STDOUT_FILENO);
    assert_true(dup2(t->theirs, STDOUT_FILENO) >= 0);
}

static void leave_terminal(struct terminal *t)
{
    assert_true(dup2(t->saved, STDOUT_FILENO) >= 0);
    close(t->saved);
    close(t->theirs);
    close(t->ours);
}

static void set(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void colour_is_for_terminals_that_want_it(void **state)
{
    static const struct {
        bool terminal;
        const char *no_color, *term;
        bool coloured;
    } cases[] = {
        {true, NULL, "xterm", true}, {true, "", "xterm", true},   {true, "1", "xterm", false},
        {true, NULL, "dumb", false}, {true, NULL, NULL, false},   {false, NULL, "xterm", false},
        {false, "", "xterm", false}, {false, "1", "dumb", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct terminal t;
        struct capture file;
        set("NO_COLOR", cases[i].no_color);
        set("TERM", cases[i].term);
        if (cases[i].terminal)
            enter_terminal(&t, 80);
        else
            capture_begin(&file, stdout);
        struct cli_style style = shelflife_cli_style();
        if (cases[i].terminal)
            leave_terminal(&t);
        else
            capture_end(&file);
        const char *const all[] = {style.bold, style.dim, style.good, style.warn, style.bad, style.plain};
        for (size_t k = 0; k < COUNT(all); k++)
            if ((*all[k] == '\x1b') != cases[i].coloured || (*all[k] != '\0') != cases[i].coloured)
                fail_msg("case %zu, style %zu", i, k);
    }
}

static void the_width_is_the_terminals(void **state)
{
    static const unsigned short widths[] = {0, 1, 80, 317};
    struct capture file;
    (void)state;
    for (size_t i = 0; i < COUNT(widths); i++) {
        struct terminal t;
        enter_terminal(&t, widths[i]);
        unsigned width = shelflife_cli_terminal_width();
        leave_terminal(&t);
        assert_int_equal(width, widths[i]);
    }
    capture_begin(&file, stdout);
    unsigned width = shelflife_cli_terminal_width();
    capture_end(&file);
    assert_int_equal(width, 0);
}

static void columns_are_padded_by_characters(void **state)
{
    static const struct {
        const char *text;
        size_t width;
        const char *printed;
    } cases[] = {
        {"", 0, ""},       {"", 3, "   "},      {"abc", 5, "abc  "},
        {"abc", 3, "abc"}, {"abc", 2, "abc"},   {"\u00e9t\u00e9", 4, "\u00e9t\u00e9 "},
        {"\xff", 2, "? "}, {"a\x1b", 3, "a? "}, {"a\u202e", 3, "a? "},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct capture out;
        capture_begin(&out, stdout);
        shelflife_cli_print_column(shelflife_str_of(cases[i].text), cases[i].width);
        assert_string_equal(capture_end(&out), cases[i].printed);
    }
}

static void each_phase_has_a_style(void **state)
{
    const struct cli_style style = {"bold", "dim", "good", "warn", "bad", "plain"};
    static const char *const styles[SHELFLIFE_PHASES] = {
        [SHELFLIFE_PHASE_SUPPORTED] = "good", [SHELFLIFE_PHASE_ENDING] = "warn",
        [SHELFLIFE_PHASE_UNPATCHED] = "warn", [SHELFLIFE_PHASE_UNAVAILABLE] = "bad",
        [SHELFLIFE_PHASE_UNRESOLVED] = "dim", [SHELFLIFE_PHASE_UNLISTED] = "dim",
        [SHELFLIFE_PHASE_INVALID] = "warn",
    };
    (void)state;
    for (int phase = 0; phase < SHELFLIFE_PHASES; phase++)
        assert_string_equal(shelflife_cli_phase_style(&style, (enum shelflife_phase)phase), styles[phase]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colour_is_for_terminals_that_want_it),
        cmocka_unit_test(the_width_is_the_terminals),
        cmocka_unit_test(columns_are_padded_by_characters),
        cmocka_unit_test(each_phase_has_a_style),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
