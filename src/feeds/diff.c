#include "feeds/diff.h"

#include "feeds/format.h"
#include "shelflife/catalog.h"

enum { MEMORY_MAX = 256 << 20 };

/* Entries of a list by the name they are known under. */
struct named {
    str name;
    struct node node;
    size_t index;
};

struct names {
    struct named *at; /* sorted by name */
    size_t count;
};

struct diffing {
    struct shelflife_feeds_differences *out;
    str product, release;
    error *err;
};

void shelflife_feeds_differences_init(struct shelflife_feeds_differences *differences)
{
    *differences = (struct shelflife_feeds_differences){0};
    shelflife_arena_init(&differences->memory, MEMORY_MAX);
}

void shelflife_feeds_differences_free(struct shelflife_feeds_differences *differences)
{
    free(differences->at);
    shelflife_arena_free(&differences->memory);
    *differences = (struct shelflife_feeds_differences){0};
}

static void cleanup_names(struct names *names)
{
    free(names->at);
}

/* A text as it is, anything else as JSON. */
static bool show(struct diffing *d, const struct node *value, str *out)
{
    str text = {0};
    *out = text;
    if (!value)
        return true;
    if (shelflife_node_type(*value) == NODE_STRING) {
        shelflife_node_string(*value, &text, NULL);
        return shelflife_arena_copy(&d->out->memory, text, out) ||
               shelflife_arena_fail(&d->out->memory, d->err);
    }
    buffer line CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&line, SIZE_MAX);
    shelflife_feeds_format_line(*value, &line);
    if (line.failed)
        return shelflife_fail_memory(d->err);
    return shelflife_arena_copy(&d->out->memory, shelflife_buffer_str(&line), out) ||
           shelflife_arena_fail(&d->out->memory, d->err);
}

static bool add(struct diffing *d, str key, str before, str after)
{
    struct shelflife_feeds_differences *out = d->out;
    struct shelflife_feeds_difference new = {.before = before, .after = after};
    if (!shelflife_arena_copy(&out->memory, d->product, &new.product) ||
        !shelflife_arena_copy(&out->memory, d->release, &new.release) ||
        !shelflife_arena_copy(&out->memory, key, &new.key))
        return shelflife_arena_fail(&out->memory, d->err);
    if (!shelflife_grow(&out->at, &out->capacity, out->count + 1, sizeof(*out->at)))
        return shelflife_fail_memory(d->err);
    out->at[out->count++] = new;
    return true;
}

static bool compare_values(struct diffing *d, const char *key, const struct node *before,
                           const struct node *after)
{
    str old, new;
    if (!show(d, before, &old) || !show(d, after, &new))
        return false;
    return shelflife_str_equal(old, new) || add(d, shelflife_str_of(key), old, new);
}

static bool is_skipped(const char *key, const char *skipped)
{
    return skipped && shelflife_str_equal(shelflife_str_of(key), shelflife_str_of(skipped));
}

/* The keys of two maps, except one that is compared in detail. */
static bool compare_maps(struct diffing *d, const struct node *before, const struct node *after,
                         const char *skipped)
{
    struct node old, new;
    for (size_t i = 0; shelflife_node_at(before, i, &old); i++) {
        if (shelflife_node_type(old) == NODE_NULL)
            continue; /* says as much as nothing */
        bool still = shelflife_node_get(after, old.key, &new);
        if (!is_skipped(old.key, skipped) && !compare_values(d, old.key, &old, still ? &new : NULL))
            return false;
    }
    for (size_t i = 0; shelflife_node_at(after, i, &new); i++)
        if (!is_skipped(new.key, skipped) && shelflife_node_type(new) != NODE_NULL &&
            !shelflife_node_get(before, new.key, &old) && !compare_values(d, new.key, NULL, &new))
            return false;
    return true;
}

static int compare_named(const void *a, const void *b)
{
    const struct named *p = a, *q = b;
    int order = shelflife_version_compare(p->name, q->name);
    return order ? order : (p->index > q->index) - (p->index < q->index);
}

/* A product's name, or a row's release with its variant. */
static bool name_of(struct diffing *d, const struct node *node, str *out)
{
    struct node name, when;
    str text = {0};
    if (shelflife_node_get(node, "name", &name))
        return show(d, &name, out);
    if (shelflife_node_get(node, "release", &name) && !show(d, &name, &text))
        return false;
    *out = text;
    if (!shelflife_node_get(node, "when", &when))
        return true;
    str variant;
    if (!show(d, &when, &variant))
        return false;
    return shelflife_arena_format(&d->out->memory, out, "%.*s%s%.*s", STR_PRINT(text), text.len ? " " : "",
                                  STR_PRINT(variant)) ||
           shelflife_arena_fail(&d->out->memory, d->err);
}

static bool collect(struct diffing *d, const struct node *list, struct names *out)
{
    size_t count = list->value ? shelflife_node_count(*list) : 0;
    out->at = calloc(count + 1, sizeof(*out->at));
    if (!out->at)
        return shelflife_fail_memory(d->err);
    for (; out->count < count; out->count++) {
        struct named *one = &out->at[out->count];
        one->index = out->count;
        shelflife_node_at(list, out->count, &one->node);
        if (!name_of(d, &one->node, &one->name))
            return false;
    }
    shelflife_sort(out->at, count, sizeof(*out->at), compare_named);
    return true;
}

static bool add_whole(struct diffing *d, const struct node *before, const struct node *after)
{
    str old, new;
    return show(d, before, &old) && show(d, after, &new) && add(d, (str){0}, old, new);
}

typedef bool compare_pair(struct diffing *d, str name, const struct node *before, const struct node *after);

/* Walks both lists in the order of names. Either node is NULL if only the other list has the name. */
static bool compare_lists(struct diffing *d, const struct node *before, const struct node *after,
                          compare_pair *compare)
{
    CLEANUP(cleanup_names) struct names old = {0};
    CLEANUP(cleanup_names) struct names new = {0};
    if (!collect(d, before, &old) || !collect(d, after, &new))
        return false;
    for (size_t i = 0, k = 0; i < old.count || k < new.count;) {
        const struct named *p = i < old.count ? &old.at[i] : NULL, *q = k < new.count ? &new.at[k] : NULL;
        int order = !p ? 1 : !q ? -1 : shelflife_version_compare(p->name, q->name);
        bool ok = compare(d, order <= 0 ? p->name : q->name, order <= 0 ? &p->node : NULL,
                          order >= 0 ? &q->node : NULL);
        if (!ok)
            return false;
        i += order <= 0;
        k += order >= 0;
    }
    return true;
}

static bool compare_rows(struct diffing *d, str name, const struct node *before, const struct node *after)
{
    d->release = name.len ? name : STR("any");
    bool ok = before && after ? compare_maps(d, before, after, NULL) : add_whole(d, before, after);
    d->release = (str){0};
    return ok;
}

static struct node list_in(const struct node *map, const char *key)
{
    struct node node;
    return shelflife_node_get(map, key, &node) ? node : (struct node){0};
}

static bool compare_products(struct diffing *d, str name, const struct node *before, const struct node *after)
{
    bool ok;
    d->product = name;
    if (before && after) {
        struct node old = list_in(before, "rows"), new = list_in(after, "rows");
        ok = compare_maps(d, before, after, "rows") && compare_lists(d, &old, &new, compare_rows);
    } else {
        ok = add_whole(d, before, after);
    }
    d->product = (str){0};
    return ok;
}

bool shelflife_feeds_diff(str before, const char *before_origin, str after, const char *after_origin,
                          struct shelflife_feeds_differences *differences, error *err)
{
    struct diffing d = {.out = differences, .err = err};
    struct shelflife_document *old = shelflife_document_read(before, before_origin, err);
    struct shelflife_document *new = old ? shelflife_document_read(after, after_origin, err) : NULL;
    bool ok = new != NULL;
    if (ok) {
        struct node p = shelflife_document_root(old), q = shelflife_document_root(new);
        struct node old_products = list_in(&p, "products"), new_products = list_in(&q, "products");
        ok = compare_maps(&d, &p, &q, "products") &&
             compare_lists(&d, &old_products, &new_products, compare_products);
    }
    shelflife_document_free(new);
    shelflife_document_free(old);
    return ok;
}
