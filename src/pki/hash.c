#include "pki/openssl.h"

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
