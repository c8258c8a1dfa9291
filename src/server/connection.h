/*
 * Who is connected, and for how long. One list for each port, by age, under one lock: it sheds when the
 * house is full, and a reaper shuts down whoever is past a deadline. libmicrohttpd knows only timeouts of
 * inactivity, which a byte a second never meets.
 *
 * A deadline is absolute: it is set when a stage begins and never moved by what trickles in.
 */
#ifndef SHELFLIFE_SERVER_CONNECTION_H
#define SHELFLIFE_SERVER_CONNECTION_H

#include <pthread.h>
#include <stdatomic.h>

#include "log/log.h"
#include "server/metrics.h"

enum shelflife_server_stage {
    SHELFLIFE_SERVER_STAGE_OPENING, /* handshake, and headers of the first request */
    SHELFLIFE_SERVER_STAGE_IDLE,    /* between requests */
    SHELFLIFE_SERVER_STAGE_HEADERS, /* something came after a request: the next one's headers */
    SHELFLIFE_SERVER_STAGE_BODY,
    SHELFLIFE_SERVER_STAGE_REPLY,
};

struct shelflife_server_connection {
    struct shelflife_server_connections *all;
    struct shelflife_server_connection *older, *newer;
    int fd;
    bool shut; /* by us; under the list's lock */
    atomic_bool served;
    atomic_int stage;              /* enum shelflife_server_stage */
    atomic_int_least64_t deadline; /* shelflife_server_milliseconds(), or 0 */
};

struct shelflife_server_connections {
    pthread_mutex_t lock;
    struct shelflife_server_connection *oldest, *newest;
    unsigned count, open; /* open: those of them that were not shut */
    unsigned limit;
    struct shelflife_log *log;
    struct shelflife_server_metrics *metrics;
};

/* A clock that only goes forward; a few milliseconds coarse, and cheap. */
int64_t shelflife_server_milliseconds(void);

void shelflife_server_connections_init(struct shelflife_server_connections *all, unsigned limit,
                                       struct shelflife_log *log, struct shelflife_server_metrics *metrics);
void shelflife_server_connections_free(struct shelflife_server_connections *all);

/* Adds a connection that was just accepted, in stage OPENING. If that is one too many, shuts down the
   oldest one that has not been served: it, if all others have. Returns how many that were shut down
   are still to go. */
unsigned shelflife_server_connections_add(struct shelflife_server_connections *all,
                                          struct shelflife_server_connection *connection, int fd,
                                          unsigned timeout);

/* Takes a connection out, before its descriptor is closed. Whether we had shut it. */
bool shelflife_server_connections_remove(struct shelflife_server_connection *connection);

/* Shuts down all that are past their deadline. */
void shelflife_server_connections_reap(struct shelflife_server_connections *all);

/* How many there are, and how many of them are in the middle of a request. */
unsigned shelflife_server_connections_count(struct shelflife_server_connections *all);
unsigned shelflife_server_connections_busy(struct shelflife_server_connections *all);

/* Begins a stage that may last `timeout` milliseconds; 0: for ever. */
void shelflife_server_connection_enter(struct shelflife_server_connection *connection,
                                       enum shelflife_server_stage stage, unsigned timeout);

/* A reply to a review is about to be sent: from now on the connection is not shed. True if it is its
   first. */
bool shelflife_server_connection_serve(struct shelflife_server_connection *connection);

/* Counts, and unless there are too many a second logs, why a connection came to nothing. */
void shelflife_server_connection_tell(const struct shelflife_server_connection *connection,
                                      enum shelflife_server_reason reason, const char *message,
                                      const char *detail);

#endif
