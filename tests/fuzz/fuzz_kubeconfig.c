/* rooms: file kube net json pki base */
#include "kube/config.h"
#include "kube/exec.h"

static void check(bool ok, const error *err)
{
    if (!ok && (err->kind == SHELFLIFE_ERROR_NONE || !shelflife_str_is_utf8(shelflife_str_of(err->text))))
        abort();
}

/* What a choice promises: all of it readable, a URL to speak to, whole pairs. */
static void use(const struct shelflife_kube_config *c)
{
    const struct shelflife_net_http_peer *p = &c->peer;
    size_t sum = strlen(c->server) + (c->context ? strlen(c->context) : 0) + strlen(c->namespace);
    if (!shelflife_str_starts(shelflife_str_of(c->server),
                              p->allow_http ? STR("http://") : STR("https://")) ||
        (p->certificate_pem.len > 0 || p->certificate_file) != (p->key_pem.len > 0 || p->key_file))
        abort();
    for (size_t i = 0; i < c->impersonate_count; i++)
        sum += strlen(c->impersonate[i].name) + c->impersonate[i].value.len;
    if (!c->exec)
        return;
    for (size_t i = 0; c->exec->args[i]; i++)
        sum += strlen(c->exec->args[i]);
    for (size_t i = 0; c->exec->env[i]; i++)
        sum += strlen(c->exec->env[i]);
    if (sum == 0)
        abort();
    CLEANUP(shelflife_buffer_free) buffer info;
    error err = {0};
    shelflife_buffer_init(&info, 1 << 26);
    if (!p->ca_file) /* no file of the fuzzer's choosing is read */
        check(shelflife_kube_exec_info(c, false, &info, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A kubeconfig; and the same bytes as what an exec plugin printed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct shelflife_kube_choice choices[] = {{0},
                                                           {.context = "b"},
                                                           {.cluster = "a", .user = "a"},
                                                           {.server = "a",
                                                            .token = "b",
                                                            .client_certificate = "c",
                                                            .as = "d",
                                                            .insecure_skip_tls_verify = true}};
    static const struct shelflife_kube_exec plugin = {.api_version = "client.authentication.k8s.io/v1"};
    str text = {(const char *)data, size};
    error err = {0};
    struct shelflife_kubeconfig *k = shelflife_kubeconfig_new(&err);
    if (!k)
        return 0;
    /* Twice, as two files: whatever is in the second is shadowed. */
    bool read = shelflife_kubeconfig_add(k, text, "/home/a/.kube/config", &err) &&
                shelflife_kubeconfig_add(k, text, "b", &err);
    check(read, &err);
    for (size_t i = 0; read && i < COUNT(choices); i++) {
        struct shelflife_kube_config c;
        bool ok = shelflife_kubeconfig_choose(k, &choices[i], &c, &err);
        check(ok, &err);
        if (ok) {
            use(&c);
            shelflife_kube_config_free(&c);
        }
    }
    shelflife_kubeconfig_free(k);
    struct shelflife_kube_credential credential = {0};
    check(shelflife_kube_exec_read(&plugin, text, &credential, &err), &err);
    shelflife_kube_credential_free(&credential);
    return 0;
}
