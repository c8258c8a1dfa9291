/* What the `shelflife catalog` commands share. */
#ifndef SHELFLIFE_CLI_CATALOG_COMMON_H
#define SHELFLIFE_CLI_CATALOG_COMMON_H

#include "cli/judging.h"
#include "feeds/diff.h"

enum cli_catalog_format { CLI_CATALOG_TABLE, CLI_CATALOG_JSON };
extern const char *const shelflife_cli_catalog_formats[];

#define CLI_OPTION_FORMAT(format_target)                                                                     \
    {                                                                                                        \
        .name = "output", .letter = 'o', .type = CLI_WORD, .argument = "FORMAT", .target = (format_target),  \
        .words = shelflife_cli_catalog_formats, .help = "output format: table (the default) or json"         \
    }

/* The first day on or after `at` on which the row changes, and what happens ("end of patch");
   SHELFLIFE_DAY_NONE if no such day is known. */
shelflife_day shelflife_cli_row_next(const struct shelflife_row *row, shelflife_day at, const char **what);

enum { CLI_NOTICE = 90 }; /* days: the notice period of the default policy */

/* The phase of a row alone, with a notice period, and the support of the default policy. */
enum shelflife_phase shelflife_cli_row_phase(const struct shelflife_row *row, shelflife_day at,
                                             int32_t notice);

/* Prints a difference between two catalogs on one line: "~ app 1.0 endOfPatch: 2026-01-01 -> 2027-01-01". */
void shelflife_cli_print_difference(const struct shelflife_feeds_difference *difference);

/* Prints a message for each line: "not exported: <line>". */
void shelflife_cli_print_notes(const char *what, str lines);

enum { CLI_KEY_MAX = 1 << 20, CLI_SIGNATURE_MAX = 1 << 20 }; /* bytes of a file */

/* The signature file of a catalog: the one given, or CATALOG.sig in newly allocated memory. Free *path. */
bool shelflife_cli_signature_path(const char *given, const char *catalog, char **path, error *err);

/* Appends the signature of a catalog, as a line. `key` is what the file has: a private key, PEM. */
bool shelflife_cli_sign(const char *key_file, str key, str catalog, buffer *signature, error *err);

/* Today, as a day. */
shelflife_day shelflife_cli_today(void);

/* A catalog cannot be as of a day in the future: it would not become stale. SHELFLIFE_DAY_NONE: no such
 * option. */
bool shelflife_cli_check_as_of(shelflife_day as_of, error *err);

#endif
