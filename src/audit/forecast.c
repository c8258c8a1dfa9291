#include "audit/internal.h"

struct changes {
    struct shelflife_audit_change *at;
    size_t count, capacity;
};

/* A calendar shows the ends of patch and of availability, and changes of the action. It does not show when an
 * end comes near. */
static bool is_worth_listing(const struct shelflife_audit_change *c)
{
    if (c->from != c->to)
        return c->to >= SHELFLIFE_PHASE_UNPATCHED || (c->after == SHELFLIFE_DENY && c->before != c->after);
    return c->before != c->after;
}

static bool add_changes(const struct shelflife_audit_result *result, const struct shelflife_audit_entry *e,
                        struct changes *changes, error *err)
{
    const struct shelflife_audit_image *image = e->image;
    struct shelflife_audit_change c = {
        .entry = e, .to = image->verdict.phase, .after = e->action, .stuck = e->stuck};
    for (size_t i = 0; i < image->turn_count; i++) {
        const struct shelflife_audit_turn *turn = &image->turns[i];
        if (result->within >= 0 && turn->day - result->at > result->within)
            break;
        c.day = turn->day;
        c.from = c.to;
        c.to = turn->phase;
        c.before = c.after;
        c.after = shelflife_mode_soften(e->workload->mode, turn->action);
        c.stuck = c.after == SHELFLIFE_DENY && e->pods_judged;
        if (!is_worth_listing(&c))
            continue;
        if (!shelflife_grow(&changes->at, &changes->capacity, changes->count + 1, sizeof(c)))
            return shelflife_fail_memory(err);
        changes->at[changes->count++] = c;
    }
    return true;
}

static int compare_changes(const void *a, const void *b)
{
    const struct shelflife_audit_change *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return (x->entry > y->entry) - (x->entry < y->entry);
}

bool shelflife_audit_forecast(struct shelflife_audit_result *result, arena *memory, error *err)
{
    struct changes changes = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < result->entry_count; i++)
        if (!result->entries[i].history)
            ok = add_changes(result, &result->entries[i], &changes, err);
    struct shelflife_audit_change *copy =
        ok ? shelflife_arena_array(memory, changes.count, sizeof(*copy)) : NULL;
    if (ok && !copy)
        shelflife_fail_memory(err);
    if (copy && changes.count) {
        shelflife_sort(changes.at, changes.count, sizeof(*changes.at), compare_changes);
        memcpy(copy, changes.at, changes.count * sizeof(*copy));
    }
    free(changes.at);
    result->changes = copy;
    result->change_count = copy ? changes.count : 0;
    return copy != NULL;
}
