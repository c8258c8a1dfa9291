/*
 * Files that change while the server runs. There are two things made of files, the snapshot (catalogs and
 * policy) and the certificate (with key and client CA); each is looked at by stat(), built aside when its
 * files are others than before, and swapped whole. What cannot be built changes nothing: it is logged,
 * counted, and shown in /readyz?verbose until it is put right.
 */
#ifndef SHELFLIFE_SERVER_RELOAD_H
#define SHELFLIFE_SERVER_RELOAD_H

#include <pthread.h>

#include "server/metrics.h"

struct shelflife_server;

struct shelflife_server_reload {
    struct {
        buffer tried; /* print of the files that were last built from */
        buffer seen;  /* print of the last look */
    } files[SHELFLIFE_SERVER_RELOADEDS];
    int64_t begins; /* when a certificate that was refused as it has not begun yet does; else 0 */
    /* What a keeper handed over, for when the client CA's file changes; with a lock of its own. */
    struct {
        pthread_mutex_t lock;
        buffer certificate, key;
        int64_t now;
    } kept;
    pthread_mutex_t lock; /* for what follows */
    bool failed[SHELFLIFE_SERVER_RELOADEDS];
    error why[SHELFLIFE_SERVER_RELOADEDS];
    int64_t failed_at[SHELFLIFE_SERVER_RELOADEDS]; /* seconds since the epoch */
};

/* Builds everything for the first time. */
bool shelflife_server_reload_init(struct shelflife_server *server, error *err) SHELFLIFE_MUST_CHECK;
void shelflife_server_reload_free(struct shelflife_server_reload *reload);

/* Looks at the files and rebuilds what changed; with `all`, everything. A change counts once a second look
   has found the same, so that a file is not read while it is being written. */
void shelflife_server_reload_look(struct shelflife_server *server, bool all);

/* Whether the last attempt failed; if so, why and when. */
bool shelflife_server_reload_failed(struct shelflife_server_reload *reload,
                                    enum shelflife_server_reloaded what, error *why, int64_t *at);

#endif
