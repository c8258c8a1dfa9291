#include "shelflife/version.h"

#include <gnu/libc-version.h>

#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "net/net.h"
#include "pki/pki.h"
#include "server/dependencies.h"
#include "shelflife/catalog.h"
#include "shelflife/json.h"
#include "sources/gunzip.h"
#include "json/dependencies.h"

/* The build sets SHELFLIFE_COMMIT: "unknown" if there is no repository. */

#define TEXT(x) #x
#define NUMBERS(a, b) TEXT(a) "." TEXT(b)

static struct shelflife_dependency libc_dependency(void)
{
    return (struct shelflife_dependency){"glibc", NUMBERS(__GLIBC__, __GLIBC_MINOR__),
                                         gnu_get_libc_version()};
}

static struct shelflife_dependency (*const libraries[])(void) = {
    shelflife_server_http_dependency,  shelflife_server_tls_dependency,
    shelflife_pki_dependency,          shelflife_net_dependency,
    shelflife_json_jansson_dependency, shelflife_json_yaml_dependency,
    shelflife_sources_dependency,      libc_dependency,
};

/* ---- As text ---- */

static void print_catalogs(const struct shelflife_catalogs *set)
{
    for (size_t i = 0; i < shelflife_catalogs_count(set); i++) {
        const struct shelflife_catalog *catalog = shelflife_catalogs_at(set, i);
        char as_of[SHELFLIFE_DAY_TEXT_MAX];
        printf("catalog %.*s of %s, %zu products, %zu rows\n", STR_PRINT(catalog->name),
               shelflife_day_format(catalog->as_of, as_of), catalog->product_count, catalog->row_count);
    }
}

static void print_details(void)
{
    printf("commit %s\n", SHELFLIFE_COMMIT);
    for (size_t i = 0; i < COUNT(libraries); i++) {
        const struct shelflife_dependency library = libraries[i]();
        printf("library %s %s, compiled with %s\n", library.name, library.loaded, library.compiled);
    }
}

/* ---- As JSON ---- */

static void write_catalogs(struct shelflife_json_writer *w, const struct shelflife_catalogs *set)
{
    shelflife_json_member_array(w, "catalogs");
    for (size_t i = 0; i < shelflife_catalogs_count(set); i++) {
        const struct shelflife_catalog *catalog = shelflife_catalogs_at(set, i);
        shelflife_json_write_map(w);
        shelflife_json_member_string(w, "name", catalog->name);
        shelflife_json_member_day(w, "asOf", catalog->as_of);
        shelflife_json_member_integer(w, "serial", catalog->serial);
        shelflife_json_member_count(w, "products", catalog->product_count);
        shelflife_json_member_count(w, "rows", catalog->row_count);
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
}

static void write_libraries(struct shelflife_json_writer *w)
{
    shelflife_json_member_array(w, "libraries");
    for (size_t i = 0; i < COUNT(libraries); i++) {
        const struct shelflife_dependency library = libraries[i]();
        shelflife_json_write_map(w);
        shelflife_json_member_text(w, "name", library.name);
        shelflife_json_member_text(w, "version", library.loaded);
        shelflife_json_member_text(w, "compiledWith", library.compiled);
        shelflife_json_write_end(w);
    }
    shelflife_json_write_end(w);
}

static bool print_json(const struct shelflife_catalogs *set, error *err)
{
    buffer out CLEANUP(shelflife_buffer_free);
    struct shelflife_json_writer w;
    shelflife_buffer_init(&out, SIZE_MAX);
    shelflife_json_writer_init(&w, &out);
    shelflife_json_write_map(&w);
    shelflife_json_member_text(&w, "version", SHELFLIFE_VERSION);
    shelflife_json_member_text(&w, "commit", SHELFLIFE_COMMIT);
    write_catalogs(&w, set);
    write_libraries(&w);
    shelflife_json_write_end(&w);
    return shelflife_cli_print_json(&out, err);
}

/* ---- The command ---- */

static bool print_all(size_t format, bool verbose, error *err)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    bool ok = set ? shelflife_catalogs_add_embedded(set, err) : shelflife_fail_memory(err);
    if (ok && format == CLI_CATALOG_JSON) {
        ok = print_json(set, err);
    } else if (ok) {
        printf("shelflife %s\n", SHELFLIFE_VERSION);
        print_catalogs(set);
        if (verbose)
            print_details();
    }
    shelflife_catalogs_free(set);
    return ok;
}

int shelflife_cli_version(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife version",
        .about = "Show the version, and the built-in catalogs with the date of their data.",
        .examples = "  shelflife version\n"
                    "  shelflife version -o json | jq -r .commit"};
    bool verbose = false;
    size_t format = CLI_CATALOG_TABLE;
    const struct cli_option options[] = {
        {.name = "verbose",
         .type = CLI_FLAG,
         .target = &verbose,
         .help = "also show the commit that it was built from, and the libraries: the\n"
                 "version that is loaded, and the one that it was compiled with"},
        {.name = "output",
         .letter = 'o',
         .type = CLI_WORD,
         .argument = "FORMAT",
         .target = &format,
         .words = shelflife_cli_catalog_formats,
         .help = "output format: table (the default) or json, which has everything"},
    };
    struct cli_list none CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &none, &code))
        return code;
    return print_all(format, verbose, &err) ? shelflife_cli_finish(CLI_EXIT_OK) : shelflife_cli_fail(&err);
}
