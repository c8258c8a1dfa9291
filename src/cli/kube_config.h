/* Which cluster a command is to use, and as whom: kubectl's flags. */
#ifndef SHELFLIFE_CLI_KUBE_CONFIG_H
#define SHELFLIFE_CLI_KUBE_CONFIG_H

#include "cli/options.h"
#include "kube/config.h"

/* The values of the options below. */
struct cli_kube {
    struct shelflife_kube_choice choice; /* without what the next members say */
    struct cli_list as_groups;
    const char *request_timeout;
    bool in_cluster; /* the pod's */
};
void shelflife_cli_kube_free(struct cli_kube *kube);

/* The name of the first option that is given, or NULL. `where`: only of those that say which cluster to use.
 */
const char *shelflife_cli_kube_given(const struct cli_kube *kube, bool where);

/* As kubectl does: flags and kubeconfig files first; without them, in a pod, its service account. On success
   the caller frees *config. */
bool shelflife_cli_kube_config(const struct cli_kube *kube, struct shelflife_kube_config *config, error *err);

#define CLI_OPTION_KUBE_TEXT(long_name, what, member, text)                                                  \
    {                                                                                                        \
        .name = (long_name), .type = CLI_TEXT, .argument = (what), .target = (member), .help = (text)        \
    }

/* To choose a context. */
#define CLI_OPTION_CONTEXT(context_target)                                                                   \
    CLI_OPTION_KUBE_TEXT("context", "NAME", context_target,                                                  \
                         "use this kubeconfig context instead of the current one")

/* All but --context. */
#define CLI_OPTIONS_KUBE(kube)                                                                               \
    CLI_OPTION_KUBE_TEXT("kubeconfig", "FILE", &(kube)->choice.kubeconfig,                                   \
                         "use this kubeconfig instead of KUBECONFIG and ~/.kube/config"),                    \
        CLI_OPTION_KUBE_TEXT("cluster", "NAME", &(kube)->choice.cluster,                                     \
                             "use this kubeconfig cluster instead of the context's"),                        \
        CLI_OPTION_KUBE_TEXT("user", "NAME", &(kube)->choice.user,                                           \
                             "use this kubeconfig user instead of the context's"),                           \
        {.name = "server",                                                                                   \
         .letter = 's',                                                                                      \
         .type = CLI_TEXT,                                                                                   \
         .argument = "URL",                                                                                  \
         .target = &(kube)->choice.server,                                                                   \
         .help = "use the API server at this address"},                                                      \
        CLI_OPTION_KUBE_TEXT("tls-server-name", "NAME", &(kube)->choice.tls_server_name,                     \
                             "expect this name in the API server's certificate"),                            \
        CLI_OPTION_KUBE_TEXT("certificate-authority", "FILE", &(kube)->choice.certificate_authority,         \
                             "trust the CA in this file for the API server"),                                \
        {.name = "insecure-skip-tls-verify",                                                                 \
         .type = CLI_FLAG,                                                                                   \
         .target = &(kube)->choice.insecure_skip_tls_verify,                                                 \
         .help = "do not check the API server's certificate"},                                               \
        CLI_OPTION_KUBE_TEXT("client-certificate", "FILE", &(kube)->choice.client_certificate,               \
                             "show this certificate to the API server"),                                     \
        CLI_OPTION_KUBE_TEXT("client-key", "FILE", &(kube)->choice.client_key,                               \
                             "the key of the client certificate"),                                           \
        CLI_OPTION_KUBE_TEXT("token", "TOKEN", &(kube)->choice.token,                                        \
                             "show this bearer token to the API server"),                                    \
        CLI_OPTION_KUBE_TEXT("as", "USER", &(kube)->choice.as, "act as this user"),                          \
        {.name = "as-group",                                                                                 \
         .type = CLI_LIST,                                                                                   \
         .argument = "GROUP",                                                                                \
         .target = &(kube)->as_groups,                                                                       \
         .help = "with --as: act as a member of this group. Can be repeated"},                               \
        CLI_OPTION_KUBE_TEXT("as-uid", "UID", &(kube)->choice.as_uid, "with --as: act with this uid"),       \
        CLI_OPTION_KUBE_TEXT("request-timeout", "TIME", &(kube)->request_timeout,                            \
                             "give up a request to the API server after this time, like 30s\n"               \
                             "or 2m; 0 is never, the default is 5m"),                                        \
    {                                                                                                        \
        .name = "in-cluster", .type = CLI_FLAG, .target = &(kube)->in_cluster,                               \
        .help = "use the cluster of this pod, with the service account of the pod"                           \
    }

#endif
