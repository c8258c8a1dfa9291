/* rooms: sources registry admission policy inventory catalog workload reference json log net pki file base */
#include "sources/snapshot.h"
#include "unit/sources_kit.h"

static struct shelflife_sources_snapshot *load(const struct shelflife_sources_config *config, error *err)
{
    return shelflife_sources_load(config, NULL, NULL, err);
}

static void assert_refused(const struct shelflife_sources_config *config, const char *why)
{
    error err = {0};
    struct shelflife_sources_snapshot *loaded = load(config, &err);
    assert_null(loaded);
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void later_catalog_replaces_the_earlier_one_of_its_name(void **state)
{
    char one[PATH_MAX], folder[PATH_MAX];
    error err;
    assert_int_equal(mkdir(path_in(state, "folder", folder), 0700), 0);
    put_catalog(state, "one.json", "own", 1);
    put_catalog(state, "folder/a.json", "own", 2);
    put_catalog(state, "folder/b.yaml", "another", 3);
    put_catalog(state, "folder/readme.md", "unread", 4);
    const char *catalogs[] = {path_in(state, "one.json", one), folder};
    struct shelflife_sources_config config = {.catalogs = catalogs, .catalog_count = 2, .no_embedded = true};
    struct shelflife_sources_snapshot *loaded = load(&config, &err);
    assert_non_null(loaded);
    const struct shelflife_catalogs *set = shelflife_sources_snapshot_view(loaded)->catalogs;
    assert_int_equal(shelflife_catalogs_count(set), 2);
    assert_int_equal(serial_of(set, "own"), 2);
    assert_int_equal(serial_of(set, "another"), 3);
    shelflife_sources_snapshot_release(loaded);
    config.no_embedded = false;
    loaded = load(&config, &err);
    assert_true(serial_of(shelflife_sources_snapshot_view(loaded)->catalogs, "endoflife") > 0);
    shelflife_sources_snapshot_release(loaded);
}

static void digest_depends_on_every_byte(void **state)
{
    static const char *const policies[] = {NULL, "apiVersion: shelflife.dev/v1\nkind: Policy\n",
                                           "apiVersion: shelflife.dev/v1\nkind: Policy\n\n"};
    char catalog[PATH_MAX], policy[PATH_MAX];
    const char *catalogs[] = {path_in(state, "own.json", catalog)};
    struct shelflife_sources_config config = {.catalogs = catalogs, .catalog_count = 1, .no_embedded = true};
    struct shelflife_sources_snapshot *loaded[2 * COUNT(policies)] = {0};
    for (size_t i = 0; i < COUNT(loaded); i++) {
        put_catalog(state, "own.json", "own", (int)(i % 2));
        if (policies[i / 2])
            put(state, "policy.yaml", shelflife_str_of(policies[i / 2]));
        config.policy = policies[i / 2] ? path_in(state, "policy.yaml", policy) : NULL;
        loaded[i] = load(&config, NULL);
        assert_non_null(loaded[i]);
        str digest = shelflife_sources_snapshot_view(loaded[i])->digest;
        assert_true(shelflife_str_starts(digest, STR("sha256:")));
        for (size_t k = 0; k < i; k++)
            assert_false(shelflife_str_equal(digest, shelflife_sources_snapshot_view(loaded[k])->digest));
    }
    struct shelflife_sources_snapshot *again = load(&config, NULL);
    assert_true(shelflife_str_equal(shelflife_sources_snapshot_view(again)->digest,
                                    shelflife_sources_snapshot_view(loaded[COUNT(loaded) - 1])->digest));
    shelflife_sources_snapshot_release(again);
    for (size_t i = 0; i < COUNT(loaded); i++)
        shelflife_sources_snapshot_release(loaded[i]);
}

static void bytes_of_catalogs_stay_if_asked_for(void **state)
{
    char path[PATH_MAX], text[1024];
    put_catalog(state, "own.json", "own", 1);
    const char *catalogs[] = {path_in(state, "own.json", path)};
    struct shelflife_sources_config config = {.catalogs = catalogs, .catalog_count = 1, .no_embedded = true};
    for (int keep = 0; keep < 2; keep++) {
        config.keep_bytes = keep;
        struct shelflife_sources_snapshot *loaded = load(&config, NULL);
        str bytes = shelflife_catalogs_bytes_at(shelflife_sources_snapshot_view(loaded)->catalogs, 0);
        assert_true(shelflife_str_equal(bytes, keep ? catalog_text("own", 1, text) : (str){0}));
        shelflife_sources_snapshot_release(loaded);
    }
}

static void name_that_no_catalog_has_is_reported(void **state)
{
    char catalog[PATH_MAX], policy[PATH_MAX];
    put_catalog(state, "own.json", "own", 1);
    put(state, "policy.yaml",
        STR("apiVersion: shelflife.dev/v1\nkind: Policy\noverrides:\n- catalogs: [typo]\n  notice: 30d\n"));
    const char *catalogs[] = {path_in(state, "own.json", catalog)};
    const struct shelflife_sources_config config = {.policy = path_in(state, "policy.yaml", policy),
                                                    .catalogs = catalogs,
                                                    .catalog_count = 1,
                                                    .no_embedded = true};
    error err = {0};
    size_t count = 0;
    struct shelflife_sources_snapshot *loaded = load(&config, &err);
    if (!loaded)
        fail_msg("%s", err.text);
    const str *unmatched = shelflife_sources_snapshot_unmatched(loaded, &count);
    assert_int_equal(count, 1);
    assert_non_null(memmem(unmatched[0].at, unmatched[0].len, "typo", 4));
    shelflife_sources_snapshot_release(loaded);
}

static void what_cannot_be_loaded_is_refused_by_name(void **state)
{
    char folder[PATH_MAX], path[PATH_MAX];
    const char *catalogs[1];
    struct shelflife_sources_config config = {.catalogs = catalogs, .no_embedded = true};
    assert_refused(&config, "there is no catalog");
    config.catalog_count = 1;
    assert_int_equal(mkdir(path_in(state, "folder", folder), 0700), 0);
    catalogs[0] = folder;
    assert_refused(&config, "folder contains no catalog");
    catalogs[0] = "/nowhere/own.json";
    assert_refused(&config, "cannot read /nowhere/own.json: No such file");
    catalogs[0] = "/dev/zero";
    assert_refused(&config, "cannot read /dev/zero: not a regular file");
    put(state, "bad.json", STR("{}"));
    catalogs[0] = path_in(state, "bad.json", path);
    assert_refused(&config, "bad.json");
    put(state, "bad.json.gz", STR("{}"));
    catalogs[0] = path_in(state, "bad.json.gz", path);
    assert_refused(&config, "bad.json.gz is not a valid gzip file");
    put_catalog(state, "own.json", "own", 1);
    catalogs[0] = path_in(state, "own.json", path);
    config.policy = "/dev/zero";
    assert_refused(&config, "cannot read /dev/zero: not a regular file");
    config.policy = "/nowhere/policy.yaml";
    assert_refused(&config, "/nowhere/policy.yaml: No such file");
    catalogs[0] = "https://catalogs.example/own.json";
    assert_refused(&config, "--catalog-key");
}

static void fingerprint_of(const struct shelflife_sources_config *config, buffer *out)
{
    struct shelflife_sources_inputs inputs;
    assert_true(shelflife_sources_inputs_open(&inputs, config, NULL, NULL, NULL));
    shelflife_buffer_init(out, 1 << 20);
    shelflife_sources_inputs_fingerprint(&inputs, out);
    shelflife_sources_inputs_close(&inputs);
}

static void fingerprint_changes_with_policy_and_folders(void **state)
{
    static const char *const changed[] = {"policy.yaml", "folder/a.json", "folder/new.yaml"};
    char folder[PATH_MAX], policy[PATH_MAX];
    assert_int_equal(mkdir(path_in(state, "folder", folder), 0700), 0);
    put(state, "policy.yaml", STR("1"));
    put(state, "folder/a.json", STR("1"));
    const char *catalogs[] = {folder};
    const struct shelflife_sources_config config = {
        .policy = path_in(state, "policy.yaml", policy), .catalogs = catalogs, .catalog_count = 1};
    for (size_t i = 0; i < COUNT(changed); i++) {
        CLEANUP(shelflife_buffer_free) buffer before, same, after;
        fingerprint_of(&config, &before);
        fingerprint_of(&config, &same);
        put(state, changed[i], STR("22"));
        fingerprint_of(&config, &after);
        assert_true(shelflife_str_equal(shelflife_buffer_str(&before), shelflife_buffer_str(&same)));
        assert_false(shelflife_str_equal(shelflife_buffer_str(&before), shelflife_buffer_str(&after)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(later_catalog_replaces_the_earlier_one_of_its_name),
        IN_A_FOLDER(digest_depends_on_every_byte),
        IN_A_FOLDER(bytes_of_catalogs_stay_if_asked_for),
        IN_A_FOLDER(name_that_no_catalog_has_is_reported),
        IN_A_FOLDER(what_cannot_be_loaded_is_refused_by_name),
        IN_A_FOLDER(fingerprint_changes_with_policy_and_folders),
    };
    return cmocka_run_group_tests_name("sources_snapshot", tests, NULL, NULL);
}
