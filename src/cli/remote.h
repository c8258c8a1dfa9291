/* Catalogs from URLs for the commands: options, what people are told, and the server's supplier. */
#ifndef SHELFLIFE_CLI_REMOTE_H
#define SHELFLIFE_CLI_REMOTE_H

#include "base/status.h"
#include "cli/options.h"
#include "log/log.h"
#include "sources/remote.h"
#include "sources/snapshot.h"

struct cli_remote_options {
    const char *key, *ca_file, *cache_dir;
    unsigned interval; /* milliseconds; for a server */
};

struct cli_remote {
    struct shelflife_remotes *remotes; /* NULL: no catalog is at a URL */
    struct cli_list urls, files;       /* what --catalog named */
    struct shelflife_catalog_provider supplier;
    struct shelflife_status_provider status; /* of the catalogs, for the server */
    struct shelflife_log log;                /* a server's; not used by commands that end */
    bool logging;
    bool network; /* is started */
};

/* Takes the URLs out of what --catalog named, checks that there is a key for them, and starts what they need:
   polling for a server, else one attempt for each. On success remote->files are the others, and
   remote->supplier the catalogs. `log` NULL: troubles are told on stderr, for people. */
bool shelflife_cli_remote_start(struct cli_remote *remote, const struct cli_list *catalogs,
                                const struct cli_remote_options *options,
                                const enum shelflife_log_format *log, error *err);
void shelflife_cli_remote_free(struct cli_remote *remote);

/* The supplier, or NULL if there are no URLs. */
const struct shelflife_catalog_provider *shelflife_cli_remote_supplier(const struct cli_remote *remote);

#endif
