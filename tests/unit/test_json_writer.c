/* rooms: base json */
#include "shelflife/json.h"
#include "unit/test.h"

typedef struct shelflife_json_writer writer;

static void write_one(buffer *out, size_t limit, str s)
{
    writer w;
    shelflife_buffer_init(out, limit);
    shelflife_json_writer_init(&w, out);
    shelflife_json_write_string(&w, s);
}

static void strings_are_escaped_where_they_must_be(void **state)
{
    static const struct {
        str text, written;
    } cases[] = {
        {STR_INIT(""), STR_INIT("\"\"")},
        {STR_INIT("plain / text"), STR_INIT("\"plain / text\"")},
        {STR_INIT("\"\\"), STR_INIT("\"\\\"\\\\\"")},
        {STR_INIT("\b\f\n\r\t"), STR_INIT("\"\\b\\f\\n\\r\\t\"")},
        {STR_INIT("a\0b\x1f \x7f"), STR_INIT("\"a\\u0000b\\u001f \\u007f\"")},
        {STR_INIT("\xc2\x80\xc2\x9f\xc2\xa0"), STR_INIT("\"\\u0080\\u009f\xc2\xa0\"")},
        {STR_INIT("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xb0"),
         STR_INIT("\"\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xb0\"")},
        {STR_INIT("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xef\xbf\xbf"),
         STR_INIT("\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xef\xbf\xbf\"")},
        /* format characters: soft hyphen, zero-width space, right-to-left override, byte order mark, tags */
        {STR_INIT("a\xc2\xad\xe2\x80\x8b"), STR_INIT("\"a\\u00ad\\u200b\"")},
        {STR_INIT("\xe2\x80\xae\xef\xbb\xbf!"), STR_INIT("\"\\u202e\\ufeff!\"")},
        {STR_INIT("\xf0\x91\x82\xbd\xf3\xa0\x80\x81\xf3\xa0\x81\xbf"),
         STR_INIT("\"\\ud804\\udcbd\\udb40\\udc01\\udb40\\udc7f\"")},
        /* invalid UTF-8 */
        {STR_INIT("\xff"), STR_INIT("\"\xef\xbf\xbd\"")},
        {STR_INIT("a\x80\xc0\xaf"), STR_INIT("\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"")},
        {STR_INIT("\xed\xa0\x80!"), STR_INIT("\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd!\"")},
        {STR_INIT("\xe2\x82"), STR_INIT("\"\xef\xbf\xbd\xef\xbf\xbd\"")},
        {STR_INIT("0123456789abcdef\n0123456789abcdef\xc3\xa9"),
         STR_INIT("\"0123456789abcdef\\n0123456789abcdef\xc3\xa9\"")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer out;
        write_one(&out, SIZE_MAX, cases[i].text);
        assert_false(out.failed);
        if (!shelflife_str_equal(shelflife_buffer_str(&out), cases[i].written))
            fail_msg("%zu: %.*s", i, STR_PRINT(shelflife_buffer_str(&out)));
        shelflife_buffer_free(&out);
    }
    buffer out;
    write_one(&out, SIZE_MAX, (str){NULL, 0});
    assert_str_equal(shelflife_buffer_str(&out), "\"\"");
    shelflife_buffer_free(&out);
}

/* A text with everything in it. */
static void write_all(buffer *out)
{
    writer w;
    shelflife_json_writer_init(&w, out);
    shelflife_json_write_map(&w);
    shelflife_json_write_key(&w, STR("k\"\xc3\xa9"));
    shelflife_json_write_array(&w);
    shelflife_json_write_integer(&w, 0);
    shelflife_json_write_integer(&w, INT64_MIN);
    shelflife_json_write_integer(&w, INT64_MAX);
    shelflife_json_write_map(&w);
    shelflife_json_write_end(&w);
    shelflife_json_write_array(&w);
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    shelflife_json_write_key(&w, STR("b"));
    shelflife_json_write_bool(&w, true);
    shelflife_json_write_key(&w, STR("c"));
    shelflife_json_write_map(&w);
    shelflife_json_write_key(&w, STR(""));
    shelflife_json_write_bool(&w, false);
    shelflife_json_write_key(&w, STR("n"));
    shelflife_json_write_null(&w);
    shelflife_json_write_end(&w);
    shelflife_json_write_key(&w, STR("r"));
    shelflife_json_write_raw(&w, STR("[1, 2]"));
    shelflife_json_write_key(&w, STR("s"));
    shelflife_json_write_string(&w, STR("\n\xf0\x9f\x98\x80\xff\xe2\x80\xa8 plain \xe2\x82\xac \\"));
    shelflife_json_write_end(&w);
}

static const char all[] = "{\"k\\\"\xc3\xa9\":[0,-9223372036854775808,9223372036854775807,{},[]],\"b\":true,"
                          "\"c\":{\"\":false,\"n\":null},\"r\":[1, 2],"
                          "\"s\":\"\\n\xf0\x9f\x98\x80\xef\xbf\xbd\\u2028 plain \xe2\x82\xac \\\\\"}";

static void commas_and_colons_are_placed(void **state)
{
    (void)state;
    buffer out;
    shelflife_buffer_init(&out, SIZE_MAX);
    write_all(&out);
    assert_false(out.failed);
    assert_str_equal(shelflife_buffer_str(&out), all);
    shelflife_buffer_free(&out);
}

/* Whether a text may be cut at `at`: not inside a character or an escape. */
static bool may_cut(const char *text, size_t at)
{
    for (size_t i = 0; i < at;) {
        size_t n = 1;
        if (text[i] == '\\')
            n = text[i + 1] == 'u' ? 6 : 2;
        else if ((unsigned char)text[i] >= 0xc0)
            n = (unsigned char)text[i] >= 0xf0 ? 4 : (unsigned char)text[i] >= 0xe0 ? 3 : 2;
        i += n;
        if (i > at)
            return false;
    }
    return true;
}

static void a_limit_cuts_no_character_and_no_escape(void **state)
{
    (void)state;
    for (size_t limit = 0; limit < sizeof(all) - 1; limit++) {
        buffer out;
        shelflife_buffer_init(&out, limit);
        write_all(&out);
        assert_true(out.failed);
        assert_in_range(out.len, 0, limit);
        assert_memory_equal(out.at ? out.at : "", all, out.len);
        assert_true(may_cut(all, out.len));
        shelflife_buffer_free(&out);
    }
    buffer out;
    shelflife_buffer_init(&out, sizeof(all) - 1);
    write_all(&out);
    assert_false(out.failed);
    shelflife_buffer_free(&out);
}

static void levels_have_a_limit(void **state)
{
    (void)state;
    buffer out;
    writer w;
    shelflife_buffer_init(&out, SIZE_MAX);
    shelflife_json_writer_init(&w, &out);
    for (int i = 0; i < SHELFLIFE_JSON_WRITER_DEPTH_MAX; i++) {
        if (i % 2) {
            shelflife_json_write_key(&w, STR("k"));
            shelflife_json_write_array(&w);
        } else {
            shelflife_json_write_map(&w);
        }
    }
    shelflife_json_write_integer(&w, 1);
    shelflife_json_write_integer(&w, 2);
    for (int i = 0; i < SHELFLIFE_JSON_WRITER_DEPTH_MAX; i++)
        shelflife_json_write_end(&w);
    assert_false(out.failed);
    assert_int_equal(w.depth, 0);
    assert_memory_equal(out.at + out.len - 8, "]}]}]}]}", 8);
    shelflife_buffer_free(&out);
}

static enum shelflife_json_next collect(void *context, enum shelflife_json_event event, str text, bool last,
                                        error *err)
{
    (void)last, (void)err;
    assert_int_equal(event, SHELFLIFE_JSON_STRING);
    shelflife_buffer_append(context, text);
    return SHELFLIFE_JSON_CONTINUE;
}

/* Every character there is comes back as it was. */
static void what_is_written_reads_back(void **state)
{
    (void)state;
    buffer text, out, back;
    shelflife_buffer_init(&text, SIZE_MAX);
    shelflife_buffer_init(&back, SIZE_MAX);
    for (unsigned c = 0; c < 0x110000; c += c < 0x3000 ? 1 : 97) {
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        if (c >= 0x10000) {
            shelflife_buffer_byte(&text, (char)(0xf0 | c >> 18));
            shelflife_buffer_byte(&text, (char)(0x80 | (c >> 12 & 0x3f)));
        } else if (c >= 0x800) {
            shelflife_buffer_byte(&text, (char)(0xe0 | c >> 12));
        }
        if (c >= 0x80) {
            shelflife_buffer_byte(&text, (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3f) : 0xc0 | c >> 6));
            shelflife_buffer_byte(&text, (char)(0x80 | (c & 0x3f)));
        } else {
            shelflife_buffer_byte(&text, (char)c);
        }
    }
    write_one(&out, SIZE_MAX, shelflife_buffer_str(&text));
    assert_false(text.failed || out.failed);
    assert_true(shelflife_str_is_utf8(shelflife_buffer_str(&out)));
    struct shelflife_json_parser *json = shelflife_json_parser_new(collect, &back, false);
    assert_non_null(json);
    assert_true(shelflife_json_parser_feed(json, shelflife_buffer_str(&out), NULL));
    assert_true(shelflife_json_parser_finish(json, NULL));
    assert_int_equal(back.len, text.len);
    assert_memory_equal(back.at, text.at, text.len);
    shelflife_json_parser_free(json);
    shelflife_buffer_free(&text);
    shelflife_buffer_free(&out);
    shelflife_buffer_free(&back);
}

static void members_are_written_with_their_keys(void **state)
{
    buffer out CLEANUP(shelflife_buffer_free);
    writer w;
    (void)state;
    shelflife_buffer_init(&out, SIZE_MAX);
    shelflife_json_writer_init(&w, &out);
    shelflife_json_write_map(&w);
    shelflife_json_member_string(&w, "string", STR("a\"b"));
    shelflife_json_member_string(&w, "empty", (str){0});
    shelflife_json_member_text(&w, "text", "t");
    shelflife_json_member_integer(&w, "integer", -7);
    shelflife_json_member_count(&w, "count", UINT64_MAX);
    shelflife_json_member_bool(&w, "bool", true);
    shelflife_json_member_null(&w, "null");
    shelflife_json_member_nullable(&w, "absent", (str){0});
    shelflife_json_member_nullable(&w, "present", STR("p"));
    shelflife_json_member_optional(&w, "left out", (str){0});
    shelflife_json_member_optional(&w, "given", STR("g"));
    shelflife_json_member_day(&w, "no day", SHELFLIFE_DAY_NONE);
    shelflife_json_member_day(&w, "day", 0);
    shelflife_json_member_optional_day(&w, "left out", SHELFLIFE_DAY_NONE);
    shelflife_json_member_optional_day(&w, "given day", 1);
    shelflife_json_member_map(&w, "map");
    shelflife_json_write_end(&w);
    shelflife_json_member_array(&w, "array");
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    assert_str_equal(shelflife_buffer_str(&out),
                     "{\"string\":\"a\\\"b\",\"empty\":\"\",\"text\":\"t\",\"integer\":-7,"
                     "\"count\":9223372036854775807,\"bool\":true,\"null\":null,\"absent\":null,"
                     "\"present\":\"p\",\"given\":\"g\",\"no day\":null,\"day\":\"1970-01-01\","
                     "\"given day\":\"1970-01-02\",\"map\":{},\"array\":[]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_written_with_their_keys),
        cmocka_unit_test(strings_are_escaped_where_they_must_be),
        cmocka_unit_test(commas_and_colons_are_placed),
        cmocka_unit_test(a_limit_cuts_no_character_and_no_escape),
        cmocka_unit_test(levels_have_a_limit),
        cmocka_unit_test(what_is_written_reads_back),
    };
    return cmocka_run_group_tests_name("json_writer", tests, NULL, NULL);
}
