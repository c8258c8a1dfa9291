/* A set of credentials that can change while we run. Its memory is overwritten before it is given back. */
#ifndef SHELFLIFE_KUBE_CREDENTIAL_H
#define SHELFLIFE_KUBE_CREDENTIAL_H

#include "base/base.h"

/* All owned; NULL if absent. */
struct shelflife_kube_credential {
    char *token;
    char *certificate, *key; /* PEM */
    int64_t expiry;          /* seconds since the epoch; INT64_MAX: none */
};

void shelflife_kube_credential_free(struct shelflife_kube_credential *credential);
bool shelflife_kube_credential_copy(const struct shelflife_kube_credential *from,
                                    struct shelflife_kube_credential *to) SHELFLIFE_MUST_CHECK;

#endif
