/* Reads the patterns of a product: repositories, tags and parts. */
#include "catalog/load.h"

bool shelflife_catalog_load_know_field(struct catalog_loader *l, struct node node, struct catalog_reading *r,
                                       str name)
{
    for (size_t i = 0; i < r->name_count; i++)
        if (shelflife_str_equal(r->names[i], name))
            return true;
    if (r->name_count == COUNT(r->names))
        return shelflife_node_fail(node, l->err, "a product may have %zu fields at most", COUNT(r->names));
    return shelflife_catalog_load_keep(l, name, &r->names[r->name_count++]);
}

bool shelflife_catalog_load_condition(struct catalog_loader *l, str field, str value)
{
    struct catalog_condition *condition = CATALOG_VECTOR_ADD(&l->content->conditions);
    if (!condition)
        return shelflife_fail_memory(l->err);
    *condition = (struct catalog_condition){field, value};
    return true;
}

/* Reads a list of words, each into the set's `words`. */
static bool read_words(struct catalog_loader *l, const struct node *map, const char *key, uint8_t *count)
{
    struct node array, node;
    size_t all;
    if (!shelflife_catalog_load_array(l, map, key, &array, &all))
        return false;
    if (all > CATALOG_PER_PRODUCT_MAX)
        return shelflife_node_fail(array, l->err, "there may be at most %d words, but there are %zu",
                                   CATALOG_PER_PRODUCT_MAX, all);
    for (size_t i = 0; i < all; i++) {
        str *word = CATALOG_VECTOR_ADD(&l->content->words);
        if (!word)
            return shelflife_fail_memory(l->err);
        if (!shelflife_node_at(&array, i, &node) ||
            !shelflife_catalog_load_word(l, node, CATALOG_WORD_VERSION, word))
            return false;
    }
    *count = (uint8_t)all;
    return true;
}

/* A word with a separator in it could be in no tag. */
static bool check_words(struct catalog_loader *l, const struct node *map, const char *key, uint32_t first,
                        size_t count)
{
    struct node array, node;
    for (size_t i = 0; i < count; i++) {
        const str word = l->content->words.at[first + i];
        for (size_t k = 0; k < word.len; k++)
            if (catalog_is_separator(word.at[k]))
                return shelflife_node_get(map, key, &array) && shelflife_node_at(&array, i, &node) &&
                       shelflife_node_fail(node, l->err,
                                           "\"%.*s\" should be one word: letters and digits, without \"%c\"",
                                           STR_PRINT(word), word.at[k]);
    }
    return true;
}

static bool read_limits(struct catalog_loader *l, const struct node *map, struct catalog_pattern *out)
{
    struct catalog_limits limits = {.words = (uint32_t)l->content->words.count};
    struct node before;
    str reason = {0};
    if (!read_words(l, map, "with", &limits.with) || !read_words(l, map, "without", &limits.without) ||
        !read_words(l, map, "variants", &limits.variants) ||
        !shelflife_catalog_load_optional_word(l, map, "from", CATALOG_WORD_VERSION, &limits.from) ||
        !shelflife_catalog_load_optional_word(l, map, "before", CATALOG_WORD_VERSION, &limits.before) ||
        !shelflife_catalog_load_text(l, map, "reason", &reason))
        return false;
    if (!check_words(l, map, "with", limits.words, limits.with) ||
        !check_words(l, map, "without", limits.words + limits.with, limits.without))
        return false;
    if (limits.from.len && limits.before.len && shelflife_catalog_compare(limits.from, limits.before) >= 0)
        return shelflife_node_get(map, "before", &before) &&
               shelflife_node_fail(before, l->err, "\"%.*s\" should be a later release than `from`, \"%.*s\"",
                                   STR_PRINT(limits.before), STR_PRINT(limits.from));
    if (!limits.with && !limits.without && !limits.variants && !limits.from.len && !limits.before.len)
        return true;
    struct catalog_limits *added = CATALOG_VECTOR_ADD(&l->content->limits);
    if (!added)
        return shelflife_fail_memory(l->err);
    *added = limits;
    out->limits = (uint32_t)(l->content->limits.count - 1);
    return true;
}

bool shelflife_catalog_load_fixed(struct catalog_loader *l, const struct node *map, struct catalog_reading *r,
                                  const str *own, size_t own_count, uint32_t *out)
{
    struct node fields, node;
    size_t count = 0;
    if (!shelflife_node_get(map, "fields", &fields))
        return true;
    if (!shelflife_catalog_load_fields(l, fields, &count))
        return false;
    *out = (uint32_t)l->content->conditions.count;
    for (size_t i = 0; i < count; i++) {
        str value, name;
        if (!shelflife_node_at(&fields, i, &node))
            return false;
        name = shelflife_str_of(node.key);
        for (size_t k = 0; k < own_count; k++)
            if (shelflife_str_equal(own[k], name))
                return shelflife_node_fail(node, l->err, "the pattern already contains {%s}: remove it here",
                                           node.key);
        if (!shelflife_catalog_load_field_name(l, node, name) ||
            !shelflife_catalog_load_know_field(l, node, r, name) ||
            !shelflife_catalog_load_word(l, node, CATALOG_WORD_VALUE, &value) ||
            !shelflife_catalog_load_keep(l, name, &name))
            return false;
        if (value.len == 0)
            return shelflife_node_fail(node, l->err, "leave out a field that has no value");
        if (!shelflife_catalog_load_condition(l, name, value))
            return false;
    }
    return shelflife_catalog_load_condition(l, (str){0}, (str){0});
}

static bool read_fixed(struct catalog_loader *l, const struct node *map, enum catalog_pattern_kind kind,
                       struct catalog_reading *r, struct catalog_pattern *out, const str *own,
                       size_t own_count)
{
    static const char *const of_repository[] = {"pattern", "fields", "from", "before", "variants", "reason"},
                             *const of_tag[] = {"pattern", "with", "without", "fields"};
    bool known = kind == CATALOG_PATTERN_REPOSITORY
                     ? shelflife_node_known(*map, of_repository, COUNT(of_repository), l->err)
                     : shelflife_node_known(*map, of_tag, COUNT(of_tag) - (kind == CATALOG_PATTERN_PART),
                                            l->err); /* a part has no fields */
    if (!known || !read_limits(l, map, out))
        return false;
    return shelflife_catalog_load_fixed(l, map, r, own, own_count, &out->fields);
}

static bool read_pattern(struct catalog_loader *l, struct node node, struct catalog_reading *r,
                         enum catalog_pattern_kind kind, struct catalog_pattern *out)
{
    struct node map = node;
    bool is_map = shelflife_node_type(node) == NODE_MAP;
    if (is_map && !shelflife_node_get(&map, "pattern", &node))
        return shelflife_catalog_load_missing(l, map, "pattern", "{\"pattern\": \"…\", \"fields\": {…}}");
    str text, own[CATALOG_FIELDS_MAX];
    size_t count = 0;
    bool has_version = false;
    if (!shelflife_node_string(node, &text, l->err))
        return false;
    const char *fault = shelflife_catalog_pattern_fault(text, kind, own, &count, &out->head, &has_version);
    if (fault)
        return shelflife_node_fail(node, l->err, "the pattern \"%.*s\" %s",
                                   STR_PRINT(shelflife_str_first(text, 200)), fault);
    if (kind == CATALOG_PATTERN_REPOSITORY) {
        if (!shelflife_catalog_load_example(l, node, text, count > 0 || has_version))
            return false;
        if (r->private) {
            r->private->in_name = r->private->in_name || has_version;
            r->private->in_tag = r->private->in_tag || !has_version;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (!shelflife_catalog_load_know_field(l, node, r, own[i]))
            return false;
    out->product = r->number;
    out->len = (uint16_t)text.len;
    if (!shelflife_catalog_load_keep(l, text, &text))
        return false;
    out->at = text.at;
    return !is_map || read_fixed(l, &map, kind, r, out, own, count);
}

bool shelflife_catalog_load_except_tags(struct catalog_loader *l, const struct node *product,
                                        struct catalog_reading *r)
{
    r->private->except = (uint32_t)l->content->words.count;
    return read_words(l, product, "exceptTags", &r->private->except_count);
}

/* Their patterns have no product. */
bool shelflife_catalog_load_bases(struct catalog_loader *l, const struct node *root)
{
    struct node array, node;
    size_t count;
    if (!shelflife_catalog_load_array(l, root, "bases", &array, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct catalog_reading none = {.number = CATALOG_TABLE_NONE};
        struct catalog_pattern *pattern = CATALOG_VECTOR_ADD(&l->content->repositories);
        if (!pattern)
            return shelflife_fail_memory(l->err);
        if (!shelflife_node_at(&array, i, &node) ||
            !read_pattern(l, node, &none, CATALOG_PATTERN_REPOSITORY, pattern))
            return false;
    }
    return true;
}

bool shelflife_catalog_load_repositories(struct catalog_loader *l, const struct node *product,
                                         struct catalog_reading *r)
{
    struct node array, node;
    size_t count;
    if (!shelflife_catalog_load_array(l, product, "repositories", &array, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct catalog_pattern *pattern = CATALOG_VECTOR_ADD(&l->content->repositories);
        if (!pattern)
            return shelflife_fail_memory(l->err);
        if (!shelflife_node_at(&array, i, &node) ||
            !read_pattern(l, node, r, CATALOG_PATTERN_REPOSITORY, pattern))
            return false;
    }
    return true;
}

static bool check_count(struct catalog_loader *l, struct node array, size_t count)
{
    return count <= CATALOG_PER_PRODUCT_MAX ||
           shelflife_node_fail(array, l->err, "a product may have at most %d of these, but this one has %zu",
                               CATALOG_PER_PRODUCT_MAX, count);
}

bool shelflife_catalog_load_tags(struct catalog_loader *l, const struct node *product,
                                 struct catalog_reading *r)
{
    struct node array, node;
    size_t count;
    if (!shelflife_catalog_load_array(l, product, "tags", &array, &count) ||
        (count && !check_count(l, array, count)))
        return false;
    r->private->tags = (uint32_t)l->content->tags.count;
    r->private->tag_count = (uint8_t)(count ? count : 1);
    for (size_t i = 0; i < r->private->tag_count; i++) {
        struct catalog_pattern *pattern = CATALOG_VECTOR_ADD(&l->content->tags);
        if (!pattern)
            return shelflife_fail_memory(l->err);
        if (count == 0)
            *pattern = (struct catalog_pattern){.at = "{version}", .product = r->number, .len = 9};
        else if (!shelflife_node_at(&array, i, &node) ||
                 !read_pattern(l, node, r, CATALOG_PATTERN_TAG, pattern))
            return false;
    }
    return true;
}

bool shelflife_catalog_load_parts(struct catalog_loader *l, const struct node *product,
                                  struct catalog_reading *r)
{
    struct node array, node;
    size_t count;
    if (!shelflife_catalog_load_array(l, product, "part", &array, &count) ||
        (count && !check_count(l, array, count)))
        return false;
    r->private->parts = (uint32_t)l->content->parts.count;
    r->private->part_count = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        struct catalog_pattern *pattern = CATALOG_VECTOR_ADD(&l->content->parts);
        if (!pattern)
            return shelflife_fail_memory(l->err);
        if (!shelflife_node_at(&array, i, &node) || !read_pattern(l, node, r, CATALOG_PATTERN_PART, pattern))
            return false;
    }
    return true;
}
