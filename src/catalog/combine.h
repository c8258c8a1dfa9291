/* Selects the rows that fit a reference, and combines their dates. */
#ifndef SHELFLIFE_CATALOG_COMBINE_H
#define SHELFLIFE_CATALOG_COMBINE_H

#include "catalog/internal.h"

/* What the reference gives: fields, the limits of its repository, and how many numbers its version has. */
struct catalog_fields {
    struct catalog_condition fields[3 * CATALOG_FIELDS_MAX];
    size_t count;
    const struct catalog_limits *limits; /* NULL: none */
    uint8_t numbers;                     /* 0: it has none, or they do not matter */
};

/* Whether a release or version exists in a repository with these limits. */
bool shelflife_catalog_is_within(const struct catalog_limits *limits, str release);

/* Candidate rows of a product: by number or, if `numbers` is NULL, `count` rows from `first` on. */
struct catalog_choice {
    const uint32_t *numbers;
    uint32_t first;
    size_t count;
};

/* The result of combining rows. */
enum catalog_releases {
    CATALOG_NO_RELEASE,    /* versions of the rows have another number of numbers */
    CATALOG_OTHER_VARIANT, /* the rows are for other variants or other repositories */
    CATALOG_ONE_RELEASE,
    CATALOG_SEVERAL_RELEASES
};

/* Takes the rows whose `when` does not contradict the known fields, and of these the ones that fit best; with
 * known NULL, takes all rows. If they are of one release, sets the match's row, its dates (the latest of
 * each) and rows_open, and clears the rest of the match. */
enum catalog_releases shelflife_catalog_combine(const struct shelflife_catalogs *set,
                                                const struct catalog_choice *choice,
                                                const struct catalog_fields *known,
                                                struct shelflife_match *match);

#endif
