#include "registry/platform.h"

#include <ctype.h>

/* Other names of architectures, as uname and Debian write them. */
static const struct {
    str name, architecture, variant;
} aliases[] = {
    {STR_INIT("x86_64"), STR_INIT("amd64"), {0}},
    {STR_INIT("x86-64"), STR_INIT("amd64"), {0}},
    {STR_INIT("i386"), STR_INIT("386"), {0}},
    {STR_INIT("aarch64"), STR_INIT("arm64"), {0}},
    {STR_INIT("armhf"), STR_INIT("arm"), STR_INIT("v7")},
    {STR_INIT("armel"), STR_INIT("arm"), STR_INIT("v6")},
};

/* The variant that is meant without one. */
static const struct {
    str architecture, variant;
} defaults[] = {{STR_INIT("amd64"), STR_INIT("v1")},
                {STR_INIT("arm"), STR_INIT("v7")},
                {STR_INIT("arm64"), STR_INIT("v8")}};

enum { OTHER_ARCHITECTURE = 100 /* is further than any variant */ };

static struct shelflife_registry_platform complete(const struct shelflife_registry_platform *platform)
{
    struct shelflife_registry_platform p = *platform;
    for (size_t i = 0; i < COUNT(aliases); i++)
        if (shelflife_str_equal(p.architecture, aliases[i].name)) {
            p.architecture = aliases[i].architecture;
            if (p.variant.len == 0)
                p.variant = aliases[i].variant;
        }
    if (p.variant.len == 1 && isdigit((unsigned char)p.variant.at[0]))
        for (size_t i = 0; i < COUNT(defaults); i++)
            if (shelflife_str_equal(p.variant, shelflife_str_after(defaults[i].variant, 1)))
                p.variant = defaults[i].variant;
    for (size_t i = 0; i < COUNT(defaults); i++)
        if (p.variant.len == 0 && shelflife_str_equal(p.architecture, defaults[i].architecture))
            p.variant = defaults[i].variant;
    return p;
}

static bool is_word(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!isalnum((unsigned char)s.at[i]) && (s.at[i] == '\0' || !strchr("._-", s.at[i])))
            return false;
    return s.len > 0;
}

/* Takes the text up to the next "/". */
static str take_part(str *rest)
{
    size_t slash = shelflife_str_find(*rest, '/');
    str part = slash == SIZE_MAX ? *rest : shelflife_str_first(*rest, slash);
    *rest = slash == SIZE_MAX ? (str){0} : shelflife_str_after(*rest, slash + 1);
    return part;
}

bool shelflife_registry_platform_parse(str text, struct shelflife_registry_platform *out, error *err)
{
    str rest = text;
    struct shelflife_registry_platform p = {.os = take_part(&rest)};
    p.architecture = take_part(&rest);
    bool variant = rest.len > 0;
    p.variant = rest;
    if (!is_word(p.os) || !is_word(p.architecture) || (variant && !is_word(p.variant)) ||
        shelflife_str_ends(text, STR("/")))
        return shelflife_fail(
            err, SHELFLIFE_ERROR_USAGE,
            "\"%.*s\" is not a platform; write OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT, such "
            "as linux/arm64",
            STR_PRINT(text));
    *out = p;
    return true;
}

bool shelflife_registry_platform_text(const struct shelflife_registry_platform *platform, arena *a, str *out)
{
    *out = (str){0};
    if (platform->os.len == 0 && platform->architecture.len == 0)
        return true;
    return shelflife_arena_format(a, out, "%.*s/%.*s%s%.*s", STR_PRINT(platform->os),
                                  STR_PRINT(platform->architecture), platform->variant.len ? "/" : "",
                                  STR_PRINT(platform->variant));
}

/* 7 of "v7"; 0 for what is no such version. */
static unsigned version_of(str variant)
{
    if (variant.len != 2 || variant.at[0] != 'v' || !isdigit((unsigned char)variant.at[1]))
        return 0;
    return (unsigned)(variant.at[1] - '0');
}

/* Both of one architecture, or what is written as arm/v8 for arm64. */
static size_t variant_distance(str wanted, str offered)
{
    if (shelflife_str_equal(wanted, offered))
        return 0;
    unsigned w = version_of(wanted), o = version_of(offered);
    return w && o && o < w ? w - o : SIZE_MAX;
}

size_t shelflife_registry_platform_distance(const struct shelflife_registry_platform *wanted,
                                            const struct shelflife_registry_platform *offered)
{
    struct shelflife_registry_platform w = complete(wanted), o = complete(offered);
    if (!shelflife_str_equal(w.os, o.os))
        return SIZE_MAX;
    if (shelflife_str_equal(w.architecture, o.architecture))
        return variant_distance(w.variant, o.variant);
    /* 64-bit processors run programs for 32 bits. */
    if (shelflife_str_equal(w.architecture, STR("amd64")) && shelflife_str_equal(o.architecture, STR("386")))
        return OTHER_ARCHITECTURE;
    if (shelflife_str_equal(w.architecture, STR("arm64")) &&
        shelflife_str_equal(o.architecture, STR("arm"))) {
        size_t distance = variant_distance(STR("v8"), o.variant);
        return distance == SIZE_MAX ? distance : OTHER_ARCHITECTURE + distance;
    }
    return SIZE_MAX;
}

bool shelflife_registry_platform_is_unknown(const struct shelflife_registry_platform *platform)
{
    return shelflife_str_equal(platform->os, STR("unknown")) &&
           shelflife_str_equal(platform->architecture, STR("unknown"));
}
