#include "pki/openssl.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

/*
 * OpenSSL does not always say that it had no memory: what it was doing then fails as "unsupported" or "no
 * such extension", and a sound certificate would pass for a broken one. So its allocations are watched.
 */
static _Thread_local bool lacked_memory;

static void *watch(void *memory, size_t size)
{
    lacked_memory |= !memory && size;
    return memory;
}

static void *watched_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return watch(malloc(size), size);
}

static void *watched_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return watch(realloc(old, size), size);
}

static void watched_free(void *memory, const char *file, int line)
{
    (void)file, (void)line;
    free(memory);
}

/* OpenSSL takes other functions only before it has allocated anything, which other libraries make it do. */
__attribute__((constructor)) static void watch_allocations(void)
{
    CRYPTO_set_mem_functions(watched_malloc, watched_realloc, watched_free);
}

bool shelflife_pki_lacked_memory(void)
{
    bool lacked = lacked_memory;
    lacked_memory = false;
    return lacked;
}

bool shelflife_pki_fail(error *err, enum shelflife_error_kind kind, const char *what)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    if (shelflife_pki_lacked_memory())
        return shelflife_fail_memory(err);
    return reason ? shelflife_fail(err, kind, "%s: %s", what, reason) : shelflife_fail(err, kind, "%s", what);
}

BIO *shelflife_pki_open(str pem, error *err)
{
    lacked_memory = false;
    BIO *in = pem.len <= INT32_MAX ? BIO_new_mem_buf(pki_octets(pem), (int)pem.len) : NULL;
    if (!in)
        shelflife_fail_memory(err);
    return in;
}

int shelflife_pki_refuse_passphrase(char *text, int size, int writing, void *asked)
{
    (void)writing;
    if (size > 0)
        text[0] = '\0';
    if (asked)
        *(bool *)asked = true;
    return -1;
}

bool shelflife_pki_fail_key(error *err, enum shelflife_error_kind kind, bool asked, const char *what)
{
    if (!asked)
        return shelflife_pki_fail(err, kind, what);
    ERR_clear_error();
    return shelflife_fail(err, kind,
                          "the key is protected by a passphrase; remove it first: "
                          "openssl pkey -in KEY -out NEW-KEY");
}

X509 *shelflife_pki_parse_certificate(str pem, error *err)
{
    CLEANUP(pki_cleanup_bio) BIO *in = shelflife_pki_open(pem, err);
    if (!in)
        return NULL;
    CLEANUP(pki_cleanup_x509)
    X509 *certificate = PEM_read_bio_X509(in, NULL, shelflife_pki_refuse_passphrase, NULL);
    /* A certificate that was read without memory may lack its public key. */
    if (certificate && shelflife_pki_lacked_memory())
        shelflife_fail_memory(err);
    else if (!certificate)
        shelflife_pki_fail(err, SHELFLIFE_ERROR_INPUT,
                           "not a certificate in PEM format (\"-----BEGIN CERTIFICATE-----\")");
    else
        return pki_take_x509(&certificate);
    return NULL;
}

EVP_PKEY *shelflife_pki_parse_key(str pem, error *err)
{
    CLEANUP(pki_cleanup_bio) BIO *in = shelflife_pki_open(pem, err);
    if (!in)
        return NULL;
    bool asked = false;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, shelflife_pki_refuse_passphrase, &asked);
    if (!key)
        shelflife_pki_fail_key(err, SHELFLIFE_ERROR_INPUT, asked,
                               "not a private key in PEM format (\"-----BEGIN PRIVATE KEY-----\")");
    return key;
}

struct shelflife_dependency shelflife_pki_dependency(void)
{
    return (struct shelflife_dependency){"OpenSSL", OPENSSL_VERSION_STR,
                                         OpenSSL_version(OPENSSL_VERSION_STRING)};
}
