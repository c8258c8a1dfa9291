/*
 * Parameters of an object, such as those of Tekton and Argo Workflows, and texts that contain them. Only
 * literal values count. A parameter belongs to a part of the object; a time that goes up with each map that
 * begins or ends says which.
 */
#ifndef SHELFLIFE_WORKLOAD_PARAMETERS_H
#define SHELFLIFE_WORKLOAD_PARAMETERS_H

#include "base/base.h"

/* Parameters of an object that are kept, and the bytes of the name and value of one. */
enum { SHELFLIFE_WORKLOAD_PARAMETERS_MAX = 64, SHELFLIFE_WORKLOAD_PARAMETER_SIZE_MAX = 1024 };

enum shelflife_workload_source {
    SHELFLIFE_WORKLOAD_SOURCE_PARAMS,    /* $(params.x), of Tekton */
    SHELFLIFE_WORKLOAD_SOURCE_INPUTS,    /* {{inputs.parameters.x}}, of Argo */
    SHELFLIFE_WORKLOAD_SOURCE_ARGUMENTS, /* {{workflow.parameters.x}} */
};

struct shelflife_workload_parameter {
    str name, value;
    enum shelflife_workload_source source;
    bool is_default;
    size_t level;      /* of the map that it belongs to */
    uint32_t from, to; /* when that began and ended; `to` is UINT32_MAX until it does */
};

struct shelflife_workload_parameters {
    struct shelflife_workload_parameter *at; /* NULL until there is one */
    size_t count;
};

/* Adds a parameter, and copies its strings into the arena. What is too much or too large is left out. */
bool shelflife_workload_parameters_add(struct shelflife_workload_parameters *p,
                                       const struct shelflife_workload_parameter *added, arena *memory,
                                       error *err);

/* A map at this level has ended. */
void shelflife_workload_parameters_close(struct shelflife_workload_parameters *p, size_t level, uint32_t at);

/* Whether the text may contain a parameter. */
bool shelflife_workload_parameters_occur(str text);

/*
 * Replaces the parameters in a text that was read at a time. Overwrites `out`, which must not contain the
 * text. Returns false if the value of one is not known, or if the result would be empty or longer than an
 * image may be.
 */
bool shelflife_workload_parameters_fill(const struct shelflife_workload_parameters *p, str text, uint32_t at,
                                        buffer *out);

#endif
