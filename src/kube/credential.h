/* Credentials that change while we run: a token file, an exec plugin. Internal to this room. */
#ifndef SHELFLIFE_KUBE_CREDENTIAL_H
#define SHELFLIFE_KUBE_CREDENTIAL_H

#include <pthread.h>

#include "kube/kube.h"

/* One set. All owned, NULL if absent. */
struct shelflife_kube_credential {
    char *token;
    char *certificate, *key; /* PEM */
    int64_t expiry;          /* seconds since the epoch; INT64_MAX: none */
};

void shelflife_kube_credential_free(struct shelflife_kube_credential *credential);
bool shelflife_kube_credential_copy(const struct shelflife_kube_credential *from,
                                    struct shelflife_kube_credential *to);

/* Reads the ExecCredential a plugin printed. */
bool shelflife_kube_exec_read(const struct shelflife_kube_exec *exec, str text,
                              struct shelflife_kube_credential *out, error *err);

/* KUBERNETES_EXEC_INFO's value: what a plugin is told. */
bool shelflife_kube_exec_info(const struct shelflife_kube_config *config, bool interactive, buffer *out,
                              error *err);

/* Runs the plugin, without a shell, and reads what it prints. */
bool shelflife_kube_exec_run(const struct shelflife_kube_config *config, unsigned timeout_ms,
                             const atomic_bool *cancel, struct shelflife_kube_credential *out, error *err);

/* The one in use, shared by all clients of a cluster. */
struct shelflife_kube_identity {
    const struct shelflife_kube_config *config;
    const struct shelflife_kube_options *options;
    pthread_mutex_t lock;
    struct shelflife_kube_credential credential;
    uint64_t generation; /* counts renewals; 0: none yet */
    uint64_t read_at;    /* milliseconds, by the clock */
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

/* Brings a lease up to date. `refused`: the server did not take what it holds. */
bool shelflife_kube_identity_lease(struct shelflife_kube_identity *identity,
                                   struct shelflife_kube_lease *lease, bool refused, error *err);

#endif
