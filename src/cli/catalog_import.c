#include "cli/catalog.h"

#include <unistd.h>

#include "feeds/import.h"
#include "file/file.h"
#include "sources/fetch.h"

struct importing {
    const char *from; /* file or URL */
    const char *into, *name, *ca_file;
    struct cli_list products, repositories, tags, parts;
    shelflife_day as_of;
};

static bool download(const struct importing *x, buffer *out, error *err)
{
    struct shelflife_http_response response;
    const struct shelflife_sources_fetch fetch = {.url = x->from, .ca_file = x->ca_file};
    if (!shelflife_net_start(err))
        return false;
    struct shelflife_http_client *client = shelflife_http_client_new(err);
    bool ok = client && shelflife_sources_fetch(client, &fetch, out, &response, err);
    shelflife_http_client_free(client);
    shelflife_net_stop();
    return ok;
}

static bool convert(const struct importing *x, str answer, str catalog, buffer *out,
                    struct shelflife_feeds_imported *told, error *err)
{
    const struct shelflife_feeds_import import = {.answer = answer,
                                                  .answer_origin = x->from,
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
    return shelflife_feeds_import_endoflife(&import, out, told, err);
}

static void tell(const struct importing *x, const struct shelflife_feeds_imported *told)
{
    fprintf(stderr, "%s: %zu product%s updated, %zu added%s\n", x->into ? x->into : "the new catalog",
            told->updated, told->updated == 1 ? "" : "s", told->added,
            told->changed ? "" : "; nothing changed");
    if (told->unknown)
        fprintf(stderr,
                "%zu products passed over: nothing tells where their images are (--product, --repository)\n",
                told->unknown);
}

static bool import(const struct importing *x, error *err)
{
    buffer answer CLEANUP(shelflife_buffer_free), old CLEANUP(shelflife_buffer_free);
    buffer new CLEANUP(shelflife_buffer_free);
    struct shelflife_feeds_imported told;
    shelflife_buffer_init(&answer, SHELFLIFE_SOURCES_FETCH_MAX);
    shelflife_buffer_init(&old, SIZE_MAX);
    shelflife_buffer_init(&new, SIZE_MAX);
    if (!(shelflife_sources_is_url(x->from) ? download(x, &answer, err)
                                            : shelflife_cli_read(x->from, &answer, err)))
        return false;
    if (x->into && access(x->into, F_OK) == 0 && !shelflife_cli_read(x->into, &old, err))
        return false;
    if (!convert(x, shelflife_buffer_str(&answer), shelflife_buffer_str(&old), &new, &told, err))
        return false;
    if (!x->into)
        fwrite(new.at, 1, new.len, stdout);
    else if (told.changed &&
             !shelflife_file_replace(x->into, shelflife_buffer_str(&new), SHELFLIFE_FILE_NORMAL, err))
        return false;
    tell(x, &told);
    return true;
}

static int endoflife(struct importing *x, int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog import endoflife",
        .arguments = "FILE|URL",
        .about = "Makes a catalog of an answer of the endoflife.date API v1, about one product or about\n"
                 "all, or updates one: then repositories, tags, parts, digests and notes stay, dates and\n"
                 "newest patches are renewed, and serial and asOf move if something changed. Unchanged\n"
                 "facts leave the file as it is.",
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
         .help = "update this catalog, or make it; without it a new one is printed"},
        {.name = "product",
         .type = CLI_LIST,
         .argument = "NAME",
         .target = &x->products,
         .help = "take this product only, and add it if the catalog has it not.\n"
                 "May be given more than once, like the next three"},
        {.name = "repository",
         .type = CLI_LIST,
         .argument = "PATTERN",
         .target = &x->repositories,
         .help = "where images of the new product are; by default where the\n"
                 "answer's package URLs say"},
        {.name = "tag",
         .type = CLI_LIST,
         .argument = "PATTERN",
         .target = &x->tags,
         .help = "how its tags name the version; {version} by default"},
        {.name = "part",
         .type = CLI_LIST,
         .argument = "PATTERN",
         .target = &x->parts,
         .help = "how tags of other images name it as their base"},
        {.name = "name",
         .type = CLI_TEXT,
         .argument = "NAME",
         .target = &x->name,
         .help = "of a new catalog; endoflife by default"},
        {.name = "as-of",
         .type = CLI_DAY,
         .argument = "DATE",
         .target = &x->as_of,
         .help = "the day the facts were true, also if none changed; by default\n"
                 "the day the answer was made"},
        {.name = "ca-file",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &x->ca_file,
         .help = "trust these CAs, PEM, for a URL instead of the system's"},
    };
    struct cli_list arguments CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &arguments, &code))
        return code;
    x->from = arguments.at[0];
    return import(x, &err) ? shelflife_cli_finish(CLI_FINE) : shelflife_cli_fail(&err);
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
        {"endoflife", "from an answer of endoflife.date", import_endoflife},
    };
    return shelflife_cli_dispatch("shelflife catalog import", "Catalogs from what others publish.", commands,
                                  COUNT(commands), argc, argv);
}
