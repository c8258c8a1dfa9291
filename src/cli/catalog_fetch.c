#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/judging.h"
#include "cli/output.h"
#include "feeds/check.h"
#include "file/file.h"
#include "net/url.h"
#include "sources/fetch.h"

struct fetching {
    const char *url, *key, *ca_file, *output;
    size_t max_bytes;
    bool is_unsigned;
};

static bool fetch_verified(const struct fetching *f, struct shelflife_net_http_client *client, str key,
                           buffer *bytes, buffer *signature, error *err)
{
    struct shelflife_net_http_response response;
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    const struct shelflife_sources_fetch fetch = {
        .url = f->url, .ca_file = f->ca_file, .max_bytes = f->max_bytes, .limit_option = "--max-catalog"};
    return shelflife_sources_fetch(client, &fetch, bytes, &response, err) &&
           (!f->key || shelflife_sources_fetch_verified(client, &fetch, key, shelflife_buffer_str(bytes),
                                                        signature, &response, err)) &&
           shelflife_feeds_catalog_check(shelflife_net_url_shown(f->url, shown), shelflife_buffer_str(bytes),
                                         err);
}

/* Writes the signature next to the catalog, so that it can be verified again. */
static bool save(const struct fetching *f, str bytes, str signature, error *err)
{
    char *path CLEANUP(cleanup_free) = NULL;
    if (!f->output) {
        shelflife_cli_write(bytes);
        return true;
    }
    return shelflife_file_replace(f->output, bytes, SHELFLIFE_FILE_NORMAL, err) &&
           (signature.len == 0 || (shelflife_cli_signature_path(NULL, f->output, &path, err) &&
                                   shelflife_file_replace(path, signature, SHELFLIFE_FILE_NORMAL, err)));
}

static bool fetch_catalog(const struct fetching *f, error *err)
{
    buffer key CLEANUP(shelflife_buffer_free), bytes CLEANUP(shelflife_buffer_free);
    buffer signature CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&key, CLI_KEY_MAX);
    shelflife_buffer_init(&bytes, SHELFLIFE_SOURCES_FETCH_MAX);
    shelflife_buffer_init(&signature, CLI_SIGNATURE_MAX);
    if ((f->key && !shelflife_file_read_input(f->key, &key, err)) || !shelflife_net_start(err))
        return false;
    struct shelflife_net_http_client *client = shelflife_net_http_client_new(err);
    bool ok = client && fetch_verified(f, client, shelflife_buffer_str(&key), &bytes, &signature, err) &&
              save(f, shelflife_buffer_str(&bytes), shelflife_buffer_str(&signature), err);
    shelflife_net_http_client_free(client);
    shelflife_net_stop();
    return ok;
}

int shelflife_cli_catalog_fetch(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog fetch",
        .arguments = "URL",
        .about = "Download a catalog over HTTPS, verify its signature at URL.sig, and check that the\n"
                 "catalog is valid. Prints the catalog, or with -o writes it and its signature to files.",
        .examples = "  shelflife catalog fetch --catalog-key catalog.pub -o own.json \\\n"
                    "      https://catalogs.example/own.json",
        .min_arguments = 1,
        .max_arguments = 1};
    struct fetching f = {0};
    const struct cli_option options[] = {
        {.name = "catalog-key",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &f.key,
         .help = "public key (PEM) that the catalog is signed with"},
        {.name = "unsigned",
         .type = CLI_FLAG,
         .target = &f.is_unsigned,
         .help = "accept the catalog without a signature"},
        {.name = "ca-file",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &f.ca_file,
         .help = "trust these CAs (PEM) instead of the system's"},
        CLI_OPTION_MAX_CATALOG(&f.max_bytes),
        {.name = "output",
         .letter = 'o',
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &f.output,
         .help = "write the catalog to this file, and the signature to FILE.sig"},
    };
    struct cli_list urls CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &urls, &code))
        return code;
    f.url = urls.at[0];
    if (!f.key == !f.is_unsigned) {
        shelflife_cli_message(
            "give either --catalog-key, the public key that the catalog is signed with, or --unsigned");
        return CLI_EXIT_USAGE;
    }
    return fetch_catalog(&f, &err) ? shelflife_cli_finish(CLI_EXIT_OK) : shelflife_cli_fail(&err);
}
