/*
 * A rough count of findings while they are still being read, for whoever watches: by the policy's verdict
 * alone, without mode, namespace and baseline.
 */
#ifndef SHELFLIFE_AUDIT_ROUGH_H
#define SHELFLIFE_AUDIT_ROUGH_H

#include "audit/fold.h"
#include "audit/images.h"
#include "audit/state.h"

struct shelflife_rough {
    struct shelflife_audit_progress *progress; /* NULL: nobody watches, nothing is done */
    struct shelflife_images images;
    arena arena;
    size_t counted;    /* records of the fold */
    uint64_t findings; /* among them */
};

void shelflife_rough_init(struct shelflife_rough *rough, const struct shelflife_audit *audit);
void shelflife_rough_free(struct shelflife_rough *rough);

/* Counts what is new in the fold, always the same one. */
bool shelflife_rough_count(struct shelflife_rough *rough, const struct shelflife_fold *fold, error *err);

/* The fold has been emptied. */
void shelflife_rough_restart(struct shelflife_rough *rough);

#endif
