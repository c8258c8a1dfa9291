#include "inspection/update.h"

#include <stdio.h>
#include <time.h>

#include "inspection/combine.h"
#include "inspection/parts.h"
#include "pki/pki.h"

typedef struct shelflife_inspection_update update;
typedef struct shelflife_inspection_update_options options;
typedef struct shelflife_inspection_update_counts counts;
typedef struct shelflife_inventory inventory;

struct shelflife_inspection_update {
    options options;
    inventory *current;
    char stored[SHELFLIFE_PKI_DIGEST_TEXT_MAX]; /* a digest of what is stored */
    bool is_stored;
};

/* One round, for the listener. */
struct round {
    update *update;
    struct shelflife_inspection_seen *seen;
    const struct shelflife_inspection_job *jobs;
    size_t count;
    shelflife_day today;
    counts *counts;
};

static bool is_empty(const inventory *i)
{
    return shelflife_inventory_count(i) == 0;
}

static bool load(update *u, error *err)
{
    u->current = shelflife_inventory_new();
    if (!u->current)
        return shelflife_fail_memory(err);
    if (!shelflife_inspection_store_load(u->options.store, u->current, err) ||
        !shelflife_inventory_finish(u->current, err) ||
        !shelflife_inspection_digest(u->current, u->stored, err))
        return false;
    /* It may be empty because there is none, so it is stored. */
    u->is_stored = !is_empty(u->current) && !u->options.store->untidy;
    return true;
}

/* Adds what is known from elsewhere. */
static bool add_known(update *u, error *err)
{
    if (!u->options.known)
        return true;
    inventory *both = shelflife_inventory_new();
    if (!both)
        return shelflife_fail_memory(err);
    if (!shelflife_inventory_merge(both, u->current, err) ||
        !shelflife_inventory_merge(both, u->options.known, err) || !shelflife_inventory_finish(both, err)) {
        shelflife_inventory_free(both);
        return false;
    }
    shelflife_inventory_free(u->current);
    u->current = both;
    return true;
}

update *shelflife_inspection_update_open(const options *o, error *err)
{
    update *u = calloc(1, sizeof(*u));
    if (!u) {
        shelflife_fail_memory(err);
        return NULL;
    }
    u->options = *o;
    if (load(u, err) && add_known(u, err))
        return u;
    shelflife_inspection_update_free(u);
    return NULL;
}

void shelflife_inspection_update_free(update *u)
{
    if (!u)
        return;
    shelflife_inventory_free(u->current);
    free(u);
}

const inventory *shelflife_inspection_update_inventory(const update *u)
{
    return u->current;
}

/* ---- Inspecting ---- */

static void on_image(void *context, size_t job, enum shelflife_inspection_outcome outcome, const error *why)
{
    struct round *r = context;
    counts *c = r->counts;
    const options *o = &r->update->options;
    size_t *const numbers[] = {[SHELFLIFE_INSPECTION_FOUND] = &c->found,
                               [SHELFLIFE_INSPECTION_UNCHANGED] = &c->unchanged,
                               [SHELFLIFE_INSPECTION_FAILED] = &c->failed};
    ++*numbers[outcome];
    if (outcome == SHELFLIFE_INSPECTION_FAILED) {
        shelflife_inspection_seen_again(r->seen, &r->jobs[job]);
        if (!o->cancel || !atomic_load(o->cancel))
            o->notice(o->context, true, why->text);
    }
    if (o->progress)
        o->progress(o->context, c->found + c->unchanged + c->failed, r->count);
}

static bool add_secret(void *context, str json, const char *origin, error *err)
{
    return shelflife_registry_add_credentials(context, json, origin, err);
}

static bool inspect_with(struct round *r, struct shelflife_registry *registry, inventory *into, error *err)
{
    const options *o = &r->update->options;
    const struct shelflife_inspection_options run = {
        .registry = registry,
        .catalogs = o->catalogs,
        .platform = o->platform,
        .threads = o->threads,
        .today = r->today,
        .listener = on_image,
        .context = r,
        .cancel = o->cancel,
    };
    return (!o->cluster || shelflife_inspection_cluster_secrets(o->cluster, add_secret, registry, err)) &&
           shelflife_inspection_run(&run, r->jobs, r->count, r->update->current, into, err);
}

/* The registry is opened for each round, so that credentials that have changed are read again. */
static bool inspect(struct round *r, inventory *into, error *err)
{
    if (r->count == 0)
        return true;
    struct shelflife_registry *registry = shelflife_registry_open(&r->update->options.registry, err);
    bool ok = registry && inspect_with(r, registry, into, err);
    shelflife_registry_close(registry);
    return ok;
}

/* ---- The round ---- */

static bool store(update *u, shelflife_day today, counts *c, error *err)
{
    char digest[SHELFLIFE_PKI_DIGEST_TEXT_MAX];
    if (!shelflife_inspection_digest(u->current, digest, err))
        return false;
    c->changed = !u->is_stored || strcmp(digest, u->stored) != 0;
    if (!c->changed)
        return true;
    if (!shelflife_inspection_store_save(u->options.store, &u->current, today, time(NULL), err) ||
        !shelflife_inspection_digest(u->current, u->stored, err))
        return false;
    c->entries = shelflife_inventory_count(u->current);
    c->stored = u->is_stored = true;
    return true;
}

/* What is known now, from what was found in this round. */
static bool combine(struct round *r, const inventory *fresh, error *err)
{
    update *u = r->update;
    inventory *new = shelflife_inventory_new();
    if (!new)
        return shelflife_fail_memory(err);
    bool ok = shelflife_inspection_combine(u->current, fresh, new, err);
    if (ok) {
        r->counts->dropped = shelflife_inventory_drop(new, r->today - u->options.keep);
        ok = shelflife_inventory_finish(new, err);
    }
    if (!ok) {
        shelflife_inventory_free(new);
        return false;
    }
    shelflife_inventory_free(u->current);
    u->current = new;
    r->counts->entries = shelflife_inventory_count(new);
    return true;
}

static bool renew(struct round *r, error *err)
{
    inventory *fresh = shelflife_inventory_new();
    if (!fresh)
        return shelflife_fail_memory(err);
    bool ok = inspect(r, fresh, err) && shelflife_inventory_finish(fresh, err) && combine(r, fresh, err);
    shelflife_inventory_free(fresh);
    return ok;
}

bool shelflife_inspection_update_round(update *u, struct shelflife_inspection_seen *seen,
                                       enum shelflife_inspection_take which, counts *c, error *err)
{
    CLEANUP(cleanup_free) struct shelflife_inspection_job *jobs = NULL;
    struct round r = {.update = u, .seen = seen, .counts = c, .today = u->options.today};
    if (r.today == SHELFLIFE_DAY_NONE)
        r.today = shelflife_day_of_seconds(time(NULL));
    *c = (counts){0};
    if (!shelflife_inspection_seen_take(seen, which, &jobs, &r.count, err))
        return false;
    r.jobs = jobs;
    return renew(&r, err) && store(u, r.today, c, err);
}
