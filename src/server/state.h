/* The server's inside, for the files of this room. */
#ifndef SHELFLIFE_SERVER_STATE_H
#define SHELFLIFE_SERVER_STATE_H

#include <signal.h>

#include "server/connection.h"
#include "server/reload.h"
#include "server/server.h"
#include "server/tls.h"

struct MHD_Daemon;

enum {
    SHELFLIFE_SERVER_STACK_BYTES = 512
                                   << 10,    /* of a connection's thread; only what is touched costs memory */
    SHELFLIFE_SERVER_SPARE_CONNECTIONS = 64, /* on top of our own limit: the time in which a shed one goes */
    SHELFLIFE_SERVER_POOL_MAX = 16,
};

/* Reviews that wait for a request: connections have one only while they have a request, so that few are
   enough, and the one used last, which the processor still has at hand, is the next. */
struct shelflife_server_pool {
    pthread_mutex_t lock;
    unsigned count;
    struct shelflife_review *at[SHELFLIFE_SERVER_POOL_MAX];
};

struct shelflife_server {
    struct shelflife_server_config config;
    struct shelflife_log log;
    struct shelflife_server_metrics metrics;
    struct shelflife_sources_current current;
    struct shelflife_server_current_credentials credentials;
    struct shelflife_server_reload reload;
    struct shelflife_server_connections connections, probe_connections;
    struct shelflife_server_pool pool;
    struct MHD_Daemon *webhook, *probe;
    uint16_t port, probe_port;
    atomic_bool draining;

    pthread_t reaper;
    bool reaping;
    pthread_mutex_t stop_lock;
    pthread_cond_t stop_changed;
    bool stop;

    sigset_t signals, signals_before;
};

/* Seconds since the epoch: the only place where the server asks what time it is. */
int64_t shelflife_server_now(void);

/* The logger of both daemons, with the server as its context: what libmicrohttpd has to say. */
void shelflife_server_transport_log(void *context, const char *format, va_list args) SHELFLIFE_PRINTF(2, 0);

/* The two ports' daemons, on sockets that listen already and become theirs. NULL if libmicrohttpd failed;
   the log tells why. */
struct MHD_Daemon *shelflife_server_webhook_start(struct shelflife_server *server, int fd);
void shelflife_server_webhook_stop(struct shelflife_server *server);
struct MHD_Daemon *shelflife_server_probe_start(struct shelflife_server *server, int fd);

#endif
