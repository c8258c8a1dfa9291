#include "inspection/watch.h"

enum {
    SETTLE_MS = 2000,      /* images come in groups */
    LISTED_MS = 60 * 1000, /* how long the first round waits for kinds that have not been listed */
    POLL_MS = 250,
    RETRY_MS = 60 * 1000, /* the first wait before what failed is tried again; it doubles up to refresh_ms */
    RETRY_CLUSTER_MS = 5000,
    STALE_DAYS = 1, /* images that no list has had since are not asked for again */
};

typedef struct shelflife_inspection_watch_options options;

/* The time between two lists of all kinds. Times are of the clock. */
struct generation {
    const options *options;
    uint64_t end;
    uint64_t stored; /* the last round */
    uint64_t retry;  /* when what failed is tried again; UINT64_MAX: nothing failed */
    unsigned retry_ms;
};

static uint64_t now(const options *o)
{
    return o->clock->milliseconds(o->clock->context);
}

static bool is_cancelled(const options *o)
{
    return o->cancel && atomic_load(o->cancel);
}

static bool pause_for(const options *o, uint64_t milliseconds)
{
    return o->clock->sleep(o->clock->context, milliseconds, o->cancel);
}

static void do_round(struct generation *g, enum shelflife_inspection_take which)
{
    const options *o = g->options;
    struct shelflife_inspection_update_counts counts;
    error why = {0};
    bool ok = shelflife_inspection_update_round(o->update, o->seen, which, &counts, &why);
    g->stored = now(o);
    if (is_cancelled(o))
        return;
    o->round(o->context, &counts, ok ? NULL : &why);
    if (ok && counts.failed == 0 && which != SHELFLIFE_INSPECTION_TAKE_NEW) {
        g->retry = UINT64_MAX;
        g->retry_ms = RETRY_MS;
    } else if ((!ok || counts.failed) && (g->retry == UINT64_MAX || g->retry <= g->stored)) {
        g->retry = g->stored + g->retry_ms;
        g->retry_ms = g->retry_ms < o->refresh_ms / 2 ? g->retry_ms * 2 : o->refresh_ms;
    }
}

/* The first round waits until all kinds are listed, but not for ever. */
static void wait_for_lists(const options *o)
{
    uint64_t until = now(o) + LISTED_MS;
    while (!is_cancelled(o) && !shelflife_inspection_cluster_listed(o->cluster) && now(o) < until)
        pause_for(o, POLL_MS);
}

/* Waits for new images, or for what failed to be due, or for the end. False: the end. */
static bool wait_for_work(struct generation *g, enum shelflife_inspection_take *which)
{
    const options *o = g->options;
    for (;;) {
        uint64_t at = now(o), until = g->retry < g->end ? g->retry : g->end;
        if (is_cancelled(o) || at >= g->end)
            return false;
        *which = at >= g->retry ? SHELFLIFE_INSPECTION_TAKE_FAILED : SHELFLIFE_INSPECTION_TAKE_NEW;
        if (at >= g->retry)
            return true;
        if (shelflife_inspection_cluster_wait(o->cluster, until - at))
            break;
    }
    uint64_t at = now(o), due = g->stored + o->write_ms;
    return pause_for(o, due > at + SETTLE_MS ? due - at : SETTLE_MS);
}

static void run_generation(const options *o)
{
    struct generation g = {
        .options = o, .end = now(o) + o->refresh_ms, .retry = UINT64_MAX, .retry_ms = RETRY_MS};
    enum shelflife_inspection_take which;
    wait_for_lists(o);
    if (is_cancelled(o))
        return;
    do_round(&g, SHELFLIFE_INSPECTION_TAKE_ALL);
    while (wait_for_work(&g, &which))
        do_round(&g, which);
}

void shelflife_inspection_watch(const options *o)
{
    const struct shelflife_inspection_update_counts none = {0};
    while (!is_cancelled(o)) {
        error why = {0};
        int64_t seconds = o->clock->seconds(o->clock->context);
        if (shelflife_inspection_cluster_start(o->cluster, &why)) {
            run_generation(o);
            shelflife_inspection_cluster_stop(o->cluster);
        } else if (!is_cancelled(o)) {
            o->round(o->context, &none, &why);
            pause_for(o, RETRY_CLUSTER_MS);
        }
        if (!shelflife_inspection_seen_forget(o->seen, shelflife_day_of_seconds(seconds) - STALE_DAYS, &why))
            o->round(o->context, &none, &why);
    }
}
