/* The image that a Pod's status says a container runs. */
#ifndef SHELFLIFE_INSPECTION_IMAGE_ID_H
#define SHELFLIFE_INSPECTION_IMAGE_ID_H

#include "base/base.h"
#include "shelflife/reference.h"

/*
 * Reads `imageID` of a container's status: "docker-pullable://NAME@DIGEST" or "NAME@DIGEST". False for what
 * no registry can be asked for, such as the digest of a configuration ("sha256:…", "docker://sha256:…", or
 * hex digits only), and for what is not a reference; *err is then unchanged. Also false without memory, with
 * an error. *out is in the arena, and has no tag.
 */
bool shelflife_inspection_image_id(str text, arena *a, struct shelflife_reference *out, error *err);

/* The name of a reference with a digest, without its tag. In the arena. */
bool shelflife_inspection_with_digest(const struct shelflife_reference *reference, str digest, arena *a,
                                      struct shelflife_reference *out, error *err);

/* The name of a reference with its tag, or "latest" if it has none, without its digest. In the arena. */
bool shelflife_inspection_with_tag(const struct shelflife_reference *reference, arena *a,
                                   struct shelflife_reference *out, error *err);

#endif
