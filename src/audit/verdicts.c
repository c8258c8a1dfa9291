#include "audit/verdicts.h"

enum { SCRATCH_MAX = 64 << 20 /* bytes for one verdict */ };

struct shelflife_audit_known_image {
    uint32_t number, class;
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

/* Moves what the verdict has in another arena into this one. */
static bool keep_verdict(arena *a, struct shelflife_verdict *v)
{
    str invalid = shelflife_str_of(v->invalid);
    bool ok = keep_reference(a, &v->reference) &&
              shelflife_arena_copy(a, v->resolution.canonical, &v->resolution.canonical) &&
              shelflife_arena_copy(a, v->moved_to, &v->moved_to) &&
              shelflife_arena_copy(a, invalid, &invalid) && keep_matches(a, v);
    v->invalid = v->invalid ? invalid.at : NULL;
    return ok;
}

/* ---- Judging ---- */

/* shelflife_policy_judge() or shelflife_policy_judge_as_written() */
typedef bool judge_function(const struct shelflife_policy *policy, const struct shelflife_catalogs *catalogs,
                            const struct shelflife_inventory *inventory, str image, str namespace_name,
                            shelflife_day at, arena *memory, struct shelflife_verdict *out, error *err);

/* The days on which phase or action change, by judging on each on which they may. */
static bool find_turns(images *x, str text, str namespace, judge_function *judge_on,
                       struct shelflife_audit_image *image, error *err)
{
    const shelflife_day *days;
    size_t count;
    if (!shelflife_policy_horizon(x->snapshot->policy, &image->verdict, &x->scratch, &days, &count, err))
        return false;
    struct shelflife_audit_turn *turns = shelflife_arena_array(&x->scratch, count, sizeof(*turns));
    enum shelflife_phase phase = image->verdict.phase;
    enum shelflife_action action = image->verdict.action;
    if (!turns)
        return shelflife_arena_fail(&x->scratch, err);
    for (size_t i = 0; i < count; i++) {
        struct shelflife_verdict then;
        if (!judge_on(x->snapshot->policy, x->snapshot->catalogs, x->snapshot->inventory, text, namespace,
                      days[i], &x->scratch, &then, err))
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

static bool judge(images *x, str text, str namespace, bool as_written, struct shelflife_audit_image *image,
                  error *err)
{
    judge_function *judge_on = as_written ? shelflife_policy_judge_as_written : shelflife_policy_judge;
    struct shelflife_verdict *v = &image->verdict, old;
    shelflife_arena_reset(&x->scratch);
    if (!judge_on(x->snapshot->policy, x->snapshot->catalogs, x->snapshot->inventory, text, namespace, x->at,
                  &x->scratch, v, err))
        return false;
    image->old_phase = v->phase;
    image->old_action = v->action;
    if (!find_turns(x, text, namespace, judge_on, image, err))
        return false;
    if (!keep_verdict(x->arena, v))
        return shelflife_fail_memory(err);
    if (!x->old)
        return true;
    if (!judge_on(x->old->policy, x->old->catalogs, x->old->inventory, text, namespace, x->at, &x->scratch,
                  &old, err))
        return false;
    image->old_phase = old.phase;
    image->old_action = old.action;
    return true;
}

struct search {
    const images *images;
    uint32_t number, class;
    bool as_written;
};

static bool equal(const void *context, uint32_t i)
{
    const struct search *s = context;
    const struct shelflife_audit_known_image *k = &s->images->known[i];
    return k->number == s->number && k->class == s->class && k->as_written == s->as_written;
}

struct shelflife_audit_image *shelflife_audit_verdicts_judge(images *x, str text, uint32_t number,
                                                             uint32_t class, bool as_written, error *err)
{
    str what;
    /* For most images it does not matter, and there must be only one of them. */
    as_written = as_written && shelflife_reference_placeholder(text, &what) != SHELFLIFE_PLACEHOLDER_NONE;
    const uint32_t name[] = {number, class};
    uint32_t hash = shelflife_audit_hash(&x->key, name, sizeof(name));
    uint32_t found = shelflife_audit_hash_index_find(&x->index, hash, equal,
                                                     &(struct search){x, number, class, as_written});
    if (found != SHELFLIFE_AUDIT_HASH_INDEX_NONE)
        return x->known[found].image;
    struct shelflife_audit_image *image = shelflife_arena_alloc(x->arena, sizeof(*image));
    if (!image || !shelflife_grow(&x->known, &x->known_capacity, x->known_count + 1, sizeof(*x->known))) {
        shelflife_fail_memory(err);
        return NULL;
    }
    if (!judge(x, text, x->classes[class].namespace, as_written, image, err))
        return NULL;
    if (!shelflife_audit_hash_index_add(&x->index, hash, (uint32_t)x->known_count)) {
        shelflife_fail_memory(err);
        return NULL;
    }
    x->known[x->known_count++] = (struct shelflife_audit_known_image){number, class, as_written, image};
    return image;
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
