/* Whether bytes are a catalog that can be used. */
#ifndef SHELFLIFE_FEEDS_CHECK_H
#define SHELFLIFE_FEEDS_CHECK_H

#include "base/base.h"

/* Reads and indexes it, and drops it again. The error names `origin` and the place in it. */
bool shelflife_feeds_catalog_check(const char *origin, str bytes, error *err);

#endif
