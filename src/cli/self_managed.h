/* Self-managed TLS for `serve`: options, and what stands between the renewal of certificates and the server.
 */
#ifndef SHELFLIFE_CLI_SELF_MANAGED_H
#define SHELFLIFE_CLI_SELF_MANAGED_H

#include "cli/cli.h"
#include "kube/config.h"
#include "renewal/renewal.h"

struct cli_self_managed_options {
    const char *secret; /* "NAMESPACE/SECRET"; NULL: not wanted */
    const char *webhook;
    struct cli_list names;
    unsigned life; /* seconds */
    const char *kubeconfig;
};

#define CLI_OPTIONS_SELF_MANAGED(options)                                                                    \
    {.name = "self-managed-tls",                                                                             \
     .type = CLI_TEXT,                                                                                       \
     .argument = "NAMESPACE/SECRET",                                                                         \
     .target = &(options)->secret,                                                                           \
     .help = "renew the certificate together with all other replicas: keep it\n"                             \
             "in this Secret, and its CA in every caBundle"},                                                \
        {.name = "self-managed-tls-webhook",                                                                 \
         .type = CLI_TEXT,                                                                                   \
         .argument = "NAME",                                                                                 \
         .target = &(options)->webhook,                                                                      \
         .help = "of the ValidatingWebhookConfiguration"},                                                   \
        {.name = "self-managed-tls-name",                                                                    \
         .type = CLI_LIST,                                                                                   \
         .argument = "DNSNAME",                                                                              \
         .target = &(options)->names,                                                                        \
         .help = "SERVICE.NAMESPACE.svc, as the API server calls it. May be given\n"                         \
                 "more than once"},                                                                          \
        {.name = "self-managed-tls-lifetime",                                                                \
         .type = CLI_SPAN,                                                                                   \
         .argument = "TIME",                                                                                 \
         .target = &(options)->life,                                                                         \
         .min = SHELFLIFE_RENEWAL_RENEWAL_LIFE_MIN,                                                          \
         .max = 3650 * 86400,                                                                                \
         .help = "of a certificate; 90d by default. It is renewed at two thirds"},                           \
    {                                                                                                        \
        .name = "kubeconfig", .type = CLI_TEXT, .argument = "FILE", .target = &(options)->kubeconfig,        \
        .help = "how self-managed TLS reaches the API server, instead of the\n"                              \
                "pod's own service account"                                                                  \
    }

struct cli_self_managed {
    struct shelflife_kube_config kube;
    struct shelflife_renewal_renewal *renewal;
    struct shelflife_status_provider status; /* of the renewal, for the server */
    struct shelflife_server *server;
    char *namespace, *identity;
    str *names;
    bool network; /* is started */
};

/* Whether it is wanted; then checks what goes with it, and that nothing else is told of a certificate. False
   with an error of usage. */
bool shelflife_cli_self_managed_check(const struct cli_self_managed_options *options,
                                      const struct shelflife_server_config *config, error *err);

/* Before the server starts, which gets self->status. */
bool shelflife_cli_self_managed_prepare(struct cli_self_managed *self,
                                        const struct cli_self_managed_options *options, error *err);
/* While it runs, and when it serves nobody any more. */
bool shelflife_cli_self_managed_start(struct cli_self_managed *self, struct shelflife_server *server,
                                      error *err);
void shelflife_cli_self_managed_stop(struct cli_self_managed *self);
void shelflife_cli_self_managed_free(struct cli_self_managed *self);

#endif
