/*
 * Judges the images of a review as they arrive: counts them, and keeps the worst findings. Applies the
 * exemptions for updates, existing workloads and mirror Pods. Needs no memory for an image that is allowed.
 */
#ifndef SHELFLIFE_ADMISSION_JUDGE_H
#define SHELFLIFE_ADMISSION_JUDGE_H

#include "admission/envelope.h"
#include "admission/table.h"
#include "admission/worst.h"
#include "base/siphash.h"
#include "shelflife/admission.h"

/* Before the mode is applied. */
struct admission_judgement {
    struct admission_worst deny, warn;
    uint32_t count;             /* images of the object */
    enum shelflife_phase phase; /* the worst */
    uint32_t images[SHELFLIFE_PHASES];
    uint32_t known[SHELFLIFE_KNOWNS];
    uint32_t outdated, unverified, contradicted, waived;
};

struct admission_held;

/* What is known about an image that was judged. */
struct admission_known {
    str text;      /* of the first few, which cost no hash; otherwise absent */
    uint64_t hash; /* of the text; of the first few: of a text that was cut */
    uint64_t name; /* the hash that images are compared by, if it is denied in an update */
    shelflife_day date;
    unsigned char phase, action, known; /* known: enum shelflife_known */
    bool outdated, unverified, contradicted, waived;
};

/* The number of verdicts that are remembered, so that what repeats is judged once; and of the few that most
 * reviews need, in which no memory is allocated for them. */
enum { ADMISSION_KNOWN = 128, ADMISSION_KNOWN_FEW = 4 };

struct admission_judge {
    /* Borrowed. */
    const struct admission_envelope *envelope;
    const struct shelflife_snapshot *snapshot;
    shelflife_day at;
    unsigned char key[SHELFLIFE_SIPHASH_KEY];

    arena verdicts;   /* and the strings of the findings that are kept */
    size_t compacted; /* bytes that were left when the arena was last compacted */
    struct admission_known few[ADMISSION_KNOWN_FEW]; /* the first ones */
    size_t few_count;
    struct admission_known *known; /* those after them, by hash; may be NULL */
    /* The first verdicts about images in the table, so that they need not be judged again. */
    struct shelflife_verdict *noted[ADMISSION_KNOWN_FEW];
    size_t noted_count;
    struct admission_table table; /* of an update */

    arena waiting; /* images that came before what they are judged by */
    struct admission_held *first, **last;
    bool no_namespace; /* this was assumed when there was no more room for those */
    bool as_written;   /* the images of this kind are run as they are written */

    struct admission_judgement out;
};

void shelflife_admission_judge_init(struct admission_judge *j);
void shelflife_admission_judge_free(struct admission_judge *j);
size_t shelflife_admission_judge_memory(const struct admission_judge *j);

/* Forgets the last review, and releases its memory, except a little. */
void shelflife_admission_judge_reset(struct admission_judge *j);

/* Takes an image: a shelflife_image_sink whose context is the judge. */
bool shelflife_admission_judge_image(void *judge, const struct shelflife_image *image, error *err);

/* After the last image: completes j->out, whose findings have verdicts then. */
bool shelflife_admission_judge_finish(struct admission_judge *j, error *err);

#endif
