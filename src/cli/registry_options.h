/* The options of commands that ask registries. */
#ifndef SHELFLIFE_CLI_REGISTRY_OPTIONS_H
#define SHELFLIFE_CLI_REGISTRY_OPTIONS_H

#include "cli/options.h"
#include "registry/registry.h"
#include "shelflife/policy.h"

struct cli_registry {
    struct shelflife_registry_options options; /* without plain_http, which cli_registry_options() adds */
    struct cli_list plain_http;
    const char *platform;
};

static inline struct shelflife_registry_options cli_registry_options(const struct cli_registry *registry,
                                                                     const atomic_bool *cancel)
{
    struct shelflife_registry_options options = registry->options;
    options.plain_http = registry->plain_http.at;
    options.plain_http_count = registry->plain_http.count;
    options.cancel = cancel;
    return options;
}

/* The same for images, which may be in the policy's mirrors as well. */
static inline struct shelflife_registry_options cli_image_options(const struct cli_registry *registry,
                                                                  const struct shelflife_policy *policy,
                                                                  const atomic_bool *cancel)
{
    struct shelflife_registry_options options = cli_registry_options(registry, cancel);
    options.mirrors = shelflife_policy_mirrors(policy, &options.mirror_count);
    return options;
}

#define CLI_OPTIONS_REGISTRY(registry) CLI_OPTION_PLATFORM(registry), CLI_OPTIONS_REGISTRY_ACCESS(registry)

#define CLI_OPTION_PLATFORM(registry)                                                                        \
    {                                                                                                        \
        .name = "platform", .type = CLI_TEXT, .argument = "OS/ARCH[/VARIANT]",                               \
        .target = &(registry)->platform,                                                                     \
        .help = "inspect the image of this platform, if there are several; the\n"                            \
                "default is linux/amd64"                                                                     \
    }

/* Without the platform: for what is not an image. */
#define CLI_OPTIONS_REGISTRY_ACCESS(registry)                                                                \
    {.name = "auth-file",                                                                                    \
     .type = CLI_TEXT,                                                                                       \
     .argument = "FILE",                                                                                     \
     .target = &(registry)->options.auth_file,                                                               \
     .help = "credentials of registries, as Docker and Podman write them; the\n"                             \
             "default is REGISTRY_AUTH_FILE, or else the files that these use"},                             \
        {.name = "registry-ca",                                                                              \
         .type = CLI_TEXT,                                                                                   \
         .argument = "FILE",                                                                                 \
         .target = &(registry)->options.ca_file,                                                             \
         .help = "trust these CAs (PEM) for registries instead of the system's"},                            \
        {.name = "plain-http",                                                                               \
         .type = CLI_LIST,                                                                                   \
         .argument = "HOST[:PORT]",                                                                          \
         .target = &(registry)->plain_http,                                                                  \
         .help = "this registry may be asked over HTTP, without TLS. Can be\n"                               \
                 "repeated. Those on this machine always may"},                                              \
    {                                                                                                        \
        .name = "hosts-dir", .type = CLI_TEXT, .argument = "DIR", .target = &(registry)->options.hosts_dir,  \
        .help = "mirrors and CAs of registries: directories HOST with a hosts.toml,\n"                       \
                "as containerd reads them"                                                                   \
    }

#endif
