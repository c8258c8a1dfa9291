#include "audit/auditor.h"
#include "audit/internal.h"
#include "audit/selector.h"

typedef struct shelflife_audit audit;

/* The fields to extract: those that name the responsible team, then the others, then the labels of the
   selector. */
static bool add_shapes(audit *a, error *err)
{
    enum { OWNER_FIELDS_MAX = 64 };
    static const str others[] = {
        [SHELFLIFE_AUDIT_FIELD_REPLICAS] = STR_INIT("spec.replicas"),
        [SHELFLIFE_AUDIT_FIELD_HOOK] = STR_INIT("metadata.annotations[\"helm.sh/hook\"]"),
        [SHELFLIFE_AUDIT_FIELD_LOCAL] =
            STR_INIT("metadata.annotations[\"config.kubernetes.io/local-config\"]"),
    };
    const struct shelflife_policy *policy = a->options.snapshot->policy;
    str fields[OWNER_FIELDS_MAX + COUNT(others) + SHELFLIFE_AUDIT_SELECTOR_TERMS_MAX];
    size_t shape_count, owner_count, count = 0;
    const struct shelflife_shape *shapes = shelflife_policy_own_shapes(policy, &shape_count);
    const str *owners = shelflife_policy_owners(policy, &owner_count);
    a->owner_fields = owner_count < OWNER_FIELDS_MAX ? owner_count : OWNER_FIELDS_MAX;
    while (count < a->owner_fields) {
        fields[count] = owners[count];
        count++;
    }
    for (size_t i = 0; i < COUNT(others); i++)
        fields[count++] = others[i];
    a->label_fields = count;
    for (size_t i = 0; a->selector && i < a->selector->term_count; i++)
        if (!shelflife_arena_format(&a->arena, &fields[count++], "metadata.labels[\"%.*s\"]",
                                    STR_PRINT(a->selector->terms[i].key)))
            return shelflife_fail_memory(err);
    a->shapes = shelflife_shapes_new(shapes, shape_count, fields, count, err);
    return a->shapes != NULL;
}

static bool read_selector(audit *a, error *err)
{
    if (!a->options.labels)
        return true;
    a->selector = shelflife_arena_alloc(&a->arena, sizeof(*a->selector));
    return a->selector ? shelflife_audit_selector_parse(shelflife_str_of(a->options.labels), a->selector, err)
                       : shelflife_fail_memory(err);
}

audit *shelflife_audit_new(const struct shelflife_audit_options *options, error *err)
{
    audit *a = calloc(1, sizeof(*a));
    if (!a || pthread_mutex_init(&a->lock, NULL) != 0) {
        free(a);
        shelflife_fail_memory(err);
        return NULL;
    }
    a->options = *options;
    a->key = shelflife_audit_hash_key_new();
    shelflife_audit_rollup_init(&a->rollup, a->key);
    a->rollup.digests = options->digests;
    shelflife_arena_init(&a->arena, SIZE_MAX);
    if (read_selector(a, err) && add_shapes(a, err))
        return a;
    shelflife_audit_free(a);
    return NULL;
}

void shelflife_audit_free(audit *a)
{
    if (!a)
        return;
    shelflife_shapes_free(a->shapes);
    shelflife_audit_rollup_free(&a->rollup);
    shelflife_arena_free(&a->arena);
    free(a->problems);
    free(a->labels);
    free(a->clusters);
    free(a->alone);
    free(a->used);
    free(a->accepted);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

bool shelflife_audit_cancelled(const audit *a)
{
    return a->options.cancel && atomic_load(a->options.cancel);
}

str shelflife_audit_current(const audit *a)
{
    return a->options.clusters && a->cluster_count ? a->clusters[a->cluster_count - 1] : (str){0};
}

bool shelflife_audit_note(audit *a, const struct shelflife_audit_problem *problem, error *err)
{
    struct shelflife_audit_problem kept = *problem;
    kept.cluster = shelflife_audit_current(a);
    if (!shelflife_arena_copy(&a->arena, problem->source, &kept.source) ||
        !shelflife_arena_copy(&a->arena, problem->text, &kept.text) ||
        !shelflife_grow(&a->problems, &a->problem_capacity, a->problem_count + 1, sizeof(*a->problems)))
        return shelflife_fail_memory(err);
    a->problems[a->problem_count++] = kept;
    return true;
}

bool shelflife_audit_skip(audit *a, enum shelflife_audit_skip why, str name, uint64_t count, error *err)
{
    struct shelflife_audit_skips *s = &a->skips[why];
    s->count += count;
    for (size_t i = 0; i < s->name_count; i++)
        if (shelflife_str_equal(s->names[i], name))
            return true;
    if (s->name_count == COUNT(s->names) || !name.len)
        return true;
    return shelflife_arena_copy(&a->arena, name, &s->names[s->name_count++]) || shelflife_fail_memory(err);
}

bool shelflife_audit_skip_file(audit *a, enum shelflife_audit_skip why, str name, error *err)
{
    enum { FILES_MAX = 100000 /* that are remembered */ };
    if (a->alone_count == FILES_MAX)
        return shelflife_audit_skip(a, why, name, 1, err);
    if (!shelflife_grow(&a->alone, &a->alone_capacity, a->alone_count + 1, sizeof(*a->alone)) ||
        !shelflife_arena_copy(&a->arena, name, &a->alone[a->alone_count].name))
        return shelflife_fail_memory(err);
    a->alone[a->alone_count++].why = why;
    return true;
}

bool shelflife_audit_used(audit *a, str name, error *err)
{
    if (!shelflife_grow(&a->used, &a->used_capacity, a->used_count + 1, sizeof(*a->used)) ||
        !shelflife_arena_copy(&a->arena, name, &a->used[a->used_count]))
        return shelflife_fail_memory(err);
    a->used_count++;
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return shelflife_str_compare(*(const str *)a, *(const str *)b);
}

bool shelflife_audit_skip_unused(audit *a, error *err)
{
    shelflife_sort(a->used, a->used_count, sizeof(*a->used), compare_names);
    for (size_t i = 0; i < a->alone_count; i++) {
        const struct shelflife_audit_alone *file = &a->alone[i];
        size_t at =
            shelflife_lower_bound(&file->name, a->used, a->used_count, sizeof(*a->used), compare_names);
        bool used = at < a->used_count && shelflife_str_equal(a->used[at], file->name);
        if (!used && !shelflife_audit_skip(a, file->why, file->name, 1, err))
            return false;
    }
    a->alone_count = 0;
    return true;
}

bool shelflife_audit_wants(audit *a, const struct shelflife_audit_found_object *found, str source,
                           bool *wanted, error *err)
{
    str only = shelflife_str_of(a->options.namespace), namespace = found->namespace;
    bool here = !only.len || !namespace.len || shelflife_str_equal(namespace, only);
    *wanted = here && (!a->selector || shelflife_audit_selector_matches(a->selector, found->object->fields +
                                                                                         a->label_fields));
    return *wanted ||
           shelflife_audit_skip(a, here ? SHELFLIFE_AUDIT_SKIP_LABELS : SHELFLIFE_AUDIT_SKIP_NAMESPACE,
                                here ? source : namespace, 1, err);
}

bool shelflife_audit_each_image(const audit *a, shelflife_audit_image_handler *handler, void *context,
                                error *err)
{
    const struct shelflife_audit_rollup *r = &a->rollup;
    for (size_t i = 0; i < r->record_count; i++) {
        const struct shelflife_audit_rollup_record *record = &r->records[i];
        str namespace = shelflife_audit_rollup_text(r, r->owners[record->owner].namespace);
        if (record->alive && !record->why &&
            !handler(context, namespace, shelflife_audit_rollup_text(r, record->image),
                     shelflife_audit_rollup_text(r, record->digest), err))
            return false;
    }
    return true;
}

const struct shelflife_audit_problem *shelflife_audit_problems(const audit *a, size_t *count)
{
    *count = a->problem_count;
    return a->problems;
}

void shelflife_audit_result_free(struct shelflife_audit_result *result)
{
    if (!result)
        return;
    arena a = result->arena;
    free(result->entry_memory);
    shelflife_arena_free(&a); /* the result is in it */
}
