/* The clocks of the server. */
#ifndef SHELFLIFE_SERVER_CLOCK_H
#define SHELFLIFE_SERVER_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Seconds since the epoch. */
static inline int64_t shelflife_server_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now.tv_sec;
}

/* A monotonic clock for deadlines: cheap, a few milliseconds coarse, and never 0. */
static inline int64_t shelflife_server_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1;
}

/* A monotonic clock for durations. */
static inline int64_t shelflife_server_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
