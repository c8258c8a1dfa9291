#include "renewal/decide.h"

/* A set of CAs, in the order of insertion. */
struct set {
    struct shelflife_renewal_id *at;
    size_t count;
};

/* The inputs and outputs of one decision. */
struct view {
    const struct shelflife_renewal_self *self;
    const struct shelflife_renewal_state *state;
    struct shelflife_renewal_memory *memory;
    struct shelflife_renewal_plan *plan;
    struct shelflife_renewal_pace pace;
    int64_t now;
    uint64_t ms;
};

const char *shelflife_renewal_step_name(enum shelflife_renewal_step step)
{
    static const char *const names[] = {
        [SHELFLIFE_RENEWAL_STEP_WAIT] = "observe",
        [SHELFLIFE_RENEWAL_STEP_SERVE] = "serve",
        [SHELFLIFE_RENEWAL_STEP_ANNOTATE] = "annotate",
        [SHELFLIFE_RENEWAL_STEP_ADD_NEXT] = "add_next",
        [SHELFLIFE_RENEWAL_STEP_UPDATE_BUNDLES] = "update_bundles",
        [SHELFLIFE_RENEWAL_STEP_PROMOTE] = "promote",
        [SHELFLIFE_RENEWAL_STEP_REMOVE_NEXT] = "remove_next",
    };
    _Static_assert(COUNT(names) == SHELFLIFE_RENEWAL_STEPS, "a name for each step");
    return names[step];
}

bool shelflife_renewal_id_equal(const struct shelflife_renewal_id *a, const struct shelflife_renewal_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static uint64_t clamp(uint64_t n, uint64_t least, uint64_t most)
{
    return n < least ? least : n > most ? most : n;
}

struct shelflife_renewal_pace shelflife_renewal_pace_of(int64_t life)
{
    uint64_t ms = life > 0 ? 1000 * (uint64_t)life : 0;
    struct shelflife_renewal_pace pace = {
        .poll = clamp(ms / 120, 250, 10000),
        .poll_busy = clamp(ms / 240, 250, 2000),
        .settle = clamp(ms / 60, 1000, 30000),
    };
    /* Long enough for every replica to observe several times and to write its note. */
    pace.quiet = 3 * pace.settle;
    return pace;
}

/* ---- Certificates ---- */

static bool is_none(const struct shelflife_renewal_id *id)
{
    return id->text[0] == '\0';
}

static const struct shelflife_renewal_bundled_ca *find_ca(const struct shelflife_renewal_state *state,
                                                          const struct shelflife_renewal_id *id)
{
    for (size_t i = 0; i < state->ca_count; i++)
        if (shelflife_renewal_id_equal(&state->bundle[i].id, id))
            return &state->bundle[i];
    return NULL;
}

/* Without a configuration the API server does not call us, so any certificate will do. */
static bool covered(const struct view *v, const struct shelflife_renewal_id *id)
{
    const struct shelflife_renewal_bundled_ca *ca = find_ca(v->state, id);
    return !v->state->configuration || (ca && ca->everywhere);
}

static bool settled(const struct view *v, const struct shelflife_renewal_id *id)
{
    for (size_t i = 0; i < COUNT(v->memory->covered); i++)
        if (shelflife_renewal_id_equal(&v->memory->covered[i].id, id))
            return v->ms - v->memory->covered[i].since >= v->pace.settle;
    return false;
}

/* Worth starting to serve: valid now and for at least the settle time. */
static bool usable(const struct view *v, const struct shelflife_renewal_pair *pair)
{
    return pair->valid && pair->from <= v->now && v->now + (int64_t)(v->pace.settle / 1000) < pair->until;
}

static bool has_expired(const struct view *v, int64_t until)
{
    return until <= v->now;
}

int64_t shelflife_renewal_due(const struct shelflife_renewal_self *self,
                              const struct shelflife_renewal_pair *pair)
{
    /* A shorter life that was configured since applies at once, a longer one from the next certificate on. */
    int64_t life = pair->until - pair->issued;
    if (life > self->life)
        life = self->life;
    return pair->issued + life / 3 * 2 + life % 3 * 2 / 3 + life * (int64_t)self->jitter / INT64_C(60000);
}

static bool is_served(const struct view *v, const struct shelflife_renewal_id *id)
{
    return !is_none(id) && shelflife_renewal_id_equal(&v->self->serving, id);
}

/* The served certificate is valid and trusted by the API server. */
static bool serving_works(const struct view *v)
{
    return !is_none(&v->self->serving) && !has_expired(v, v->self->serving_until) &&
           covered(v, &v->self->serving);
}

/* A `next` that is served before the settle time, because nothing else could be, is not trusted by every API
   server yet: while another CA is valid, leave the requests to the replicas that serve its certificate. */
static bool is_ready(const struct view *v)
{
    if (!serving_works(v) || !is_served(v, &v->state->next.id) || settled(v, &v->state->next.id))
        return serving_works(v);
    for (size_t i = 0; i < v->state->ca_count; i++)
        if (!is_served(v, &v->state->bundle[i].id) && !has_expired(v, v->state->bundle[i].until))
            return false;
    return true;
}

/* ---- Memory ---- */

static void remember_covered(struct view *v)
{
    const struct shelflife_renewal_pair *pairs[] = {&v->state->current, &v->state->next};
    struct shelflife_renewal_memory before = *v->memory;
    memset(v->memory->covered, 0, sizeof(v->memory->covered));
    for (size_t i = 0; i < COUNT(pairs); i++) {
        if (!pairs[i]->valid || !covered(v, &pairs[i]->id))
            continue;
        v->memory->covered[i].id = pairs[i]->id;
        v->memory->covered[i].since = v->ms;
        for (size_t k = 0; k < COUNT(before.covered); k++)
            if (shelflife_renewal_id_equal(&before.covered[k].id, &pairs[i]->id))
                v->memory->covered[i].since = before.covered[k].since;
    }
}

/* ---- Sets ---- */

static bool has(const struct set *set, const struct shelflife_renewal_id *id)
{
    for (size_t i = 0; i < set->count; i++)
        if (shelflife_renewal_id_equal(&set->at[i], id))
            return true;
    return false;
}

static void add(struct set *set, const struct shelflife_renewal_id *id)
{
    if (!is_none(id) && set->count < SHELFLIFE_RENEWAL_CAS_MAX && !has(set, id))
        set->at[set->count++] = *id;
}

/* The CAs that the caBundles must have: of the pairs in the Secret, of the served pair, and those that a note
   names. */
static void add_wanted(const struct view *v, struct set *set)
{
    const struct shelflife_renewal_state *state = v->state;
    const struct shelflife_renewal_pair *pairs[] = {&state->current, &state->next};
    for (size_t i = 0; i < COUNT(pairs); i++)
        if (pairs[i]->valid && !has_expired(v, pairs[i]->until))
            add(set, &pairs[i]->id);
    if (!has_expired(v, v->self->serving_until))
        add(set, &v->self->serving);
    for (size_t i = 0; i < state->note_count; i++)
        for (size_t k = 0; k < state->notes[i].count; k++) {
            const struct shelflife_renewal_bundled_ca *ca = find_ca(state, &state->notes[i].ids[k]);
            if (ca && !has_expired(v, ca->until))
                add(set, &ca->id);
        }
}

/* ---- Notes ---- */

static const struct shelflife_renewal_note *find_own_note(const struct view *v)
{
    for (size_t i = 0; i < v->state->note_count; i++)
        if (memcmp(v->state->notes[i].name, v->self->name, sizeof(v->self->name)) == 0)
            return &v->state->notes[i];
    return NULL;
}

static bool note_names(const struct shelflife_renewal_note *note, const struct shelflife_renewal_id *id)
{
    for (size_t i = 0; note && i < note->count; i++)
        if (shelflife_renewal_id_equal(&note->ids[i], id))
            return true;
    return false;
}

static bool id_counts(const struct shelflife_renewal_state *state, const struct shelflife_renewal_id *id,
                      int64_t now)
{
    const struct shelflife_renewal_pair *pairs[] = {&state->current, &state->next};
    for (size_t i = 0; i < COUNT(pairs); i++)
        if (pairs[i]->valid && pairs[i]->until > now && shelflife_renewal_id_equal(&pairs[i]->id, id))
            return true;
    const struct shelflife_renewal_bundled_ca *ca = find_ca(state, id);
    return ca && ca->until > now;
}

bool shelflife_renewal_note_counts(const struct shelflife_renewal_state *state,
                                   const struct shelflife_renewal_note *note, int64_t now)
{
    for (size_t i = 0; i < note->count; i++)
        if (id_counts(state, &note->ids[i], now))
            return true;
    return false;
}

/* Whether all notes that count name `next` and nothing else. */
static bool all_serve_next(const struct view *v)
{
    for (size_t i = 0; i < v->state->note_count; i++) {
        const struct shelflife_renewal_note *note = &v->state->notes[i];
        for (size_t k = 0; k < note->count; k++)
            if (!shelflife_renewal_id_equal(&note->ids[k], &v->state->next.id) &&
                id_counts(v->state, &note->ids[k], v->now))
                return false;
    }
    return is_served(v, &v->state->next.id);
}

/* ---- The steps, in order of priority: each returns true if it is the one to take ---- */

static bool take(struct view *v, enum shelflife_renewal_step step, const char *why)
{
    v->plan->step = step;
    v->plan->why = why;
    return true;
}

/* Which of the Secret's pairs to serve from now on, or NULL for no change. The newer one, once its CA has
   been in every caBundle for the settle time; earlier only if nothing else can be served. */
static const struct shelflife_renewal_pair *choose(const struct view *v)
{
    const struct shelflife_renewal_pair *current = &v->state->current, *next = &v->state->next;
    bool next_usable = usable(v, next), current_usable = usable(v, current);
    const struct shelflife_renewal_pair *best = next_usable ? next : current_usable ? current : NULL;
    if (best && settled(v, &best->id))
        return is_served(v, &best->id) ? NULL : best;
    if (serving_works(v))
        return NULL;
    if (current_usable && covered(v, &current->id))
        return current;
    return next_usable && covered(v, &next->id) ? next : NULL;
}

/* A replica serves only what its note names: so a CA stays in the caBundles for a replica that is about to
   use it, however long that takes. */
static bool serve(struct view *v)
{
    const struct shelflife_renewal_pair *chosen = choose(v);
    struct set note = {v->plan->note, v->plan->note_count};
    if (!chosen)
        return false;
    v->plan->next = chosen == &v->state->next;
    if (note_names(find_own_note(v), &chosen->id))
        return take(v, SHELFLIFE_RENEWAL_STEP_SERVE,
                    v->plan->next ? "its CA is in every caBundle" : "it is the current certificate");
    add(&note, &chosen->id);
    v->plan->note_count = note.count;
    return take(v, SHELFLIFE_RENEWAL_STEP_ANNOTATE, "about to serve another certificate");
}

static bool make(struct view *v)
{
    const struct shelflife_renewal_state *state = v->state;
    const struct shelflife_renewal_pair *best = usable(v, &state->next)      ? &state->next
                                                : usable(v, &state->current) ? &state->current
                                                                             : NULL;
    if (!best)
        return take(v, SHELFLIFE_RENEWAL_STEP_ADD_NEXT,
                    state->slots[0] || state->slots[1] ? "the certificate in the Secret cannot be used"
                                                       : "the Secret is empty");
    if (v->now >= shelflife_renewal_due(v->self, best))
        return take(v, SHELFLIFE_RENEWAL_STEP_ADD_NEXT, "two thirds of the certificate's life have passed");
    /* Include the names that it has: replicas with different configurations would renew in turns. */
    v->plan->merge = !best->names;
    return !best->names && take(v, SHELFLIFE_RENEWAL_STEP_ADD_NEXT, "the certificate lacks a name");
}

/* Missing CAs are added at once. */
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
    for (size_t i = 0; i < v->state->ca_count; i++)
        add(&all, &v->state->bundle[i].id);
    v->plan->bundle_count = all.count;
    return take(v, SHELFLIFE_RENEWAL_STEP_UPDATE_BUNDLES, "a CA in use is not in every caBundle");
}

static uint64_t hash_ids(uint64_t hash, const struct shelflife_renewal_id *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sizeof(ids[i].text); k++)
            hash = (hash ^ (unsigned char)ids[i].text[k]) * 0x100000001b3;
    return hash;
}

/* CAs are removed only after a time without changes. */
static bool reduce_bundle(struct view *v, const struct set *wanted)
{
    struct shelflife_renewal_memory *memory = v->memory;
    bool more = v->state->configuration && !v->state->uniform;
    uint64_t hash = hash_ids(0xcbf29ce484222325, wanted->at, wanted->count);
    for (size_t i = 0; i < v->state->ca_count; i++) {
        more |= !has(wanted, &v->state->bundle[i].id);
        hash = hash_ids(hash, &v->state->bundle[i].id, 1);
    }
    if (hash != memory->reduction_hash || !more)
        memory->reduction_since = v->ms;
    memory->reduction_hash = hash;
    if (!more)
        return false;
    if (v->plan->phase == SHELFLIFE_RENEWAL_PHASE_SETTLED)
        v->plan->phase = SHELFLIFE_RENEWAL_PHASE_RETIRING;
    if (wanted->count == 0 || v->ms - memory->reduction_since < v->pace.quiet)
        return false;
    memcpy(v->plan->bundle, wanted->at, wanted->count * sizeof(*wanted->at));
    v->plan->bundle_count = wanted->count;
    return take(v, SHELFLIFE_RENEWAL_STEP_UPDATE_BUNDLES, "a CA in the caBundle is no longer in use");
}

static bool bundle(struct view *v)
{
    struct shelflife_renewal_id ids[SHELFLIFE_RENEWAL_CAS_MAX];
    struct set wanted = {ids, 0};
    add_wanted(v, &wanted);
    return v->state->configuration && (extend_bundle(v, &wanted) || reduce_bundle(v, &wanted));
}

static bool note(struct view *v)
{
    const struct shelflife_renewal_note *own = find_own_note(v);
    if (is_none(&v->self->serving) || (own && own->count == 1 && note_names(own, &v->self->serving)))
        return false;
    return take(v, SHELFLIFE_RENEWAL_STEP_ANNOTATE, "this replica's annotation is missing or out of date");
}

static bool promote(struct view *v)
{
    if (!v->state->slots[1])
        return false;
    if (usable(v, &v->state->next))
        return all_serve_next(v) &&
               take(v, SHELFLIFE_RENEWAL_STEP_PROMOTE, "every replica serves the new certificate");
    return take(v, SHELFLIFE_RENEWAL_STEP_REMOVE_NEXT, "the next certificate cannot be used");
}

static enum shelflife_renewal_phase phase_of(const struct view *v)
{
    if (is_none(&v->self->serving))
        return SHELFLIFE_RENEWAL_PHASE_STARTING;
    return v->state->slots[1] || !is_served(v, &v->state->current.id) ? SHELFLIFE_RENEWAL_PHASE_RENEWING
                                                                      : SHELFLIFE_RENEWAL_PHASE_SETTLED;
}

void shelflife_renewal_decide(const struct shelflife_renewal_self *self,
                              const struct shelflife_renewal_state *state,
                              struct shelflife_renewal_memory *memory, int64_t now, uint64_t ms,
                              struct shelflife_renewal_plan *plan)
{
    struct view v = {self, state, memory, plan, shelflife_renewal_pace_of(self->life), now, ms};
    remember_covered(&v);
    *plan = (struct shelflife_renewal_plan){.ready = is_ready(&v), .phase = phase_of(&v)};
    if (!is_none(&self->serving)) {
        plan->note[0] = self->serving;
        plan->note_count = 1;
    }
    static bool (*const steps[])(struct view *) = {serve, make, bundle, note, promote};
    for (size_t i = 0; i < COUNT(steps); i++)
        if (steps[i](&v))
            return;
    plan->wait = plan->phase == SHELFLIFE_RENEWAL_PHASE_SETTLED ? v.pace.poll : v.pace.poll_busy;
}
