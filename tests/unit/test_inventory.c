/* rooms: base json reference inventory */
#include "unit/inventory_kit.h"

/* ---- Looking up ---- */

static void images_are_found_by_digest_or_else_by_name_and_tag(void **state)
{
    (void)state;
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    kit_put(inventory, 'a', "2026-11-20");
    kit_put(inventory, 'b', "2026-11-20");
    kit_see(inventory, "registry.corp.example/team/app", "1", "2026-11-21", 'a');
    kit_see(inventory, "registry.corp.example/team/app", "latest", "2026-11-21", 'b');
    kit_see(inventory, "docker.io/library/python", "3.8", "2026-11-21", 'a');
    kit_see(inventory, "docker.io/library/debian", NULL, "2026-11-21", 'a');
    assert_int_equal(kit_find(inventory, "python:3.8"), '-');
    assert_int_equal(shelflife_inventory_count(inventory), 0);
    kit_finish(inventory);
    static const struct {
        const char *reference;
        char found;
    } cases[] = {
        {"registry.corp.example/team/app:1", 'a'},
        {"Registry.corp.example:443/team/app:1", 'a'},
        {"registry.corp.example/team/app", 'b'},
        {"registry.corp.example/team/app:latest", 'b'},
        {"python:3.8", 'a'},
        {"index.docker.io/library/python:3.8", 'a'},
        {"python", '-'},
        {"python:3.9", '-'},
        {"registry.corp.example/team:1", '-'},
        {"debian", '-'},        /* it was seen by its digest only */
        {"debian:latest", '-'}, /* likewise */
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (kit_find(inventory, cases[i].reference) != cases[i].found)
            fail_msg("%s: %c", cases[i].reference, kit_find(inventory, cases[i].reference));
    char text[256];
    snprintf(text, sizeof(text), "registry.corp.example/team/app:1@%s", kit_digest('b'));
    assert_int_equal(kit_find(inventory, text), 'b');
    snprintf(text, sizeof(text), "registry.corp.example/team/app:1@%s", kit_digest('c'));
    assert_int_equal(kit_find(inventory, text), '-');
    snprintf(text, sizeof(text), "elsewhere.example/x@%s", kit_digest('a'));
    assert_int_equal(kit_find(inventory, text), 'a');
    shelflife_inventory_free(inventory);
}

static void a_manifest_finds_its_index(void **state)
{
    (void)state;
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    struct shelflife_inventory_entry entry = kit_entry('a', "2026-11-20"), found;
    error err = {0};
    snprintf(entry.manifest, sizeof(entry.manifest), "%s", kit_digest('c'));
    assert_true(shelflife_inventory_put(inventory, &entry, &err));
    entry = kit_entry('b', "2026-11-21"); /* another index with the same manifest, inspected later */
    snprintf(entry.manifest, sizeof(entry.manifest), "%s", kit_digest('c'));
    assert_true(shelflife_inventory_put(inventory, &entry, &err));
    entry = kit_entry('e', "2026-11-22");
    snprintf(entry.manifest, sizeof(entry.manifest), "%s", kit_digest('d'));
    assert_true(shelflife_inventory_put(inventory, &entry, &err));
    kit_put(inventory, 'd', "2026-11-01"); /* a manifest that was inspected itself */
    kit_finish(inventory);
    assert_true(shelflife_inventory_find_digest(inventory, shelflife_str_of(kit_digest('c')), &found));
    assert_string_equal(found.digest, kit_digest('b'));
    assert_string_equal(found.manifest, kit_digest('c'));
    assert_true(shelflife_inventory_find_digest(inventory, shelflife_str_of(kit_digest('d')), &found));
    assert_string_equal(found.digest, kit_digest('d'));
    assert_false(shelflife_inventory_find_digest(inventory, STR("sha256:c"), &found));
    shelflife_inventory_free(inventory);
}

/* Where in the index digests are depends on the inventory's own key, so this is tried with many. */
static void digests_do_not_hide_each_other(void **state)
{
    (void)state;
    struct shelflife_inventory *inventories[100];
    for (size_t i = 0; i < COUNT(inventories); i++) {
        struct shelflife_inventory_entry entry = kit_entry('b', "2026-11-30"), found;
        error err = {0};
        inventories[i] = shelflife_inventory_new();
        snprintf(entry.manifest, sizeof(entry.manifest), "%s", kit_digest('a'));
        assert_true(shelflife_inventory_put(inventories[i], &entry, &err));
        kit_put(inventories[i], 'a', "2026-11-20");
        kit_see(inventories[i], "r.example/a", "1", "2026-11-20", 'b');
        kit_see(inventories[i], "r.example/b", "1", "2026-11-20", 'a');
        kit_finish(inventories[i]);
        for (const char *digit = "ab"; *digit; digit++) {
            assert_true(shelflife_inventory_find_digest(inventories[i], shelflife_str_of(kit_digest(*digit)),
                                                        &found));
            assert_string_equal(found.digest, kit_digest(*digit));
        }
        assert_int_equal(shelflife_inventory_index(inventories[i], shelflife_str_of(kit_digest('c'))),
                         SIZE_MAX);
    }
    for (size_t i = 0; i < COUNT(inventories); i++)
        shelflife_inventory_free(inventories[i]);
}

static void a_tag_names_the_image_that_was_seen_last(void **state)
{
    (void)state;
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    kit_put(inventory, 'a', "2026-11-20");
    kit_put(inventory, 'b', "2026-11-10");
    kit_put(inventory, 'c', "2026-11-19");
    kit_see(inventory, "r.example/app", "moved", "2026-11-22", 'b');
    kit_see(inventory, "r.example/app", "moved", "2026-11-21", 'a');
    kit_see(inventory, "r.example/app", "equal", "2026-11-21", 'a');
    kit_see(inventory, "r.example/app", "equal", "2026-11-21", 'c');
    kit_finish(inventory);
    assert_int_equal(kit_find(inventory, "r.example/app:moved"), 'b');
    assert_int_equal(kit_find(inventory, "r.example/app:equal"), 'a');
    char text[256];
    static const struct {
        const char *name;
        char digit;
        bool saw;
    } cases[] = {{"r.example/app:moved", 'a', true},    {"r.example/app:moved", 'b', true},
                 {"r.example/app:moved", 'c', false},   {"r.example/app:moved", 'd', false},
                 {"r.example/other:moved", 'a', false}, {"r.example/app", 'a', false}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        snprintf(text, sizeof(text), "%s@%s", cases[i].name, kit_digest(cases[i].digit));
        if (kit_saw(inventory, text) != cases[i].saw)
            fail_msg("%s", text);
    }
    assert_false(kit_saw(inventory, "r.example/app:moved"));
    shelflife_inventory_free(inventory);
}

/* ---- What is kept ---- */

static const struct shelflife_evidence pieces[] = {
    {SHELFLIFE_EVIDENCE_HISTORY, {0}, STR_INIT("ADD alpine-minirootfs-3.18.6-x86_64.tar.gz /")},
    {SHELFLIFE_EVIDENCE_ENV, STR_INIT("PYTHON_VERSION"), STR_INIT("3.8.20")},
    {SHELFLIFE_EVIDENCE_ANNOTATION, STR_INIT("a"), STR_INIT("\x01\"\\\xe2\x80\xae")},
    {SHELFLIFE_EVIDENCE_LABEL, STR_INIT("org.opencontainers.image.version"), STR_INIT("")},
    {SHELFLIFE_EVIDENCE_ENV, STR_INIT("NODE_VERSION"), STR_INIT("16.20.2")},
};

static struct shelflife_inventory_entry full_entry(void)
{
    struct shelflife_inventory_entry entry = kit_entry('a', "2026-11-20");
    snprintf(entry.manifest, sizeof(entry.manifest), "%s", kit_digest('b'));
    entry.platform = STR("linux/arm64/v8");
    entry.evidence = (struct shelflife_evidence_list){pieces, COUNT(pieces)};
    entry.base_name = STR("docker.io/library/python:3.8-alpine");
    entry.base_digest = shelflife_str_of(kit_digest('f'));
    entry.snapshot = kit_day("2026-08-03");
    entry.outdated = true;
    entry.rules = 0xfedcba9876543210;
    return entry;
}

static void check_full(const struct shelflife_inventory *inventory)
{
    static const size_t order[] = {1, 4, 3, 0, 2}; /* by kind */
    struct shelflife_inventory_entry entry;
    struct shelflife_inventory_reference reference;
    assert_int_equal(shelflife_inventory_count(inventory), 1);
    shelflife_inventory_at(inventory, 0, &entry);
    assert_string_equal(entry.digest, kit_digest('a'));
    assert_string_equal(entry.manifest, kit_digest('b'));
    assert_str_equal(entry.platform, "linux/arm64/v8");
    assert_int_equal(entry.inspected, kit_day("2026-11-20"));
    assert_int_equal(entry.last_seen, kit_day("2026-11-22"));
    assert_int_equal(entry.evidence.count, COUNT(pieces));
    for (size_t i = 0; i < COUNT(pieces); i++) {
        const struct shelflife_evidence *piece = &entry.evidence.at[i], *wanted = &pieces[order[i]];
        assert_int_equal(piece->kind, wanted->kind);
        assert_true(shelflife_str_equal(piece->name, wanted->name));
        assert_true(shelflife_str_equal(piece->value, wanted->value));
    }
    assert_str_equal(entry.base_name, "docker.io/library/python:3.8-alpine");
    assert_str_equal(entry.base_digest, kit_digest('f'));
    assert_int_equal(entry.snapshot, kit_day("2026-08-03"));
    assert_true(entry.outdated);
    assert_true(entry.rules == 0xfedcba9876543210);
    assert_int_equal(shelflife_inventory_reference_count(inventory, 0), 3);
    static const struct shelflife_inventory_reference references[] = {
        {STR_INIT("localhost:5000/app"), {0}, 0},
        {STR_INIT("localhost:5000/app"), STR_INIT("1.0_X-y"), 0},
        {STR_INIT("registry/b"), STR_INIT("0"), 0}};
    for (size_t k = 0; k < COUNT(references); k++) {
        shelflife_inventory_reference_at(inventory, 0, k, &reference);
        assert_true(shelflife_str_equal(reference.name, references[k].name));
        assert_true(shelflife_str_equal(reference.tag, references[k].tag));
    }
    assert_int_equal(reference.last_seen, kit_day("2026-11-22"));
    assert_int_equal(shelflife_inventory_as_of(inventory), kit_day("2026-11-20"));
}

static void what_was_put_is_there_and_in_the_file(void **state)
{
    (void)state;
    struct shelflife_inventory *inventory = shelflife_inventory_new(), *again = shelflife_inventory_new();
    struct shelflife_inventory_entry entry = full_entry();
    error err = {0};
    assert_true(shelflife_inventory_put(inventory, &entry, &err));
    kit_see(inventory, "registry/b", "0", "2026-11-22", 'a');
    kit_see(inventory, "localhost:5000/app", "1.0_X-y", "2026-11-21", 'a');
    kit_see(inventory, "localhost:5000/app", NULL, "2026-11-21", 'a');
    kit_finish(inventory);
    check_full(inventory);
    CLEANUP(shelflife_buffer_free) buffer bytes, twice;
    kit_write(inventory, NULL, &bytes);
    assert_str_equal(
        shelflife_buffer_str(&bytes),
        "{\"apiVersion\":\"shelflife.dev/v1\",\"kind\":\"Inventory\",\"asOf\":\"2026-11-20\",\"images\":[\n"
        "{\"digest\":\"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
        "\"manifest\":\"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\","
        "\"platform\":\"linux/arm64/v8\",\"inspected\":\"2026-11-20\",\"rules\":\"fedcba9876543210\","
        "\"references\":[{\"name\":\"localhost:5000/app\",\"lastSeen\":\"2026-11-21\"},"
        "{\"name\":\"localhost:5000/app:1.0_X-y\",\"lastSeen\":\"2026-11-21\"},"
        "{\"name\":\"registry/b:0\",\"lastSeen\":\"2026-11-22\"}],"
        "\"evidence\":{\"env\":{\"PYTHON_VERSION\":\"3.8.20\",\"NODE_VERSION\":\"16.20.2\"},"
        "\"labels\":{\"org.opencontainers.image.version\":\"\"},"
        "\"history\":[\"ADD alpine-minirootfs-3.18.6-x86_64.tar.gz /\"],"
        "\"annotations\":{\"a\":\"\\u0001\\\"\\\\\\u202e\"}},"
        "\"base\":{\"name\":\"docker.io/library/python:3.8-alpine\","
        "\"digest\":\"sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"},"
        "\"snapshot\":\"2026-08-03\",\"outdated\":true}\n]}\n");
    assert_true(shelflife_inventory_add(again, shelflife_buffer_str(&bytes), "a.json", &err));
    kit_finish(again);
    check_full(again);
    kit_write(again, NULL, &twice);
    assert_true(shelflife_str_equal(shelflife_buffer_str(&bytes), shelflife_buffer_str(&twice)));
    shelflife_inventory_free(inventory);
    shelflife_inventory_free(again);
}

static void what_cannot_be_kept_is_refused(void **state)
{
    (void)state;
    static char long_text[SHELFLIFE_EVIDENCE_MAX_BYTES + 1];
    static struct shelflife_evidence many[SHELFLIFE_EVIDENCE_MAX + 1];
    struct shelflife_evidence large = {SHELFLIFE_EVIDENCE_ENV, {0}, {long_text, sizeof(long_text)}};
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    struct shelflife_inventory_entry entry = kit_entry('a', "2026-11-20");
    struct shelflife_inventory_reference reference = {STR("r.example/app"), STR("1"), 20000};
    error err = {0};
    memset(long_text, 'x', sizeof(long_text));
    assert_false(shelflife_inventory_see(inventory, &reference, shelflife_str_of(entry.digest), &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    entry.digest[10] = 'A';
    assert_false(shelflife_inventory_put(inventory, &entry, &err));
    assert_non_null(strstr(err.text, "is not a digest"));
    entry = kit_entry('a', "2026-11-20");
    entry.evidence = (struct shelflife_evidence_list){many, COUNT(many)};
    assert_false(shelflife_inventory_put(inventory, &entry, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    assert_non_null(strstr(err.text, "1025 pieces of evidence, but at most 1024"));
    entry.evidence = (struct shelflife_evidence_list){&large, 1};
    assert_false(shelflife_inventory_put(inventory, &entry, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    large = (struct shelflife_evidence){SHELFLIFE_EVIDENCE_LABEL, STR("a"), STR("\xff")};
    assert_false(shelflife_inventory_put(inventory, &entry, &err));
    assert_string_equal(err.text, "the image's configuration is not valid UTF-8: label \"a\"");
    entry.evidence.count = 0;
    entry.base_name = STR("\xff");
    assert_false(shelflife_inventory_put(inventory, &entry, &err));
    entry.base_name = (str){0};
    entry.platform = (str){long_text, 256};
    assert_false(shelflife_inventory_put(inventory, &entry, &err));
    entry.platform = (str){0};
    entry.inspected = SHELFLIFE_DAY_NONE;
    assert_false(shelflife_inventory_put(inventory, &entry, &err));
    entry = kit_entry('a', "2026-11-20");
    entry.base_digest = STR("sha256:none"); /* left out */
    assert_true(shelflife_inventory_put(inventory, &entry, &err));
    const struct shelflife_inventory_reference wrong[] = {
        {STR("r.example/app"), STR("1"), SHELFLIFE_DAY_NONE},
        {STR("r.example/app"), STR(":"), 20000},
        {STR("app"), STR("1"), 20000},
        {{long_text, SHELFLIFE_REFERENCE_MAX - 1}, STR("1"), 20000},
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(shelflife_inventory_see(inventory, &wrong[i], shelflife_str_of(entry.digest), &err));
    reference.last_seen = SHELFLIFE_DAY_NONE;
    assert_false(shelflife_inventory_see(inventory, &reference, shelflife_str_of(entry.digest), &err));
    kit_finish(inventory);
    assert_int_equal(shelflife_inventory_count(inventory), 1);
    shelflife_inventory_at(inventory, 0, &entry);
    assert_int_equal(entry.base_digest.len, 0);
    assert_int_equal(entry.last_seen, SHELFLIFE_DAY_NONE);
    assert_false(shelflife_inventory_put(inventory, &entry, &err));
    assert_false(shelflife_inventory_add(inventory, STR("{}"), "x", &err));
    shelflife_inventory_free(inventory);
}

static void an_entry_is_replaced_and_keeps_its_references(void **state)
{
    (void)state;
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    struct shelflife_inventory_entry entry;
    kit_put(inventory, 'a', "2026-11-20");
    kit_see(inventory, "r.example/app", "1", "2026-11-20", 'a');
    kit_put(inventory, 'a', "2026-11-19");
    kit_finish(inventory);
    assert_int_equal(kit_find(inventory, "r.example/app:1"), 'a');
    shelflife_inventory_at(inventory, 0, &entry);
    assert_int_equal(entry.inspected, kit_day("2026-11-19"));
    assert_int_equal(entry.last_seen, kit_day("2026-11-20"));
    shelflife_inventory_free(inventory);
}

static void a_reference_has_the_day_it_was_seen_last(void **state)
{
    (void)state;
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    struct shelflife_inventory_reference seen;
    struct shelflife_inventory_entry entry;
    kit_put(inventory, 'a', "2026-11-20");
    kit_see(inventory, "r.example/app", "1", "2026-11-20", 'a');
    kit_see(inventory, "r.example/app", "1", "2026-11-22", 'a');
    kit_see(inventory, "r.example/app", "1", "2026-11-21", 'a');
    kit_finish(inventory);
    assert_int_equal(shelflife_inventory_reference_count(inventory, 0), 1);
    shelflife_inventory_reference_at(inventory, 0, 0, &seen);
    assert_int_equal(seen.last_seen, kit_day("2026-11-22"));
    shelflife_inventory_at(inventory, 0, &entry);
    assert_int_equal(entry.last_seen, kit_day("2026-11-22"));
    shelflife_inventory_free(inventory);
}

static void what_was_not_seen_for_long_is_dropped(void **state)
{
    (void)state;
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    for (const char *digit = "abcd"; *digit; digit++)
        kit_put(inventory, *digit, "2026-11-20");
    kit_see(inventory, "r.example/app", "1", "2026-10-01", 'a');
    kit_see(inventory, "r.example/app", "2", "2026-10-01", 'b');
    kit_see(inventory, "r.example/app", "2b", "2026-11-01", 'b');
    kit_see(inventory, "r.example/app", "3", "2026-10-01", 'c');
    assert_int_equal(shelflife_inventory_drop(inventory, kit_day("2026-10-15")), 3); /* d was never seen */
    assert_int_equal(shelflife_inventory_drop(inventory, kit_day("2026-10-15")), 0);
    kit_put(inventory, 'c', "2026-11-21"); /* it is back, but its tag has not been seen again */
    kit_finish(inventory);
    assert_int_equal(shelflife_inventory_count(inventory), 2);
    assert_int_equal(kit_find(inventory, "r.example/app:1"), '-');
    assert_int_equal(kit_find(inventory, "r.example/app:2"), '-');
    assert_int_equal(kit_find(inventory, "r.example/app:2b"), 'b');
    assert_int_equal(kit_find(inventory, "r.example/app:3"), '-');
    shelflife_inventory_free(inventory);
}

/* An image with evidence of its own: a short text, and one of `size` bytes. */
static void put_with_text(struct shelflife_inventory *inventory, char digit, size_t size)
{
    static char text[SHELFLIFE_EVIDENCE_MAX_BYTES];
    const struct shelflife_evidence own[] = {
        {SHELFLIFE_EVIDENCE_ENV, STR("DIGIT"), {&digit, 1}},
        {SHELFLIFE_EVIDENCE_LABEL, STR("text"), {text, size}},
    };
    struct shelflife_inventory_entry entry = kit_entry(digit, "2026-11-20");
    error err = {0};
    memset(text, 'x', sizeof(text));
    entry.evidence = (struct shelflife_evidence_list){own, COUNT(own)};
    if (!shelflife_inventory_put(inventory, &entry, &err))
        fail_msg("%s", err.text);
}

static void check_text(const struct shelflife_inventory *inventory, char digit, size_t size)
{
    struct shelflife_inventory_entry entry;
    assert_true(shelflife_inventory_find_digest(inventory, shelflife_str_of(kit_digest(digit)), &entry));
    assert_int_equal(entry.evidence.count, 2);
    assert_str_equal(entry.evidence.at[0].name, "DIGIT");
    assert_true(shelflife_str_equal(entry.evidence.at[0].value, (str){&digit, 1}));
    assert_int_equal(entry.evidence.at[1].value.len, size);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(entry.evidence.at[1].value.at[i], 'x');
}

static void evidence_is_kept_whole_and_merged_whole(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 127, 128, 129, SHELFLIFE_EVIDENCE_MAX_BYTES - 10};
    static const char digits[] = "0123456789abcdef";
    struct shelflife_inventory *one = shelflife_inventory_new(), *both = shelflife_inventory_new();
    error err = {0};
    for (size_t i = 0; i < COUNT(sizes); i++)
        put_with_text(one, digits[i], sizes[i]);
    assert_int_equal(shelflife_inventory_evidence_count(one), 0); /* not yet known */
    kit_finish(one);
    assert_int_equal(shelflife_inventory_evidence_count(one), COUNT(sizes) + 1); /* and none */
    for (size_t i = 0; i < COUNT(sizes); i++)
        check_text(one, digits[i], sizes[i]);
    put_with_text(both, 'f', 5);
    put_with_text(both, '0', 7); /* replaced by the merge */
    assert_true(shelflife_inventory_merge(both, one, &err));
    assert_true(shelflife_inventory_memory(both) > shelflife_inventory_memory(one));
    kit_finish(both);
    kit_finish(both); /* a second time, it does nothing */
    check_text(both, 'f', 5);
    for (size_t i = 0; i < COUNT(sizes); i++)
        check_text(both, digits[i], sizes[i]);
    assert_false(shelflife_inventory_merge(both, one, &err));
    assert_string_equal(err.text, "nothing can be added to a finished inventory");
    assert_int_equal(shelflife_inventory_drop(both, kit_day("2027-01-01")), 0);
    shelflife_inventory_free(one);
    shelflife_inventory_free(both);
}

static bool refuse(void *context, str bytes, error *err)
{
    (void)context;
    return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%zu bytes refused", bytes.len);
}

static void writing_ends_when_the_sink_fails(void **state)
{
    (void)state;
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    static const struct shelflife_inventory_file whole;
    error err = {0};
    for (const char *digit = "0123456789"; *digit; digit++)
        put_with_text(inventory, *digit, 8000);
    kit_finish(inventory);
    assert_false(shelflife_inventory_write(inventory, &whole, refuse, NULL, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_IO);
    assert_true(strtoul(err.text, NULL, 10) > 65536); /* not only at the end */
    assert_true(strtoul(err.text, NULL, 10) < 80000);
    shelflife_inventory_free(inventory);
}

/* ---- Files ---- */

#define HEAD "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Inventory\", "
#define D_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define D_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define IMAGE(digest, inspected, tag, seen)                                                                  \
    "{\"digest\": \"" digest "\", \"inspected\": \"" inspected                                               \
    "\", \"references\": [{\"name\": \"r.example/app:" tag "\", \"lastSeen\": \"" seen "\"}]}"

static void files_are_merged(void **state)
{
    (void)state;
    struct shelflife_inventory *inventory = shelflife_inventory_new(), *more = shelflife_inventory_new();
    struct shelflife_inventory_entry entry;
    error err = {0};
    kit_add(inventory,
            HEAD "\"asOf\": \"2026-11-20\", \"images\": [" IMAGE(D_A, "2026-11-20", "1", "2026-11-20") "]}");
    kit_add(inventory,
            HEAD "\"asOf\": \"2026-11-10\", \"images\": [" IMAGE(
                D_A, "2026-11-10", "2", "2026-11-09") "," IMAGE(D_B, "2026-11-10", "1", "2026-11-19") "]}");
    assert_false(shelflife_inventory_merge(inventory, more, &err)); /* it is not finished */
    kit_add(more, HEAD "\"images\": [" IMAGE(D_B, "2026-11-25", "3", "2026-11-25") "]}");
    kit_finish(more);
    assert_true(shelflife_inventory_merge(inventory, more, &err));
    kit_finish(inventory);
    assert_int_equal(shelflife_inventory_as_of(inventory), kit_day("2026-11-25"));
    assert_int_equal(shelflife_inventory_count(inventory), 2);
    assert_int_equal(kit_find(inventory, "r.example/app:1"), 'a');
    assert_int_equal(kit_find(inventory, "r.example/app:2"), 'a');
    assert_int_equal(kit_find(inventory, "r.example/app:3"), 'b');
    shelflife_inventory_at(inventory, 0, &entry);
    assert_int_equal(entry.inspected, kit_day("2026-11-20"));
    shelflife_inventory_at(inventory, 1, &entry);
    assert_int_equal(entry.inspected, kit_day("2026-11-25"));
    shelflife_inventory_free(more);
    shelflife_inventory_free(inventory);
}

#define PART(edition, index, count, images)                                                                  \
    HEAD "\"part\": {\"edition\": \"" edition "\", \"index\": " index ", \"count\": " count                  \
         "}, \"images\": [" images "]}"
#define OLD "2026-11-20T10:00:00Z"
#define NEW "2026-11-21T10:00:00Z"

static void the_newest_complete_edition_counts(void **state)
{
    (void)state;
    static const char *const files[] = {
        PART(NEW, "1", "2", IMAGE(D_A, "2026-11-21", "new1", "2026-11-21")),
        PART(OLD, "0", "2", IMAGE(D_A, "2026-11-20", "old0", "2026-11-20")),
        PART(OLD, "1", "2", IMAGE(D_B, "2026-11-20", "old1", "2026-11-20")),
        HEAD "\"images\": [" IMAGE(D_B, "2026-11-20", "whole", "2026-11-20") "]}",
        PART(NEW, "0", "2", IMAGE(D_B, "2026-11-21", "new0", "2026-11-21")),
    };
    static const char *const tags[] = {"r.example/app:old0", "r.example/app:old1", "r.example/app:new0",
                                       "r.example/app:new1", "r.example/app:whole"};
    static const struct {
        unsigned files; /* bits */
        const char *found, *error;
    } cases[] = {
        {0x0f, "ab--b", NULL},
        {0x1f, "--bab", NULL},
        {0x17, "--ba-", NULL},
        {0x0b, NULL,
         "part 1 of 2 of the inventory's edition 2026-11-21T10:00:00Z is missing, and no other edition is "
         "complete: give all of its parts"},
        {0x12, NULL, "part 2 of 2 of the inventory's edition 2026-11-21T10:00:00Z is missing"},
        {0x08, "----b", NULL},
        {0x00, "-----", NULL},
    };
    for (size_t c = 0; c < COUNT(cases); c++) {
        struct shelflife_inventory *inventory = shelflife_inventory_new();
        error err = {0};
        for (size_t i = 0; i < COUNT(files); i++)
            if (cases[c].files >> i & 1)
                kit_add(inventory, files[i]);
        bool finished = shelflife_inventory_finish(inventory, &err);
        if (finished != !cases[c].error ||
            (!finished && strncmp(err.text, cases[c].error, strlen(cases[c].error)) != 0))
            fail_msg("case %zu: %s", c, err.text);
        for (size_t i = 0; finished && i < COUNT(tags); i++)
            if (kit_find(inventory, tags[i]) != cases[c].found[i])
                fail_msg("case %zu: %s: %c", c, tags[i], kit_find(inventory, tags[i]));
        shelflife_inventory_free(inventory);
    }
}

static void what_was_not_seen_for_long_is_dropped_from_parts(void **state)
{
    (void)state;
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    kit_add(inventory, PART(OLD, "0", "2",
                            IMAGE(D_A, "2026-11-20", "0", "2026-10-01") "," IMAGE(D_B, "2026-11-20", "1",
                                                                                  "2026-11-20")));
    kit_add(inventory, PART(OLD, "1", "2", IMAGE(D_A, "2026-11-20", "2", "2026-10-02")));
    assert_true(shelflife_inventory_memory(inventory) > 1000);
    assert_int_equal(shelflife_inventory_drop(inventory, kit_day("2026-11-01")), 2);
    kit_finish(inventory);
    assert_int_equal(shelflife_inventory_count(inventory), 1);
    assert_int_equal(kit_find(inventory, "r.example/app:1"), 'b');
    shelflife_inventory_free(inventory);
}

static void a_file_is_added_once_and_not_to_a_finished_inventory(void **state)
{
    (void)state;
    static const char empty[] = HEAD "\"asOf\": \"2026-11-20\", \"images\": []}";
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    struct shelflife_inventory_reader *reader = shelflife_inventory_reader_new(inventory, "r.json");
    error err = {0};
    kit_add(inventory, HEAD "\"asOf\": \"2026-11-21\", \"images\": []}");
    assert_true(shelflife_inventory_reader_feed(reader, shelflife_str_of(empty), &err));
    assert_true(shelflife_inventory_reader_end(reader, &err));
    assert_false(shelflife_inventory_reader_end(reader, &err));
    assert_string_equal(err.text, "r.json: the file was added already");
    shelflife_inventory_reader_free(reader);
    shelflife_inventory_reader_free(NULL);
    assert_int_equal(shelflife_inventory_as_of(inventory), kit_day("2026-11-21"));
    kit_finish(inventory);
    assert_false(shelflife_inventory_add(inventory, shelflife_str_of(empty), "late.json", &err));
    assert_string_equal(err.text, "late.json: nothing can be added to a finished inventory");
    shelflife_inventory_free(inventory);
    shelflife_inventory_free(NULL);
}

static void parts_that_are_written_are_the_whole(void **state)
{
    (void)state;
    struct shelflife_inventory *inventory = shelflife_inventory_new(), *again = shelflife_inventory_new();
    for (const char *digit = "0123456789"; *digit; digit++) {
        kit_put(inventory, *digit, "2026-11-20");
        kit_see(inventory, "r.example/app", (char[]){*digit, '\0'}, "2026-11-20", *digit);
    }
    kit_finish(inventory);
    static const size_t sizes[] = {3, 0, 7};
    size_t first = 0;
    for (uint32_t i = 0; i < COUNT(sizes); i++) {
        struct shelflife_inventory_file file = {.as_of = kit_day("2026-11-29"),
                                                .part_count = COUNT(sizes),
                                                .part_index = i,
                                                .edition = 1796000000,
                                                .first = first,
                                                .entries = sizes[i]};
        CLEANUP(shelflife_buffer_free) buffer bytes;
        error err = {0};
        kit_write(inventory, &file, &bytes);
        if (!shelflife_inventory_add(again, shelflife_buffer_str(&bytes), "part", &err))
            fail_msg("%s", err.text);
        first += sizes[i];
    }
    kit_finish(again);
    assert_int_equal(shelflife_inventory_as_of(again), kit_day("2026-11-29"));
    assert_int_equal(shelflife_inventory_count(again), 10);
    assert_int_equal(kit_find(again, "r.example/app:7"), '7');
    struct shelflife_inventory_file beyond = {.part_count = 1, .first = 4, .entries = 7};
    error err = {0};
    assert_false(shelflife_inventory_write(inventory, &beyond, kit_append, NULL, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    shelflife_inventory_free(inventory);
    shelflife_inventory_free(again);
}

#define ENTRY(more) HEAD "\"images\": [{\"digest\": \"" D_A "\", \"inspected\": \"2026-11-20\"" more "}]}"

static const struct {
    const char *json, *error;
} broken[] = {
    {"", "test.json: line 1, column 1"},
    {"[]", "test.json: expected a map, found an array"},
    {"{}", "test.json: the key \"apiVersion\" is missing"},
    {HEAD "\"images\": []", "test.json: line 1"},
    {HEAD "\"images\": []} x", "test.json: line 1"},
    {"{\"apiVersion\": \"shelflife.dev/v2\"}",
     "test.json: apiVersion: expected \"shelflife.dev/v1\", found \"shelflife.dev/v2\""},
    {"{\"kind\": \"Catalog\"}", "test.json: kind: expected \"Inventory\", found \"Catalog\""},
    {"{\"kind\": null}", "test.json: kind: expected a string, found null"},
    {HEAD "\"imagse\": []}", "test.json: unknown key \"imagse\": did you mean \"images\"?"},
    {HEAD "\"kind\": \"Inventory\"}", "test.json: the key \"kind\" is there twice"},
    {HEAD "\"asOf\": \"2026-13-01\"}", "test.json: asOf: \"2026-13-01\" is not a date: write YYYY-MM-DD"},
    {HEAD "\"asOf\": 1}", "test.json: asOf: expected a string, found a number"},
    {HEAD "\"images\": {}}", "test.json: images: expected an array, found a map"},
    {HEAD "\"images\": [1]}", "test.json: images[0]: expected a map, found a number"},
    {HEAD "\"images\": [{}]}", "test.json: images[0]: the key \"digest\" is missing"},
    {HEAD "\"images\": [{\"digest\": \"sha256:12\"}]}",
     "test.json: images[0].digest: \"sha256:12\" is not a digest: sha256: and 64 hexadecimal digits"},
    {HEAD "\"images\": [{\"digest\": [[[[", "test.json: images[0].digest: expected a string, found an array"},
    {ENTRY(", \"manifest\": \"\""), "test.json: images[0].manifest: \"\" is not a digest"},
    {ENTRY(", \"rules\": \"12\""), "test.json: images[0].rules: expected 16 hexadecimal digits"},
    {ENTRY(", \"rules\": \"000000000000000G\""),
     "test.json: images[0].rules: expected 16 hexadecimal digits"},
    {ENTRY(", \"outdated\": 1"), "test.json: images[0].outdated: expected true or false, found a number"},
    {ENTRY(", \"verdict\": 1"), "test.json: images[0]: unknown key \"verdict\""},
    {ENTRY(", \"references\": [{\"name\": \"python:3.8\"}]"),
     "test.json: images[0].references[0].name: \"python:3.8\" is not a complete reference without a digest: "
     "write it like docker.io/library/python:3.8"},
    {ENTRY(", \"references\": [{\"name\": \"a.b/c@" D_A "\"}]"),
     "test.json: images[0].references[0].name: \"a.b/c@"},
    {ENTRY(", \"references\": [{\"name\": \"a.b/c:\"}]"),
     "test.json: images[0].references[0].name: \"a.b/c:\""},
    {ENTRY(", \"references\": [{\"name\": \"a.b/c:-\"}]"), "test.json: images[0].references[0].name"},
    {ENTRY(", \"references\": [{\"name\": \"a.b/C\"}]"), "test.json: images[0].references[0].name"},
    {ENTRY(", \"references\": [{\"name\": \"a.b/\"}]"), "test.json: images[0].references[0].name"},
    {ENTRY(", \"references\": [{\"name\": \"a.b/c\"}]"),
     "test.json: images[0].references[0]: the key \"lastSeen\" is missing"},
    {ENTRY(", \"evidence\": {\"env\": {\"A\": \"1\", \"B\": 2}}"),
     "test.json: images[0].evidence.env.B: expected a string, found a number"},
    {ENTRY(", \"evidence\": {\"env\": {\"A\": {}}}"),
     "test.json: images[0].evidence.env.A: expected a string, found a map"},
    {ENTRY(", \"evidence\": {\"history\": [\"x\", false]}"),
     "test.json: images[0].evidence.history[1]: expected a string, found true or false"},
    {ENTRY(", \"evidence\": {\"env\": {\"A\": \"\xff\"}}"),
     "test.json: images[0].evidence.env.A: the text is not valid UTF-8"},
    {ENTRY(", \"evidence\": {\"env\": {\"\xff\": \"\"}}"), "test.json: images[0].evidence.env."},
    {ENTRY(", \"evidence\": {\"env\": {\"a\\u202eb\\u0001\": 1}}"),
     "test.json: images[0].evidence.env.a?b?: expected a string, found a number"},
    {ENTRY(", \"base\": {\"digest\": \"x\"}"), "test.json: images[0].base.digest: \"x\" is not a digest"},
    {PART("yesterday", "0", "1", ""), "test.json: part.edition: \"yesterday\" is not a time"},
    {PART(OLD, "1", "1", ""), "test.json: part: the index must be from 0 to 0, but is 1"},
    {PART(OLD, "0", "0", ""), "test.json: part.count: an inventory has from 1 to 10000 parts"},
    {PART(OLD, "0", "10001", ""), "test.json: part.count: an inventory has from 1 to 10000 parts"},
    {PART(OLD, "0", "1e3", ""), "test.json: part.count: expected a whole number up to 10000, found 1e3"},
    {PART(OLD, "-1", "1", ""), "test.json: part.index: expected a whole number"},
    {PART(OLD, "99999999999999999999", "1", ""), "test.json: part.index: expected a whole number"},
};

static void broken_files_are_named_with_the_place(void **state)
{
    (void)state;
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    kit_put(inventory, 'b', "2026-11-20");
    for (size_t i = 0; i < COUNT(broken); i++) {
        str json = shelflife_str_of(broken[i].json);
        error whole = {0}, cut = {0};
        if (shelflife_inventory_add(inventory, json, "test.json", &whole) ||
            strncmp(whole.text, broken[i].error, strlen(broken[i].error)) != 0)
            fail_msg("%s\ngives %s\nnot %s", broken[i].json, whole.text, broken[i].error);
        /* The same byte by byte. */
        struct shelflife_inventory_reader *reader = shelflife_inventory_reader_new(inventory, "test.json");
        bool fine = true;
        for (size_t k = 0; fine && k < json.len; k++)
            fine = shelflife_inventory_reader_feed(reader, (str){json.at + k, 1}, &cut);
        assert_false(fine && shelflife_inventory_reader_end(reader, &cut));
        if (i > 0 && strncmp(cut.text, broken[i].error, strlen(broken[i].error)) != 0)
            fail_msg("%s\nbyte by byte gives %s\nnot %s", broken[i].json, cut.text, broken[i].error);
        shelflife_inventory_reader_free(reader);
    }
    kit_finish(inventory);
    assert_int_equal(shelflife_inventory_count(inventory), 1);
    shelflife_inventory_free(inventory);
}

/* Repeats a text between a head and a tail. */
static void repeat(buffer *out, const char *head, const char *text, size_t count, const char *tail)
{
    shelflife_buffer_init(out, SIZE_MAX);
    shelflife_buffer_append(out, shelflife_str_of(head));
    for (size_t i = 0; i < count; i++)
        shelflife_buffer_append(out, shelflife_str_of(text));
    shelflife_buffer_append(out, shelflife_str_of(tail));
    assert_false(out->failed);
}

static void hostile_files_meet_limits(void **state)
{
    (void)state;
    static const struct {
        const char *head, *text;
        size_t count;
        const char *tail, *error;
    } cases[] = {
        {HEAD "\"images\": [{\"digest\": \"" D_A "\", \"inspected\": \"2026-11-20\", \"evidence\": "
              "{\"history\": [\"\"",
         ",\"x\"", 100000, "]}}]}",
         "images[0].evidence.history[1024]: an image may have at most 1024 pieces of evidence"},
        {HEAD "\"images\": [{\"evidence\": {\"env\": {\"A\": \"", "xxxxxxxx", 1 << 20, "\"}}}]}",
         "images[0].evidence.env.A: a text may have at most 8192 bytes"},
        {HEAD "\"images\": [{\"evidence\": {\"env\": {\"", "xxxxxxxx", 1 << 20, "\": \"\"}}}]}",
         "images[0].evidence.env.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…: a text "
         "may have at most 8192 bytes"},
        {HEAD "\"images\": ", "[", 100000, "", "images[0]: expected a map, found an array"},
        {HEAD "\"images\": [{\"platform\": \"", "x", 256, "\"}]}",
         "images[0].platform: the text has 256 bytes, but may have 255"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_buffer_free) buffer json;
        struct shelflife_inventory *inventory = shelflife_inventory_new();
        error err = {0};
        repeat(&json, cases[i].head, cases[i].text, cases[i].count, cases[i].tail);
        assert_false(shelflife_inventory_add(inventory, shelflife_buffer_str(&json), "f", &err));
        if (strncmp(err.text + 3, cases[i].error, strlen(cases[i].error)) != 0)
            fail_msg("%s", err.text);
        shelflife_inventory_free(inventory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_found_by_digest_or_else_by_name_and_tag),
        cmocka_unit_test(a_manifest_finds_its_index),
        cmocka_unit_test(digests_do_not_hide_each_other),
        cmocka_unit_test(a_tag_names_the_image_that_was_seen_last),
        cmocka_unit_test(what_was_put_is_there_and_in_the_file),
        cmocka_unit_test(what_cannot_be_kept_is_refused),
        cmocka_unit_test(an_entry_is_replaced_and_keeps_its_references),
        cmocka_unit_test(a_reference_has_the_day_it_was_seen_last),
        cmocka_unit_test(what_was_not_seen_for_long_is_dropped),
        cmocka_unit_test(evidence_is_kept_whole_and_merged_whole),
        cmocka_unit_test(writing_ends_when_the_sink_fails),
        cmocka_unit_test(what_was_not_seen_for_long_is_dropped_from_parts),
        cmocka_unit_test(a_file_is_added_once_and_not_to_a_finished_inventory),
        cmocka_unit_test(files_are_merged),
        cmocka_unit_test(the_newest_complete_edition_counts),
        cmocka_unit_test(parts_that_are_written_are_the_whole),
        cmocka_unit_test(broken_files_are_named_with_the_place),
        cmocka_unit_test(hostile_files_meet_limits),
    };
    return cmocka_run_group_tests_name("inventory", tests, NULL, NULL);
}
