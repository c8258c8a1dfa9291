/* What self-managed TLS is configured with, and how it reaches the server that uses it. */
#ifndef SHELFLIFE_RENEWAL_CONFIG_H
#define SHELFLIFE_RENEWAL_CONFIG_H

#include "base/base.h"

struct shelflife_kube_config; /* kube/config.h */

/* All borrowed until the renewal is freed. */
struct shelflife_renewal_config {
    const struct shelflife_kube_config *kube;
    const char *secret_namespace, *secret_name;
    const char *webhook; /* name of the ValidatingWebhookConfiguration */
    const str *names;    /* DNS names of the certificate; the Service's first */
    size_t name_count;
    const char *identity; /* the replica's own name: the pod's */
    int64_t life;         /* of a certificate, in seconds; from SHELFLIFE_RENEWAL_LIFE_MIN to _MAX */
};
enum { SHELFLIFE_RENEWAL_LIFE_MIN = 30, SHELFLIFE_RENEWAL_LIFE_MAX = 3650 * 86400 }; /* seconds */

/* The server that uses the certificates. Called from the renewal's own thread. */
struct shelflife_renewal_host {
    void *context;
    /* Serves this certificate from now on; both are PEM and the caller's. `now` is the API server's time. */
    bool (*serve)(void *context, str certificate, str key, int64_t now, error *err);
    /* Logs a line; `detail` may be NULL. */
    void (*log)(void *context, bool failure, const char *message, const char *detail);
};

#endif
