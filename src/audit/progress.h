/*
 * Estimates the number of findings while objects are still being read, from the policy's verdict alone:
 * without mode, namespace and baseline.
 */
#ifndef SHELFLIFE_AUDIT_PROGRESS_H
#define SHELFLIFE_AUDIT_PROGRESS_H

#include "audit/internal.h"
#include "audit/rollup.h"
#include "audit/verdicts.h"

struct shelflife_audit_progress {
    struct shelflife_audit_counters *counters; /* NULL: nothing is counted */
    struct shelflife_audit_verdicts images;
    arena arena;
    size_t counted;    /* records of the rollup */
    uint64_t findings; /* among them */
};

void shelflife_audit_progress_init(struct shelflife_audit_progress *progress,
                                   const struct shelflife_audit *audit);
void shelflife_audit_progress_free(struct shelflife_audit_progress *progress);

/* Counts the records added since the last call. Always call it with the same rollup. */
bool shelflife_audit_progress_count(struct shelflife_audit_progress *progress,
                                    const struct shelflife_audit_rollup *rollup, error *err);

/* Call it after emptying the rollup. */
void shelflife_audit_progress_restart(struct shelflife_audit_progress *progress);

#endif
