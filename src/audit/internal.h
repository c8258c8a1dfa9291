/*
 * An audit that is still reading its sources.
 */
#ifndef SHELFLIFE_AUDIT_INTERNAL_H
#define SHELFLIFE_AUDIT_INTERNAL_H

#include <pthread.h>

#include "audit/audit.h"
#include "audit/options.h"
#include "audit/rollup.h"

/* A namespace's mode, as its label says. */
struct shelflife_audit_label_mode {
    str cluster, namespace;
    enum shelflife_mode mode;
};

/* What a baseline accepts. */
struct shelflife_audit_accepted {
    str cluster, file, namespace, kind, name, image;
    enum shelflife_phase phase;
    enum shelflife_action action;
};

/* Why something is not audited. */
enum shelflife_audit_skip {
    SHELFLIFE_AUDIT_SKIP_EXCLUDED,
    SHELFLIFE_AUDIT_SKIP_HIDDEN_FOLDER,
    SHELFLIFE_AUDIT_SKIP_HIDDEN_FILE,
    SHELFLIFE_AUDIT_SKIP_LINK, /* to a folder */
    SHELFLIFE_AUDIT_SKIP_PART, /* of a kustomization or a chart */
    SHELFLIFE_AUDIT_SKIP_OTHER_FILE,
    SHELFLIFE_AUDIT_SKIP_NO_OBJECT,
    SHELFLIFE_AUDIT_SKIP_NAMESPACE, /* not the one that was asked for */
    SHELFLIFE_AUDIT_SKIP_LABELS,
    SHELFLIFE_AUDIT_SKIP_OFF, /* the mode of its namespace */
};
enum { SHELFLIFE_AUDIT_SKIPS = SHELFLIFE_AUDIT_SKIP_OFF + 1 };

enum { SHELFLIFE_AUDIT_SKIPPED_NAMES = 3 };
struct shelflife_audit_skips {
    uint64_t count;
    str names[SHELFLIFE_AUDIT_SKIPPED_NAMES]; /* the first ones, each once */
    size_t name_count;
};

/* A file that is not audited by itself. */
struct shelflife_audit_alone {
    enum shelflife_audit_skip why;
    str name;
};

/* What is extracted of an object after the fields that say who is responsible. */
enum shelflife_audit_field {
    SHELFLIFE_AUDIT_FIELD_REPLICAS,
    SHELFLIFE_AUDIT_FIELD_HOOK,
    SHELFLIFE_AUDIT_FIELD_LOCAL,
};

struct shelflife_audit {
    struct shelflife_audit_options options;
    struct shelflife_shapes *shapes; /* the policy's, with the fields that the rollup needs */
    size_t owner_fields;
    struct shelflife_audit_selector *selector; /* NULL: objects with any labels */
    size_t label_fields;                       /* the first of those that the selector needs */
    struct shelflife_audit_hash_key key;
    struct shelflife_audit_rollup rollup;
    arena arena; /* of what is below */
    struct shelflife_audit_problem *problems;
    size_t problem_count, problem_capacity;
    struct shelflife_audit_label_mode *labels; /* sorted by namespace when all are read */
    size_t label_count, label_capacity;
    struct shelflife_audit_accepted *accepted; /* sorted by name */
    size_t accepted_count, accepted_capacity;
    struct shelflife_audit_skips skips[SHELFLIFE_AUDIT_SKIPS];
    struct shelflife_audit_alone *alone; /* not counted in `skips` yet */
    size_t alone_count, alone_capacity;
    str *used; /* files that were read as a part of others */
    size_t used_count, used_capacity;
    uint64_t sources;
    str *clusters; /* read, or to be read last */
    size_t cluster_count, cluster_capacity;
    bool interrupted;
    pthread_mutex_t lock; /* of rollup and problems, while threads read */
};

/* Whether options.cancel is set. */
bool shelflife_audit_cancelled(const struct shelflife_audit *audit);

/* The cluster that is being read, if workloads are to name it; else absent. */
str shelflife_audit_current(const struct shelflife_audit *audit);

/* Adds a problem, of the cluster that is being read. Copies its source and text. */
bool shelflife_audit_note(struct shelflife_audit *audit, const struct shelflife_audit_problem *problem,
                          error *err);

/* Counts `count` things that are not audited. The name is that of one, or of what they are in. */
bool shelflife_audit_skip(struct shelflife_audit *audit, enum shelflife_audit_skip why, str name,
                          uint64_t count, error *err);

/* Likewise, for a file that others may still use, which makes it a part of the audit. Those that none has
   used are counted by shelflife_audit_skip_unused(). */
bool shelflife_audit_skip_file(struct shelflife_audit *audit, enum shelflife_audit_skip why, str name,
                               error *err);
bool shelflife_audit_used(struct shelflife_audit *audit, str name, error *err);
bool shelflife_audit_skip_unused(struct shelflife_audit *audit, error *err);

/* Whether an object of a file is one of those that were asked for; counts it if not. One without a namespace
   is in whichever it will be created in. */
struct shelflife_audit_found_object;
bool shelflife_audit_wants(struct shelflife_audit *audit, const struct shelflife_audit_found_object *found,
                           str source, bool *wanted, error *err);

/* An order for sorting: <0, 0, >0. Compares the fields that differ most often first. */
int shelflife_audit_accepted_compare(const void *a, const void *b);

/* Whether the baseline contains the entry with a phase and action that are at least as severe. */
bool shelflife_audit_accepts(const struct shelflife_audit *audit, const struct shelflife_audit_entry *entry);

/* Computes the result's changes from its entries. Allocates them in the arena. */
bool shelflife_audit_forecast(struct shelflife_audit_result *result, arena *memory, error *err);

#endif
