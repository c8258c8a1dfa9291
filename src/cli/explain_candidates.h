/* The releases that an unresolved image could be. */
#ifndef SHELFLIFE_CLI_EXPLAIN_CANDIDATES_H
#define SHELFLIFE_CLI_EXPLAIN_CANDIDATES_H

#include "cli/terminal.h"
#include "shelflife/json.h"
#include "shelflife/policy.h"

/* Prints the candidates with their dates, under "could be". Prints nothing if there are none. */
void shelflife_cli_candidates_print(const struct shelflife_catalogs *catalogs,
                                    const struct shelflife_verdict *verdict, const struct cli_style *style);

/* Writes the member "candidates", an array that may be empty. */
void shelflife_cli_candidates_write(const struct shelflife_catalogs *catalogs,
                                    const struct shelflife_verdict *verdict, struct shelflife_json_writer *w);

#endif
