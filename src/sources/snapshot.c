#include "sources/snapshot.h"

#include <malloc.h>
#include <stdatomic.h>

#include "pki/pki.h"
#include "sources/files.h"
#include "sources/gunzip.h"
#include "sources/shared.h"

enum {
    FILE_MAX_BYTES = 64 << 20,
    DIGEST_MAX = sizeof("sha256:") + SHELFLIFE_PKI_SHA256_TEXT_MAX,
    UNMATCHED_MAX = 16, /* lines; one mistake can cause many */
    AHEAD_MAX_BYTES = 8 << 20,
};

/* What is loaded together, and used by all snapshots that differ in their inventory only. */
struct rules {
    struct shelflife_sources_shared shared;
    struct shelflife_catalogs *catalogs;
    struct shelflife_policy *policy;
    char digest[DIGEST_MAX];
    arena memory; /* of unmatched */
    const str *unmatched;
    size_t unmatched_count;
};

struct shelflife_sources_snapshot {
    struct shelflife_sources_shared shared;
    struct shelflife_snapshot view;
    struct rules *rules;
    struct shelflife_sources_inventory *inventory;
    struct shelflife_catalogs
        *ahead; /* those of the rules, with what the inventory's evidence says; or NULL */
};

static bool add_file(struct shelflife_catalogs *catalogs, const char *path, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes, plain;
    shelflife_buffer_init(&bytes, FILE_MAX_BYTES);
    shelflife_buffer_init(&plain, FILE_MAX_BYTES);
    if (!shelflife_file_read(path, &bytes, err))
        return false;
    bool compressed = shelflife_str_ends(shelflife_str_of(path), STR(".gz"));
    if (compressed && !shelflife_sources_gunzip(shelflife_buffer_str(&bytes), path, &plain, err))
        return false;
    return shelflife_catalogs_add(catalogs, shelflife_buffer_str(compressed ? &plain : &bytes), path, err);
}

static bool load_catalogs(struct rules *rules, const struct shelflife_sources_inputs *inputs, error *err)
{
    rules->catalogs = shelflife_catalogs_new();
    if (!rules->catalogs)
        return shelflife_fail_memory(err);
    if (!inputs->config->no_embedded && !shelflife_catalogs_add_embedded(rules->catalogs, err))
        return false;
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list files = {0};
    for (size_t i = 0; i < inputs->file_count; i++)
        if (!shelflife_sources_list_catalogs(&files, inputs->files[i], err))
            return false;
    for (size_t i = 0; i < files.count; i++)
        if (!add_file(rules->catalogs, files.at[i], err))
            return false;
    if (inputs->remotes && !shelflife_sources_remotes_add(inputs->remotes, rules->catalogs, err))
        return false;
    if (shelflife_catalogs_count(rules->catalogs) == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "there is no catalog: give at least one with --catalog");
    return shelflife_catalogs_finish(rules->catalogs, err);
}

static bool load_policy(struct rules *rules, const char *path, error *err)
{
    if (!path) {
        rules->policy = shelflife_policy_default(err);
        return rules->policy != NULL;
    }
    CLEANUP(shelflife_buffer_free) buffer bytes;
    shelflife_buffer_init(&bytes, FILE_MAX_BYTES);
    if (!shelflife_file_read(path, &bytes, err))
        return false;
    rules->policy = shelflife_policy_read(shelflife_buffer_str(&bytes), path, err);
    return rules->policy != NULL;
}

/* Of the length and the bytes of each part, so that different parts never give the same input. */
static bool compute_digest(struct rules *rules, error *err)
{
    size_t catalogs = shelflife_catalogs_count(rules->catalogs), n = catalogs + 1;
    CLEANUP(shelflife_arena_free) arena memory;
    shelflife_arena_init(&memory, SIZE_MAX);
    str *parts = shelflife_arena_array(&memory, n, 2 * sizeof(*parts));
    uint64_t *lengths = shelflife_arena_array(&memory, n, sizeof(*lengths));
    if (!parts || !lengths)
        return shelflife_arena_fail(&memory, err);
    for (size_t i = 0; i < n; i++) {
        str bytes = i < catalogs ? shelflife_catalogs_bytes_at(rules->catalogs, i)
                                 : shelflife_policy_bytes(rules->policy);
        lengths[i] = htole64((uint64_t)bytes.len);
        parts[2 * i] = (str){(const char *)&lengths[i], sizeof(lengths[i])};
        parts[2 * i + 1] = bytes;
    }
    char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    if (!shelflife_pki_sha256(parts, 2 * n, hex, err))
        return false;
    snprintf(rules->digest, sizeof(rules->digest), "sha256:%s", hex);
    return true;
}

static bool find_unmatched(struct rules *rules, error *err)
{
    return shelflife_policy_unmatched(rules->policy, rules->catalogs, UNMATCHED_MAX, &rules->memory,
                                      &rules->unmatched, &rules->unmatched_count, err);
}

/* Loading needs several times the memory of the result; without this the allocator would keep it. */
static void give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

static void destroy_rules(void *object)
{
    struct rules *rules = object;
    shelflife_policy_free(rules->policy);
    shelflife_catalogs_free(rules->catalogs);
    shelflife_arena_free(&rules->memory);
    free(rules);
}

static struct rules *load_rules(const struct shelflife_sources_inputs *inputs, error *err)
{
    struct rules *rules = calloc(1, sizeof(*rules));
    if (!rules) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_sources_share(rules, destroy_rules);
    shelflife_arena_init(&rules->memory, SIZE_MAX);
    if (!load_catalogs(rules, inputs, err) || !load_policy(rules, inputs->config->policy, err) ||
        !compute_digest(rules, err) || !find_unmatched(rules, err)) {
        shelflife_sources_release(rules);
        return NULL;
    }
    if (!inputs->config->keep_bytes)
        shelflife_catalogs_drop_bytes(rules->catalogs);
    return rules;
}

static void destroy(void *object)
{
    struct shelflife_sources_snapshot *snapshot = object;
    shelflife_catalogs_free(snapshot->ahead);
    shelflife_sources_release(snapshot->rules);
    shelflife_sources_release(snapshot->inventory);
    free(snapshot);
}

/* Of the process: no two snapshots have the same. */
static uint64_t next_edition(void)
{
    static atomic_uint_least64_t last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

static struct shelflife_sources_snapshot *join(struct rules *rules,
                                               struct shelflife_sources_inventory *inventory, error *err)
{
    struct shelflife_sources_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (!snapshot) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_sources_share(snapshot, destroy);
    snapshot->rules = shelflife_sources_keep(rules);
    snapshot->inventory = shelflife_sources_keep(inventory);
    snapshot->view = (struct shelflife_snapshot){.catalogs = rules->catalogs,
                                                 .policy = rules->policy,
                                                 .inventory = inventory ? inventory->content : NULL,
                                                 .digest = shelflife_str_of(rules->digest),
                                                 .edition = next_edition()};
    return snapshot;
}

/* Finds what the evidence of the inventory says, before reviews wait for it. */
static bool find_ahead(struct shelflife_sources_snapshot *snapshot, error *err)
{
    const struct shelflife_inventory *content = snapshot->view.inventory;
    const size_t count = content ? shelflife_inventory_evidence_count(content) : 0;
    if (count == 0)
        return true;
    struct shelflife_evidence_list *lists = calloc(count, sizeof(*lists));
    if (!lists)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < count; i++)
        lists[i] = shelflife_inventory_evidence_at(content, i);
    snapshot->ahead =
        shelflife_catalogs_find_ahead(snapshot->rules->catalogs, lists, count, AHEAD_MAX_BYTES, err);
    free(lists);
    if (snapshot->ahead)
        snapshot->view.catalogs = snapshot->ahead;
    return snapshot->ahead != NULL;
}

struct shelflife_sources_snapshot *shelflife_sources_snapshot_build(
    const struct shelflife_sources_inputs *inputs, error *err)
{
    struct rules *rules = load_rules(inputs, err);
    struct shelflife_sources_snapshot *snapshot = rules ? join(rules, NULL, err) : NULL;
    shelflife_sources_release(rules);
    give_back();
    return snapshot;
}

struct shelflife_sources_snapshot *shelflife_sources_snapshot_with(
    const struct shelflife_sources_snapshot *snapshot, struct shelflife_sources_inventory *inventory,
    error *err)
{
    struct shelflife_sources_snapshot *together = join(snapshot->rules, inventory, err);
    if (together && !find_ahead(together, err)) {
        shelflife_sources_release(together);
        together = NULL;
    }
    give_back();
    return together;
}

/* Of a snapshot without one, which is released. A command judges most images once, so nothing is found ahead.
 */
static struct shelflife_sources_snapshot *add_inventories(struct shelflife_sources_snapshot *snapshot,
                                                          const struct shelflife_sources_inputs *inputs,
                                                          error *err)
{
    if (!snapshot || inputs->config->inventory_count == 0)
        return snapshot;
    struct shelflife_sources_inventory *inventory = shelflife_sources_inventory_load(
        inputs->inventory_files, inputs->inventory_file_count, inputs->inventory_remotes, err);
    struct shelflife_sources_snapshot *together = inventory ? join(snapshot->rules, inventory, err) : NULL;
    give_back();
    shelflife_sources_release(inventory);
    shelflife_sources_snapshot_release(snapshot);
    return together;
}

struct shelflife_sources_snapshot *shelflife_sources_load(const struct shelflife_sources_config *config,
                                                          shelflife_sources_remote_listener *listener,
                                                          void *context, error *err)
{
    struct shelflife_sources_inputs inputs;
    if (!shelflife_sources_inputs_open(&inputs, config, listener, context, err))
        return NULL;
    bool fetched =
        (!inputs.remotes || shelflife_sources_remotes_fetch(inputs.remotes, err)) &&
        (!inputs.inventory_remotes || shelflife_sources_remotes_fetch(inputs.inventory_remotes, err));
    struct shelflife_sources_snapshot *snapshot =
        fetched ? shelflife_sources_snapshot_build(&inputs, err) : NULL;
    snapshot = add_inventories(snapshot, &inputs, err);
    shelflife_sources_inputs_close(&inputs);
    return snapshot;
}

const struct shelflife_snapshot *shelflife_sources_snapshot_view(
    const struct shelflife_sources_snapshot *snapshot)
{
    return &snapshot->view;
}

const str *shelflife_sources_snapshot_unmatched(const struct shelflife_sources_snapshot *snapshot,
                                                size_t *count)
{
    *count = snapshot->rules->unmatched_count;
    return snapshot->rules->unmatched;
}

bool shelflife_sources_snapshot_is_stale(const struct shelflife_snapshot *snapshot,
                                         const struct shelflife_catalog *catalog, shelflife_day at)
{
    return (int64_t)at - catalog->as_of > shelflife_policy_max_age(snapshot->policy);
}

void shelflife_sources_snapshot_release(struct shelflife_sources_snapshot *snapshot)
{
    shelflife_sources_release(snapshot);
}
