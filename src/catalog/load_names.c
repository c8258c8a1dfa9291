/* Reads prefixes and names of images: mirrors and covers. */
#include "catalog/load.h"

#include "shelflife/reference.h"

/* Checks that `example`, an image name made from `text`, is normalized. */
static bool check_normal(struct catalog_loader *l, struct node node, str text, str example, size_t suffix)
{
    struct shelflife_reference reference;
    error why;
    shelflife_arena_reset(&l->scratch);
    if (!shelflife_reference_parse(example, &l->scratch, &reference, &why)) {
        if (why.kind != SHELFLIFE_ERROR_INPUT)
            return shelflife_fail(l->err, why.kind, "%s", why.text);
        return shelflife_node_fail(node, l->err, "\"%.*s\" is not an image name: %s", STR_PRINT(text),
                                   why.text);
    }
    if (shelflife_str_equal(reference.normalized, example) && shelflife_str_equal(reference.name, example))
        return true;
    str right = shelflife_str_first(reference.name, reference.name.len - suffix);
    return shelflife_node_fail(node, l->err,
                               "\"%.*s\" is compared with normalized names: write it as \"%.*s\"",
                               STR_PRINT(text), STR_PRINT(right));
}

/* The host of a mirror's prefix may have a label "*". */
static bool check_star(struct catalog_loader *l, struct node node, str prefix, bool *starred)
{
    str host = shelflife_str_first(prefix, shelflife_str_find(prefix, '/'));
    size_t labels = 1;
    *starred = false;
    for (size_t i = 0; i < host.len; i++) {
        labels += host.at[i] == '.';
        if (host.at[i] != '*')
            continue;
        bool whole = (i == 0 || host.at[i - 1] == '.') && (i + 1 == host.len || host.at[i + 1] == '.');
        if (*starred || !whole)
            return shelflife_node_fail(
                node, l->err, "\"%.*s\": only one label of the host may be \"*\", and only the whole label",
                STR_PRINT(prefix));
        *starred = true;
    }
    if (*starred && labels > CATALOG_HOST_LABELS_MAX)
        return shelflife_node_fail(node, l->err,
                                   "a host with \"*\" may have at most %d labels, but this one has %zu",
                                   CATALOG_HOST_LABELS_MAX, labels);
    return true;
}

/* A host, or a host and a path, without a "/" at the end. */
static bool check_prefix(struct catalog_loader *l, struct node node, str prefix, bool may_star)
{
    static const str suffix = STR_INIT("/x/x");
    char example[CATALOG_NAME_MAX_BYTES + 4];
    bool starred = false;
    if (prefix.len > CATALOG_NAME_MAX_BYTES)
        return shelflife_node_fail(node, l->err, "a prefix may have at most %d bytes, but this one has %zu",
                                   CATALOG_NAME_MAX_BYTES, prefix.len);
    if (shelflife_str_ends(prefix, STR("/")))
        return shelflife_node_fail(node, l->err, "\"%.*s\": leave out the \"/\" at the end",
                                   STR_PRINT(prefix));
    if (may_star && !check_star(l, node, prefix, &starred))
        return false;
    shelflife_copy(example, prefix.at, prefix.len);
    shelflife_copy(example + prefix.len, suffix.at, suffix.len);
    size_t star = shelflife_str_find(prefix, '*');
    if (starred)
        example[star] = 'x';
    return check_normal(l, node, prefix, (str){example, prefix.len + suffix.len}, suffix.len);
}

static bool read_prefix(struct catalog_loader *l, struct node node, bool may_star, str *out)
{
    str s;
    return shelflife_node_string(node, &s, l->err) && check_prefix(l, node, s, may_star) &&
           shelflife_catalog_load_keep(l, s, out);
}

static bool read_aliases(struct catalog_loader *l, struct node aliases, str canonical)
{
    if (!shelflife_node_array(aliases, l->err))
        return false;
    for (size_t i = 0; i < shelflife_node_count(aliases); i++) {
        struct node node;
        struct catalog_mirror *mirror = CATALOG_VECTOR_ADD(&l->content->mirrors);
        if (!mirror)
            return shelflife_fail_memory(l->err);
        mirror->canonical = canonical;
        if (!shelflife_node_at(&aliases, i, &node) || !read_prefix(l, node, true, &mirror->alias))
            return false;
    }
    return true;
}

bool shelflife_catalog_load_mirrors(struct catalog_loader *l, const struct node *root)
{
    struct node mirrors;
    if (!shelflife_node_get(root, "mirrors", &mirrors))
        return true;
    if (!shelflife_node_map(mirrors, l->err))
        return false;
    for (size_t i = 0; i < shelflife_node_count(mirrors); i++) {
        struct node aliases;
        str canonical;
        if (!shelflife_node_at(&mirrors, i, &aliases))
            return false;
        str key = shelflife_str_of(aliases.key);
        if (!check_prefix(l, aliases, key, false) || !shelflife_catalog_load_keep(l, key, &canonical) ||
            !read_aliases(l, aliases, canonical))
            return false;
    }
    return true;
}

bool shelflife_catalog_load_covers(struct catalog_loader *l, const struct node *root)
{
    struct node covers, node;
    size_t count;
    if (!shelflife_catalog_load_array(l, root, "covers", &covers, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct catalog_spelling *cover = CATALOG_VECTOR_ADD(&l->content->covers);
        if (!cover)
            return shelflife_fail_memory(l->err);
        if (!shelflife_node_at(&covers, i, &node) || !read_prefix(l, node, false, &cover->text))
            return false;
    }
    return true;
}

static bool read_feed(struct catalog_loader *l, const struct node *feed)
{
    static const char *const known[] = {"format", "url", "products", "identifiers"};
    struct node format, url, products, name;
    str text;
    bool flag;
    if (!shelflife_node_map(*feed, l->err) || !shelflife_node_known(*feed, known, COUNT(known), l->err))
        return false;
    if (!shelflife_node_get(feed, "format", &format))
        return shelflife_catalog_load_missing(l, *feed, "format", "\"endoflife\"");
    if (!shelflife_node_get(feed, "url", &url))
        return shelflife_catalog_load_missing(l, *feed, "url", "the URL of the dates");
    if (!shelflife_catalog_load_word(l, format, CATALOG_WORD_NAME, &text) ||
        !shelflife_node_string(url, &text, l->err) ||
        !shelflife_catalog_load_flag(l, feed, "identifiers", &flag))
        return false;
    if (!shelflife_node_get(feed, "products", &products))
        return true;
    if (!shelflife_node_map(products, l->err))
        return false;
    for (size_t i = 0; shelflife_node_at(&products, i, &name); i++)
        if (!shelflife_node_string(name, &text, l->err))
            return false;
    return true;
}

bool shelflife_catalog_load_feeds(struct catalog_loader *l, const struct node *root)
{
    struct node feeds, feed;
    size_t count;
    if (!shelflife_catalog_load_array(l, root, "feeds", &feeds, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!shelflife_node_at(&feeds, i, &feed) || !read_feed(l, &feed))
            return false;
    return true;
}

bool shelflife_catalog_load_example(struct catalog_loader *l, struct node node, str text, bool fields)
{
    char example[CATALOG_NAME_MAX_BYTES];
    size_t len = shelflife_catalog_pattern_example(text, example);
    if (check_normal(l, node, text, (str){example, len}, 0))
        return true;
    if (!fields || (l->err && l->err->kind != SHELFLIFE_ERROR_INPUT))
        return false;
    /* The fields are replaced by "x" here, so the error cannot quote the correct name. */
    return shelflife_node_fail(
        node, l->err,
        "\"%.*s\" is compared with normalized names: lower case, host first, Docker Hub "
        "as docker.io",
        STR_PRINT(shelflife_str_first(text, 200)));
}
