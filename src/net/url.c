#include "net/url.h"

#include <arpa/inet.h>
#include <strings.h>

static size_t find_any(str s, const char *set)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] && strchr(set, s.at[i]))
            return i;
    return s.len;
}

static size_t after_scheme(str url)
{
    for (size_t i = 0; i + 3 <= url.len; i++)
        if (memcmp(url.at + i, "://", 3) == 0)
            return i + 3;
    return 0;
}

const char *shelflife_url_shown(const char *url, char shown[SHELFLIFE_URL_SHOWN_MAX])
{
    str all = shelflife_str_of(url);
    str scheme = shelflife_str_first(all, after_scheme(all));
    str rest = shelflife_str_after(all, scheme.len);
    rest = shelflife_str_first(rest, find_any(rest, "?#"));
    /* A slash or backslash may stand in a password that somebody forgot to encode: look for the last "@"
       of all, and lose a path that has one rather than show a secret. */
    size_t at = shelflife_str_find_last(rest, '@');
    if (at != SIZE_MAX)
        rest = shelflife_str_after(rest, at + 1);
    scheme.len = shelflife_utf8_cut(scheme, 16);
    bool cut = rest.len > SHELFLIFE_URL_SHOWN_MAX - 32;
    rest.len = shelflife_utf8_cut(rest, SHELFLIFE_URL_SHOWN_MAX - 32);
    snprintf(shown, SHELFLIFE_URL_SHOWN_MAX, "%.*s%.*s%s", STR_PRINT(scheme), STR_PRINT(rest),
             cut ? "…" : "");
    return shown;
}

void shelflife_url_encode(buffer *out, str s)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (c && strchr(unreserved, c)) {
            shelflife_buffer_byte(out, (char)c);
        } else {
            const char code[] = {'%', hex[c >> 4], hex[c & 15]};
            shelflife_buffer_append(out, (str){code, sizeof(code)});
        }
    }
}

bool shelflife_url_host(str url, str *host, str *port)
{
    size_t start = after_scheme(url);
    if (start == 0)
        return false;
    str authority = shelflife_str_after(url, start);
    authority = shelflife_str_first(authority, find_any(authority, "/?#"));
    size_t at = shelflife_str_find_last(authority, '@');
    if (at != SIZE_MAX)
        authority = shelflife_str_after(authority, at + 1);
    bool bracket = authority.len && authority.at[0] == '[';
    size_t end = bracket ? shelflife_str_find(authority, ']') : find_any(authority, ":");
    if (end == SIZE_MAX)
        return false;
    *host = bracket ? shelflife_str_after(shelflife_str_first(authority, end), 1)
                    : shelflife_str_first(authority, end);
    str rest = shelflife_str_after(authority, end + bracket);
    *port = shelflife_str_after(rest, 1);
    return host->len > 0 && (rest.len == 0 || rest.at[0] == ':');
}

/* An address as 16 bytes; IPv4 in its place among the IPv6 ones. */
static bool address(str host, unsigned char out[16], unsigned *bits)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    char text[INET6_ADDRSTRLEN];
    if (host.len >= sizeof(text) || shelflife_str_find(host, '\0') != SIZE_MAX)
        return false;
    snprintf(text, sizeof(text), "%.*s", STR_PRINT(host));
    *bits = 128;
    if (inet_pton(AF_INET6, text, out) == 1)
        return true;
    *bits = 32;
    memcpy(out, mapped, sizeof(mapped));
    return inet_pton(AF_INET, text, out + 12) == 1;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static bool equal_fold(str a, str b)
{
    return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
}

/* host is the domain, or a name below it. */
static bool within(str host, str domain)
{
    if (host.len <= domain.len)
        return equal_fold(host, domain);
    str tail = shelflife_str_after(host, host.len - domain.len);
    return domain.len > 0 && host.at[host.len - domain.len - 1] == '.' && equal_fold(tail, domain);
}

bool shelflife_url_is_loopback(str host)
{
    static const unsigned char v6[16] = {[15] = 1};
    static const unsigned char v4[16] = {[10] = 0xff, [11] = 0xff, [12] = 127};
    unsigned char bytes[16];
    unsigned bits;
    if (address(host, bytes, &bits))
        return same_bits(bytes, v6, 128) || same_bits(bytes, v4, 104);
    return within(host, STR("localhost"));
}

static bool network(str entry, const unsigned char bytes[16])
{
    unsigned char base[16];
    unsigned bits, prefix = 0;
    size_t slash = shelflife_str_find(entry, '/');
    if (!address(shelflife_str_first(entry, slash), base, &bits))
        return false;
    if (slash == SIZE_MAX)
        return same_bits(base, bytes, 128);
    str digits = shelflife_str_after(entry, slash + 1);
    if (digits.len == 0 || digits.len > 3)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return false;
        prefix = prefix * 10 + (unsigned)(digits.at[i] - '0');
    }
    return prefix <= bits && same_bits(base, bytes, 128 - bits + prefix);
}

static bool covers(str entry, str host)
{
    unsigned char bytes[16];
    unsigned bits;
    if (shelflife_str_equal(entry, STR("*")))
        return true;
    if (address(host, bytes, &bits))
        return network(entry, bytes);
    if (shelflife_str_starts(entry, STR(".")))
        entry = shelflife_str_after(entry, 1);
    return entry.len > 0 && within(host, entry);
}

bool shelflife_url_bypasses_proxy(str host, const char *no_proxy)
{
    if (shelflife_url_is_loopback(host))
        return true;
    str rest = shelflife_str_of(no_proxy);
    while (rest.len) {
        size_t end = find_any(rest, ", \t");
        if (end > 0 && covers(shelflife_str_first(rest, end), host))
            return true;
        rest = shelflife_str_after(rest, end + 1);
    }
    return false;
}
