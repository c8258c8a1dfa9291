#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "file/file.h"
#include "pki/pki.h"

static bool verify_file(const char *key_file, const char *signature_file, const char *file, error *err)
{
    char *path CLEANUP(cleanup_free) = NULL;
    buffer key CLEANUP(shelflife_buffer_free), bytes CLEANUP(shelflife_buffer_free);
    buffer signature CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&key, CLI_KEY_MAX);
    shelflife_buffer_init(&bytes, SIZE_MAX);
    shelflife_buffer_init(&signature, CLI_SIGNATURE_MAX);
    if (!shelflife_cli_signature_path(signature_file, file, &path, err) ||
        !shelflife_file_read_input(key_file, &key, err) || !shelflife_file_read_input(file, &bytes, err) ||
        !shelflife_file_read_input(path, &signature, err))
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
        .about = "Verify the signature of a file. The signature is in FILE.sig, or in the file that\n"
                 "--signature names; \"shelflife catalog sign\" and \"cosign sign-blob --key\" write it.\n"
                 "Exits with 1 if the signature does not match. Each file can be a pipe, such as\n"
                 "<(COMMAND). One of them can be -, for standard input.",
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
         .help = "public key (PEM)"},
        {.name = "signature",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &signature,
         .help = "read the signature from this file instead of FILE.sig"},
    };
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code))
        return code;
    if (!key) {
        shelflife_cli_message("--key is required: the public key of the signer");
        return CLI_EXIT_USAGE;
    }
    if (verify_file(key, signature, files.at[0], &err)) {
        shelflife_cli_print(shelflife_str_of(files.at[0]));
        printf(": signature verified\n");
        return shelflife_cli_finish(CLI_EXIT_OK);
    }
    code = shelflife_cli_fail(&err);
    return code == CLI_EXIT_USAGE && err.kind == SHELFLIFE_ERROR_INPUT ? CLI_EXIT_FINDINGS : code;
}
