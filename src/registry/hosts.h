/*
 * Where a registry is reached: its mirrors, then the registry itself, from containerd's hosts.toml:
 *
 *     server = "https://registry.corp.example"          # instead of the host's own address
 *     [host."https://mirror.corp.example"]              # asked first, in this order
 *       capabilities = ["pull", "resolve"]              # without this line: all
 *       ca = "ca.crt"                                   # PEM, instead of the system's; or several
 *       client = [["client.crt", "client.key"]]         # or one file with both
 *       skip_verify = false
 *       override_path = false                           # true: the URL's path replaces "/v2"
 *       [host."https://mirror.corp.example".header]
 *         x-custom = "value"
 *
 * The same keys at the root are those of `server`. Paths of files are relative to the folder of hosts.toml.
 * A mirror gets "?ns=HOST", so that it knows for which registry it is asked. docker.io is at
 * registry-1.docker.io.
 */
#ifndef SHELFLIFE_REGISTRY_HOSTS_H
#define SHELFLIFE_REGISTRY_HOSTS_H

#include <stdatomic.h>

#include "net/net.h"
#include "registry/challenge.h"

/* What an endpoint may be asked. */
enum {
    SHELFLIFE_REGISTRY_MAY_PULL = 1,    /* by digest */
    SHELFLIFE_REGISTRY_MAY_RESOLVE = 2, /* a tag */
    SHELFLIFE_REGISTRY_MAY_PUSH = 4,
    SHELFLIFE_REGISTRY_MAY_ALL = 7,
};

enum shelflife_registry_scheme {
    SHELFLIFE_REGISTRY_HTTPS,
    SHELFLIFE_REGISTRY_HTTP,
    SHELFLIFE_REGISTRY_EITHER, /* HTTP, or HTTPS if that does not work; then what worked first */
};

enum { SHELFLIFE_REGISTRY_FIELDS_MAX = 16 /* header fields of an endpoint */ };

/* The challenge of the last 401, and the repository that it was about. One block of memory. */
struct shelflife_registry_learned {
    struct shelflife_registry_challenge challenge;
    str repository;
};

/* Strings have a NUL. */
struct shelflife_registry_endpoint {
    str authority; /* "registry.corp.example:5000" */
    str path;      /* "/v2": what comes before the repository */
    bool mirror;
    unsigned may;
    struct shelflife_net_http_peer peer; /* without allow_http */
    struct shelflife_net_http_header fields[SHELFLIFE_REGISTRY_FIELDS_MAX];
    size_t field_count;

    /* What was learned about it, by any thread. */
    atomic_int scheme;
    atomic_uint place;               /* a shelflife_net_place: where it is */
    atomic_bool no_referrers;        /* it does not have the referrers API */
    atomic_uint_fast64_t down_until; /* it could not be reached: others are asked first, until then */
    struct shelflife_registry_learned *learned; /* owned; changed with the registry's lock */
};

struct shelflife_registry_host {
    struct shelflife_registry_host *next;
    arena memory;
    str name;                                       /* "docker.io", "registry.corp.example:5000" */
    struct shelflife_registry_endpoint **endpoints; /* in the order in which they are asked */
    size_t count;
};

/* The root of an endpoint, in the arena: "https://registry.corp.example:5000/". NULL without memory. */
const char *shelflife_registry_endpoint_url(const struct shelflife_registry_endpoint *endpoint, arena *a);

/* Notes that an endpoint could not be reached; and whether that was a short time ago. */
void shelflife_registry_endpoint_failed(struct shelflife_registry_endpoint *endpoint);
bool shelflife_registry_endpoint_is_down(const struct shelflife_registry_endpoint *endpoint);

/* Reads a hosts.toml of a registry. `folder` is that of the file. `plain`: the registry itself may be asked
   over HTTP. A CA in several files is read here. Errors name `origin` and the line. Free the host. */
struct shelflife_registry_host *shelflife_registry_hosts_read(str toml, const char *origin,
                                                              const char *folder, str name, bool plain,
                                                              error *err);

/* The same from `hosts_dir`, in the first of the folders HOST:PORT, HOST_PORT_, HOST and _default that has a
   hosts.toml; or from `otherwise` if there is none, or if `hosts_dir` is NULL. */
struct shelflife_registry_host *shelflife_registry_hosts_load(const char *hosts_dir, str name, bool plain,
                                                              str otherwise, error *err);
void shelflife_registry_host_free(struct shelflife_registry_host *host); /* NULL is fine */

#endif
