/* rooms: base */
#include "unit/test.h"

static void times_are_parsed_as_rfc_3339(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: refused */
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-23T10:00:00Z", 1795428000},
        {"2026-11-23t10:00:00z", 1795428000},
        {"2026-11-23T10:00:00.123456789Z", 1795428000},
        {"2026-11-23T12:00:00+02:00", 1795428000},
        {"2026-11-23T02:30:00.5-07:30", 1795428000},
        {"2026-11-23T10:00:60Z", 1795428060},
        {"2026-11-23T10:00:00", -1},
        {"2026-11-23 10:00:00Z", -1},
        {"2026-11-23T10:00:00.Z", -1},
        {"2026-11-23T24:00:00Z", -1},
        {"2026-11-23T10:60:00Z", -1},
        {"2026-11-23T10:00:00+0200", -1},
        {"2026-11-23T10:00:00+02:00x", -1},
        {"2026-11-23T10:00:00ZZ", -1},
        {"2026-02-30T10:00:00Z", -1},
        {"2026-11-23", -1},
        {"", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t seconds = -1;
        bool ok = shelflife_time_parse(shelflife_str_of(cases[i].text), &seconds);
        if (ok != (cases[i].seconds != -1) || seconds != cases[i].seconds)
            fail_msg("\"%s\": %d %jd", cases[i].text, ok, (intmax_t)seconds);
    }
}

static void what_is_formatted_parses(void **state)
{
    static const int64_t seconds[] = {0, 1, 59, 3599, 86399, 86400, 951782400, 1795428000, 253402300799, -1};
    (void)state;
    for (size_t i = 0; i < COUNT(seconds); i++) {
        char text[SHELFLIFE_TIME_TEXT_MAX + 1];
        int64_t back = 0;
        size_t n = shelflife_time_format(seconds[i], 'T', text);
        text[n++] = 'Z';
        assert_true(shelflife_time_parse((str){text, n}, &back));
        assert_int_equal(back, seconds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_parsed_as_rfc_3339),
        cmocka_unit_test(what_is_formatted_parses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
