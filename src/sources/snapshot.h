/*
 * The catalogs and the policy to judge by, with a digest of both, and an inventory, which is not part of the
 * digest: it has facts about images, and no rules. Immutable and reference-counted: a new one
 * is built while the old one is in use, and a request uses the one with which it began.
 */
#ifndef SHELFLIFE_SOURCES_SNAPSHOT_H
#define SHELFLIFE_SOURCES_SNAPSHOT_H

#include "base/base.h"
#include "shelflife/admission.h"
#include "sources/inputs.h"
#include "sources/inventory.h"

struct shelflife_sources_snapshot; /* a struct shelflife_snapshot with its parts and references */

/* Loads everything that the configuration names, for a command: catalogs at URLs are fetched once. The result
   has one reference, the caller's. The listener is called for each attempt to fetch a catalog. */
struct shelflife_sources_snapshot *shelflife_sources_load(const struct shelflife_sources_config *config,
                                                          shelflife_sources_remote_listener *listener,
                                                          void *context, error *err);

/* Builds a snapshot, without an inventory, from inputs that are open: of catalogs at URLs, those that have
   been fetched. The catalogs at URLs come last; a catalog replaces the earlier one of the same name. */
struct shelflife_sources_snapshot *shelflife_sources_snapshot_build(
    const struct shelflife_sources_inputs *inputs, error *err);

/* A snapshot of the same catalogs and policy with an inventory, which may be NULL, to judge many reviews by:
   what the evidence says is found now. Keeps references to all. */
struct shelflife_sources_snapshot *shelflife_sources_snapshot_with(
    const struct shelflife_sources_snapshot *snapshot, struct shelflife_sources_inventory *inventory,
    error *err);

/* Its catalogs, policy, inventory and digest, valid as long as the reference. The digest reads "sha256:…". */
const struct shelflife_snapshot *shelflife_sources_snapshot_view(
    const struct shelflife_sources_snapshot *snapshot);

/* Names in the policy that no catalog has: a line for each, valid as long as the reference. */
const str *shelflife_sources_snapshot_unmatched(const struct shelflife_sources_snapshot *snapshot,
                                                size_t *count);

/* Whether a catalog is older on that day than the policy's maxAge. */
bool shelflife_sources_snapshot_is_stale(const struct shelflife_snapshot *snapshot,
                                         const struct shelflife_catalog *catalog, shelflife_day at);

/* Releases a reference. NULL is fine. */
void shelflife_sources_snapshot_release(struct shelflife_sources_snapshot *snapshot);

#endif
