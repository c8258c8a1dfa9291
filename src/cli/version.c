#include "shelflife/version.h"

#include <gnu/libc-version.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "net/net.h"
#include "pki/pki.h"
#include "server/dependencies.h"
#include "shelflife/catalog.h"
#include "sources/gunzip.h"
#include "json/dependencies.h"

#define TEXT(x) #x
#define NUMBERS(a, b) TEXT(a) "." TEXT(b)

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

static struct shelflife_dependency libc_dependency(void)
{
    return (struct shelflife_dependency){"glibc", NUMBERS(__GLIBC__, __GLIBC_MINOR__),
                                         gnu_get_libc_version()};
}

static void print_libraries(void)
{
    static struct shelflife_dependency (*const libraries[])(void) = {
        shelflife_server_http_dependency,  shelflife_server_tls_dependency,
        shelflife_pki_dependency,          shelflife_net_dependency,
        shelflife_json_jansson_dependency, shelflife_json_yaml_dependency,
        shelflife_sources_dependency,      libc_dependency,
    };
    for (size_t i = 0; i < COUNT(libraries); i++) {
        const struct shelflife_dependency library = libraries[i]();
        printf("library %s %s, compiled with %s\n", library.name, library.loaded, library.compiled);
    }
}

int shelflife_cli_version(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife version",
        .about = "Show the version, and the built-in catalogs with the date of their data."};
    bool verbose = false;
    const struct cli_option options[] = {
        {.name = "verbose",
         .type = CLI_FLAG,
         .target = &verbose,
         .help = "also show the libraries: the version that is loaded, and the one\n"
                 "that shelflife was compiled with"},
    };
    struct cli_list none CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &none, &code))
        return code;
    error err;
    printf("shelflife %s\n", SHELFLIFE_VERSION);
    if (!print_catalogs(&err))
        return shelflife_cli_fail(&err);
    if (verbose)
        print_libraries();
    return shelflife_cli_finish(CLI_EXIT_OK);
}
