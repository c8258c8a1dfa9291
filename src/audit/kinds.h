/*
 * Which kinds of a cluster are read: the built-in ones that have Pod templates, those that a shape names,
 * and custom resources whose schema has a Pod template, or does not say what is in it. Never Secrets.
 */
#ifndef SHELFLIFE_AUDIT_KINDS_H
#define SHELFLIFE_AUDIT_KINDS_H

#include "audit/internal.h"
#include "kube/kube.h"

struct shelflife_audit_kinds_to_read {
    struct shelflife_kube_resources resources; /* of the strings */
    struct shelflife_kube_resource *at;        /* Pods first, as there are most of them */
    size_t count;
};

/* Asks the API server for its resources. What it does not list (a group that is down, schemas that it
   forbids) becomes a problem of the audit. On success the caller frees *out. */
bool shelflife_audit_kinds_find(struct shelflife_audit *audit, struct shelflife_kube_client *client,
                                bool namespaced_only, struct shelflife_audit_kinds_to_read *out, error *err);
void shelflife_audit_kinds_free(struct shelflife_audit_kinds_to_read *kinds);

/* Appends a ClusterRole that allows to list just these, namespaces, and the schemas of custom resources. */
void shelflife_audit_kinds_write_role(const struct shelflife_audit_kinds_to_read *kinds, buffer *out);

#endif
