/*
 * Dockerfiles (Containerfiles): the images that a build starts from and copies from.
 *
 * What the final stage is built on comes first, then what it needs (COPY --from, RUN --mount=from, other
 * stages), then what the file names, but the build does not use: `unused` is set for these. Only ARGs before
 * the first FROM count in a FROM; a variable that has no value there makes an image unresolved. Where Docker
 * (BuildKit) and buildah build from different images, both are reported, with the reason as the hint.
 */
#ifndef SHELFLIFE_INPUTS_DOCKERFILE_H
#define SHELFLIFE_INPUTS_DOCKERFILE_H

#include "inputs/inputs.h"

enum {
    SHELFLIFE_INPUT_DOCKERFILE_SIZE_MAX = 16 << 20,     /* bytes of a file */
    SHELFLIFE_INPUT_DOCKERFILE_STAGES_MAX = 10000,      /* FROM instructions */
    SHELFLIFE_INPUT_DOCKERFILE_ARGS_MAX = 10000,        /* ARGs before the first FROM, with the given ones */
    SHELFLIFE_INPUT_DOCKERFILE_REFERENCES_MAX = 100000, /* what COPY --from and RUN --mount=from name */
    SHELFLIFE_INPUT_DOCKERFILE_VALUE_MAX = 4096,        /* bytes of an image, or of an ARG's value */
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

/* Reads a Dockerfile that a build uses. `file` is its name in places. Returns false only if the sink fails,
   or without memory. */
bool shelflife_input_dockerfile_read(str file, str text, const struct shelflife_input_build *build,
                                     const struct shelflife_input_sink *sink,
                                     error *err) SHELFLIFE_MUST_CHECK;

#endif
