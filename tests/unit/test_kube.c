/* rooms: file kube net json pki base */
#include "kube/kube.h"

#include <pthread.h>

#include "unit/stand_in.h"

/* A clock on which waiting takes no time, and is written down. */
struct fake {
    _Atomic uint64_t now, slept;
};

static uint64_t fake_milliseconds(void *context)
{
    return atomic_load(&((struct fake *)context)->now);
}

static int64_t fake_seconds(void *context)
{
    return 1800000000 + (int64_t)fake_milliseconds(context) / 1000; /* 2027-01-15T08:00:00Z */
}

static uint64_t fake_random(void *context)
{
    (void)context;
    return 0;
}

static bool fake_sleep(void *context, uint64_t milliseconds, const atomic_bool *cancel)
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

static int start_all(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_true(shelflife_net_start(&f->err));
    stand_in_start(&f->server, "stand_in_kube.py");
    stand_in_file(&f->server, "ca.crt", f->ca);
    *state = f;
    return 0;
}

static int stop_all(void **state)
{
    struct fixture *f = *state;
    stand_in_stop(&f->server);
    free(f);
    shelflife_net_stop();
    return 0;
}

static void open_client(struct fixture *f)
{
    f->kube = shelflife_kube_open(&f->config, &f->options, &f->err);
    assert_non_null(f->kube);
    f->client = shelflife_kube_client_new(f->kube, &f->err);
    assert_non_null(f->client);
}

static void close_client(struct fixture *f)
{
    shelflife_kube_client_free(f->client);
    shelflife_kube_close(f->kube);
    f->client = NULL;
    f->kube = NULL;
}

static int start(void **state)
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

static int stop(void **state)
{
    struct fixture *f = *state;
    close_client(f);
    shelflife_buffer_free(&f->body);
    return 0;
}

static void assert_text_has(str s, const char *text)
{
    if (!memmem(s.at, s.len, text, strlen(text)))
        fail_msg("\"%.*s\" has no \"%s\"", STR_PRINT(s), text);
}

static void assert_body_has(const struct fixture *f, const char *text)
{
    assert_text_has(shelflife_buffer_str(&f->body), text);
}

static void assert_error_has(const struct fixture *f, const char *text)
{
    assert_text_has(shelflife_str_of(f->err.text), text);
}

static bool get(struct fixture *f, const char *path)
{
    shelflife_buffer_reset(&f->body);
    f->err = (error){0};
    return shelflife_kube_get(f->client, shelflife_str_of(path), &f->body, &f->reply, &f->err);
}

/* GET of a path with one query parameter, or two. */
static bool ask(struct fixture *f, enum shelflife_http_method method, const char *path, const char *names[],
                const char *values[], size_t count)
{
    struct shelflife_kube_query query[4];
    for (size_t i = 0; i < count; i++)
        query[i] = (struct shelflife_kube_query){names[i], shelflife_str_of(values[i])};
    const struct shelflife_kube_request request = {
        .method = method, .path = shelflife_str_of(path), .query = query, .query_count = count};
    f->err = (error){0};
    return shelflife_kube_request(f->client, &request, &f->reply, &f->err);
}

/* ---- Paths and requests ---- */

static void paths_are_encoded(void **state)
{
    static const struct {
        struct shelflife_kube_target target;
        const char *path; /* NULL: refused */
    } cases[] = {
        {{.version = STR_INIT("v1"), .resource = STR_INIT("pods")}, "/api/v1/pods"},
        {{.group = STR_INIT("apps"), .version = STR_INIT("v1")}, "/apis/apps/v1"},
        {{STR_INIT("apps"), STR_INIT("v1"), STR_INIT("team-a"), STR_INIT("deployments"), STR_INIT("web"),
          STR_INIT("scale")},
         "/apis/apps/v1/namespaces/team-a/deployments/web/scale"},
        {{STR_INIT(""), STR_INIT("v1"), STR_INIT("a/../b"), STR_INIT("pods"), STR_INIT("x?y#z%\n"),
          STR_INIT("")},
         "/api/v1/namespaces/a%2F..%2Fb/pods/x%3Fy%23z%25%0A"},
        {{.version = STR_INIT("v1"), .resource = STR_INIT("pods"), .namespace = STR_INIT("..")}, NULL},
        {{.version = STR_INIT("v1"), .resource = STR_INIT("pods"), .name = STR_INIT(".")}, NULL},
        {{.version = STR_INIT("v1"), .name = STR_INIT("a")}, NULL},
        {{.resource = STR_INIT("pods")}, NULL},
        {{.version = STR_INIT("v1"), .resource = STR_INIT("pods"), .subresource = STR_INIT("log")}, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_buffer_free) buffer b;
        error err = {0};
        shelflife_buffer_init(&b, 1000);
        assert_int_equal(shelflife_kube_path(&b, &cases[i].target, &err), cases[i].path != NULL);
        if (cases[i].path)
            assert_str_equal(shelflife_buffer_str(&b), cases[i].path);
        else
            assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    }
}

static void queries_are_encoded(void **state)
{
    struct fixture *f = *state;
    const char *names[] = {"labelSelector", "x&y"}, *values[] = {"a in (b,c)&limit=1#\r\n", ""};
    assert_true(ask(f, SHELFLIFE_HTTP_GET, "/remember", names, values, 2));
    assert_true(get(f, "/recall"));
    assert_body_has(f, "\"/remember?labelSelector=a%20in%20%28b%2Cc%29%26limit%3D1%23%0D%0A&x%26y=\"");
    assert_true(get(f, "/echo"));
    assert_body_has(f, "\"accept\": \"application/json\"");
    assert_false(get(f, "echo"));
    assert_int_equal(f->err.kind, SHELFLIFE_ERROR_USAGE);
}

static void what_the_server_says_is_told(void **state)
{
    static const struct {
        const char *path;
        int status;
        const char *reason, *text;
        enum shelflife_error_kind kind;
    } cases[] = {
        {"/forbidden", 403, "Forbidden",
         "/forbidden: 403 Forbidden: things is forbidden: User \"me\" cannot?[31m list", SHELFLIFE_ERROR_IO},
        {"/invalid", 422, "Invalid", "422 Invalid: spec.x: Required value", SHELFLIFE_ERROR_INPUT},
        {"/plain", 404, "", "/plain: 404: 404 page not found", SHELFLIFE_ERROR_IO},
        {"/html", 404, "", "/html: 404", SHELFLIFE_ERROR_IO},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_false(get(f, cases[i].path));
        assert_int_equal(f->reply.status, cases[i].status);
        assert_string_equal(f->reply.reason, cases[i].reason);
        assert_error_has(f, "GET https://127.0.0.1:");
        assert_error_has(f, cases[i].text);
        assert_int_equal(f->err.kind, cases[i].kind);
        assert_int_equal(f->body.len, 0);
    }
    assert_null(strstr(f->err.text, "html>"));
}

static bool throttled(struct fixture *f, enum shelflife_http_method method, const char *until,
                      const char *code, const char *after)
{
    const char *names[] = {"until", "code", "after"}, *values[] = {until, code, after};
    return ask(f, method, "/throttled", names, values, after ? 3 : 2);
}

static void busy_servers_are_asked_again(void **state)
{
    struct fixture *f = *state;
    assert_true(throttled(f, SHELFLIFE_HTTP_GET, "3", "429", "7"));
    assert_int_equal(f->fake.slept, 14000);
    assert_true(throttled(f, SHELFLIFE_HTTP_GET, "3", "503", NULL));
    assert_int_equal(f->fake.slept, 14000); /* the jitter of this clock is none */
    assert_true(throttled(f, SHELFLIFE_HTTP_POST, "3", "429", "1"));
    assert_true(throttled(f, SHELFLIFE_HTTP_POST, "3", "503", "2"));
    /* Without the server's word a POST is not done twice, and nothing is asked for ever. */
    assert_false(throttled(f, SHELFLIFE_HTTP_POST, "3", "504", NULL));
    assert_int_equal(f->reply.status, 504);
    assert_false(throttled(f, SHELFLIFE_HTTP_GET, "100", "500", NULL));
    assert_string_equal(f->reply.reason, "TooManyRequests");
    assert_false(throttled(f, SHELFLIFE_HTTP_GET, "100", "429", "3600")); /* beyond the time budget */
    assert_false(throttled(f, SHELFLIFE_HTTP_GET, "100", "501", "1"));
}

static void broken_answers_are_asked_again(void **state)
{
    struct fixture *f = *state;
    assert_true(get(f, "/flaky"));
    assert_str_equal(shelflife_buffer_str(&f->body), "{\"whole\": true}");
    const char *names[] = {"x"}, *values[] = {"post"};
    assert_true(ask(f, SHELFLIFE_HTTP_PATCH, "/flaky", names, values, 1));
    values[0] = "another";
    assert_false(ask(f, SHELFLIFE_HTTP_POST, "/flaky", names, values, 1));
    assert_int_equal(f->err.kind, SHELFLIFE_ERROR_IO);
}

static void requests_keep_to_their_budget(void **state)
{
    struct fixture *f = *state;
    close_client(f);
    f->options.requests_second = 10;
    f->options.burst = 5;
    open_client(f);
    for (int i = 0; i < 5; i++)
        assert_true(get(f, "/echo"));
    assert_int_equal(f->fake.slept, 0);
    for (int i = 0; i < 5; i++)
        assert_true(get(f, "/echo"));
    assert_int_equal(f->fake.slept, 500);
}

/* ---- Lists ---- */

struct seen {
    char log[512]; /* a letter an event */
    buffer page;
    size_t things; /* of whole pages */
    bool inconsistent;
    int64_t remaining[16];
    enum shelflife_kube_list_event fail_at;
    enum shelflife_error_kind fail_with;
};

static size_t count_things(str s)
{
    size_t n = 0;
    for (const char *at; (at = memmem(s.at, s.len, "thing-", 6)); n++)
        s = shelflife_str_after(s, (size_t)(at - s.at) + 6);
    return n;
}

static bool see(void *context, enum shelflife_kube_list_event event, const struct shelflife_kube_page *page,
                str bytes, error *err)
{
    struct seen *s = context;
    size_t n = strlen(s->log);
    if (event != SHELFLIFE_KUBE_PAGE_BYTES && n + 1 < sizeof(s->log))
        s->log[n] = "S.EAR"[event];
    if (event == SHELFLIFE_KUBE_PAGE_START || event == SHELFLIFE_KUBE_PAGE_AGAIN)
        shelflife_buffer_reset(&s->page);
    if (event == SHELFLIFE_KUBE_RESTART)
        s->things = 0;
    shelflife_buffer_append(&s->page, bytes);
    if (s->fail_with && event == s->fail_at)
        return shelflife_fail(err, s->fail_with, "the handler has enough");
    if (event == SHELFLIFE_KUBE_PAGE_END) {
        /* What a reader of JSON would find. */
        if (s->page.len == 0 || s->page.at[s->page.len - 1] != '}')
            return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "no whole JSON");
        s->things += count_things(shelflife_buffer_str(&s->page));
        s->inconsistent = page->inconsistent;
        if (page->number < COUNT(s->remaining))
            s->remaining[page->number] = page->remaining;
        assert_int_equal(page->last, shelflife_str_find(shelflife_buffer_str(&s->page), '@') == SIZE_MAX);
    }
    return true;
}

static bool list(struct fixture *f, const char *path, struct seen *s)
{
    const struct shelflife_kube_list l = {.path = shelflife_str_of(path), .limit = 2};
    shelflife_buffer_init(&s->page, 1 << 20);
    f->err = (error){0};
    bool ok = shelflife_kube_list(f->client, &l, see, s, &f->reply, &f->err);
    shelflife_buffer_free(&s->page);
    return ok;
}

static void lists_come_whole_and_once(void **state)
{
    static const struct {
        const char *path, *log;
        size_t things;
        bool inconsistent;
    } cases[] = {
        {"/list/well", "SESESESESE", 10, false},          {"/list/behind", "SESESESESE", 10, false},
        {"/list/squeezed", "SESESESESE", 10, false},      {"/list/resumes", "SESESESESE", 10, true},
        {"/list/restarts", "SESERSESESESESE", 10, false}, {"/list/half", "SESASASESESESE", 10, false},
        {"/list/cut", "SESEASEASESESESE", 10, false},     {"/list/busy", "SESESESESE", 10, false},
        {"/list/broken", "SESESESESE", 10, false},        {"/list/empty", "SE", 0, false},
        {"/list/odd", "SESESESESE", 10, false},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct seen s = {0};
        if (!list(f, cases[i].path, &s))
            fail_msg("%s: %s (%s)", cases[i].path, f->err.text, s.log);
        if (strcmp(s.log, cases[i].log) != 0)
            fail_msg("%s: %s is not %s", cases[i].path, s.log, cases[i].log);
        assert_int_equal(s.things, cases[i].things);
        assert_int_equal(s.inconsistent, cases[i].inconsistent);
        int64_t first = s.remaining[0], wanted = strcmp(cases[i].path, "/list/odd") == 0 ? -1 : 8;
        if (cases[i].things)
            assert_int_equal(first, wanted);
        assert_int_equal(s.remaining[4], cases[i].things ? -1 : 0);
    }
    assert_int_equal(f->fake.slept, 8000); /* /list/busy's Retry-After, four times */
}

static void lists_that_cannot_be_had_end(void **state)
{
    static const struct {
        const char *path, *error;
        enum shelflife_error_kind kind;
    } cases[] = {
        {"/list/always-expired", "410 Expired: too old", SHELFLIFE_ERROR_IO},
        {"/list/always-restarts", "410 Expired: too old", SHELFLIFE_ERROR_IO},
        {"/list/always-cut", "no whole JSON", SHELFLIFE_ERROR_INPUT},
        {"/list/same-token", "the same continue token twice", SHELFLIFE_ERROR_IO},
        {"/list/no-json", "the response to GET /list/no-json is invalid: line 1, column 1",
         SHELFLIFE_ERROR_INPUT},
        {"/list/nothing", "the response to GET /list/nothing is invalid: ", SHELFLIFE_ERROR_INPUT},
        {"/list/long-token", "continue token", SHELFLIFE_ERROR_LIMIT},
        {"/forbidden", "403 Forbidden", SHELFLIFE_ERROR_IO},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct seen s = {0};
        if (list(f, cases[i].path, &s))
            fail_msg("%s was taken: %s", cases[i].path, s.log);
        if (!strstr(f->err.text, cases[i].error) || f->err.kind != cases[i].kind)
            fail_msg("%s: %d %s", cases[i].path, (int)f->err.kind, f->err.text);
    }
}

static void the_handler_may_stop(void **state)
{
    static const enum shelflife_kube_list_event events[] = {
        SHELFLIFE_KUBE_PAGE_START, SHELFLIFE_KUBE_PAGE_BYTES, SHELFLIFE_KUBE_PAGE_END};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(events); i++) {
        struct seen s = {.fail_at = events[i], .fail_with = SHELFLIFE_ERROR_LIMIT};
        assert_false(list(f, "/list/well", &s));
        assert_string_equal(f->err.text, "the handler has enough");
        assert_int_equal(f->err.kind, SHELFLIFE_ERROR_LIMIT);
        assert_string_equal(s.log, events[i] == SHELFLIFE_KUBE_PAGE_END ? "SE" : "S");
    }
    struct seen s = {.fail_at = SHELFLIFE_KUBE_RESTART, .fail_with = SHELFLIFE_ERROR_LIMIT};
    assert_false(list(f, "/list/always-restarts", &s));
    assert_string_equal(f->err.text, "the handler has enough");
}

/* ---- Discovery ---- */

static void discovery_takes_each_resource_once(void **state)
{
    static const struct shelflife_kube_resource wanted[] = {
        {"", "v1", "Pod", "pods", true, true},
        {"", "v1", "Node", "nodes", false, true},
        {"", "v1", "Binding", "bindings", true, false},
        {"batch", "v1", "Job", "jobs", true, true},
        {"batch", "v1beta1", "CronJob", "cronjobs", true, true},
        {"odd.example/..?x", "v1", "Odd", "odds", true, true},
    };
    struct fixture *f = *state;
    struct shelflife_kube_resources r;
    if (!shelflife_kube_discover(f->client, &r, &f->err))
        fail_msg("%s", f->err.text);
    assert_int_equal(r.count, COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_string_equal(r.items[i].group, wanted[i].group);
        assert_string_equal(r.items[i].version, wanted[i].version);
        assert_string_equal(r.items[i].kind, wanted[i].kind);
        assert_string_equal(r.items[i].name, wanted[i].name);
        assert_int_equal(r.items[i].namespaced, wanted[i].namespaced);
        assert_int_equal(r.items[i].can_list, wanted[i].can_list);
    }
    assert_int_equal(r.gap_count, 1);
    assert_string_equal(r.gaps[0].group_version, "down.example/v1");
    assert_non_null(strstr(r.gaps[0].why, "503 ServiceUnavailable: the server is currently unable"));
    shelflife_kube_resources_free(&r);
}

/* ---- Who we are ---- */

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static bool token_is(struct fixture *f, const char *good)
{
    const char *names[] = {"good"}, *values[] = {good};
    return ask(f, SHELFLIFE_HTTP_GET, "/token", names, values, 1);
}

static void token_files_are_read_again(void **state)
{
    struct fixture *f = *state;
    char path[256];
    close_client(f);
    f->config.token_file = stand_in_file(&f->server, "token", path);
    open_client(f);
    assert_false(token_is(f, "one"));
    assert_error_has(f, "the token file: ");
    write_file(path, "one\n");
    assert_true(token_is(f, "one"));
    /* Another is read when the server refuses this one, or a minute is over. */
    write_file(path, "two");
    assert_true(token_is(f, "one"));
    assert_true(token_is(f, "two"));
    write_file(path, "three");
    f->fake.now += 59999;
    assert_true(token_is(f, "two"));
    f->fake.now += 1;
    assert_true(token_is(f, "three"));
    assert_false(token_is(f, "four"));
    assert_int_equal(f->reply.status, 401);
    /* While the file is away, the last token goes on. */
    remove(path);
    f->fake.now += 60000;
    assert_true(token_is(f, "three"));
    write_file(path, "evil\r\nX-Evil: 1");
    f->fake.now += 60000;
    assert_false(token_is(f, "evil"));
    assert_error_has(f, "bearer token to send has a control character");
}

static struct shelflife_kube_exec plugin(const char *const *args, const char *const *env)
{
    return (struct shelflife_kube_exec){.api_version = "client.authentication.k8s.io/v1",
                                        .command = args[0],
                                        .args = args,
                                        .env = env,
                                        .interactive = SHELFLIFE_KUBE_INTERACTIVE_NEVER,
                                        .origin = "/k/config: user \"u\""};
}

#define PLUGIN TESTS_DIR "/integration/plugin.py"
static const char *const no_env[] = {NULL};

static void plugins_tell_tokens_until_they_expire(void **state)
{
    struct fixture *f = *state;
    char count[256], variable[300];
    snprintf(variable, sizeof(variable), "COUNT=%s", stand_in_file(&f->server, "count", count));
    const char *env[] = {variable, NULL};
    const char *args[] = {PLUGIN, "expiring", "2027-01-15T08:10:00Z", NULL};
    struct shelflife_kube_exec exec = plugin(args, env);
    close_client(f);
    f->config.exec = &exec;
    open_client(f);
    assert_true(token_is(f, "token-1"));
    assert_true(token_is(f, "token-1"));
    f->fake.now += 589 * 1000;
    assert_true(token_is(f, "token-1"));
    f->fake.now += 1 * 1000; /* ten seconds before the end */
    assert_true(token_is(f, "token-2"));
    args[1] = "numbered";
    assert_true(token_is(f, "token-3")); /* refused: asked again at once */
    assert_true(token_is(f, "token-3"));
    assert_false(token_is(f, "nobody"));
    assert_int_equal(f->reply.status, 401);
    args[1] = "fail";
    assert_false(token_is(f, "nobody"));
    assert_error_has(f, "/k/config: user \"u\": " PLUGIN " failed with exit status 7");
    close_client(f);
    f->config.token = "static"; /* goes before a plugin */
    open_client(f);
    assert_true(token_is(f, "static"));
    assert_false(token_is(f, "nobody"));
    assert_int_equal(f->reply.status, 401);
    remove(count);
}

static void *ask_beside(void *context)
{
    struct fixture *f = context;
    struct shelflife_kube_reply reply;
    error err;
    const struct shelflife_kube_query query = {"good", STR("token-1")};
    const struct shelflife_kube_request request = {.path = STR("/token"), .query = &query, .query_count = 1};
    struct shelflife_kube_client *client = shelflife_kube_client_new(f->kube, &err);
    bool ok = client != NULL;
    for (int i = 0; ok && i < 20; i++)
        ok = shelflife_kube_request(client, &request, &reply, &err);
    shelflife_kube_client_free(client);
    return ok ? f : NULL;
}

static void threads_share_what_a_plugin_told(void **state)
{
    struct fixture *f = *state;
    char count[256], variable[300];
    snprintf(variable, sizeof(variable), "COUNT=%s", stand_in_file(&f->server, "count-2", count));
    const char *env[] = {variable, NULL}, *args[] = {PLUGIN, "numbered", NULL};
    struct shelflife_kube_exec exec = plugin(args, env);
    pthread_t threads[4];
    close_client(f);
    f->config.exec = &exec;
    open_client(f);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_beside, f), 0);
    for (size_t i = 0; i < COUNT(threads); i++) {
        void *ok;
        assert_int_equal(pthread_join(threads[i], &ok), 0);
        assert_non_null(ok);
    }
    remove(count);
}

static void plugins_tell_certificates(void **state)
{
    struct fixture *f = *state;
    char crt[256], key[256];
    const char *args[] = {PLUGIN, "certificate", stand_in_file(&f->server, "client.crt", crt),
                          stand_in_file(&f->server, "client.key", key), NULL};
    struct shelflife_kube_exec exec = plugin(args, no_env);
    close_client(f);
    f->config.exec = &exec;
    open_client(f);
    assert_true(get(f, "/echo"));
    assert_body_has(f, "\"client\": \"client\"");
}

static void plugins_that_misbehave_are_told(void **state)
{
    static const struct {
        const char *what, *text;
        enum shelflife_error_kind kind;
    } cases[] = {
        {"old", "apiVersion: ", SHELFLIFE_ERROR_INPUT},
        {"no-status", "its output: must have a status with the credentials", SHELFLIFE_ERROR_INPUT},
        {"empty", "its output: status: must have a token or a client certificate", SHELFLIFE_ERROR_INPUT},
        {"half", "status: must have both clientCertificateData and clientKeyData", SHELFLIFE_ERROR_INPUT},
        {"bad-time", "status.expirationTimestamp: must be a time such as", SHELFLIFE_ERROR_INPUT},
        {"garbage", "its output", SHELFLIFE_ERROR_INPUT},
        {"nothing", "its output is not an ExecCredential in JSON", SHELFLIFE_ERROR_INPUT},
        {"fail", "failed with exit status 7", SHELFLIFE_ERROR_IO},
        {"hang", "it did not end within 2 s, and was killed", SHELFLIFE_ERROR_IO},
        {"flood", "it printed more than 1048576 bytes", SHELFLIFE_ERROR_LIMIT},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *args[] = {PLUGIN, cases[i].what, NULL};
        struct shelflife_kube_exec exec = plugin(args, no_env);
        close_client(f);
        f->config.exec = &exec;
        f->options.exec_ms = strcmp(cases[i].what, "hang") == 0 ? 2000 : 0;
        open_client(f);
        assert_false(get(f, "/echo"));
        assert_error_has(f, "/k/config: user \"u\": " PLUGIN);
        assert_error_has(f, cases[i].text);
        assert_null(strstr(f->err.text, "s3cret"));
        assert_int_equal(f->err.kind, cases[i].kind);
    }
    const char *args[] = {"shelflife-no-such-program", NULL};
    struct shelflife_kube_exec exec = plugin(args, no_env);
    exec.install_hint = "it is in the package x";
    close_client(f);
    f->config.exec = &exec;
    open_client(f);
    assert_false(get(f, "/echo"));
    assert_int_equal(f->err.kind, SHELFLIFE_ERROR_USAGE);
    assert_error_has(
        f, "shelflife-no-such-program cannot be run: No such file or directory; it is in the package x");
}

static void plugins_get_arguments_variables_and_cluster(void **state)
{
    struct fixture *f = *state;
    const char *args[] = {PLUGIN, "show", "a b", "$(id)", "", NULL}, *env[] = {"GIVEN=x;y", NULL};
    struct shelflife_kube_exec exec = plugin(args, env);
    exec.provide_cluster = true;
    exec.cluster_config = "{\"audience\":\"me\"}";
    close_client(f);
    f->config.exec = &exec;
    f->config.peer.server_name = "localhost";
    open_client(f);
    assert_true(get(f, "/echo"));
    assert_body_has(f, "[[\\\"a b\\\", \\\"$(id)\\\", \\\"\\\"], \\\"x;y\\\", {\\\"cluster\\\"");
    assert_body_has(f, "\\\"server\\\": \\\"https://127.0.0.1:");
    assert_body_has(f, "\\\"certificate-authority-data\\\": \\\"LS0tLS1CRUdJTi");
    assert_body_has(
        f, "\\\"config\\\": {\\\"audience\\\": \\\"me\\\"}}, \\\"interactive\\\": false}, \\\"\\\"]");
}

static void a_plugin_may_leave_a_child_behind(void **state)
{
    struct fixture *f = *state;
    const char *args[] = {PLUGIN, "background", NULL};
    struct shelflife_kube_exec exec = plugin(args, no_env);
    close_client(f);
    f->config.exec = &exec;
    open_client(f);
    assert_true(token_is(f, "x"));
}

static void cancelling_ends_a_plugin(void **state)
{
    struct fixture *f = *state;
    atomic_bool cancel = true;
    const char *args[] = {PLUGIN, "hang", NULL};
    struct shelflife_kube_exec exec = plugin(args, no_env);
    close_client(f);
    f->config.exec = &exec;
    f->options.cancel = &cancel;
    open_client(f);
    assert_false(get(f, "/echo"));
    assert_error_has(f, "cancelled");
}

static void one_acts_as_another_in_every_request(void **state)
{
    struct fixture *f = *state;
    struct shelflife_http_header as[] = {{"Impersonate-User", STR("jane")}, {"Impersonate-Group", STR("a")}};
    close_client(f);
    f->config.impersonate = as;
    f->config.impersonate_count = COUNT(as);
    open_client(f);
    assert_true(get(f, "/echo"));
    assert_body_has(f, "\"impersonate-user\": \"jane\"");
    assert_body_has(f, "\"impersonate-group\": \"a\"");
}

static void expired_servers_are_told_from_slow_ones(void **state)
{
    struct fixture *f = *state;
    close_client(f);
    snprintf(f->url, sizeof(f->url), "https://127.0.0.1:%d", stand_in_port(&f->server, "expired"));
    open_client(f);
    assert_false(get(f, "/echo"));
    assert_int_equal(f->reply.status, 0);
    assert_error_has(f, "certificate has expired");
    assert_int_equal(f->fake.slept, 0); /* no use in asking again */
}

/* ---- Writing ---- */

static void writes_say_what_they_mean(void **state)
{
    struct fixture *f = *state;
    str object = STR("{'a': 1}"), path = STR("/remember");
    assert_true(shelflife_kube_apply(f->client, path, object, "shelf life", true, &f->reply, &f->err));
    assert_true(get(f, "/recall"));
    assert_str_equal(shelflife_buffer_str(&f->body),
                     "[\"PATCH\", \"/remember?fieldManager=shelf%20life&force=true\", "
                     "\"application/apply-patch+yaml\", \"{'a': 1}\"]");
    assert_true(shelflife_kube_create(f->client, path, object, &f->reply, &f->err));
    assert_true(get(f, "/recall"));
    assert_str_equal(shelflife_buffer_str(&f->body),
                     "[\"POST\", \"/remember\", \"application/json\", \"{'a': 1}\"]");
    assert_true(shelflife_kube_update(f->client, path, object, &f->reply, &f->err));
    assert_true(get(f, "/recall"));
    assert_str_equal(shelflife_buffer_str(&f->body),
                     "[\"PUT\", \"/remember\", \"application/json\", \"{'a': 1}\"]");
    assert_true(shelflife_kube_delete(f->client, path, STR("u"), STR("7"), &f->reply, &f->err));
    assert_true(get(f, "/recall"));
    assert_body_has(f, "[\"DELETE\", \"/remember\", \"application/json\"");
    assert_body_has(f, "\\\"preconditions\\\":{\\\"uid\\\":\\\"u\\\",\\\"resourceVersion\\\":\\\"7\\\"}}");
    assert_true(shelflife_kube_delete(f->client, path, STR(""), STR(""), &f->reply, &f->err));
    assert_true(get(f, "/recall"));
    assert_body_has(f, "\\\"preconditions\\\":{}}");
    assert_false(shelflife_kube_create(f->client, STR("/invalid"), object, &f->reply, &f->err));
    assert_error_has(f, "POST https://127.0.0.1:");
    assert_int_equal(f->reply.status, 422);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_encoded),
        TEST(queries_are_encoded),
        TEST(what_the_server_says_is_told),
        TEST(busy_servers_are_asked_again),
        TEST(broken_answers_are_asked_again),
        TEST(requests_keep_to_their_budget),
        TEST(lists_come_whole_and_once),
        TEST(lists_that_cannot_be_had_end),
        TEST(the_handler_may_stop),
        TEST(discovery_takes_each_resource_once),
        TEST(token_files_are_read_again),
        TEST(plugins_tell_tokens_until_they_expire),
        TEST(threads_share_what_a_plugin_told),
        TEST(plugins_tell_certificates),
        TEST(plugins_that_misbehave_are_told),
        TEST(plugins_get_arguments_variables_and_cluster),
        TEST(a_plugin_may_leave_a_child_behind),
        TEST(cancelling_ends_a_plugin),
        TEST(one_acts_as_another_in_every_request),
        TEST(expired_servers_are_told_from_slow_ones),
        TEST(writes_say_what_they_mean),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
