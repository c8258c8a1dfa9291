#include "net/url.h"
#include "base/ascii.h"

#include <arpa/inet.h>
#include <curl/curl.h>

static size_t find_any(str s, const char *set)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] && strchr(set, s.at[i]))
            return i;
    return s.len;
}

static size_t span(str s, const char *set)
{
    size_t i = 0;
    while (i < s.len && s.at[i] && strchr(set, s.at[i]))
        i++;
    return i;
}

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* The length of "scheme://"; 0 if the URL does not begin with one. */
static size_t after_scheme(str url)
{
    enum { LONGEST = 13 };
    size_t end = span(url, LETTERS DIGITS "+-.");
    return end > 0 && end <= LONGEST && shelflife_str_starts(shelflife_str_after(url, end), STR("://"))
               ? end + 3
               : 0;
}

/* "host", "host:port" or "[address]:port". Anything else may be the beginning of "user:password". */
static bool is_host_and_port(str s)
{
    bool bracket = shelflife_str_starts(s, STR("["));
    if (bracket) {
        s = shelflife_str_after(s, 1);
        s = shelflife_str_after(s, span(s, DIGITS "ABCDEFabcdef:."));
        s = shelflife_str_after(s, shelflife_str_starts(s, STR("]")));
    } else {
        s = shelflife_str_after(s, find_any(s, ":%[]"));
    }
    str port = shelflife_str_after(s, 1);
    return s.len == 0 || (s.at[0] == ':' && span(port, DIGITS) == port.len);
}

/* What follows the last "@" before a "?" or "#". A "/" or "\" may belong to a password, so an "@" in a path
   costs the path before it. */
static str after_user(str rest, bool *had_user)
{
    size_t at = shelflife_str_find_last(rest, '@');
    *had_user = at != SIZE_MAX;
    return *had_user ? shelflife_str_after(rest, at + 1) : rest;
}

/* The host and path; "…" if they may be part of a password: "user:a?b@host" may be host "user" with
   port "a" and a query, or a password with an "?" in it. */
static str host_and_path(str rest)
{
    size_t query = find_any(rest, "?#");
    bool had_user;
    str shown = after_user(shelflife_str_first(rest, query), &had_user);
    return shelflife_str_find(shelflife_str_after(rest, query), '@') == SIZE_MAX &&
                   is_host_and_port(shelflife_str_first(shown, find_any(shown, "/\\")))
               ? shown
               : STR("…");
}

const char *shelflife_net_url_shown(const char *url, char shown[SHELFLIFE_NET_URL_SHOWN_MAX])
{
    str all = shelflife_str_of(url);
    str scheme = shelflife_str_first(all, after_scheme(all));
    str rest = host_and_path(shelflife_str_after(all, scheme.len));
    bool cut = rest.len > SHELFLIFE_NET_URL_SHOWN_MAX - 32;
    rest.len = shelflife_utf8_cut(rest, SHELFLIFE_NET_URL_SHOWN_MAX - 32);
    snprintf(shown, SHELFLIFE_NET_URL_SHOWN_MAX, "%.*s%.*s%s", STR_PRINT(scheme), STR_PRINT(rest),
             cut ? "…" : "");
    return shown;
}

bool shelflife_net_url_unambiguous(const char *url)
{
    str all = shelflife_str_of(url);
    str rest = shelflife_str_after(all, after_scheme(all));
    size_t end = find_any(rest, "/\\?#");
    str authority = shelflife_str_first(rest, end);
    bool had_user;
    str host = after_user(authority, &had_user);
    return shelflife_str_find(shelflife_str_after(rest, end), '@') == SIZE_MAX && is_host_and_port(host) &&
           (!had_user || shelflife_str_find(authority, '@') == authority.len - host.len - 1);
}

void shelflife_net_url_encode(buffer *out, str s)
{
    static const char unreserved[] = LETTERS DIGITS "-._~";
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

bool shelflife_net_url_host(str url, str *host, str *port)
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

static void cleanup_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static bool lacks_user(CURLU *url)
{
    char *user = NULL, *password = NULL;
    bool lacks = curl_url_get(url, CURLUPART_USER, &user, 0) == CURLUE_NO_USER &&
                 curl_url_get(url, CURLUPART_PASSWORD, &password, 0) == CURLUE_NO_PASSWORD;
    curl_free(user);
    curl_free(password);
    return lacks;
}

bool shelflife_net_url_resolve(const char *base, str reference, buffer *out)
{
    CLEANUP(cleanup_url) CURLU *url = curl_url();
    CLEANUP(shelflife_buffer_free) buffer text;
    char *whole = NULL;
    shelflife_buffer_init(&text, reference.len + 1);
    shelflife_buffer_append(&text, reference);
    shelflife_buffer_byte(&text, '\0');
    if (!url || text.failed || shelflife_str_find(reference, '\0') != SIZE_MAX ||
        curl_url_set(url, CURLUPART_URL, base, 0) || curl_url_set(url, CURLUPART_URL, text.at, 0) ||
        !lacks_user(url) || curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0) ||
        curl_url_get(url, CURLUPART_URL, &whole, 0))
        return false;
    shelflife_buffer_append(out, shelflife_str_of(whole));
    curl_free(whole);
    return !out->failed;
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

/* host is the domain, or a name below it. */
static bool within(str host, str domain)
{
    if (host.len <= domain.len)
        return ascii_equal_fold(host, domain);
    str tail = shelflife_str_after(host, host.len - domain.len);
    return domain.len > 0 && host.at[host.len - domain.len - 1] == '.' && ascii_equal_fold(tail, domain);
}

bool shelflife_net_url_is_loopback(str host)
{
    static const unsigned char v6[16] = {[15] = 1};
    static const unsigned char v4[16] = {[10] = 0xff, [11] = 0xff, [12] = 127};
    unsigned char bytes[16];
    unsigned bits;
    if (address(host, bytes, &bits))
        return same_bits(bytes, v6, 128) || same_bits(bytes, v4, 104);
    return within(host, STR("localhost"));
}

enum shelflife_net_place shelflife_net_url_place(str host)
{
#define V4 [10] = 0xff, [11] = 0xff
    static const struct {
        unsigned char bytes[16];
        unsigned bits;
        enum shelflife_net_place place;
    } places[] = {
        {{V4, [12] = 127}, 104, SHELFLIFE_NET_LOOPBACK},
        {{V4}, 104, SHELFLIFE_NET_LOOPBACK}, /* 0.0.0.0 connects to this machine */
        {{0}, 127, SHELFLIFE_NET_LOOPBACK},  /* :: and ::1 */
        {{V4, [12] = 169, [13] = 254}, 112, SHELFLIFE_NET_LINK_LOCAL},
        {{[1] = 0x64, [2] = 0xff, [3] = 0x9b, [12] = 169, [13] = 254},
         112,
         SHELFLIFE_NET_LINK_LOCAL}, /* NAT64 */
        {{0xfe, 0x80}, 10, SHELFLIFE_NET_LINK_LOCAL},
        {{0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54}, 128, SHELFLIFE_NET_LINK_LOCAL},
    };
#undef V4
    unsigned char bytes[16];
    unsigned bits;
    host = shelflife_str_first(host, shelflife_str_find(host, '%')); /* an interface */
    if (!address(host, bytes, &bits))
        return shelflife_net_url_is_loopback(host) ? SHELFLIFE_NET_LOOPBACK : SHELFLIFE_NET_ELSEWHERE;
    for (size_t i = 0; i < COUNT(places); i++)
        if (same_bits(bytes, places[i].bytes, places[i].bits))
            return places[i].place;
    return SHELFLIFE_NET_ELSEWHERE;
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

bool shelflife_net_url_bypasses_proxy(str host, const char *no_proxy)
{
    if (shelflife_net_url_is_loopback(host))
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
