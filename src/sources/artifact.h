/*
 * Catalogs and inventories in container registries: "oci://HOST/REPOSITORY:TAG" or "…@sha256:…". What follows
 * oci:// always begins with a host.
 *
 * The signature is one of the file's bytes, as `shelflife catalog sign` makes it, in an artifact that refers
 * to the file's; or one of the artifact's digest, as `cosign sign --key` makes and stores it.
 */
#ifndef SHELFLIFE_SOURCES_ARTIFACT_H
#define SHELFLIFE_SOURCES_ARTIFACT_H

#include "registry/registry.h"

#define SHELFLIFE_SOURCES_CATALOG_TYPE "application/vnd.shelflife.catalog.v1+json"
#define SHELFLIFE_SOURCES_INVENTORY_TYPE "application/vnd.shelflife.inventory.v1+json"
#define SHELFLIFE_SOURCES_SIGNATURE_TYPE "application/vnd.shelflife.signature.v1"

/* Whether an argument names an artifact: it begins with oci://. */
bool shelflife_sources_is_artifact(const char *text);

/* Parses what follows oci://, which must be the name of an artifact. USAGE. */
bool shelflife_sources_artifact_parse(const char *text, arena *a, struct shelflife_reference *out,
                                      error *err);

struct shelflife_sources_artifact {
    struct shelflife_registry_client *client;
    const char *url;   /* oci://… */
    const char *type;  /* one of the above */
    str key;           /* public, PEM */
    const char *known; /* the digest of the copy that we have, or "" */
    /* Called before the file is downloaded. False ends it, with the error in *err. NULL: nothing. */
    bool (*begin)(void *context, error *err);
    void *context;
};

enum { SHELFLIFE_SOURCES_DIGEST_MAX = 7 + 128 + 1 };

/* What was found. */
struct shelflife_sources_artifact_found {
    char digest[SHELFLIFE_SOURCES_DIGEST_MAX]; /* of the artifact */
    bool unchanged;                            /* it is the one that is known: nothing was downloaded */
    bool own;       /* *signature is one of the bytes; else cosign's of the digest was verified */
    bool transient; /* after a failure: it may work later */
};

/* Downloads the file, up to the limit of *bytes, and verifies its signature. */
bool shelflife_sources_artifact_fetch(const struct shelflife_sources_artifact *artifact, buffer *bytes,
                                      buffer *signature, struct shelflife_sources_artifact_found *found,
                                      error *err);

#endif
