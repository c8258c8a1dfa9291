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

/* ---- Digests of registries ---- */

static const struct algorithm {
    str prefix;
    size_t digits;
    const EVP_MD *(*function)(void);
} algorithms[] = {{STR_INIT("sha256:"), 64, EVP_sha256}, {STR_INIT("sha512:"), 128, EVP_sha512}};

struct shelflife_pki_hasher {
    EVP_MD_CTX *context;
    const struct algorithm *algorithm;
};

static const struct algorithm *algorithm_of(str digest)
{
    for (size_t i = 0; i < COUNT(algorithms); i++)
        if (shelflife_str_starts(digest, algorithms[i].prefix))
            return &algorithms[i];
    return NULL;
}

bool shelflife_pki_digest_is_valid(str digest)
{
    const struct algorithm *algorithm = algorithm_of(digest);
    if (!algorithm || digest.len != algorithm->prefix.len + algorithm->digits)
        return false;
    for (size_t i = algorithm->prefix.len; i < digest.len; i++)
        if (!(digest.at[i] >= '0' && digest.at[i] <= '9') && !(digest.at[i] >= 'a' && digest.at[i] <= 'f'))
            return false;
    return true;
}

struct shelflife_pki_hasher *shelflife_pki_hasher_new(str like, error *err)
{
    const struct algorithm *algorithm = algorithm_of(like);
    struct shelflife_pki_hasher *hasher = shelflife_calloc(1, sizeof(*hasher));
    if (!hasher) {
        shelflife_fail_memory(err);
        return NULL;
    }
    hasher->algorithm = algorithm;
    hasher->context = EVP_MD_CTX_new();
    if (hasher->context && EVP_DigestInit_ex2(hasher->context, algorithm->function(), NULL) == 1)
        return hasher;
    shelflife_pki_fail(err, SHELFLIFE_ERROR_IO, "cannot compute a digest");
    shelflife_pki_hasher_free(hasher);
    return NULL;
}

void shelflife_pki_hasher_free(struct shelflife_pki_hasher *hasher)
{
    if (!hasher)
        return;
    EVP_MD_CTX_free(hasher->context);
    shelflife_free(hasher);
}

bool shelflife_pki_hasher_add(struct shelflife_pki_hasher *hasher, str bytes, error *err)
{
    return EVP_DigestUpdate(hasher->context, bytes.at, bytes.len) == 1 ||
           shelflife_pki_fail(err, SHELFLIFE_ERROR_IO, "cannot compute a digest");
}

bool shelflife_pki_hasher_end(struct shelflife_pki_hasher *hasher, char digest[SHELFLIFE_PKI_DIGEST_TEXT_MAX],
                              error *err)
{
    unsigned char hash[EVP_MAX_MD_SIZE] = {0};
    unsigned length = 0;
    if (EVP_DigestFinal_ex(hasher->context, hash, &length) != 1 || 2 * length != hasher->algorithm->digits)
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_IO, "cannot compute a digest");
    char *at = shelflife_copy(digest, hasher->algorithm->prefix.at, hasher->algorithm->prefix.len);
    for (unsigned i = 0; i < length; i++, at += 2)
        snprintf(at, 3, "%02x", hash[i]);
    return true;
}

bool shelflife_pki_digest_check(str bytes, str expected, bool *equal, error *err)
{
    char digest[SHELFLIFE_PKI_DIGEST_TEXT_MAX];
    CLEANUP(cleanup_pki_hasher) struct shelflife_pki_hasher *hasher = shelflife_pki_hasher_new(expected, err);
    if (!hasher || !shelflife_pki_hasher_add(hasher, bytes, err) ||
        !shelflife_pki_hasher_end(hasher, digest, err))
        return false;
    *equal = shelflife_str_equal(shelflife_str_of(digest), expected);
    return true;
}
