/* Reads the rows of a product. */
#include "catalog/load.h"

static bool read_spellings(struct catalog_loader *l, const struct node *row, uint32_t number)
{
    struct node array, node;
    size_t count;
    if (!shelflife_catalog_load_array(l, row, "is", &array, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct catalog_spelling *spelling = CATALOG_VECTOR_ADD(&l->content->spellings);
        if (!spelling)
            return shelflife_fail_memory(l->err);
        spelling->row = number;
        if (!shelflife_node_at(&array, i, &node) ||
            !shelflife_catalog_load_word(l, node, CATALOG_WORD_VERSION, &spelling->text))
            return false;
    }
    return true;
}

static bool is_digest(str s)
{
    static const struct {
        str prefix;
        size_t digits;
    } algorithms[] = {{STR_INIT("sha256:"), 64}, {STR_INIT("sha384:"), 96}, {STR_INIT("sha512:"), 128}};
    size_t kind = 0;
    while (kind < COUNT(algorithms) && !shelflife_str_starts(s, algorithms[kind].prefix))
        kind++;
    if (kind == COUNT(algorithms) || s.len != algorithms[kind].prefix.len + algorithms[kind].digits)
        return false;
    for (size_t i = algorithms[kind].prefix.len; i < s.len; i++)
        if (!ascii_is_digit(s.at[i]) && (s.at[i] < 'a' || s.at[i] > 'f'))
            return false;
    return true;
}

static bool read_digests(struct catalog_loader *l, const struct node *row, uint32_t number)
{
    struct node array, node;
    size_t count;
    if (!shelflife_catalog_load_array(l, row, "digests", &array, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        str text;
        struct catalog_spelling *digest = CATALOG_VECTOR_ADD(&l->content->digests);
        if (!digest)
            return shelflife_fail_memory(l->err);
        digest->row = number;
        if (!shelflife_node_at(&array, i, &node) || !shelflife_node_string(node, &text, l->err))
            return false;
        if (!is_digest(text))
            return shelflife_node_fail(
                node, l->err,
                "\"%.*s\" should be a digest: sha256: and 64, sha384: and 96, or sha512: and 128 "
                "lower-case hex digits",
                STR_PRINT(shelflife_str_first(text, 200)));
        if (!shelflife_catalog_load_keep(l, text, &digest->text))
            return false;
    }
    return true;
}

/* Reads the value or values of a field of a row's `when`. */
static bool read_when_field(struct catalog_loader *l, struct node node, const struct catalog_reading *r)
{
    str name = shelflife_str_of(node.key);
    bool known = false;
    for (size_t i = 0; i < r->name_count; i++)
        if (shelflife_str_equal(r->names[i], name)) {
            known = true;
            name = r->names[i];
        }
    if (!known)
        return shelflife_catalog_load_field_name(l, node, name) &&
               shelflife_node_fail(
                   node, l->err,
                   "no pattern of the product has the field \"%s\": write {%s} into one, or set it in "
                   "a pattern's `fields`",
                   node.key, node.key);
    bool several = shelflife_node_type(node) == NODE_ARRAY;
    size_t count = several ? shelflife_node_count(node) : 1;
    if (count == 0 || count > CATALOG_PER_PRODUCT_MAX)
        return shelflife_node_fail(node, l->err, "a field may have 1 to %d values, but this one has %zu",
                                   CATALOG_PER_PRODUCT_MAX, count);
    for (size_t i = 0; i < count; i++) {
        struct node element = node;
        str value;
        if (several && !shelflife_node_at(&node, i, &element))
            return false;
        if (!shelflife_catalog_load_word(l, element, CATALOG_WORD_VALUE, &value) ||
            !shelflife_catalog_load_condition(l, name, value))
            return false;
    }
    return true;
}

static bool read_when(struct catalog_loader *l, const struct node *row, const struct catalog_reading *r)
{
    struct node when, node;
    size_t count = 0;
    uint32_t *first = CATALOG_VECTOR_ADD(&l->content->whens);
    if (!first)
        return shelflife_fail_memory(l->err);
    if (!shelflife_node_get(row, "when", &when))
        return true;
    if (!shelflife_catalog_load_fields(l, when, &count))
        return false;
    *first = (uint32_t)l->content->conditions.count;
    for (size_t i = 0; i < count; i++)
        if (!shelflife_node_at(&when, i, &node) || !read_when_field(l, node, r))
            return false;
    return shelflife_catalog_load_condition(l, (str){0}, (str){0});
}

static bool read_dates(struct catalog_loader *l, const struct node *node, struct shelflife_row *row)
{
    if (!shelflife_catalog_load_day(l, node, "endOfPatch", &row->end_of_patch) ||
        !shelflife_catalog_load_day(l, node, "endOfAvailability", &row->end_of_availability) ||
        !shelflife_catalog_load_day(l, node, "endOfExtendedPatch", &row->end_of_extended_patch) ||
        !shelflife_catalog_load_flag(l, node, "ended", &row->ended))
        return false;
    struct node ended;
    if (row->ended && row->end_of_patch != SHELFLIFE_DAY_NONE)
        return shelflife_node_get(node, "ended", &ended) &&
               shelflife_node_fail(
                   ended, l->err,
                   "\"ended\" means that the day is unknown, but there is an `endOfPatch`: remove one");
    return true;
}

static bool path_of(struct catalog_loader *l, struct node node, str *out)
{
    buffer path;
    shelflife_buffer_init(&path, 4096);
    shelflife_node_path(node, &path);
    bool kept = path.failed ? shelflife_fail_memory(l->err)
                            : shelflife_catalog_load_bytes(l, shelflife_buffer_str(&path), out);
    shelflife_buffer_free(&path);
    return kept;
}

static bool read_row(struct catalog_loader *l, const struct node *node, const struct catalog_reading *r)
{
    static const char *const known[] = {
        "release", "is",  "codename", "when",   "endOfPatch", "endOfAvailability", "endOfExtendedPatch",
        "ended",   "lts", "numbers",  "latest", "latestDate", "digests",           "movedTo",
        "source",  "note"};
    struct node moved_to;
    struct shelflife_row *row = CATALOG_VECTOR_ADD(&l->content->rows);
    if (!row)
        return shelflife_fail_memory(l->err);
    uint32_t number = (uint32_t)(l->content->rows.count - 1);
    if (!shelflife_node_map(*node, l->err) || !shelflife_node_known(*node, known, COUNT(known), l->err))
        return false;
    if (!shelflife_catalog_load_optional_word(l, node, "release", CATALOG_WORD_VERSION, &row->release) ||
        !shelflife_catalog_load_optional_word(l, node, "codename", CATALOG_WORD_CODENAME, &row->codename) ||
        !shelflife_catalog_load_flag(l, node, "lts", &row->lts) ||
        !shelflife_catalog_load_small(l, node, "numbers", &row->numbers) ||
        !shelflife_catalog_load_text(l, node, "latest", &row->latest) ||
        !shelflife_catalog_load_day(l, node, "latestDate", &row->latest_date) ||
        !shelflife_catalog_load_text(l, node, "movedTo", &row->moved_to) ||
        !shelflife_catalog_load_text(l, node, "source", &row->source) ||
        !shelflife_catalog_load_text(l, node, "note", &row->note))
        return false;
    if (row->moved_to.len > CATALOG_NAME_MAX_BYTES)
        return shelflife_node_get(node, "movedTo", &moved_to) &&
               shelflife_node_fail(moved_to, l->err, "the name may have at most %d bytes, but it has %zu",
                                   CATALOG_NAME_MAX_BYTES, row->moved_to.len);
    return read_dates(l, node, row) && read_when(l, node, r) && read_spellings(l, node, number) &&
           read_digests(l, node, number) && path_of(l, *node, &row->path);
}

/* Either all rows of a product have a release, or none of them. */
static bool check_releases(struct catalog_loader *l, struct node rows, const struct catalog_reading *r)
{
    const struct shelflife_row *row = l->content->rows.at + r->product->first_row;
    for (size_t i = 0; i < r->product->row_count; i++) {
        struct node node;
        if ((row[i].release.len > 0) == (row[0].release.len > 0))
            continue;
        return shelflife_node_at(&rows, i, &node) &&
               shelflife_node_fail(node, l->err,
                                   "either all rows of a product must have a `release`, or none (if the "
                                   "product has no versions)");
    }
    r->private->unversioned = row[0].release.len == 0;
    r->product->whole_tag = r->product->whole_tag && !r->private->unversioned;
    return true;
}

/* ---- duplicates ---- */

/* Sorts rows by release, and equal ones by their order in the file. */
static int compare_rows(const void *a, const void *b, void *context)
{
    const struct shelflife_row *rows = context;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    int order = shelflife_str_compare(rows[i].release, rows[k].release);
    return order ? order : (i > k) - (i < k);
}

static bool has_condition(const struct catalog_condition *list, const struct catalog_condition *wanted)
{
    for (; list->field.len; list++)
        if (shelflife_str_equal(list->field, wanted->field) &&
            shelflife_str_equal(list->value, wanted->value))
            return true;
    return false;
}

static bool within(const struct catalog_condition *a, const struct catalog_condition *b)
{
    for (; a->field.len; a++)
        if (!has_condition(b, a))
            return false;
    return true;
}

static bool same_when(const struct catalog_content *c, uint32_t a, uint32_t b)
{
    const struct catalog_condition *p = c->conditions.at + c->whens.at[a],
                                   *q = c->conditions.at + c->whens.at[b];
    return p == q || (within(p, q) && within(q, p));
}

/* Checks the rows of one release, which are sorted. */
static bool check_variants(struct catalog_loader *l, struct node rows, const uint32_t *sorted, size_t count,
                           size_t first_row)
{
    const struct catalog_content *c = l->content;
    struct node node;
    if (count > CATALOG_ROWS_PER_KEY_MAX)
        return shelflife_node_at(&rows, sorted[CATALOG_ROWS_PER_KEY_MAX] - first_row, &node) &&
               shelflife_node_fail(node, l->err, "a release may have at most %d rows, but this one has %zu",
                                   CATALOG_ROWS_PER_KEY_MAX, count);
    for (size_t i = 1; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (same_when(c, sorted[i], sorted[k]))
                return shelflife_node_at(&rows, sorted[i] - first_row, &node) &&
                       shelflife_node_fail(
                           node, l->err,
                           "rows[%zu] has the same `release` and `when`: remove one, or make them differ",
                           sorted[k] - first_row);
    return true;
}

static bool check_duplicates(struct catalog_loader *l, struct node rows, const struct catalog_reading *r)
{
    const struct shelflife_row *all = l->content->rows.at;
    size_t count = r->product->row_count, first = r->product->first_row;
    CLEANUP(cleanup_free) uint32_t *sorted = shelflife_malloc(count * sizeof(*sorted));
    if (!sorted)
        return shelflife_fail_memory(l->err);
    for (size_t i = 0; i < count; i++)
        sorted[i] = (uint32_t)(first + i);
    struct shelflife_row *context = l->content->rows.at;
    qsort_r(sorted, count, sizeof(*sorted), compare_rows, context);
    for (size_t from = 0, to; from < count; from = to) {
        to = from + 1;
        while (to < count && shelflife_str_equal(all[sorted[to]].release, all[sorted[from]].release))
            to++;
        if (!check_variants(l, rows, sorted + from, to - from, first))
            return false;
    }
    return true;
}

bool shelflife_catalog_load_rows(struct catalog_loader *l, const struct node *product,
                                 struct catalog_reading *r)
{
    struct node rows, row;
    size_t count;
    if (!shelflife_node_get(product, "rows", &rows))
        return shelflife_catalog_load_missing(l, *product, "rows",
                                              "[{\"release\": \"2.11\", \"endOfPatch\": \"2023-11-15\"}]");
    if (!shelflife_catalog_load_array(l, product, "rows", &rows, &count))
        return false;
    if (count == 0)
        return shelflife_node_fail(rows, l->err, "a product needs at least one row");
    r->product->first_row = l->content->rows.count;
    r->product->row_count = count;
    size_t digests = l->content->digests.count;
    for (size_t i = 0; i < count; i++)
        if (!shelflife_node_at(&rows, i, &row) || !read_row(l, &row, r))
            return false;
    if (!r->private->in_name && !r->private->in_tag && r->private->part_count == 0 &&
        !r->private->has_rules && l->content->digests.count == digests)
        return shelflife_node_fail(
            *product, l->err,
            "nothing can match this product: add `repositories`, a `part`, `evidence`, or `digests` to its "
            "rows");
    return check_releases(l, rows, r) && check_duplicates(l, rows, r);
}

/* Rows without a source have that of the product, or else that of the catalog. */
void shelflife_catalog_load_sources(struct catalog_loader *l, const struct shelflife_product *product,
                                    str source)
{
    struct shelflife_row *row = l->content->rows.at + product->first_row;
    for (size_t i = 0; i < product->row_count; i++)
        if (row[i].source.len == 0)
            row[i].source = source;
}
