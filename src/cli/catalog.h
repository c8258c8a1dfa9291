/* What the `shelflife catalog` commands share. One file for each. */
#ifndef SHELFLIFE_CLI_CATALOG_H
#define SHELFLIFE_CLI_CATALOG_H

#include "cli/cli.h"
#include "shelflife/json.h"

int shelflife_cli_catalog_list(int argc, char **argv);
int shelflife_cli_catalog_show(int argc, char **argv);
int shelflife_cli_catalog_lint(int argc, char **argv);
int shelflife_cli_catalog_import(int argc, char **argv);
int shelflife_cli_catalog_diff(int argc, char **argv);
int shelflife_cli_catalog_sign(int argc, char **argv);
int shelflife_cli_catalog_verify(int argc, char **argv);
int shelflife_cli_catalog_fetch(int argc, char **argv);
int shelflife_cli_catalog_export(int argc, char **argv);

enum cli_catalog_format { CLI_CATALOG_TABLE, CLI_CATALOG_JSON };

#define CLI_OPTION_FORMAT(format_target)                                                                     \
    {                                                                                                        \
        .name = "output", .letter = 'o', .type = CLI_WORD, .argument = "FORMAT", .target = (format_target),  \
        .words = shelflife_cli_catalog_formats, .help = "table (the default) or json"                        \
    }
extern const char *const shelflife_cli_catalog_formats[];

/* The catalogs that the sources give, and what policy says of their age. */
#define CLI_OPTIONS_LISTING(judging)                                                                         \
    CLI_OPTION_AT(&(judging)->at),                                                                           \
        CLI_OPTIONS_SOURCES(&(judging)->policy, &(judging)->catalogs, &(judging)->no_embedded),              \
        CLI_OPTIONS_REMOTE(&(judging)->remote)

/* The day on which something of a row changes next, on or after `at`, and what ("end of patch"); NONE if
   nothing that is known does. */
shelflife_day shelflife_cli_row_next(const struct shelflife_row *row, shelflife_day at, const char **what);

/* The phase of a row by itself, with the notice and support of the default policy. */
enum shelflife_phase shelflife_cli_row_phase(const struct shelflife_row *row, shelflife_day at);

/* "key": text, or null; "key": "2026-01-01", or null. */

/* Prints JSON with a line break behind it. False with *err if memory had run out. */
bool shelflife_cli_json_print(const buffer *json, error *err);

/* Prints s with spaces behind it up to a width in characters. */
void shelflife_cli_put_column(str s, size_t width);

/* How many characters wide shelflife_cli_put() prints s. */
size_t shelflife_cli_width(str s);

/* Columns of the terminal on standard output; 80 if it is none. */
size_t shelflife_cli_columns(void);

#endif
