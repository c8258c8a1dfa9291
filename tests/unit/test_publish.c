/* rooms: all */
#include "publish/publish.h"

#include "net/net.h"
#include "unit/stand_in.h"

struct fixture {
    struct stand_in server;
    char ca[256];
    struct shelflife_publish_outcome outcome;
    buffer changes;
    error err;
};

static const struct shelflife_audit_workload web = {.namespace = STR_INIT("a"),
                                                    .api_version = STR_INIT("v1"),
                                                    .kind = STR_INIT("Pod"),
                                                    .name = STR_INIT("web"),
                                                    .seen = true};
static const struct shelflife_audit_image bad = {.verdict = {.image = STR_INIT("NOT:AN:IMAGE"),
                                                             .invalid = "no name",
                                                             .phase = SHELFLIFE_PHASE_INVALID,
                                                             .action = SHELFLIFE_WARN},
                                                 .workloads = 1};
static const struct shelflife_audit_entry finding = {
    .workload = &web, .image = &bad, .action = SHELFLIFE_WARN, .next = SHELFLIFE_DAY_NONE};

static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_true(shelflife_net_start(&f->err));
    stand_in_start(&f->server, "stand_in_publish.py");
    stand_in_file(&f->server, "ca.crt", f->ca);
    shelflife_buffer_init(&f->changes, 1 << 20);
    *state = f;
    return 0;
}

static int stop(void **state)
{
    struct fixture *f = *state;
    stand_in_stop(&f->server);
    shelflife_buffer_free(&f->changes);
    free(f);
    shelflife_net_stop();
    return 0;
}

static void read_changes(struct fixture *f, const struct shelflife_kube_config *config)
{
    const struct shelflife_kube_options options = {.requests_second = 1000000};
    struct shelflife_kube_reply reply;
    struct shelflife_kube *kube = shelflife_kube_open(config, &options, &f->err);
    assert_non_null(kube);
    struct shelflife_kube_client *client = shelflife_kube_client_new(kube, &f->err);
    assert_non_null(client);
    shelflife_buffer_reset(&f->changes);
    assert_true(shelflife_kube_get(client, STR("/changes"), &f->changes, &reply, &f->err));
    shelflife_kube_client_free(client);
    shelflife_kube_close(kube);
}

/* Publishes with a server of a kind of trouble, and reads what that has changed. */
static bool publish(struct fixture *f, const char *port, const struct shelflife_audit_result *result,
                    const struct shelflife_publish_options *options)
{
    char url[64];
    snprintf(url, sizeof(url), "https://127.0.0.1:%d", stand_in_port(&f->server, port));
    const struct shelflife_kube_config config = {
        .server = url, .namespace = "default", .peer.ca_file = f->ca};
    bool ok = shelflife_publish(result, &config, options, &f->outcome, &f->err);
    error why = f->err;
    read_changes(f, &config);
    f->err = why;
    return ok;
}

static bool changed(const struct fixture *f, const char *what)
{
    char quoted[256];
    int n = snprintf(quoted, sizeof(quoted), "\"%s\"", what);
    return memmem(f->changes.at, f->changes.len, quoted, (size_t)n) != NULL;
}

#define GROUP "/apis/wgpolicyk8s.io/v1alpha2"
#define A GROUP "/namespaces/a/policyreports/shelflife"
#define B GROUP "/namespaces/b/policyreports/shelflife"
#define FOREIGN GROUP "/namespaces/c/policyreports/other"
#define CLUSTER GROUP "/clusterpolicyreports/shelflife"
#define CLUSTER_2 GROUP "/clusterpolicyreports/shelflife-2"

static void stale_reports_are_deleted_whatever_happens_to_the_lists(void **state)
{
    static const struct {
        const char *port;
        bool cluster; /* the second list is read in the end */
    } cases[] = {{"restarts", true}, {"breaks", false}};
    static const struct shelflife_audit_result nothing;
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct shelflife_publish_options options = {.reports = true};
        if (!publish(f, cases[i].port, &nothing, &options))
            fail_msg("%s: %s", cases[i].port, f->err.text);
        if (!changed(f, "DELETE " A) || !changed(f, "DELETE " B) || changed(f, "DELETE " FOREIGN) ||
            changed(f, "DELETE " CLUSTER) != cases[i].cluster ||
            changed(f, "DELETE " CLUSTER_2) != cases[i].cluster)
            fail_msg("%s: %.*s", cases[i].port, STR_PRINT(shelflife_buffer_str(&f->changes)));
        assert_int_equal(f->outcome.removed, cases[i].cluster ? 4 : 2);
        assert_int_equal(f->outcome.failed, 0);
    }
}

static void findings_become_reports_and_events(void **state)
{
    struct fixture *f = *state;
    const struct shelflife_audit_entry *findings[] = {&finding};
    const struct shelflife_audit_result result = {.findings = findings, .finding_count = 1};
    const struct shelflife_publish_options options = {.reports = true, .events = 5, .now = 1800000000};
    if (!publish(f, "fine", &result, &options))
        fail_msg("%s", f->err.text);
    assert_int_equal(f->outcome.written, 1);
    assert_int_equal(f->outcome.removed, 3);
    assert_int_equal(f->outcome.events, 1);
    assert_true(changed(f, "PATCH " A));
    assert_true(changed(f, "POST /api/v1/namespaces/a/events"));
    assert_false(changed(f, "DELETE " A));
    assert_true(changed(f, "DELETE " B));
}

static void a_partial_audit_deletes_nothing(void **state)
{
    struct fixture *f = *state;
    static const struct shelflife_audit_result partial = {.partial = true, .unread = true};
    const struct shelflife_publish_options options = {.reports = true};
    assert_true(publish(f, "refuses", &partial, &options));
    assert_str_equal(shelflife_buffer_str(&f->changes), "[]");
}

static void failures_are_counted_and_the_first_is_reported(void **state)
{
    struct fixture *f = *state;
    const struct shelflife_audit_entry *findings[] = {&finding};
    const struct shelflife_audit_result result = {.findings = findings, .finding_count = 1};
    const struct shelflife_publish_options options = {.reports = true};
    assert_false(publish(f, "refuses", &result, &options));
    assert_int_equal(f->outcome.failed, 4);
    assert_int_equal(f->outcome.written + f->outcome.removed, 0);
    if (!strstr(f->err.text, "PATCH ") || !strstr(f->err.text, A))
        fail_msg("%s", f->err.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stale_reports_are_deleted_whatever_happens_to_the_lists),
        cmocka_unit_test(findings_become_reports_and_events),
        cmocka_unit_test(a_partial_audit_deletes_nothing),
        cmocka_unit_test(failures_are_counted_and_the_first_is_reported),
    };
    return cmocka_run_group_tests_name("publish", tests, start, stop);
}
