/* A client of the Kubernetes API, and a stand-in for the server, for the tests of the room. */
#ifndef SHELFLIFE_TEST_KUBE_KIT_H
#define SHELFLIFE_TEST_KUBE_KIT_H

#include <pthread.h>

#include "kube/kube.h"
#include "unit/stand_in.h"

/* A clock on which waiting takes no time, and is recorded. */
struct fake {
    _Atomic uint64_t now, slept;
};

static UNUSED uint64_t fake_milliseconds(void *context)
{
    return atomic_load(&((struct fake *)context)->now);
}

static UNUSED int64_t fake_seconds(void *context)
{
    return 1800000000 + (int64_t)fake_milliseconds(context) / 1000; /* 2027-01-15T08:00:00Z */
}

static UNUSED uint64_t fake_random(void *context)
{
    (void)context;
    return 0;
}

static UNUSED bool fake_sleep(void *context, uint64_t milliseconds, const atomic_bool *cancel)
{
    struct fake *f = context;
    atomic_fetch_add(&f->now, milliseconds);
    atomic_fetch_add(&f->slept, milliseconds);
    return !(cancel && atomic_load(cancel));
}

struct fixture {
    struct stand_in server;
    char url[64], ca[256];
    struct fake fake;
    struct shelflife_clock clock;
    struct shelflife_kube_config config;
    struct shelflife_kube_options options;
    struct shelflife_kube *kube;
    struct shelflife_kube_client *client;
    struct shelflife_kube_reply reply;
    buffer body;
    error err;
};

static UNUSED int start_all(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_true(shelflife_net_start(&f->err));
    stand_in_start(&f->server, "stand_in_kube.py");
    stand_in_file(&f->server, "ca.crt", f->ca);
    *state = f;
    return 0;
}

static UNUSED int stop_all(void **state)
{
    struct fixture *f = *state;
    stand_in_stop(&f->server);
    free(f);
    shelflife_net_stop();
    return 0;
}

static UNUSED void open_client(struct fixture *f)
{
    f->kube = shelflife_kube_open(&f->config, &f->options, &f->err);
    assert_non_null(f->kube);
    f->client = shelflife_kube_client_new(f->kube, &f->err);
    assert_non_null(f->client);
}

static UNUSED void close_client(struct fixture *f)
{
    shelflife_kube_client_free(f->client);
    shelflife_kube_close(f->kube);
    f->client = NULL;
    f->kube = NULL;
}

static UNUSED int start(void **state)
{
    struct fixture *f = *state;
    snprintf(f->url, sizeof(f->url), "https://127.0.0.1:%d", stand_in_port(&f->server, "https"));
    f->fake = (struct fake){0};
    f->clock = (struct shelflife_clock){fake_milliseconds, fake_seconds, fake_random, fake_sleep, &f->fake};
    f->config =
        (struct shelflife_kube_config){.server = f->url, .namespace = "default", .peer.ca_file = f->ca};
    f->options = (struct shelflife_kube_options){.clock = &f->clock, .requests_second = 1000000};
    shelflife_buffer_init(&f->body, 1 << 20);
    open_client(f);
    return 0;
}

static UNUSED int stop(void **state)
{
    struct fixture *f = *state;
    close_client(f);
    shelflife_buffer_free(&f->body);
    return 0;
}

static UNUSED void assert_text_has(str s, const char *text)
{
    if (!memmem(s.at, s.len, text, strlen(text)))
        fail_msg("\"%.*s\" has no \"%s\"", STR_PRINT(s), text);
}

static UNUSED void assert_body_has(const struct fixture *f, const char *text)
{
    assert_text_has(shelflife_buffer_str(&f->body), text);
}

static UNUSED void assert_error_has(const struct fixture *f, const char *text)
{
    assert_text_has(shelflife_str_of(f->err.text), text);
}

static UNUSED bool get(struct fixture *f, const char *path)
{
    shelflife_buffer_reset(&f->body);
    f->err = (error){0};
    return shelflife_kube_get(f->client, shelflife_str_of(path), &f->body, &f->reply, &f->err);
}

/* GET of a path with one query parameter, or two. */
static UNUSED bool ask(struct fixture *f, enum shelflife_net_http_method method, const char *path,
                       const char *names[], const char *values[], size_t count)
{
    struct shelflife_kube_query query[4];
    for (size_t i = 0; i < count; i++)
        query[i] = (struct shelflife_kube_query){names[i], shelflife_str_of(values[i])};
    const struct shelflife_kube_request request = {
        .method = method, .path = shelflife_str_of(path), .query = query, .query_count = count};
    f->err = (error){0};
    return shelflife_kube_request(f->client, &request, &f->reply, &f->err);
}

static UNUSED bool token_is(struct fixture *f, const char *good)
{
    const char *names[] = {"good"}, *values[] = {good};
    return ask(f, SHELFLIFE_NET_HTTP_GET, "/token", names, values, 1);
}

static UNUSED struct shelflife_kube_exec plugin(const char *const *args, const char *const *env)
{
    return (struct shelflife_kube_exec){.api_version = "client.authentication.k8s.io/v1",
                                        .command = args[0],
                                        .args = args,
                                        .env = env,
                                        .interactive = SHELFLIFE_KUBE_INTERACTIVE_NEVER,
                                        .origin = "/k/config: user \"u\""};
}

#define PLUGIN TESTS_DIR "/integration/plugin.py"
static UNUSED const char *const no_env[] = {NULL};

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

#endif
