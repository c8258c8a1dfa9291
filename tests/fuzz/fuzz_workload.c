/* rooms: base json workload */
/*
 * The extractor against an oracle: a document built by jansson, walked leaf by leaf, each path compared with
 * the text of each pattern. Both must report the same wherever both accept. Where only one accepts, it must
 * be for one of these reasons, which are intended:
 *   - jansson refuses invalid UTF-8 and lone surrogates; we check only the strings that we keep;
 *   - jansson refuses duplicate keys (as configured here, because it would keep only the last);
 *   - jansson refuses nesting past 2,048, real numbers past a double and integers past 64 bits;
 *   - jansson refuses \u0000 in a key;
 *   - jansson accepts a raw NUL after a number;
 *   - we refuse more than 64 KiB of maps of parts that have not ended.
 * Images in strings, and texts in which parameters are replaced, are not compared with the oracle.
 * One chunk, chunks of a byte and chunks of any size must give the same result, and so must images that are
 * handed on one by one.
 *
 * The first byte says whether the others are JSON, or choices to make JSON from.
 */
#include <jansson.h>

#include "base/ascii.h"
#include "base/base.h"
#include "shelflife/json.h"
#include "shelflife/workload.h"
#include "workload/kinds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    MEMORY = 1 << 26,
    NAMED_MAX = 1 << 13, /* bytes of an object: of a larger one, not all images may have their container */
};

static const struct shelflife_shape extra[] = {
    {STR_INIT("x.example"), STR_INIT("Thing"), STR_INIT("spec.*.image")},
    {STR_INIT("x.example"), STR_INIT("*"), STR_INIT("spec.**.x[].*.name")},
    {STR_INIT("x.example"), STR_INIT("Thing"), STR_INIT("spec.**.model{}")},
    {STR_INIT("*"), STR_INIT("Deployment"), STR_INIT("spec.x[]{}")},
    {STR_INIT("*"), STR_INIT("Pod"), STR_INIT("**[].x")},
    {STR_INIT(""), STR_INIT(""), STR_INIT("x[][].image")},
    {STR_INIT("apps"), STR_INIT("Deployment"), STR_INIT("x[\"a.b\"].image")},
};
static const str fields[] = {STR_INIT("spec.x"), STR_INIT("metadata.labels.x")};

static void check(bool ok)
{
    if (!ok)
        abort();
}

/* ---- the oracle ---- */

struct step {
    const char *key; /* NULL: an element */
    size_t index;
};

struct oracle {
    arena memory;
    struct step *steps;
    size_t depth, capacity;
    str group, kind;
    bool given; /* the kind */
    struct shelflife_image *images;
    size_t count, image_capacity;
    size_t texts;                           /* strings that may contain images */
    const struct shelflife_shape *rows[64]; /* about the kind */
    size_t row_count;
    bool *shown_whole; /* of each image: its path needs no cutting */
    bool *guessed;     /* of each image: its text is not known exactly */
    size_t shown_capacity, guessed_capacity;
};

static bool is_stop(const char *key)
{
    return strcmp(key, "status") == 0 || strcmp(key, "annotations") == 0 || strcmp(key, "managedFields") == 0;
}

static bool fits(str pattern, const struct step *steps, size_t count);

static bool fits_behind(str rest, const struct step *steps, size_t count)
{
    if (shelflife_str_starts(rest, STR(".")))
        rest = shelflife_str_after(rest, 1);
    return fits(rest, steps, count);
}

static bool fits(str pattern, const struct step *steps, size_t count)
{
    if (pattern.len == 0)
        return count == 0;
    if (shelflife_str_starts(pattern, STR("**"))) {
        for (size_t i = 0;; i++) {
            if (fits_behind(shelflife_str_after(pattern, 2), steps + i, count - i))
                return true;
            if (i == count || (steps[i].key && is_stop(steps[i].key)))
                return false;
        }
    }
    if (count == 0)
        return false;
    if (shelflife_str_starts(pattern, STR("[]")))
        return !steps->key && fits_behind(shelflife_str_after(pattern, 2), steps + 1, count - 1);
    if (!steps->key)
        return false;
    str word = pattern;
    size_t taken;
    if (shelflife_str_starts(pattern, STR("[\""))) {
        word = shelflife_str_after(pattern, 2);
        word.len = shelflife_str_find(word, '"');
        taken = word.len + 4;
    } else {
        for (word.len = 0;
             word.len < pattern.len && pattern.at[word.len] != '.' && pattern.at[word.len] != '[';)
            word.len++;
        taken = word.len;
    }
    if (shelflife_str_equal(word, STR("*")) ? is_stop(steps->key)
                                            : !shelflife_str_equal(word, shelflife_str_of(steps->key)))
        return false;
    return fits_behind(shelflife_str_after(pattern, taken), steps + 1, count - 1);
}

static bool is_about(const struct shelflife_shape *row, const struct oracle *o)
{
    bool group = shelflife_str_equal(row->group, STR("*")) || shelflife_str_equal(row->group, o->group);
    bool kind = row->kind.len == 0 || shelflife_str_equal(row->kind, STR("*")) ||
                shelflife_str_equal(row->kind, o->kind);
    return group && kind;
}

static bool is_pod_spec_at(const struct oracle *o, str at)
{
    for (size_t i = 0; i < shelflife_workload_kinds.pod_spec_count; i++) {
        char path[256];
        int len = snprintf(path, sizeof(path), "%.*s.%.*s", STR_PRINT(at),
                           STR_PRINT(shelflife_workload_kinds.pod_spec[i]));
        if (fits((str){path, (size_t)len}, o->steps, o->depth))
            return true;
    }
    return false;
}

/* Go's comparison of keys, as far as ASCII words are concerned. */
static bool equals_folded(str word, const char *key)
{
    for (size_t i = 0; i < word.len; i++) {
        bool long_s = word.at[i] == 's' && key[0] == '\xc5' && key[1] == '\xbf';
        if (!long_s && ascii_lower(*key) != word.at[i])
            return false;
        key += long_s ? 2 : 1;
    }
    return *key == 0;
}

/* Whether the steps are those of a pattern of keys and "[]" only, below `data` without regard to case. */
static bool fits_folded(str pattern, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t dot = shelflife_str_find(pattern, '.');
        str word = shelflife_str_first(pattern, dot == SIZE_MAX ? pattern.len : dot);
        bool list = shelflife_str_ends(word, STR("[]"));
        word.len -= list ? 2 : 0;
        if (!steps[i].key ||
            !(i == 0 ? strcmp(steps[i].key, "data") == 0 : equals_folded(word, steps[i].key)))
            return false;
        if (list && (++i == count || steps[i].key))
            return false;
        pattern = dot == SIZE_MAX ? STR("") : shelflife_str_after(pattern, dot + 1);
    }
    return pattern.len == 0;
}

/* Whether the pattern, which may end in "{}", leads to the value. */
static bool leads(const struct oracle *o, str pattern, bool is_map)
{
    bool parts = shelflife_str_ends(pattern, STR("{}"));
    return (parts || !is_map) &&
           fits(shelflife_str_first(pattern, pattern.len - (parts ? 2 : 0)), o->steps, o->depth);
}

static bool is_text(const struct oracle *o)
{
    const struct shelflife_workload_kinds *k = &shelflife_workload_kinds;
    for (size_t t = 0; t < k->table_count; t++) {
        bool text = k->tables[t].slot == SHELFLIFE_WORKLOAD_SLOT_MANIFEST ||
                    k->tables[t].slot == SHELFLIFE_WORKLOAD_SLOT_VALUES;
        for (size_t i = 0; text && i < k->tables[t].count; i++)
            if (leads(o, k->tables[t].rows[i].path, false))
                return true;
    }
    return false;
}

static void add_rows(struct oracle *o, const struct shelflife_shape *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_about(&rows[i], o)) {
            check(o->row_count < COUNT(o->rows));
            o->rows[o->row_count++] = &rows[i];
        }
}

/* Collects the rows for the kind, of images outside of Pod templates. */
static void find_rows(struct oracle *o)
{
    const struct shelflife_workload_kinds *k = &shelflife_workload_kinds;
    for (size_t i = 0; i < k->table_count; i++)
        if (k->tables[i].slot == SHELFLIFE_WORKLOAD_SLOT_IMAGE)
            add_rows(o, k->tables[i].rows, k->tables[i].count);
    add_rows(o, extra, COUNT(extra));
}

static bool is_in_tables(const struct oracle *o, bool is_map)
{
    for (size_t i = 0; i < o->row_count; i++)
        if (leads(o, o->rows[i]->path, is_map))
            return true;
    return false;
}

static bool is_image(const struct oracle *o, bool is_map)
{
    const struct shelflife_workload_kinds *k = &shelflife_workload_kinds;
    for (size_t i = 0; !is_map && o->given && i < k->history_count; i++)
        if (is_about(&k->history[i], o) && fits_folded(k->history[i].path, o->steps, o->depth))
            return true;
    if (shelflife_workload_kinds_is_history(o->group, o->kind))
        return false;
    for (size_t i = 0; i < k->excluded_count; i++)
        if (is_about(&k->excluded[i], o))
            return false;
    bool exact = false;
    if (is_in_tables(o, is_map))
        return true;
    for (size_t i = 0; !is_map && i < k->exact_count; i++) {
        if (!is_about(&k->exact[i], o))
            continue;
        exact = true;
        if (is_pod_spec_at(o, k->exact[i].path))
            return true;
    }
    for (size_t i = 0; !is_map && !exact && i < k->generic_count; i++)
        if (is_pod_spec_at(o, k->generic[i]))
            return true;
    return false;
}

static bool is_word(str key)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return key.len > 0 && strspn(key.at, plain) == key.len;
}

static void show_path(const struct oracle *o, buffer *out, bool *whole)
{
    for (size_t i = 0; i < o->depth; i++) {
        const struct step *step = &o->steps[i];
        str key = shelflife_str_of(step->key);
        *whole = *whole && key.len <= 256;
        if (!step->key) {
            shelflife_buffer_format(out, "[%zu]", step->index);
        } else if (is_word(key)) {
            shelflife_buffer_format(out, "%s%s", i ? "." : "", step->key);
        } else {
            shelflife_buffer_append(out, STR("[\""));
            for (size_t c = 0; c < key.len; c++) {
                unsigned char byte = (unsigned char)key.at[c];
                bool control = byte < ' ' || byte == 0x7f;
                shelflife_buffer_format(out,
                                        control                       ? "\\u%04x"
                                        : byte == '"' || byte == '\\' ? "\\%c"
                                                                      : "%c",
                                        byte);
            }
            shelflife_buffer_append(out, STR("\"]"));
        }
    }
    *whole = *whole && out->len <= SHELFLIFE_PATH_MAX;
}

static str text_of(const json_t *value)
{
    return json_is_string(value) ? (str){json_string_value(value), json_string_length(value)} : (str){0};
}

static void add_image(struct oracle *o, str text, const json_t *parent, bool guessed)
{
    buffer path;
    bool whole = true;
    shelflife_buffer_init(&path, 1 << 24);
    show_path(o, &path, &whole);
    check(shelflife_grow(&o->images, &o->image_capacity, o->count + 1, sizeof(*o->images)));
    check(shelflife_grow(&o->shown_whole, &o->shown_capacity, o->count + 1, sizeof(bool)));
    check(shelflife_grow(&o->guessed, &o->guessed_capacity, o->count + 1, sizeof(bool)));
    o->guessed[o->count] =
        guessed || memmem(text.at, text.len, "$(", 2) || memmem(text.at, text.len, "{{", 2);
    struct shelflife_image *image = &o->images[o->count];
    *image = (struct shelflife_image){.text = text, .container = text_of(json_object_get(parent, "name"))};
    check(shelflife_arena_copy(&o->memory, shelflife_buffer_str(&path), &image->path));
    o->shown_whole[o->count++] = whole;
    shelflife_buffer_free(&path);
}

static bool is_blank(str text)
{
    size_t blanks = 0;
    while (blanks < text.len && memchr(" \t\n\v\f\r", text.at[blanks], 6))
        blanks++;
    return blanks == text.len;
}

/* A part of an image; "" if it is missing. */
static str part_of(struct oracle *o, const json_t *map, const char *key, bool *guessed)
{
    const json_t *value = json_object_get(map, key);
    str text = shelflife_str_first(text_of(value), SHELFLIFE_IMAGE_MAX);
    if (json_is_integer(value))
        check(shelflife_arena_format(&o->memory, &text, "%lld", (long long)json_integer_value(value)));
    *guessed = *guessed || json_is_number(value); /* -0, 1.20 */
    if (json_is_real(value))
        text = STR("1");
    return text;
}

static str or_else(str first, str other)
{
    return first.len ? first : other;
}

/* Whether a text has a ':' or '@' in its last part. */
static bool has_version(str text)
{
    const char *slash = memrchr(text.at ? text.at : "", '/', text.len), *at = slash ? slash : text.at;
    size_t len = text.len - (slash ? (size_t)(slash - text.at) : 0);
    return text.len > 0 && (memchr(at, ':', len) || memchr(text.at, '@', text.len));
}

/* Adds what a map is that may be an image. */
static void add_map(struct oracle *o, const json_t *map, const json_t *parent)
{
    bool guessed = false;
    buffer text;
    str hub = part_of(o, map, "hub", &guessed), registry = part_of(o, map, "registry", &guessed);
    str image = part_of(o, map, "image", &guessed), name = part_of(o, map, "name", &guessed);
    str repository = part_of(o, map, "repository", &guessed), tag = part_of(o, map, "tag", &guessed);
    str digest = part_of(o, map, "digest", &guessed), end, copy;
    if (has_version(image))
        tag = digest = STR("");
    registry = or_else(registry, hub);
    bool alone = registry.len == 0 && tag.len == 0 && digest.len == 0;
    if (repository.len == 0 && image.len == 0 && (name.len == 0 || alone))
        return;
    name = or_else(image, name);
    while (shelflife_str_ends(registry, STR("/")))
        registry.len--;
    check(shelflife_arena_join(&o->memory, STR("/"), name, &end));
    bool named = repository.len > 0 && (name.len == 0 || shelflife_str_equal(repository, name) ||
                                        shelflife_str_ends(repository, end));
    const str pieces[] = {registry,
                          registry.len ? STR("/") : STR(""),
                          repository,
                          named || repository.len == 0 ? STR("") : STR("/"),
                          named ? STR("") : name,
                          tag.len ? STR(":") : STR(""),
                          tag,
                          digest.len && !memchr(tag.at ? tag.at : "", '@', tag.len) ? STR("@") : STR("")};
    shelflife_buffer_init(&text, 1 << 24);
    for (size_t i = 0; i < COUNT(pieces); i++)
        shelflife_buffer_append(&text, pieces[i]);
    if (pieces[COUNT(pieces) - 1].len)
        shelflife_buffer_append(&text, digest);
    check(shelflife_arena_copy(&o->memory, shelflife_buffer_str(&text), &copy));
    shelflife_buffer_free(&text);
    if (!is_blank(copy))
        add_image(o, copy, parent, guessed);
}

static void walk(struct oracle *o, const json_t *value, const json_t *parent);

static void walk_step(struct oracle *o, const char *key, size_t index, const json_t *value,
                      const json_t *parent)
{
    check(shelflife_grow(&o->steps, &o->capacity, o->depth + 1, sizeof(*o->steps)));
    o->steps[o->depth++] = (struct step){key, index};
    walk(o, value, parent);
    o->depth--;
}

static void walk(struct oracle *o, const json_t *value, const json_t *parent)
{
    const char *key;
    json_t *child;
    size_t i;
    if (json_is_object(value)) {
        json_object_foreach((json_t *)(uintptr_t)value, key, child) walk_step(o, key, 0, child, value);
        if (is_image(o, true))
            add_map(o, value, parent);
    } else if (json_is_array(value) && o->depth > 0) {
        json_array_foreach(value, i, child) walk_step(o, NULL, i, child, NULL);
    } else if (json_is_string(value)) {
        str text = text_of(value);
        o->texts += is_text(o);
        if (!is_blank(text) && is_image(o, false))
            add_image(o, text, parent, false);
    }
}

static void oracle_free(struct oracle *o)
{
    free(o->steps);
    free(o->images);
    free(o->shown_whole);
    free(o->guessed);
    shelflife_arena_free(&o->memory);
}

/* ---- the extractor ---- */

struct subject {
    arena memory;
    struct shelflife_extractor *extractor;
    struct shelflife_json_parser *parser;
};

/* chunk 0: of any size, as the text says. */
static const struct shelflife_object *extract(struct subject *s, const struct shelflife_shapes *shapes,
                                              str text, size_t chunk, str group, str kind, error *err)
{
    shelflife_json_parser_reset(s->parser);
    shelflife_extractor_begin(s->extractor, shapes, group, kind, s->parser);
    for (size_t at = 0, n; at < text.len; at += n) {
        n = chunk ? chunk : 1 + ((unsigned char)text.at[at] * 7 + at) % 23;
        str part = shelflife_str_first(shelflife_str_after(text, at), n);
        /* A copy of its own, so that a sanitizer sees a look past its end, or at it later. */
        char *copy = malloc(part.len);
        check(copy != NULL);
        memcpy(copy, part.at, part.len);
        bool ok = shelflife_json_parser_feed(s->parser, (str){copy, part.len}, err);
        free(copy);
        if (!ok)
            return NULL;
    }
    if (!shelflife_json_parser_finish(s->parser, err))
        return NULL;
    check(shelflife_extractor_done(s->extractor));
    const struct shelflife_object *object = shelflife_extractor_object(s->extractor, err);
    check(object != NULL);
    return object;
}

static void subject_init(struct subject *s)
{
    shelflife_arena_init(&s->memory, MEMORY);
    s->extractor = shelflife_extractor_new(&s->memory);
    check(s->extractor != NULL);
    s->parser = shelflife_json_parser_new(shelflife_extractor_event, s->extractor, false);
    check(s->parser != NULL);
}

static void subject_free(struct subject *s)
{
    shelflife_json_parser_free(s->parser);
    shelflife_extractor_free(s->extractor);
    shelflife_arena_free(&s->memory);
}

/* ---- comparisons ---- */

static void check_equal(str a, str b)
{
    check(shelflife_str_equal(a, b) && (a.at == NULL) == (b.at == NULL));
}

static void check_same(const struct shelflife_object *a, const struct shelflife_object *b)
{
    check_equal(a->api_version, b->api_version);
    check_equal(a->kind, b->kind);
    check_equal(a->namespace_name, b->namespace_name);
    check_equal(a->name, b->name);
    check_equal(a->owner.kind, b->owner.kind);
    check(a->mirror_pod == b->mirror_pod && a->image_count == b->image_count);
    for (size_t i = 0; i < COUNT(fields); i++)
        check_equal(a->fields[i], b->fields[i]);
    for (size_t i = 0; i < a->image_count; i++) {
        check_equal(a->images[i].text, b->images[i].text);
        check_equal(a->images[i].path, b->images[i].path);
        check_equal(a->images[i].container, b->images[i].container);
        check(a->images[i].position.offset == b->images[i].position.offset);
    }
}

static void check_metadata(const struct shelflife_object *object, const json_t *root)
{
    const json_t *metadata = json_object_get(root, "metadata"), *owner = NULL, *item;
    size_t i;
    json_array_foreach(json_object_get(metadata, "ownerReferences"), i, item)
    {
        if (json_is_true(json_object_get(item, "controller")))
            owner = item;
    }
    check_equal(object->api_version, text_of(json_object_get(root, "apiVersion")));
    check_equal(object->kind, text_of(json_object_get(root, "kind")));
    check_equal(object->namespace_name, text_of(json_object_get(metadata, "namespace")));
    check_equal(object->name, text_of(json_object_get(metadata, "name")));
    check_equal(object->owner.kind, text_of(json_object_get(owner, "kind")));
    check_equal(object->owner.name, text_of(json_object_get(owner, "name")));
    const json_t *mirror =
        json_object_get(json_object_get(metadata, "annotations"), "kubernetes.io/config.mirror");
    check(object->mirror_pod == json_is_string(mirror));
}

static str group_of(str api_version)
{
    size_t slash = shelflife_str_find(api_version, '/');
    return shelflife_str_first(api_version, slash == SIZE_MAX ? 0 : slash);
}

/* Whether the image is in a string: the path has an arrow, which is not in a key. */
static bool is_embedded(const struct shelflife_image *image)
{
    str path = image->path;
    bool quoted = false;
    for (size_t i = 0; i < path.len; i++) {
        if (quoted && path.at[i] == '\\')
            i++;
        else if (path.at[i] == '"')
            quoted = !quoted;
        else if (!quoted && shelflife_str_starts(shelflife_str_after(path, i), STR(" > ")))
            return true;
    }
    return false;
}

/* Whether a path that was cut hides where images are. */
static bool is_hidden(const struct oracle *o, const struct shelflife_object *object)
{
    for (size_t i = 0; o->texts && i < object->image_count; i++)
        if (memmem(object->images[i].path.at, object->images[i].path.len, "\xe2\x80\xa6", 3))
            return true;
    return false;
}

static void check_images(const struct shelflife_object *object, const json_t *root, str text, str group,
                         str kind, bool given)
{
    struct oracle o CLEANUP(oracle_free) = {.group = group, .kind = kind, .given = given};
    bool is_history = shelflife_workload_kinds_is_history(group, kind);
    shelflife_arena_init(&o.memory, SIZE_MAX / 2);
    find_rows(&o);
    walk(&o, root, NULL);
    size_t embedded = 0;
    if (is_hidden(&o, object))
        return;
    for (size_t i = 0; i < o.count; i++) {
        while (o.texts && i + embedded < object->image_count && is_embedded(&object->images[i + embedded]))
            embedded++;
        check(i + embedded < object->image_count);
        const struct shelflife_image *image = &object->images[i + embedded];
        if (!o.guessed[i]) {
            check_equal(image->text, shelflife_str_first(o.images[i].text, SHELFLIFE_IMAGE_MAX));
            check(image->size == o.images[i].text.len);
        }
        check(text.at[image->position.offset] == '"' || text.at[image->position.offset] == '{');
        if (o.shown_whole[i])
            check_equal(image->path, o.images[i].path);
        check(image->path.len <= SHELFLIFE_PATH_MAX && shelflife_str_is_utf8(image->path));
        str name = o.images[i].container;
        if (name.len <= SHELFLIFE_PATH_MAX && text.len < NAMED_MAX && !(given && is_history)) /* or "Name" */
            check_equal(image->container, name.len ? name : (str){0});
        check(image->container.len <= SHELFLIFE_PATH_MAX && shelflife_str_is_utf8(image->container));
    }
    check(o.texts || o.count == object->image_count);
    while (o.count + embedded < object->image_count)
        check(is_embedded(&object->images[o.count + embedded++]));
}

/* ---- images that are handed on ---- */

struct handed {
    struct shelflife_extractor *extractor;
    const struct shelflife_object *object; /* the same images as a list */
    size_t count;
};

static bool check_handed(void *context, const struct shelflife_image *image, error *err)
{
    struct handed *h = context;
    arena a;
    str path;
    shelflife_arena_init(&a, MEMORY);
    check(image->index < h->object->image_count);
    const struct shelflife_image *listed = &h->object->images[image->index];
    check(listed->index == image->index && image->path.len == 0);
    check_equal(image->text, listed->text);
    check(shelflife_str_equal(image->container, listed->container));
    check(image->size == listed->size && (image->hash != 0) == (image->size > image->text.len));
    check(image->position.offset == listed->position.offset);
    check(shelflife_extractor_path(h->extractor, &a, &path, err));
    check_equal(path, listed->path);
    shelflife_arena_free(&a);
    h->count++;
    return true;
}

static void compare_handed(const struct shelflife_shapes *shapes, str text,
                           const struct shelflife_object *object)
{
    static const unsigned char key[16] = {1};
    struct subject other CLEANUP(subject_free);
    subject_init(&other);
    struct handed handed = {.extractor = other.extractor, .object = object};
    shelflife_extractor_begin(other.extractor, shapes, STR("apps"), STR("Deployment"), other.parser);
    shelflife_extractor_sink(other.extractor, check_handed, &handed, key);
    check(shelflife_json_parser_feed(other.parser, text, NULL));
    check(shelflife_json_parser_finish(other.parser, NULL));
    const struct shelflife_object *same = shelflife_extractor_object(other.extractor, NULL);
    check(same && same->image_count == 0 && handed.count == object->image_count);
}

/* Whether the two may disagree about the text; see above. */
static bool may_refuse(str text, const json_error_t *why)
{
    switch (json_error_code(why)) {
    case json_error_invalid_utf8:
    case json_error_duplicate_key:
    case json_error_stack_overflow:
    case json_error_numeric_overflow:
    case json_error_null_byte_in_key:
        return true;
    default:
        return memmem(text.at, text.len, "\\ud", 3) || memmem(text.at, text.len, "\\uD", 3);
    }
}

static void compare(str text)
{
    error err = {0}, other = {0};
    json_error_t why;
    struct subject whole CLEANUP(subject_free), parts CLEANUP(subject_free);
    static struct shelflife_shapes *shapes; /* they do not change, and take longer than a small object */
    if (!shapes)
        shapes = shelflife_shapes_new(extra, COUNT(extra), fields, COUNT(fields), NULL);
    check(shapes != NULL);
    subject_init(&whole);
    subject_init(&parts);
    const struct shelflife_object *object = extract(&whole, shapes, text, SIZE_MAX, STR(""), STR(""), &err);
    for (size_t chunk = 0; chunk < 2; chunk++) {
        const struct shelflife_object *again = extract(&parts, shapes, text, chunk, STR(""), STR(""), &other);
        check((again == NULL) == (object == NULL));
        if (object)
            check_same(object, again);
        else
            check(strcmp(err.text, other.text) == 0);
    }
    json_t *root =
        json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &why);
    if (!root)
        check(!object || may_refuse(text, &why));
    else if (!object)
        check(memchr(text.at, 0, text.len) != NULL || err.kind == SHELFLIFE_ERROR_LIMIT);
    if (root && object) {
        check_metadata(object, root);
        check_images(object, root, text, group_of(object->api_version), object->kind, false);
        /* Of a given kind, whatever the object says. */
        static const str kinds[] = {STR_INIT("Deployment"), STR_INIT("ControllerRevision")};
        for (size_t i = 0; i < COUNT(kinds); i++) {
            object = extract(&parts, shapes, text, 0, STR("apps"), kinds[i], NULL);
            check_metadata(object, root);
            check_images(object, root, text, STR("apps"), kinds[i], true);
            if (i == 0)
                compare_handed(shapes, text, object);
        }
    }
    json_decref(root);
}

/* ---- JSON from choices ---- */

/* The usual type of the value of a key, so that shapes match often. */
enum usual { MAP, MAPS, STRING };
static const struct {
    const char *text;
    enum usual usual;
} keys[] = {
    {"spec", MAP},
    {"template", MAP},
    {"containers", MAPS},
    {"initContainers", MAPS},
    {"im\\u0061ge", STRING},
    {"name", STRING},
    {"registry", STRING},
    {"repository", STRING},
    {"hub", STRING},
    {"tag", STRING},
    {"digest", STRING},
    {"params", MAPS},
    {"value", STRING},
    {"x", MAPS},
    {"volumes", MAPS},
    {"driver", MAP},
    {"reference", STRING},
    {"jobTemplate", MAP},
    {"container", MAP},
    {"script", MAP},
    {"sidecars", MAPS},
    {"steps", MAPS},
    {"predictor", MAP},
    {"model", MAP},
    {"a.b", MAP},
    {"status", MAP},
    {"", MAP},
    {"annotations", MAP},
    {"metadata", MAP},
    {"ownerReferences", MAPS},
    {"controller", STRING},
    {"namespace", STRING},
    {"managedFields", MAPS},
    {"\\u00e9\\n\\\"", MAP},
    {"stepTemplate", MAP},
    {"resource", MAP},
    {"manifest", STRING},
    {"arguments", MAP},
    {"parameters", MAPS},
    {"helm", MAP},
    {"values", STRING},
    {"valuesObject", MAP},
    {"kubernetes.io/config.mirror", STRING},
};
static const char *const strings[] = {
    "python:3.8",
    "a",
    "",
    "  ",
    "\\u0020\\t",
    "\\u00e9\\ud83d\\ude00",
    "x\\u0000y",
    "gcr.io/a/b",
    "$(params.a)",
    "{{inputs.parameters.a}}:1",
    "{kind: Pod, apiVersion: v1, spec: {containers: [{image: a, name: b}]}}",
    "image: {repository: a, tag: {{b}}}\\n",
    "{{",
    "a: [b"};
static const char *const heads[] = {
    "\"apiVersion\":\"v1\",\"kind\":\"Pod\"",
    "\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\"",
    "\"apiVersion\":\"batch/v1\",\"kind\":\"CronJob\"",
    "\"apiVersion\":\"v1\",\"kind\":\"Event\"",
    "\"apiVersion\":\"x.example/v1\",\"kind\":\"Thing\"",
    "\"apiVersion\":\"argoproj.io/v1\",\"kind\":\"Workflow\"",
    "\"apiVersion\":\"serving.kserve.io/v1\",\"kind\":\"InferenceService\"",
    "\"apiVersion\":\"argoproj.io/v1\",\"kind\":\"Application\"",
    "\"apiVersion\":\"tekton.dev/v1\",\"kind\":\"Task\"",
    "\"kind\":\"PodTemplate\",\"apiVersion\":\"v1\"",
    "\"kind\":5",
};

struct choices {
    const uint8_t *at, *end;
    buffer *out;
};

static size_t choose(struct choices *c, size_t of)
{
    return c->at < c->end ? *c->at++ % of : 0;
}

static void write_value(struct choices *c, unsigned depth, enum usual usual);

/* Keys are used in order, beginning with a chosen one, so that no key is used twice. */
static void write_map(struct choices *c, unsigned depth, bool root)
{
    size_t key = choose(c, root ? 2 : 12), count = 2 + choose(c, 6);
    bool head_last = root && choose(c, 2);
    const char *head = root ? heads[choose(c, COUNT(heads))] : "", *comma = "";
    shelflife_buffer_byte(c->out, '{');
    if (root && !head_last) {
        shelflife_buffer_append(c->out, shelflife_str_of(head));
        comma = ",";
    }
    for (size_t i = 0; i < count && key < COUNT(keys); i++, key += 1 + choose(c, 3)) {
        shelflife_buffer_format(c->out, "%s\"%s\":", comma, keys[key].text);
        write_value(c, depth + 1, keys[key].usual);
        comma = ",";
    }
    if (head_last)
        shelflife_buffer_format(c->out, "%s%s", comma, head);
    shelflife_buffer_byte(c->out, '}');
}

static void write_array(struct choices *c, unsigned depth, enum usual usual)
{
    size_t count = 1 + choose(c, 3);
    shelflife_buffer_byte(c->out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            shelflife_buffer_byte(c->out, ',');
        write_value(c, depth + 1, usual);
    }
    shelflife_buffer_byte(c->out, ']');
}

static void write_value(struct choices *c, unsigned depth, enum usual usual)
{
    static const char *const others[] = {"true", "false", "null", "-1.5e3"};
    size_t what = choose(c, 16);
    if (what == 0)
        usual = STRING;
    else if (what == 1)
        usual = MAP;
    else if (what == 2)
        usual = MAPS;
    if (what == 3)
        shelflife_buffer_format(c->out, "%s", others[choose(c, COUNT(others))]);
    else if (usual == STRING || depth > 10 || c->at == c->end)
        shelflife_buffer_format(c->out, "\"%s\"", strings[choose(c, COUNT(strings))]);
    else if (usual == MAPS)
        write_array(c, depth, what == 4 ? MAPS : what == 5 ? STRING : MAP);
    else
        write_map(c, depth, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    buffer made;
    json_object_seed(1);
    if (size == 0)
        return 0;
    str text = {(const char *)data + 1, size - 1};
    shelflife_buffer_init(&made, 1 << 22);
    if (data[0] & 1) {
        struct choices c = {data + 1, data + size, &made};
        write_map(&c, 0, true);
        text = shelflife_buffer_str(&made);
    }
    if (!made.failed)
        compare(text);
    shelflife_buffer_free(&made);
    return 0;
}
