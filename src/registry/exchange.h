/* One request to one host, and its response. */
#ifndef SHELFLIFE_REGISTRY_EXCHANGE_H
#define SHELFLIFE_REGISTRY_EXCHANGE_H

#include "registry/client.h"

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

/* The first error that the body of the response names, with a blank before it; or "". */
enum { SHELFLIFE_REGISTRY_SAID_MAX = 520 };
void shelflife_registry_said(const struct shelflife_registry_client *client,
                             char out[SHELFLIFE_REGISTRY_SAID_MAX]);

/* Whether a status is between 200 and 299. */
bool shelflife_registry_is_success(int status);

#endif
