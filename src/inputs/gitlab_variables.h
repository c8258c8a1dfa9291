/*
 * Variables in GitLab pipelines: "$IMAGE", "${IMAGE}", and the inputs "$[[ inputs.image ]]". Only values that
 * stand in the files are known: a project, a group and the user who starts a pipeline can set others.
 */
#ifndef SHELFLIFE_INPUTS_GITLAB_VARIABLES_H
#define SHELFLIFE_INPUTS_GITLAB_VARIABLES_H

#include "inputs/gitlab_config.h"

/* Maps of variables, the one that counts first before the others; NULL: none. */
enum { SHELFLIFE_INPUT_GITLAB_SCOPES = 5 };
struct shelflife_input_gitlab_scopes {
    const struct shelflife_input_node *at[SHELFLIFE_INPUT_GITLAB_SCOPES];
};

/* A text whose variables are replaced. */
struct shelflife_input_gitlab_text {
    str text;                           /* if it could not be resolved, as written */
    str why;                            /* why it could not be resolved; absent: it was */
    str way;                            /* "PYTHON = 3.8" */
    struct shelflife_input_place place; /* of the value, if the text is a single variable */
    bool varies;                        /* it has variables */
};

bool shelflife_input_gitlab_expand(struct shelflife_input_gitlab_config *c,
                                   const struct shelflife_input_gitlab_scopes *scopes,
                                   const struct shelflife_input_node *scalar,
                                   struct shelflife_input_gitlab_text *out);

#endif
