/* A set of catalogs: adding, finishing and listing. */
#include "catalog/evidence.h"

struct shelflife_catalogs *shelflife_catalogs_new(void)
{
    return shelflife_calloc(1, sizeof(struct shelflife_catalogs));
}

/* Replaces the catalog of the same name, or adds one. */
static bool put_file(struct shelflife_catalogs *set, struct catalog_file *file, error *err)
{
    for (size_t i = 0; i < set->files.count; i++)
        if (shelflife_str_equal(set->files.at[i]->catalog.name, file->catalog.name)) {
            shelflife_catalog_file_free(set->files.at[i]);
            set->files.at[i] = file;
            return true;
        }
    struct catalog_file **place = CATALOG_VECTOR_ADD(&set->files);
    if (!place)
        return shelflife_fail_memory(err);
    *place = file;
    return true;
}

bool shelflife_catalogs_add_static(struct shelflife_catalogs *set, str bytes, const char *origin, error *err)
{
    if (set->finished)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%s: the set of catalogs is finished", origin);
    struct catalog_file *file = shelflife_catalog_file_read(bytes, origin, err);
    if (!file)
        return false;
    if (put_file(set, file, err))
        return true;
    shelflife_catalog_file_free(file);
    return false;
}

bool shelflife_catalogs_add(struct shelflife_catalogs *set, str bytes, const char *origin, error *err)
{
    char *copy = shelflife_malloc(bytes.len ? bytes.len : 1);
    if (!copy)
        return shelflife_fail_memory(err);
    shelflife_copy(copy, bytes.at, bytes.len);
    if (!shelflife_catalogs_add_static(set, (str){copy, bytes.len}, origin, err)) {
        shelflife_free(copy);
        return false;
    }
    for (size_t i = 0; i < set->files.count; i++)
        if (set->files.at[i]->bytes.at == copy)
            set->files.at[i]->owned = copy;
    return true;
}

bool shelflife_catalogs_add_embedded(struct shelflife_catalogs *set, error *err)
{
    for (size_t i = 0; i < shelflife_catalog_embedded_catalog_count; i++) {
        const struct catalog_embedded *file = &shelflife_catalog_embedded_catalogs[i];
        str bytes = {file->at, (size_t)(file->end - file->at)};
        if (!shelflife_catalogs_add_static(set, bytes, "embedded", err))
            return shelflife_error_prefix(err, "%s", file->name);
    }
    return true;
}

bool shelflife_catalogs_finish(struct shelflife_catalogs *set, error *err)
{
    if (!set->finished) {
        set->finished = true;
        if (!shelflife_catalog_index_build(set, &set->failure))
            shelflife_catalog_index_free(&set->index);
    }
    if (set->failure.kind == SHELFLIFE_ERROR_NONE)
        return true;
    if (err)
        *err = set->failure;
    return false;
}

void shelflife_catalogs_free(struct shelflife_catalogs *set)
{
    if (!set)
        return;
    if (set->ahead) {
        shelflife_catalog_ahead_free(set->ahead);
        shelflife_free(set);
        return;
    }
    for (size_t i = 0; i < set->files.count; i++)
        shelflife_catalog_file_free(set->files.at[i]);
    shelflife_free(set->files.at);
    shelflife_catalog_content_free(&set->content);
    shelflife_catalog_index_free(&set->index);
    shelflife_free(set);
}

size_t shelflife_catalogs_count(const struct shelflife_catalogs *set)
{
    return set->files.count;
}

const struct shelflife_catalog *shelflife_catalogs_at(const struct shelflife_catalogs *set, size_t i)
{
    return &set->files.at[i]->catalog;
}

size_t shelflife_catalogs_product_count(const struct shelflife_catalogs *set)
{
    return set->content.products.count;
}

const struct shelflife_product *shelflife_catalogs_product_at(const struct shelflife_catalogs *set, size_t i)
{
    return &set->content.products.at[i];
}

size_t shelflife_catalogs_row_count(const struct shelflife_catalogs *set)
{
    return set->content.rows.count;
}

const struct shelflife_row *shelflife_catalogs_row_at(const struct shelflife_catalogs *set, size_t i)
{
    return &set->content.rows.at[i];
}

str shelflife_catalogs_bytes_at(const struct shelflife_catalogs *set, size_t i)
{
    return set->files.at[i]->bytes;
}

void shelflife_catalogs_variant(const struct shelflife_catalogs *set, const struct shelflife_row *row,
                                buffer *out)
{
    const struct catalog_content *c = &set->content;
    const struct catalog_condition *first = c->conditions.at + c->whens.at[row - c->rows.at];
    for (const struct catalog_condition *when = first; when->field.len; when++) {
        if (when > first && shelflife_str_equal(when->field, when[-1].field))
            shelflife_buffer_append(out, STR(" or "));
        else
            shelflife_buffer_format(out, "%s%.*s: ", when > first ? ", " : "", STR_PRINT(when->field));
        shelflife_buffer_append(out, when->value.len ? when->value : STR("none"));
    }
}

void shelflife_catalogs_drop_bytes(struct shelflife_catalogs *set)
{
    for (size_t i = 0; i < set->files.count; i++) {
        struct catalog_file *file = set->files.at[i];
        if (!file->owned)
            continue;
        shelflife_free(file->owned);
        file->owned = NULL;
        file->bytes = (str){0};
    }
}
