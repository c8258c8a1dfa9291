#include <unistd.h>

#include "cli/commands.h"
#include "cli/dispatch.h"
#include "cli/options.h"
#include "cli/output.h"
#include "feeds/import.h"
#include "file/file.h"
#include "net/url.h"
#include "sources/fetch.h"

struct importing {
    const char *from; /* file or URL */
    const char *into, *name, *ca_file;
    struct cli_list products, repositories, tags, parts;
    shelflife_day as_of;
};

static bool download(const struct importing *x, buffer *out, error *err)
{
    struct shelflife_net_http_response response;
    const struct shelflife_sources_fetch fetch = {
        .url = x->from, .ca_file = x->ca_file, .max_bytes = SHELFLIFE_SOURCES_FETCH_MAX};
    if (!shelflife_net_start(err))
        return false;
    struct shelflife_net_http_client *client = shelflife_net_http_client_new(err);
    bool ok = client && shelflife_sources_fetch(client, &fetch, out, &response, err);
    shelflife_net_http_client_free(client);
    shelflife_net_stop();
    return ok;
}

static bool convert(const struct importing *x, str answer, str catalog, buffer *out,
                    struct shelflife_feeds_imported *result, error *err)
{
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    const char *from = shelflife_sources_is_url(x->from) ? shelflife_net_url_shown(x->from, shown) : x->from;
    const struct shelflife_feeds_import import = {.answer = answer,
                                                  .answer_origin = from,
                                                  .catalog = catalog,
                                                  .catalog_origin = x->into,
                                                  .name = x->name,
                                                  .products = x->products.at,
                                                  .product_count = x->products.count,
                                                  .repositories = x->repositories.at,
                                                  .repository_count = x->repositories.count,
                                                  .tags = x->tags.at,
                                                  .tag_count = x->tags.count,
                                                  .parts = x->parts.at,
                                                  .part_count = x->parts.count,
                                                  .as_of = x->as_of};
    return shelflife_feeds_import_endoflife(&import, out, result, err);
}

static void print_summary(const struct importing *x, const struct shelflife_feeds_imported *result)
{
    const char *name = x->into ? x->into : "the new catalog", *s = result->updated == 1 ? "" : "s";
    if (result->changed)
        shelflife_cli_message("%s: %zu product%s updated, %zu added", name, result->updated, s,
                              result->added);
    else
        shelflife_cli_message("%s: %zu product%s checked; nothing has changed", name, result->updated, s);
    if (result->unknown)
        shelflife_cli_message("%zu products skipped: the repositories of their images are not known; set "
                              "them with --product and --repository",
                              result->unknown);
}

static bool import(const struct importing *x, error *err)
{
    buffer answer CLEANUP(shelflife_buffer_free), old CLEANUP(shelflife_buffer_free);
    buffer new CLEANUP(shelflife_buffer_free);
    struct shelflife_feeds_imported result;
    shelflife_buffer_init(&answer, SHELFLIFE_SOURCES_FETCH_MAX);
    shelflife_buffer_init(&old, SIZE_MAX);
    shelflife_buffer_init(&new, SIZE_MAX);
    if (!(shelflife_sources_is_url(x->from) ? download(x, &answer, err)
                                            : shelflife_file_read_input(x->from, &answer, err)))
        return false;
    if (x->into && access(x->into, F_OK) == 0 && !shelflife_file_read_input(x->into, &old, err))
        return false;
    if (!convert(x, shelflife_buffer_str(&answer), shelflife_buffer_str(&old), &new, &result, err))
        return false;
    if (!x->into)
        shelflife_cli_write(shelflife_buffer_str(&new));
    else if (result.changed &&
             !shelflife_file_replace(x->into, shelflife_buffer_str(&new), SHELFLIFE_FILE_NORMAL, err))
        return false;
    print_summary(x, &result);
    return true;
}

static int endoflife(struct importing *x, int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog import endoflife",
        .arguments = "FILE|URL",
        .about = "Create or update a catalog from a response of the endoflife.date API v1, for one product\n"
                 "or all products. An update changes dates and newest patches. If any of them changed, it\n"
                 "also changes serial and asOf. It preserves repositories, tags, parts, digests and notes.\n"
                 "If nothing changed, the file is not written. The response can also be - (standard\n"
                 "input) or a pipe, such as <(COMMAND).",
        .examples = "  shelflife catalog import endoflife --into own.json "
                    "https://endoflife.date/api/v1/products/full\n"
                    "  shelflife catalog import endoflife --repository registry.example/django \\\n"
                    "      https://endoflife.date/api/v1/products/django > django.json",
        .min_arguments = 1,
        .max_arguments = 1};
    const struct cli_option options[] = {
        {.name = "into",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &x->into,
         .help = "update this catalog, or create it if it does not exist. Without\n"
                 "this option, print a new catalog"},
        {.name = "product",
         .type = CLI_LIST,
         .argument = "NAME",
         .target = &x->products,
         .help = "import only this product, and add it if the catalog does not have\n"
                 "it. Can be repeated, like the next three options"},
        {.name = "repository",
         .type = CLI_LIST,
         .argument = "PATTERN",
         .target = &x->repositories,
         .help = "repository of the new product's images; the default comes from\n"
                 "the package URLs in the response"},
        {.name = "tag",
         .type = CLI_LIST,
         .argument = "PATTERN",
         .target = &x->tags,
         .help = "where the version is in the tags of these images; the default is\n"
                 "{version}"},
        {.name = "part",
         .type = CLI_LIST,
         .argument = "PATTERN",
         .target = &x->parts,
         .help = "how tags of other images name this product as their base"},
        {.name = "name",
         .type = CLI_TEXT,
         .argument = "NAME",
         .target = &x->name,
         .help = "name of a new catalog; the default is endoflife"},
        {.name = "as-of",
         .type = CLI_DAY,
         .argument = "DATE",
         .target = &x->as_of,
         .help = "date of the data, set even if nothing changed; the default is the\n"
                 "date of the response"},
        {.name = "ca-file",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &x->ca_file,
         .help = "trust these CAs (PEM) for the URL instead of the system's"},
    };
    struct cli_list arguments CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &arguments, &code))
        return code;
    x->from = arguments.at[0];
    return import(x, &err) ? shelflife_cli_finish(CLI_EXIT_OK) : shelflife_cli_fail(&err);
}

static int import_endoflife(int argc, char **argv)
{
    struct importing x = {.as_of = SHELFLIFE_DAY_NONE};
    int code = endoflife(&x, argc, argv);
    shelflife_cli_list_free(&x.products);
    shelflife_cli_list_free(&x.repositories);
    shelflife_cli_list_free(&x.tags);
    shelflife_cli_list_free(&x.parts);
    return code;
}

int shelflife_cli_catalog_import(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"endoflife", "import a response of endoflife.date", import_endoflife},
    };
    return shelflife_cli_dispatch("shelflife catalog import",
                                  "Create or update a catalog from published data.", commands,
                                  COUNT(commands), argc, argv);
}
