/*
 * Reads path patterns step by step. include/shelflife/workload.h describes the grammar.
 */
#ifndef SHELFLIFE_WORKLOAD_PATTERN_H
#define SHELFLIFE_WORKLOAD_PATTERN_H

#include "base/base.h"

enum shelflife_workload_step_kind {
    SHELFLIFE_WORKLOAD_STEP_KEY,     /* a map's entry of that key */
    SHELFLIFE_WORKLOAD_STEP_ANY_KEY, /* "*" */
    SHELFLIFE_WORKLOAD_STEP_ELEMENT, /* "[]" */
    SHELFLIFE_WORKLOAD_STEP_ANY,     /* "**" */
    SHELFLIFE_WORKLOAD_STEP_PARTS,   /* "{}": the value before it may be a map of parts */
    SHELFLIFE_WORKLOAD_STEP_END,     /* the end of the pattern */
};

struct shelflife_workload_step {
    enum shelflife_workload_step_kind kind;
    str key;
};

struct shelflife_workload_pattern_reader {
    str text;
    size_t at;
    arena *memory; /* for quoted keys */
};

enum { SHELFLIFE_WORKLOAD_PATTERN_KEY_MAX = 256 }; /* bytes of a key */

/* Reads the next step. Errors name the byte and what is allowed there, but not the pattern. */
bool shelflife_workload_pattern_next(struct shelflife_workload_pattern_reader *r,
                                     struct shelflife_workload_step *step, error *err);

/* Whether a key needs no quotes in a path. */
bool shelflife_workload_pattern_is_plain(str key);

#endif
