/*
 * From a file to an edition. Everything is checked here, with errors that name the place in the file, so
 * that the index can take it as it is; only what concerns several catalogs is left to it.
 */
#include "catalog/catalog.h"

#include <stdio.h>

#include "shelflife/reference.h"
#include "json/document.h"

struct loader {
    struct edition *edition;
    struct content *content; /* of the edition */
    char *chunk;             /* room for strings, chunk_left bytes of it */
    size_t chunk_left;
    struct table interned; /* strings that are kept -> kept */
    VECTOR(str) kept;
    arena scratch;
    error *err;
};

/* The product that is being read. */
struct reading {
    struct shelflife_product *product;
    struct product *private;
    uint32_t number;
    str names[64]; /* of its patterns' fields */
    size_t name_count;
};

/* ---- strings ---- */

/* Small strings side by side: the arena would align each. */
static bool keep_bytes(struct loader *l, str s, str *out)
{
    enum { CHUNK = 32768 };
    if (l->chunk_left < s.len) {
        size_t size = s.len > CHUNK ? s.len : CHUNK;
        char *chunk = shelflife_arena_alloc(&l->edition->strings, size);
        if (!chunk)
            return shelflife_arena_fail(&l->edition->strings, l->err);
        l->chunk = chunk;
        l->chunk_left = size;
    }
    memcpy(l->chunk, s.at, s.len);
    *out = (str){l->chunk, s.len};
    l->chunk += s.len;
    l->chunk_left -= s.len;
    return true;
}

/* Keeps a string once, however often it occurs. */
static bool keep(struct loader *l, str s, str *out)
{
    uint64_t probes = 0;
    hash h = hash_str(hash_start(0), s);
    size_t at = 0;
    for (uint32_t i; (i = shelflife_table_next(&l->interned, h, &at, &probes)) != TABLE_NONE;)
        if (shelflife_str_equal(l->kept.at[i], s)) {
            *out = l->kept.at[i];
            return true;
        }
    if (!keep_bytes(l, s, out))
        return false;
    str *kept = VECTOR_ADD(&l->kept);
    if (!kept)
        return shelflife_fail_memory(l->err);
    *kept = *out;
    return shelflife_table_put(&l->interned, h, (uint32_t)(l->kept.count - 1), l->err);
}

/* An optional text; *out stays as it is without one. */
static bool read_text(struct loader *l, const struct node *map, const char *key, str *out)
{
    struct node node;
    str s;
    if (!shelflife_node_get(map, key, &node))
        return true;
    return shelflife_node_string(node, &s, l->err) && keep(l, s, out);
}

static bool missing(struct loader *l, struct node map, const char *key, const char *example)
{
    return shelflife_node_fail(map, l->err, "`%s` is missing: write %s", key, example);
}

/* What texts of a kind consist of. */
struct alphabet {
    const char *what;
    size_t max;
    bool upper, empty;
    const char *others; /* besides letters and digits */
    bool (*first)(char c);
};

static bool is_name_start(char c)
{
    return is_lower(c) || is_digit(c);
}

static const struct alphabet names = {
    "a name: lower-case letters, digits, \".\", \"_\" and \"-\", at most 128, a letter or digit first",
    VERSION_MAX,
    false,
    false,
    "._-",
    is_name_start};
static const struct alphabet versions = {
    "a version: letters, digits, \".\", \"_\", \"+\" and \"-\", at most 128",
    VERSION_MAX,
    true,
    false,
    "._+-",
    NULL};
static const struct alphabet codenames = {
    "a codename: lower-case letters and digits, a letter first, as tags write it",
    VERSION_MAX,
    false,
    false,
    "",
    is_lower};
static const struct alphabet values = {
    "a field's value: letters, digits, \".\", \"_\" and \"-\", at most 128",
    VERSION_MAX,
    true,
    true,
    "._-",
    NULL};
static const struct alphabet field_names = {
    "a field's name: lower-case letters, digits and \"_\", at most 32, a letter first",
    FIELD_NAME_MAX,
    false,
    false,
    "_",
    is_lower};

static bool consists(str s, const struct alphabet *alphabet)
{
    if (s.len > alphabet->max || (s.len == 0 && !alphabet->empty))
        return false;
    if (s.len > 0 && alphabet->first && !alphabet->first(s.at[0]))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_digit(s.at[i]) && !(alphabet->upper ? is_letter(s.at[i]) : is_lower(s.at[i])) &&
            (s.at[i] == '\0' || !strchr(alphabet->others, s.at[i])))
            return false;
    return true;
}

static bool read_word(struct loader *l, struct node node, const struct alphabet *alphabet, str *out)
{
    str s;
    /* The one thing wrong with a string that is one is that it is empty. */
    if (!shelflife_node_string(node, &s, NULL) && alphabet->empty &&
        shelflife_node_type(node) == NODE_STRING) {
        *out = (str){0};
        return true;
    }
    if (!shelflife_node_string(node, &s, l->err))
        return false;
    if (!consists(s, alphabet))
        return shelflife_node_fail(node, l->err, "\"%.*s\" should be %s",
                                   STR_PRINT(shelflife_str_first(s, 200)), alphabet->what);
    return keep(l, s, out);
}

static bool read_optional_word(struct loader *l, const struct node *map, const char *key,
                               const struct alphabet *alphabet, str *out)
{
    struct node node;
    return !shelflife_node_get(map, key, &node) || read_word(l, node, alphabet, out);
}

static bool read_day(struct loader *l, const struct node *map, const char *key, shelflife_day *out)
{
    struct node node;
    *out = SHELFLIFE_DAY_NONE;
    return !shelflife_node_get(map, key, &node) || shelflife_node_day(node, out, l->err);
}

/* An optional array: *count is 0 without one. */
static bool read_array(struct loader *l, const struct node *map, const char *key, struct node *out,
                       size_t *count)
{
    *count = 0;
    if (!shelflife_node_get(map, key, out))
        return true;
    if (!shelflife_node_array(*out, l->err))
        return false;
    *count = shelflife_node_count(*out);
    return true;
}

/* ---- names of images ---- */

/* Whether `example`, an image name that stands for `text`, is as references are normalized to. */
static bool check_normal(struct loader *l, struct node node, str text, str example, size_t behind)
{
    struct shelflife_reference reference;
    error why;
    shelflife_arena_reset(&l->scratch);
    if (!shelflife_reference_parse(example, &l->scratch, &reference, &why)) {
        if (why.kind != SHELFLIFE_ERROR_INPUT)
            return shelflife_fail(l->err, why.kind, "%s", why.text);
        return shelflife_node_fail(node, l->err, "\"%.*s\" is no name of images: %s", STR_PRINT(text),
                                   why.text);
    }
    if (shelflife_str_equal(reference.normalized, example) && shelflife_str_equal(reference.name, example))
        return true;
    str right = shelflife_str_first(reference.name, reference.name.len - behind);
    return shelflife_node_fail(node, l->err,
                               "\"%.*s\" is compared with normalized names: write it as \"%.*s\"",
                               STR_PRINT(text), STR_PRINT(right));
}

/* A mirror's prefix may have a label "*" in its host. */
static bool check_star(struct loader *l, struct node node, str prefix, bool *starred)
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
                node, l->err, "\"%.*s\": one label of the host may be \"*\", as a whole", STR_PRINT(prefix));
        *starred = true;
    }
    if (*starred && labels > HOST_LABELS_MAX)
        return shelflife_node_fail(node, l->err, "a host with \"*\" may have %d labels, not %zu",
                                   HOST_LABELS_MAX, labels);
    return true;
}

/* Host, or host and path, without a "/" at its end. */
static bool check_prefix(struct loader *l, struct node node, str prefix, bool may_star)
{
    static const str behind = STR_INIT("/x/x");
    char example[NAME_MAX_BYTES + 4];
    bool starred = false;
    if (prefix.len > NAME_MAX_BYTES)
        return shelflife_node_fail(node, l->err, "a prefix may have %d bytes, not %zu", NAME_MAX_BYTES,
                                   prefix.len);
    if (shelflife_str_ends(prefix, STR("/")))
        return shelflife_node_fail(node, l->err, "\"%.*s\": leave out the \"/\" at the end",
                                   STR_PRINT(prefix));
    if (may_star && !check_star(l, node, prefix, &starred))
        return false;
    memcpy(example, prefix.at, prefix.len);
    memcpy(example + prefix.len, behind.at, behind.len);
    size_t star = shelflife_str_find(prefix, '*');
    if (starred)
        example[star] = 'x';
    return check_normal(l, node, prefix, (str){example, prefix.len + behind.len}, behind.len);
}

static bool read_prefix(struct loader *l, struct node node, bool may_star, str *out)
{
    str s;
    return shelflife_node_string(node, &s, l->err) && check_prefix(l, node, s, may_star) && keep(l, s, out);
}

static bool read_aliases(struct loader *l, struct node aliases, str canonical)
{
    if (!shelflife_node_array(aliases, l->err))
        return false;
    for (size_t i = 0; i < shelflife_node_count(aliases); i++) {
        struct node node;
        struct mirror *mirror = VECTOR_ADD(&l->content->mirrors);
        if (!mirror)
            return shelflife_fail_memory(l->err);
        mirror->canonical = canonical;
        if (!shelflife_node_at(&aliases, i, &node) || !read_prefix(l, node, true, &mirror->alias))
            return false;
    }
    return true;
}

static bool read_mirrors(struct loader *l, const struct node *root)
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
        if (!check_prefix(l, aliases, key, false) || !keep(l, key, &canonical) ||
            !read_aliases(l, aliases, canonical))
            return false;
    }
    return true;
}

static bool read_covers(struct loader *l, const struct node *root)
{
    struct node covers, node;
    size_t count;
    if (!read_array(l, root, "covers", &covers, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct spelling *cover = VECTOR_ADD(&l->content->covers);
        if (!cover)
            return shelflife_fail_memory(l->err);
        if (!shelflife_node_at(&covers, i, &node) || !read_prefix(l, node, false, &cover->text))
            return false;
    }
    return true;
}

/* ---- patterns ---- */

static bool know_field(struct loader *l, struct node node, struct reading *r, str name)
{
    for (size_t i = 0; i < r->name_count; i++)
        if (shelflife_str_equal(r->names[i], name))
            return true;
    if (r->name_count == COUNT(r->names))
        return shelflife_node_fail(node, l->err, "a product may have %zu fields at most", COUNT(r->names));
    return keep(l, name, &r->names[r->name_count++]);
}

static bool add_condition(struct loader *l, str field, str value)
{
    struct condition *condition = VECTOR_ADD(&l->content->conditions);
    if (!condition)
        return shelflife_fail_memory(l->err);
    *condition = (struct condition){field, value};
    return true;
}

static bool check_field_name(struct loader *l, struct node node, str name)
{
    if (shelflife_str_equal(name, STR("version")) || shelflife_str_equal(name, STR("codename")))
        return shelflife_node_fail(node, l->err, "%.*s is told by the release, not by a field",
                                   STR_PRINT(name));
    if (!consists(name, &field_names))
        return shelflife_node_fail(node, l->err, "the key should be %s", field_names.what);
    return true;
}

static bool fields_of(struct loader *l, struct node fields, size_t *count)
{
    if (!shelflife_node_map(fields, l->err))
        return false;
    *count = shelflife_node_count(fields);
    if (*count > FIELDS_MAX)
        return shelflife_node_fail(fields, l->err, "there may be %d fields, not %zu", FIELDS_MAX, *count);
    return true;
}

static bool read_fixed(struct loader *l, const struct node *map, struct reading *r, struct pattern *out,
                       const str *told, size_t told_count)
{
    static const char *const known[] = {"pattern", "fields"};
    struct node fields, node;
    size_t count = 0;
    if (!shelflife_node_known(*map, known, COUNT(known), l->err))
        return false;
    if (!shelflife_node_get(map, "fields", &fields))
        return true;
    if (!fields_of(l, fields, &count))
        return false;
    out->fields = (uint32_t)l->content->conditions.count;
    for (size_t i = 0; i < count; i++) {
        str value, name;
        if (!shelflife_node_at(&fields, i, &node))
            return false;
        name = shelflife_str_of(node.key);
        for (size_t k = 0; k < told_count; k++)
            if (shelflife_str_equal(told[k], name))
                return shelflife_node_fail(node, l->err, "the pattern tells {%s} itself", node.key);
        if (!check_field_name(l, node, name) || !know_field(l, node, r, name) ||
            !read_word(l, node, &values, &value) || !keep(l, name, &name))
            return false;
        if (value.len == 0)
            return shelflife_node_fail(node, l->err, "leave out a field that is not told");
        if (!add_condition(l, name, value))
            return false;
    }
    return add_condition(l, (str){0}, (str){0});
}

static bool check_example(struct loader *l, struct node node, str text, bool fields)
{
    char example[NAME_MAX_BYTES];
    size_t len = shelflife_pattern_example(text, example);
    if (check_normal(l, node, text, (str){example, len}, 0))
        return true;
    /* With "x" in place of fields, the name that would be right cannot be repeated. */
    return fields ? shelflife_node_fail(node, l->err,
                                        "\"%.*s\" is compared with normalized names: lower case, host first, "
                                        "Docker Hub as docker.io",
                                        STR_PRINT(shelflife_str_first(text, 200)))
                  : false;
}

static bool read_pattern(struct loader *l, struct node node, struct reading *r, enum pattern_kind kind,
                         struct pattern *out)
{
    struct node map = node;
    bool is_map = kind != PATTERN_PART && shelflife_node_type(node) == NODE_MAP;
    if (is_map && !shelflife_node_get(&map, "pattern", &node))
        return missing(l, map, "pattern", "{\"pattern\": \"…\", \"fields\": {…}}");
    str text, told[FIELDS_MAX];
    size_t count = 0;
    bool has_version = false;
    if (!shelflife_node_string(node, &text, l->err))
        return false;
    const char *fault = shelflife_pattern_fault(text, kind, told, &count, &out->head, &has_version);
    if (fault)
        return shelflife_node_fail(node, l->err, "the pattern \"%.*s\" %s",
                                   STR_PRINT(shelflife_str_first(text, 200)), fault);
    if (kind == PATTERN_REPOSITORY) {
        if (!check_example(l, node, text, count > 0 || has_version))
            return false;
        r->private->in_name = r->private->in_name || has_version;
        r->private->in_tag = r->private->in_tag || !has_version;
    }
    for (size_t i = 0; i < count; i++)
        if (!know_field(l, node, r, told[i]))
            return false;
    out->product = r->number;
    out->len = (uint16_t)text.len;
    if (!keep(l, text, &text))
        return false;
    out->at = text.at;
    return !is_map || read_fixed(l, &map, r, out, told, count);
}

static bool read_repositories(struct loader *l, const struct node *product, struct reading *r)
{
    struct node array, node;
    size_t count;
    if (!read_array(l, product, "repositories", &array, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct pattern *pattern = VECTOR_ADD(&l->content->repositories);
        if (!pattern)
            return shelflife_fail_memory(l->err);
        if (!shelflife_node_at(&array, i, &node) || !read_pattern(l, node, r, PATTERN_REPOSITORY, pattern))
            return false;
    }
    return true;
}

static bool check_count(struct loader *l, struct node array, size_t count)
{
    return count <= PER_PRODUCT_MAX ||
           shelflife_node_fail(array, l->err, "a product may have %d of these, not %zu", PER_PRODUCT_MAX,
                               count);
}

static bool read_tags(struct loader *l, const struct node *product, struct reading *r)
{
    struct node array, node;
    size_t count;
    if (!read_array(l, product, "tags", &array, &count) || (count && !check_count(l, array, count)))
        return false;
    r->private->tags = (uint32_t)l->content->tags.count;
    r->private->tag_count = (uint8_t)(count ? count : 1);
    for (size_t i = 0; i < r->private->tag_count; i++) {
        struct pattern *pattern = VECTOR_ADD(&l->content->tags);
        if (!pattern)
            return shelflife_fail_memory(l->err);
        if (count == 0)
            *pattern = (struct pattern){.at = "{version}", .product = r->number, .len = 9};
        else if (!shelflife_node_at(&array, i, &node) || !read_pattern(l, node, r, PATTERN_TAG, pattern))
            return false;
    }
    return true;
}

static bool read_parts(struct loader *l, const struct node *product, struct reading *r)
{
    struct node array, node;
    size_t count;
    if (!read_array(l, product, "part", &array, &count) || (count && !check_count(l, array, count)))
        return false;
    r->private->parts = (uint32_t)l->content->parts.count;
    r->private->part_count = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        struct pattern *pattern = VECTOR_ADD(&l->content->parts);
        if (!pattern)
            return shelflife_fail_memory(l->err);
        if (!shelflife_node_at(&array, i, &node) || !read_pattern(l, node, r, PATTERN_PART, pattern))
            return false;
    }
    return true;
}

/* ---- rows ---- */

static bool read_spellings(struct loader *l, const struct node *row, uint32_t number)
{
    struct node array, node;
    size_t count;
    if (!read_array(l, row, "is", &array, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct spelling *spelling = VECTOR_ADD(&l->content->spellings);
        if (!spelling)
            return shelflife_fail_memory(l->err);
        spelling->row = number;
        if (!shelflife_node_at(&array, i, &node) || !read_word(l, node, &versions, &spelling->text))
            return false;
    }
    return true;
}

static bool is_digest(str s)
{
    static const struct {
        str prefix;
        size_t digits;
    } algorithms[] = {{STR_INIT("sha256:"), 64}, {STR_INIT("sha384:"), 96}, {STR_INIT("sha512:"), 128}};
    size_t kind = 0;
    while (kind < COUNT(algorithms) && !shelflife_str_starts(s, algorithms[kind].prefix))
        kind++;
    if (kind == COUNT(algorithms) || s.len != algorithms[kind].prefix.len + algorithms[kind].digits)
        return false;
    for (size_t i = algorithms[kind].prefix.len; i < s.len; i++)
        if (!is_digit(s.at[i]) && (s.at[i] < 'a' || s.at[i] > 'f'))
            return false;
    return true;
}

static bool read_digests(struct loader *l, const struct node *row, uint32_t number)
{
    struct node array, node;
    size_t count;
    if (!read_array(l, row, "digests", &array, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        str text;
        struct spelling *digest = VECTOR_ADD(&l->content->digests);
        if (!digest)
            return shelflife_fail_memory(l->err);
        digest->row = number;
        if (!shelflife_node_at(&array, i, &node) || !shelflife_node_string(node, &text, l->err))
            return false;
        if (!is_digest(text))
            return shelflife_node_fail(
                node, l->err,
                "\"%.*s\" should be a digest: sha256:, sha384: or sha512: and 64, 96 or "
                "128 lower-case hex digits",
                STR_PRINT(shelflife_str_first(text, 200)));
        if (!keep(l, text, &digest->text))
            return false;
    }
    return true;
}

/* The value or values of one field of a row's `when`. */
static bool read_when_field(struct loader *l, struct node node, const struct reading *r)
{
    str name = shelflife_str_of(node.key);
    bool known = false;
    for (size_t i = 0; i < r->name_count; i++)
        if (shelflife_str_equal(r->names[i], name)) {
            known = true;
            name = r->names[i];
        }
    if (!known)
        return check_field_name(l, node, name) &&
               shelflife_node_fail(
                   node, l->err,
                   "no pattern of the product tells \"%s\": write {%s} into one, or fix it in "
                   "a pattern's `fields`",
                   node.key, node.key);
    bool several = shelflife_node_type(node) == NODE_ARRAY;
    size_t count = several ? shelflife_node_count(node) : 1;
    if (count == 0 || count > PER_PRODUCT_MAX)
        return shelflife_node_fail(node, l->err, "a field may have 1 to %d values, not %zu", PER_PRODUCT_MAX,
                                   count);
    for (size_t i = 0; i < count; i++) {
        struct node element = node;
        str value;
        if (several && !shelflife_node_at(&node, i, &element))
            return false;
        if (!read_word(l, element, &values, &value) || !add_condition(l, name, value))
            return false;
    }
    return true;
}

static bool read_when(struct loader *l, const struct node *row, const struct reading *r)
{
    struct node when, node;
    size_t count = 0;
    uint32_t *first = VECTOR_ADD(&l->content->whens);
    if (!first)
        return shelflife_fail_memory(l->err);
    if (!shelflife_node_get(row, "when", &when))
        return true;
    if (!fields_of(l, when, &count))
        return false;
    *first = (uint32_t)l->content->conditions.count;
    for (size_t i = 0; i < count; i++)
        if (!shelflife_node_at(&when, i, &node) || !read_when_field(l, node, r))
            return false;
    return add_condition(l, (str){0}, (str){0});
}

static bool read_dates(struct loader *l, const struct node *node, struct shelflife_row *row)
{
    struct node ended;
    if (!read_day(l, node, "endOfPatch", &row->end_of_patch) ||
        !read_day(l, node, "endOfAvailability", &row->end_of_availability) ||
        !read_day(l, node, "endOfExtendedPatch", &row->end_of_extended_patch))
        return false;
    if (!shelflife_node_get(node, "ended", &ended))
        return true;
    if (!shelflife_node_bool(ended, &row->ended, l->err))
        return false;
    if (row->ended && row->end_of_patch != SHELFLIFE_DAY_NONE)
        return shelflife_node_fail(ended, l->err,
                                   "\"ended\" is for an unknown day, and there is an `endOfPatch`: keep one");
    return true;
}

static bool path_of(struct loader *l, struct node node, str *out)
{
    buffer path;
    shelflife_buffer_init(&path, 4096);
    shelflife_node_path(node, &path);
    bool kept = path.failed ? shelflife_fail_memory(l->err) : keep_bytes(l, shelflife_buffer_str(&path), out);
    shelflife_buffer_free(&path);
    return kept;
}

static bool read_row(struct loader *l, const struct node *node, const struct reading *r)
{
    static const char *const known[] = {
        "release", "is",     "codename", "when",   "endOfPatch", "endOfAvailability", "endOfExtendedPatch",
        "ended",   "latest", "digests",  "source", "note"};
    struct shelflife_row *row = VECTOR_ADD(&l->content->rows);
    if (!row)
        return shelflife_fail_memory(l->err);
    uint32_t number = (uint32_t)(l->content->rows.count - 1);
    if (!shelflife_node_map(*node, l->err) || !shelflife_node_known(*node, known, COUNT(known), l->err))
        return false;
    if (!read_optional_word(l, node, "release", &versions, &row->release) ||
        !read_optional_word(l, node, "codename", &codenames, &row->codename) ||
        !read_text(l, node, "latest", &row->latest) || !read_text(l, node, "source", &row->source) ||
        !read_text(l, node, "note", &row->note))
        return false;
    return read_dates(l, node, row) && read_when(l, node, r) && read_spellings(l, node, number) &&
           read_digests(l, node, number) && path_of(l, *node, &row->path);
}

/* Either all rows of a product have a release, or none has. */
static bool check_releases(struct loader *l, struct node rows, const struct reading *r)
{
    const struct shelflife_row *row = l->content->rows.at + r->product->first_row;
    for (size_t i = 0; i < r->product->row_count; i++) {
        struct node node;
        if ((row[i].release.len > 0) == (row[0].release.len > 0))
            continue;
        return shelflife_node_at(&rows, i, &node) &&
               shelflife_node_fail(node, l->err,
                                   "either all rows of a product have a `release`, or none: one that has no "
                                   "versions");
    }
    r->private->unversioned = row[0].release.len == 0;
    return true;
}

/* ---- duplicates ---- */

/* Rows of a product by release, and as in the file among equals. */
static int compare_rows(const void *a, const void *b, void *context)
{
    const struct shelflife_row *rows = context;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    int order = shelflife_str_compare(rows[i].release, rows[k].release);
    return order ? order : (i > k) - (i < k);
}

static bool has_condition(const struct condition *list, const struct condition *wanted)
{
    for (; list->field.len; list++)
        if (shelflife_str_equal(list->field, wanted->field) &&
            shelflife_str_equal(list->value, wanted->value))
            return true;
    return false;
}

static bool within(const struct condition *a, const struct condition *b)
{
    for (; a->field.len; a++)
        if (!has_condition(b, a))
            return false;
    return true;
}

static bool same_when(const struct content *c, uint32_t a, uint32_t b)
{
    const struct condition *p = c->conditions.at + c->whens.at[a], *q = c->conditions.at + c->whens.at[b];
    return p == q || (within(p, q) && within(q, p));
}

/* sorted: the rows of one release. */
static bool check_variants(struct loader *l, struct node rows, const uint32_t *sorted, size_t count,
                           size_t first_row)
{
    const struct content *c = l->content;
    struct node node;
    if (count > ROWS_PER_KEY_MAX)
        return shelflife_node_at(&rows, sorted[ROWS_PER_KEY_MAX] - first_row, &node) &&
               shelflife_node_fail(node, l->err, "a release may have %d rows, not %zu", ROWS_PER_KEY_MAX,
                                   count);
    for (size_t i = 1; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (same_when(c, sorted[i], sorted[k]))
                return shelflife_node_at(&rows, sorted[i] - first_row, &node) &&
                       shelflife_node_fail(
                           node, l->err,
                           "rows[%zu] has the same `release` and `when`: keep one, or tell them "
                           "apart",
                           sorted[k] - first_row);
    return true;
}

static bool check_duplicates(struct loader *l, struct node rows, const struct reading *r)
{
    const struct shelflife_row *all = l->content->rows.at;
    size_t count = r->product->row_count, first = r->product->first_row;
    CLEANUP(cleanup_free) uint32_t *sorted = malloc(count * sizeof(*sorted));
    if (!sorted)
        return shelflife_fail_memory(l->err);
    for (size_t i = 0; i < count; i++)
        sorted[i] = (uint32_t)(first + i);
    struct shelflife_row *context = l->content->rows.at;
    qsort_r(sorted, count, sizeof(*sorted), compare_rows, context);
    for (size_t from = 0, to; from < count; from = to) {
        to = from + 1;
        while (to < count && shelflife_str_equal(all[sorted[to]].release, all[sorted[from]].release))
            to++;
        if (!check_variants(l, rows, sorted + from, to - from, first))
            return false;
    }
    return true;
}

/* ---- products ---- */

static bool read_rows(struct loader *l, const struct node *product, struct reading *r)
{
    struct node rows, row;
    size_t count;
    if (!shelflife_node_get(product, "rows", &rows))
        return missing(l, *product, "rows", "[{\"release\": \"2.11\", \"endOfPatch\": \"2023-11-15\"}]");
    if (!read_array(l, product, "rows", &rows, &count))
        return false;
    if (count == 0)
        return shelflife_node_fail(rows, l->err, "a product needs one row at least");
    r->product->first_row = l->content->rows.count;
    r->product->row_count = count;
    size_t digests = l->content->digests.count;
    for (size_t i = 0; i < count; i++)
        if (!shelflife_node_at(&rows, i, &row) || !read_row(l, &row, r))
            return false;
    if (!r->private->in_name && !r->private->in_tag && r->private->part_count == 0 &&
        l->content->digests.count == digests)
        return shelflife_node_fail(*product, l->err,
                                   "nothing leads to this product: name its `repositories`, or what it is a "
                                   "`part` by");
    return check_releases(l, rows, r) && check_duplicates(l, rows, r);
}

/* Rows without a source of their own have the product's, else the catalog's. */
static void default_sources(struct loader *l, const struct shelflife_product *product, str source)
{
    struct shelflife_row *row = l->content->rows.at + product->first_row;
    for (size_t i = 0; i < product->row_count; i++)
        if (row[i].source.len == 0)
            row[i].source = source;
}

static bool read_product(struct loader *l, const struct node *node)
{
    static const char *const known[] = {"name", "title", "source", "repositories", "tags", "part", "rows"};
    struct content *c = l->content;
    struct node name;
    struct reading r = {.number = (uint32_t)c->products.count};
    r.product = VECTOR_ADD(&c->products);
    r.private = VECTOR_ADD(&c->products_private);
    if (!r.product || !r.private)
        return shelflife_fail_memory(l->err);
    if (!shelflife_node_map(*node, l->err) || !shelflife_node_known(*node, known, COUNT(known), l->err))
        return false;
    if (!shelflife_node_get(node, "name", &name))
        return missing(l, *node, "name", "\"tensorflow\"");
    str source = l->edition->catalog.source;
    if (!read_word(l, name, &names, &r.product->name))
        return false;
    r.product->title = r.product->name;
    if (!read_text(l, node, "title", &r.product->title) || !read_text(l, node, "source", &source) ||
        !read_repositories(l, node, &r) || !read_tags(l, node, &r) || !read_parts(l, node, &r) ||
        !read_rows(l, node, &r))
        return false;
    default_sources(l, r.product, source);
    return true;
}

/* The product of that name, through the table of those read so far, or TABLE_NONE. */
static uint32_t find_product(const struct loader *l, const struct table *by_name, str name)
{
    uint64_t probes = 0;
    size_t at = 0;
    uint32_t i;
    while ((i = shelflife_table_next(by_name, hash_str(hash_start(0), name), &at, &probes)) != TABLE_NONE)
        if (shelflife_str_equal(l->content->products.at[i].name, name))
            break;
    return i;
}

static bool read_products(struct loader *l, const struct node *root, struct table *by_name)
{
    struct node products, node;
    size_t count;
    if (!shelflife_node_get(root, "products", &products))
        return missing(l, *root, "products", "[{\"name\": …, \"repositories\": […], \"rows\": […]}]");
    if (!read_array(l, root, "products", &products, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!shelflife_node_at(&products, i, &node) || !read_product(l, &node))
            return false;
        str name = l->content->products.at[i].name;
        uint32_t before = find_product(l, by_name, name);
        if (before != TABLE_NONE)
            return shelflife_node_fail(
                node, l->err, "products[%u] is called \"%.*s\" already: put the rows into one product",
                before, STR_PRINT(name));
        if (!shelflife_table_put(by_name, hash_str(hash_start(0), name), (uint32_t)i, l->err))
            return false;
    }
    return true;
}

static bool read_catalog_parts(struct loader *l, const struct node *root, const struct table *by_name)
{
    struct node array, node;
    size_t count;
    if (!read_array(l, root, "parts", &array, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        str name;
        if (!shelflife_node_at(&array, i, &node) || !read_word(l, node, &names, &name))
            return false;
        uint32_t product = find_product(l, by_name, name);
        if (product == TABLE_NONE)
            return shelflife_node_fail(node, l->err, "this catalog has no product \"%.*s\"", STR_PRINT(name));
        if (l->content->products_private.at[product].part_count == 0)
            return shelflife_node_fail(node, l->err,
                                       "the product \"%.*s\" says not how tags name it: give it a `part`",
                                       STR_PRINT(name));
        l->content->products_private.at[product].is_part = true;
    }
    return true;
}

/* ---- the file ---- */

static bool read_about(struct loader *l, const struct node *root)
{
    static const char *const known[] = {"apiVersion", "kind",    "name",  "title",   "publisher",
                                        "source",     "license", "asOf",  "serial",  "notes",
                                        "mirrors",    "covers",  "parts", "products"};
    struct shelflife_catalog *catalog = &l->edition->catalog;
    struct node node, notes;
    size_t note_count;
    str note;
    if (!shelflife_node_kind(*root, "Catalog", l->err) ||
        !shelflife_node_known(*root, known, COUNT(known), l->err))
        return false;
    if (!shelflife_node_get(root, "name", &node))
        return missing(l, *root, "name", "what policy shall call the catalog, \"google-dlc\"");
    if (!read_word(l, node, &names, &catalog->name))
        return false;
    if (!shelflife_node_get(root, "asOf", &node))
        return missing(l, *root, "asOf", "the day the facts were true, \"2026-04-10\"");
    if (!shelflife_node_day(node, &catalog->as_of, l->err))
        return false;
    if (shelflife_node_get(root, "serial", &node) &&
        !shelflife_node_integer(node, 0, INT64_MAX, &catalog->serial, l->err))
        return false;
    if (!read_array(l, root, "notes", &notes, &note_count))
        return false;
    for (size_t i = 0; i < note_count; i++)
        if (!shelflife_node_at(&notes, i, &node) || !shelflife_node_string(node, &note, l->err))
            return false;
    catalog->title = catalog->name;
    return read_text(l, root, "title", &catalog->title) &&
           read_text(l, root, "publisher", &catalog->publisher) &&
           read_text(l, root, "source", &catalog->source) && read_text(l, root, "license", &catalog->license);
}

static bool read_document(struct loader *l, const struct node *root)
{
    struct table by_name = {0};
    /* Number 0 of the conditions is the empty list. */
    bool read = shelflife_table_init(&by_name, 0, l->err) && add_condition(l, (str){0}, (str){0}) &&
                read_about(l, root) && read_mirrors(l, root) && read_covers(l, root) &&
                read_products(l, root, &by_name) && read_catalog_parts(l, root, &by_name);
    shelflife_table_free(&by_name);
    l->edition->catalog.product_count = l->content->products.count;
    l->edition->catalog.row_count = l->content->rows.count;
    return read;
}

static void cleanup_document(struct shelflife_document **document)
{
    shelflife_document_free(*document);
}

static bool load(struct loader *l, const char *origin)
{
    const str name = shelflife_str_of(origin);
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read(l->edition->bytes, origin, l->err);
    if (!document || !shelflife_table_init(&l->interned, 0, l->err) ||
        !keep(l, name, &l->edition->catalog.origin))
        return false;
    struct node root = shelflife_document_root(document);
    return read_document(l, &root);
}

struct edition *shelflife_edition_read(str bytes, const char *origin, error *err)
{
    if (bytes.len > CATALOG_BYTES_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s: a catalog may have %d bytes, not %zu", origin,
                       CATALOG_BYTES_MAX, bytes.len);
        return NULL;
    }
    struct edition *edition = calloc(1, sizeof(*edition));
    if (!edition) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_arena_init(&edition->strings, SIZE_MAX);
    edition->bytes = bytes;
    struct loader l = {.edition = edition, .content = &edition->content, .err = err};
    shelflife_arena_init(&l.scratch, 1 << 20);
    bool loaded = load(&l, origin);
    shelflife_arena_free(&l.scratch);
    shelflife_table_free(&l.interned);
    free(l.kept.at);
    if (loaded)
        return edition;
    shelflife_edition_free(edition);
    return NULL;
}

void shelflife_content_free(struct content *c)
{
    free(c->products.at);
    free(c->products_private.at);
    free(c->rows.at);
    free(c->whens.at);
    free(c->conditions.at);
    free(c->spellings.at);
    free(c->digests.at);
    free(c->repositories.at);
    free(c->tags.at);
    free(c->parts.at);
    free(c->mirrors.at);
    free(c->covers.at);
    *c = (struct content){0};
}

void shelflife_edition_free(struct edition *edition)
{
    if (!edition)
        return;
    shelflife_content_free(&edition->content);
    shelflife_arena_free(&edition->strings);
    free(edition->owned);
    free(edition);
}
