/*
 * When to ask again: exponential backoff with full jitter, so that many who failed together do not come
 * back together; never earlier than the server asked for, never beyond a number of tries and a time.
 *
 *     struct shelflife_retry retry = {.policy = {...}, .clock = &shelflife_clock_system};
 *     shelflife_retry_start(&retry);
 *     while (!attempt(...) && shelflife_retry_wait(&retry, response.retry_after, cancel))
 *         ;
 */
#ifndef SHELFLIFE_NET_RETRY_H
#define SHELFLIFE_NET_RETRY_H

#include <stdatomic.h>

#include "base/base.h"

/* Time and chance, handed in so that tests own both. */
struct shelflife_clock {
    uint64_t (*milliseconds)(void *context); /* from any origin, never backwards */
    int64_t (*seconds)(void *context);       /* since the epoch */
    uint64_t (*random)(void *context);       /* 64 bits nobody can guess */
    /* False if *cancel (may be NULL) became true meanwhile. */
    bool (*sleep)(void *context, uint64_t milliseconds, const atomic_bool *cancel);
    void *context;
};

/* The real ones. */
extern const struct shelflife_clock shelflife_clock_system;

/* 0 means the default in brackets. Milliseconds. */
struct shelflife_retry_policy {
    unsigned tries;  /* in all, the first included [5] */
    uint64_t base;   /* the first wait is at most this, each further at most double [250] */
    uint64_t cap;    /* but never more than this [30 s] */
    uint64_t budget; /* no wait begins that would end later than this after the start [2 min] */
};

struct shelflife_retry {
    struct shelflife_retry_policy policy;
    const struct shelflife_clock *clock;
    unsigned tried;
    uint64_t started;
};

void shelflife_retry_start(struct shelflife_retry *retry);

/* After a try that failed: how long to wait before the next; false if there is none. `retry_after` is the
   header's value, or "". */
bool shelflife_retry_next(struct shelflife_retry *retry, const char *retry_after, uint64_t *wait);

/* The same, and waits. False also if cancelled. */
bool shelflife_retry_wait(struct shelflife_retry *retry, const char *retry_after, const atomic_bool *cancel);

/* Reads an HTTP date ("Mon, 23 Nov 2026 10:00:00 GMT") into seconds since the epoch. False if it is none. */
bool shelflife_http_date(const char *value, int64_t *seconds);

/* Reads Retry-After, seconds or an HTTP date, into milliseconds from `now` (seconds since the epoch). False
   if it is neither; a date that is past is 0. At most a day. */
bool shelflife_retry_after(const char *value, int64_t now, uint64_t *milliseconds);

#endif
