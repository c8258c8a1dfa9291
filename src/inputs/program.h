/*
 * Runs kubectl, kustomize or helm on files of the user. The program gets its own empty home, and of our
 * environment only PATH, so that it finds no configuration, plugins or credentials; git and HTTP clients in
 * it are kept from the network. It is ended after a while, and after too much output.
 */
#ifndef SHELFLIFE_INPUTS_PROGRAM_H
#define SHELFLIFE_INPUTS_PROGRAM_H

#include "inputs/inputs.h"

/* A folder for the program, and for files that it is to read. */
struct shelflife_input_home {
    char path[256]; /* without links; "" if there is none */
};
bool shelflife_input_home_make(struct shelflife_input_home *home, error *err);
void shelflife_input_home_remove(struct shelflife_input_home *home); /* with all that is in it */

/* Finds a program in PATH, in memory of the caller. NULL: it is not there. */
char *shelflife_input_program_find(const char *name);

/* Appends what it prints. args[0] is the path of the program. If it fails, *why has the first lines of its
   messages, and the kind is IO, LIMIT or MEMORY. */
bool shelflife_input_program_run(const char *const *args, const struct shelflife_input_home *home,
                                 const struct shelflife_input_options *options, buffer *out, error *why);

enum { SHELFLIFE_INPUT_PROGRAM_OUTPUT_MAX = 64 << 20 /* bytes, for the limit of `out` */ };

#endif
