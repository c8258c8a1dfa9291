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

#include <stdatomic.h>

#include "audit/audit.h"
#include "kube/kube.h"

/* How far it is, for whoever watches from another thread. */
struct shelflife_audit_counters {
    _Atomic uint64_t objects;  /* read */
    _Atomic uint64_t expected; /* objects that are known to come, those read included; 0: not known */
    _Atomic uint64_t findings; /* so far, by a rough count */
    _Atomic unsigned sources, sources_done;
};

/* All borrowed, until the result is freed. */
struct shelflife_audit_options {
    const struct shelflife_snapshot *snapshot;
    const struct shelflife_snapshot *old; /* to compare with; NULL: none */
    shelflife_day at, today;
    int32_t within;                            /* days; -1: no window */
    enum shelflife_mode mode;                  /* where no label says another; MODE_POLICY: the policy's */
    const char *namespace;                     /* of objects in files that name none; NULL: none */
    bool all, history;                         /* keep what is fine; count history among the findings */
    const atomic_bool *cancel;                 /* NULL: never */
    struct shelflife_audit_counters *progress; /* NULL: nobody watches */
};

struct shelflife_audit;
struct shelflife_audit *shelflife_audit_new(const struct shelflife_audit_options *options, error *err);
void shelflife_audit_free(struct shelflife_audit *audit); /* NULL is fine */

/* ---- Files ---- */

/* A file, "-" for standard input, or a folder with all its *.yaml, *.yml and *.json below it, but for hidden
   ones. What a file is, JSON or YAML, its content says. */
bool shelflife_audit_path(struct shelflife_audit *audit, const char *path, error *err);

/* A file of image references, one a line; "-" for standard input. Blank lines and those that begin with "#"
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
