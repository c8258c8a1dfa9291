#include "base/base.h"
#include "cli/commands.h"
#include "cli/dispatch.h"

int shelflife_cli_root(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"serve", "run the admission webhook", shelflife_cli_serve},
        {"explain", "show what is known about an image", shelflife_cli_explain},
        {"inspect", "show what the configuration of an image says, and what follows", shelflife_cli_inspect},
        {"audit", "find what the webhook would deny or warn about in a cluster or in files",
         shelflife_cli_audit},
        {"review", "answer recorded AdmissionReviews as the webhook would", shelflife_cli_review},
        {"catalog", "list, check, create, sign and distribute catalogs", shelflife_cli_catalog},
        {"policy", "check, show and test a policy", shelflife_cli_policy},
        {"inventory", "show, merge and export what was found in images", shelflife_cli_inventory},
        {"certs", "create and show certificates for the webhook", shelflife_cli_certs},
        {"completion", "print the completion script for a shell", shelflife_cli_completion},
        {"man", "print the manual page", shelflife_cli_man},
        {"version", "show the version and the built-in catalogs", shelflife_cli_version},
        {"__complete", NULL, shelflife_cli_complete},
    };
    return shelflife_cli_dispatch(
        "shelflife",
        "Check container images against the support dates of their publishers: warn about\n"
        "images past their end of patch (they get no more fixes), deny images past their end\n"
        "of availability (they must not be used any more).",
        commands, COUNT(commands), argc, argv);
}
