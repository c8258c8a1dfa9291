/*
 * Requests to a registry: by its mirrors and itself in turn, with tokens, redirects and retries.
 *
 * Redirects are followed for GET and HEAD, a few times, and never from HTTPS to HTTP. What identifies us is
 * sent only to the host that it is for. A redirect or a token service cannot be at an address of this machine
 * or of its cloud's services, unless the registry itself is.
 */
#ifndef SHELFLIFE_REGISTRY_TRANSPORT_H
#define SHELFLIFE_REGISTRY_TRANSPORT_H

#include "registry/authorize.h"

/* Strings are borrowed. */
struct shelflife_registry_call {
    enum shelflife_net_http_method method;
    str repository;
    const char *path; /* after the repository: "/manifests/3.8" */
    const char *url;  /* all of it, which a registry gave for an upload; NULL */
    unsigned may;     /* what the endpoint must be able to do */
    const char *accept;
    str body;
    const char *content_type; /* of the body */
    uint64_t most;            /* bytes of the response's body */
    /* Called before each attempt, as an earlier one may have ended in the middle of a body. NULL: nothing. */
    void (*begin)(void *context);
    bool (*sink)(void *context, str bytes, error *err); /* NULL: the body is not wanted */
    /* Called at the end of a response with success. False if it is not what it should be, which is then this
       endpoint's failure. NULL: nothing. */
    bool (*end)(void *context, const struct shelflife_registry_client *client, error *err);
    void *context;
};

/* Sends it to one endpoint after the other until one answers with success. One that cannot be reached is
   asked again only if there is no other. The header lines of the response are in the client. False with an
   error, and client->last. */
bool shelflife_registry_send(struct shelflife_registry_client *client, struct shelflife_registry_host *host,
                             const struct shelflife_registry_call *call, error *err);

/* The same to one endpoint. */
bool shelflife_registry_send_to(struct shelflife_registry_client *client,
                                struct shelflife_registry_host *host,
                                struct shelflife_registry_endpoint *endpoint,
                                const struct shelflife_registry_call *call, error *err);

#endif
