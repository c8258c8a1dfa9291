/*
 * A client of the Kubernetes API: requests with retries under a budget, lists in pages, discovery, and
 * writing. A cluster is opened once and shared; each thread has a client of its own (a client holds
 * connections, and serves one thread at a time).
 *
 * Errors name what was asked ("GET https://…/api/v1/pods: 403 Forbidden: …"). Their kinds: IO when
 * the server could not be reached or refused, INPUT when it answered nonsense or found our object invalid,
 * LIMIT, and USAGE when credentials are set up wrong. What the server said is in the reply.
 */
#ifndef SHELFLIFE_KUBE_KUBE_H
#define SHELFLIFE_KUBE_KUBE_H

#include "base/base.h"
#include "kube/config.h"
#include "net/net.h"
#include "net/retry.h"

/* 0 means the default in brackets; NULL what is said there. */
struct shelflife_kube_options {
    unsigned requests_second;            /* of all clients together, on average [200] */
    unsigned burst;                      /* so many may come at once [400] */
    struct shelflife_retry_policy retry; /* of one request */
    struct shelflife_http_limits limits; /* of one request [as in net.h, but bodies up to 2 GiB] */
    unsigned exec_ms;                    /* how long an exec plugin may take [60 s, on a terminal 5 min] */
    const atomic_bool *cancel;           /* NULL: never */
    const struct shelflife_clock *clock; /* NULL: the real one */
};

/* A cluster: configuration, credentials as they are renewed, the request budget. Safe to share between
   threads. `config` is borrowed until close. */
struct shelflife_kube;
struct shelflife_kube *shelflife_kube_open(const struct shelflife_kube_config *config,
                                           const struct shelflife_kube_options *options, error *err);
void shelflife_kube_close(struct shelflife_kube *kube); /* NULL is fine */

struct shelflife_kube_client;
struct shelflife_kube_client *shelflife_kube_client_new(struct shelflife_kube *kube, error *err);
void shelflife_kube_client_free(struct shelflife_kube_client *client); /* NULL is fine; before close */

/* ---- Requests ---- */

/* What is asked for. Empty: no such part. All parts are percent-encoded into the path. */
struct shelflife_kube_target {
    str group, version; /* group "" is the core's, /api/v1 */
    str namespace;      /* "": all, or none for what has no namespace */
    str resource;       /* "pods" */
    str name, subresource;
};

/* Appends "/apis/apps/v1/namespaces/team-a/deployments/web"; as much of it as there are parts. USAGE if a
   part is "." or "..", or one that others need is missing. */
bool shelflife_kube_path(buffer *out, const struct shelflife_kube_target *target, error *err);

struct shelflife_kube_query {
    const char *name;
    str value; /* encoded here */
};

/* Takes bytes of a body. False ends the request with the error left in *err. */
typedef bool shelflife_kube_sink(void *context, str bytes, error *err);

struct shelflife_kube_request {
    enum shelflife_http_method method;
    str path; /* encoded, as shelflife_kube_path() makes it */
    const struct shelflife_kube_query *query;
    size_t query_count;
    const char *accept; /* NULL: application/json */
    const char *content_type;
    str body;
    /* Takes the body of a success only. NULL: dropped. A request that has handed bytes on and then broke
       off is done again only if `again` is there to hear that those bytes are void. */
    shelflife_kube_sink *sink;
    void (*again)(void *context);
    void *context;
};

enum { SHELFLIFE_KUBE_CONTINUE_MAX = 4096 };

/* What the server said; after a success, the status alone. */
struct shelflife_kube_reply {
    int status;      /* HTTP's; 0: it said nothing */
    int64_t date;    /* seconds since the epoch, by its clock; 0: it did not say */
    char reason[64]; /* "NotFound", "Conflict", "Expired" … of its Status object, or "" */
    char continue_token[SHELFLIFE_KUBE_CONTINUE_MAX]; /* a Status may offer one; or "" */
};

/*
 * Does a request. True if the answer is a success (2xx) and came whole. 429 is asked again, and so are
 * 500, 502, 503 and 504 and broken connections of GET and PATCH, and of the others if the server names a
 * Retry-After; while one waits so, all clients of the cluster wait. 401 renews credentials once.
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
    SHELFLIFE_KUBE_PAGE_END,   /* it is whole: count it */
    SHELFLIFE_KUBE_PAGE_AGAIN, /* it broke: drop what came since PAGE_START; a PAGE_START follows */
    SHELFLIFE_KUBE_RESTART,    /* drop all pages: the list begins again */
};

struct shelflife_kube_page {
    unsigned number;   /* from 0 */
    int64_t remaining; /* objects after this page, by the server's estimate, told at PAGE_END; -1: not told */
    bool last;         /* told at PAGE_END */
    bool inconsistent; /* the list's token expired: this page shows a later state than the first */
};

/* False ends the list with the error left in *err; but INPUT, for a page that is no whole JSON, asks for
   the page again, a few times. `bytes` only with PAGE_BYTES. PAGE_AGAIN cannot fail: err is NULL then. */
typedef bool shelflife_kube_list_handler(void *context, enum shelflife_kube_list_event event,
                                         const struct shelflife_kube_page *page, str bytes, error *err);

/*
 * Reads a list in pages. An expired continue token (410) goes on where it was if the server offers so, each
 * object once; else the list begins again, a few times. *reply is of the last request.
 */
bool shelflife_kube_list(struct shelflife_kube_client *client, const struct shelflife_kube_list *list,
                         shelflife_kube_list_handler *handler, void *context,
                         struct shelflife_kube_reply *reply, error *err);

/* ---- Discovery ---- */

struct shelflife_kube_resource {
    const char *group, *version, *kind,
        *name; /* "apps", "v1", "Deployment", "deployments"; group may be "" */
    bool namespaced, can_list;
};

/* A group and version that could not be asked: an extension's server is down, or it is forbidden. */
struct shelflife_kube_gap {
    const char *group_version, *why;
};

struct shelflife_kube_resources {
    arena memory;
    struct shelflife_kube_resource *items; /* subresources left out; owned */
    size_t count, capacity;
    struct shelflife_kube_gap *gaps; /* owned */
    size_t gap_count, gap_capacity;
};

/* Each resource once, in its group's preferred version, or the first other that has it. A group that
   cannot be read is a gap; false if the server's own lists (/api/v1, /apis) cannot, or it is not there any
   more. On success the caller frees *out. */
bool shelflife_kube_discover(struct shelflife_kube_client *client, struct shelflife_kube_resources *out,
                             error *err);
void shelflife_kube_resources_free(struct shelflife_kube_resources *resources);

/* CustomResourceDefinitions, with their schemas, are a list like any other; they are large: ask for few in
   a page. */
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

/* DELETE, only if uid and resourceVersion are these still (empty: whatever they are); 409 if not. */
bool shelflife_kube_delete(struct shelflife_kube_client *client, str path, str uid, str resource_version,
                           struct shelflife_kube_reply *reply, error *err);

#endif
