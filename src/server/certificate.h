/*
 * The certificate that is served, with its key and the client CA: read from files, and again when they
 * change; or provided by the caller of the server, then only the client CA is a file.
 */
#ifndef SHELFLIFE_SERVER_CERTIFICATE_H
#define SHELFLIFE_SERVER_CERTIFICATE_H

#include "server/tls.h"
#include "sources/reload.h"
#include "sources/shared.h"

struct shelflife_server_certificate {
    const struct shelflife_server_tls_files *files;
    bool from_caller;
    struct shelflife_sources_current current; /* struct shelflife_credentials */
    struct shelflife_sources_reload reload;
    int64_t begins; /* when the certificate in the files, refused as not valid yet, becomes valid; else 0 */
    /* What the caller provided, for when the file of the client CA changes. */
    struct {
        pthread_mutex_t lock;
        buffer certificate, key;
        int64_t now;
    } provided;
};

void shelflife_server_certificate_init(struct shelflife_server_certificate *certificate,
                                       const struct shelflife_server_config *config,
                                       struct shelflife_log *log);
void shelflife_server_certificate_free(struct shelflife_server_certificate *certificate);

/* Reads the files for the first time. */
bool shelflife_server_certificate_load(struct shelflife_server_certificate *certificate,
                                       error *err) SHELFLIFE_MUST_CHECK;

/* Reads files that have changed, or with `all` every file. */
void shelflife_server_certificate_check(struct shelflife_server_certificate *certificate, bool all);

/* Uses the caller's certificate from now on: see shelflife_server_set_certificate(). */
bool shelflife_server_certificate_set(struct shelflife_server_certificate *certificate, str pem, str key,
                                      int64_t now, error *err);

/* A reference to the credentials for a new connection, to release; NULL if there are none yet. */
struct shelflife_credentials *shelflife_server_certificate_take(
    struct shelflife_server_certificate *certificate);

/* When it expires, in seconds since the epoch; 0 if there is none yet. */
int64_t shelflife_server_certificate_expiry(struct shelflife_server_certificate *certificate);

/* Whether there is a certificate that has not expired; appends lines for /readyz?verbose. From any thread. */
bool shelflife_server_certificate_ready(struct shelflife_server_certificate *certificate, buffer *lines);

#endif
