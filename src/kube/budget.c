#include "kube/budget.h"

void shelflife_kube_budget_init(struct shelflife_kube_budget *b, const struct shelflife_kube_options *options)
{
    *b = (struct shelflife_kube_budget){.options = options};
    pthread_mutex_init(&b->lock, NULL);
}

void shelflife_kube_budget_free(struct shelflife_kube_budget *b)
{
    pthread_mutex_destroy(&b->lock);
}

bool shelflife_kube_budget_take(struct shelflife_kube_budget *b)
{
    const struct shelflife_kube_options *o = b->options;
    pthread_mutex_lock(&b->lock);
    /* Slots are a fixed time apart. A request may be a burst ahead of its slot, and otherwise waits; unused
       slots expire. */
    uint64_t now = o->clock->milliseconds(o->clock->context), now_us = now * 1000;
    uint64_t interval = 1000000 / o->requests_second, ahead = interval * o->burst, wait = 0;
    if (b->slot < now_us)
        b->slot = now_us;
    b->slot += interval;
    if (b->slot - now_us > ahead)
        wait = (b->slot - now_us - ahead + 999) / 1000;
    if (b->not_before > now && b->not_before - now > wait)
        wait = b->not_before - now;
    pthread_mutex_unlock(&b->lock);
    return wait == 0 ? !(o->cancel && atomic_load(o->cancel))
                     : o->clock->sleep(o->clock->context, wait, o->cancel);
}

void shelflife_kube_budget_pause(struct shelflife_kube_budget *b, uint64_t milliseconds)
{
    const struct shelflife_clock *clock = b->options->clock;
    pthread_mutex_lock(&b->lock);
    uint64_t until = clock->milliseconds(clock->context) + milliseconds;
    if (b->not_before < until)
        b->not_before = until;
    pthread_mutex_unlock(&b->lock);
}
