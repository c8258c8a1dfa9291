/* rooms: all */
/* All code that reads or makes a key or token wipes it, when it succeeds and when it fails. */
#include "cli/commands.h"
#include "kube/exec.h"
#include "kube/identity.h"
#include "renewal/renewal.h"
#include "server/certificate.h"
#include "server/server.h"
#include "server/tls.h"
#include "unit/certificate_kit.h"
#include "unit/cli_kit.h"
#include "unit/renewal_cluster.h"
#include "unit/secret_kit.h"

static const int64_t now = 1795392000; /* 2026-11-23 */

static const char *put_secret(void **state, const char *name, char path[PATH_MAX])
{
    put(state, name, STR("token: " SECRET_MARK "\n"));
    return path_in(state, name, path);
}

/* So that the kit finds the keys that a test makes. */
static void assert_has_mark(str key)
{
    assert_non_null(memmem(key.at, key.len, secret_marks[0], strlen(secret_marks[0])));
}

/* A buffer without the flag shows that the kit finds what is left. */
static void a_buffer_that_is_not_secret_leaves_its_content(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(secret_marks); i++) {
        bool secret = i % 2;
        buffer b;
        secret_watch();
        shelflife_buffer_init(&b, 100);
        b.secret = secret;
        shelflife_buffer_append(&b, STR("a "));
        shelflife_buffer_append(&b, shelflife_str_of(secret_marks[i / 2]));
        shelflife_buffer_free(&b);
        shelflife_alloc_set(NULL, NULL, NULL);
        assert_int_equal(secret_left, !secret);
    }
}

static void a_serving_key_that_is_refused_is_wiped(void **state)
{
    char key[PATH_MAX], certificate[PATH_MAX];
    put_certificate(state, "crt", "unused", now, 10);
    const struct shelflife_server_tls_files files = {path_in(state, "crt", certificate),
                                                     put_secret(state, "key", key), NULL};
    int64_t begins;
    error err = {0};
    secret_watch();
    assert_null(shelflife_server_credentials_load(&files, now, &begins, &err));
    assert_no_secret_left();
    assert_non_null(strstr(err.text, "not a private key"));
}

static void a_serving_key_from_the_caller_is_wiped(void **state)
{
    (void)state;
    struct shelflife_server_config config;
    struct shelflife_server_certificate served = {0};
    struct shelflife_log log;
    buffer certificate, key;
    make_certificate(now, 10, &certificate, &key);
    assert_has_mark(shelflife_buffer_str(&key));
    shelflife_server_defaults(&config);
    config.certificate_from_caller = true;
    shelflife_log_init(&log, STDERR_FILENO, SHELFLIFE_LOG_JSON);
    secret_watch();
    shelflife_server_certificate_init(&served, &config, &log);
    for (int i = 0; i < 2; i++)
        assert_true(shelflife_server_certificate_set(&served, shelflife_buffer_str(&certificate),
                                                     shelflife_buffer_str(&key), now, NULL));
    shelflife_server_certificate_free(&served);
    assert_no_secret_left();
    shelflife_log_free(&log);
    shelflife_buffer_free(&certificate);
    shelflife_buffer_free(&key);
}

static void the_key_of_a_pairs_ca_is_wiped(void **state)
{
    (void)state;
    enum { PEM_MAX = 1 << 16 };
    static const str name = STR_INIT("a.test"), no_name = STR_INIT("a b");
    for (int fails = 0; fails < 2; fails++) {
        buffer ca, certificate, key;
        secret_watch();
        shelflife_buffer_init(&ca, PEM_MAX);
        shelflife_buffer_init(&certificate, PEM_MAX);
        shelflife_buffer_init(&key, PEM_MAX);
        key.secret = true;
        assert_int_equal(
            shelflife_pki_make_pair(fails ? &no_name : &name, 1, now, 60, &ca, &certificate, &key, NULL),
            !fails);
        shelflife_buffer_free(&ca);
        shelflife_buffer_free(&certificate);
        shelflife_buffer_free(&key);
        assert_no_secret_left();
    }
}

static void commands_wipe_the_keys_that_they_read(void **state)
{
    static int (*const commands[])(int, char **) = {shelflife_cli_catalog_sign, shelflife_cli_certs};
    static const char *const reasons[] = {"file: ", "--ca and --ca-key: not a certificate"};
    char key[PATH_MAX], file[PATH_MAX];
    put_secret(state, "key", key);
    put(state, "file", STR("neither a catalog nor a certificate"));
    path_in(state, "file", file);
    for (size_t i = 0; i < COUNT(commands); i++) {
        char line[3 * PATH_MAX + 64], *argv[WORDS_MAX];
        struct capture shown;
        if (i)
            snprintf(line, sizeof(line), "init --ca-key %s --ca %s --dir %s/new a.test", key, file,
                     (const char *)*state);
        else
            snprintf(line, sizeof(line), "--key %s %s", key, file);
        int argc = split(line, argv);
        secret_watch();
        capture_begin(&shown, stderr);
        int code = commands[i](argc, argv);
        capture_end(&shown);
        assert_no_secret_left();
        assert_int_not_equal(code, 0);
        if (!strstr(shown.text, reasons[i]))
            fail_msg("%s", shown.text);
    }
}

static void a_token_file_is_wiped(void **state)
{
    char path[PATH_MAX];
    const struct shelflife_kube_config config = {.token_file = put_secret(state, "token", path)};
    const struct shelflife_kube_options options = {.clock = &shelflife_clock_system};
    struct shelflife_kube_identity identity;
    struct shelflife_kube_lease lease = {0};
    error err = {0};
    secret_watch();
    shelflife_kube_identity_init(&identity, &config, &options);
    assert_true(shelflife_kube_identity_lease(&identity, &lease, false, &err));
    shelflife_kube_credential_free(&lease.credential);
    shelflife_kube_identity_free(&identity);
    assert_no_secret_left();
}

static void the_output_of_a_plugin_that_fails_is_wiped(void **state)
{
    (void)state;
    static const char *const args[] = {"sh", "-c", "echo " SECRET_MARK "; exit 7", NULL}, *const no_env[] = {
                                                                                              NULL};
    struct shelflife_kube_exec exec = {.api_version = "client.authentication.k8s.io/v1",
                                       .command = args[0],
                                       .args = args,
                                       .env = no_env,
                                       .interactive = SHELFLIFE_KUBE_INTERACTIVE_NEVER,
                                       .provide_cluster = true,
                                       .origin = "u"};
    const struct shelflife_kube_config config = {
        .server = "https://a.test", .exec = &exec, .peer.proxy = "http://u:" SECRET_MARK "@proxy.test"};
    struct shelflife_kube_credential credential = {0};
    error err = {0};
    secret_watch();
    assert_false(shelflife_kube_exec_run(&config, 0, NULL, &credential, &err));
    assert_no_secret_left();
    assert_non_null(strstr(err.text, "exit status 7"));
}

static void a_kubeconfig_that_cannot_be_parsed_is_wiped(void **state)
{
    char path[PATH_MAX];
    struct shelflife_kube_config config;
    const struct shelflife_kube_choice choice = {.kubeconfig = path_in(state, "config", path)};
    error err = {0};
    put(state, "config", STR("{\"token\": \"" SECRET_MARK "\""));
    secret_watch();
    assert_false(shelflife_kube_config_read(&choice, NULL, &config, &err));
    assert_no_secret_left();
    assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
}

static void the_configuration_of_a_cluster_is_wiped(void **state)
{
    char path[PATH_MAX];
    struct shelflife_kube_config config;
    const struct shelflife_kube_choice choice = {.kubeconfig = path_in(state, "config", path)};
    put(state, "config",
        STR("apiVersion: v1\nkind: Config\ncurrent-context: c\n"
            "clusters: [{name: k, cluster: {server: https://a.test}}]\n"
            "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
            "users: [{name: u, user: {token: " SECRET_MARK "}}]\n"));
    assert_true(shelflife_kube_config_read(&choice, NULL, &config, NULL));
    assert_string_equal(config.token, SECRET_MARK);
    secret_watch();
    shelflife_kube_config_free(&config);
    assert_no_secret_left();
}

static void the_renewal_wipes_the_key_that_it_tries_names_with(void **state)
{
    (void)state;
    static const str no_name = STR_INIT("a b");
    const struct shelflife_renewal_config config = {.secret_namespace = "shelflife",
                                                    .secret_name = "tls",
                                                    .webhook = "hooks",
                                                    .identity = "pod-a",
                                                    .names = &no_name,
                                                    .name_count = 1,
                                                    .life = SHELFLIFE_RENEWAL_LIFE_MIN};
    error err = {0};
    secret_watch();
    assert_null(shelflife_renewal_new(&config, &err));
    assert_no_secret_left();
    assert_non_null(strstr(err.text, "a b"));
}

/* A second application of the same plan is a conflict: an error after the key has been made. */
static void the_renewal_wipes_the_keys_that_it_makes(void **state)
{
    struct cluster_fixture *f = *state;
    struct shelflife_renewal_observation observation;
    struct shelflife_renewal_plan plan;
    replica_open(f, "pod-a", "tls");
    observe(f, &observation);
    decide(f, &observation, &plan);
    assert_int_equal(plan.step, SHELFLIFE_RENEWAL_STEP_ADD_NEXT);
    for (int again = 0; again < 2; again++) {
        bool conflict;
        secret_watch();
        assert_int_equal(shelflife_renewal_apply(&f->replica, &observation, &plan, &conflict, &f->err),
                         !again);
        assert_no_secret_left();
        assert_int_equal(conflict, again);
    }
    shelflife_renewal_observation_free(&observation);
    observe(f, &observation);
    assert_has_mark(observation.next.key);
    secret_watch();
    shelflife_renewal_observation_free(&observation);
    assert_no_secret_left();
    replica_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_that_is_not_secret_leaves_its_content),
        IN_A_FOLDER(a_serving_key_that_is_refused_is_wiped),
        cmocka_unit_test(a_serving_key_from_the_caller_is_wiped),
        cmocka_unit_test(the_key_of_a_pairs_ca_is_wiped),
        IN_A_FOLDER(commands_wipe_the_keys_that_they_read),
        IN_A_FOLDER(a_token_file_is_wiped),
        cmocka_unit_test(the_output_of_a_plugin_that_fails_is_wiped),
        IN_A_FOLDER(a_kubeconfig_that_cannot_be_parsed_is_wiped),
        IN_A_FOLDER(the_configuration_of_a_cluster_is_wiped),
        cmocka_unit_test(the_renewal_wipes_the_key_that_it_tries_names_with),
        cmocka_unit_test_setup_teardown(the_renewal_wipes_the_keys_that_it_makes, cluster_start,
                                        cluster_stop),
    };
    return cmocka_run_group_tests_name("secret_owners", tests, NULL, NULL);
}
