/*
 * The stages of a Dockerfile, what each of them is built from, and which of them the final stage needs.
 * Docker and buildah find stages by different rules, so that there is an answer for each of the two.
 */
#ifndef SHELFLIFE_INPUTS_DOCKERFILE_STAGES_H
#define SHELFLIFE_INPUTS_DOCKERFILE_STAGES_H

#include "inputs/dockerfile_build.h"
#include "inputs/dockerfile_names.h"
#include "inputs/inputs.h"

enum shelflife_input_dockerfile_tool {
    SHELFLIFE_INPUT_DOCKERFILE_DOCKER,
    SHELFLIFE_INPUT_DOCKERFILE_BUILDAH,
    SHELFLIFE_INPUT_DOCKERFILE_TOOLS
};

/* What a reference is for a tool: one of these, or the number of a stage. */
enum {
    SHELFLIFE_INPUT_DOCKERFILE_IMAGE = -1,
    SHELFLIFE_INPUT_DOCKERFILE_EMPTY = -2, /* scratch */
    SHELFLIFE_INPUT_DOCKERFILE_ERROR = -3,
};

enum shelflife_input_dockerfile_kind {
    SHELFLIFE_INPUT_DOCKERFILE_FROM,
    SHELFLIFE_INPUT_DOCKERFILE_COPY,
    SHELFLIFE_INPUT_DOCKERFILE_MOUNT,
};

/* What a stage starts from, copies from or mounts. */
struct shelflife_input_dockerfile_reference {
    enum shelflife_input_dockerfile_kind kind;
    bool onbuild;  /* only in stages and images that are built from this stage */
    bool variable; /* a variable in a COPY or a mount, which Docker refuses */
    str text;      /* with its variables replaced; as written if that was not possible */
    str why, way, hint;
    struct shelflife_input_place place; /* of what a person would edit */
    uint32_t line;                      /* of the instruction's word */
    uint32_t stage;                     /* that it is in */
    int32_t target[SHELFLIFE_INPUT_DOCKERFILE_TOOLS];
};

/* How the final stage uses a stage. */
struct shelflife_input_dockerfile_use {
    bool needed;    /* it needs it, or is built on it */
    bool base;      /* it is built on it */
    bool triggers;  /* a needed stage is built on it, which runs its ONBUILD instructions */
    uint32_t cause; /* the reference on the way to it that differs between the tools, + 1; 0: none */
};

struct shelflife_input_dockerfile_stage {
    str name;              /* as written; or its number */
    str lower;             /* in lower case; absent: it has no name */
    uint32_t first, count; /* its references, the first one is its FROM */
    struct shelflife_input_dockerfile_use use[SHELFLIFE_INPUT_DOCKERFILE_TOOLS];
};

/* Zeroed memory has no stages. Strings are not copied. */
struct shelflife_input_dockerfile_stages {
    struct shelflife_input_dockerfile_stage *stages;
    size_t count, capacity;
    struct shelflife_input_dockerfile_reference *references;
    size_t reference_count, reference_capacity;
};

void shelflife_input_dockerfile_stages_free(struct shelflife_input_dockerfile_stages *s);

/* Adds a stage. Its FROM is the first reference that is added to it. */
bool shelflife_input_dockerfile_stages_add(struct shelflife_input_dockerfile_stages *s, str name, str lower,
                                           error *err) SHELFLIFE_MUST_CHECK;

/* Adds a reference to the last stage. `stage` and `target` need not be set. */
bool shelflife_input_dockerfile_stages_refer(struct shelflife_input_dockerfile_stages *s,
                                             const struct shelflife_input_dockerfile_reference *reference,
                                             error *err) SHELFLIFE_MUST_CHECK;

/* After all stages: finds what the references are, and what is needed for the stage `target`, a name or
   number; absent: the last one. *found is false if there is no such stage. */
bool shelflife_input_dockerfile_stages_finish(struct shelflife_input_dockerfile_stages *s, str target,
                                              bool *found, error *err) SHELFLIFE_MUST_CHECK;

#endif
