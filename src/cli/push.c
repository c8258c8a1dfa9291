/* Uploads catalogs and inventories to container registries. */
#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "feeds/check.h"
#include "file/file.h"
#include "net/net.h"
#include "sources/artifact.h"
#include "sources/gunzip.h"
#include "sources/inventory_file.h"

enum { FILE_MAX_BYTES = 64 << 20, MEMORY_MAX = 64 << 20 };

/* What can be pushed. */
struct kind {
    const char *type;       /* of the artifact */
    const char *media_type; /* of the file */
    const char *compressed; /* of the file, if it is; NULL: it cannot be */
    bool (*check)(const char *file, str bytes, error *err);
};

struct pushing {
    const struct kind *kind;
    const char *key, *signature;
    struct cli_registry registry;
};

static bool check_inventory(const char *file, str bytes, error *err)
{
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    bool ok = inventory ? shelflife_sources_inventory_add_bytes(inventory, bytes, file, err) &&
                              shelflife_inventory_finish(inventory, err)
                        : shelflife_fail_memory(err);
    shelflife_inventory_free(inventory);
    return ok;
}

static const struct kind catalog_kind = {
    .type = SHELFLIFE_SOURCES_CATALOG_TYPE,
    .media_type = SHELFLIFE_SOURCES_CATALOG_TYPE,
    .check = shelflife_feeds_catalog_check,
};

static const struct kind inventory_kind = {
    .type = SHELFLIFE_SOURCES_INVENTORY_TYPE,
    .media_type = SHELFLIFE_SOURCES_INVENTORY_TYPE,
    .compressed = SHELFLIFE_SOURCES_INVENTORY_TYPE "+gzip",
    .check = check_inventory,
};

static bool make_signature(const struct pushing *p, str bytes, buffer *signature, error *err)
{
    buffer key CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&key, CLI_KEY_MAX);
    key.secret = true;
    if (p->signature)
        return shelflife_file_read_input(p->signature, signature, err);
    return !p->key || (shelflife_file_read_input(p->key, &key, err) &&
                       shelflife_cli_sign(p->key, shelflife_buffer_str(&key), bytes, signature, err));
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The file, then its signature, which refers to it. */
static bool upload(const struct pushing *p, struct shelflife_registry *registry, const char *file, str bytes,
                   str signature, const struct shelflife_reference *reference, arena *a, str *digest,
                   error *err)
{
    bool compressed = p->kind->compressed && shelflife_sources_is_gzip(bytes);
    struct shelflife_registry_artifact artifact = {.artifact_type = p->kind->type,
                                                   .media_type =
                                                       compressed ? p->kind->compressed : p->kind->media_type,
                                                   .title = name_of(file),
                                                   .bytes = bytes};
    struct shelflife_registry_client *client = shelflife_registry_client_new(registry, err);
    bool ok = client && shelflife_registry_push(client, reference, &artifact, a, digest, err);
    if (ok && signature.len) {
        str own;
        artifact = (struct shelflife_registry_artifact){.artifact_type = SHELFLIFE_SOURCES_SIGNATURE_TYPE,
                                                        .media_type = SHELFLIFE_SOURCES_SIGNATURE_TYPE,
                                                        .title = "signature",
                                                        .bytes = signature,
                                                        .subject = *digest};
        ok = shelflife_registry_push(client, reference, &artifact, a, &own, err);
    }
    shelflife_registry_client_free(client);
    return ok;
}

static bool push_to(const struct pushing *p, const char *file, str bytes, str signature,
                    const struct shelflife_reference *reference, arena *a, str *digest, error *err)
{
    const struct shelflife_registry_options options = cli_registry_options(&p->registry, NULL);
    if (!shelflife_net_start(err))
        return false;
    struct shelflife_registry *registry = shelflife_registry_open(&options, err);
    bool ok = registry && upload(p, registry, file, bytes, signature, reference, a, digest, err);
    shelflife_registry_close(registry);
    shelflife_net_stop();
    return ok;
}

static bool push(const struct pushing *p, const char *file, const char *to, error *err)
{
    buffer bytes CLEANUP(shelflife_buffer_free), signature CLEANUP(shelflife_buffer_free);
    arena memory CLEANUP(shelflife_arena_free);
    struct shelflife_reference reference;
    str digest;
    shelflife_arena_init(&memory, MEMORY_MAX);
    shelflife_buffer_init(&bytes, FILE_MAX_BYTES);
    shelflife_buffer_init(&signature, CLI_SIGNATURE_MAX);
    if (!shelflife_sources_is_artifact(to))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%s: must be oci://HOST/REPOSITORY:TAG", to);
    if (!shelflife_sources_artifact_parse(to, &memory, &reference, err))
        return false;
    if (reference.digest.len || !reference.tag.len)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "%s: must end with a tag, such as :2026-12; the registry says the digest", to);
    if (!shelflife_file_read_input(file, &bytes, err) ||
        !p->kind->check(file, shelflife_buffer_str(&bytes), err) ||
        !make_signature(p, shelflife_buffer_str(&bytes), &signature, err) ||
        !push_to(p, file, shelflife_buffer_str(&bytes), shelflife_buffer_str(&signature), &reference, &memory,
                 &digest, err))
        return false;
    printf("oci://");
    shelflife_cli_print(reference.name);
    putchar('@');
    shelflife_cli_print(digest);
    putchar('\n');
    return true;
}

static int run(const struct cli_usage *usage, const struct kind *kind, int argc, char **argv)
{
    struct pushing p = {.kind = kind};
    const struct cli_option options[] = {
        {.name = "key",
         .letter = 'k',
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &p.key,
         .help = "sign with this private key (PEM, without a passphrase)"},
        {.name = "signature",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &p.signature,
         .help = "push this signature of FILE, which \"shelflife catalog sign\" or\n"
                 "\"cosign sign-blob --key\" made"},
        CLI_OPTIONS_REGISTRY_ACCESS(&p.registry),
    };
    struct cli_list arguments CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(usage, options, COUNT(options), argc, argv, &arguments, &code))
        return code;
    if (p.key && p.signature) {
        shelflife_cli_message("--key and --signature exclude each other");
        code = CLI_EXIT_USAGE;
    } else {
        code = push(&p, arguments.at[0], arguments.at[1], &err) ? shelflife_cli_finish(CLI_EXIT_OK)
                                                                : shelflife_cli_fail(&err);
    }
    shelflife_cli_list_free(&p.registry.plain_http);
    return code;
}

int shelflife_cli_catalog_push(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog push",
        .arguments = "FILE oci://HOST/REPOSITORY:TAG",
        .about = "Upload a catalog to a container registry, with its signature, and print where it is.\n"
                 "--catalog oci://HOST/REPOSITORY:TAG then uses it. It is refused without a signature\n"
                 "by the key of --catalog-key; \"cosign sign --key\" can also make one later.",
        .examples = "  shelflife catalog push --key catalog.key own.json "
                    "oci://registry.example.com/shelflife/own:1",
        .min_arguments = 2,
        .max_arguments = 2};
    return run(&usage, &catalog_kind, argc, argv);
}

int shelflife_cli_inventory_push(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife inventory push",
        .arguments = "FILE oci://HOST/REPOSITORY:TAG",
        .about = "Upload an inventory to a container registry, with its signature, and print where it is.\n"
                 "--inventory oci://HOST/REPOSITORY:TAG then uses it, so that one inspection serves all\n"
                 "clusters. It is refused without a signature by the key of --catalog-key.",
        .examples = "  shelflife inventory push --key my.key images.json.gz "
                    "oci://registry.example.com/images:prod",
        .min_arguments = 2,
        .max_arguments = 2};
    return run(&usage, &inventory_kind, argc, argv);
}
