/*
 * The threads of the TLS port: workers, each a libmicrohttpd daemon whose thread polls its connections, and
 * one thread that accepts connections and gives each to the worker that has the fewest. (The threads of a
 * pool of libmicrohttpd race for new connections, so that one of them may get most.)
 *
 * No worker waits for a client: it reads and writes what is possible, and turns to the next connection. So a
 * large review, which arrives in many pieces, does not delay the others.
 */
#ifndef SHELFLIFE_SERVER_WORKERS_H
#define SHELFLIFE_SERVER_WORKERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "server/connection.h"
#include "server/pool.h"

/* More would not be used: one worker judges tens of thousands of usual reviews a second. */
enum { SHELFLIFE_SERVER_WORKERS_MAX = 4 };

struct MHD_Daemon;

struct shelflife_server_worker {
    struct shelflife_server_workers *all;
    struct shelflife_server_webhook *webhook; /* whose connections it serves */
    struct shelflife_server_pool pool;        /* of its reviews */
    struct MHD_Daemon *daemon;
    atomic_uint open; /* connections; those that were given to it and have not begun do not count yet */
};

struct shelflife_server_workers {
    struct shelflife_server_connections *connections; /* of all workers; borrowed */
    int fd;                                           /* the listening socket; -1: none */
    pthread_t acceptor;                               /* if there is a socket */
    atomic_bool stopping;
    unsigned given;    /* connections so far; only the acceptor uses this */
    atomic_uint begun; /* of those */
    unsigned count;
    struct shelflife_server_worker at[SHELFLIFE_SERVER_WORKERS_MAX];
};

/* As many workers as there are processors that this process may use, up to the maximum. */
void shelflife_server_workers_init(struct shelflife_server_workers *workers,
                                   struct shelflife_server_connections *connections);
/* Prepares the pools. */
bool shelflife_server_workers_prepare(struct shelflife_server_workers *workers,
                                      error *err) SHELFLIFE_MUST_CHECK;
/* After they have stopped. */
void shelflife_server_workers_free(struct shelflife_server_workers *workers);

/* The most connections that there are at a time: beyond the limit of the list, those that close or begin. */
unsigned shelflife_server_workers_most(const struct shelflife_server_workers *workers);

/*
 * Accepts connections on a listening socket that does not block, and takes it over. Every worker has its
 * daemon by then, which has no listening socket. False, with errno ENOMEM, if no thread can be started; the
 * socket is the caller's then.
 */
bool shelflife_server_workers_accept(struct shelflife_server_workers *workers, int fd);

/* Stops accepting connections, and closes the socket; the connections stay. */
void shelflife_server_workers_quiesce(struct shelflife_server_workers *workers);

/* The same, and closes all connections and the daemons. Does nothing if nothing was started. */
void shelflife_server_workers_stop(struct shelflife_server_workers *workers);

/* A daemon's MHD_NotifyConnectionCallback calls this first when a connection begins, and last when it ends.
 */
void shelflife_server_worker_begin(struct shelflife_server_worker *worker);
void shelflife_server_worker_end(struct shelflife_server_worker *worker);

#endif
