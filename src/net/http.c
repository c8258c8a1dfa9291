#include <arpa/inet.h>
#include <curl/curl.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "net/net.h"
#include "net/url.h"
#include "net/worker.h"
#include "shelflife/version.h"

enum {
    HEADER_BYTES_MAX = 64 * 1024, /* of one response, including redirects */
    REQUEST_HEADER_MAX = 64 * 1024,
    CANCELLED = 1, /* any value except 0 makes libcurl end the transfer */
};

static const struct shelflife_net_http_limits defaults = {
    .body_bytes = 64 << 20,
    .connect_ms = 10 * 1000,
    .total_ms = 300 * 1000,
    .slow_bytes_second = 100,
    .slow_seconds = 30,
};

struct shelflife_net_http_client {
    CURL *curl;  /* NULL: requests are sent by a worker */
    int channel; /* to the worker; negative: none has been started */
    char why[CURL_ERROR_SIZE];
};

/* A request in progress. */
struct exchange {
    CURL *curl;
    const struct shelflife_net_http_request *request;
    struct shelflife_net_http_response *response;
    struct shelflife_net_http_limits limits;
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    uint64_t body_bytes;
    size_t header_bytes;
    enum shelflife_net_place place; /* of the address connected to */
    bool proxied;
    bool refused; /* an address was not connected to */
    bool failed;  /* *err is filled */
    error *err;
};

bool shelflife_net_start(error *err)
{
    if (shelflife_net_workers_started() || curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        return true;
    return shelflife_fail(err, SHELFLIFE_ERROR_IO,
                          "cannot start libcurl: its TLS library failed to initialize");
}

void shelflife_net_stop(void)
{
    if (!shelflife_net_workers_started())
        curl_global_cleanup();
}

struct shelflife_net_http_client *shelflife_net_http_client_new(error *err)
{
    struct shelflife_net_http_client *client = calloc(1, sizeof(*client));
    bool worker = shelflife_net_workers_started();
    if (client) {
        client->channel = -1;
        client->curl = worker ? NULL : curl_easy_init();
    }
    if (client && (client->curl || worker))
        return client;
    free(client);
    shelflife_fail_memory(err);
    return NULL;
}

void shelflife_net_http_client_free(struct shelflife_net_http_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->curl);
    if (client->channel >= 0)
        close(client->channel);
    free(client);
}

const char *shelflife_net_http_method_name(enum shelflife_net_http_method method)
{
    static const char *const names[] = {
        [SHELFLIFE_NET_HTTP_GET] = "GET",       [SHELFLIFE_NET_HTTP_POST] = "POST",
        [SHELFLIFE_NET_HTTP_PUT] = "PUT",       [SHELFLIFE_NET_HTTP_PATCH] = "PATCH",
        [SHELFLIFE_NET_HTTP_DELETE] = "DELETE", [SHELFLIFE_NET_HTTP_HEAD] = "HEAD",
    };
    return names[method];
}

bool shelflife_net_http_status_transient(int status)
{
    return status == 429 || status == 500 || (status >= 502 && status <= 504);
}

bool shelflife_net_http_collect(void *context, const struct shelflife_net_http_response *response, str bytes,
                                error *err)
{
    buffer *into = context;
    (void)response;
    shelflife_buffer_append(into, bytes);
    if (!into->failed)
        return true;
    if (into->limit - into->len < bytes.len)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                              "the response is longer than the limit of %zu bytes", into->limit);
    return shelflife_fail_memory(err);
}

/* ---- Receiving ---- */

static void keep_header(struct shelflife_net_http_response *r, str name, str value)
{
    const struct {
        str name;
        char *to;
        size_t size;
    } kept[] = {
        {STR("etag"), r->etag, sizeof(r->etag)},
        {STR("last-modified"), r->last_modified, sizeof(r->last_modified)},
        {STR("content-type"), r->content_type, sizeof(r->content_type)},
        {STR("retry-after"), r->retry_after, sizeof(r->retry_after)},
        {STR("location"), r->location, sizeof(r->location)},
        {STR("date"), r->date, sizeof(r->date)},
    };
    for (size_t i = 0; i < COUNT(kept); i++)
        if (ascii_equal_fold(name, kept[i].name) && value.len < kept[i].size &&
            shelflife_str_find(value, '\0') == SIZE_MAX)
            snprintf(kept[i].to, kept[i].size, "%.*s", STR_PRINT(value));
}

/* A field in a trailer comes after the body, and could contradict what was read for it. */
static void keep_line(struct exchange *x, str name, str value)
{
    buffer *out = x->request->header_lines;
    if (!out || x->body_bytes)
        return;
    for (size_t i = 0; i < name.len; i++)
        shelflife_buffer_byte(out, ascii_lower(name.at[i]));
    shelflife_buffer_append(out, STR(":"));
    shelflife_buffer_append(out, value);
    shelflife_buffer_byte(out, '\n');
}

bool shelflife_net_http_next_field(str *lines, const char *name, str *value)
{
    while (lines->len) {
        str line = shelflife_str_line(lines);
        size_t colon = shelflife_str_find(line, ':');
        *value = shelflife_str_after(line, colon + 1);
        if (colon != SIZE_MAX &&
            shelflife_str_equal(shelflife_str_first(line, colon), shelflife_str_of(name)))
            return true;
    }
    return false;
}

static void begin_response(struct exchange *x)
{
    *x->response = (struct shelflife_net_http_response){.place = x->place};
    if (x->request->header_lines)
        shelflife_buffer_reset(x->request->header_lines);
}

static void on_field(struct exchange *x, str name, str value)
{
    keep_header(x->response, name, value);
    keep_line(x, name, value);
}

static size_t on_header(const char *at, size_t size, size_t count, void *context)
{
    struct exchange *x = context;
    str line = {at, size * count};
    x->header_bytes += line.len;
    if (x->header_bytes > HEADER_BYTES_MAX) {
        shelflife_fail(x->err, SHELFLIFE_ERROR_LIMIT, "%s: the response headers are longer than %d bytes",
                       x->shown, HEADER_BYTES_MAX);
        x->failed = true;
        return 0;
    }
    size_t colon = shelflife_str_find(line, ':');
    if (shelflife_str_starts(line, STR("HTTP/")))
        begin_response(x); /* again after an interim response or a redirect */
    else if (colon != SIZE_MAX)
        on_field(x, shelflife_str_trim(shelflife_str_first(line, colon)),
                 shelflife_str_trim(shelflife_str_after(line, colon + 1)));
    return line.len;
}

static void read_status(struct exchange *x)
{
    long status = 0;
    curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
    x->response->status = (int)status;
}

static size_t on_body(const char *at, size_t size, size_t count, void *context)
{
    struct exchange *x = context;
    const struct shelflife_net_http_request *r = x->request;
    str bytes = {at, size * count};
    read_status(x);
    x->body_bytes += bytes.len;
    if (x->body_bytes > x->limits.body_bytes) {
        shelflife_fail(x->err, SHELFLIFE_ERROR_LIMIT,
                       "%s: the response is longer than the limit of %ju bytes", x->shown,
                       (uintmax_t)x->limits.body_bytes);
        x->failed = true;
    } else if (r->sink && !r->sink(r->context, x->response, bytes, x->err)) {
        x->failed = true;
    }
    return x->failed ? 0 : bytes.len;
}

static int on_progress(void *context, curl_off_t down, curl_off_t down_now, curl_off_t up, curl_off_t up_now)
{
    const struct exchange *x = context;
    (void)down, (void)down_now, (void)up, (void)up_now;
    return x->request->cancel && atomic_load(x->request->cancel) ? CANCELLED : 0;
}

/* ---- Where to connect to ---- */

static bool is_refused(struct exchange *x, const char *address)
{
    x->place = shelflife_net_url_place(shelflife_str_of(address));
    bool refused = (x->request->refused_places & (unsigned)x->place) != 0;
    x->refused |= refused;
    return refused;
}

/* Before a connection is made. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    (void)purpose;
    memcpy(&v4, &to->addr, sizeof(v4));
    if (to->family == AF_INET) {
        inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    } else if (to->family == AF_INET6 && to->addrlen >= sizeof(v6)) {
        memcpy(&v6, (const char *)to + offsetof(struct curl_sockaddr, addr), sizeof(v6));
        inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    }
    return is_refused(context, text) ? CURL_SOCKET_BAD
                                     : socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* Before a request is sent on a connection, which may have been open already. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type */
static int before_request(void *context, char *address, char *own_address, int port, int own_port)
{
    (void)own_address, (void)port, (void)own_port;
    return is_refused(context, address) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* ---- Errors ---- */

static const struct failure {
    CURLcode code;
    enum shelflife_error_kind kind;
    bool transient;
    const char *hint;
} failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, SHELFLIFE_ERROR_IO, true, "check the name and this machine's DNS"},
    {CURLE_COULDNT_RESOLVE_PROXY, SHELFLIFE_ERROR_IO, true, "check the proxy's URL and HTTPS_PROXY"},
    {CURLE_COULDNT_CONNECT, SHELFLIFE_ERROR_IO, true,
     "check that it is running and that no firewall blocks it"},
    {CURLE_PROXY, SHELFLIFE_ERROR_IO, true, "check the proxy's URL and HTTPS_PROXY"},
    {CURLE_OPERATION_TIMEDOUT, SHELFLIFE_ERROR_IO, true, NULL},
    {CURLE_GOT_NOTHING, SHELFLIFE_ERROR_IO, true, NULL},
    {CURLE_RECV_ERROR, SHELFLIFE_ERROR_IO, true, NULL},
    {CURLE_SEND_ERROR, SHELFLIFE_ERROR_IO, true, NULL},
    {CURLE_PARTIAL_FILE, SHELFLIFE_ERROR_IO, true, "the connection closed in the middle of the response"},
    {CURLE_SSL_CONNECT_ERROR, SHELFLIFE_ERROR_IO, true, NULL},
    {CURLE_PEER_FAILED_VERIFICATION, SHELFLIFE_ERROR_IO, false,
     "the server's certificate must be valid now, name this host, and be signed by the configured CA"},
    {CURLE_SSL_CACERT_BADFILE, SHELFLIFE_ERROR_USAGE, false, "the CA must be in a readable PEM file"},
    {CURLE_SSL_CERTPROBLEM, SHELFLIFE_ERROR_USAGE, false,
     "the client certificate and key must match, both in PEM, the key without a passphrase"},
    {CURLE_URL_MALFORMAT, SHELFLIFE_ERROR_USAGE, false, "write it as https://host/path"},
    {CURLE_TOO_MANY_REDIRECTS, SHELFLIFE_ERROR_LIMIT, false, NULL},
    {CURLE_BAD_CONTENT_ENCODING, SHELFLIFE_ERROR_INPUT, false, "the compressed response is damaged"},
    {CURLE_WEIRD_SERVER_REPLY, SHELFLIFE_ERROR_INPUT, false, "this is not an HTTP server"},
    {CURLE_UNSUPPORTED_PROTOCOL, SHELFLIFE_ERROR_INPUT, false, "this is not an HTTP server"},
};

static bool explain(struct exchange *x, CURLcode code, const char *why)
{
    if (x->failed)
        return false;
    if (code == CURLE_OUT_OF_MEMORY)
        return shelflife_fail_memory(x->err);
    if (x->refused && (code == CURLE_ABORTED_BY_CALLBACK || code == CURLE_COULDNT_CONNECT))
        return shelflife_fail(
            x->err, SHELFLIFE_ERROR_INPUT,
            "%s: refused to connect to an address of this machine or of its cloud's services", x->shown);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return shelflife_fail(x->err, SHELFLIFE_ERROR_IO, "%s: cancelled", x->shown);
    if (code == CURLE_UNSUPPORTED_PROTOCOL && x->response->location[0]) {
        char to[SHELFLIFE_NET_URL_SHOWN_MAX];
        return shelflife_fail(x->err, SHELFLIFE_ERROR_INPUT,
                              "%s: refused to follow a redirect to %s: it must be an https:// URL", x->shown,
                              shelflife_net_url_shown(x->response->location, to));
    }
    struct failure f = {.kind = SHELFLIFE_ERROR_IO};
    for (size_t i = 0; i < COUNT(failures); i++)
        if (failures[i].code == code)
            f = failures[i];
    x->response->transient = f.transient;
    /* libcurl's text may quote the password, of the proxy's URL or as the host of ours; or the path of the
       client's key, which in a wrong kubeconfig is the key or a token. */
    if (!why[0] || code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_SSL_CERTPROBLEM ||
        !shelflife_net_url_unambiguous(x->request->url))
        why = curl_easy_strerror(code);
    return shelflife_fail(x->err, f.kind, "%s: %s%s%s", x->shown, why, f.hint ? "; " : "",
                          f.hint ? f.hint : "");
}

/* ---- Sending ---- */

/* libcurl's setters fail without memory, or if this libcurl lacks a feature. */
#define SET(option, value)                                                                                   \
    do {                                                                                                     \
        if (code == CURLE_OK)                                                                                \
            code = curl_easy_setopt(c, option, value);                                                       \
    } while (0)

static CURLcode set_blob(CURL *c, CURLoption option, str pem)
{
    if (pem.len == 0)
        return CURLE_OK;
    char *bytes;
    memcpy(&bytes, &pem.at, sizeof(bytes)); /* libcurl's blobs are not const, though it only reads them */
    struct curl_blob blob = {.data = bytes, .len = pem.len, .flags = CURL_BLOB_NOCOPY};
    return curl_easy_setopt(c, option, &blob);
}

static CURLcode set_peer(CURL *c, const struct shelflife_net_http_peer *p)
{
    CURLcode code = CURLE_OK;
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, p->insecure ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, p->insecure ? 0L : 2L);
    if (p->ca_file || p->ca_pem.len) {
        /* With a configured CA, libcurl would still trust the system's folder. */
        SET(CURLOPT_CAPATH, NULL);
        SET(CURLOPT_CAINFO, p->ca_pem.len ? NULL : p->ca_file);
    }
    if (code == CURLE_OK)
        code = set_blob(c, CURLOPT_CAINFO_BLOB, p->ca_pem);
    SET(CURLOPT_KEYPASSWD, ""); /* or OpenSSL would ask for a passphrase on the terminal */
    if (p->certificate_pem.len == 0)
        SET(CURLOPT_SSLCERT, p->certificate_file);
    if (p->key_pem.len == 0)
        SET(CURLOPT_SSLKEY, p->key_file);
    if (code == CURLE_OK)
        code = set_blob(c, CURLOPT_SSLCERT_BLOB, p->certificate_pem);
    if (code == CURLE_OK)
        code = set_blob(c, CURLOPT_SSLKEY_BLOB, p->key_pem);
    return code;
}

/* The proxy that the environment names for a URL; NULL: none. */
static const char *environment_proxy(const char *url, str host)
{
    static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY"};
    static const char *const https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    bool secure = strncasecmp(url, "https:", 6) == 0;
    const char *const *names = secure ? https : http;
    const char *no_proxy = getenv("no_proxy");
    if (shelflife_net_url_bypasses_proxy(host, no_proxy ? no_proxy : getenv("NO_PROXY")))
        return NULL;
    for (size_t i = 0; i < (secure ? COUNT(https) : COUNT(http)); i++) {
        const char *proxy = getenv(names[i]);
        if (proxy && *proxy)
            return proxy;
    }
    return NULL;
}

/* libcurl reads HTTPS_PROXY and NO_PROXY itself, except that here loopback never uses a proxy; that with a
   server name, NO_PROXY still refers to the host in the URL; and that it must be known whether there is one
   if some addresses are refused. */
static CURLcode set_proxy(CURL *c, struct exchange *x, const struct shelflife_net_http_peer *p,
                          const char *url)
{
    CURLcode code = CURLE_OK;
    str host, port;
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (p->proxy) {
        x->proxied = *p->proxy;
        SET(CURLOPT_PROXY, p->proxy);
        SET(CURLOPT_NOPROXY, "");
    } else if (shelflife_net_url_host(shelflife_str_of(url), &host, &port)) {
        const char *proxy = environment_proxy(url, host);
        x->proxied = proxy;
        if (!proxy)
            SET(CURLOPT_PROXY, "");
        if (proxy && x->request->refused_places) {
            SET(CURLOPT_PROXY, proxy);
            SET(CURLOPT_NOPROXY, "");
        }
    }
    return code;
}

static void cleanup_curl_text(char **text)
{
    curl_free(*text);
}

/* Of what a proxy resolves, only the host as it is written can be checked; libcurl has normalized it. */
static bool check_proxied(struct exchange *x, CURLU *url)
{
    CLEANUP(cleanup_curl_text) char *host = NULL;
    if (!x->proxied || curl_url_get(url, CURLUPART_HOST, &host, 0))
        return true;
    str name = shelflife_str_of(host);
    if (name.len && name.at[0] == '[')
        name = shelflife_str_first(shelflife_str_after(name, 1), name.len - 2);
    x->refused = (x->request->refused_places & (unsigned)shelflife_net_url_place(name)) != 0;
    return !x->refused || explain(x, CURLE_ABORTED_BY_CALLBACK, "");
}

static CURLcode set_places(CURL *c, struct exchange *x)
{
    CURLcode code = CURLE_OK;
    if (x->proxied)
        return code;
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, x);
    SET(CURLOPT_PREREQFUNCTION, before_request);
    SET(CURLOPT_PREREQDATA, x);
    return code;
}

static CURLcode set_limits(CURL *c, const struct shelflife_net_http_limits *l, bool get)
{
    CURLcode code = CURLE_OK;
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)l->connect_ms);
    SET(CURLOPT_TIMEOUT_MS, (long)l->total_ms);
    SET(CURLOPT_LOW_SPEED_LIMIT, (long)l->slow_bytes_second);
    SET(CURLOPT_LOW_SPEED_TIME, (long)l->slow_seconds);
    SET(CURLOPT_FOLLOWLOCATION, get && l->redirects ? 1L : 0L);
    SET(CURLOPT_MAXREDIRS, (long)l->redirects);
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
    return code;
}

static CURLcode set_method(CURL *c, const struct shelflife_net_http_request *r)
{
    CURLcode code = CURLE_OK;
    if (r->method == SHELFLIFE_NET_HTTP_GET || r->method == SHELFLIFE_NET_HTTP_HEAD) {
        SET(CURLOPT_HTTPGET, 1L);
        SET(CURLOPT_NOBODY, r->method == SHELFLIFE_NET_HTTP_HEAD ? 1L : 0L);
        return code;
    }
    if (r->body.len || r->method != SHELFLIFE_NET_HTTP_DELETE) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
        SET(CURLOPT_POSTFIELDS, r->body.at ? r->body.at : "");
    }
    SET(CURLOPT_CUSTOMREQUEST, shelflife_net_http_method_name(r->method));
    return code;
}

static CURLcode set_credentials(CURL *c, const struct shelflife_net_http_request *r)
{
    CURLcode code = CURLE_OK;
    if (r->bearer_token) {
        SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        SET(CURLOPT_XOAUTH2_BEARER, r->bearer_token);
    } else if (r->user) {
        SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        SET(CURLOPT_USERNAME, r->user);
        SET(CURLOPT_PASSWORD, r->password ? r->password : "");
    }
    return code;
}

static CURLcode set_exchange(CURL *c, struct exchange *x)
{
    CURLcode code = CURLE_OK;
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_USERAGENT, "shelflife/" SHELFLIFE_VERSION);
    if (!x->request->no_compression)
        SET(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, x);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, x);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, x);
    return code;
}

static void cleanup_list(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

/* A line feed in a value would begin another header. */
static bool check_value(const char *name, str value, error *err)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.at[i] < ' ' || value.at[i] == 0x7f)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "the %s to send contains a control character",
                                  name);
    return true;
}

static bool add_header(struct curl_slist **list, const char *name, str value, error *err)
{
    if (!check_value(name, value, err))
        return false;
    if (value.len + strlen(name) > REQUEST_HEADER_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the %s to send is longer than %d bytes", name,
                              REQUEST_HEADER_MAX);
    CLEANUP(shelflife_buffer_free) buffer line;
    shelflife_buffer_init(&line, REQUEST_HEADER_MAX + sizeof(": "));
    /* libcurl omits a field written as "Name:"; with an empty value it must be "Name;". */
    shelflife_buffer_format(&line, value.len ? "%s: " : "%s;", name);
    shelflife_buffer_append(&line, value);
    shelflife_buffer_byte(&line, '\0');
    struct curl_slist *longer = line.failed ? NULL : curl_slist_append(*list, line.at);
    if (!longer)
        return shelflife_fail_memory(err);
    *list = longer;
    return true;
}

static bool add_headers(const struct shelflife_net_http_request *r, struct curl_slist **list, error *err)
{
    /* Our requests are small: do not wait for "100 Continue". */
    *list = curl_slist_append(NULL, "Expect:");
    if (!*list)
        return shelflife_fail_memory(err);
    if (r->body.len && r->content_type &&
        !add_header(list, "Content-Type", shelflife_str_of(r->content_type), err))
        return false;
    for (size_t i = 0; i < r->header_count; i++)
        if (!add_header(list, r->headers[i].name, r->headers[i].value, err))
            return false;
    return true;
}

static void cleanup_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static bool explain_url(struct exchange *x, CURLUcode code)
{
    return explain(x, code == CURLUE_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_URL_MALFORMAT, "");
}

/* libcurl verifies the certificate against the URL's host. To verify another name, put it into the URL, and
   keep the original host for the connection and the Host field. */
static bool rename_host(struct exchange *x, CURLU *url, const char *name, struct curl_slist **headers,
                        struct curl_slist **connect_to)
{
    CLEANUP(cleanup_curl_text) char *host = NULL;
    CLEANUP(cleanup_curl_text) char *port = NULL;
    CLEANUP(cleanup_curl_text) char *written = NULL;
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_buffer_init(&text, REQUEST_HEADER_MAX);
    CURLUcode code = curl_url_get(url, CURLUPART_HOST, &host, 0);
    if (!code)
        code = curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    if (code)
        return explain_url(x, code);
    curl_url_get(url, CURLUPART_PORT, &written, 0);
    shelflife_buffer_format(&text, "%s%s%s", host, written ? ":" : "", written ? written : "");
    if (text.failed)
        return shelflife_fail_memory(x->err);
    if (!add_header(headers, "Host", shelflife_buffer_str(&text), x->err))
        return false;
    shelflife_buffer_reset(&text);
    shelflife_buffer_format(&text, "::%s:%s", host, port);
    shelflife_buffer_byte(&text, '\0');
    *connect_to = text.failed ? NULL : curl_slist_append(NULL, text.at);
    if (!*connect_to)
        return shelflife_fail_memory(x->err);
    code = curl_url_set(url, CURLUPART_HOST, name, 0);
    if (code == CURLUE_OUT_OF_MEMORY)
        return shelflife_fail_memory(x->err);
    return !code || shelflife_fail(x->err, SHELFLIFE_ERROR_USAGE,
                                   "%s: the server name \"%s\" is not a host name", x->shown, name);
}

static bool check_scheme(const struct exchange *x, bool allow_http)
{
    const char *url = x->request->url;
    if (strncasecmp(url, "https://", 8) == 0 || (allow_http && strncasecmp(url, "http://", 7) == 0))
        return true;
    return shelflife_fail(x->err, SHELFLIFE_ERROR_USAGE, "%s: must be an https:// URL", x->shown);
}

/* OpenSSL would wait for a named pipe's writer, and read a device without end. The paths of the client's
   credentials are not shown, see explain(). */
static bool check_files(const struct shelflife_net_http_peer *p, error *err)
{
    const struct {
        const char *path, *shown;
    } files[] = {{p->ca_pem.len ? NULL : p->ca_file, p->ca_file},
                 {p->certificate_pem.len ? NULL : p->certificate_file, "the client certificate"},
                 {p->key_pem.len ? NULL : p->key_file, "the client key"}};
    for (size_t i = 0; i < COUNT(files); i++) {
        struct stat status;
        if (files[i].path && stat(files[i].path, &status) == 0 && !S_ISREG(status.st_mode))
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "cannot read %s: not a regular file",
                                  files[i].shown);
    }
    return true;
}

static struct shelflife_net_http_limits with_defaults(struct shelflife_net_http_limits l)
{
    if (!l.body_bytes)
        l.body_bytes = defaults.body_bytes;
    if (!l.connect_ms)
        l.connect_ms = defaults.connect_ms;
    if (!l.total_ms)
        l.total_ms = defaults.total_ms;
    if (!l.slow_bytes_second)
        l.slow_bytes_second = defaults.slow_bytes_second;
    if (!l.slow_seconds)
        l.slow_seconds = defaults.slow_seconds;
    return l;
}

static bool perform(struct shelflife_net_http_client *client,
                    const struct shelflife_net_http_request *request,
                    struct shelflife_net_http_response *response, error *err)
{
    static const struct shelflife_net_http_peer no_peer = {0};
    const struct shelflife_net_http_peer *peer = request->peer ? request->peer : &no_peer;
    CURL *c = client->curl;
    CLEANUP(cleanup_list) struct curl_slist *headers = NULL;
    CLEANUP(cleanup_list) struct curl_slist *connect_to = NULL;
    CLEANUP(cleanup_url) CURLU *url = curl_url();
    struct exchange x = {.curl = c,
                         .request = request,
                         .response = response,
                         .err = err,
                         .limits = with_defaults(request->limits)};
    *response = (struct shelflife_net_http_response){0};
    shelflife_net_url_shown(request->url, x.shown);
    if (request->header_lines)
        shelflife_buffer_reset(request->header_lines);
    client->why[0] = '\0';
    if (!url)
        return shelflife_fail_memory(err);
    if (!check_scheme(&x, peer->allow_http) || !check_files(peer, err) ||
        !add_headers(request, &headers, err) ||
        !check_value("bearer token", shelflife_str_of(request->bearer_token), err))
        return false;

    curl_easy_reset(c); /* keeps connections */
    CURLcode code = CURLE_OK;
    SET(CURLOPT_ERRORBUFFER, client->why);
    CURLUcode url_code = curl_url_set(url, CURLUPART_URL, request->url, 0);
    if (url_code)
        return explain_url(&x, url_code);
    if (peer->server_name && !rename_host(&x, url, peer->server_name, &headers, &connect_to))
        return false;
    SET(CURLOPT_CONNECT_TO, connect_to);
    SET(CURLOPT_CURLU, url);
    SET(CURLOPT_PROTOCOLS_STR, peer->allow_http ? "http,https" : "https");
    SET(CURLOPT_HTTPHEADER, headers);
    if (code == CURLE_OK && (code = set_exchange(c, &x)) == CURLE_OK &&
        (code = set_peer(c, peer)) == CURLE_OK && (code = set_proxy(c, &x, peer, request->url)) == CURLE_OK &&
        (code = set_places(c, &x)) == CURLE_OK &&
        (code = set_limits(c, &x.limits, request->method == SHELFLIFE_NET_HTTP_GET)) == CURLE_OK &&
        (code = set_credentials(c, request)) == CURLE_OK && (code = set_method(c, request)) == CURLE_OK) {
        if (!check_proxied(&x, url)) {
            curl_easy_reset(c);
            return false;
        }
        code = curl_easy_perform(c);
    }
    read_status(&x);
    curl_easy_reset(c); /* it must not point at local variables */
    if (request->header_lines && request->header_lines->failed)
        return shelflife_fail_memory(err);
    return code == CURLE_OK || explain(&x, code, client->why);
}

struct shelflife_dependency shelflife_net_dependency(void)
{
    return (struct shelflife_dependency){"libcurl", LIBCURL_VERSION,
                                         curl_version_info(CURLVERSION_NOW)->version};
}

bool shelflife_net_http_perform(struct shelflife_net_http_client *client,
                                const struct shelflife_net_http_request *request,
                                struct shelflife_net_http_response *response, error *err)
{
    return client->curl ? perform(client, request, response, err)
                        : shelflife_net_worker_perform(&client->channel, request, response, err);
}
