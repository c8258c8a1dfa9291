/*
 * Inventories from files and folders. Loaded apart from catalogs and policy, so that an inventory that cannot
 * be read keeps neither from being loaded again.
 */
#ifndef SHELFLIFE_SOURCES_INVENTORY_H
#define SHELFLIFE_SOURCES_INVENTORY_H

#include "shelflife/inventory.h"
#include "sources/remote.h"
#include "sources/shared.h"

/* An inventory that snapshots share. */
struct shelflife_sources_inventory {
    struct shelflife_sources_shared shared;
    struct shelflife_inventory *content; /* finished */
};

/* Loads inventories and merges them. Each path is one of its own: of the parts in a folder, the newest
   complete edition counts. `remotes` are those in registries; NULL: none. The result has one reference, the
   caller's. */
struct shelflife_sources_inventory *shelflife_sources_inventory_load(
    const char *const *paths, size_t count, struct shelflife_sources_remotes *remotes, error *err);

#endif
