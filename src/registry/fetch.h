/* Manifests and blobs from a registry, with their digests checked. */
#ifndef SHELFLIFE_REGISTRY_FETCH_H
#define SHELFLIFE_REGISTRY_FETCH_H

#include "registry/image.h"
#include "registry/transport.h"

/* A repository of a registry. */
struct shelflife_registry_place {
    struct shelflife_registry_client *client;
    struct shelflife_registry_host *host;
    str repository;
};

/* Fails with what shelflife_registry_host_of() reports. */
bool shelflife_registry_place_of(struct shelflife_registry_client *client,
                                 const struct shelflife_reference *reference,
                                 struct shelflife_registry_place *out, error *err);

/* The tag that a reference names, if it has no digest. */
str shelflife_registry_tag_of(const struct shelflife_reference *reference);

/* The digest that a tag names: what a HEAD says, or else that of the manifest. In the arena. */
bool shelflife_registry_fetch_digest(const struct shelflife_registry_place *place, str tag, arena *a,
                                     str *digest, error *err);

/* Replaces *bytes by the manifest of a tag or a digest. Sets *digest to that of the bytes, and *content_type;
   both in the arena. */
bool shelflife_registry_fetch_manifest(const struct shelflife_registry_place *place, str tag_or_digest,
                                       const char *accept, buffer *bytes, arena *a, str *content_type,
                                       str *digest, error *err);

/* Passes a blob to a sink, of at most `most` bytes. A response that ends early is asked for again, so that
   the sink gets each byte once. */
bool shelflife_registry_fetch_blob(const struct shelflife_registry_place *place,
                                   const struct shelflife_registry_descriptor *what, uint64_t most,
                                   shelflife_registry_sink *sink, void *context, error *err);

/* For shelflife_registry_image_read(): the context is a place. */
struct shelflife_registry_source shelflife_registry_source_of(struct shelflife_registry_place *place);

#endif
