/* audit --inspect */
#ifndef SHELFLIFE_CLI_AUDIT_INSPECT_H
#define SHELFLIFE_CLI_AUDIT_INSPECT_H

#include "audit/auditor.h"
#include "cli/registry_options.h"
#include "cli/watch.h"

/* Inspects the images of what an audit has read, unless the snapshot's inventory has them. Returns a finished
   inventory with both, which the caller frees. Prints a message for each of *failed images that could not be
   inspected. */
struct shelflife_inventory *shelflife_cli_audit_inspect(const struct shelflife_audit *audit,
                                                        const struct shelflife_snapshot *snapshot,
                                                        const struct cli_registry *registry,
                                                        struct cli_watch *watch, size_t *failed, error *err);

#endif
