/* Limits how fast all clients of a cluster together send requests. */
#ifndef SHELFLIFE_KUBE_BUDGET_H
#define SHELFLIFE_KUBE_BUDGET_H

#include <pthread.h>

#include "kube/kube.h"

struct shelflife_kube_budget {
    const struct shelflife_kube_options *options; /* rate, burst, clock, cancel */
    pthread_mutex_t lock;
    uint64_t slot;       /* microseconds: when the next request is due at the average rate */
    uint64_t not_before; /* milliseconds: until then the server asked for no requests */
};

/* `options` is borrowed, with defaults filled in. */
void shelflife_kube_budget_init(struct shelflife_kube_budget *budget,
                                const struct shelflife_kube_options *options);
void shelflife_kube_budget_free(struct shelflife_kube_budget *budget);

/* Waits until the next request may be sent. False if cancelled. */
bool shelflife_kube_budget_take(struct shelflife_kube_budget *budget);

/* Holds back all requests for this long. */
void shelflife_kube_budget_pause(struct shelflife_kube_budget *budget, uint64_t milliseconds);

#endif
