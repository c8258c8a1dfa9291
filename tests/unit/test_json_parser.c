/* rooms: base json */
#include <ctype.h>

#include "shelflife/json.h"
#include "unit/test.h"
#include "json/scan.h"

/*
 * The events of a text, one word for each token, and where the token begins: `{@1:1 k"a"@1:2 n12@1:6 }@1:8`.
 * Fragments are put together, so that the trace is the same however the text was cut.
 */
struct trace {
    const struct shelflife_json_parser *parser;
    buffer text;
    size_t tokens, calls;
    size_t skip_at, stop_at; /* the token (from 1) whose first fragment is answered so; 0: none */
    size_t skip_fragment;    /* SKIP is answered only at this fragment of it */
    size_t fragment;
    bool inside;
    enum shelflife_json_event event; /* of the token we are inside */
};

static enum shelflife_json_next record(void *context, enum shelflife_json_event event, str text, bool last,
                                       error *err)
{
    static const char *const names[] = {"{", "}", "[", "]", "k\"", "s\"", "n", "true", "false", "null"};
    struct trace *t = context;
    bool fragments = event >= SHELFLIFE_JSON_KEY && event <= SHELFLIFE_JSON_NUMBER;
    struct shelflife_json_position at = shelflife_json_parser_position(t->parser);
    assert_int_equal(t->inside ? t->event : event, event);
    assert_true(fragments || (last && text.len == 0));
    t->calls++;
    t->fragment = t->inside ? t->fragment + 1 : 0;
    if (!t->inside) {
        t->tokens++;
        shelflife_buffer_format(&t->text, "%s%s", t->text.len ? " " : "", names[event]);
    }
    shelflife_buffer_append(&t->text, text);
    t->event = event;
    t->inside = !last;
    if (t->tokens == t->stop_at) {
        shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "stopped at %s", names[event]);
        return SHELFLIFE_JSON_STOP;
    }
    bool skip = t->tokens == t->skip_at && (t->fragment == t->skip_fragment || last);
    if (skip)
        t->inside = false;
    if (!t->inside)
        shelflife_buffer_format(&t->text, "%s@%d:%d", fragments && event != SHELFLIFE_JSON_NUMBER ? "\"" : "",
                                (int)at.line, (int)at.column);
    return skip ? SHELFLIFE_JSON_SKIP : SHELFLIFE_JSON_CONTINUE;
}

/* A cheap generator, so that a run can be repeated. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Feeds text in chunks of `size` bytes, or of 1 to 8 random ones if it is 0, each in memory of its own size
   so that a sanitizer sees a read past its end. */
static bool feed_cut(struct shelflife_json_parser *json, str text, size_t size, uint32_t *seed, error *err)
{
    for (size_t at = 0; at < text.len;) {
        str chunk = shelflife_str_first(shelflife_str_after(text, at),
                                        size ? size : next_random(seed) % 8 + next_random(seed) % 2 * 20);
        char *copy = malloc(chunk.len ? chunk.len : 1);
        assert_non_null(copy);
        memcpy(copy, chunk.at, chunk.len);
        bool ok = shelflife_json_parser_feed(json, (str){copy, chunk.len}, err);
        free(copy);
        if (!ok)
            return false;
        at += chunk.len;
    }
    return shelflife_json_parser_finish(json, err);
}

enum { CUTS = 12 };
static const size_t cuts[CUTS] = {SIZE_MAX, 1, 2, 3, 7, 16, 17}; /* the rest 0: random */

/* A trace starts with what `setup` holds, and ends in *t, to be freed. */
static bool run(str text, bool many, size_t cut, struct trace setup, struct trace *t, error *err)
{
    uint32_t seed = (uint32_t)cut + 1;
    *t = setup;
    shelflife_buffer_init(&t->text, SIZE_MAX);
    struct shelflife_json_parser *json = shelflife_json_parser_new(record, t, many);
    assert_non_null(json);
    t->parser = json;
    bool ok = feed_cut(json, text, cuts[cut], &seed, err);
    if (!ok) { /* and again the same */
        error again = {0};
        assert_false(shelflife_json_parser_feed(json, STR(" "), &again));
        assert_string_equal(again.text, err->text);
        assert_false(shelflife_json_parser_finish(json, &again));
        assert_int_equal(again.kind, err->kind);
    }
    shelflife_json_parser_free(json);
    return ok;
}

/* The trace in one chunk, or the error's text; asserts that every other cut gives the same. */
static bool run_all(str text, bool many, struct trace *t, error *err)
{
    bool ok = run(text, many, 0, (struct trace){0}, t, err);
    for (size_t cut = 1; cut < CUTS; cut++) {
        struct trace other;
        error other_err = {0};
        assert_int_equal(run(text, many, cut, (struct trace){0}, &other, &other_err), ok);
        if (ok) {
            assert_int_equal(other.text.len, t->text.len);
            assert_memory_equal(other.text.at, t->text.at, t->text.len);
        } else {
            assert_int_equal(other_err.kind, err->kind);
            assert_string_equal(other_err.text, err->text);
        }
        shelflife_buffer_free(&other.text);
    }
    return ok;
}

static void texts_are_told_as_events(void **state)
{
    static const struct {
        str text, trace;
    } cases[] = {
        {STR_INIT("{}"), STR_INIT("{@1:1 }@1:2")},
        {STR_INIT("[]"), STR_INIT("[@1:1 ]@1:2")},
        {STR_INIT("\"\""), STR_INIT("s\"\"@1:1")},
        {STR_INIT("0"), STR_INIT("n0@1:1")},
        {STR_INIT("-0"), STR_INIT("n-0@1:1")},
        {STR_INIT(" true"), STR_INIT("true@1:2")},
        {STR_INIT("false\r\n"), STR_INIT("false@1:1")},
        {STR_INIT("\n\n\t null"), STR_INIT("null@3:3")},
        {STR_INIT("{\"a\":1}"), STR_INIT("{@1:1 k\"a\"@1:2 n1@1:6 }@1:7")},
        {STR_INIT("{\"\":[{}]}"), STR_INIT("{@1:1 k\"\"@1:2 [@1:5 {@1:6 }@1:7 ]@1:8 }@1:9")},
        {STR_INIT("{\n \"a\" :\n [ 1 ,\r\n\t2 ] }"),
         STR_INIT("{@1:1 k\"a\"@2:2 [@3:2 n1@3:4 n2@4:2 ]@4:4 }@4:6")},
        {STR_INIT("{\"a\":1,\"a\":{\"a\":2}}"), /* duplicate keys are the handler's business */
         STR_INIT("{@1:1 k\"a\"@1:2 n1@1:6 k\"a\"@1:8 {@1:12 k\"a\"@1:13 n2@1:17 }@1:18 }@1:19")},
        /* numbers, as written */
        {STR_INIT("[0,10,-1.50,1e5,1E+05,2.5e-7]"),
         STR_INIT("[@1:1 n0@1:2 n10@1:4 n-1.50@1:7 n1e5@1:13 n1E+05@1:17 n2.5e-7@1:23 ]@1:29")},
        {STR_INIT("123456789012345678901234567890"), STR_INIT("n123456789012345678901234567890@1:1")},
        {STR_INIT("[1e400,-1e-99999]"), STR_INIT("[@1:1 n1e400@1:2 n-1e-99999@1:8 ]@1:17")},
        {STR_INIT("[true,false,null]"), STR_INIT("[@1:1 true@1:2 false@1:7 null@1:13 ]@1:17")},
        /* escapes */
        {STR_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), STR_INIT("s\"\"\\/\b\f\n\r\t\"@1:1")},
        {STR_INIT("{\"im\\u0061ge\":\"a\\u0000b\"}"), STR_INIT("{@1:1 k\"image\"@1:2 s\"a\0b\"@1:15 }@1:25")},
        {STR_INIT("\"\\u007f\\u0080\\u07ff\\u0800\\uFFFF\\uabCD\""),
         STR_INIT("s\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xea\xaf\x8d\"@1:1")},
        {STR_INIT("\"\\ud83d\\ude00 \\uDBFF\\uDFFF\""),
         STR_INIT("s\"\xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf\"@1:1")},
        /* lone surrogates */
        {STR_INIT("\"\\ud800\""), STR_INIT("s\"\xed\xa0\x80\"@1:1")},
        {STR_INIT("\"\\udfff\\ud800\""), STR_INIT("s\"\xed\xbf\xbf\xed\xa0\x80\"@1:1")},
        {STR_INIT("\"a\\ud800b\""), STR_INIT("s\"a\xed\xa0\x80"
                                             "b\"@1:1")},
        {STR_INIT("\"\\ud800\\n\""), STR_INIT("s\"\xed\xa0\x80\n\"@1:1")},
        {STR_INIT("\"\\ud800\\u0041\""), STR_INIT("s\"\xed\xa0\x80"
                                                  "A\"@1:1")},
        {STR_INIT("\"\\ud800\\ud83d\\ude00\""), STR_INIT("s\"\xed\xa0\x80\xf0\x9f\x98\x80\"@1:1")},
        /* bytes are not checked */
        {STR_INIT("\"\xff\xc0\x80\x7f\""), STR_INIT("s\"\xff\xc0\x80\x7f\"@1:1")},
        {STR_INIT("\"0123456789abcdef0123456789abcde\""),
         STR_INIT("s\"0123456789abcdef0123456789abcde\"@1:1")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct trace t;
        error err = {0};
        if (!run_all(cases[i].text, false, &t, &err))
            fail_msg("%.*s: %s", STR_PRINT(cases[i].text), err.text);
        if (!shelflife_str_equal(shelflife_buffer_str(&t.text), cases[i].trace))
            fail_msg("%.*s: reported as %.*s", STR_PRINT(cases[i].text),
                     STR_PRINT(shelflife_buffer_str(&t.text)));
        shelflife_buffer_free(&t.text);
    }
}

static void what_is_not_json_is_refused_with_its_place(void **state)
{
    static const struct {
        str text;
        const char *message;
    } cases[] = {
#define AT(line, column, offset) "line " #line ", column " #column " (byte offset " #offset "): "
#define END "found the end of the text"
        {STR_INIT(""), AT(1, 1, 0) "expected a value, " END},
        {STR_INIT(" \n "), AT(2, 2, 3) "expected a value, " END},
        {STR_INIT("x"), AT(1, 1, 0) "expected a value, found \"x\""},
        {STR_INIT("\xef\xbb\xbf{}"), AT(1, 1, 0) "expected a value, found byte 0xef"},
        {STR_INIT("\v1"), AT(1, 1, 0) "expected a value, found byte 0x0b"},
        {STR_INIT("'a'"), AT(1, 1, 0) "expected a value, found \"'\""},
        {STR_INIT("[1,]"), AT(1, 4, 3) "expected a value, found \"]\""},
        {STR_INIT("[,1]"), AT(1, 2, 1) "expected a value or \"]\", found \",\""},
        {STR_INIT("[1 2]"), AT(1, 4, 3) "expected \",\" or \"]\", found \"2\""},
        {STR_INIT("[1}"), AT(1, 3, 2) "expected \",\" or \"]\", found \"}\""},
        {STR_INIT("[1\0,2]"), AT(1, 3, 2) "expected \",\" or \"]\", found byte 0x00"},
        {STR_INIT("["), AT(1, 2, 1) "expected a value or \"]\", " END},
        {STR_INIT("[1"), AT(1, 3, 2) "expected \",\" or \"]\", " END},
        {STR_INIT("[\n1,\n"), AT(3, 1, 5) "expected a value, " END},
        {STR_INIT("{,}"), AT(1, 2, 1) "expected a key in quotes or \"}\", found \",\""},
        {STR_INIT("{a:1}"), AT(1, 2, 1) "expected a key in quotes or \"}\", found \"a\""},
        {STR_INIT("{\"a\":1,}"), AT(1, 8, 7) "expected a key in quotes, found \"}\""},
        {STR_INIT("{\"a\" 1}"), AT(1, 6, 5) "expected \":\" after the key, found \"1\""},
        {STR_INIT("{\"a\"}"), AT(1, 5, 4) "expected \":\" after the key, found \"}\""},
        {STR_INIT("{\"a\":}"), AT(1, 6, 5) "expected a value, found \"}\""},
        {STR_INIT("{\"a\":1]"), AT(1, 7, 6) "expected \",\" or \"}\", found \"]\""},
        {STR_INIT("{\"a\":1 \"b\":2}"), AT(1, 8, 7) "expected \",\" or \"}\", found \"\"\""},
        {STR_INIT("{\"a\":1"), AT(1, 7, 6) "expected \",\" or \"}\", " END},
        {STR_INIT("}"), AT(1, 1, 0) "expected a value, found \"}\""},
        {STR_INIT("{}}"), AT(1, 3, 2) "expected nothing but white space after the value, found \"}\""},
        {STR_INIT("1 2"), AT(1, 3, 2) "expected nothing but white space after the value, found \"2\""},
        {STR_INIT("{}\0"), AT(1, 3, 2) "expected nothing but white space after the value, found byte 0x00"},
        {STR_INIT("[]//"), AT(1, 3, 2) "expected nothing but white space after the value, found \"/\""},
        /* words */
        {STR_INIT("nul"), AT(1, 4, 3) "expected true, false or null, " END},
        {STR_INIT("nulL"), AT(1, 4, 3) "expected true, false or null, found \"L\""},
        {STR_INIT("truee"), AT(1, 5, 4) "expected nothing but white space after the value, found \"e\""},
        {STR_INIT("True"), AT(1, 1, 0) "expected a value, found \"T\""},
        {STR_INIT("NaN"), AT(1, 1, 0) "expected a value, found \"N\""},
        /* numbers */
        {STR_INIT("01"), AT(1, 2, 1) "expected nothing but white space after the value, found \"1\""},
        {STR_INIT("-"), AT(1, 2, 1) "expected a digit, " END},
        {STR_INIT("[-]"), AT(1, 3, 2) "expected a digit, found \"]\""},
        {STR_INIT("+1"), AT(1, 1, 0) "expected a value, found \"+\""},
        {STR_INIT(".5"), AT(1, 1, 0) "expected a value, found \".\""},
        {STR_INIT("1."), AT(1, 3, 2) "expected a digit, " END},
        {STR_INIT("1.e1"), AT(1, 3, 2) "expected a digit, found \"e\""},
        {STR_INIT("1e"), AT(1, 3, 2) "expected a digit, " END},
        {STR_INIT("1e+"), AT(1, 4, 3) "expected a digit, " END},
        {STR_INIT("1e+-1"), AT(1, 4, 3) "expected a digit, found \"-\""},
        {STR_INIT("1.2.3"), AT(1, 4, 3) "expected nothing but white space after the value, found \".\""},
        {STR_INIT("0x10"), AT(1, 2, 1) "expected nothing but white space after the value, found \"x\""},
        {STR_INIT("--1"), AT(1, 2, 1) "expected a digit, found \"-\""},
    /* strings */
#define STRING "expected the string to go on, with control characters escaped, to its closing quote, "
        {STR_INIT("\""), AT(1, 2, 1) STRING END},
        {STR_INIT("[\n\"abc"), AT(2, 5, 6) STRING END},
        {STR_INIT("\"a\nb\""), AT(1, 3, 2) STRING "found byte 0x0a"},
        {STR_INIT("\"0123456789abcdef\x1f\""), AT(1, 18, 17) STRING "found byte 0x1f"},
        {STR_INIT("\"\0\""), AT(1, 2, 1) STRING "found byte 0x00"},
        {STR_INIT("{\"a\tb\":1}"), AT(1, 4, 3) STRING "found byte 0x09"},
        {STR_INIT("\"\\x\""), AT(1, 3, 2) "expected one of \"\\/bfnrtu after the backslash, found \"x\""},
        {STR_INIT("\"\\"), AT(1, 3, 2) "expected one of \"\\/bfnrtu after the backslash, " END},
        {STR_INIT("\"\\\0\""),
         AT(1, 3, 2) "expected one of \"\\/bfnrtu after the backslash, found byte 0x00"},
        {STR_INIT("\"\\u12G4\""), AT(1, 6, 5) "expected four hexadecimal digits after \\u, found \"G\""},
        {STR_INIT("\"\\u12\""), AT(1, 6, 5) "expected four hexadecimal digits after \\u, found \"\"\""},
        {STR_INIT("\"\\u-123\""), AT(1, 4, 3) "expected four hexadecimal digits after \\u, found \"-\""},
        {STR_INIT("\"\\ud83d\\"), AT(1, 9, 8) "expected one of \"\\/bfnrtu after the backslash, " END},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct trace t;
        error err = {0};
        if (run_all(cases[i].text, false, &t, &err))
            fail_msg("%.*s: accepted", STR_PRINT(cases[i].text));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
        assert_string_equal(err.text, cases[i].message);
        shelflife_buffer_free(&t.text);
    }
}

static void many_values_have_white_space_between_them(void **state)
{
    static const struct {
        const char *text, *trace; /* NULL: refused */
    } cases[] = {
        {"", ""},
        {" \n", ""},
        {"{}\n{}\n", "{@1:1 }@1:2 {@2:1 }@2:2"},
        {"1 2\n\"x\"", "n1@1:1 n2@1:3 s\"x\"@2:1"},
        {"[1]", "[@1:1 n1@1:2 ]@1:3"},
        {"{}{}", NULL},
        {"1\"x\"", NULL},
        {"truefalse", NULL},
        {"1,2", NULL},
        {"{}\n{", NULL},
        {"{}\n-", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct trace t;
        error err = {0};
        assert_int_equal(run_all(shelflife_str_of(cases[i].text), true, &t, &err), cases[i].trace != NULL);
        if (cases[i].trace)
            assert_str_equal(shelflife_buffer_str(&t.text), cases[i].trace);
        shelflife_buffer_free(&t.text);
    }
}

static const str rich = STR_INIT(
    "{\"a\":{\"long key \\u0061nd more of it\":[1,\"x\\ny\",[true,{\"q\":null}],-12.5e3],\"c\":\"\"},"
    "\"\\ud83d\\ude00 key\":\"a rather long string\\twith "
    "escapes\",\"n\":123456,\"e\":{},\"f\":[],\"t\":false,"
    "\"m\":{\"\":{\"z\":[[[0]]]}},\"last\":[{},[],\"\",1]}");

/* The next token of a trace: it ends at the space after its place. */
static str next_token(str trace, size_t *at)
{
    size_t start = *at, end = start;
    bool place = false;
    for (; end < trace.len && !(trace.at[end] == ' ' && place && isdigit((unsigned char)trace.at[end - 1]));
         end++)
        place = place || trace.at[end] == '@';
    *at = end + (end < trace.len);
    return (str){trace.at + start, end - start};
}

static void show(buffer *out, str token, bool skipped)
{
    char kind = token.at[0];
    bool has_text = kind == 'k' || kind == 's' || (kind == 'n' && token.at[1] != 'u');
    if (skipped && has_text)
        token.len = 1; /* its length depends on the chunks */
    if (out->len)
        shelflife_buffer_byte(out, ' ');
    shelflife_buffer_append(out, token);
}

/* What of a whole trace must be left if token `n` (from 1) is skipped. */
static void expect_skip(str trace, size_t n, buffer *out)
{
    size_t number = 0, depth = 0;
    bool skipping = false;
    for (size_t at = 0; at < trace.len;) {
        str token = next_token(trace, &at);
        bool starts = token.at[0] == '{' || token.at[0] == '[',
             ends = token.at[0] == '}' || token.at[0] == ']';
        number++;
        if (!skipping)
            show(out, token, number == n);
        if (skipping) {
            depth = depth + starts - ends;
            skipping = depth > 0;
        } else if (number == n) {
            depth = starts;
            skipping = starts || token.at[0] == 'k';
        }
    }
}

/* The same form of a trace of such a run. */
static void show_skip(str trace, size_t n, buffer *out)
{
    size_t number = 0;
    for (size_t at = 0; at < trace.len;) {
        str token = next_token(trace, &at);
        show(out, token, ++number == n);
    }
}

static void skip_leaves_out_exactly_the_value(void **state)
{
    (void)state;
    str text = rich;
    struct trace whole;
    error none = {0};
    assert_true(run(text, false, 0, (struct trace){0}, &whole, &none));
    for (size_t n = 1; n <= whole.tokens; n++) {
        buffer wanted;
        shelflife_buffer_init(&wanted, SIZE_MAX);
        expect_skip(shelflife_buffer_str(&whole.text), n, &wanted);
        for (size_t cut = 0; cut < CUTS; cut++) {
            for (size_t fragment = 0; fragment < 3; fragment++) {
                struct trace t, setup = {.skip_at = n, .skip_fragment = fragment};
                error err = {0};
                buffer got;
                shelflife_buffer_init(&got, SIZE_MAX);
                if (!run(text, false, cut, setup, &t, &err))
                    fail_msg("%s", err.text);
                show_skip(shelflife_buffer_str(&t.text), n, &got);
                assert_false(wanted.failed || got.failed);
                if (!shelflife_str_equal(shelflife_buffer_str(&wanted), shelflife_buffer_str(&got)))
                    fail_msg("token %zu, cut %zu:\n%.*s\n%.*s", n, cut,
                             STR_PRINT(shelflife_buffer_str(&wanted)), STR_PRINT(shelflife_buffer_str(&got)));
                shelflife_buffer_free(&got);
                shelflife_buffer_free(&t.text);
            }
        }
        shelflife_buffer_free(&wanted);
    }
    shelflife_buffer_free(&whole.text);
}

static void the_grammar_is_checked_in_what_is_skipped(void **state)
{
    static const char *const texts[] = {"{\"a\":[1,]}",   "{\"a\":01}",          "{\"a\":\"\\x\"}",
                                        "{\"a\":\"\t\"}", "{\"a\":nul}",         "{\"a\":{\"b\"}}",
                                        "{\"a\":[}",      "{\"a\":\"\\u12x4\"}", "{\"a\":{}"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        for (size_t n = 1; n <= 2; n++) /* the map, the key */
            for (size_t cut = 0; cut < CUTS; cut++) {
                struct trace t;
                error told = {0}, skipped = {0};
                assert_false(run(shelflife_str_of(texts[i]), false, cut, (struct trace){0}, &t, &told));
                shelflife_buffer_free(&t.text);
                assert_false(
                    run(shelflife_str_of(texts[i]), false, cut, (struct trace){.skip_at = n}, &t, &skipped));
                shelflife_buffer_free(&t.text);
                assert_string_equal(skipped.text, told.text);
            }
}

static void stop_leaves_the_handlers_error(void **state)
{
    (void)state;
    struct trace whole;
    error none = {0};
    assert_true(run(rich, false, 0, (struct trace){0}, &whole, &none));
    shelflife_buffer_free(&whole.text);
    for (size_t n = 1; n <= whole.tokens; n++)
        for (size_t cut = 0; cut < CUTS; cut++) {
            struct trace t;
            error err = {0};
            assert_false(run(rich, false, cut, (struct trace){.stop_at = n}, &t, &err));
            assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
            assert_memory_equal(err.text, "stopped at ", 11);
            assert_int_equal(t.tokens, n); /* no event followed it */
            shelflife_buffer_free(&t.text);
        }
}

static enum shelflife_json_next give_up(void *context, enum shelflife_json_event event, str text, bool last,
                                        error *err)
{
    (void)context, (void)event, (void)text, (void)last, (void)err;
    return SHELFLIFE_JSON_STOP;
}

static void stop_without_an_error_is_an_error_still(void **state)
{
    (void)state;
    error err = {0};
    struct shelflife_json_parser *json = shelflife_json_parser_new(give_up, NULL, false);
    assert_non_null(json);
    assert_true(shelflife_json_parser_feed(json, STR(" "), &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_NONE); /* untouched on success */
    assert_false(shelflife_json_parser_feed(json, STR("[1]"), &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
    assert_false(shelflife_json_parser_feed(json, STR("]"), NULL));
    shelflife_json_parser_free(json);
    shelflife_json_parser_free(NULL);
}

/* levels of maps and arrays by turns, with a number inside. */
static str nested(size_t levels, char **owned)
{
    char *text = malloc(levels * 6 + 1), *at = text;
    assert_non_null(text);
    for (size_t i = 0; i < levels; i++) {
        size_t n = i % 3 ? 5 : 1;
        memcpy(at, i % 3 ? "{\"k\":" : "[", n);
        at += n;
    }
    *at++ = '1';
    for (size_t i = levels; i-- > 0;)
        *at++ = i % 3 ? '}' : ']';
    *owned = text;
    return (str){text, (size_t)(at - text)};
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    for (size_t skip = 0; skip < 2; skip++)
        for (size_t cut = 0; cut < 2; cut++) {
            CLEANUP(cleanup_free) char *ok = NULL, *deep = NULL, *huge = NULL;
            struct trace t, setup = {.skip_at = skip};
            error err = {0};
            assert_true(run(nested(SHELFLIFE_JSON_DEPTH_MAX, &ok), false, cut, setup, &t, &err));
            assert_int_equal(t.tokens, skip ? 1 : 2 * SHELFLIFE_JSON_DEPTH_MAX + 6826 + 1 /* keys, number */);
            shelflife_buffer_free(&t.text);
            assert_false(run(nested(SHELFLIFE_JSON_DEPTH_MAX + 1, &deep), false, cut, setup, &t, &err));
            assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
            assert_string_equal(err.text, "line 1, column 37545 (byte offset 37544): nested deeper than the "
                                          "limit of 10240 levels");
            shelflife_buffer_free(&t.text);
            assert_false(run(nested(100000, &huge), false, cut, setup, &t, &err));
            assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
            shelflife_buffer_free(&t.text);
        }
}

static void a_whole_plain_token_is_one_fragment_of_the_chunk(void **state)
{
    (void)state;
    struct trace t = {0};
    shelflife_buffer_init(&t.text, SIZE_MAX);
    struct shelflife_json_parser *json = shelflife_json_parser_new(record, &t, false);
    assert_non_null(json);
    t.parser = json;
    assert_true(
        shelflife_json_parser_feed(json, STR("[\"a long string without any escapes\",12,\"\""), NULL));
    assert_int_equal(t.calls, 4);
    /* escapes that stand together come together, and end the string if they are its end */
    assert_true(shelflife_json_parser_feed(json, STR(",\"\\n\\\"\\u0041\""), NULL));
    assert_int_equal(t.calls, 5);
    assert_true(shelflife_json_parser_feed(json, STR(",\"a\\nb\"]"), NULL));
    assert_int_equal(t.calls, 9);
    shelflife_json_parser_free(json);
    shelflife_buffer_free(&t.text);
}

static void reset_forgets_everything(void **state)
{
    static const char *const begun[] = {"",  "[[{\"a\":\"b", "x",      "\"\\ud83d", "\"\\u00",
                                        "-", "tr",           "\n\n{}", "[\"a"};
    (void)state;
    for (size_t i = 0; i < COUNT(begun); i++)
        for (size_t skip = 0; skip < 2; skip++) {
            struct trace t = {.skip_at = skip};
            shelflife_buffer_init(&t.text, SIZE_MAX);
            struct shelflife_json_parser *json = shelflife_json_parser_new(record, &t, false);
            assert_non_null(json);
            t.parser = json;
            shelflife_json_parser_feed(json, shelflife_str_of(begun[i]), NULL);
            shelflife_json_parser_reset(json);
            assert_int_equal(shelflife_json_parser_work(json), 0);
            shelflife_buffer_reset(&t.text);
            t.inside = false;
            t.skip_at = 0;
            assert_true(shelflife_json_parser_feed(json, STR("[\"\\ude00\",1]"), NULL));
            assert_true(shelflife_json_parser_finish(json, NULL));
            assert_str_equal(shelflife_buffer_str(&t.text), "[@1:1 s\"\xed\xb8\x80\"@1:2 n1@1:11 ]@1:12");
            struct shelflife_json_position end = shelflife_json_parser_position(json);
            assert_int_equal(end.offset, 12);
            assert_int_equal(end.column, 13);
            shelflife_json_parser_free(json);
            shelflife_buffer_free(&t.text);
        }
}

static enum shelflife_json_next ignore(void *context, enum shelflife_json_event event, str text, bool last,
                                       error *err)
{
    (void)event, (void)text, (void)last, (void)err;
    return *(enum shelflife_json_next *)context;
}

/* Work, not time: bytes looked at, whatever the chunks. */
static void work_is_linear_however_the_text_is_cut(void **state)
{
    enum { SIZE = 1 << 20 };
    static const size_t chunks[] = {1, 2, 3, 15, 16, 17, 1000, 4096, SIZE};
    static const char *const fill[] = {"x",     "\\\"",    "\\u0041",  "\\ud800",
                                       "\",\"", "\",1,\"", "\",[],\"", "\",  \""};
    (void)state;
    CLEANUP(cleanup_free) char *text = malloc(SIZE);
    assert_non_null(text);
    for (size_t f = 0; f < COUNT(fill); f++) {
        size_t n = strlen(fill[f]), len = 0;
        text[len++] = '[';
        text[len++] = '"';
        for (; len + n + 2 <= SIZE; len += n)
            memcpy(text + len, fill[f], n);
        text[len++] = '"';
        text[len++] = ']';
        for (size_t c = 0; c < COUNT(chunks); c++)
            for (int skip = 0; skip < 2; skip++) {
                enum shelflife_json_next next = skip ? SHELFLIFE_JSON_SKIP : SHELFLIFE_JSON_CONTINUE;
                struct shelflife_json_parser *json = shelflife_json_parser_new(ignore, &next, false);
                assert_non_null(json);
                for (size_t at = 0; at < len; at += chunks[c])
                    assert_true(shelflife_json_parser_feed(
                        json, shelflife_str_first((str){text + at, len - at}, chunks[c]), NULL));
                assert_true(shelflife_json_parser_finish(json, NULL));
                /* Once for the ends of strings, once for all else; and again for escapes that are split
                 * between chunks. */
                uint64_t work = shelflife_json_parser_work(json), limit = f == 0 ? 3 : 16;
                assert_true(work >= len);
                if (work > limit * len)
                    fail_msg("%s in chunks of %zu: %d times", fill[f], chunks[c], (int)(work / len));
                shelflife_json_parser_free(json);
            }
    }
}

/* Both forms of the scan against the definition, at every length and place around their block sizes. */
static void scans_agree(void **state)
{
    enum { SIZE = 48 };
    (void)state;
    for (unsigned c = 0; c < 256; c++)
        for (size_t len = 0; len <= SIZE; len++) {
            char *text = malloc(len ? len : 1);
            assert_non_null(text);
            for (size_t place = 0; place <= len; place++) {
                memset(text, 'x', len);
                if (place < len)
                    text[place] = (char)c;
                if (place + 2 < len)
                    text[place + 2] = '"';
                bool stops = shelflife_json_stops_write((unsigned char)c);
                size_t wanted = place < len && stops ? place : place + 2 < len ? place + 2 : len;
                const char *end = text + len;
                assert_ptr_equal(shelflife_json_scan_portable(text, end), text + wanted);
#if defined(__SSE2__)
                assert_ptr_equal(shelflife_json_scan_sse2(text, end), text + wanted);
#endif
            }
            free(text);
        }
}

/* Both forms of the look at a block, for every byte at every place, among plain bytes and among others. */
static void looks_agree(void **state)
{
    static const char around[] = {'x', '"', '\0', '\xff', '!', '\x80'};
    (void)state;
    for (size_t a = 0; a < COUNT(around); a++)
        for (unsigned c = 0; c < 256; c++)
            for (size_t place = 0; place < SHELFLIFE_JSON_BLOCK; place++) {
                char block[SHELFLIFE_JSON_BLOCK];
                uint64_t bit = UINT64_C(1) << place;
                uint64_t wanted = shelflife_json_stops_read((unsigned char)around[a]) ? ~bit : 0;
                memset(block, around[a], sizeof(block));
                block[place] = (char)c;
                wanted |= shelflife_json_stops_read((unsigned char)c) ? bit : 0;
                assert_int_equal(shelflife_json_stops_portable(block), wanted);
#if defined(__SSE2__)
                assert_int_equal(shelflife_json_stops_sse2(block), wanted);
#endif
            }
}

/* A window moved over a chunk finds every stop, wherever the chunk ends. */
static void windows_find_every_stop(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 3 * SHELFLIFE_JSON_BLOCK + 1; len++)
        for (size_t step = 1; step <= len + 1; step += step < 70 ? 23 : 64) {
            char *text = malloc(len);
            assert_non_null(text);
            memset(text, 'x', len);
            for (size_t i = step - 1; i < len; i += step)
                text[i] = '"';
            const char *at = text, *end = text + len;
            struct shelflife_json_window w = {0};
            shelflife_json_look(&w, at, end);
            for (size_t i = step - 1; i < len; i += step) {
                at = shelflife_json_scan_read(&w, at, end);
                assert_ptr_equal(at, text + i);
                at++;
            }
            assert_ptr_equal(shelflife_json_scan_read(&w, at, end), end);
            free(text);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_told_as_events),
        cmocka_unit_test(what_is_not_json_is_refused_with_its_place),
        cmocka_unit_test(many_values_have_white_space_between_them),
        cmocka_unit_test(skip_leaves_out_exactly_the_value),
        cmocka_unit_test(the_grammar_is_checked_in_what_is_skipped),
        cmocka_unit_test(stop_leaves_the_handlers_error),
        cmocka_unit_test(stop_without_an_error_is_an_error_still),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(a_whole_plain_token_is_one_fragment_of_the_chunk),
        cmocka_unit_test(reset_forgets_everything),
        cmocka_unit_test(work_is_linear_however_the_text_is_cut),
        cmocka_unit_test(scans_agree),
        cmocka_unit_test(looks_agree),
        cmocka_unit_test(windows_find_every_stop),
    };
    return cmocka_run_group_tests_name("json_parser", tests, NULL, NULL);
}
