/*
 * Manifests that refer to another one by "subject" (OCI distribution 1.1): by the referrers API, or, where a
 * registry does not have it, by the index under the tag sha256-HEX.
 */
#ifndef SHELFLIFE_REGISTRY_REFERRERS_H
#define SHELFLIFE_REGISTRY_REFERRERS_H

#include "registry/fetch.h"

enum {
    SHELFLIFE_REGISTRY_REFERRERS_MAX = 64, /* of one type */
    SHELFLIFE_REGISTRY_REFERRER_PAGES_MAX = 8,
};

/* Those of a type. The array is in the arena. */
struct shelflife_registry_referrer_list {
    struct shelflife_registry_descriptor *at;
    size_t count;
};

/* By the API, or else by the tag. Some tools copy the index under the tag without the types of its entries:
   those are included, so look at the manifest. */
bool shelflife_registry_list_referrers(const struct shelflife_registry_place *place, str subject,
                                       const char *artifact_type, arena *a,
                                       struct shelflife_registry_referrer_list *out, error *err);

/* "sha256-HEX" of "sha256:HEX", with an ending. In the arena. */
bool shelflife_registry_fallback_tag(str digest, const char *ending, arena *a, str *tag, error *err);

/*
 * Reads the publisher's notes about the lifecycle of an image into *image: artifacts of the type
 * application/vnd.microsoft.artifact.lifecycle with an annotation
 * vnd.microsoft.artifact.lifecycle.end-of-life.date. Its publisher attaches one to each build that a newer
 * one replaces, often several: the earliest day counts. Only the referrers API is asked: for a registry
 * without it, an image costs no further request once that is known. If they cannot be read, a note says so.
 */
bool shelflife_registry_read_lifecycle(const struct shelflife_registry_place *place, shelflife_day today,
                                       arena *a, struct shelflife_registry_image *image, error *err);

#endif
