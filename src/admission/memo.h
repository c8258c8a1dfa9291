/*
 * Remembers what was found out about images: what is counted, and how a finding reads. It copies what it
 * keeps, and knows an image by a keyed hash only: of its text and of all else that the verdict depends on. So
 * what does not hold any more is not found any more, and the next images take its place. Each hash has one
 * place: a new image costs the same whatever else is remembered.
 */
#ifndef SHELFLIFE_ADMISSION_MEMO_H
#define SHELFLIFE_ADMISSION_MEMO_H

#include "policy/phrase.h"
#include "shelflife/admission.h"

/* The number of places of a memo that reviews share, and of one that a review has for itself. */
enum { ADMISSION_MEMO_SHARED = 768, ADMISSION_MEMO_OWN = 32 };

/* What is known about an image that was judged. */
struct admission_known {
    uint64_t hash; /* by which it is found; 0: it cannot be remembered */
    uint64_t name; /* the hash that images are compared by in updates; 0: not needed so far */
    shelflife_day date;
    unsigned char phase, action, known; /* known: enum shelflife_known */
    bool outdated, unverified, contradicted, waived;
    bool phrased; /* it has a phrase */
    struct shelflife_policy_phrase phrase;
};

/* Returns NULL if memory runs out. */
struct shelflife_memo *shelflife_admission_memo_new(size_t places);

/* What is known about the image with this hash, or NULL. Valid until something else is remembered. */
struct admission_known *shelflife_admission_memo_recall(const struct shelflife_memo *memo, uint64_t hash);

/* Remembers an image in place of another one; without its phrase, if that is unusually long. If there is no
   memory, nothing is remembered. */
void shelflife_admission_memo_remember(struct shelflife_memo *memo, const struct admission_known *known);

#endif
