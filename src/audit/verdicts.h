/*
 * Caches verdicts by image and class of namespace.
 */
#ifndef SHELFLIFE_AUDIT_VERDICTS_H
#define SHELFLIFE_AUDIT_VERDICTS_H

#include "audit/audit.h"
#include "audit/hash_index.h"

/* Namespaces in which the policies give the same verdicts. */
struct shelflife_audit_image_class {
    str name;
    str namespace; /* a member of the class */
};

struct shelflife_audit_verdicts {
    const struct shelflife_snapshot *snapshot, *old; /* old: to compare with, or NULL */
    shelflife_day at;
    arena *arena; /* of everything that is returned */
    struct shelflife_audit_hash_key key;
    struct shelflife_audit_image_class *classes;
    size_t class_count, class_capacity;
    struct shelflife_audit_known_image *known;
    size_t known_count, known_capacity;
    struct shelflife_audit_hash_index index;
    struct shelflife_arena scratch;
};

void shelflife_audit_verdicts_init(struct shelflife_audit_verdicts *x,
                                   const struct shelflife_snapshot *snapshot,
                                   const struct shelflife_snapshot *old, shelflife_day at, arena *a,
                                   struct shelflife_audit_hash_key key);
void shelflife_audit_verdicts_free(struct shelflife_audit_verdicts *x);

/* The class of a namespace. `namespace` must live as long as the images. */
bool shelflife_audit_verdicts_class(struct shelflife_audit_verdicts *x, str namespace, uint32_t *class,
                                    error *err);

/* An image that is to be judged. The texts must live as long as the arena, and each number must be unique to
   its text. */
struct shelflife_audit_question {
    str text;
    str digest; /* that runs, or absent */
    str why;    /* why the image could not be resolved, so that its text says nothing; or absent */
    uint32_t text_number, digest_number, why_number;
    uint32_t class;
    bool as_written; /* the image is run as it is written, so that it cannot contain a parameter */
};

struct shelflife_audit_image *shelflife_audit_verdicts_judge(struct shelflife_audit_verdicts *x,
                                                             const struct shelflife_audit_question *question,
                                                             error *err);

/* All judged images, in any order. */
size_t shelflife_audit_verdicts_count(const struct shelflife_audit_verdicts *x);
struct shelflife_audit_image *shelflife_audit_verdicts_at(const struct shelflife_audit_verdicts *x, size_t i,
                                                          uint32_t *number);

#endif
