/* The two objects at the API server: their paths, requests for them, and the API server's time. */
#ifndef SHELFLIFE_RENEWAL_CLUSTER_H
#define SHELFLIFE_RENEWAL_CLUSTER_H

#include <pthread.h>

#include "kube/kube.h"
#include "renewal/config.h"

struct shelflife_renewal_cluster {
    buffer secret, configuration; /* paths */
    struct shelflife_kube *kube;
    struct shelflife_kube_client *client;
    atomic_bool cancel;
    /* The API server's time: what its last answer said, and when, on the monotonic clock. */
    pthread_mutex_t lock;
    int64_t date;
    uint64_t date_ms;
};

/* Sends no request. Close it also after a failure. */
bool shelflife_renewal_cluster_open(struct shelflife_renewal_cluster *cluster,
                                    const struct shelflife_renewal_config *config, error *err);
void shelflife_renewal_cluster_close(struct shelflife_renewal_cluster *cluster);

/* Milliseconds of the monotonic clock. */
uint64_t shelflife_renewal_milliseconds(void);

/* The API server's time in seconds since the epoch; this machine's before its first answer. From any
   thread. */
int64_t shelflife_renewal_cluster_now(struct shelflife_renewal_cluster *cluster);

/* Reads an object; *exists is false if there is none. */
bool shelflife_renewal_cluster_get(struct shelflife_renewal_cluster *cluster, const buffer *path,
                                   buffer *body, bool *exists, error *err);

/* Writes one. *conflict: it was changed or deleted since it was read. */
bool shelflife_renewal_cluster_send(struct shelflife_renewal_cluster *cluster,
                                    enum shelflife_net_http_method method, const buffer *path,
                                    const char *type, const buffer *body, bool *conflict, error *err);

#endif
