/*
 * Judges a review: a verdict for each image of the object, and the exemptions for updates, existing
 * workloads and mirror Pods.
 */
#ifndef SHELFLIFE_ADMISSION_JUDGE_H
#define SHELFLIFE_ADMISSION_JUDGE_H

#include "admission/envelope.h"
#include "shelflife/admission.h"

/* An image with a warning or denial. */
struct admission_finding {
    const struct shelflife_image *image;
    const struct shelflife_verdict *verdict;
    enum shelflife_action action; /* WARN or DENY, after all exemptions, before the mode */
};

struct admission_judgement {
    const struct admission_finding
        *findings; /* worst first: action, phase, the earlier date, place in the text */
    size_t count;
    enum shelflife_action action; /* the strictest, before the mode */
    enum shelflife_phase phase;   /* the worst */
    uint32_t images[SHELFLIFE_PHASES];
    uint32_t outdated, unverified, waived;
};

/* Judges the images of a review. *out points into the arena. Fails only if memory or the arena's limit runs
 * out. */
bool shelflife_admission_judge(const struct admission_envelope *e, const struct shelflife_snapshot *snapshot,
                               shelflife_day at, arena *a, struct admission_judgement *out, error *err);

#endif
