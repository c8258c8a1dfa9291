/*
 * Credentials of the TLS port: serving certificate, key and client CA in one reference-counted bundle.
 * Every connection gets the bundle that is current when it starts and keeps it until it is closed, so a
 * swap concerns no connection that exists. The room's only use of GnuTLS beside connection.c.
 */
#ifndef SHELFLIFE_SERVER_TLS_H
#define SHELFLIFE_SERVER_TLS_H

#include <gnutls/gnutls.h>
#include <pthread.h>

#include "base/base.h"

struct shelflife_server_tls_files; /* server.h */

/* TLS 1.3 and 1.2, nothing older. */
#define SHELFLIFE_SERVER_TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct shelflife_credentials;

/*
 * Reads the files. Refuses a certificate that is not the key's, or that at `now` (seconds since the epoch) is
 * over or has not begun; then *begins is when it does, and else 0. The result has one reference, the
 * caller's.
 */
struct shelflife_credentials *shelflife_server_credentials_load(
    const struct shelflife_server_tls_files *files, int64_t now, int64_t *begins, error *err);
/* The same from memory: PEM of the certificate with its chain, and of its key. Of `files` only the client CA
   counts. */
struct shelflife_credentials *shelflife_server_credentials_make(
    str certificate, str key, const struct shelflife_server_tls_files *files, int64_t now, error *err);
void shelflife_server_credentials_release(struct shelflife_credentials *credentials); /* NULL is fine */

/* The end of the certificate's life, in seconds since the epoch; 0 for NULL. */
int64_t shelflife_server_credentials_expiry(const struct shelflife_credentials *credentials);

/* Makes a session that has not begun its handshake use the bundle; with a client CA the session then
   demands a certificate, and `verify` is called to check it. */
bool shelflife_server_credentials_attach(struct shelflife_credentials *credentials, gnutls_session_t session,
                                         gnutls_certificate_verify_function *verify);

/* Whether the peer's certificate is signed by the client CA, valid, and meant for clients. Else *why is a
   word or two for the log. */
bool shelflife_server_credentials_verify(gnutls_session_t session, const char **why);

/* The bundle in use; none as long as nothing could be made one of. */
struct shelflife_server_current_credentials {
    pthread_mutex_t lock;
    struct shelflife_credentials *credentials;
};

/* Takes over the caller's reference. */
void shelflife_server_current_credentials_init(struct shelflife_server_current_credentials *current,
                                               struct shelflife_credentials *credentials);
void shelflife_server_current_credentials_swap(struct shelflife_server_current_credentials *current,
                                               struct shelflife_credentials *credentials);
void shelflife_server_current_credentials_free(struct shelflife_server_current_credentials *current);
/* A reference for the caller, to release; NULL if there is none. */
struct shelflife_credentials *shelflife_server_current_credentials_take(
    struct shelflife_server_current_credentials *current);

#endif
