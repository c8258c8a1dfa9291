/*
 * How many requests one host gets at the same time, and when it wants none: a host that answers one thread
 * with Retry-After is not asked by the others, either.
 */
#ifndef SHELFLIFE_REGISTRY_GATE_H
#define SHELFLIFE_REGISTRY_GATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/base.h"

struct shelflife_registry_gates {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned most; /* requests to one host */
    struct shelflife_registry_gate *first;
};

void shelflife_registry_gates_init(struct shelflife_registry_gates *gates, unsigned most);
void shelflife_registry_gates_free(struct shelflife_registry_gates *gates); /* no request is running */

/* Waits until the host ("host:port") may be asked. NULL with an error at the deadline, in milliseconds of the
   monotonic clock, if *cancel (may be NULL) became true, or without memory. */
struct shelflife_registry_gate *shelflife_registry_gate_enter(struct shelflife_registry_gates *gates,
                                                              str host, uint64_t deadline,
                                                              const atomic_bool *cancel, error *err);
void shelflife_registry_gate_leave(struct shelflife_registry_gates *gates,
                                   struct shelflife_registry_gate *gate);

/* The host is not asked before this time. Called while inside. */
void shelflife_registry_gate_close(struct shelflife_registry_gates *gates,
                                   struct shelflife_registry_gate *gate, uint64_t until);

#endif
