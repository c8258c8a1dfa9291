/* rooms: inputs net file workload json base */
#include "unit/test.h"

#include "inputs/inputs.h"
#include "inputs/paths.h"

static void joins_paths(void **state UNUSED)
{
    static const struct {
        const char *folder, *name, *path;
    } cases[] = {
        {"", "a.yaml", "a.yaml"},
        {"a", "../b/c", "b/c"},
        {"a/b", "./../c//d/", "a/c/d"},
        {"a", "../../b", "../b"},
        {"..", "../b", "../../b"},
        {"/a", "../../b", "/b"},
        {"a", "/etc/passwd", "/etc/passwd"},
        {"./a/.", ".", "a"},
        {"a", "..", ""},
        {"/", "..", "/"},
        {"a", "", "a"},
        {"../a", "../../b", "../../b"},
    };
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++) {
        str path;
        assert_true(shelflife_input_paths_join(shelflife_str_of(cases[i].folder),
                                               shelflife_str_of(cases[i].name), &a, &path, NULL));
        assert_str_equal(path, cases[i].path);
    }
    shelflife_arena_free(&a);
}

static void knows_what_kustomize_would_fetch(void **state UNUSED)
{
    static const char *const remote[] = {
        "https://example.com/a.yaml", "github.com/a/b",   "git@example.com:a/b",
        "ssh://git@example.com/a",    "git::https://a/b", "example.com/a.git//b",
        "example.com/a?ref=v1",       "gh:a/b",           "example.com/a.git"};
    static const char *const local[] = {"../base", "a.yaml", "./github", "deploy.git.yaml", ""};
    for (size_t i = 0; i < COUNT(remote); i++)
        assert_true(shelflife_input_paths_is_remote(shelflife_str_of(remote[i])));
    for (size_t i = 0; i < COUNT(local); i++)
        assert_false(shelflife_input_paths_is_remote(shelflife_str_of(local[i])));
}

static bool exists(void *context UNUSED, const char *path)
{
    return strcmp(path, "base/kustomization.yml") == 0;
}

static void knows_the_parts_of_kustomizations(void **state UNUSED)
{
    static const struct {
        const char *path, *of;
    } cases[] = {
        {"overlay/kustomization.yaml", ""},
        {"base/kustomization.yml", "overlay/kustomization.yaml"},
        {"./overlay/../overlay/deploy.yaml", "overlay/kustomization.yaml"},
        {"overlay/patch.yaml", "overlay/kustomization.yaml"},
        {"overlay/merge.yaml", "overlay/kustomization.yaml"},
        {"overlay/config.yaml", "overlay/kustomization.yaml"},
        {"overlay/other.yaml", ""},
        {"base/deploy.yaml", ""},
    };
    const struct shelflife_input_files files = {.exists = exists};
    struct shelflife_input_parts *parts = shelflife_input_parts_new();
    assert_non_null(parts);
    assert_true(
        shelflife_input_parts_add(parts, "./overlay/kustomization.yaml",
                                  STR("resources: [../base, deploy.yaml, ., 'https://example.com/x.yaml']\n"
                                      "patches: [{path: patch.yaml}]\n"
                                      "patchesStrategicMerge: [merge.yaml, \"a: b\\nc: d\"]\n"
                                      "configMapGenerator: [{name: a, files: [key=config.yaml]}]\n"),
                                  &files, NULL));
    assert_true(shelflife_input_parts_add(parts, "broken/kustomization.yaml", STR("["), &files, NULL));
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_str_equal(shelflife_input_parts_of(parts, cases[i].path), cases[i].of);
    shelflife_input_parts_free(parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_paths),
        cmocka_unit_test(knows_what_kustomize_would_fetch),
        cmocka_unit_test(knows_the_parts_of_kustomizations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
