/* Inventories as files. */
#ifndef SHELFLIFE_SOURCES_INVENTORY_FILE_H
#define SHELFLIFE_SOURCES_INVENTORY_FILE_H

#include "base/base.h"
#include "shelflife/inventory.h"

/* Adds an inventory file, as JSON or compressed with gzip, which its first bytes show; or all of a folder. */
bool shelflife_sources_inventory_add(struct shelflife_inventory *inventory, const char *path,
                                     error *err) SHELFLIFE_MUST_CHECK;

/* The same of the bytes of a file, which `origin` names in errors. */
bool shelflife_sources_inventory_add_bytes(struct shelflife_inventory *inventory, str bytes,
                                           const char *origin, error *err) SHELFLIFE_MUST_CHECK;

#endif
