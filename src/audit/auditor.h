/*
 * Makes an audit: add sources, then finish. A source that cannot be read becomes a problem of the result, and
 * the audit continues. Unless stated otherwise, functions fail only without memory.
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
   ones. The content, not the name, decides between JSON and YAML. */
bool shelflife_audit_path(struct shelflife_audit *audit, const char *path, error *err);

/* A file of image references, one per line; "-" for standard input. Ignores blank lines and lines that
   begin with "#". */
bool shelflife_audit_image_list(struct shelflife_audit *audit, const char *path, error *err);

/* ---- A cluster ---- */

struct shelflife_audit_selection {
    const char *namespace; /* NULL: all */
    const char *label_selector, *field_selector;
};

/* Reads all kinds that have images, of one cluster after the other, several at the same time. With a
   namespace, needs rights in that namespace only. Also fails if discovery fails. Stops soon after
   options.cancel is set. */
bool shelflife_audit_cluster(struct shelflife_audit *audit, const struct shelflife_kube_config *config,
                             const struct shelflife_audit_selection *selection, error *err);

/* Notes that a cluster cannot be read at all, as a problem of it; for an audit of several clusters. */
bool shelflife_audit_cluster_failed(struct shelflife_audit *audit, str cluster, const error *why, error *err);

/* Appends a ClusterRole, or a Role in a namespace, with what shelflife_audit_cluster() asks for in that
   cluster, as YAML. Without a configuration: for any cluster, with the custom resources that are known. */
bool shelflife_audit_rbac(struct shelflife_audit *audit, const struct shelflife_kube_config *config,
                          const char *namespace, buffer *out, error *err);

/* ---- What was read ---- */

/* Calls the handler for each image of each workload, as it is written, with the digest that Pods of it run,
   if that is known. Without what is only history or unused, and what could not be resolved. */
typedef bool shelflife_audit_image_handler(void *context, str namespace, str image, str digest, error *err);
bool shelflife_audit_each_image(const struct shelflife_audit *audit, shelflife_audit_image_handler *handler,
                                void *context, error *err);

/* The problems so far. */
const struct shelflife_audit_problem *shelflife_audit_problems(const struct shelflife_audit *audit,
                                                               size_t *count);

/* ---- Results ---- */

/* Reads a baseline: findings in it are accepted, unless they have become worse since. A baseline of files is
   not for a cluster, and the other way round. Errors name `origin`. */
bool shelflife_audit_baseline(struct shelflife_audit *audit, str bytes, const char *origin, error *err);

/* Appends a baseline that accepts all findings, and what was accepted before. Returns how many there are. */
size_t shelflife_audit_write_baseline(const struct shelflife_audit_result *result, buffer *out);

/* Judges everything that was read. After that, the audit can only be freed. NULL without memory. */
struct shelflife_audit_result *shelflife_audit_finish(struct shelflife_audit *audit, error *err);

#endif
