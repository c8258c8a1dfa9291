/* What an import is asked to do, and what it reports: see import.h. */
#ifndef SHELFLIFE_FEEDS_REQUEST_H
#define SHELFLIFE_FEEDS_REQUEST_H

#include "base/base.h"

/* A product of the catalog, and its name in a feed; NULL: the same name. */
struct shelflife_feeds_name {
    const char *product, *in_feed;
};

struct shelflife_feeds_feed {
    const char *format; /* the name of a format; any other is an error */
    str bytes;
    const char *origin; /* the file or URL, for errors */
    /* The products to import. None: those of the catalog, or that of a feed about one product; for a new
       catalog, all products whose repositories are known. */
    const struct shelflife_feeds_name *products;
    size_t product_count;
    /* The catalog also gets the products that it does not have, if the feed has package URLs of their images.
     */
    bool identifiers;
};

struct shelflife_feeds_import {
    /* In order: a later feed wins over an earlier one where both have a value. */
    const struct shelflife_feeds_feed *feeds;
    size_t feed_count;
    str catalog; /* the file to update; absent: a new one */
    const char *catalog_origin;
    const char *name; /* of a new catalog; NULL: that of the format */
    /* Patterns for a product that is new in the catalog. None: from the package URLs in the feed. */
    const char *const *repositories;
    size_t repository_count;
    const char *const *tags, *const *parts; /* likewise; usually none */
    size_t tag_count, part_count;
    /* Becomes asOf, even if nothing else changes. NONE: the day on which the data was correct according to
       the feed; of several feeds, the earliest of these days. */
    shelflife_day as_of;
    /* The day on which the feeds were fetched, for a feed that does not contain a day. NONE: such a feed is
       an error if something changes. */
    shelflife_day fetched;
    /* A feed whose own day is later than the day after this one is an error. 0: not checked. */
    shelflife_day today;
};

struct shelflife_feeds_imported {
    size_t updated;      /* products of the catalog that a feed has */
    size_t added;        /* products that are new */
    size_t unknown;      /* products of a feed that were skipped because their repositories are not known */
    bool changed;        /* serial and asOf, and usually more */
    shelflife_day as_of; /* of the feeds; NONE if they do not contain a day and `fetched` is NONE */
    /* Facts that were not imported, one line each ("google: line 31: …"). Initialized by the caller, who may
       limit it. NULL: not wanted. */
    buffer *skipped;
};

#endif
