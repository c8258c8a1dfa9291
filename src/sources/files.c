#include "sources/files.h"

static const str endings[] = {STR_INIT(".json"),    STR_INIT(".yaml"),    STR_INIT(".yml"),
                              STR_INIT(".json.gz"), STR_INIT(".yaml.gz"), STR_INIT(".yml.gz")};

bool shelflife_sources_list_catalogs(struct shelflife_file_list *list, const char *path, error *err)
{
    error why = {0};
    size_t before = list->count;
    if (!shelflife_file_is_folder(path))
        return shelflife_file_list_add(list, "", path, err);
    if (!shelflife_file_list_folder(list, path, endings, COUNT(endings), &why))
        return shelflife_fail(err, why.kind, "cannot read %s: %s", path, why.text);
    return list->count > before ||
           shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                          "the directory %s contains no catalog (*.json, *.yaml or *.yml, also with .gz)",
                          path);
}

void shelflife_sources_fingerprint_catalogs(const char *path, buffer *out)
{
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list list = {0};
    shelflife_file_fingerprint(path, out);
    if (shelflife_file_is_folder(path) && shelflife_sources_list_catalogs(&list, path, NULL))
        for (size_t i = 0; i < list.count; i++)
            shelflife_file_fingerprint(list.at[i], out);
}
