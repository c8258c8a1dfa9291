/*
 * The webhook as a server: HTTPS for reviews, plain HTTP for probes and metrics, reload, drain.
 *
 *     shelflife_server_defaults(&config);
 *     config.tls.certificate = "tls.crt"; config.tls.key = "tls.key";
 *     server = shelflife_server_start(&config, &err);
 *     shelflife_server_run(server);     until SIGTERM or SIGINT
 *     shelflife_server_free(server);
 */
#ifndef SHELFLIFE_SERVER_SERVER_H
#define SHELFLIFE_SERVER_SERVER_H

#include "server/config.h"

struct shelflife_server;

/*
 * Reads all files, binds both ports, and serves. Blocks SIGTERM, SIGINT, SIGHUP and SIGPIPE in the calling
 * thread, so that all threads inherit it: call it before starting threads of your own. The kind of the error
 * is USAGE or INPUT for a bad configuration or file, else IO or MEMORY.
 */
struct shelflife_server *shelflife_server_start(const struct shelflife_server_config *config, error *err);

/* The ports that are bound; 0 for the probes if there are none. */
uint16_t shelflife_server_port(const struct shelflife_server *server);
uint16_t shelflife_server_probe_port(const struct shelflife_server *server);

/*
 * Waits for signals, and checks the files for changes. SIGHUP reads all files again. On SIGTERM or SIGINT it
 * drains, and returns when no client is connected any more or the grace period has ended; a second signal
 * ends the drain at once.
 */
void shelflife_server_run(struct shelflife_server *server);

/*
 * With config.certificate_from_caller: new connections get this certificate from now on, and before the first
 * call none can connect. PEM, copied; `now` is in seconds since the epoch. If the certificate cannot be used,
 * the previous one stays. From any thread.
 */
bool shelflife_server_set_certificate(struct shelflife_server *server, str certificate, str key, int64_t now,
                                      error *err);

/* The server's log, for code that runs beside it. */
struct shelflife_log *shelflife_server_log(struct shelflife_server *server);

/* Reads changed files again, or with `all` every file. For programs that do not call shelflife_server_run().
 */
void shelflife_server_reload(struct shelflife_server *server, bool all);

/* Stops serving, closes all connections, and restores the signals. NULL is fine. */
void shelflife_server_free(struct shelflife_server *server);

#endif
