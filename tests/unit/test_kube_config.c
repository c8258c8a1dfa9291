/* rooms: file kube net json pki base */
#include "kube/config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "unit/test.h"

/* Base64 of "-----BEGIN CERTIFICATE-----\nx\n". */
#define PEM64 "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCngK"
#define PEM "-----BEGIN CERTIFICATE-----\nx\n"

static const char first[] =
    "apiVersion: v1\n"
    "kind: Config\n"
    "current-context: work\n"
    "preferences: {}\n"
    "clusters:\n"
    "- name: prod\n"
    "  cluster:\n"
    "    server: https://prod.example:6443/\n"
    "    certificate-authority: pki/ca.crt\n"
    "    tls-server-name: kubernetes\n"
    "    proxy-url: socks5://proxy:1080\n"
    "    disable-compression: true\n"
    "- name: dev\n"
    "  cluster: {server: 'https://[::1]:6443/k8s/clusters/c-1', certificate-authority-data: " PEM64 "}\n"
    "- name: lax\n"
    "  cluster: {server: https://lax.example, insecure-skip-tls-verify: true}\n"
    "- name: proxy\n"
    "  cluster: {server: 'http://127.0.0.1:8001'}\n"
    "users:\n"
    "- name: me\n"
    "  user: {client-certificate: /abs/me.crt, client-key: me.key}\n"
    "- name: data\n"
    "  user: {client-certificate-data: " PEM64 ", client-key-data: " PEM64 "}\n"
    "- name: bearer\n"
    "  user: {token: abc, tokenFile: tok, username: u, password: p}\n"
    "- name: other\n"
    "  user: {token: t, as: jane, as-uid: '7', as-groups: [a, b], as-user-extra: {'x/y': [z]}}\n"
    "contexts:\n"
    "- name: work\n"
    "  context: {cluster: prod, user: me, namespace: team-a}\n"
    "- name: play\n"
    "  context: {cluster: dev, user: bearer}\n"
    "- name: anonymous\n"
    "  context: {cluster: lax, user: ''}\n"
    "- name: lost\n"
    "  context: {cluster: gone, user: me}\n";

static const char second[] =
    "{\"current-context\": \"play\", \"clusters\": [{\"name\": \"prod\", \"cluster\": {\"server\": "
    "\"https://wrong.example\"}}, {\"name\": \"more\", \"cluster\": {\"server\": "
    "\"https://more.example\", \"certificate-authority\": \"ca\"}}],"
    "\"contexts\": [{\"name\": \"more\", \"context\": {\"cluster\": \"more\", \"user\": \"me\"}}]}";

struct files {
    const char *text[3], *path[3];
};

static bool choose(const struct files *files, struct shelflife_kube_choice choice,
                   struct shelflife_kube_config *out, error *err)
{
    struct shelflife_kubeconfig *k = shelflife_kubeconfig_new(err);
    assert_non_null(k);
    bool ok = true;
    for (size_t i = 0; i < COUNT(files->text) && files->text[i] && ok; i++)
        ok = shelflife_kubeconfig_add(k, shelflife_str_of(files->text[i]), files->path[i], err);
    ok = ok && shelflife_kubeconfig_choose(k, &choice, out, err);
    shelflife_kubeconfig_free(k);
    return ok;
}

static const struct files both = {{first, second}, {"/home/me/.kube/config", "more/second.json"}};

static void must_choose(struct shelflife_kube_choice choice, struct shelflife_kube_config *out)
{
    error err;
    if (!choose(&both, choice, out, &err))
        fail_msg("%s", err.text);
}

static void the_current_context_counts(void **state)
{
    (void)state;
    struct shelflife_kube_config c;
    must_choose((struct shelflife_kube_choice){0}, &c);
    assert_string_equal(c.context, "work");
    assert_string_equal(c.namespace, "team-a");
    assert_string_equal(c.server, "https://prod.example:6443");
    assert_string_equal(c.peer.ca_file, "/home/me/.kube/pki/ca.crt");
    assert_string_equal(c.peer.server_name, "kubernetes");
    assert_string_equal(c.peer.proxy, "socks5://proxy:1080");
    assert_true(c.no_compression);
    assert_string_equal(c.peer.certificate_file, "/abs/me.crt");
    assert_string_equal(c.peer.key_file, "/home/me/.kube/me.key");
    assert_false(c.peer.insecure);
    assert_false(c.peer.allow_http);
    assert_null(c.token);
    assert_null(c.exec);
    shelflife_kube_config_free(&c);
}

static void flags_are_over_files(void **state)
{
    (void)state;
    struct shelflife_kube_config c;
    must_choose((struct shelflife_kube_choice){.context = "play"}, &c);
    assert_string_equal(c.server, "https://[::1]:6443/k8s/clusters/c-1");
    assert_string_equal(c.namespace, "default");
    assert_str_equal(c.peer.ca_pem, PEM);
    assert_string_equal(c.token, "abc");
    assert_string_equal(c.token_file, "/home/me/.kube/tok");
    assert_string_equal(c.user, "u");
    assert_string_equal(c.password, "p");
    shelflife_kube_config_free(&c);
    must_choose((struct shelflife_kube_choice){.cluster = "lax", .user = "data"}, &c);
    assert_string_equal(c.server, "https://lax.example");
    assert_string_equal(c.namespace, "team-a");
    assert_true(c.peer.insecure);
    assert_str_equal(c.peer.certificate_pem, PEM);
    assert_str_equal(c.peer.key_pem, PEM);
    shelflife_kube_config_free(&c);
    must_choose((struct shelflife_kube_choice){.context = "anonymous"}, &c);
    assert_null(c.token);
    assert_null(c.peer.certificate_file);
    shelflife_kube_config_free(&c);
    must_choose((struct shelflife_kube_choice){.cluster = "proxy"}, &c);
    assert_true(c.peer.allow_http);
    shelflife_kube_config_free(&c);
}

static void files_merge_entry_by_entry(void **state)
{
    (void)state;
    struct shelflife_kube_config c;
    must_choose((struct shelflife_kube_choice){.context = "more"}, &c);
    assert_string_equal(c.server, "https://more.example");
    assert_string_equal(c.peer.ca_file, "more/ca");                /* relative to the second file */
    assert_string_equal(c.peer.key_file, "/home/me/.kube/me.key"); /* to the first */
    shelflife_kube_config_free(&c);
    must_choose((struct shelflife_kube_choice){.cluster = "prod"}, &c);
    assert_string_equal(c.server, "https://prod.example:6443");
    shelflife_kube_config_free(&c);
}

static void one_may_act_as_another(void **state)
{
    static const struct {
        const char *name, *value;
    } wanted[] = {{"Impersonate-User", "jane"},
                  {"Impersonate-Uid", "7"},
                  {"Impersonate-Group", "a"},
                  {"Impersonate-Group", "b"},
                  {"Impersonate-Extra-x%2Fy", "z"}};
    (void)state;
    struct shelflife_kube_config c;
    must_choose((struct shelflife_kube_choice){.user = "other"}, &c);
    assert_int_equal(c.impersonate_count, COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_string_equal(c.impersonate[i].name, wanted[i].name);
        assert_str_equal(c.impersonate[i].value, wanted[i].value);
    }
    shelflife_kube_config_free(&c);
}

static const char *header(const struct shelflife_kube_config *c, size_t i)
{
    return i < c->impersonate_count ? c->impersonate[i].value.at : NULL;
}

static void a_server_given_is_another_cluster(void **state)
{
    (void)state;
    struct shelflife_kube_config c;
    must_choose((struct shelflife_kube_choice){.server = "https://other.example/"}, &c);
    assert_string_equal(c.server, "https://other.example");
    assert_null(c.context);
    assert_null(c.peer.server_name);
    assert_string_equal(c.peer.ca_file, "/home/me/.kube/pki/ca.crt");
    assert_string_equal(c.peer.key_file, "/home/me/.kube/me.key");
    assert_string_equal(c.namespace, "team-a");
    shelflife_kube_config_free(&c);
    must_choose((struct shelflife_kube_choice){.server = "10.0.0.1:6443", .tls_server_name = "kube"}, &c);
    assert_string_equal(c.server, "https://10.0.0.1:6443");
    assert_string_equal(c.peer.server_name, "kube");
    shelflife_kube_config_free(&c);
    must_choose((struct shelflife_kube_choice){.tls_server_name = "kube"}, &c);
    assert_string_equal(c.peer.server_name, "kube");
    assert_string_equal(c.context, "work");
    shelflife_kube_config_free(&c);
}

static void a_server_given_needs_no_file(void **state)
{
    const struct shelflife_kube_choice choice = {
        .server = "https://a", .token = "t", .request_ms = 7, .as = "jane"};
    const struct shelflife_kube_places nowhere = {NULL, "/nonexistent"};
    struct shelflife_kube_config c;
    error err;
    (void)state;
    if (!shelflife_kube_config_read(&choice, &nowhere, &c, &err))
        fail_msg("%s", err.text);
    assert_string_equal(c.server, "https://a");
    assert_string_equal(c.token, "t");
    assert_string_equal(c.namespace, "default");
    assert_int_equal(c.request_ms, 7);
    assert_string_equal(header(&c, 0), "jane");
    shelflife_kube_config_free(&c);
}

static void flags_of_trust_replace_that_of_the_file(void **state)
{
    (void)state;
    struct shelflife_kube_config c;
    must_choose((struct shelflife_kube_choice){.insecure_skip_tls_verify = true}, &c);
    assert_true(c.peer.insecure);
    assert_null(c.peer.ca_file);
    shelflife_kube_config_free(&c);
    must_choose((struct shelflife_kube_choice){.context = "play", .certificate_authority = "my-ca"}, &c);
    assert_string_equal(c.peer.ca_file, "my-ca");
    assert_int_equal(c.peer.ca_pem.len, 0);
    shelflife_kube_config_free(&c);
    must_choose((struct shelflife_kube_choice){.cluster = "lax", .certificate_authority = "my-ca"}, &c);
    assert_false(c.peer.insecure);
    shelflife_kube_config_free(&c);
}

static void flags_of_credentials_replace_those_of_the_file(void **state)
{
    (void)state;
    struct shelflife_kube_config c;
    must_choose((struct shelflife_kube_choice){.context = "play", .token = "mine"}, &c);
    assert_string_equal(c.token, "mine");
    assert_null(c.token_file);
    assert_null(c.user);
    assert_null(c.password);
    shelflife_kube_config_free(&c);
    must_choose((struct shelflife_kube_choice){.user = "data", .client_certificate = "c", .client_key = "k"},
                &c);
    assert_string_equal(c.peer.certificate_file, "c");
    assert_string_equal(c.peer.key_file, "k");
    assert_int_equal(c.peer.certificate_pem.len + c.peer.key_pem.len, 0);
    shelflife_kube_config_free(&c);
    must_choose((struct shelflife_kube_choice){.client_certificate = "c"}, &c);
    assert_string_equal(c.peer.certificate_file, "c");
    assert_string_equal(c.peer.key_file, "/home/me/.kube/me.key");
    shelflife_kube_config_free(&c);
}

static void flags_of_impersonation_replace_field_by_field(void **state)
{
    static const char *const groups[] = {"c"};
    (void)state;
    struct shelflife_kube_config c;
    must_choose((struct shelflife_kube_choice){.user = "other", .as = "joe"}, &c);
    assert_int_equal(c.impersonate_count, 5);
    assert_string_equal(header(&c, 4), "joe");
    shelflife_kube_config_free(&c);
    must_choose(
        (struct shelflife_kube_choice){
            .user = "other", .as_groups = groups, .as_group_count = 1, .as_uid = "8"},
        &c);
    assert_int_equal(c.impersonate_count, 4); /* user, extra, uid, group */
    assert_string_equal(header(&c, 0), "jane");
    assert_string_equal(header(&c, 2), "8");
    assert_string_equal(header(&c, 3), "c");
    shelflife_kube_config_free(&c);
}

static void empty_flags_are_not_set(void **state)
{
    (void)state;
    struct shelflife_kube_config c;
    must_choose((struct shelflife_kube_choice){.context = "", .server = "", .token = "", .as = ""}, &c);
    assert_string_equal(c.context, "work");
    assert_null(c.token);
    assert_int_equal(c.impersonate_count, 0);
    shelflife_kube_config_free(&c);
}

static void wrong_flags_are_named_without_secrets(void **state)
{
    static const char *const group = "g";
    static const struct {
        struct shelflife_kube_choice choice;
        const char *error;
    } cases[] = {
        {{.server = "http://prod.example"}, "--server: must be an https:// URL: http:// is allowed for loop"},
        {{.server = "ftp://a"}, "--server: must be an https:// URL"},
        {{.insecure_skip_tls_verify = true, .certificate_authority = "a"},
         "--insecure-skip-tls-verify and --certificate-authority cannot be used together"},
        {{.context = "anonymous", .client_key = "a"}, "--client-certificate is needed, too"},
        {{.context = "anonymous", .client_certificate = "a"}, "--client-key is needed, too"},
        {{.token = "secret\nword"}, "--token: must not contain control characters"},
        {{.as = "a\rb"}, "--as: must not contain control characters"},
        {{.as_groups = &group, .as_group_count = 1},
         "groups, a uid or extra fields to act as need a user, too: set --as"},
        {{.as_uid = "1"}, "groups, a uid or extra fields to act as need a user, too: set --as"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_kube_config c = {0};
        error err = {0};
        if (choose(&both, cases[i].choice, &c, &err))
            fail_msg("case %zu was taken", i);
        if (!shelflife_str_starts(shelflife_str_of(err.text), shelflife_str_of(cases[i].error)))
            fail_msg("case %zu: \"%s\" is not \"%s\"", i, err.text, cases[i].error);
        assert_null(strstr(err.text, "secret"));
    }
}

#define ONE(cluster, user)                                                                                   \
    "clusters: [{name: c, cluster: " cluster "}]\nusers: [{name: u, user: " user "}]\n"                      \
    "contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n"
#define USER(user) ONE("{server: https://a}", user)
#define EXEC(exec) USER("{exec: " exec "}")
#define V1 "apiVersion: client.authentication.k8s.io/v1"

static void errors_name_file_and_path(void **state)
{
    static const struct {
        const char *text, *context, *error;
    } cases[] = {
        {first, "nope", "the kubeconfig has no context \"nope\"; available: work, play, anonymous, lost"},
        {first, "lost", "the kubeconfig has no cluster \"gone\"; available: prod, dev, lax, proxy"},
        {"kind: Config", NULL, "the kubeconfig selects no context: name one"},
        {"kind: Deployment", NULL, "f: must be a kubeconfig (kind: Config), but is of another kind"},
        {"- a", NULL, "f: must be a map, but is a list"},
        {"a: [", NULL, "f:"},
        {"clusters: {}", NULL, "f: clusters: must be a list, but is a map"},
        {"users: [{user: {}}]", NULL, "f: users[0]: must have a name"},
        {"users: [{name: [], user: {}}]", NULL, "f: users[0].name: must be a"},
        {ONE("{}", "{}"), NULL, "f: clusters[0].cluster: must have a server: an https:// URL"},
        {ONE("[]", "{}"), NULL, "f: clusters[0].cluster: must be a map"},
        {ONE("{server: 'http://a'}", "{}"), NULL,
         "f: clusters[0].cluster.server: must be an https:// URL: http:// is allowed for loopback only"},
        {ONE("{server: a}", "{}"), NULL, "f: clusters[0].cluster.server: must be an https:// URL"},
        {ONE("{server: 'https://'}", "{}"), NULL, "f: clusters[0].cluster.server: must be an https:// URL"},
        {ONE("{server: 7}", "{}"), NULL, "f: clusters[0].cluster.server: must be a"},
        {ONE("{server: https://a, certificate-authority-data: '%%%%'}", "{}"), NULL,
         "f: clusters[0].cluster.certificate-authority-data: must be a PEM file in base64, but is not "
         "base64"},
        {ONE("{server: https://a, certificate-authority-data: YWJj}", "{}"), NULL,
         "f: clusters[0].cluster.certificate-authority-data: must be a PEM file in base64, but contains no "
         "PEM"},
        {ONE("{server: https://a, certificate-authority: a, insecure-skip-tls-verify: true}", "{}"), NULL,
         "f: clusters[0].cluster: has both insecure-skip-tls-verify and a certificate-authority: remove one"},
        {USER("{client-certificate: a}"), NULL,
         "f: users[0].user: has a client certificate, but no client key"},
        {USER("{client-key: a}"), NULL, "f: users[0].user: has a client key, but no client certificate"},
        {USER("{token: 123}"), NULL, "f: users[0].user.token: must be"},
        {USER("{auth-provider: {name: gcp}}"), NULL,
         "f: users[0].user.auth-provider: is not supported: use an exec plugin"},
        {EXEC("{command: a}"), NULL,
         "f: users[0].user.exec: must have an apiVersion: client.authentication.k8s.io/v1"},
        {EXEC("{apiVersion: client.authentication.k8s.io/v1alpha1, command: a}"), NULL,
         "f: users[0].user.exec.apiVersion: "},
        {EXEC("{" V1 "}"), NULL, "f: users[0].user.exec: must have a command"},
        {EXEC("{" V1 ", command: ''}"), NULL, "f: users[0].user.exec.command: "},
        {EXEC("{" V1 ", command: a, args: b}"), NULL, "f: users[0].user.exec.args: must be a list"},
        {EXEC("{" V1 ", command: a, args: [1]}"), NULL, "f: users[0].user.exec.args[0]: must be"},
        {EXEC("{" V1 ", command: a, env: [{value: b}]}"), NULL,
         "f: users[0].user.exec.env[0]: must have a name"},
        {EXEC("{" V1 ", command: a, env: [{name: a=b}]}"), NULL,
         "f: users[0].user.exec.env[0].name: must be the name of a variable, without \"=\""},
        {EXEC("{" V1 ", command: a, interactiveMode: Sometimes}"), NULL,
         "f: users[0].user.exec.interactiveMode: "},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct files one = {{cases[i].text}, {"f"}};
        struct shelflife_kube_config c = {0};
        error err = {0};
        if (choose(&one, (struct shelflife_kube_choice){.context = cases[i].context}, &c, &err))
            fail_msg("case %zu was taken: %s", i, cases[i].text);
        if (!shelflife_str_starts(shelflife_str_of(err.text), shelflife_str_of(cases[i].error)))
            fail_msg("case %zu: \"%s\" is not \"%s\"", i, err.text, cases[i].error);
    }
}

static void a_plugin_is_not_run_beside_flags_of_credentials(void **state)
{
    static const struct files one = {{EXEC("{" V1 ", command: a}")}, {"f"}};
    const struct shelflife_kube_choice choices[] = {{.token = "t"},
                                                    {.client_certificate = "c", .client_key = "k"}};
    (void)state;
    for (size_t i = 0; i < COUNT(choices); i++) {
        struct shelflife_kube_config c;
        error err;
        if (!choose(&one, choices[i], &c, &err))
            fail_msg("%s", err.text);
        assert_null(c.exec);
        shelflife_kube_config_free(&c);
    }
}

static void exec_is_read_whole(void **state)
{
    static const char text[] =
        "clusters:\n- name: c\n  cluster:\n    server: https://a\n    extensions:\n"
        "    - {name: other, extension: {no: 1}}\n"
        "    - {name: client.authentication.k8s.io/exec, extension: {audience: [1, true, null, 'a\"b']}}\n"
        "users: [{name: u, user: {exec: {" V1
        ", command: ./bin/plug, args: [get, '', '$(x)'], installHint: get it,\n"
        "  env: [{name: A, value: b c}, {name: B}], provideClusterInfo: true, interactiveMode: Never}}}]\n"
        "contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n";
    static const struct files one = {{text}, {"/k/config"}};
    (void)state;
    struct shelflife_kube_config c;
    error err;
    if (!choose(&one, (struct shelflife_kube_choice){0}, &c, &err))
        fail_msg("%s", err.text);
    const struct shelflife_kube_exec *e = c.exec;
    assert_non_null(e);
    assert_string_equal(e->api_version, "client.authentication.k8s.io/v1");
    assert_string_equal(e->command, "/k/./bin/plug");
    assert_string_equal(e->args[0], "/k/./bin/plug");
    assert_string_equal(e->args[1], "get");
    assert_string_equal(e->args[2], "");
    assert_string_equal(e->args[3], "$(x)");
    assert_null(e->args[4]);
    assert_string_equal(e->env[0], "A=b c");
    assert_string_equal(e->env[1], "B=");
    assert_null(e->env[2]);
    assert_string_equal(e->install_hint, "get it");
    assert_int_equal(e->interactive, SHELFLIFE_KUBE_INTERACTIVE_NEVER);
    assert_string_equal(e->cluster_config, "{\"audience\":[1,true,null,\"a\\\"b\"]}");
    assert_string_equal(e->origin, "/k/config: user \"u\"");
    shelflife_kube_config_free(&c);
}

/* ---- Files ---- */

struct folder {
    char path[64];
};

static const char *in(const struct folder *f, const char *name, char path[256])
{
    snprintf(path, 256, "%s/%s", f->path, name);
    return path;
}

static void put(const struct folder *f, const char *name, const char *text)
{
    char path[256];
    FILE *out = fopen(in(f, name, path), "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static int make_folder(void **state)
{
    struct folder *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    snprintf(f->path, sizeof(f->path), "/tmp/shelflife-test.XXXXXX");
    assert_non_null(mkdtemp(f->path));
    *state = f;
    return 0;
}

static int drop_folder(void **state)
{
    static const char *const names[] = {".kube/config", ".kube", "one",       "two",
                                        "ca.crt",       "token", "namespace", ""};
    struct folder *f = *state;
    char path[256];
    for (size_t i = 0; i < COUNT(names); i++)
        remove(in(f, names[i], path));
    free(f);
    return 0;
}

static bool read_config(const char *flag, const char *list, const char *home, struct shelflife_kube_config *c,
                        error *err)
{
    const struct shelflife_kube_choice choice = {.kubeconfig = flag};
    const struct shelflife_kube_places places = {list, home};
    return shelflife_kube_config_read(&choice, &places, c, err);
}

static void files_are_found_as_kubectl_finds_them(void **state)
{
    const struct folder *f = *state;
    struct shelflife_kube_config c;
    char one[256], two[256], gone[256], list[1024];
    error err;
    put(f, "one", "");
    put(f, "two", USER("{token: two}"));
    in(f, "one", one), in(f, "two", two), in(f, "gone", gone);
    assert_int_equal(mkdir(in(f, ".kube", list), 0700), 0);
    put(f, ".kube/config", USER("{token: home}"));

    snprintf(list, sizeof(list), ":%s::%s:%s", gone, one, two);
    assert_true(read_config(NULL, list, f->path, &c, &err));
    assert_string_equal(c.token, "two");
    shelflife_kube_config_free(&c);
    assert_true(read_config(NULL, NULL, f->path, &c, &err));
    assert_string_equal(c.token, "home");
    shelflife_kube_config_free(&c);
    assert_true(read_config(two, "/nowhere", NULL, &c, &err));
    assert_string_equal(c.token, "two");
    shelflife_kube_config_free(&c);

    assert_false(read_config(gone, list, f->path, &c, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_IO);
    assert_non_null(strstr(err.text, "/gone: No such file"));
    assert_false(read_config(NULL, "/nowhere", f->path, &c, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    assert_string_equal(err.text,
                        "no kubeconfig found at KUBECONFIG=/nowhere: set --kubeconfig or KUBECONFIG");
    assert_false(read_config(NULL, NULL, "/nowhere", &c, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    assert_false(read_config(NULL, NULL, NULL, &c, &err));
}

static void a_pod_knows_its_cluster(void **state)
{
    const struct folder *f = *state;
    struct shelflife_kube_config c;
    char path[256];
    error err;
    struct shelflife_kube_pod pod = {"10.0.0.1", "443", f->path};
    assert_false(shelflife_kube_config_in_pod(&pod, &c, &err));
    assert_non_null(strstr(err.text, "no service account is mounted: "));
    put(f, "namespace", "team-a\n");
    assert_true(shelflife_kube_config_in_pod(&pod, &c, &err));
    assert_string_equal(c.server, "https://10.0.0.1:443");
    assert_string_equal(c.namespace, "team-a");
    assert_string_equal(c.peer.ca_file, in(f, "ca.crt", path));
    assert_string_equal(c.token_file, in(f, "token", path));
    assert_string_equal(c.peer.proxy, "");
    shelflife_kube_config_free(&c);
    pod.host = "fd00::1";
    assert_true(shelflife_kube_config_in_pod(&pod, &c, &err));
    assert_string_equal(c.server, "https://[fd00::1]:443");
    shelflife_kube_config_free(&c);
    pod.host = "";
    assert_false(shelflife_kube_config_in_pod(&pod, &c, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_current_context_counts),
        cmocka_unit_test(flags_are_over_files),
        cmocka_unit_test(a_server_given_is_another_cluster),
        cmocka_unit_test(a_server_given_needs_no_file),
        cmocka_unit_test(flags_of_trust_replace_that_of_the_file),
        cmocka_unit_test(flags_of_credentials_replace_those_of_the_file),
        cmocka_unit_test(flags_of_impersonation_replace_field_by_field),
        cmocka_unit_test(empty_flags_are_not_set),
        cmocka_unit_test(wrong_flags_are_named_without_secrets),
        cmocka_unit_test(a_plugin_is_not_run_beside_flags_of_credentials),
        cmocka_unit_test(files_merge_entry_by_entry),
        cmocka_unit_test(one_may_act_as_another),
        cmocka_unit_test(errors_name_file_and_path),
        cmocka_unit_test(exec_is_read_whole),
        cmocka_unit_test_setup_teardown(files_are_found_as_kubectl_finds_them, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(a_pod_knows_its_cluster, make_folder, drop_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
