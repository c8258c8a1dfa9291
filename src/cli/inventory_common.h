/* What the `shelflife inventory` commands share. */
#ifndef SHELFLIFE_CLI_INVENTORY_COMMON_H
#define SHELFLIFE_CLI_INVENTORY_COMMON_H

#include "base/base.h"
#include "shelflife/inventory.h"

/* A reference as text: name, and ":" and the tag if there is one. */
void shelflife_cli_put_reference(const struct shelflife_inventory_reference *reference, buffer *out);

/* "PYTHON_VERSION=3.8.20"; of a line of history, the line. */
void shelflife_cli_put_evidence(const struct shelflife_evidence *evidence, buffer *out);

/* All of them, with `between` between them. */
void shelflife_cli_put_evidence_list(const struct shelflife_evidence_list *list, const char *between,
                                     buffer *out);

#endif
