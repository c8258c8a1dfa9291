#include "cli/self_managed.h"

#include <unistd.h>

#include "net/net.h"

bool shelflife_cli_self_managed_check(const struct cli_self_managed_options *options,
                                      const struct shelflife_server_config *config, error *err)
{
    const struct shelflife_server_tls_files *tls = &config->tls;
    if (!options->secret) {
        if (options->webhook || options->names.count || options->kubeconfig)
            return shelflife_fail(
                err, SHELFLIFE_ERROR_USAGE,
                "--kubeconfig and the --self-managed-tls-* options require --self-managed-tls");
        return (tls->certificate && tls->key) ||
               shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "--tls-cert and --tls-key are required (\"shelflife certs init\" creates "
                              "the files); in a cluster, --self-managed-tls can be used instead");
    }
    str secret = shelflife_str_of(options->secret);
    size_t slash = shelflife_str_find(secret, '/');
    if (slash == SIZE_MAX || slash == 0 || slash != shelflife_str_find_last(secret, '/') ||
        slash + 1 == secret.len)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "--self-managed-tls: \"%s\" must be NAMESPACE/SECRET", options->secret);
    if (tls->certificate || tls->key)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "--self-managed-tls cannot be used with --tls-cert and --tls-key");
    if (!options->webhook || options->names.count == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "--self-managed-tls requires --self-managed-tls-webhook and "
                              "--self-managed-tls-name");
    return true;
}

/* ---- The renewal calls the server, and the server the renewal ---- */

static bool serve(void *context, str certificate, str key, int64_t now, error *err)
{
    const struct cli_self_managed *self = context;
    return shelflife_server_set_certificate(self->server, certificate, key, now, err);
}

static void log_event(void *context, bool failure, const char *message, const char *detail)
{
    const struct cli_self_managed *self = context;
    struct shelflife_log_line line;
    shelflife_log_begin(&line, shelflife_server_log(self->server),
                        failure ? SHELFLIFE_LOG_ERROR : SHELFLIFE_LOG_INFO, message);
    if (detail)
        shelflife_log_string(&line, failure ? "error" : "because", shelflife_str_of(detail));
    shelflife_log_end(&line);
}

static bool ready(void *context, buffer *lines)
{
    const struct cli_self_managed *self = context;
    return shelflife_renewal_ready(self->renewal, lines);
}

static void write_metrics(void *context, buffer *out)
{
    const struct cli_self_managed *self = context;
    shelflife_renewal_metrics(self->renewal, out);
}

/* ---- Start and stop ---- */

/* The name of the pod; outside a pod, a name unique to this process. */
static char *find_identity(void)
{
    const char *pod = getenv("POD_NAME");
    char host[256] = "host", *identity = NULL;
    if (pod && *pod)
        return strdup(pod);
    gethostname(host, sizeof(host) - 1);
    return asprintf(&identity, "%s-%ld", host, (long)getpid()) < 0 ? NULL : identity;
}

static bool read_config(const char *kubeconfig, struct shelflife_kube_config *config, error *err)
{
    const struct shelflife_kube_choice choice = {.kubeconfig = kubeconfig};
    return kubeconfig ? shelflife_kube_config_read(&choice, NULL, config, err)
                      : shelflife_kube_config_in_pod(NULL, config, err);
}

static bool make_renewal(struct cli_self_managed *self, const struct cli_self_managed_options *options,
                         error *err)
{
    str secret = shelflife_str_of(options->secret);
    size_t slash = shelflife_str_find(secret, '/');
    self->namespace = strndup(options->secret, slash);
    self->identity = find_identity();
    self->names = calloc(options->names.count, sizeof(*self->names));
    if (!self->namespace || !self->identity || !self->names)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < options->names.count; i++)
        self->names[i] = shelflife_str_of(options->names.at[i]);
    const struct shelflife_renewal_config config = {.kube = &self->kube,
                                                    .secret_namespace = self->namespace,
                                                    .secret_name = options->secret + slash + 1,
                                                    .webhook = options->webhook,
                                                    .names = self->names,
                                                    .name_count = options->names.count,
                                                    .identity = self->identity,
                                                    .life = options->life};
    self->renewal = shelflife_renewal_new(&config, err);
    return self->renewal != NULL;
}

bool shelflife_cli_self_managed_prepare(struct cli_self_managed *self,
                                        const struct cli_self_managed_options *options, error *err)
{
    *self = (struct cli_self_managed){.status = {self, ready, write_metrics}};
    self->network = shelflife_net_start(err);
    if (self->network && read_config(options->kubeconfig, &self->kube, err) &&
        make_renewal(self, options, err))
        return true;
    shelflife_cli_self_managed_free(self);
    return false;
}

bool shelflife_cli_self_managed_start(struct cli_self_managed *self, struct shelflife_server *server,
                                      error *err)
{
    const struct shelflife_renewal_host host = {self, serve, log_event};
    self->server = server;
    return shelflife_renewal_start(self->renewal, &host, err);
}

void shelflife_cli_self_managed_stop(struct cli_self_managed *self)
{
    shelflife_renewal_stop(self->renewal);
}

void shelflife_cli_self_managed_free(struct cli_self_managed *self)
{
    shelflife_renewal_free(self->renewal);
    shelflife_kube_config_free(&self->kube);
    free(self->namespace);
    free(self->identity);
    free(self->names);
    if (self->network)
        shelflife_net_stop();
    *self = (struct cli_self_managed){0};
}
