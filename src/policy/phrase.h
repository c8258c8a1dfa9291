/*
 * What a verdict's line has besides the image: "Python 3.8 is past end of patch since 2024-10-07; move to
 * Python 3.12 or later". It is written once, and then fitted into any number of bytes, with any image of that
 * verdict.
 */
#ifndef SHELFLIFE_POLICY_PHRASE_H
#define SHELFLIFE_POLICY_PHRASE_H

#include "base/base.h"
#include "shelflife/policy.h"

/* PHRASE_MAX is more than all names and texts in a phrase can have in bytes, as each has its own limit. */
enum { SHELFLIFE_POLICY_PHRASE_MAX = 2048, SHELFLIFE_POLICY_PHRASE_PARTS = 10 };

struct shelflife_policy_phrase {
    str text;                                          /* the subject, `about`, the parts, `more` */
    uint16_t about, parts, more;                       /* where those begin */
    uint16_t part_ends[SHELFLIFE_POLICY_PHRASE_PARTS]; /* in the text */
    uint16_t part_count;
};

/* Writes the phrase of a verdict. Its text is in `room`. */
struct shelflife_policy_phrase shelflife_policy_phrase_of(const struct shelflife_verdict *verdict,
                                                          char room[static SHELFLIFE_POLICY_PHRASE_MAX]);

/* A copy in an arena, or NULL. */
const struct shelflife_policy_phrase *shelflife_policy_phrase_copy(const struct shelflife_policy_phrase *p,
                                                                   arena *a);

/* Appends the line of an image and a phrase: see shelflife_verdict_describe(). */
void shelflife_policy_phrase_write(const struct shelflife_policy_phrase *phrase, str image, size_t max,
                                   buffer *out);

#endif
