/* Checks whether the patterns and names of a policy can match anything. */
#include "policy/internal.h"
#include "reference/host.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

enum { HOST_MEMORY_MAX = 65536 }; /* memory for reading a pattern's host, in bytes */

static bool contains(const char *set, char c)
{
    return c && strchr(set, c);
}

/* The position of the first character that is not in the set, or SIZE_MAX. */
static size_t stranger(str s, const char *set)
{
    for (size_t i = 0; i < s.len; i++)
        if (!contains(set, s.at[i]))
            return i;
    return SIZE_MAX;
}

static bool check_characters(struct node node, str s, const char *set, const char *rule, error *err)
{
    size_t i = stranger(s, set);
    if (i == SIZE_MAX)
        return true;
    size_t end = i;
    shelflife_utf8_next(s, &end);
    return shelflife_node_fail(node, err, "\"%.*s\" is not allowed here: %s", (int)(end - i), s.at + i, rule);
}

static bool has_any_run(str pattern)
{
    for (size_t i = 1; i < pattern.len; i++)
        if (pattern.at[i] == '*' && pattern.at[i - 1] == '*')
            return true;
    return false;
}

static str first_segment(str s)
{
    return shelflife_str_first(s, shelflife_str_find(s, '/'));
}

/* Writes a host as in normalized references. Returns false if it is not a host. */
static bool normalize_host(str host, arena *a, str *out, error *err)
{
    struct shelflife_reference reference;
    str image;
    if (!shelflife_arena_format(a, &image, "%.*s/x/x", STR_PRINT(host)))
        return shelflife_arena_fail(a, err);
    if (!shelflife_reference_parse(image, a, &reference, err))
        return false;
    *out = reference.registry;
    return true;
}

static void cleanup_arena(arena *a)
{
    shelflife_arena_free(a);
}

static bool check_pattern_host(struct node node, str pattern, str host, error *err)
{
    CLEANUP(cleanup_arena) arena a;
    error why = {0};
    str normal = {0};
    shelflife_arena_init(&a, HOST_MEMORY_MAX);
    if (!normalize_host(host, &a, &normal, &why)) {
        if (why.kind != SHELFLIFE_ERROR_INPUT)
            return shelflife_fail(err, why.kind, "%s", why.text);
        return shelflife_node_fail(node, err, "\"%.*s\" is not a registry host: %s", STR_PRINT(host),
                                   why.text);
    }
    str rest = shelflife_str_after(pattern, host.len);
    if (!shelflife_str_equal(host, normal))
        return shelflife_node_fail(node, err,
                                   "can never match, as references are compared in their full form: write "
                                   "\"%.*s%.*s\"",
                                   STR_PRINT(normal), STR_PRINT(rest));
    bool one_segment = shelflife_str_find(shelflife_str_after(rest, 1), '/') == SIZE_MAX;
    if (shelflife_str_equal(host, STR("docker.io")) && one_segment && !has_any_run(rest))
        return shelflife_node_fail(node, err,
                                   "can never match, as references are compared in their full form: write "
                                   "\"docker.io/library%.*s\"",
                                   STR_PRINT(rest));
    return true;
}

bool shelflife_policy_validate_image_pattern(struct node node, str pattern, error *err)
{
    static const char set[] = LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "._-:/@[]+*";
    if (pattern.len > SHELFLIFE_POLICY_GLOB_MAX)
        return shelflife_node_fail(node, err, "is longer than %d bytes", SHELFLIFE_POLICY_GLOB_MAX);
    if (!check_characters(
            node, pattern, set,
            "a pattern is an image reference, with * for any characters except \"/\", and ** for "
            "any characters",
            err))
        return false;
    str head = first_segment(pattern);
    bool literal = shelflife_str_find(head, '*') == SIZE_MAX;
    bool alone = head.len == pattern.len;
    if (literal && !alone && shelflife_reference_is_host(head))
        return check_pattern_host(node, pattern, head, err);
    if (literal)
        return shelflife_node_fail(node, err,
                                   "can never match, as references are compared in their full form: write "
                                   "\"docker.io/%s%.*s\"",
                                   alone ? "library/" : "", STR_PRINT(pattern));
    if (alone && !has_any_run(pattern))
        return shelflife_node_fail(node, err,
                                   "can never match, as * does not match \"/\", and every reference has one: "
                                   "write \"**/%.*s\"",
                                   STR_PRINT(pattern));
    return true;
}

bool shelflife_policy_validate_namespace_pattern(struct node node, str pattern, error *err)
{
    if (pattern.len > SHELFLIFE_POLICY_GLOB_MAX)
        return shelflife_node_fail(node, err, "is longer than %d bytes", SHELFLIFE_POLICY_GLOB_MAX);
    return check_characters(
        node, pattern, LOWER DIGITS "-*",
        "a namespace has lower-case letters, digits and \"-\" only, with * for any of them", err);
}

bool shelflife_policy_validate_namespace(struct node node, str name, error *err)
{
    return check_characters(node, name, LOWER DIGITS "-",
                            "a namespace has lower-case letters, digits and \"-\" only", err);
}

bool shelflife_policy_validate_product(struct node node, str text, bool catalog_only,
                                       struct policy_product_name *out, error *err)
{
    const char *rule = catalog_only
                           ? "a catalog is a name such as \"google-dlc\""
                           : "a product is a name such as \"tensorflow\" or \"google-dlc/tensorflow\"";
    if (!check_characters(node, text, LOWER DIGITS "._-/", rule, err))
        return false;
    size_t slash = shelflife_str_find(text, '/');
    if (slash == SIZE_MAX) {
        *out = catalog_only ? (struct policy_product_name){.catalog = text}
                            : (struct policy_product_name){.product = text};
        return true;
    }
    *out =
        (struct policy_product_name){shelflife_str_first(text, slash), shelflife_str_after(text, slash + 1)};
    bool whole = out->catalog.len && out->product.len && shelflife_str_find(out->product, '/') == SIZE_MAX;
    return (whole && !catalog_only) || shelflife_node_fail(node, err, "%s", rule);
}

/* Normalizes the host of a prefix of image names: "HARBOR.example:443/hub/" becomes "harbor.example/hub/". */
bool shelflife_policy_validate_prefix(struct node node, str text, arena *a, str *out, error *err)
{
    struct shelflife_reference reference;
    error why = {0};
    str image;
    if (!shelflife_str_ends(text, STR("/")))
        return shelflife_node_fail(node, err, "must end in \"/\": write \"%.*s/\"", STR_PRINT(text));
    if (!shelflife_reference_is_host(first_segment(text)))
        return shelflife_node_fail(node, err, "must begin with a registry host, such as \"docker.io/\"");
    if (!shelflife_arena_format(a, &image, "%.*sx/x", STR_PRINT(text)))
        return shelflife_arena_fail(a, err);
    if (!shelflife_reference_parse(image, a, &reference, &why)) {
        if (why.kind != SHELFLIFE_ERROR_INPUT)
            return shelflife_fail(err, why.kind, "%s", why.text);
        return shelflife_node_fail(node, err, "is not the beginning of an image name: %s", why.text);
    }
    *out = shelflife_str_first(reference.name, reference.name.len - (sizeof("x/x") - 1));
    return true;
}
