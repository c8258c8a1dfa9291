/*
 * Finds out what an image says, given a way to get manifests and blobs: from a registry, a folder or an
 * archive. It chooses the manifest of the platform, goes down nested indexes, and reads the configuration.
 */
#ifndef SHELFLIFE_REGISTRY_IMAGE_H
#define SHELFLIFE_REGISTRY_IMAGE_H

#include "registry/manifest.h"
#include "registry/registry.h"

enum {
    SHELFLIFE_REGISTRY_NESTED_MAX = 4, /* indexes in each other */
    SHELFLIFE_REGISTRY_TRIED_MAX = 16, /* manifests that are read to find that of a platform */
};

/* Gets chunks of a blob. False ends it, with the error in *err. */
typedef bool shelflife_registry_sink(void *context, str chunk, error *err);

struct shelflife_registry_source {
    void *context;
    /* Appends a manifest to *bytes, whose limit is SHELFLIFE_REGISTRY_MANIFEST_MAX, and sets *content_type,
       in the arena, or absent. It compares the bytes with the digest of the descriptor. */
    bool (*manifest)(void *context, const struct shelflife_registry_descriptor *what, buffer *bytes, arena *a,
                     str *content_type, error *err);
    /* Passes a blob to a sink, and compares its digest in the end. */
    bool (*blob)(void *context, const struct shelflife_registry_descriptor *what,
                 shelflife_registry_sink *sink, void *sink_context, error *err);
};

/*
 * Reads the image whose manifest or index is `bytes`, with the digest `digest`, which the caller has checked.
 * *out is filled, except for `outdated`, and is in the arena.
 */
bool shelflife_registry_image_read(const struct shelflife_registry_source *source, str digest, str bytes,
                                   str content_type, const struct shelflife_registry_wanted *wanted, arena *a,
                                   struct shelflife_registry_image *out, error *err);

/* Adds a note, whose text is in the arena. False without memory. */
bool shelflife_registry_image_note(struct shelflife_registry_image *image, str text,
                                   arena *a) SHELFLIFE_MUST_CHECK;

#endif
