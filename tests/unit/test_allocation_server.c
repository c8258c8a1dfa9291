/* rooms: all */
/* Allocation failure in the server: start, reload, a review over TLS, stop. */
#include "unit/allocation_kit.h"

#include <fcntl.h>
#include <limits.h>

#include "net/net.h"
#include "pki/pki.h"
#include "server/server.h"

#define CATALOG TESTS_DIR "/data/policies/judge/catalog/tree.yaml"
#define POLICY TESTS_DIR "/data/policies/judge/actions.yaml"

enum { AT = 20619 /* 2026-06-15 */, LIMIT = 1 << 20 };

struct serving {
    char folder[64], certificate[PATH_MAX], key[PATH_MAX];
    buffer ca;
    const char *catalogs[1];
    struct shelflife_server_config config;
    struct shelflife_net_http_client *client;
};

/* ---- Start and stop ---- */

static bool start_and_stop(void *context, error *err)
{
    const struct serving *s = context;
    struct shelflife_server *server = shelflife_server_start(&s->config, err);
    if (!server)
        return false;
    bool ok = shelflife_server_port(server) != 0 && shelflife_server_probe_port(server) != 0;
    shelflife_server_free(server);
    return ok || shelflife_fail(err, SHELFLIFE_ERROR_NONE, "no port");
}

static void the_server_starts_and_stops(void **state)
{
    kit_fail_each("start and stop", start_and_stop, *state);
}

/* ---- A review ---- */

static const char denied[] =
    "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/"
    "v1\",\"request\":{\"uid\":\"u-1\",\"kind\":"
    "{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},\"resource\":{\"group\":\"\",\"version\":\"v1\","
    "\"resource\":\"pods\"},\"name\":\"w\",\"namespace\":\"n\",\"operation\":\"CREATE\",\"userInfo\":{"
    "\"username\":"
    "\"someone\"},\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"w\"},\"spec\":"
    "{\"containers\":[{\"name\":\"c\",\"image\":\"pine:3.8\"}]}},\"oldObject\":null}}";

static bool has(str text, const char *part)
{
    return text.len && memmem(text.at, text.len, part, strlen(part));
}

/* A reply that allows is never right; none at all, or an error, is what an API server counts as a failure of
   the webhook. */
static bool ask(struct serving *s, struct shelflife_server *server, error *err)
{
    char url[128];
    CLEANUP(shelflife_buffer_free) buffer body;
    shelflife_buffer_init(&body, LIMIT);
    snprintf(url, sizeof(url), "https://localhost:%u/validate/enforce", shelflife_server_port(server));
    const struct shelflife_net_http_peer peer = {.ca_pem = shelflife_buffer_str(&s->ca), .proxy = ""};
    const struct shelflife_net_http_request request = {.method = SHELFLIFE_NET_HTTP_POST,
                                                       .url = url,
                                                       .peer = &peer,
                                                       .body = shelflife_str_of(denied),
                                                       .content_type = "application/json",
                                                       .limits.total_ms = 20000,
                                                       .sink = shelflife_net_http_collect,
                                                       .context = &body};
    struct shelflife_net_http_response response;
    bool came = shelflife_net_http_perform(s->client, &request, &response, err);
    str reply = shelflife_buffer_str(&body);
    if (has(reply, "\"allowed\":true"))
        return shelflife_fail(err, SHELFLIFE_ERROR_NONE, "allows what it denies otherwise");
    if (came && response.status == 200 && has(reply, "is past end of patch"))
        return true;
    return shelflife_fail(err, SHELFLIFE_ERROR_MEMORY, "%d %.*s", response.status, STR_PRINT(reply));
}

/* A server and a client, made while nothing fails. */
static struct shelflife_server *start_quietly(struct serving *s, error *err)
{
    kit_exempt = true; /* which the server's own threads are not */
    struct shelflife_server *server = shelflife_server_start(&s->config, err);
    s->client = shelflife_net_http_client_new(err);
    assert_true(server && s->client);
    return server;
}

static void stop_quietly(struct serving *s, struct shelflife_server *server)
{
    kit_exempt = true;
    shelflife_net_http_client_free(s->client);
    shelflife_server_free(server);
    kit_exempt = false;
}

/* The next review, when there is memory again. */
static bool recovers(struct serving *s, struct shelflife_server *server, error *err)
{
    error later = {0};
    size_t fails_from = kit_state.fails_from;
    kit_exempt = true;
    kit_state.fails_from = SIZE_MAX;
    bool ok = ask(s, server, &later);
    kit_state.fails_from = fails_from;
    return ok || shelflife_fail(err, SHELFLIFE_ERROR_NONE, "the next review: %s", later.text);
}

static bool review_twice(void *context, error *err)
{
    struct serving *s = context;
    struct shelflife_server *server = start_quietly(s, err);
    bool ok = ask(s, server, err);
    ok = recovers(s, server, err) && ok;
    stop_quietly(s, server);
    return ok;
}

static void reviews_are_answered(void **state)
{
    kit_fail_each("a review", review_twice, *state);
}

/* What fails is logged, and what was there before stays. TLS takes most of the time, so that not every reload
   is followed by a review. */
static bool reload(void *context, error *err)
{
    enum { ASK_EACH = 32 };
    struct serving *s = context;
    struct shelflife_server *server = start_quietly(s, err);
    kit_exempt = false;
    shelflife_server_reload(server, true);
    bool ok = kit_state.fails_from % ASK_EACH || recovers(s, server, err);
    stop_quietly(s, server);
    return ok;
}

static void a_reload_that_fails_changes_nothing(void **state)
{
    kit_fail_each("reload", reload, *state);
}

/* ---- */

static void put(const char *path, const buffer *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text->at, text->len), text->len);
    close(fd);
}

static int begin(void **state)
{
    static const str names[] = {STR_INIT("localhost")};
    struct serving *s = calloc(1, sizeof(*s));
    assert_non_null(s);
    shelflife_set_allocator(malloc, realloc, free); /* see libjansson in allocation_kit.h */
    snprintf(s->folder, sizeof(s->folder), "/tmp/shelflife-test-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->certificate, sizeof(s->certificate), "%s/tls.crt", s->folder);
    snprintf(s->key, sizeof(s->key), "%s/tls.key", s->folder);
    CLEANUP(shelflife_buffer_free) buffer certificate;
    CLEANUP(shelflife_buffer_free) buffer key;
    shelflife_buffer_init(&s->ca, LIMIT);
    shelflife_buffer_init(&certificate, LIMIT);
    shelflife_buffer_init(&key, LIMIT);
    assert_true(shelflife_pki_make_pair(names, 1, time(NULL), 86400, &s->ca, &certificate, &key, NULL));
    put(s->certificate, &certificate);
    put(s->key, &key);
    s->catalogs[0] = CATALOG;
    shelflife_server_defaults(&s->config);
    s->config.listen = "127.0.0.1:0";
    s->config.probe_listen = "127.0.0.1:0";
    s->config.tls.certificate = s->certificate;
    s->config.tls.key = s->key;
    s->config.sources.policy = POLICY;
    s->config.sources.catalogs = s->catalogs;
    s->config.sources.catalog_count = 1;
    s->config.sources.no_embedded = true;
    s->config.at = AT;
    assert_true(shelflife_net_start(NULL));
    kit_start(false);
    *state = s;
    return 0;
}

static int end(void **state)
{
    struct serving *s = *state;
    unlink(s->certificate);
    unlink(s->key);
    rmdir(s->folder);
    shelflife_buffer_free(&s->ca);
    free(s);
    shelflife_net_stop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_server_starts_and_stops),
        cmocka_unit_test(reviews_are_answered),
        cmocka_unit_test(a_reload_that_fails_changes_nothing),
    };
    return cmocka_run_group_tests_name("allocation server", tests, begin, end);
}
