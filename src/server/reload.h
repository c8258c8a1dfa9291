/*
 * Something that is built from files, and built again when they change. A build that fails leaves the
 * previous result in use; it is logged, counted, and shown by /readyz?verbose until a later build succeeds.
 */
#ifndef SHELFLIFE_SERVER_RELOAD_H
#define SHELFLIFE_SERVER_RELOAD_H

#include <pthread.h>

#include "file/file.h"
#include "log/log.h"
#include "server/metrics.h"

/* What is built; all functions get the context. */
struct shelflife_server_reload_target {
    void *context;
    enum shelflife_server_reloaded what;
    void (*fingerprint)(void *context, buffer *out); /* changes when the files do */
    bool (*build)(void *context, error *err);        /* puts the result in use */
};

struct shelflife_server_reload {
    struct shelflife_server_reload_target target;
    struct shelflife_log *log;
    struct shelflife_server_metrics *metrics;
    struct shelflife_file_watch watch;
    pthread_mutex_t lock; /* of what follows */
    bool failed;          /* the last build */
    error why;
    int64_t failed_at; /* seconds since the epoch */
};

void shelflife_server_reload_init(struct shelflife_server_reload *reload,
                                  const struct shelflife_server_reload_target *target,
                                  struct shelflife_log *log, struct shelflife_server_metrics *metrics);
void shelflife_server_reload_free(struct shelflife_server_reload *reload);

/* Builds for the first time; a failure is only returned. */
bool shelflife_server_reload_first(struct shelflife_server_reload *reload, error *err) SHELFLIFE_MUST_CHECK;

/* Builds again if the files have changed, or if `always`. A change counts when two checks in a row find the
   same files, so that a file is not read while it is being written. */
void shelflife_server_reload_check(struct shelflife_server_reload *reload, bool always);

/* Appends a line for /readyz?verbose if the last build failed. From any thread. */
void shelflife_server_reload_write_status(struct shelflife_server_reload *reload, buffer *lines);

#endif
