#include "sources/files.h"

/* A kind of file, as it is named in messages, and how the names of such files end. */
struct kind {
    const char *name, *pattern;
    const str *endings;
    size_t ending_count;
};

static const str catalog_endings[] = {STR_INIT(".json"),    STR_INIT(".yaml"),    STR_INIT(".yml"),
                                      STR_INIT(".json.gz"), STR_INIT(".yaml.gz"), STR_INIT(".yml.gz")};
static const struct kind catalogs = {"catalog", "*.json, *.yaml or *.yml, also with .gz", catalog_endings,
                                     COUNT(catalog_endings)};

static const str inventory_endings[] = {STR_INIT(".json"), STR_INIT(".json.gz")};
static const struct kind inventories = {"inventory", "*.json or *.json.gz", inventory_endings,
                                        COUNT(inventory_endings)};

static bool list(const struct kind *kind, struct shelflife_file_list *files, const char *path, error *err)
{
    error why = {0};
    size_t before = files->count;
    if (!shelflife_file_is_folder(path))
        return shelflife_file_list_add(files, "", path, err);
    if (!shelflife_file_list_folder(files, path, kind->endings, kind->ending_count, &why))
        return shelflife_fail(err, why.kind, "cannot read %s: %s", path, why.text);
    return files->count > before ||
           shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "the directory %s contains no %s (%s)", path,
                          kind->name, kind->pattern);
}

static void fingerprint(const struct kind *kind, const char *path, buffer *out)
{
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list files = {0};
    shelflife_file_fingerprint(path, out);
    if (shelflife_file_is_folder(path) && list(kind, &files, path, NULL))
        for (size_t i = 0; i < files.count; i++)
            shelflife_file_fingerprint(files.at[i], out);
}

bool shelflife_sources_list_catalogs(struct shelflife_file_list *files, const char *path, error *err)
{
    return list(&catalogs, files, path, err);
}

void shelflife_sources_fingerprint_catalogs(const char *path, buffer *out)
{
    fingerprint(&catalogs, path, out);
}

bool shelflife_sources_list_inventories(struct shelflife_file_list *files, const char *path, error *err)
{
    return list(&inventories, files, path, err);
}

void shelflife_sources_fingerprint_inventories(const char *path, buffer *out)
{
    fingerprint(&inventories, path, out);
}
