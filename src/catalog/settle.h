/* Which of the rows in question count, and what they say together. */
#ifndef SHELFLIFE_CATALOG_SETTLE_H
#define SHELFLIFE_CATALOG_SETTLE_H

#include "catalog/catalog.h"

/* The fields that a reference tells. */
struct known {
    struct condition fields[3 * FIELDS_MAX];
    size_t count;
};

/* Rows of a product that are in question: by number, or if `numbers` is NULL, count from `first`. */
struct choice {
    const uint32_t *numbers;
    uint32_t first;
    size_t count;
};

/* What rows come down to. */
enum releases { NO_RELEASE, ONE_RELEASE, SEVERAL_RELEASES };

/* Of the rows whose `when` is not contradicted by what is known those that are told best, or with known NULL
   all: if they are of one release, sets the match's row, its dates (the latest of each) and rows_open, and
   clears the rest of it. */
enum releases shelflife_settle(const struct shelflife_catalogs *set, const struct choice *choice,
                               const struct known *known, struct shelflife_match *match);

#endif
