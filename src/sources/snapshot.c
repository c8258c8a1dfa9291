#include "sources/snapshot.h"

#include <malloc.h>

#include "pki/pki.h"
#include "sources/files.h"
#include "sources/gunzip.h"
#include "sources/shared.h"

enum {
    FILE_MAX_BYTES = 64 << 20,
    DIGEST_MAX = sizeof("sha256:") + SHELFLIFE_PKI_SHA256_TEXT_MAX,
    UNMATCHED_MAX = 16, /* lines; one mistake can cause many */
};

struct shelflife_sources_snapshot {
    struct shelflife_sources_shared shared;
    struct shelflife_snapshot view;
    struct shelflife_catalogs *catalogs;
    struct shelflife_policy *policy;
    char digest[DIGEST_MAX];
    arena memory; /* of unmatched */
    const str *unmatched;
    size_t unmatched_count;
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

static bool load_catalogs(struct shelflife_sources_snapshot *snapshot,
                          const struct shelflife_sources_inputs *inputs, error *err)
{
    snapshot->catalogs = shelflife_catalogs_new();
    if (!snapshot->catalogs)
        return shelflife_fail_memory(err);
    if (!inputs->config->no_embedded && !shelflife_catalogs_add_embedded(snapshot->catalogs, err))
        return false;
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list files = {0};
    for (size_t i = 0; i < inputs->file_count; i++)
        if (!shelflife_sources_list_catalogs(&files, inputs->files[i], err))
            return false;
    for (size_t i = 0; i < files.count; i++)
        if (!add_file(snapshot->catalogs, files.at[i], err))
            return false;
    if (inputs->remotes && !shelflife_sources_remotes_add(inputs->remotes, snapshot->catalogs, err))
        return false;
    if (shelflife_catalogs_count(snapshot->catalogs) == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "there is no catalog: give at least one with --catalog");
    return shelflife_catalogs_finish(snapshot->catalogs, err);
}

static bool load_policy(struct shelflife_sources_snapshot *snapshot, const char *path, error *err)
{
    if (!path) {
        snapshot->policy = shelflife_policy_default(err);
        return snapshot->policy != NULL;
    }
    CLEANUP(shelflife_buffer_free) buffer bytes;
    shelflife_buffer_init(&bytes, FILE_MAX_BYTES);
    if (!shelflife_file_read(path, &bytes, err))
        return false;
    snapshot->policy = shelflife_policy_read(shelflife_buffer_str(&bytes), path, err);
    return snapshot->policy != NULL;
}

/* Of the length and the bytes of each part, so that different parts never give the same input. */
static bool compute_digest(struct shelflife_sources_snapshot *snapshot, error *err)
{
    size_t catalogs = shelflife_catalogs_count(snapshot->catalogs), n = catalogs + 1;
    CLEANUP(shelflife_arena_free) arena memory;
    shelflife_arena_init(&memory, SIZE_MAX);
    str *parts = shelflife_arena_array(&memory, n, 2 * sizeof(*parts));
    uint64_t *lengths = shelflife_arena_array(&memory, n, sizeof(*lengths));
    if (!parts || !lengths)
        return shelflife_arena_fail(&memory, err);
    for (size_t i = 0; i < n; i++) {
        str bytes = i < catalogs ? shelflife_catalogs_bytes_at(snapshot->catalogs, i)
                                 : shelflife_policy_bytes(snapshot->policy);
        lengths[i] = htole64((uint64_t)bytes.len);
        parts[2 * i] = (str){(const char *)&lengths[i], sizeof(lengths[i])};
        parts[2 * i + 1] = bytes;
    }
    char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    if (!shelflife_pki_sha256(parts, 2 * n, hex, err))
        return false;
    snprintf(snapshot->digest, sizeof(snapshot->digest), "sha256:%s", hex);
    return true;
}

static bool find_unmatched(struct shelflife_sources_snapshot *snapshot, error *err)
{
    return shelflife_policy_unmatched(snapshot->policy, snapshot->catalogs, UNMATCHED_MAX, &snapshot->memory,
                                      &snapshot->unmatched, &snapshot->unmatched_count, err);
}

/* Loading needs several times the memory of the result; without this the allocator would keep it. */
static void give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

static void destroy(void *object)
{
    struct shelflife_sources_snapshot *snapshot = object;
    shelflife_policy_free(snapshot->policy);
    shelflife_catalogs_free(snapshot->catalogs);
    shelflife_arena_free(&snapshot->memory);
    free(snapshot);
}

struct shelflife_sources_snapshot *shelflife_sources_snapshot_build(
    const struct shelflife_sources_inputs *inputs, error *err)
{
    struct shelflife_sources_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (!snapshot) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_sources_share(snapshot, destroy);
    shelflife_arena_init(&snapshot->memory, SIZE_MAX);
    if (!load_catalogs(snapshot, inputs, err) || !load_policy(snapshot, inputs->config->policy, err) ||
        !compute_digest(snapshot, err) || !find_unmatched(snapshot, err)) {
        shelflife_sources_snapshot_release(snapshot);
        return NULL;
    }
    if (!inputs->config->keep_bytes)
        shelflife_catalogs_drop_bytes(snapshot->catalogs);
    give_back();
    snapshot->view = (struct shelflife_snapshot){.catalogs = snapshot->catalogs,
                                                 .policy = snapshot->policy,
                                                 .digest = shelflife_str_of(snapshot->digest)};
    return snapshot;
}

struct shelflife_sources_snapshot *shelflife_sources_load(const struct shelflife_sources_config *config,
                                                          shelflife_sources_remote_listener *listener,
                                                          void *context, error *err)
{
    struct shelflife_sources_inputs inputs;
    if (!shelflife_sources_inputs_open(&inputs, config, listener, context, err))
        return NULL;
    bool fetched = !inputs.remotes || shelflife_sources_remotes_fetch(inputs.remotes, err);
    struct shelflife_sources_snapshot *snapshot =
        fetched ? shelflife_sources_snapshot_build(&inputs, err) : NULL;
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
    *count = snapshot->unmatched_count;
    return snapshot->unmatched;
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
