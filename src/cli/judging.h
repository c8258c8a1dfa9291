/* What the judging commands share: the policy and catalogs to judge by, the day, and --fail-on. */
#ifndef SHELFLIFE_CLI_JUDGING_H
#define SHELFLIFE_CLI_JUDGING_H

#include "cli/registry_options.h"
#include "shelflife/policy.h"
#include "sources/fetch.h"
#include "sources/snapshot.h"

enum { CLI_FAIL_ON_DENY, CLI_FAIL_ON_WARN, CLI_FAIL_ON_NEVER };
extern const char *const shelflife_cli_fail_on_words[];

/* The values of the options below. */
struct cli_judging {
    shelflife_day at;
    const char *policy;
    struct cli_list catalogs, inventories;
    bool no_embedded;
    struct shelflife_sources_remote_options remote;
    struct cli_list min_serials; /* of `remote` */
    struct cli_registry registry;
    size_t fail_on; /* CLI_FAIL_ON_… */
};

#define CLI_OPTION_AT(at_target)                                                                             \
    {                                                                                                        \
        .name = "at", .type = CLI_DAY, .argument = "DATE", .target = (at_target),                            \
        .help = "judge as of this date, YYYY-MM-DD, instead of today (UTC)"                                  \
    }

#define CLI_OPTIONS_SOURCES(policy_target, catalogs_target, no_embedded_target)                              \
    {.name = "policy",                                                                                       \
     .type = CLI_TEXT,                                                                                       \
     .argument = "FILE",                                                                                     \
     .target = (policy_target),                                                                              \
     .help = "use the policy in this file (not a pipe) instead of the built-in one"},                        \
        CLI_OPTIONS_CATALOGS(catalogs_target, no_embedded_target)

#define CLI_OPTIONS_CATALOGS(catalogs_target, no_embedded_target)                                            \
    {.name = "catalog",                                                                                      \
     .type = CLI_LIST,                                                                                       \
     .argument = "FILE|DIR|URL",                                                                             \
     .target = (catalogs_target),                                                                            \
     .help = "add a catalog file, all catalogs in a directory, or a signed\n"                                \
             "catalog at an https:// URL or in a registry\n"                                                 \
             "(oci://HOST/REPOSITORY:TAG). A catalog replaces the built-in one\n"                            \
             "of the same name. Can be repeated"},                                                           \
    {                                                                                                        \
        .name = "no-embedded", .type = CLI_FLAG, .target = (no_embedded_target),                             \
        .help = "do not use the built-in catalogs"                                                           \
    }

#define CLI_OPTION_INVENTORY(inventories_target)                                                             \
    {                                                                                                        \
        .name = "inventory", .type = CLI_LIST, .argument = "FILE|DIR|URL", .target = (inventories_target),   \
        .help = "know images by what was found in them: an inventory file, also\n"                           \
                "with .gz, all those in a directory, or a signed one in a\n"                                 \
                "registry (oci://HOST/REPOSITORY:TAG). Can be repeated"                                      \
    }

#define CLI_OPTION_MAX_CATALOG(bytes_target)                                                                 \
    {                                                                                                        \
        .name = "max-catalog", .type = CLI_SIZE, .argument = "BYTES", .target = (bytes_target),              \
        .min = SHELFLIFE_SOURCES_FETCH_SMALL, .max = SHELFLIFE_SOURCES_FETCH_MAX,                            \
        .help = "largest accepted catalog at a URL, decompressed; the default is\n"                          \
                "8Mi"                                                                                        \
    }

#define CLI_OPTIONS_REMOTE(remote, min_serials_target)                                                       \
    {.name = "catalog-key",                                                                                  \
     .type = CLI_TEXT,                                                                                       \
     .argument = "FILE",                                                                                     \
     .target = &(remote)->key_file,                                                                          \
     .help = "public key (PEM) that verifies catalogs at URLs; the\n"                                        \
             "signature of each is at URL.sig, or beside it in the registry"},                               \
        {.name = "ca-file",                                                                                  \
         .type = CLI_TEXT,                                                                                   \
         .argument = "FILE",                                                                                 \
         .target = &(remote)->ca_file,                                                                       \
         .help = "trust these CAs (PEM) for catalog URLs instead of the system's"},                          \
        CLI_OPTION_MAX_CATALOG(&(remote)->max_bytes),                                                        \
        {.name = "min-serial",                                                                               \
         .type = CLI_LIST,                                                                                   \
         .argument = "NAME=SERIAL",                                                                          \
         .target = (min_serials_target),                                                                     \
         .help = "reject editions of this catalog with a lower serial from URLs, as\n"                       \
                 "those that are older than the built-in one are. Can be repeated"},                         \
    {                                                                                                        \
        .name = "cache-dir", .type = CLI_TEXT, .argument = "DIR", .target = &(remote)->cache_dir,            \
        .help = "save the last valid copy of each catalog here. It is used while\n"                          \
                "the URL cannot be reached. Catalogs that are older than this\n"                             \
                "copy are rejected"                                                                          \
    }

/* To judge by catalogs and policy, without --fail-on. */
#define CLI_OPTIONS_LISTING(judging)                                                                         \
    CLI_OPTION_AT(&(judging)->at),                                                                           \
        CLI_OPTIONS_SOURCES(&(judging)->policy, &(judging)->catalogs, &(judging)->no_embedded),              \
        CLI_OPTIONS_REMOTE(&(judging)->remote, &(judging)->min_serials),                                     \
        CLI_OPTIONS_REGISTRY_ACCESS(&(judging)->registry)

#define CLI_OPTIONS_JUDGING(judging)                                                                         \
    CLI_OPTIONS_LISTING(judging), CLI_OPTION_INVENTORY(&(judging)->inventories),                             \
    {                                                                                                        \
        .name = "fail-on", .type = CLI_WORD, .argument = "ACTION", .target = &(judging)->fail_on,            \
        .words = shelflife_cli_fail_on_words,                                                                \
        .help = "exit with 1 if an image is denied (deny), or denied or warned\n"                            \
                "about (warn); the default is never"                                                         \
    }

/* The defaults: today, and --fail-on never. */
struct cli_judging shelflife_cli_judging(void);
void shelflife_cli_judging_free(struct cli_judging *judging);

/* Loads policy and catalogs. Prints a warning for each name in the policy that no catalog has. */
struct shelflife_sources_snapshot *shelflife_cli_load(const struct cli_judging *judging, error *err);

/* Whether --fail-on names this action or a milder one. */
bool shelflife_cli_fails(const struct cli_judging *judging, enum shelflife_action action);

#endif
