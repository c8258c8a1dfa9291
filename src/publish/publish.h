/*
 * Writing an audit of a cluster back into it: one report for each namespace (more if it has very many
 * findings), and Events on what has findings. Both gently: requests are few a second, a report whose
 * content has not changed is not written, and an Event that is still there is not made again.
 */
#ifndef SHELFLIFE_REPORT_WRITEBACK_H
#define SHELFLIFE_REPORT_WRITEBACK_H

#include "audit/audit.h"
#include "kube/kube.h"

struct shelflife_publish_options {
    const char *namespace;     /* the audit was of this one alone; NULL: of all */
    bool reports;              /* PolicyReports or openreports.io Reports, whichever the cluster has */
    const char *reports_owner; /* a ClusterRole that owns them: when it is deleted, Kubernetes deletes them;
                                  or NULL */
    unsigned events;           /* Events for so many findings, the worst; 0: none */
    int64_t now;               /* seconds since the epoch, for Events */
    const atomic_bool *cancel; /* NULL: never */
};

struct shelflife_publish_outcome {
    uint64_t written, unchanged, removed; /* reports */
    uint64_t events, events_known;        /* made; not made since they are there */
    uint64_t failed;                      /* requests of any of these */
};

/*
 * Writes what was asked for. Reports of ours that no finding needs any more are removed, unless the audit
 * was partial. What fails is counted, and the rest still done; false with the first failure if there was
 * any, or USAGE if the cluster has no kind of report.
 */
bool shelflife_publish(const struct shelflife_audit_result *result,
                       const struct shelflife_kube_config *config,
                       const struct shelflife_publish_options *options,
                       struct shelflife_publish_outcome *outcome, error *err);

#endif
