/*
 * Reads a catalog file. Everything is checked here and in load_*.c, with errors that name the place in the
 * file. Only contradictions between several catalogs are left to the index.
 */
#include "catalog/load.h"

static bool read_product(struct catalog_loader *l, const struct node *node)
{
    static const char *const known[] = {"name", "title",    "source",     "repositories",
                                        "tags", "wholeTag", "exceptTags", "supportedReleases",
                                        "part", "evidence", "rows"};
    struct catalog_content *c = l->content;
    struct node name;
    struct catalog_reading r = {.number = (uint32_t)c->products.count};
    r.product = CATALOG_VECTOR_ADD(&c->products);
    r.private = CATALOG_VECTOR_ADD(&c->products_private);
    if (!r.product || !r.private)
        return shelflife_fail_memory(l->err);
    if (!shelflife_node_map(*node, l->err) || !shelflife_node_known(*node, known, COUNT(known), l->err))
        return false;
    if (!shelflife_node_get(node, "name", &name))
        return shelflife_catalog_load_missing(l, *node, "name", "\"tensorflow\"");
    str source = l->file->catalog.source;
    if (!shelflife_catalog_load_word(l, name, CATALOG_WORD_NAME, &r.product->name))
        return false;
    r.product->title = r.product->name;
    if (!shelflife_catalog_load_text(l, node, "title", &r.product->title) ||
        !shelflife_catalog_load_text(l, node, "source", &source) ||
        !shelflife_catalog_load_flag(l, node, "wholeTag", &r.product->whole_tag) ||
        !shelflife_catalog_load_small(l, node, "supportedReleases", &r.product->supported_releases) ||
        !shelflife_catalog_load_except_tags(l, node, &r) ||
        !shelflife_catalog_load_repositories(l, node, &r) || !shelflife_catalog_load_tags(l, node, &r) ||
        !shelflife_catalog_load_parts(l, node, &r) || !shelflife_catalog_load_evidence(l, node, &r) ||
        !shelflife_catalog_load_rows(l, node, &r) || !shelflife_catalog_check_evidence(l, node, &r))
        return false;
    shelflife_catalog_load_sources(l, r.product, source);
    return true;
}

/* Finds a product by name among those read so far. Returns CATALOG_TABLE_NONE if there is none. */
static uint32_t find_product(const struct catalog_loader *l, const struct catalog_table *by_name, str name)
{
    uint64_t probes = 0;
    size_t at = 0;
    uint32_t i;
    while ((i = shelflife_catalog_table_next(by_name, catalog_hash_str(catalog_hash_start(0), name), &at,
                                             &probes)) != CATALOG_TABLE_NONE)
        if (shelflife_str_equal(l->content->products.at[i].name, name))
            break;
    return i;
}

static bool read_products(struct catalog_loader *l, const struct node *root, struct catalog_table *by_name)
{
    struct node products, node;
    size_t count;
    if (!shelflife_node_get(root, "products", &products))
        return shelflife_catalog_load_missing(l, *root, "products",
                                              "[{\"name\": …, \"repositories\": […], \"rows\": […]}]");
    if (!shelflife_catalog_load_array(l, root, "products", &products, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!shelflife_node_at(&products, i, &node) || !read_product(l, &node))
            return false;
        str name = l->content->products.at[i].name;
        uint32_t before = find_product(l, by_name, name);
        if (before != CATALOG_TABLE_NONE)
            return shelflife_node_fail(
                node, l->err, "products[%u] already has the name \"%.*s\": put the rows into one product",
                before, STR_PRINT(name));
        if (!shelflife_catalog_table_put(by_name, catalog_hash_str(catalog_hash_start(0), name), (uint32_t)i,
                                         l->err))
            return false;
    }
    return true;
}

static bool read_catalog_parts(struct catalog_loader *l, const struct node *root,
                               const struct catalog_table *by_name)
{
    struct node array, node;
    size_t count;
    if (!shelflife_catalog_load_array(l, root, "parts", &array, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        str name;
        if (!shelflife_node_at(&array, i, &node) ||
            !shelflife_catalog_load_word(l, node, CATALOG_WORD_NAME, &name))
            return false;
        uint32_t product = find_product(l, by_name, name);
        if (product == CATALOG_TABLE_NONE)
            return shelflife_node_fail(node, l->err, "this catalog has no product \"%.*s\"", STR_PRINT(name));
        struct catalog_product *private = &l->content->products_private.at[product];
        if (private->part_count == 0 && !private->has_rules)
            return shelflife_node_fail(
                node, l->err,
                "the product \"%.*s\" does not define how images name it: add a `part` "
                "or `evidence` to it",
                STR_PRINT(name));
        private->is_part = true;
    }
    return true;
}

/* ---- the file ---- */

static bool read_about(struct catalog_loader *l, const struct node *root)
{
    static const char *const known[] = {"apiVersion", "kind",  "name",   "title",   "publisher", "source",
                                        "license",    "asOf",  "serial", "notes",   "feeds",     "mirrors",
                                        "covers",     "bases", "parts",  "products"};
    struct shelflife_catalog *catalog = &l->file->catalog;
    struct node node, notes;
    size_t note_count;
    str note;
    if (!shelflife_node_kind(*root, "Catalog", l->err) ||
        !shelflife_node_known(*root, known, COUNT(known), l->err))
        return false;
    if (!shelflife_node_get(root, "name", &node))
        return shelflife_catalog_load_missing(l, *root, "name",
                                              "the name of the catalog in policies, such as \"google-dlc\"");
    if (!shelflife_catalog_load_word(l, node, CATALOG_WORD_NAME, &catalog->name))
        return false;
    if (!shelflife_node_get(root, "asOf", &node))
        return shelflife_catalog_load_missing(
            l, *root, "asOf", "the day on which the dates were correct, such as \"2026-04-10\"");
    if (!shelflife_node_day(node, &catalog->as_of, l->err))
        return false;
    if (shelflife_node_get(root, "serial", &node) &&
        !shelflife_node_integer(node, 0, INT64_MAX, &catalog->serial, l->err))
        return false;
    if (!shelflife_catalog_load_array(l, root, "notes", &notes, &note_count))
        return false;
    for (size_t i = 0; i < note_count; i++)
        if (!shelflife_node_at(&notes, i, &node) || !shelflife_node_string(node, &note, l->err))
            return false;
    catalog->title = catalog->name;
    return shelflife_catalog_load_text(l, root, "title", &catalog->title) &&
           shelflife_catalog_load_text(l, root, "publisher", &catalog->publisher) &&
           shelflife_catalog_load_text(l, root, "source", &catalog->source) &&
           shelflife_catalog_load_text(l, root, "license", &catalog->license);
}

static bool read_document(struct catalog_loader *l, const struct node *root)
{
    struct catalog_table by_name = {0};
    /* Conditions number 0 are the empty list, and limits number 0 are none. */
    bool read = shelflife_catalog_table_init(&by_name, 0, l->err) &&
                shelflife_catalog_load_condition(l, (str){0}, (str){0}) &&
                (CATALOG_VECTOR_ADD(&l->content->limits) || shelflife_fail_memory(l->err)) &&
                read_about(l, root) && shelflife_catalog_load_feeds(l, root) &&
                shelflife_catalog_load_mirrors(l, root) && shelflife_catalog_load_covers(l, root) &&
                read_products(l, root, &by_name) && shelflife_catalog_load_bases(l, root) &&
                read_catalog_parts(l, root, &by_name);
    shelflife_catalog_table_free(&by_name);
    l->file->catalog.product_count = l->content->products.count;
    l->file->catalog.row_count = l->content->rows.count;
    return read;
}

static bool load(struct catalog_loader *l, const char *origin)
{
    const str name = shelflife_str_of(origin);
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read(l->file->bytes, origin, l->err);
    if (!document || !shelflife_catalog_table_init(&l->interned, 0, l->err) ||
        !shelflife_catalog_load_keep(l, name, &l->file->catalog.origin))
        return false;
    struct node root = shelflife_document_root(document);
    return read_document(l, &root);
}

struct catalog_file *shelflife_catalog_file_read(str bytes, const char *origin, error *err)
{
    if (bytes.len > CATALOG_BYTES_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                       "%s: a catalog may have at most %d bytes, but this one has %zu", origin,
                       CATALOG_BYTES_MAX, bytes.len);
        return NULL;
    }
    struct catalog_file *file = shelflife_calloc(1, sizeof(*file));
    if (!file) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_arena_init(&file->strings, SIZE_MAX);
    file->bytes = bytes;
    struct catalog_loader l = {.file = file, .content = &file->content, .err = err};
    shelflife_arena_init(&l.scratch, 1 << 20);
    bool loaded = load(&l, origin);
    shelflife_arena_free(&l.scratch);
    shelflife_catalog_table_free(&l.interned);
    shelflife_free(l.kept.at);
    if (loaded)
        return file;
    shelflife_catalog_file_free(file);
    return NULL;
}

void shelflife_catalog_content_free(struct catalog_content *c)
{
    shelflife_free(c->products.at);
    shelflife_free(c->products_private.at);
    shelflife_free(c->rows.at);
    shelflife_free(c->whens.at);
    shelflife_free(c->conditions.at);
    shelflife_free(c->spellings.at);
    shelflife_free(c->digests.at);
    shelflife_free(c->repositories.at);
    shelflife_free(c->tags.at);
    shelflife_free(c->parts.at);
    shelflife_free(c->limits.at);
    shelflife_free(c->words.at);
    shelflife_free(c->mirrors.at);
    shelflife_free(c->covers.at);
    shelflife_free(c->rules.at);
    shelflife_free(c->tests.at);
    shelflife_free(c->values.at);
    shelflife_free(c->renames.at);
    *c = (struct catalog_content){0};
}

void shelflife_catalog_file_free(struct catalog_file *file)
{
    if (!file)
        return;
    shelflife_catalog_content_free(&file->content);
    shelflife_arena_free(&file->strings);
    shelflife_free(file->owned);
    shelflife_free(file);
}
