#include "kube/client.h"

bool shelflife_kube_budget_take(struct shelflife_kube *kube)
{
    const struct shelflife_kube_options *o = &kube->options;
    struct shelflife_kube_budget *b = &kube->budget;
    pthread_mutex_lock(&b->lock);
    /* Slots are a fixed time apart. Whoever takes one early by more than a burst's worth waits; idle time is
       not saved up. */
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

void shelflife_kube_budget_pause(struct shelflife_kube *kube, uint64_t milliseconds)
{
    const struct shelflife_clock *clock = kube->options.clock;
    struct shelflife_kube_budget *b = &kube->budget;
    pthread_mutex_lock(&b->lock);
    uint64_t until = clock->milliseconds(clock->context) + milliseconds;
    if (b->not_before < until)
        b->not_before = until;
    pthread_mutex_unlock(&b->lock);
}
