/* Finds what has no effect: names in overrides that no catalog has, and exceptions that have ended. */
#include <inttypes.h>

#include "base/nearest.h"
#include "policy/internal.h"

enum { NAME_SHOWN = 200 }; /* bytes */

struct search {
    const struct shelflife_catalogs *catalogs;
    const char *origin; /* NULL: lines begin with the path */
    arena *arena;
    str *lines;
    size_t count, max, more;
};

/* ---- Names ---- */

static bool has_catalog(const struct shelflife_catalogs *set, str name)
{
    for (size_t i = 0; i < shelflife_catalogs_count(set); i++)
        if (shelflife_str_equal(shelflife_catalogs_at(set, i)->name, name))
            return true;
    return false;
}

/* The products that a name can mean. */
struct scope {
    const struct shelflife_catalogs *set;
    str catalog; /* absent: any */
};

/* The name of a product, or an absent string if it is out of scope. */
static str product_name(const void *scope, size_t i)
{
    const struct scope *s = scope;
    const struct shelflife_product *product = shelflife_catalogs_product_at(s->set, i);
    return !s->catalog.len || shelflife_str_equal(product->catalog->name, s->catalog) ? product->name
                                                                                      : (str){0};
}

static str catalog_name(const void *set, size_t i)
{
    return shelflife_catalogs_at(set, i)->name;
}

static bool has_product(const struct scope *scope, str name)
{
    for (size_t i = 0; i < shelflife_catalogs_product_count(scope->set); i++)
        if (shelflife_str_equal(product_name(scope, i), name))
            return true;
    return false;
}

/* Appends "(did you mean …?)" if there is a similar name. */
static void suggest(str text, size_t count, str (*name_at)(const void *names, size_t i), const void *names,
                    buffer *out)
{
    size_t near = shelflife_nearest_of(text, count, name_at, names);
    if (near < count)
        shelflife_buffer_format(out, " (did you mean \"%.*s\"?)", STR_PRINT(name_at(names, near)));
}

/* Appends "no catalog has a product …", or nothing if the name is known. Similar names take a while to find.
 */
static void describe(const struct shelflife_catalogs *set, const struct policy_product_name *name,
                     bool suggesting, buffer *out)
{
    const struct scope scope = {set, name->catalog};
    str catalog = shelflife_str_first(name->catalog, NAME_SHOWN);
    str product = shelflife_str_first(name->product, NAME_SHOWN);
    if (name->catalog.len && !has_catalog(set, name->catalog)) {
        shelflife_buffer_format(out, "there is no catalog \"%.*s\"", STR_PRINT(catalog));
        if (suggesting)
            suggest(name->catalog, shelflife_catalogs_count(set), catalog_name, set, out);
    } else if (name->product.len && !has_product(&scope, name->product)) {
        if (name->catalog.len)
            shelflife_buffer_format(out, "catalog \"%.*s\" has no product \"%.*s\"", STR_PRINT(catalog),
                                    STR_PRINT(product));
        else
            shelflife_buffer_format(out, "no catalog has a product \"%.*s\"", STR_PRINT(product));
        if (suggesting)
            suggest(name->product, shelflife_catalogs_product_count(set), product_name, &scope, out);
    }
}

/* ---- Lines ---- */

static bool add_line(struct search *s, const struct node *node, str what)
{
    buffer path CLEANUP(shelflife_buffer_free);
    uint32_t line, column;
    char place[32] = "";
    shelflife_buffer_init(&path, SIZE_MAX);
    if (s->count == s->max) {
        s->more++;
        return true;
    }
    shelflife_node_path(*node, &path);
    shelflife_node_place(*node, &line, &column);
    if (s->origin)
        snprintf(place, sizeof(place), ":%" PRIu32 ":%" PRIu32 ": ", line, column);
    return !path.failed && shelflife_arena_format(s->arena, &s->lines[s->count++], "%s%s%.*s: %.*s",
                                                  s->origin ? s->origin : "", place,
                                                  STR_PRINT(shelflife_buffer_str(&path)), STR_PRINT(what));
}

static bool search_names(struct search *s, const struct node *override, bool catalogs)
{
    struct node list, child;
    if (!shelflife_node_get(override, catalogs ? "catalogs" : "products", &list) ||
        shelflife_node_type(list) != NODE_ARRAY)
        return true;
    for (size_t i = 0; shelflife_node_at(&list, i, &child); i++) {
        buffer what CLEANUP(shelflife_buffer_free);
        struct policy_product_name name;
        str text;
        shelflife_buffer_init(&what, SIZE_MAX);
        if (!shelflife_node_string(child, &text, NULL) ||
            !shelflife_policy_validate_product(child, text, catalogs, &name, NULL))
            continue;
        describe(s->catalogs, &name, s->count < s->max, &what);
        if (what.len && s->origin)
            shelflife_buffer_append(&what, STR("; this has no effect"));
        if (what.failed || (what.len && !add_line(s, &child, shelflife_buffer_str(&what))))
            return false;
    }
    return true;
}

static bool search_overrides(struct search *s, const struct node *root)
{
    struct node list, child;
    if (!shelflife_node_get(root, "overrides", &list) || shelflife_node_type(list) != NODE_ARRAY)
        return true;
    for (size_t i = 0; shelflife_node_at(&list, i, &child); i++)
        if (shelflife_node_type(child) == NODE_MAP &&
            (!search_names(s, &child, true) || !search_names(s, &child, false)))
            return false;
    return true;
}

static bool search_exceptions(struct search *s, const struct node *root, shelflife_day at)
{
    struct node list, child, until;
    if (!shelflife_node_get(root, "exceptions", &list) || shelflife_node_type(list) != NODE_ARRAY)
        return true;
    for (size_t i = 0; shelflife_node_at(&list, i, &child); i++) {
        char text[SHELFLIFE_DAY_TEXT_MAX], what[128];
        shelflife_day day;
        if (shelflife_node_type(child) != NODE_MAP || !shelflife_node_get(&child, "until", &until) ||
            !shelflife_node_day(until, &day, NULL) || day >= at)
            continue;
        snprintf(what, sizeof(what), "the exception ended on %s: remove it or set a later date",
                 shelflife_day_format(day, text));
        if (!add_line(s, &until, shelflife_str_of(what)))
            return false;
    }
    return true;
}

/* Without `at`, only names are searched for. */
static bool search(struct search *s, struct node root, const shelflife_day *at, const str **lines,
                   size_t *count)
{
    s->lines = shelflife_arena_array(s->arena, s->max + 1, sizeof(*s->lines));
    if (!s->lines)
        return false;
    if (shelflife_node_type(root) == NODE_MAP &&
        (!search_overrides(s, &root) || (at && !search_exceptions(s, &root, *at))))
        return false;
    if (s->more &&
        !shelflife_arena_format(s->arena, &s->lines[s->count++], "%s: %zu more such %s",
                                s->origin ? s->origin : "overrides", s->more, s->origin ? "lines" : "names"))
        return false;
    *lines = s->lines;
    *count = s->count;
    return true;
}

bool shelflife_policy_unmatched(const struct shelflife_policy *policy,
                                const struct shelflife_catalogs *catalogs, size_t max, arena *a,
                                const str **lines, size_t *count, error *err)
{
    struct search s = {.catalogs = catalogs, .arena = a, .max = max};
    return search(&s, shelflife_document_root(policy->document), NULL, lines, count) ||
           shelflife_arena_fail(a, err);
}

bool shelflife_policy_without_effect(str bytes, const char *origin, const struct shelflife_catalogs *catalogs,
                                     shelflife_day at, size_t max, arena *a, const str **lines, size_t *count,
                                     error *err)
{
    struct search s = {.catalogs = catalogs, .origin = origin, .arena = a, .max = max};
    struct shelflife_document *document CLEANUP(cleanup_document) =
        shelflife_document_read_placed(bytes, origin, err);
    return document &&
           (search(&s, shelflife_document_root(document), &at, lines, count) || shelflife_arena_fail(a, err));
}
