/*
 * Variables in Compose files: "${TAG:-1.25}", with the values of a .env file. The environment of a process is
 * never read: who runs Compose may have another one.
 */
#ifndef SHELFLIFE_INPUTS_COMPOSE_VARIABLES_H
#define SHELFLIFE_INPUTS_COMPOSE_VARIABLES_H

#include "inputs/reading.h"

/* The values of a .env file: a map, NULL: none. What it does not have is looked up in the outer ones. */
struct shelflife_input_compose_environment {
    const struct shelflife_input_node *values;
    const struct shelflife_input_compose_environment *outer;
};

/* Reads the text of a .env file. */
bool shelflife_input_compose_environment_read(struct shelflife_input_reading *r, str file, str text,
                                              const struct shelflife_input_node **values);

/* A text whose variables are replaced. */
struct shelflife_input_compose_text {
    str text;                           /* if it could not be resolved, as written */
    str why;                            /* why it could not be resolved; absent: it was */
    str way;                            /* "default of TAG", "TAG of .env" */
    struct shelflife_input_place place; /* of the value, if the text is nothing but a variable of .env */
};

bool shelflife_input_compose_expand(struct shelflife_input_reading *r,
                                    const struct shelflife_input_compose_environment *environment,
                                    const struct shelflife_input_node *scalar,
                                    struct shelflife_input_compose_text *out);

#endif
