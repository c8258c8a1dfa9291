/* Detached signatures. */
#include "pki/openssl.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

enum { SIGNATURE_MAX = 256, TEXT_MAX = 1024 };

static void cleanup_context(EVP_MD_CTX **p)
{
    EVP_MD_CTX_free(*p);
}

/* The hash that a key signs with; *ok is false for an unsupported kind of key. */
static const EVP_MD *hash_for(EVP_PKEY *key, bool *ok)
{
    char group[32] = "";
    size_t len = 0;
    *ok = true;
    if (EVP_PKEY_is_a(key, "ED25519"))
        return NULL;
    if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), &len) == 1 &&
        strcmp(group, SN_X9_62_prime256v1) == 0)
        return EVP_sha256();
    *ok = false;
    return NULL;
}

static bool fail_kind(error *err)
{
    if (shelflife_pki_lacked_memory())
        return shelflife_fail_memory(err);
    return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "the key must be an Ed25519 or an ECDSA P-256 key");
}

bool shelflife_pki_sign(str key_pem, str bytes, buffer *signature, error *err)
{
    bool known;
    unsigned char raw[SIGNATURE_MAX];
    size_t len = sizeof(raw);
    CLEANUP(pki_cleanup_pkey) EVP_PKEY *key = shelflife_pki_parse_key(key_pem, err);
    if (!key)
        return false;
    const EVP_MD *hash = hash_for(key, &known);
    if (!known)
        return fail_kind(err);
    CLEANUP(cleanup_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestSignInit(context, NULL, hash, NULL, key) != 1 ||
        EVP_DigestSign(context, raw, &len, pki_octets(bytes), bytes.len) != 1)
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_IO, "cannot sign");
    shelflife_pki_base64_encode((str){(const char *)raw, len}, signature);
    return !signature->failed || shelflife_fail_memory(err);
}

static bool decode(str text, arena *memory, str *raw, error *err)
{
    bool valid;
    text = shelflife_str_trim(text);
    for (size_t i = 0; i < text.len; i++)
        if (shelflife_is_space(text.at[i]))
            text.len = 0;
    if (text.len && text.len <= TEXT_MAX && !shelflife_pki_base64_decode(text, memory, raw, &valid))
        return shelflife_arena_fail(memory, err);
    return (text.len && text.len <= TEXT_MAX && valid) ||
           shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "the signature must be base64 on one line");
}

static EVP_PKEY *parse_public_key(str pem, error *err)
{
    CLEANUP(pki_cleanup_bio)
    BIO *in = shelflife_pki_open(pem, err);
    bool asked = false;
    EVP_PKEY *key = in ? PEM_read_bio_PUBKEY(in, NULL, shelflife_pki_refuse_passphrase, &asked) : NULL;
    if (in && !key)
        shelflife_pki_fail_key(err, SHELFLIFE_ERROR_USAGE, asked,
                               "not a public key in PEM format (\"-----BEGIN PUBLIC KEY-----\")");
    return key;
}

static bool verify(EVP_PKEY *key, str bytes, str signature, error *err)
{
    bool known;
    str raw = {0};
    CLEANUP(shelflife_arena_free) arena memory;
    shelflife_arena_init(&memory, 4 * TEXT_MAX);
    const EVP_MD *hash = hash_for(key, &known);
    if (!known)
        return fail_kind(err);
    if (!decode(signature, &memory, &raw, err))
        return false;
    CLEANUP(cleanup_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestVerifyInit(context, NULL, hash, NULL, key) != 1)
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_IO, "cannot verify");
    bool ok = EVP_DigestVerify(context, pki_octets(raw), raw.len, pki_octets(bytes), bytes.len) == 1;
    /* OpenSSL's reason would not help. */
    ERR_clear_error();
    if (!ok && shelflife_pki_lacked_memory())
        return shelflife_fail_memory(err);
    return ok ||
           shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                          "the signature does not match: it was made with another key, or the content was "
                          "changed");
}

bool shelflife_pki_verify(str key_pem, str bytes, str signature, error *err)
{
    CLEANUP(pki_cleanup_pkey) EVP_PKEY *key = parse_public_key(key_pem, err);
    return key && verify(key, bytes, signature, err);
}

bool shelflife_pki_verify_own(str key_pem, str bytes, str signature, error *err)
{
    CLEANUP(pki_cleanup_pkey) EVP_PKEY *key = shelflife_pki_parse_key(key_pem, err);
    return key && verify(key, bytes, signature, err);
}
