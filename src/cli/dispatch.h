/* Finding the subcommand that is named on the command line. */
#ifndef SHELFLIFE_CLI_DISPATCH_H
#define SHELFLIFE_CLI_DISPATCH_H

#include <stddef.h>

struct cli_group;

struct cli_command {
    const char *name;    /* "explain" */
    const char *summary; /* in the list of commands; NULL: for programs, and not shown */
    int (*run)(int argc, char **argv);
};

/* Runs the command that argv[1] names, and returns its exit code. `program` is the command line before it:
   "shelflife certs". Answers "help", --help and unknown names itself. Changes argv. */
int shelflife_cli_dispatch(const char *program, const char *about, const struct cli_command *commands,
                           size_t count, int argc, char **argv);

/* The same for a group (cli/tables.h). */
int shelflife_cli_dispatch_group(const struct cli_group *group, int argc, char **argv);

#endif
