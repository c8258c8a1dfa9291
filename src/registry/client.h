/* The state of a registry client; see registry.h. */
#ifndef SHELFLIFE_REGISTRY_CLIENT_H
#define SHELFLIFE_REGISTRY_CLIENT_H

#include <pthread.h>

#include "pki/pki.h"
#include "registry/credentials.h"
#include "registry/gate.h"
#include "registry/hosts.h"
#include "registry/registry.h"
#include "registry/tokens.h"

enum {
    SHELFLIFE_REGISTRY_HEADERS_MAX = 128 << 10, /* bytes of the header lines of a response */
    SHELFLIFE_REGISTRY_REFUSAL_MAX = 64 << 10,  /* bytes of the body of an error */
    SHELFLIFE_REGISTRY_ARTIFACT_MEMORY_MAX = 64 << 20,
};

struct shelflife_registry {
    struct shelflife_registry_options options; /* its strings are in the arena */
    arena memory;
    pthread_mutex_t lock; /* of the hosts, and of what their endpoints have learned */
    struct shelflife_registry_host *hosts;
    struct shelflife_registry_gates gates;
    struct shelflife_registry_credentials credentials;
    struct shelflife_registry_tokens tokens;
};

struct shelflife_registry_client {
    struct shelflife_registry *registry;
    struct shelflife_net_http_client *http;
    buffer header_lines; /* of the last response */
    buffer refusal;      /* the beginning of its body, if it was an error */
    bool identified;     /* the last request had credentials or a token */
    arena secrets;       /* credentials and tokens of the request in progress */
    buffer sent;         /* those that the call in progress has sent; see sent.h */
    uint64_t deadline;   /* of the call in progress; milliseconds of the monotonic clock */
    struct shelflife_registry_failure last;
};

/* Whether a host ("host[:port]") may be asked over HTTP. */
bool shelflife_registry_may_be_plain(const struct shelflife_registry *registry, str authority);

/* The endpoints of a registry, as long as the registry is open. NULL with an error. */
struct shelflife_registry_host *shelflife_registry_host_of(struct shelflife_registry *registry, str name,
                                                           error *err);

/* Begins the time limit of a call, and forgets the last failure and what was sent. */
void shelflife_registry_begin(struct shelflife_registry_client *client);

#endif
