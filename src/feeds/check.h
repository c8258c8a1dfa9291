/* Checks that bytes are a valid catalog. */
#ifndef SHELFLIFE_FEEDS_CHECK_H
#define SHELFLIFE_FEEDS_CHECK_H

#include "base/base.h"

/* Loads the catalog and frees it. Errors name `origin` and the place in it. */
bool shelflife_feeds_catalog_check(const char *origin, str bytes, error *err);

#endif
