/*
 * The worst findings of a review, as many as can be shown.
 */
#ifndef SHELFLIFE_ADMISSION_WORST_H
#define SHELFLIFE_ADMISSION_WORST_H

#include "base/base.h"
#include "policy/phrase.h"

enum { ADMISSION_WORST_MAX = 64 };

/* An image with a warning or denial. Findings of one text in one container are one. */
struct admission_finding {
    struct shelflife_image image; /* with its container or its path */
    enum shelflife_phase phase;
    shelflife_day date;                           /* that the phase follows from; missing ones are last */
    uint32_t repeats;                             /* findings that are the same */
    uint32_t tag;                                 /* of its container or path, set when it is added */
    const struct shelflife_policy_phrase *phrase; /* NULL: to be judged again */
};

/* Findings with the same action, worst first: phase, the earlier date, place in the text. */
struct admission_worst {
    struct admission_finding *at;
    size_t count, capacity;
    size_t total; /* with those that are not kept */
};

/* Empties it, and keeps a little memory. */
void shelflife_admission_worst_reset(struct admission_worst *w);
void shelflife_admission_worst_free(struct admission_worst *w);

/* Whether a finding of this phase and date may be kept or repeat a kept one. */
bool shelflife_admission_worst_wants(const struct admission_worst *w, enum shelflife_phase phase,
                                     shelflife_day date);

/* Adds a finding, or counts a repetition. Sets *kept if it is kept now; its strings must then stay. Only
 * fails if memory runs out. */
bool shelflife_admission_worst_add(struct admission_worst *w, const struct admission_finding *finding,
                                   struct admission_finding **kept, error *err);

/* The container's name, or the path. */
str shelflife_admission_finding_where(const struct shelflife_image *image);

#endif
