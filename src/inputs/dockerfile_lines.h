/*
 * The instructions of a Dockerfile: lines that are continued are joined, comments and the bodies of heredocs
 * are left out. Each byte of an instruction still has its place in the file.
 */
#ifndef SHELFLIFE_INPUTS_DOCKERFILE_LINES_H
#define SHELFLIFE_INPUTS_DOCKERFILE_LINES_H

#include "inputs/inputs.h"

struct shelflife_input_dockerfile_piece {
    size_t start; /* in the instruction */
    uint32_t line, column;
};

struct shelflife_input_dockerfile_lines {
    str rest;      /* what has not been read */
    uint32_t line; /* lines that have been read */
    char escape;   /* the escape character: a backslash, unless a directive says it is a backtick */
    str syntax;    /* the image of "# syntax=IMAGE"; or absent */
    struct shelflife_input_dockerfile_piece syntax_at;
    str bad_escape; /* the value of an escape directive that is neither; or absent */
    buffer joined;
    struct shelflife_input_dockerfile_piece *pieces; /* in ascending order */
    size_t piece_count, piece_capacity;
};

/* Begins with a text, which must stay, and reads the directives at its beginning. */
void shelflife_input_dockerfile_lines_init(struct shelflife_input_dockerfile_lines *lines, str text);
void shelflife_input_dockerfile_lines_free(struct shelflife_input_dockerfile_lines *lines);

/* Reads the next instruction, which is valid until the next call; it is absent at the end. */
bool shelflife_input_dockerfile_lines_next(struct shelflife_input_dockerfile_lines *lines, str *instruction,
                                           error *err) SHELFLIFE_MUST_CHECK;

/* The place of a byte of the instruction. */
struct shelflife_input_dockerfile_piece shelflife_input_dockerfile_lines_at(
    const struct shelflife_input_dockerfile_lines *lines, const char *byte);

/* Reads past the bodies of the heredocs that begin in the arguments of RUN, COPY or ADD, after its flags. If
   one does not end, *open is how it begins in the arguments, and nothing is left to read; else absent. */
void shelflife_input_dockerfile_lines_skip_heredocs(struct shelflife_input_dockerfile_lines *lines, str args,
                                                    str *open);

#endif
