/*
 * Reading one text: a file, or what a program has rendered.
 */
#ifndef SHELFLIFE_AUDIT_READING_H
#define SHELFLIFE_AUDIT_READING_H

#include "audit/rendered.h"
#include "audit/walk.h"

struct shelflife_audit_reading {
    struct shelflife_audit *audit;
    struct shelflife_audit_text_source source;
    bool named; /* by the user, so that it is a problem if a document is not an object */
    bool is_stdin;
    struct shelflife_audit_read read;
    arena memory; /* of one object */
};

/* Adds a problem of the text, or a note. */
bool shelflife_audit_reading_note(struct shelflife_audit_reading *reading, const error *why,
                                  struct shelflife_json_position at, bool harmless, error *err);

/* Reads the manifests that `input` gives, and adds their objects to the audit. */
bool shelflife_audit_reading_manifests(struct shelflife_audit_reading *reading, shelflife_yaml_input *input,
                                       void *context, error *err);

/* Reads the manifests that a program has rendered. */
bool shelflife_audit_reading_rendered(struct shelflife_audit *audit,
                                      const struct shelflife_input_rendered *rendered, error *err);

#endif
