/* Finds names in overrides that no catalog has. */
#include "policy/internal.h"

enum { NAME_SHOWN = 200 }; /* bytes */

struct search {
    const struct shelflife_catalogs *catalogs;
    arena *arena;
    str *lines;
    size_t count, max, more;
};

static bool has_catalog(const struct shelflife_catalogs *set, str name)
{
    for (size_t i = 0; i < shelflife_catalogs_count(set); i++)
        if (shelflife_str_equal(shelflife_catalogs_at(set, i)->name, name))
            return true;
    return false;
}

static bool has_product(const struct shelflife_catalogs *set, const struct policy_product_name *name)
{
    for (size_t i = 0; i < shelflife_catalogs_product_count(set); i++) {
        const struct shelflife_product *product = shelflife_catalogs_product_at(set, i);
        if (shelflife_str_equal(product->name, name->product) &&
            (!name->catalog.len || shelflife_str_equal(product->catalog->name, name->catalog)))
            return true;
    }
    return false;
}

/* Writes the end of a line about a name, or an absent string if the name is known. Returns false if memory
 * runs out. */
static bool describe(const struct search *s, const struct policy_product_name *name, str *out)
{
    str catalog = shelflife_str_first(name->catalog, NAME_SHOWN);
    str product = shelflife_str_first(name->product, NAME_SHOWN);
    *out = (str){0};
    if (name->catalog.len && !has_catalog(s->catalogs, name->catalog))
        return shelflife_arena_format(s->arena, out, "there is no catalog \"%.*s\"", STR_PRINT(catalog));
    if (!name->product.len || has_product(s->catalogs, name))
        return true;
    if (!name->catalog.len)
        return shelflife_arena_format(s->arena, out, "no catalog has a product \"%.*s\"", STR_PRINT(product));
    return shelflife_arena_format(s->arena, out, "catalog \"%.*s\" has no product \"%.*s\"",
                                  STR_PRINT(catalog), STR_PRINT(product));
}

static bool search_override(struct search *s, const struct policy_override *o)
{
    const char *key = o->level == POLICY_LEVEL_CATALOG ? "catalogs" : "products";
    for (size_t i = 0; i < o->product_count; i++) {
        str what;
        if (!describe(s, &o->products[i], &what))
            return false;
        if (!what.len)
            continue;
        if (s->count == s->max)
            s->more++;
        else if (!shelflife_arena_format(s->arena, &s->lines[s->count++], "overrides[%zu].%s[%zu]: %.*s",
                                         o->index, key, i, STR_PRINT(what)))
            return false;
    }
    return true;
}

bool shelflife_policy_unmatched(const struct shelflife_policy *policy,
                                const struct shelflife_catalogs *catalogs, size_t max, arena *a,
                                const str **lines, size_t *count, error *err)
{
    struct search s = {.catalogs = catalogs, .arena = a, .max = max};
    s.lines = shelflife_arena_array(a, max + 1, sizeof(*s.lines));
    if (!s.lines)
        return shelflife_arena_fail(a, err);
    for (size_t i = 0; i < policy->override_count; i++)
        if (!search_override(&s, &policy->overrides[i]))
            return shelflife_arena_fail(a, err);
    if (s.more && !shelflife_arena_format(a, &s.lines[s.count++], "overrides: %zu more such names", s.more))
        return shelflife_arena_fail(a, err);
    *lines = s.lines;
    *count = s.count;
    return true;
}
