/*
 * Something that is built from files, and built again when they change. A build that fails leaves the
 * previous result in use; it is logged, counted, and shown by /readyz?verbose until a later build succeeds.
 */
#ifndef SHELFLIFE_SOURCES_RELOAD_H
#define SHELFLIFE_SOURCES_RELOAD_H

#include <pthread.h>

#include "file/file.h"
#include "log/log.h"

/* What is built; both functions get the context. */
struct shelflife_sources_reload_target {
    void *context;
    const char *what;                                /* "certificate", in messages */
    void (*fingerprint)(void *context, buffer *out); /* changes when the files do */
    bool (*build)(void *context, error *err);        /* puts the result in use */
};

struct shelflife_sources_reload {
    struct shelflife_sources_reload_target target;
    struct shelflife_log *log;
    struct shelflife_file_watch watch;
    pthread_mutex_t lock; /* of what follows */
    bool failed;          /* the last build */
    bool built;           /* a build has succeeded */
    error why;
    int64_t failed_at;  /* seconds since the epoch */
    uint64_t counts[2]; /* builds that failed, and that succeeded, except what first() does */
};

void shelflife_sources_reload_init(struct shelflife_sources_reload *reload,
                                   const struct shelflife_sources_reload_target *target,
                                   struct shelflife_log *log);
void shelflife_sources_reload_free(struct shelflife_sources_reload *reload);

/* Builds for the first time; a failure is only returned. */
bool shelflife_sources_reload_first(struct shelflife_sources_reload *reload, error *err) SHELFLIFE_MUST_CHECK;

/* Builds for the first time what is not necessary: a failure is logged, counted and shown like a later one.
 */
void shelflife_sources_reload_try_first(struct shelflife_sources_reload *reload);

/* Builds again if the files have changed, or if `always`. A change counts when two checks in a row find the
   same files, so that a file is not read while it is being written. */
void shelflife_sources_reload_check(struct shelflife_sources_reload *reload, bool always);

/* The number of builds after first(), by their outcome. From any thread, as the next. */
uint64_t shelflife_sources_reload_count(struct shelflife_sources_reload *reload, bool succeeded);

/* Appends a line for /readyz?verbose if the last build failed. */
void shelflife_sources_reload_write_status(struct shelflife_sources_reload *reload, buffer *lines);

#endif
