/* Numbers of things by their names: of the stages and variables of a Dockerfile. */
#ifndef SHELFLIFE_INPUTS_DOCKERFILE_NAMES_H
#define SHELFLIFE_INPUTS_DOCKERFILE_NAMES_H

#include "base/base.h"

/* Zeroed memory has no names. Names are not copied. */
struct shelflife_input_dockerfile_names {
    struct shelflife_input_dockerfile_name {
        str name;
        uint32_t number;
    } * names; /* in ascending order */
    size_t count, capacity;
};

void shelflife_input_dockerfile_names_free(struct shelflife_input_dockerfile_names *names);

/* Adds a name, or gives it another number. */
bool shelflife_input_dockerfile_names_set(struct shelflife_input_dockerfile_names *names, str name,
                                          uint32_t number, error *err) SHELFLIFE_MUST_CHECK;

/* Finds a name. `fold`: the names are in lower case, but the text need not be. */
bool shelflife_input_dockerfile_names_find(const struct shelflife_input_dockerfile_names *names, str text,
                                           bool fold, uint32_t *number);

#endif
