/*
 * A client of the Kubernetes API: requests with retries and a rate limit, paginated lists, discovery, and
 * writes. A cluster is opened once and shared. Each thread has its own client, which holds connections and
 * may be used by one thread at a time.
 *
 * Errors name the request ("GET https://…/api/v1/pods: 403 Forbidden: …"). Kinds: IO if the server could not
 * be reached or refused, INPUT if its response was invalid or it rejected our object as invalid, LIMIT, and
 * USAGE if credentials are misconfigured. Details of the server's response are in the reply.
 */
#ifndef SHELFLIFE_KUBE_KUBE_H
#define SHELFLIFE_KUBE_KUBE_H

#include "base/base.h"
#include "kube/config.h"
#include "net/net.h"
#include "net/retry.h"

/* 0 and NULL: the default in brackets. */
struct shelflife_kube_options {
    unsigned requests_second;                /* of all clients together, on average [200] */
    unsigned burst;                          /* how many may be sent at once [400] */
    struct shelflife_net_retry_policy retry; /* of one request */
    struct shelflife_net_http_limits limits; /* of one request [as in net.h, but bodies up to 2 GiB] */
    unsigned exec_ms;                        /* how long an exec plugin may run [60 s, on a terminal 5 min] */
    const atomic_bool *cancel;               /* [never] */
    const struct shelflife_clock *clock;     /* [the real one] */
};

/* A cluster: configuration, current credentials, rate limit. Safe to share between threads. `config` is
   borrowed until close. */
struct shelflife_kube;
struct shelflife_kube *shelflife_kube_open(const struct shelflife_kube_config *config,
                                           const struct shelflife_kube_options *options, error *err);
void shelflife_kube_close(struct shelflife_kube *kube); /* NULL is fine */

struct shelflife_kube_client;
struct shelflife_kube_client *shelflife_kube_client_new(struct shelflife_kube *kube, error *err);
void shelflife_kube_client_free(struct shelflife_kube_client *client); /* NULL is fine; before close */

/* The options of its cluster, with defaults filled in. */
const struct shelflife_kube_options *shelflife_kube_client_options(
    const struct shelflife_kube_client *client);

/* ---- Requests ---- */

/* The parts of an API path. Empty: absent. They are percent-encoded into the path. */
struct shelflife_kube_target {
    str group, version; /* group "" is the core group, /api/v1 */
    str namespace;      /* "": all, or none for cluster-scoped resources */
    str resource;       /* "pods" */
    str name, subresource;
};

/* Appends "/apis/apps/v1/namespaces/team-a/deployments/web", up to the last part that is present. USAGE if a
   part is "." or "..", or a part in the middle is missing. */
bool shelflife_kube_path(buffer *out, const struct shelflife_kube_target *target, error *err);

struct shelflife_kube_query {
    const char *name;
    str value; /* encoded here */
};

/* Takes bytes of a body. False ends the request with the error left in *err. */
typedef bool shelflife_kube_sink(void *context, str bytes, error *err);

struct shelflife_kube_request {
    enum shelflife_net_http_method method;
    str path; /* encoded, as shelflife_kube_path() makes it */
    const struct shelflife_kube_query *query;
    size_t query_count;
    const char *accept; /* NULL: application/json */
    const char *content_type;
    str body;
    /* Receives the body of a successful response. NULL: discarded. A request that fails after the sink
       received bytes is retried only if `again` is set: it reports that those bytes are void. */
    shelflife_kube_sink *sink;
    void (*again)(void *context);
    void *context;
    const struct shelflife_net_http_limits *limits; /* NULL: those of the cluster's options */
    bool once;                                      /* a 5xx is an answer, and not asked again */
};

enum { SHELFLIFE_KUBE_CONTINUE_MAX = 4096, SHELFLIFE_KUBE_VERSION_MAX = 256 };

/* The server's response; after a success, only status and date. */
struct shelflife_kube_reply {
    int status;      /* of HTTP; 0: no response */
    int64_t date;    /* seconds since the epoch, by the server's clock; 0: not sent */
    char reason[64]; /* of its Status object: "NotFound", "Conflict", "Expired" …, or "" */
    char continue_token[SHELFLIFE_KUBE_CONTINUE_MAX]; /* offered by a Status, or "" */
};

/*
 * Sends a request. True if the response is a success (2xx) and complete. Retried are 429; for GET and PATCH
 * also 500, 502, 503, 504 and broken connections; for other methods 500, 502, 503 and 504 if the server sends
 * Retry-After. While a request waits for a Retry-After, all clients of the cluster wait. 401 renews the
 * credentials once.
 */
bool shelflife_kube_request(struct shelflife_kube_client *client,
                            const struct shelflife_kube_request *request, struct shelflife_kube_reply *reply,
                            error *err);

/* GET into a buffer, within its limit. */
bool shelflife_kube_get(struct shelflife_kube_client *client, str path, buffer *body,
                        struct shelflife_kube_reply *reply, error *err);

/* ---- Lists ---- */

struct shelflife_kube_list {
    str path;
    const struct shelflife_kube_query *query; /* labelSelector, fieldSelector; not limit, not continue */
    size_t query_count;
    unsigned limit;     /* objects in a page; 0: 500 */
    const char *accept; /* NULL: application/json */
};

enum shelflife_kube_list_event {
    SHELFLIFE_KUBE_PAGE_START, /* bytes of a page follow */
    SHELFLIFE_KUBE_PAGE_BYTES,
    SHELFLIFE_KUBE_PAGE_END,   /* the page is complete */
    SHELFLIFE_KUBE_PAGE_AGAIN, /* it failed: discard what came since PAGE_START; a PAGE_START follows */
    SHELFLIFE_KUBE_RESTART,    /* discard all pages: the list begins again */
};

struct shelflife_kube_page {
    unsigned number;   /* from 0 */
    int64_t remaining; /* at PAGE_END: the server's estimate of the objects after this page; -1: unknown */
    bool last;         /* at PAGE_END */
    bool inconsistent; /* the list's token expired: this page is of a later state than the first */
    char version[SHELFLIFE_KUBE_VERSION_MAX]; /* at PAGE_END: the list's resourceVersion, or "" */
};

/* False ends the list with the error in *err, except that an INPUT error, for a page of invalid JSON,
   requests the page again, a few times. `bytes` only with PAGE_BYTES. PAGE_AGAIN cannot fail: its err is
   NULL. */
typedef bool shelflife_kube_list_handler(void *context, enum shelflife_kube_list_event event,
                                         const struct shelflife_kube_page *page, str bytes, error *err);

/*
 * Reads a list in pages. After an expired continue token (410), the list continues at the same place if the
 * server offers a new token; otherwise it begins again, a few times. *reply is of the last request.
 */
bool shelflife_kube_list(struct shelflife_kube_client *client, const struct shelflife_kube_list *list,
                         shelflife_kube_list_handler *handler, void *context,
                         struct shelflife_kube_reply *reply, error *err);

/* ---- Watches ---- */

enum shelflife_kube_change { SHELFLIFE_KUBE_ADDED, SHELFLIFE_KUBE_MODIFIED, SHELFLIFE_KUBE_DELETED };

enum { SHELFLIFE_KUBE_EVENT_MAX = 64 << 20 /* bytes of one event */ };

/*
 * A list that is read, and then watched. An event of a watch comes as begin(), its bytes, which are one JSON
 * value, {"type": …, "object": {…}}, and end(). If the connection breaks within an event, a begin() follows,
 * and what came before is to be discarded. Handlers return false with an error to end all; after an INPUT
 * error, though, the list is read again.
 */
struct shelflife_kube_follow {
    struct shelflife_kube_list list;
    shelflife_kube_list_handler *page; /* as of shelflife_kube_list() */
    void (*begin)(void *context);
    bool (*bytes)(void *context, str bytes, error *err);
    bool (*end)(void *context, enum shelflife_kube_change change, error *err);
    /* The list is complete (NULL), or it, or the watch, failed and is tried again after a wait. */
    void (*state)(void *context, const error *why);
    void *context;
};

/*
 * Follows a list until the client's cluster is cancelled: then true. The watch continues where it ended, at
 * the resourceVersion of the last event or bookmark; if the server no longer has that (410), the list is read
 * again. Failures that may pass are waited out, at most 30 s at a time. False with *reply if the server
 * refuses (400 to 405), or with the error of a handler.
 */
bool shelflife_kube_follow(struct shelflife_kube_client *client, const struct shelflife_kube_follow *follow,
                           struct shelflife_kube_reply *reply, error *err);

/* The reader of a watch, which takes bytes in chunks of any size. */
struct shelflife_kube_watch;
struct shelflife_kube_watch *shelflife_kube_watch_new(const struct shelflife_kube_follow *follow, error *err);
void shelflife_kube_watch_free(struct shelflife_kube_watch *watch); /* NULL is fine */

/* Starts a response. */
void shelflife_kube_watch_reset(struct shelflife_kube_watch *watch);

/* INPUT for what is not an event, LIMIT for one that is too long, IO if the server reported an error. */
bool shelflife_kube_watch_feed(struct shelflife_kube_watch *watch, str bytes, error *err);

/* The resourceVersion of the last event, or ""; and whether the server said that it has no such version. */
const char *shelflife_kube_watch_version(const struct shelflife_kube_watch *watch);
bool shelflife_kube_watch_expired(const struct shelflife_kube_watch *watch);

/* ---- Discovery ---- */

struct shelflife_kube_resource {
    const char *group, *version, *kind,
        *name; /* "apps", "v1", "Deployment", "deployments"; group may be "" */
    bool namespaced, can_list;
};

/* Writes the name of a resource as kubectl knows it: "deployments.apps", or "pods" of the core group. It is
   cut if there is no room. Returns `name`. */
enum { SHELFLIFE_KUBE_RESOURCE_NAME_MAX = 512 }; /* bytes, with the NUL */
const char *shelflife_kube_resource_name(const struct shelflife_kube_resource *resource,
                                         char name[SHELFLIFE_KUBE_RESOURCE_NAME_MAX]);

/* A group and version that could not be read: an extension's server is down, or access is forbidden. They
   are asked for once, since an extension can be down for long. */
struct shelflife_kube_gap {
    const char *group, *group_version, *why;
};

struct shelflife_kube_resources {
    arena memory;
    struct shelflife_kube_resource *items; /* without subresources; owned */
    size_t count, capacity;
    struct shelflife_kube_gap *gaps; /* owned */
    size_t gap_count, gap_capacity;
};

/* Finds each resource once, in its group's preferred version, or else in the first that has it. A group that
   cannot be read is a gap. False if the server's own lists (/api/v1, /apis) cannot be read, or the server is
   unreachable. On success the caller frees *out. */
bool shelflife_kube_discover(struct shelflife_kube_client *client, struct shelflife_kube_resources *out,
                             error *err);
void shelflife_kube_resources_free(struct shelflife_kube_resources *resources);

/* The list of CustomResourceDefinitions. They contain schemas and are large: use small pages. */
#define SHELFLIFE_KUBE_CRDS_PATH STR("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")

/* ---- Writing ---- */

/* Server-side apply of a JSON or YAML object as `manager`; `force` takes fields from other managers. */
bool shelflife_kube_apply(struct shelflife_kube_client *client, str path, str object, const char *manager,
                          bool force, struct shelflife_kube_reply *reply, error *err);

/* POST of a JSON object to the path of its list. */
bool shelflife_kube_create(struct shelflife_kube_client *client, str path, str object,
                           struct shelflife_kube_reply *reply, error *err);

/* PUT; the object's metadata.resourceVersion is the precondition (reply->status 409 if it changed). */
bool shelflife_kube_update(struct shelflife_kube_client *client, str path, str object,
                           struct shelflife_kube_reply *reply, error *err);

/* DELETE, if uid and resourceVersion are still these (empty: any); otherwise 409. */
bool shelflife_kube_delete(struct shelflife_kube_client *client, str path, str uid, str resource_version,
                           struct shelflife_kube_reply *reply, error *err);

#endif
