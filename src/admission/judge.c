#include "admission/judge.h"

/* Sorted arrays, not hash tables, find what is equal: their worst case needs no secret. Length first, since
   that tells most strings apart at once. */
static int compare_str(str a, str b)
{
    return a.len != b.len ? (a.len < b.len ? -1 : 1) : a.len ? memcmp(a.at, b.at, a.len) : 0;
}

static int compare_names(const void *a, const void *b)
{
    const str *x = a, *y = b;
    return compare_str(*x, *y);
}

struct judged {
    const struct shelflife_image *image;
    const struct shelflife_verdict *verdict;
};

static int compare_texts(const void *a, const void *b)
{
    const struct judged *x = a, *y = b;
    return compare_str(x->image->text, y->image->text);
}

/* All images of an object with their verdicts, ordered by text. Each distinct text is judged once. */
static struct judged *judge_images(const struct envelope *e, const struct shelflife_snapshot *snapshot,
                                   shelflife_day at, arena *a, error *err)
{
    size_t count = e->object->image_count;
    struct judged *judged = shelflife_arena_array(a, count, sizeof(*judged));
    for (size_t i = 0; judged && i < count; i++)
        judged[i].image = &e->object->images[i];
    if (judged)
        qsort(judged, count, sizeof(*judged), compare_texts);
    struct shelflife_verdict *verdict = NULL;
    for (size_t i = 0; judged && i < count; i++) {
        if (i == 0 || compare_texts(&judged[i - 1], &judged[i]) != 0) {
            verdict = shelflife_arena_alloc(a, sizeof(*verdict));
            if (!verdict)
                break;
            if (!shelflife_policy_judge(snapshot->policy, snapshot->catalogs, judged[i].image->text,
                                        e->string[ENVELOPE_NAMESPACE], at, a, verdict, err))
                return NULL;
        }
        judged[i].verdict = verdict;
    }
    if (judged && verdict)
        return judged;
    shelflife_arena_fail(a, err);
    return NULL;
}

/* What the old object already had: normalized references, or where a text is none, the text. */
struct old_names {
    str *names; /* sorted; NULL until somebody asks */
    size_t count;
};

static bool read_old_names(const struct shelflife_object *old, struct old_names *names, arena *a, error *err)
{
    names->count = old->image_count;
    names->names = shelflife_arena_array(a, names->count, sizeof(*names->names));
    if (!names->names)
        return shelflife_arena_fail(a, err);
    for (size_t i = 0; i < names->count; i++) {
        struct shelflife_reference reference;
        error why;
        if (shelflife_reference_parse(old->images[i].text, a, &reference, &why))
            names->names[i] = reference.normalized;
        else if (why.kind == SHELFLIFE_ERROR_INPUT)
            names->names[i] = old->images[i].text;
        else
            return shelflife_arena_fail(a, err);
    }
    qsort(names->names, names->count, sizeof(*names->names), compare_names);
    return true;
}

static bool is_old(const struct old_names *names, const struct shelflife_verdict *verdict)
{
    str name = verdict->reference.normalized.len ? verdict->reference.normalized : verdict->image;
    return names->count && bsearch(&name, names->names, names->count, sizeof(name), compare_names);
}

/* Whether nothing in this review is denied: its owner was judged, or it already runs. */
static bool softens_all(const struct envelope *e)
{
    const struct shelflife_object *object = e->object;
    str user = e->string[ENVELOPE_USER];
    if (object->mirror_pod && shelflife_str_starts(user, STR("system:node:")))
        return true;
    return shelflife_str_equal(e->string[ENVELOPE_OPERATION], STR("CREATE")) && object->owner.kind.len &&
           shelflife_policy_keeps(e->policy, user, shelflife_group_of(object->owner.api_version),
                                  object->owner.kind);
}

/* The date that made a verdict's phase; a missing one sorts last. */
static shelflife_day date_of(const struct shelflife_verdict *verdict)
{
    if (!verdict->match_count)
        return INT32_MAX;
    const struct shelflife_judged_match *worst = &verdict->matches[0];
    const struct shelflife_match *match = worst->match;
    shelflife_day day = worst->phase == SHELFLIFE_PHASE_UNAVAILABLE ? match->end_of_availability
                        : worst->extended && match->end_of_extended_patch != SHELFLIFE_DAY_NONE
                            ? match->end_of_extended_patch
                            : match->end_of_patch;
    return day == SHELFLIFE_DAY_NONE ? INT32_MAX : day;
}

static int compare_findings(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->action != y->action)
        return x->action > y->action ? -1 : 1;
    if (x->verdict->phase != y->verdict->phase)
        return x->verdict->phase > y->verdict->phase ? -1 : 1;
    shelflife_day of_x = date_of(x->verdict), of_y = date_of(y->verdict);
    if (of_x != of_y)
        return of_x < of_y ? -1 : 1;
    return x->image < y->image ? -1 : x->image > y->image;
}

static void count_image(struct judgement *out, const struct shelflife_verdict *verdict)
{
    out->images[verdict->phase]++;
    out->outdated += verdict->outdated;
    out->unverified += verdict->unverified;
    out->waived += verdict->exception != NULL;
    if (verdict->phase > out->phase)
        out->phase = verdict->phase;
}

bool shelflife_judge(const struct envelope *e, const struct shelflife_snapshot *snapshot, shelflife_day at,
                     arena *a, struct judgement *out, error *err)
{
    *out = (struct judgement){0};
    size_t count = e->object->image_count;
    const struct judged *judged = judge_images(e, snapshot, at, a, err);
    if (!judged)
        return false;
    struct finding *findings = shelflife_arena_array(a, count, sizeof(*findings));
    if (!findings)
        return shelflife_arena_fail(a, err);
    bool soft = softens_all(e);
    bool update = shelflife_str_equal(e->string[ENVELOPE_OPERATION], STR("UPDATE")) && e->old_object;
    struct old_names old = {0};
    for (size_t i = 0; i < count; i++) {
        const struct shelflife_verdict *verdict = judged[i].verdict;
        enum shelflife_action action = verdict->action;
        count_image(out, verdict);
        if (action == SHELFLIFE_DENY && !soft && update && !old.names &&
            !read_old_names(e->old_object, &old, a, err))
            return false;
        if (action == SHELFLIFE_DENY && (soft || is_old(&old, verdict)))
            action = SHELFLIFE_WARN;
        if (action > out->action)
            out->action = action;
        if (action != SHELFLIFE_ALLOW)
            findings[out->count++] = (struct finding){judged[i].image, verdict, action};
    }
    qsort(findings, out->count, sizeof(*findings), compare_findings);
    out->findings = findings;
    return true;
}
