/*
 * The matrix of a job of a GitHub workflow: for which values of its variables the job runs.
 */
#ifndef SHELFLIFE_INPUTS_GITHUB_MATRIX_H
#define SHELFLIFE_INPUTS_GITHUB_MATRIX_H

#include "inputs/reading.h"

/* What GitHub allows in a run of a workflow. */
enum { SHELFLIFE_INPUT_GITHUB_MATRIX_MAX = 256 };

struct shelflife_input_github_matrix {
    const struct shelflife_input_node *at[SHELFLIFE_INPUT_GITHUB_MATRIX_MAX]; /* maps of names and values */
    size_t count;
    bool computed; /* it is the result of an expression, and therefore not known */
    bool cut;      /* there are more combinations than are allowed */
};

/* Expands `strategy.matrix`: the product of its lists, without `exclude`, with `include`. NULL: no matrix. */
bool shelflife_input_github_matrix_expand(struct shelflife_input_reading *r,
                                          const struct shelflife_input_node *matrix,
                                          struct shelflife_input_github_matrix *out);

#endif
