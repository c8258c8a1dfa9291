/*
 * When to retry: exponential backoff with full jitter, so that clients that failed together do not retry
 * together; never earlier than the server asked for, and within a number of attempts and a time budget.
 *
 *     struct shelflife_net_retry retry = {.policy = {...}, .clock = &shelflife_clock_system};
 *     shelflife_net_retry_start(&retry);
 *     while (!attempt(...) && shelflife_net_retry_wait(&retry, response.retry_after, cancel))
 *         ;
 */
#ifndef SHELFLIFE_NET_RETRY_H
#define SHELFLIFE_NET_RETRY_H

#include <stdatomic.h>

#include "base/base.h"

/* Time and randomness, passed in so that tests control both. */
struct shelflife_clock {
    uint64_t (*milliseconds)(void *context); /* monotonic, from any origin */
    int64_t (*seconds)(void *context);       /* since the epoch */
    uint64_t (*random)(void *context);       /* 64 unpredictable bits */
    /* False if *cancel (may be NULL) became true. */
    bool (*sleep)(void *context, uint64_t milliseconds, const atomic_bool *cancel);
    void *context;
};

/* The real ones. */
extern const struct shelflife_clock shelflife_clock_system;

/* The milliseconds of the real one. */
static inline uint64_t shelflife_clock_now(void)
{
    return shelflife_clock_system.milliseconds(shelflife_clock_system.context);
}

/* 0 means the default in brackets. Milliseconds. */
struct shelflife_net_retry_policy {
    unsigned tries;  /* attempts, including the first [5] */
    uint64_t base;   /* upper bound of the first wait; it doubles with each further one [250] */
    uint64_t cap;    /* of that upper bound [30 s] */
    uint64_t budget; /* no wait begins that would end later than this after the start [2 min] */
};

struct shelflife_net_retry {
    struct shelflife_net_retry_policy policy;
    const struct shelflife_clock *clock;
    unsigned tried;
    uint64_t started;
};

void shelflife_net_retry_start(struct shelflife_net_retry *retry);

/* After an attempt that failed: how long to wait before the next; false if there is none. `retry_after` is
   the value of the header, or "". */
bool shelflife_net_retry_next(struct shelflife_net_retry *retry, const char *retry_after, uint64_t *wait);

/* The same, and waits. False if cancelled, too. */
bool shelflife_net_retry_wait(struct shelflife_net_retry *retry, const char *retry_after,
                              const atomic_bool *cancel);

/* Reads an HTTP date ("Mon, 23 Nov 2026 10:00:00 GMT") into seconds since the epoch. False if it is not one.
 */
bool shelflife_net_http_date(const char *value, int64_t *seconds);

/* Reads Retry-After, seconds or an HTTP date, into milliseconds from `now` (seconds since the epoch). False
   if it is neither. A date in the past is 0. At most a day. */
bool shelflife_net_retry_after(const char *value, int64_t now, uint64_t *milliseconds);

#endif
