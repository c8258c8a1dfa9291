/*
 * The memory for all reviews in flight. Each review has SHELFLIFE_SERVER_BUDGET_OWN bytes for itself, which a
 * usual one never exceeds; what large reviews hold beyond that comes from one budget. When the budget is used
 * up, the review that needs more is given up, unless another one has waited long for its client: then that
 * one is given up instead, so that bodies that never end cannot keep the budget.
 *
 *     take(pool, holder, now)
 *     while (... more of the body ...) {
 *         if (!enter(budget, holder)) ...             it was given up while it waited
 *         ... feed holder->review ...
 *         if (!leave(budget, holder, its size, now)) ...   it was given up
 *     }
 *     give_back(budget, holder)
 */
#ifndef SHELFLIFE_SERVER_BUDGET_H
#define SHELFLIFE_SERVER_BUDGET_H

#include <pthread.h>

#include "server/pool.h"

enum {
    SHELFLIFE_SERVER_BUDGET_OWN = 64 << 10, /* bytes */
    /* Milliseconds after the start of its request from which a review that waits for its client can be given
       up for another one. An API server sends a body at once. */
    SHELFLIFE_SERVER_BUDGET_SLOW = 1000,
};

struct shelflife_server_budget {
    size_t limit;         /* bytes */
    pthread_mutex_t lock; /* of what follows, and of the holders in the list */
    size_t used;
    struct shelflife_server_budget_holder *oldest, *newest;
};

/* A review in flight. Its worker uses it, and while it is in the list, other threads under the lock. */
struct shelflife_server_budget_holder {
    struct shelflife_review *review; /* NULL: none, or given up */
    struct shelflife_server_pool *pool;
    int64_t since; /* shelflife_server_milliseconds() */
    bool large;    /* has been in the list; only its worker uses this */
    bool reading;  /* between enter and leave */
    size_t held;
    struct shelflife_server_budget_holder *older, *newer;
};

void shelflife_server_budget_init(struct shelflife_server_budget *budget, size_t limit);
void shelflife_server_budget_free(struct shelflife_server_budget *budget);

/* Begins with a review of the pool, which is that of the worker. What the worker gives up, even for another
   one, goes to its pool. False if out of memory. */
bool shelflife_server_budget_take(struct shelflife_server_pool *pool,
                                  struct shelflife_server_budget_holder *holder, int64_t now);

/* Before holder->review is used. False if it has been given up. */
bool shelflife_server_budget_enter(struct shelflife_server_budget *budget,
                                   struct shelflife_server_budget_holder *holder);

/* After it was used, and now holds `memory` bytes in all. False if it had to be given up. */
bool shelflife_server_budget_leave(struct shelflife_server_budget *budget,
                                   struct shelflife_server_budget_holder *holder, size_t memory, int64_t now);

/* Ends it, and gives the review back to the pool. Does nothing if there is none. */
void shelflife_server_budget_give_back(struct shelflife_server_budget *budget,
                                       struct shelflife_server_budget_holder *holder);

/* Bytes that large reviews hold of it. */
size_t shelflife_server_budget_used(struct shelflife_server_budget *budget);

#endif
