/* rooms: feeds catalog reference net pki json base */
/*
 * Any bytes as a feed and, after a NUL byte, as the catalog to update. If the first line is the name of a
 * format, the feed is in this format and begins on the next line; otherwise it is an answer of
 * endoflife.date. The result is a valid catalog, and importing the same feed again does not change it.
 */
#include "feeds/import.h"
#include "shelflife/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Takes the name of a format from the beginning of the feed. */
static const char *take_format(str *feed)
{
    str first = shelflife_str_first(*feed, shelflife_str_find(*feed, '\n'));
    for (size_t i = 0; i < shelflife_feeds_format_count; i++)
        if (shelflife_str_equal(first, shelflife_str_of(shelflife_feeds_formats[i].name))) {
            *feed = shelflife_str_after(*feed, first.len + 1);
            return shelflife_feeds_formats[i].name;
        }
    return shelflife_feeds_formats[0].name;
}

static bool import(const char *format, str feed, str catalog, buffer *out,
                   struct shelflife_feeds_imported *told)
{
    static const char *const repository = "images.example/app";
    const struct shelflife_feeds_feed one = {.format = format, .bytes = feed, .origin = "feed"};
    const struct shelflife_feeds_import asked = {.feeds = &one,
                                                 .feed_count = 1,
                                                 .catalog = catalog,
                                                 .catalog_origin = "catalog",
                                                 .repositories = &repository,
                                                 .repository_count = catalog.len ? 0 : 1,
                                                 .as_of = SHELFLIFE_DAY_NONE,
                                                 .fetched = 20000};
    buffer skipped CLEANUP(shelflife_buffer_free);
    error err = {0};
    shelflife_buffer_init(&skipped, 1 << 16);
    told->skipped = &skipped;
    bool ok = shelflife_feeds_import(&asked, out, told, &err);
    must(ok == (err.kind == SHELFLIFE_ERROR_NONE));
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str all = {(const char *)data, size};
    str feed = shelflife_str_first(all, shelflife_str_find(all, '\0'));
    str catalog = shelflife_str_after(all, feed.len + 1);
    struct shelflife_feeds_imported told = {0};
    const char *format = take_format(&feed);
    buffer first CLEANUP(shelflife_buffer_free), second CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&first, SIZE_MAX);
    shelflife_buffer_init(&second, SIZE_MAX);
    if (!import(format, feed, catalog, &first, &told))
        return 0;
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    must(set && shelflife_catalogs_add(set, shelflife_buffer_str(&first), "first", NULL));
    shelflife_catalogs_free(set);
    bool again = import(format, feed, shelflife_buffer_str(&first), &second, &told);
    must(again && !told.changed);
    must(shelflife_str_equal(shelflife_buffer_str(&first), shelflife_buffer_str(&second)));
    return 0;
}
