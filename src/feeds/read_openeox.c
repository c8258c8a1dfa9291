/*
 * OpenEoX Core 1.0: the days of one product version. Which one it is, Core leaves to whatever contains it.
 * Read are a bare core, whose product the user names; and statements with a core, a product and a version.
 */
#include "base/ascii.h"
#include "feeds/read.h"
#include "json/document.h"

enum { KEYS = FEEDS_KEY_END | FEEDS_KEY_EXTENDED };

/* A text under any of several keys: the schemas around Core do not agree on them yet. */
static str text_at(const struct node *map, const char *const *keys)
{
    str text = {0};
    for (; *keys && text.len == 0; keys++)
        text = shelflife_feeds_text_at(map, *keys);
    return text;
}

/* Reads a time, or "tba". */
static bool read_day(const struct node *core, const char *key, bool required, shelflife_day *out, error *err)
{
    struct node node;
    str text;
    int64_t seconds;
    *out = SHELFLIFE_DAY_NONE;
    if (!shelflife_node_get(core, key, &node))
        return !required ||
               shelflife_node_fail(*core, err, "`%s` is missing: this is not OpenEoX Core 1.0", key);
    if (!shelflife_node_string(node, &text, err))
        return false;
    if (shelflife_str_equal(text, STR("tba")))
        return true;
    if (!shelflife_time_parse(text, &seconds))
        return shelflife_node_fail(node, err, "must be a time like 2028-06-30T23:59:59Z, or \"tba\"");
    *out = shelflife_day_of_seconds(seconds);
    return true;
}

static bool read_core(struct feeds_facts *facts, struct feeds_product *product, const struct node *core,
                      str release, error *err)
{
    shelflife_day security, life, updated, available;
    if (!shelflife_node_map(*core, err) || !read_day(core, "end_of_security_support", true, &security, err) ||
        !read_day(core, "end_of_life", true, &life, err) ||
        !read_day(core, "last_updated", true, &updated, err) ||
        !read_day(core, "general_availability", false, &available, err))
        return false;
    struct feeds_release *fact = shelflife_feeds_facts_release(facts, product, release, err);
    if (!fact)
        return false;
    fact->keys = KEYS;
    fact->end_of_patch = security;
    fact->end_of_extended_patch = life;
    fact->released = available;
    if (updated > facts->as_of)
        facts->as_of = updated;
    return true;
}

/* "Base image for Java" is base-image-for-java. */
static bool make_name(struct feeds_facts *facts, str title, str *name, error *err)
{
    char *at = shelflife_arena_alloc(&facts->memory, title.len + 1);
    size_t n = 0;
    if (!at)
        return shelflife_arena_fail(&facts->memory, err);
    for (size_t i = 0; i < title.len; i++)
        if (ascii_is_alphanumeric(title.at[i]))
            at[n++] = ascii_lower(title.at[i]);
        else if (n && shelflife_str_find(STR("._"), title.at[i]) != SIZE_MAX)
            at[n++] = title.at[i];
        else if (n && at[n - 1] != '-')
            at[n++] = '-';
    while (n && !ascii_is_alphanumeric(at[n - 1]))
        n--;
    *name = (str){at, n};
    return true;
}

/* The version, if there is one. A number would be cut: 3.10 is 3.1. */
static bool read_version(const struct node *about, str *out, error *err)
{
    static const char *const keys[] = {"product_version", "productVersion", "version", NULL};
    struct node node;
    for (size_t i = 0; keys[i]; i++)
        if (shelflife_node_get(about, keys[i], &node) && shelflife_node_type(node) != NODE_STRING)
            return shelflife_node_fail(node, err, "must be a text, like \"3.10\"");
    *out = text_at(about, keys);
    return true;
}

static bool read_statement(struct feeds_facts *facts, const struct node *statement, error *err)
{
    static const char *const names[] = {"product_name", "productName", "name", NULL}, *const purls[] = {
                                                                                          "purl",
                                                                                          "identifier", NULL};
    struct node core, inner;
    const struct node *about = statement;
    str name = {0}, version = {0}, title, purl;
    if (!shelflife_node_map(*statement, err))
        return false;
    if (!shelflife_node_get(statement, "core", &core))
        return shelflife_node_fail(*statement, err, "`core` is missing");
    if (shelflife_node_get(statement, "product", &inner) && shelflife_node_type(inner) == NODE_MAP)
        about = &inner;
    title = text_at(about, names);
    if (!make_name(facts, title, &name, err))
        return false;
    if (name.len == 0)
        return shelflife_node_fail(*statement, err, "`product_name` is missing, or has no letter");
    struct feeds_product *product = shelflife_feeds_facts_product(facts, name, err);
    if (!product)
        return false;
    product->title = title;
    purl = text_at(about, purls);
    if (purl.len && !shelflife_feeds_facts_purl(facts, product, purl, err))
        return false;
    return read_version(about, &version, err) && read_core(facts, product, &core, version, err);
}

bool shelflife_feeds_read_openeox(const struct feeds_input *input, struct feeds_facts *facts, error *err)
{
    struct node list, statement;
    if (!shelflife_feeds_facts_document(facts, input->bytes, input->origin, err))
        return false;
    struct node root = shelflife_document_root(facts->document);
    if (shelflife_node_type(root) == NODE_ARRAY)
        list = root;
    else if (!shelflife_node_get(&root, "statements", &list)) {
        facts->single = facts->unnamed = true;
        if (shelflife_node_get(&root, "core", &statement))
            return read_statement(facts, &root, err);
        struct feeds_product *product = shelflife_feeds_facts_add(facts, STR("product"), err);
        return product && read_core(facts, product, &root, (str){0}, err);
    }
    if (!shelflife_node_array(list, err))
        return false;
    for (size_t i = 0; shelflife_node_at(&list, i, &statement); i++)
        if (!read_statement(facts, &statement, err))
            return false;
    facts->single = facts->unnamed = facts->product_count == 1;
    facts->by_repository = true;
    return facts->product_count > 0 || shelflife_node_fail(list, err, "there are no statements");
}
