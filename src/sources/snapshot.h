/*
 * The catalogs and the policy to judge by, with a digest of both. Immutable and reference-counted: a new one
 * is built while the old one is in use, and a request uses the one with which it began.
 */
#ifndef SHELFLIFE_SOURCES_SNAPSHOT_H
#define SHELFLIFE_SOURCES_SNAPSHOT_H

#include "base/base.h"
#include "shelflife/admission.h"
#include "sources/inputs.h"

struct shelflife_sources_snapshot; /* a struct shelflife_snapshot with its parts and references */

/* Loads everything that the configuration names, for a command: catalogs at URLs are fetched once. The result
   has one reference, the caller's. The listener is called for each attempt to fetch a catalog. */
struct shelflife_sources_snapshot *shelflife_sources_load(const struct shelflife_sources_config *config,
                                                          shelflife_sources_remote_listener *listener,
                                                          void *context, error *err);

/* Builds a snapshot from inputs that are open: of catalogs at URLs, those that have been fetched. The
   catalogs at URLs come last; a catalog replaces the earlier one of the same name. */
struct shelflife_sources_snapshot *shelflife_sources_snapshot_build(
    const struct shelflife_sources_inputs *inputs, error *err);

/* Its catalogs, policy and digest, valid as long as the reference. The digest reads "sha256:…". */
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
