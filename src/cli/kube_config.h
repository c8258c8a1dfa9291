/* Which cluster a command is to use. */
#ifndef SHELFLIFE_CLI_KUBE_CONFIG_H
#define SHELFLIFE_CLI_KUBE_CONFIG_H

#include "kube/config.h"

/* As kubectl does: flags and kubeconfig files first; without them, in a pod, its service account. On success
   the caller frees *config. */
bool shelflife_cli_kube_config(const struct shelflife_kube_choice *choice, bool in_cluster,
                               struct shelflife_kube_config *config, error *err);

/* --kubeconfig, --context, --cluster and --user. */
#define CLI_OPTIONS_KUBE(choice)                                                                             \
    {.name = "kubeconfig",                                                                                   \
     .type = CLI_TEXT,                                                                                       \
     .argument = "FILE",                                                                                     \
     .target = &(choice)->kubeconfig,                                                                        \
     .help = "use this kubeconfig instead of KUBECONFIG and ~/.kube/config"},                                \
        {.name = "context",                                                                                  \
         .type = CLI_TEXT,                                                                                   \
         .argument = "NAME",                                                                                 \
         .target = &(choice)->context,                                                                       \
         .help = "use this kubeconfig context instead of the current one"},                                  \
        {.name = "cluster",                                                                                  \
         .type = CLI_TEXT,                                                                                   \
         .argument = "NAME",                                                                                 \
         .target = &(choice)->cluster,                                                                       \
         .help = "use this kubeconfig cluster instead of the context's"},                                    \
    {                                                                                                        \
        .name = "user", .type = CLI_TEXT, .argument = "NAME", .target = &(choice)->user,                     \
        .help = "use this kubeconfig user instead of the context's"                                          \
    }

#endif
