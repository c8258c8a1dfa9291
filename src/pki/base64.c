#include "base/ascii.h"
#include "pki/openssl.h"

void shelflife_pki_base64_encode(str bytes, buffer *out)
{
    size_t need = bytes.len / 3 * 4 + 4;
    if (bytes.len > INT32_MAX / 2 || !shelflife_buffer_reserve(out, need + 1)) { /* it adds a NUL */
        out->failed = true;
        return;
    }
    int n = EVP_EncodeBlock((unsigned char *)out->at + out->len, pki_octets(bytes), (int)bytes.len);
    out->len += (size_t)n;
}

/* OpenSSL's decoder skips what it does not know, so the text is checked first. */
static bool is_valid(str text)
{
    size_t padding = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        bool digit = ascii_is_alphanumeric(c) || c == '+' || c == '/';
        padding += c == '=';
        if (c == '=' ? padding > 2 : !digit || padding > 0)
            return false;
    }
    return text.len % 4 == 0 && text.len <= INT32_MAX;
}

/* Copies the text without white space. */
static bool squeeze(str text, arena *memory, str *out)
{
    char *copy = shelflife_arena_alloc(memory, text.len);
    size_t n = 0;
    if (!copy)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!shelflife_is_space(text.at[i]))
            copy[n++] = text.at[i];
    *out = (str){copy, n};
    return true;
}

bool shelflife_pki_base64_decode(str text, arena *memory, str *out, bool *valid)
{
    str digits;
    if (!squeeze(text, memory, &digits))
        return false;
    size_t padding = (size_t)shelflife_str_ends(digits, STR("=")) + shelflife_str_ends(digits, STR("=="));
    char *bytes = shelflife_arena_alloc(memory, digits.len / 4 * 3 + 1);
    if (!bytes)
        return false;
    *out = (str){bytes, 0};
    *valid = is_valid(digits);
    if (!*valid || digits.len == 0)
        return true;
    int n = EVP_DecodeBlock((unsigned char *)bytes, pki_octets(digits), (int)digits.len);
    *valid = n >= 0;
    if (*valid)
        out->len = (size_t)n - padding;
    bytes[out->len] = '\0';
    return true;
}
