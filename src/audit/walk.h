/*
 * Reading one file or text, for those that walk through folders.
 */
#ifndef SHELFLIFE_AUDIT_WALK_H
#define SHELFLIFE_AUDIT_WALK_H

#include "audit/internal.h"

/* What was found in a file. */
struct shelflife_audit_read {
    uint64_t objects;  /* that are audited, or images of a list */
    uint64_t skipped;  /* objects that were not asked for */
    uint64_t strange;  /* documents that are not objects */
    uint64_t problems; /* that were noted */
    uint64_t notes;    /* likewise, of parts of a file that is not a manifest */
};

/* Read a file of manifests or of images, "-" for standard input. `named`: by the user, so that it is a
   problem if a document is not an object. Fail if the file cannot be opened, with an error that names it, and
   without memory. */
bool shelflife_audit_read_manifests(struct shelflife_audit *audit, const char *path, bool named,
                                    struct shelflife_audit_read *read, error *err);
bool shelflife_audit_read_images(struct shelflife_audit *audit, const char *path,
                                 struct shelflife_audit_read *read, error *err);

/* The name under which a file is reported, and known to baselines: however the current folder was given. */
str shelflife_audit_name_of(const char *path);

/* Reads a file of another format than manifests, which is held in memory. Fails like the others. */
enum { SHELFLIFE_AUDIT_INPUT_BYTES_MAX = 16 << 20 };
struct shelflife_input_format;
bool shelflife_audit_read_input(struct shelflife_audit *audit, const char *path,
                                const struct shelflife_input_format *format, bool named,
                                struct shelflife_audit_read *read, error *err);

#endif
