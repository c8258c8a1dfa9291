/*
 * Images that are written as a map of their parts: {registry, repository, tag, digest}.
 */
#ifndef SHELFLIFE_WORKLOAD_PARTS_H
#define SHELFLIFE_WORKLOAD_PARTS_H

#include "base/base.h"

/* What a map that is an image or a parameter consists of. */
enum shelflife_workload_part {
    SHELFLIFE_WORKLOAD_PART_NAME,
    SHELFLIFE_WORKLOAD_PART_REGISTRY,
    SHELFLIFE_WORKLOAD_PART_REPOSITORY,
    SHELFLIFE_WORKLOAD_PART_TAG,
    SHELFLIFE_WORKLOAD_PART_DIGEST,
    SHELFLIFE_WORKLOAD_PART_IMAGE, /* the same as the name, or a whole image */
    SHELFLIFE_WORKLOAD_PART_HUB,   /* the same as the registry */
    SHELFLIFE_WORKLOAD_PART_VALUE, /* of a parameter, as the next one */
    SHELFLIFE_WORKLOAD_PART_DEFAULT,
    SHELFLIFE_WORKLOAD_PART_VALUE_FROM,
    SHELFLIFE_WORKLOAD_PARTS
};

/*
 * Appends [registry "/"] repository [":" tag] ["@" digest]. `name` is the last part of the repository, or the
 * repository itself if there is none. `image` is the same, but it may have a tag or digest, which counts
 * then. Appends nothing if the parts are not an image: the repository is missing, or there is nothing but a
 * name.
 */
void shelflife_workload_parts_join(const str parts[SHELFLIFE_WORKLOAD_PARTS], buffer *out);

/*
 * The number as the API server stores it: 3.2 for 3.20, 18 for 0x12. What has an exponent, more than 15
 * digits or an octal form of its own stays as it is.
 */
enum { SHELFLIFE_WORKLOAD_NUMBER_MAX = 32 };
str shelflife_workload_parts_number(str number, char out[SHELFLIFE_WORKLOAD_NUMBER_MAX]);

#endif
