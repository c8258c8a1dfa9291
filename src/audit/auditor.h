/*
 * Making an audit: choose sources, read them, finish. Whatever cannot be read becomes a problem of the
 * result and the rest goes on; functions here fail only if memory runs out or, where they say so, for want
 * of any source at all.
 *
 *     audit = shelflife_audit_new(&options, &err);
 *     shelflife_audit_path(audit, "deploy/", &err);
 *     result = shelflife_audit_finish(audit, &err);
 */
#ifndef SHELFLIFE_AUDIT_AUDITOR_H
#define SHELFLIFE_AUDIT_AUDITOR_H

#include "audit/audit.h"
#include "audit/options.h"
#include "kube/kube.h"

struct shelflife_audit;
struct shelflife_audit *shelflife_audit_new(const struct shelflife_audit_options *options, error *err);
void shelflife_audit_free(struct shelflife_audit *audit); /* NULL is fine */

/* ---- Files ---- */

/* A file, "-" for standard input, or a folder with all its *.yaml, *.yml and *.json below it, except hidden
   ones. What a file is, JSON or YAML, its content says. */
bool shelflife_audit_path(struct shelflife_audit *audit, const char *path, error *err);

/* A file of image references, one per line; "-" for standard input. Blank lines and those that begin with "#"
   do not count. */
bool shelflife_audit_image_list(struct shelflife_audit *audit, const char *path, error *err);

/* ---- A cluster ---- */

struct shelflife_audit_selection {
    const char *namespace; /* NULL: all */
    const char *label_selector, *field_selector;
};

/* Reads all kinds that have images, several at once. Fails also if the API server cannot be asked what it
   has. Ends soon after `cancel`. */
bool shelflife_audit_cluster(struct shelflife_audit *audit, const struct shelflife_kube_config *config,
                             const struct shelflife_audit_selection *selection, error *err);

/* Appends a ClusterRole with what shelflife_audit_cluster() asks for in that cluster, as YAML. */
bool shelflife_audit_rbac(struct shelflife_audit *audit, const struct shelflife_kube_config *config,
                          buffer *out, error *err);

/* ---- The end ---- */

/* Reads a baseline: findings in it are accepted, unless they have become worse since. Errors name `origin`.
 */
bool shelflife_audit_baseline(struct shelflife_audit *audit, str bytes, const char *origin, error *err);

/* Appends a baseline that accepts all findings, and what was accepted before. */
void shelflife_audit_write_baseline(const struct shelflife_audit_result *result, buffer *out);

/* Judges all that was read. The audit has nothing left then but to be freed. NULL without memory. */
struct shelflife_audit_result *shelflife_audit_finish(struct shelflife_audit *audit, error *err);

#endif
