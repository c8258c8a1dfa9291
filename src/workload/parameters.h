/*
 * Parameters of an object, such as those of Tekton and Argo Workflows, and texts that contain them. Only
 * literal values count. A parameter belongs to a part of the object; a time that goes up with each map that
 * begins or ends says which.
 */
#ifndef SHELFLIFE_WORKLOAD_PARAMETERS_H
#define SHELFLIFE_WORKLOAD_PARAMETERS_H

#include "base/base.h"

/* Limits: the bytes that all parameters of an object may need, those of the name and value of one, and how
 * many of them may be looked at, in all, to find values. */
enum {
    SHELFLIFE_WORKLOAD_PARAMETERS_BYTES_MAX = 128 << 10,
    SHELFLIFE_WORKLOAD_PARAMETER_SIZE_MAX = 1024,
    SHELFLIFE_WORKLOAD_PARAMETERS_LOOKED_AT_MAX = 10000000,
};

enum shelflife_workload_source {
    SHELFLIFE_WORKLOAD_SOURCE_PARAMS,    /* $(params.x), of Tekton */
    SHELFLIFE_WORKLOAD_SOURCE_INPUTS,    /* {{inputs.parameters.x}}, of Argo: what a template declares */
    SHELFLIFE_WORKLOAD_SOURCE_ARGUMENTS, /* {{workflow.parameters.x}}; also what the first template gets */
    SHELFLIFE_WORKLOAD_SOURCE_CALL,      /* what a step or task passes to a template */
};

struct shelflife_workload_parameter {
    str name, value;
    enum shelflife_workload_source source;
    bool is_default;
    bool unknown;      /* it has a value, which is not in the object or is not a short text */
    uint32_t from, to; /* when the map that it belongs to began and ended; UINT32_MAX until it does */
    uint32_t next;     /* number + 1 of the next one of the same map, while that is open */
};

struct shelflife_workload_parameters {
    struct shelflife_workload_parameter *at;
    size_t count, capacity;
    size_t bytes, looked_at;
    bool overflow; /* a limit was reached: no value is known any more */
};

void shelflife_workload_parameters_free(struct shelflife_workload_parameters *p);

/* Forgets the parameters, and releases their memory if it is large. */
void shelflife_workload_parameters_reset(struct shelflife_workload_parameters *p);

/*
 * Adds a parameter, and copies its strings into the arena. One without a value is left out; a value that is
 * too long is unknown. `*first` is the list of those of the same map, 0 at the beginning.
 */
bool shelflife_workload_parameters_add(struct shelflife_workload_parameters *p,
                                       const struct shelflife_workload_parameter *added, uint32_t *first,
                                       arena *memory, error *err);

/* The map with this list has ended. */
void shelflife_workload_parameters_close(struct shelflife_workload_parameters *p, uint32_t first,
                                         uint32_t at);

/* Whether the text may contain a parameter. */
bool shelflife_workload_parameters_occur(str text);

/*
 * Replaces the parameters in a text that was read at a time. Overwrites `out`, which must not contain the
 * text. Returns false if the value of one is not known or not the only one possible, or if the result would
 * be empty or longer than an image may be.
 */
bool shelflife_workload_parameters_fill(struct shelflife_workload_parameters *p, str text, uint32_t at,
                                        buffer *out);

#endif
