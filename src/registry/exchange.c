#include "registry/exchange.h"

#include <strings.h>

#include "base/ascii.h"
#include "net/retry.h"
#include "registry/sent.h"
#include "json/document.h"

enum {
    CONNECT_MS = 10000,
    SLOW_SECONDS = 20,
    SHOWN_MAX = 256, /* bytes of what a registry says about an error */
};

str shelflife_registry_field(const struct shelflife_registry_client *client, const char *name)
{
    str lines = shelflife_buffer_str(&client->header_lines), value;
    return shelflife_net_http_next_field(&lines, name, &value) ? value : (str){0};
}

/* ---- URLs ---- */

/* "host[:port]" of a URL, with the port of its scheme if it has none. */
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
           https[0] == https[1] && ascii_equal_fold(host[0], host[1]) &&
           shelflife_str_equal(port[0], port[1]);
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
    bool ended;  /* enough of an error's body has come */
};

bool shelflife_registry_is_success(int status)
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
    if (!shelflife_registry_is_success(response->status)) {
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
    shelflife_registry_sent_add(&client->sent, NULL, x->token);
    shelflife_registry_sent_add(&client->sent, x->user, x->password);
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
    uint64_t time = shelflife_clock_now(), asked;
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
    time = shelflife_clock_now();
    bool ok = perform(client, x, client->deadline > time ? client->deadline - time : 1, err);
    str wait = shelflife_registry_field(client, "retry-after");
    char value[64];
    snprintf(value, sizeof(value), "%.*s", STR_PRINT(wait));
    int status = client->last.status;
    if (ok && (status == 429 || status == 503) && wait.len &&
        shelflife_net_retry_after(value, shelflife_clock_system.seconds(NULL), &asked))
        shelflife_registry_gate_close(gates, gate, shelflife_clock_now() + asked);
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
void shelflife_registry_said(const struct shelflife_registry_client *client,
                             char out[SHELFLIFE_REGISTRY_SAID_MAX])
{
    static const size_t size = SHELFLIFE_REGISTRY_SAID_MAX;
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
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX], said[SHELFLIFE_REGISTRY_SAID_MAX];
    const char *meaning = "";
    int status = client->last.status;
    shelflife_registry_said(client, said);
    for (size_t i = 0; i < COUNT(meanings); i++)
        if (meanings[i].status == status)
            meaning = meanings[i].meaning;
    client->last.missing = status == 404;
    client->last.transient = shelflife_net_http_status_transient(status);
    return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%s: the registry answered with HTTP status %d%s%s",
                          shelflife_net_url_shown(url, shown), status, said, meaning);
}
