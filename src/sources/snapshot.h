/*
 * What reviews are judged by, read from files: catalogs, policy, and the digest over both. Immutable and
 * reference-counted: built aside, swapped whole; a request takes one and keeps it.
 */
#ifndef SHELFLIFE_SERVER_SNAPSHOT_H
#define SHELFLIFE_SERVER_SNAPSHOT_H

#include <pthread.h>

#include "base/base.h"
#include "shelflife/admission.h"

/*
 * Catalogs that come from elsewhere than from files. All of it is called from any thread, and none of it may
 * wait for the network.
 */
struct shelflife_catalog_provider {
    /* Adds what there is now; it comes behind the files, and replaces what has the same name. */
    bool (*add)(void *context, struct shelflife_catalogs *catalogs, error *err);
    /* Another number once add() would add something else. */
    uint64_t (*edition)(void *context);
    /* How often it was asked for and came, or did not. */
    uint64_t (*count)(void *context, bool came);
    void *context;
};

/* Where catalogs and policy come from. The strings are borrowed. */
struct shelflife_sources_config {
    const char *policy;          /* a file; NULL: the built-in one */
    const char *const *catalogs; /* files, or folders of *.json, *.yaml, *.yml; they add to the embedded
                                    catalogs and replace those of the same name */
    size_t catalog_count;
    bool no_embedded; /* leave the embedded catalogs out */
    bool keep_bytes;  /* of the catalogs: for whoever compares them, at the cost of their size */
    const struct shelflife_catalog_provider *supplier; /* NULL: none */
};

struct shelflife_loaded; /* a snapshot with its owner's count */

/* Reads all sources. The result has one reference, the caller's. */
struct shelflife_loaded *shelflife_sources_snapshot_load(const struct shelflife_sources_config *sources,
                                                         error *err);

/* What it holds, as long as the reference lasts. The digest reads "sha256:…". */
const struct shelflife_snapshot *shelflife_sources_snapshot_view(const struct shelflife_loaded *loaded);

/* Names in the policy that no catalog has, a line for each, for whoever looks after it. They live as long as
   the reference. */
const str *shelflife_sources_snapshot_unmatched(const struct shelflife_loaded *loaded, size_t *count);

/* Whether a catalog is older on that day than the policy's maxAge. */
bool shelflife_sources_snapshot_is_stale(const struct shelflife_snapshot *snapshot,
                                         const struct shelflife_catalog *catalog, shelflife_day at);

struct shelflife_loaded *shelflife_sources_snapshot_keep(struct shelflife_loaded *loaded);
void shelflife_sources_snapshot_release(struct shelflife_loaded *loaded); /* NULL is fine */

/* The one in use. */
struct shelflife_sources_current {
    pthread_mutex_t lock;
    struct shelflife_loaded *loaded;
};

/* Takes over the caller's reference. */
void shelflife_sources_current_init(struct shelflife_sources_current *current,
                                    struct shelflife_loaded *loaded);
void shelflife_sources_current_swap(struct shelflife_sources_current *current,
                                    struct shelflife_loaded *loaded);
void shelflife_sources_current_free(struct shelflife_sources_current *current);
/* A reference for the caller, to release. */
struct shelflife_loaded *shelflife_sources_current_take(struct shelflife_sources_current *current);

#endif
