/* rooms: base json */
#include "unit/test.h"

#include <inttypes.h>

#include "json/yaml.h"

static void cleanup_yaml(struct shelflife_yaml **y)
{
    shelflife_yaml_free(*y);
}

/* Events as a line: {k:v}, [v], 's', numbers as written, true, false, null; a space after each document. */
struct run {
    struct shelflife_yaml *yaml;
    str rest;
    size_t piece;     /* bytes of input at a time */
    const char *skip; /* keys whose values are not wanted; "[": no lists */
    const char *stop; /* keys to stop at */
    bool positions;
    buffer shown;
    size_t depth;
};

static bool input(void *context, char *to, size_t size, size_t *got, error *err)
{
    struct run *r = context;
    (void)err;
    str piece = shelflife_str_first(r->rest, size < r->piece ? size : r->piece);
    if (piece.len)
        memcpy(to, piece.at, piece.len);
    r->rest = shelflife_str_after(r->rest, piece.len);
    *got = piece.len;
    return true;
}

static bool one_of(str s, const char *words)
{
    for (size_t i = 0; words && words[i]; i++)
        if (s.len == 1 && s.at[0] == words[i])
            return true;
    return false;
}

static enum shelflife_json_next show(void *context, enum shelflife_json_event event, str text, bool last,
                                     error *err)
{
    static const char *const words[] = {
        [SHELFLIFE_JSON_MAP_START] = "{", [SHELFLIFE_JSON_MAP_END] = "}", [SHELFLIFE_JSON_ARRAY_START] = "[",
        [SHELFLIFE_JSON_ARRAY_END] = "]", [SHELFLIFE_JSON_TRUE] = "true", [SHELFLIFE_JSON_FALSE] = "false",
        [SHELFLIFE_JSON_NULL] = "null",
    };
    struct run *r = context;
    bool start = event == SHELFLIFE_JSON_MAP_START || event == SHELFLIFE_JSON_ARRAY_START;
    bool end = event == SHELFLIFE_JSON_MAP_END || event == SHELFLIFE_JSON_ARRAY_END;
    assert_true(last);
    str before = shelflife_buffer_str(&r->shown);
    if (!end && r->depth > 0 && !shelflife_str_ends(before, STR("{")) &&
        !shelflife_str_ends(before, STR("[")) && !shelflife_str_ends(before, STR(":")))
        shelflife_buffer_byte(&r->shown, ',');
    str tag = shelflife_yaml_tag(r->yaml);
    shelflife_buffer_format(&r->shown, "%.*s%s", STR_PRINT(tag), tag.len ? " " : "");
    const char *quote = event == SHELFLIFE_JSON_STRING ? "'" : "";
    if (event < COUNT(words) && words[event])
        shelflife_buffer_format(&r->shown, "%s", words[event]);
    else
        shelflife_buffer_format(&r->shown, "%s%.*s%s", quote, STR_PRINT(text), quote);
    struct shelflife_json_position at = shelflife_yaml_position(r->yaml);
    if (r->positions && event >= SHELFLIFE_JSON_STRING)
        shelflife_buffer_format(&r->shown, "@%" PRIu64 ":%" PRIu64, at.line, at.column);
    if (event == SHELFLIFE_JSON_KEY && one_of(text, r->stop)) {
        shelflife_yaml_fail(r->yaml, at, err, "stopped");
        return SHELFLIFE_JSON_STOP;
    }
    if (event == SHELFLIFE_JSON_KEY && one_of(text, r->skip)) {
        shelflife_buffer_format(&r->shown, ":-");
        return SHELFLIFE_JSON_SKIP;
    }
    if (start && one_of(STR("["), r->skip) && event == SHELFLIFE_JSON_ARRAY_START)
        return SHELFLIFE_JSON_SKIP;
    r->depth += start;
    r->depth -= end;
    if (event == SHELFLIFE_JSON_KEY)
        shelflife_buffer_byte(&r->shown, ':');
    else if (r->depth == 0)
        shelflife_buffer_byte(&r->shown, ' ');
    return SHELFLIFE_JSON_CONTINUE;
}

static bool run(struct run *r, str text, enum shelflife_yaml_dialect dialect, error *err)
{
    CLEANUP(cleanup_yaml) struct shelflife_yaml *y = shelflife_yaml_new(dialect);
    assert_non_null(y);
    r->yaml = y;
    r->rest = text;
    r->depth = 0;
    if (r->piece == 0)
        r->piece = SIZE_MAX;
    shelflife_buffer_reset(&r->shown);
    bool ok = shelflife_yaml_read(y, input, r, show, r, err);
    if (!ok) {
        struct shelflife_json_position at = shelflife_yaml_position(y);
        error plain = *err;
        shelflife_fail(err, plain.kind, "%" PRIu64 ":%" PRIu64 ": %s", at.line, at.column, plain.text);
    }
    return ok;
}

static void start(struct run *r)
{
    *r = (struct run){0};
    shelflife_buffer_init(&r->shown, 1 << 20);
}

static void check(struct run *r, const char *text, const char *shown)
{
    static const size_t pieces[] = {SIZE_MAX, 1, 3};
    for (size_t i = 0; i < COUNT(pieces); i++) {
        error err = {0};
        r->piece = pieces[i];
        if (!run(r, shelflife_str_of(text), SHELFLIFE_YAML_MANIFESTS, &err))
            fail_msg("%s: %s", text, err.text);
        assert_str_equal(shelflife_buffer_str(&r->shown), shown);
    }
}

static void tells_what_is_there(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"", ""},
        {"# nothing\n", ""},
        {"---\n---\na: 1\n", "null {a:1} "},
        {"a: 1\nb: [x, 'y', \"z\"]\n---\n- k: {}\n...\n---\nplain\n",
         "{a:1,b:['x','y','z']} [{k:{}}] 'plain' "},
        {"- null\n- ~\n-\n- nUll", "[null,null,null,'nUll'] "},
        {"- true\n- False\n- yes\n", "[true,false,'yes'] "},
        {"- 0\n- -1\n- 0x1F\n- 1e5\n- .inf\n- 1_000\n- '1'", "[0,-1,0x1F,1e5,.inf,'1_000','1'] "},
        {"a: !!str 1\nb: !Ref x\nc: !!binary aGk=\n", "{a:'1',b:'x',c:'hi'} "},
        {"\xef\xbb\xbf"
         "a: b",
         "{a:'b'} "},
        /* aliases */
        {"a: &x {k: v}\nb: *x\nc: [*x, *x]", "{a:{k:'v'},b:{k:'v'},c:[{k:'v'},{k:'v'}]} "},
        {"a: &x 1\nb: &x 2\nc: *x", "{a:1,b:2,c:2} "},
        {"a: &x [1, &y {k: &z 2}]\nb: [*z, *y, *x]", "{a:[1,{k:2}],b:[2,{k:2},[1,{k:2}]]} "},
        {"a: &x {k: v}\nb: &y [*x]\nc: *y", "{a:{k:'v'},b:[{k:'v'}],c:[{k:'v'}]} "},
        /* merges: a map's own keys win, wherever they stand; of several maps the first */
        {"a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}", "{a:{k:1,l:2},b:{k:3,l:2}} "},
        /* kubectl takes the merged value if "<<" comes after the key, kustomize the map's own: both are there
         */
        {"a: &x {k: 1, l: 2}\nb: {k: 3, <<: *x}", "{a:{k:1,l:2},b:{k:3,k:1,l:2}} "},
        {"a: &x {k: 1, l: 2}\nb: {k: 3, <<: *x, l: 4}", "{a:{k:1,l:2},b:{k:3,l:4,k:1}} "},
        {"a: &x {k: 1}\nb: &y {k: 2, l: 3}\nc: {<<: *x, <<: *y}", "{a:{k:1},b:{k:2,l:3},c:{k:2,l:3}} "},
        {"a: &x {k: 1}\nb: &y {k: 2}\nc: {<<: *x, k: 3, <<: *y}", "{a:{k:1},b:{k:2},c:{k:3,k:2}} "},
        {"a: &x {k: 1}\nb:\n  !!merge <<: *x\n  l: 2", "{a:{k:1},b:{l:2,k:1}} "},
        {"a: &x {k: 1}\nb: {!<tag:yaml.org,2002:merge> <<: *x}", "{a:{k:1},b:{k:1}} "},
        {"a: !!omap [{b: 1}, {c: {d: 2}}]\ne: !!omap []", "{a:{b:1,c:{d:2}},e:{}} "},
        {"a: !!binary /w==\nb: !!binary |\n  aG\n  k=\n", "{a:'/w==',b:'hi'} "},
        {"a: 1e400\nb: 1e300", "{a:'1e400',b:1e300} "},
        {"a: 'x:" SHELFLIFE_YAML_MARK "]" SHELFLIFE_YAML_MARK "'", "{a:'x:]'} "},
        {"a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc: {<<: [*x, *y]}", "{a:{k:1},b:{k:2,m:3},c:{k:1,m:3}} "},
        {"a: {<<: {k: {m: 1}}, l: 2}", "{a:{l:2,k:{m:1}}} "},
        {"a: &x {k: 1}\nb: &y {<<: *x, l: 2}\nc: {<<: *y}", "{a:{k:1},b:{l:2,k:1},c:{l:2,k:1}} "},
        {"a: {'<<': {k: 1}}", "{a:{<<:{k:1}}} "},
        {"a: {<<: [{k: 1}, {<<: {k: 2, l: 3}}]}", "{a:{k:1,l:3}} "},
    };
    struct run r;
    (void)state;
    start(&r);
    for (size_t i = 0; i < COUNT(cases); i++)
        check(&r, cases[i].text, cases[i].shown);
    shelflife_buffer_free(&r.shown);
}

static void tells_tags_and_merges_nothing_for_those_who_do_it_themselves(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"a: !x 1\nb: !y {k: !!str v}\nc: !z [1, !w '2']\nd: 3",
         "{a:!x '1',b:!y {k:tag:yaml.org,2002:str 'v'},c:!z [1,!w '2'],d:3} "},
        {"a: &x !r [1, !s 2]\nb: *x\nc: &y [*x]\nd: *y",
         "{a:!r [1,!s '2'],b:!r [1,!s '2'],c:[!r [1,!s '2']],d:[!r [1,!s '2']]} "},
        {"a: &x {k: 1}\nb: {<<: *x, k: 2, <<: {l: 3}}", "{a:{k:1},b:{<<:{k:1},k:2,<<:{l:3}}} "},
        {"a: 1\n---\nb: 2", "{a:1} {b:2} "},
    };
    struct run r;
    (void)state;
    start(&r);
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        if (!run(&r, shelflife_str_of(cases[i].text), SHELFLIFE_YAML_TAGGED, &err))
            fail_msg("%s: %s", cases[i].text, err.text);
        assert_str_equal(shelflife_buffer_str(&r.shown), cases[i].shown);
    }
    shelflife_buffer_free(&r.shown);
}

static void skips_what_is_not_wanted(void **state)
{
    static const struct {
        const char *skip, *text, *shown;
    } cases[] = {
        {"a", "a: {b: [1]}\nc: 2", "{a:-,c:2} "},
        {"a", "x: {a: 1, b: 2}\ny: 3", "{x:{a:-,b:2},y:3} "},
        {"a", "a: &x {b: 1}\nc: *x", "{a:-,c:{b:1}} "},
        {"a", "c: &x {b: 1}\na: *x\nd: 4", "{c:{b:1},a:-,d:4} "},
        {"a", "c: &x {b: 1, a: 2, d: 3}\ne: *x", "{c:{b:1,a:-,d:3},e:{b:1,a:-,d:3}} "},
        {"a", "c: &x {a: [{a: 1}], b: 2}\ne: {<<: *x, f: 1}\ng: 1", "{c:{a:-,b:2},e:{f:1,a:-,b:2},g:1} "},
        {"a", "a: {<<: {a: 1}, b: &x {c: 1}}\nd: *x", "{a:-,d:{c:1}} "},
        {"a", "a: {<<: &x {c: 1}}\nd: *x", "{a:-,d:{c:1}} "},
        {"[", "a: [1, [2]]\nb: &x [3]\nc: *x\nd: 4", "{a:[b:[c:[d:4} "},
    };
    struct run r;
    (void)state;
    start(&r);
    for (size_t i = 0; i < COUNT(cases); i++) {
        r.skip = cases[i].skip;
        check(&r, cases[i].text, cases[i].shown);
    }
    shelflife_buffer_free(&r.shown);
}

static void knows_where_things_stand(void **state)
{
    struct run r;
    (void)state;
    start(&r);
    r.positions = true;
    check(&r, "a: 1\nb:\n  - x\n  - 'y'\n---\nc: z\n", "{a:1@1:4,b:['x'@3:5,'y'@4:5]} {c:'z'@6:4} ");
    check(&r, "a: &x {k: v}\nb: *x\nc: {<<: *x}", "{a:{k:'v'@1:11},b:{k:'v'@1:11},c:{k:'v'@1:11}} ");
    shelflife_buffer_free(&r.shown);
}

static void errors_say_what_and_where(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"a: 1\n---\nb: [1, 2\nc: 3\n",
         "4:2: while parsing a flow sequence, did not find expected ',' or ']'"},
        {"a: *x\n", "1:4: there is no anchor &x before this alias"},
        {"a: &x 1\n---\nb: *x\n", "3:4: there is no anchor &x before this alias"},
        {"a: &x [*x]\n", "1:8: there is no anchor &x before this alias"},
        {"? [a]\n: b\n", "1:3: a key must be a string"},
        {"a: {<<: 1, k: 2}\nb: 3", "1:16: only a map or a list of maps can be merged"},
        {"a: !!omap [{b: 1}, c]", "1:20: an !!omap must contain maps"},
        {"ä: b\nc: \xff\n", "2:4: invalid leading UTF-8 octet"},
        {"a: 1\ns: 2\n", "2:1: stopped"},
    };
    static const size_t pieces[] = {SIZE_MAX, 1};
    struct run r;
    (void)state;
    start(&r);
    r.stop = "s";
    for (size_t i = 0; i < COUNT(cases) * COUNT(pieces); i++) {
        error err = {0};
        const char *text = cases[i / COUNT(pieces)].text, *message = cases[i / COUNT(pieces)].message;
        r.piece = pieces[i % COUNT(pieces)];
        assert_false(run(&r, shelflife_str_of(text), SHELFLIFE_YAML_MANIFESTS, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
        if (strncmp(err.text, message, strlen(message)) != 0)
            fail_msg("\"%s\" does not begin with \"%s\"", err.text, message);
    }
    shelflife_buffer_free(&r.shown);
}

static void bad_bytes_are_found_behind_much_text(void **state)
{
    buffer text;
    struct run r;
    error err = {0};
    (void)state;
    start(&r);
    shelflife_buffer_init(&text, SIZE_MAX);
    for (int i = 0; i < 20000; i++)
        shelflife_buffer_format(&text, "k%d: v\n", i);
    shelflife_buffer_append(&text, STR("bad: \xff\n"));
    assert_false(run(&r, shelflife_buffer_str(&text), SHELFLIFE_YAML_MANIFESTS, &err));
    assert_string_equal(err.text, "20001:6: invalid leading UTF-8 octet");
    shelflife_buffer_free(&text);
    shelflife_buffer_free(&r.shown);
}

static void repetition_has_a_budget(void **state)
{
    (void)state;
    for (int form = 0; form < 2; form++) {
        buffer text;
        struct run r;
        error err = {0};
        start(&r);
        shelflife_buffer_init(&text, SIZE_MAX);
        shelflife_buffer_append(&text, STR("a0: &a0 {k: v}\n"));
        for (int i = 1; i < 12; i++)
            if (form == 0)
                shelflife_buffer_format(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
                                        i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
            else
                shelflife_buffer_format(&text, "a%d: &a%d {<<: [{k%d: [*a%d,*a%d,*a%d,*a%d,*a%d]}]}\n", i, i,
                                        i, i - 1, i - 1, i - 1, i - 1, i - 1);
        assert_false(run(&r, shelflife_buffer_str(&text), SHELFLIFE_YAML_MANIFESTS, &err));
        assert_non_null(strstr(err.text, "aliases repeat too much"));
        shelflife_buffer_free(&text);
        shelflife_buffer_free(&r.shown);
    }
}

static void nesting_has_a_limit(void **state)
{
    buffer text;
    struct run r;
    error err = {0};
    (void)state;
    start(&r);
    shelflife_buffer_init(&text, SIZE_MAX);
    for (int i = 0; i < 100000; i++)
        shelflife_buffer_byte(&text, '[');
    assert_false(run(&r, shelflife_buffer_str(&text), SHELFLIFE_YAML_MANIFESTS, &err));
    assert_string_equal(err.text, "1:1001: more than 1000 levels of nesting");
    shelflife_buffer_free(&text);
    shelflife_buffer_free(&r.shown);
}

struct tape {
    buffer out;
};

static enum shelflife_json_next write_event(void *context, enum shelflife_json_event event, str text,
                                            bool last, error *err)
{
    struct tape *t = context;
    (void)err;
    shelflife_buffer_append(&t->out, text);
    if (last)
        shelflife_buffer_format(&t->out, "/%d\n", (int)event);
    return SHELFLIFE_JSON_CONTINUE;
}

static void tells_json_as_the_json_parser_does(void **state)
{
    static const char *const texts[] = {
        "{\"a\": [1, -2.5, 1e3, true, false, null, \"x\", \"\"], \"b\": {\"c\": {}}, \"d\": []}",
        "[\"\\u00e4\\n\\\"\", \"1\", \"null\", {\"<\": \"~\"}]",
        "{\"kind\":\"List\",\"items\":[{\"spec\":{\"containers\":[{\"image\":\"a:b@c\"}]}}]}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct tape json, from_yaml;
        struct run source = {.rest = shelflife_str_of(texts[i]), .piece = 7};
        error err = {0};
        shelflife_buffer_init(&json.out, 1 << 16);
        shelflife_buffer_init(&from_yaml.out, 1 << 16);
        struct shelflife_json_parser *p = shelflife_json_parser_new(write_event, &json, false);
        struct shelflife_yaml *y = shelflife_yaml_new(SHELFLIFE_YAML_MANIFESTS);
        assert_true(shelflife_json_parser_feed(p, shelflife_str_of(texts[i]), &err));
        assert_true(shelflife_json_parser_finish(p, &err));
        if (!shelflife_yaml_read(y, input, &source, write_event, &from_yaml, &err))
            fail_msg("%s", err.text);
        assert_int_equal(json.out.len, from_yaml.out.len);
        assert_memory_equal(json.out.at, from_yaml.out.at, json.out.len);
        shelflife_json_parser_free(p);
        shelflife_yaml_free(y);
        shelflife_buffer_free(&json.out);
        shelflife_buffer_free(&from_yaml.out);
    }
}

static bool broken_input(void *context, char *to, size_t size, size_t *got, error *err)
{
    (void)context;
    (void)to;
    (void)size;
    (void)got;
    return shelflife_fail(err, SHELFLIFE_ERROR_IO, "the disk is gone");
}

static void input_may_fail(void **state)
{
    struct run r;
    error err = {0};
    (void)state;
    start(&r);
    CLEANUP(cleanup_yaml) struct shelflife_yaml *y = shelflife_yaml_new(SHELFLIFE_YAML_MANIFESTS);
    assert_false(shelflife_yaml_read(y, broken_input, NULL, show, &r, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_IO);
    assert_string_equal(err.text, "the disk is gone");
    shelflife_buffer_free(&r.shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_is_there),
        cmocka_unit_test(tells_tags_and_merges_nothing_for_those_who_do_it_themselves),
        cmocka_unit_test(skips_what_is_not_wanted),
        cmocka_unit_test(knows_where_things_stand),
        cmocka_unit_test(errors_say_what_and_where),
        cmocka_unit_test(bad_bytes_are_found_behind_much_text),
        cmocka_unit_test(repetition_has_a_budget),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(tells_json_as_the_json_parser_does),
        cmocka_unit_test(input_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
