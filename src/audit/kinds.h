/*
 * Selects the kinds of a cluster to read: built-in kinds with Pod templates, kinds that a shape names, and
 * custom resources whose schema has a Pod template or does not describe their content. Never Secrets.
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

/* Reads the resources of the API server. Groups and schemas that cannot be read become problems of the audit.
   On success the caller frees *out. */
bool shelflife_audit_kinds_find(struct shelflife_audit *audit, struct shelflife_kube_client *client,
                                bool namespaced_only, struct shelflife_audit_kinds_to_read *out, error *err);
void shelflife_audit_kinds_free(struct shelflife_audit_kinds_to_read *kinds);

/* Appends the rules of a role, as YAML, that allow verbs ("list, watch") for these kinds, and listing the
   schemas of custom resources. */
void shelflife_audit_kinds_write_rules(const struct shelflife_audit_kinds_to_read *kinds, const char *verbs,
                                       buffer *out);

/* Appends a ClusterRole that allows only listing these kinds, namespaces, and the schemas of custom
 * resources. */
void shelflife_audit_kinds_write_role(const struct shelflife_audit_kinds_to_read *kinds, buffer *out);

#endif
