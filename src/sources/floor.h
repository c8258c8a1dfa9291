/*
 * The lowest serials that catalogs at URLs may have, by the name of the catalog. A signature identifies who
 * made an edition, but does not show that it is the newest one: an attacker who controls the server can serve
 * an old edition, in which images have not ended yet.
 */
#ifndef SHELFLIFE_SOURCES_FLOOR_H
#define SHELFLIFE_SOURCES_FLOOR_H

#include "base/base.h"
#include "shelflife/catalog.h"

struct shelflife_sources_floors {
    arena memory;
    struct shelflife_sources_floor *at;
    size_t count;
};

/* Of the built-in catalogs, and of `configured`, each "NAME=SERIAL". On success the caller frees *floors. */
bool shelflife_sources_floors_init(struct shelflife_sources_floors *floors, const char *const *configured,
                                   size_t count, error *err) SHELFLIFE_MUST_CHECK;
void shelflife_sources_floors_free(struct shelflife_sources_floors *floors); /* zeroed floors are fine */

/* Fails if the catalog, from `origin`, has a lower serial than it may have. */
bool shelflife_sources_floors_check(const struct shelflife_sources_floors *floors,
                                    const struct shelflife_catalog *catalog, const char *origin,
                                    error *err) SHELFLIFE_MUST_CHECK;

#endif
