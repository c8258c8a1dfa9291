#include "pki/openssl.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

bool shelflife_pki_fail(error *err, enum shelflife_error_kind kind, const char *what)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    if (code && ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
        return shelflife_fail_memory(err);
    return reason ? shelflife_fail(err, kind, "%s: %s", what, reason) : shelflife_fail(err, kind, "%s", what);
}

void shelflife_pki_wipe(buffer *secret)
{
    OPENSSL_cleanse(secret->at, secret->capacity);
    shelflife_buffer_free(secret);
}

static BIO *read_from(str pem, error *err)
{
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
    CLEANUP(pki_cleanup_bio) BIO *in = read_from(pem, err);
    if (!in)
        return NULL;
    X509 *certificate = PEM_read_bio_X509(in, NULL, shelflife_pki_refuse_passphrase, NULL);
    if (!certificate)
        shelflife_pki_fail(err, SHELFLIFE_ERROR_INPUT,
                           "not a certificate in PEM form (\"-----BEGIN CERTIFICATE-----\")");
    return certificate;
}

EVP_PKEY *shelflife_pki_parse_key(str pem, error *err)
{
    CLEANUP(pki_cleanup_bio) BIO *in = read_from(pem, err);
    if (!in)
        return NULL;
    bool asked = false;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, shelflife_pki_refuse_passphrase, &asked);
    if (!key)
        shelflife_pki_fail_key(err, SHELFLIFE_ERROR_INPUT, asked,
                               "not a private key in PEM form (\"-----BEGIN PRIVATE KEY-----\")");
    return key;
}
