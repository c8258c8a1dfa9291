/*
 * Versions that no row lists: parts of listed ones ("3" where 3.12 and 3.13 are listed), and those that are
 * older than all listed ones or between two of them.
 */
#ifndef SHELFLIFE_CATALOG_NEARBY_H
#define SHELFLIFE_CATALOG_NEARBY_H

#include "catalog/internal.h"

/* Indexes the releases of all products. Call it after the rows of each product have been sorted. */
bool shelflife_catalog_nearby_build(struct shelflife_catalogs *set, error *err);

/*
 * Matches a version, numbers with separators between them, by the releases near it. An absent version can be
 * any release. Sets the match's row, release, dates and kind, and clears the rest of it. Returns false if the
 * version can be a release that has no end.
 */
bool shelflife_catalog_nearby(const struct shelflife_catalogs *set, uint32_t product, str version,
                              uint64_t *probes, struct shelflife_match *match);

/* The bytes of a text's first numbers and the separators between them; 0 if it does not begin with one. */
size_t shelflife_catalog_numbers(str text);

#endif
