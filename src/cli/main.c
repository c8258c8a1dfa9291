#include "cli/cli.h"

int main(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"serve", "run the admission webhook", shelflife_cli_serve},
        {"explain", "tell what is known about an image", shelflife_cli_explain},
        {"audit", "tell what the webhook would do about a cluster or files", shelflife_cli_audit},
        {"review", "judge recorded admission reviews", shelflife_cli_review},
        {"catalog", "list, check, make, sign and ship catalogs", shelflife_cli_catalog},
        {"certs", "make and show certificates for the webhook", shelflife_cli_certs},
        {"version", "tell the version and the built-in catalogs", shelflife_cli_version},
    };
    return shelflife_cli_dispatch(
        "shelflife",
        "Knows the support dates of container images: warns about what is past its end of\n"
        "patch, denies what is past its end of availability.",
        commands, COUNT(commands), argc, argv);
}
