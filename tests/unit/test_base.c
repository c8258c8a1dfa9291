/* rooms: base */
#include "unit/test.h"

static void day_parse_reads_only_real_days(void **state)
{
    static const struct {
        const char *text;
        shelflife_day day; /* SHELFLIFE_DAY_NONE: refused */
    } cases[] = {
        {"1970-01-01", 0},
        {"1970-01-02", 1},
        {"1969-12-31", -1},
        {"2000-02-29", 11016},
        {"2026-11-23", 20780},
        {"0001-01-01", -719162},
        {"9999-12-31", 2932896},
        {"2026-02-29", SHELFLIFE_DAY_NONE},
        {"1900-02-29", SHELFLIFE_DAY_NONE},
        {"2026-13-01", SHELFLIFE_DAY_NONE},
        {"2026-00-01", SHELFLIFE_DAY_NONE},
        {"2026-04-31", SHELFLIFE_DAY_NONE},
        {"2026-4-30", SHELFLIFE_DAY_NONE},
        {"0000-01-01", SHELFLIFE_DAY_NONE},
        {"2026-11-23 ", SHELFLIFE_DAY_NONE},
        {"", SHELFLIFE_DAY_NONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        shelflife_day day = SHELFLIFE_DAY_NONE;
        bool ok = shelflife_day_parse(shelflife_str_of(cases[i].text), &day);
        assert_int_equal(ok, cases[i].day != SHELFLIFE_DAY_NONE);
        assert_int_equal(day, cases[i].day);
    }
}

static void times_are_written_to_the_second(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        char between;
        const char *text;
    } cases[] = {
        {0, 'T', "1970-01-01T00:00:00"},
        {-1, 'T', "1969-12-31T23:59:59"},
        {1795426860, 'T', "2026-11-23T09:41:00"},
        {951868799, ' ', "2000-02-29 23:59:59"},
        {253402300799, ' ', "9999-12-31 23:59:59"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[SHELFLIFE_TIME_TEXT_MAX];
        size_t len = shelflife_time_format(cases[i].seconds, cases[i].between, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(len, strlen(text));
    }
}

static void day_format_is_the_inverse_of_parse(void **state)
{
    (void)state;
    char before[SHELFLIFE_DAY_TEXT_MAX] = "";
    for (shelflife_day day = -719162; day <= 2932896; day++) {
        char text[SHELFLIFE_DAY_TEXT_MAX];
        shelflife_day_format(day, text);
        shelflife_day back;
        assert_true(shelflife_day_parse(shelflife_str_of(text), &back));
        assert_int_equal(back, day);
        assert_true(strcmp(before, text) < 0);
        memcpy(before, text, sizeof(text));
    }
    char text[SHELFLIFE_DAY_TEXT_MAX] = "x";
    assert_string_equal(shelflife_day_format(SHELFLIFE_DAY_NONE, text), "");
    assert_string_equal(shelflife_day_format(2932897, text), "");
}

static void day_of_seconds_rounds_towards_the_past(void **state)
{
    (void)state;
    assert_int_equal(shelflife_day_of_seconds(0), 0);
    assert_int_equal(shelflife_day_of_seconds(86399), 0);
    assert_int_equal(shelflife_day_of_seconds(86400), 1);
    assert_int_equal(shelflife_day_of_seconds(-1), -1);
    assert_int_equal(shelflife_day_of_seconds(-86400), -1);
    assert_int_equal(shelflife_day_of_seconds(-86401), -2);
    assert_int_equal(shelflife_day_of_seconds(INT64_MAX), INT32_MAX);
    assert_int_equal(shelflife_day_of_seconds(INT64_MIN), INT32_MIN + 1);
}

static void day_span_reads_days_and_weeks(void **state)
{
    static const struct {
        const char *text;
        int32_t days; /* -1: refused */
    } cases[] = {{"90d", 90}, {"2w", 14}, {"0", 0},    {"0d", 0},  {"36500d", 36500}, {"36501d", -1},
                 {"90", -1},  {"d", -1},  {"-1d", -1}, {"1h", -1}, {"", -1},          {"999999d", -1}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int32_t days = -1;
        assert_int_equal(shelflife_day_parse_span(shelflife_str_of(cases[i].text), &days),
                         cases[i].days >= 0);
        assert_int_equal(days, cases[i].days);
    }
}

static void utf8_follows_rfc_3629(void **state)
{
    static const struct {
        str text;
        bool valid;
    } cases[] = {
        {STR_INIT(""), true},
        {STR_INIT("a\0b"), true},
        {STR_INIT("\xc2\x80\xdf\xbf"), true},
        {STR_INIT("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), true},
        {STR_INIT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), true},
        {STR_INIT("\xc0\xaf"), false},         /* overlong */
        {STR_INIT("\xe0\x9f\xbf"), false},     /* overlong */
        {STR_INIT("\xf0\x8f\xbf\xbf"), false}, /* overlong */
        {STR_INIT("\xed\xa0\x80"), false},     /* surrogate */
        {STR_INIT("\xf4\x90\x80\x80"), false}, /* past U+10FFFF */
        {STR_INIT("\x80"), false},
        {STR_INIT("\xe2\x82"), false},
        {STR_INIT("\xff"), false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(shelflife_str_is_utf8(cases[i].text), cases[i].valid);
    assert_int_equal(shelflife_utf8_cut(STR("a\xe2\x82\xac"), 3), 1);
    assert_int_equal(shelflife_utf8_cut(STR("a\xe2\x82\xac"), 4), 4);
}

static void arena_keeps_to_its_limit_and_says_so(void **state)
{
    (void)state;
    arena a;
    error err = {0};
    shelflife_arena_init(&a, 100000);
    for (int i = 0; i < 10; i++) {
        unsigned char *p = shelflife_arena_alloc(&a, 9000);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (int k = 0; k < 9000; k++)
            assert_int_equal(p[k], 0);
        memset(p, 0xff, 9000);
    }
    assert_null(shelflife_arena_alloc(&a, 20000));
    assert_false(shelflife_arena_fail(&a, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    assert_null(shelflife_arena_array(&a, SIZE_MAX / 2, 3));
    shelflife_arena_reset(&a);
    assert_non_null(shelflife_arena_alloc(&a, 90000));
    str s;
    assert_true(shelflife_arena_format(&a, &s, "%s-%d", "x", 7));
    assert_str_equal(s, "x-7");
    shelflife_arena_free(&a);
}

static void buffer_collects_up_to_its_limit(void **state)
{
    (void)state;
    buffer b;
    error err = {0};
    shelflife_buffer_init(&b, 6);
    assert_true(shelflife_buffer_collect(&b, STR("abc"), &err));
    assert_true(shelflife_buffer_collect(&b, STR("def"), &err));
    assert_false(shelflife_buffer_collect(&b, STR("g"), &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    assert_string_equal(err.text, "it has more than 6 bytes");
    assert_str_equal(shelflife_buffer_str(&b), "abcdef");
    shelflife_buffer_free(&b);
}

static void buffer_stops_at_its_limit_and_keeps_what_it_had(void **state)
{
    (void)state;
    buffer b;
    shelflife_buffer_init(&b, 8);
    shelflife_buffer_append(&b, STR("abcd"));
    shelflife_buffer_format(&b, "%d", 123);
    shelflife_buffer_append(&b, STR("toolong"));
    assert_true(b.failed);
    shelflife_buffer_byte(&b, 'x');
    assert_str_equal(shelflife_buffer_str(&b), "abcd123");
    shelflife_buffer_reset(&b);
    shelflife_buffer_format(&b, "%s", "12345678");
    assert_false(b.failed);
    assert_str_equal(shelflife_buffer_str(&b), "12345678");
    shelflife_buffer_free(&b);
}

static void error_text_is_clean_utf8_whatever_the_input(void **state)
{
    (void)state;
    error err = {0};
    assert_false(shelflife_fail(&err, SHELFLIFE_ERROR_INPUT, "bad \x1b[31m \xff %s", "\xe2\x82\xac\n"));
    assert_string_equal(err.text, "bad ?[31m ? \xe2\x82\xac?");
    assert_false(shelflife_error_prefix(&err, "file %d", 1));
    assert_string_equal(err.text, "file 1: bad ?[31m ? \xe2\x82\xac?");
    assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
    char *longest = malloc(5000);
    assert_non_null(longest);
    memset(longest, 'x', 4999);
    longest[4999] = '\0';
    shelflife_fail(&err, SHELFLIFE_ERROR_INPUT, "%s\xe2\x82\xac", longest);
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
    free(longest);
    assert_false(shelflife_fail(NULL, SHELFLIFE_ERROR_INPUT, "no server listens"));
}

static int compare_days(const void *a, const void *b)
{
    const shelflife_day *p = a, *q = b;
    return (*p > *q) - (*p < *q);
}

static void lower_bound_finds_the_first_of_equals_or_where_it_would_be(void **state)
{
    static const shelflife_day days[] = {2, 4, 4, 4, 7};
    static const struct {
        shelflife_day day;
        size_t index;
    } cases[] = {{1, 0}, {2, 0}, {3, 1}, {4, 1}, {5, 4}, {7, 4}, {8, 5}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(shelflife_lower_bound(&cases[i].day, days, COUNT(days), sizeof(*days), compare_days),
                         cases[i].index);
    assert_int_equal(shelflife_lower_bound(&days[0], NULL, 0, sizeof(*days), compare_days), 0);
}

static void width_counts_characters(void **state)
{
    (void)state;
    assert_int_equal(shelflife_utf8_width((str){0}), 0);
    assert_int_equal(shelflife_utf8_width(STR("abc")), 3);
    assert_int_equal(shelflife_utf8_width(STR("a\xe2\x80\xa6\xc3\xa9")), 3);
    assert_int_equal(shelflife_utf8_width(STR("\xff\xe2\x80")), 3);
    assert_int_equal(shelflife_utf8_width(STR("＝a")), 3);
    assert_int_equal(shelflife_utf8_width(STR("漢字")), 4);
    assert_int_equal(shelflife_utf8_width(STR("\xf0\x9f\x90\xb3")), 2);
}

static void trim_drops_white_space_around_a_text(void **state)
{
    static const struct {
        const char *text, *trimmed;
    } cases[] = {{"", ""}, {" ", ""}, {"a", "a"}, {" \t\r\na b\n\r\t ", "a b"}, {"\va", "\va"}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_true(shelflife_str_equal(shelflife_str_trim(shelflife_str_of(cases[i].text)),
                                        shelflife_str_of(cases[i].trimmed)));
}

static void lines_are_taken_one_by_one(void **state)
{
    static const struct {
        const char *text, *lines[3];
        size_t count;
    } cases[] = {{"", {""}, 0},
                 {"a", {"a"}, 1},
                 {"a\n", {"a"}, 1},
                 {"\n", {""}, 1},
                 {"a\n\nb c\r", {"a", "", "b c\r"}, 3},
                 {"\n\na\n", {"", "", "a"}, 3}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        str rest = shelflife_str_of(cases[i].text);
        for (size_t k = 0; k < cases[i].count; k++) {
            assert_true(rest.len > 0);
            assert_true(shelflife_str_equal(shelflife_str_line(&rest), shelflife_str_of(cases[i].lines[k])));
        }
        assert_int_equal(rest.len, 0);
    }
    str absent = {0};
    assert_int_equal(shelflife_str_line(&absent).len, 0);
    assert_null(absent.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lower_bound_finds_the_first_of_equals_or_where_it_would_be),
        cmocka_unit_test(width_counts_characters),
        cmocka_unit_test(trim_drops_white_space_around_a_text),
        cmocka_unit_test(lines_are_taken_one_by_one),
        cmocka_unit_test(day_parse_reads_only_real_days),
        cmocka_unit_test(day_format_is_the_inverse_of_parse),
        cmocka_unit_test(times_are_written_to_the_second),
        cmocka_unit_test(day_of_seconds_rounds_towards_the_past),
        cmocka_unit_test(day_span_reads_days_and_weeks),
        cmocka_unit_test(utf8_follows_rfc_3629),
        cmocka_unit_test(arena_keeps_to_its_limit_and_says_so),
        cmocka_unit_test(buffer_collects_up_to_its_limit),
        cmocka_unit_test(buffer_stops_at_its_limit_and_keeps_what_it_had),
        cmocka_unit_test(error_text_is_clean_utf8_whatever_the_input),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
