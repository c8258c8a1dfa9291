/* rooms: renewal file kube net json pki base */
#include "unit/test.h"

#include <inttypes.h>

#include "renewal/decide.h"

/*
 * A simulated cluster: one Secret, one configuration with two webhooks, and replicas whose reads and writes
 * happen in any order, with faults between any two of them. The invariants are checked after every event.
 */
enum {
    LIFE = 600, /* seconds */
    REPLICAS = 4,
    WEBHOOKS = 2,
    NOTES = 64,
    CAS = 12,
    HISTORY = 64,
    BACKDATE = 300,
};
static const int64_t epoch = 1795392000;

typedef struct shelflife_renewal_id id;

struct secret {
    bool exists;
    unsigned version;
    bool slots[2];
    struct shelflife_renewal_pair current, next;
    struct shelflife_renewal_note notes[NOTES];
    size_t note_count;
};

struct ids {
    id at[CAS];
    size_t count;
};

struct configuration {
    bool exists;
    unsigned version;
    struct ids bundles[WEBHOOKS];
};

struct replica {
    bool alive;
    struct shelflife_renewal_self self;
    struct shelflife_renewal_memory memory;
    int64_t skew; /* seconds */
    enum { LOOK, READ_SECRET, ACT } at;
    uint64_t due; /* milliseconds */
    struct configuration configuration;
    struct secret secret;
    struct shelflife_renewal_plan plan;
};

struct world {
    uint64_t random, ms;
    struct secret secret, saved;
    struct configuration configuration;
    struct {
        uint64_t until; /* milliseconds: it was replaced then */
        struct configuration what;
    } history[HISTORY];
    size_t history_count;
    struct replica replicas[REPLICAS];
    struct {
        id id;
        int64_t until;
    } made[4096];
    size_t made_count;
    unsigned names;        /* given to replicas so far */
    unsigned writes;       /* that changed something */
    uint64_t disturbed;    /* milliseconds: until then an edit by hand may be felt */
    bool crashes, outages; /* faults that may happen */
    uint64_t outage;       /* milliseconds: the API server does not respond until then */
};

static uint64_t draw(struct world *w, uint64_t below)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random % below;
}

static bool chance(struct world *w, unsigned in)
{
    return draw(w, in) == 0;
}

static int64_t seconds(const struct world *w)
{
    return epoch + (int64_t)(w->ms / 1000);
}

static int64_t until_of(const struct world *w, const id *which)
{
    for (size_t i = 0; i < w->made_count; i++)
        if (shelflife_renewal_id_equal(&w->made[i].id, which))
            return w->made[i].until;
    return INT64_MAX; /* a foreign CA's */
}

static bool holds(const struct ids *set, const id *which)
{
    for (size_t i = 0; i < set->count; i++)
        if (shelflife_renewal_id_equal(&set->at[i], which))
            return true;
    return false;
}

static struct shelflife_renewal_pair make_pair(struct world *w, int64_t now)
{
    struct shelflife_renewal_pair pair = {
        .valid = true, .names = true, .from = now - BACKDATE, .issued = now, .until = now + LIFE};
    snprintf(pair.id.text, sizeof(pair.id.text), "%zu", w->made_count);
    assert_true(w->made_count < COUNT(w->made));
    w->made[w->made_count].id = pair.id;
    w->made[w->made_count++].until = pair.until;
    return pair;
}

/* ---- The API server ---- */

static void change_configuration(struct world *w, const struct configuration *to)
{
    if (w->history_count == HISTORY) {
        memmove(w->history, w->history + 1, (HISTORY - 1) * sizeof(*w->history));
        w->history_count--;
    }
    w->history[w->history_count].until = w->ms;
    w->history[w->history_count++].what = w->configuration;
    unsigned version = w->configuration.version + 1;
    w->configuration = *to;
    w->configuration.version = version;
}

static void set_note(struct secret *s, const struct replica *r)
{
    size_t i = 0;
    while (i < s->note_count && memcmp(s->notes[i].name, r->self.name, sizeof(r->self.name)) != 0)
        i++;
    if (i == s->note_count) {
        assert_true(s->note_count < NOTES);
        s->note_count++;
    }
    memcpy(s->notes[i].name, r->self.name, sizeof(r->self.name));
    memcpy(s->notes[i].ids, r->plan.note, sizeof(s->notes[i].ids));
    s->notes[i].count = r->plan.note_count;
}

static void drop_notes(struct secret *s, const struct shelflife_renewal_state *state, const struct replica *r,
                       int64_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->note_count; i++)
        if (memcmp(s->notes[i].name, r->self.name, sizeof(r->self.name)) == 0 ||
            shelflife_renewal_note_counts(state, &s->notes[i], now))
            s->notes[kept++] = s->notes[i];
    s->note_count = kept;
}

/* ---- A replica ---- */

static void show(const struct world *w, const struct replica *r, struct shelflife_renewal_bundled_ca *cas,
                 struct shelflife_renewal_state *state)
{
    const struct secret *s = &r->secret;
    *state = (struct shelflife_renewal_state){.configuration = r->configuration.exists,
                                              .slots = {s->slots[0], s->slots[1]},
                                              .current = s->current,
                                              .next = s->next,
                                              .notes = s->notes,
                                              .note_count = s->note_count,
                                              .bundle = cas,
                                              .uniform = true};
    if (!state->configuration)
        return;
    const struct ids *first = &r->configuration.bundles[0];
    for (size_t b = 0; b < WEBHOOKS; b++) {
        const struct ids *bundle = &r->configuration.bundles[b];
        state->uniform &=
            bundle->count == first->count && memcmp(bundle->at, first->at, sizeof(id) * first->count) == 0;
        for (size_t i = 0; i < bundle->count; i++) {
            bool known = false, everywhere = true;
            for (size_t k = 0; k < state->ca_count; k++)
                known |= shelflife_renewal_id_equal(&cas[k].id, &bundle->at[i]);
            for (size_t k = 0; k < WEBHOOKS; k++)
                everywhere &= holds(&r->configuration.bundles[k], &bundle->at[i]);
            if (!known)
                cas[state->ca_count++] = (struct shelflife_renewal_bundled_ca){
                    bundle->at[i], until_of(w, &bundle->at[i]), everywhere};
        }
    }
}

static void begin_replica(struct world *w, struct replica *r, bool same_name)
{
    struct shelflife_renewal_self self = {.life = LIFE, .jitter = (unsigned)draw(w, 1000)};
    if (same_name)
        memcpy(self.name, r->self.name, sizeof(self.name));
    else
        snprintf(self.name, sizeof(self.name), "pod-%u", w->names++);
    int64_t skew = r->skew;
    *r = (struct replica){.alive = true, .self = self, .skew = skew, .due = w->ms + draw(w, 2000)};
}

/* One write, based on an earlier read; refused if the object has changed since. */
static bool write_secret(struct world *w, struct replica *r, struct secret *changed)
{
    if (!w->secret.exists || w->secret.version != r->secret.version)
        return false;
    changed->version = w->secret.version + 1;
    w->secret = *changed;
    w->writes++;
    return true;
}

static void act_on_secret(struct world *w, struct replica *r, const struct shelflife_renewal_state *state,
                          int64_t now)
{
    struct secret changed = r->secret;
    switch (r->plan.step) {
    case SHELFLIFE_RENEWAL_STEP_ADD_NEXT:
        changed.slots[1] = true;
        changed.next = make_pair(w, now);
        break;
    case SHELFLIFE_RENEWAL_STEP_PROMOTE:
        changed.current = changed.next;
        changed.slots[0] = true;
        drop_notes(&changed, state, r, now);
        __attribute__((fallthrough));
    case SHELFLIFE_RENEWAL_STEP_REMOVE_NEXT:
        changed.slots[1] = false;
        changed.next = (struct shelflife_renewal_pair){0};
        break;
    default:
        break;
    }
    if (r->plan.note_count)
        set_note(&changed, r);
    write_secret(w, r, &changed);
}

static void act(struct world *w, struct replica *r)
{
    struct shelflife_renewal_bundled_ca cas[SHELFLIFE_RENEWAL_CAS_MAX];
    struct shelflife_renewal_state seen;
    const struct shelflife_renewal_plan *plan = &r->plan;
    show(w, r, cas, &seen);
    if (plan->step == SHELFLIFE_RENEWAL_STEP_SERVE) {
        const struct shelflife_renewal_pair *pair = plan->next ? &r->secret.next : &r->secret.current;
        r->self.serving = pair->id;
        r->self.serving_until = pair->until;
    } else if (plan->step == SHELFLIFE_RENEWAL_STEP_UPDATE_BUNDLES) {
        struct configuration to = w->configuration;
        for (size_t b = 0; b < WEBHOOKS; b++) {
            assert_true(plan->bundle_count <= CAS);
            memcpy(to.bundles[b].at, plan->bundle, plan->bundle_count * sizeof(id));
            to.bundles[b].count = plan->bundle_count;
        }
        if (w->configuration.exists && w->configuration.version == r->configuration.version) {
            change_configuration(w, &to);
            w->writes++;
        }
    } else if (plan->step != SHELFLIFE_RENEWAL_STEP_WAIT) {
        act_on_secret(w, r, &seen, seconds(w) + r->skew);
    }
    r->at = LOOK;
    r->due = w->ms + (plan->step == SHELFLIFE_RENEWAL_STEP_WAIT ? plan->wait : draw(w, 200));
}

static void step(struct world *w, struct replica *r)
{
    struct shelflife_renewal_bundled_ca cas[SHELFLIFE_RENEWAL_CAS_MAX];
    struct shelflife_renewal_state seen;
    if (w->ms < w->outage && !(r->at == ACT && r->plan.step == SHELFLIFE_RENEWAL_STEP_SERVE)) {
        r->at = LOOK;
        r->due = w->ms + 1000;
        return;
    }
    switch (r->at) {
    case LOOK: /* the configuration first: see renewal.h */
        r->configuration = w->configuration;
        r->at = READ_SECRET;
        break;
    case READ_SECRET:
        if (!w->secret.exists) { /* the observation fails */
            r->at = LOOK;
            r->due = w->ms + 1000;
            break;
        }
        r->secret = w->secret;
        show(w, r, cas, &seen);
        shelflife_renewal_decide(&r->self, &seen, &r->memory, seconds(w) + r->skew, w->ms, &r->plan);
        r->at = ACT;
        break;
    case ACT:
        act(w, r);
        break;
    }
}

static void leave(struct world *w, struct replica *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->secret.note_count; i++)
        if (memcmp(w->secret.notes[i].name, r->self.name, sizeof(r->self.name)) != 0)
            w->secret.notes[kept++] = w->secret.notes[i];
    w->secret.version += kept != w->secret.note_count;
    w->secret.note_count = kept;
}

/* ---- Invariants ---- */

/* Whether a configuration trusts a CA that has not expired; otherwise no replica can serve it. */
static bool trusts_anything(const struct world *w, const struct configuration *c)
{
    for (size_t b = 0; b < WEBHOOKS && c->exists; b++)
        for (size_t i = 0; i < c->bundles[b].count; i++)
            if (until_of(w, &c->bundles[b].at[i]) > seconds(w))
                return true;
    return false;
}

static bool trusts(const struct configuration *c, const id *which)
{
    for (size_t b = 0; b < WEBHOOKS; b++)
        if (c->exists && !holds(&c->bundles[b], which))
            return false;
    return true;
}

/* Every configuration that an API server may still use trusts the served certificates. */
static void check(const struct world *w, uint64_t seed)
{
    uint64_t settle = shelflife_renewal_pace_of(LIFE).settle;
    for (size_t i = 0; i < REPLICAS && w->ms >= w->disturbed; i++) {
        const struct replica *r = &w->replicas[i];
        if (!r->alive || !r->self.serving.text[0] || r->self.serving_until <= seconds(w))
            continue;
        if (!trusts(&w->configuration, &r->self.serving))
            fail_msg("seed %" PRIu64 " at %" PRIu64 " ms: %s serves %s, which is not trusted", seed, w->ms,
                     r->self.name, r->self.serving.text);
        for (size_t h = w->history_count; r->plan.ready && h-- > 0 && w->history[h].until + settle > w->ms;)
            if (trusts_anything(w, &w->history[h].what) && !trusts(&w->history[h].what, &r->self.serving))
                fail_msg("seed %" PRIu64 " at %" PRIu64 " ms: %s serves %s too early", seed, w->ms,
                         r->self.name, r->self.serving.text);
    }
}

static const char *what_is_not_settled(const struct world *w)
{
    const struct secret *s = &w->secret;
    if (!s->exists || !s->current.valid || s->slots[1] || s->current.until <= seconds(w))
        return "the Secret";
    for (size_t b = 0; b < WEBHOOKS; b++)
        if (w->configuration.bundles[b].count != 1 || !holds(&w->configuration.bundles[b], &s->current.id))
            return "a caBundle";
    for (size_t i = 0; i < REPLICAS; i++) {
        const struct replica *r = &w->replicas[i];
        if (r->alive && (!shelflife_renewal_id_equal(&r->self.serving, &s->current.id) || !r->plan.ready))
            return r->self.name;
    }
    return NULL;
}

/* ---- Events ---- */

static void crash_somebody(struct world *w)
{
    struct replica *r = &w->replicas[draw(w, REPLICAS)];
    if (!r->alive) {
        begin_replica(w, r, chance(w, 2));
    } else if (chance(w, 3)) {
        leave(w, r);
        begin_replica(w, r, false);
    } else {
        r->alive = false;
    }
}

static void run(struct world *w, uint64_t seed, uint64_t lasting)
{
    uint64_t end = w->ms + lasting;
    while (w->ms < end) {
        uint64_t soonest = end;
        for (size_t i = 0; i < REPLICAS; i++)
            if (w->replicas[i].alive && w->replicas[i].due < soonest)
                soonest = w->replicas[i].due;
        w->ms = soonest > w->ms ? soonest : w->ms + 1;
        struct replica *r = &w->replicas[draw(w, REPLICAS)];
        if (r->alive && r->due <= w->ms) {
            r->due = w->ms + 1 + draw(w, chance(w, 20) ? 3000 : 40);
            if (w->crashes && chance(w, 200))
                r->due += draw(w, 200000); /* it stalls, between any two of its requests */
            step(w, r);
        }
        if (w->crashes && chance(w, 400))
            crash_somebody(w);
        if (w->outages && chance(w, 3000))
            w->outage = w->ms + draw(w, 100000);
        check(w, seed);
    }
}

static void settle_within(struct world *w, uint64_t seed, uint64_t milliseconds)
{
    uint64_t end = w->ms + milliseconds;
    while (what_is_not_settled(w) && w->ms < end)
        run(w, seed, 1000);
    if (what_is_not_settled(w))
        fail_msg("seed %" PRIu64 " at %" PRIu64 " ms: %s is not settled", seed, w->ms,
                 what_is_not_settled(w));
}

static void wake_everybody(struct world *w)
{
    w->crashes = w->outages = false;
    w->outage = 0;
    for (size_t i = 0; i < REPLICAS; i++) {
        struct replica *r = &w->replicas[i];
        if (!r->alive)
            begin_replica(w, r, true);
        if (r->due > w->ms + 5000)
            r->due = w->ms + 5000;
    }
}

static struct world *new_world(uint64_t seed, int64_t skew)
{
    struct world *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    w->random = seed * 0x9e3779b97f4a7c15 + 1;
    w->ms = 1000;
    w->secret.exists = w->configuration.exists = true; /* as the chart creates them: empty */
    for (size_t i = 0; i < REPLICAS; i++) {
        w->replicas[i].skew = skew ? (int64_t)draw(w, 2 * (uint64_t)skew) - skew : 0;
        begin_replica(w, &w->replicas[i], false);
    }
    return w;
}

static const uint64_t life_ms = (uint64_t)LIFE * 1000;

static void replicas_renew_by_themselves(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct world *w = new_world(seed, 0);
        settle_within(w, seed, 45000);
        run(w, seed, life_ms * 6);
        settle_within(w, seed, 80000);
        /* One renewal per two thirds of a life, by one replica, with few writes. */
        assert_in_range(w->made_count, 9, 16);
        assert_true(w->writes <= w->made_count * (3 * REPLICAS + 8));
        free(w);
    }
}

static void crashes_stalls_and_outages_break_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct world *w = new_world(seed, seed % 2 ? 20 : 0);
        w->crashes = true;
        w->outages = seed % 3 == 0;
        run(w, seed, life_ms * 6);
        wake_everybody(w);
        /* Notes of dead replicas keep their CAs until these expire. */
        settle_within(w, seed, 2 * life_ms);
        free(w);
    }
}

static void foreign(struct world *w, struct ids *set)
{
    id other = {"foreign"};
    (void)w;
    set->at[set->count++] = other;
}

static void edit_secret(struct world *w, unsigned how)
{
    struct secret *s = &w->secret;
    unsigned version = s->version + 1;
    struct shelflife_renewal_pair junk = {0};
    switch (how) {
    case 0: /* until the chart is applied again */
        s->exists = false;
        break;
    case 1:
        *s = (struct secret){.exists = true};
        break;
    case 2:
        s->current = junk;
        break;
    case 3:
        s->next = junk;
        s->slots[1] = true;
        break;
    case 4:
        s->current = s->next = junk;
        s->slots[0] = s->slots[1] = true;
        break;
    case 5:
        s->note_count = 0;
        break;
    case 6: /* the note of an unknown replica, with an unknown CA */
        s->notes[s->note_count++] = (struct shelflife_renewal_note){"ghost", {{"nothing"}}, 1};
        break;
    case 7:
        *s = w->saved; /* an old backup */
        break;
    case 8:
        s->current.names = false;
        break;
    default: /* a pair that is not valid yet */
        s->next = make_pair(w, seconds(w) + 2 * BACKDATE);
        s->slots[1] = true;
        break;
    }
    s->version = version;
}

static void edit_configuration(struct world *w, unsigned how)
{
    struct configuration to = w->configuration;
    switch (how) {
    case 0:
        to.bundles[0].count = to.bundles[1].count = 0;
        break;
    case 1:
        to.bundles[1].count = 0;
        break;
    case 2:
        to.bundles[0].count = to.bundles[1].count = 0;
        foreign(w, &to.bundles[0]);
        foreign(w, &to.bundles[1]);
        break;
    case 3:
        foreign(w, &to.bundles[0]);
        break;
    case 4:
        to.exists = false;
        break;
    default: /* created again */
        to = (struct configuration){.exists = true};
        break;
    }
    change_configuration(w, &to);
}

static void manual_edits_are_repaired(void **state)
{
    (void)state;
    const struct shelflife_renewal_pace pace = shelflife_renewal_pace_of(LIFE);
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct world *w = new_world(seed, 0);
        run(w, seed, 60000 + draw(w, life_ms));
        w->saved = w->secret;
        run(w, seed, draw(w, 2 * life_ms));
        for (int i = 0; i < 3; i++) {
            w->disturbed = w->ms + pace.quiet;
            if (chance(w, 2))
                edit_secret(w, (unsigned)(seed + (unsigned)i) % 10);
            else
                edit_configuration(w, (unsigned)(seed + (unsigned)i) % 6);
            run(w, seed, draw(w, 20000));
        }
        if (!w->configuration.exists)
            edit_configuration(w, 5);
        if (!w->secret.exists)
            edit_secret(w, 1);
        unsigned writes = w->writes;
        w->disturbed = w->ms + pace.quiet;
        run(w, seed, pace.quiet);
        for (size_t i = 0; i < REPLICAS; i++) /* ready again long before the cleanup is complete */
            assert_true(w->replicas[i].plan.ready);
        settle_within(w, seed, 2 * life_ms);
        assert_true(w->writes - writes < 300);
        free(w);
    }
}

static void the_note_of_a_dead_replica_keeps_its_ca_until_it_expires(void **state)
{
    (void)state;
    struct world *w = new_world(1, 0);
    run(w, 1, 60000);
    struct replica *dead = &w->replicas[0];
    id old = dead->self.serving;
    dead->alive = false;
    int64_t until = dead->self.serving_until;
    run(w, 1, life_ms * 2 / 3);
    assert_int_equal(w->made_count, 2);
    for (size_t i = 1; i < REPLICAS; i++)
        assert_false(shelflife_renewal_id_equal(&w->replicas[i].self.serving, &old));
    assert_true(holds(&w->configuration.bundles[0], &old));
    run(w, 1, (uint64_t)(until - seconds(w)) * 1000 + 50000);
    assert_false(holds(&w->configuration.bundles[0], &old));
    assert_false(w->secret.slots[1]);
    assert_int_equal(w->secret.note_count, REPLICAS - 1); /* which is removed then */
    free(w);
}

/* The Secret is emptied while a replica cannot reach the API server: the pair that it serves is in neither
   slot, only in its note. */
static void a_pair_lost_from_the_secret_is_trusted_while_it_is_served(void **state)
{
    (void)state;
    struct world *w = new_world(1, 0);
    run(w, 1, 60000);
    struct secret *s = &w->secret;
    id old = w->replicas[0].self.serving;
    w->replicas[0].due = w->ms + 200000;
    s->slots[0] = s->slots[1] = false;
    s->current = s->next = (struct shelflife_renewal_pair){0};
    s->version++;
    run(w, 1, 190000);
    assert_true(shelflife_renewal_id_equal(&w->replicas[0].self.serving, &old));
    assert_false(shelflife_renewal_id_equal(&w->replicas[1].self.serving, &old));
    settle_within(w, 1, 100000);
    free(w);
}

static void wrong_clocks_cost_certificates_but_no_trust(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct world *w = new_world(seed, BACKDATE / 3);
        run(w, seed, life_ms * 8);
        assert_true(w->made_count < 8 * 6);
        assert_true(w->writes < 1500);
        free(w);
    }
}

static void pace_is_in_proportion_between_bounds(void **state)
{
    (void)state;
    static const struct {
        int64_t life;
        struct shelflife_renewal_pace pace;
    } cases[] = {
        {60, {500, 250, 1000, 3000}},
        {600, {5000, 2000, 10000, 30000}},
        {90 * 86400, {10000, 2000, 30000, 90000}},
        {1, {250, 250, 1000, 3000}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_renewal_pace pace = shelflife_renewal_pace_of(cases[i].life);
        assert_memory_equal(&pace, &cases[i].pace, sizeof(pace));
    }
}

static void due_is_two_thirds_of_the_shorter_life(void **state)
{
    (void)state;
    static const struct {
        int64_t life;
        unsigned jitter;
        int64_t until, due;
    } cases[] = {
        {90, 0, 90, 60}, {90, 0, 900, 60}, {900, 0, 90, 60}, {600, 999, 600, 409}, {100, 0, 100, 66},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_renewal_self self = {.life = cases[i].life, .jitter = cases[i].jitter};
        struct shelflife_renewal_pair pair = {.until = cases[i].until};
        assert_int_equal(shelflife_renewal_due(&self, &pair), cases[i].due);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pace_is_in_proportion_between_bounds),
        cmocka_unit_test(due_is_two_thirds_of_the_shorter_life),
        cmocka_unit_test(replicas_renew_by_themselves),
        cmocka_unit_test(the_note_of_a_dead_replica_keeps_its_ca_until_it_expires),
        cmocka_unit_test(a_pair_lost_from_the_secret_is_trusted_while_it_is_served),
        cmocka_unit_test(crashes_stalls_and_outages_break_nothing),
        cmocka_unit_test(manual_edits_are_repaired),
        cmocka_unit_test(wrong_clocks_cost_certificates_but_no_trust),
    };
    return cmocka_run_group_tests_name("renewal core", tests, NULL, NULL);
}
