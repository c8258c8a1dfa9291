/* What a cluster and a client are made of. Internal to this room. */
#ifndef SHELFLIFE_KUBE_CLIENT_H
#define SHELFLIFE_KUBE_CLIENT_H

#include "kube/credential.h"
#include "kube/kube.h"

/* How many requests all clients of a cluster may make, and when the next. */
struct shelflife_kube_budget {
    pthread_mutex_t lock;
    uint64_t slot;       /* microseconds: when the next request is due at the average rate */
    uint64_t not_before; /* milliseconds: what the server asked all of us to wait for */
};

struct shelflife_kube {
    const struct shelflife_kube_config *config;
    struct shelflife_kube_options options; /* with defaults filled in */
    struct shelflife_kube_identity identity;
    struct shelflife_kube_budget budget;
};

struct shelflife_kube_client {
    struct shelflife_kube *kube;
    struct shelflife_http_client *http;
    struct shelflife_kube_lease lease;
    struct shelflife_http_header *headers; /* Accept, then what the configuration adds */
    buffer url;
};

/* Waits for the next request's turn. False if cancelled. */
bool shelflife_kube_budget_take(struct shelflife_kube *kube);
/* Nobody asks for so long. */
void shelflife_kube_budget_pause(struct shelflife_kube *kube, uint64_t milliseconds);

/* Reads what an unsuccessful answer says into *reply, and makes the error of it. Returns false. */
bool shelflife_kube_status_fail(struct shelflife_kube_reply *reply, const char *method, const char *url,
                                str said, error *err);

#endif
