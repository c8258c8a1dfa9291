/*
 * What the subcommands share: options from one table, from which --help is printed as well; exit codes;
 * output for terminals and pipes.
 */
#ifndef SHELFLIFE_CLI_CLI_H
#define SHELFLIFE_CLI_CLI_H

#include "base/base.h"
#include "server/server.h"
#include "shelflife/admission.h"

enum cli_exit {
    CLI_FINE = 0,
    CLI_FINDINGS = 1, /* at or above --fail-on */
    CLI_USAGE = 2,    /* wrong usage or bad configuration */
    CLI_UNABLE = 3,   /* the work could not be done: a file or an address */
    CLI_PART = 4,     /* it was done in part */
};

/* A subcommand, `certs` with its own ones too. */
struct cli_command {
    const char *name;    /* "explain", "certs init" */
    const char *summary; /* in the list of commands */
    int (*run)(int argc, char **argv);
};

/* One file for each. argv[0] is the subcommand's name. Each returns an exit code. */
int shelflife_cli_serve(int argc, char **argv);
int shelflife_cli_explain(int argc, char **argv);
int shelflife_cli_review(int argc, char **argv);
int shelflife_cli_catalog(int argc, char **argv);
int shelflife_cli_audit(int argc, char **argv);
int shelflife_cli_certs(int argc, char **argv);
int shelflife_cli_version(int argc, char **argv);

/* Finds argv[1] among the commands and runs it; `program` is what stands before it ("shelflife certs"). */
int shelflife_cli_dispatch(const char *program, const char *about, const struct cli_command *commands,
                           size_t count, int argc, char **argv);

/* What an option's argument is, and so what `target` points to. */
enum cli_type {
    CLI_FLAG,    /* bool */
    CLI_TEXT,    /* const char * */
    CLI_LIST,    /* struct cli_list: may be given more than once */
    CLI_DAY,     /* shelflife_day */
    CLI_WORD,    /* size_t: which of `words` */
    CLI_NUMBER,  /* unsigned, from min to max */
    CLI_SECONDS, /* unsigned, in milliseconds; "30s", "500ms", "2m" */
    CLI_SPAN,    /* unsigned, in seconds; "90d", "12h", "1m" */
    CLI_SIZE,    /* size_t, in bytes; "32Mi", "512Ki", "1000" */
};

struct cli_list {
    const char *const *at; /* owned; the texts are argv's */
    size_t count;
};

struct cli_option {
    const char *name; /* "listen": without dashes */
    char letter;      /* 0: none */
    enum cli_type type;
    const char *argument; /* "ADDR:PORT"; NULL for a flag */
    void *target;
    const char *help;         /* lines are broken at "\n" */
    const char *const *words; /* CLI_WORD: NULL at the end */
    unsigned min, max;        /* CLI_NUMBER, CLI_SECONDS (of milliseconds) and CLI_SPAN */
};

struct cli_usage {
    const char *program;   /* "shelflife explain" */
    const char *arguments; /* "IMAGE..." */
    const char *about;     /* what it does, and what is worth knowing */
    const char *examples;
    int min_arguments, max_arguments; /* max -1: any number */
};

/* Reads options and arguments, in any order. On success *arguments are those that are no options. Otherwise
   (help was asked for, or usage is wrong) has printed all there is to say, and *code is the exit code. */
bool shelflife_cli_parse(const struct cli_usage *usage, const struct cli_option *options, size_t count,
                         int argc, char **argv, struct cli_list *arguments, int *code);
bool shelflife_cli_list_add(struct cli_list *list, const char *text, error *err);
void shelflife_cli_list_free(struct cli_list *list);

/* "shelflife: <text>" on stderr, without control characters; the latter returns the exit code for it. */
void shelflife_cli_complain(const char *format, ...) SHELFLIFE_PRINTF(1, 2);
int shelflife_cli_fail(const error *err);

/* Prints text of users, catalogs or certificates, without control and format characters. */
void shelflife_cli_put(str s);

/* The one of `count` words most like `text`, or NULL if none is near. */
const char *shelflife_cli_nearest(const char *text, const char *const *words, size_t count);

/* Flushes stdout. Returns code, or CLI_UNABLE if not all could be written. */
int shelflife_cli_finish(int code);

/* Reads a whole file, or with "-" standard input. Errors name it. */
bool shelflife_cli_read(const char *path, buffer *out, error *err);
/* The same, but not more than so many bytes. */
bool shelflife_cli_read_head(const char *path, size_t most, buffer *out, error *err);

/* For catalogs at URLs. */
struct cli_remote_options {
    const char *key, *ca_file, *cache_dir;
    unsigned interval; /* milliseconds; for a server */
};

/* The options every judging command has, and what they say. */
struct cli_judging {
    shelflife_day at; /* today unless given */
    const char *policy;
    struct cli_list catalogs;
    bool no_embedded;
    struct cli_remote_options remote;
    size_t fail_on; /* one of CLI_FAIL_ON_… */
};
enum { CLI_FAIL_ON_DENY, CLI_FAIL_ON_WARN, CLI_FAIL_ON_NEVER };
extern const char *const shelflife_cli_fail_on_words[];

#define CLI_OPTIONS_SOURCES(policy_target, catalogs_target, no_embedded_target)                              \
    {.name = "policy",                                                                                       \
     .type = CLI_TEXT,                                                                                       \
     .argument = "FILE",                                                                                     \
     .target = (policy_target),                                                                              \
     .help = "judge by this policy instead of the built-in one"},                                            \
        {.name = "catalog",                                                                                  \
         .type = CLI_LIST,                                                                                   \
         .argument = "FILE|DIR|URL",                                                                         \
         .target = (catalogs_target),                                                                        \
         .help = "add a catalog, or all of a folder, or a signed one at an https://\n"                       \
                 "URL; one of the same name as a built-in one replaces it. May be\n"                         \
                 "given more than once"},                                                                    \
    {                                                                                                        \
        .name = "no-embedded", .type = CLI_FLAG, .target = (no_embedded_target),                             \
        .help = "leave the built-in catalogs out"                                                            \
    }

#define CLI_OPTIONS_REMOTE(remote)                                                                           \
    {.name = "catalog-key",                                                                                  \
     .type = CLI_TEXT,                                                                                       \
     .argument = "FILE",                                                                                     \
     .target = &(remote)->key,                                                                               \
     .help = "the public key, PEM, that catalogs at URLs are signed with; each\n"                            \
             "has its signature at URL.sig"},                                                                \
        {.name = "ca-file",                                                                                  \
         .type = CLI_TEXT,                                                                                   \
         .argument = "FILE",                                                                                 \
         .target = &(remote)->ca_file,                                                                       \
         .help = "trust these CAs, PEM, for URLs instead of the system's"},                                  \
    {                                                                                                        \
        .name = "cache-dir", .type = CLI_TEXT, .argument = "DIR", .target = &(remote)->cache_dir,            \
        .help = "keep the last good copy of each here, for when its source is\n"                             \
                "away, and so that no older one is ever taken"                                               \
    }

#define CLI_OPTION_AT(at_target)                                                                             \
    {                                                                                                        \
        .name = "at", .type = CLI_DAY, .argument = "DATE", .target = (at_target),                            \
        .help = "judge by this day, YYYY-MM-DD, instead of today (UTC)"                                      \
    }

#define CLI_OPTIONS_JUDGING(judging)                                                                         \
    CLI_OPTION_AT(&(judging)->at),                                                                           \
        CLI_OPTIONS_SOURCES(&(judging)->policy, &(judging)->catalogs, &(judging)->no_embedded),              \
        CLI_OPTIONS_REMOTE(&(judging)->remote),                                                              \
    {                                                                                                        \
        .name = "fail-on", .type = CLI_WORD, .argument = "ACTION", .target = &(judging)->fail_on,            \
        .words = shelflife_cli_fail_on_words,                                                                \
        .help = "exit with 1 if something is denied (deny), or warned about\n"                               \
                "(warn); never by default"                                                                   \
    }

/* Today, and nothing else given. */
struct cli_judging shelflife_cli_judging(void);
void shelflife_cli_judging_free(struct cli_judging *judging);
/* Complains of names in the policy that no catalog has. */
struct shelflife_loaded *shelflife_cli_load(const struct cli_judging *judging, error *err);
/* Whether --fail-on names this action or a milder one. */
bool shelflife_cli_fails(const struct cli_judging *judging, enum shelflife_action action);

/* Styles for a terminal: empty strings where colour is not wanted. */
struct cli_style {
    const char *bold, *dim, *good, *warn, *bad, *plain;
};
struct cli_style shelflife_cli_style(FILE *stream);
const char *shelflife_cli_phase_style(const struct cli_style *style, enum shelflife_phase phase);

#endif
