#include "registry/transport.h"

#include "net/retry.h"
#include "registry/exchange.h"
#include "registry/sent.h"

enum {
    REDIRECTS = 5,
    AUTHORIZATIONS = 4, /* without, with a kept token, with a new one, and again for another scope */
    URL_MAX = 64 << 10,
};

/* ---- Redirects ---- */

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool next_url(struct shelflife_registry_client *client, const char *from, buffer *url, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer next;
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    shelflife_buffer_init(&next, URL_MAX);
    if (!shelflife_net_url_resolve(from, shelflife_registry_field(client, "location"), &next))
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                              "%s: the registry redirects (HTTP status %d) to something else than a URL",
                              shelflife_net_url_shown(from, shown), client->last.status);
    shelflife_buffer_byte(&next, '\0');
    if (next.failed ||
        !shelflife_registry_check_url(client->registry, from, next.at, "to follow a redirect to", err))
        return next.failed ? shelflife_fail_memory(err) : false;
    shelflife_buffer_reset(url);
    shelflife_buffer_append(url, shelflife_buffer_str(&next));
    return !url->failed || shelflife_fail_memory(err);
}

/* What is sent to a host that the endpoint redirects to: nothing that is for the endpoint alone. */
static void make_anonymous(struct shelflife_registry_exchange *x, size_t own_fields)
{
    x->token = x->user = x->password = NULL;
    x->peer.certificate_file = x->peer.key_file = NULL;
    x->peer.insecure = false;
    x->fields += own_fields;
    x->field_count -= own_fields;
}

/* ---- An endpoint ---- */

/* A request to an endpoint, with what is sent as Authorization. */
struct attempt {
    struct shelflife_registry_client *client;
    struct shelflife_registry_host *host;
    struct shelflife_registry_endpoint *endpoint;
    const struct shelflife_registry_call *call;
    struct shelflife_registry_authorization authorization;
    bool elsewhere; /* the last answer was another host's: what it asks for is not for the registry */
    buffer url;
};

static bool write_url(struct attempt *a, bool https, error *err)
{
    const struct shelflife_registry_endpoint *e = a->endpoint;
    const struct shelflife_registry_call *call = a->call;
    shelflife_buffer_reset(&a->url);
    if (call->url) {
        shelflife_buffer_append(&a->url, shelflife_str_of(call->url));
    } else {
        shelflife_buffer_format(&a->url, "%s://%.*s%.*s/%.*s%s", https ? "https" : "http",
                                STR_PRINT(e->authority), STR_PRINT(e->path), STR_PRINT(call->repository),
                                call->path);
        if (e->mirror) {
            shelflife_buffer_append(&a->url, strchr(call->path, '?') ? STR("&ns=") : STR("?ns="));
            shelflife_net_url_encode(&a->url, a->host->name);
        }
    }
    shelflife_buffer_byte(&a->url, '\0');
    return !a->url.failed || shelflife_fail_memory(err);
}

/* Whether a URL that the registry gave is at the endpoint. */
static bool is_own(const struct attempt *a)
{
    const char *own = shelflife_registry_endpoint_url(a->endpoint, &a->client->secrets);
    return own && shelflife_registry_same_origin(own, a->call->url);
}

static void begin_body(const struct attempt *a)
{
    if (a->call->begin)
        a->call->begin(a->call->context);
}

/* The fields of the endpoint, then those of the call, which also go where it redirects to. */
static struct shelflife_registry_exchange make_exchange(const struct attempt *a,
                                                        struct shelflife_net_http_header *fields)
{
    const struct shelflife_registry_endpoint *e = a->endpoint;
    const struct shelflife_registry_call *call = a->call;
    const struct shelflife_registry_authorization *auth = &a->authorization;
    size_t n = e->field_count;
    shelflife_copy(fields, e->fields, n * sizeof(*fields));
    if (call->accept)
        fields[n++] = (struct shelflife_net_http_header){"Accept", shelflife_str_of(call->accept)};
    struct shelflife_registry_exchange x = {.method = call->method,
                                            .url = a->url.at,
                                            .peer = e->peer,
                                            .fields = fields,
                                            .field_count = n,
                                            .token = auth->token.at,
                                            .user = auth->user.at,
                                            .password = auth->password.at,
                                            .body = call->body,
                                            .content_type = call->content_type,
                                            .most = call->most,
                                            .sink = call->sink,
                                            .context = call->context};
    x.peer.allow_http = true; /* checked by us */
    if (!x.peer.ca_file && !x.peer.ca_pem.len)
        x.peer.ca_file = a->client->registry->options.ca_file;
    return x;
}

static bool exchange_with_redirects(struct attempt *a, error *err)
{
    struct shelflife_registry_client *client = a->client;
    struct shelflife_net_http_header fields[SHELFLIFE_REGISTRY_FIELDS_MAX + 1];
    struct shelflife_registry_exchange x = make_exchange(a, fields);
    CLEANUP(shelflife_buffer_free) buffer first;
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    bool get = a->call->method == SHELFLIFE_NET_HTTP_GET || a->call->method == SHELFLIFE_NET_HTTP_HEAD;
    bool anonymous = a->call->url && !is_own(a);
    shelflife_buffer_init(&first, URL_MAX);
    shelflife_buffer_append(&first, shelflife_buffer_str(&a->url));
    if (first.failed)
        return shelflife_fail_memory(err);
    if (anonymous) {
        make_anonymous(&x, a->endpoint->field_count);
        x.refused_places = SHELFLIFE_NET_PLACES_OWN & ~atomic_load(&a->endpoint->place);
    }
    for (unsigned hops = 0;; hops++) {
        begin_body(a);
        a->elsewhere = anonymous;
        x.url = a->url.at;
        if (!shelflife_registry_exchange(client, &x, err))
            return false;
        if (hops == 0 && !anonymous) {
            atomic_store(&a->endpoint->place, (unsigned)x.place);
            x.refused_places = SHELFLIFE_NET_PLACES_OWN & ~(unsigned)x.place;
        }
        if (!get || !is_redirect(client->last.status))
            return true;
        if (hops == REDIRECTS)
            return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s: more than %d redirects",
                                  shelflife_net_url_shown(first.at, shown), REDIRECTS);
        if (!next_url(client, a->url.at, &a->url, err))
            return false;
        /* Once it was elsewhere, a redirect back is not ours any more. */
        if (!anonymous && !shelflife_registry_same_origin(first.at, a->url.at)) {
            make_anonymous(&x, a->endpoint->field_count);
            anonymous = true;
        }
    }
}

/* To a host that may be asked in both ways: HTTPS if plain HTTP is not what it speaks. */
static bool exchange_either(struct attempt *a, error *err)
{
    struct shelflife_registry_client *client = a->client;
    error other;
    if (!write_url(a, false, err))
        return false;
    bool ok = exchange_with_redirects(a, err);
    if (client->last.status && client->last.status != 400) {
        atomic_store(&a->endpoint->scheme, SHELFLIFE_REGISTRY_HTTP);
        return ok;
    }
    const struct shelflife_registry_failure before = client->last;
    if (!write_url(a, true, err))
        return false;
    bool second = exchange_with_redirects(a, &other);
    bool is_https = client->last.status != 0;
    if (is_https)
        atomic_store(&a->endpoint->scheme, SHELFLIFE_REGISTRY_HTTPS);
    /* It also speaks HTTPS if its certificate is what is wrong. */
    if (is_https || (!second && !client->last.transient)) {
        if (!second && err)
            *err = other;
        return second;
    }
    client->last = before;
    return ok;
}

static bool exchange(struct attempt *a, error *err)
{
    int scheme = atomic_load(&a->endpoint->scheme);
    if (a->call->url || scheme != SHELFLIFE_REGISTRY_EITHER)
        return write_url(a, scheme == SHELFLIFE_REGISTRY_HTTPS, err) && exchange_with_redirects(a, err);
    return exchange_either(a, err);
}

static bool fail_authorization(struct attempt *a, error *err)
{
    const struct shelflife_registry_authorization *auth = &a->authorization;
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX], said[SHELFLIFE_REGISTRY_SAID_MAX];
    shelflife_registry_said(a->client, said);
    shelflife_net_url_shown(a->url.at, shown);
    a->client->last = (struct shelflife_registry_failure){.status = 401};
    if (auth->origin.len)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO,
                              "%s: the registry refused the credentials of %.*s, or they may not read this "
                              "repository (HTTP status 401%s)",
                              shown, STR_PRINT(auth->origin), said);
    return shelflife_fail(
        err, SHELFLIFE_ERROR_IO,
        "%s: the registry wants credentials, and there are none for it, or there is no such "
        "repository (HTTP status 401%s)",
        shown, said);
}

/* Sends it, and answers what the registry asks for with a 401. */
static bool send_authorized(struct attempt *a, error *err)
{
    struct shelflife_registry_client *client = a->client;
    struct shelflife_registry_authorization *auth = &a->authorization, refused = {0};
    shelflife_arena_reset(&client->secrets);
    for (unsigned i = 0;; i++) {
        /* What was made for this request and refused would be refused again. */
        str tried = refused.kept ? (str){0} : refused.key;
        if (!shelflife_registry_authorize(client, a->host, a->endpoint, a->call->repository, tried, i > 1,
                                          auth, err))
            return false;
        bool nothing = auth->token.len == 0 && auth->user.len == 0;
        if (i > 0 && (nothing || i == AUTHORIZATIONS))
            return fail_authorization(a, err);
        if (!exchange(a, err))
            return false;
        if (client->last.status != 401 || a->elsewhere)
            return true;
        refused = *auth;
        shelflife_registry_tokens_drop(&client->registry->tokens, auth->key);
        if (!shelflife_registry_learn(client, a->endpoint, a->call->repository, err))
            return false;
    }
}

static bool send_once(struct attempt *a, error *err)
{
    int status;
    if (!send_authorized(a, err))
        return false;
    status = a->client->last.status;
    bool get = a->call->method == SHELFLIFE_NET_HTTP_GET || a->call->method == SHELFLIFE_NET_HTTP_HEAD;
    if (get ? status == 200 : shelflife_registry_is_success(status))
        return !a->call->end || a->call->end(a->call->context, a->client, err);
    return shelflife_registry_refused(a->client, a->url.at, err);
}

/* `only`: if it cannot be reached, there is no other to ask. */
static bool send_with_retries(struct shelflife_registry_client *client, struct shelflife_registry_host *host,
                              struct shelflife_registry_endpoint *endpoint,
                              const struct shelflife_registry_call *call, bool only, error *err)
{
    struct attempt a = {.client = client, .host = host, .endpoint = endpoint, .call = call};
    uint64_t time = shelflife_clock_now();
    struct shelflife_net_retry retry = {
        .policy = {.budget = client->deadline > time ? client->deadline - time : 1},
        .clock = &shelflife_clock_system};
    bool ok;
    shelflife_buffer_init(&a.url, URL_MAX);
    a.url.secret = true; /* a redirect to a blob has a key in its query */
    shelflife_net_retry_start(&retry);
    for (;;) {
        ok = send_once(&a, err);
        char wait[64];
        snprintf(wait, sizeof(wait), "%.*s", STR_PRINT(shelflife_registry_field(client, "retry-after")));
        if (ok || !client->last.transient || (client->last.status == 0 && !only) ||
            !shelflife_net_retry_wait(&retry, wait, client->registry->options.cancel))
            break;
    }
    shelflife_buffer_free(&a.url);
    if (!ok)
        shelflife_registry_sent_hide(&client->sent, err);
    return ok;
}

bool shelflife_registry_send_to(struct shelflife_registry_client *client,
                                struct shelflife_registry_host *host,
                                struct shelflife_registry_endpoint *endpoint,
                                const struct shelflife_registry_call *call, error *err)
{
    return send_with_retries(client, host, endpoint, call, host->count == 1, err);
}

/* ---- All endpoints ---- */

/* Those that may be asked, a bit for each. */
static uint32_t capable_of(const struct shelflife_registry_host *host,
                           const struct shelflife_registry_call *call)
{
    uint32_t capable = 0;
    for (size_t i = 0; i < host->count; i++)
        if ((host->endpoints[i]->may & call->may) == call->may)
            capable |= UINT32_C(1) << i;
    return capable;
}

bool shelflife_registry_send(struct shelflife_registry_client *client, struct shelflife_registry_host *host,
                             const struct shelflife_registry_call *call, error *err)
{
    uint32_t left = capable_of(host, call);
    if (!left)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "no host in hosts.toml has the capabilities that this needs");
    /* First those that could be reached, then the others. */
    for (unsigned down = 0; down < 2; down++) {
        for (size_t i = 0; i < host->count; i++) {
            struct shelflife_registry_endpoint *e = host->endpoints[i];
            if (!(left & UINT32_C(1) << i) || (down == 0 && shelflife_registry_endpoint_is_down(e)))
                continue;
            left &= ~(UINT32_C(1) << i);
            if (send_with_retries(client, host, e, call, !left, err))
                return true;
            if (client->last.status == 0 && host->count > 1)
                shelflife_registry_endpoint_failed(e);
        }
    }
    return false;
}
