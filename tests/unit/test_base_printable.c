/* rooms: base */
#include "base/printable.h"
#include "unit/test.h"

static const struct {
    const char *text, *shown;
} texts[] = {
    {"", ""},
    {"plain ASCII, long enough for a few words of 8 bytes",
     "plain ASCII, long enough for a few words of 8 bytes"},
    {"größer 日本 \xf0\x9f\x8d\x8e", "größer 日本 \xf0\x9f\x8d\x8e"},
    /* Control characters, with DEL and those of Latin-1. */
    {"a\tb\nc\rd\x1b[31m\x7f", "a?b?c?d?[31m?"},
    {"12345678\x1b"
     "12345678\x7f",
     "12345678?12345678?"},
    {"\xc2\x80\xc2\x9f\xc2\xa0", "??\xc2\xa0"},
    /* Format characters: soft hyphen, directions, joiners, byte order mark, tags. */
    {"a\xc2\xad"
     "b",
     "a?b"},
    {"\xe2\x80\xae"
     "evil\xe2\x80\xac",
     "?evil?"},
    {"\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf\xf3\xa0\x81\x81", "??????"},
    /* The separators of lines and paragraphs, and their neighbours. */
    {"\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaf", "\xe2\x80\xa7??\xe2\x80\xaf"},
    /* Bytes that are not UTF-8: alone, cut off, overlong, a surrogate. */
    {"\xff", "?"},
    {"a\xe2\x82", "a??"},
    {"\xc0\xaf", "??"},
    {"\xed\xa0\x80", "???"},
};

static void what_is_not_printable_is_a_question_mark(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        CLEANUP(shelflife_buffer_free) buffer out;
        shelflife_buffer_init(&out, 4096);
        shelflife_printable_append(shelflife_str_of(texts[i].text), SIZE_MAX, &out);
        assert_str_equal(shelflife_buffer_str(&out), texts[i].shown);
    }
}

static void error_texts_are_made_printable_the_same_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        error err = {0};
        char expected[256];
        shelflife_fail(&err, SHELFLIFE_ERROR_INPUT, "%s", texts[i].text);
        assert_string_equal(err.text, texts[i].shown);
        shelflife_error_prefix(&err, "\xe2\x80\xae%s", texts[i].text);
        snprintf(expected, sizeof(expected), "?%s: %s", texts[i].shown, texts[i].shown);
        assert_string_equal(err.text, expected);
    }
}

static void long_text_is_cut_in_the_middle_of_no_character(void **state)
{
    (void)state;
    static const char text[] = "größer als die Zeile: größer\n";
    for (size_t max = 0; max <= sizeof(text); max++) {
        CLEANUP(shelflife_buffer_free) buffer out;
        shelflife_buffer_init(&out, 4096);
        shelflife_printable_append(shelflife_str_of(text), max, &out);
        str shown = shelflife_buffer_str(&out);
        assert_true(shown.len <= max);
        assert_true(shelflife_str_is_utf8(shown));
        bool whole = max >= sizeof(text) - 1;
        bool cut = shown.len && memmem(shown.at, shown.len, "…", strlen("…"));
        assert_int_equal(cut, !whole && max >= strlen("…"));
        if (max >= 16) {
            assert_true(shelflife_str_starts(shown, STR("grö")));
            assert_true(shelflife_str_ends(shown, STR("er?")));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_printable_is_a_question_mark),
        cmocka_unit_test(error_texts_are_made_printable_the_same_way),
        cmocka_unit_test(long_text_is_cut_in_the_middle_of_no_character),
    };
    return cmocka_run_group_tests_name("printable", tests, NULL, NULL);
}
