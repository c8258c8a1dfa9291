#include "audit/auditor.h"
#include "audit/internal.h"
#include "audit/verdicts.h"

typedef struct shelflife_audit audit;
typedef struct shelflife_audit_entry entry;

/* A record of the rollup, and the workload that it is reported for. */
struct placed {
    uint32_t top, image, digest, why, depth, derived,
        record; /* derived: only objects that the owner owns have it */
};

/* A namespace of a cluster. */
struct namespace
{
    shelflife_audit_text cluster, name;
    bool known;
    enum shelflife_mode mode, old_mode;
    uint32_t class;
};

struct making {
    audit *audit;
    const struct shelflife_audit_rollup *rollup;
    struct shelflife_audit_result *result;
    arena *arena;
    struct shelflife_audit_verdicts images;
    struct placed *placed;
    struct namespace *namespaces; /* all of the rollup, sorted by number, and one more */
    uint64_t *pods;               /* of each owner, and of all owners below it */
    bool *counted;                /* for each text of the rollup: it is an image that has been counted */
    entry *entries;
    size_t entry_count, entry_capacity;
    const struct shelflife_audit_workload **workloads;
    size_t workload_count, workload_capacity;
    const struct shelflife_audit_container *containers; /* of the previous entry */
    size_t container_count;
    error *err;
};

static void free_making(struct making *f)
{
    shelflife_audit_verdicts_free(&f->images);
    free(f->placed);
    free(f->namespaces);
    free(f->pods);
    free(f->counted);
    free(f->entries);
    free(f->workloads);
}

static str text_of(const struct making *f, shelflife_audit_text text)
{
    return shelflife_audit_rollup_text(f->rollup, text);
}

static void *keep(struct making *f, const void *from, size_t count, size_t size)
{
    void *copy = shelflife_arena_array(f->arena, count, size);
    if (!copy)
        shelflife_fail_memory(f->err);
    else if (count)
        memcpy(copy, from, count * size);
    return copy;
}

/* ---- Namespaces ---- */

static int compare_labels(const void *a, const void *b)
{
    const struct shelflife_audit_label_mode *x = a, *y = b;
    int order = shelflife_str_compare(x->namespace, y->namespace);
    return order ? order : shelflife_str_compare(x->cluster, y->cluster);
}

static enum shelflife_mode path_mode(const audit *a, str cluster, str namespace)
{
    const struct shelflife_audit_label_mode key = {cluster, namespace, 0}, *found = NULL;
    if (a->label_count)
        found = bsearch(&key, a->labels, a->label_count, sizeof(key), compare_labels);
    return found ? found->mode : a->options.mode;
}

static int compare_namespaces(const void *a, const void *b)
{
    const struct namespace *x = a, *y = b;
    if (x->name != y->name)
        return x->name < y->name ? -1 : 1;
    return (x->cluster > y->cluster) - (x->cluster < y->cluster);
}

static bool list_namespaces(struct making *f)
{
    size_t count = f->rollup->namespace_count;
    f->namespaces = calloc(count + 1, sizeof(*f->namespaces));
    if (!f->namespaces)
        return shelflife_fail_memory(f->err);
    for (size_t i = 0; i < count; i++) {
        f->namespaces[i].cluster = f->rollup->namespaces[i].cluster;
        f->namespaces[i].name = f->rollup->namespaces[i].name;
    }
    shelflife_sort(f->namespaces, count, sizeof(*f->namespaces), compare_namespaces);
    return true;
}

static bool judge_namespace(struct making *f, struct namespace *n)
{
    const audit *a = f->audit;
    str name = text_of(f, n->name);
    enum shelflife_mode path = path_mode(a, text_of(f, n->cluster), name);
    n->mode = n->old_mode = shelflife_policy_mode(a->options.snapshot->policy, name, path);
    if (a->options.old)
        n->old_mode = shelflife_policy_mode(a->options.old->policy, name, path);
    n->known = true;
    return shelflife_audit_verdicts_class(&f->images, name, &n->class, f->err);
}

/* Valid until the next call. */
static bool find_namespace(struct making *f, shelflife_audit_text cluster, shelflife_audit_text name,
                           const struct namespace **out)
{
    const struct namespace key = {.cluster = cluster, .name = name};
    size_t count = f->rollup->namespace_count;
    struct namespace *n = NULL;
    if (count)
        n = bsearch(&key, f->namespaces, count, sizeof(key), compare_namespaces);
    if (!n) { /* only named by an owner */
        n = &f->namespaces[count];
        *n = key;
    }
    *out = n;
    return n->known || judge_namespace(f, n);
}

/* ---- Entries ---- */

static int compare_placed(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    const uint32_t xs[] = {x->top, x->image, x->digest, x->why, x->depth, x->derived, x->record};
    const uint32_t ys[] = {y->top, y->image, y->digest, y->why, y->depth, y->derived, y->record};
    for (size_t i = 0; i < COUNT(xs); i++)
        if (xs[i] != ys[i])
            return xs[i] < ys[i] ? -1 : 1;
    return 0;
}

/* The digest that most Pods run among the records of one image of a workload; 0: not known. */
static uint32_t main_digest(const struct making *f, const struct placed *first, const struct placed *end)
{
    uint32_t digest = 0;
    uint64_t most = 0;
    for (const struct placed *next; first < end; first = next) {
        uint64_t pods = 0;
        for (next = first; next < end && next->digest == first->digest; next++)
            pods += f->rollup->records[next->record].pods;
        bool better = pods > most || (pods == most && shelflife_str_compare(text_of(f, first->digest),
                                                                            text_of(f, digest)) < 0);
        if (first->digest && (!digest || better)) {
            digest = first->digest;
            most = pods;
        }
    }
    return digest;
}

/* What is declared, or runs by an unknown digest, is reported with what most Pods run. */
static void place_by_digest(struct making *f)
{
    struct placed *first = f->placed, *end = f->placed + f->rollup->record_count;
    for (struct placed *next; first < end; first = next) {
        for (next = first; next < end && next->top == first->top && next->image == first->image;)
            next++;
        uint32_t digest = main_digest(f, first, next);
        for (struct placed *p = first; p < next; p++)
            if (!p->digest && !p->why)
                p->digest = digest;
    }
    shelflife_sort(f->placed, f->rollup->record_count, sizeof(*f->placed), compare_placed);
}

/* Sorts the records by workload, image and digest, and records of owners nearest to the workload first. */
static bool place_records(struct making *f)
{
    f->placed = calloc(f->rollup->record_count + 1, sizeof(*f->placed));
    f->pods = calloc(f->rollup->owner_count + 1, sizeof(*f->pods));
    if (!f->placed || !f->pods)
        return shelflife_fail_memory(f->err);
    for (size_t i = 0; i < f->rollup->owner_count; i++)
        f->pods[shelflife_audit_rollup_top(f->rollup, (uint32_t)i)] += f->rollup->owners[i].pods;
    for (size_t i = 0; i < f->rollup->record_count; i++) {
        const struct shelflife_audit_rollup_record *r = &f->rollup->records[i];
        uint32_t top = shelflife_audit_rollup_top(f->rollup, r->owner), depth = 0;
        for (uint32_t owner = r->owner; owner != top && depth < UINT32_MAX; depth++)
            owner = f->rollup->owners[owner].parent;
        f->placed[i] = (struct placed){top, r->image, r->digest, r->why, depth, !r->declared, (uint32_t)i};
    }
    shelflife_sort(f->placed, f->rollup->record_count, sizeof(*f->placed), compare_placed);
    if (f->rollup->digests)
        place_by_digest(f);
    return true;
}

static struct shelflife_audit_workload *new_workload(struct making *f, uint32_t owner,
                                                     const struct namespace *n)
{
    const struct shelflife_audit_rollup_owner *o = &f->rollup->owners[owner];
    struct shelflife_audit_workload *w = shelflife_arena_alloc(f->arena, sizeof(*w));
    if (!w || !shelflife_grow(&f->workloads, &f->workload_capacity, f->workload_count + 1,
                              sizeof(const struct shelflife_audit_workload *))) {
        shelflife_fail_memory(f->err);
        return NULL;
    }
    *w = (struct shelflife_audit_workload){.cluster = text_of(f, o->cluster),
                                           .file = text_of(f, o->file),
                                           .namespace = text_of(f, o->namespace),
                                           .api_version = text_of(f, o->api_version),
                                           .kind = text_of(f, o->kind),
                                           .name = text_of(f, o->name),
                                           .responsible = text_of(f, o->responsible),
                                           .mode = n->mode,
                                           .pods = f->pods[owner],
                                           .seen = o->seen};
    f->workloads[f->workload_count++] = w;
    return w;
}

static bool is_own_kind(const struct making *f, uint32_t owner, const char *group, const char *kind)
{
    const struct shelflife_audit_rollup_owner *o = &f->rollup->owners[owner];
    return shelflife_str_equal(text_of(f, o->group), shelflife_str_of(group)) &&
           shelflife_str_equal(text_of(f, o->kind), shelflife_str_of(kind));
}

/* Whether a denied image also stops the Pods that a controller creates for the workload. */
static bool pods_are_judged(const struct making *f, const struct placed *first, const struct placed *end)
{
    /* The kind that creates the Pods. Used if the audit has seen no Pod of the workload. */
    static const struct {
        const char *group, *kind, *maker_group, *maker; /* NULL: nothing creates Pods */
    } makers[] = {{"apps", "Deployment", "apps", "ReplicaSet"},
                  {"batch", "CronJob", "batch", "Job"},
                  {"", "Pod", NULL, NULL},
                  {"", "PodTemplate", NULL, NULL}};
    const struct shelflife_policy *policy = f->audit->options.snapshot->policy;
    const struct shelflife_audit_rollup_owner *top = &f->rollup->owners[first->top];
    if (top->alone)
        return false;
    for (const struct placed *p = first; p < end; p++) {
        const struct shelflife_audit_rollup_owner *o =
            &f->rollup->owners[f->rollup->records[p->record].owner];
        if (o->pods && !is_own_kind(f, f->rollup->records[p->record].owner, "", "Pod"))
            return !shelflife_policy_keeps_pods_of(policy, text_of(f, o->group), text_of(f, o->kind));
    }
    for (size_t i = 0; i < COUNT(makers); i++)
        if (is_own_kind(f, first->top, makers[i].group, makers[i].kind))
            return makers[i].maker &&
                   !shelflife_policy_keeps_pods_of(policy, shelflife_str_of(makers[i].maker_group),
                                                   shelflife_str_of(makers[i].maker));
    return !shelflife_policy_keeps_pods_of(policy, text_of(f, top->group), text_of(f, top->kind));
}

static bool same_containers(const struct shelflife_audit_container *a,
                            const struct shelflife_audit_container *b, size_t count)
{
    /* Each text is stored once, so its address identifies it. */
    for (size_t i = 0; i < count; i++)
        if (a[i].name.at != b[i].name.at || a[i].path.at != b[i].path.at || a[i].line != b[i].line ||
            a[i].column != b[i].column)
            return false;
    return true;
}

/* Consecutive entries mostly have containers of the same names, and then share one array. */
static bool set_containers(struct making *f, const struct shelflife_audit_rollup_record *r, entry *e)
{
    struct shelflife_audit_container all[SHELFLIFE_AUDIT_CONTAINERS];
    uint32_t count =
        r->container_total < SHELFLIFE_AUDIT_CONTAINERS ? r->container_total : SHELFLIFE_AUDIT_CONTAINERS;
    for (size_t i = 0; i < count; i++)
        all[i] = (struct shelflife_audit_container){text_of(f, r->containers[i].name),
                                                    text_of(f, r->containers[i].path), r->containers[i].line,
                                                    r->containers[i].column};
    if (!f->containers || f->container_count != count || !same_containers(all, f->containers, count)) {
        f->containers = keep(f, all, count, sizeof(*all));
        f->container_count = count;
    }
    e->containers = f->containers;
    e->container_count = count;
    e->container_total = r->container_total;
    return e->containers != NULL;
}

static void set_next(const struct making *f, entry *e)
{
    const struct shelflife_audit_image *image = e->image;
    e->next = SHELFLIFE_DAY_NONE;
    for (size_t i = 0; i < image->turn_count && e->next == SHELFLIFE_DAY_NONE; i++)
        if (image->turns[i].phase != image->verdict.phase) {
            e->next = image->turns[i].day;
            e->days_left = e->next - f->result->at;
        }
    e->soon = e->next != SHELFLIFE_DAY_NONE && f->result->within >= 0 && e->days_left <= f->result->within;
}

/* Makes one entry of the records from `first` up to `end`. */
static bool make_entry(struct making *f, const struct placed *first, const struct placed *end,
                       struct shelflife_audit_image *image, const struct namespace *n, entry *e)
{
    const struct shelflife_audit_rollup_record *best = &f->rollup->records[first->record];
    *e = (entry){.image = image,
                 .why = text_of(f, best->why),
                 .way = text_of(f, best->way),
                 .hint = text_of(f, best->hint),
                 .history = true,
                 .unused = true};
    for (const struct placed *p = first; p < end; p++) {
        const struct shelflife_audit_rollup_record *r = &f->rollup->records[p->record];
        e->pods += r->pods;
        e->history = e->history && !r->alive;
        e->unused = e->unused && r->unused;
    }
    if (!e->why.len && image->verdict.phase == SHELFLIFE_PHASE_UNRESOLVED)
        e->why = shelflife_str_of(image->verdict.invalid);
    e->declared = first->depth == 0 && best->declared;
    e->place = (struct shelflife_audit_place){text_of(f, best->file), best->line, best->column};
    e->action = shelflife_mode_soften(n->mode, image->verdict.action);
    e->old_action = shelflife_mode_soften(n->old_mode, image->old_action);
    e->pods_judged = pods_are_judged(f, first, end);
    e->stuck = e->action == SHELFLIFE_DENY && e->pods_judged && !e->history;
    set_next(f, e);
    return set_containers(f, best, e);
}

static bool is_finding(const entry *e, enum shelflife_mode mode)
{
    const struct shelflife_verdict *v = &e->image->verdict;
    return mode != SHELFLIFE_MODE_OFF && (v->action != SHELFLIFE_ALLOW || v->exception || e->soon);
}

/* Whether any report needs the entry: now, or on a later day of the forecast. */
static bool is_worth_keeping(const struct making *f, const entry *e, enum shelflife_mode mode)
{
    return f->audit->options.all || is_finding(e, mode) ||
           e->image->verdict.phase >= SHELFLIFE_PHASE_INVALID || e->image->turn_count ||
           e->action != e->old_action;
}

/* The worst phase and action of a workload's images. */
struct sum {
    enum shelflife_phase phase;
    enum shelflife_action action;
    bool any;
};

static void add_up(struct making *f, const entry *e, enum shelflife_mode mode, struct sum *sum)
{
    struct shelflife_audit_counts *counts = &f->result->counts;
    const struct shelflife_verdict *v = &e->image->verdict;
    if (e->history) {
        *(e->unused ? &counts->unused : &counts->history) += is_finding(e, mode);
        return;
    }
    sum->phase = !sum->any || v->phase > sum->phase ? v->phase : sum->phase;
    sum->action = e->action > sum->action ? e->action : sum->action;
    sum->any = true;
    counts->outdated += v->outdated;
    counts->unverified += v->unverified;
    counts->contradicted += v->contradicted;
    counts->waived += v->exception != NULL;
}

static bool keep_entry(struct making *f, entry *e, struct shelflife_audit_workload **w, uint32_t top,
                       const struct namespace *n)
{
    if (!*w && !(*w = new_workload(f, top, n)))
        return false;
    e->workload = *w;
    if (!shelflife_grow(&f->entries, &f->entry_capacity, f->entry_count + 1, sizeof(*f->entries)))
        return shelflife_fail_memory(f->err);
    f->entries[f->entry_count++] = *e;
    return true;
}

/* Makes all entries of one workload. */
static bool finish_workload(struct making *f, const struct placed *first, const struct placed *end)
{
    struct shelflife_audit_workload *w = NULL;
    const struct shelflife_audit_rollup_owner *top = &f->rollup->owners[first->top];
    const struct namespace *n;
    struct sum sum = {0};
    if (!find_namespace(f, top->cluster, top->namespace, &n))
        return false;
    if (n->mode == SHELFLIFE_MODE_OFF && n->old_mode == SHELFLIFE_MODE_OFF)
        return true;
    for (const struct placed *next; first < end; first = next) {
        for (next = first; next < end && next->image == first->image && next->digest == first->digest &&
                           next->why == first->why;)
            next++;
        entry e;
        const struct shelflife_audit_question question = {
            .text = text_of(f, first->image),
            .digest = text_of(f, first->digest),
            .why = text_of(f, first->why),
            .text_number = first->image,
            .digest_number = first->digest,
            .why_number = first->why,
            .class = n->class,
            .as_written = shelflife_audit_rollup_run_as_written(f->rollup, first->top)};
        struct shelflife_audit_image *image = shelflife_audit_verdicts_judge(&f->images, &question, f->err);
        if (!image || !make_entry(f, first, next, image, n, &e))
            return false;
        if (n->mode != SHELFLIFE_MODE_OFF) {
            add_up(f, &e, n->mode, &sum);
            image->workloads += !e.history;
        }
        if (is_worth_keeping(f, &e, n->mode) && !keep_entry(f, &e, &w, first->top, n))
            return false;
    }
    if (sum.any) {
        f->result->counts.workloads++;
        f->result->counts.phases[sum.phase]++;
        f->result->counts.actions[sum.action]++;
    }
    return true;
}

static bool make_entries(struct making *f)
{
    const struct placed *first = f->placed, *end = f->placed + f->rollup->record_count;
    for (const struct placed *next; first < end; first = next) {
        for (next = first; next < end && next->top == first->top;)
            next++;
        if (!finish_workload(f, first, next))
            return false;
    }
    return true;
}

/* ---- Order ---- */

static int compare_workloads(const struct shelflife_audit_workload *x,
                             const struct shelflife_audit_workload *y)
{
    int order = shelflife_str_compare(x->namespace, y->namespace);
    order = order ? order : shelflife_str_compare(x->kind, y->kind);
    order = order ? order : shelflife_str_compare(x->name, y->name);
    order = order ? order : shelflife_str_compare(x->cluster, y->cluster);
    order = order ? order : shelflife_str_compare(x->file, y->file);
    return order ? order : shelflife_str_compare(x->api_version, y->api_version);
}

/* Sorts days; entries without a day come last. */
static int compare_days(shelflife_day a, shelflife_day b)
{
    int64_t x = a == SHELFLIFE_DAY_NONE ? INT64_MAX : a, y = b == SHELFLIFE_DAY_NONE ? INT64_MAX : b;
    return (x > y) - (x < y);
}

static int compare_entries(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    const struct shelflife_verdict *v = &x->image->verdict, *w = &y->image->verdict;
    if (x->action != y->action)
        return x->action > y->action ? -1 : 1;
    if (v->action != w->action)
        return v->action > w->action ? -1 : 1;
    if (v->phase != w->phase)
        return v->phase > w->phase ? -1 : 1;
    int order = compare_days(x->next, y->next);
    order = order ? order : compare_workloads(x->workload, y->workload);
    order = order ? order : shelflife_str_compare(v->image, w->image);
    order = order ? order : shelflife_str_compare(x->image->digest, y->image->digest);
    return order ? order : shelflife_str_compare(x->why, y->why);
}

static int compare_workload_pointers(const void *a, const void *b)
{
    return compare_workloads(*(const struct shelflife_audit_workload *const *)a,
                             *(const struct shelflife_audit_workload *const *)b);
}

static int compare_image_pointers(const void *a, const void *b)
{
    const struct shelflife_audit_image *const *x = a, *const *y = b;
    int order = shelflife_str_compare((*x)->verdict.image, (*y)->verdict.image);
    return order ? order : shelflife_str_compare((*x)->digest, (*y)->digest);
}

static int compare_problems(const void *a, const void *b)
{
    const struct shelflife_audit_problem *x = a, *y = b;
    int order = shelflife_str_compare(x->cluster, y->cluster);
    order = order ? order : shelflife_str_compare(x->source, y->source);
    order = order ? order : (x->line > y->line) - (x->line < y->line);
    return order ? order : shelflife_str_compare(x->text, y->text);
}

/* Frees what the entries were made from. Call it before the entries are sorted, so that memory does not hold
   the sources, the entries and a copy at once. */
static void drop_sources(struct making *f)
{
    free(f->placed);
    free(f->pods);
    f->placed = NULL;
    f->pods = NULL;
    shelflife_audit_rollup_drop(&f->audit->rollup);
}

static bool keep_entries(struct making *f)
{
    struct shelflife_audit_result *result = f->result;
    drop_sources(f);
    for (size_t i = 0; i < f->entry_count; i++) {
        entry *e = &f->entries[i];
        e->accepted = is_finding(e, e->workload->mode) && shelflife_audit_accepts(f->audit, e);
        result->counts.accepted += e->accepted && !e->history;
    }
    shelflife_sort(f->entries, f->entry_count, sizeof(*f->entries), compare_entries);
    result->entry_count = f->entry_count;
    result->entries = result->entry_memory = f->entries; /* no copy, which would be the largest part of all */
    f->entries = NULL;
    const entry **findings = shelflife_arena_array(f->arena, f->entry_count, sizeof(const entry *));
    const entry **differences = shelflife_arena_array(f->arena, f->entry_count, sizeof(const entry *));
    if (!findings || !differences)
        return shelflife_fail_memory(f->err);
    for (size_t i = 0; i < f->entry_count; i++) {
        const entry *e = &result->entries[i];
        bool counts = !e->history || f->audit->options.history;
        if (counts && is_finding(e, e->workload->mode) && !e->accepted)
            findings[result->finding_count++] = e;
        if (counts && e->action != e->old_action)
            differences[result->difference_count++] = e;
    }
    result->findings = findings;
    result->differences = differences;
    return true;
}

static bool keep_workloads(struct making *f)
{
    struct shelflife_audit_result *result = f->result;
    result->workload_count = f->workload_count;
    size_t size = sizeof(const struct shelflife_audit_workload *);
    shelflife_sort(f->workloads, f->workload_count, size, compare_workload_pointers);
    result->workloads = keep(f, f->workloads, f->workload_count, size);
    return result->workloads != NULL;
}

/* Counts those of workloads that are not history. Equal ones, which differ in the policy's treatment only,
   are neighbours. */
static void count_known(struct shelflife_audit_result *result,
                        const struct shelflife_audit_image *const *images, size_t count)
{
    const struct shelflife_audit_image *last = NULL;
    for (size_t i = 0; i < count; i++) {
        bool same = last && shelflife_str_equal(last->verdict.image, images[i]->verdict.image) &&
                    shelflife_str_equal(last->digest, images[i]->digest);
        if (!images[i]->workloads || same)
            continue;
        last = images[i];
        result->counts.known[last->verdict.known]++;
    }
}

/* Counts the distinct references by their worst phase. */
static void count_phases(struct shelflife_audit_result *result,
                         const struct shelflife_audit_image *const *images, size_t count)
{
    for (size_t i = 0, next; i < count; i = next) {
        int worst = -1;
        for (next = i;
             next < count && shelflife_str_equal(images[next]->verdict.image, images[i]->verdict.image);
             next++)
            if (images[next]->workloads && (int)images[next]->verdict.phase > worst)
                worst = (int)images[next]->verdict.phase;
        if (worst >= 0)
            result->counts.image_phases[worst]++;
    }
}

/* Counts the distinct images of workloads that are not history, and lists all images. */
static bool keep_images(struct making *f)
{
    struct shelflife_audit_result *result = f->result;
    size_t count = shelflife_audit_verdicts_count(&f->images),
           size = sizeof(const struct shelflife_audit_image *);
    const struct shelflife_audit_image **images = shelflife_arena_array(f->arena, count, size);
    f->counted = calloc(f->rollup->text_count + 1, sizeof(*f->counted));
    if (!images || !f->counted)
        return shelflife_fail_memory(f->err);
    for (size_t i = 0; i < count; i++) {
        uint32_t number;
        images[i] = shelflife_audit_verdicts_at(&f->images, i, &number);
        result->counts.images += images[i]->workloads && !f->counted[number];
        f->counted[number] = f->counted[number] || images[i]->workloads;
    }
    shelflife_sort(images, count, size, compare_image_pointers);
    count_known(result, images, count);
    count_phases(result, images, count);
    result->images = images;
    result->image_count = count;
    return true;
}

/* ---- The rest ---- */

/* An object of which not all images were kept, or all further ones of its source. */
static bool describe_cut(struct making *f, const struct shelflife_audit_rollup_cut *cut,
                         struct shelflife_audit_problem *problem)
{
    str namespace = text_of(f, cut->namespace);
    *problem = (struct shelflife_audit_problem){.cluster = text_of(f, cut->cluster),
                                                .source = text_of(f, cut->source),
                                                .line = cut->kind ? cut->line : 0,
                                                .column = cut->kind ? cut->column : 0,
                                                .part = true,
                                                .left_out = cut->left_out};
    f->result->counts.left_out += cut->left_out;
    bool ok =
        cut->kind
            ? shelflife_arena_format(
                  f->arena, &problem->text,
                  "%.*s %.*s%s%.*s has too many images: %llu were judged, %llu were left out",
                  STR_PRINT(text_of(f, cut->kind)), STR_PRINT(namespace), namespace.len ? "/" : "",
                  STR_PRINT(text_of(f, cut->name)), (unsigned long long)cut->kept,
                  (unsigned long long)cut->left_out)
            : shelflife_arena_format(f->arena, &problem->text,
                                     "%llu more object%s too many images: %llu were judged, %llu were "
                                     "left out",
                                     (unsigned long long)cut->objects, cut->objects == 1 ? " has" : "s have",
                                     (unsigned long long)cut->kept, (unsigned long long)cut->left_out);
    return ok || shelflife_fail_memory(f->err);
}

/* A string that may contain images. */
static bool describe_unread(struct making *f, const struct shelflife_audit_rollup_unread *unread,
                            struct shelflife_audit_problem *problem)
{
    str namespace = text_of(f, unread->namespace);
    *problem = (struct shelflife_audit_problem){.cluster = text_of(f, unread->cluster),
                                                .source = text_of(f, unread->source),
                                                .line = unread->line,
                                                .column = unread->column,
                                                .part = true,
                                                .note = true};
    return shelflife_arena_format(f->arena, &problem->text,
                                  "%.*s %.*s%s%.*s: the images in the text at %.*s are not known: %.*s",
                                  STR_PRINT(text_of(f, unread->kind)), STR_PRINT(namespace),
                                  namespace.len ? "/" : "", STR_PRINT(text_of(f, unread->name)),
                                  STR_PRINT(text_of(f, unread->path)), STR_PRINT(text_of(f, unread->why))) ||
           shelflife_fail_memory(f->err);
}

static bool keep_problems(struct making *f)
{
    const audit *a = f->audit;
    struct shelflife_audit_result *result = f->result;
    size_t cut_count = f->rollup->cut_count, unread_count = f->rollup->unread_count;
    struct shelflife_audit_problem *copy =
        shelflife_arena_array(f->arena, a->problem_count + cut_count + unread_count, sizeof(*copy));
    if (!copy)
        return shelflife_fail_memory(f->err);
    if (a->problem_count)
        memcpy(copy, a->problems, a->problem_count * sizeof(*copy));
    for (size_t i = 0; i < cut_count; i++)
        if (!describe_cut(f, &f->rollup->cuts[i], &copy[a->problem_count + i]))
            return false;
    for (size_t i = 0; i < unread_count; i++)
        if (!describe_unread(f, &f->rollup->unread[i], &copy[a->problem_count + cut_count + i]))
            return false;
    for (size_t i = 0; i < a->problem_count; i++)
        if (!shelflife_arena_copy(f->arena, copy[i].cluster, &copy[i].cluster) ||
            !shelflife_arena_copy(f->arena, copy[i].source, &copy[i].source) ||
            !shelflife_arena_copy(f->arena, copy[i].text, &copy[i].text))
            return shelflife_fail_memory(f->err);
    result->problems = copy;
    result->problem_count = a->problem_count + cut_count + unread_count;
    shelflife_sort(copy, result->problem_count, sizeof(*copy), compare_problems);
    result->unread = a->interrupted;
    for (size_t i = 0; i < a->problem_count; i++)
        result->unread = result->unread || !a->problems[i].note;
    result->partial = result->unread || cut_count > 0;
    result->interrupted = a->interrupted;
    return true;
}

static bool is_of(const struct shelflife_verdict *verdict, const struct shelflife_catalog *catalog)
{
    for (size_t i = 0; i < verdict->match_count; i++)
        if (verdict->matches[i].match->row->product->catalog == catalog)
            return true;
    return verdict->resolution.covered_by == catalog;
}

static bool is_used(const struct shelflife_audit_result *result, const struct shelflife_catalog *catalog)
{
    for (size_t i = 0; i < result->image_count; i++)
        if (is_of(&result->images[i]->verdict, catalog))
            return true;
    return false;
}

static bool list_catalogs(struct making *f)
{
    struct shelflife_audit_result *result = f->result;
    const struct shelflife_snapshot *snapshot = result->snapshot;
    size_t count = shelflife_catalogs_count(snapshot->catalogs);
    struct shelflife_audit_catalog *list = shelflife_arena_array(f->arena, count, sizeof(*list));
    if (!list)
        return shelflife_fail_memory(f->err);
    for (size_t i = 0; i < count; i++) {
        list[i].catalog = shelflife_catalogs_at(snapshot->catalogs, i);
        list[i].age = result->at - list[i].catalog->as_of;
        list[i].stale = list[i].age > shelflife_policy_max_age(snapshot->policy);
        list[i].used = is_used(result, list[i].catalog);
    }
    result->catalogs = list;
    result->catalog_count = count;
    return true;
}

static bool list_clusters(struct making *f)
{
    const audit *a = f->audit;
    str *list = shelflife_arena_array(f->arena, a->cluster_count, sizeof(*list));
    if (!list)
        return shelflife_fail_memory(f->err);
    for (size_t i = 0; i < a->cluster_count; i++)
        if (!shelflife_arena_copy(f->arena, a->clusters[i], &list[i]))
            return shelflife_fail_memory(f->err);
    f->result->clusters = list;
    f->result->cluster_count = a->cluster_count;
    if (a->cluster_count == 1)
        f->result->cluster = list[0];
    return true;
}

static bool count_rest(struct making *f)
{
    const struct shelflife_audit_rollup *rollup = f->rollup;
    struct shelflife_audit_counts *counts = &f->result->counts;
    counts->sources = f->audit->sources;
    counts->objects = rollup->objects;
    counts->pods = rollup->pods;
    for (size_t i = 0; i < rollup->namespace_count; i++) {
        const struct namespace *n;
        if (!find_namespace(f, rollup->namespaces[i].cluster, rollup->namespaces[i].name, &n))
            return false;
        if (n->mode != SHELFLIFE_MODE_OFF)
            continue;
        counts->off += rollup->namespaces[i].objects;
        if (!shelflife_audit_skip(f->audit, SHELFLIFE_AUDIT_SKIP_OFF, text_of(f, rollup->namespaces[i].name),
                                  rollup->namespaces[i].objects, f->err))
            return false;
    }
    return list_clusters(f);
}

/* The names of some, and "…" if there are more. */
static bool join_names(struct making *f, const struct shelflife_audit_skips *s, str *out)
{
    CLEANUP(shelflife_buffer_free) buffer names;
    shelflife_buffer_init(&names, SIZE_MAX / 2);
    for (size_t i = 0; i < s->name_count; i++) {
        shelflife_buffer_append(&names, i ? STR(", ") : STR(""));
        shelflife_buffer_append(&names, s->names[i]);
    }
    if (s->name_count && s->count > s->name_count)
        shelflife_buffer_append(&names, STR(", …"));
    return !names.failed && shelflife_arena_copy(f->arena, shelflife_buffer_str(&names), out);
}

static bool list_skipped(struct making *f)
{
    static const str reasons[] = {
        [SHELFLIFE_AUDIT_SKIP_EXCLUDED] = STR_INIT("excluded files and folders"),
        [SHELFLIFE_AUDIT_SKIP_HIDDEN_FOLDER] = STR_INIT("hidden folders"),
        [SHELFLIFE_AUDIT_SKIP_HIDDEN_FILE] = STR_INIT("hidden files"),
        [SHELFLIFE_AUDIT_SKIP_LINK] = STR_INIT("links to folders"),
        [SHELFLIFE_AUDIT_SKIP_PART] = STR_INIT("what is read as a part of a kustomization or a chart"),
        [SHELFLIFE_AUDIT_SKIP_OTHER_FILE] = STR_INIT("files of other kinds"),
        [SHELFLIFE_AUDIT_SKIP_NO_OBJECT] =
            STR_INIT("files without a Kubernetes object, or with something else, too"),
        [SHELFLIFE_AUDIT_SKIP_NAMESPACE] = STR_INIT("objects in other namespaces"),
        [SHELFLIFE_AUDIT_SKIP_LABELS] = STR_INIT("objects with other labels"),
        [SHELFLIFE_AUDIT_SKIP_OFF] = STR_INIT("objects in namespaces whose mode is off"),
    };
    struct shelflife_audit_result *result = f->result;
    struct shelflife_audit_skipped *list = shelflife_arena_array(f->arena, COUNT(reasons), sizeof(*list));
    if (!list)
        return shelflife_fail_memory(f->err);
    for (size_t i = 0; i < COUNT(reasons); i++) {
        const struct shelflife_audit_skips *s = &f->audit->skips[i];
        struct shelflife_audit_skipped skipped = {.why = reasons[i], .count = s->count};
        if (!join_names(f, s, &skipped.source))
            return shelflife_fail_memory(f->err);
        if (s->count)
            list[result->skipped_count++] = skipped;
    }
    result->skipped = list;
    return true;
}

static struct shelflife_audit_result *new_result(audit *a, error *err)
{
    /* The result uses the texts of the rollup, so it lives in the same arena. */
    struct shelflife_audit_result *result = shelflife_arena_alloc(&a->rollup.arena, sizeof(*result));
    if (!result) {
        shelflife_fail_memory(err);
        return NULL;
    }
    result->snapshot = a->options.snapshot;
    result->at = a->options.at;
    result->today = a->options.today;
    result->within = a->options.within;
    result->compared = a->options.old != NULL;
    return result;
}

static bool make_result(struct making *f)
{
    return list_namespaces(f) && place_records(f) && make_entries(f) && keep_entries(f) &&
           keep_workloads(f) && keep_images(f) && shelflife_audit_forecast(f->result, f->arena, f->err) &&
           keep_problems(f) && list_catalogs(f) && count_rest(f) &&
           shelflife_audit_skip_unused(f->audit, f->err) && list_skipped(f);
}

struct shelflife_audit_result *shelflife_audit_finish(audit *a, error *err)
{
    struct making f = {.audit = a, .rollup = &a->rollup, .arena = &a->rollup.arena, .err = err};
    f.result = new_result(a, err);
    if (!f.result)
        return NULL;
    shelflife_sort(a->labels, a->label_count, sizeof(*a->labels), compare_labels);
    shelflife_audit_verdicts_init(&f.images, a->options.snapshot, a->options.old, a->options.at, f.arena,
                                  a->key);
    bool ok =
        shelflife_audit_rollup_link(&a->rollup, err) && shelflife_audit_rollup_drop_built(&a->rollup, err);
    shelflife_audit_rollup_close(&a->rollup);
    ok = ok && make_result(&f);
    free_making(&f);
    if (!ok) {
        free(f.result->entry_memory);
        return NULL;
    }
    f.result->arena = a->rollup.arena;
    shelflife_arena_init(&a->rollup.arena, SIZE_MAX);
    shelflife_audit_rollup_free(&a->rollup);
    return f.result;
}
