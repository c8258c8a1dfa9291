#include "workload/kinds.h"
#include "workload/pattern.h"
#include "workload/shapes.h"

enum { BITS_MAX = 4096, MEMORY_MAX = 16 << 20 };

#define OBJECT(member) offsetof(struct shelflife_workload_notes, object.member)
#define CANDIDATE(member) offsetof(struct shelflife_workload_notes, candidate.member)

const struct shelflife_workload_noted_string
    shelflife_workload_noted_strings[SHELFLIFE_WORKLOAD_NOTED_STRINGS] = {
        {STR_INIT("apiVersion"), OBJECT(api_version)},
        {STR_INIT("kind"), OBJECT(kind)},
        {STR_INIT("metadata.namespace"), OBJECT(namespace_name)},
        {STR_INIT("metadata.name"), OBJECT(name)},
        {STR_INIT("metadata.generateName"), OBJECT(generate_name)},
        {STR_INIT("metadata.uid"), OBJECT(uid)},
        {STR_INIT("metadata.ownerReferences[].apiVersion"), CANDIDATE(api_version)},
        {STR_INIT("metadata.ownerReferences[].kind"), CANDIDATE(kind)},
        {STR_INIT("metadata.ownerReferences[].name"), CANDIDATE(name)},
        {STR_INIT("metadata.ownerReferences[].uid"), CANDIDATE(uid)},
};

static const struct {
    str path;
    size_t slot;
} noted[] = {
    {STR_INIT("metadata.ownerReferences"), SHELFLIFE_WORKLOAD_SLOT_OWNERS},
    {STR_INIT("metadata.ownerReferences[]"), SHELFLIFE_WORKLOAD_SLOT_OWNER},
    {STR_INIT("metadata.ownerReferences[].controller"), SHELFLIFE_WORKLOAD_SLOT_CONTROLLER},
    {STR_INIT("metadata.annotations[\"kubernetes.io/config.mirror\"]"), SHELFLIFE_WORKLOAD_SLOT_MIRROR},
};

/* The steps of all patterns, one pattern after the other. A pattern accepts at its step END. */
struct step {
    enum shelflife_workload_step_kind kind;
    size_t word;
    size_t pattern;
};

struct compiler {
    struct shelflife_shapes *shapes;
    struct step *steps;
    size_t step_count, step_capacity;
    struct shelflife_workload_word *words;
    size_t word_count, word_capacity;
    struct shelflife_workload_pattern *patterns;
    size_t pattern_count, pattern_capacity;
    struct shelflife_workload_row *rows;
    size_t row_count, row_capacity;
    error *err;
};

static void compiler_free(struct compiler *c)
{
    shelflife_free(c->steps);
    shelflife_free(c->words);
    shelflife_free(c->patterns);
    shelflife_free(c->rows);
}

static bool is_stop(str key)
{
    for (size_t i = 0; i < shelflife_workload_kinds.stop_count; i++)
        if (shelflife_str_equal(key, shelflife_workload_kinds.stops[i]))
            return true;
    return false;
}

static bool intern(struct compiler *c, str key, size_t *word)
{
    for (*word = 0; *word < c->word_count; ++*word)
        if (shelflife_str_equal(c->words[*word].text, key))
            return true;
    if (!shelflife_grow(&c->words, &c->word_capacity, c->word_count + 1, sizeof(*c->words)))
        return shelflife_fail_memory(c->err);
    struct shelflife_workload_word *added = &c->words[c->word_count++];
    *added = (struct shelflife_workload_word){.stop = is_stop(key)};
    return shelflife_arena_copy(&c->shapes->memory, key, &added->text) ||
           shelflife_arena_fail(&c->shapes->memory, c->err);
}

static bool add_step(struct compiler *c, struct step step)
{
    if (c->step_count == BITS_MAX)
        return shelflife_fail(c->err, SHELFLIFE_ERROR_LIMIT, "all paths together have more than %d steps",
                              BITS_MAX);
    if (!shelflife_grow(&c->steps, &c->step_capacity, c->step_count + 1, sizeof(*c->steps)))
        return shelflife_fail_memory(c->err);
    c->steps[c->step_count++] = step;
    return true;
}

static bool refuse(struct compiler *c, const char *why)
{
    return shelflife_fail(c->err, SHELFLIFE_ERROR_USAGE, "%s", why);
}

/* Keys that the automaton must know, even if no pattern names them. */
static bool intern_known(struct compiler *c)
{
    static const str parts[] = {
        [SHELFLIFE_WORKLOAD_PART_NAME] = STR_INIT("name"),
        [SHELFLIFE_WORKLOAD_PART_REGISTRY] = STR_INIT("registry"),
        [SHELFLIFE_WORKLOAD_PART_REPOSITORY] = STR_INIT("repository"),
        [SHELFLIFE_WORKLOAD_PART_TAG] = STR_INIT("tag"),
        [SHELFLIFE_WORKLOAD_PART_DIGEST] = STR_INIT("digest"),
        [SHELFLIFE_WORKLOAD_PART_IMAGE] = STR_INIT("image"),
        [SHELFLIFE_WORKLOAD_PART_HUB] = STR_INIT("hub"),
        [SHELFLIFE_WORKLOAD_PART_VALUE] = STR_INIT("value"),
        [SHELFLIFE_WORKLOAD_PART_DEFAULT] = STR_INIT("default"),
        [SHELFLIFE_WORKLOAD_PART_VALUE_FROM] = STR_INIT("valueFrom"),
    };
    size_t word;
    bool ok = true;
    for (size_t i = 0; ok && i < COUNT(parts); i++)
        ok = intern(c, parts[i], &word);
    for (size_t i = 0; ok && i < shelflife_workload_kinds.stop_count; i++)
        ok = intern(c, shelflife_workload_kinds.stops[i], &word);
    return ok;
}

/* Patterns that the grammar allows, but that make no sense here. */
static bool check_step(struct compiler *c, const struct shelflife_workload_step *step,
                       enum shelflife_workload_step_kind before, size_t slot)
{
    bool image = slot < SHELFLIFE_WORKLOAD_SLOT_OWNERS, field = slot >= SHELFLIFE_WORKLOAD_SLOT_FIELDS;
    if (step->kind == SHELFLIFE_WORKLOAD_STEP_ANY && before == SHELFLIFE_WORKLOAD_STEP_ANY)
        return refuse(c, "\"**\" follows \"**\": one is enough");
    bool ends = step->kind == SHELFLIFE_WORKLOAD_STEP_END || step->kind == SHELFLIFE_WORKLOAD_STEP_PARTS;
    if (ends && before == SHELFLIFE_WORKLOAD_STEP_ANY)
        return refuse(c, "it ends in \"**\": add the key of the image");
    if (image && step->kind == SHELFLIFE_WORKLOAD_STEP_KEY && is_stop(step->key))
        return refuse(c, "images are never looked for below status, annotations or managedFields");
    if (field && step->kind != SHELFLIFE_WORKLOAD_STEP_KEY && step->kind != SHELFLIFE_WORKLOAD_STEP_END)
        return refuse(c, "a field is one value, so its path has keys only");
    return true;
}

static bool add_steps(struct compiler *c, str path, size_t slot, bool *parts)
{
    struct shelflife_workload_pattern_reader reader = {.text = path, .memory = &c->shapes->memory};
    struct shelflife_workload_step step = {.kind = SHELFLIFE_WORKLOAD_STEP_END};
    do {
        enum shelflife_workload_step_kind before = step.kind;
        struct step added = {.pattern = c->pattern_count};
        if (!shelflife_workload_pattern_next(&reader, &step, c->err) || !check_step(c, &step, before, slot))
            return false;
        if (step.kind == SHELFLIFE_WORKLOAD_STEP_PARTS) {
            *parts = true;
            continue;
        }
        added.kind = step.kind;
        if (step.kind == SHELFLIFE_WORKLOAD_STEP_KEY && !intern(c, step.key, &added.word))
            return false;
        if (!add_step(c, added))
            return false;
    } while (step.kind != SHELFLIFE_WORKLOAD_STEP_END);
    return true;
}

static bool add_pattern(struct compiler *c, str path, size_t slot)
{
    struct shelflife_workload_pattern pattern = {.slot = slot, .first = c->step_count};
    if (!shelflife_arena_copy(&c->shapes->memory, path, &pattern.path))
        return shelflife_arena_fail(&c->shapes->memory, c->err);
    if (!add_steps(c, path, slot, &pattern.parts))
        return shelflife_error_prefix(c->err, "path \"%.*s\"", STR_PRINT(path));
    pattern.end = c->step_count;
    if (!shelflife_grow(&c->patterns, &c->pattern_capacity, c->pattern_count + 1, sizeof(*c->patterns)))
        return shelflife_fail_memory(c->err);
    c->patterns[c->pattern_count++] = pattern;
    return true;
}

static bool is_pattern(const struct shelflife_workload_pattern *pattern, str path, size_t slot)
{
    return pattern->slot == slot && shelflife_str_equal(pattern->path, path);
}

static bool add_row(struct compiler *c, str group, str kind, enum shelflife_workload_row_class class,
                    str path, size_t slot)
{
    struct shelflife_workload_row row = {.class = class};
    arena *memory = &c->shapes->memory;
    if (!shelflife_arena_copy(memory, group, &row.group) || !shelflife_arena_copy(memory, kind, &row.kind))
        return shelflife_arena_fail(memory, c->err);
    row.pattern = c->shapes->noted_pattern_count;
    while (row.pattern < c->pattern_count && !is_pattern(&c->patterns[row.pattern], path, slot))
        row.pattern++;
    if (row.pattern == c->pattern_count && !add_pattern(c, path, slot))
        return false;
    if (!shelflife_grow(&c->rows, &c->row_capacity, c->row_count + 1, sizeof(*c->rows)))
        return shelflife_fail_memory(c->err);
    c->rows[c->row_count++] = row;
    return true;
}

/* The images of a Pod spec below `at`. */
static bool add_pod_spec(struct compiler *c, str group, str kind, enum shelflife_workload_row_class class,
                         str at)
{
    for (size_t i = 0; i < shelflife_workload_kinds.pod_spec_count; i++) {
        str path;
        if (!shelflife_arena_format(&c->shapes->memory, &path, "%.*s.%.*s", STR_PRINT(at),
                                    STR_PRINT(shelflife_workload_kinds.pod_spec[i])))
            return shelflife_arena_fail(&c->shapes->memory, c->err);
        if (!add_row(c, group, kind, class, path, SHELFLIFE_WORKLOAD_SLOT_IMAGE))
            return false;
    }
    return true;
}

static bool add_rows(struct compiler *c, const struct shelflife_shape *rows, size_t count,
                     enum shelflife_workload_row_class class, size_t slot)
{
    for (size_t i = 0; i < count; i++)
        if (!add_row(c, rows[i].group, rows[i].kind, class, rows[i].path, slot))
            return false;
    return true;
}

static bool add_images(struct compiler *c, const struct shelflife_shape *extra, size_t extra_count)
{
    const struct shelflife_workload_kinds *k = &shelflife_workload_kinds;
    for (size_t i = 0; i < k->exact_count; i++)
        if (!add_pod_spec(c, k->exact[i].group, k->exact[i].kind, SHELFLIFE_WORKLOAD_ROW_EXACT,
                          k->exact[i].path))
            return false;
    for (size_t i = 0; i < k->generic_count; i++)
        if (!add_pod_spec(c, STR("*"), STR("*"), SHELFLIFE_WORKLOAD_ROW_GENERIC, k->generic[i]))
            return false;
    if (!add_rows(c, k->history, k->history_count, SHELFLIFE_WORKLOAD_ROW_HISTORY,
                  SHELFLIFE_WORKLOAD_SLOT_IMAGE))
        return false;
    for (size_t i = 0; i < k->table_count; i++)
        if (!add_rows(c, k->tables[i].rows, k->tables[i].count,
                      k->tables[i].exact ? SHELFLIFE_WORKLOAD_ROW_EXACT : SHELFLIFE_WORKLOAD_ROW_FURTHER,
                      k->tables[i].slot))
            return false;
    return add_rows(c, extra, extra_count, SHELFLIFE_WORKLOAD_ROW_FURTHER, SHELFLIFE_WORKLOAD_SLOT_IMAGE);
}

static bool add_noted(struct compiler *c, const str *fields, size_t field_count)
{
    for (size_t i = 0; i < COUNT(noted); i++)
        if (!add_pattern(c, noted[i].path, noted[i].slot))
            return false;
    for (size_t i = 0; i < SHELFLIFE_WORKLOAD_NOTED_STRINGS; i++)
        if (!add_pattern(c, shelflife_workload_noted_strings[i].path, SHELFLIFE_WORKLOAD_SLOT_STRINGS + i))
            return false;
    for (size_t i = 0; i < field_count; i++)
        if (!add_pattern(c, fields[i], SHELFLIFE_WORKLOAD_SLOT_FIELDS + i))
            return false;
    c->shapes->noted_pattern_count = c->pattern_count;
    return true;
}

/* The automaton's sets, before they become constant. */
struct sets {
    uint64_t *none, *starts, *star, *element, *other, *accept, *beside, *images, *maps, *parameters, *texts;
    uint64_t **match; /* of each word */
    uint16_t *pattern_at;
};

static bool alloc_sets(struct compiler *c, struct sets *sets)
{
    arena *memory = &c->shapes->memory;
    size_t width = c->shapes->width;
    uint64_t **const all[] = {&sets->none,  &sets->starts,     &sets->star,   &sets->element,
                              &sets->other, &sets->accept,     &sets->beside, &sets->images,
                              &sets->maps,  &sets->parameters, &sets->texts};
    for (size_t i = 0; i < COUNT(all); i++)
        if (!(*all[i] = shelflife_arena_array(memory, width, sizeof(uint64_t))))
            return false;
    if (!(sets->match = shelflife_arena_array(memory, c->word_count, sizeof(*sets->match))))
        return false;
    for (size_t i = 0; i < c->word_count; i++)
        if (!(sets->match[i] = shelflife_arena_array(memory, width, sizeof(uint64_t))))
            return false;
    sets->pattern_at = shelflife_arena_array(memory, width * 64, sizeof(*sets->pattern_at));
    return sets->pattern_at != NULL;
}

/* What may be at the end of a pattern. */
static void fill_end(const struct shelflife_workload_pattern *pattern, struct sets *sets, size_t bit)
{
    shelflife_workload_set_bit(sets->accept, bit);
    if (pattern->slot == SHELFLIFE_WORKLOAD_SLOT_IMAGE)
        shelflife_workload_set_bit(sets->images, bit);
    if (pattern->parts)
        shelflife_workload_set_bit(sets->maps, bit);
    if (pattern->slot == SHELFLIFE_WORKLOAD_SLOT_PARAMETER)
        shelflife_workload_set_bit(sets->parameters, bit);
    if (pattern->slot == SHELFLIFE_WORKLOAD_SLOT_MANIFEST || pattern->slot == SHELFLIFE_WORKLOAD_SLOT_VALUES)
        shelflife_workload_set_bit(sets->texts, bit);
}

static void fill_step(const struct compiler *c, struct sets *sets, size_t i)
{
    const struct step *step = &c->steps[i];
    bool image = c->patterns[step->pattern].slot == SHELFLIFE_WORKLOAD_SLOT_IMAGE;
    bool key = step->kind == SHELFLIFE_WORKLOAD_STEP_KEY || step->kind == SHELFLIFE_WORKLOAD_STEP_ANY_KEY;
    switch (step->kind) {
    case SHELFLIFE_WORKLOAD_STEP_KEY:
        shelflife_workload_set_bit(sets->match[step->word], i);
        break;
    case SHELFLIFE_WORKLOAD_STEP_ANY_KEY:
        shelflife_workload_set_bit(sets->other, i);
        for (size_t w = 0; w < c->word_count; w++)
            if (!c->words[w].stop)
                shelflife_workload_set_bit(sets->match[w], i);
        break;
    case SHELFLIFE_WORKLOAD_STEP_ELEMENT:
        shelflife_workload_set_bit(sets->element, i);
        break;
    case SHELFLIFE_WORKLOAD_STEP_ANY:
        shelflife_workload_set_bit(sets->star, i);
        break;
    case SHELFLIFE_WORKLOAD_STEP_PARTS: /* END follows it, and is in the list for both */
    case SHELFLIFE_WORKLOAD_STEP_END:
        fill_end(&c->patterns[step->pattern], sets, i);
        sets->pattern_at[i] = (uint16_t)step->pattern;
        break;
    }
    if (image && key && c->steps[i + 1].kind == SHELFLIFE_WORKLOAD_STEP_END)
        shelflife_workload_set_bit(sets->beside, i);
}

static bool fill_buckets(struct shelflife_shapes *s)
{
    size_t size = 16;
    while (size < s->word_count * 4)
        size *= 2;
    s->bucket_mask = size - 1;
    s->buckets = shelflife_arena_array(&s->memory, size, sizeof(*s->buckets));
    if (!s->buckets)
        return false;
    for (size_t i = 0; i < s->word_count; i++) {
        size_t at = shelflife_str_tag(s->words[i].text) & s->bucket_mask;
        while (s->buckets[at])
            at = (at + 1) & s->bucket_mask;
        s->buckets[at] = (uint16_t)(i + 1);
    }
    return true;
}

/* Links the rows of each kind, in their order. */
static void link_rows(struct shelflife_shapes *s)
{
    for (size_t i = s->row_count; i > 0; i--) {
        struct shelflife_workload_row *row = &s->rows[i - 1];
        uint32_t *first = shelflife_workload_kinds_is_any(row->kind)
                              ? &s->any_kind
                              : &s->rows_of[shelflife_workload_shapes_list_of(row->kind)];
        row->next = *first;
        *first = (uint32_t)i;
    }
}

static void *keep(arena *memory, const void *array, size_t count, size_t size)
{
    void *copy = shelflife_arena_array(memory, count, size);
    if (copy && count)
        shelflife_copy(copy, array, count * size);
    return copy;
}

static bool finish(struct compiler *c)
{
    struct shelflife_shapes *s = c->shapes;
    struct sets sets;
    s->width = (c->step_count + 63) / 64;
    s->pattern_count = c->pattern_count;
    s->row_count = c->row_count;
    s->word_count = c->word_count;
    if (!alloc_sets(c, &sets) ||
        !(s->patterns = keep(&s->memory, c->patterns, c->pattern_count, sizeof(*c->patterns))) ||
        !(s->rows = keep(&s->memory, c->rows, c->row_count, sizeof(*c->rows))) ||
        !(s->words = keep(&s->memory, c->words, c->word_count, sizeof(*c->words))) || !fill_buckets(s))
        return shelflife_arena_fail(&s->memory, c->err);
    link_rows(s);
    for (size_t i = 0; i < c->step_count; i++)
        fill_step(c, &sets, i);
    for (size_t i = 0; i < s->pattern_count; i++)
        shelflife_workload_set_bit(sets.starts, s->patterns[i].first);
    for (size_t i = 0; i < s->word_count; i++)
        s->words[i].move =
            (struct shelflife_workload_move){sets.match[i], s->words[i].stop ? sets.none : sets.star};
    s->other = (struct shelflife_workload_move){sets.other, sets.star};
    s->element = (struct shelflife_workload_move){sets.element, sets.star};
    s->starts = sets.starts;
    s->star = sets.star;
    s->accept = sets.accept;
    s->beside = sets.beside;
    s->images = sets.images;
    s->maps = sets.maps;
    s->parameters = sets.parameters;
    s->texts = sets.texts;
    s->pattern_at = sets.pattern_at;
    return true;
}

struct shelflife_shapes *shelflife_shapes_new(const struct shelflife_shape *extra, size_t extra_count,
                                              const str *fields, size_t field_count, error *err)
{
    struct shelflife_shapes *s = shelflife_calloc(1, sizeof(*s));
    if (!s) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_arena_init(&s->memory, MEMORY_MAX);
    s->field_count = field_count;
    struct compiler c CLEANUP(compiler_free) = {.shapes = s, .err = err};
    if (intern_known(&c) && add_noted(&c, fields, field_count) && add_images(&c, extra, extra_count) &&
        finish(&c))
        return s;
    shelflife_shapes_free(s);
    return NULL;
}

void shelflife_shapes_free(struct shelflife_shapes *s)
{
    if (!s)
        return;
    shelflife_arena_free(&s->memory);
    shelflife_free(s);
}
