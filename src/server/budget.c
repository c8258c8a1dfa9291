#include "server/budget.h"

void shelflife_server_budget_init(struct shelflife_server_budget *budget, size_t limit)
{
    *budget = (struct shelflife_server_budget){.limit = limit};
    pthread_mutex_init(&budget->lock, NULL);
}

void shelflife_server_budget_free(struct shelflife_server_budget *budget)
{
    pthread_mutex_destroy(&budget->lock);
}

bool shelflife_server_budget_take(struct shelflife_server_pool *pool,
                                  struct shelflife_server_budget_holder *holder, int64_t now)
{
    *holder = (struct shelflife_server_budget_holder){
        .review = shelflife_server_pool_take(pool), .pool = pool, .since = now};
    return holder->review != NULL;
}

bool shelflife_server_budget_enter(struct shelflife_server_budget *budget,
                                   struct shelflife_server_budget_holder *holder)
{
    if (!holder->large)
        return holder->review != NULL;
    pthread_mutex_lock(&budget->lock);
    holder->reading = true;
    bool ok = holder->review != NULL;
    pthread_mutex_unlock(&budget->lock);
    return ok;
}

/* This and the next three are called with the lock held. */
static void add(struct shelflife_server_budget *budget, struct shelflife_server_budget_holder *holder)
{
    holder->large = holder->reading = true;
    holder->newer = NULL;
    holder->older = budget->newest;
    *(budget->newest ? &budget->newest->newer : &budget->oldest) = holder;
    budget->newest = holder;
}

/* Returns its review, to be given back without the lock. */
static struct shelflife_review *give_up(struct shelflife_server_budget *budget,
                                        struct shelflife_server_budget_holder *holder)
{
    struct shelflife_review *review = holder->review;
    *(holder->older ? &holder->older->newer : &budget->oldest) = holder->newer;
    *(holder->newer ? &holder->newer->older : &budget->newest) = holder->older;
    budget->used -= holder->held;
    holder->held = 0;
    holder->review = NULL;
    return review;
}

/* The one that holds most of those that wait too long for their clients, or NULL. */
static struct shelflife_server_budget_holder *find_slow(const struct shelflife_server_budget *budget,
                                                        int64_t now)
{
    struct shelflife_server_budget_holder *slow = NULL;
    for (struct shelflife_server_budget_holder *h = budget->oldest; h; h = h->newer)
        if (!h->reading && now - h->since >= SHELFLIFE_SERVER_BUDGET_SLOW && (!slow || h->held > slow->held))
            slow = h;
    return slow;
}

/* Makes room for a holder that has just grown. Returns a review that was given up for it, which may be its
   own, or NULL. */
static struct shelflife_review *make_room(struct shelflife_server_budget *budget,
                                          struct shelflife_server_budget_holder *holder, int64_t now)
{
    if (budget->used <= budget->limit)
        return NULL;
    struct shelflife_server_budget_holder *slow =
        holder->held <= budget->limit ? find_slow(budget, now) : NULL;
    return give_up(budget, slow ? slow : holder);
}

bool shelflife_server_budget_leave(struct shelflife_server_budget *budget,
                                   struct shelflife_server_budget_holder *holder, size_t memory, int64_t now)
{
    size_t need = memory > SHELFLIFE_SERVER_BUDGET_OWN ? memory - SHELFLIFE_SERVER_BUDGET_OWN : 0;
    if (!holder->large && !need)
        return true;
    pthread_mutex_lock(&budget->lock);
    if (!holder->large)
        add(budget, holder);
    budget->used = budget->used - holder->held + need;
    holder->held = need;
    struct shelflife_review *given_up;
    while (holder->review && (given_up = make_room(budget, holder, now))) {
        pthread_mutex_unlock(&budget->lock);
        shelflife_server_pool_give(holder->pool, given_up);
        pthread_mutex_lock(&budget->lock);
    }
    holder->reading = false;
    bool ok = holder->review != NULL;
    pthread_mutex_unlock(&budget->lock);
    return ok;
}

void shelflife_server_budget_give_back(struct shelflife_server_budget *budget,
                                       struct shelflife_server_budget_holder *holder)
{
    struct shelflife_review *review = holder->large ? NULL : holder->review;
    if (holder->large) {
        pthread_mutex_lock(&budget->lock);
        review = holder->review ? give_up(budget, holder) : NULL;
        pthread_mutex_unlock(&budget->lock);
    }
    shelflife_server_pool_give(holder->pool, review);
    *holder = (struct shelflife_server_budget_holder){0};
}

size_t shelflife_server_budget_used(struct shelflife_server_budget *budget)
{
    pthread_mutex_lock(&budget->lock);
    size_t used = budget->used;
    pthread_mutex_unlock(&budget->lock);
    return used;
}
