#include "kube/kube.h"

#include "kube/budget.h"
#include "kube/identity.h"
#include "kube/status.h"
#include "net/url.h"

enum {
    URL_MAX = 64 * 1024,
    FAILURE_MAX = 64 * 1024, /* of the body of an unsuccessful response */
};

static const uint64_t body_max = 2ULL << 30;

struct shelflife_kube {
    const struct shelflife_kube_config *config;
    struct shelflife_kube_options options; /* with defaults filled in */
    struct shelflife_kube_identity identity;
    struct shelflife_kube_budget budget;
};

struct shelflife_kube_client {
    struct shelflife_kube *kube;
    struct shelflife_net_http_client *http;
    struct shelflife_kube_lease lease;
    struct shelflife_net_http_header *headers; /* Accept, then those of the configuration */
    buffer url;
};

/* One attempt at a request. */
struct attempt {
    const struct shelflife_kube_request *request;
    struct shelflife_net_http_response response;
    buffer failure; /* the body of an unsuccessful response */
    bool delivered; /* the sink received bytes */
    error why;
};

/* ---- Opening ---- */

static struct shelflife_kube_options with_defaults(const struct shelflife_kube_options *given,
                                                   const struct shelflife_kube_config *config)
{
    struct shelflife_kube_options o = given ? *given : (struct shelflife_kube_options){0};
    if (config->request_ms)
        o.limits.total_ms = config->request_ms;
    if (!o.requests_second)
        o.requests_second = 200;
    if (!o.burst)
        o.burst = 400;
    if (!o.limits.body_bytes)
        o.limits.body_bytes = body_max;
    if (!o.clock)
        o.clock = &shelflife_clock_system;
    return o;
}

struct shelflife_kube *shelflife_kube_open(const struct shelflife_kube_config *config,
                                           const struct shelflife_kube_options *options, error *err)
{
    struct shelflife_kube *kube = calloc(1, sizeof(*kube));
    if (!kube) {
        shelflife_fail_memory(err);
        return NULL;
    }
    kube->config = config;
    kube->options = with_defaults(options, config);
    shelflife_kube_identity_init(&kube->identity, config, &kube->options);
    shelflife_kube_budget_init(&kube->budget, &kube->options);
    return kube;
}

void shelflife_kube_close(struct shelflife_kube *kube)
{
    if (!kube)
        return;
    shelflife_kube_identity_free(&kube->identity);
    shelflife_kube_budget_free(&kube->budget);
    free(kube);
}

static bool prepare(struct shelflife_kube_client *client, struct shelflife_kube *kube)
{
    const struct shelflife_kube_config *c = kube->config;
    client->kube = kube;
    shelflife_buffer_init(&client->url, URL_MAX);
    client->headers = calloc(1 + c->impersonate_count, sizeof(*client->headers));
    client->http = shelflife_net_http_client_new(NULL);
    if (!client->headers || !client->http)
        return false;
    client->headers[0].name = "Accept";
    if (c->impersonate_count)
        memcpy(client->headers + 1, c->impersonate, c->impersonate_count * sizeof(*client->headers));
    return true;
}

struct shelflife_kube_client *shelflife_kube_client_new(struct shelflife_kube *kube, error *err)
{
    struct shelflife_kube_client *client = calloc(1, sizeof(*client));
    if (client && prepare(client, kube))
        return client;
    shelflife_kube_client_free(client);
    shelflife_fail_memory(err);
    return NULL;
}

void shelflife_kube_client_free(struct shelflife_kube_client *client)
{
    if (!client)
        return;
    shelflife_net_http_client_free(client->http);
    shelflife_kube_credential_free(&client->lease.credential);
    shelflife_buffer_free(&client->url);
    free(client->headers);
    free(client);
}

const struct shelflife_kube_options *shelflife_kube_client_options(const struct shelflife_kube_client *client)
{
    return &client->kube->options;
}

/* ---- One attempt ---- */

static bool make_url(struct shelflife_kube_client *client, const struct shelflife_kube_request *r, error *err)
{
    buffer *url = &client->url;
    shelflife_buffer_reset(url);
    shelflife_buffer_append(url, shelflife_str_of(client->kube->config->server));
    shelflife_buffer_append(url, r->path);
    for (size_t i = 0; i < r->query_count; i++) {
        shelflife_buffer_byte(url, i ? '&' : '?');
        shelflife_net_url_encode(url, shelflife_str_of(r->query[i].name));
        shelflife_buffer_byte(url, '=');
        shelflife_net_url_encode(url, r->query[i].value);
    }
    shelflife_buffer_byte(url, '\0');
    return !url->failed || shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                                          "the URL of a request is longer than %d bytes", URL_MAX);
}

static bool on_bytes(void *context, const struct shelflife_net_http_response *response, str bytes, error *err)
{
    struct attempt *a = context;
    const struct shelflife_kube_request *r = a->request;
    if (response->status / 100 == 2) {
        a->delivered = r->sink != NULL;
        return !r->sink || r->sink(r->context, bytes, err);
    }
    shelflife_buffer_append(&a->failure, shelflife_str_first(bytes, FAILURE_MAX - a->failure.len));
    return true;
}

static struct shelflife_net_http_peer peer_of(const struct shelflife_kube_client *client)
{
    const struct shelflife_kube_credential *lent = &client->lease.credential;
    struct shelflife_net_http_peer peer = client->kube->config->peer;
    if (lent->certificate) {
        peer.certificate_pem = shelflife_str_of(lent->certificate);
        peer.key_pem = shelflife_str_of(lent->key);
    }
    return peer;
}

static bool attempt_once(struct shelflife_kube_client *client, struct attempt *a,
                         struct shelflife_kube_reply *reply)
{
    const struct shelflife_kube_request *r = a->request;
    const struct shelflife_kube *kube = client->kube;
    const struct shelflife_kube_credential *lent = &client->lease.credential;
    const struct shelflife_net_http_peer peer = peer_of(client);
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    client->headers[0].value = shelflife_str_of(r->accept ? r->accept : "application/json");
    const struct shelflife_net_http_request request = {
        .method = r->method,
        .url = client->url.at,
        .peer = &peer,
        .headers = client->headers,
        .header_count = 1 + kube->config->impersonate_count,
        .bearer_token = lent->token ? lent->token : kube->config->token,
        .user = kube->config->user,
        .password = kube->config->password,
        .body = r->body,
        .content_type = r->content_type,
        .no_compression = kube->config->no_compression,
        .limits = r->limits ? *r->limits : kube->options.limits,
        .cancel = kube->options.cancel,
        .sink = on_bytes,
        .context = a,
    };
    shelflife_buffer_reset(&a->failure);
    a->delivered = false;
    bool complete = shelflife_net_http_perform(client->http, &request, &a->response, &a->why);
    *reply = (struct shelflife_kube_reply){.status = a->response.status};
    if (a->response.date[0])
        shelflife_net_http_date(a->response.date, &reply->date);
    if (!complete)
        return false;
    return a->response.status / 100 == 2 ||
           shelflife_kube_status_fail(reply, shelflife_net_http_method_name(r->method),
                                      shelflife_net_url_shown(client->url.at, shown),
                                      shelflife_buffer_str(&a->failure), &a->why);
}

/* ---- Retries ---- */

static bool may_repeat(const struct attempt *a)
{
    const struct shelflife_kube_request *r = a->request;
    /* These are idempotent. */
    bool idempotent = r->method == SHELFLIFE_NET_HTTP_GET || r->method == SHELFLIFE_NET_HTTP_PATCH;
    int status = a->response.status;
    if (a->delivered && !r->again)
        return false;
    if (a->response.transient)
        return idempotent;
    return status == 429 || (!r->once && shelflife_net_http_status_transient(status) &&
                             (idempotent || a->response.retry_after[0]));
}

/* Waits for the next attempt; false if there is none. */
static bool wait_for_next(struct shelflife_kube *kube, struct shelflife_net_retry *retry,
                          const struct attempt *a)
{
    const struct shelflife_clock *clock = kube->options.clock;
    uint64_t wait;
    if (!shelflife_net_retry_next(retry, a->response.retry_after, &wait))
        return false;
    if (a->response.retry_after[0])
        shelflife_kube_budget_pause(&kube->budget, wait);
    if (!clock->sleep(clock->context, wait, kube->options.cancel))
        return false;
    if (a->delivered)
        a->request->again(a->request->context);
    return true;
}

static bool attempt_all(struct shelflife_kube_client *client, struct attempt *a,
                        struct shelflife_kube_reply *reply)
{
    struct shelflife_kube *kube = client->kube;
    struct shelflife_net_retry retry = {.policy = kube->options.retry, .clock = kube->options.clock};
    bool renewed = false;
    shelflife_net_retry_start(&retry);
    for (;;) {
        if (!shelflife_kube_budget_take(&kube->budget))
            return shelflife_fail(&a->why, SHELFLIFE_ERROR_IO, "cancelled");
        if (attempt_once(client, a, reply))
            return true;
        if (reply->status == 401 && !renewed && shelflife_kube_identity_renewable(&kube->identity)) {
            renewed = true;
            if (!shelflife_kube_identity_lease(&kube->identity, &client->lease, true, &a->why))
                return false;
        } else if (!may_repeat(a) || !wait_for_next(kube, &retry, a)) {
            return false;
        }
    }
}

static void cleanup_attempt(struct attempt *a)
{
    shelflife_buffer_free(&a->failure);
}

bool shelflife_kube_request(struct shelflife_kube_client *client,
                            const struct shelflife_kube_request *request, struct shelflife_kube_reply *reply,
                            error *err)
{
    CLEANUP(cleanup_attempt) struct attempt a = {.request = request, .failure.limit = FAILURE_MAX};
    *reply = (struct shelflife_kube_reply){0};
    if (!shelflife_str_starts(request->path, STR("/")))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "an API path must begin with \"/\"");
    if (!make_url(client, request, err) ||
        !shelflife_kube_identity_lease(&client->kube->identity, &client->lease, false, err))
        return false;
    bool ok = attempt_all(client, &a, reply);
    if (!ok && err)
        *err = a.why;
    return ok;
}

static bool collect(void *context, str bytes, error *err)
{
    return shelflife_net_http_collect(context, NULL, bytes, err);
}

static void collect_again(void *context)
{
    shelflife_buffer_reset(context);
}

bool shelflife_kube_get(struct shelflife_kube_client *client, str path, buffer *body,
                        struct shelflife_kube_reply *reply, error *err)
{
    const struct shelflife_kube_request request = {
        .path = path, .sink = collect, .again = collect_again, .context = body};
    return shelflife_kube_request(client, &request, reply, err);
}
