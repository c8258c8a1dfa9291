/*
 * The snapshot that a server judges by, loaded again when its inputs change: files when they do, catalogs at
 * URLs by polling. Inventories are loaded apart: a server starts without one that cannot be read, and neither
 * keeps the other from being loaded again.
 */
#ifndef SHELFLIFE_SOURCES_LIVE_H
#define SHELFLIFE_SOURCES_LIVE_H

#include "sources/inventory.h"
#include "sources/reload.h"
#include "sources/shared.h"
#include "sources/snapshot.h"

struct shelflife_sources_live {
    const struct shelflife_sources_config *config;
    struct shelflife_log *log;
    struct shelflife_sources_inputs inputs;
    struct shelflife_sources_current current;
    struct shelflife_sources_reload reload;           /* of catalogs and policy */
    struct shelflife_sources_reload inventory_reload; /* if the configuration names inventories */
    struct shelflife_sources_inventory *inventory;    /* in use; NULL: none. Of the thread that reloads */
};

/* Everything is borrowed. */
void shelflife_sources_live_init(struct shelflife_sources_live *live,
                                 const struct shelflife_sources_config *config, struct shelflife_log *log);
void shelflife_sources_live_free(struct shelflife_sources_live *live);

/* Loads the snapshot for the first time. With catalogs at URLs, starts a thread for each that polls it, and
   waits up to 10 seconds for the first reply of each. */
bool shelflife_sources_live_load(struct shelflife_sources_live *live, error *err) SHELFLIFE_MUST_CHECK;

/* Loads the snapshot again if its inputs have changed, or if `always`. */
void shelflife_sources_live_check(struct shelflife_sources_live *live, bool always);

/* A reference to the snapshot in use, to release. From any thread, as all that follows. */
struct shelflife_sources_snapshot *shelflife_sources_live_take(struct shelflife_sources_live *live);

/* Appends lines for /readyz?verbose: what could not be loaded, and the state of the catalogs at URLs. */
void shelflife_sources_live_write_status(struct shelflife_sources_live *live, buffer *lines);

/* Appends the metrics of the catalogs at URLs. */
void shelflife_sources_live_write_metrics(struct shelflife_sources_live *live, buffer *out);

/* The number of times that a catalog at a URL was fetched and changed, or could not be fetched. */
uint64_t shelflife_sources_live_count_fetches(struct shelflife_sources_live *live, bool succeeded);

#endif
