/* The strings of a catalog: stored once, and checked for their characters. */
#include "catalog/load.h"

/* Packs small strings without padding; the arena would align each of them. */
bool shelflife_catalog_load_bytes(struct catalog_loader *l, str s, str *out)
{
    enum { CHUNK = 32768 };
    *out = STR("");
    if (s.len == 0)
        return true;
    if (l->chunk_left < s.len) {
        size_t size = s.len > CHUNK ? s.len : CHUNK;
        char *chunk = shelflife_arena_alloc(&l->file->strings, size);
        if (!chunk)
            return shelflife_arena_fail(&l->file->strings, l->err);
        l->chunk = chunk;
        l->chunk_left = size;
    }
    shelflife_copy(l->chunk, s.at, s.len);
    *out = (str){l->chunk, s.len};
    l->chunk += s.len;
    l->chunk_left -= s.len;
    return true;
}

/* Stores a string once, however often it occurs. */
bool shelflife_catalog_load_keep(struct catalog_loader *l, str s, str *out)
{
    uint64_t probes = 0;
    catalog_hash h = catalog_hash_str(catalog_hash_start(0), s);
    size_t at = 0;
    for (uint32_t i; (i = shelflife_catalog_table_next(&l->interned, h, &at, &probes)) != CATALOG_TABLE_NONE;)
        if (shelflife_str_equal(l->kept.at[i], s)) {
            *out = l->kept.at[i];
            return true;
        }
    if (!shelflife_catalog_load_bytes(l, s, out))
        return false;
    str *kept = CATALOG_VECTOR_ADD(&l->kept);
    if (!kept)
        return shelflife_fail_memory(l->err);
    *kept = *out;
    return shelflife_catalog_table_put(&l->interned, h, (uint32_t)(l->kept.count - 1), l->err);
}

/* Reads an optional text. Without it, *out is unchanged. */
bool shelflife_catalog_load_text(struct catalog_loader *l, const struct node *map, const char *key, str *out)
{
    struct node node;
    str s;
    if (!shelflife_node_get(map, key, &node))
        return true;
    return shelflife_node_string(node, &s, l->err) && shelflife_catalog_load_keep(l, s, out);
}

bool shelflife_catalog_load_missing(struct catalog_loader *l, struct node map, const char *key,
                                    const char *example)
{
    return shelflife_node_fail(map, l->err, "`%s` is missing: write %s", key, example);
}

static bool is_name_start(char c)
{
    return ascii_is_lower(c) || ascii_is_digit(c);
}

static const struct alphabet {
    const char *what;
    size_t max;
    bool upper, empty;
    const char *others; /* in addition to letters and digits */
    bool (*first)(char c);
} alphabets[] = {
    [CATALOG_WORD_NAME] = {"a name: at most 128 lower-case letters, digits, \".\", \"_\" and \"-\", "
                           "beginning with a letter or digit",
                           CATALOG_VERSION_MAX, false, false, "._-", is_name_start},
    [CATALOG_WORD_VERSION] = {"a version: at most 128 letters, digits, \".\", \"_\", \"+\" and \"-\"",
                              CATALOG_VERSION_MAX, true, false, "._+-", NULL},
    [CATALOG_WORD_CODENAME] =
        {"a codename, as tags contain it: lower-case letters and digits, beginning with a letter",
         CATALOG_VERSION_MAX, false, false, "", ascii_is_lower},
    [CATALOG_WORD_VALUE] = {"a field's value: at most 128 letters, digits, \".\", \"_\" and \"-\"",
                            CATALOG_VERSION_MAX, true, true, "._-", NULL},
    [CATALOG_WORD_FIELD] =
        {"a field's name: at most 32 lower-case letters, digits and \"_\", beginning with a letter",
         CATALOG_FIELD_NAME_MAX, false, false, "_", ascii_is_lower},
};

static bool consists(str s, enum catalog_word word)
{
    const struct alphabet *alphabet = &alphabets[word];
    if (s.len > alphabet->max || (s.len == 0 && !alphabet->empty))
        return false;
    if (s.len > 0 && alphabet->first && !alphabet->first(s.at[0]))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_digit(s.at[i]) &&
            !(alphabet->upper ? ascii_is_letter(s.at[i]) : ascii_is_lower(s.at[i])) &&
            (s.at[i] == '\0' || !strchr(alphabet->others, s.at[i])))
            return false;
    return true;
}

bool shelflife_catalog_load_word(struct catalog_loader *l, struct node node, enum catalog_word word, str *out)
{
    str s;
    /* If it is a string, it can only be empty. */
    if (!shelflife_node_string(node, &s, NULL) && alphabets[word].empty &&
        shelflife_node_type(node) == NODE_STRING) {
        *out = (str){0};
        return true;
    }
    if (!shelflife_node_string(node, &s, l->err))
        return false;
    if (!consists(s, word))
        return shelflife_node_fail(node, l->err, "\"%.*s\" should be %s",
                                   STR_PRINT(shelflife_str_first(s, 200)), alphabets[word].what);
    return shelflife_catalog_load_keep(l, s, out);
}

bool shelflife_catalog_load_optional_word(struct catalog_loader *l, const struct node *map, const char *key,
                                          enum catalog_word word, str *out)
{
    struct node node;
    return !shelflife_node_get(map, key, &node) || shelflife_catalog_load_word(l, node, word, out);
}

bool shelflife_catalog_load_day(struct catalog_loader *l, const struct node *map, const char *key,
                                shelflife_day *out)
{
    struct node node;
    *out = SHELFLIFE_DAY_NONE;
    return !shelflife_node_get(map, key, &node) || shelflife_node_day(node, out, l->err);
}

bool shelflife_catalog_load_flag(struct catalog_loader *l, const struct node *map, const char *key, bool *out)
{
    struct node node;
    *out = false;
    return !shelflife_node_get(map, key, &node) || shelflife_node_bool(node, out, l->err);
}

bool shelflife_catalog_load_small(struct catalog_loader *l, const struct node *map, const char *key,
                                  uint8_t *out)
{
    struct node node;
    int64_t number;
    if (!shelflife_node_get(map, key, &node))
        return true;
    if (!shelflife_node_integer(node, 1, 100, &number, l->err))
        return false;
    *out = (uint8_t)number;
    return true;
}

/* Reads an optional array. Without it, *count is 0. */
bool shelflife_catalog_load_array(struct catalog_loader *l, const struct node *map, const char *key,
                                  struct node *out, size_t *count)
{
    *count = 0;
    if (!shelflife_node_get(map, key, out))
        return true;
    if (!shelflife_node_array(*out, l->err))
        return false;
    *count = shelflife_node_count(*out);
    return true;
}

bool shelflife_catalog_load_field_name(struct catalog_loader *l, struct node node, str name)
{
    if (shelflife_str_equal(name, STR("version")) || shelflife_str_equal(name, STR("codename")))
        return shelflife_node_fail(node, l->err, "%.*s is determined by the release, not by a field",
                                   STR_PRINT(name));
    if (!consists(name, CATALOG_WORD_FIELD))
        return shelflife_node_fail(node, l->err, "the key should be %s", alphabets[CATALOG_WORD_FIELD].what);
    return true;
}

bool shelflife_catalog_load_fields(struct catalog_loader *l, struct node fields, size_t *count)
{
    if (!shelflife_node_map(fields, l->err))
        return false;
    *count = shelflife_node_count(fields);
    if (*count > CATALOG_FIELDS_MAX)
        return shelflife_node_fail(fields, l->err, "there may be at most %d fields, but there are %zu",
                                   CATALOG_FIELDS_MAX, *count);
    return true;
}
