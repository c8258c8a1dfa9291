/*
 * Credentials for registries, in the forms of Docker's config.json, its .dockercfg, and Podman's auth.json:
 *
 *     {"auths": {"registry.corp.example/team": {"auth": "dXNlcjpwYXNz"},    the longest path counts
 *                "https://index.docker.io/v1/": {"username": …, "password": …},
 *                "*.registry.example": {"identitytoken": …}},               Kubernetes has patterns
 *      "credHelpers": {"registry.example": "ecr-login"},                    docker-credential-ecr-login
 *      "credsStore": "pass"}
 *
 * For a host in credHelpers its program is asked; otherwise what is in "auths" counts, then credsStore.
 */
#ifndef SHELFLIFE_REGISTRY_CREDENTIALS_H
#define SHELFLIFE_REGISTRY_CREDENTIALS_H

#include <pthread.h>
#include <stdatomic.h>

#include "registry/credential.h"

/* The credentials of one text. */
struct shelflife_registry_auths;
struct shelflife_registry_auths *shelflife_registry_auths_read(str json, const char *origin, error *err);
void shelflife_registry_auths_free(struct shelflife_registry_auths *auths); /* NULL is fine */

/* What a text has for a repository. */
struct shelflife_registry_auths_match {
    const struct shelflife_registry_credential *credential; /* NULL: none in the text itself */
    size_t weight;                                          /* a longer key has more */
    const char *program;                                    /* to ask; NULL: none */
    const char *server;                                     /* what to ask it for */
    bool program_first;                                     /* it is meant for this host alone */
};
/* False if it has nothing. `host` is that of a normalized reference. */
bool shelflife_registry_auths_find(const struct shelflife_registry_auths *auths, str host, str repository,
                                   struct shelflife_registry_auths_match *match);

/* All credentials, for several threads: those added, then those of a file, which is read again when it has
   changed. */
struct shelflife_registry_credentials {
    pthread_mutex_t lock;
    const char *path; /* borrowed; NULL: no file */
    buffer fingerprint;
    struct shelflife_registry_auths *file;
    struct shelflife_registry_auths **added;
    size_t added_count, added_capacity;
    struct shelflife_registry_answer *answers; /* of programs */
};
void shelflife_registry_credentials_init(struct shelflife_registry_credentials *all, const char *path);
void shelflife_registry_credentials_free(struct shelflife_registry_credentials *all);
bool shelflife_registry_credentials_add(struct shelflife_registry_credentials *all, str json,
                                        const char *origin, error *err);

/* Reads the file, so that an error in it is reported early. */
bool shelflife_registry_credentials_read(struct shelflife_registry_credentials *all, error *err);

/* Copies what there is for a repository into the arena, which is secret; zeroed if there is nothing. `again`:
   ask programs again, as their last answer was refused. */
bool shelflife_registry_credentials_find(struct shelflife_registry_credentials *all, str host, str repository,
                                         bool again, const atomic_bool *cancel, arena *a,
                                         struct shelflife_registry_credential *out, error *err);

#endif
