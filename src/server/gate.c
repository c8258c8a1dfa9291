#include "server/gate.h"

#include <sched.h>

#include "base/wait.h"
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

bool shelflife_server_gate_enter(struct shelflife_server_gate *gate, int64_t deadline,
                                 const atomic_bool *ended)
{
    int64_t left;
    while (!atomic_load_explicit(ended, memory_order_relaxed) &&
           (left = deadline - shelflife_server_milliseconds()) > 0) {
        const struct timespec until = shelflife_wait_deadline((uint64_t)(left < STEP ? left : STEP));
        if (sem_clockwait(&gate->places, CLOCK_MONOTONIC, &until) == 0)
            return true;
    }
    return false;
}

void shelflife_server_gate_leave(struct shelflife_server_gate *gate)
{
    sem_post(&gate->places);
}
