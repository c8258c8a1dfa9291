/*
 * The words of a Dockerfile's instructions: flags, words in quotes, and variables, which have the forms that
 * BuildKit accepts.
 */
#ifndef SHELFLIFE_INPUTS_DOCKERFILE_WORDS_H
#define SHELFLIFE_INPUTS_DOCKERFILE_WORDS_H

#include "inputs/dockerfile_build.h"
#include "inputs/inputs.h"

static inline bool shelflife_input_dockerfile_is_space(char c)
{
    return shelflife_is_space(c) || c == '\v' || c == '\f';
}

/* Takes a word that ends at a blank; absent at the end. */
str shelflife_input_dockerfile_word(str *rest);

/* The length of the word at the start of a text. Blanks in quotes and after an escape character do not end
 *it. closed: whether its quotes are closed. */
size_t shelflife_input_dockerfile_quoted_length(str text, char escape, bool *closed);

/* Takes such a word. */
str shelflife_input_dockerfile_quoted_word(str *rest, char escape);

/* Takes a flag, "--NAME=VALUE", and appends it to `out` without its quotes and escapes. False if there is
   no flag; `rest` then begins with the first word. *start is the flag in `rest`. */
bool shelflife_input_dockerfile_flag(str *rest, const char **start, buffer *out);

/* ---- Variables ---- */

/* Where the value of a variable is from. */
enum shelflife_input_dockerfile_source {
    SHELFLIFE_INPUT_DOCKERFILE_DEFAULT,  /* the default of an ARG */
    SHELFLIFE_INPUT_DOCKERFILE_GIVEN,    /* an argument of the build */
    SHELFLIFE_INPUT_DOCKERFILE_PLATFORM, /* what is predefined for linux/amd64 */
};

/* An ARG before the first FROM, or what is predefined. */
struct shelflife_input_dockerfile_variable {
    str name, value;
    bool set;        /* has a value */
    const char *why; /* why it has none; NULL: no default is written */
    str missing;     /* a variable in the value that has none; or absent */
    enum shelflife_input_dockerfile_source source;
    struct shelflife_input_place place; /* of what a person would edit to change the end of the value */
};

/* Finds a variable; NULL if there is none. */
typedef const struct shelflife_input_dockerfile_variable *shelflife_input_dockerfile_find(const void *context,
                                                                                          str name);

enum { SHELFLIFE_INPUT_DOCKERFILE_WAYS_MAX = 4 };

/* What an expansion resulted in. */
struct shelflife_input_dockerfile_expansion {
    shelflife_input_dockerfile_find *find; /* in */
    const void *context;                   /* in */
    char escape;                           /* in */
    size_t *work;                          /* in: steps that patterns may still take, in a whole file */

    buffer *out;     /* in, its limit reserved; the result is appended */
    const char *why; /* why the text cannot be expanded; NULL: it can */
    bool no_memory;
    str missing; /* the first variable that was used, but has no value; or absent */
    const struct shelflife_input_dockerfile_variable *used[SHELFLIFE_INPUT_DOCKERFILE_WAYS_MAX];
    size_t used_count;
    const struct shelflife_input_dockerfile_variable *last; /* whose value ends last in the result */
    size_t last_end;                                        /* where, in `out` */
};

/* Removes the quotes of a word and replaces its variables. */
void shelflife_input_dockerfile_expand(str word, struct shelflife_input_dockerfile_expansion *e);

#endif
