#include <time.h>
#include <unistd.h>

#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/dispatch.h"
#include "cli/options.h"
#include "cli/output.h"
#include "feeds/import.h"
#include "file/file.h"
#include "net/url.h"
#include "sources/fetch.h"

struct importing {
    const struct shelflife_feeds_format *format;
    const char *from; /* file or URL */
    const char *into, *name, *ca_file;
    struct cli_list products, repositories, tags, parts;
    bool identifiers;
    shelflife_day as_of;
};

static bool download(const struct importing *x, buffer *out, error *err)
{
    struct shelflife_net_http_response response;
    const struct shelflife_sources_fetch fetch = {.url = x->from,
                                                  .ca_file = x->ca_file,
                                                  .max_bytes = SHELFLIFE_FEEDS_BYTES_MAX,
                                                  .no_compression = true};
    if (!shelflife_net_start(err))
        return false;
    struct shelflife_net_http_client *client = shelflife_net_http_client_new(err);
    bool ok = client && shelflife_sources_fetch(client, &fetch, out, &response, err);
    shelflife_net_http_client_free(client);
    shelflife_net_stop();
    return ok;
}

/* Splits "catalog=feed". */
static bool split_name(const char *text, arena *memory, struct shelflife_feeds_name *name)
{
    const char *equals = strchr(text, '=');
    str product = {text, equals ? (size_t)(equals - text) : strlen(text)};
    if (!shelflife_arena_copy(memory, product, &product))
        return false;
    *name = (struct shelflife_feeds_name){product.at, equals ? equals + 1 : NULL};
    return true;
}

static bool merge(const struct importing *x, str feed, const struct shelflife_feeds_name *products,
                  str catalog, buffer *out, struct shelflife_feeds_imported *result, error *err)
{
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    bool is_url = shelflife_sources_is_url(x->from);
    const struct shelflife_feeds_feed one = {.format = x->format->name,
                                             .bytes = feed,
                                             .origin =
                                                 is_url ? shelflife_net_url_shown(x->from, shown) : x->from,
                                             .products = products,
                                             .product_count = x->products.count,
                                             .identifiers = x->identifiers};
    const struct shelflife_feeds_import import = {
        .feeds = &one,
        .feed_count = 1,
        .catalog = catalog,
        .catalog_origin = x->into,
        .name = x->name,
        .repositories = x->repositories.at,
        .repository_count = x->repositories.count,
        .tags = x->tags.at,
        .tag_count = x->tags.count,
        .parts = x->parts.at,
        .part_count = x->parts.count,
        .as_of = x->as_of,
        /* What a server sends was true today. Of a file, only the user knows the day. */
        .fetched = is_url ? shelflife_cli_today() : SHELFLIFE_DAY_NONE,
        .today = shelflife_cli_today()};
    return shelflife_feeds_import(&import, out, result, err);
}

static bool convert(const struct importing *x, str feed, str catalog, buffer *out,
                    struct shelflife_feeds_imported *result, error *err)
{
    arena memory CLEANUP(shelflife_arena_free);
    shelflife_arena_init(&memory, SIZE_MAX);
    struct shelflife_feeds_name *names =
        shelflife_arena_array(&memory, x->products.count + 1, sizeof(*names));
    bool ok = names != NULL;
    for (size_t i = 0; ok && i < x->products.count; i++)
        ok = split_name(x->products.at[i], &memory, &names[i]);
    return ok ? merge(x, feed, names, catalog, out, result, err) : shelflife_arena_fail(&memory, err);
}

static void print_summary(const struct importing *x, const struct shelflife_feeds_imported *result)
{
    const char *name = x->into ? x->into : "the new catalog", *s = result->updated == 1 ? "" : "s";
    if (result->changed)
        shelflife_cli_message("%s: %zu product%s updated, %zu added", name, result->updated, s,
                              result->added);
    else
        shelflife_cli_message("%s: %zu product%s checked; nothing has changed", name, result->updated, s);
    shelflife_cli_print_notes("not imported", shelflife_buffer_str(result->skipped));
    if (result->unknown)
        shelflife_cli_message("%zu products skipped: the repositories of their images are not known; set "
                              "them with --product and --repository",
                              result->unknown);
}

static bool import(const struct importing *x, error *err)
{
    enum { SKIPPED_MAX = 64 << 10 };
    buffer answer CLEANUP(shelflife_buffer_free), old CLEANUP(shelflife_buffer_free);
    buffer new CLEANUP(shelflife_buffer_free), skipped CLEANUP(shelflife_buffer_free);
    struct shelflife_feeds_imported result = {.skipped = &skipped};
    shelflife_buffer_init(&skipped, SKIPPED_MAX);
    shelflife_buffer_init(&answer, SHELFLIFE_FEEDS_BYTES_MAX);
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

/* A feed of a publisher that is broken is not a mistake of the user. */
static int fail(const struct importing *x, const error *err)
{
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    int code = shelflife_cli_fail(err);
    bool feed = shelflife_sources_is_url(x->from) && err->kind != SHELFLIFE_ERROR_USAGE &&
                shelflife_str_starts(shelflife_str_of(err->text),
                                     shelflife_str_of(shelflife_net_url_shown(x->from, shown)));
    return feed ? CLI_EXIT_FAILED : code;
}

static int parse(struct importing *x, int argc, char **argv)
{
    enum { TEXT_MAX = 1024 };
    char program[TEXT_MAX], about[TEXT_MAX], examples[TEXT_MAX];
    const char *name = x->format->name, *url = x->format->url;
    snprintf(program, sizeof(program), "shelflife catalog import %s", name);
    snprintf(about, sizeof(about),
             "Create or update a catalog from %s.\n"
             "An update changes dates and newest patches. If any of them changed, it also changes\n"
             "serial and asOf. It preserves repositories, tags, parts, digests and notes. If nothing\n"
             "changed, the file is not written. The argument can also be - (standard input) or a pipe,\n"
             "such as <(COMMAND).",
             x->format->about);
    snprintf(examples, sizeof(examples), "  shelflife catalog import %s --into own.json \\\n      %s", name,
             url);
    const struct cli_usage usage = {.program = program,
                                    .arguments = "FILE|URL",
                                    .about = about,
                                    .examples = examples,
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
                 "it; NAME=OTHER: the feed calls it OTHER. Can be repeated, like the\n"
                 "next three options"},
        {.name = "repository",
         .type = CLI_LIST,
         .argument = "PATTERN",
         .target = &x->repositories,
         .help = "repository of the new product's images; the default comes from\n"
                 "the package URLs in the feed"},
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
        {.name = "identifiers",
         .type = CLI_FLAG,
         .target = &x->identifiers,
         .help = "also add products that the catalog does not have, if the feed has\n"
                 "package URLs of their images"},
        {.name = "name",
         .type = CLI_TEXT,
         .argument = "NAME",
         .target = &x->name,
         .help = "name of a new catalog; the default is the name of the format"},
        {.name = "as-of",
         .type = CLI_DAY,
         .argument = "DATE",
         .target = &x->as_of,
         .help = "date of the data, set even if nothing changed; the default is the\n"
                 "date in the feed or, for a URL without such a date, today"},
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
    return shelflife_cli_check_as_of(x->as_of, &err) && import(x, &err) ? shelflife_cli_finish(CLI_EXIT_OK)
                                                                        : fail(x, &err);
}

/* argv[0] is the name of the format. */
static int import_format(int argc, char **argv)
{
    struct importing x = {.format = shelflife_feeds_format_find(argv[0]), .as_of = SHELFLIFE_DAY_NONE};
    int code = parse(&x, argc, argv);
    shelflife_cli_list_free(&x.products);
    shelflife_cli_list_free(&x.repositories);
    shelflife_cli_list_free(&x.tags);
    shelflife_cli_list_free(&x.parts);
    return code;
}

int shelflife_cli_catalog_import(int argc, char **argv)
{
    enum { FORMATS_MAX = 16, SUMMARY_MAX = 128 };
    struct cli_command commands[FORMATS_MAX];
    char summaries[FORMATS_MAX][SUMMARY_MAX];
    size_t count = 0;
    for (; count < shelflife_feeds_format_count && count < FORMATS_MAX; count++) {
        snprintf(summaries[count], SUMMARY_MAX, "import %s", shelflife_feeds_formats[count].about);
        commands[count] =
            (struct cli_command){shelflife_feeds_formats[count].name, summaries[count], import_format};
    }
    return shelflife_cli_dispatch("shelflife catalog import",
                                  "Create or update a catalog from published data.", commands, count, argc,
                                  argv);
}
