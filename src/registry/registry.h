/*
 * A client of container registries (OCI distribution 1.1, and the registry API of Docker that it came from),
 * and a reader of images on disk. It reads an image's manifest and configuration, and no layer.
 *
 *     registry = shelflife_registry_open(&options, &err);             once, for all threads
 *     client = shelflife_registry_client_new(registry, &err);         one for each thread
 *     shelflife_registry_inspect(client, &reference, &wanted, &arena, &image, &err);
 *
 * Bytes are compared with the digest that they were asked for by. Credentials and tokens are sent only to the
 * host that they are for, over HTTPS or to a host that may be plain HTTP, and are in no message.
 *
 * Error kinds: IO if the registry could not be reached, or answered with an error; `missing` marks a 404
 * among the others. INPUT if what it sent is not what it should be, or not an image. LIMIT if it sent too
 * much. USAGE if the configuration is wrong. Texts begin with the reference, or with the URL without secrets.
 */
#ifndef SHELFLIFE_REGISTRY_REGISTRY_H
#define SHELFLIFE_REGISTRY_REGISTRY_H

#include "base/base.h"
#include "net/net.h"
#include "shelflife/evidence.h"
#include "shelflife/reference.h"

/* ---- The registries ---- */

/* Everything is borrowed. NULL and 0: the default in brackets. */
struct shelflife_registry_options {
    const char *auth_file; /* as Docker and Podman write it [REGISTRY_AUTH_FILE,
                              ${XDG_RUNTIME_DIR}/containers/auth.json, ${DOCKER_CONFIG}/config.json,
                              ~/.docker/config.json: the first that exists]; "": none */
    const char *ca_file;   /* PEM, instead of the system's CAs */
    const char
        *hosts_dir; /* folders HOST/hosts.toml, as containerd reads them, with mirrors and CAs [none] */
    /* Those of whole registries are asked before the registry, unless hosts_dir has its mirrors [none] */
    const struct shelflife_mirror *mirrors;
    size_t mirror_count;
    const char *const *plain_http; /* "HOST[:PORT]" that may be asked over HTTP. Loopback always may */
    size_t plain_http_count;
    unsigned per_host; /* requests to one host at the same time [8] */
    unsigned total_ms; /* for one image, with all retries [60 s] */
    const atomic_bool *cancel;
};

struct shelflife_registry;
struct shelflife_registry *shelflife_registry_open(const struct shelflife_registry_options *options,
                                                   error *err);
void shelflife_registry_close(struct shelflife_registry *registry); /* NULL is fine */

/* Adds the credentials in the text of a config.json, such as an imagePullSecret's .dockerconfigjson or
   .dockercfg, for the references that its keys match. Those added first count first, and before the file's.
 */
bool shelflife_registry_add_credentials(struct shelflife_registry *registry, str json, const char *origin,
                                        error *err);

/* Of one thread; keeps connections open. Free it before the registry is closed. */
struct shelflife_registry_client;
struct shelflife_registry_client *shelflife_registry_client_new(struct shelflife_registry *registry,
                                                                error *err);
void shelflife_registry_client_free(struct shelflife_registry_client *client); /* NULL is fine */

/* ---- Inspecting an image ---- */

struct shelflife_registry_wanted {
    str platform; /* "linux/arm64", "linux/arm/v7"; absent: linux/amd64. Only of an index; see platform.h */
    /* Whether a piece of evidence is to be kept. NULL: keep all. */
    bool (*keep)(void *context, const struct shelflife_evidence *evidence);
    void *context;
    bool referrers; /* also ask for the publisher's notes about the image's lifecycle */
};

/* What was found. Everything is in the arena. */
struct shelflife_registry_image {
    str digest;   /* of what the reference names: an index, or a manifest */
    str manifest; /* of the platform's manifest; equal to `digest` if there is no index */
    str config;   /* of the configuration */
    str platform; /* that the configuration says: "linux/arm64/v8" */
    struct shelflife_evidence_list evidence;
    str base_name, base_digest;   /* annotated: hints; or absent */
    bool outdated;                /* by a lifecycle referrer: a newer build replaces this one … */
    shelflife_day outdated_since; /* … since this day, or NONE */
    const str
        *notes; /* what a person should know: "the index says linux/arm64, the configuration linux/amd64" */
    size_t note_count;
};

struct shelflife_registry_failure {
    bool missing;   /* the registry says that there is no such image */
    bool transient; /* the same request may succeed later */
    int status;     /* of HTTP; 0: no response */
};

/* The digest that a reference names now: that in the reference, or what the registry says to a HEAD for its
   tag. */
bool shelflife_registry_resolve(struct shelflife_registry_client *client,
                                const struct shelflife_reference *reference, arena *a, str *digest,
                                struct shelflife_registry_failure *failure, error *err);

bool shelflife_registry_inspect(struct shelflife_registry_client *client,
                                const struct shelflife_reference *reference,
                                const struct shelflife_registry_wanted *wanted, arena *a,
                                struct shelflife_registry_image *out,
                                struct shelflife_registry_failure *failure, error *err);

/* ---- Images on disk ---- */

/* Whether a text names an image on disk: oci:, oci-archive:, docker-archive: or dir:, and a path. */
bool shelflife_registry_is_on_disk(const char *text);

/* An image on disk. */
struct shelflife_registry_disk_image {
    str place;                                    /* what names it alone: "oci:DIR:1.2" */
    const struct shelflife_registry_image *image; /* NULL if it cannot be read … */
    const error *failure;                         /* … and why; else NULL */
    const str *references;                        /* under which it is there, as they are written: "app:1" */
    size_t reference_count;
};
typedef bool shelflife_registry_disk_sink(void *context, const struct shelflife_registry_disk_image *image,
                                          error *err);

/* Reads the images of "oci:DIR[:NAME]", "oci-archive:FILE[:NAME]", "docker-archive:FILE[:NAME]" or "dir:DIR".
   With NAME only that one. Archives may be compressed with gzip, bzip2, xz or zstd. An image that cannot be
   read does not stop the others. Fails if there is none, or if the sink fails. The digest of an image of a
   docker-archive is that of its configuration. */
bool shelflife_registry_read_disk(const char *text, const struct shelflife_registry_wanted *wanted,
                                  shelflife_registry_disk_sink *sink, void *context, error *err);

/* ---- Artifacts ---- */

/* A file in a registry: a manifest with `artifactType` and one layer of this media type. */
struct shelflife_registry_artifact {
    const char *artifact_type; /* "application/vnd.shelflife.catalog.v1+json" */
    const char *media_type;    /* of the layer */
    const char *title;         /* annotation org.opencontainers.image.title: a file name */
    str bytes;
    str subject; /* the digest of the manifest that it is about (a referrer), or absent */
};

/* Uploads an artifact under the reference's tag; with a subject, under its digest only. Sets *digest to that
   of its manifest. */
bool shelflife_registry_push(struct shelflife_registry_client *client,
                             const struct shelflife_reference *reference,
                             const struct shelflife_registry_artifact *artifact, arena *a, str *digest,
                             error *err);

/* Downloads the artifact that a reference names, if its type is `artifact_type`: appends the layer to
 *bytes, and sets *digest. With the digest that is already known, a HEAD is enough: *unchanged is then set. */
bool shelflife_registry_pull(struct shelflife_registry_client *client,
                             const struct shelflife_reference *reference, const char *artifact_type,
                             str known_digest, buffer *bytes, arena *a, str *digest, bool *unchanged,
                             struct shelflife_registry_failure *failure, error *err);

/* Downloads the layers of the artifacts of a type that refer to a digest, by the referrers API, or by the tag
   "sha256-HEX" that it falls back to. The sink gets each. */
bool shelflife_registry_referrers(struct shelflife_registry_client *client,
                                  const struct shelflife_reference *reference, str subject,
                                  const char *artifact_type,
                                  bool (*sink)(void *context, str digest, str bytes, error *err),
                                  void *context, error *err);

/* The signatures of a manifest that cosign has stored: under the tag "sha256-HEX.sig", a payload (JSON that
   names the digest) with a signature in base64. Nothing is verified here. The sink gets each; there may be
   none. */
bool shelflife_registry_cosign_signatures(struct shelflife_registry_client *client,
                                          const struct shelflife_reference *reference, str subject,
                                          bool (*sink)(void *context, str payload, str signature, error *err),
                                          void *context, error *err);

#endif
