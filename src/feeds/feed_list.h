/* The feeds of a catalog: where its dates are published, as its key `feeds` lists them. */
#ifndef SHELFLIFE_FEEDS_FEED_LIST_H
#define SHELFLIFE_FEEDS_FEED_LIST_H

#include "feeds/import.h"

struct shelflife_feeds_feed_list {
    struct shelflife_feeds_listed_feed {
        const char *url; /* https://…, or the path of a file, relative to the catalog's directory */
        struct shelflife_feeds_feed feed; /* without bytes and origin */
    } * at;
    size_t count;
    arena memory; /* of everything above */
};

void shelflife_feeds_feed_list_free(struct shelflife_feeds_feed_list *list);

/* Reads the feeds of a catalog, which must load; it may have none. Sets *list even after a failure. Fails if
   a format is not known, or a path is absolute. */
bool shelflife_feeds_feed_list_read(str catalog, const char *origin, struct shelflife_feeds_feed_list *list,
                                    error *err);

#endif
