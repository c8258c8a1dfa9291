/* Reports the images of a Dockerfile's stages: the base first, then what is needed, then the others. */
#ifndef SHELFLIFE_INPUTS_DOCKERFILE_REPORT_H
#define SHELFLIFE_INPUTS_DOCKERFILE_REPORT_H

#include "inputs/dockerfile_stages.h"

/* After shelflife_input_dockerfile_stages_finish(). Returns false only if the sink fails. */
bool shelflife_input_dockerfile_report(const struct shelflife_input_dockerfile_stages *stages,
                                       const struct shelflife_input_build *build,
                                       const struct shelflife_input_sink *sink,
                                       error *err) SHELFLIFE_MUST_CHECK;

#endif
