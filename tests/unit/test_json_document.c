/* rooms: base json */
#include <limits.h>

#include "unit/test.h"

#include "json/document.h"

#define DOCUMENT CLEANUP(cleanup_document) struct shelflife_document

static struct shelflife_document *read_text(const char *text, error *err)
{
    return shelflife_document_read(shelflife_str_of(text), "f.yaml", err);
}

/* A document as one line: maps {k:v}, lists [v], strings 's', null, and scalars as i1, r1.5, true. */
static void show(struct node node, buffer *out)
{
    static const char *const open[] = {"{", "[", "'", "i", "r", "", "null"};
    static const char *const close[] = {"}", "]", "'", "", "", "", ""};
    enum node_type type = shelflife_node_type(node);
    struct node child;
    str text;
    bool truth;
    int64_t n;
    shelflife_buffer_format(out, "%s", open[type]);
    if (type == NODE_STRING && shelflife_node_string(node, &text, NULL))
        shelflife_buffer_append(out, text);
    if (type == NODE_BOOL && shelflife_node_bool(node, &truth, NULL))
        shelflife_buffer_format(out, "%s", truth ? "true" : "false");
    if (type == NODE_INTEGER && shelflife_node_integer(node, INT64_MIN, INT64_MAX, &n, NULL))
        shelflife_buffer_format(out, "%lld", (long long)n);
    for (size_t i = 0; shelflife_node_at(&node, i, &child); i++) {
        if (i)
            shelflife_buffer_byte(out, ',');
        if (type == NODE_MAP)
            shelflife_buffer_format(out, "%s:", child.key);
        show(child, out);
    }
    shelflife_buffer_format(out, "%s", close[type]);
}

static void reads_what_is_there(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"{\"a\": [1, \"x\", true, null, 1.5, {}], \"b\": -3}", "{a:[i1,'x',true,null,r,{}],b:i-3}"},
        {" \r\n\t[]", "[]"},
        {"\xef\xbb\xbf{\"a\": 1}", "{a:i1}"},
        {"\xef\xbb\xbf"
         "a: 1",
         "{a:i1}"},
        {"a: 1\nb: [x, 'y', \"z\"]\n", "{a:i1,b:['x','y','z']}"},
        {"# comment\n---\na: 2026-07-11\n...\n", "{a:'2026-07-11'}"},
        {"z: 1\ny: 2\nx: 3", "{z:i1,y:i2,x:i3}"},
        {"[]", "[]"},
        {"- null\n- ~\n- Null\n- NULL\n-\n- nUll", "[null,null,null,null,null,'nUll']"},
        {"- true\n- False\n- TRUE\n- yes\n- off\n- tRUE", "[true,false,true,'yes','off','tRUE']"},
        {"- 0\n- -1\n- +7\n- 0x1F\n- 0o17\n- 017\n- 0x\n- +\n- 1_000",
         "[i0,i-1,i7,i31,i15,i17,'0x','+','1_000']"},
        {"- 9223372036854775807\n- -9223372036854775808", "[i9223372036854775807,i-9223372036854775808]"},
        {"- 3.10\n- .5\n- 1.\n- 1e5\n- -1.5E-3\n- .\n- 1e\n- 1.2.3", "[r,r,r,r,r,'.','1e','1.2.3']"},
        {"- '1'\n- \"true\"\n- !!str 1\n- |\n  3\n", "['1','true','1','3\n']"},
        {"a: &x {k: v}\nb: *x\nc: [*x, *x]", "{a:{k:'v'},b:{k:'v'},c:[{k:'v'},{k:'v'}]}"},
        {"a: &x 1\nb: &x 2\nc: *x", "{a:i1,b:i2,c:i2}"},
        {"1: a\ntrue: b", "{1:'a',true:'b'}"},
        {"plain", "'plain'"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        DOCUMENT *d = read_text(cases[i].text, &err);
        if (!d)
            fail_msg("%s: %s", cases[i].text, err.text);
        CLEANUP(shelflife_buffer_free) buffer out;
        shelflife_buffer_init(&out, 4096);
        show(shelflife_document_root(d), &out);
        assert_str_equal(shelflife_buffer_str(&out), cases[i].shown);
    }
}

static void refuses_with_line_and_column(void **state)
{
    static const struct {
        const char *text, *message; /* its beginning */
    } cases[] = {
        {"{\"a\": 1,\n \"a\": 2}", "f.yaml:2:4: duplicate object key"},
        {"{\"a\": }", "f.yaml:1:7: unexpected token"},
        {"[1, 2", "f.yaml:1:5: ']' expected"},
        {"[1] x", "f.yaml:1:5: end of file expected"},
        {"[9223372036854775808]", "f.yaml:1:20: too big integer"},
        {"[1e400]", "f.yaml:1:6: real number overflow"},
        {"[\"\\u0000\"]", "f.yaml:1:9: \\u0000 is not allowed"},
        {"[\"\xff\"]", "f.yaml:1:2: unable to decode byte 0xff"},
        {"", "f.yaml:1:1: it is empty"},
        {"# only a comment\n", "f.yaml:2:1: it is empty"},
        {"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: the key \"a\" already appears in line 1"},
        {"a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins here"},
        {"a: [1, 2\nb: 3\n", "f.yaml:2:2: while parsing a flow sequence, did not find expected ',' or ']'"},
        {"a: b: c\n", "f.yaml:1:5: mapping values are not allowed in this context"},
        {"a:\n\t- b\n", "f.yaml:2:1: while scanning for the next token, found character that cannot start"},
        {"a: *x\n", "f.yaml:1:4: there is no anchor &x before this alias"},
        {"a: &x [*x]\n", "f.yaml:1:8: there is no anchor &x before this alias"},
        {"? [a]\n: b\n", "f.yaml:1:3: a key must be a string"},
        {"a: !foo b\n", "f.yaml:1:4: the tag !foo is not supported: remove it"},
        {"a: !!set {x}\n", "f.yaml:1:4: the tag tag:yaml.org,2002:set is not supported: remove it"},
        {"a: \"\\0\"\n", "f.yaml:1:4: a string must not contain NUL"},
        {"a: b\nc: \x01\n", "f.yaml:2:4: control characters are not allowed"},
        {"a: b\nc: \xff\n", "f.yaml:2:4: invalid leading UTF-8 octet"},
        {"a: 9223372036854775808\n", "f.yaml:1:4: the number is too large"},
        {"a: .inf\n", "f.yaml:1:4: .inf is not a number that can be used here"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        DOCUMENT *d = read_text(cases[i].text, &err);
        assert_null(d);
        assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
        if (strncmp(err.text, cases[i].message, strlen(cases[i].message)) != 0)
            fail_msg("\"%s\" does not begin with \"%s\"", err.text, cases[i].message);
    }
    error err = {0};
    assert_null(shelflife_document_read(STR("[1,\n\0002]"), "f.json", &err));
    assert_string_equal(err.text, "f.json:2:1: a NUL byte is not allowed in JSON");
    assert_null(shelflife_document_read((str){NULL, 0}, "f.json", &err));
    assert_string_equal(err.text, "f.json:1:1: it is empty");
}

/* Whatever a reader of a secret document asks for, its errors have no six bytes of the token. */
static void assert_keeps(const char *text, const char *token, const error *err)
{
    if (err->kind == SHELFLIFE_ERROR_NONE)
        fail_msg("no error about %s", text);
    for (size_t i = 0; i + 6 <= strlen(token); i++)
        if (memmem(err->text, strlen(err->text), token + i, 6))
            fail_msg("%s: \"%s\"", text, err->text);
}

static void ask_for_everything(struct node node, const char *text, const char *token)
{
    static const char *const words[] = {"one", "two"};
    error err[9] = {0};
    int64_t n;
    bool b;
    str s;
    size_t i;
    shelflife_day day;
    int32_t days;
    shelflife_node_fail(node, &err[0], "is wrong");
    shelflife_node_word(node, words, COUNT(words), &i, &err[1]);
    shelflife_node_integer(node, 1000, 1001, &n, &err[2]);
    if (shelflife_node_day(node, &day, &err[3]) || shelflife_node_span(node, &days, &err[4]))
        fail_msg("%s", text);
    shelflife_node_kind(node, "Policy", &err[5]);
    assert_keeps(text, token, &err[0]);
    assert_keeps(text, token, &err[1]);
    assert_keeps(text, token, &err[2]);
    assert_keeps(text, token, &err[3]);
    assert_keeps(text, token, &err[4]);
    assert_keeps(text, token, &err[5]);
    if (!shelflife_node_bool(node, &b, &err[6]))
        assert_keeps(text, token, &err[6]);
    if (!shelflife_node_string(node, &s, &err[7]))
        assert_keeps(text, token, &err[7]);
    if (!shelflife_node_known(node, words, COUNT(words), &err[8]))
        assert_keeps(text, token, &err[8]);
    struct node child;
    for (i = 0; shelflife_node_at(&node, i, &child); i++)
        ask_for_everything(child, text, token);
}

#define TOKEN "s3cr3t-T0k3n"

static void secret_documents_are_never_quoted(void **state)
{
    static const struct {
        const char *text, *token;
    } cases[] = {
        {TOKEN, TOKEN},
        {"\"" TOKEN "\"", TOKEN},
        {"1234567890123", "1234567890123"},
        {"12345678.5", "12345678"},
        {"12345678901234567890123", "12345678901234567890123"},
        {"{\"token\": \"" TOKEN "\"}", TOKEN},
        {"{\"" TOKEN "\": {\"" TOKEN "\": [\"" TOKEN "\", 1]}}", TOKEN},
        {"{\"" TOKEN "\"", TOKEN},
        {"{\"" TOKEN, TOKEN},
        {"{\"a\": " TOKEN "}", TOKEN},
        {"{\"" TOKEN "\": 1, \"" TOKEN "\": 2}", TOKEN},
        {"[\"" TOKEN "\\x\"]", TOKEN},
        {"[1, 2] " TOKEN, TOKEN},
        {TOKEN ": 1\n" TOKEN ": 2\n", TOKEN},
        {TOKEN ":\n  - " TOKEN ": " TOKEN "\n", TOKEN},
        {"a: *" TOKEN "\n", TOKEN},
        {"a: !" TOKEN " b\n", TOKEN},
        {"%" TOKEN "\n", TOKEN},
        {"a: b: " TOKEN "\n", TOKEN},
        {"{a: [" TOKEN "\n", TOKEN},
        {"--- " TOKEN "\n--- x\n", TOKEN},
        {"czNjcjN0LVQwazNuczNjcjN0LVQwazNu\n", "czNjcjN0LVQwazNuczNjcjN0LVQwazNu"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        DOCUMENT *d = shelflife_document_read_secret(shelflife_str_of(cases[i].text), "f", &err);
        if (d)
            ask_for_everything(shelflife_document_root(d), cases[i].text, cases[i].token);
        else
            assert_keeps(cases[i].text, cases[i].token, &err);
    }
    error err = {0};
    DOCUMENT *d = shelflife_document_read_secret(STR("a: {b: [" TOKEN "]}"), "f", &err);
    struct node root = shelflife_document_root(d), a, b, item;
    assert_true(shelflife_node_get(&root, "a", &a) && shelflife_node_get(&a, "b", &b) &&
                shelflife_node_at(&b, 0, &item));
    shelflife_node_map(item, &err);
    assert_string_equal(err.text, "f: a.b[0]: must be a map, but is a string");
}

static bool reads(buffer *text, error *err)
{
    assert_false(text->failed);
    DOCUMENT *d = shelflife_document_read(shelflife_buffer_str(text), "f", err);
    return d != NULL;
}

static void limits_nesting_anchors_and_repetition(void **state)
{
    (void)state;
    error err = {0};
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_buffer_init(&text, SIZE_MAX);
    for (int depth = 1000; depth <= 1001; depth++) {
        shelflife_buffer_reset(&text);
        shelflife_buffer_append(&text, STR("a:\n "));
        for (int i = 1; i < depth; i++)
            shelflife_buffer_append(&text, STR("- "));
        shelflife_buffer_append(&text, STR("x"));
        assert_int_equal(reads(&text, &err), depth == 1000);
    }
    assert_non_null(strstr(err.text, "more than 1000 levels of nesting"));

    shelflife_buffer_reset(&text);
    for (int i = 0; i < 100000; i++)
        shelflife_buffer_byte(&text, '[');
    assert_false(reads(&text, &err));
    shelflife_buffer_reset(&text);
    shelflife_buffer_append(&text, STR("a: "));
    for (int i = 0; i < 100000; i++)
        shelflife_buffer_byte(&text, '[');
    assert_false(reads(&text, &err));
    assert_non_null(strstr(err.text, "more than 1000 levels of nesting"));

    shelflife_buffer_reset(&text);
    shelflife_buffer_append(&text, STR("a0: &a0 [x]\n"));
    for (int i = 1; i <= 1000; i++)
        shelflife_buffer_format(&text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    assert_false(reads(&text, &err));
    assert_non_null(strstr(err.text, "more than 1000 levels of nesting"));

    shelflife_buffer_reset(&text);
    shelflife_buffer_append(&text, STR("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"));
    for (int i = 1; i < 9; i++)
        shelflife_buffer_format(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i,
                                i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    assert_false(reads(&text, &err));
    assert_non_null(strstr(err.text, "aliases repeat too much"));

    shelflife_buffer_reset(&text);
    for (int i = 0; i <= 1000; i++)
        shelflife_buffer_format(&text, "- &a%d x\n", i);
    assert_false(reads(&text, &err));
    assert_non_null(strstr(err.text, "more than 1000 anchors"));
}

static void path_names_every_step(void **state)
{
    (void)state;
    DOCUMENT *d = read_text("products:\n- a b: {rows: [{x: 1}]}\n  'q\"\\': {y: 2}\n", NULL);
    struct node root = shelflife_document_root(d), products, product, odd, rows, row, x;
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 4096);
    shelflife_node_path(root, &out);
    assert_int_equal(out.len, 0);
    assert_true(shelflife_node_get(&root, "products", &products));
    assert_true(shelflife_node_at(&products, 0, &product));
    assert_true(shelflife_node_get(&product, "a b", &odd));
    assert_true(shelflife_node_get(&odd, "rows", &rows));
    assert_true(shelflife_node_at(&rows, 0, &row));
    assert_true(shelflife_node_at(&row, 0, &x));
    shelflife_node_path(x, &out);
    assert_str_equal(shelflife_buffer_str(&out), "products[0][\"a b\"].rows[0].x");
    shelflife_buffer_reset(&out);
    assert_true(shelflife_node_at(&product, 1, &odd));
    shelflife_node_path(odd, &out);
    assert_str_equal(shelflife_buffer_str(&out), "products[0][\"q\\\"\\\\\"]");
    assert_false(shelflife_node_at(&product, 2, &odd));
    assert_int_equal(shelflife_node_count(product), 2);
    assert_int_equal(shelflife_node_count(x), 0);
}

static void get_takes_null_for_absent(void **state)
{
    (void)state;
    DOCUMENT *d = read_text("a: null\nb: 1\nc: x", NULL);
    struct node root = shelflife_document_root(d), node;
    assert_false(shelflife_node_get(&root, "a", &node));
    assert_false(shelflife_node_get(&root, "d", &node));
    assert_true(shelflife_node_get(&root, "b", &node));
    assert_string_equal(node.key, "b");
    assert_ptr_equal(node.parent, &root);
    struct node scalar = node;
    assert_false(shelflife_node_get(&scalar, "a", &node));
    assert_false(shelflife_node_at(&scalar, 0, &node));
}

/* Each reader on the value of `a`. */
static bool as_map(struct node n, error *err)
{
    return shelflife_node_map(n, err);
}
static bool as_array(struct node n, error *err)
{
    return shelflife_node_array(n, err);
}
static bool as_string(struct node n, error *err)
{
    str s;
    return shelflife_node_string(n, &s, err) && s.at[s.len] == '\0';
}
static bool as_integer(struct node n, error *err)
{
    int64_t i;
    return shelflife_node_integer(n, -5, 5, &i, err) && i == 5;
}
static bool as_bool(struct node n, error *err)
{
    bool b;
    return shelflife_node_bool(n, &b, err) && b;
}
static bool as_day(struct node n, error *err)
{
    shelflife_day day;
    return shelflife_node_day(n, &day, err) && day == 20645;
}
static bool as_span(struct node n, error *err)
{
    int32_t days;
    return shelflife_node_span(n, &days, err) && (days == 84 || days == 0);
}
static const char *const actions[] = {"allow", "warn", "deny"};
static bool as_action(struct node n, error *err)
{
    size_t i;
    return shelflife_node_word(n, actions, COUNT(actions), &i, err) && i == 1;
}
static const char *const modes[] = {"off", "audit", "warn", "enforce"};
static bool as_mode(struct node n, error *err)
{
    size_t i;
    return shelflife_node_word(n, modes, COUNT(modes), &i, err) && i == 0;
}
static bool as_known(struct node n, error *err)
{
    static const char *const keys[] = {"supported", "ending", "unpatched", "unavailable"};
    return shelflife_node_known(n, keys, COUNT(keys), err);
}

static void typed_reads_say_what_is_wrong(void **state)
{
    static const struct {
        bool (*read)(struct node, error *);
        const char *text, *message; /* NULL: fine */
    } cases[] = {
        {as_map, "a: {}", NULL},
        {as_map, "a: [1]", "f.yaml: a: must be a map, but is a list"},
        {as_map, "{\"a\": \"x\"}", "f.yaml: a: must be a map, but is the string \"x\""},
        {as_array, "a: []", NULL},
        {as_array, "a: {}", "f.yaml: a: must be a list, but is a map"},
        {as_string, "a: x", NULL},
        {as_string, "a: 3.10", "f.yaml: a: must be a string (in quotes), but is the number 3.10"},
        {as_string, "a: ''", "f.yaml: a: must not be empty"},
        {as_string, "a:", "f.yaml: a: must be a string, but is nothing (null)"},
        {as_string, "{\"a\": 7}", "f.yaml: a: must be a string (in quotes), but is the number 7"},
        {as_integer, "a: 5", NULL},
        {as_integer, "a: 6", "f.yaml: a: must be a whole number from -5 to 5, but is the number 6"},
        {as_integer, "a: '5'", "f.yaml: a: must be a whole number from -5 to 5, but is the string \"5\""},
        {as_integer, "{\"a\": 1.5}", "f.yaml: a: must be a whole number from -5 to 5, but is the number 1.5"},
        {as_bool, "a: true", NULL},
        {as_bool, "a: yes", "f.yaml: a: must be true or false, but is the string \"yes\""},
        {as_day, "a: 2026-07-11", NULL},
        {as_day, "{\"a\": \"2026-07-11\"}", NULL},
        {as_day, "a: 2026-7-11",
         "f.yaml: a: must be a date such as \"2026-07-11\", but is the string \"2026-7-11\""},
        {as_span, "a: 12w", NULL},
        {as_span, "a: 0", NULL},
        {as_span, "a: 90",
         "f.yaml: a: must be days or weeks such as \"90d\" or \"12w\", at most 36500 days, but is the number "
         "90"},
        {as_action, "a: warn", NULL},
        {as_action, "a: wran",
         "f.yaml: a: must be \"warn\", \"allow\" or \"deny\", but is the string \"wran\""},
        {as_action, "a: Deny",
         "f.yaml: a: must be \"deny\", \"allow\" or \"warn\", but is the string \"Deny\""},
        {as_action, "a: 1", "f.yaml: a: must be \"allow\", \"warn\" or \"deny\", but is the number 1"},
        {as_action, "a: []", "f.yaml: a: must be \"allow\", \"warn\" or \"deny\", but is a list"},
        {as_mode, "a: off", NULL},
        {as_mode, "a: false",
         "f.yaml: a: must be \"off\", \"audit\", \"warn\" or \"enforce\" (in quotes), but is the value "
         "false"},
        {as_known, "a: {ending: 1}", NULL},
        {as_known, "a: {unpached: 1}", "f.yaml: a.unpached: unknown key; did you mean \"unpatched\"?"},
        {as_known, "a: {unpached: null}", "f.yaml: a.unpached: unknown key; did you mean \"unpatched\"?"},
        {as_known, "a: {SUPPORTED: 1}", "f.yaml: a.SUPPORTED: unknown key; did you mean \"supported\"?"},
        {as_known, "a: {x y: 1}",
         "f.yaml: a[\"x y\"]: unknown key; it can be \"supported\", \"ending\", \"unpatched\" or "
         "\"unavailable\""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        DOCUMENT *d = read_text(cases[i].text, &err);
        assert_non_null(d);
        struct node root = shelflife_document_root(d), a;
        assert_true(shelflife_node_at(&root, 0, &a));
        bool ok = cases[i].read(a, &err);
        if (ok != !cases[i].message)
            fail_msg("%s: %s", cases[i].text, err.text);
        if (!ok)
            assert_string_equal(err.text, cases[i].message);
    }
}

static void kind_checks_what_the_file_is(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"apiVersion: shelflife.dev/v1\nkind: Policy", NULL},
        {"kind: Policy", "f.yaml: apiVersion is missing: it must be \"shelflife.dev/v1\""},
        {"apiVersion: v1\nkind: Policy",
         "f.yaml: apiVersion: must be \"shelflife.dev/v1\", but is the string \"v1\""},
        {"apiVersion: shelflife.dev/v1\nkind: Catalog",
         "f.yaml: kind: must be \"Policy\", but is the string \"Catalog\""},
        {"[]", "f.yaml: must be a map, but is a list"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        DOCUMENT *d = read_text(cases[i].text, &err);
        bool ok = shelflife_node_kind(shelflife_document_root(d), "Policy", &err);
        assert_int_equal(ok, !cases[i].message);
        if (!ok)
            assert_string_equal(err.text, cases[i].message);
    }
}

static void long_texts_are_cut_in_errors(void **state)
{
    (void)state;
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_buffer_init(&text, SIZE_MAX);
    shelflife_buffer_append(&text, STR("{\""));
    for (int i = 0; i < 1000; i++)
        shelflife_buffer_append(&text, STR("ä"));
    shelflife_buffer_append(&text, STR("\": \""));
    for (int i = 0; i < 1000; i++)
        shelflife_buffer_append(&text, STR("ö"));
    shelflife_buffer_append(&text, STR("\"}"));
    error err = {0};
    DOCUMENT *d = shelflife_document_read(shelflife_buffer_str(&text), "f", &err);
    struct node root = shelflife_document_root(d), node;
    bool b;
    assert_true(shelflife_node_at(&root, 0, &node));
    assert_false(shelflife_node_bool(node, &b, &err));
    assert_true(shelflife_str_is_utf8(shelflife_str_of(err.text)));
    assert_non_null(strstr(err.text, "…: must be true or false, but is the string \"ö"));
    assert_true(shelflife_str_ends(shelflife_str_of(err.text), STR("ö…\"")));
}

static int allocations_left;
static bool fails_onwards; /* or once */

static void *failing_malloc(size_t size)
{
    int left = allocations_left--;
    return left > 0 || (left < 0 && !fails_onwards) ? malloc(size) : NULL;
}

static bool show_text(const char *text, char *to, size_t size, error *err)
{
    DOCUMENT *d = read_text(text, err);
    if (!d)
        return false;
    allocations_left = INT_MAX;
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, size);
    show(shelflife_document_root(d), &out);
    assert_false(out.failed);
    snprintf(to, size, "%.*s", STR_PRINT(shelflife_buffer_str(&out)));
    return true;
}

/* jansson 2.14 ignores that its buffer, at first of 16 bytes, cannot grow. Without src/json/jansson.c it
   loses the character that has no room: of a longer string ("v1" becomes "1"); the closing quote, after which
   it reads on; or the character after a number, after which it aborts. */
static void no_memory_for_jansson_is_an_error(void **state)
{
    static const char *const texts[] = {
        "{\"a\": [1, \"x\", {\"b\": 1.5}], \"c\": null}",
        "[\"a string of more than sixteen bytes\"]",
        "[\"\\u00e9scaped: 0123456789\"]",
        "[\"01234567890123\"]", /* 16 bytes with the closing quote */
        "[123456789012345]",    /* 16 bytes with the character after it */
        "[1.2345678901234e5]",
        "[-12345678901234, 0.1234567890123456789]",
        "{\"a key of sixteen\": 1, \"a key of more than thirty-two characters\": 2}",
        "[[[[[[[[[[1,2,3,4,5,6,7,8,9,10]]]]]]]]]]",
    };
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(texts); i++) {
        const char *text = texts[i / 2];
        char expected[256], found[256];
        error err = {0};
        fails_onwards = i % 2;
        assert_true(show_text(text, expected, sizeof(expected), &err));
        shelflife_set_allocator(failing_malloc, realloc, free);
        bool ok = false;
        int n = 0;
        for (; n < 500 && !ok; n++) {
            allocations_left = n;
            ok = show_text(text, found, sizeof(found), &err);
            if (!ok && err.kind != SHELFLIFE_ERROR_MEMORY)
                fail_msg("%s: %s", text, err.text);
        }
        shelflife_set_allocator(NULL, NULL, NULL);
        assert_true(ok && n > 5);
        assert_string_equal(found, expected);
    }
}

static void places_are_of_keys_in_maps_and_of_values_in_lists(void **state)
{
    /* The document is {a: {b: [x, {c: y}]}}. */
    static const struct {
        const char *text;
        uint32_t places[6][2]; /* of the root, a, b, x, the map and c */
    } cases[] = {
        {"a:\n  b:\n  - x\n  - c: y\n", {{1, 1}, {1, 1}, {2, 3}, {3, 5}, {4, 5}, {4, 5}}},
        {"{\"a\": {\"b\":\n [\"x\",\n  {\"c\": \"y\"}]}}\n",
         {{1, 1}, {1, 2}, {1, 8}, {2, 3}, {3, 3}, {3, 4}}},
        {"#\n{a: {b: [x, {c: y}]}}", {{2, 1}, {2, 2}, {2, 6}, {2, 10}, {2, 13}, {2, 14}}},
        {"\xef\xbb\xbf# text\n---\na: {b: [x,\n c: y]}\n", {{3, 1}, {3, 1}, {3, 5}, {3, 9}, {4, 2}, {4, 2}}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err;
        DOCUMENT *d = shelflife_document_read_placed(shelflife_str_of(cases[i].text), "f", &err);
        struct node nodes[6];
        assert_non_null(d);
        nodes[0] = shelflife_document_root(d);
        assert_true(
            shelflife_node_get(&nodes[0], "a", &nodes[1]) && shelflife_node_get(&nodes[1], "b", &nodes[2]) &&
            shelflife_node_at(&nodes[2], 0, &nodes[3]) && shelflife_node_at(&nodes[2], 1, &nodes[4]) &&
            shelflife_node_get(&nodes[4], "c", &nodes[5]));
        for (size_t k = 0; k < COUNT(nodes); k++) {
            uint32_t line, column;
            shelflife_node_place(nodes[k], &line, &column);
            if (line != cases[i].places[k][0] || column != cases[i].places[k][1])
                fail_msg("case %zu, node %zu: %u:%u", i, k, line, column);
        }
        assert_false(shelflife_node_fail(nodes[5], &err, "is wrong"));
        char expected[64];
        snprintf(expected, sizeof(expected), "f:%u:%u: a.b[1].c: is wrong", cases[i].places[5][0],
                 cases[i].places[5][1]);
        assert_string_equal(err.text, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_there),
        cmocka_unit_test(refuses_with_line_and_column),
        cmocka_unit_test(secret_documents_are_never_quoted),
        cmocka_unit_test(limits_nesting_anchors_and_repetition),
        cmocka_unit_test(path_names_every_step),
        cmocka_unit_test(get_takes_null_for_absent),
        cmocka_unit_test(typed_reads_say_what_is_wrong),
        cmocka_unit_test(kind_checks_what_the_file_is),
        cmocka_unit_test(long_texts_are_cut_in_errors),
        cmocka_unit_test(no_memory_for_jansson_is_an_error),
        cmocka_unit_test(places_are_of_keys_in_maps_and_of_values_in_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
