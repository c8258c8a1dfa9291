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

#include "inputs/dockerfile_build.h"
#include "inputs/inputs.h"

/* Reads a Dockerfile that a build uses. `file` is its name in places. Returns false only if the sink fails,
   or without memory. */
bool shelflife_input_dockerfile_read(str file, str text, const struct shelflife_input_build *build,
                                     const struct shelflife_input_sink *sink,
                                     error *err) SHELFLIFE_MUST_CHECK;

#endif
