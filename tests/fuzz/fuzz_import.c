/* rooms: feeds catalog reference net pki json base */
/*
 * Any bytes as an answer of endoflife.date and, after a NUL byte, as the catalog to update. The result is a
 * valid catalog, and importing the same answer again does not change it.
 */
#include "feeds/import.h"
#include "shelflife/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool import(str answer, str catalog, buffer *out, struct shelflife_feeds_imported *told)
{
    static const char *const repository = "images.example/app";
    const struct shelflife_feeds_feed feed = {.format = "endoflife", .bytes = answer, .origin = "answer"};
    const struct shelflife_feeds_import asked = {.feeds = &feed,
                                                 .feed_count = 1,
                                                 .catalog = catalog,
                                                 .catalog_origin = "catalog",
                                                 .repositories = &repository,
                                                 .repository_count = catalog.len ? 0 : 1,
                                                 .as_of = SHELFLIFE_DAY_NONE};
    error err = {0};
    bool ok = shelflife_feeds_import(&asked, out, told, &err);
    must(ok == (err.kind == SHELFLIFE_ERROR_NONE));
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str all = {(const char *)data, size};
    str answer = shelflife_str_first(all, shelflife_str_find(all, '\0'));
    str catalog = shelflife_str_after(all, answer.len + 1);
    struct shelflife_feeds_imported told = {0};
    buffer first CLEANUP(shelflife_buffer_free), second CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&first, SIZE_MAX);
    shelflife_buffer_init(&second, SIZE_MAX);
    if (!import(answer, catalog, &first, &told))
        return 0;
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    must(set && shelflife_catalogs_add(set, shelflife_buffer_str(&first), "first", NULL));
    shelflife_catalogs_free(set);
    bool again = import(answer, shelflife_buffer_str(&first), &second, &told);
    must(again && !told.changed);
    must(shelflife_str_equal(shelflife_buffer_str(&first), shelflife_buffer_str(&second)));
    return 0;
}
