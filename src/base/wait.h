/*
 * Waiting with a deadline on the monotonic clock, which does not jump when the time is set. Inline, so
 * that libshelflife, which has no threads, does not link it.
 */
#ifndef SHELFLIFE_BASE_WAIT_H
#define SHELFLIFE_BASE_WAIT_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* Initializes a condition whose timed waits take deadlines from shelflife_wait_deadline(). */
static inline void shelflife_wait_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* The time in `milliseconds` from now, for pthread_cond_timedwait(). */
static inline struct timespec shelflife_wait_deadline(uint64_t milliseconds)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)(milliseconds / 1000);
    at.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

#endif
