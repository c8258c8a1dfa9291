#include "base/base.h"
#include "cli/commands.h"
#include "cli/dispatch.h"

int shelflife_cli_catalog(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"list", "list catalogs, their age and the date of their next change", shelflife_cli_catalog_list},
        {"show", "draw the releases of a product over time", shelflife_cli_catalog_show},
        {"lint", "check catalog files for mistakes", shelflife_cli_catalog_lint},
        {"import", "create or update a catalog from endoflife.date", shelflife_cli_catalog_import},
        {"update", "renew catalogs from their feeds", shelflife_cli_catalog_update},
        {"diff", "show what changed from one catalog to another", shelflife_cli_catalog_diff},
        {"sign", "sign a catalog", shelflife_cli_catalog_sign},
        {"push", "upload a catalog to a container registry", shelflife_cli_catalog_push},
        {"verify", "verify the signature of a catalog", shelflife_cli_catalog_verify},
        {"fetch", "download a catalog and verify it", shelflife_cli_catalog_fetch},
        {"export", "export the rules that deny images, as a Kubernetes policy", shelflife_cli_catalog_export},
    };
    return shelflife_cli_dispatch("shelflife catalog",
                                  "Show what catalogs contain. Create, check, sign and distribute your own.",
                                  commands, COUNT(commands), argc, argv);
}
