/* How remote catalogs are doing: for the log, for messages, for /readyz?verbose and for /metrics. */
#ifndef SHELFLIFE_SOURCES_REMOTE_STATUS_H
#define SHELFLIFE_SOURCES_REMOTE_STATUS_H

#include "log/log.h"
#include "sources/remote.h"

/* "cannot fetch the catalog, the current one stays in use" */
const char *shelflife_sources_remote_event_text(const struct shelflife_sources_remote_status *status,
                                                enum shelflife_sources_remote_event event);

/* A listener that writes a line to a log, its context, for all events except UNCHANGED. */
shelflife_sources_remote_listener shelflife_sources_remote_log;

void shelflife_sources_remotes_write_status(struct shelflife_sources_remotes *all, buffer *lines);
void shelflife_sources_remotes_write_metrics(struct shelflife_sources_remotes *all, buffer *out);

#endif
