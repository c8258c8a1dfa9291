/*
 * What is sent as Authorization: a user and password, or a token from the service that the registry names.
 */
#ifndef SHELFLIFE_REGISTRY_AUTHORIZE_H
#define SHELFLIFE_REGISTRY_AUTHORIZE_H

#include "registry/client.h"

/* Strings are in the client's secrets, with a NUL. */
struct shelflife_registry_authorization {
    str token; /* or absent */
    str user, password;
    str key;    /* of everything that it is made from */
    bool kept;  /* it was not made for this request, and may have been revoked */
    str origin; /* where the credentials are from; absent: there are none */
};

/*
 * Finds what to send to an endpoint, from its last challenge; nothing if there was none. `again`: credentials
 * of programs are asked for again.
 */
bool shelflife_registry_authorize(struct shelflife_registry_client *client,
                                  struct shelflife_registry_host *host,
                                  struct shelflife_registry_endpoint *endpoint, str repository, str refused,
                                  bool again, struct shelflife_registry_authorization *out, error *err);

/* Takes over the challenge of a 401 to a request about a repository. */
bool shelflife_registry_learn(struct shelflife_registry_client *client,
                              struct shelflife_registry_endpoint *endpoint, str repository, error *err);

#endif
