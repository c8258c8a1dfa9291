#include "inputs/values.h"

#include "workload/parts.h"
#include "workload/pattern.h"
#include "json/words.h"

typedef struct shelflife_input_tree tree;
typedef struct shelflife_input_values values;

/* ---- Merging ---- */

static tree *copy_of(const tree *t, arena *memory, error *err)
{
    tree *copy = shelflife_arena_alloc(memory, sizeof(*copy));
    if (!copy) {
        shelflife_arena_fail(memory, err);
        return NULL;
    }
    *copy = *t;
    copy->next = NULL;
    return copy;
}

static tree *find(const tree *map, str key, uint64_t *work)
{
    tree *found = NULL;
    for (tree *t = map->first; t && *work < SHELFLIFE_INPUT_VALUES_WORK_MAX; t = t->next) {
        ++*work;
        if (shelflife_str_equal(t->key, key))
            found = t;
    }
    return found;
}

static bool append(const tree *t, arena *memory, tree ***end, error *err)
{
    tree *copy = copy_of(t, memory, err);
    if (!copy)
        return false;
    **end = copy;
    *end = &copy->next;
    return true;
}

/* Recursion ends, as trees have SHELFLIFE_INPUT_TREE_DEPTH_MAX levels. */
bool shelflife_input_values_merge(tree *base, tree *over, arena *memory, uint64_t *work, tree **out,
                                  error *err)
{
    bool merges = base && over && base->type == SHELFLIFE_INPUT_MAP && over->type == SHELFLIFE_INPUT_MAP;
    *out = over ? over : base;
    if (!merges)
        return true;
    tree *merged = copy_of(base, memory, err), **end;
    if (!merged)
        return false;
    merged->first = NULL;
    end = &merged->first;
    for (tree *t = base->first; t; t = t->next) {
        tree *own = find(over, t->key, work), *value;
        if (own && own->type == SHELFLIFE_INPUT_NULL)
            continue;
        if (!shelflife_input_values_merge(t, own, memory, work, &value, err) ||
            !append(value, memory, &end, err))
            return false;
    }
    for (tree *t = over->first; t; t = t->next)
        if (!find(base, t->key, work) && !append(t, memory, &end, err))
            return false;
    *out = merged;
    return true;
}

/* ---- Images ---- */

struct search {
    const values *values;
    buffer path;
    bool disabled; /* below a map with enabled: false */
    error *err;
};

static bool is_scalar(const tree *t)
{
    return t && (t->type == SHELFLIFE_INPUT_STRING || t->type == SHELFLIFE_INPUT_NUMBER);
}

static bool ends_like_image(str key)
{
    return shelflife_str_equal(key, STR("image")) || shelflife_str_ends(key, STR("Image"));
}

static bool is_template(str text)
{
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.at[i] == '{' && text.at[i + 1] == '{')
            return true;
    return false;
}

enum { NUMBER_MAX = SHELFLIFE_WORKLOAD_NUMBER_MAX };

/* An integer as helm renders it: as a binary number with 6 digits before the point at most, 2.0240101e+07. */
static str integer_text(unsigned long long n, char room[NUMBER_MAX])
{
    enum { PLAIN_MAX = 999999 };
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu", n), used = len;
    if (n <= PLAIN_MAX) {
        memcpy(room, digits, len);
        return (str){room, len};
    }
    while (used > 1 && digits[used - 1] == '0')
        used--;
    int total = snprintf(room, NUMBER_MAX, "%c%s%.*se+%02zu", digits[0], used > 1 ? "." : "", (int)used - 1,
                         digits + 1, len - 1);
    return (str){room, (size_t)total};
}

/* A tag as helm renders it: a number has lost its form. 0 counts as none. */
static str tag_text(const tree *tag, char room[NUMBER_MAX])
{
    enum { DIGITS_MAX = 15 }; /* that a binary number keeps */
    if (!is_scalar(tag))
        return (str){0};
    str text = tag->text;
    if (tag->type == SHELFLIFE_INPUT_STRING)
        return text;
    bool octal = text.len > 1 && text.at[0] == '0';
    if (text.len <= DIGITS_MAX &&
        shelflife_json_run_of(text, 0, octal ? "01234567" : "0123456789") == text.len)
        text = integer_text(strtoull(text.at, NULL, octal ? 8 : 10), room);
    else
        text = shelflife_workload_parts_number(text, room);
    return shelflife_str_equal(text, STR("0")) ? (str){0} : text;
}

/* Such a number is rendered in another form. */
static bool has_exponent(str number)
{
    bool hex = shelflife_str_starts(number, STR("0x"));
    return !hex &&
           (shelflife_str_find(number, 'e') != SIZE_MAX || shelflife_str_find(number, 'E') != SIZE_MAX);
}

static bool report(struct search *s, const str parts[SHELFLIFE_WORKLOAD_PARTS], const tree *at,
                   const tree *tag, str why, str way)
{
    const values *v = s->values;
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_buffer_init(&text, SIZE_MAX / 2);
    shelflife_workload_parts_join(parts, &text);
    if (text.failed || s->path.failed)
        return shelflife_fail_memory(s->err);
    if (text.len == 0)
        return true;
    struct shelflife_input_image image = {.image = shelflife_buffer_str(&text),
                                          .why = why,
                                          .way = s->disabled ? STR("from values, not enabled") : way,
                                          .kind = STR("Chart"),
                                          .name = v->name,
                                          .path = shelflife_buffer_str(&s->path),
                                          .file = v->chart,
                                          .place = {v->files[at->file], at->line, at->column},
                                          .unused = s->disabled || v->unused};
    if (tag && tag->type == SHELFLIFE_INPUT_NUMBER)
        image.hint = STR("put the tag in quotes: it is read as a number");
    if (tag && tag->type == SHELFLIFE_INPUT_NUMBER && has_exponent(tag->text))
        image.why = STR("its tag is a number with an exponent");
    if (is_template(image.image))
        image.why = STR("it is a template");
    return v->sink->image(v->sink->context, &image, s->err);
}

/* What a tag that is absent or empty means. */
static bool report_untagged(struct search *s, str parts[SHELFLIFE_WORKLOAD_PARTS], const tree *at,
                            const tree *tag)
{
    str why = s->values->untagged;
    if (!why.len)
        why = tag ? STR("its tag is empty in the values; --render shows it")
                  : STR("its tag is not in the values; --render shows it");
    if (!tag || !s->values->app_version.len)
        return report(s, parts, at, NULL, why, STR("from values"));
    parts[SHELFLIFE_WORKLOAD_PART_TAG] = s->values->app_version;
    return report(s, parts, at, NULL, (str){0}, STR("from values, with appVersion as the tag"));
}

static bool has_tag(str image)
{
    str last = shelflife_str_after(image, shelflife_str_find_last(image, '/') + 1); /* SIZE_MAX + 1 is 0 */
    return shelflife_str_find(last, ':') != SIZE_MAX || shelflife_str_find(image, '@') != SIZE_MAX;
}

/* A map with a repository. */
static bool take_map(struct search *s, const tree *map)
{
    str parts[SHELFLIFE_WORKLOAD_PARTS] = {
        [SHELFLIFE_WORKLOAD_PART_REGISTRY] = shelflife_input_tree_string(map, "registry"),
        [SHELFLIFE_WORKLOAD_PART_REPOSITORY] = shelflife_input_tree_string(map, "repository"),
        [SHELFLIFE_WORKLOAD_PART_DIGEST] = shelflife_input_tree_string(map, "digest")};
    const tree *tag = shelflife_input_tree_get(map, "tag");
    const tree *repository = shelflife_input_tree_get(map, "repository");
    char room[NUMBER_MAX];
    parts[SHELFLIFE_WORKLOAD_PART_TAG] = tag_text(tag, room);
    if (!parts[SHELFLIFE_WORKLOAD_PART_TAG].len && !parts[SHELFLIFE_WORKLOAD_PART_DIGEST].len &&
        !has_tag(parts[SHELFLIFE_WORKLOAD_PART_REPOSITORY]))
        return report_untagged(s, parts, repository, tag);
    return report(s, parts, is_scalar(tag) ? tag : repository, tag, (str){0}, STR("from values"));
}

/* A string that is called image, perhaps with its tag beside it. */
static bool take_string(struct search *s, const tree *map, const tree *image)
{
    static const char *const tags[] = {"tag", "imageTag"};
    str parts[SHELFLIFE_WORKLOAD_PARTS] = {[SHELFLIFE_WORKLOAD_PART_REGISTRY] =
                                               shelflife_input_tree_string(map, "registry"),
                                           [SHELFLIFE_WORKLOAD_PART_IMAGE] = image->text};
    const tree *tag = NULL;
    char room[NUMBER_MAX];
    bool plain = shelflife_str_equal(image->key, STR("image"));
    for (size_t i = 0; plain && !tag && i < COUNT(tags); i++)
        tag = shelflife_input_tree_get(map, tags[i]);
    if (!image->text.len || shelflife_str_find(image->text, ' ') != SIZE_MAX)
        return true;
    if (!plain)
        parts[SHELFLIFE_WORKLOAD_PART_REGISTRY] = (str){0};
    parts[SHELFLIFE_WORKLOAD_PART_TAG] = tag_text(tag, room);
    if (!has_tag(image->text) && !parts[SHELFLIFE_WORKLOAD_PART_TAG].len)
        return report_untagged(s, parts, image, tag);
    return report(s, parts, image, has_tag(image->text) ? NULL : tag, (str){0}, STR("from values"));
}

static bool is_skipped(const struct search *s, str key)
{
    for (const char *const *name = s->values->skip; name && *name; name++)
        if (shelflife_str_equal(key, shelflife_str_of(*name)))
            return true;
    return false;
}

static bool search(struct search *s, const tree *t, bool top);

static bool search_below(struct search *s, const tree *map, const tree *t, size_t index)
{
    size_t len = s->path.len;
    if (map->type == SHELFLIFE_INPUT_MAP && !shelflife_workload_pattern_is_plain(t->key))
        shelflife_buffer_format(&s->path, "[\"%.*s\"]", STR_PRINT(t->key));
    else if (map->type == SHELFLIFE_INPUT_MAP)
        shelflife_buffer_format(&s->path, len ? ".%.*s" : "%.*s", STR_PRINT(t->key));
    else
        shelflife_buffer_format(&s->path, "[%zu]", index);
    bool string =
        map->type == SHELFLIFE_INPUT_MAP && t->type == SHELFLIFE_INPUT_STRING && ends_like_image(t->key);
    bool ok = string ? take_string(s, map, t) : search(s, t, false);
    s->path.len = len;
    return ok;
}

/* Recursion ends, as trees have SHELFLIFE_INPUT_TREE_DEPTH_MAX levels. */
static bool search(struct search *s, const tree *t, bool top)
{
    const tree *enabled = top ? NULL : shelflife_input_tree_get(t, "enabled");
    bool disabled = s->disabled, ok = true;
    size_t index = 0;
    s->disabled = disabled || (enabled && enabled->type == SHELFLIFE_INPUT_FALSE);
    bool map = t->type == SHELFLIFE_INPUT_MAP && shelflife_input_tree_string(t, "repository").len &&
               (ends_like_image(t->key) || shelflife_input_tree_get(t, "tag") ||
                shelflife_input_tree_get(t, "digest"));
    if (map)
        ok = take_map(s, t);
    for (const tree *c = map ? NULL : t->first; ok && c; c = c->next, index++)
        if (!top || !is_skipped(s, c->key))
            ok = search_below(s, t, c, index);
    s->disabled = disabled;
    return ok;
}

bool shelflife_input_values_read(const values *v, const tree *t, error *err)
{
    struct search s = {.values = v, .err = err};
    shelflife_buffer_init(&s.path, SIZE_MAX / 2);
    bool ok = !t || search(&s, t, true);
    shelflife_buffer_free(&s.path);
    return ok;
}
