/*
 * Finds dates on which catalogs disagree: two catalogs list the same release of the same product with
 * different dates, and at least one of them has no publisher of its own, as an aggregator's. Catalogs of two
 * publishers are about different images.
 */
#ifndef SHELFLIFE_FEEDS_DISAGREE_H
#define SHELFLIFE_FEEDS_DISAGREE_H

#include "feeds/lint.h"

struct shelflife_feeds_named_catalog {
    str bytes;
    const char *origin;
};

/* Adds a remark for each date, with the place in the first of the two catalogs. A `note` on one of the two
   rows confirms the dates. Catalogs that do not load are skipped. Fails like shelflife_feeds_findings_add().
 */
bool shelflife_feeds_disagree(const struct shelflife_feeds_named_catalog *catalogs, size_t count,
                              struct shelflife_feeds_findings *findings, error *err);

#endif
