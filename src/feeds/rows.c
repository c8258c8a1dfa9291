#include "feeds/rows.h"

#include "feeds/facts.h"
#include "feeds/format.h"
#include "json/document.h"
#include "json/words.h"

enum { MEMORY_MAX = 256 << 20 };

const char *const shelflife_feeds_rows_keys[FEEDS_DATES] = {"endOfPatch", "endOfExtendedPatch",
                                                            "endOfAvailability"};

void shelflife_feeds_rows_init(struct feeds_dated_rows *rows)
{
    *rows = (struct feeds_dated_rows){0};
    shelflife_arena_init(&rows->memory, MEMORY_MAX);
}

void shelflife_feeds_rows_free(struct feeds_dated_rows *rows)
{
    shelflife_free(rows->at);
    shelflife_arena_free(&rows->memory);
    *rows = (struct feeds_dated_rows){0};
}

bool shelflife_feeds_rows_is_fact(const char *key)
{
    static const char *const keys[] = {
        "endOfPatch", "endOfExtendedPatch", "endOfAvailability", "ended", "lts", "latest", "latestDate"};
    return shelflife_json_is_among(shelflife_str_of(key), keys, COUNT(keys));
}

static bool keep(struct feeds_dated_rows *rows, str text, str *out, error *err)
{
    return shelflife_arena_copy(&rows->memory, text, out) || shelflife_arena_fail(&rows->memory, err);
}

static bool keep_text(struct feeds_dated_rows *rows, const struct node *map, const char *key, str *out,
                      error *err)
{
    *out = shelflife_feeds_text_at(map, key);
    return out->len == 0 || keep(rows, *out, out, err);
}

/* The variant on one line, and the place of the row. */
static bool keep_shape(struct feeds_dated_rows *rows, const struct node *row, struct feeds_dated_row *out,
                       error *err)
{
    struct node when;
    buffer text CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&text, SIZE_MAX);
    if (shelflife_node_get(row, "when", &when))
        shelflife_feeds_format_line(when, &text);
    if (text.failed || !keep(rows, shelflife_buffer_str(&text), &out->variant, err))
        return text.failed ? shelflife_fail_memory(err) : false;
    shelflife_buffer_reset(&text);
    shelflife_node_path(*row, &text);
    if (text.failed)
        return shelflife_fail_memory(err);
    return keep(rows, shelflife_buffer_str(&text), &out->path, err);
}

static bool add_row(struct feeds_dated_rows *rows, const struct node *row,
                    const struct feeds_dated_row *common, error *err)
{
    struct feeds_dated_row new = *common;
    struct node node;
    new.explained = shelflife_feeds_has_key(row, "note") || shelflife_feeds_has_key(row, "source");
    new.ended = shelflife_feeds_flag_at(row, "ended");
    for (size_t i = 0; shelflife_node_at(row, i, &node); i++)
        new.has_facts = new.has_facts || shelflife_feeds_rows_is_fact(node.key);
    if (!keep_text(rows, row, "release", &new.release, err) || !keep_shape(rows, row, &new, err))
        return false;
    for (size_t i = 0; i < FEEDS_DATES; i++)
        if (!keep_text(rows, row, shelflife_feeds_rows_keys[i], &new.dates[i], err))
            return false;
    if (!shelflife_grow(&rows->at, &rows->capacity, rows->count + 1, sizeof(*rows->at)))
        return shelflife_fail_memory(err);
    rows->at[rows->count++] = new;
    return true;
}

bool shelflife_feeds_rows_add(struct feeds_dated_rows *rows, str bytes, const char *origin, size_t number,
                              error *err)
{
    struct feeds_dated_row common = {.origin = origin, .catalog = number};
    struct node products, product, list, row, publisher;
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read(bytes, origin, err);
    if (!document)
        return false;
    struct node root = shelflife_document_root(document);
    common.publishes = shelflife_node_get(&root, "publisher", &publisher);
    if (!shelflife_node_get(&root, "products", &products))
        return true;
    for (size_t i = 0; shelflife_node_at(&products, i, &product); i++) {
        if (!keep_text(rows, &product, "name", &common.product, err))
            return false;
        if (!shelflife_node_get(&product, "rows", &list))
            continue;
        for (size_t k = 0; shelflife_node_at(&list, k, &row); k++)
            if (!add_row(rows, &row, &common, err))
                return false;
    }
    return true;
}

static int compare_releases(const struct feeds_dated_row *a, const struct feeds_dated_row *b)
{
    int order = shelflife_str_compare(a->product, b->product);
    order = order ? order : shelflife_str_compare(a->release, b->release);
    return order ? order : shelflife_str_compare(a->variant, b->variant);
}

static int compare(const void *a, const void *b)
{
    const struct feeds_dated_row *p = a, *q = b;
    int order = compare_releases(p, q);
    order = order ? order : (p->catalog > q->catalog) - (p->catalog < q->catalog);
    return order ? order : shelflife_str_compare(p->path, q->path);
}

void shelflife_feeds_rows_sort(struct feeds_dated_rows *rows)
{
    shelflife_sort(rows->at, rows->count, sizeof(*rows->at), compare);
}

size_t shelflife_feeds_rows_next(const struct feeds_dated_rows *rows, size_t from)
{
    size_t to = from + 1;
    while (to < rows->count && compare_releases(&rows->at[from], &rows->at[to]) == 0)
        to++;
    return to;
}
