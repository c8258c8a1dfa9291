/*
 * Imports support dates from endoflife.date: a response of its API v1 about one product
 * (/api/v1/products/NAME) or all (/api/v1/products/full) becomes rows of a new or an existing catalog.
 *
 * From the response come end of patch (eolFrom), or that it has ended (isEol without a day), end of extended
 * patch (eoesFrom, if it is later), and the newest patch. Everything else stays as it is in the catalog:
 * repositories, tags, parts, other spellings, digests, notes and ends of availability. A release that is
 * missing from the response stays, too.
 *
 * serial and asOf change only if a date or another fact changes; otherwise the bytes are identical.
 */
#ifndef SHELFLIFE_FEEDS_IMPORT_H
#define SHELFLIFE_FEEDS_IMPORT_H

#include "base/base.h"

struct shelflife_feeds_import {
    str answer; /* JSON */
    const char *answer_origin;
    str catalog; /* the file to update; absent: a new one */
    const char *catalog_origin;
    const char *name; /* of a new catalog; NULL: "endoflife" */
    /* The products to import. None: the products of the catalog, or that of a response about one product; for
       a new catalog, all products whose repositories are known. */
    const char *const *products;
    size_t product_count;
    /* Patterns for a product that is new in the catalog. None: taken from the response's package URLs. */
    const char *const *repositories;
    size_t repository_count;
    const char *const *tags, *const *parts; /* likewise; usually none */
    size_t tag_count, part_count;
    shelflife_day as_of; /* NONE: the day the answer was made */
};

struct shelflife_feeds_imported {
    size_t updated; /* products of the catalog that the answer has */
    size_t added;   /* products that are new */
    size_t unknown; /* products of the answer that were skipped because their repositories are not known */
    bool changed;
};

/* Appends the catalog. Errors name the answer or the catalog, with the place in it. */
bool shelflife_feeds_import_endoflife(const struct shelflife_feeds_import *import, buffer *out,
                                      struct shelflife_feeds_imported *outcome, error *err);

#endif
