/*
 * Counters for Prometheus. Counting is an atomic addition; every set of labels is bounded, whatever peers
 * send.
 */
#ifndef SHELFLIFE_SERVER_METRICS_H
#define SHELFLIFE_SERVER_METRICS_H

#include <stdatomic.h>

#include "base/base.h"
#include "shelflife/admission.h"

/* Why a connection or request came to nothing. */
enum shelflife_reason {
    SHELFLIFE_REASON_HANDSHAKE,          /* TLS failed */
    SHELFLIFE_REASON_PLAIN_HTTP,         /* HTTP without TLS */
    SHELFLIFE_REASON_CLIENT_CERTIFICATE, /* none that the client CA vouches for */
    SHELFLIFE_REASON_TIMEOUT,            /* past a deadline */
    SHELFLIFE_REASON_INTERRUPTED,        /* the peer left in the middle of a request */
    SHELFLIFE_REASON_PATH,
    SHELFLIFE_REASON_METHOD,
    SHELFLIFE_REASON_MEDIA_TYPE,
    SHELFLIFE_REASON_TOO_LARGE,
    SHELFLIFE_REASON_BAD_REVIEW, /* not JSON, or not a review that can be judged */
    SHELFLIFE_REASON_NO_UID,     /* the same, and there is no uid to answer to */
    SHELFLIFE_REASON_MEMORY,
    SHELFLIFE_REASON_TRANSPORT, /* anything else that libmicrohttpd complains about */
};
enum { SHELFLIFE_REASONS = SHELFLIFE_REASON_TRANSPORT + 1 };

const char *shelflife_reason_name(enum shelflife_reason reason);

/* What is reloaded. */
enum shelflife_reloaded { SHELFLIFE_RELOADED_SNAPSHOT, SHELFLIFE_RELOADED_CERTIFICATE };
enum { SHELFLIFE_RELOADEDS = SHELFLIFE_RELOADED_CERTIFICATE + 1 };
const char *shelflife_reloaded_name(enum shelflife_reloaded what);

enum {
    SHELFLIFE_METRICS_OPERATIONS = 5,
    SHELFLIFE_METRICS_RESOURCES = 32,
    SHELFLIFE_METRICS_MODES = SHELFLIFE_MODE_POLICY + 1,
    SHELFLIFE_METRICS_ACTIONS = SHELFLIFE_DENY + 1,
    SHELFLIFE_METRICS_BUCKETS = 18,
};

typedef atomic_uint_least64_t shelflife_counter;

struct shelflife_metrics {
    shelflife_counter reviews[SHELFLIFE_METRICS_OPERATIONS][SHELFLIFE_METRICS_RESOURCES]
                             [SHELFLIFE_METRICS_MODES][SHELFLIFE_METRICS_ACTIONS];
    shelflife_counter images[SHELFLIFE_PHASES];
    shelflife_counter outdated, unverified, waived;
    shelflife_counter durations[SHELFLIFE_METRICS_BUCKETS]; /* each by itself, not summed up */
    shelflife_counter nanoseconds;                          /* of all reviews together */
    shelflife_counter errors[SHELFLIFE_REASONS];
    shelflife_counter reloads[SHELFLIFE_RELOADEDS][2]; /* failed, succeeded */
    shelflife_counter shed;
};

void shelflife_metrics_review(struct shelflife_metrics *metrics, const struct shelflife_outcome *outcome,
                              int64_t nanoseconds);
void shelflife_metrics_error(struct shelflife_metrics *metrics, enum shelflife_reason reason);
void shelflife_metrics_reload(struct shelflife_metrics *metrics, enum shelflife_reloaded what, bool ok);

struct shelflife_supplier;

/* What is not counted but looked up when asked for. */
struct shelflife_gauges {
    const struct shelflife_snapshot *snapshot;
    int64_t now;                /* seconds since the epoch */
    int64_t certificate_expiry; /* likewise */
    unsigned connections;
    bool draining;
    uint64_t log_dropped;                      /* lines */
    const struct shelflife_supplier *supplier; /* of catalogs; NULL: none */
};

/* Appends all of it in Prometheus' text format. */
void shelflife_metrics_write(const struct shelflife_metrics *metrics, const struct shelflife_gauges *gauges,
                             buffer *out);

#endif
