/* Detached signatures. */
#include "pki/pki_internal.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

enum { SIGNATURE_MAX = 256, TEXT_MAX = 1024 };

static void cleanup_context(EVP_MD_CTX **p)
{
    EVP_MD_CTX_free(*p);
}

/* The hash that a key signs with; *ok is false if it is of a kind that we do not take. */
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
    return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                          "the key must be an Ed25519 or an ECDSA P-256 key, and is another kind");
}

/* OpenSSL's signing interfaces take any pointer for bytes, also where there are none. */
static const unsigned char *octets(str s)
{
    return (const unsigned char *)(s.at ? s.at : "");
}

static bool append_base64(const unsigned char *bytes, size_t len, buffer *out, error *err)
{
    unsigned char text[SIGNATURE_MAX * 4 / 3 + 8];
    int n = EVP_EncodeBlock(text, bytes, (int)len);
    shelflife_buffer_append(out, (str){(const char *)text, (size_t)n});
    return !out->failed || shelflife_fail_memory(err);
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
        EVP_DigestSign(context, raw, &len, octets(bytes), bytes.len) != 1)
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_IO, "cannot sign");
    return append_base64(raw, len, signature, err);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* OpenSSL's own decoder passes over what it does not know, so the text is looked at first. */
static bool is_base64(str text)
{
    size_t padding = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        bool digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
                     c == '/';
        padding += c == '=';
        if (c == '=' ? padding > 2 : !digit || padding > 0)
            return false;
    }
    return text.len > 0 && text.len % 4 == 0 && text.len <= TEXT_MAX;
}

static bool decode(str text, unsigned char raw[TEXT_MAX], size_t *len, error *err)
{
    while (text.len && is_space(text.at[0]))
        text = shelflife_str_after(text, 1);
    while (text.len && is_space(text.at[text.len - 1]))
        text.len--;
    int n = is_base64(text) ? EVP_DecodeBlock(raw, octets(text), (int)text.len) : -1;
    if (n < 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "the signature must be base64 on one line");
    *len = (size_t)n - shelflife_str_ends(text, STR("=")) - shelflife_str_ends(text, STR("=="));
    return true;
}

static EVP_PKEY *parse_public_key(str pem, error *err)
{
    CLEANUP(pki_cleanup_bio)
    BIO *in = pem.len <= INT32_MAX ? BIO_new_mem_buf(octets(pem), (int)pem.len) : NULL;
    bool asked = false;
    EVP_PKEY *key = in ? PEM_read_bio_PUBKEY(in, NULL, shelflife_pki_refuse_passphrase, &asked) : NULL;
    if (!in)
        shelflife_fail_memory(err);
    else if (!key)
        shelflife_pki_fail_key(err, SHELFLIFE_ERROR_USAGE, asked,
                               "not a public key in PEM form (\"-----BEGIN PUBLIC KEY-----\")");
    return key;
}

bool shelflife_pki_verify(str key_pem, str bytes, str signature, error *err)
{
    bool known;
    unsigned char raw[TEXT_MAX];
    size_t len = 0;
    CLEANUP(pki_cleanup_pkey) EVP_PKEY *key = parse_public_key(key_pem, err);
    if (!key)
        return false;
    const EVP_MD *hash = hash_for(key, &known);
    if (!known)
        return fail_kind(err);
    if (!decode(signature, raw, &len, err))
        return false;
    CLEANUP(cleanup_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestVerifyInit(context, NULL, hash, NULL, key) != 1)
        return shelflife_pki_fail(err, SHELFLIFE_ERROR_IO, "cannot verify");
    bool ok = EVP_DigestVerify(context, raw, len, octets(bytes), bytes.len) == 1;
    /* Why it is none, OpenSSL knows only in terms of numbers. */
    ERR_clear_error();
    return ok ||
           shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                          "the signature is not this key's over these bytes: another key signed them, or "
                          "they were changed");
}
