#include "sources/snapshot.h"

#include <malloc.h>
#include <stdatomic.h>

#include "pki/pki.h"
#include "sources/files.h"
#include "sources/gunzip.h"

enum {
    FILE_MAX_BYTES = 64 << 20,
    DIGEST_MAX = sizeof("sha256:") + SHELFLIFE_PKI_SHA256_TEXT_MAX,
    UNKNOWN_MAX = 16, /* lines; one mistake can have many */
};

struct shelflife_loaded {
    struct shelflife_snapshot view;
    struct shelflife_catalogs *catalogs;
    struct shelflife_policy *policy;
    char digest[DIGEST_MAX];
    arena memory; /* of what follows */
    const str *unknown;
    size_t unknown_count;
    atomic_uint references;
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

static bool load_catalogs(struct shelflife_loaded *loaded, const struct shelflife_sources_config *sources,
                          error *err)
{
    loaded->catalogs = shelflife_catalogs_new();
    if (!loaded->catalogs)
        return shelflife_fail_memory(err);
    if (!sources->no_embedded && !shelflife_catalogs_add_embedded(loaded->catalogs, err))
        return false;
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list files = {0};
    for (size_t i = 0; i < sources->catalog_count; i++)
        if (!shelflife_sources_list_catalogs(&files, sources->catalogs[i], err))
            return false;
    for (size_t i = 0; i < files.count; i++)
        if (!add_file(loaded->catalogs, files.at[i], err))
            return false;
    if (sources->supplier && !sources->supplier->add(sources->supplier->context, loaded->catalogs, err))
        return false;
    if (shelflife_catalogs_count(loaded->catalogs) == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "there is no catalog to judge by");
    return shelflife_catalogs_finish(loaded->catalogs, err);
}

static bool load_policy(struct shelflife_loaded *loaded, const char *path, error *err)
{
    if (!path) {
        loaded->policy = shelflife_policy_default(err);
        return loaded->policy != NULL;
    }
    CLEANUP(shelflife_buffer_free) buffer bytes;
    shelflife_buffer_init(&bytes, FILE_MAX_BYTES);
    if (!shelflife_file_read(path, &bytes, err))
        return false;
    loaded->policy = shelflife_policy_read(shelflife_buffer_str(&bytes), path, err);
    return loaded->policy != NULL;
}

/* Over each part's length and bytes, so that no two sets of files run together into the same. */
static bool compute_digest(struct shelflife_loaded *loaded, error *err)
{
    size_t catalogs = shelflife_catalogs_count(loaded->catalogs), n = catalogs + 1;
    CLEANUP(shelflife_arena_free) arena memory;
    shelflife_arena_init(&memory, SIZE_MAX);
    str *parts = shelflife_arena_array(&memory, n, 2 * sizeof(*parts));
    uint64_t *lengths = shelflife_arena_array(&memory, n, sizeof(*lengths));
    if (!parts || !lengths)
        return shelflife_arena_fail(&memory, err);
    for (size_t i = 0; i < n; i++) {
        str bytes = i < catalogs ? shelflife_catalogs_bytes_at(loaded->catalogs, i)
                                 : shelflife_policy_bytes(loaded->policy);
        lengths[i] = htole64((uint64_t)bytes.len);
        parts[2 * i] = (str){(const char *)&lengths[i], sizeof(lengths[i])};
        parts[2 * i + 1] = bytes;
    }
    char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    if (!shelflife_pki_sha256(parts, 2 * n, hex, err))
        return false;
    snprintf(loaded->digest, sizeof(loaded->digest), "sha256:%s", hex);
    return true;
}

static bool find_unknown(struct shelflife_loaded *loaded, error *err)
{
    return shelflife_policy_unmatched(loaded->policy, loaded->catalogs, UNKNOWN_MAX, &loaded->memory,
                                      &loaded->unknown, &loaded->unknown_count, err);
}

/* Loading takes several times the memory that stays, in pieces that the allocator would keep for later. */
static void give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

struct shelflife_loaded *shelflife_sources_snapshot_load(const struct shelflife_sources_config *sources,
                                                         error *err)
{
    struct shelflife_loaded *loaded = calloc(1, sizeof(*loaded));
    if (!loaded) {
        shelflife_fail_memory(err);
        return NULL;
    }
    atomic_init(&loaded->references, 1);
    shelflife_arena_init(&loaded->memory, SIZE_MAX);
    if (!load_catalogs(loaded, sources, err) || !load_policy(loaded, sources->policy, err) ||
        !compute_digest(loaded, err) || !find_unknown(loaded, err)) {
        shelflife_sources_snapshot_release(loaded);
        return NULL;
    }
    if (!sources->keep_bytes)
        shelflife_catalogs_drop_bytes(loaded->catalogs);
    give_back();
    loaded->view =
        (struct shelflife_snapshot){loaded->catalogs, loaded->policy, shelflife_str_of(loaded->digest)};
    return loaded;
}

const struct shelflife_snapshot *shelflife_sources_snapshot_view(const struct shelflife_loaded *loaded)
{
    return &loaded->view;
}

const str *shelflife_sources_snapshot_unmatched(const struct shelflife_loaded *loaded, size_t *count)
{
    *count = loaded->unknown_count;
    return loaded->unknown;
}

bool shelflife_sources_snapshot_is_stale(const struct shelflife_snapshot *snapshot,
                                         const struct shelflife_catalog *catalog, shelflife_day at)
{
    return (int64_t)at - catalog->as_of > shelflife_policy_max_age(snapshot->policy);
}

struct shelflife_loaded *shelflife_sources_snapshot_keep(struct shelflife_loaded *loaded)
{
    atomic_fetch_add_explicit(&loaded->references, 1, memory_order_relaxed);
    return loaded;
}

void shelflife_sources_snapshot_release(struct shelflife_loaded *loaded)
{
    if (!loaded || atomic_fetch_sub_explicit(&loaded->references, 1, memory_order_acq_rel) != 1)
        return;
    shelflife_policy_free(loaded->policy);
    shelflife_catalogs_free(loaded->catalogs);
    shelflife_arena_free(&loaded->memory);
    free(loaded);
}

void shelflife_sources_current_init(struct shelflife_sources_current *current,
                                    struct shelflife_loaded *loaded)
{
    pthread_mutex_init(&current->lock, NULL);
    current->loaded = loaded;
}

void shelflife_sources_current_swap(struct shelflife_sources_current *current,
                                    struct shelflife_loaded *loaded)
{
    pthread_mutex_lock(&current->lock);
    struct shelflife_loaded *before = current->loaded;
    current->loaded = loaded;
    pthread_mutex_unlock(&current->lock);
    shelflife_sources_snapshot_release(before);
}

void shelflife_sources_current_free(struct shelflife_sources_current *current)
{
    shelflife_sources_snapshot_release(current->loaded);
    pthread_mutex_destroy(&current->lock);
}

struct shelflife_loaded *shelflife_sources_current_take(struct shelflife_sources_current *current)
{
    /* Under the lock: between a bare load and an increment the last owner could let go. */
    pthread_mutex_lock(&current->lock);
    struct shelflife_loaded *loaded = shelflife_sources_snapshot_keep(current->loaded);
    pthread_mutex_unlock(&current->lock);
    return loaded;
}
