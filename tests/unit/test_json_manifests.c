/* rooms: base json */
#include "unit/test.h"

#include "json/manifests.h"
#include "json/unicode.h"

#define BOM SHELFLIFE_JSON_BOM

/* A text that arrives in pieces, and what was read of it: values as {key:value}, errors as "line:column". */
struct run {
    str rest;
    size_t piece;
    struct shelflife_json_manifests *manifests;
    buffer shown;
};

static bool give(void *context, char *to, size_t size, size_t *got, error *err UNUSED)
{
    struct run *r = context;
    str piece = shelflife_str_first(r->rest, r->piece < size ? r->piece : size);
    shelflife_copy(to, piece.at, piece.len);
    r->rest = shelflife_str_after(r->rest, piece.len);
    *got = piece.len;
    return true;
}

static enum shelflife_json_next show(void *context, enum shelflife_json_event event, str text, bool last,
                                     error *err UNUSED)
{
    static const char *const shown[] = {"{", "}", "[", "]", "", "", "", "true", "false", "null"};
    struct run *r = context;
    shelflife_buffer_append(&r->shown, shelflife_str_of(shown[event]));
    shelflife_buffer_append(&r->shown, text);
    if (last && event == SHELFLIFE_JSON_KEY)
        shelflife_buffer_byte(&r->shown, ':');
    else if (last && event != SHELFLIFE_JSON_MAP_START && event != SHELFLIFE_JSON_ARRAY_START)
        shelflife_buffer_byte(&r->shown, ' ');
    return SHELFLIFE_JSON_CONTINUE;
}

static bool comment(void *context, str line, uint64_t number, error *err UNUSED)
{
    struct run *r = context;
    shelflife_buffer_format(&r->shown, "%.*s@%llu ", STR_PRINT(line), (unsigned long long)number);
    return true;
}

static void read_all(struct run *r, str text, size_t piece, shelflife_json_handler *handler)
{
    shelflife_buffer_reset(&r->shown);
    r->rest = text;
    r->piece = piece;
    r->manifests = shelflife_json_manifests_new(give, r);
    assert_non_null(r->manifests);
    shelflife_json_manifests_comments(r->manifests, comment, r);
    for (bool more = true; more;) {
        error err = {0};
        if (shelflife_json_manifests_next(r->manifests, handler, r, &more, &err)) {
            shelflife_buffer_append(&r->shown, more ? STR("| ") : STR(""));
            continue;
        }
        struct shelflife_json_position at = shelflife_json_manifests_position(r->manifests);
        shelflife_buffer_format(&r->shown, "!%llu:%llu ", (unsigned long long)at.line,
                                (unsigned long long)at.column);
    }
    shelflife_json_manifests_free(r->manifests);
}

static void documents_are_separated_as_by_kubectl(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"", ""},
        {" \n\n", ""},
        {"a: 1\n---\nb: 2\n", "{a:1 } | {b:2 } | "},
        {"---\na: 1\n---\n---\nb: 2\n---\n", "{a:1 } | {b:2 } | "},
        {"a: 1\n---#c\nb: 2", "{a:1 } | {b:2 } | "},
        {"a: 1\n--- \t# c\nb: 2", "{a:1 } | {b:2 } | "},
        {"a: 1\n---\xc2\xa0\nb: 2", "{a:1 } | {b:2 } | "},
        {"a: 1\r\n---\r\nb: 2\r\n", "{a:1 } | {b:2 } | "},
        {"a: 1\n--- {b: 2}\n", "{a:1 } | {b:2 } | "},
        {"a: |\n  x\n---\nb: 2", "{a:x\n } | {b:2 } | "},
        {"a: ---\nb: x---y\n----: 1\n", "{a:--- b:x---y ----:1 } | "},
        {"%YAML 1.1\n---\na: 1\n---\n%YAML 1.1\n---\nb: 2\n", "{a:1 } | {b:2 } | "},
        {"a: 1\n...\n---\nb: 2", "{a:1 } | {b:2 } | "},
        {"  a: 1\n  b: 2\n", "{a:1 b:2 } | "},
        /* JSON */
        {"{\"a\":1}", "{a:1 } | "},
        {"{\"a\":1}{\"b\":2}\n{\"c\":3}", "{a:1 } | {b:2 } | {c:3 } | "},
        {"{\"a\":1}\n---\n{\"b\":2}", "{a:1 } | {b:2 } | "},
        {"{\"a\":1}---\n{\"b\":\"\\/\"}", "{a:1 } | {b:/ } | "},
        {"{\"a\":1}\na: 2\n", "{a:1 } | {a:2 } | "},
        {"{\"a\":1} # x\n---\nb: 2", "{a:1 } | | {b:2 } | "},
        {"\n \t{\"a\":{\"b\":[1]}}\n\n", "{a:{b:[1 ] } } | "},
        {"[{\"a\":1}]", "[{a:1 } ] | "},
        /* flow style, and JSON that is not quite JSON */
        {"{a: 1, b: [c]}", "{a:1 b:[c ] } | "},
        {"{'a': True, \"b\": +1}", "{a:true b:+1 } | "},
        {"{\"a\":1,\n# c\n\"b\":2}", "# c@2 {a:1 b:2 } | "},
        {"[fd00::]", "[fd00:: ] | "},
        {"a: [fd00::, 'x:]', \"y:{\", z:?, {b:: 1}]\nc: {d:: ''}\n",
         "{a:[fd00:: x:] y:{ z:? {b::1 } ] c:{d:: } } | "},
        /* byte order marks */
        {BOM "a: 1\n", "{a:1 } | "},
        {BOM BOM "{\"a\":1}", "{a:1 } | "},
        {"a: 1\n---\n" BOM "b: 2\n", "{a:1 } | {b:2 } | "},
        {"a: 1\n" BOM "---\nb: 2\n", "{a:1 } | {b:2 } | "},
        /* bytes that are not UTF-8 */
        {"# gr\xfc\xdf"
         "e\na: \xe9\n",
         "# gr\xef\xbf\xbd\xef\xbf\xbd"
         "e@1 {a:\xef\xbf\xbd } | "},
        /* an error ends its document */
        {"a: 1\n---\nb: [\n---\nc: 3\n", "{a:1 } | {b:[!4:1 {c:3 } | "},
        {"{\"a\":1}\n{\"b\" 2}\n---\nc: 3\n", "{a:1 } | {b:null !2:6 {c:3 } | "},
        {"a: b: c\n---\n\x01\n---\nd: 4", "{a:b !1:5 !3:1 {d:4 } | "},
        /* comments */
        {"# Source: a\na: 1\n# b\nc: 2\n---\n# Source: d\ne: 3 # f\n",
         "# Source: a@1 # b@3 {a:1 c:2 } | # Source: d@6 {e:3 } | "},
    };
    static const size_t pieces[] = {SIZE_MAX, 1, 3};
    struct run r = {0};
    (void)state;
    shelflife_buffer_init(&r.shown, 1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t k = 0; k < COUNT(pieces); k++) {
            read_all(&r, shelflife_str_of(cases[i].text), pieces[k], show);
            shelflife_buffer_byte(&r.shown, '\0');
            assert_string_equal(r.shown.at, cases[i].shown);
        }
    shelflife_buffer_free(&r.shown);
}

static void utf16_is_read_in_pieces_of_any_size(void **state)
{
    static const struct {
        str text;
        const char *shown;
    } cases[] = {
        {STR_INIT("\xff\xfe"
                  "a\0:\0 \0\xe9\0\n\0"
                  "b\0:\0 \0\x3d\xd8\x00\xde\n\0"),
         "{a:\xc3\xa9 b:\xf0\x9f\x98\x80 } | "},
        {STR_INIT("\xfe\xff\0"
                  "a\0:\0 \x20\xac\0\n"),
         "{a:\xe2\x82\xac } | "},
        /* a lone surrogate, and a byte too few */
        {STR_INIT("\xff\xfe"
                  "a\0:\0 \0\x3d\xd8z\0"),
         "{a:\xef\xbf\xbdz } | "},
        {STR_INIT("\xff\xfe"
                  "a\0:\0 \0z\0z"),
         "{a:z\xef\xbf\xbd } | "},
        {STR_INIT("a: \xf0\x9f\x98"), "{a:\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd } | "},
        {STR_INIT("\xff"), "\xef\xbf\xbd | "},
    };
    static const size_t pieces[] = {SIZE_MAX, 1, 2, 3};
    struct run r = {0};
    (void)state;
    shelflife_buffer_init(&r.shown, 1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t k = 0; k < COUNT(pieces); k++) {
            read_all(&r, cases[i].text, pieces[k], show);
            shelflife_buffer_byte(&r.shown, '\0');
            assert_string_equal(r.shown.at, cases[i].shown);
        }
    shelflife_buffer_free(&r.shown);
}

/* Skips every value in the first map. */
static enum shelflife_json_next skip_first(void *context, enum shelflife_json_event event, str text,
                                           bool last, error *err)
{
    struct run *r = context;
    if (event == SHELFLIFE_JSON_MAP_START && r->shown.len == 0) {
        shelflife_buffer_append(&r->shown, STR("- "));
        return SHELFLIFE_JSON_SKIP;
    }
    return show(context, event, text, last, err);
}

static void a_document_that_is_skipped_ends_where_it_ends(void **state)
{
    struct run r = {0};
    (void)state;
    shelflife_buffer_init(&r.shown, 1 << 20);
    for (size_t piece = 1; piece < 9; piece++) {
        read_all(&r, STR("{\"a\":{\"b\":[1,{}]}}{\"c\":2}"), piece, skip_first);
        shelflife_buffer_byte(&r.shown, '\0');
        assert_string_equal(r.shown.at, "- | {c:2 } | ");
    }
    shelflife_buffer_free(&r.shown);
}

/* Positions of the keys that are called "at", as "line:column". */
static enum shelflife_json_next place(void *context, enum shelflife_json_event event, str text,
                                      bool last UNUSED, error *err UNUSED)
{
    struct run *r = context;
    struct shelflife_json_position at = shelflife_json_manifests_position(r->manifests);
    if (event == SHELFLIFE_JSON_KEY && shelflife_str_equal(text, STR("at")))
        shelflife_buffer_format(&r->shown, "%llu:%llu ", (unsigned long long)at.line,
                                (unsigned long long)at.column);
    return event == SHELFLIFE_JSON_KEY && !shelflife_str_equal(text, STR("at")) ? SHELFLIFE_JSON_SKIP
                                                                                : SHELFLIFE_JSON_CONTINUE;
}

static void fill_with(buffer *text, const char *line, size_t bytes)
{
    while (bytes > 0) {
        size_t n = strlen(line) < bytes ? strlen(line) : bytes;
        shelflife_buffer_append(text, (str){line, n});
        bytes -= n;
    }
}

static void long_lines_and_large_documents_are_read_in_pieces(void **state)
{
    enum { LARGE = 300 << 10, HUGE_JSON = 3 << 20 };
    CLEANUP(shelflife_buffer_free) buffer text;
    struct run r = {0};
    (void)state;
    shelflife_buffer_init(&text, SIZE_MAX / 2);
    shelflife_buffer_init(&r.shown, 1 << 20);
    shelflife_buffer_append(&text, STR("# "));
    fill_with(&text, "c", LARGE);
    shelflife_buffer_append(&text, STR("\nat: \""));
    fill_with(&text, "x:y ", LARGE);
    shelflife_buffer_append(&text, STR("\"\n---\na: [ }"));
    fill_with(&text, " z", LARGE);
    shelflife_buffer_append(&text, STR("\nb: 1\n---\n{\"a\":[\""));
    fill_with(&text, "json", HUGE_JSON);
    shelflife_buffer_append(&text, STR("\"],\"at\":1}\n---\nat: 2\n"));
    static const size_t pieces[] = {SIZE_MAX, 1000, 77777};
    for (size_t i = 0; i < COUNT(pieces); i++) {
        read_all(&r, shelflife_buffer_str(&text), pieces[i], place);
        str shown = shelflife_buffer_str(&r.shown);
        size_t comment = shelflife_str_find(shown, '@');
        assert_true(comment == SHELFLIFE_JSON_COMMENT_MAX);
        shelflife_buffer_byte(&r.shown, '\0');
        assert_string_equal(r.shown.at + comment, "@1 2:1 | !4:6 7:3145739 | 9:1 | ");
    }
    shelflife_buffer_free(&r.shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_separated_as_by_kubectl),
        cmocka_unit_test(utf16_is_read_in_pieces_of_any_size),
        cmocka_unit_test(a_document_that_is_skipped_ends_where_it_ends),
        cmocka_unit_test(long_lines_and_large_documents_are_read_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
