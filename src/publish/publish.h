/*
 * Publishes the audit of a cluster in that cluster: one report for each namespace (several if it has many
 * findings), and Events about workloads with findings. The load on the cluster is small: requests are
 * limited to a few a second, reports whose content has not changed are not written, and an Event that
 * exists is not created again.
 */
#ifndef SHELFLIFE_PUBLISH_PUBLISH_H
#define SHELFLIFE_PUBLISH_PUBLISH_H

#include "audit/audit.h"
#include "kube/kube.h"

struct shelflife_publish_options {
    const char *namespace;     /* the audit covered only this one; NULL: all */
    bool reports;              /* PolicyReports or openreports.io Reports, whichever the cluster has */
    const char *reports_owner; /* a ClusterRole that owns the reports: Kubernetes deletes them with it;
                                  NULL: none */
    unsigned events;           /* for how many findings, worst first, to create Events; 0: none */
    int64_t now;               /* seconds since the epoch, for Events */
    const atomic_bool *cancel; /* NULL: never */
};

struct shelflife_publish_outcome {
    uint64_t written, unchanged, removed; /* reports */
    uint64_t events, events_known;        /* created; not created because they exist */
    uint64_t failed;                      /* of all of these */
};

/*
 * Writes the reports and Events that the options ask for. Deletes our reports that have no findings any
 * more, unless the audit was partial. A failure is counted and does not stop the rest; the result is then
 * false, with the first failure in *err. USAGE if the cluster has no kind of report.
 */
bool shelflife_publish(const struct shelflife_audit_result *result,
                       const struct shelflife_kube_config *config,
                       const struct shelflife_publish_options *options,
                       struct shelflife_publish_outcome *outcome, error *err);

#endif
