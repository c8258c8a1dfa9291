#include "admission/judge.h"

#include "workload/kinds.h"

/* Equal strings are found in sorted arrays instead of hash tables, which would need a secret to avoid a slow
 * worst case. Compares the length first, which differs for most strings. */
static int compare_str(str a, str b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.at == b.at || a.len == 0 ? 0 : memcmp(a.at, b.at, a.len);
}

static int compare_names(const void *a, const void *b)
{
    const str *x = a, *y = b;
    return compare_str(*x, *y);
}

/* Neighbouring images with the same text, as containers often have. They are judged and sorted as one. */
struct run {
    const struct shelflife_image *images;
    size_t count;
    const struct shelflife_verdict *verdict;
    enum shelflife_action action; /* after all exemptions, before the mode */
};

struct runs {
    struct run *at;
    size_t count;
};

static bool find_runs(const struct shelflife_object *object, struct runs *runs, arena *a, error *err)
{
    const struct shelflife_image *images = object->images;
    size_t count = 0, last = 0;
    for (size_t i = 0; i < object->image_count; i++)
        count += i == 0 || compare_str(images[i - 1].text, images[i].text) != 0;
    *runs = (struct runs){shelflife_arena_array(a, count, sizeof(*runs->at)), 0};
    if (!runs->at)
        return shelflife_arena_fail(a, err);
    for (size_t i = 0; i < object->image_count; i++) {
        if (i == 0 || compare_str(images[i - 1].text, images[i].text) != 0) {
            last = runs->count++;
            runs->at[last].images = &images[i];
        }
        runs->at[last].count++;
    }
    return true;
}

static int compare_texts(const void *a, const void *b)
{
    const struct run *x = a, *y = b;
    return compare_str(x->images->text, y->images->text);
}

/* Sets the verdict of each run. Each distinct text is judged once. */
static bool judge_runs(const struct runs *runs, const struct admission_envelope *e,
                       const struct shelflife_snapshot *snapshot, shelflife_day at, arena *a, error *err)
{
    struct shelflife_verdict *verdict = NULL;
    shelflife_sort(runs->at, runs->count, sizeof(*runs->at), compare_texts);
    for (size_t i = 0; i < runs->count; i++) {
        struct run *run = &runs->at[i];
        if (i == 0 || compare_texts(run - 1, run) != 0) {
            verdict = shelflife_arena_alloc(a, sizeof(*verdict));
            if (!verdict)
                return shelflife_arena_fail(a, err);
            if (!shelflife_policy_judge(snapshot->policy, snapshot->catalogs, run->images->text,
                                        e->string[ADMISSION_ENVELOPE_NAMESPACE], at, a, verdict, err))
                return false;
        }
        run->verdict = verdict;
        run->action = verdict->action;
    }
    return true;
}

/* The images of the old object: as normalized references, or as written if they are not references. */
struct old_names {
    str *names; /* sorted; NULL until it is needed */
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
    shelflife_sort(names->names, names->count, sizeof(*names->names), compare_names);
    return true;
}

static bool is_old(const struct old_names *names, const struct shelflife_verdict *verdict)
{
    str name = verdict->reference.normalized.len ? verdict->reference.normalized : verdict->image;
    return names->count && bsearch(&name, names->names, names->count, sizeof(name), compare_names);
}

/* Whether nothing in this review is denied, because its owner was judged or it already runs. A controller may
 * always write down an earlier version of its workload, which runs nothing by itself. */
static bool softens_all(const struct admission_envelope *e)
{
    const struct shelflife_object *object = e->object;
    str user = e->string[ADMISSION_ENVELOPE_USER], owner = object->owner.kind;
    str group = shelflife_workload_group_of(object->owner.api_version);
    if (object->mirror_pod && shelflife_str_starts(user, STR("system:node:")))
        return true;
    if (!shelflife_str_equal(e->string[ADMISSION_ENVELOPE_OPERATION], STR("CREATE")) || !owner.len)
        return false;
    return shelflife_policy_keeps(e->policy, user, group, owner) ||
           (shelflife_workload_kinds_is_history(e->string[ADMISSION_ENVELOPE_OBJECT_GROUP],
                                                e->string[ADMISSION_ENVELOPE_OBJECT_KIND]) &&
            shelflife_policy_trusts(e->policy, user, group, owner));
}

/* The date that a verdict's phase follows from. Missing ones are last. */
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

/* Worst first. */
static int compare_runs(const void *a, const void *b)
{
    const struct run *x = a, *y = b;
    if (x->action != y->action)
        return x->action > y->action ? -1 : 1;
    if (x->verdict->phase != y->verdict->phase)
        return x->verdict->phase > y->verdict->phase ? -1 : 1;
    shelflife_day of_x = date_of(x->verdict), of_y = date_of(y->verdict);
    if (of_x != of_y)
        return of_x < of_y ? -1 : 1;
    return x->images < y->images ? -1 : x->images > y->images;
}

static void count_run(struct admission_judgement *out, const struct run *run)
{
    const struct shelflife_verdict *verdict = run->verdict;
    uint32_t n = (uint32_t)run->count;
    out->images[verdict->phase] += n;
    out->outdated += verdict->outdated ? n : 0;
    out->unverified += verdict->unverified ? n : 0;
    out->waived += verdict->exception ? n : 0;
    if (verdict->phase > out->phase)
        out->phase = verdict->phase;
    if (run->action > out->action)
        out->action = run->action;
}

/* Turns denials into warnings where this review is exempt. */
static bool soften(const struct runs *runs, const struct admission_envelope *e, arena *a, error *err)
{
    bool all = softens_all(e);
    bool update =
        shelflife_str_equal(e->string[ADMISSION_ENVELOPE_OPERATION], STR("UPDATE")) && e->old_object;
    struct old_names old = {0};
    for (size_t i = 0; i < runs->count; i++) {
        struct run *run = &runs->at[i];
        if (run->action != SHELFLIFE_DENY)
            continue;
        if (!all && update && !old.names && !read_old_names(e->old_object, &old, a, err))
            return false;
        if (all || is_old(&old, run->verdict))
            run->action = SHELFLIFE_WARN;
    }
    return true;
}

static bool list_findings(const struct runs *runs, size_t image_count, struct admission_judgement *out,
                          arena *a, error *err)
{
    struct admission_finding *findings = shelflife_arena_array(a, image_count, sizeof(*findings));
    if (!findings)
        return shelflife_arena_fail(a, err);
    shelflife_sort(runs->at, runs->count, sizeof(*runs->at), compare_runs);
    for (size_t i = 0; i < runs->count && runs->at[i].action != SHELFLIFE_ALLOW; i++) {
        const struct run *run = &runs->at[i];
        for (size_t k = 0; k < run->count; k++)
            findings[out->count++] = (struct admission_finding){&run->images[k], run->verdict, run->action};
    }
    out->findings = findings;
    return true;
}

bool shelflife_admission_judge(const struct admission_envelope *e, const struct shelflife_snapshot *snapshot,
                               shelflife_day at, arena *a, struct admission_judgement *out, error *err)
{
    struct runs runs;
    *out = (struct admission_judgement){0};
    if (!find_runs(e->object, &runs, a, err) || !judge_runs(&runs, e, snapshot, at, a, err) ||
        !soften(&runs, e, a, err))
        return false;
    for (size_t i = 0; i < runs.count; i++)
        count_run(out, &runs.at[i]);
    return list_findings(&runs, e->object->image_count, out, a, err);
}
