/*
 * AWS Deep Learning Containers, in the forms that their repository and its pages have:
 *
 * - the page of the support policy, HTML or Markdown: tables of framework, version and end of patch;
 * - legacy_support.yml: for each framework a list of versions with `eop`;
 * - the file of one image with its `tags` and `eop`, or a list of such maps.
 *
 * A framework is a product of the catalog, or a family of products. Images of the file of an image are in the
 * repository `ecr_repository` or, if it does not have this key, in that of the file's folder.
 */
#include "feeds/date.h"
#include "feeds/read.h"
#include "feeds/table.h"
#include "json/document.h"

static const str gallery = STR_INIT("public.ecr.aws/deep-learning-containers/");

struct reading {
    const struct feeds_input *input;
    struct feeds_facts *facts;
    error *err;
};

/* The product of a framework. "Base (Ubuntu)" and "Base" are images of one repository for two systems. */
static struct feeds_product *product_of(const struct reading *r, str framework, str *system)
{
    static const str base = STR_INIT("Base"), ubuntu = STR_INIT("Base (Ubuntu)");
    *system = (str){0};
    if (shelflife_str_equal(framework, base))
        *system = STR("amzn");
    else if (shelflife_str_equal(framework, ubuntu))
        *system = STR("ubuntu");
    if (system->len)
        framework = base;
    struct feeds_product *product = shelflife_feeds_facts_product(r->facts, framework, r->err);
    if (product)
        product->family = true;
    return product;
}

static bool add_release(const struct reading *r, str framework, str version, shelflife_day end, size_t line)
{
    str system;
    struct feeds_product *product = product_of(r, framework, &system);
    if (!product)
        return false;
    struct feeds_release *fact = shelflife_feeds_facts_release(r->facts, product, version, r->err);
    if (!fact)
        return false;
    fact->keys = FEEDS_KEY_END;
    fact->end_of_patch = end;
    fact->system = system;
    fact->line = line;
    return true;
}

/* ---- the page ---- */

enum column { FRAMEWORK, VERSION, END, COLUMNS };

static enum column column_of(str heading)
{
    char folded[64];
    str text = {folded, shelflife_feeds_fold(heading, folded, sizeof(folded))};
    if (shelflife_feeds_contains(text, STR("eop")) ||
        (shelflife_feeds_contains(text, STR("end")) && shelflife_feeds_contains(text, STR("patch"))))
        return END;
    if (shelflife_feeds_contains(text, STR("version")))
        return VERSION;
    return shelflife_feeds_contains(text, STR("framework")) ? FRAMEWORK : COLUMNS;
}

static bool read_row(const struct reading *r, const struct feeds_table *table, const size_t at[COLUMNS],
                     size_t i)
{
    const struct feeds_row *row = &table->rows[i];
    shelflife_day end;
    if (!shelflife_feeds_table_check(table, row, r->input->origin, r->err))
        return false;
    str framework = row->cells[at[FRAMEWORK]], version = row->cells[at[VERSION]];
    if (!shelflife_feeds_date(row->cells[at[END]], &end))
        return shelflife_feeds_table_fail(table, row, at[END], "is not a date like 2026-10-22",
                                          r->input->origin, r->err);
    if (!shelflife_feeds_is_version(version))
        return shelflife_fail(r->err, SHELFLIFE_ERROR_INPUT, "%s:%zu: \"%.*s\" is not a version",
                              r->input->origin, row->line, STR_PRINT(shelflife_str_first(version, 60)));
    return end == SHELFLIFE_DAY_NONE || add_release(r, framework, version, end, row->line);
}

static bool read_table(const struct reading *r, const struct feeds_table *table, size_t *tables)
{
    size_t at[COLUMNS] = {SIZE_MAX, SIZE_MAX, SIZE_MAX}, found = 0;
    for (size_t i = 0; table->count && i < table->rows[0].count; i++) {
        enum column c = column_of(table->rows[0].cells[i]);
        if (c < COLUMNS && at[c] == SIZE_MAX) {
            at[c] = i;
            found++;
        }
    }
    if (found == COLUMNS - 1 && at[VERSION] != SIZE_MAX && table->count > 1)
        return shelflife_fail(
            r->err, SHELFLIFE_ERROR_INPUT,
            "%s:%zu: the table must have the columns \"Framework\", \"Version\" and \"EOP Date\"",
            r->input->origin, table->line);
    if (found < COLUMNS)
        return true;
    ++*tables;
    for (size_t i = 1; i < table->count; i++)
        if (!read_row(r, table, at, i))
            return false;
    return true;
}

static bool read_page(const struct reading *r)
{
    struct feeds_page page CLEANUP(shelflife_feeds_page_free);
    size_t tables = 0;
    shelflife_feeds_page_init(&page, &r->facts->memory, r->input->origin);
    if (!shelflife_feeds_page_read(r->input->bytes, &page, r->err))
        return false;
    for (size_t i = 0; i < page.count; i++)
        if (!read_table(r, &page.tables[i], &tables))
            return false;
    return tables > 0 ||
           shelflife_fail(
               r->err, SHELFLIFE_ERROR_INPUT,
               "%s: none of its %zu tables has the columns \"Framework\", \"Version\" and \"EOP Date\"",
               r->input->origin, page.count);
}

/* ---- files ---- */

static bool require_version(const struct reading *r, const struct node *map, str *out)
{
    struct node node;
    if (!shelflife_node_get(map, "version", &node))
        return shelflife_node_fail(*map, r->err, "`version` is missing");
    return shelflife_node_string(node, out, r->err) &&
           (shelflife_feeds_is_version(*out) || shelflife_node_fail(node, r->err, "must be a version"));
}

/* The folder of a file: "pytorch" in docs/src/data/pytorch/2.13-cpu-ec2.yml. */
static str folder_of(str origin)
{
    size_t slash = shelflife_str_find_last(origin, '/');
    str path = shelflife_str_first(origin, slash);
    return slash == SIZE_MAX ? (str){0} : shelflife_str_after(path, shelflife_str_find_last(path, '/') + 1);
}

static bool join_images(const struct reading *r, const struct node *image, str repository, str *images)
{
    struct node tags, tag;
    str text;
    buffer joined CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&joined, 64 << 10);
    if (!shelflife_node_get(image, "tags", &tags))
        return shelflife_node_fail(*image, r->err, "`tags` is missing");
    if (!shelflife_node_array(tags, r->err))
        return false;
    for (size_t i = 0; shelflife_node_at(&tags, i, &tag); i++) {
        if (!shelflife_node_string(tag, &text, r->err))
            return false;
        shelflife_buffer_format(&joined, "%s%.*s%.*s:%.*s", i ? " " : "", STR_PRINT(gallery),
                                STR_PRINT(repository), STR_PRINT(text));
    }
    if (joined.failed)
        return shelflife_node_fail(tags, r->err, "has more than 64 KiB");
    return shelflife_feeds_facts_copy(r->facts, shelflife_buffer_str(&joined), images, r->err);
}

static bool read_image(const struct reading *r, const struct node *image)
{
    str version = {0}, images, repository;
    shelflife_day end;
    if (!shelflife_node_map(*image, r->err) || !require_version(r, image, &version) ||
        !shelflife_feeds_day_at(image, "eop", &end, r->err))
        return false;
    repository = shelflife_feeds_text_at(image, "ecr_repository");
    if (repository.len == 0)
        repository = folder_of(shelflife_str_of(r->input->origin));
    if (!join_images(r, image, repository, &images))
        return false;
    struct feeds_product *product = shelflife_feeds_facts_product(r->facts, repository, r->err);
    struct feeds_release *fact =
        product ? shelflife_feeds_facts_release(r->facts, product, version, r->err) : NULL;
    if (!fact)
        return false;
    fact->keys = end == SHELFLIFE_DAY_NONE ? 0 : FEEDS_KEY_END;
    fact->end_of_patch = end;
    fact->images = images;
    return true;
}

static bool read_legacy(const struct reading *r, const struct node *root)
{
    struct node list, item;
    for (size_t i = 0; shelflife_node_at(root, i, &list); i++) {
        if (!shelflife_node_array(list, r->err))
            return false;
        for (size_t k = 0; shelflife_node_at(&list, k, &item); k++) {
            str version = {0};
            shelflife_day end;
            if (!shelflife_node_map(item, r->err) || !require_version(r, &item, &version) ||
                !shelflife_feeds_day_at(&item, "eop", &end, r->err))
                return false;
            if (end == SHELFLIFE_DAY_NONE)
                return shelflife_node_fail(item, r->err, "`eop` is missing");
            if (!add_release(r, shelflife_str_of(list.key), version, end, 0))
                return false;
        }
    }
    return true;
}

/* Whether the bytes are a page: HTML, or Markdown with a table. Files have neither. */
static bool is_page(str bytes)
{
    str text = shelflife_str_trim(bytes);
    bool start = true;
    if (shelflife_str_starts(text, STR("<")) || shelflife_str_starts(text, STR("|")))
        return true;
    for (size_t i = 0; i < bytes.len; i++) {
        if (start && bytes.at[i] == '|')
            return true;
        start = bytes.at[i] == '\n';
    }
    return false;
}

bool shelflife_feeds_read_aws_dlc(const struct feeds_input *input, struct feeds_facts *facts, error *err)
{
    const struct reading r = {.input = input, .facts = facts, .err = err};
    struct node image;
    facts->by_image = true;
    if (is_page(input->bytes))
        return read_page(&r);
    if (!shelflife_feeds_facts_document(facts, input->bytes, input->origin, err))
        return false;
    struct node root = shelflife_document_root(facts->document);
    if (shelflife_node_type(root) == NODE_ARRAY) {
        for (size_t i = 0; shelflife_node_at(&root, i, &image); i++)
            if (!read_image(&r, &image))
                return false;
        return true;
    }
    if (!shelflife_node_map(root, err))
        return false;
    bool is_image =
        shelflife_node_get(&root, "tags", &image) || shelflife_node_get(&root, "framework", &image);
    return is_image ? read_image(&r, &root) : read_legacy(&r, &root);
}
