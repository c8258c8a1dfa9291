/*
 * Reads the manifest of an image, or an index of manifests, in the forms of OCI and Docker:
 *
 *   application/vnd.oci.image.manifest.v1+json
 *   application/vnd.oci.image.index.v1+json
 *   application/vnd.docker.distribution.manifest.v2+json
 *   application/vnd.docker.distribution.manifest.list.v2+json
 *
 * Which of them it is follows from the Content-Type, else from "mediaType", else from its members. Errors are
 * INPUT or LIMIT, and name the place in the document, but not the document.
 */
#ifndef SHELFLIFE_REGISTRY_MANIFEST_H
#define SHELFLIFE_REGISTRY_MANIFEST_H

#include "base/base.h"
#include "registry/platform.h"

/* What to send as Accept, with each request for a manifest, also by digest. */
#define SHELFLIFE_REGISTRY_MANIFEST_ACCEPT                                                                   \
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "                  \
    "application/vnd.docker.distribution.manifest.list.v2+json, "                                            \
    "application/vnd.docker.distribution.manifest.v2+json"

enum {
    SHELFLIFE_REGISTRY_MANIFEST_MAX = 4 << 20,     /* bytes of a manifest */
    SHELFLIFE_REGISTRY_DESCRIPTORS_MAX = 4096,     /* layers, or manifests of an index */
    SHELFLIFE_REGISTRY_ANNOTATIONS_MAX = 4096,     /* in a manifest and all its descriptors */
    SHELFLIFE_REGISTRY_ANNOTATION_BYTES_MAX = 4096 /* longer names and values are passed over */
};

struct shelflife_registry_annotation {
    str name, value;
};

struct shelflife_registry_annotations {
    const struct shelflife_registry_annotation *at;
    size_t count;
};

/* What a manifest refers to. Absent members are absent strings. */
struct shelflife_registry_descriptor {
    str media_type;
    str digest;        /* checked: "sha256:…" or "sha512:…" */
    uint64_t size;     /* bytes */
    str artifact_type; /* of a manifest that is not an image */
    struct shelflife_registry_platform platform;
    bool has_platform;
    struct shelflife_registry_annotations annotations;
};

enum shelflife_registry_manifest_kind {
    SHELFLIFE_REGISTRY_MANIFEST, /* of one image or artifact */
    SHELFLIFE_REGISTRY_INDEX,    /* of several manifests */
};

/* Strings and arrays are in the arena. */
struct shelflife_registry_manifest {
    enum shelflife_registry_manifest_kind kind;
    str media_type;                                    /* as the document says, or absent */
    str artifact_type;                                 /* or absent */
    struct shelflife_registry_descriptor config;       /* of a manifest; without a digest if it has none */
    const struct shelflife_registry_descriptor *items; /* layers, or the manifests of an index, in order */
    size_t item_count;
    struct shelflife_registry_descriptor subject; /* what it is about; without a digest if it has none */
    struct shelflife_registry_annotations annotations;
};

/* Reads a manifest. `content_type` may be absent. Schema 1 is an error: it has no configuration. */
bool shelflife_registry_manifest_read(str bytes, str content_type, arena *a,
                                      struct shelflife_registry_manifest *out, error *err);

/* Whether the manifest is that of an image: its config is a configuration. If not, fails with INPUT and
   "not an image: …". */
bool shelflife_registry_manifest_is_image(const struct shelflife_registry_manifest *manifest, error *err);

/* Whether a media type is that of an index. */
bool shelflife_registry_manifest_is_index_type(str media_type);

/* The value of an annotation, or an absent string. */
str shelflife_registry_annotation(const struct shelflife_registry_annotations *annotations, const char *name);

/*
 * The manifests of an index that may be for a platform, best first: those for the platform by their distance,
 * then those without a platform, which only their configuration has. Of equal ones the first. Attestations,
 * whose platform is unknown/unknown, are left out. *order is in the arena.
 */
bool shelflife_registry_manifest_candidates(const struct shelflife_registry_manifest *index,
                                            const struct shelflife_registry_platform *wanted, arena *a,
                                            const struct shelflife_registry_descriptor ***order,
                                            size_t *count, error *err);

#endif
