/* rooms: base json reference catalog */
/* What a catalog file may not say, and what the error says then; and sets of several catalogs. */
#include "unit/catalog_kit.h"

#define HEAD "--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: c, asOf: 2026-01-01"
#define PRODUCT(rest) HEAD ", products: [{name: p, repositories: [x.example/p], " rest "}]}"
#define ROW(rest) PRODUCT("rows: [{release: '1'}, {" rest "}]")
#define REPOSITORY(pattern)                                                                                  \
    HEAD ", products: [{name: p, rows: [{release: '1'}], repositories: [" pattern "]}]}"
#define PRODUCT_HEAD HEAD ", products: [{name: p, repositories: [x.example/p], rows: [{release: '1'}], "
#define TAG(pattern) PRODUCT("rows: [{release: '1'}], tags: [" pattern "]")
#define PART(pattern) PRODUCT("rows: [{release: '1'}], part: [" pattern "]")
#define RULE(rule) PRODUCT_HEAD "evidence: [" rule "]}]}"
#define FEED(map) HEAD ", products: [], feeds: [" map "]}"
#define NAME_256                                                                                             \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                                       \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                                       \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                                       \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define MIRROR(alias) HEAD ", products: [], mirrors: {x.example: [" alias "]}}"

static void errors_say_where_and_what_would_be_right(void **state)
{
    static const struct {
        const char *text, *where, *what;
    } cases[] = {
        {"--- {kind: Catalog}", "c.yaml:", "apiVersion"},
        {"--- {apiVersion: shelflife.dev/v1, kind: Policy}", "kind:", "Catalog"},
        {"--- {apiVersion: shelflife.dev/v1, kind: Catalog}", "c.yaml:", "`name` is missing"},
        {"--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: c}", "c.yaml:", "`asOf` is missing"},
        {HEAD "}", "c.yaml:", "`products` is missing"},
        {HEAD ", products: {}}", "products:", "must be a list"},
        {HEAD ", product: []}", "product", "products"},
        {HEAD ", serial: -1, products: []}", "serial:", "0"},
        {HEAD ", notes: [1], products: []}", "notes[0]:", "must be a string"},
        {"--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: C, asOf: 2026-01-01, products: []}",
         "name:", "lower-case"},
        {"--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: c, asOf: 2026-02-30, products: []}",
         "asOf:", "2026-02-30"},
        /* products */
        {HEAD ", products: [{rows: [{}]}]}", "products[0]:", "`name` is missing"},
        {HEAD ", products: [{name: p, repositories: [x.example/p]}]}", "products[0]:", "`rows` is missing"},
        {PRODUCT("rows: []"), "products[0].rows:", "one row"},
        {PRODUCT("rows: [1]"), "products[0].rows[0]:", "map"},
        {HEAD ", products: [{name: p, rows: [{}]}]}", "products[0]:", "nothing can match this product"},
        {HEAD ", products: [{name: p, repositories: [x.example/p], rows: [{}]}, {name: p, repositories: "
              "[x.example/q], rows: [{}]}]}",
         "products[1]:", "products[0] already has the name \"p\""},
        {PRODUCT("row: [{}]"), "products[0]", "rows"},
        {PRODUCT("supportedReleases: 0, rows: [{}]"), "products[0].supportedReleases:", "1"},
        {PRODUCT("supportedReleases: 101, rows: [{}]"), "products[0].supportedReleases:", "100"},
        {PRODUCT("exceptTags: ['a b'], rows: [{}]"), "products[0].exceptTags[0]:", "a version"},
        {PRODUCT("exceptTags: [''], rows: [{}]"), "products[0].exceptTags[0]:", "empty"},
        /* evidence */
        {RULE("1"), "products[0].evidence[0]:", "map"},
        {PRODUCT_HEAD "evidence: {}}]}", "products[0].evidence:", "must be a list"},
        {RULE("{}"), "products[0].evidence[0]:", "what it reads is missing"},
        {RULE("{value: x}"), "products[0].evidence[0]:", "write `env`, `label` or `annotation`"},
        {RULE("{env: A, label: B}"), "products[0].evidence[0]:", "only one of `env`, `label`"},
        {RULE("{envv: A}"), "products[0].evidence[0].envv:", "env"},
        {RULE("{env: ''}"), "products[0].evidence[0].env:", "empty"},
        {RULE("{env: [A]}"), "products[0].evidence[0].env:", "must be a string"},
        {RULE("{env: 'A=B'}"), "products[0].evidence[0].env:", "the name of a variable"},
        {RULE("{label: 'a b'}"), "products[0].evidence[0].label:", "the name of a label"},
        {RULE("{annotation: 'é'}"), "products[0].evidence[0].annotation:", "the name of an annotation"},
        {RULE("{env: " NAME_256 "}"), "products[0].evidence[0].env:", "at most 128 bytes"},
        {RULE("{env: A, value: ''}"), "products[0].evidence[0].value:", "empty"},
        {RULE("{env: A, value: []}"), "products[0].evidence[0].value:", "1 to 32 patterns"},
        {RULE("{env: A, value: [x, '{version']}"), "products[0].evidence[0].value[1]:", "without a \"}\""},
        {RULE("{env: A, value: 'x}'}"), "products[0].evidence[0].value:", "without a \"{\""},
        {RULE("{env: A, value: '{version}{v}'}"), "products[0].evidence[0].value:", "directly after another"},
        {RULE("{env: A, value: '{version}*'}"), "products[0].evidence[0].value:", "directly after another"},
        {RULE("{env: A, value: '**'}"), "products[0].evidence[0].value:", "directly after another"},
        {RULE("{env: A, value: '{version}-{version}'}"),
         "products[0].evidence[0].value:", "same field twice"},
        {RULE("{env: A, value: '{v}-{v}'}"), "products[0].evidence[0].value:", "same field twice"},
        {RULE("{env: A, value: '{codename}'}"), "products[0].evidence[0].value:", "write {version}"},
        {RULE("{env: A, value: '{Version}'}"),
         "products[0].evidence[0].value:", "write {version}, {snapshot}"},
        {RULE("{env: A, value: '{a}-{b}-{c}-{d}-{e}-{f}-{g}-{h}-{i}'}"),
         "products[0].evidence[0].value:", "more than 8 fields"},
        {RULE("{env: A, value: " NAME_256 "x}"), "products[0].evidence[0].value:", "longer than 256 bytes"},
        {RULE("{env: A, value: \"x\\ty\"}"), "products[0].evidence[0].value:", "control character"},
        {RULE("{env: A, value: fixed}"), "products[0].evidence[0]:", "says nothing of a release"},
        {RULE("{history: 'ADD x-{version}* /'}"),
         "products[0].evidence[0].history:", "directly after another"},
        {RULE("{history: 'ADD x-{version} /', value: x}"), "products[0].evidence[0].value:", "leave out"},
        {RULE("{history: 'x {version}'}"), "products[0].evidence[0].history:", "begin with an instruction"},
        {RULE("{history: '*-{version}-'}"), "products[0].evidence[0].history:", "begin with text"},
        {RULE("{history: " NAME_256 "}"), "products[0].evidence[0].history:", "longer than 249 bytes"},
        {RULE("{env: A, when: {}}"), "products[0].evidence[0].when:", "what it reads is missing"},
        {RULE("{env: A, when: x}"), "products[0].evidence[0].when:", "map"},
        {RULE("{env: A, unless: [{env: B, when: {env: C}}]}"),
         "products[0].evidence[0].unless[0].when:", "unknown key"},
        {RULE("{env: A, when: {env: B, value: '{version}'}}"),
         "products[0].evidence[0].when.value:", "may only have \"*\""},
        {RULE("{env: A, when: {history: '*x'}}"), "products[0].evidence[0].when.history:", "begin with text"},
        {RULE("{env: A, releases: ['1']}"), "products[0].evidence[0].releases:", "map"},
        {RULE("{env: A, releases: {a: 'b c'}}"), "products[0].evidence[0].releases.a:", "a version"},
        {RULE("{env: A, releases: {" NAME_256 ": '1'}}"), "products[0].evidence[0].releases",
         "1 to 128 bytes"},
        {RULE("{env: A, note: 1}"), "products[0].evidence[0].note:", "must be a string"},
        {RULE("{env: A, fields: x}"), "products[0].evidence[0].fields:", "map"},
        {RULE("{env: A, fields: {acc: ''}}"), "products[0].evidence[0].fields.acc:", "has no value"},
        {RULE("{env: A, fields: {version: x}}"),
         "products[0].evidence[0].fields.version:", "determined by the release"},
        {RULE("{env: A, value: ['{version}', '{acc}-{version}'], fields: {acc: gpu}}"),
         "products[0].evidence[0].fields.acc:", "already contains {acc}"},
        {PRODUCT("evidence: [{env: A, value: '{py}-{version}'}], rows: [{release: '1', when: {acc: gpu}}]"),
         "products[0].rows[0].when.acc:", "no pattern of the product has the field"},
        /* feeds */
        {FEED("{url: 'https://x.example'}"), "feeds[0]:", "`format` is missing"},
        {FEED("{format: endoflife}"), "feeds[0]:", "`url` is missing"},
        {FEED("{format: Google, url: 'https://x.example'}"), "feeds[0].format:", "lower-case"},
        {FEED("{format: google, url: 'https://x.example', name: p}"), "feeds[0].name:", "unknown key"},
        {FEED("{format: google, url: 'https://x.example', identifiers: 'yes'}"),
         "feeds[0].identifiers:", "true or false"},
        /* bases */
        {HEAD ", products: [], bases: [python]}", "bases[0]:", "must begin with a host"},
        {HEAD ", products: [], bases: [{pattern: x.example/p, with: [a]}]}", "bases[0].with:", "unknown key"},
        /* rows */
        {ROW("relase: '2'"), "products[0].rows[1]", "release"},
        {ROW("release: '2', endOfPatch: 2026-13-01"), "products[0].rows[1].endOfPatch:", "2026-13-01"},
        {ROW("release: '2', ended: 'yes'"), "products[0].rows[1].ended:", "true or false"},
        {ROW("release: '2', ended: true, endOfPatch: 2026-01-01"),
         "products[0].rows[1].ended:", "the day is unknown"},
        {ROW("release: 2"), "products[0].rows[1].release:", "must be a string"},
        {ROW("release: '2 beta'"), "products[0].rows[1].release:", "a version"},
        {ROW("release: '2', is: ['']"), "products[0].rows[1].is[0]:", "empty"},
        {ROW("release: '2', codename: Jammy"), "products[0].rows[1].codename:", "lower-case"},
        {ROW("release: '2', lts: 'yes'"), "products[0].rows[1].lts:", "true or false"},
        {ROW("release: '2', numbers: 0"), "products[0].rows[1].numbers:", "1"},
        {ROW("release: '2', numbers: 101"), "products[0].rows[1].numbers:", "100"},
        {ROW("release: '2', numbers: 1.5"), "products[0].rows[1].numbers:", "1"},
        {ROW("release: '2', latestDate: 2026-13-01"), "products[0].rows[1].latestDate:", "2026-13-01"},
        {ROW("release: '2', movedTo: '" NAME_256 NAME_256 "x'"),
         "products[0].rows[1].movedTo:", "at most 512 bytes, but it has 513"},
        {ROW("endOfPatch: 2026-01-01"), "products[0].rows[1]:", "or none (if the product has no versions)"},
        {ROW("release: '1', endOfPatch: 2026-01-01"),
         "products[0].rows[1]:", "rows[0] has the same `release` and `when`"},
        {PRODUCT("rows: [{endOfPatch: 2026-01-01}, {}]"), "products[0].rows[1]:", "rows[0] has the same"},
        {ROW("release: '2', digests: ['sha256:12']"), "products[0].rows[1].digests[0]:", "64"},
        {ROW("release: '2', digests: "
             "['sha256:gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg']"),
         "products[0].rows[1].digests[0]:", "64"},
        {ROW("release: '2', digests: ['md5:12']"), "products[0].rows[1].digests[0]:", "sha256:"},
        {ROW("release: '2', when: {py: py37}"),
         "products[0].rows[1].when.py:", "no pattern of the product has the field \"py\""},
        {ROW("release: '2', when: {version: '3'}"),
         "products[0].rows[1].when.version:", "determined by the release"},
        {ROW("release: '2', when: {Py: '3'}"), "products[0].rows[1].when.Py:", "a field's name"},
        {HEAD
         ", products: [{name: p, repositories: ['x.example/{a}'], rows: [{release: '1', when: {a: []}}]}]}",
         "products[0].rows[0].when.a:", "1 to 32 values"},
        {HEAD ", products: [{name: p, repositories: ['x.example/{a}'], rows: [{release: '1', when: {a: 'b "
              "c'}}]}]}",
         "products[0].rows[0].when.a:", "a field's value"},
        {HEAD ", products: [{name: p, repositories: ['x.example/{a}'], rows: [{release: '1', when: {a: [b, "
              "c]}}, {release: '1', when: {a: [c, b]}}]}]}",
         "products[0].rows[1]:", "rows[0] has the same"},
        /* repository patterns */
        {REPOSITORY("python"), "products[0].repositories[0]:", "must begin with a host"},
        {REPOSITORY("library/python"),
         "products[0].repositories[0]:", "write it as \"docker.io/library/python\""},
        {REPOSITORY("'x.example:443/p'"), "products[0].repositories[0]:", "write it as \"x.example/p\""},
        {REPOSITORY("'x.example/p:1'"), "products[0].repositories[0]:", "write it as \"x.example/p\""},
        {REPOSITORY("X.example/p"), "products[0].repositories[0]:", "write it as \"x.example/p\""},
        {REPOSITORY("x.example/P"), "products[0].repositories[0]:", "not an image name"},
        {REPOSITORY("'X.example/p-{version}'"), "products[0].repositories[0]:", "lower case, host first"},
        {REPOSITORY("'{host}/p'"), "products[0].repositories[0]:", "without fields"},
        {REPOSITORY("'x.example/p-{version}x'"),
         "products[0].repositories[0]:", "has a field that is followed by a letter"},
        {REPOSITORY("'x.example/{a}{b}'"),
         "products[0].repositories[0]:", "has a field that is followed by a letter"},
        {REPOSITORY("'x.example/{a}.{a}'"), "products[0].repositories[0]:", "same field twice"},
        {REPOSITORY("'x.example/{version}.{version}'"), "products[0].repositories[0]:", "same field twice"},
        {REPOSITORY("'x.example/{A}'"), "products[0].repositories[0]:", "does not begin a field"},
        {REPOSITORY("'x.example/{a'"), "products[0].repositories[0]:", "does not begin a field"},
        {REPOSITORY("'x.example/a}'"), "products[0].repositories[0]:", "without a \"{\""},
        {REPOSITORY("'x.example/{codename}'"), "products[0].repositories[0]:", "only a product's `part`"},
        {REPOSITORY("'x.example/*'"), "products[0].repositories[0]:", "only a mirror's host"},
        {REPOSITORY("'x.example/[a]b'"),
         "products[0].repositories[0]:", "only one pair of brackets, at its end"},
        {REPOSITORY("'x.example/a[]'"), "products[0].repositories[0]:", "empty brackets"},
        {REPOSITORY("'x.example/a[b'"),
         "products[0].repositories[0]:", "only one pair of brackets, at its end"},
        {REPOSITORY("'x.example/{a}.{b}.{c}.{d}.{e}.{f}.{g}.{h}.{i}'"),
         "products[0].repositories[0]:", "more than 8"},
        {REPOSITORY("{fields: {a: b}}"), "products[0].repositories[0]:", "`pattern` is missing"},
        {REPOSITORY("{pattern: 'x.example/p', field: {a: b}}"), "products[0].repositories[0]", "fields"},
        {REPOSITORY("{pattern: 'x.example/{a}', fields: {a: b}}"),
         "products[0].repositories[0].fields.a:", "already contains {a}"},
        {REPOSITORY("{pattern: 'x.example/p', fields: {a: ''}}"),
         "products[0].repositories[0].fields.a:", "leave out"},
        {REPOSITORY("{pattern: 'x.example/p', fields: {version: '1'}}"),
         "products[0].repositories[0].fields.version:", "determined by the release"},
        {REPOSITORY(
             "{pattern: 'x.example/p', fields: {a: b, c: d, e: f, g: h, i: j, k: l, m: n, o: p, q: r}}"),
         "products[0].repositories[0].fields:", "at most 8 fields, but there are 9"},
        {REPOSITORY("{pattern: 'x.example/p', with: [a]}"),
         "products[0].repositories[0].with:", "unknown key"},
        {REPOSITORY("{pattern: 'x.example/p', without: [a]}"),
         "products[0].repositories[0].without:", "unknown key"},
        {REPOSITORY("{pattern: 'x.example/p', from: 'a b'}"),
         "products[0].repositories[0].from:", "a version"},
        {REPOSITORY("{pattern: 'x.example/p', before: ''}"), "products[0].repositories[0].before:", "empty"},
        {REPOSITORY("{pattern: 'x.example/p', from: v10, before: '9'}"),
         "products[0].repositories[0].before:", "\"9\" should be a later release than `from`, \"v10\""},
        {REPOSITORY("{pattern: 'x.example/p', from: '9', before: '9'}"),
         "products[0].repositories[0].before:", "a later release"},
        /* tag and part patterns */
        {TAG("{pattern: 'v{version}', from: '1'}"), "products[0].tags[0].from:", "unknown key"},
        {TAG("{pattern: 'v{version}', before: '1'}"), "products[0].tags[0].before:", "unknown key"},
        {TAG("{pattern: 'v{version}', reason: a}"), "products[0].tags[0].reason:", "unknown key"},
        {TAG("{pattern: 'v{version}', with: ['a b']}"), "products[0].tags[0].with[0]:", "a version"},
        {TAG("{pattern: 'v{version}', without: ['']}"), "products[0].tags[0].without[0]:", "empty"},
        {TAG("{pattern: 'v{version}', with: [a, a-b]}"),
         "products[0].tags[0].with[1]:", "\"a-b\" should be one word: letters and digits, without \"-\""},
        {TAG("{pattern: 'v{version}', with: [a], without: [b, c.d]}"),
         "products[0].tags[0].without[1]:", "one word"},
        {TAG("{with: [a]}"), "products[0].tags[0]:", "`pattern` is missing"},
        {PART("{pattern: 'al{version}', fields: {a: b}}"), "products[0].part[0].fields:", "unknown key"},
        {TAG("latest"), "products[0].tags[0]:", "must be text, then {version}, then text"},
        {TAG("'{version}-{os}'"), "products[0].tags[0]:", "must be text, then {version}, then text"},
        {TAG("'{codename}'"), "products[0].tags[0]:", "must be text, then {version}, then text"},
        {TAG("'a b{version}'"), "products[0].tags[0]:", "must be text, then {version}, then text"},
        {PART("'{version}'"), "products[0].part[0]:", "must end in a letter"},
        {PART("'-{version}'"), "products[0].part[0]:", "must end in a letter"},
        {PART("'al--{version}'"), "products[0].part[0]:", "must end in a letter"},
        {PART("'al{version}x'"), "products[0].part[0]:", "text and then {version}"},
        {PART("'x{codename}'"), "products[0].part[0]:", "must be {codename}"},
        {PART("'3al{version}'"), "products[0].part[0]:", "has a digit directly before its last letters"},
        {PART("{pattern: 'al{version}', from: '1'}"), "products[0].part[0].from:", "unknown key"},
        /* prefixes */
        {MIRROR("'*.*.example'"), "mirrors[\"x.example\"][0]:", "one label"},
        {MIRROR("'a*.example'"), "mirrors[\"x.example\"][0]:", "only the whole label"},
        {MIRROR("'y.example/*'"), "mirrors[\"x.example\"][0]:", "not an image name"},
        {MIRROR("'y.example/'"), "mirrors[\"x.example\"][0]:", "leave out the \"/\""},
        {MIRROR("Y.example"), "mirrors[\"x.example\"][0]:", "write it as \"y.example\""},
        {MIRROR("index.docker.io"), "mirrors[\"x.example\"][0]:", "write it as \"docker.io\""},
        {MIRROR("'*.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.example'"),
         "mirrors[\"x.example\"][0]:", "at most 16 labels, but this one has 17"},
        {HEAD ", products: [], mirrors: {'*.example': [a.example]}}",
         "mirrors[\"*.example\"]:", "not an image name"},
        {HEAD ", products: [], covers: [library]}", "covers[0]:", "write it as \"docker.io/library\""},
        {HEAD ", products: [], covers: ['x.example/{a}']}", "covers[0]:", "not an image name"},
        /* parts */
        {HEAD ", products: [], parts: [debian]}", "parts[0]:", "has no product \"debian\""},
        {HEAD ", parts: [p], products: [{name: p, repositories: [x.example/p], rows: [{release: '1'}]}]}",
         "parts[0]:", "add a `part`"},
    };
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        bool added = shelflife_catalogs_add(set, shelflife_str_of(cases[i].text), "c.yaml", &err);
        if (added || err.kind != SHELFLIFE_ERROR_INPUT || strncmp(err.text, "c.yaml:", 7) != 0 ||
            !strstr(err.text, cases[i].where) || !strstr(err.text, cases[i].what)) {
            print_error("%s\n  %s\n  should say \"%s\" and \"%s\"\n", cases[i].text,
                        added ? "was read" : err.text, cases[i].where, cases[i].what);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(shelflife_catalogs_count(set), 0);
    shelflife_catalogs_free(set);
}

/* A value of another type, everywhere. */
static void types_are_checked(void **state)
{
    static const struct {
        const char *text, *where;
    } cases[] = {
        {HEAD ", title: 1, products: []}", "title:"},
        {HEAD ", publisher: 1, products: []}", "publisher:"},
        {HEAD ", source: 1, products: []}", "source:"},
        {HEAD ", license: 1, products: []}", "license:"},
        {HEAD ", notes: 1, products: []}", "notes:"},
        {HEAD ", parts: 1, products: []}", "parts:"},
        {HEAD ", parts: [1], products: []}", "parts[0]:"},
        {HEAD ", covers: 1, products: []}", "covers:"},
        {HEAD ", covers: [1], products: []}", "covers[0]:"},
        {HEAD ", mirrors: 1, products: []}", "mirrors:"},
        {HEAD ", mirrors: {x.example: 1}, products: []}", "mirrors[\"x.example\"]:"},
        {HEAD ", feeds: 1, products: []}", "feeds:"},
        {FEED("1"), "feeds[0]:"},
        {FEED("{format: 1, url: x}"), "feeds[0].format:"},
        {FEED("{format: google, url: 1}"), "feeds[0].url:"},
        {FEED("{format: google, url: x, identifiers: 1}"), "feeds[0].identifiers:"},
        {FEED("{format: google, url: x, products: 1}"), "feeds[0].products:"},
        {FEED("{format: google, url: x, products: {p: 1}}"), "feeds[0].products.p:"},
        {HEAD ", bases: 1, products: []}", "bases:"},
        {HEAD ", bases: [1], products: []}", "bases[0]:"},
        {HEAD ", products: [1]}", "products[0]:"},
        {HEAD ", products: [{name: 1}]}", "products[0].name:"},
        {PRODUCT("title: 1, rows: [{}]"), "products[0].title:"},
        {PRODUCT("source: 1, rows: [{}]"), "products[0].source:"},
        {PRODUCT("rows: 1"), "products[0].rows:"},
        {PRODUCT("wholeTag: 1, rows: [{}]"), "products[0].wholeTag:"},
        {PRODUCT("exceptTags: 1, rows: [{}]"), "products[0].exceptTags:"},
        {PRODUCT("exceptTags: [1], rows: [{}]"), "products[0].exceptTags[0]:"},
        {PRODUCT("supportedReleases: '1', rows: [{}]"), "products[0].supportedReleases:"},
        {PRODUCT("rows: [{}], tags: 1"), "products[0].tags:"},
        {PRODUCT("rows: [{}], part: 1"), "products[0].part:"},
        {TAG("1"), "products[0].tags[0]:"},
        {HEAD ", products: [{name: p, repositories: 1, rows: [{}]}]}", "products[0].repositories:"},
        {REPOSITORY("1"), "products[0].repositories[0]:"},
        {REPOSITORY("{pattern: 'x.example/p', fields: 1}"), "products[0].repositories[0].fields:"},
        {REPOSITORY("{pattern: 'x.example/p', fields: {a: 1}}"), "products[0].repositories[0].fields.a:"},
        {REPOSITORY("{pattern: 1}"), "products[0].repositories[0].pattern:"},
        {REPOSITORY("{pattern: 'x.example/p', from: 1}"), "products[0].repositories[0].from:"},
        {REPOSITORY("{pattern: 'x.example/p', before: 1}"), "products[0].repositories[0].before:"},
        {REPOSITORY("{pattern: 'x.example/p', reason: 1}"), "products[0].repositories[0].reason:"},
        {TAG("{pattern: 'v{version}', with: 1}"), "products[0].tags[0].with:"},
        {TAG("{pattern: 'v{version}', with: [1]}"), "products[0].tags[0].with[0]:"},
        {TAG("{pattern: 'v{version}', without: 1}"), "products[0].tags[0].without:"},
        {PART("{pattern: 'al{version}', without: [1]}"), "products[0].part[0].without[0]:"},
        {ROW("release: '2', is: 1"), "products[0].rows[1].is:"},
        {ROW("release: '2', is: [1]"), "products[0].rows[1].is[0]:"},
        {ROW("release: '2', digests: 1"), "products[0].rows[1].digests:"},
        {ROW("release: '2', digests: [1]"), "products[0].rows[1].digests[0]:"},
        {ROW("release: '2', when: 1"), "products[0].rows[1].when:"},
        {ROW("release: '2', endOfAvailability: 1"), "products[0].rows[1].endOfAvailability:"},
        {ROW("release: '2', endOfExtendedPatch: 1"), "products[0].rows[1].endOfExtendedPatch:"},
        {ROW("release: '2', latest: 1"), "products[0].rows[1].latest:"},
        {ROW("release: '2', latestDate: 1"), "products[0].rows[1].latestDate:"},
        {ROW("release: '2', lts: 1"), "products[0].rows[1].lts:"},
        {ROW("release: '2', numbers: '1'"), "products[0].rows[1].numbers:"},
        {ROW("release: '2', movedTo: 1"), "products[0].rows[1].movedTo:"},
        {ROW("release: '2', source: 1"), "products[0].rows[1].source:"},
        {ROW("release: '2', note: 1"), "products[0].rows[1].note:"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_catalogs *set = shelflife_catalogs_new();
        error err = {0};
        bool added = shelflife_catalogs_add(set, shelflife_str_of(cases[i].text), "c.yaml", &err);
        if (added || err.kind != SHELFLIFE_ERROR_INPUT || !strstr(err.text, cases[i].where) ||
            !strstr(err.text, "must be"))
            fail_msg("%s: %s", cases[i].text, added ? "was read" : err.text);
        shelflife_catalogs_free(set);
    }
}

/* `count` elements that `format` makes of their number, between two texts. */
static void is_too_much(const char *before, const char *element, size_t count, const char *after,
                        const char *what)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    error err = {0};
    buffer text;
    shelflife_buffer_init(&text, 1 << 20);
    shelflife_buffer_format(&text, "%s", before);
    for (size_t i = 0; i < count; i++) {
        str rest = shelflife_str_of(element);
        size_t number = shelflife_str_find(rest, '#');
        shelflife_buffer_append(&text, shelflife_str_first(rest, number));
        shelflife_buffer_format(&text, "%zu", i);
        shelflife_buffer_append(&text, shelflife_str_after(rest, number + 1));
    }
    shelflife_buffer_format(&text, "%s", after);
    if (shelflife_catalogs_add(set, shelflife_buffer_str(&text), "c.yaml", &err) || !strstr(err.text, what))
        fail_msg("%s, not: %s", err.text, what);
    shelflife_buffer_free(&text);
    shelflife_catalogs_free(set);
}

static void numbers_of_patterns_and_rows_are_limited(void **state)
{
    (void)state;
    is_too_much(HEAD ", products: [{name: p, repositories: [x.example/p], rows: [{release: '1'}], tags: [",
                "'a#-{version}',", CATALOG_PER_PRODUCT_MAX + 1, "]}]}", "at most 32 of these");
    is_too_much(HEAD ", products: [{name: p, repositories: [x.example/p], rows: [{release: '1'}], part: [",
                "'a#x{version}',", CATALOG_PER_PRODUCT_MAX + 1, "]}]}", "at most 32 of these");
    is_too_much(HEAD ", products: [{name: p, repositories: ['x.example/{a}'], rows: [",
                "{release: '1', when: {a: 'v#'}},", CATALOG_ROWS_PER_KEY_MAX + 1, "]}]}",
                "at most 128 rows, but this one has 129");
    is_too_much(HEAD ", products: [], covers: [x.example/", "a#", 200, "]}", "at most 512 bytes");
    is_too_much(HEAD ", products: [{name: p, rows: [{}], repositories: [x.example/", "a#", 200, "]}]}",
                "is longer than 512 bytes");
    is_too_much(HEAD ", products: [{name: p, rows: [{}], repositories: [x.example/", "a#", 20000, "]}]}",
                "is longer than 512 bytes");
    is_too_much(PRODUCT_HEAD "tags: ['{version}", "a#", 40, "']}]}", "is longer than 64 bytes");
    is_too_much(PRODUCT_HEAD "part: ['", "a#", 40, "{version}']}]}", "is longer than 64 bytes");
    is_too_much(HEAD ", products: [{name: p, rows: [{release: '1'}], repositories: [",
                "{pattern: x.example/p, fields: {a#: v}},", 65, "]}]}",
                "a product may have 64 fields at most");
    is_too_much(PRODUCT_HEAD "exceptTags: [", "'a#',", CATALOG_PER_PRODUCT_MAX + 1, "]}]}",
                "at most 32 words, but there are 33");
    is_too_much(PRODUCT_HEAD "tags: [{pattern: '{version}', with: [", "'a#',", CATALOG_PER_PRODUCT_MAX + 1,
                "]}]}]}", "at most 32 words");
    is_too_much(PRODUCT_HEAD "part: [{pattern: 'al{version}', without: [", "'a#',",
                CATALOG_PER_PRODUCT_MAX + 1, "]}]}]}", "at most 32 words");
    is_too_much(PRODUCT_HEAD "evidence: [", "{env: 'A#'},", CATALOG_PER_PRODUCT_MAX + 1, "]}]}",
                "at most 32 of these");
    is_too_much(PRODUCT_HEAD "evidence: [{env: A, value: [", "'#-{version}',", CATALOG_PER_PRODUCT_MAX + 1,
                "]}]}]}", "1 to 32 patterns, but there are 33");
    is_too_much(PRODUCT_HEAD "evidence: [{env: A, when: [", "{env: 'A#'},", CATALOG_PER_PRODUCT_MAX + 1,
                "]}]}]}", "at most 32 conditions, but there are 33");
    is_too_much(PRODUCT_HEAD "evidence: [{env: A, releases: {", "'a#': '1',", CATALOG_ROWS_PER_KEY_MAX + 1,
                "}}]}]}", "at most 128 spellings, but there are 129");
}

static void a_row_says_which_variant_it_is_for(void **state)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    buffer out;
    (void)state;
    add_text(set,
             HEAD ", products: [{name: p, repositories: ['x.example/{acc}-{version}[.{py}]'], rows: ["
                  "{release: '1', when: {acc: gpu, py: [py37, py38]}}, {release: '1', when: {py: ''}},"
                  "{release: '2'}]}]}",
             "c.yaml");
    finish(set);
    shelflife_buffer_init(&out, 1 << 10);
    for (size_t i = 0; i < 3; i++) {
        shelflife_catalogs_variant(set, shelflife_catalogs_row_at(set, i), &out);
        shelflife_buffer_append(&out, STR(";"));
    }
    assert_true(
        shelflife_str_equal(shelflife_buffer_str(&out), STR("acc: gpu, py: py37 or py38;py: none;;")));
    shelflife_buffer_free(&out);
    shelflife_catalogs_free(set);
}

static void the_bytes_of_a_catalog_can_be_dropped(void **state)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    error err;
    (void)state;
    add_text(set, HEAD ", products: []}", "c.yaml");
    assert_true(shelflife_catalogs_add_embedded(set, &err));
    finish(set);
    assert_true(shelflife_catalogs_bytes_at(set, 0).len > 0);
    shelflife_catalogs_drop_bytes(set);
    assert_int_equal(shelflife_catalogs_bytes_at(set, 0).len, 0);
    assert_true(shelflife_catalogs_bytes_at(set, 1).len > 0); /* embedded ones are not memory of the set */
    shelflife_catalogs_drop_bytes(set);
    shelflife_catalogs_free(set);
}

static void what_a_file_says_is_kept(void **state)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    (void)state;
    add_file(set, "names.yaml");
    add_file(set, "tags.yaml");
    finish(set);
    const struct shelflife_catalog *names = shelflife_catalogs_at(set, 0),
                                   *tags = shelflife_catalogs_at(set, 1);
    assert_int_equal(shelflife_catalogs_count(set), 2);
    assert_str_equal(names->name, "names");
    assert_str_equal(names->title, "Names");
    assert_str_equal(names->publisher, "Acme Containers");
    assert_str_equal(names->source, "https://names.example");
    assert_str_equal(names->origin, "names.yaml");
    assert_int_equal(names->as_of, day("2026-01-01"));
    assert_int_equal(names->serial, 3);
    assert_int_equal(names->product_count, 5);
    assert_int_equal(names->row_count, 9 + 2 + 3 + 1 + 2);
    assert_str_equal(tags->title, "tags");
    assert_int_equal(tags->publisher.len, 0);

    const struct shelflife_product *python = shelflife_catalogs_product_at(set, 5);
    assert_ptr_equal(python->catalog, tags);
    assert_str_equal(python->title, "Python");
    assert_int_equal(python->first_row, 17);
    const struct shelflife_row *first = shelflife_catalogs_row_at(set, 17), *second = first + 1;
    assert_ptr_equal(first->product, python);
    assert_str_equal(first->path, "products[0].rows[0]");
    assert_str_equal(first->source, "https://tags.example/python");
    assert_str_equal(first->latest, "3.12.14");
    assert_int_equal(first->end_of_availability, SHELFLIFE_DAY_NONE);
    assert_str_equal(second->source, "https://elsewhere.example");
    assert_str_equal(second->note, "a note");
    const struct shelflife_row *debian = shelflife_catalogs_row_at(set, 22);
    assert_str_equal(debian->codename, "trixie");
    assert_str_equal(debian->source, "https://tags.example");
    assert_int_equal(shelflife_catalogs_product_count(set), names->product_count + tags->product_count);
    assert_int_equal(shelflife_catalogs_row_count(set), names->row_count + tags->row_count);
    shelflife_catalogs_free(set);
}

static void what_limits_and_rows_say_is_kept(void **state)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    (void)state;
    add_file(set, "limits.yaml");
    finish(set);
    const struct shelflife_product *tool = shelflife_catalogs_product_at(set, 0),
                                   *variants = shelflife_catalogs_product_at(set, 1);
    assert_int_equal(tool->supported_releases, 2);
    assert_false(tool->whole_tag);
    assert_int_equal(variants->supported_releases, 0);
    assert_true(variants->whole_tag);
    const struct shelflife_row *first = shelflife_catalogs_row_at(set, 0), *second = first + 1,
                               *third = first + 2;
    assert_true(first->lts);
    assert_int_equal(first->latest_date, day("2025-12-01"));
    assert_int_equal(first->moved_to.len, 0);
    assert_false(second->lts);
    assert_int_equal(second->latest_date, SHELFLIFE_DAY_NONE);
    assert_str_equal(second->moved_to, "limits.example/old/{team}/tool");
    assert_int_equal(second->numbers, 0);
    assert_int_equal(third->numbers, 2);
    shelflife_catalogs_free(set);
}

static void a_catalog_of_the_same_name_replaces_the_one_before(void **state)
{
    static const char first[] = PRODUCT("rows: [{release: '1', endOfPatch: 2020-01-01}]"),
                      second[] = PRODUCT("rows: [{release: '1', endOfPatch: 2030-01-01}]");
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    arena a;
    error err = {0};
    (void)state;
    shelflife_arena_init(&a, 1 << 20);
    add_text(set, first, "first");
    add_file(set, "tags.yaml");
    add_text(set, second, "second");
    assert_false(shelflife_catalogs_add(set, STR(HEAD "}"), "third", &err));
    finish(set);
    assert_int_equal(shelflife_catalogs_count(set), 2);
    assert_str_equal(shelflife_catalogs_at(set, 0)->origin, "second");
    assert_str_equal(shelflife_catalogs_bytes_at(set, 0), second);
    struct shelflife_resolution found = resolve(set, "x.example/p:1", &a);
    assert_int_equal(found.match_count, 1);
    assert_int_equal(found.matches[0].end_of_patch, day("2030-01-01"));
    assert_false(shelflife_catalogs_add(set, shelflife_str_of(first), "late", &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    shelflife_arena_free(&a);
    shelflife_catalogs_free(set);
}

static void an_empty_set_knows_nothing(void **state)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    arena a;
    (void)state;
    shelflife_arena_init(&a, 1 << 20);
    finish(set);
    struct shelflife_resolution found = resolve(set, "a.b.example/python:3.8-bookworm", &a);
    assert_null(found.covered_by);
    assert_int_equal(found.match_count, 0);
    assert_str_equal(found.canonical, "a.b.example/python");
    shelflife_arena_free(&a);
    shelflife_catalogs_free(set);
}

static void the_embedded_catalogs_load(void **state)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    error err = {0};
    bool google = false;
    (void)state;
    if (!shelflife_catalogs_add_embedded(set, &err))
        fail_msg("%s", err.text);
    finish(set);
    assert_int_equal(shelflife_catalogs_count(set), shelflife_catalog_embedded_catalog_count);
    for (size_t i = 0; i < shelflife_catalogs_count(set); i++) {
        const struct shelflife_catalog *catalog = shelflife_catalogs_at(set, i);
        google = google || shelflife_str_equal(catalog->name, STR("google-dlc"));
        assert_str_equal(catalog->origin, "embedded");
        assert_true(catalog->row_count > 0);
        assert_true(shelflife_catalogs_bytes_at(set, i).len > 0);
    }
    assert_true(google);
    shelflife_catalogs_free(set);
}

/* ---- what concerns several catalogs, or would make lookups long ---- */

static void fails_to_finish(const char *const *texts, size_t count, const char *what)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    struct shelflife_reference reference;
    struct shelflife_resolution found;
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    assert_true(shelflife_reference_parse(STR("x.example/p-1:1"), &a, &reference, NULL));
    for (size_t i = 0; i < count; i++)
        add_text(set, texts[i], i ? "b.yaml" : "a.yaml");
    /* Again and again, so that a set without an index is never taken for one in which nothing is listed. */
    for (int again = 0; again < 3; again++) {
        error err = {0};
        assert_false(shelflife_catalogs_finish(set, again == 1 ? NULL : &err));
        if (again != 1 && !strstr(err.text, what))
            fail_msg("%s", err.text);
        assert_false(shelflife_catalogs_resolve(set, reference.name, &reference, NULL, &a, &found, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
        assert_false(shelflife_catalogs_add(set, shelflife_str_of(texts[0]), "a.yaml", &err));
    }
    shelflife_arena_free(&a);
    shelflife_catalogs_free(set);
}

static void mirrors_may_not_contradict(void **state)
{
    static const char *const texts[] = {
        "--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: a, asOf: 2026-01-01, products: [],"
        " mirrors: {x.example: ['*.y.example/z']}}",
        "--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: b, asOf: 2026-01-01, products: [],"
        " mirrors: {x.example: ['*.y.example/z'], w.example: [v.example]}}",
        "--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: b, asOf: 2026-01-01, products: [],"
        " mirrors: {w.example: ['*.y.example/z']}}",
    };
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    const char *const both[] = {texts[0], texts[2]};
    (void)state;
    add_text(set, texts[0], "a.yaml");
    add_text(set, texts[1], "b.yaml");
    finish(set);
    shelflife_catalogs_free(set);
    fails_to_finish(
        both, 2, "\"*.y.example/z\" belongs to \"x.example\" in one place and to \"w.example\" in another");
}

static void patterns_that_may_match_one_name_are_limited(void **state)
{
    buffer same, nested;
    (void)state;
    shelflife_buffer_init(&same, 1 << 20);
    shelflife_buffer_init(&nested, 1 << 20);
    shelflife_buffer_format(&same, HEAD ", products: [{name: p, rows: [{release: '1'}], repositories: [");
    shelflife_buffer_format(&nested, HEAD ", products: [{name: p, rows: [{release: '1'}], repositories: [");
    for (int i = 0; i <= CATALOG_TOGETHER_MAX; i++) {
        shelflife_buffer_format(&same, "'x.example/p-{version}.a%d',", i);
        shelflife_buffer_format(&nested, "'x.example/%.*s{version}',", i,
                                "pppppppppppppppppppppppppppppppppp");
    }
    shelflife_buffer_format(&same, "]}]}%c", 0);
    shelflife_buffer_format(&nested, "]}]}%c", 0);
    const char *texts[] = {same.at, nested.at};
    fails_to_finish(&texts[0], 1,
                    "more than 32 patterns may match the same names as \"x.example/p-{version}.a32\"");
    fails_to_finish(&texts[1], 1, "more than 32 patterns may match the same names as");
    shelflife_buffer_free(&same);
    shelflife_buffer_free(&nested);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_checked),
        cmocka_unit_test(numbers_of_patterns_and_rows_are_limited),
        cmocka_unit_test(a_row_says_which_variant_it_is_for),
        cmocka_unit_test(the_bytes_of_a_catalog_can_be_dropped),
        cmocka_unit_test(errors_say_where_and_what_would_be_right),
        cmocka_unit_test(what_a_file_says_is_kept),
        cmocka_unit_test(what_limits_and_rows_say_is_kept),
        cmocka_unit_test(a_catalog_of_the_same_name_replaces_the_one_before),
        cmocka_unit_test(an_empty_set_knows_nothing),
        cmocka_unit_test(the_embedded_catalogs_load),
        cmocka_unit_test(mirrors_may_not_contradict),
        cmocka_unit_test(patterns_that_may_match_one_name_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
