/* rooms: net base */
#include "net/net.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "net/worker.h"
#include "unit/stand_in.h"

/* The server, a client, and what a request collects. */
struct fixture {
    struct stand_in server;
    struct shelflife_net_http_client *client;
    struct shelflife_net_http_peer peer;
    char ca[256], url[1024];
    buffer body;
    struct shelflife_net_http_response response;
    error err;
};

static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_true(shelflife_net_start(&f->err));
    stand_in_start(&f->server, "stand_in.py");
    f->client = shelflife_net_http_client_new(&f->err);
    assert_non_null(f->client);
    f->peer.ca_file = stand_in_file(&f->server, "ca.crt", f->ca);
    shelflife_buffer_init(&f->body, 1 << 20);
    *state = f;
    return 0;
}

static int stop(void **state)
{
    struct fixture *f = *state;
    shelflife_net_http_client_free(f->client);
    shelflife_buffer_free(&f->body);
    stand_in_stop(&f->server);
    free(f);
    shelflife_net_stop();
    return 0;
}

static int start_workers(void **state)
{
    error err;
    assert_true(shelflife_net_workers_start(NULL, &err));
    return start(state);
}

static int stop_workers(void **state)
{
    stop(state);
    shelflife_net_workers_stop();
    assert_true(wait(NULL) > 0); /* the process that forks the workers ends */
    assert_int_equal(wait(NULL), -1);
    return 0;
}

static const char *url_of(struct fixture *f, const char *server, const char *path)
{
    snprintf(f->url, sizeof(f->url), "%s://127.0.0.1:%d%s", strcmp(server, "http") == 0 ? "http" : "https",
             stand_in_port(&f->server, server), path);
    return f->url;
}

static bool perform(struct fixture *f, struct shelflife_net_http_request request)
{
    if (!request.url)
        request.url = f->url;
    if (!request.peer)
        request.peer = &f->peer;
    if (!request.sink) {
        request.sink = shelflife_net_http_collect;
        request.context = &f->body;
    }
    shelflife_buffer_reset(&f->body);
    f->err = (error){0};
    return shelflife_net_http_perform(f->client, &request, &f->response, &f->err);
}

static bool get(struct fixture *f, const char *path)
{
    return perform(f, (struct shelflife_net_http_request){.url = url_of(f, "https", path)});
}

#define assert_body_has(f, text) assert_text_has(shelflife_buffer_str(&(f)->body), text)
static void assert_text_has(str s, const char *text)
{
    if (!memmem(s.at, s.len, text, strlen(text)))
        fail_msg("\"%.*s\" has no \"%s\"", STR_PRINT(s), text);
}

static void assert_fails(struct fixture *f, bool ok, enum shelflife_error_kind kind, bool transient,
                         const char *text)
{
    assert_false(ok);
    assert_text_has(shelflife_str_of(f->err.text), text);
    assert_int_equal(f->err.kind, kind);
    assert_int_equal(f->response.transient, transient);
}

static void methods_bodies_and_headers_arrive(void **state)
{
    static const struct {
        enum shelflife_net_http_method method;
        const char *name, *body;
    } cases[] = {
        {SHELFLIFE_NET_HTTP_GET, "GET", ""},         {SHELFLIFE_NET_HTTP_POST, "POST", "{}"},
        {SHELFLIFE_NET_HTTP_PUT, "PUT", "{}"},       {SHELFLIFE_NET_HTTP_PATCH, "PATCH", "{}"},
        {SHELFLIFE_NET_HTTP_DELETE, "DELETE", "{}"}, {SHELFLIFE_NET_HTTP_DELETE, "DELETE", ""},
        {SHELFLIFE_NET_HTTP_POST, "POST", ""},
    };
    const struct shelflife_net_http_header headers[] = {{"X-One", STR("first")}, {"X-Empty", STR("")}};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[64];
        assert_true(perform(f, (struct shelflife_net_http_request){.method = cases[i].method,
                                                                   .url = url_of(f, "https", "/echo?a=b"),
                                                                   .body = shelflife_str_of(cases[i].body),
                                                                   .content_type = "application/json",
                                                                   .headers = headers,
                                                                   .header_count = COUNT(headers)}));
        assert_int_equal(f->response.status, 200);
        assert_string_equal(f->response.content_type, "application/json");
        snprintf(text, sizeof(text), "\"method\": \"%s\", \"path\": \"/echo?a=b\"", cases[i].name);
        assert_body_has(f, text);
        snprintf(text, sizeof(text), "\"body\": \"%s\"", cases[i].body);
        assert_body_has(f, text);
        assert_body_has(f, "\"x-one\": \"first\"");
        assert_body_has(f, "\"x-empty\": \"\"");
        assert_body_has(f, "\"user-agent\": \"shelflife/");
        assert_body_has(f, "\"accept-encoding\": \"gzip, deflate\"");
        if (cases[i].body[0])
            assert_body_has(f, "\"content-type\": \"application/json\"");
    }
}

static void header_values_cannot_begin_another_header(void **state)
{
    struct fixture *f = *state;
    struct shelflife_net_http_header header = {"If-None-Match", STR("a\r\nX-Evil: 1")};
    bool ok = perform(f, (struct shelflife_net_http_request){
                             .url = url_of(f, "https", "/echo"), .headers = &header, .header_count = 1});
    assert_fails(f, ok, SHELFLIFE_ERROR_USAGE, false, "If-None-Match to send contains a control character");
    ok = perform(f, (struct shelflife_net_http_request){.bearer_token = "a\nX-Evil: 1"});
    assert_fails(f, ok, SHELFLIFE_ERROR_USAGE, false, "bearer token to send contains a control character");
}

static void credentials_are_sent(void **state)
{
    struct fixture *f = *state;
    url_of(f, "https", "/echo");
    assert_true(perform(f, (struct shelflife_net_http_request){.bearer_token = "s3cret"}));
    assert_body_has(f, "\"authorization\": \"Bearer s3cret\"");
    assert_true(perform(f, (struct shelflife_net_http_request){.user = "me", .password = "pw"}));
    assert_body_has(f, "\"authorization\": \"Basic bWU6cHc=\"");
    assert_true(perform(f, (struct shelflife_net_http_request){0}));
    assert_null(memmem(f->body.at, f->body.len, "authorization", 13));
}

static void client_certificates_come_from_files_or_memory(void **state)
{
    struct fixture *f = *state;
    char crt[256], key[256];
    struct shelflife_net_http_peer files = f->peer, memory = {0};
    files.certificate_file = stand_in_file(&f->server, "client.crt", crt);
    files.key_file = stand_in_file(&f->server, "client.key", key);
    memory.ca_pem = stand_in_read(f->ca);
    memory.certificate_pem = stand_in_read(crt);
    memory.key_pem = stand_in_read(key);
    url_of(f, "https", "/echo");
    const struct shelflife_net_http_peer *peers[] = {&files, &memory};
    for (size_t i = 0; i < COUNT(peers); i++) {
        assert_true(perform(f, (struct shelflife_net_http_request){.peer = peers[i]}));
        assert_body_has(f, "\"client\": \"client\"");
        /* A connection with our certificate is not used for a request without. */
        assert_true(perform(f, (struct shelflife_net_http_request){0}));
        assert_body_has(f, "\"client\": null");
    }
    files.certificate_file = f->ca; /* another certificate, not the key's */
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.peer = &files}), SHELFLIFE_ERROR_USAGE,
                 false, "certificate and key must match");
    memory.certificate_pem.len = 10;
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.peer = &memory}), SHELFLIFE_ERROR_USAGE,
                 false, "certificate and key must match");
    cleanup_free(&memory.ca_pem.at);
    cleanup_free(&memory.certificate_pem.at);
    cleanup_free(&memory.key_pem.at);
}

static void only_trusted_servers_are_spoken_to(void **state)
{
    struct fixture *f = *state;
    struct shelflife_net_http_peer system = {0}, insecure = {.insecure = true}, named = f->peer, no_ca = {0};
    url_of(f, "https", "/echo");
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.peer = &system}), SHELFLIFE_ERROR_IO,
                 false, "signed by the configured CA");
    assert_true(perform(f, (struct shelflife_net_http_request){.peer = &insecure}));
    no_ca.ca_file = "/nowhere/ca.crt";
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.peer = &no_ca}), SHELFLIFE_ERROR_USAGE,
                 false, "the CA must be in a readable PEM file");
    no_ca.ca_file = "/dev/zero"; /* endless */
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.peer = &no_ca}), SHELFLIFE_ERROR_USAGE,
                 false, "cannot read /dev/zero: not a regular file");
    url_of(f, "expired", "/echo");
    assert_fails(f, perform(f, (struct shelflife_net_http_request){0}), SHELFLIFE_ERROR_IO, false,
                 "certificate has expired");
    url_of(f, "other", "/echo");
    assert_fails(f, perform(f, (struct shelflife_net_http_request){0}), SHELFLIFE_ERROR_IO, false,
                 "127.0.0.1");
    named.server_name = "other.example";
    assert_true(perform(f, (struct shelflife_net_http_request){.peer = &named}));
    char host[64];
    snprintf(host, sizeof(host), "\"host\": \"127.0.0.1:%d\"", stand_in_port(&f->server, "other"));
    assert_body_has(f, host);
    named.server_name = "third.example";
    assert_false(perform(f, (struct shelflife_net_http_request){.peer = &named}));
}

static void plain_http_is_for_those_who_allow_it(void **state)
{
    struct fixture *f = *state;
    struct shelflife_net_http_peer plain = {.allow_http = true};
    static const char *const refused[] = {
        "http://127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1", "", "https"};
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_fails(f, perform(f, (struct shelflife_net_http_request){.url = refused[i]}),
                     SHELFLIFE_ERROR_USAGE, false, "must be an https:// URL");
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.url = "https://u:secret@[::1/"}),
                 SHELFLIFE_ERROR_USAGE, false, "https://[::1/: ");
    url_of(f, "http", "/echo");
    assert_true(perform(f, (struct shelflife_net_http_request){.peer = &plain}));
    assert_fails(f,
                 perform(f, (struct shelflife_net_http_request){.peer = &plain, .url = "file:///etc/passwd"}),
                 SHELFLIFE_ERROR_USAGE, false, "must be");
}

static void errors_do_not_quote_passwords(void **state)
{
    static const char *const urls[] = {
        "https://user:secret?x@127.0.0.1/",    "https://user:secret#x@127.0.0.1/",
        "https://user:secret/x@127.0.0.1/",    "https://secret.invalid/x@127.0.0.1/",
        "https://secret.invalid?x@127.0.0.1/", "https://user:secret",
        "https://user%3Asecret%40127.0.0.1/",  "https://u:x@secret.invalid?x@127.0.0.1/",
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        assert_false(perform(f, (struct shelflife_net_http_request){.url = urls[i]}));
        if (strstr(f->err.text, "secret"))
            fail_msg("%s: %s", urls[i], f->err.text);
    }
    struct shelflife_net_http_peer peer = f->peer;
    peer.proxy = "http://user:secret/x@127.0.0.1";
    assert_false(
        perform(f, (struct shelflife_net_http_request){.url = url_of(f, "https", "/echo"), .peer = &peer}));
    assert_null(strstr(f->err.text, "secret"));
}

static void names_that_cannot_be_sent_are_usage_errors(void **state)
{
    struct fixture *f = *state;
    struct shelflife_net_http_peer peer = f->peer;
    peer.server_name = "other.example";
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.url = "https://a%7Fb/", .peer = &peer}),
                 SHELFLIFE_ERROR_USAGE, false, "the Host to send contains a control character");
    peer.server_name = "a b";
    assert_fails(
        f, perform(f, (struct shelflife_net_http_request){.url = url_of(f, "https", "/echo"), .peer = &peer}),
        SHELFLIFE_ERROR_USAGE, false, "the server name \"a b\" is not a host name");
}

static void a_content_type_that_cannot_be_sent_is_a_usage_error(void **state)
{
    struct fixture *f = *state;
    bool ok = perform(f, (struct shelflife_net_http_request){.method = SHELFLIFE_NET_HTTP_POST,
                                                             .url = url_of(f, "https", "/echo"),
                                                             .body = STR("{}"),
                                                             .content_type = "a\r\nX-Evil: 1"});
    assert_fails(f, ok, SHELFLIFE_ERROR_USAGE, false,
                 "the Content-Type to send contains a control character");
}

static void redirects_stay_on_https_and_are_few(void **state)
{
    struct fixture *f = *state;
    struct shelflife_net_http_request request = {.limits = {.redirects = 3}, .bearer_token = "s3cret"};
    char path[512];
    snprintf(path, sizeof(path), "/redirect?to=https://localhost:%d/echo",
             stand_in_port(&f->server, "https"));
    url_of(f, "https", path);
    assert_true(perform(f, request));
    assert_int_equal(f->response.status, 200);
    assert_string_equal(f->response.location, ""); /* of the last answer, not of those before */
    /* Another host (localhost for 127.0.0.1) never sees the token. */
    assert_null(memmem(f->body.at, f->body.len, "s3cret", 6));

    snprintf(path, sizeof(path), "/redirect?to=http://127.0.0.1:%d/echo", stand_in_port(&f->server, "http"));
    url_of(f, "https", path);
    f->peer.allow_http = true;
    assert_fails(f, perform(f, request), SHELFLIFE_ERROR_INPUT, false, "it must be an https:// URL");
    f->peer.allow_http = false;
    url_of(f, "https", "/redirect?to=file:///etc/passwd");
    assert_fails(f, perform(f, request), SHELFLIFE_ERROR_INPUT, false, "it must be an https:// URL");
    url_of(f, "https", "/redirect?to=/redirect?to=/redirect");
    assert_true(perform(f, (struct shelflife_net_http_request){0}));
    assert_int_equal(f->response.status, 302);
    assert_string_equal(f->response.location, "/redirect?to=/redirect");
    url_of(f, "https", "/redirect?to=%2Fredirect%3Fto%3D%252Fredirect%253Fto%253D%25252Fecho");
    request.limits.redirects = 2;
    assert_fails(f, perform(f, request), SHELFLIFE_ERROR_LIMIT, false, "Maximum (2) redirects");
    request.method = SHELFLIFE_NET_HTTP_POST;
    assert_true(perform(f, request));
    assert_int_equal(f->response.status, 302);
}

static void validators_come_and_go(void **state)
{
    struct fixture *f = *state;
    assert_true(get(f, "/etag"));
    assert_str_equal(shelflife_buffer_str(&f->body), "new");
    assert_string_equal(f->response.etag, "\"one\"");
    assert_string_equal(f->response.last_modified, "Sun, 06 Nov 1994 08:49:37 GMT");
    char etag[sizeof(f->response.etag)];
    memcpy(etag, f->response.etag, sizeof(etag));
    struct shelflife_net_http_header header = {"If-None-Match", shelflife_str_of(etag)};
    assert_true(perform(f, (struct shelflife_net_http_request){.headers = &header, .header_count = 1}));
    assert_int_equal(f->response.status, 304);
    assert_int_equal(f->body.len, 0);
    assert_true(get(f, "/status?code=429&retry=17"));
    assert_int_equal(f->response.status, 429);
    assert_string_equal(f->response.retry_after, "17");
    assert_true(get(f, "/long-etag"));
    assert_string_equal(f->response.etag, "");
}

static void compressed_bodies_are_decoded_up_to_the_limit(void **state)
{
    struct fixture *f = *state;
    static const char *const paths[] = {"/gzip", "/deflate"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        assert_true(get(f, paths[i]));
        assert_int_equal(f->body.len, 9000);
        assert_body_has(f, "squeezed squeezed");
    }
    assert_fails(f, get(f, "/bomb"), SHELFLIFE_ERROR_LIMIT, false, "limit of 1048576 bytes");
    assert_true(f->body.len <= 1 << 20);
    url_of(f, "https", "/bomb");
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.limits = {.body_bytes = 5000}}),
                 SHELFLIFE_ERROR_LIMIT, false, "/bomb: the response is longer than the limit of 5000 bytes");
    assert_fails(f, get(f, "/no-gzip"), SHELFLIFE_ERROR_INPUT, false, "the compressed response is damaged");
    url_of(f, "https", "/echo");
    assert_true(perform(f, (struct shelflife_net_http_request){.no_compression = true}));
    assert_null(memmem(f->body.at, f->body.len, "accept-encoding", 15));
}

static void limits_hold(void **state)
{
    struct fixture *f = *state;
    url_of(f, "https", "/bytes?n=5001");
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.limits = {.body_bytes = 5000}}),
                 SHELFLIFE_ERROR_LIMIT, false, "limit of 5000 bytes");
    url_of(f, "https", "/bytes?n=5000");
    assert_true(perform(f, (struct shelflife_net_http_request){.limits = {.body_bytes = 5000}}));
    assert_fails(f, get(f, "/headers"), SHELFLIFE_ERROR_LIMIT, false, "headers are longer");
    url_of(f, "https", "/slow");
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.limits = {.slow_seconds = 1}}),
                 SHELFLIFE_ERROR_IO, true, "too slow");
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.limits = {.total_ms = 300}}),
                 SHELFLIFE_ERROR_IO, true, "timed out");
    url_of(f, "https", "/hang");
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.limits = {.total_ms = 300}}),
                 SHELFLIFE_ERROR_IO, true, "timed out");
    assert_int_equal(f->response.status, 0);
}

/* Connections are accepted by the kernel, but nothing shakes hands. */
static void the_connect_limit_includes_the_handshake(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    char url[64];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 5) == 0 &&
                getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/", ntohs(address.sin_port));
    assert_fails(f,
                 perform(f, (struct shelflife_net_http_request){.url = url, .limits = {.connect_ms = 200}}),
                 SHELFLIFE_ERROR_IO, true, "timeout");
    close(fd);
}

static void request_headers_have_a_limit(void **state)
{
    static char value[70000];
    struct fixture *f = *state;
    memset(value, 'x', sizeof(value) - 1);
    const struct shelflife_net_http_header header = {"X-Long", shelflife_str_of(value)};
    bool ok = perform(f, (struct shelflife_net_http_request){
                             .url = url_of(f, "https", "/echo"), .headers = &header, .header_count = 1});
    assert_fails(f, ok, SHELFLIFE_ERROR_LIMIT, false, "the X-Long to send is longer than 65536 bytes");
}

static void broken_responses_are_failures(void **state)
{
    struct fixture *f = *state;
    assert_fails(f, get(f, "/cut"), SHELFLIFE_ERROR_IO, true, "");
    assert_str_equal(shelflife_buffer_str(&f->body), "only this");
    assert_fails(f, get(f, "/cut-chunked"), SHELFLIFE_ERROR_IO, true, "");
    assert_fails(f, get(f, "/drop"), SHELFLIFE_ERROR_IO, true, "");
    assert_fails(f, get(f, "/no-http"), SHELFLIFE_ERROR_INPUT, false, "this is not an HTTP server");
    /* A port without a listener. */
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.url = "https://127.0.0.1:1/x?y"}),
                 SHELFLIFE_ERROR_IO, true, "https://127.0.0.1:1/x: ");
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.url = "https://nowhere.invalid/"}),
                 SHELFLIFE_ERROR_IO, true, "https://nowhere.invalid/: Could not resolve host");
}

static bool refuse(void *context, const struct shelflife_net_http_response *response, str bytes, error *err)
{
    size_t *calls = context;
    ++*calls;
    assert_int_equal(response->status, 200);
    assert_true(bytes.len > 0);
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "enough of this");
}

static void the_sink_may_stop(void **state)
{
    struct fixture *f = *state;
    size_t calls = 0;
    url_of(f, "https", "/bytes?n=1000000");
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.sink = refuse, .context = &calls}),
                 SHELFLIFE_ERROR_INPUT, false, "enough of this");
    assert_int_equal(calls, 1);
}

static void *cancel_soon(void *context)
{
    usleep(50 * 1000);
    atomic_store((atomic_bool *)context, true);
    return NULL;
}

static void cancelling_ends_a_request(void **state)
{
    struct fixture *f = *state;
    atomic_bool cancel = false;
    pthread_t thread;
    url_of(f, "https", "/hang");
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &cancel), 0);
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.cancel = &cancel}), SHELFLIFE_ERROR_IO,
                 false, "/hang: cancelled");
    pthread_join(thread, NULL);
}

static void a_client_keeps_its_connection(void **state)
{
    struct fixture *f = *state;
    assert_true(get(f, "/echo"));
    char before[32], *at = memmem(f->body.at, f->body.len, "\"connections\": ", 15);
    assert_non_null(at);
    snprintf(before, sizeof(before), "%.*s", (int)strcspn(at, ","), at);
    for (int i = 0; i < 5; i++)
        assert_true(get(f, "/echo"));
    assert_body_has(f, before);
}

static void a_proxy_can_be_named(void **state)
{
    struct fixture *f = *state;
    struct shelflife_net_http_peer peer = f->peer;
    url_of(f, "https", "/echo");
    /* The plain server is not a proxy: it answers CONNECT with 501, which shows that it was asked. */
    char proxy[64];
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", stand_in_port(&f->server, "http"));
    peer.proxy = proxy;
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.peer = &peer}), SHELFLIFE_ERROR_IO, true,
                 "501");
    if (shelflife_net_workers_started())
        return; /* they have the environment of the start */
    assert_int_equal(setenv("https_proxy", proxy, 1), 0);
    assert_true(perform(f, (struct shelflife_net_http_request){0})); /* loopback: never */
    assert_fails(f, perform(f, (struct shelflife_net_http_request){.url = "https://nowhere.invalid/"}),
                 SHELFLIFE_ERROR_IO, true, "501");
    peer.proxy = "";
    assert_fails(
        f, perform(f, (struct shelflife_net_http_request){.peer = &peer, .url = "https://nowhere.invalid/"}),
        SHELFLIFE_ERROR_IO, true, "Could not resolve host");
    unsetenv("https_proxy");
}

static void a_head_has_header_fields_and_no_body(void **state)
{
    struct fixture *f = *state;
    CLEANUP(shelflife_buffer_free) buffer lines;
    shelflife_buffer_init(&lines, 64 << 10);
    assert_true(perform(f, (struct shelflife_net_http_request){.method = SHELFLIFE_NET_HTTP_HEAD,
                                                               .url = url_of(f, "https", "/bytes?n=1000"),
                                                               .header_lines = &lines}));
    assert_int_equal(f->response.status, 200);
    assert_int_equal(f->body.len, 0);
    str rest = shelflife_buffer_str(&lines), value;
    assert_true(shelflife_net_http_next_field(&rest, "content-length", &value));
    assert_str_equal(value, "1000");
    assert_false(shelflife_net_http_next_field(&rest, "content-length", &value));
    /* Those of the next response replace them. */
    assert_true(perform(
        f, (struct shelflife_net_http_request){.url = url_of(f, "https", "/echo"), .header_lines = &lines}));
    rest = shelflife_buffer_str(&lines);
    assert_true(shelflife_net_http_next_field(&rest, "content-type", &value));
    rest = shelflife_buffer_str(&lines);
    assert_true(shelflife_net_http_next_field(&rest, "content-length", &value));
    assert_false(shelflife_net_http_next_field(&rest, "content-length", &value));
}

static void refused_places_are_not_asked(void **state)
{
    static const struct {
        const char *host;
        unsigned refused;
        bool ok;
    } cases[] = {
        {"127.0.0.1", SHELFLIFE_NET_LOOPBACK, false},
        {"localhost", SHELFLIFE_NET_PLACES_OWN, false},
        {"127.0.0.1", SHELFLIFE_NET_LINK_LOCAL, true},
        {"127.0.0.1", 0, true},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_net_http_peer peer = f->peer;
        char url[128];
        snprintf(url, sizeof(url), "https://%s:%d/echo", cases[i].host, stand_in_port(&f->server, "https"));
        bool ok = perform(f, (struct shelflife_net_http_request){
                                 .url = url, .peer = &peer, .refused_places = cases[i].refused});
        assert_int_equal(ok, cases[i].ok);
        if (ok)
            assert_int_equal(f->response.place, SHELFLIFE_NET_LOOPBACK);
        else
            assert_fails(f, ok, SHELFLIFE_ERROR_INPUT, false,
                         "refused to connect to an address of this machine");
    }
}

/* A connection that is open already does not count as the answer to where the host is. */
static void an_open_connection_is_not_used_for_a_refused_place(void **state)
{
    struct fixture *f = *state;
    assert_true(get(f, "/echo"));
    assert_fails(f,
                 perform(f, (struct shelflife_net_http_request){.url = f->url,
                                                                .refused_places = SHELFLIFE_NET_LOOPBACK}),
                 SHELFLIFE_ERROR_INPUT, false, "refused to connect");
    assert_true(get(f, "/echo"));
}

static void a_proxy_is_not_asked_for_a_refused_place(void **state)
{
    struct fixture *f = *state;
    struct shelflife_net_http_peer peer = f->peer;
    char proxy[64];
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", stand_in_port(&f->server, "http"));
    peer.proxy = proxy;
    assert_fails(f,
                 perform(f, (struct shelflife_net_http_request){.url = "https://2852039166/",
                                                                .peer = &peer,
                                                                .refused_places = SHELFLIFE_NET_PLACES_OWN}),
                 SHELFLIFE_ERROR_INPUT, false, "refused to connect");
    /* The proxy itself may be there. */
    assert_fails(f,
                 perform(f, (struct shelflife_net_http_request){.url = "https://nowhere.invalid/",
                                                                .peer = &peer,
                                                                .refused_places = SHELFLIFE_NET_PLACES_OWN}),
                 SHELFLIFE_ERROR_IO, true, "501");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_bodies_and_headers_arrive),
        cmocka_unit_test(header_values_cannot_begin_another_header),
        cmocka_unit_test(credentials_are_sent),
        cmocka_unit_test(client_certificates_come_from_files_or_memory),
        cmocka_unit_test(only_trusted_servers_are_spoken_to),
        cmocka_unit_test(plain_http_is_for_those_who_allow_it),
        cmocka_unit_test(errors_do_not_quote_passwords),
        cmocka_unit_test(names_that_cannot_be_sent_are_usage_errors),
        cmocka_unit_test(a_content_type_that_cannot_be_sent_is_a_usage_error),
        cmocka_unit_test(redirects_stay_on_https_and_are_few),
        cmocka_unit_test(validators_come_and_go),
        cmocka_unit_test(compressed_bodies_are_decoded_up_to_the_limit),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(the_connect_limit_includes_the_handshake),
        cmocka_unit_test(request_headers_have_a_limit),
        cmocka_unit_test(broken_responses_are_failures),
        cmocka_unit_test(the_sink_may_stop),
        cmocka_unit_test(cancelling_ends_a_request),
        cmocka_unit_test(a_client_keeps_its_connection),
        cmocka_unit_test(a_proxy_can_be_named),
        cmocka_unit_test(a_head_has_header_fields_and_no_body),
        cmocka_unit_test(refused_places_are_not_asked),
        cmocka_unit_test(an_open_connection_is_not_used_for_a_refused_place),
        cmocka_unit_test(a_proxy_is_not_asked_for_a_refused_place),
    };
    return cmocka_run_group_tests_name("in this process", tests, start, stop) +
           cmocka_run_group_tests_name("by workers", tests, start_workers, stop_workers);
}
