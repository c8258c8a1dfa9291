#include "cli/remote.h"
#include "cli/self_managed.h"

/* The renewal ends last, when nobody is served any more. */
static int run(const struct shelflife_server_config *config, struct cli_self_managed *self)
{
    error err;
    struct shelflife_server *server = shelflife_server_start(config, &err);
    if (!server)
        return shelflife_cli_fail(&err);
    bool started = !self || shelflife_cli_self_managed_start(self, server, &err);
    if (started)
        shelflife_server_run(server);
    if (started && self)
        shelflife_cli_self_managed_stop(self);
    shelflife_server_free(server);
    return started ? CLI_FINE : shelflife_cli_fail(&err);
}

static int run_with_self_managed(struct shelflife_server_config *config,
                                 struct shelflife_status_provider *statuses,
                                 const struct cli_self_managed_options *options)
{
    struct cli_self_managed self;
    error err;
    if (!options->secret)
        return run(config, NULL);
    if (!shelflife_cli_self_managed_prepare(&self, options, &err))
        return shelflife_cli_fail(&err);
    config->certificate_from_caller = true;
    statuses[config->status_count++] = self.status;
    int code = run(config, &self);
    shelflife_cli_self_managed_free(&self);
    return code;
}

/* Catalogs at URLs are polled for as long as the server runs. */
static int run_with_remotes(struct shelflife_server_config *config, const struct cli_list *catalogs,
                            const struct cli_remote_options *options,
                            const struct cli_self_managed_options *self)
{
    struct cli_remote remote;
    error err;
    if (!shelflife_cli_remote_start(&remote, catalogs, options, &config->log_format, &err))
        return shelflife_cli_fail(&err);
    config->sources.catalogs = remote.files.at;
    config->sources.catalog_count = remote.files.count;
    config->sources.supplier = shelflife_cli_remote_supplier(&remote);
    struct shelflife_status_provider statuses[2];
    config->statuses = statuses;
    if (config->sources.supplier)
        statuses[config->status_count++] = remote.status;
    int code = run_with_self_managed(config, statuses, self);
    shelflife_cli_remote_free(&remote);
    return code;
}

static int serve(struct shelflife_server_config *config, struct cli_list *catalogs,
                 struct cli_self_managed_options *self, int argc, char **argv)
{
    enum { QUARTER = 15 * 60 * 1000, DAY = 24 * 3600 * 1000 };
    static const char *const log_formats[] = {"json", "text", NULL};
    static const struct cli_usage usage = {
        .program = "shelflife serve",
        .about = "Runs the admission webhook: POST an AdmissionReview to /validate, or to\n"
                 "/validate/enforce, /validate/warn, /validate/audit or /validate/off.\n"
                 "On the probe port are /livez, /readyz and /metrics. Files that change are read\n"
                 "again, and all of them on SIGHUP; a broken one never replaces a good one. SIGTERM\n"
                 "drains.",
        .examples = "  shelflife certs init --dir certs webhook.shelflife.svc\n"
                    "  shelflife serve --tls-cert certs/tls.crt --tls-key certs/tls.key"};
    size_t log_format = SHELFLIFE_LOG_JSON;
    struct cli_remote_options remote = {.interval = QUARTER};
    bool no_probes = false;
    const struct cli_option options[] = {
        {.name = "listen",
         .type = CLI_TEXT,
         .argument = "ADDR:PORT",
         .target = &config->listen,
         .help = "for reviews, with TLS; :8443 by default"},
        {.name = "probe-listen",
         .type = CLI_TEXT,
         .argument = "ADDR:PORT",
         .target = &config->probe_listen,
         .help = "for probes and metrics, without TLS; :8080 by default"},
        {.name = "no-probes", .type = CLI_FLAG, .target = &no_probes, .help = "do not open the probe port"},
        {.name = "tls-cert",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &config->tls.certificate,
         .help = "the serving certificate with its chain, PEM"},
        {.name = "tls-key",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &config->tls.key,
         .help = "its private key, PEM"},
        {.name = "client-ca",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &config->tls.client_ca,
         .help = "demand a client certificate signed by one of these, PEM"},
        CLI_OPTIONS_SELF_MANAGED(self),
        CLI_OPTION_AT(&config->at),
        CLI_OPTIONS_SOURCES(&config->sources.policy, catalogs, &config->sources.no_embedded),
        CLI_OPTIONS_REMOTE(&remote),
        {.name = "catalog-interval",
         .type = CLI_SECONDS,
         .argument = "TIME",
         .target = &remote.interval,
         .min = 100,
         .max = DAY,
         .help = "between polls of catalogs at URLs; 15m by default"},
        {.name = "max-body",
         .type = CLI_SIZE,
         .argument = "BYTES",
         .target = &config->max_body,
         .help = "of a review; 32Mi by default"},
        {.name = "max-connections",
         .type = CLI_NUMBER,
         .argument = "N",
         .target = &config->max_connections,
         .min = 1,
         .max = SHELFLIFE_SERVER_CONNECTIONS_MAX,
         .help = "256 by default; a full house sheds whoever asks for nothing"},
        {.name = "header-timeout",
         .type = CLI_SECONDS,
         .argument = "TIME",
         .target = &config->header_timeout,
         .min = SHELFLIFE_SERVER_TIMEOUT_MIN,
         .max = SHELFLIFE_SERVER_TIME_MAX,
         .help = "for handshake and headers; 10s by default"},
        {.name = "body-timeout",
         .type = CLI_SECONDS,
         .argument = "TIME",
         .target = &config->body_timeout,
         .min = SHELFLIFE_SERVER_TIMEOUT_MIN,
         .max = SHELFLIFE_SERVER_TIME_MAX,
         .help = "for a body, and for taking the reply; 30s by default"},
        {.name = "idle-timeout",
         .type = CLI_SECONDS,
         .argument = "TIME",
         .target = &config->idle_timeout,
         .min = SHELFLIFE_SERVER_IDLE_TIMEOUT_MIN,
         .max = SHELFLIFE_SERVER_TIME_MAX,
         .help = "between requests; 180s by default. Keep it above 120s: an API\n"
                 "server does not expect to be hung up on"},
        {.name = "grace-period",
         .type = CLI_SECONDS,
         .argument = "TIME",
         .target = &config->grace_period,
         .min = 0,
         .max = SHELFLIFE_SERVER_TIME_MAX,
         .help = "for draining after SIGTERM; 30s by default"},
        {.name = "reload-interval",
         .type = CLI_SECONDS,
         .argument = "TIME",
         .target = &config->reload_interval,
         .min = 0,
         .max = SHELFLIFE_SERVER_TIME_MAX,
         .help = "between looks at the files; 2s by default, 0s: only on SIGHUP"},
        {.name = "log-format",
         .type = CLI_WORD,
         .argument = "FORMAT",
         .target = &log_format,
         .words = log_formats,
         .help = "json (the default), or text for people"},
        {.name = "log-reviews",
         .type = CLI_FLAG,
         .target = &config->log_reviews,
         .help = "log every review, not only those with something to tell"},
    };
    struct cli_list none CLEANUP(shelflife_cli_list_free) = {0};
    error err;
    int code;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &none, &code))
        return code;
    if (!shelflife_cli_self_managed_check(self, config, &err))
        return shelflife_cli_fail(&err);
    if (no_probes)
        config->probe_listen = NULL;
    config->log_format = (enum shelflife_log_format)log_format;
    return run_with_remotes(config, catalogs, &remote, self);
}

int shelflife_cli_serve(int argc, char **argv)
{
    struct shelflife_server_config config;
    struct cli_list catalogs = {0};
    struct cli_self_managed_options self = {.life = 90 * 86400};
    shelflife_server_defaults(&config);
    int code = serve(&config, &catalogs, &self, argc, argv);
    shelflife_cli_list_free(&self.names);
    shelflife_cli_list_free(&catalogs);
    return code;
}
