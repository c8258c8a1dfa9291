/* The options of an audit, and counters of its progress. */
#ifndef SHELFLIFE_AUDIT_OPTIONS_H
#define SHELFLIFE_AUDIT_OPTIONS_H

#include <stdatomic.h>

#include "shelflife/admission.h"

/* The progress, which other threads may read. */
struct shelflife_audit_counters {
    _Atomic uint64_t objects;  /* read */
    _Atomic uint64_t expected; /* objects in total, those read included; 0: not known */
    _Atomic uint64_t findings; /* so far, by a rough count */
    _Atomic unsigned sources, sources_done;
    _Atomic unsigned clusters, clusters_done; /* 0: one */
};

/* All borrowed, until the result is freed. */
struct shelflife_audit_options {
    const struct shelflife_snapshot *snapshot;
    const struct shelflife_snapshot *old; /* to compare with; NULL: none */
    shelflife_day at, today;
    int32_t within;           /* days; -1: no window */
    enum shelflife_mode mode; /* of namespaces without a label; MODE_POLICY: the policy's */
    bool clusters;            /* there can be several, so that workloads and problems name theirs */
    bool files;               /* the sources are files and lists of images, not a cluster */
    /* For files: */
    const char *namespace;       /* audit only objects in it, and those that name none; NULL: all */
    const char *labels;          /* audit only objects with these labels, as in kubectl; NULL: all */
    const char *const *excluded; /* patterns of files and folders to leave out */
    size_t excluded_count;
    bool allow_empty;          /* nothing to audit is not a problem */
    bool render;               /* may run kubectl, kustomize and helm on the files */
    const char *const *values; /* files of values for helm */
    size_t value_count;
    /* For both: */
    bool digests;      /* judge what runs by its digest */
    bool all, history; /* all: include entries without problems; history: report history as findings */
    const atomic_bool *cancel;                 /* NULL: never */
    struct shelflife_audit_counters *progress; /* NULL: not needed */
};

#endif
