#include "shelflife/reference.h"
#include "base/ascii.h"
#include "reference/host.h"

#include "base/base.h"

enum { PATH_MAX_LEN = 255, TAG_MAX_LEN = 128, IMAGE_ID_LEN = 64 };

/* The parts as written; absent ones are empty. */
struct parts {
    str host, path, tag, digest;
};

struct cursor {
    str text;
    size_t at;
    error *err;
};

static bool is_hex(char c)
{
    return ascii_is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_path_alnum(char c)
{
    return ascii_is_lower(c) || ascii_is_digit(c);
}

static bool is_word(char c)
{
    return ascii_is_alphanumeric(c) || c == '_';
}

/* The byte at the cursor, or NUL at the end. No part of a reference may contain a NUL. */
static char peek(const struct cursor *c)
{
    if (c->at < c->text.len)
        return c->text.at[c->at];
    return '\0';
}

static str since(const struct cursor *c, size_t start)
{
    return (str){c->text.at + start, c->at - start};
}

/* Fails with "byte 7, "L": <rule>", which names the byte at the cursor and what is allowed. */
static bool refuse(const struct cursor *c, const char *rule)
{
    unsigned char found = (unsigned char)peek(c);
    if (c->at >= c->text.len)
        return shelflife_fail(c->err, SHELFLIFE_ERROR_INPUT, "byte %zu, the end: %s", c->at + 1, rule);
    if (found < ' ' || found > '~')
        return shelflife_fail(c->err, SHELFLIFE_ERROR_INPUT, "byte %zu, 0x%02x: %s", c->at + 1, found, rule);
    return shelflife_fail(c->err, SHELFLIFE_ERROR_INPUT, "byte %zu, \"%c\": %s", c->at + 1, found, rule);
}

static bool read_ipv6(struct cursor *c)
{
    size_t start = ++c->at;
    while (is_hex(peek(c)) || (peek(c) >= 'A' && peek(c) <= 'F') || peek(c) == ':')
        c->at++;
    if (peek(c) != ']' || c->at == start)
        return refuse(c, "an address in brackets is hex digits and \":\", closed by \"]\"");
    c->at++;
    return true;
}

static bool read_labels(struct cursor *c)
{
    for (;;) {
        if (!ascii_is_alphanumeric(peek(c)))
            return refuse(c, "each label of a registry's host name begins with a letter or digit");
        while (ascii_is_alphanumeric(peek(c)) || peek(c) == '-')
            c->at++;
        if (c->text.at[c->at - 1] == '-') {
            c->at--;
            return refuse(c, "a label of a registry's host name ends in a letter or digit");
        }
        if (peek(c) != '.')
            return true;
        c->at++;
    }
}

/* host [":" port], up to the "/" after it. */
static bool read_host(struct cursor *c, str *host)
{
    size_t start = c->at;
    if (peek(c) == '[' ? !read_ipv6(c) : !read_labels(c))
        return false;
    if (peek(c) == ':') {
        size_t port = ++c->at;
        while (ascii_is_digit(peek(c)))
            c->at++;
        if (c->at == port || peek(c) != '/')
            return refuse(c, "a port consists of digits (the part before the first \"/\" is a registry if it "
                             "has a \":\"; a tag comes at the end)");
    }
    if (peek(c) != '/')
        return refuse(c,
                      "a registry's host name consists of letters, digits, \"-\" and \".\" (the part before "
                      "the first \"/\" is a registry if it has a \".\", a \":\" or an upper-case letter)");
    *host = since(c, start);
    c->at++;
    return true;
}

/* "." | "_" | "__" | "-"+; false if there is no separator. */
static bool skip_separator(struct cursor *c)
{
    char first = peek(c);
    if (first != '.' && first != '_' && first != '-')
        return false;
    c->at++;
    if (first == '_' && peek(c) == '_')
        c->at++;
    while (first == '-' && peek(c) == '-')
        c->at++;
    return true;
}

static bool read_component(struct cursor *c)
{
    bool first = true;
    do {
        if (ascii_is_upper(peek(c)))
            return refuse(c, "a repository path is in lower case");
        if (!is_path_alnum(peek(c)))
            return refuse(
                c, first ? "each part of a repository path begins with a lower-case letter or digit"
                         : "in a repository path, only one \".\", \"_\" or \"__\", or several \"-\", can "
                           "be between letters or digits");
        while (is_path_alnum(peek(c)))
            c->at++;
        first = false;
    } while (skip_separator(c));
    return true;
}

static bool read_path(struct cursor *c, str *path)
{
    size_t start = c->at;
    for (;;) {
        if (!read_component(c))
            return false;
        if (peek(c) != '/')
            break;
        c->at++;
    }
    *path = since(c, start);
    if (c->at == c->text.len || peek(c) == ':' || peek(c) == '@')
        return true;
    if (ascii_is_upper(peek(c)))
        return refuse(c, "a repository path is in lower case");
    return refuse(c, "a repository path has only lower-case letters, digits, \".\", \"_\", \"-\" and \"/\"; "
                     "after it, \":\" and a tag, or \"@\" and a digest, can follow");
}

static bool read_tag(struct cursor *c, str *tag)
{
    size_t start = ++c->at;
    if (!is_word(peek(c)))
        return refuse(c, "a tag begins with a letter, a digit or \"_\"");
    while (is_word(peek(c)) || peek(c) == '.' || peek(c) == '-') {
        if (c->at - start == TAG_MAX_LEN)
            return refuse(c, "a tag has at most 128 characters");
        c->at++;
    }
    if (c->at != c->text.len && peek(c) != '@')
        return refuse(c,
                      "a tag is letters, digits, \"_\", \".\" and \"-\"; only \"@\" and a digest may follow");
    *tag = since(c, start);
    return true;
}

static bool read_algorithm(struct cursor *c, size_t *hex_digits)
{
    static const struct {
        str name;
        size_t hex_digits;
    } known[] = {{STR_INIT("sha256"), 64}, {STR_INIT("sha384"), 96}, {STR_INIT("sha512"), 128}};
    size_t start = c->at;
    do {
        if (!ascii_is_letter(peek(c)))
            return refuse(c, "a digest begins with its algorithm, such as \"sha256:\"");
        while (ascii_is_alphanumeric(peek(c)))
            c->at++;
    } while ((peek(c) == '-' || peek(c) == '_' || peek(c) == '+' || peek(c) == '.') && ++c->at);
    if (peek(c) != ':')
        return refuse(c, "the algorithm of a digest is followed by \":\"");
    for (size_t i = 0; i < COUNT(known); i++) {
        if (shelflife_str_equal(since(c, start), known[i].name)) {
            *hex_digits = known[i].hex_digits;
            c->at++;
            return true;
        }
    }
    c->at = start;
    return refuse(c, "the algorithm of a digest is sha256, sha384 or sha512");
}

static bool read_digest(struct cursor *c, str *digest)
{
    size_t start = ++c->at, want = 0;
    if (!read_algorithm(c, &want))
        return false;
    size_t first = c->at;
    while (is_hex(peek(c)))
        c->at++;
    size_t have = c->at - first;
    if (c->at != c->text.len && ascii_is_upper(peek(c)))
        return refuse(c, "a digest is in lower case");
    if (c->at != c->text.len)
        return refuse(c, "a digest has only hex digits after \":\", and nothing may follow it");
    *digest = since(c, start);
    if (have == want)
        return true;
    return shelflife_fail(c->err, SHELFLIFE_ERROR_INPUT,
                          "byte %zu, the digest: a %.*s digest has %zu hex digits, this one has %zu",
                          start + 1, 6, digest->at, want, have);
}

static bool is_image_id(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_hex(text.at[i]))
            return false;
    return text.len == IMAGE_ID_LEN;
}

bool shelflife_reference_is_host(str segment)
{
    for (size_t i = 0; i < segment.len; i++)
        if (segment.at[i] == ':' || ascii_is_upper(segment.at[i]))
            return true;
    if (shelflife_str_find(segment, '_') != SIZE_MAX)
        return false;
    return shelflife_str_find(segment, '.') != SIZE_MAX || shelflife_str_equal(segment, STR("localhost"));
}

static bool read_parts(str text, struct parts *parts, error *err)
{
    struct cursor c = {.text = text, .err = err};
    if (text.len == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                              "byte 1, the end: an image reference must not be empty");
    if (is_image_id(text))
        return shelflife_fail(
            err, SHELFLIFE_ERROR_INPUT,
            "byte 1, 64 hex digits: this is an image ID, not a name; give it a tag, or write "
            "\"name@sha256:…\"");
    if (text.len > SHELFLIFE_REFERENCE_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                              "byte %d: an image reference has at most %d characters",
                              SHELFLIFE_REFERENCE_MAX + 1, SHELFLIFE_REFERENCE_MAX);
    size_t slash = shelflife_str_find(text, '/');
    if (slash != SIZE_MAX && shelflife_reference_is_host(shelflife_str_first(text, slash)) &&
        !read_host(&c, &parts->host))
        return false;
    if (!read_path(&c, &parts->path))
        return false;
    if (peek(&c) == ':' && !read_tag(&c, &parts->tag))
        return false;
    return peek(&c) != '@' || read_digest(&c, &parts->digest);
}

static char lower(char c)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    if (ascii_is_upper(c))
        return letters[c - 'A'];
    return c;
}

static bool equal_folded(str host, str lower_case)
{
    if (host.len != lower_case.len)
        return false;
    for (size_t i = 0; i < host.len; i++)
        if (lower(host.at[i]) != lower_case.at[i])
            return false;
    return true;
}

/* A host for comparison, in any case. Without a port it is on the default port. */
struct host {
    str name, port;
};

/* "host:0443" is the same address as "host:443". */
static struct host canonical_host(str text)
{
    static const str docker[] = {STR_INIT("index.docker.io"), STR_INIT("registry-1.docker.io"),
                                 STR_INIT("registry.hub.docker.com"), STR_INIT("")};
    size_t colon = shelflife_str_ends(text, STR("]")) ? SIZE_MAX : shelflife_str_find_last(text, ':');
    struct host host = {shelflife_str_first(text, colon), {0}};
    if (colon != SIZE_MAX) {
        str digits = shelflife_str_after(text, colon + 1);
        while (digits.len > 1 && digits.at[0] == '0')
            digits = shelflife_str_after(digits, 1);
        if (!shelflife_str_equal(digits, STR("443")))
            host.port = digits;
    }
    for (size_t i = 0; i < COUNT(docker) && !host.port.len; i++)
        if (equal_folded(host.name, docker[i]))
            host.name = STR("docker.io");
    return host;
}

static char *append(char *to, str s)
{
    if (s.len)
        shelflife_copy(to, s.at, s.len);
    return to + s.len;
}

/* Joins the normalized parts, and points *out into the result. */
static bool build(const struct parts *parts, struct host host, str prefix, arena *a,
                  struct shelflife_reference *out, error *err)
{
    size_t registry = host.name.len + (host.port.len ? 1 + host.port.len : 0);
    size_t tag = parts->tag.len ? 1 + parts->tag.len : 0;
    size_t digest = parts->digest.len ? 1 + parts->digest.len : 0;
    size_t repository = prefix.len + parts->path.len;
    size_t size = registry + 1 + repository + tag + digest;
    char *text = shelflife_arena_alloc(a, size), *to = text;
    if (!text)
        return shelflife_arena_fail(a, err);
    for (size_t i = 0; i < host.name.len; i++)
        *to++ = lower(host.name.at[i]);
    if (host.port.len) {
        *to++ = ':';
        to = append(to, host.port);
    }
    *to++ = '/';
    to = append(append(to, prefix), parts->path);
    *out = (struct shelflife_reference){.normalized = {text, size},
                                        .name = {text, registry + 1 + repository},
                                        .registry = {text, registry},
                                        .repository = {text + registry + 1, repository}};
    if (tag) {
        *to++ = ':';
        out->tag = (str){to, parts->tag.len};
        to = append(to, parts->tag);
    }
    if (digest) {
        *to++ = '@';
        out->digest = (str){to, parts->digest.len};
        append(to, parts->digest);
    }
    return true;
}

bool shelflife_reference_parse(str text, arena *a, struct shelflife_reference *out, error *err)
{
    struct parts parts = {0};
    if (!read_parts(text, &parts, err))
        return false;
    struct host host = canonical_host(parts.host);
    str prefix = STR("");
    if (!host.port.len && equal_folded(host.name, STR("docker.io")) &&
        shelflife_str_find(parts.path, '/') == SIZE_MAX)
        prefix = STR("library/");
    if (prefix.len + parts.path.len > PATH_MAX_LEN)
        return shelflife_fail(
            err, SHELFLIFE_ERROR_INPUT,
            "byte %zu, the repository path: it has %zu characters%s, at most 255 are allowed",
            (size_t)(parts.path.at - text.at) + 1, prefix.len + parts.path.len,
            prefix.len ? " with its \"library/\"" : "");
    return build(&parts, host, prefix, a, out, err);
}
