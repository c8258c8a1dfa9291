/* rooms: file kube net json pki base */
#include "kube/exec.h"
#include "unit/kube_kit.h"

static void plugins_can_print_certificates(void **state)
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

static void errors_name_user_plugin_and_cause(void **state)
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
        {"nothing", "its output:1:1: this is not valid JSON or YAML", SHELFLIFE_ERROR_INPUT},
        {"fail", "failed with exit status 7", SHELFLIFE_ERROR_IO},
        {"hang", "it did not finish within 2 s and was killed", SHELFLIFE_ERROR_IO},
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
        f, "cannot run shelflife-no-such-program: No such file or directory; it is in the package x");
}

static void plugins_receive_arguments_variables_and_cluster(void **state)
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

static void a_plugin_may_leave_a_child_running(void **state)
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

static void credentials_are_read_from_output(void **state)
{
    static const struct {
        const char *status, *error; /* error NULL: accepted */
        const char *token, *certificate;
        int64_t expiry;
    } cases[] = {
        {"{\"token\":\"t\"}", NULL, "t", NULL, INT64_MAX},
        {"{\"token\":\"t\",\"expirationTimestamp\":\"2026-11-23T10:00:00Z\"}", NULL, "t", NULL, 1795428000},
        {"{\"clientCertificateData\":\"c\",\"clientKeyData\":\"k\"}", NULL, NULL, "c", INT64_MAX},
        {"{\"token\":\"t\",\"clientCertificateData\":\"c\",\"clientKeyData\":\"k\"}", NULL, "t", "c",
         INT64_MAX},
        {"{\"token\":\"t\",\"clientKeyData\":\"k\"}", "or neither", NULL, NULL, 0},
        {"{\"token\":7}", "token: ", NULL, NULL, 0},
        {"{}", "must have a token or a client certificate", NULL, NULL, 0},
        {"[]", "status: ", NULL, NULL, 0},
    };
    static const struct shelflife_kube_exec exec = {.api_version = "client.authentication.k8s.io/v1"};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_buffer_free) buffer text;
        struct shelflife_kube_credential c = {0};
        error err = {0};
        shelflife_buffer_init(&text, 4096);
        shelflife_buffer_format(&text, "{\"kind\":\"ExecCredential\",\"apiVersion\":\"%s\",\"status\":%s}",
                                exec.api_version, cases[i].status);
        bool ok = shelflife_kube_exec_read(&exec, shelflife_buffer_str(&text), &c, &err);
        if (ok != !cases[i].error || (!ok && !strstr(err.text, cases[i].error)))
            fail_msg("%s: %s", cases[i].status, err.text);
        if (ok) {
            assert_str_equal(shelflife_str_of(c.token), cases[i].token);
            assert_str_equal(shelflife_str_of(c.certificate), cases[i].certificate);
            assert_int_equal(c.expiry, cases[i].expiry);
        }
        shelflife_kube_credential_free(&c);
        assert_null(c.token);
    }
}

static void a_plugins_input_has_the_cluster_only_if_it_wants_it(void **state)
{
    static const char head[] = "{\"kind\":\"ExecCredential\",\"apiVersion\":\"v\",\"spec\":{";
    struct shelflife_kube_exec exec = {.api_version = "v"};
    const struct shelflife_kube_config config = {
        .server = "https://h", .exec = &exec, .peer = {.ca_pem = STR("PEM"), .insecure = true}};
    (void)state;
    for (int wants = 0; wants < 2; wants++) {
        CLEANUP(shelflife_buffer_free) buffer info, wanted;
        shelflife_buffer_init(&info, 4096);
        shelflife_buffer_init(&wanted, 4096);
        exec.provide_cluster = wants;
        assert_true(shelflife_kube_exec_info(&config, wants, &info, NULL));
        shelflife_buffer_format(
            &wanted, "%s%s\"interactive\":%s}}", head,
            wants ? "\"cluster\":{\"server\":\"https://h\",\"insecure-skip-tls-verify\":true,"
                    "\"certificate-authority-data\":\"UEVN\"},"
                  : "",
            wants ? "true" : "false");
        assert_true(shelflife_str_equal(shelflife_buffer_str(&info), shelflife_buffer_str(&wanted)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plugins_can_print_certificates),
        TEST(errors_name_user_plugin_and_cause),
        TEST(plugins_receive_arguments_variables_and_cluster),
        TEST(a_plugin_may_leave_a_child_running),
        TEST(cancelling_ends_a_plugin),
        cmocka_unit_test(credentials_are_read_from_output),
        cmocka_unit_test(a_plugins_input_has_the_cluster_only_if_it_wants_it),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
