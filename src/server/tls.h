/*
 * Credentials of the TLS port: serving certificate, key and client CA, with a count of references. A
 * connection uses the credentials that were current when it was accepted until it is closed, so a swap
 * affects only new connections.
 */
#ifndef SHELFLIFE_SERVER_TLS_H
#define SHELFLIFE_SERVER_TLS_H

#include <gnutls/gnutls.h>

#include "server/config.h"

/* TLS 1.3 and 1.2. */
#define SHELFLIFE_SERVER_TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct shelflife_credentials;

/*
 * Reads the files. Refuses a certificate that does not belong to the key, or that at `now` (seconds since the
 * epoch) has expired or is not valid yet; for the latter *begins is the time from which it is valid,
 * otherwise 0. The result can be shared (sources/shared.h) and has one reference, the caller's.
 */
struct shelflife_credentials *shelflife_server_credentials_load(
    const struct shelflife_server_tls_files *files, int64_t now, int64_t *begins, error *err);
/* The same from memory: PEM of the certificate with its chain, and of its key. The client CA is read from its
   file; NULL: none. */
struct shelflife_credentials *shelflife_server_credentials_make(str certificate, str key,
                                                                const char *client_ca, int64_t now,
                                                                error *err);

/* When the certificate expires, in seconds since the epoch; 0 for NULL. */
int64_t shelflife_server_credentials_expiry(const struct shelflife_credentials *credentials);

/* Sets the credentials of a session before its handshake. With a client CA, the session requires a client
   certificate, and calls `verify` to check it. */
bool shelflife_server_credentials_attach(struct shelflife_credentials *credentials, gnutls_session_t session,
                                         gnutls_certificate_verify_function *verify);

/* Whether only clients with a certificate of the client CA get through the handshake. */
bool shelflife_server_credentials_require_client(const struct shelflife_credentials *credentials);

/* Whether the client's certificate is signed by the client CA, valid, and meant for clients. Otherwise *why
   is a short reason for the log. */
bool shelflife_server_credentials_verify(gnutls_session_t session, const char **why);

#endif
