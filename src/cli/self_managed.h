/* Self-managed TLS for `serve`: its options, and the link between certificate renewal and the server. */
#ifndef SHELFLIFE_CLI_SELF_MANAGED_H
#define SHELFLIFE_CLI_SELF_MANAGED_H

#include "cli/options.h"
#include "kube/config.h"
#include "renewal/renewal.h"
#include "server/server.h"

struct cli_self_managed_options {
    const char *secret; /* "NAMESPACE/SECRET"; NULL: off */
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
     .help = "create and renew the serving certificate in this Secret, which all\n"                          \
             "replicas share, and keep its CA in each webhook's caBundle"},                                  \
        {.name = "self-managed-tls-webhook",                                                                 \
         .type = CLI_TEXT,                                                                                   \
         .argument = "NAME",                                                                                 \
         .target = &(options)->webhook,                                                                      \
         .help = "name of the ValidatingWebhookConfiguration"},                                              \
        {.name = "self-managed-tls-name",                                                                    \
         .type = CLI_LIST,                                                                                   \
         .argument = "DNSNAME",                                                                              \
         .target = &(options)->names,                                                                        \
         .help = "DNS name by which the API server calls the webhook:\n"                                     \
                 "SERVICE.NAMESPACE.svc. Can be repeated"},                                                  \
        {.name = "self-managed-tls-lifetime",                                                                \
         .type = CLI_TIME_S,                                                                                 \
         .argument = "TIME",                                                                                 \
         .target = &(options)->life,                                                                         \
         .min = SHELFLIFE_RENEWAL_LIFE_MIN,                                                                  \
         .max = SHELFLIFE_RENEWAL_LIFE_MAX,                                                                  \
         .help = "lifetime of a certificate, which is renewed after two thirds of\n"                         \
                 "it; the default is 90d"},                                                                  \
    {                                                                                                        \
        .name = "kubeconfig", .type = CLI_TEXT, .argument = "FILE", .target = &(options)->kubeconfig,        \
        .help = "for self-managed TLS: use this kubeconfig instead of the pod's\n"                           \
                "service account"                                                                            \
    }

struct cli_self_managed {
    struct shelflife_kube_config kube;
    struct shelflife_renewal *renewal;
    struct shelflife_status_provider status; /* of the renewal, for the server */
    struct shelflife_server *server;
    char *namespace, *identity;
    str *names;
    bool network; /* shelflife_net_start() was called */
};

/* Checks that the options are complete and do not contradict --tls-cert and --tls-key. */
bool shelflife_cli_self_managed_check(const struct cli_self_managed_options *options,
                                      const struct shelflife_server_config *config, error *err);

/* Before the server starts. The server needs self->status. */
bool shelflife_cli_self_managed_prepare(struct cli_self_managed *self,
                                        const struct cli_self_managed_options *options, error *err);
/* After the server started, and after it stopped serving. */
bool shelflife_cli_self_managed_start(struct cli_self_managed *self, struct shelflife_server *server,
                                      error *err);
void shelflife_cli_self_managed_stop(struct cli_self_managed *self);
void shelflife_cli_self_managed_free(struct cli_self_managed *self);

#endif
