/* How `shelflife explain` and `shelflife inspect` show a verdict: as lines, and as JSON. */
#ifndef SHELFLIFE_CLI_EXPLAINED_H
#define SHELFLIFE_CLI_EXPLAINED_H

#include "cli/terminal.h"
#include "shelflife/json.h"
#include "shelflife/policy.h"

/* The verdict about an image, and how the image was resolved. */
struct cli_explained {
    const struct shelflife_policy *policy;
    const struct shelflife_catalogs *catalogs;
    const struct shelflife_inventory *inventory;
    arena arena;
    struct shelflife_verdict verdict; /* in the arena */
    struct shelflife_trace trace;
    bool failed; /* memory ran out while the image was described */
};

/* Resolves the image of the verdict again, for the trace. */
bool shelflife_cli_explained_trace(struct cli_explained *x, error *err);

/* Prints all that is known about the image. */
void shelflife_cli_explained_print(struct cli_explained *x, const struct cli_style *style);

/* Writes it as the members of a map. */
void shelflife_cli_explained_write(struct cli_explained *x, struct shelflife_json_writer *w);

#endif
