/*
 * Findings as objects of a cluster: PolicyReports (wgpolicyk8s.io/v1alpha2) and Reports
 * (openreports.io/v1alpha1), for a file and for writing back.
 */
#ifndef SHELFLIFE_REPORT_OBJECTS_H
#define SHELFLIFE_REPORT_OBJECTS_H

#include "report/internal.h"

enum report_flavour { REPORT_FLAVOUR_WGPOLICY, REPORT_FLAVOUR_OPENREPORTS };

/* The kinds of a flavour. Findings without a namespace go into cluster-wide objects. */
struct report_kind {
    str group, version, kind, cluster_kind, resource, cluster_resource;
};
extern const struct report_kind shelflife_report_kinds[];

/* Findings that go into one object: of one namespace of a cluster, at most RESULTS_MAX, so that no object
   comes near what etcd takes. */
struct report_group {
    str namespace; /* absent: cluster-wide */
    unsigned part; /* 1 … */
    const struct shelflife_audit_entry *const *entries;
    size_t count;
};
enum { REPORT_RESULTS_MAX = 400 };

struct report_groups {
    const struct shelflife_audit_entry **entries; /* owned: the findings, by cluster and namespace */
    struct report_group *at;                      /* owned */
    size_t count;
};

bool shelflife_report_group(const struct shelflife_audit_result *result, struct report_groups *out,
                            error *err);
void shelflife_report_groups_free(struct report_groups *groups);

/* "shelflife", "shelflife-2" … */
void shelflife_report_object_name(const struct report_group *group, buffer *out);

/* What an object has only in a cluster. */
struct report_stamp {
    const char *digest;   /* of its content, written into an annotation; or NULL */
    str owner, owner_uid; /* a ClusterRole, with which the object goes; or absent */
};

/* Writes the object of a group as one JSON value. `stamp` may be NULL. */
void shelflife_report_object(const struct shelflife_audit_result *result, const struct report_group *group,
                             enum report_flavour flavour, const struct report_stamp *stamp,
                             struct shelflife_json_writer *w);

/* The label that identifies our objects. */
#define REPORT_LABEL "app.kubernetes.io/managed-by"
#define REPORT_LABEL_VALUE "shelflife"
#define REPORT_DIGEST_ANNOTATION "shelflife.dev/content"

#endif
