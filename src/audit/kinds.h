/*
 * Selects the kinds of a cluster to read: built-in kinds with Pod templates, kinds that a shape names, and
 * custom resources whose schema has a Pod template or does not describe their content; all custom
 * resources if the schemas may not be read. Never Secrets.
 */
#ifndef SHELFLIFE_AUDIT_KINDS_H
#define SHELFLIFE_AUDIT_KINDS_H

#include "audit/internal.h"
#include "kube/kube.h"

struct shelflife_audit_kinds_to_read {
    struct shelflife_kube_resources resources; /* of the strings */
    struct shelflife_kube_resource *at;        /* Pods first, as there are most of them */
    size_t count;
    size_t sure, known; /* of them, from the first: known to run images; known to have images */
};

/* Reads the resources of the API server, and, if asked for, the schemas of custom resources. Groups and
   schemas that cannot be read become problems of the audit. On success the caller frees *out. */
bool shelflife_audit_kinds_find(struct shelflife_audit *audit, struct shelflife_kube_client *client,
                                bool namespaced_only, bool schemas, struct shelflife_audit_kinds_to_read *out,
                                error *err);

/* The kinds that are known without a cluster. On success the caller frees *out. */
bool shelflife_audit_kinds_known(const struct shelflife_audit *audit,
                                 struct shelflife_audit_kinds_to_read *out, error *err);
void shelflife_audit_kinds_free(struct shelflife_audit_kinds_to_read *kinds);

/* Appends the rules of a role, as YAML, that allow verbs ("list, watch") for these kinds. */
void shelflife_audit_kinds_write_rules(const struct shelflife_audit_kinds_to_read *kinds, const char *verbs,
                                       buffer *out);

/* Appends the rule that allows listing the schemas of custom resources. */
void shelflife_audit_kinds_write_schemas(buffer *out);

/* Appends a ClusterRole that allows only listing these kinds, namespaces, and the schemas of custom
   resources; or, with a namespace, a Role in it that allows only listing these kinds, and reading the
   namespace. */
void shelflife_audit_kinds_write_role(const struct shelflife_audit_kinds_to_read *kinds,
                                      const char *namespace, buffer *out);

#endif
