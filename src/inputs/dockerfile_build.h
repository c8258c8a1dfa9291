/* How a Dockerfile is built, and how much of one is read. */
#ifndef SHELFLIFE_INPUTS_DOCKERFILE_BUILD_H
#define SHELFLIFE_INPUTS_DOCKERFILE_BUILD_H

#include "base/base.h"

enum {
    SHELFLIFE_INPUT_DOCKERFILE_SIZE_MAX = 16 << 20,     /* bytes of a file */
    SHELFLIFE_INPUT_DOCKERFILE_STAGES_MAX = 10000,      /* FROM instructions */
    SHELFLIFE_INPUT_DOCKERFILE_ARGS_MAX = 10000,        /* ARGs before the first FROM, with the given ones */
    SHELFLIFE_INPUT_DOCKERFILE_REFERENCES_MAX = 100000, /* what COPY --from and RUN --mount=from name */
    SHELFLIFE_INPUT_DOCKERFILE_VALUE_MAX = 4096,        /* bytes of an image, or of an ARG's value */
    SHELFLIFE_INPUT_DOCKERFILE_MEMORY_MAX = 64 << 20,   /* bytes of all texts that are kept */
};

/* A value that the build is given: `docker build --build-arg NAME=VALUE`. */
struct shelflife_input_build_arg {
    str name, value;
};

/* How a file is built. Zeroed memory is `docker build` without options. */
struct shelflife_input_build {
    const struct shelflife_input_build_arg *args; /* of equal names the last one counts */
    size_t arg_count;
    str target;     /* the stage to build, its name or number; absent: the last one */
    str kind, name; /* what is built: "Service" and "web"; absent: "Stage" and the stage's name or number */
};

#endif
