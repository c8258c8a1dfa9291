/*
 * The judgement of one review: a verdict for every image of the object, and what an UPDATE, an existing
 * workload or a mirror pod soften.
 */
#ifndef SHELFLIFE_ADMISSION_JUDGE_H
#define SHELFLIFE_ADMISSION_JUDGE_H

#include "admission/envelope.h"
#include "shelflife/admission.h"

/* An image about which there is something to say. */
struct admission_finding {
    const struct shelflife_image *image;
    const struct shelflife_verdict *verdict;
    enum shelflife_action action; /* after all softening but the mode's: WARN or DENY */
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

/* Judges a review that counts, of an object with images. All of *out is the arena's. False only if its limit
 * or memory ran out. */
bool shelflife_admission_judge(const struct admission_envelope *e, const struct shelflife_snapshot *snapshot,
                               shelflife_day at, arena *a, struct admission_judgement *out, error *err);

#endif
