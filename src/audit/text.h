/*
 * Reads the manifests in a text: in a file, or in what a program has rendered.
 */
#ifndef SHELFLIFE_AUDIT_TEXT_H
#define SHELFLIFE_AUDIT_TEXT_H

#include "audit/rendered.h"
#include "audit/walk.h"

struct shelflife_audit_text {
    struct shelflife_audit *audit;
    struct shelflife_audit_text_source source;
    bool named; /* by the user, so that it is a problem if a document is not an object */
    bool is_stdin;
    struct shelflife_audit_read read;
    arena memory; /* of one object */
};

/* Adds a problem of the text, or a note. */
bool shelflife_audit_text_note(struct shelflife_audit_text *text, const error *why,
                               struct shelflife_json_position at, bool harmless, error *err);

/* Reads the documents that `input` gives, and adds their objects to the audit. */
bool shelflife_audit_text_read(struct shelflife_audit_text *text, shelflife_yaml_input *input, void *context,
                               error *err);

/* The same for a text that a program has rendered. */
bool shelflife_audit_text_read_rendered(struct shelflife_audit *audit,
                                        const struct shelflife_input_rendered *rendered, error *err);

#endif
