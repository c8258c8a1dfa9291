/*
 * The set of images that were seen in a cluster or in files. Any number of threads may add to it.
 *
 * A reference with a tag is one image, and the digest that a Pod runs under it another: the tag may have
 * moved since. A reference with tag and digest counts by its digest only, as only its author says that they
 * belong together.
 */
#ifndef SHELFLIFE_INSPECTION_SEEN_H
#define SHELFLIFE_INSPECTION_SEEN_H

#include "inspection/inspection.h"

struct shelflife_inspection_seen;
struct shelflife_inspection_seen *shelflife_inspection_seen_new(error *err);
void shelflife_inspection_seen_free(struct shelflife_inspection_seen *seen); /* NULL is fine */

/* Adds an image as it is written, and the imageID of a Pod's status, or absent. What is not a reference is
   left out. */
bool shelflife_inspection_seen_add(struct shelflife_inspection_seen *seen, str image, str image_id,
                                   shelflife_day day, error *err);

/* The number of images, and of those that were never taken. */
size_t shelflife_inspection_seen_count(struct shelflife_inspection_seen *seen);
size_t shelflife_inspection_seen_new_count(struct shelflife_inspection_seen *seen);

/* Which images to take. */
enum shelflife_inspection_take {
    SHELFLIFE_INSPECTION_TAKE_NEW,    /* those that were never taken */
    SHELFLIFE_INSPECTION_TAKE_FAILED, /* and those that failed */
    SHELFLIFE_INSPECTION_TAKE_ALL,
};

/* Makes jobs of them, in *jobs, which the caller frees; their references are valid as long as the set, unless
   it is emptied. */
bool shelflife_inspection_seen_take(struct shelflife_inspection_seen *seen,
                                    enum shelflife_inspection_take which,
                                    struct shelflife_inspection_job **jobs, size_t *count, error *err);

/* Says that a job of take() failed. */
void shelflife_inspection_seen_again(struct shelflife_inspection_seen *seen,
                                     const struct shelflife_inspection_job *job);

/* Forgets images that were last seen before a day. No job of take() may be in use. */
bool shelflife_inspection_seen_forget(struct shelflife_inspection_seen *seen, shelflife_day day, error *err);

#endif
