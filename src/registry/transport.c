#include "registry/transport.h"

#include <strings.h>

#include "net/retry.h"
#include "json/document.h"

enum {
    CONNECT_MS = 10000,
    SLOW_SECONDS = 20,
    REDIRECTS = 5,
    AUTHORIZATIONS = 4, /* without, with a kept token, with a new one, and again for another scope */
    URL_MAX = 64 << 10,
    DOWN_MS = 30000, /* how long an endpoint that could not be reached is asked last */
    SHOWN_MAX = 256, /* bytes of what a registry says about an error */
};

static uint64_t now(void)
{
    return shelflife_clock_system.milliseconds(shelflife_clock_system.context);
}

str shelflife_registry_field(const struct shelflife_registry_client *client, const char *name)
{
    str lines = shelflife_buffer_str(&client->header_lines), value;
    return shelflife_net_http_next_field(&lines, name, &value) ? value : (str){0};
}

/* ---- URLs ---- */

/* "host[:port]" of a URL, with the port that its scheme stands for if it has none. */
static bool origin_of(const char *url, bool *https, str *host, str *port)
{
    *https = strncasecmp(url, "https:", 6) == 0;
    if (!shelflife_net_url_host(shelflife_str_of(url), host, port))
        return false;
    if (port->len == 0)
        *port = *https ? STR("443") : STR("80");
    return true;
}

bool shelflife_registry_same_origin(const char *a, const char *b)
{
    str host[2], port[2];
    bool https[2];
    return origin_of(a, &https[0], &host[0], &port[0]) && origin_of(b, &https[1], &host[1], &port[1]) &&
           https[0] == https[1] && host[0].len == host[1].len &&
           strncasecmp(host[0].at, host[1].at, host[0].len) == 0 && shelflife_str_equal(port[0], port[1]);
}

static str authority_of(const char *url)
{
    str all = shelflife_str_of(url);
    size_t slashes = shelflife_str_find(all, '/');
    all = shelflife_str_after(all, slashes + 2);
    return shelflife_str_first(all, strcspn(all.at, "/?#"));
}

bool shelflife_registry_check_url(const struct shelflife_registry *registry, const char *from,
                                  const char *url, const char *what, error *err)
{
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX], by[SHELFLIFE_NET_URL_SHOWN_MAX];
    const char *why = NULL;
    bool https = strncasecmp(url, "https://", 8) == 0;
    if (!https && strncasecmp(url, "http://", 7) != 0)
        why = "it must be an https:// URL";
    else if (!https && strncasecmp(from, "https://", 8) == 0)
        why = "it would leave HTTPS";
    else if (!https && !shelflife_registry_may_be_plain(registry, authority_of(url)))
        why = "it is not HTTPS, and the host is not one that --plain-http allows";
    return !why ||
           shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: refused %s %s: %s",
                          shelflife_net_url_shown(from, by), what, shelflife_net_url_shown(url, shown), why);
}

/* ---- One exchange ---- */

/* What becomes of the body of a response. */
struct receiving {
    struct shelflife_registry_client *client;
    const struct shelflife_registry_exchange *exchange;
    uint64_t bytes;
    bool failed; /* the sink has set the error, or the body is too long */
    bool ended;  /* enough is known of the body of an error */
};

static bool is_success(int status)
{
    return status >= 200 && status < 300;
}

static bool receive(void *context, const struct shelflife_net_http_response *response, str bytes, error *err)
{
    struct receiving *r = context;
    struct shelflife_registry_client *client = r->client;
    const struct shelflife_registry_exchange *x = r->exchange;
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    client->last.status = response->status;
    r->bytes += bytes.len;
    if (!is_success(response->status)) {
        shelflife_buffer_append(&client->refusal,
                                shelflife_str_first(bytes, client->refusal.limit - client->refusal.len));
        r->ended = r->bytes > SHELFLIFE_REGISTRY_REFUSAL_MAX;
        return !r->ended || shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the error is too long");
    }
    if (x->sink && r->bytes > x->most)
        r->failed = !shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s: the response is longer than %ju bytes",
                                    shelflife_net_url_shown(x->url, shown), (uintmax_t)x->most);
    else if (x->sink)
        r->failed = !x->sink(x->context, bytes, err);
    return !r->failed;
}

static bool perform(struct shelflife_registry_client *client, struct shelflife_registry_exchange *x,
                    uint64_t remaining, error *err)
{
    struct receiving receiving = {.client = client, .exchange = x};
    struct shelflife_net_http_response response;
    const struct shelflife_net_http_request request = {
        .method = x->method,
        .url = x->url,
        .peer = &x->peer,
        .headers = x->fields,
        .header_count = x->field_count,
        .bearer_token = x->token,
        .user = x->user,
        .password = x->password,
        .body = x->body,
        .content_type = x->content_type,
        .no_compression = true, /* digests are of the bytes as they are sent */
        .refused_places = x->refused_places,
        .header_lines = &client->header_lines,
        .limits = {.body_bytes = UINT64_MAX,
                   .connect_ms = remaining < CONNECT_MS ? (unsigned)remaining : CONNECT_MS,
                   .total_ms = (unsigned)remaining,
                   .slow_seconds = SLOW_SECONDS},
        .cancel = client->registry->options.cancel,
        .sink = receive,
        .context = &receiving,
    };
    client->last = (struct shelflife_registry_failure){0};
    client->identified = x->token || x->user || x->secret_body;
    shelflife_buffer_reset(&client->refusal);
    bool ok = shelflife_net_http_perform(client->http, &request, &response, err);
    x->place = response.place;
    client->last.status = response.status;
    client->last.transient = !ok && !receiving.failed && response.transient;
    if (ok || receiving.failed)
        return ok;
    /* What a status says counts, also if its body is broken. */
    return receiving.ended || response.status >= 300;
}

bool shelflife_registry_exchange(struct shelflife_registry_client *client,
                                 struct shelflife_registry_exchange *x, error *err)
{
    uint64_t time = now(), asked;
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    const atomic_bool *cancel = client->registry->options.cancel;
    client->last = (struct shelflife_registry_failure){0};
    if (time >= client->deadline) {
        client->last.transient = true;
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%s: it took longer than %u ms",
                              shelflife_net_url_shown(x->url, shown), client->registry->options.total_ms);
    }
    struct shelflife_registry_gates *gates = &client->registry->gates;
    struct shelflife_registry_gate *gate =
        shelflife_registry_gate_enter(gates, authority_of(x->url), client->deadline, cancel, err);
    if (!gate) {
        client->last.transient = true;
        return false;
    }
    time = now();
    bool ok = perform(client, x, client->deadline > time ? client->deadline - time : 1, err);
    str wait = shelflife_registry_field(client, "retry-after");
    char value[64];
    snprintf(value, sizeof(value), "%.*s", STR_PRINT(wait));
    int status = client->last.status;
    if (ok && (status == 429 || status == 503) && wait.len &&
        shelflife_net_retry_after(value, shelflife_clock_system.seconds(NULL), &asked))
        shelflife_registry_gate_close(gates, gate, now() + asked);
    shelflife_registry_gate_leave(gates, gate);
    return ok;
}

/* ---- What a registry says about an error ---- */

/* The codes of the distribution specification. */
static bool is_code(str text)
{
    static const char *const codes[] = {
        "BLOB_UNKNOWN",    "BLOB_UPLOAD_INVALID", "BLOB_UPLOAD_UNKNOWN", "DIGEST_INVALID",
        "DENIED",          "MANIFEST_INVALID",    "MANIFEST_UNKNOWN",    "MANIFEST_BLOB_UNKNOWN",
        "NAME_INVALID",    "NAME_UNKNOWN",        "SIZE_INVALID",        "TAG_INVALID",
        "TOOMANYREQUESTS", "UNAUTHORIZED",        "UNSUPPORTED",         "MANIFEST_UNVERIFIED",
    };
    for (size_t i = 0; i < COUNT(codes); i++)
        if (shelflife_str_equal(text, shelflife_str_of(codes[i])))
            return true;
    return false;
}

/* The first of {"errors": [{"code": …, "message": …}]}. If we sent credentials, a registry that means harm
   could repeat them: then only a code. */
static void explain(const struct shelflife_registry_client *client, char *out, size_t size)
{
    static const char *const members[] = {"code", "message"};
    struct node errors, first, member;
    str text;
    size_t n = 0;
    out[0] = '\0';
    if (client->refusal.len == 0 || client->refusal.at[0] != '{')
        return;
    CLEANUP(cleanup_document)
    struct shelflife_document *d =
        shelflife_document_read_secret(shelflife_buffer_str(&client->refusal), "", NULL);
    if (!d)
        return;
    struct node root = shelflife_document_root(d);
    if (!shelflife_node_get(&root, "errors", &errors) || shelflife_node_type(errors) != NODE_ARRAY ||
        !shelflife_node_at(&errors, 0, &first) || shelflife_node_type(first) != NODE_MAP)
        return;
    for (size_t i = 0; i < COUNT(members); i++)
        if (shelflife_node_get(&first, members[i], &member) && shelflife_node_type(member) == NODE_STRING &&
            shelflife_node_string(member, &text, NULL) && text.len <= SHOWN_MAX &&
            (is_code(text) || !client->identified))
            n += (size_t)snprintf(out + n, size - n, "%s%.*s", n == 0 ? " " : ": ", STR_PRINT(text));
}

bool shelflife_registry_refused(struct shelflife_registry_client *client, const char *url, error *err)
{
    static const struct {
        int status;
        const char *meaning;
    } meanings[] = {
        {403, "; access is denied to these credentials, or without any"},
        {404, "; there is no such image, tag or repository"},
        {429, "; too many requests"},
    };
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX], said[2 * SHOWN_MAX + 8];
    const char *meaning = "";
    int status = client->last.status;
    explain(client, said, sizeof(said));
    for (size_t i = 0; i < COUNT(meanings); i++)
        if (meanings[i].status == status)
            meaning = meanings[i].meaning;
    client->last.missing = status == 404;
    client->last.transient = shelflife_net_http_status_transient(status);
    return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%s: the registry answered with HTTP status %d%s%s",
                          shelflife_net_url_shown(url, shown), status, said, meaning);
}

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
                              "%s: the registry redirects (HTTP status %d) to something that is no URL",
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
    const struct shelflife_registry_authorization *authorization;
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
    CLEANUP(shelflife_buffer_free) buffer own;
    shelflife_buffer_init(&own, URL_MAX);
    shelflife_buffer_format(&own, "%s://%.*s/",
                            atomic_load(&a->endpoint->scheme) == SHELFLIFE_REGISTRY_HTTPS ? "https" : "http",
                            STR_PRINT(a->endpoint->authority));
    shelflife_buffer_byte(&own, '\0');
    return !own.failed && shelflife_registry_same_origin(own.at, a->call->url);
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
    const struct shelflife_registry_authorization *auth = a->authorization;
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
    const struct shelflife_registry_authorization *auth = a->authorization;
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX], said[2 * SHOWN_MAX + 8];
    explain(a->client, said, sizeof(said));
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
    struct shelflife_registry_authorization auth = {0}, refused = {0};
    a->authorization = &auth;
    shelflife_arena_reset(&client->secrets);
    for (unsigned i = 0;; i++) {
        /* What was made for this request and refused would be refused again. */
        str tried = refused.kept ? (str){0} : refused.key;
        if (!shelflife_registry_authorize(client, a->host, a->endpoint, a->call->repository, tried, i > 1,
                                          &auth, err))
            return false;
        bool nothing = auth.token.len == 0 && auth.user.len == 0;
        if (i > 0 && (nothing || i == AUTHORIZATIONS))
            return fail_authorization(a, err);
        if (!exchange(a, err))
            return false;
        if (client->last.status != 401)
            return true;
        refused = auth;
        shelflife_registry_tokens_drop(&client->registry->tokens, auth.key);
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
    if (get ? status == 200 : is_success(status))
        return !a->call->end || a->call->end(a->call->context, a->client, err);
    return shelflife_registry_refused(a->client, a->url.at, err);
}

bool shelflife_registry_send_to(struct shelflife_registry_client *client,
                                struct shelflife_registry_host *host,
                                struct shelflife_registry_endpoint *endpoint,
                                const struct shelflife_registry_call *call, error *err)
{
    struct attempt a = {.client = client, .host = host, .endpoint = endpoint, .call = call};
    uint64_t time = now();
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
        if (ok || !client->last.transient ||
            !shelflife_net_retry_wait(&retry, wait, client->registry->options.cancel))
            break;
    }
    shelflife_buffer_free(&a.url);
    return ok;
}

/* ---- All endpoints ---- */

static bool is_down(const struct shelflife_registry_endpoint *e)
{
    return atomic_load(&e->down_until) > now();
}

bool shelflife_registry_send(struct shelflife_registry_client *client, struct shelflife_registry_host *host,
                             const struct shelflife_registry_call *call,
                             struct shelflife_registry_endpoint **answered, error *err)
{
    uint32_t asked = 0; /* a bit for each */
    /* First those that could be reached, then the others. */
    for (unsigned down = 0; down < 2; down++) {
        for (size_t i = 0; i < host->count; i++) {
            struct shelflife_registry_endpoint *e = host->endpoints[i];
            if ((e->may & call->may) != call->may || asked & UINT32_C(1) << i || (down == 0 && is_down(e)))
                continue;
            asked |= UINT32_C(1) << i;
            if (answered)
                *answered = e;
            if (shelflife_registry_send_to(client, host, e, call, err))
                return true;
            if (client->last.status == 0 && host->count > 1)
                atomic_store(&e->down_until, now() + DOWN_MS);
        }
    }
    return asked ? false
                 : shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                                  "no host in hosts.toml has the capabilities that this needs");
}
