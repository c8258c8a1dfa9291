/* Which of the rows in question count, and what they say together. */
#ifndef SHELFLIFE_CATALOG_SETTLE_H
#define SHELFLIFE_CATALOG_SETTLE_H

#include "catalog/internal.h"

/* The fields that a reference tells. */
struct catalog_fields {
    struct catalog_condition fields[3 * CATALOG_FIELDS_MAX];
    size_t count;
};

/* Rows of a product that are in question: by number, or if `numbers` is NULL, count from `first`. */
struct catalog_choice {
    const uint32_t *numbers;
    uint32_t first;
    size_t count;
};

/* What rows come down to. */
enum catalog_releases { CATALOG_NO_RELEASE, CATALOG_ONE_RELEASE, CATALOG_SEVERAL_RELEASES };

/* Of the rows whose `when` is not contradicted by what is known those that are told best, or with known NULL
   all: if they are of one release, sets the match's row, its dates (the latest of each) and rows_open, and
   clears the rest of it. */
enum catalog_releases shelflife_catalog_combine(const struct shelflife_catalogs *set,
                                                const struct catalog_choice *choice,
                                                const struct catalog_fields *known,
                                                struct shelflife_match *match);

#endif
