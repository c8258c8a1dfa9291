#include "server/gate.h"

#include <sched.h>
#include <time.h>

#include "server/clock.h"

enum { STEP = 50 }; /* milliseconds between looks at *ended and the time */

void shelflife_server_gate_init(struct shelflife_server_gate *gate, unsigned places)
{
    sem_init(&gate->places, 0, places);
}

void shelflife_server_gate_free(struct shelflife_server_gate *gate)
{
    sem_destroy(&gate->places);
}

unsigned shelflife_server_gate_places(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > 0 ? (unsigned)count : 1;
}

static bool wait(sem_t *places, int64_t milliseconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (milliseconds < STEP ? milliseconds : STEP) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return sem_clockwait(places, CLOCK_MONOTONIC, &until) == 0;
}

bool shelflife_server_gate_enter(struct shelflife_server_gate *gate, int64_t deadline,
                                 const atomic_bool *ended)
{
    int64_t left;
    while (!atomic_load_explicit(ended, memory_order_relaxed) &&
           (left = deadline - shelflife_server_milliseconds()) > 0)
        if (wait(&gate->places, left))
            return true;
    return false;
}

void shelflife_server_gate_leave(struct shelflife_server_gate *gate)
{
    sem_post(&gate->places);
}
