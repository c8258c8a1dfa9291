/*
 * A rough count of findings while objects are still being read, for the progress: by the policy's verdict
 * alone, without mode, namespace and baseline.
 */
#ifndef SHELFLIFE_AUDIT_ROUGH_H
#define SHELFLIFE_AUDIT_ROUGH_H

#include "audit/internal.h"
#include "audit/rollup.h"
#include "audit/verdicts.h"

struct shelflife_audit_progress {
    struct shelflife_audit_counters *progress; /* NULL: not needed, nothing is done */
    struct shelflife_audit_verdicts images;
    arena arena;
    size_t counted;    /* records of the fold */
    uint64_t findings; /* among them */
};

void shelflife_audit_progress_init(struct shelflife_audit_progress *rough,
                                   const struct shelflife_audit *audit);
void shelflife_audit_progress_free(struct shelflife_audit_progress *rough);

/* Counts what is new in the fold, always the same one. */
bool shelflife_audit_progress_count(struct shelflife_audit_progress *rough,
                                    const struct shelflife_audit_rollup *fold, error *err);

/* The fold has been emptied. */
void shelflife_audit_progress_restart(struct shelflife_audit_progress *rough);

#endif
