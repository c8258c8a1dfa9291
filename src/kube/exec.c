#include <sys/wait.h>
#include <unistd.h>

#include "file/file.h"
#include "kube/exec.h"
#include "net/child.h"
#include "pki/pki.h"
#include "shelflife/json.h"
#include "json/document.h"

enum {
    OUTPUT_MAX = 1 << 20, /* bytes a plugin may print */
    INFO_MAX = 16 << 20,
    CA_MAX = 4 << 20,
};

/* ---- Input ---- */

static bool write_ca(const struct shelflife_net_http_peer *p, struct shelflife_json_writer *w, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer pem;
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_buffer_init(&pem, CA_MAX);
    shelflife_buffer_init(&text, INFO_MAX);
    if (p->ca_pem.len)
        shelflife_buffer_append(&pem, p->ca_pem);
    else if (p->ca_file && !shelflife_file_read(p->ca_file, &pem, err))
        return false;
    if (pem.len == 0)
        return true;
    shelflife_pki_base64_encode(shelflife_buffer_str(&pem), &text);
    if (pem.failed || text.failed)
        return shelflife_fail_memory(err);
    shelflife_json_member_string(w, "certificate-authority-data", shelflife_buffer_str(&text));
    return true;
}

static bool write_cluster(const struct shelflife_kube_config *c, struct shelflife_json_writer *w, error *err)
{
    shelflife_json_member_map(w, "cluster");
    shelflife_json_member_optional(w, "server", shelflife_str_of(c->server));
    shelflife_json_member_optional(w, "tls-server-name", shelflife_str_of(c->peer.server_name));
    shelflife_json_member_optional(w, "proxy-url", shelflife_str_of(c->peer.proxy));
    if (c->peer.insecure) {
        shelflife_json_member_bool(w, "insecure-skip-tls-verify", true);
    }
    if (!write_ca(&c->peer, w, err))
        return false;
    if (c->exec->cluster_config) {
        shelflife_json_write_key(w, STR("config"));
        shelflife_json_write_raw(w, shelflife_str_of(c->exec->cluster_config));
    }
    shelflife_json_write_end(w);
    return true;
}

bool shelflife_kube_exec_info(const struct shelflife_kube_config *config, bool interactive, buffer *out,
                              error *err)
{
    struct shelflife_json_writer w;
    shelflife_json_writer_init(&w, out);
    shelflife_json_write_map(&w);
    shelflife_json_member_text(&w, "kind", "ExecCredential");
    shelflife_json_member_optional(&w, "apiVersion", shelflife_str_of(config->exec->api_version));
    shelflife_json_member_map(&w, "spec");
    if (config->exec->provide_cluster && !write_cluster(config, &w, err))
        return false;
    shelflife_json_member_bool(&w, "interactive", interactive);
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    return !out->failed || shelflife_fail_memory(err);
}

/* ---- Output ---- */

static bool copy_text(const struct node *map, const char *key, char **out, error *err)
{
    struct node node;
    str text;
    if (!shelflife_node_get(map, key, &node))
        return true;
    if (!shelflife_node_string(node, &text, err))
        return false;
    *out = strndup(text.at, text.len);
    return *out || shelflife_fail_memory(err);
}

static bool check_version(const struct node *root, const char *wanted, error *err)
{
    static const char *const kind[] = {"ExecCredential"};
    struct node node;
    size_t i;
    if (!shelflife_node_map(*root, err))
        return false;
    if (!shelflife_node_get(root, "kind", &node) || !shelflife_node_word(node, kind, 1, &i, NULL))
        return shelflife_node_fail(*root, err, "must be an ExecCredential");
    if (!shelflife_node_get(root, "apiVersion", &node))
        return shelflife_node_fail(*root, err, "must have the apiVersion %s", wanted);
    return shelflife_node_word(node, &wanted, 1, &i, err);
}

static bool read_status(const struct node *status, struct shelflife_kube_credential *out, error *err)
{
    struct node node;
    str text;
    out->expiry = INT64_MAX;
    if (!shelflife_node_map(*status, err) || !copy_text(status, "token", &out->token, err) ||
        !copy_text(status, "clientCertificateData", &out->certificate, err) ||
        !copy_text(status, "clientKeyData", &out->key, err))
        return false;
    if (!out->certificate != !out->key)
        return shelflife_node_fail(*status, err,
                                   "must have both clientCertificateData and clientKeyData, or neither");
    if (!out->token && !out->certificate)
        return shelflife_node_fail(*status, err, "must have a token or a client certificate");
    if (!shelflife_node_get(status, "expirationTimestamp", &node))
        return true;
    if (!shelflife_node_string(node, &text, err))
        return false;
    return shelflife_time_parse(text, &out->expiry) ||
           shelflife_node_fail(node, err, "must be a time such as 2026-11-23T10:00:00Z");
}

bool shelflife_kube_exec_read(const struct shelflife_kube_exec *exec, str text,
                              struct shelflife_kube_credential *out, error *err)
{
    struct shelflife_kube_credential read = {0};
    struct node status;
    CLEANUP(cleanup_document)
    struct shelflife_document *d = shelflife_document_read_secret(text, "its output", err);
    if (!d)
        return false;
    struct node root = shelflife_document_root(d);
    if (!check_version(&root, exec->api_version, err))
        return false;
    if (!shelflife_node_get(&root, "status", &status))
        return shelflife_node_fail(root, err, "must have a status with the credentials");
    if (!read_status(&status, &read, err)) {
        shelflife_kube_credential_free(&read);
        return false;
    }
    *out = read;
    return true;
}

/* ---- Running it ---- */

static bool same_name(const char *a, const char *b)
{
    size_t n = shelflife_str_find(shelflife_str_of(b), '=');
    return n != SIZE_MAX && strncmp(a, b, n + 1) == 0;
}

/* Our environment, with the plugin's variables and the info instead of variables of the same name. */
static char **make_environment(const struct shelflife_kube_exec *exec, const char *info)
{
    size_t ours = 0, added = 0, n = 0;
    while (environ[ours])
        ours++;
    while (exec->env[added])
        added++;
    const char **env = calloc(ours + added + 2, sizeof(*env));
    if (!env)
        return NULL;
    for (size_t i = 0; i < ours; i++) {
        bool replaced = same_name(environ[i], info);
        for (size_t k = 0; k < added && !replaced; k++)
            replaced = same_name(environ[i], exec->env[k]);
        if (!replaced)
            env[n++] = environ[i];
    }
    for (size_t k = 0; k < added; k++)
        env[n++] = exec->env[k];
    env[n] = info;
    char **out;
    memcpy(&out, &env, sizeof(out)); /* posix_spawn() takes arrays that are not const, but only reads them */
    return out;
}

/* The program without what follows the first blank, where people write arguments. */
static int shown(const struct shelflife_kube_exec *exec)
{
    return (int)strcspn(exec->command, " \t\r\n");
}

static bool start(const struct shelflife_kube_exec *exec, const char *info, bool interactive,
                  struct shelflife_net_child *c, error *err)
{
    CLEANUP(cleanup_free) char **env = make_environment(exec, info);
    struct shelflife_net_child_command command = {
        .program = exec->command, .env = env, .interactive = interactive};
    memcpy(&command.args, &exec->args, sizeof(command.args)); /* posix_spawn() only reads them */
    if (!env)
        return shelflife_fail_memory(err);
    int code = shelflife_net_child_start(c, &command);
    return !code || shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "cannot run %.*s: %s%s%s", shown(exec),
                                   exec->command, strerror(code), exec->install_hint ? "; " : "",
                                   exec->install_hint ? exec->install_hint : "");
}

static bool run(const struct shelflife_kube_exec *exec, const char *info, bool interactive,
                unsigned timeout_ms, const atomic_bool *cancel, struct shelflife_kube_credential *out,
                error *err)
{
    CLEANUP(shelflife_net_child_end) struct shelflife_net_child c = {.output = -1};
    CLEANUP(shelflife_buffer_free) buffer printed;
    shelflife_buffer_init(&printed, OUTPUT_MAX);
    printed.secret = true;
    if (!start(exec, info, interactive, &c, err))
        return false;
    if (!shelflife_net_child_follow(&c, timeout_ms, cancel, &printed, err))
        return shelflife_error_prefix(err, "%.*s", shown(exec), exec->command);
    if (WIFSIGNALED(c.status))
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%.*s was killed by signal %d", shown(exec),
                              exec->command, WTERMSIG(c.status));
    if (WEXITSTATUS(c.status))
        return shelflife_fail(err, SHELFLIFE_ERROR_IO,
                              "%.*s failed with exit status %d: see its messages above", shown(exec),
                              exec->command, WEXITSTATUS(c.status));
    return shelflife_kube_exec_read(exec, shelflife_buffer_str(&printed), out, err) ||
           shelflife_error_prefix(err, "%.*s", shown(exec), exec->command);
}

bool shelflife_kube_exec_run(const struct shelflife_kube_config *config, unsigned timeout_ms,
                             const atomic_bool *cancel, struct shelflife_kube_credential *out, error *err)
{
    const struct shelflife_kube_exec *exec = config->exec;
    bool interactive = exec->interactive != SHELFLIFE_KUBE_INTERACTIVE_NEVER && isatty(STDIN_FILENO);
    CLEANUP(shelflife_buffer_free) buffer info;
    shelflife_buffer_init(&info, INFO_MAX);
    info.secret = true; /* a proxy's URL may have a password */
    if (exec->interactive == SHELFLIFE_KUBE_INTERACTIVE_ALWAYS && !interactive)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "%s: %.*s needs a terminal for prompts (interactiveMode)", exec->origin,
                              shown(exec), exec->command);
    shelflife_buffer_append(&info, STR("KUBERNETES_EXEC_INFO="));
    if (!shelflife_kube_exec_info(config, interactive, &info, err))
        return false;
    shelflife_buffer_byte(&info, '\0');
    if (info.failed)
        return shelflife_fail_memory(err);
    if (!timeout_ms)
        timeout_ms = interactive ? 300 * 1000 : 60 * 1000;
    return run(exec, info.at, interactive, timeout_ms, cancel, out, err) ||
           shelflife_error_prefix(err, "%s", exec->origin);
}
