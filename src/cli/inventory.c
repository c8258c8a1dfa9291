#include "base/base.h"
#include "cli/commands.h"
#include "cli/dispatch.h"

int shelflife_cli_inventory(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"update", "inspect what a cluster runs, and keep what is found", shelflife_cli_inventory_update},
        {"show", "list the images of an inventory, and what was found in them", shelflife_cli_inventory_show},
        {"merge", "make one inventory of several", shelflife_cli_inventory_merge},
        {"export", "export an inventory as CSV or CycloneDX", shelflife_cli_inventory_export},
        {"push", "upload an inventory to a container registry", shelflife_cli_inventory_push},
    };
    return shelflife_cli_dispatch("shelflife inventory",
                                  "An inventory has what was found in the configurations of images.",
                                  commands, COUNT(commands), argc, argv);
}
