#include "renewal/decide.h"

/* A set of CAs, in the order in which they were added. */
struct set {
    struct shelflife_renewal_renewal_id *at;
    size_t count;
};

/* All that one decision looks at. */
struct view {
    const struct shelflife_renewal_renewal_self *self;
    const struct shelflife_renewal_renewal_seen *seen;
    struct shelflife_renewal_renewal_memory *memory;
    struct shelflife_renewal_renewal_plan *plan;
    struct shelflife_renewal_renewal_pace pace;
    int64_t now;
    uint64_t ms;
};

bool shelflife_renewal_renewal_id_equal(const struct shelflife_renewal_renewal_id *a,
                                        const struct shelflife_renewal_renewal_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static uint64_t clamp(uint64_t n, uint64_t least, uint64_t most)
{
    return n < least ? least : n > most ? most : n;
}

struct shelflife_renewal_renewal_pace shelflife_renewal_renewal_pace_of(int64_t life)
{
    uint64_t ms = life > 0 ? 1000 * (uint64_t)life : 0;
    struct shelflife_renewal_renewal_pace pace = {
        .poll = clamp(ms / 120, 250, 10000),
        .hurry = clamp(ms / 240, 250, 2000),
        .settle = clamp(ms / 60, 1000, 30000),
    };
    /* Long enough for every replica to have had several looks, and to have said what it serves. */
    pace.quiet = 3 * pace.settle;
    return pace;
}

/* ---- What is known of certificates ---- */

static bool is_none(const struct shelflife_renewal_renewal_id *id)
{
    return id->text[0] == '\0';
}

static const struct shelflife_renewal_renewal_ca *find_ca(const struct shelflife_renewal_renewal_seen *seen,
                                                          const struct shelflife_renewal_renewal_id *id)
{
    for (size_t i = 0; i < seen->ca_count; i++)
        if (shelflife_renewal_renewal_id_equal(&seen->bundle[i].id, id))
            return &seen->bundle[i];
    return NULL;
}

/* Where there is no configuration nobody asks us, so nothing stands against a certificate. */
static bool covered(const struct view *v, const struct shelflife_renewal_renewal_id *id)
{
    const struct shelflife_renewal_renewal_ca *ca = find_ca(v->seen, id);
    return !v->seen->configuration || (ca && ca->everywhere);
}

static bool settled(const struct view *v, const struct shelflife_renewal_renewal_id *id)
{
    for (size_t i = 0; i < COUNT(v->memory->covered); i++)
        if (shelflife_renewal_renewal_id_equal(&v->memory->covered[i].id, id))
            return v->ms - v->memory->covered[i].since >= v->pace.settle;
    return false;
}

/* Good to begin with: what ends in the next moment is not. */
static bool usable(const struct view *v, const struct shelflife_renewal_renewal_pair *pair)
{
    return pair->sound && pair->from <= v->now && v->now + (int64_t)(v->pace.settle / 1000) < pair->until;
}

static bool is_over(const struct view *v, int64_t until)
{
    return until <= v->now;
}

int64_t shelflife_renewal_renewal_due(const struct shelflife_renewal_renewal_self *self,
                                      const struct shelflife_renewal_renewal_pair *pair)
{
    /* A life that was shortened is not waited for; one that was lengthened comes with the next. */
    int64_t life = pair->until - pair->issued;
    if (life > self->life)
        life = self->life;
    return pair->issued + life / 3 * 2 + life % 3 * 2 / 3 + life * (int64_t)self->jitter / INT64_C(60000);
}

static bool ours(const struct view *v, const struct shelflife_renewal_renewal_id *id)
{
    return !is_none(id) && shelflife_renewal_renewal_id_equal(&v->self->serving, id);
}

/* What we serve does its job: not over, and trusted by who asks. */
static bool serving_works(const struct view *v)
{
    return !is_none(&v->self->serving) && !is_over(v, v->self->serving_until) &&
           covered(v, &v->self->serving);
}

/* Whether who asks may be sent here. A `next` that is served before its time, for want of anything better,
   leaves others to answer who still trust what was before, if there are any. */
static bool is_ready(const struct view *v)
{
    if (!serving_works(v) || !ours(v, &v->seen->next.id) || settled(v, &v->seen->next.id))
        return serving_works(v);
    for (size_t i = 0; i < v->seen->ca_count; i++)
        if (!ours(v, &v->seen->bundle[i].id) && !is_over(v, v->seen->bundle[i].until))
            return false;
    return true;
}

/* ---- Memory ---- */

static void remember_covered(struct view *v)
{
    const struct shelflife_renewal_renewal_pair *pairs[] = {&v->seen->current, &v->seen->next};
    struct shelflife_renewal_renewal_memory before = *v->memory;
    memset(v->memory->covered, 0, sizeof(v->memory->covered));
    for (size_t i = 0; i < COUNT(pairs); i++) {
        if (!pairs[i]->sound || !covered(v, &pairs[i]->id))
            continue;
        v->memory->covered[i].id = pairs[i]->id;
        v->memory->covered[i].since = v->ms;
        for (size_t k = 0; k < COUNT(before.covered); k++)
            if (shelflife_renewal_renewal_id_equal(&before.covered[k].id, &pairs[i]->id))
                v->memory->covered[i].since = before.covered[k].since;
    }
}

/* ---- Sets ---- */

static bool has(const struct set *set, const struct shelflife_renewal_renewal_id *id)
{
    for (size_t i = 0; i < set->count; i++)
        if (shelflife_renewal_renewal_id_equal(&set->at[i], id))
            return true;
    return false;
}

static void add(struct set *set, const struct shelflife_renewal_renewal_id *id)
{
    if (!is_none(id) && set->count < SHELFLIFE_RENEWAL_RENEWAL_CAS && !has(set, id))
        set->at[set->count++] = *id;
}

/* The CAs that the bundle must have: of the pairs in the Secret, of what we serve, and of whatever a note
   speaks for. */
static void add_wanted(const struct view *v, struct set *set)
{
    const struct shelflife_renewal_renewal_seen *seen = v->seen;
    const struct shelflife_renewal_renewal_pair *pairs[] = {&seen->current, &seen->next};
    for (size_t i = 0; i < COUNT(pairs); i++)
        if (pairs[i]->sound && !is_over(v, pairs[i]->until))
            add(set, &pairs[i]->id);
    if (!is_over(v, v->self->serving_until))
        add(set, &v->self->serving);
    for (size_t i = 0; i < seen->note_count; i++)
        for (size_t k = 0; k < seen->notes[i].count; k++) {
            const struct shelflife_renewal_renewal_ca *ca = find_ca(seen, &seen->notes[i].ids[k]);
            if (ca && !is_over(v, ca->until))
                add(set, &ca->id);
        }
}

/* ---- Notes ---- */

static const struct shelflife_renewal_renewal_note *own_note(const struct view *v)
{
    for (size_t i = 0; i < v->seen->note_count; i++)
        if (memcmp(v->seen->notes[i].name, v->self->name, sizeof(v->self->name)) == 0)
            return &v->seen->notes[i];
    return NULL;
}

static bool note_names(const struct shelflife_renewal_renewal_note *note,
                       const struct shelflife_renewal_renewal_id *id)
{
    for (size_t i = 0; note && i < note->count; i++)
        if (shelflife_renewal_renewal_id_equal(&note->ids[i], id))
            return true;
    return false;
}

static bool id_counts(const struct shelflife_renewal_renewal_seen *seen,
                      const struct shelflife_renewal_renewal_id *id, int64_t now)
{
    const struct shelflife_renewal_renewal_pair *pairs[] = {&seen->current, &seen->next};
    for (size_t i = 0; i < COUNT(pairs); i++)
        if (pairs[i]->sound && pairs[i]->until > now && shelflife_renewal_renewal_id_equal(&pairs[i]->id, id))
            return true;
    const struct shelflife_renewal_renewal_ca *ca = find_ca(seen, id);
    return ca && ca->until > now;
}

bool shelflife_renewal_renewal_note_counts(const struct shelflife_renewal_renewal_seen *seen,
                                           const struct shelflife_renewal_renewal_note *note, int64_t now)
{
    for (size_t i = 0; i < note->count; i++)
        if (id_counts(seen, &note->ids[i], now))
            return true;
    return false;
}

/* Whether everybody whose word counts serves `next`, and nothing else. */
static bool all_serve_next(const struct view *v)
{
    for (size_t i = 0; i < v->seen->note_count; i++) {
        const struct shelflife_renewal_renewal_note *note = &v->seen->notes[i];
        for (size_t k = 0; k < note->count; k++)
            if (!shelflife_renewal_renewal_id_equal(&note->ids[k], &v->seen->next.id) &&
                id_counts(v->seen, &note->ids[k], v->now))
                return false;
    }
    return ours(v, &v->seen->next.id);
}

/* ---- The steps, each in its turn: true if it is the one ---- */

static bool take(struct view *v, enum shelflife_renewal_renewal_step step, const char *why)
{
    v->plan->step = step;
    v->plan->why = why;
    return true;
}

/* Which of the Secret's pairs to serve from now on, or NULL for what is served already. The newer one, once
   its CA has been in the bundle for a while; before that only if there is nothing better. */
static const struct shelflife_renewal_renewal_pair *choose(const struct view *v)
{
    const struct shelflife_renewal_renewal_pair *current = &v->seen->current, *next = &v->seen->next;
    bool next_usable = usable(v, next), current_usable = usable(v, current);
    const struct shelflife_renewal_renewal_pair *best = next_usable ? next : current_usable ? current : NULL;
    if (best && settled(v, &best->id))
        return ours(v, &best->id) ? NULL : best;
    if (serving_works(v))
        return NULL;
    if (current_usable && covered(v, &current->id))
        return current;
    return next_usable && covered(v, &next->id) ? next : NULL;
}

/* Nobody serves what the own note does not name: so a CA stays in the bundle for whoever may be about to
   use it, however long that takes. */
static bool serve(struct view *v)
{
    const struct shelflife_renewal_renewal_pair *chosen = choose(v);
    struct set note = {v->plan->note, v->plan->note_count};
    if (!chosen)
        return false;
    v->plan->next = chosen == &v->seen->next;
    if (note_names(own_note(v), &chosen->id))
        return take(v, SHELFLIFE_RENEWAL_RENEWAL_SERVE,
                    v->plan->next ? "its CA is in the caBundle" : "it is current");
    add(&note, &chosen->id);
    v->plan->note_count = note.count;
    return take(v, SHELFLIFE_RENEWAL_RENEWAL_NOTE, "another certificate is about to be served");
}

static bool make(struct view *v)
{
    const struct shelflife_renewal_renewal_seen *seen = v->seen;
    const struct shelflife_renewal_renewal_pair *best = usable(v, &seen->next)      ? &seen->next
                                                        : usable(v, &seen->current) ? &seen->current
                                                                                    : NULL;
    if (!seen->secret)
        return take(v, SHELFLIFE_RENEWAL_RENEWAL_CREATE, "the Secret does not exist");
    if (!best)
        return take(v, SHELFLIFE_RENEWAL_RENEWAL_MAKE,
                    seen->slots[0] || seen->slots[1] ? "the certificate in the Secret is not usable"
                                                     : "the Secret is empty");
    if (v->now >= shelflife_renewal_renewal_due(v->self, best))
        return take(v, SHELFLIFE_RENEWAL_RENEWAL_MAKE,
                    "two thirds of the certificate's lifetime have passed");
    /* Together with the names that it has: replicas of two minds would renew in turns. */
    v->plan->merge = !best->names;
    return !best->names && take(v, SHELFLIFE_RENEWAL_RENEWAL_MAKE, "the certificate lacks a name");
}

/* Adding is done at once. */
static bool extend_bundle(struct view *v, const struct set *wanted)
{
    bool missing = false;
    for (size_t i = 0; i < wanted->count; i++)
        missing |= !covered(v, &wanted->at[i]);
    if (!missing)
        return false;
    struct set all = {v->plan->bundle, 0};
    for (size_t i = 0; i < wanted->count; i++)
        add(&all, &wanted->at[i]);
    for (size_t i = 0; i < v->seen->ca_count; i++)
        add(&all, &v->seen->bundle[i].id);
    v->plan->bundle_count = all.count;
    return take(v, SHELFLIFE_RENEWAL_RENEWAL_BUNDLE, "a CA in use is not in every caBundle");
}

static uint64_t hash_ids(uint64_t hash, const struct shelflife_renewal_renewal_id *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sizeof(ids[i].text); k++)
            hash = (hash ^ (unsigned char)ids[i].text[k]) * 0x100000001b3;
    return hash;
}

/* Taking away waits until for a while nothing has changed. */
static bool reduce_bundle(struct view *v, const struct set *wanted)
{
    struct shelflife_renewal_renewal_memory *memory = v->memory;
    bool more = v->seen->configuration && !v->seen->clean;
    uint64_t hash = hash_ids(0xcbf29ce484222325, wanted->at, wanted->count);
    for (size_t i = 0; i < v->seen->ca_count; i++) {
        more |= !has(wanted, &v->seen->bundle[i].id);
        hash = hash_ids(hash, &v->seen->bundle[i].id, 1);
    }
    if (hash != memory->last_will || !more)
        memory->will_since = v->ms;
    memory->last_will = hash;
    if (!more)
        return false;
    if (v->plan->phase == SHELFLIFE_RENEWAL_RENEWAL_SETTLED)
        v->plan->phase = SHELFLIFE_RENEWAL_RENEWAL_RETIRING;
    if (wanted->count == 0 || v->ms - memory->will_since < v->pace.quiet)
        return false;
    memcpy(v->plan->bundle, wanted->at, wanted->count * sizeof(*wanted->at));
    v->plan->bundle_count = wanted->count;
    return take(v, SHELFLIFE_RENEWAL_RENEWAL_BUNDLE, "the caBundle contains a CA that no replica uses");
}

static bool bundle(struct view *v)
{
    struct shelflife_renewal_renewal_id ids[SHELFLIFE_RENEWAL_RENEWAL_CAS];
    struct set wanted = {ids, 0};
    add_wanted(v, &wanted);
    return v->seen->configuration && (extend_bundle(v, &wanted) || reduce_bundle(v, &wanted));
}

static bool note(struct view *v)
{
    const struct shelflife_renewal_renewal_note *own = own_note(v);
    if (is_none(&v->self->serving) || (own && own->count == 1 && note_names(own, &v->self->serving)))
        return false;
    return take(v, SHELFLIFE_RENEWAL_RENEWAL_NOTE, "the Secret does not show what this replica serves");
}

static bool promote(struct view *v)
{
    if (!v->seen->slots[1])
        return false;
    if (usable(v, &v->seen->next))
        return all_serve_next(v) &&
               take(v, SHELFLIFE_RENEWAL_RENEWAL_PROMOTE, "every replica serves the new certificate");
    return take(v, SHELFLIFE_RENEWAL_RENEWAL_CLEAR, "the next certificate is not usable");
}

static enum shelflife_renewal_renewal_phase phase_of(const struct view *v)
{
    if (is_none(&v->self->serving))
        return SHELFLIFE_RENEWAL_RENEWAL_STARTING;
    return v->seen->slots[1] || !ours(v, &v->seen->current.id) ? SHELFLIFE_RENEWAL_RENEWAL_RENEWING
                                                               : SHELFLIFE_RENEWAL_RENEWAL_SETTLED;
}

void shelflife_renewal_renewal_decide(const struct shelflife_renewal_renewal_self *self,
                                      const struct shelflife_renewal_renewal_seen *seen,
                                      struct shelflife_renewal_renewal_memory *memory, int64_t now,
                                      uint64_t ms, struct shelflife_renewal_renewal_plan *plan)
{
    struct view v = {self, seen, memory, plan, shelflife_renewal_renewal_pace_of(self->life), now, ms};
    remember_covered(&v);
    *plan = (struct shelflife_renewal_renewal_plan){.ready = is_ready(&v), .phase = phase_of(&v)};
    if (!is_none(&self->serving)) {
        plan->note[0] = self->serving;
        plan->note_count = 1;
    }
    static bool (*const steps[])(struct view *) = {serve, make, bundle, note, promote};
    for (size_t i = 0; i < COUNT(steps); i++)
        if (steps[i](&v))
            return;
    plan->wait = plan->phase == SHELFLIFE_RENEWAL_RENEWAL_SETTLED ? v.pace.poll : v.pace.hurry;
}
