/* rooms: file kube net json pki base */
/*
 * Tests the Kubernetes client against a real API server: kube_client KUBECONFIG HOST PORT DIRECTORY ETCD.
 * DIRECTORY contains the service account files of a pod without permissions, ETCD is the URL of the API
 * server's etcd. Run by test_kube_client.py, which has created 5 namespaces named "page-…".
 */
#include "kube/kube.h"
#include "unit/test.h"
#include "json/document.h"

struct fixture {
    struct shelflife_kube_config config;
    struct shelflife_kube *kube;
    struct shelflife_kube_client *client;
    struct shelflife_kube_reply reply;
    error err;
};

static char **arguments(char **set)
{
    static char **kept;
    if (set)
        kept = set;
    return kept;
}

static void need(bool ok, const struct fixture *f)
{
    if (!ok)
        fail_msg("%s", f->err.text);
}

static void open_client(struct fixture *f)
{
    f->kube = shelflife_kube_open(&f->config, NULL, &f->err);
    need(f->kube != NULL, f);
    f->client = shelflife_kube_client_new(f->kube, &f->err);
    need(f->client != NULL, f);
}

static int start(void **state)
{
    const struct shelflife_kube_choice choice = {.kubeconfig = arguments(NULL)[1]};
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    need(shelflife_net_start(&f->err), f);
    need(shelflife_kube_config_read(&choice, NULL, &f->config, &f->err), f);
    open_client(f);
    *state = f;
    return 0;
}

static int stop(void **state)
{
    struct fixture *f = *state;
    shelflife_kube_client_free(f->client);
    shelflife_kube_close(f->kube);
    shelflife_kube_config_free(&f->config);
    free(f);
    shelflife_net_stop();
    return 0;
}

struct seen {
    buffer page;
    size_t pages, names;
    int64_t remaining; /* after the first page */
};

static size_t count(str s, const char *what)
{
    size_t n = 0;
    for (const char *at; (at = memmem(s.at, s.len, what, strlen(what))); n++)
        s = shelflife_str_after(s, (size_t)(at - s.at) + strlen(what));
    return n;
}

static bool see(void *context, enum shelflife_kube_list_event event, const struct shelflife_kube_page *page,
                str bytes, error *err)
{
    struct seen *s = context;
    (void)err;
    if (event == SHELFLIFE_KUBE_PAGE_START)
        shelflife_buffer_reset(&s->page);
    shelflife_buffer_append(&s->page, bytes);
    if (event != SHELFLIFE_KUBE_PAGE_END)
        return true;
    s->names += count(shelflife_buffer_str(&s->page), "\"name\":\"page-");
    if (page->number == 0)
        s->remaining = page->remaining;
    s->pages++;
    return true;
}

static struct seen list(struct fixture *f, str path, unsigned limit)
{
    const struct shelflife_kube_list l = {.path = path, .limit = limit};
    struct seen s = {.page.limit = 64 << 20};
    need(shelflife_kube_list(f->client, &l, see, &s, &f->reply, &f->err), f);
    shelflife_buffer_free(&s.page);
    return s;
}

static void namespaces_come_in_pages(void **state)
{
    struct seen two = list(*state, STR("/api/v1/namespaces"), 2);
    struct seen all = list(*state, STR("/api/v1/namespaces"), 0);
    assert_int_equal(two.names, 5);
    assert_int_equal(all.names, 5);
    assert_int_equal(all.pages, 1);
    assert_int_equal(all.remaining, -1);
    assert_true(two.pages >= 3);
    assert_int_equal((two.remaining + 2 + 1) / 2, two.pages);
}

/* Sends a request to etcd; the reply is in `body`. */
static void etcd(const char *path, const char *question, buffer *body)
{
    const struct shelflife_net_http_peer plain = {.allow_http = true};
    struct shelflife_net_http_response response;
    error err = {0};
    char url[256];
    snprintf(url, sizeof(url), "%s%s", arguments(NULL)[5], path);
    const struct shelflife_net_http_request request = {.method = SHELFLIFE_NET_HTTP_POST,
                                                       .url = url,
                                                       .peer = &plain,
                                                       .body = shelflife_str_of(question),
                                                       .sink = shelflife_net_http_collect,
                                                       .context = body};
    struct shelflife_net_http_client *client = shelflife_net_http_client_new(&err);
    assert_non_null(client);
    shelflife_buffer_reset(body);
    if (!shelflife_net_http_perform(client, &request, &response, &err))
        fail_msg("%s", err.text);
    shelflife_net_http_client_free(client);
    if (response.status != 200)
        fail_msg("%s: %.*s", url, STR_PRINT(shelflife_buffer_str(body)));
}

/* Makes etcd forget all but the latest state: every continue token expires. */
static void compact(void)
{
    static const char key[] = "\"revision\":\"";
    CLEANUP(shelflife_buffer_free) buffer body = {.limit = 1 << 20};
    char question[64];
    etcd("/v3/kv/range", "{\"key\": \"AA==\"}", &body);
    shelflife_buffer_byte(&body, '\0');
    const char *at = memmem(body.at, body.len, key, strlen(key));
    assert_non_null(at);
    snprintf(question, sizeof(question), "{\"revision\": %ld}", strtol(at + strlen(key), NULL, 10));
    etcd("/v3/kv/compaction", question, &body);
}

struct expiring {
    struct seen seen;
    struct fixture *fixture;
    bool inconsistent;
};

/* After the first page, adds a namespace and compacts etcd. */
static bool see_expiring(void *context, enum shelflife_kube_list_event event,
                         const struct shelflife_kube_page *page, str bytes, error *err)
{
    struct expiring *e = context;
    struct shelflife_kube_reply reply;
    struct shelflife_kube_client *other;
    if (event == SHELFLIFE_KUBE_PAGE_END && page->number == 0) {
        other = shelflife_kube_client_new(e->fixture->kube, err);
        assert_non_null(other);
        need(shelflife_kube_create(other, STR("/api/v1/namespaces"),
                                   STR("{\"metadata\": {\"name\": \"page-9\"}}"), &reply, &e->fixture->err),
             e->fixture);
        shelflife_kube_client_free(other);
        compact();
    }
    e->inconsistent = page->inconsistent;
    return see(&e->seen, event, page, bytes, err);
}

static void expired_lists_go_on_without_counting_twice(void **state)
{
    struct fixture *f = *state;
    const struct shelflife_kube_list l = {.path = STR("/api/v1/namespaces"), .limit = 2};
    struct expiring e = {.seen.page.limit = 64 << 20, .fixture = f};
    need(shelflife_kube_list(f->client, &l, see_expiring, &e, &f->reply, &f->err), f);
    assert_true(e.inconsistent);
    assert_int_equal(e.seen.names, 6); /* including the one created after the first page was read */
    shelflife_buffer_free(&e.seen.page);
    need(shelflife_kube_delete(f->client, STR("/api/v1/namespaces/page-9"), STR(""), STR(""), &f->reply,
                               &f->err),
         f);
}

static void custom_resource_definitions_come_too(void **state)
{
    struct seen all = list(*state, SHELFLIFE_KUBE_CRDS_PATH, 1);
    assert_int_equal(all.pages, 1); /* there are none; an empty list is one page */
}

static bool has(const struct shelflife_kube_resources *r, const char *group, const char *name,
                const char *kind)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->items[i].group, group) == 0 && strcmp(r->items[i].name, name) == 0 &&
            strcmp(r->items[i].kind, kind) == 0)
            return r->items[i].can_list && r->items[i].namespaced;
    return false;
}

static void resources_are_discovered(void **state)
{
    struct fixture *f = *state;
    struct shelflife_kube_resources r;
    need(shelflife_kube_discover(f->client, &r, &f->err), f);
    assert_true(has(&r, "", "pods", "Pod"));
    assert_true(has(&r, "apps", "deployments", "Deployment"));
    assert_true(has(&r, "batch", "cronjobs", "CronJob")); /* old servers have only v1beta1 */
    assert_int_equal(r.gap_count, 0);
    shelflife_kube_resources_free(&r);
}

#define CONFIG_MAP(value)                                                                                    \
    "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"of-test\"}, \"data\": "    \
    "{\"a\": \"" value "\"}}"

static void objects_are_applied_and_deleted(void **state)
{
    struct fixture *f = *state;
    struct shelflife_kube_client *c = f->client;
    str path = STR("/api/v1/namespaces/default/configmaps/of-test");
    CLEANUP(shelflife_buffer_free) buffer body = {.limit = 1 << 20};
    need(shelflife_kube_apply(c, path, STR(CONFIG_MAP("1")), "one", false, &f->reply, &f->err), f);
    assert_int_equal(f->reply.status, 201);
    /* A field of another manager is changed only by force. */
    assert_false(shelflife_kube_apply(c, path, STR(CONFIG_MAP("2")), "two", false, &f->reply, &f->err));
    assert_int_equal(f->reply.status, 409);
    assert_string_equal(f->reply.reason, "Conflict");
    assert_non_null(strstr(f->err.text, "409 Conflict: "));
    need(shelflife_kube_apply(c, path, STR(CONFIG_MAP("2")), "two", true, &f->reply, &f->err), f);
    need(shelflife_kube_get(c, path, &body, &f->reply, &f->err), f);
    assert_int_equal(count(shelflife_buffer_str(&body), "\"a\":\"2\""), 1);

    assert_false(shelflife_kube_create(c, STR("/api/v1/namespaces/default/configmaps"), STR(CONFIG_MAP("3")),
                                       &f->reply, &f->err));
    assert_string_equal(f->reply.reason, "AlreadyExists");
    assert_false(shelflife_kube_delete(c, path, STR("00000000-0000-0000-0000-000000000000"), STR(""),
                                       &f->reply, &f->err));
    assert_int_equal(f->reply.status, 409);
    assert_false(shelflife_kube_delete(c, path, STR(""), STR("1"), &f->reply, &f->err));
    assert_int_equal(f->reply.status, 409);
    need(shelflife_kube_delete(c, path, STR(""), STR(""), &f->reply, &f->err), f);
    assert_false(shelflife_kube_get(c, path, &body, &f->reply, &f->err));
    assert_int_equal(f->reply.status, 404);
    assert_string_equal(f->reply.reason, "NotFound");
}

static void updates_need_the_latest_version(void **state)
{
    static const char old[] = "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": "
                              "\"of-test\", \"resourceVersion\": \"1\"}}";
    struct fixture *f = *state;
    str folder = STR("/api/v1/namespaces/default/configmaps");
    str path = STR("/api/v1/namespaces/default/configmaps/of-test");
    need(shelflife_kube_create(f->client, folder, STR(CONFIG_MAP("1")), &f->reply, &f->err), f);
    need(shelflife_kube_update(f->client, path, STR(CONFIG_MAP("2")), &f->reply, &f->err), f);
    assert_false(shelflife_kube_update(f->client, path, shelflife_str_of(old), &f->reply, &f->err));
    assert_int_equal(f->reply.status, 409);
    need(shelflife_kube_delete(f->client, path, STR(""), STR(""), &f->reply, &f->err), f);
}

static void a_pod_without_rights_is_told_so(void **state)
{
    char **args = arguments(NULL);
    const struct shelflife_kube_pod pod = {args[2], args[3], args[4]};
    struct fixture f = {0};
    CLEANUP(shelflife_buffer_free) buffer body = {.limit = 1 << 20};
    (void)state;
    need(shelflife_kube_config_in_pod(&pod, &f.config, &f.err), &f);
    open_client(&f);
    assert_false(shelflife_kube_get(f.client, STR("/api/v1/secrets"), &body, &f.reply, &f.err));
    assert_int_equal(f.reply.status, 403);
    assert_non_null(
        strstr(f.err.text, "403 Forbidden: secrets is forbidden: User \"developer\" cannot list"));
    need(shelflife_kube_get(f.client, STR("/version"), &body, &f.reply, &f.err), &f);
    shelflife_kube_client_free(f.client);
    shelflife_kube_close(f.kube);
    shelflife_kube_config_free(&f.config);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(namespaces_come_in_pages),
        cmocka_unit_test(expired_lists_go_on_without_counting_twice),
        cmocka_unit_test(custom_resource_definitions_come_too),
        cmocka_unit_test(resources_are_discovered),
        cmocka_unit_test(objects_are_applied_and_deleted),
        cmocka_unit_test(updates_need_the_latest_version),
        cmocka_unit_test(a_pod_without_rights_is_told_so),
    };
    if (argc != 6)
        return 2;
    arguments(argv);
    return cmocka_run_group_tests(tests, start, stop);
}
