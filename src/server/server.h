/*
 * The webhook as a server: HTTPS for reviews, plain HTTP for probes and metrics, reload, drain.
 *
 *     shelflife_server_defaults(&config);
 *     config.tls.certificate = "tls.crt"; config.tls.key = "tls.key";
 *     server = shelflife_server_start(&config, &err);
 *     shelflife_server_run(server);     until SIGTERM or SIGINT, and drained
 *     shelflife_server_free(server);
 */
#ifndef SHELFLIFE_SERVER_SERVER_H
#define SHELFLIFE_SERVER_SERVER_H

#include "log/log.h"
#include "sources/snapshot.h"

/* PEM files. Borrowed. */
struct shelflife_server_tls_files {
    const char *certificate; /* with its chain; NULL, as the key, if somebody keeps it */
    const char *key;
    const char *client_ca; /* NULL: clients need no certificate */
};

/* Somebody who looks after the certificate, and hands it over with shelflife_server_serve(). Until then
   nobody is served. Called from the probe port's thread. */
struct shelflife_server_certificate_provider {
    void *context;
    /* Whether what was handed over is good; appends lines that say so, as /readyz?verbose has them. */
    bool (*ready)(void *context, buffer *lines);
    void (*write_metrics)(void *context, buffer *out); /* in Prometheus' text format */
};

/*
 * What is done with a review's body. The webhook's own is that of shelflife/admission.h; the benchmark sets
 * one that discards the body, and gives `struct shelflife_review` a meaning of its own.
 */
struct shelflife_server_judge {
    struct shelflife_review *(*new)(void);
    void (*free)(struct shelflife_review *review);
    void (*begin)(struct shelflife_review *review, const struct shelflife_snapshot *snapshot,
                  shelflife_day at, enum shelflife_mode mode);
    void (*feed)(struct shelflife_review *review, str chunk);
    void (*abort)(struct shelflife_review *review, const error *why);
    bool (*finish)(struct shelflife_review *review, buffer *reply, struct shelflife_outcome *out, error *err);
    void (*reset)(struct shelflife_review *review);
};

/* Everything borrowed here must live as long as the server. Addresses: "0.0.0.0:8443", "[::]:8443",
   ":8443" (IPv6 and IPv4 alike), "localhost:8443"; port 0 takes any free one. */
struct shelflife_server_config {
    const char *listen;
    const char *probe_listen; /* NULL: no probes, no metrics */
    struct shelflife_server_tls_files tls;
    const struct shelflife_server_certificate_provider *keeper; /* of the certificate; NULL: it is in files */
    struct shelflife_sources_config sources;
    shelflife_day at;         /* the day to judge by; SHELFLIFE_DAY_NONE: today, in UTC */
    size_t max_body;          /* bytes of a review */
    unsigned max_connections; /* on the TLS port */
    /* Milliseconds. The first three are absolute: no trickle prolongs them. */
    unsigned header_timeout;  /* for a handshake with the first request's headers; for later headers */
    unsigned body_timeout;    /* for a body, and for the peer to take the reply */
    unsigned grace_period;    /* from SIGTERM to the end, whoever is still connected */
    unsigned idle_timeout;    /* between requests; more than the 90 s an API server keeps connections */
    unsigned reload_interval; /* between looks at the files; 0: only on SIGHUP */
    enum shelflife_log_format log_format;
    bool log_reviews;                           /* log every review, not only those with something to tell */
    const struct shelflife_server_judge *judge; /* NULL: the webhook's own */
};

/* Sets all that has a default: addresses ":8443" and ":8080", 32 MiB, 256 connections, 10, 30, 30 and 180
   seconds, a look each 2 seconds. The certificate has none. */
void shelflife_server_defaults(struct shelflife_server_config *config);

/* What a body of more than max_body bytes is told, once as much of it was read. Returns false. */
bool shelflife_server_fail_too_large(size_t max_body, error *err);

struct shelflife_server;

/*
 * Reads all files, binds both ports, and serves. Blocks SIGTERM, SIGINT, SIGHUP and SIGPIPE in the calling
 * thread, so that all threads inherit it; call it before starting threads of your own. The kind of an error
 * tells USAGE and INPUT (bad configuration or files) from IO and MEMORY.
 */
struct shelflife_server *shelflife_server_start(const struct shelflife_server_config *config, error *err);

/* The ports that are bound; 0 for the probes if there are none. */
uint16_t shelflife_server_port(const struct shelflife_server *server);
uint16_t shelflife_server_probe_port(const struct shelflife_server *server);

/*
 * Waits for signals and looks after the files. On SIGHUP reads all files again. On SIGTERM or SIGINT
 * drains, and returns when nobody is connected any more or the grace period is over; a second one ends the
 * drain at once.
 */
void shelflife_server_run(struct shelflife_server *server);

/* With a keeper: new connections get this certificate from now on. PEM, copied; `now` is in seconds since the
   epoch. If it cannot be served, what was before stays. From any thread. */
bool shelflife_server_serve(struct shelflife_server *server, str certificate, str key, int64_t now,
                            error *err);

/* The server's log, for those who run beside it. */
struct shelflife_log *shelflife_server_log(struct shelflife_server *server);

/* Reads files again: those that changed, or with `all` every one. For programs without run(). */
void shelflife_server_reload(struct shelflife_server *server, bool all);

/* Stops serving, cutting what is still connected, and gives everything back. Restores the signals. NULL is
   fine. */
void shelflife_server_free(struct shelflife_server *server);

#endif
