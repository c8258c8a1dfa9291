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
    str namespace;
    enum shelflife_mode mode;
};

/* What a baseline accepts. */
struct shelflife_audit_accepted {
    str namespace, kind, name, image;
    enum shelflife_phase phase;
    enum shelflife_action action;
};

struct shelflife_audit {
    struct shelflife_audit_options options;
    struct shelflife_shapes *shapes; /* the policy's, with the fields that the rollup wants */
    size_t owner_fields;
    struct shelflife_audit_hash_key key;
    struct shelflife_audit_rollup rollup;
    arena arena; /* of what is below */
    struct shelflife_audit_problem *problems;
    size_t problem_count, problem_capacity;
    struct shelflife_audit_label_mode *labels; /* sorted by namespace once all are there */
    size_t label_count, label_capacity;
    struct shelflife_audit_accepted *accepted; /* sorted by name */
    size_t accepted_count, accepted_capacity;
    uint64_t sources;
    str cluster;
    bool interrupted;
    pthread_mutex_t lock; /* of rollup and problems, while threads read */
};

/* Whether the caller has asked it to end. */
bool shelflife_audit_cancelled(const struct shelflife_audit *audit);

/* Notes what could not be read: takes source and text (copied), and the rest as it is. */
bool shelflife_audit_note(struct shelflife_audit *audit, const struct shelflife_audit_problem *problem,
                          error *err);

/* Compares the fields that differ most often first. <0, 0, >0. */
int shelflife_audit_accepted_compare(const void *a, const void *b);

/* Whether the baseline has the entry, no milder than it is. */
bool shelflife_audit_accepts(const struct shelflife_audit *audit, const struct shelflife_audit_entry *entry);

/* Fills the result's changes from its entries; the memory is the arena's. */
bool shelflife_audit_forecast(struct shelflife_audit_result *result, arena *memory, error *err);

#endif
