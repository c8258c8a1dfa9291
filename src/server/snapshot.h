/* The snapshot that reviews are judged by, read again when its files change. */
#ifndef SHELFLIFE_SERVER_SNAPSHOT_H_
#define SHELFLIFE_SERVER_SNAPSHOT_H_

#include "server/reload.h"
#include "sources/snapshot.h"

struct shelflife_server_snapshot {
    const struct shelflife_sources_config *sources;
    struct shelflife_log *log;
    struct shelflife_sources_current current;
    struct shelflife_server_reload reload;
};

void shelflife_server_snapshot_init(struct shelflife_server_snapshot *snapshot,
                                    const struct shelflife_sources_config *sources, struct shelflife_log *log,
                                    struct shelflife_server_metrics *metrics);
void shelflife_server_snapshot_free(struct shelflife_server_snapshot *snapshot);

/* Reads all sources for the first time. */
bool shelflife_server_snapshot_load(struct shelflife_server_snapshot *snapshot,
                                    error *err) SHELFLIFE_MUST_CHECK;

/* Reads sources that have changed, or with `all` every one. */
void shelflife_server_snapshot_check(struct shelflife_server_snapshot *snapshot, bool all);

#endif
