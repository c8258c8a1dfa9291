/*
 * Judges the images of a review as they arrive: counts them, and keeps the worst findings. Applies the
 * exemptions for updates, existing workloads and mirror Pods. Needs no memory for an image that is allowed.
 */
#ifndef SHELFLIFE_ADMISSION_JUDGE_H
#define SHELFLIFE_ADMISSION_JUDGE_H

#include "admission/envelope.h"
#include "admission/memo.h"
#include "admission/table.h"
#include "admission/worst.h"
#include "base/siphash.h"

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

/* The hash of what verdicts depend on besides the image's text. */
struct admission_basis {
    uint64_t hash;
    str namespace; /* that the hash was made for */
    bool made, as_written;
};

struct admission_judge {
    /* Borrowed. */
    const struct admission_envelope *envelope;
    const struct shelflife_snapshot *snapshot;
    shelflife_day at;
    struct shelflife_memo *memo; /* that the caller has set, or NULL */

    unsigned char key[SHELFLIFE_SIPHASH_KEY];
    struct shelflife_memo *own; /* if there is no other that this snapshot may use; may be NULL */
    uint64_t number;            /* of the review, from 1 */
    struct admission_basis basis;
    buffer based_on; /* what that is the hash of */

    arena findings;               /* what is kept of them, and the verdict that is being made */
    size_t compacted;             /* bytes that were left when the arena was last compacted */
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
