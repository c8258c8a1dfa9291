#include "pki/openssl.h"

static void cleanup_digest(EVP_MD_CTX **p)
{
    EVP_MD_CTX_free(*p);
}

bool shelflife_pki_sha256_bytes(const str *parts, size_t count,
                                unsigned char digest[SHELFLIFE_PKI_SHA256_BYTES], error *err)
{
    CLEANUP(cleanup_digest) EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context && EVP_DigestInit_ex2(context, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; ok && i < count; i++)
        ok = EVP_DigestUpdate(context, parts[i].at, parts[i].len) == 1;
    if (!ok || EVP_DigestFinal_ex(context, digest, NULL) != 1)
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_IO, "cannot compute a SHA-256 hash");
    return true;
}

bool shelflife_pki_sha256(const str *parts, size_t count, char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX], error *err)
{
    unsigned char digest[SHELFLIFE_PKI_SHA256_BYTES] = {0};
    if (!shelflife_pki_sha256_bytes(parts, count, digest, err))
        return false;
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return true;
}
