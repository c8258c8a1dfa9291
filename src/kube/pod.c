#include "kube/config.h"

#include "file/file.h"

enum { NAMESPACE_FILE_MAX = 1024, CONFIG_MAX = 64 * 1024 };

static const char default_folder[] = "/var/run/secrets/kubernetes.io/serviceaccount";

static bool fill(const struct shelflife_kube_pod *pod, struct shelflife_kube_config *c)
{
    arena *a = &c->memory;
    str server, ca, token;
    bool v6 = shelflife_str_find(shelflife_str_of(pod->host), ':') != SIZE_MAX;
    if (!shelflife_arena_format(a, &server, "https://%s%s%s:%s", v6 ? "[" : "", pod->host, v6 ? "]" : "",
                                pod->port) ||
        !shelflife_arena_format(a, &ca, "%s/ca.crt", pod->folder) ||
        !shelflife_arena_format(a, &token, "%s/token", pod->folder))
        return false;
    c->server = server.at;
    c->peer.ca_file = ca.at;
    c->peer.proxy = ""; /* an address inside the cluster, which no proxy can reach */
    c->token_file = token.at;
    return true;
}

static bool read_namespace(const char *folder, struct shelflife_kube_config *c, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer text;
    str path, name;
    shelflife_buffer_init(&text, NAMESPACE_FILE_MAX);
    if (!shelflife_arena_format(&c->memory, &path, "%s/namespace", folder))
        return shelflife_arena_fail(&c->memory, err);
    if (!shelflife_file_read(path.at, &text, err))
        return shelflife_error_prefix(err, "no service account is mounted");
    if (!shelflife_arena_copy(&c->memory, shelflife_str_trim(shelflife_buffer_str(&text)), &name))
        return shelflife_arena_fail(&c->memory, err);
    c->namespace = name.len ? name.at : "default";
    return true;
}

bool shelflife_kube_config_in_pod(const struct shelflife_kube_pod *pod, struct shelflife_kube_config *out,
                                  error *err)
{
    struct shelflife_kube_pod p = pod ? *pod : (struct shelflife_kube_pod){0};
    struct shelflife_kube_config made = {0};
    p.host = p.host ? p.host : getenv("KUBERNETES_SERVICE_HOST");
    p.port = p.port ? p.port : getenv("KUBERNETES_SERVICE_PORT");
    p.folder = p.folder ? p.folder : default_folder;
    if (!p.host || !p.host[0] || !p.port || !p.port[0])
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "not running in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are "
                              "not set; outside a cluster, use a kubeconfig");
    shelflife_arena_init(&made.memory, CONFIG_MAX);
    made.memory.secret = true;
    if (!fill(&p, &made)) {
        shelflife_arena_fail(&made.memory, err);
        shelflife_arena_free(&made.memory);
        return false;
    }
    if (!read_namespace(p.folder, &made, err)) {
        shelflife_arena_free(&made.memory);
        return false;
    }
    *out = made;
    return true;
}
