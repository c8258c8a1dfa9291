#include "pki/pki_internal.h"

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

static void cleanup_digest(EVP_MD_CTX **p)
{
    EVP_MD_CTX_free(*p);
}

bool shelflife_pki_sha256(const str *parts, size_t count, char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX], error *err)
{
    CLEANUP(cleanup_digest) EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context && EVP_DigestInit_ex2(context, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; ok && i < count; i++)
        ok = EVP_DigestUpdate(context, parts[i].at, parts[i].len) == 1;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (!ok || EVP_DigestFinal_ex(context, digest, &len) != 1)
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_IO, "cannot compute a SHA-256 hash");
    for (unsigned i = 0; i < len; i++)
        snprintf(hex + (size_t)2 * i, 3, "%02x", digest[i]);
    return true;
}

static BIO *read_from(str pem, error *err)
{
    BIO *in = pem.len <= INT32_MAX ? BIO_new_mem_buf(pem.at ? pem.at : "", (int)pem.len) : NULL;
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

bool shelflife_pki_match(str pem, str key_pem, error *err)
{
    CLEANUP(pki_cleanup_x509) X509 *certificate = shelflife_pki_parse_certificate(pem, err);
    if (!certificate)
        return false;
    CLEANUP(pki_cleanup_pkey) EVP_PKEY *key = shelflife_pki_parse_key(key_pem, err);
    if (!key)
        return false;
    if (X509_check_private_key(certificate, key) != 1)
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_INPUT, "the key is not the certificate's");
    return true;
}
