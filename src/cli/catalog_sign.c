#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "feeds/check.h"
#include "file/file.h"

struct signing {
    const char *key, *signature;
};

static bool sign_file(const struct signing *s, const char *file, error *err)
{
    char *path CLEANUP(cleanup_free) = NULL;
    buffer key CLEANUP(shelflife_buffer_free);
    buffer bytes CLEANUP(shelflife_buffer_free), signature CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&key, CLI_KEY_MAX);
    key.secret = true;
    shelflife_buffer_init(&bytes, SIZE_MAX);
    shelflife_buffer_init(&signature, CLI_SIGNATURE_MAX);
    if (!shelflife_file_read_input(s->key, &key, err) || !shelflife_file_read_input(file, &bytes, err) ||
        !shelflife_feeds_catalog_check(file, shelflife_buffer_str(&bytes), err) ||
        !shelflife_cli_sign(s->key, shelflife_buffer_str(&key), shelflife_buffer_str(&bytes), &signature,
                            err) ||
        !shelflife_cli_signature_path(s->signature, file, &path, err))
        return false;
    if (shelflife_str_equal(shelflife_str_of(path), STR("-"))) {
        shelflife_cli_write(shelflife_buffer_str(&signature));
        return true;
    }
    if (!shelflife_file_replace(path, shelflife_buffer_str(&signature), SHELFLIFE_FILE_NORMAL, err))
        return false;
    printf("wrote ");
    shelflife_cli_print(shelflife_str_of(path));
    putchar('\n');
    return true;
}

int shelflife_cli_catalog_sign(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog sign",
        .arguments = "FILE",
        .about =
            "Sign a catalog with an Ed25519 or ECDSA P-256 key. Writes the base64 signature to FILE.sig\n"
            "in the format of \"cosign sign-blob --key\". The catalog and the key can be pipes, such as\n"
            "<(COMMAND). One of them can be -, for standard input. A pipe or - as FILE needs\n"
            "--signature.",
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
         .help = "private key (PEM, without a passphrase)"},
        {.name = "signature",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &s.signature,
         .help = "write the signature to this file instead of FILE.sig; - is\n"
                 "standard output"},
    };
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code))
        return code;
    if (!s.key) {
        shelflife_cli_message("--key is required; \"openssl genpkey -algorithm ed25519\" creates a key");
        return CLI_EXIT_USAGE;
    }
    return sign_file(&s, files.at[0], &err) ? shelflife_cli_finish(CLI_EXIT_OK) : shelflife_cli_fail(&err);
}
