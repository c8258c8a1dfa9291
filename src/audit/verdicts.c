#include "audit/verdicts.h"

enum { SCRATCH_MAX = 64 << 20 /* bytes for one verdict */ };

struct shelflife_audit_known_image {
    uint32_t number, digest, why, class;
    bool as_written;
    struct shelflife_audit_image *image;
};

typedef struct shelflife_audit_verdicts images;

void shelflife_audit_verdicts_init(images *x, const struct shelflife_snapshot *snapshot,
                                   const struct shelflife_snapshot *old, shelflife_day at, arena *a,
                                   struct shelflife_audit_hash_key key)
{
    *x = (images){.snapshot = snapshot, .old = old, .at = at, .arena = a, .key = key};
    shelflife_arena_init(&x->scratch, SCRATCH_MAX);
}

void shelflife_audit_verdicts_free(images *x)
{
    free(x->classes);
    free(x->known);
    shelflife_audit_hash_index_free(&x->index);
    shelflife_arena_free(&x->scratch);
}

/* ---- Classes ---- */

bool shelflife_audit_verdicts_class(images *x, str namespace, uint32_t *class, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer name;
    shelflife_buffer_init(&name, SIZE_MAX / 2);
    shelflife_policy_namespace_class(x->snapshot->policy, namespace, &name);
    if (x->old)
        shelflife_policy_namespace_class(x->old->policy, namespace, &name);
    if (name.failed)
        return shelflife_fail_memory(err);
    str wanted = shelflife_buffer_str(&name);
    for (size_t i = 0; i < x->class_count; i++)
        if (shelflife_str_equal(x->classes[i].name, wanted)) {
            *class = (uint32_t)i;
            return true;
        }
    struct shelflife_audit_image_class added = {.namespace = namespace};
    if (!shelflife_arena_copy(x->arena, wanted, &added.name) ||
        !shelflife_grow(&x->classes, &x->class_capacity, x->class_count + 1, sizeof(added)))
        return shelflife_fail_memory(err);
    *class = (uint32_t)x->class_count;
    x->classes[x->class_count++] = added;
    return true;
}

/* ---- Verdicts that last ---- */

/* A part of a text that has been copied. */
static str moved(str part, str from, str to)
{
    if (!part.len)
        return part;
    return (str){to.at + (part.at - from.at), part.len};
}

static bool keep_reference(arena *a, struct shelflife_reference *r)
{
    str from = r->normalized, to;
    if (!shelflife_arena_copy(a, from, &to))
        return false;
    str *const parts[] = {&r->normalized, &r->name, &r->registry, &r->repository, &r->tag, &r->digest};
    for (size_t i = 0; i < COUNT(parts); i++)
        *parts[i] = moved(*parts[i], from, to);
    return true;
}

static bool keep_matches(arena *a, struct shelflife_verdict *v)
{
    size_t count = v->resolution.match_count;
    const struct shelflife_match *from = v->resolution.matches;
    struct shelflife_match *matches = shelflife_arena_array(a, count, sizeof(*matches));
    struct shelflife_judged_match *judged = shelflife_arena_array(a, v->match_count, sizeof(*judged));
    if (!matches || !judged)
        return false;
    for (size_t i = 0; i < count; i++) {
        matches[i] = from[i];
        if (!shelflife_arena_copy(a, from[i].pattern, &matches[i].pattern) ||
            !shelflife_arena_copy(a, from[i].version, &matches[i].version) ||
            !shelflife_arena_copy(a, from[i].moved_to, &matches[i].moved_to) ||
            (from[i].kind != SHELFLIFE_MATCH_RELEASE &&
             !shelflife_arena_copy(a, from[i].release, &matches[i].release)))
            return false;
    }
    for (size_t i = 0; i < v->match_count; i++) {
        judged[i] = v->matches[i];
        judged[i].match = &matches[v->matches[i].match - from];
    }
    v->resolution.matches = matches;
    v->matches = judged;
    return true;
}

static bool keep_inspected(arena *a, struct shelflife_verdict *v)
{
    if (!v->inspected)
        return true;
    struct shelflife_inspected *kept = shelflife_arena_alloc(a, sizeof(*kept));
    if (!kept)
        return false;
    *kept = *v->inspected;
    v->inspected = kept;
    return shelflife_arena_copy(a, kept->digest, &kept->digest);
}

/* Moves what the verdict has in another arena into this one. */
static bool keep_verdict(arena *a, struct shelflife_verdict *v)
{
    str invalid = shelflife_str_of(v->invalid);
    bool ok = keep_reference(a, &v->reference) &&
              shelflife_arena_copy(a, v->resolution.canonical, &v->resolution.canonical) &&
              shelflife_arena_copy(a, v->moved_to, &v->moved_to) &&
              shelflife_arena_copy(a, invalid, &invalid) && keep_matches(a, v) && keep_inspected(a, v);
    v->invalid = v->invalid ? invalid.at : NULL;
    return ok;
}

/* ---- Judging ---- */

/* A question, and a namespace of its class. */
struct asked {
    const struct shelflife_audit_question *question;
    str namespace;
};

static bool judge_on(images *x, const struct shelflife_snapshot *snapshot, const struct asked *asked,
                     shelflife_day at, struct shelflife_verdict *out, error *err)
{
    const struct shelflife_audit_question *q = asked->question;
    if (q->why.len)
        return shelflife_policy_judge_unresolved(snapshot->policy, q->text, q->why, asked->namespace, at,
                                                 &x->scratch, out, err);
    if (q->digest.len)
        return shelflife_policy_judge_running(snapshot->policy, snapshot->catalogs, snapshot->inventory,
                                              q->text, q->digest, asked->namespace, at, &x->scratch, out,
                                              err);
    return (q->as_written ? shelflife_policy_judge_as_written
                          : shelflife_policy_judge)(snapshot->policy, snapshot->catalogs, snapshot->inventory,
                                                    q->text, asked->namespace, at, &x->scratch, out, err);
}

/* The days on which phase or action change, by judging on each on which they may. */
static bool find_turns(images *x, const struct asked *asked, struct shelflife_audit_image *image, error *err)
{
    const shelflife_day *days;
    size_t count;
    enum shelflife_phase phase = image->verdict.phase;
    enum shelflife_action action = image->verdict.action;
    if (!shelflife_policy_horizon(x->snapshot->policy, &image->verdict, &x->scratch, &days, &count, err))
        return false;
    struct shelflife_audit_turn *turns = shelflife_arena_array(&x->scratch, count, sizeof(*turns));
    if (!turns)
        return shelflife_arena_fail(&x->scratch, err);
    for (size_t i = 0; i < count; i++) {
        struct shelflife_verdict then;
        if (!judge_on(x, x->snapshot, asked, days[i], &then, err))
            return false;
        if (then.phase == phase && then.action == action)
            continue;
        phase = then.phase;
        action = then.action;
        turns[image->turn_count++] = (struct shelflife_audit_turn){days[i], phase, action};
    }
    struct shelflife_audit_turn *kept = shelflife_arena_array(x->arena, image->turn_count, sizeof(*kept));
    if (!kept)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < image->turn_count; i++)
        kept[i] = turns[i];
    image->turns = kept;
    return true;
}

static bool judge(images *x, const struct asked *asked, struct shelflife_audit_image *image, error *err)
{
    struct shelflife_verdict *v = &image->verdict, old;
    shelflife_arena_reset(&x->scratch);
    if (!judge_on(x, x->snapshot, asked, x->at, v, err))
        return false;
    image->old_phase = v->phase;
    image->old_action = v->action;
    if (!find_turns(x, asked, image, err))
        return false;
    if (!keep_verdict(x->arena, v))
        return shelflife_fail_memory(err);
    image->digest = asked->question->digest;
    if (!image->digest.len && v->inspected)
        image->digest = v->inspected->digest;
    if (!x->old)
        return true;
    if (!judge_on(x, x->old, asked, x->at, &old, err))
        return false;
    image->old_phase = old.phase;
    image->old_action = old.action;
    return true;
}

struct search {
    const images *images;
    const struct shelflife_audit_known_image *wanted;
};

static bool equal(const void *context, uint32_t i)
{
    const struct search *s = context;
    const struct shelflife_audit_known_image *k = &s->images->known[i], *w = s->wanted;
    return k->number == w->number && k->digest == w->digest && k->why == w->why && k->class == w->class &&
           k->as_written == w->as_written;
}

struct shelflife_audit_image *shelflife_audit_verdicts_judge(images *x,
                                                             const struct shelflife_audit_question *question,
                                                             error *err)
{
    str what;
    /* For most images it does not matter, and there must be only one of them. */
    bool as_written = question->as_written &&
                      shelflife_reference_placeholder(question->text, &what) != SHELFLIFE_PLACEHOLDER_NONE;
    struct shelflife_audit_known_image known = {.number = question->text_number,
                                                .digest = question->digest_number,
                                                .why = question->why_number,
                                                .class = question->class,
                                                .as_written = as_written};
    const uint32_t name[] = {known.number, known.digest, known.why, known.class};
    uint32_t hash = shelflife_audit_hash(&x->key, name, sizeof(name));
    uint32_t found = shelflife_audit_hash_index_find(&x->index, hash, equal, &(struct search){x, &known});
    if (found != SHELFLIFE_AUDIT_HASH_INDEX_NONE)
        return x->known[found].image;
    known.image = shelflife_arena_alloc(x->arena, sizeof(*known.image));
    if (!known.image ||
        !shelflife_grow(&x->known, &x->known_capacity, x->known_count + 1, sizeof(*x->known))) {
        shelflife_fail_memory(err);
        return NULL;
    }
    if (!judge(x, &(struct asked){question, x->classes[question->class].namespace}, known.image, err))
        return NULL;
    if (!shelflife_audit_hash_index_add(&x->index, hash, (uint32_t)x->known_count)) {
        shelflife_fail_memory(err);
        return NULL;
    }
    x->known[x->known_count++] = known;
    return known.image;
}

size_t shelflife_audit_verdicts_count(const images *x)
{
    return x->known_count;
}

struct shelflife_audit_image *shelflife_audit_verdicts_at(const images *x, size_t i, uint32_t *number)
{
    *number = x->known[i].number;
    return x->known[i].image;
}
