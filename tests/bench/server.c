/*
 * The webhook's server for benchmarks: prints its port and serves until SIGTERM.
 *
 *     bench_server CERT KEY
 */
#include <stdio.h>

#include "server/server.h"

int main(int argc, char **argv)
{
    struct shelflife_server_config config;
    error err;
    if (argc != 3)
        return 2;
    shelflife_server_defaults(&config);
    config.listen = "127.0.0.1:0";
    config.probe_listen = NULL;
    config.tls.certificate = argv[1];
    config.tls.key = argv[2];
    struct shelflife_server *server = shelflife_server_start(&config, &err);
    if (!server) {
        fprintf(stderr, "%s\n", err.text);
        return 3;
    }
    printf("%u\n", (unsigned)shelflife_server_port(server));
    fflush(stdout);
    shelflife_server_run(server);
    shelflife_server_free(server);
    return 0;
}
