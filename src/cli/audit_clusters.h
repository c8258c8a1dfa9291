/* Which clusters an audit reads. */
#ifndef SHELFLIFE_CLI_AUDIT_CLUSTERS_H
#define SHELFLIFE_CLI_AUDIT_CLUSTERS_H

#include "audit/auditor.h"
#include "cli/kube_config.h"
#include "cli/watch.h"

/* The values of --context and --all-contexts. */
struct cli_contexts {
    struct cli_list named;
    bool all;
};

/* Whether they can name several clusters. */
bool shelflife_cli_contexts_several(const struct cli_contexts *contexts);

/*
 * Reads the clusters into the audit, one after the other. If they can be several, one that cannot be read
 * becomes a problem of the audit; a context that does not exist is an error. With --all-contexts, the first
 * of the contexts that have the same API server is read, and a message names the others.
 */
bool shelflife_cli_audit_clusters(const struct cli_contexts *contexts, const struct cli_kube *kube,
                                  const struct shelflife_audit_selection *selection,
                                  struct shelflife_audit *audit, struct cli_watch *watch, error *err);

#endif
