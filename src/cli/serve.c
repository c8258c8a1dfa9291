#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/judging.h"
#include "cli/output.h"
#include "cli/self_managed.h"
#include "net/worker.h"
#include "sandbox/sandbox.h"
#include "server/server.h"
#include "sources/artifact.h"
#include "sources/fetch.h"

static bool needs_network(const struct shelflife_server_config *config,
                          const struct cli_self_managed_options *self)
{
    bool needed = self->secret != NULL;
    for (size_t i = 0; i < config->sources.catalog_count; i++)
        needed |= shelflife_sources_is_url(config->sources.catalogs[i]) ||
                  shelflife_sources_is_artifact(config->sources.catalogs[i]);
    for (size_t i = 0; i < config->sources.inventory_count; i++)
        needed |= shelflife_sources_is_artifact(config->sources.inventories[i]);
    return needed;
}

/* Requests to others are sent by processes that are forked before this one has keys or gives anything up. */
static bool enter_sandbox(const struct shelflife_server_config *config,
                          const struct cli_self_managed_options *self, struct shelflife_sandbox_state *state,
                          error *err)
{
    const char *cache = config->sources.remote.cache_dir;
    if (needs_network(config, self) && !shelflife_net_workers_start(shelflife_sandbox_client, err))
        return false;
    if (cache)
        mkdir(cache, 0755); /* it must exist to be writable; what fails here is reported when it is used */
    return shelflife_sandbox_enter(cache, state, err);
}

static void filter_calls(struct shelflife_server *server, struct shelflife_sandbox_state *state)
{
    struct shelflife_log_line line;
    shelflife_sandbox_filter(SHELFLIFE_SANDBOX_SERVER, state);
    bool whole = !state->missing[0];
    shelflife_log_begin(&line, shelflife_server_log(server),
                        whole ? SHELFLIFE_LOG_INFO : SHELFLIFE_LOG_WARNING,
                        whole ? "sandboxed" : "sandboxed in part");
    shelflife_log_integer(&line, "landlock", state->landlock);
    shelflife_log_bool(&line, "callsFiltered", state->filtered);
    if (!whole)
        shelflife_log_string(&line, "missing", shelflife_str_of(state->missing));
    shelflife_log_end(&line);
}

/* The renewal stops after the server, which needs the certificate until then. */
static int run(const struct shelflife_server_config *config, struct cli_self_managed *self,
               struct shelflife_sandbox_state *sandbox)
{
    error err;
    struct shelflife_server *server = shelflife_server_start(config, &err);
    if (!server)
        return shelflife_cli_fail(&err);
    bool started = !self || shelflife_cli_self_managed_start(self, server, &err);
    if (started && sandbox)
        filter_calls(server, sandbox);
    if (started)
        shelflife_server_run(server);
    if (started && self)
        shelflife_cli_self_managed_stop(self);
    shelflife_server_free(server);
    return started ? CLI_EXIT_OK : shelflife_cli_fail(&err);
}

static int run_with_self_managed(const struct shelflife_server_config *config,
                                 const struct cli_self_managed_options *options,
                                 struct shelflife_sandbox_state *sandbox)
{
    struct shelflife_server_config with_renewal = *config;
    struct cli_self_managed self;
    error err;
    if (!options->secret)
        return run(config, NULL, sandbox);
    if (!shelflife_cli_self_managed_prepare(&self, options, &err))
        return shelflife_cli_fail(&err);
    with_renewal.certificate_from_caller = true;
    with_renewal.statuses = &self.status;
    with_renewal.status_count = 1;
    int code = run(&with_renewal, &self, sandbox);
    shelflife_cli_self_managed_free(&self);
    return code;
}

static int run_in_sandbox(const struct shelflife_server_config *config,
                          const struct cli_self_managed_options *options)
{
    struct shelflife_sandbox_state sandbox;
    error err;
    int code = enter_sandbox(config, options, &sandbox, &err)
                   ? run_with_self_managed(config, options, &sandbox)
                   : shelflife_cli_fail(&err);
    shelflife_net_workers_stop();
    return code;
}

/* What the lists of the command line are kept in. */
struct lists {
    struct cli_list catalogs, inventories, min_serials;
    struct cli_registry registry;
};

static int serve(struct shelflife_server_config *config, struct lists *lists,
                 struct cli_self_managed_options *self, int argc, char **argv)
{
    enum { QUARTER = 15 * 60 * 1000 };
    static const char *const log_formats[] = {"json", "text", NULL};
    static const struct cli_usage usage = {
        .program = "shelflife serve",
        .about = "Run the admission webhook. It answers AdmissionReviews that are POSTed to /validate,\n"
                 "/validate/enforce, /validate/warn, /validate/audit and /validate/off. The probe port\n"
                 "serves /livez, /readyz and /metrics. Files are reloaded when they change, and on\n"
                 "SIGHUP; an invalid file never replaces a valid one. On SIGTERM, the server waits\n"
                 "until its clients have disconnected, for at most --grace-period, and exits.",
        .examples = "  shelflife certs init --dir certs webhook.shelflife.svc\n"
                    "  shelflife serve --tls-cert certs/tls.crt --tls-key certs/tls.key"};
    size_t log_format = SHELFLIFE_LOG_JSON;
    struct shelflife_sources_remote_options *remote = &config->sources.remote;
    bool no_probes = false, no_sandbox = false;
    const struct cli_option options[] = {
        {.name = "listen",
         .type = CLI_TEXT,
         .argument = "ADDR:PORT",
         .target = &config->listen,
         .help = "address for reviews (HTTPS); the default is :8443"},
        {.name = "probe-listen",
         .type = CLI_TEXT,
         .argument = "ADDR:PORT",
         .target = &config->probe_listen,
         .help = "address for probes and metrics (HTTP); the default is :8080"},
        {.name = "no-probes", .type = CLI_FLAG, .target = &no_probes, .help = "do not open the probe port"},
        {.name = "tls-cert",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &config->tls.certificate,
         .help = "serving certificate with its chain (PEM)"},
        {.name = "tls-key",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &config->tls.key,
         .help = "private key of the certificate (PEM)"},
        {.name = "client-ca",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &config->tls.client_ca,
         .help = "require a client certificate signed by one of these CAs (PEM)"},
        CLI_OPTIONS_SELF_MANAGED(self),
        CLI_OPTION_AT(&config->at),
        CLI_OPTIONS_SOURCES(&config->sources.policy, &lists->catalogs, &config->sources.no_embedded),
        CLI_OPTION_INVENTORY(&lists->inventories),
        CLI_OPTIONS_REMOTE(remote, &lists->min_serials),
        CLI_OPTIONS_REGISTRY_ACCESS(&lists->registry),
        {.name = "catalog-interval",
         .type = CLI_TIME_MS,
         .argument = "TIME",
         .target = &remote->interval_ms,
         .min = SHELFLIFE_SOURCES_REMOTE_INTERVAL_MIN_MS,
         .max = SHELFLIFE_SOURCES_REMOTE_INTERVAL_MAX_MS,
         .help = "time between polls of catalog URLs; the default is 15m"},
        {.name = "max-body",
         .type = CLI_SIZE,
         .argument = "BYTES",
         .target = &config->max_body,
         .min = SHELFLIFE_SERVER_BODY_MIN,
         .max = SIZE_MAX,
         .help = "largest accepted review; the default is 32Mi"},
        {.name = "review-memory",
         .type = CLI_SIZE,
         .argument = "BYTES",
         .target = &config->review_memory,
         .min = SHELFLIFE_SERVER_REVIEW_MEMORY_MIN,
         .max = SIZE_MAX,
         .help = "memory for all large reviews at once, beyond the 64Ki that each\n"
                 "review has; the default is 16Mi. If no more is left, a review is\n"
                 "answered with 429, and the API server sends it again"},
        {.name = "max-connections",
         .type = CLI_NUMBER,
         .argument = "N",
         .target = &config->max_connections,
         .min = 1,
         .max = SHELFLIFE_SERVER_CONNECTIONS_MAX,
         .help = "maximum number of HTTPS connections; the default is 384. At the\n"
                 "maximum, a new connection replaces one of the client address\n"
                 "that has the most"},
        {.name = "header-timeout",
         .type = CLI_TIME_MS,
         .argument = "TIME",
         .target = &config->header_timeout,
         .min = SHELFLIFE_SERVER_TIMEOUT_MIN,
         .max = SHELFLIFE_SERVER_TIME_MAX,
         .help = "time limit for the TLS handshake and the request headers; the\n"
                 "default is 10s"},
        {.name = "body-timeout",
         .type = CLI_TIME_MS,
         .argument = "TIME",
         .target = &config->body_timeout,
         .min = SHELFLIFE_SERVER_TIMEOUT_MIN,
         .max = SHELFLIFE_SERVER_TIME_MAX,
         .help = "time limit for receiving a body, and for sending the reply; the\n"
                 "default is 30s"},
        {.name = "idle-timeout",
         .type = CLI_TIME_MS,
         .argument = "TIME",
         .target = &config->idle_timeout,
         .min = SHELFLIFE_SERVER_IDLE_TIMEOUT_MIN,
         .max = SHELFLIFE_SERVER_TIME_MAX,
         .help = "time that a connection may be idle between requests; the default\n"
                 "is 180s. Use more than 90s: API servers reuse connections that\n"
                 "have been idle for up to 90s"},
        {.name = "grace-period",
         .type = CLI_TIME_MS,
         .argument = "TIME",
         .target = &config->grace_period,
         .min = 0,
         .max = SHELFLIFE_SERVER_TIME_MAX,
         .help = "how long to wait after SIGTERM until all clients have disconnected;\n"
                 "the default is 30s"},
        {.name = "reload-interval",
         .type = CLI_TIME_MS,
         .argument = "TIME",
         .target = &config->reload_interval,
         .min = 0,
         .max = SHELFLIFE_SERVER_TIME_MAX,
         .help = "time between checks for changed files; the default is 2s. With 0s,\n"
                 "files are reloaded only on SIGHUP"},
        {.name = "log-format",
         .type = CLI_WORD,
         .argument = "FORMAT",
         .target = &log_format,
         .words = log_formats,
         .help = "log format: json (the default) or text"},
        {.name = "log-reviews",
         .type = CLI_FLAG,
         .target = &config->log_reviews,
         .help = "log every review, not only reviews with findings"},
        {.name = "no-sandbox",
         .type = CLI_FLAG,
         .target = &no_sandbox,
         .help = "do not limit what the process may do: for debuggers, tracers, and\n"
                 "a --kubeconfig with a credential plugin"},
    };
    struct cli_list none CLEANUP(shelflife_cli_list_free) = {0};
    error err;
    int code;
    remote->interval_ms = QUARTER;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &none, &code))
        return code;
    if (!shelflife_cli_self_managed_check(self, config, &err))
        return shelflife_cli_fail(&err);
    if (no_probes)
        config->probe_listen = NULL;
    config->log_format = (enum shelflife_log_format)log_format;
    config->sources.catalogs = lists->catalogs.at;
    config->sources.catalog_count = lists->catalogs.count;
    config->sources.inventories = lists->inventories.at;
    config->sources.inventory_count = lists->inventories.count;
    remote->registry = cli_registry_options(&lists->registry, NULL);
    remote->min_serials = lists->min_serials.at;
    remote->min_serial_count = lists->min_serials.count;
    return no_sandbox ? run_with_self_managed(config, self, NULL) : run_in_sandbox(config, self);
}

int shelflife_cli_serve(int argc, char **argv)
{
    struct shelflife_server_config config;
    struct lists lists = {0};
    struct cli_self_managed_options self = {.life = 90 * 86400};
    shelflife_server_defaults(&config);
    int code = serve(&config, &lists, &self, argc, argv);
    shelflife_cli_list_free(&self.names);
    shelflife_cli_list_free(&lists.registry.plain_http);
    shelflife_cli_list_free(&lists.min_serials);
    shelflife_cli_list_free(&lists.inventories);
    shelflife_cli_list_free(&lists.catalogs);
    return code;
}
