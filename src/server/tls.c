#include "server/tls.h"

#include <gnutls/x509.h>

#include "file/file.h"
#include "pki/pki.h"
#include "sources/shared.h"

enum { PEM_MAX = 1 << 20, DETAILS_MAX = 256 << 10 };

struct shelflife_credentials {
    struct shelflife_sources_shared shared;
    gnutls_certificate_credentials_t gnutls;
    bool client_ca;
    int64_t expiry;
};

/* PEM texts, with what to call them in errors. */
struct pem {
    str certificate, key, client_ca;
    const struct shelflife_server_tls_files *names;
};

static gnutls_datum_t datum_of(str pem)
{
    gnutls_datum_t datum = {NULL, (unsigned)pem.len};
    memcpy(&datum.data, &pem.at, sizeof(pem.at)); /* GnuTLS only reads it, but asks for what is not const */
    return datum;
}

static bool fail_gnutls(error *err, const char *path, int code)
{
    if (code == GNUTLS_E_MEMORY_ERROR)
        return shelflife_fail_memory(err);
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: %s", path, gnutls_strerror(code));
}

static bool check_life(const struct shelflife_pki_certificate *certificate, const char *path, int64_t now,
                       error *err)
{
    char day[SHELFLIFE_DAY_TEXT_MAX], begin[SHELFLIFE_TIME_TEXT_MAX];
    if (certificate->not_after <= now)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: the certificate expired on %s", path,
                              shelflife_day_format(shelflife_day_of_seconds(certificate->not_after), day));
    if (certificate->not_before <= now)
        return true;
    shelflife_time_format(certificate->not_before, ' ', begin);
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: the certificate is not valid before %s UTC", path,
                          begin);
}

static bool check_certificate(struct shelflife_credentials *credentials, const struct pem *pem, int64_t now,
                              int64_t *begins, error *err)
{
    CLEANUP(shelflife_arena_free) arena details;
    shelflife_arena_init(&details, DETAILS_MAX);
    struct shelflife_pki_certificate read;
    if (!shelflife_pki_read_certificate(pem->certificate, &details, &read, err))
        return shelflife_error_prefix(err, "%s", pem->names->certificate);
    if (!shelflife_pki_match(pem->certificate, pem->key, err))
        return shelflife_error_prefix(err, "%s, %s", pem->names->certificate, pem->names->key);
    credentials->expiry = read.not_after;
    *begins = read.not_before > now ? read.not_before : 0;
    return check_life(&read, pem->names->certificate, now, err);
}

static bool fill(struct shelflife_credentials *credentials, const struct pem *pem, error *err)
{
    gnutls_datum_t certificate = datum_of(pem->certificate), key = datum_of(pem->key);
    int code = gnutls_certificate_set_x509_key_mem2(credentials->gnutls, &certificate, &key,
                                                    GNUTLS_X509_FMT_PEM, NULL, 0);
    if (code < 0)
        return fail_gnutls(err, pem->names->certificate, code);
    if (!pem->names->client_ca)
        return true;
    gnutls_datum_t client_ca = datum_of(pem->client_ca);
    code = gnutls_certificate_set_x509_trust_mem(credentials->gnutls, &client_ca, GNUTLS_X509_FMT_PEM);
    if (code == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: contains no certificate in PEM format",
                              pem->names->client_ca);
    credentials->client_ca = true;
    return code > 0 || fail_gnutls(err, pem->names->client_ca, code);
}

static void destroy(void *object)
{
    struct shelflife_credentials *credentials = object;
    gnutls_certificate_free_credentials(credentials->gnutls);
    free(credentials);
}

static struct shelflife_credentials *make(const struct pem *pem, int64_t now, int64_t *begins, error *err)
{
    struct shelflife_credentials *credentials = calloc(1, sizeof(*credentials));
    if (!credentials || gnutls_certificate_allocate_credentials(&credentials->gnutls) < 0) {
        free(credentials);
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_sources_share(credentials, destroy);
    if (check_certificate(credentials, pem, now, begins, err) && fill(credentials, pem, err))
        return credentials;
    shelflife_sources_release(credentials);
    return NULL;
}

struct shelflife_credentials *shelflife_server_credentials_load(
    const struct shelflife_server_tls_files *files, int64_t now, int64_t *begins, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer certificate, key, client_ca;
    shelflife_buffer_init(&certificate, PEM_MAX);
    shelflife_buffer_init(&client_ca, PEM_MAX);
    shelflife_buffer_init(&key, PEM_MAX);
    key.secret = true;
    *begins = 0;
    if (!shelflife_file_read(files->certificate, &certificate, err) ||
        !shelflife_file_read(files->key, &key, err) ||
        (files->client_ca && !shelflife_file_read(files->client_ca, &client_ca, err)))
        return NULL;
    const struct pem pem = {shelflife_buffer_str(&certificate), shelflife_buffer_str(&key),
                            shelflife_buffer_str(&client_ca), files};
    return make(&pem, now, begins, err);
}

struct shelflife_credentials *shelflife_server_credentials_make(str certificate, str key,
                                                                const char *client_ca, int64_t now,
                                                                error *err)
{
    const struct shelflife_server_tls_files names = {"the certificate", "its key", client_ca};
    CLEANUP(shelflife_buffer_free) buffer ca;
    shelflife_buffer_init(&ca, PEM_MAX);
    if (client_ca && !shelflife_file_read(client_ca, &ca, err))
        return NULL;
    const struct pem pem = {certificate, key, shelflife_buffer_str(&ca), &names};
    int64_t begins;
    return make(&pem, now, &begins, err);
}

int64_t shelflife_server_credentials_expiry(const struct shelflife_credentials *credentials)
{
    return credentials ? credentials->expiry : 0;
}

bool shelflife_server_credentials_attach(struct shelflife_credentials *credentials, gnutls_session_t session,
                                         gnutls_certificate_verify_function *verify)
{
    if (gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials->gnutls) < 0)
        return false;
    if (credentials->client_ca) {
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
        gnutls_session_set_verify_function(session, verify);
    }
    return true;
}

bool shelflife_server_credentials_require_client(const struct shelflife_credentials *credentials)
{
    return credentials && credentials->client_ca;
}

bool shelflife_server_credentials_verify(gnutls_session_t session, const char **why)
{
    static const struct {
        unsigned status;
        const char *why;
    } reasons[] = {
        {GNUTLS_CERT_SIGNER_NOT_FOUND, "not signed by the client CA"},
        {GNUTLS_CERT_SIGNER_NOT_CA, "signed by a certificate that is not a CA"},
        {GNUTLS_CERT_EXPIRED, "expired"},
        {GNUTLS_CERT_NOT_ACTIVATED, "not yet valid"},
        {GNUTLS_CERT_PURPOSE_MISMATCH, "not meant for clients"},
        {GNUTLS_CERT_INSECURE_ALGORITHM, "insecure algorithm"},
    };
    static const char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
    unsigned char oid[sizeof(purpose)]; /* GnuTLS only reads it, but asks for what is not const */
    memcpy(oid, purpose, sizeof(purpose));
    gnutls_typed_vdata_st wanted = {GNUTLS_DT_KEY_PURPOSE_OID, oid, 0};
    unsigned status = 0;
    *why = "cannot be verified";
    if (gnutls_certificate_verify_peers(session, &wanted, 1, &status) < 0)
        return false;
    for (size_t i = 0; status && i < COUNT(reasons); i++)
        if (status & reasons[i].status) {
            *why = reasons[i].why;
            break;
        }
    return status == 0;
}
