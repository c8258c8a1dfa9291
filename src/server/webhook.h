/* The TLS port: requests with reviews, and the replies to them. */
#ifndef SHELFLIFE_SERVER_WEBHOOK_H
#define SHELFLIFE_SERVER_WEBHOOK_H

#include "server/budget.h"
#include "server/certificate.h"
#include "server/connection.h"
#include "server/workers.h"
#include "sources/live.h"

/* What it uses of the server. Borrowed. */
struct shelflife_server_webhook_parts {
    const struct shelflife_server_config *config;
    struct shelflife_log *log;
    struct shelflife_server_metrics *metrics;
    struct shelflife_server_certificate *certificate;
    struct shelflife_sources_live *sources;
    const atomic_bool *draining; /* replies ask clients to disconnect */
};

struct shelflife_server_webhook {
    struct shelflife_server_webhook_parts parts;
    struct shelflife_server_connections connections;
    struct shelflife_server_budget budget;
    struct shelflife_server_workers workers;
};

void shelflife_server_webhook_init(struct shelflife_server_webhook *webhook,
                                   const struct shelflife_server_webhook_parts *parts);
void shelflife_server_webhook_free(struct shelflife_server_webhook *webhook);

/* Serves on a listening socket, and takes it over unless it fails. False if libmicrohttpd failed, and the log
   has its reason; or with errno ENOMEM. */
bool shelflife_server_webhook_start(struct shelflife_server_webhook *webhook, int fd);

/* Stops accepting connections; those that exist stay. */
void shelflife_server_webhook_quiesce(struct shelflife_server_webhook *webhook);

/* Closes all connections. Does nothing if it was not started. */
void shelflife_server_webhook_stop(struct shelflife_server_webhook *webhook);

#endif
