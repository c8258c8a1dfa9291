/*
 * The tables of all commands, for what shows them instead of running them: the manual page and completion.
 *
 * A command builds its table of options where it parses them. While a reader of tables is set, each command
 * is started with no arguments, and shelflife_cli_parse() and shelflife_cli_dispatch() pass on their tables
 * and return.
 */
#ifndef SHELFLIFE_CLI_TABLES_H
#define SHELFLIFE_CLI_TABLES_H

#include <stddef.h>

struct cli_command;
struct cli_option;
struct cli_usage;

struct cli_group {
    const char *program, *about; /* as in shelflife_cli_dispatch() */
    const struct cli_command *commands;
    size_t count;
    const char *argument, *heading; /* what the help calls the commands; NULL if they are commands */
};

/* Both are called in the order of the help: a group before its commands. The tables are valid during the
   call; names, help and words of options are literals. */
struct cli_table_reader {
    void (*group)(void *context, const struct cli_group *group);
    void (*command)(void *context, const struct cli_usage *usage, const struct cli_option *options,
                    size_t count);
    void *context;
};

/* Reads the tables of all commands. */
void shelflife_cli_tables_read(const struct cli_table_reader *reader);

/* Who reads the tables now. NULL: commands run. */
const struct cli_table_reader *shelflife_cli_tables_reader(void);

#endif
