/* rooms: sources registry admission policy inventory catalog workload reference json log net pki file base */
#include "sources/artifact.h"
#include "unit/test.h"

static void what_follows_oci_begins_with_a_host(UNUSED void **state)
{
    static const struct {
        const char *url, *registry, *repository, *tag, *digest;
    } cases[] = {
        {"oci://registry.example/team/own:1", "registry.example", "team/own", "1", ""},
        {"oci://registry/team/own:1", "registry", "team/own", "1", ""},
        {"oci://registry:5000/own:1", "registry:5000", "own", "1", ""},
        {"oci://localhost/own:1", "localhost", "own", "1", ""},
        {"oci://docker.io/own", "docker.io", "library/own", "", ""},
        {"oci://r.example/own@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "r.example", "own", "", "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        arena a;
        error err = {0};
        struct shelflife_reference r;
        shelflife_arena_init(&a, 1 << 20);
        assert_true(shelflife_sources_is_artifact(cases[i].url));
        if (!shelflife_sources_artifact_parse(cases[i].url, &a, &r, &err))
            fail_msg("%s", err.text);
        assert_str_equal(r.registry, cases[i].registry);
        assert_str_equal(r.repository, cases[i].repository);
        assert_str_equal(r.tag, cases[i].tag);
        assert_str_equal(r.digest, cases[i].digest);
        shelflife_arena_free(&a);
    }
}

static void what_is_no_name_is_a_usage_error(UNUSED void **state)
{
    static const char *const urls[] = {"oci://",
                                       "oci://registry.example",
                                       "oci:///own",
                                       "oci://registry.example/Own:1",
                                       "oci://registry.example/own:",
                                       "oci://u:p@registry.example/own:1"};
    for (size_t i = 0; i < COUNT(urls); i++) {
        arena a;
        error err = {0};
        struct shelflife_reference r;
        shelflife_arena_init(&a, 1 << 20);
        assert_false(shelflife_sources_artifact_parse(urls[i], &a, &r, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
        shelflife_arena_free(&a);
    }
    assert_false(shelflife_sources_is_artifact("https://registry.example/own"));
    assert_false(shelflife_sources_is_artifact("own.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_follows_oci_begins_with_a_host),
        cmocka_unit_test(what_is_no_name_is_a_usage_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
