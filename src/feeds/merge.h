/*
 * Writes the facts of a feed into a catalog. The only code that knows what an import keeps and what it
 * changes.
 */
#ifndef SHELFLIFE_FEEDS_MERGE_H
#define SHELFLIFE_FEEDS_MERGE_H

#include "feeds/facts.h"
#include "feeds/request.h"
#include "shelflife/json.h"
#include "json/document.h"

struct feeds_merge {
    const struct shelflife_feeds_import *asked;
    const struct shelflife_feeds_feed *feed;
    struct feeds_facts *facts;
    struct node old;     /* the root of the catalog; value NULL if there is none */
    shelflife_day as_of; /* of the facts; may be NONE */
    struct shelflife_feeds_imported *outcome;
    struct shelflife_json_writer w;
    struct feeds_known {
        str pattern;
        size_t product; /* its number in the catalog */
    } * known;          /* the repositories of the catalog, sorted */
    size_t known_count, known_capacity;
    error *err;
};

/* Writes the products of the catalog, with the facts, as the value of a key. */
bool shelflife_feeds_merge_products(struct feeds_merge *m);

/* Writes the rows of a product from facts that are placed (place.h): those of the product, in the order of
   the feed. */
struct feeds_placed;
bool shelflife_feeds_merge_variants(struct feeds_merge *m, const struct node *rows,
                                    const struct feeds_placed *const *placed, size_t count);

/* Writes the rows of a product from facts that hold for all variants of a release. `rows` has value NULL if
   the product is new. */
bool shelflife_feeds_merge_rows(struct feeds_merge *m, const struct feeds_product *product,
                                const struct node *rows);

/* Adds a line about a fact that is not imported. */
void shelflife_feeds_skip(const struct feeds_merge *m, size_t line, const char *format, ...)
    SHELFLIFE_PRINTF(3, 4);

#endif
