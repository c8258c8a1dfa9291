/* rooms: base reference */
#include "unit/test.h"

#include "shelflife/reference.h"

#define H8 "0123abcd"
#define H32 H8 H8 H8 H8
#define H64 H32 H32
#define H96 H64 H32
#define H128 H64 H64
#define T8 "Tag_.-09"
#define T32 T8 T8 T8 T8
#define T128 T32 T32 T32 T32
#define P50 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx"
#define P250 P50 P50 P50 P50 P50

/* What each image is, apart: docker.io, library/ and the like filled in. */
static const struct valid {
    const char *text, *registry, *repository, *tag, *digest;
} valid[] = {
    {"python", "docker.io", "library/python", "", ""},
    {"python:3.8", "docker.io", "library/python", "3.8", ""},
    {"acme/app:1", "docker.io", "acme/app", "1", ""},
    {"a/b/c/d", "docker.io", "a/b/c/d", "", ""},
    {"docker.io/python:3.8", "docker.io", "library/python", "3.8", ""},
    {"docker.io/library/python", "docker.io", "library/python", "", ""},
    {"Docker.IO/python", "docker.io", "library/python", "", ""},
    {"index.docker.io/python", "docker.io", "library/python", "", ""},
    {"registry-1.docker.io/acme/app", "docker.io", "acme/app", "", ""},
    {"Registry.Hub.Docker.com/python", "docker.io", "library/python", "", ""},
    {"docker.io:443/python", "docker.io", "library/python", "", ""},
    {"index.docker.io:443/python", "docker.io", "library/python", "", ""},
    {"docker.io:5000/python", "docker.io:5000", "python", "", ""},
    {"quay.io/app", "quay.io", "app", "", ""},
    {"GCR.IO/acme/app:V1", "gcr.io", "acme/app", "V1", ""},
    {"Registry/app", "registry", "app", "", ""},
    {"registry/app", "docker.io", "registry/app", "", ""},
    {"localhost/python:3.8", "localhost", "python", "3.8", ""},
    {"localhost", "docker.io", "library/localhost", "", ""},
    {"localhost:5000/app", "localhost:5000", "app", "", ""},
    {"localhost:5000", "docker.io", "library/localhost", "5000", ""},
    {"registry.example.com:5000/models/bert:2024-05", "registry.example.com:5000", "models/bert", "2024-05",
     ""},
    {"registry.example.com:443/app", "registry.example.com", "app", "", ""},
    {"registry.example.com:0443/app", "registry.example.com", "app", "", ""},
    {"index.docker.io:000443/python", "docker.io", "library/python", "", ""},
    {"registry.example.com:05000/app", "registry.example.com:5000", "app", "", ""},
    {"registry.example.com:00/app", "registry.example.com:0", "app", "", ""},
    {"[::1]:0443/app", "[::1]", "app", "", ""},
    {"registry.example.com:4430/app", "registry.example.com:4430", "app", "", ""},
    {"[::1]/app", "[::1]", "app", "", ""},
    {"[2001:DB8::1]:5000/app:1", "[2001:db8::1]:5000", "app", "1", ""},
    {"[::1]:443/app", "[::1]", "app", "", ""},
    {"10.0.0.1:5000/app", "10.0.0.1:5000", "app", "", ""},
    {"a--b.c-d.example/app", "a--b.c-d.example", "app", "", ""},
    {"app:1/x", "app:1", "x", "", ""},
    {"my_host.example/app:1", "docker.io", "my_host.example/app", "1", ""},
    {"a_b.c/d/e", "docker.io", "a_b.c/d/e", "", ""},
    {"a__b.c-d/e@sha256:" H64, "docker.io", "a__b.c-d/e", "", "sha256:" H64},
    {"docker.io/my_host.example/app", "docker.io", "my_host.example/app", "", ""},
    {"my_host/app", "docker.io", "my_host/app", "", ""},
    {"my_host.example:5000", "docker.io", "library/my_host.example", "5000", ""},
    {"x.y/a.b_c__d-e---f/0", "x.y", "a.b_c__d-e---f/0", "", ""},
    {"app:_", "docker.io", "library/app", "_", ""},
    {"app:" T128, "docker.io", "library/app", T128, ""},
    {"app@sha256:" H64, "docker.io", "library/app", "", "sha256:" H64},
    {"app:1@sha256:" H64, "docker.io", "library/app", "1", "sha256:" H64},
    {"x.y/app@sha384:" H96, "x.y", "app", "", "sha384:" H96},
    {"x.y/app@sha512:" H128, "x.y", "app", "", "sha512:" H128},
    {H64 ":1", "docker.io", "library/" H64, "1", ""},
    {"x.y/" H64, "x.y", H64, "", ""},
    {H64 "0", "docker.io", "library/" H64 "0", "", ""},
    {"x.y/" P250 "/abcd", "x.y", P250 "/abcd", "", ""},
    {P50 P50 P50 P50 P50 "/abcd", "docker.io", P250 "/abcd", "", ""},
};

static void parse_takes_references_apart(void **state)
{
    (void)state;
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(valid); i++) {
        const struct valid *v = &valid[i];
        struct shelflife_reference r;
        error err = {0};
        if (!shelflife_reference_parse(shelflife_str_of(v->text), &a, &r, &err))
            fail_msg("%s: %s", v->text, err.text);
        assert_str_equal(r.registry, v->registry);
        assert_str_equal(r.repository, v->repository);
        assert_str_equal(r.tag, v->tag);
        assert_str_equal(r.digest, v->digest);
        assert_int_equal(r.tag.at == NULL, v->tag[0] == '\0');
        assert_int_equal(r.digest.at == NULL, v->digest[0] == '\0');
        str name, normalized;
        assert_true(shelflife_arena_format(&a, &name, "%s/%s", v->registry, v->repository));
        assert_true(shelflife_arena_format(&a, &normalized, "%s%s%s%s%s", name.at, v->tag[0] ? ":" : "",
                                           v->tag, v->digest[0] ? "@" : "", v->digest));
        assert_str_equal(r.name, name.at);
        assert_str_equal(r.normalized, normalized.at);
        assert_ptr_equal(r.name.at, r.normalized.at);
        assert_int_equal(err.kind, SHELFLIFE_ERROR_NONE);
    }
    shelflife_arena_free(&a);
}

/* Where each is refused, and a word of why. */
static const struct invalid {
    str text;
    const char *where, *why;
} invalid[] = {
    {STR_INIT(""), "byte 1, the end: ", "must not be empty"},
    {STR_INIT(" "), "byte 1, \" \": ", "begins with a lower-case letter or digit"},
    {STR_INIT(" app"), "byte 1, \" \": ", "begins with a lower-case letter or digit"},
    {STR_INIT("app "), "byte 4, \" \": ", "has only lower-case letters"},
    {STR_INIT("/app"), "byte 1, \"/\": ", "begins with"},
    {STR_INIT("app/"), "byte 5, the end: ", "begins with"},
    {STR_INIT("acme//app"), "byte 6, \"/\": ", "begins with"},
    {STR_INIT("x.y/"), "byte 5, the end: ", "begins with"},
    {STR_INIT("App"), "byte 1, \"A\": ", "in lower case"},
    {STR_INIT("myApp:1"), "byte 3, \"A\": ", "in lower case"},
    {STR_INIT("acme/my-App"), "byte 9, \"A\": ", "in lower case"},
    {STR_INIT("Docker.io/Library/Python:3.8"), "byte 11, \"L\": ", "in lower case"},
    {STR_INIT("a..b"), "byte 3, \".\": ", "only one"},
    {STR_INIT("a___b"), "byte 4, \"_\": ", "only one"},
    {STR_INIT("a-_b"), "byte 3, \"_\": ", "only one"},
    {STR_INIT("a._b"), "byte 3, \"_\": ", "only one"},
    {STR_INIT("a-"), "byte 3, the end: ", "only one"},
    {STR_INIT("a-/b"), "byte 3, \"/\": ", "only one"},
    {STR_INIT("-a"), "byte 1, \"-\": ", "begins with"},
    {STR_INIT("acme/_a"), "byte 6, \"_\": ", "begins with"},
    {STR_INIT("app$"), "byte 4, \"$\": ", "can follow"},
    {STR_INIT("app\0"), "byte 4, 0x00: ", "can follow"},
    {STR_INIT("ap\xc3\xa9"), "byte 3, 0xc3: ", "can follow"},
    {STR_INIT("https://x.y/app"), "byte 7, \"/\": ", "a port consists of digits"},
    {STR_INIT("x.y:/app"), "byte 5, \"/\": ", "a port consists of digits"},
    {STR_INIT("x.y:50a/app"), "byte 7, \"a\": ", "a port consists of digits"},
    {STR_INIT("app:tag/x"), "byte 5, \"t\": ", "a tag comes at the end"},
    {STR_INIT("x..y/app"), "byte 3, \".\": ", "begins with a letter or digit"},
    {STR_INIT("x.y./app"), "byte 5, \"/\": ", "begins with a letter or digit"},
    {STR_INIT("-x.y/app"), "byte 1, \"-\": ", "begins with a letter or digit"},
    {STR_INIT("x-.y/app"), "byte 2, \"-\": ", "ends in a letter or digit"},
    {STR_INIT("a_b.c:5000/app"), "byte 2, \"_\": ", "is a registry"},
    {STR_INIT("a_b:5000/app"), "byte 2, \"_\": ", "is a registry"},
    {STR_INIT("A_b.c/app"), "byte 2, \"_\": ", "is a registry"},
    {STR_INIT("a_.b/app"), "byte 3, \".\": ", "only one"},
    {STR_INIT("a_b.c/App"), "byte 7, \"A\": ", "in lower case"},
    {STR_INIT("_a.b/app"), "byte 1, \"_\": ", "begins with a lower-case letter or digit"},
    {STR_INIT(":5000/app"), "byte 1, \":\": ", "begins with a letter or digit"},
    {STR_INIT("[::1/app"), "byte 5, \"/\": ", "in brackets"},
    {STR_INIT("[:]x/app"), "byte 4, \"x\": ", "is a registry"},
    {STR_INIT("[fe80::1%eth0]:1/app"), "byte 9, \"%\": ", "in brackets"},
    {STR_INIT("[].x/app"), "byte 2, \"]\": ", "in brackets"},
    {STR_INIT("[::1]"), "byte 1, \"[\": ", "begins with a lower-case letter or digit"},
    {STR_INIT("app:"), "byte 5, the end: ", "a tag begins"},
    {STR_INIT("app:-1"), "byte 5, \"-\": ", "a tag begins"},
    {STR_INIT("app:.1"), "byte 5, \".\": ", "a tag begins"},
    {STR_INIT("app:1+2"), "byte 6, \"+\": ", "a tag is letters"},
    {STR_INIT("python:3.8:oops"), "byte 11, \":\": ", "only \"@\" and a digest may follow"},
    {STR_INIT("app:" T128 "x"), "byte 133, \"x\": ", "at most 128 characters"},
    {STR_INIT("app:1@"), "byte 7, the end: ", "begins with its algorithm"},
    {STR_INIT("app@:" H64), "byte 5, \":\": ", "begins with its algorithm"},
    {STR_INIT("app@sha256"), "byte 11, the end: ", "followed by \":\""},
    {STR_INIT("app@sha256-" H64), "byte 12, \"0\": ", "begins with its algorithm"},
    {STR_INIT("app@md5:" H32), "byte 5, \"m\": ", "sha256, sha384 or sha512"},
    {STR_INIT("app@SHA256:" H64), "byte 5, \"S\": ", "sha256, sha384 or sha512"},
    {STR_INIT("app@a+b.c-d_e:" H64), "byte 5, \"a\": ", "sha256, sha384 or sha512"},
    {STR_INIT("app@sha256:"), "byte 5, the digest: ", "a sha256 digest has 64 hex digits, this one has 0"},
    {STR_INIT("app@sha256:" H32 H8), "byte 5, the digest: ", "64 hex digits, this one has 40"},
    {STR_INIT("app@sha256:" H64 "0"), "byte 5, the digest: ", "64 hex digits, this one has 65"},
    {STR_INIT("app@sha384:" H64), "byte 5, the digest: ", "sha384 digest has 96 hex digits, this one has 64"},
    {STR_INIT("app@sha256:" H32 "A"), "byte 44, \"A\": ", "lower case"},
    {STR_INIT("app@sha256:" H32 "g"), "byte 44, \"g\": ", "hex digits"},
    {STR_INIT("app@sha256:" H64 ":1"), "byte 76, \":\": ", "nothing may follow"},
    {STR_INIT("app@sha256:" H64 "@sha256:" H64), "byte 76, \"@\": ", "nothing may follow"},
    {STR_INIT(H64), "byte 1, 64 hex digits: ", "an image ID"},
    {STR_INIT("x.y/" P250 "/abcde"), "byte 5, the repository path: ", "256 characters, at most 255"},
    {STR_INIT(P250), "byte 1, the repository path: ", "258 characters with its \"library/\", at most 255"},
};

static void parse_says_where_and_why_it_refuses(void **state)
{
    (void)state;
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(invalid); i++) {
        const struct invalid *v = &invalid[i];
        struct shelflife_reference r = {0};
        error err = {0};
        if (shelflife_reference_parse(v->text, &a, &r, &err))
            fail_msg("%.*s was taken", STR_PRINT(v->text));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
        if (!shelflife_str_starts(shelflife_str_of(err.text), shelflife_str_of(v->where)) ||
            !strstr(err.text, v->why))
            fail_msg("%.*s: \"%s\" is not \"%s…%s\"", STR_PRINT(v->text), err.text, v->where, v->why);
        assert_null(r.normalized.at);
    }
    assert_int_equal(a.used, 0);
    shelflife_arena_free(&a);
}

static void parse_of_its_own_result_changes_nothing(void **state)
{
    (void)state;
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(valid); i++) {
        struct shelflife_reference r, again;
        assert_true(shelflife_reference_parse(shelflife_str_of(valid[i].text), &a, &r, NULL));
        if (shelflife_str_equal(r.registry, STR("registry")))
            continue; /* only its upper case marked it as a registry */
        assert_true(shelflife_reference_parse(r.normalized, &a, &again, NULL));
        assert_true(shelflife_str_equal(again.normalized, r.normalized));
        assert_true(shelflife_str_equal(again.name, r.name));
    }
    shelflife_arena_free(&a);
}

static void parse_tells_a_full_arena_from_a_bad_reference(void **state)
{
    (void)state;
    arena a;
    error err = {0};
    struct shelflife_reference r;
    shelflife_arena_init(&a, 8);
    assert_false(shelflife_reference_parse(STR("docker.io/library/python"), &a, &r, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    shelflife_arena_free(&a);
}

static const struct {
    const char *text;
    enum shelflife_placeholder kind;
    const char *what;
} placeholders[] = {
    {"$(params.IMAGE)", SHELFLIFE_PLACEHOLDER_PARAMETER, "$(params.IMAGE)"},
    {"python:$(inputs.params.version)-slim", SHELFLIFE_PLACEHOLDER_PARAMETER, "$(inputs.params.version)"},
    {"$(tasks.build.results.image)", SHELFLIFE_PLACEHOLDER_PARAMETER, "$(tasks.build.results.image)"},
    {"$(params[\"a\"]):1", SHELFLIFE_PLACEHOLDER_PARAMETER, "$(params[\"a\"])"},
    {"{{inputs.parameters.x}}", SHELFLIFE_PLACEHOLDER_PARAMETER, "{{inputs.parameters.x}}"},
    {"x/{{ .Values.image }}:{{ .Values.tag }}", SHELFLIFE_PLACEHOLDER_PARAMETER, "{{ .Values.image }}"},
    {"x/app:${TAG}", SHELFLIFE_PLACEHOLDER_PARAMETER, "${TAG}"},
    {"${TAG:-latest}", SHELFLIFE_PLACEHOLDER_PARAMETER, "${TAG:-latest}"},
    {"x/app:$TAG-slim", SHELFLIFE_PLACEHOLDER_PARAMETER, "$TAG"},
    {"$_:1", SHELFLIFE_PLACEHOLDER_PARAMETER, "$_"},
    {"<REGISTRY>/app:1", SHELFLIFE_PLACEHOLDER_PARAMETER, "<REGISTRY>"},
    {"<your registry>/app", SHELFLIFE_PLACEHOLDER_PARAMETER, "<your registry>"},
    {"eu.gcr.io/[PROJECT_ID]/app", SHELFLIFE_PLACEHOLDER_PARAMETER, "[PROJECT_ID]"},
    {"docker.io/{username}/app", SHELFLIFE_PLACEHOLDER_PARAMETER, "{username}"},
    {"${open$(params.a)", SHELFLIFE_PLACEHOLDER_PARAMETER, "$(params.a)"},
    {"{{open:${TAG}", SHELFLIFE_PLACEHOLDER_PARAMETER, "${TAG}"},
    {"ko://example.com/cmd/app", SHELFLIFE_PLACEHOLDER_KO, "ko://example.com/cmd/app"},
    {"", SHELFLIFE_PLACEHOLDER_NONE, ""},
    {":latest", SHELFLIFE_PLACEHOLDER_NONE, ":latest"},
    {"$", SHELFLIFE_PLACEHOLDER_NONE, "$"},
    {"app:$1", SHELFLIFE_PLACEHOLDER_NONE, "app:$1"},
    {"$(params.a", SHELFLIFE_PLACEHOLDER_NONE, "$(params.a"},
    {"$()", SHELFLIFE_PLACEHOLDER_NONE, "$()"},
    {"{}", SHELFLIFE_PLACEHOLDER_NONE, "{}"},
    {"{a,b}", SHELFLIFE_PLACEHOLDER_NONE, "{a,b}"},
    {"[::1]/App", SHELFLIFE_PLACEHOLDER_NONE, "[::1]/App"},
    {"<a/b>", SHELFLIFE_PLACEHOLDER_NONE, "<a/b>"},
    {"a<b", SHELFLIFE_PLACEHOLDER_NONE, "a<b"},
    {"CONTAINER_IMAGE", SHELFLIFE_PLACEHOLDER_NONE, "CONTAINER_IMAGE"},
    {"[1]/app:1", SHELFLIFE_PLACEHOLDER_NONE, "[1]/app:1"},
    {"x/ko://a", SHELFLIFE_PLACEHOLDER_NONE, "x/ko://a"},
};

static void what_is_replaced_before_use_is_a_placeholder(void **state)
{
    arena a;
    (void)state;
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(placeholders); i++) {
        struct shelflife_reference r;
        error err = {0};
        str what, text = shelflife_str_of(placeholders[i].text);
        enum shelflife_placeholder kind = shelflife_reference_placeholder(text, &what);
        if (kind != placeholders[i].kind ||
            !shelflife_str_equal(what, shelflife_str_of(placeholders[i].what)))
            fail_msg("%s: %d, \"%.*s\"", placeholders[i].text, (int)kind, STR_PRINT(what));
        assert_false(shelflife_reference_parse(text, &a, &r, &err)); /* none of them is a reference */
    }
    shelflife_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_takes_references_apart),
        cmocka_unit_test(parse_says_where_and_why_it_refuses),
        cmocka_unit_test(parse_of_its_own_result_changes_nothing),
        cmocka_unit_test(parse_tells_a_full_arena_from_a_bad_reference),
        cmocka_unit_test(what_is_replaced_before_use_is_a_placeholder),
    };
    return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
