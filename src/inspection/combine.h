/* What is known about images, from what was known before and what was found now. */
#ifndef SHELFLIFE_INSPECTION_COMBINE_H
#define SHELFLIFE_INSPECTION_COMBINE_H

#include "base/base.h"
#include "shelflife/inventory.h"

/* Adds two finished inventories to a third. A tag that names another image now does not name the one of
   before any more, not even on the same day. `known` may be NULL. */
bool shelflife_inspection_combine(const struct shelflife_inventory *known,
                                  const struct shelflife_inventory *fresh, struct shelflife_inventory *into,
                                  error *err);

#endif
