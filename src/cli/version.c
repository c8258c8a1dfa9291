#include "shelflife/version.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "shelflife/catalog.h"

static bool print_catalogs(error *err)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    bool ok = set ? shelflife_catalogs_add_embedded(set, err) : shelflife_fail_memory(err);
    for (size_t i = 0; ok && i < shelflife_catalogs_count(set); i++) {
        const struct shelflife_catalog *catalog = shelflife_catalogs_at(set, i);
        char as_of[SHELFLIFE_DAY_TEXT_MAX];
        printf("catalog %.*s of %s, %zu products, %zu rows\n", STR_PRINT(catalog->name),
               shelflife_day_format(catalog->as_of, as_of), catalog->product_count, catalog->row_count);
    }
    shelflife_catalogs_free(set);
    return ok;
}

int shelflife_cli_version(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife version",
        .about = "Show the version, and the built-in catalogs with the date of their data."};
    struct cli_list none CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    if (!shelflife_cli_parse(&usage, NULL, 0, argc, argv, &none, &code))
        return code;
    error err;
    printf("shelflife %s\n", SHELFLIFE_VERSION);
    return print_catalogs(&err) ? shelflife_cli_finish(CLI_EXIT_OK) : shelflife_cli_fail(&err);
}
