/*
 * Compares two editions of a catalog. Products are matched by name, rows by release and variant,
 * independently of their order in the file.
 */
#ifndef SHELFLIFE_FEEDS_DIFF_H
#define SHELFLIFE_FEEDS_DIFF_H

#include "base/base.h"

/* A difference. `before` absent: added; `after` absent: removed. */
struct shelflife_feeds_difference {
    str product; /* absent: of the catalog itself */
    str release; /* of the row, with its variant: "2.6 (py: py37)"; absent: of the product itself */
    str key;     /* "endOfPatch"; absent: all of the row or product */
    str before, after;
};

struct shelflife_feeds_differences {
    struct shelflife_feeds_difference *at;
    size_t count, capacity;
    arena memory; /* of the strings */
};

void shelflife_feeds_differences_init(struct shelflife_feeds_differences *differences);
void shelflife_feeds_differences_free(struct shelflife_feeds_differences *differences);

/* Adds the differences from one catalog to the other. Both must be catalogs that load. */
bool shelflife_feeds_diff(str before, const char *before_origin, str after, const char *after_origin,
                          struct shelflife_feeds_differences *differences, error *err);

#endif
