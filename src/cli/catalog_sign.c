/* sign, verify and fetch: catalogs on their way. */
#include "cli/catalog.h"

#include "feeds/check.h"
#include "file/file.h"
#include "pki/pki.h"
#include "sources/fetch.h"

enum { KEY_MAX = 1 << 20, SIGNATURE_MAX = 1 << 20, PATH_BYTES_MAX = 4096 };

/* The name of a catalog's signature: the one given, else beside it. */
static const char *signature_path(const char *given, const char *catalog, char path[PATH_BYTES_MAX])
{
    int n = snprintf(path, PATH_BYTES_MAX, "%s.sig", catalog);
    return given ? given : n > 0 && n < PATH_BYTES_MAX ? path : catalog;
}

/* ---- sign ---- */

struct signing {
    const char *key, *signature;
};

static bool sign_file(const struct signing *s, const char *file, error *err)
{
    char beside[PATH_BYTES_MAX];
    buffer key CLEANUP(shelflife_pki_wipe);
    buffer bytes CLEANUP(shelflife_buffer_free), signature CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&key, KEY_MAX);
    shelflife_buffer_init(&bytes, SIZE_MAX);
    shelflife_buffer_init(&signature, SIGNATURE_MAX);
    if (!shelflife_cli_read(s->key, &key, err) || !shelflife_cli_read(file, &bytes, err) ||
        !shelflife_feeds_catalog_check(file, shelflife_buffer_str(&bytes), err))
        return false;
    if (!shelflife_pki_sign(shelflife_buffer_str(&key), shelflife_buffer_str(&bytes), &signature, err))
        return shelflife_error_prefix(err, "%s", s->key);
    shelflife_buffer_byte(&signature, '\n');
    const char *path = signature_path(s->signature, file, beside);
    if (shelflife_str_equal(shelflife_str_of(path), STR("-"))) {
        fwrite(signature.at, 1, signature.len, stdout);
        return true;
    }
    if (!shelflife_file_replace(path, shelflife_buffer_str(&signature), SHELFLIFE_FILE_NORMAL, err))
        return false;
    printf("wrote %s\n", path);
    return true;
}

int shelflife_cli_catalog_sign(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog sign",
        .arguments = "FILE",
        .about = "Signs a catalog with an Ed25519 or ECDSA P-256 key, and writes the signature to\n"
                 "FILE.sig: base64, as \"cosign sign-blob --key\" writes it.",
        .examples = "  openssl genpkey -algorithm ed25519 -out catalog.key\n"
                    "  openssl pkey -in catalog.key -pubout -out catalog.pub\n"
                    "  shelflife catalog sign --key catalog.key own.json",
        .min_arguments = 1,
        .max_arguments = 1};
    struct signing s = {0};
    const struct cli_option options[] = {
        {.name = "key",
         .letter = 'k',
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &s.key,
         .help = "the private key, PEM without a password"},
        {.name = "signature",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &s.signature,
         .help = "where to, instead of FILE.sig; - is standard output"},
    };
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code))
        return code;
    if (!s.key) {
        shelflife_cli_complain("--key is needed; \"openssl genpkey -algorithm ed25519\" makes one");
        return CLI_USAGE;
    }
    return sign_file(&s, files.at[0], &err) ? shelflife_cli_finish(CLI_FINE) : shelflife_cli_fail(&err);
}

/* ---- verify ---- */

static bool verify_file(const char *key_file, const char *signature_file, const char *file, error *err)
{
    buffer key CLEANUP(shelflife_buffer_free), bytes CLEANUP(shelflife_buffer_free);
    buffer signature CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&key, KEY_MAX);
    shelflife_buffer_init(&bytes, SIZE_MAX);
    shelflife_buffer_init(&signature, SIGNATURE_MAX);
    if (!shelflife_cli_read(key_file, &key, err) || !shelflife_cli_read(file, &bytes, err) ||
        !shelflife_cli_read(signature_file, &signature, err))
        return false;
    return shelflife_pki_verify(shelflife_buffer_str(&key), shelflife_buffer_str(&bytes),
                                shelflife_buffer_str(&signature), err) ||
           shelflife_error_prefix(err, "%s", file);
}

int shelflife_cli_catalog_verify(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog verify",
        .arguments = "FILE",
        .about =
            "Checks a file's signature in FILE.sig, as \"shelflife catalog sign\" or \"cosign sign-blob\n"
            "--key\" wrote it. Exits with 1 if it is not the key's over these bytes.",
        .examples = "  shelflife catalog verify --key catalog.pub own.json\n"
                    "  shelflife catalog verify --key cosign.pub --signature own.sig own.json",
        .min_arguments = 1,
        .max_arguments = 1};
    const char *key = NULL, *signature = NULL;
    const struct cli_option options[] = {
        {.name = "key",
         .letter = 'k',
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &key,
         .help = "the public key, PEM"},
        {.name = "signature",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &signature,
         .help = "the signature, instead of FILE.sig"},
    };
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    char beside[PATH_BYTES_MAX];
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code))
        return code;
    if (!key) {
        shelflife_cli_complain("--key is needed: the public key of who is to have signed it");
        return CLI_USAGE;
    }
    if (verify_file(key, signature_path(signature, files.at[0], beside), files.at[0], &err)) {
        printf("%s: the signature is good\n", files.at[0]);
        return shelflife_cli_finish(CLI_FINE);
    }
    code = shelflife_cli_fail(&err);
    return code == CLI_USAGE && err.kind == SHELFLIFE_ERROR_INPUT ? CLI_FINDINGS : code;
}

/* ---- fetch ---- */

struct fetching {
    const char *url, *key, *ca_file, *output;
    bool is_unsigned;
};

static bool fetch_verified(const struct fetching *f, struct shelflife_http_client *client, str key,
                           buffer *bytes, buffer *signature, error *err)
{
    struct shelflife_http_response response;
    const struct shelflife_sources_fetch fetch = {.url = f->url, .ca_file = f->ca_file};
    return shelflife_sources_fetch(client, &fetch, bytes, &response, err) &&
           (!f->key || shelflife_sources_fetch_verified(client, &fetch, key, shelflife_buffer_str(bytes),
                                                        signature, &response, err)) &&
           shelflife_feeds_catalog_check(f->url, shelflife_buffer_str(bytes), err);
}

/* The signature goes beside the catalog, so that it can be verified again. */
static bool keep(const struct fetching *f, str bytes, str signature, error *err)
{
    char beside[PATH_BYTES_MAX];
    if (!f->output) {
        fwrite(bytes.at, 1, bytes.len, stdout);
        return true;
    }
    return shelflife_file_replace(f->output, bytes, SHELFLIFE_FILE_NORMAL, err) &&
           (signature.len == 0 || shelflife_file_replace(signature_path(NULL, f->output, beside), signature,
                                                         SHELFLIFE_FILE_NORMAL, err));
}

static bool fetch_catalog(const struct fetching *f, error *err)
{
    buffer key CLEANUP(shelflife_buffer_free), bytes CLEANUP(shelflife_buffer_free);
    buffer signature CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&key, KEY_MAX);
    shelflife_buffer_init(&bytes, SHELFLIFE_SOURCES_FETCH_MAX);
    shelflife_buffer_init(&signature, SIGNATURE_MAX);
    if ((f->key && !shelflife_cli_read(f->key, &key, err)) || !shelflife_net_start(err))
        return false;
    struct shelflife_http_client *client = shelflife_http_client_new(err);
    bool ok = client && fetch_verified(f, client, shelflife_buffer_str(&key), &bytes, &signature, err) &&
              keep(f, shelflife_buffer_str(&bytes), shelflife_buffer_str(&signature), err);
    shelflife_http_client_free(client);
    shelflife_net_stop();
    return ok;
}

int shelflife_cli_catalog_fetch(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog fetch",
        .arguments = "URL",
        .about = "Downloads a catalog by HTTPS, checks its signature at URL.sig and that it is a catalog,\n"
                 "and prints it, or writes it to a file with the signature beside it.",
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
         .help = "the public key, PEM, that the catalog is signed with"},
        {.name = "unsigned",
         .type = CLI_FLAG,
         .target = &f.is_unsigned,
         .help = "take it without a signature"},
        {.name = "ca-file",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &f.ca_file,
         .help = "trust these CAs, PEM, instead of the system's"},
        {.name = "output",
         .letter = 'o',
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &f.output,
         .help = "write it to this file, and the signature to FILE.sig"},
    };
    struct cli_list urls CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &urls, &code))
        return code;
    f.url = urls.at[0];
    if (!f.key == !f.is_unsigned) {
        shelflife_cli_complain(
            "either --catalog-key names the key that it is signed with, or --unsigned says that "
            "it need not be");
        return CLI_USAGE;
    }
    return fetch_catalog(&f, &err) ? shelflife_cli_finish(CLI_FINE) : shelflife_cli_fail(&err);
}
