/*
 * Counters for Prometheus. Counting is an atomic addition; the number of label sets is bounded, whatever
 * clients send.
 */
#ifndef SHELFLIFE_SERVER_METRICS_H
#define SHELFLIFE_SERVER_METRICS_H

#include <stdatomic.h>

#include "base/base.h"
#include "log/log.h"
#include "shelflife/admission.h"

/* Why a connection or request failed. */
enum shelflife_server_reason {
    SHELFLIFE_SERVER_REASON_HANDSHAKE,          /* TLS failed */
    SHELFLIFE_SERVER_REASON_PLAIN_HTTP,         /* HTTP without TLS */
    SHELFLIFE_SERVER_REASON_CLIENT_CERTIFICATE, /* none signed by the client CA */
    SHELFLIFE_SERVER_REASON_TIMEOUT,            /* a deadline passed */
    SHELFLIFE_SERVER_REASON_INTERRUPTED,        /* the client disconnected during a request */
    SHELFLIFE_SERVER_REASON_MALFORMED,          /* headers */
    SHELFLIFE_SERVER_REASON_PATH,
    SHELFLIFE_SERVER_REASON_METHOD,
    SHELFLIFE_SERVER_REASON_MEDIA_TYPE,
    SHELFLIFE_SERVER_REASON_TOO_LARGE,
    SHELFLIFE_SERVER_REASON_BAD_REVIEW, /* not JSON, or not a valid review */
    SHELFLIFE_SERVER_REASON_NO_UID,     /* the same, and without a uid for the reply */
    SHELFLIFE_SERVER_REASON_MEMORY,
    SHELFLIFE_SERVER_REASON_REVIEW_MEMORY, /* no memory for reviews was left */
    SHELFLIFE_SERVER_REASON_REVIEW_TIME,   /* it took nearly as long as the client waits */
    SHELFLIFE_SERVER_REASON_TRANSPORT,     /* any other error of libmicrohttpd */
};
enum { SHELFLIFE_SERVER_REASONS = SHELFLIFE_SERVER_REASON_TRANSPORT + 1 };

const char *shelflife_server_reason_name(enum shelflife_server_reason reason);

/* How a client has shown that it is an API server. */
enum shelflife_server_client { SHELFLIFE_SERVER_CLIENT_UNVERIFIED, SHELFLIFE_SERVER_CLIENT_CERTIFICATE };
enum { SHELFLIFE_SERVER_CLIENTS = SHELFLIFE_SERVER_CLIENT_CERTIFICATE + 1 };

enum {
    SHELFLIFE_SERVER_METRICS_OPERATIONS = 5,
    SHELFLIFE_SERVER_METRICS_RESOURCES = 32,
    SHELFLIFE_SERVER_METRICS_MODES = SHELFLIFE_MODE_POLICY + 1,
    SHELFLIFE_SERVER_METRICS_ACTIONS = SHELFLIFE_DENY + 1,
    SHELFLIFE_SERVER_METRICS_BUCKETS = 18,
};

typedef atomic_uint_least64_t shelflife_server_counter;

struct shelflife_server_metrics {
    shelflife_server_counter reviews[SHELFLIFE_SERVER_METRICS_OPERATIONS][SHELFLIFE_SERVER_METRICS_RESOURCES]
                                    [SHELFLIFE_SERVER_METRICS_MODES][SHELFLIFE_SERVER_METRICS_ACTIONS];
    shelflife_server_counter clients[SHELFLIFE_SERVER_CLIENTS]; /* reviews */
    shelflife_server_counter images[SHELFLIFE_PHASES];
    shelflife_server_counter known[SHELFLIFE_KNOWNS]; /* images */
    shelflife_server_counter outdated, unverified, contradicted, waived;
    shelflife_server_counter unread;                                      /* texts in objects */
    shelflife_server_counter durations[SHELFLIFE_SERVER_METRICS_BUCKETS]; /* not cumulative */
    shelflife_server_counter nanoseconds;                                 /* sum over all reviews */
    shelflife_server_counter errors[SHELFLIFE_SERVER_REASONS];
    shelflife_server_counter shed;
};

void shelflife_server_metrics_review(struct shelflife_server_metrics *metrics,
                                     const struct shelflife_outcome *outcome,
                                     enum shelflife_server_client client, int64_t nanoseconds);
void shelflife_server_metrics_error(struct shelflife_server_metrics *metrics,
                                    enum shelflife_server_reason reason);

/* How often something was reloaded. */
struct shelflife_server_reload_count {
    const char *what;
    uint64_t failed, succeeded;
};

/* Values that are not counted but read when the page is written. */
struct shelflife_server_gauges {
    const struct shelflife_snapshot *snapshot;
    int64_t now;                /* seconds since the epoch */
    int64_t certificate_expiry; /* likewise */
    unsigned connections;
    size_t review_memory; /* bytes that large reviews hold */
    bool draining;
    const struct shelflife_log *log;
    const struct shelflife_server_reload_count *reloads;
    size_t reload_count;
};

/* Appends all metrics. */
void shelflife_server_metrics_write(const struct shelflife_server_metrics *metrics,
                                    const struct shelflife_server_gauges *gauges, buffer *out);

#endif
