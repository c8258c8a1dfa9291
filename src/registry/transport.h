/*
 * Requests to a registry: by its mirrors and itself in turn, with tokens, redirects and retries.
 *
 * Redirects are followed for GET and HEAD, a few times, and never from HTTPS to HTTP. What identifies us is
 * sent only to the host that it is for. A redirect or a token service cannot be at an address of this machine
 * or of its cloud's services, unless the registry itself is.
 */
#ifndef SHELFLIFE_REGISTRY_TRANSPORT_H
#define SHELFLIFE_REGISTRY_TRANSPORT_H

#include "registry/client.h"

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

/* Sends it to one endpoint after the other until one answers with success. The header lines of the response
   are in the client. False with an error, and client->last. */
bool shelflife_registry_send(struct shelflife_registry_client *client, struct shelflife_registry_host *host,
                             const struct shelflife_registry_call *call,
                             struct shelflife_registry_endpoint **answered, error *err);

/* The same to one endpoint. */
bool shelflife_registry_send_to(struct shelflife_registry_client *client,
                                struct shelflife_registry_host *host,
                                struct shelflife_registry_endpoint *endpoint,
                                const struct shelflife_registry_call *call, error *err);

/* A field of the last response; absent if it has none. */
str shelflife_registry_field(const struct shelflife_registry_client *client, const char *name);

/* One exchange, without retries and authorization of its own: what token.c needs. */
struct shelflife_registry_exchange {
    enum shelflife_net_http_method method;
    const char *url;
    struct shelflife_net_http_peer peer;
    const struct shelflife_net_http_header *fields;
    size_t field_count;
    const char *token, *user, *password;
    str body;
    bool secret_body; /* it contains credentials */
    const char *content_type;
    unsigned refused_places;
    uint64_t most;
    bool (*sink)(void *context, str bytes, error *err); /* of a body with status 200 to 299 */
    void *context;
    enum shelflife_net_place place; /* out: where the host is */
};

/* True if there was a response, whatever its status, which is in client->last. */
bool shelflife_registry_exchange(struct shelflife_registry_client *client,
                                 struct shelflife_registry_exchange *exchange, error *err);

/* Whether two URLs have the same scheme, host and port. */
bool shelflife_registry_same_origin(const char *a, const char *b);

/* Whether what answered in the name of another host may be asked: https, or http to a host that may be plain
   after a host that was. Fails with INPUT and "refused WHAT URL". */
bool shelflife_registry_check_url(const struct shelflife_registry *registry, const char *from,
                                  const char *url, const char *what, error *err);

/* Fails with the status and what the registry said about it. */
bool shelflife_registry_refused(struct shelflife_registry_client *client, const char *url, error *err);

#endif
