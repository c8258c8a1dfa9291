/*
 * Command-line options: a table of what a command accepts, from which the options are parsed and --help is
 * printed.
 */
#ifndef SHELFLIFE_CLI_OPTIONS_H
#define SHELFLIFE_CLI_OPTIONS_H

#include "base/base.h"

/* Kinds of arguments. Each sets what `target` points to. */
enum cli_type {
    CLI_FLAG,    /* bool; takes no argument */
    CLI_TEXT,    /* const char *; if repeated, the last counts */
    CLI_LIST,    /* struct cli_list: may be repeated */
    CLI_DAY,     /* shelflife_day; "2026-11-23" */
    CLI_WORD,    /* size_t: the index in `words` */
    CLI_NUMBER,  /* unsigned */
    CLI_TIME_MS, /* unsigned, milliseconds; "30s", "500ms", "2m" */
    CLI_TIME_S,  /* unsigned, seconds; "90d", "12h", "1m" */
    CLI_SIZE,    /* size_t, bytes; "32Mi", "512Ki", "1000" */
};

struct cli_list {
    const char *const *at; /* owned; the texts belong to argv */
    size_t count;
};
bool shelflife_cli_list_add(struct cli_list *list, const char *text, error *err) SHELFLIFE_MUST_CHECK;
void shelflife_cli_list_free(struct cli_list *list);

enum { CLI_OPTIONS_MAX = 96 /* of one command */ };

struct cli_option {
    const char *name; /* "listen": without dashes */
    char letter;      /* of the short form; 0: none */
    enum cli_type type;
    const char *argument; /* in the help: "ADDR:PORT"; NULL for a flag */
    void *target;
    const char *help;         /* broken into lines with "\n" */
    const char *const *words; /* for CLI_WORD: NULL at the end */
    /* For numbers, times and sizes, in the unit of the target. Refer to the constants of the room that
       enforces the limits. A max of SIZE_MAX is not shown. */
    size_t min, max;
};

struct cli_usage {
    const char *program;   /* "shelflife explain" */
    const char *arguments; /* "IMAGE..." */
    const char *about;     /* what the command does */
    const char *examples;
    const char *terms_title;          /* of the part of the help that terms() appends: "columns"; or NULL */
    void (*terms)(buffer *out);       /* lines with a word and what it means */
    int min_arguments, max_arguments; /* max -1: any number */
};

/*
 * Parses options and arguments, in any order. On success *arguments holds what is not an option; free it.
 * Otherwise all messages are printed (the help, or what is wrong), and *code is the exit code.
 * At most CLI_OPTIONS_MAX options.
 */
bool shelflife_cli_parse(const struct cli_usage *usage, const struct cli_option *options, size_t count,
                         int argc, char **argv, struct cli_list *arguments, int *code) SHELFLIFE_MUST_CHECK;

#endif
