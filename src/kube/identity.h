/* Who we are to a cluster: credentials from a token file or a plugin, renewed when they expire. */
#ifndef SHELFLIFE_KUBE_IDENTITY_H
#define SHELFLIFE_KUBE_IDENTITY_H

#include <pthread.h>

#include "kube/credential.h"
#include "kube/kube.h"

/* Shared by all clients of a cluster. */
struct shelflife_kube_identity {
    const struct shelflife_kube_config *config;
    const struct shelflife_kube_options *options;
    pthread_mutex_t lock;
    struct shelflife_kube_credential credential;
    uint64_t generation; /* number of renewals; 0: no credentials yet */
    uint64_t read_at;    /* milliseconds of the options' clock */
};

/* A client's own copy. */
struct shelflife_kube_lease {
    struct shelflife_kube_credential credential;
    uint64_t generation;
};

void shelflife_kube_identity_init(struct shelflife_kube_identity *identity,
                                  const struct shelflife_kube_config *config,
                                  const struct shelflife_kube_options *options);
void shelflife_kube_identity_free(struct shelflife_kube_identity *identity);

/* Whether credentials can be renewed at all. */
bool shelflife_kube_identity_renewable(const struct shelflife_kube_identity *identity);

/* Updates a lease, and renews the credentials first if needed. `refused`: the server rejected those of the
   lease. */
bool shelflife_kube_identity_lease(struct shelflife_kube_identity *identity,
                                   struct shelflife_kube_lease *lease, bool refused, error *err);

#endif
