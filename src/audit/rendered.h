/*
 * Objects whose images are edited elsewhere than in the text that is read: what helm or kustomize has
 * rendered.
 */
#ifndef SHELFLIFE_AUDIT_RENDERED_H
#define SHELFLIFE_AUDIT_RENDERED_H

#include "audit/internal.h"
#include "audit/objects.h"
#include "inputs/inputs.h"
#include "json/manifests.h"

/* The text that an object is in. */
struct shelflife_audit_text_source {
    str name;                                        /* in problems */
    bool is_file;                                    /* a regular file, not standard input */
    const struct shelflife_input_rendered *rendered; /* NULL: it was read as it is */
    char comment[SHELFLIFE_JSON_COMMENT_MAX];        /* the path in the "# Source:" comment of the document */
    size_t comment_len;
};

/* Whether lines and columns of the text mean anything: it is a file. */
bool shelflife_audit_rendered_has_lines(const struct shelflife_audit_text_source *source);

/* Forgets the comment. Call it before each document. */
void shelflife_audit_rendered_begin(struct shelflife_audit_text_source *source);

/* A shelflife_json_comment_handler; the context is the source. */
bool shelflife_audit_rendered_comment(void *context, str line, uint64_t number, error *err);

/* Adds an object, with the place where each of its images is edited. Uses the arena while it runs. */
bool shelflife_audit_rendered_add(struct shelflife_audit *audit,
                                  const struct shelflife_audit_found_object *found,
                                  const struct shelflife_audit_text_source *source, arena *memory,
                                  error *err);

#endif
