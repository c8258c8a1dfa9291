/*
 * Facts from endoflife.date as a catalog: an answer of its API v1, about one product
 * (/api/v1/products/NAME) or about all (/api/v1/products/full), becomes rows of a new catalog or of one that
 * is there.
 *
 * An answer knows nothing of where images are. What a catalog says of that stays as it is: repositories,
 * tags, parts, other spellings, digests, notes, and ends of availability, which the source never has. What
 * comes from the answer: end of patch (eolFrom), or that it has ended (isEol without a day), end of extended
 * patch (eoesFrom, where it is later), and the newest patch. A release that an answer has no more stays.
 *
 * Facts that are unchanged give identical bytes: serial and asOf move only with a fact.
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
    /* Those to take. None: those that the catalog has, or the one of an answer about one; for a new catalog
       all whose repositories are known. */
    const char *const *products;
    size_t product_count;
    /* Of a product that is new in the catalog: patterns. None: those that the answer's package URLs tell. */
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
