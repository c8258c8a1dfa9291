/*
 * Platforms of images: "linux/arm64", "linux/arm/v7". They are compared as containerd does it: amd64 is
 * amd64/v1, arm is arm/v7, and arm64 is arm64/v8; a later variant also runs what is built for an earlier one.
 */
#ifndef SHELFLIFE_REGISTRY_PLATFORM_H
#define SHELFLIFE_REGISTRY_PLATFORM_H

#include "base/base.h"

struct shelflife_registry_platform {
    str os, architecture, variant; /* absent if it does not say so */
};

/* What an image is looked for by, if the user does not say. */
#define SHELFLIFE_REGISTRY_PLATFORM_DEFAULT "linux/amd64"

/* Reads OS/ARCHITECTURE[/VARIANT]. The result points into the text. Fails with USAGE. */
bool shelflife_registry_platform_parse(str text, struct shelflife_registry_platform *out, error *err);

/* Writes "linux/arm64/v8", as the parts say; absent if it has neither system nor architecture. */
bool shelflife_registry_platform_text(const struct shelflife_registry_platform *platform, arena *a,
                                      str *out) SHELFLIFE_MUST_CHECK;

/* How well an image for `offered` runs on `wanted`: 0 is the same platform, more is worse, SIZE_MAX is not at
   all. */
size_t shelflife_registry_platform_distance(const struct shelflife_registry_platform *wanted,
                                            const struct shelflife_registry_platform *offered);

/* Whether it is "unknown/unknown", the platform of attestations, which are not images. */
bool shelflife_registry_platform_is_unknown(const struct shelflife_registry_platform *platform);

#endif
