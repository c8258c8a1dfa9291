/* rooms: base json */
#include "unit/test.h"
#include "json/yaml.h"
#include "json/yaml_writer.h"

/* Feeds the text in pieces of this many bytes. */
static bool convert(str json, size_t piece, buffer *out, error *err)
{
    struct shelflife_yaml_writer *w = shelflife_yaml_writer_new(out);
    bool ok = true;
    assert_non_null(w);
    shelflife_buffer_reset(out);
    for (str rest = json; ok && rest.len; rest = shelflife_str_after(rest, piece))
        ok = shelflife_yaml_writer_feed(w, shelflife_str_first(rest, piece), err);
    ok = ok && shelflife_yaml_writer_finish(w, err);
    shelflife_yaml_writer_free(w);
    return ok;
}

static void json_becomes_yaml_in_block_style(void **state)
{
    static const struct {
        const char *json, *yaml;
    } cases[] = {
        {"{}", "{}\n"},
        {"[]", "[]\n"},
        {"3.5e3", "3.5e3\n"},
        {"\"x\"", "x\n"},
        {"{\"a\":1,\"b\":[],\"c\":{}}", "a: 1\nb: []\nc: {}\n"},
        {"{\"a\":{\"b\":{\"c\":null}},\"d\":true}", "a:\n  b:\n    c: null\nd: true\n"},
        {"{\"a\":[1,{\"b\":2,\"c\":[false]},[]]}", "a:\n  - 1\n  - b: 2\n    c:\n      - false\n  - []\n"},
        {"[[1,2],[[3]],{}]", "- - 1\n  - 2\n- - - 3\n- {}\n"},
    };
    CLEANUP(shelflife_buffer_free) buffer out;
    error err = {0};
    (void)state;
    shelflife_buffer_init(&out, 1 << 16);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t piece = 1; piece < 40; piece++) {
            assert_true(convert(shelflife_str_of(cases[i].json), piece, &out, &err));
            assert_str_equal(shelflife_buffer_str(&out), cases[i].yaml);
        }
}

/* What is written without quotes, and how all else is. */
static void strings_stay_strings(void **state)
{
    static const struct {
        const char *json, *yaml;
    } cases[] = {
        {"a", "a"},
        {"apps/v1", "apps/v1"},
        {"python:3.8", "python:3.8"},
        {"Lang 3.12 or later", "Lang 3.12 or later"},
        {"", "\"\""},
        {"no", "\"no\""},
        {"Null", "\"Null\""},
        {"Y", "\"Y\""},
        {"nope", "nope"},
        {"3.12", "\"3.12\""},
        {"2026-11-23", "\"2026-11-23\""},
        {"~", "\"~\""},
        {"- a", "\"- a\""},
        {"a: b", "\"a: b\""},
        {"a:", "\"a:\""},
        {"a ", "\"a \""},
        {"a  b", "\"a  b\""},
        {"a #b", "\"a #b\""},
        {"{a", "\"{a\""},
        {"a, b", "\"a, b\""},
        {"it\\\"s \\\\", "\"it\\\"s \\\\\""},
        {"a\\nb\\tc\\u0000\\u001b", "\"a\\nb\\tc\\x00\\x1B\""},
        {"\\u202e\\ufffe", "\"\\u202E\\uFFFE\""},
        {"\\udb40\\udc01", "\"\\U000E0001\""},
        {"caf\xc3\xa9 \xf0\x9f\x90\xb3", "\"caf\xc3\xa9 \xf0\x9f\x90\xb3\""},
    };
    CLEANUP(shelflife_buffer_free) buffer json, yaml, out;
    error err = {0};
    (void)state;
    shelflife_buffer_init(&json, 1 << 16);
    shelflife_buffer_init(&yaml, 1 << 16);
    shelflife_buffer_init(&out, 1 << 16);
    for (size_t i = 0; i < COUNT(cases); i++) {
        shelflife_buffer_reset(&json);
        shelflife_buffer_reset(&yaml);
        shelflife_buffer_format(&json, "{\"%s\":[\"%s\"]}", cases[i].json, cases[i].json);
        shelflife_buffer_format(&yaml, "%s:\n  - %s\n", cases[i].yaml, cases[i].yaml);
        for (size_t piece = 1; piece < 20; piece++) {
            assert_true(convert(shelflife_buffer_str(&json), piece, &out, &err));
            assert_true(shelflife_str_equal(shelflife_buffer_str(&out), shelflife_buffer_str(&yaml)));
        }
    }
}

/* Events as a line of text each. */
static enum shelflife_json_next record(void *context, enum shelflife_json_event event, str text, bool last,
                                       error *err)
{
    (void)err;
    shelflife_buffer_append(context, text);
    if (last)
        shelflife_buffer_format(context, " %d\n", (int)event);
    return SHELFLIFE_JSON_CONTINUE;
}

static void libyaml_reads_the_same_data(void **state)
{
    static const char *const texts[] = {
        "{\"a\":[{\"b\":\"1\",\"c\":[[],{}]},\"no\",-12.5,null,true],\"\":\"\",\"d e\":{\"f\":[[1,[\"- "
        "x\"]]]}}",
        "[\"\\u0001\\u0085\\u00a0\\u2028\\ufeff\\ufffd\\ud83d\\udc33\",\"a\\\\b\\\"\",\"? x\",\"! "
        "y\",\"&z\",\"*\"]",
        "[\"%\",\"@a\",\"`\",\"|\",\">\",\"'\",\"<<\",\"=\",\".inf\",\"0x1f\",\"1_000\",\"1:30\",\"---\",\".."
        ".\"]",
    };
    CLEANUP(shelflife_buffer_free) buffer out, wanted, got;
    error err = {0};
    (void)state;
    shelflife_buffer_init(&out, 1 << 16);
    shelflife_buffer_init(&wanted, 1 << 16);
    shelflife_buffer_init(&got, 1 << 16);
    for (size_t i = 0; i < COUNT(texts); i++) {
        shelflife_buffer_reset(&wanted);
        shelflife_buffer_reset(&got);
        struct shelflife_json_parser *parser = shelflife_json_parser_new(record, &wanted, false);
        assert_true(shelflife_json_parser_feed(parser, shelflife_str_of(texts[i]), &err));
        assert_true(shelflife_json_parser_finish(parser, &err));
        shelflife_json_parser_free(parser);
        assert_true(convert(shelflife_str_of(texts[i]), SIZE_MAX, &out, &err));
        struct shelflife_yaml *y = shelflife_yaml_new(SHELFLIFE_YAML_MANIFESTS);
        str rest = shelflife_buffer_str(&out);
        if (!shelflife_yaml_read(y, shelflife_yaml_text, &rest, record, &got, &err))
            fail_msg("%s", err.text);
        shelflife_yaml_free(y);
        assert_true(shelflife_str_equal(shelflife_buffer_str(&got), shelflife_buffer_str(&wanted)));
    }
}

static void what_yaml_cannot_express_is_an_error(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer json, out;
    error err = {0};
    (void)state;
    shelflife_buffer_init(&json, 1 << 16);
    shelflife_buffer_init(&out, 1 << 16);
    assert_false(convert(STR("{\"a\":"), SIZE_MAX, &out, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
    for (int i = 0; i <= SHELFLIFE_JSON_WRITER_DEPTH_MAX; i++)
        shelflife_buffer_byte(&json, '[');
    assert_false(convert(shelflife_buffer_str(&json), SIZE_MAX, &out, &err));
    assert_string_equal(err.text, "more than 64 levels cannot be written as YAML");
    shelflife_buffer_reset(&json);
    shelflife_buffer_append(&json, STR("{\""));
    for (int i = 0; i < 1001; i++)
        shelflife_buffer_byte(&json, 'k');
    shelflife_buffer_append(&json, STR("\":1}"));
    assert_false(convert(shelflife_buffer_str(&json), SIZE_MAX, &out, &err));
    assert_string_equal(err.text, "a key of more than 1000 bytes cannot be written as YAML");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_becomes_yaml_in_block_style),
        cmocka_unit_test(strings_stay_strings),
        cmocka_unit_test(libyaml_reads_the_same_data),
        cmocka_unit_test(what_yaml_cannot_express_is_an_error),
    };
    return cmocka_run_group_tests_name("json_yaml_writer", tests, NULL, NULL);
}
