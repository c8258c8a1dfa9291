/*
 * Exports the products of catalogs as the coming standards write support dates: a Common Lifecycle
 * Enumeration (ECMA-428) for each product, and OpenEoX Core 1.0 for each release. Importing such a file gives
 * the same dates.
 */
#ifndef SHELFLIFE_FEEDS_EXPORT_H
#define SHELFLIFE_FEEDS_EXPORT_H

#include "shelflife/catalog.h"

#include "base/base.h"

enum shelflife_feeds_standard { SHELFLIFE_FEEDS_CLE, SHELFLIFE_FEEDS_OPENEOX };

struct shelflife_feeds_export {
    const struct shelflife_catalogs *catalogs; /* finished, with their bytes */
    enum shelflife_feeds_standard standard;
    /* Names of products, or CATALOG/PRODUCT. None: all products. */
    const char *const *products;
    size_t product_count;
};

/* Appends JSON to `out`. Appends to `skipped` a line for whatever the standard cannot express. Fails if a
   product that was asked for does not exist, or nothing can be exported. */
bool shelflife_feeds_export(const struct shelflife_feeds_export *asked, buffer *out, buffer *skipped,
                            error *err);

#endif
