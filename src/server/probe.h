/* The plain port: /livez, /readyz and /metrics. Each reply ends its connection. */
#ifndef SHELFLIFE_SERVER_PROBE_H
#define SHELFLIFE_SERVER_PROBE_H

#include "server/budget.h"
#include "server/certificate.h"
#include "server/connection.h"
#include "sources/live.h"

struct MHD_Daemon;

/* What it shows of the server. Borrowed. */
struct shelflife_server_probe_parts {
    const struct shelflife_server_config *config;
    struct shelflife_log *log;
    struct shelflife_server_metrics *metrics;
    struct shelflife_server_certificate *certificate;
    struct shelflife_sources_live *sources;
    struct shelflife_server_connections *connections; /* of the TLS port */
    struct shelflife_server_budget *budget;           /* of its reviews */
    const atomic_bool *draining;                      /* not ready */
};

struct shelflife_server_probe {
    struct shelflife_server_probe_parts parts;
    struct shelflife_server_connections connections; /* its own */
    struct MHD_Daemon *daemon;
};

void shelflife_server_probe_init(struct shelflife_server_probe *probe,
                                 const struct shelflife_server_probe_parts *parts);
void shelflife_server_probe_free(struct shelflife_server_probe *probe);

/* Serves on a listening socket, which it takes over. False if libmicrohttpd failed; the log has its reason.
 */
bool shelflife_server_probe_start(struct shelflife_server_probe *probe, int fd);

/* Closes all connections. Does nothing if it was not started. */
void shelflife_server_probe_stop(struct shelflife_server_probe *probe);

#endif
