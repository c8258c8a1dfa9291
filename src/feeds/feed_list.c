#include "feeds/feed_list.h"

#include "json/document.h"

enum { MEMORY_MAX = 16 << 20 };

struct reading {
    struct shelflife_feeds_feed_list *list;
    error *err;
};

void shelflife_feeds_feed_list_free(struct shelflife_feeds_feed_list *list)
{
    shelflife_arena_free(&list->memory);
    *list = (struct shelflife_feeds_feed_list){0};
}

/* An array in the memory of the list, cleared. */
static void *allocate(struct reading *r, size_t count, size_t size)
{
    void *at = shelflife_arena_array(&r->list->memory, count + 1, size);
    if (!at)
        shelflife_arena_fail(&r->list->memory, r->err);
    return at;
}

/* Copies a text, which ends in a NUL. */
static bool keep(struct reading *r, str text, const char **out)
{
    str copy;
    if (!shelflife_arena_copy(&r->list->memory, text, &copy))
        return shelflife_arena_fail(&r->list->memory, r->err);
    *out = copy.at;
    return true;
}

static bool read_text(struct reading *r, const struct node *map, const char *key, struct node *node,
                      const char **out)
{
    str text;
    return (shelflife_node_get(map, key, node) ||
            shelflife_node_fail(*map, r->err, "`%s` is missing", key)) &&
           shelflife_node_string(*node, &text, r->err) && keep(r, text, out);
}

static bool read_products(struct reading *r, const struct node *map, struct shelflife_feeds_feed *feed)
{
    struct node products, name;
    if (!shelflife_node_get(map, "products", &products))
        return true;
    size_t count = shelflife_node_count(products);
    struct shelflife_feeds_name *names = allocate(r, count, sizeof(*names));
    if (!names)
        return false;
    for (size_t i = 0; shelflife_node_at(&products, i, &name); i++) {
        str text;
        if (!shelflife_node_string(name, &text, r->err) || !keep(r, text, &names[i].in_feed) ||
            !keep(r, shelflife_str_of(name.key), &names[i].product))
            return false;
    }
    feed->products = names;
    feed->product_count = count;
    return true;
}

static bool fail_format(struct node node, const char *name, error *err)
{
    buffer known CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&known, SIZE_MAX);
    for (size_t i = 0; i < shelflife_feeds_format_count; i++)
        shelflife_buffer_format(&known, "%s%s", i ? ", " : "", shelflife_feeds_formats[i].name);
    if (known.failed)
        return shelflife_fail_memory(err);
    return shelflife_node_fail(node, err, "\"%s\" is not a format of feeds; the formats are %.*s", name,
                               STR_PRINT(shelflife_buffer_str(&known)));
}

/* Whether a text is neither an https:// URL nor a path relative to the catalog. */
static bool is_elsewhere(str url)
{
    size_t colon = shelflife_str_find(url, ':');
    bool has_scheme = colon != SIZE_MAX && shelflife_str_starts(shelflife_str_after(url, colon), STR("://"));
    return shelflife_str_starts(url, STR("/")) || (has_scheme && !shelflife_str_starts(url, STR("https://")));
}

static bool read_feed(struct reading *r, const struct node *map, struct shelflife_feeds_listed_feed *out)
{
    struct node format, url, identifiers;
    if (!read_text(r, map, "format", &format, &out->feed.format) ||
        !read_text(r, map, "url", &url, &out->url) || !read_products(r, map, &out->feed))
        return false;
    if (!shelflife_feeds_format_find(out->feed.format))
        return fail_format(format, out->feed.format, r->err);
    if (is_elsewhere(shelflife_str_of(out->url)))
        return shelflife_node_fail(
            url, r->err,
            "must be an https:// URL, in small letters, or the path of a file relative to the catalog");
    return !shelflife_node_get(map, "identifiers", &identifiers) ||
           shelflife_node_bool(identifiers, &out->feed.identifiers, r->err);
}

bool shelflife_feeds_feed_list_read(str catalog, const char *origin, struct shelflife_feeds_feed_list *list,
                                    error *err)
{
    struct reading r = {.list = list, .err = err};
    struct node feeds, feed;
    *list = (struct shelflife_feeds_feed_list){0};
    shelflife_arena_init(&list->memory, MEMORY_MAX);
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read(catalog, origin, err);
    if (!document)
        return false;
    struct node root = shelflife_document_root(document);
    size_t count = shelflife_node_get(&root, "feeds", &feeds) ? shelflife_node_count(feeds) : 0;
    if (count == 0)
        return true;
    list->at = allocate(&r, count, sizeof(*list->at));
    if (!list->at)
        return false;
    for (; shelflife_node_at(&feeds, list->count, &feed); list->count++)
        if (!read_feed(&r, &feed, &list->at[list->count]))
            return false;
    return true;
}
