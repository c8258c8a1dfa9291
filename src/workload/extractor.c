#include "base/siphash.h"
#include "workload/embedded.h"
#include "workload/kinds.h"
#include "workload/parameters.h"
#include "workload/parts.h"
#include "workload/path.h"
#include "workload/pattern.h"
#include "workload/shapes.h"

/* Memory kept from one object to the next, enough for usual ones. */
enum { LEVELS_KEPT = 64, TEXT_KEPT = 4 * 1024 };

/* What may wait for the end of its map, in bytes: images and names, and parts of images besides. */
enum { WAITING_MAX = 64 * 1024, PARTS_MAX = 64 * 1024 };

/* What may wait for the end of the object although there is a sink: images with parameters, and their paths,
 * in bytes. */
enum { FILLED_MAX = 128 * 1024 };

/* The most texts of an object that are listed because they could not be read. */
enum { UNREAD_MAX = 20 };

/* An image that is kept because there is no sink, or because the kind is not known yet. */
struct found {
    struct shelflife_image image;
    struct found *next;
    uint32_t time;
    bool may_fill;       /* its text has parameters */
    uint64_t accepted[]; /* the patterns that led there, while the kind is unknown */
};

/* Images that were only counted, by the patterns that led to them. */
struct left_out {
    struct left_out *next;
    size_t count;
    uint64_t accepted[]; /* while the kind is unknown */
};

/* A text in the object that could not be read. */
struct unread {
    struct unread *next;
    struct shelflife_unread about;
    uint64_t accepted[]; /* while the kind is unknown */
};

/* An image that waits for the `name` beside it. In the buffer `waiting`, its text, its key and the states
 * that led there follow it. */
struct waiting {
    struct shelflife_json_position position;
    uint64_t hash;
    size_t size; /* 0: this is the name */
    uint32_t index;
    uint16_t text_len, key_len;
    bool key_cut;
    bool composed;    /* it is a map of parts */
    unsigned char of; /* size 0: PART_START, or enum shelflife_workload_part + 1 */
};
enum { PART_START = 255 }; /* the beginning of a map of parts, with its position */
_Static_assert(SHELFLIFE_IMAGE_MAX <= UINT16_MAX, "text_len");

/* What a map is for. */
enum form { FORM_NONE, FORM_IMAGE, FORM_PARAMETER };

/* The state of an open map. What waits in it is at the end of the buffer: maps end in reverse order. */
struct extractor_level {
    size_t waiting_at; /* where that begins */
    size_t name_at;
    uint32_t time;       /* when it began */
    uint32_t parameters; /* the list of those that belong to it */
    uint16_t name_len;
    unsigned char form;
    bool waits;
    bool is_owner;
    bool others_lead; /* patterns continue below keys that no pattern names */
    bool names_count; /* its `name` belongs to an image in it */
};

/* How much of a string is needed: all, what an image may have, or what a text with images may have. */
enum keep { KEEP_ALL, KEEP_IMAGE, KEEP_TEXT };

/* What to do with the next value, or the one being read. */
struct value {
    bool open;     /* its first event has been seen */
    bool wanted;   /* a pattern ends here */
    bool is_name;  /* it is the `name` beside an image */
    bool is_owner; /* it is an owner reference */
    enum keep keep;
    unsigned char form; /* of the map */
    unsigned char part; /* it is a part of the map: enum shelflife_workload_part + 1 */
    struct shelflife_json_position position;
};

/* An image's text that is too long to be kept. */
struct long_text {
    size_t size; /* 0: there is none */
    bool blank;
    struct shelflife_siphash hash;
};

struct shelflife_extractor {
    arena *memory;
    const struct shelflife_shapes *shapes;
    const struct shelflife_json_parser *parser;
    shelflife_locator *locator; /* NULL: ask the parser, if there is one */
    const void *locator_context;
    struct shelflife_workload_place *places; /* open maps and arrays, one for each level */
    struct extractor_level *levels;
    uint64_t *states; /* a set for the root, and one for what each level leads to */
    size_t width;     /* of a set, as far as the selected patterns have bits in it */
    size_t depth, place_capacity, level_capacity, state_capacity;
    uint64_t *selected; /* the patterns selected for the kind, as far as known */
    size_t selected_capacity;
    buffer keys, text, scratch, waiting;
    struct long_text long_text;
    shelflife_image_sink *sink;
    void *sink_context;
    const unsigned char *sink_key;
    const struct shelflife_image *handed; /* during a call of the sink */
    const struct waiting *handed_waiting; /* the same, if it waited */
    const char *handed_key;
    uint32_t image_count;
    size_t key_size; /* of the key being read, whose beginning is in `keys` */
    struct value value;
    struct shelflife_workload_notes *notes; /* NULL until the first event */
    struct found *first, **last;
    size_t found_count, found_bytes, found_max, bytes_max;
    struct left_out *left_out;
    str last_text;             /* of the image found last */
    const uint64_t *accepting; /* the patterns by which the image counts that is handed on */
    struct shelflife_workload_parameters parameters;
    struct shelflife_workload_embedded_use embedded;
    struct unread *unread;
    size_t unread_count;
    uint32_t time;   /* goes up with each map that begins or ends */
    bool fills;      /* the kind is known, and has parameters */
    bool as_written; /* the kind is known, and its images are run as they are written */
    bool shallow;    /* texts in the object are not read */
    bool kind_given, out_of_memory, in_key, done, complete;
    bool is_history; /* the keys below `data` are compared without regard to case, if the kind is given */
};

struct shelflife_extractor *shelflife_extractor_new(arena *memory)
{
    struct shelflife_extractor *x = shelflife_calloc(1, sizeof(*x));
    if (!x)
        return NULL;
    x->memory = memory;
    x->found_max = x->bytes_max = SIZE_MAX;
    shelflife_buffer_init(&x->keys, SIZE_MAX / 2);
    shelflife_buffer_init(&x->text, memory->limit);
    shelflife_buffer_init(&x->scratch, SIZE_MAX / 2);
    shelflife_buffer_init(&x->waiting, SIZE_MAX / 2);
    return x;
}

static void release_levels(struct shelflife_extractor *x)
{
    shelflife_free(x->places);
    shelflife_free(x->levels);
    shelflife_free(x->states);
    x->places = NULL;
    x->levels = NULL;
    x->states = NULL;
    x->place_capacity = x->level_capacity = x->state_capacity = 0;
    shelflife_buffer_free(&x->keys);
}

void shelflife_extractor_free(struct shelflife_extractor *x)
{
    if (!x)
        return;
    release_levels(x);
    shelflife_free(x->selected);
    shelflife_buffer_free(&x->text);
    shelflife_buffer_free(&x->scratch);
    shelflife_buffer_free(&x->waiting);
    shelflife_workload_parameters_free(&x->parameters);
    shelflife_free(x);
}

/* Makes room for that many levels, and for the states after the last one. */
static bool reserve(struct shelflife_extractor *x, size_t depth)
{
    size_t states = (depth + 1) * x->width;
    if (depth <= x->place_capacity && depth <= x->level_capacity && states <= x->state_capacity)
        return true;
    return shelflife_grow(&x->places, &x->place_capacity, depth, sizeof(*x->places)) &&
           shelflife_grow(&x->levels, &x->level_capacity, depth, sizeof(*x->levels)) &&
           shelflife_grow(&x->states, &x->state_capacity, states, sizeof(*x->states));
}

static void release_large(buffer *b)
{
    shelflife_buffer_reset(b);
    if (b->capacity > TEXT_KEPT)
        shelflife_buffer_free(b);
}

void shelflife_extractor_reset(struct shelflife_extractor *x)
{
    if (x->level_capacity > LEVELS_KEPT || x->state_capacity > LEVELS_KEPT * x->width)
        release_levels(x);
    release_large(&x->keys);
    release_large(&x->text);
    release_large(&x->scratch);
    release_large(&x->waiting);
    x->depth = 0;
    x->value = (struct value){0};
    x->notes = NULL;
    x->first = NULL;
    x->last = &x->first;
    x->found_count = x->found_bytes = 0;
    x->left_out = NULL;
    x->last_text = (str){0};
    x->long_text.size = 0;
    x->sink = NULL;
    x->image_count = 0;
    shelflife_workload_parameters_reset(&x->parameters);
    x->embedded = (struct shelflife_workload_embedded_use){0};
    x->unread = NULL;
    x->unread_count = 0;
    x->time = 0;
    x->shallow = false;
    x->in_key = x->done = x->complete = false;
}

size_t shelflife_extractor_memory(const struct shelflife_extractor *x)
{
    return sizeof(*x) + x->place_capacity * sizeof(*x->places) + x->level_capacity * sizeof(*x->levels) +
           (x->state_capacity + x->selected_capacity) * sizeof(*x->states) + x->keys.capacity +
           x->text.capacity + x->scratch.capacity + x->waiting.capacity +
           x->parameters.capacity * sizeof(*x->parameters.at);
}

static bool intersects(const uint64_t *a, const uint64_t *b, size_t width)
{
    uint64_t any = 0;
    for (size_t i = 0; i < width; i++)
        any |= a[i] & b[i];
    return any != 0;
}

/* What depends on the kind. */
static void select_kind(struct shelflife_extractor *x, str group, str kind)
{
    x->is_history = shelflife_workload_kinds_is_history(group, kind);
    x->as_written = shelflife_workload_shapes_select(x->shapes, group, kind, x->selected);
    x->fills = intersects(x->selected, x->shapes->parameters, x->width);
}

void shelflife_extractor_begin(struct shelflife_extractor *x, const struct shelflife_shapes *shapes,
                               str group, str kind, const struct shelflife_json_parser *parser)
{
    shelflife_extractor_reset(x);
    x->shapes = shapes;
    x->parser = parser;
    x->locator = NULL;
    x->kind_given = kind.len > 0;
    x->is_history = x->as_written = x->fills = false;
    x->width = shapes->width;
    x->out_of_memory = !reserve(x, 1) || !shelflife_grow(&x->selected, &x->selected_capacity, shapes->width,
                                                         sizeof(*x->selected));
    if (x->out_of_memory)
        return; /* the first event determines it */
    if (x->kind_given)
        select_kind(x, group, kind);
    else
        shelflife_workload_shapes_select_all(shapes, x->selected);
    while (x->kind_given && !x->selected[x->width - 1])
        x->width--;
    shelflife_workload_shapes_root(shapes, x->width, x->selected, x->states);
}

void shelflife_extractor_locate(struct shelflife_extractor *x, shelflife_locator *locator,
                                const void *context)
{
    x->locator = locator;
    x->locator_context = context;
}

void shelflife_workload_extractor_shallow(struct shelflife_extractor *x)
{
    x->shallow = true;
}

void shelflife_extractor_sink(struct shelflife_extractor *x, shelflife_image_sink *sink, void *context,
                              const unsigned char *key)
{
    x->sink = sink;
    x->sink_context = context;
    x->sink_key = key;
}

void shelflife_extractor_limit(struct shelflife_extractor *x, size_t images, size_t bytes)
{
    x->found_max = images;
    x->bytes_max = bytes;
}

/* The states of the next value at this depth. */
static uint64_t *states_at(const struct shelflife_extractor *x, size_t depth)
{
    return x->states + depth * x->width;
}

/* Whether patterns continue below the value. */
static bool leads_on(const struct shelflife_extractor *x)
{
    const uint64_t *states = states_at(x, x->depth);
    uint64_t any = 0;
    for (size_t i = 0; i < x->width; i++)
        any |= states[i] & ~x->shapes->accept[i];
    return any != 0;
}

/* What the states of a map say about its keys in advance. */
static struct extractor_level map_level(const struct shelflife_extractor *x)
{
    const struct shelflife_shapes *s = x->shapes;
    const uint64_t *states = states_at(x, x->depth);
    uint64_t others = 0, names = 0;
    for (size_t i = 0; i < x->width; i++) {
        others |= states[i] & (s->other.match[i] | s->other.keep[i]);
        names |= states[i] & s->beside[i];
    }
    return (struct extractor_level){.waiting_at = x->waiting.len,
                                    .time = x->time,
                                    .form = x->value.form,
                                    .is_owner = x->value.is_owner,
                                    .others_lead = others,
                                    .names_count = names};
}

/* After a failure there are no notes. */
static bool start(struct shelflife_extractor *x, error *err)
{
    if (x->out_of_memory)
        return shelflife_fail_memory(err);
    struct shelflife_workload_notes *notes = shelflife_arena_alloc(x->memory, sizeof(*notes));
    if (!notes ||
        !(notes->fields = shelflife_arena_array(x->memory, x->shapes->field_count, sizeof(*notes->fields))))
        return shelflife_arena_fail(x->memory, err);
    notes->object.fields = notes->fields;
    x->notes = notes;
    return true;
}

static bool is_blank(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] != ' ' && (text.at[i] < '\t' || text.at[i] > '\r'))
            return false;
    return true;
}

/* ---- Images ---- */

static size_t states_kept(const struct shelflife_extractor *x)
{
    return x->kind_given ? 0 : x->width;
}

/* Writes the path of the image that is handed on. If it waited, the map's key is a later one by now. */
bool shelflife_extractor_path(struct shelflife_extractor *x, arena *a, str *path, error *err)
{
    const struct waiting *waiting = x->handed_waiting;
    if (x->handed->path.len)
        return shelflife_arena_copy(a, x->handed->path, path) || shelflife_arena_fail(a, err);
    if (waiting) {
        struct shelflife_workload_place *place = &x->places[x->depth - 1];
        x->keys.len = place->key_at;
        shelflife_buffer_append(&x->keys, (str){x->handed_key, waiting->key_len});
        if (x->keys.failed)
            return shelflife_fail_memory(err);
        place->key_len = waiting->key_len;
        place->key_cut = waiting->key_cut;
    }
    return shelflife_workload_path_write(x->places, x->depth, x->keys.at, &x->scratch, a, path, err);
}

/* The patterns that led to a value. `states`, which may have any address, are those that are kept of it. */
static uint64_t accepted_at(const struct shelflife_extractor *x, const char *states, size_t i)
{
    uint64_t word;
    memcpy(&word, states + i * sizeof(word), sizeof(word));
    return word & x->accepting[i];
}

static bool leave_out_image(struct shelflife_extractor *x, const char *states, error *err)
{
    size_t width = states_kept(x), i = 0;
    struct left_out *left = x->left_out;
    for (; left; left = left->next) {
        for (i = 0; i < width && left->accepted[i] == accepted_at(x, states, i);)
            i++;
        if (i == width)
            break;
    }
    if (!left) {
        left = shelflife_arena_alloc(x->memory, sizeof(*left) + width * sizeof(uint64_t));
        if (!left)
            return shelflife_arena_fail(x->memory, err);
        for (i = 0; i < width; i++)
            left->accepted[i] = accepted_at(x, states, i);
        left->next = x->left_out;
        x->left_out = left;
    }
    left->count++;
    return true;
}

static bool list_image(struct shelflife_extractor *x, const struct shelflife_image *image, bool may_fill,
                       const char *states, error *err)
{
    size_t bytes = states_kept(x) * sizeof(uint64_t);
    if (x->found_count >= x->found_max || x->found_bytes >= x->bytes_max ||
        image->text.len > x->bytes_max - x->found_bytes)
        return leave_out_image(x, states, err);
    struct found *found = shelflife_arena_alloc(x->memory, sizeof(*found) + bytes);
    if (!found)
        return shelflife_arena_fail(x->memory, err);
    found->image = *image;
    found->time = x->time;
    found->may_fill = may_fill;
    for (size_t i = 0; i < states_kept(x); i++)
        found->accepted[i] = accepted_at(x, states, i);
    /* Neighbouring containers often have the same image. */
    if (!shelflife_str_equal(image->text, x->last_text) &&
        !shelflife_arena_copy(x->memory, image->text, &x->last_text))
        return shelflife_arena_fail(x->memory, err);
    found->image.text = x->last_text;
    if (image->container.len && !shelflife_arena_copy(x->memory, image->container, &found->image.container))
        return shelflife_arena_fail(x->memory, err);
    *x->last = found;
    x->last = &found->next;
    if (!shelflife_extractor_path(x, x->memory, &found->image.path, err))
        return false;
    x->found_count++;
    x->found_bytes += image->text.len + found->image.path.len;
    return true;
}

static bool hand_on(struct shelflife_extractor *x, struct shelflife_image *image, const char *states,
                    error *err)
{
    x->handed = image;
    image->as_written = x->as_written;
    /* What has parameters waits for all of them. */
    bool may_fill = (x->fills || !x->kind_given) && shelflife_workload_parameters_occur(image->text);
    if (may_fill && x->kind_given && x->sink && x->found_bytes >= FILLED_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                              "the images with parameters are longer than %d bytes: divide the object, or "
                              "write images without parameters",
                              FILLED_MAX);
    return x->sink && x->kind_given && !may_fill ? x->sink(x->sink_context, image, err)
                                                 : list_image(x, image, may_fill, states, err);
}

/* Reads what waits at *at, with the text after it, and moves on. Returns false at the end. */
static bool next_waiting(const struct shelflife_extractor *x, size_t *at, struct waiting *out, str *text)
{
    if (*at == x->waiting.len)
        return false;
    memcpy(out, x->waiting.at + *at, sizeof(*out));
    *text = (str){x->waiting.at + *at + sizeof(*out), out->text_len};
    *at += sizeof(*out) + text->len + out->key_len + states_kept(x) * sizeof(uint64_t);
    return true;
}

/* The map ends. */
static bool hand_on_waiting(struct shelflife_extractor *x, const struct extractor_level *level, error *err)
{
    struct waiting waiting;
    str text;
    for (size_t at = level->waiting_at; next_waiting(x, &at, &waiting, &text);) {
        const char *key = text.at + text.len, *states = key + waiting.key_len;
        if (!waiting.size)
            continue;
        struct shelflife_image image = {
            .text = text,
            .size = waiting.size,
            .hash = waiting.hash,
            .index = waiting.index,
            .container = {level->name_len ? x->waiting.at + level->name_at : NULL, level->name_len},
            .position = waiting.position};
        x->accepting = waiting.composed ? x->shapes->maps : x->shapes->images;
        x->handed_waiting = &waiting;
        x->handed_key = key;
        bool ok = hand_on(x, &image, states, err);
        x->handed_waiting = NULL;
        if (!ok)
            return false;
    }
    x->waiting.len = level->waiting_at;
    return true;
}

/* Whether that much more may wait. */
static bool may_wait(const struct shelflife_extractor *x, size_t bytes)
{
    return x->waiting.len + bytes <= WAITING_MAX;
}

static bool append_waiting(struct shelflife_extractor *x, const struct waiting *waiting, const char *text,
                           const char *key, error *err)
{
    size_t bytes = states_kept(x) * sizeof(uint64_t);
    size_t size = sizeof(*waiting) + waiting->text_len + waiting->key_len + bytes;
    if (!shelflife_buffer_reserve(&x->waiting, size))
        return shelflife_fail_memory(err);
    char *to = shelflife_copy(x->waiting.at + x->waiting.len, waiting, sizeof(*waiting));
    to = shelflife_copy(to, text, waiting->text_len);
    to = shelflife_copy(to, key, waiting->key_len);
    shelflife_copy(to, states_at(x, x->depth), bytes);
    x->waiting.len += size;
    x->levels[x->depth - 1].waits = true;
    return true;
}

static bool wait_for_name(struct shelflife_extractor *x, const struct shelflife_image *image, error *err)
{
    const struct shelflife_workload_place *place = &x->places[x->depth - 1];
    const struct waiting waiting = {.position = image->position,
                                    .hash = image->hash,
                                    .size = image->size,
                                    .index = image->index,
                                    .text_len = (uint16_t)image->text.len,
                                    .key_len = place->key_len,
                                    .key_cut = place->key_cut,
                                    .composed = x->accepting == x->shapes->maps};
    return append_waiting(x, &waiting, image->text.at, x->keys.at + place->key_at, err);
}

/* The last one of duplicate names counts. */
static bool keep_name(struct shelflife_extractor *x, bool is_string, str text, error *err)
{
    struct extractor_level *level = &x->levels[x->depth - 1];
    struct shelflife_arena_mark mark = shelflife_arena_mark(x->memory);
    level->name_len = 0;
    if (!is_string || !text.len || !may_wait(x, sizeof(struct waiting) + SHELFLIFE_PATH_MAX))
        return true;
    if (!shelflife_workload_path_keep(text, &x->scratch, x->memory, &text, err))
        return false;
    size_t before = x->waiting.len;
    bool ok = append_waiting(x, &(struct waiting){.text_len = (uint16_t)text.len}, text.at, NULL, err);
    level->name_at = before + sizeof(struct waiting);
    level->name_len = (uint16_t)text.len;
    shelflife_arena_rewind(x->memory, mark);
    return ok;
}

/* ---- Maps of parts ---- */

/* Parts wait with the images: for the end of the map. `at` is the position of the map. */
static bool add_part(struct shelflife_extractor *x, unsigned char of, str text,
                     struct shelflife_json_position at, error *err)
{
    text = shelflife_str_first(text, SHELFLIFE_IMAGE_MAX);
    struct waiting part = {.position = at, .text_len = (uint16_t)text.len, .of = of};
    if (x->waiting.len + sizeof(part) + text.len > WAITING_MAX + PARTS_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the maps that are images are longer than %d bytes",
                              PARTS_MAX);
    return append_waiting(x, &part, text.at, NULL, err);
}

/* The parts of the map that ends; the last ones of duplicates. Returns its position. */
static struct shelflife_json_position collect_parts(const struct shelflife_extractor *x,
                                                    const struct extractor_level *level,
                                                    str parts[SHELFLIFE_WORKLOAD_PARTS])
{
    struct shelflife_json_position position = {0};
    struct waiting part;
    str text;
    for (size_t at = level->waiting_at; next_waiting(x, &at, &part, &text);)
        if (!part.size && part.of == PART_START)
            position = part.position;
        else if (!part.size && part.of)
            parts[part.of - 1] = text;
    return position;
}

static str key_at(const struct shelflife_extractor *x, size_t depth)
{
    const struct shelflife_workload_place *place = &x->places[depth];
    return (str){x->keys.at + place->key_at, place->is_array || place->key_cut ? 0 : place->key_len};
}

/* What the list `parameters` of Argo is for, and the level of the map that it belongs to. */
static bool classify_parameters(const struct shelflife_extractor *x, size_t *level,
                                enum shelflife_workload_source *source)
{
    str around = *level ? key_at(x, *level - 1) : STR("");
    str outside = *level > 1 ? key_at(x, *level - 2) : STR("");
    bool workflow =
        shelflife_str_equal(outside, STR("spec")) || shelflife_str_equal(outside, STR("workflowSpec"));
    if (shelflife_str_equal(around, STR("inputs")))
        *source = SHELFLIFE_WORKLOAD_SOURCE_INPUTS;
    else if (shelflife_str_equal(around, STR("arguments")))
        *source = workflow ? SHELFLIFE_WORKLOAD_SOURCE_ARGUMENTS : SHELFLIFE_WORKLOAD_SOURCE_CALL;
    else
        return false;
    --*level;
    return true;
}

/* In a matrix of Tekton, matrix.params[0] or matrix.include[0].params[0], a parameter has many values. It
 * belongs to the task that has the matrix. */
static bool is_in_matrix(const struct shelflife_extractor *x, size_t *level)
{
    if (*level > 0 && shelflife_str_equal(key_at(x, *level - 1), STR("matrix"))) {
        *level -= 1;
        return true;
    }
    if (*level > 2 && x->places[*level - 1].is_array &&
        shelflife_str_equal(key_at(x, *level - 2), STR("include")) &&
        shelflife_str_equal(key_at(x, *level - 3), STR("matrix"))) {
        *level -= 3;
        return true;
    }
    return false;
}

/* Notes the parameter that the map at the innermost level is: a.params[0], a.inputs.parameters[0]. */
static bool note_parameter(struct shelflife_extractor *x, const str parts[SHELFLIFE_WORKLOAD_PARTS],
                           error *err)
{
    size_t level = x->depth - 3; /* the map that has the list */
    str value = parts[SHELFLIFE_WORKLOAD_PART_VALUE];
    struct shelflife_workload_parameter parameter = {
        .name = parts[SHELFLIFE_WORKLOAD_PART_NAME],
        .value = value.len ? value : parts[SHELFLIFE_WORKLOAD_PART_DEFAULT],
        .source = SHELFLIFE_WORKLOAD_SOURCE_PARAMS,
        .is_default = !value.at,
        .unknown = parts[SHELFLIFE_WORKLOAD_PART_VALUE_FROM].len > 0};
    if (shelflife_str_equal(key_at(x, level), STR("params")))
        parameter.unknown = is_in_matrix(x, &level) || parameter.unknown;
    else if (!classify_parameters(x, &level, &parameter.source))
        return true;
    if (parameter.source == SHELFLIFE_WORKLOAD_SOURCE_INPUTS)
        parameter.is_default = true;
    else if (value.at && !value.len) /* the empty value hides the default */
        parameter.unknown = true;
    parameter.from = x->levels[level].time;
    return shelflife_workload_parameters_add(&x->parameters, &parameter, &x->levels[level].parameters,
                                             x->memory, err);
}

/* The map ends. If it is an image, its text is in x->text then. */
static bool end_parts(struct shelflife_extractor *x, const struct extractor_level *level,
                      struct shelflife_json_position *position, error *err)
{
    str parts[SHELFLIFE_WORKLOAD_PARTS] = {{0}};
    *position = collect_parts(x, level, parts);
    if (level->form == FORM_PARAMETER)
        return note_parameter(x, parts, err);
    shelflife_workload_parts_join(parts, &x->text);
    return !x->text.failed || shelflife_fail_memory(err);
}

/* ---- Strings that are images ---- */

/* Counts a part of a long text. Its beginning is in x->text. */
static void add_long(struct shelflife_extractor *x, str text)
{
    static const unsigned char no_key[SHELFLIFE_SIPHASH_KEY];
    struct long_text *long_text = &x->long_text;
    if (long_text->size == 0) {
        shelflife_siphash_init(&long_text->hash, x->sink_key && x->sink ? x->sink_key : no_key);
        shelflife_siphash_add(&long_text->hash, shelflife_buffer_str(&x->text));
        long_text->blank = is_blank(shelflife_buffer_str(&x->text));
        long_text->size = x->text.len;
    }
    shelflife_siphash_add(&long_text->hash, text);
    long_text->blank = long_text->blank && is_blank(text);
    long_text->size += text.len;
}

static bool add_image(struct shelflife_extractor *x, str text, error *err)
{
    struct long_text *long_text = &x->long_text;
    struct shelflife_image image = {.position = x->value.position, .size = text.len};
    if (text.len > SHELFLIFE_IMAGE_MAX && !long_text->size) {
        shelflife_buffer_reset(&x->text); /* `text` may be its content, which stays where it is */
        add_long(x, text);
    }
    if (long_text->size ? long_text->blank : is_blank(text))
        return true;
    if (long_text->size) {
        image.size = long_text->size;
        image.hash = x->sink ? shelflife_siphash_end(&long_text->hash) : 0;
    }
    image.text = shelflife_str_first(text, SHELFLIFE_IMAGE_MAX);
    image.index = x->image_count++;
    const struct extractor_level *level = &x->levels[x->depth - 1];
    if (level->names_count &&
        may_wait(x, sizeof(struct waiting) + image.text.len + SHELFLIFE_WORKLOAD_KEY_KEPT))
        return wait_for_name(x, &image, err);
    return hand_on(x, &image, (const char *)states_at(x, x->depth), err);
}

/* ---- Strings that contain images ---- */

/* A string that is being read. */
struct outer {
    struct shelflife_extractor *extractor;
    arena *memory;
    str path;
};

/* An image in a string. Its path begins with that of the string. */
static bool add_embedded(void *context, const struct shelflife_image *inside, error *err)
{
    const struct outer *outer = context;
    struct shelflife_extractor *x = outer->extractor;
    struct shelflife_image image = *inside;
    struct shelflife_arena_mark mark = shelflife_arena_mark(outer->memory);
    str joined;
    image.position = x->value.position;
    image.index = x->image_count++;
    if (image.size > image.text.len)
        image.hash = x->sink && x->sink_key ? shelflife_siphash_of(image.text, x->sink_key) : 0;
    if (!shelflife_arena_format(outer->memory, &joined, "%.*s > %.*s", STR_PRINT(outer->path),
                                STR_PRINT(image.path)))
        return shelflife_arena_fail(outer->memory, err);
    bool ok = shelflife_workload_path_keep(joined, &x->scratch, outer->memory, &image.path, err) &&
              hand_on(x, &image, (const char *)states_at(x, x->depth), err);
    shelflife_arena_rewind(outer->memory, mark);
    return ok;
}

/* Notes that something could not be read. The caller adds where that is, and the patterns that led there. */
static struct unread *add_unread(struct shelflife_extractor *x, const error *why, error *err)
{
    size_t bytes = states_kept(x) * sizeof(uint64_t);
    struct unread *unread = shelflife_arena_alloc(x->memory, sizeof(*unread) + bytes);
    if (!unread || !shelflife_arena_copy(x->memory, shelflife_str_of(why->text), &unread->about.why)) {
        shelflife_arena_fail(x->memory, err);
        return NULL;
    }
    unread->next = x->unread;
    x->unread = unread;
    return unread;
}

/* An image that could have been found there was perhaps not found. */
static bool note_unread(struct shelflife_extractor *x, str path, const error *why, error *err)
{
    if (x->unread_count == UNREAD_MAX)
        return true;
    struct unread *unread = add_unread(x, why, err);
    if (!unread)
        return false;
    for (size_t i = 0; i < states_kept(x); i++)
        unread->accepted[i] = accepted_at(x, (const char *)states_at(x, x->depth), i);
    unread->about.position = x->value.position;
    x->unread_count++;
    return shelflife_arena_copy(x->memory, path, &unread->about.path) || shelflife_arena_fail(x->memory, err);
}

static bool read_embedded(struct shelflife_extractor *x, bool values, str text, error *err)
{
    enum { MEMORY_MAX = 64 << 10 };
    CLEANUP(shelflife_arena_free) arena memory;
    struct outer outer = {.extractor = x, .memory = &memory};
    error why = {0};
    shelflife_arena_init(&memory, MEMORY_MAX);
    if (x->shallow)
        return true;
    if (!shelflife_workload_path_write(x->places, x->depth, x->keys.at, &x->scratch, &memory, &outer.path,
                                       err))
        return false;
    x->accepting = x->shapes->texts;
    if (!shelflife_workload_embedded_read(text, values, x->shapes, &x->embedded, add_embedded, &outer, &why,
                                          err))
        return false;
    return why.kind == SHELFLIFE_ERROR_NONE || note_unread(x, outer.path, &why, err);
}

/* ---- Values ---- */

/* The last one of duplicate keys counts, so that a value of another type discards the earlier one. */
static bool note_string(struct shelflife_extractor *x, size_t slot, enum shelflife_json_event event, str text,
                        error *err)
{
    bool field = slot >= SHELFLIFE_WORKLOAD_SLOT_FIELDS;
    bool scalar =
        event == SHELFLIFE_JSON_NUMBER || event == SHELFLIFE_JSON_TRUE || event == SHELFLIFE_JSON_FALSE;
    str copy = {0};
    if ((event == SHELFLIFE_JSON_STRING || (field && scalar)) &&
        !shelflife_arena_copy(x->memory, text, &copy))
        return shelflife_arena_fail(x->memory, err);
    if (field)
        x->notes->fields[slot - SHELFLIFE_WORKLOAD_SLOT_FIELDS] = copy;
    else
        memcpy((char *)x->notes +
                   shelflife_workload_noted_strings[slot - SHELFLIFE_WORKLOAD_SLOT_STRINGS].offset,
               &copy, sizeof(copy));
    return true;
}

static bool note_value(struct shelflife_extractor *x, size_t slot, enum shelflife_json_event event, str text,
                       error *err)
{
    struct shelflife_workload_notes *notes = x->notes;
    switch (slot) {
    case SHELFLIFE_WORKLOAD_SLOT_OWNERS:
        notes->object.owner = (struct shelflife_owner){0};
        return true;
    case SHELFLIFE_WORKLOAD_SLOT_OWNER:
        notes->candidate = (struct shelflife_owner){0};
        notes->controller = false;
        x->value.is_owner = true;
        return true;
    case SHELFLIFE_WORKLOAD_SLOT_CONTROLLER:
        notes->controller = event == SHELFLIFE_JSON_TRUE;
        return true;
    case SHELFLIFE_WORKLOAD_SLOT_MIRROR:
        notes->object.mirror_pod = event == SHELFLIFE_JSON_STRING;
        return true;
    default:
        return note_string(x, slot, event, text, err);
    }
}

/* A part that is a list or a map. A parameter with such a value, or with `valueFrom`, has one, but it is not
 * known. */
static bool keep_unknown_part(struct shelflife_extractor *x, error *err)
{
    const struct shelflife_json_position nowhere = {0};
    const unsigned char unknown = SHELFLIFE_WORKLOAD_PART_VALUE_FROM + 1;
    const unsigned char part = x->value.part == unknown ? SHELFLIFE_WORKLOAD_PART_VALUE + 1 : x->value.part;
    bool value = part == SHELFLIFE_WORKLOAD_PART_VALUE + 1 || part == SHELFLIFE_WORKLOAD_PART_DEFAULT + 1;
    return add_part(x, part, STR(""), nowhere, err) &&
           (!value || add_part(x, unknown, STR("?"), nowhere, err));
}

static bool keep_part(struct shelflife_extractor *x, enum shelflife_json_event event, str text, error *err)
{
    if (event == SHELFLIFE_JSON_NULL && x->value.part > SHELFLIFE_WORKLOAD_PART_VALUE)
        return true; /* the parameter has none */
    bool scalar = event == SHELFLIFE_JSON_STRING || event == SHELFLIFE_JSON_NUMBER;
    if (!scalar || x->value.part == SHELFLIFE_WORKLOAD_PART_VALUE_FROM + 1)
        return keep_unknown_part(x, err);
    char number[SHELFLIFE_WORKLOAD_NUMBER_MAX];
    if (event == SHELFLIFE_JSON_NUMBER)
        text = shelflife_workload_parts_number(text, number);
    return add_part(x, x->value.part, text, (struct shelflife_json_position){0}, err);
}

/* What the patterns make of a value that end at it. */
struct ends {
    uint64_t images, maps, parameters, texts;
    bool values;
};

/* Notes the value for all patterns that end at it. */
static bool note_ends(struct shelflife_extractor *x, enum shelflife_json_event event, str text,
                      struct ends *out, error *err)
{
    const struct shelflife_shapes *s = x->shapes;
    for (size_t i = 0; i < x->width; i++) {
        uint64_t ends = states_at(x, x->depth)[i] & s->accept[i];
        out->images |= ends & s->images[i];
        out->maps |= ends & s->maps[i];
        out->parameters |= ends & s->parameters[i];
        out->texts |= ends & s->texts[i];
        for (ends &= ~s->images[i]; ends; ends &= ends - 1) {
            size_t bit = i * 64 + (size_t)__builtin_ctzll(ends);
            size_t slot = s->patterns[s->pattern_at[bit]].slot;
            out->values |= slot == SHELFLIFE_WORKLOAD_SLOT_VALUES;
            if (slot >= SHELFLIFE_WORKLOAD_SLOT_OWNERS && !note_value(x, slot, event, text, err))
                return false;
        }
    }
    return true;
}

/* In a map that is an image, the string `image` is a part of it, and not an image by the same pattern. */
static void leave_to_map(struct shelflife_extractor *x)
{
    const uint64_t *map = states_at(x, x->depth - 1);
    uint64_t *states = states_at(x, x->depth);
    for (size_t i = 0; i < x->width; i++)
        states[i] &= ~(map[i] & x->shapes->maps[i]);
}

/* Whether something needs the value itself, and not only what is in it. */
static inline bool is_needed(const struct shelflife_extractor *x)
{
    return x->value.wanted || x->value.is_name || x->value.part;
}

/* Uses the value for all patterns that end at it. If several patterns of images do, it is one image. */
static bool deliver(struct shelflife_extractor *x, enum shelflife_json_event event, str text, error *err)
{
    struct ends ends = {0};
    if (x->value.is_name && !keep_name(x, event == SHELFLIFE_JSON_STRING, text, err))
        return false;
    if (x->value.part && !keep_part(x, event, text, err))
        return false;
    if (x->value.part == SHELFLIFE_WORKLOAD_PART_IMAGE + 1 && event == SHELFLIFE_JSON_STRING)
        leave_to_map(x);
    if (!x->value.wanted)
        return true;
    if (!note_ends(x, event, text, &ends, err))
        return false;
    if (event == SHELFLIFE_JSON_MAP_START)
        x->value.form = ends.maps ? FORM_IMAGE : ends.parameters ? FORM_PARAMETER : FORM_NONE;
    if (event != SHELFLIFE_JSON_STRING)
        return true;
    x->accepting = x->shapes->images;
    return (!ends.images || add_image(x, text, err)) &&
           (!ends.texts || read_embedded(x, ends.values, text, err));
}

NOINLINE static void locate(struct shelflife_extractor *x)
{
    x->value.position =
        x->locator ? x->locator(x->locator_context) : shelflife_json_parser_position(x->parser);
}

static inline void open_value(struct shelflife_extractor *x)
{
    if (x->value.open)
        return;
    x->value.open = true;
    x->value.wanted = intersects(states_at(x, x->depth), x->shapes->accept, x->width);
    if (x->value.wanted && (x->locator || x->parser))
        locate(x);
}

/* The value has ended, or the rest of it is skipped. */
static void end_value(struct shelflife_extractor *x)
{
    x->value = (struct value){0};
    if (x->depth == 0)
        x->done = true;
    else if (x->places[x->depth - 1].is_array)
        x->places[x->depth - 1].index++;
}

static enum shelflife_json_next skip_value(struct shelflife_extractor *x)
{
    end_value(x);
    return SHELFLIFE_JSON_SKIP;
}

NOINLINE static enum shelflife_json_next on_literal(struct shelflife_extractor *x,
                                                    enum shelflife_json_event event, error *err)
{
    str text = event == SHELFLIFE_JSON_TRUE    ? STR("true")
               : event == SHELFLIFE_JSON_FALSE ? STR("false")
                                               : STR("");
    open_value(x);
    if (!deliver(x, event, text, err))
        return SHELFLIFE_JSON_STOP;
    end_value(x);
    return SHELFLIFE_JSON_CONTINUE;
}

/* How much of the value is needed. */
static enum keep keep_of(const struct shelflife_extractor *x)
{
    const struct shelflife_shapes *s = x->shapes;
    uint64_t texts = 0, others = 0;
    for (size_t i = 0; i < x->width; i++) {
        uint64_t ends = states_at(x, x->depth)[i] & s->accept[i];
        texts |= ends & s->texts[i];
        others |= ends & ~s->images[i] & ~s->texts[i] & ~s->parameters[i];
    }
    if (others || x->value.is_name)
        return KEEP_ALL;
    return texts ? KEEP_TEXT : KEEP_IMAGE;
}

static bool collect_text(struct shelflife_extractor *x, str text, error *err)
{
    if (x->text.len == 0)
        x->value.keep = keep_of(x);
    if (x->value.keep == KEEP_TEXT) /* one byte too many, so that it is known to be too long */
        text = shelflife_str_first(text, SHELFLIFE_WORKLOAD_EMBEDDED_MAX + 1 - x->text.len);
    if (x->value.keep == KEEP_IMAGE) {
        if (x->long_text.size || text.len > SHELFLIFE_IMAGE_MAX - x->text.len)
            add_long(x, text);
        text = shelflife_str_first(text, SHELFLIFE_IMAGE_MAX - x->text.len);
    }
    if (text.len > x->text.limit - x->text.len)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "a string of the object is longer than %zu bytes",
                              x->text.limit);
    shelflife_buffer_append(&x->text, text);
    return !x->text.failed || shelflife_fail_memory(err);
}

static void forget_text(struct shelflife_extractor *x)
{
    shelflife_buffer_reset(&x->text);
    x->long_text.size = 0;
}

NOINLINE static enum shelflife_json_next on_text(struct shelflife_extractor *x,
                                                 enum shelflife_json_event event, str text, bool last,
                                                 error *err)
{
    open_value(x);
    if (!is_needed(x)) {
        end_value(x);
        return last ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_SKIP;
    }
    if (!last || x->text.len) {
        if (!collect_text(x, text, err))
            return SHELFLIFE_JSON_STOP;
        text = shelflife_buffer_str(&x->text);
    }
    if (!last)
        return SHELFLIFE_JSON_CONTINUE;
    bool ok = deliver(x, event, text, err);
    forget_text(x);
    end_value(x);
    return ok ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

static bool push(struct shelflife_extractor *x, bool is_array, error *err)
{
    if (!reserve(x, x->depth + 1))
        return shelflife_fail_memory(err);
    x->time++;
    x->places[x->depth] =
        (struct shelflife_workload_place){.is_array = is_array, .key_at = (uint32_t)x->keys.len};
    x->levels[x->depth] = is_array ? (struct extractor_level){0} : map_level(x);
    x->depth++;
    struct shelflife_json_position position = x->value.position;
    bool form = x->value.form;
    x->value = (struct value){0};
    return !form || add_part(x, PART_START, STR(""), position, err);
}

NOINLINE static enum shelflife_json_next on_map_start(struct shelflife_extractor *x, error *err)
{
    open_value(x);
    if (is_needed(x) && !deliver(x, SHELFLIFE_JSON_MAP_START, STR(""), err))
        return SHELFLIFE_JSON_STOP;
    if (!x->value.form && !leads_on(x))
        return skip_value(x);
    return push(x, false, err) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

NOINLINE static enum shelflife_json_next on_array_start(struct shelflife_extractor *x, error *err)
{
    open_value(x);
    if (is_needed(x) && !deliver(x, SHELFLIFE_JSON_ARRAY_START, STR(""), err))
        return SHELFLIFE_JSON_STOP;
    if (x->depth == 0)
        return skip_value(x);
    if (!reserve(x, x->depth + 1)) {
        shelflife_fail_memory(err);
        return SHELFLIFE_JSON_STOP;
    }
    const struct shelflife_shapes *s = x->shapes;
    if (!shelflife_workload_shapes_move(s, x->width, s->element, states_at(x, x->depth),
                                        states_at(x, x->depth + 1)))
        return skip_value(x);
    return push(x, true, err) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

/* The map that ended is an image. */
static bool add_composed(struct shelflife_extractor *x, struct shelflife_json_position position, error *err)
{
    x->value.position = position;
    x->accepting = x->shapes->maps;
    bool ok = add_image(x, shelflife_buffer_str(&x->text), err);
    forget_text(x);
    return ok;
}

NOINLINE static enum shelflife_json_next on_end(struct shelflife_extractor *x, error *err)
{
    const struct extractor_level level = x->levels[x->depth - 1];
    struct shelflife_json_position position = {0};
    if (level.form && !end_parts(x, &level, &position, err))
        return SHELFLIFE_JSON_STOP;
    if (level.waits && !hand_on_waiting(x, &level, err))
        return SHELFLIFE_JSON_STOP;
    x->depth--;
    x->time++;
    shelflife_workload_parameters_close(&x->parameters, level.parameters, x->time);
    x->keys.len = x->places[x->depth].key_at;
    if (level.is_owner && x->notes->controller)
        x->notes->object.owner = x->notes->candidate;
    if (level.form == FORM_IMAGE && x->text.len && !add_composed(x, position, err))
        return SHELFLIFE_JSON_STOP;
    end_value(x);
    return SHELFLIFE_JSON_CONTINUE;
}

bool shelflife_workload_extractor_cut(struct shelflife_extractor *x, error *err)
{
    forget_text(x);
    x->in_key = false;
    for (size_t i = 0; i < x->depth; i++)
        x->levels[i].form = FORM_NONE; /* parts are missing */
    while (x->notes && x->depth > 0) {
        x->value = (struct value){0};
        if (on_end(x, err) == SHELFLIFE_JSON_STOP)
            return false;
    }
    x->done = x->notes != NULL;
    return true;
}

/* Keeps the beginning of the key, as a path shows it. No word of a pattern is longer. */
static bool collect_key(struct shelflife_extractor *x, str text, error *err)
{
    struct shelflife_workload_place *place = &x->places[x->depth - 1];
    if (!x->in_key) {
        x->keys.len = place->key_at;
        place->key_len = 0;
        x->key_size = 0;
        x->in_key = true;
    }
    str kept = shelflife_str_first(text, (size_t)SHELFLIFE_WORKLOAD_KEY_KEPT - place->key_len);
    shelflife_buffer_append(&x->keys, kept);
    if (x->keys.failed)
        return shelflife_fail_memory(err);
    place->key_len = (uint16_t)(place->key_len + kept.len);
    x->key_size += text.len;
    place->key_cut = x->key_size > place->key_len;
    return true;
}

/* A controller that reads the `data` of an earlier version of its workload takes "Image" for "image". */
static const struct shelflife_workload_word *find_word(const struct shelflife_extractor *x, str key)
{
    const struct shelflife_workload_place *first = x->places;
    bool fold = x->is_history && x->depth > 1 &&
                shelflife_str_equal((str){x->keys.at + first->key_at, first->key_len}, STR("data"));
    return fold ? shelflife_workload_shapes_folded_word(x->shapes, key)
                : shelflife_workload_shapes_word(x->shapes, key);
}

/* The key that was collected leads to its value. `word`: what patterns know it as, or NULL. */
static enum shelflife_json_next use_key(struct shelflife_extractor *x,
                                        const struct shelflife_workload_word *word)
{
    const struct shelflife_shapes *s = x->shapes;
    const struct extractor_level *level = &x->levels[x->depth - 1];
    size_t part = word ? (size_t)(word - s->words) : SHELFLIFE_WORKLOAD_PARTS;
    x->in_key = false;
    x->value.is_name = part == SHELFLIFE_WORKLOAD_PART_NAME && level->names_count;
    if (level->form && part < SHELFLIFE_WORKLOAD_PARTS)
        x->value.part = (unsigned char)(part + 1);
    bool leads = shelflife_workload_shapes_move(s, x->width, word ? word->move : s->other,
                                                states_at(x, x->depth - 1), states_at(x, x->depth));
    return leads || x->value.is_name || x->value.part ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_SKIP;
}

NOINLINE static enum shelflife_json_next on_key_piece(struct shelflife_extractor *x, str text, bool last,
                                                      error *err)
{
    const struct shelflife_workload_place *place = &x->places[x->depth - 1];
    if (!collect_key(x, text, err))
        return SHELFLIFE_JSON_STOP;
    if (!last)
        return SHELFLIFE_JSON_CONTINUE;
    str key = {x->keys.at + place->key_at, place->key_len};
    return use_key(x, place->key_cut ? NULL : find_word(x, key));
}

NOINLINE static enum shelflife_json_next on_whole_key(struct shelflife_extractor *x, str key, error *err)
{
    const struct shelflife_workload_word *word = find_word(x, key);
    if (!word && !x->levels[x->depth - 1].others_lead)
        return SHELFLIFE_JSON_SKIP;
    return collect_key(x, key, err) ? use_key(x, word) : SHELFLIFE_JSON_STOP;
}

static enum shelflife_json_next on_key(struct shelflife_extractor *x, str text, bool last, error *err)
{
    if (!last || x->in_key)
        return on_key_piece(x, text, last, err);
    if (!x->is_history && !x->levels[x->depth - 1].others_lead &&
        !shelflife_workload_shapes_may_know(x->shapes, text))
        return SHELFLIFE_JSON_SKIP; /* most keys are like this */
    return on_whole_key(x, text, err);
}

NOINLINE static enum shelflife_json_next on_first(struct shelflife_extractor *x,
                                                  enum shelflife_json_event event, str text, bool last,
                                                  error *err)
{
    return start(x, err) ? shelflife_extractor_event(x, event, text, last, err) : SHELFLIFE_JSON_STOP;
}

enum shelflife_json_next shelflife_extractor_event(void *extractor, enum shelflife_json_event event, str text,
                                                   bool last, error *err)
{
    struct shelflife_extractor *x = extractor;
    if (!x->notes)
        return on_first(x, event, text, last, err);
    switch (event) {
    case SHELFLIFE_JSON_KEY:
        return on_key(x, text, last, err);
    case SHELFLIFE_JSON_MAP_START:
        return on_map_start(x, err);
    case SHELFLIFE_JSON_ARRAY_START:
        return on_array_start(x, err);
    case SHELFLIFE_JSON_MAP_END:
    case SHELFLIFE_JSON_ARRAY_END:
        return on_end(x, err);
    case SHELFLIFE_JSON_STRING:
    case SHELFLIFE_JSON_NUMBER:
        return on_text(x, event, text, last, err);
    default:
        return on_literal(x, event, err);
    }
}

bool shelflife_extractor_done(const struct shelflife_extractor *x)
{
    return x->done;
}

static bool counts(const struct shelflife_extractor *x, const uint64_t *accepted)
{
    return x->kind_given || (!x->is_history && intersects(accepted, x->selected, x->width));
}

static int compare_images(const void *a, const void *b)
{
    const struct shelflife_image *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

/* There are too many parameters. If there is a sink, the object fails: it would not show that a text could
 * not be read. */
static bool note_overflow(struct shelflife_extractor *x, error *err)
{
    error why = {0};
    bool bytes = x->parameters.bytes > SHELFLIFE_WORKLOAD_PARAMETERS_BYTES_MAX;
    shelflife_fail(&why, SHELFLIFE_ERROR_LIMIT,
                   bytes ? "the parameters of the object need more than %d bytes: divide the object"
                         : "finding the values of the parameters takes more than %d steps: divide the object",
                   bytes ? SHELFLIFE_WORKLOAD_PARAMETERS_BYTES_MAX
                         : SHELFLIFE_WORKLOAD_PARAMETERS_LOOKED_AT_MAX);
    if (x->sink)
        return shelflife_fail(err, why.kind, "%s", why.text);
    struct unread *unread = add_unread(x, &why, err);
    if (!unread)
        return false;
    unread->about.path = STR("spec");
    for (size_t i = 0; i < states_kept(x); i++)
        unread->accepted[i] = x->selected[i];
    return true;
}

/* Replaces the parameters in the images of a kind that has some. */
static bool fill_found(struct shelflife_extractor *x, error *err)
{
    bool any = false;
    if (!x->fills)
        return true;
    for (struct found *found = x->first; found; found = found->next) {
        any = any || (found->may_fill && counts(x, found->accepted));
        if (!found->may_fill ||
            !shelflife_workload_parameters_fill(&x->parameters, found->image.text, found->time, &x->text))
            continue;
        if (!is_blank(shelflife_buffer_str(&x->text)) &&
            !shelflife_arena_copy(x->memory, shelflife_buffer_str(&x->text), &found->image.text))
            return shelflife_arena_fail(x->memory, err);
        found->image.size = found->image.text.len;
        found->image.hash = 0;
    }
    if (x->text.failed)
        return shelflife_fail_memory(err);
    return !any || !x->parameters.overflow || note_overflow(x, err);
}

/* Lists the texts that could not be read, in the order of the text. */
static bool list_unread(struct shelflife_extractor *x, error *err)
{
    size_t count = 0;
    for (const struct unread *u = x->unread; u; u = u->next)
        count += counts(x, u->accepted);
    struct shelflife_unread *list = shelflife_arena_array(x->memory, count, sizeof(*list));
    if (!list)
        return shelflife_arena_fail(x->memory, err);
    x->notes->object.unread = list;
    x->notes->object.unread_count = count;
    for (const struct unread *u = x->unread; u; u = u->next)
        if (counts(x, u->accepted))
            list[--count] = u->about;
    return true;
}

/* Puts the images that count in the order of the text. If there is a sink, it gets them. */
static bool list_found(struct shelflife_extractor *x, error *err)
{
    size_t count = 0, listed = 0;
    for (const struct found *found = x->first; found; found = found->next)
        count += counts(x, found->accepted);
    struct shelflife_image *images = shelflife_arena_array(x->memory, count, sizeof(*images));
    if (!images)
        return shelflife_arena_fail(x->memory, err);
    bool sorted = true;
    for (const struct found *found = x->first; found; found = found->next)
        if (counts(x, found->accepted)) {
            sorted = sorted && (listed == 0 || images[listed - 1].index < found->image.index);
            images[listed] = found->image;
            images[listed++].as_written = x->as_written;
        }
    if (!sorted)
        shelflife_sort(images, count, sizeof(*images), compare_images);
    for (size_t i = 0; x->sink && i < count; i++) {
        x->handed = &images[i];
        if (!x->sink(x->sink_context, x->handed, err))
            return false;
    }
    if (!x->sink) {
        x->notes->object.images = images;
        x->notes->object.image_count = count;
        for (const struct left_out *left = x->left_out; left; left = left->next)
            x->notes->object.images_left_out += counts(x, left->accepted) ? left->count : 0;
    }
    return true;
}

const struct shelflife_object *shelflife_extractor_object(struct shelflife_extractor *x, error *err)
{
    if (!x->done) {
        shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "the object is incomplete");
        return NULL;
    }
    struct shelflife_object *object = &x->notes->object;
    if (x->complete)
        return object;
    if (!x->kind_given)
        select_kind(x, shelflife_workload_group_of(object->api_version), object->kind);
    if (!fill_found(x, err) || !list_found(x, err) || !list_unread(x, err))
        return NULL;
    x->complete = true;
    return object;
}
