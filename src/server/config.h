/* The configuration of the server. Everything in it is borrowed, and must live as long as the server. */
#ifndef SHELFLIFE_SERVER_CONFIG_H
#define SHELFLIFE_SERVER_CONFIG_H

#include "base/status.h"
#include "log/log.h"
#include "sources/snapshot.h"

/* Limits of the options; times are in milliseconds. */
enum {
    SHELFLIFE_SERVER_CONNECTIONS_MAX = 16384,
    SHELFLIFE_SERVER_BODY_MIN = 1024, /* bytes */
    SHELFLIFE_SERVER_REVIEW_MEMORY_MIN = 64 << 10,
    SHELFLIFE_SERVER_TIMEOUT_MIN = 100,
    SHELFLIFE_SERVER_IDLE_TIMEOUT_MIN = 1000,
    SHELFLIFE_SERVER_TIME_MAX = 3600 * 1000,
};

/* PEM files. */
struct shelflife_server_tls_files {
    const char *certificate; /* with its chain */
    const char *key;
    const char *client_ca; /* NULL: clients need no certificate */
};

/* Addresses: "0.0.0.0:8443", "[::]:8443", ":8443" (IPv6 and IPv4), "localhost:8443"; port 0 takes any free
   port. */
struct shelflife_server_config {
    const char *listen;
    const char *probe_listen; /* NULL: no probes and no metrics */
    struct shelflife_server_tls_files tls;
    bool certificate_from_caller; /* instead of the files: see shelflife_server_set_certificate() */
    struct shelflife_sources_config sources;
    const struct shelflife_status_provider *statuses; /* shown by the probe port, in this order */
    size_t status_count;
    shelflife_day at;         /* the day to judge by; SHELFLIFE_DAY_NONE: today, in UTC */
    size_t max_body;          /* bytes of a review */
    size_t review_memory;     /* bytes for all large reviews in flight: server/budget.h */
    unsigned max_connections; /* on the TLS port */
    /* Milliseconds. The first two are absolute: a client cannot extend them by sending slowly. */
    unsigned header_timeout; /* from connecting to the end of the first request's headers; for later headers,
                                from their first byte */
    unsigned body_timeout;   /* for receiving a body, and for sending the reply; a review is given up
                                earlier if its client waits less long */
    unsigned grace_period;   /* from SIGTERM to the end, even if clients are still connected */
    unsigned
        idle_timeout; /* between requests; more than the 90 s for which an API server reuses connections */
    unsigned reload_interval; /* between checks for changed files; 0: only on SIGHUP */
    enum shelflife_log_format log_format;
    bool log_reviews; /* log every review, not only reviews with findings */
};

/* Sets everything that has a default: addresses ":8443" and ":8080", bodies of 32 MiB, 16 MiB for large
   reviews, 384 connections, timeouts of 10,
   30, 30 and 180 seconds, a check every 2 seconds. The certificate has no default. */
void shelflife_server_defaults(struct shelflife_server_config *config);

/* Whether the values are within their limits. A USAGE error otherwise. */
bool shelflife_server_config_check(const struct shelflife_server_config *config,
                                   error *err) SHELFLIFE_MUST_CHECK;

#endif
