#include "cli/commands.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/catalog_common.h"
#include "cli/dispatch.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "file/file.h"
#include "pki/pki.h"
#include "shelflife/json.h"

struct init {
    const char *dir;
    unsigned days, ca_days;
    bool keep_ca_key, force;
    const char *ca, *ca_key; /* files of an existing CA */
};

static char *join(const char *dir, const char *name, error *err)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", dir, name) >= 0)
        return path;
    shelflife_fail_memory(err);
    return NULL;
}

static bool write_file(const char *dir, const char *name, str text, enum shelflife_file_access access,
                       error *err)
{
    char *path CLEANUP(cleanup_free) = join(dir, name, err);
    return path && shelflife_file_replace(path, text, access, err);
}

static bool check_dir(const struct init *init, error *err)
{
    static const char *const names[] = {"ca.crt", "tls.crt", "tls.key"};
    if (mkdir(init->dir, 0755) != 0 && errno != EEXIST)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot create the directory %s: %s", init->dir,
                              strerror(errno));
    for (size_t i = 0; i < COUNT(names) && !init->force; i++) {
        char *path CLEANUP(cleanup_free) = join(init->dir, names[i], err);
        if (!path)
            return false;
        if (access(path, F_OK) == 0)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%s already exists; use --force to replace it",
                                  path);
    }
    return true;
}

/* The CA of --ca, or a new one. */
static bool make_ca(const struct init *init, int64_t now, buffer *ca, buffer *key, error *err)
{
    if (init->ca)
        return shelflife_file_read_input(init->ca, ca, err) &&
               shelflife_file_read_input(init->ca_key, key, err) &&
               (shelflife_pki_match(shelflife_buffer_str(ca), shelflife_buffer_str(key), err) ||
                shelflife_error_prefix(err, "--ca and --ca-key"));
    return shelflife_pki_make_key(key, err) &&
           shelflife_pki_make_ca(shelflife_buffer_str(key), STR("shelflife CA"), now, init->ca_days, ca, err);
}

static bool make_all(const struct init *init, const str *names, size_t count, error *err)
{
    enum { LARGEST_PEM = 1 << 20 };
    buffer ca CLEANUP(shelflife_buffer_free), ca_key CLEANUP(shelflife_buffer_free);
    buffer certificate CLEANUP(shelflife_buffer_free), key CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&ca, LARGEST_PEM);
    shelflife_buffer_init(&ca_key, LARGEST_PEM);
    shelflife_buffer_init(&certificate, LARGEST_PEM);
    shelflife_buffer_init(&key, LARGEST_PEM);
    ca_key.secret = key.secret = true;
    int64_t now = time(NULL);
    if (!make_ca(init, now, &ca, &ca_key, err) || !shelflife_pki_make_key(&key, err))
        return false;
    const struct shelflife_pki_certificate_request request = {.ca = shelflife_buffer_str(&ca),
                                                              .ca_key = shelflife_buffer_str(&ca_key),
                                                              .key = shelflife_buffer_str(&key),
                                                              .names = names,
                                                              .name_count = count,
                                                              .now = now,
                                                              .days = init->days};
    return shelflife_pki_make_certificate(&request, &certificate, err) && check_dir(init, err) &&
           write_file(init->dir, "ca.crt", shelflife_buffer_str(&ca), SHELFLIFE_FILE_NORMAL, err) &&
           (!init->keep_ca_key ||
            write_file(init->dir, "ca.key", shelflife_buffer_str(&ca_key), SHELFLIFE_FILE_SECRET, err)) &&
           write_file(init->dir, "tls.key", shelflife_buffer_str(&key), SHELFLIFE_FILE_SECRET, err) &&
           write_file(init->dir, "tls.crt", shelflife_buffer_str(&certificate), SHELFLIFE_FILE_NORMAL, err);
}

static bool make_for(const struct init *init, const struct cli_list *names, error *err)
{
    str *texts = calloc(names->count, sizeof(*texts));
    if (!texts)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < names->count; i++)
        texts[i] = shelflife_str_of(names->at[i]);
    bool ok = make_all(init, texts, names->count, err);
    free(texts);
    return ok;
}

static int certs_init(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife certs init",
        .arguments = "NAME...",
        .about = "Create a CA and a serving certificate for these DNS names and IP addresses. Writes\n"
                 "ca.crt, tls.crt and tls.key. The key of the CA is not saved, unless --keep-ca-key is\n"
                 "given. With a saved key, the same CA can sign later certificates.",
        .examples =
            "  shelflife certs init --dir certs webhook.shelflife.svc\n"
            "  shelflife certs init --dir certs --keep-ca-key localhost 127.0.0.1\n"
            "  shelflife certs init --dir certs --force --ca certs/ca.crt --ca-key certs/ca.key localhost",
        .min_arguments = 1,
        .max_arguments = -1};
    struct init init = {.dir = ".", .days = 365, .ca_days = 3650};
    const struct cli_option options[] = {
        {.name = "dir",
         .type = CLI_TEXT,
         .argument = "DIR",
         .target = &init.dir,
         .help = "write the files to this directory, created if it does not exist;\n"
                 "the default is the current directory"},
        {.name = "days",
         .type = CLI_NUMBER,
         .argument = "N",
         .target = &init.days,
         .min = 1,
         .max = SHELFLIFE_PKI_DAYS_MAX,
         .help = "days that the certificate is valid; the default is 365"},
        {.name = "ca-days",
         .type = CLI_NUMBER,
         .argument = "N",
         .target = &init.ca_days,
         .min = 1,
         .max = SHELFLIFE_PKI_DAYS_MAX,
         .help = "days that a new CA is valid; the default is 3650"},
        {.name = "keep-ca-key",
         .type = CLI_FLAG,
         .target = &init.keep_ca_key,
         .help = "also write ca.key. With this key, anyone can impersonate the\n"
                 "webhook"},
        {.name = "ca",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &init.ca,
         .help = "certificate (PEM) of an existing CA to sign with"},
        {.name = "ca-key",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &init.ca_key,
         .help = "private key (PEM) of the CA in --ca"},
        {.name = "force", .type = CLI_FLAG, .target = &init.force, .help = "replace existing files"},
    };
    struct cli_list names CLEANUP(shelflife_cli_list_free) = {0};
    error err;
    int code;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &names, &code))
        return code;
    if (!init.ca != !init.ca_key) {
        shelflife_cli_message("--ca and --ca-key must be used together");
        return CLI_EXIT_USAGE;
    }
    if (!make_for(&init, &names, &err))
        return shelflife_cli_fail(&err);
    printf("wrote ca.crt, %stls.crt and tls.key to ", init.keep_ca_key ? "ca.key, " : "");
    shelflife_cli_print(shelflife_str_of(init.dir));
    putchar('\n');
    return shelflife_cli_finish(CLI_EXIT_OK);
}

static void print_time(const char *name, int64_t seconds)
{
    char text[SHELFLIFE_TIME_TEXT_MAX];
    size_t n = shelflife_time_format(seconds, ' ', text);
    printf("  %-11s %.*s UTC", name, (int)n, text);
}

static void print_pair(const char *name, str value, const char *more)
{
    printf("  %-11s ", name);
    shelflife_cli_print(value);
    printf("%s\n", more);
}

static void print_certificate(const char *path, const struct shelflife_pki_certificate *c, int64_t now)
{
    struct cli_style style = shelflife_cli_style();
    int64_t days = (c->not_after - now) / 86400;
    printf("%s", style.bold);
    shelflife_cli_print(shelflife_str_of(path));
    printf("%s\n", style.plain);
    for (size_t i = 0; i < c->name_count; i++)
        print_pair(i ? "" : "names", c->names[i], "");
    print_pair("subject", c->subject, c->ca ? " (a CA)" : "");
    print_pair("issuer", c->issuer, "");
    print_time("valid from", c->not_before);
    printf("\n");
    print_time("until", c->not_after);
    if (c->not_after < now)
        printf(" %s(expired)%s\n", style.bad, style.plain);
    else
        printf(" %s(%lld day%s left)%s\n", days < 30 ? style.warn : style.good, (long long)days,
               days == 1 ? "" : "s", style.plain);
    print_pair("serial", c->serial, "");
    print_pair("sha256", c->fingerprint, "");
}

static void write_time(struct shelflife_json_writer *w, const char *key, int64_t seconds)
{
    char text[SHELFLIFE_TIME_TEXT_MAX];
    size_t n = shelflife_time_format(seconds, 'T', text);
    shelflife_json_write_key(w, shelflife_str_of(key));
    char whole[SHELFLIFE_TIME_TEXT_MAX + 2];
    int len = snprintf(whole, sizeof(whole), "%.*sZ", (int)n, text);
    shelflife_json_write_string(w, (str){whole, (size_t)len});
}

static void write_certificate(struct shelflife_json_writer *w, const char *path,
                              const struct shelflife_pki_certificate *c, int64_t now)
{
    shelflife_json_write_map(w);
    shelflife_json_member_text(w, "file", path);
    shelflife_json_member_array(w, "names");
    for (size_t i = 0; i < c->name_count; i++)
        shelflife_json_write_string(w, c->names[i]);
    shelflife_json_write_end(w);
    shelflife_json_member_string(w, "subject", c->subject);
    shelflife_json_member_bool(w, "ca", c->ca);
    shelflife_json_member_string(w, "issuer", c->issuer);
    write_time(w, "notBefore", c->not_before);
    write_time(w, "notAfter", c->not_after);
    shelflife_json_member_bool(w, "expired", c->not_after < now);
    shelflife_json_member_integer(w, "daysLeft", (c->not_after - now) / 86400);
    shelflife_json_member_string(w, "serial", c->serial);
    shelflife_json_member_string(w, "sha256", c->fingerprint);
    shelflife_json_write_end(w);
}

/* As JSON to *json, or printed if that is NULL. */
static bool show(const char *path, struct shelflife_json_writer *json, error *err)
{
    buffer pem CLEANUP(shelflife_buffer_free);
    arena memory CLEANUP(shelflife_arena_free);
    struct shelflife_pki_certificate certificate;
    shelflife_buffer_init(&pem, 64 << 20);
    shelflife_arena_init(&memory, 16 << 20);
    if (!shelflife_file_read_input(path, &pem, err))
        return false;
    if (!shelflife_pki_read_certificate(shelflife_buffer_str(&pem), &memory, &certificate, err))
        return shelflife_error_prefix(err, "%s", path);
    if (json)
        write_certificate(json, path, &certificate, time(NULL));
    else
        print_certificate(path, &certificate, time(NULL));
    return true;
}

static int certs_show(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife certs show",
        .arguments = "FILE...",
        .about = "Show the names, issuer and expiry of the first certificate in each PEM file. A FILE can\n"
                 "also be - (standard input) or a pipe, such as <(COMMAND).",
        .examples = "  shelflife certs show certs/*.crt\n"
                    "  shelflife certs show -o json certs/tls.crt | jq '.[].daysLeft'",
        .min_arguments = 1,
        .max_arguments = -1};
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    buffer out CLEANUP(shelflife_buffer_free);
    struct shelflife_json_writer json;
    size_t shown = 0, format = CLI_CATALOG_TABLE;
    const struct cli_option options[] = {CLI_OPTION_FORMAT(&format)};
    int code;
    error err;
    shelflife_buffer_init(&out, SIZE_MAX);
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code))
        return code;
    shelflife_json_writer_init(&json, &out);
    shelflife_json_write_array(&json);
    for (size_t i = 0; i < files.count; i++) {
        if (show(files.at[i], format == CLI_CATALOG_JSON ? &json : NULL, &err))
            shown++;
        else
            code = shelflife_cli_fail(&err);
    }
    shelflife_json_write_end(&json);
    if (format == CLI_CATALOG_JSON && !shelflife_cli_print_json(&out, &err))
        return shelflife_cli_fail(&err);
    if (shown == files.count)
        code = CLI_EXIT_OK;
    else if (shown)
        code = CLI_EXIT_PARTIAL;
    return shelflife_cli_finish(code);
}

int shelflife_cli_certs(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"init", "create a CA and a serving certificate", certs_init},
        {"show", "show the names, issuer and expiry of certificates", certs_show},
    };
    return shelflife_cli_dispatch("shelflife certs", "Create and show certificates for the webhook.",
                                  commands, COUNT(commands), argc, argv);
}
