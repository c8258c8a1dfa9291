/* rooms: sources registry admission policy inventory catalog workload reference json log net pki file base */
#include <zlib.h>

#include "catalog/evidence.h"
#include "sources/live.h"
#include "unit/inventory_kit.h"
#include "unit/sources_kit.h"

/* An inventory of one image, r.example/app:TAG, as JSON. */
static str inventory_text(char digit, const char *tag, const char *part, char text[1024])
{
    int n =
        snprintf(text, 1024,
                 "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Inventory\", \"asOf\": \"2026-11-20\", "
                 "%s\"images\": [{\"digest\": \"%s\", \"inspected\": \"2026-11-20\", \"references\": "
                 "[{\"name\": \"r.example/app:%s\", \"lastSeen\": \"2026-11-20\"}]}]}",
                 part, kit_digest(digit), tag);
    return (str){text, (size_t)n};
}

static void put_inventory(void **state, const char *file, char digit, const char *tag)
{
    char text[1024];
    put(state, file, inventory_text(digit, tag, "", text));
}

static void put_compressed(void **state, const char *file, str text)
{
    char path[PATH_MAX];
    gzFile gz = gzopen(path_in(state, file, path), "wb");
    assert_non_null(gz);
    assert_int_equal(gzwrite(gz, text.at, (unsigned)text.len), (int)text.len);
    assert_int_equal(gzclose(gz), Z_OK);
}

static void check_found(const char *const *paths, size_t count, const char *tag, char digit)
{
    error err = {0};
    char text[64];
    struct shelflife_sources_inventory *loaded = shelflife_sources_inventory_load(paths, count, NULL, &err);
    if (!loaded)
        fail_msg("%s", err.text);
    snprintf(text, sizeof(text), "r.example/app:%s", tag);
    assert_int_equal(kit_find(loaded->content, text), digit);
    shelflife_sources_release(loaded);
}

static void check_refused(const char *const *paths, size_t count, const char *why)
{
    error err = {0};
    assert_null(shelflife_sources_inventory_load(paths, count, NULL, &err));
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void files_are_loaded_compressed_or_not(void **state)
{
    char one[PATH_MAX], two[PATH_MAX], three[PATH_MAX], text[1024];
    put_inventory(state, "one.json", 'a', "1");
    put_compressed(state, "two.json.gz", inventory_text('b', "2", "", text));
    put_compressed(state, "three", inventory_text('c', "3", "", text)); /* whatever the name */
    const char *paths[] = {path_in(state, "one.json", one), path_in(state, "two.json.gz", two),
                           path_in(state, "three", three)};
    check_found(paths, 1, "1", 'a');
    check_found(paths + 1, 1, "2", 'b');
    check_found(paths + 2, 1, "3", 'c');
    check_found(paths, 3, "1", 'a');
    check_found(paths, 3, "3", 'c');
}

/* tests/lint/schemas compares these with policies/inventory.schema.json. */
static void files_as_the_schema_has_them_are_read(void **state)
{
    (void)state;
    const char *const full[] = {TESTS_DIR "/data/inventories/good/full.json"};
    check_found(full, 1, "1", '-');
    check_refused((const char *const[]){TESTS_DIR "/data/inventories/good/part.json"}, 1,
                  ": part 1 of 2 of the inventory's edition 2026-11-20T10:00:00Z is missing");
}

/* As the kubelet fills a folder: links to a folder that a link names, which is replaced whole. */
static void folder_of_a_volume_is_loaded(void **state)
{
    char path[PATH_MAX], text[1024];
    const char *paths[] = {*state};
    assert_int_equal(mkdir(path_in(state, "..2026_11_20", path), 0700), 0);
    put_compressed(
        state, "..2026_11_20/0.json.gz",
        inventory_text('a', "0",
                       "\"part\": {\"edition\": \"2026-11-20T10:00:00Z\", \"index\": 0, \"count\": 2}, ",
                       text));
    put_compressed(
        state, "..2026_11_20/1.json.gz",
        inventory_text('b', "1",
                       "\"part\": {\"edition\": \"2026-11-20T10:00:00Z\", \"index\": 1, \"count\": 2}, ",
                       text));
    assert_int_equal(symlink("..2026_11_20", path_in(state, "..data", path)), 0);
    assert_int_equal(symlink("..data/0.json.gz", path_in(state, "0.json.gz", path)), 0);
    check_refused(paths, 1, ": part 2 of 2 of the inventory's edition 2026-11-20T10:00:00Z is missing");
    assert_int_equal(symlink("..data/1.json.gz", path_in(state, "1.json.gz", path)), 0);
    put(state, "readme.md", STR("not read"));
    check_found(paths, 1, "0", 'a');
    check_found(paths, 1, "1", 'b');
}

static void editions_of_two_folders_are_independent(void **state)
{
    char path[PATH_MAX], other[PATH_MAX], text[1024];
    assert_int_equal(mkdir(path_in(state, "a", path), 0700), 0);
    assert_int_equal(mkdir(path_in(state, "b", other), 0700), 0);
    put(state, "a/0.json",
        inventory_text('a', "a",
                       "\"part\": {\"edition\": \"2026-11-20T10:00:00Z\", \"index\": 0, \"count\": 1}, ",
                       text));
    put(state, "b/0.json",
        inventory_text('b', "b",
                       "\"part\": {\"edition\": \"2026-11-21T10:00:00Z\", \"index\": 0, \"count\": 1}, ",
                       text));
    const char *paths[] = {path, other};
    check_found(paths, 2, "a", 'a');
    check_found(paths, 2, "b", 'b');
}

static void what_cannot_be_loaded_is_refused_by_name(void **state)
{
    char path[PATH_MAX], text[1024];
    const char *paths[] = {path};
    check_refused((const char *const[]){"/nowhere/i.json"}, 1, "cannot read /nowhere/i.json: No such file");
    check_refused((const char *const[]){*state}, 1, " contains no inventory (*.json or *.json.gz)");
    check_refused((const char *const[]){"/dev/zero"}, 1, "cannot read /dev/zero: not a regular file");
    put(state, "i.json", STR("{\"kind\": \"Catalog\"}"));
    check_refused(((const char *const[]){path_in(state, "i.json", path)}), 1,
                  "i.json: kind: expected \"Inventory\", found \"Catalog\"");
    str whole = inventory_text('a', "1", "", text);
    put(state, "i.json", shelflife_str_first(whole, whole.len - 1));
    check_refused(paths, 1, "i.json: line 1");
    put(state, "i.json", STR(""));
    check_refused(paths, 1, "i.json: line 1");
    put(state, "i.json", STR("\x1f\x8b\x08"));
    check_refused(paths, 1, "i.json is not a valid gzip file");
}

/* ---- In a server ---- */

struct server {
    struct shelflife_log log;
    struct shelflife_sources_config config;
    struct shelflife_sources_live live;
    char inventory[PATH_MAX], catalog[PATH_MAX];
    const char *inventories[1], *catalogs[1];
};

static void start(struct server *s, void **state)
{
    error err = {0};
    *s = (struct server){0};
    shelflife_log_init(&s->log, open("/dev/null", O_WRONLY | O_CLOEXEC), SHELFLIFE_LOG_TEXT);
    s->inventories[0] = path_in(state, "i.json", s->inventory);
    s->catalogs[0] = path_in(state, "c.json", s->catalog);
    s->config = (struct shelflife_sources_config){.catalogs = s->catalogs,
                                                  .catalog_count = 1,
                                                  .inventories = s->inventories,
                                                  .inventory_count = 1,
                                                  .no_embedded = true};
    put_catalog(state, "c.json", "own", 1);
    shelflife_sources_live_init(&s->live, &s->config, &s->log);
    if (!shelflife_sources_live_load(&s->live, &err))
        fail_msg("%s", err.text);
}

static void stop(struct server *s)
{
    int fd = s->log.fd;
    shelflife_sources_live_free(&s->live);
    shelflife_log_free(&s->log);
    close(fd);
}

/* What the server knows: the digit of r.example/app:1, '-' if it is not in the inventory, 0 if there is none.
 */
static char look(struct server *s)
{
    shelflife_sources_live_check(&s->live, false); /* a change counts when it is seen twice */
    shelflife_sources_live_check(&s->live, false);
    struct shelflife_sources_snapshot *taken = shelflife_sources_live_take(&s->live);
    const struct shelflife_inventory *inventory = shelflife_sources_snapshot_view(taken)->inventory;
    char digit = inventory ? kit_find(inventory, "r.example/app:1") : '\0';
    shelflife_sources_snapshot_release(taken);
    return digit;
}

static int64_t serial(struct server *s)
{
    struct shelflife_sources_snapshot *taken = shelflife_sources_live_take(&s->live);
    int64_t n = serial_of(shelflife_sources_snapshot_view(taken)->catalogs, "own");
    shelflife_sources_snapshot_release(taken);
    return n;
}

static void check_status(struct server *s, const char *wanted)
{
    CLEANUP(shelflife_buffer_free) buffer lines;
    shelflife_buffer_init(&lines, 1 << 16);
    shelflife_sources_live_write_status(&s->live, &lines);
    str text = shelflife_buffer_str(&lines);
    if (wanted ? !memmem(text.at, text.len, wanted, strlen(wanted)) : text.len > 0)
        fail_msg("the status is \"%.*s\", not \"%s\"", STR_PRINT(text), wanted ? wanted : "");
}

/* What the server's inventory says is found before a review asks, by each pair of catalogs and inventory. */
static void evidence_is_found_ahead(void **state)
{
    static const char catalog[] =
        "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"own\", \"asOf\": "
        "\"2026-01-01\", \"products\": [{\"name\": \"p\", \"repositories\": [\"r.example/p\"], "
        "\"evidence\": [{\"env\": \"P\"}], \"rows\": [{\"release\": \"%s\"}]}]}";
    static const char *const releases[] = {"1", "2", "1"};
    char text[1024];
    struct server s;
    int n = snprintf(text, sizeof(text),
                     "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Inventory\", \"asOf\": "
                     "\"2026-11-20\", \"images\": [{\"digest\": \"%s\", \"inspected\": \"2026-11-20\", "
                     "\"evidence\": {\"env\": {\"P\": \"2.3\"}}}]}",
                     kit_digest('a'));
    put(state, "i.json", (str){text, (size_t)n});
    start(&s, state);
    for (size_t i = 0; i < COUNT(releases); i++) {
        struct shelflife_inventory_entry entry;
        uint64_t probes = 0;
        n = snprintf(text, sizeof(text), catalog, releases[i]);
        put(state, "c.json", (str){text, (size_t)n});
        shelflife_sources_live_check(&s.live, false);
        shelflife_sources_live_check(&s.live, false);
        struct shelflife_sources_snapshot *taken = shelflife_sources_live_take(&s.live);
        const struct shelflife_snapshot *view = shelflife_sources_snapshot_view(taken);
        assert_true(
            shelflife_inventory_find_digest(view->inventory, shelflife_str_of(kit_digest('a')), &entry));
        const struct catalog_ahead_list *list =
            shelflife_catalog_ahead_of(view->catalogs, &entry.evidence, &probes);
        assert_non_null(list);
        assert_int_equal(list->count, i % 2);
        shelflife_sources_snapshot_release(taken);
    }
    stop(&s);
}

static uint64_t failures(struct server *s)
{
    return shelflife_sources_reload_count(&s->live.inventory_reload, false);
}

static void server_starts_without_an_inventory_that_is_missing_or_broken(void **state)
{
    struct server s;
    start(&s, state);
    assert_int_equal(look(&s), 0);
    assert_int_equal(failures(&s), 1);
    check_status(&s, "[!] loading of the inventory failed ");
    check_status(&s, "there is none in use: cannot read ");
    put(state, "i.json", STR("{"));
    assert_int_equal(look(&s), 0);
    assert_int_equal(failures(&s), 2);
    put_inventory(state, "i.json", 'a', "1");
    assert_int_equal(look(&s), 'a');
    assert_int_equal(failures(&s), 2);
    assert_int_equal(shelflife_sources_reload_count(&s.live.inventory_reload, true), 1);
    check_status(&s, NULL);
    stop(&s);
}

static void broken_inventory_replaces_none_and_stops_no_catalog(void **state)
{
    struct server s;
    char path[PATH_MAX];
    put_inventory(state, "i.json", 'a', "1");
    start(&s, state);
    assert_int_equal(look(&s), 'a');
    assert_int_equal(failures(&s), 0);
    put(state, "i.json", STR("{}"));
    put_catalog(state, "c.json", "own", 22);
    assert_int_equal(look(&s), 'a');
    assert_int_equal(serial(&s), 22);
    check_status(&s, "[!] reload of the inventory failed ");
    assert_int_equal(unlink(path_in(state, "i.json", path)), 0);
    assert_int_equal(look(&s), 'a');
    put(state, "c.json", STR("{}"));
    put_inventory(state, "i.json", 'b', "1");
    assert_int_equal(look(&s), 'b');
    assert_int_equal(serial(&s), 22);
    check_status(&s, "[!] reload of the snapshot failed ");
    stop(&s);
}

static void inventory_is_not_in_the_digest(void **state)
{
    struct shelflife_sources_config config = {0};
    char path[PATH_MAX];
    put_inventory(state, "i.json", 'a', "1");
    const char *paths[] = {path_in(state, "i.json", path), "/nowhere"};
    error err = {0};
    struct shelflife_sources_snapshot *without = shelflife_sources_load(&config, NULL, NULL, &err);
    config.inventories = paths;
    config.inventory_count = 1;
    struct shelflife_sources_snapshot *with = shelflife_sources_load(&config, NULL, NULL, &err);
    assert_true(without && with);
    assert_non_null(shelflife_sources_snapshot_view(with)->inventory);
    assert_true(shelflife_str_equal(shelflife_sources_snapshot_view(with)->digest,
                                    shelflife_sources_snapshot_view(without)->digest));
    shelflife_sources_snapshot_release(without);
    shelflife_sources_snapshot_release(with);
    config.inventory_count = 2; /* for a command, it is an error */
    assert_null(shelflife_sources_load(&config, NULL, NULL, &err));
    assert_string_equal(err.text, "cannot read /nowhere: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(files_are_loaded_compressed_or_not),
        cmocka_unit_test(files_as_the_schema_has_them_are_read),
        IN_A_FOLDER(folder_of_a_volume_is_loaded),
        IN_A_FOLDER(editions_of_two_folders_are_independent),
        IN_A_FOLDER(what_cannot_be_loaded_is_refused_by_name),
        IN_A_FOLDER(server_starts_without_an_inventory_that_is_missing_or_broken),
        IN_A_FOLDER(broken_inventory_replaces_none_and_stops_no_catalog),
        IN_A_FOLDER(evidence_is_found_ahead),
        IN_A_FOLDER(inventory_is_not_in_the_digest),
    };
    return cmocka_run_group_tests_name("sources inventory", tests, NULL, NULL);
}
