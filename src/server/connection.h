/*
 * The connections of a port, their limit and their deadlines. libmicrohttpd has only timeouts of inactivity,
 * which a client that sends a byte a second never reaches; a deadline here is absolute: it is set when a
 * stage begins, and received bytes do not extend it. A connection past its deadline is shut down by the
 * reaper (server.c).
 *
 * Places are shared among source addresses. When there are too many connections, a new one takes the place of
 * one of the address that holds most, so that no address can lock out another: neither by connecting often
 * nor by keeping its connections in use. Clients that proved who they are (client CA) go after all others.
 */
#ifndef SHELFLIFE_SERVER_CONNECTION_H
#define SHELFLIFE_SERVER_CONNECTION_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "log/log.h"
#include "server/metrics.h"

/* How many connections are accepted beyond the limit, while those that we shut down close. */
enum { SHELFLIFE_SERVER_SPARE_CONNECTIONS = 64 };

enum shelflife_server_stage {
    SHELFLIFE_SERVER_STAGE_OPENING, /* handshake, and headers of the first request */
    SHELFLIFE_SERVER_STAGE_IDLE,    /* between requests */
    SHELFLIFE_SERVER_STAGE_HEADERS, /* of a later request: from its first byte */
    SHELFLIFE_SERVER_STAGE_BODY,
    SHELFLIFE_SERVER_STAGE_REPLY,
};

struct shelflife_server_connection {
    struct shelflife_server_connections *all;
    /* Guarded by the list's lock. */
    struct shelflife_server_connection *older, *newer;   /* of the same address */
    struct shelflife_server_connection *previous, *next; /* the newest ones of other addresses; used only in
                                                            the newest one of an address */
    bool shut;                                           /* by us */
    /* Constant. */
    int fd;
    struct in6_addr address; /* of the client; IPv4 addresses are mapped */
    /* Written by its worker, without the lock. */
    atomic_bool verified;            /* has a certificate of the client CA, and its key */
    atomic_int stage;                /* enum shelflife_server_stage */
    atomic_int_least64_t deadline;   /* shelflife_server_milliseconds(), or 0 */
    atomic_int_least64_t idle_since; /* shelflife_server_nanoseconds(): the last reply to a review, or when it
                                        connected */
    /* Used by its worker only. */
    bool served; /* got a reply to a review */
};

struct shelflife_server_connections {
    pthread_mutex_t lock;
    struct shelflife_server_connection *first, *last; /* the newest ones of two addresses */
    unsigned count, open;                             /* open: without those that we shut down */
    unsigned limit;
    struct shelflife_log *log;
    struct shelflife_server_metrics *metrics;
};

void shelflife_server_connections_init(struct shelflife_server_connections *all, unsigned limit,
                                       struct shelflife_log *log, struct shelflife_server_metrics *metrics);
void shelflife_server_connections_free(struct shelflife_server_connections *all);

/*
 * Adds a connection that was just accepted from `peer`, in stage OPENING. All clients that have no IP address
 * count as one. If this exceeds the limit, shuts down another connection, of the address that holds most:
 * - the new one does not count; if its address and others hold most, another pays; of several others, the one
 *   whose connection would go first;
 * - of an address, connections between requests go first, then those that open or send, then those that wait
 *   for a reply; of the same kind, the one that has been idle longest;
 * - verified connections count and go only if there are no others.
 * This takes one pass over the connections; below the limit, one over the addresses.
 */
void shelflife_server_connections_add(struct shelflife_server_connections *all,
                                      struct shelflife_server_connection *connection, int fd,
                                      const struct sockaddr *peer, unsigned timeout);

/* Removes a connection, before its descriptor is closed. Returns whether we shut it down. */
bool shelflife_server_connections_remove(struct shelflife_server_connection *connection);

/* Shuts down all connections that are past their deadline. */
void shelflife_server_connections_reap(struct shelflife_server_connections *all);

/* How many connections there are, and how many of them are within a request. */
unsigned shelflife_server_connections_count(struct shelflife_server_connections *all);
unsigned shelflife_server_connections_busy(struct shelflife_server_connections *all);

/* Begins a stage that may last `timeout` milliseconds; 0: without a deadline. */
void shelflife_server_connection_enter(struct shelflife_server_connection *connection,
                                       enum shelflife_server_stage stage, unsigned timeout);

/* A reply to a review is about to be sent: the connection is idle from now on. */
void shelflife_server_connection_serve(struct shelflife_server_connection *connection);

/* Counts why a connection or request failed, and logs it unless too many lines were logged this second.
   `detail` may be NULL. */
void shelflife_server_connection_report(const struct shelflife_server_connection *connection,
                                        enum shelflife_server_reason reason, const char *message,
                                        const char *detail);

#endif
