#include "feeds/disagree.h"

#include "feeds/format.h"
#include "shelflife/catalog.h"
#include "json/document.h"

enum { MEMORY_MAX = 64 << 20, PER_RELEASE_MAX = 64, TEXT_MAX = 1024 };

/* A row of any of the catalogs. */
struct told {
    const char *origin;
    size_t catalog; /* its number */
    bool publishes; /* the catalog names a publisher */
    bool explained; /* by a note */
    str product, release, variant;
    str path;
    str days[3]; /* as in `keys`; absent: no such day */
};

static const char *const keys[] = {"endOfPatch", "endOfExtendedPatch", "endOfAvailability"};

struct gathering {
    struct told *at; /* owned */
    size_t count, capacity;
    arena memory;
    error *err;
};

static bool keep_text(struct gathering *g, const struct node *map, const char *key, str *out)
{
    struct node node;
    str text = {0};
    *out = text;
    if (!shelflife_node_get(map, key, &node) || shelflife_node_type(node) != NODE_STRING)
        return true;
    shelflife_node_string(node, &text, NULL);
    return shelflife_arena_copy(&g->memory, text, out) || shelflife_arena_fail(&g->memory, g->err);
}

static bool keep_line(struct gathering *g, const struct node *map, const char *key, str *out)
{
    struct node node;
    buffer line CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&line, SIZE_MAX);
    if (shelflife_node_get(map, key, &node))
        shelflife_feeds_format_line(node, &line);
    if (line.failed)
        return shelflife_fail_memory(g->err);
    return shelflife_arena_copy(&g->memory, shelflife_buffer_str(&line), out) ||
           shelflife_arena_fail(&g->memory, g->err);
}

static bool keep_path(struct gathering *g, struct node node, str *out)
{
    buffer path CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&path, SIZE_MAX);
    shelflife_node_path(node, &path);
    if (path.failed)
        return shelflife_fail_memory(g->err);
    return shelflife_arena_copy(&g->memory, shelflife_buffer_str(&path), out) ||
           shelflife_arena_fail(&g->memory, g->err);
}

static bool gather_row(struct gathering *g, const struct node *row, const struct told *common)
{
    struct told new = *common;
    struct node note;
    new.explained = shelflife_node_get(row, "note", &note);
    if (!keep_text(g, row, "release", &new.release) || !keep_line(g, row, "when", &new.variant) ||
        !keep_path(g, *row, &new.path))
        return false;
    for (size_t i = 0; i < COUNT(keys); i++)
        if (!keep_text(g, row, keys[i], &new.days[i]))
            return false;
    if (!shelflife_grow(&g->at, &g->capacity, g->count + 1, sizeof(*g->at)))
        return shelflife_fail_memory(g->err);
    g->at[g->count++] = new;
    return true;
}

static bool gather(struct gathering *g, const struct shelflife_feeds_named_catalog *catalog, size_t number)
{
    struct told common = {.origin = catalog->origin, .catalog = number};
    struct node products, product, rows, row, publisher;
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read(catalog->bytes, catalog->origin, g->err);
    if (!document)
        return false;
    struct node root = shelflife_document_root(document);
    common.publishes = shelflife_node_get(&root, "publisher", &publisher);
    if (!shelflife_node_get(&root, "products", &products))
        return true;
    for (size_t i = 0; shelflife_node_at(&products, i, &product); i++) {
        if (!keep_text(g, &product, "name", &common.product))
            return false;
        if (!shelflife_node_get(&product, "rows", &rows))
            continue;
        for (size_t k = 0; shelflife_node_at(&rows, k, &row); k++)
            if (!gather_row(g, &row, &common))
                return false;
    }
    return true;
}

static int compare_releases(const struct told *a, const struct told *b)
{
    int order = shelflife_str_compare(a->product, b->product);
    order = order ? order : shelflife_str_compare(a->release, b->release);
    return order ? order : shelflife_str_compare(a->variant, b->variant);
}

static int compare(const void *a, const void *b)
{
    const struct told *p = a, *q = b;
    int order = compare_releases(p, q);
    order = order ? order : (p->catalog > q->catalog) - (p->catalog < q->catalog);
    return order ? order : shelflife_str_compare(p->path, q->path);
}

static bool report(const struct told *a, const struct told *b, size_t key,
                   struct shelflife_feeds_findings *findings, error *err)
{
    char problem[TEXT_MAX];
    snprintf(problem, sizeof(problem), "%.*s %.*s: %s is %.*s here, and %.*s in %s, %.*s",
             STR_PRINT(a->product), STR_PRINT(a->release), keys[key], STR_PRINT(a->days[key]),
             STR_PRINT(b->days[key]), b->origin, STR_PRINT(b->path));
    const struct shelflife_feeds_finding new = {
        .file = shelflife_str_of(a->origin),
        .path = a->path,
        .problem = shelflife_str_of(problem),
        .suggestion = STR("find out which one is right, and say so in a `note`"),
        .remark = true};
    return shelflife_feeds_findings_add(findings, &new, err);
}

static bool compare_pair(const struct told *a, const struct told *b,
                         struct shelflife_feeds_findings *findings, error *err)
{
    if (a->catalog == b->catalog || (a->publishes && b->publishes) || a->explained || b->explained)
        return true;
    for (size_t i = 0; i < COUNT(keys); i++)
        if (a->days[i].len && b->days[i].len && !shelflife_str_equal(a->days[i], b->days[i]) &&
            !report(a, b, i, findings, err))
            return false;
    return true;
}

/* Compares the rows of each release. Very many of them are not worth the time. */
static bool compare_all(const struct gathering *g, struct shelflife_feeds_findings *findings)
{
    for (size_t from = 0, to; from < g->count; from = to) {
        for (to = from + 1; to < g->count && compare_releases(&g->at[from], &g->at[to]) == 0;)
            to++;
        size_t most = to - from < PER_RELEASE_MAX ? to : from + PER_RELEASE_MAX;
        for (size_t i = from; i < most; i++)
            for (size_t k = i + 1; k < most; k++)
                if (!compare_pair(&g->at[i], &g->at[k], findings, g->err))
                    return false;
    }
    return true;
}

static bool loads(const struct shelflife_feeds_named_catalog *catalog)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    bool ok = set && shelflife_catalogs_add(set, catalog->bytes, catalog->origin, NULL);
    shelflife_catalogs_free(set);
    return ok;
}

bool shelflife_feeds_disagree(const struct shelflife_feeds_named_catalog *catalogs, size_t count,
                              struct shelflife_feeds_findings *findings, error *err)
{
    struct gathering g = {.err = err};
    bool ok = true;
    shelflife_arena_init(&g.memory, MEMORY_MAX);
    for (size_t i = 0; ok && i < count; i++)
        ok = !loads(&catalogs[i]) || gather(&g, &catalogs[i], i);
    shelflife_sort(g.at, g.count, sizeof(*g.at), compare);
    ok = ok && compare_all(&g, findings);
    shelflife_free(g.at);
    shelflife_arena_free(&g.memory);
    return ok;
}
