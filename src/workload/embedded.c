#include "workload/embedded.h"

#include "json/words.h"
#include "json/yaml.h"

/* The memory for an object in a text, and further memory to hand on what was found if that is not enough. */
enum { MEMORY_MAX = 4 << 20, CUT_MEMORY_MAX = 1 << 20 };

/* An object that is being read: a document, or an item of a list. */
struct reading {
    struct shelflife_extractor *extractor; /* NULL until there is one */
    arena memory;
    bool open;
};

/* Where the reader is in `items` of a document. */
enum list { LIST_NONE, LIST_BEGINS, LIST_ITEMS };

struct reader {
    const struct shelflife_shapes *shapes;
    bool values;
    bool failed;
    bool in_key;
    struct reading document, item;
    size_t depth; /* in the document */
    enum list list;
    size_t items;
    struct shelflife_workload_embedded_use *use;
    shelflife_image_sink *sink;
    void *context;
    buffer hidden; /* the text, if it has templates: without their braces */
    error *err;
};

static void reader_free(struct reader *r)
{
    shelflife_extractor_free(r->document.extractor);
    shelflife_extractor_free(r->item.extractor);
    shelflife_arena_free(&r->document.memory);
    shelflife_arena_free(&r->item.memory);
    shelflife_buffer_free(&r->hidden);
}

/* Returns false, and keeps the failure that ends everything. */
static bool stop(struct reader *r, const error *err)
{
    r->failed = true;
    *r->err = *err;
    return false;
}

#define OPEN "$<"
#define CLOSE ">$"

/* The length of {{…}} at the beginning of the text, within a line and without further braces; or 0. */
static size_t measure_template(str text)
{
    size_t i = 2;
    if (!shelflife_str_starts(text, STR("{{")))
        return 0;
    while (i < text.len && text.at[i] != '{' && text.at[i] != '}' && text.at[i] != '\n')
        i++;
    return shelflife_str_starts(shelflife_str_after(text, i), STR("}}")) ? i + 2 : 0;
}

void shelflife_workload_embedded_hide_templates(str text, buffer *out)
{
    size_t from = 0;
    for (size_t i = 0, len; i < text.len; i += len ? len : 1) {
        len = measure_template(shelflife_str_after(text, i));
        if (!len)
            continue;
        shelflife_buffer_append(out, (str){text.at + from, i - from});
        shelflife_buffer_append(out, STR(OPEN));
        shelflife_buffer_append(out, (str){text.at + i + 2, len - 4});
        shelflife_buffer_append(out, STR(CLOSE));
        from = i + len;
    }
    shelflife_buffer_append(out, shelflife_str_after(text, from));
}

void shelflife_workload_embedded_show_templates(char *at, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++) {
        bool open = memcmp(at + i, OPEN, 2) == 0, close = memcmp(at + i, CLOSE, 2) == 0;
        if (open || close)
            at[i] = at[i + 1] = open ? '{' : '}';
    }
}

static bool show_templates(arena *memory, struct shelflife_image *image, error *err)
{
    char *at = shelflife_arena_alloc(memory, image->text.len);
    if (!at)
        return shelflife_arena_fail(memory, err);
    shelflife_copy(at, image->text.at, image->text.len);
    image->text.at = at;
    shelflife_workload_embedded_show_templates(at, image->text.len);
    return true;
}

static bool hand_on(struct reader *r, struct reading *from, error *err)
{
    const struct shelflife_object *object = shelflife_extractor_object(from->extractor, err);
    if (!object)
        return false;
    for (size_t i = 0; i < object->image_count; i++) {
        struct shelflife_image image = object->images[i];
        if (r->hidden.len && !show_templates(&from->memory, &image, err))
            return false;
        if (from == &r->item && !shelflife_arena_format(&from->memory, &image.path, "items[%zu].%.*s",
                                                        r->items, STR_PRINT(image.path)))
            return shelflife_arena_fail(&from->memory, err);
        if (!r->sink(r->context, &image, err))
            return stop(r, err);
    }
    from->open = false;
    return true;
}

static bool begin(struct reader *r, struct reading *reading, error *err)
{
    if (!reading->extractor) {
        shelflife_arena_init(&reading->memory, MEMORY_MAX);
        reading->extractor = shelflife_extractor_new(&reading->memory);
    }
    if (!reading->extractor)
        return shelflife_fail_memory(err);
    shelflife_arena_reset(&reading->memory);
    shelflife_extractor_begin(reading->extractor, r->shapes, r->values ? STR("!") : STR(""),
                              r->values ? STR("values") : STR(""), NULL);
    shelflife_workload_extractor_shallow(reading->extractor);
    reading->open = true;
    return true;
}

static enum shelflife_json_next read_object(struct reader *r, struct reading *reading,
                                            enum shelflife_json_event event, str text, bool last, error *err)
{
    if (!reading->open && !begin(r, reading, err))
        return SHELFLIFE_JSON_STOP;
    enum shelflife_json_next next = shelflife_extractor_event(reading->extractor, event, text, last, err);
    if (next != SHELFLIFE_JSON_STOP && shelflife_extractor_done(reading->extractor) &&
        !hand_on(r, reading, err))
        return SHELFLIFE_JSON_STOP;
    return next;
}

/* The value of `items`. */
static enum shelflife_json_next read_list(struct reader *r, enum shelflife_json_event event, str text,
                                          bool last, error *err)
{
    if (r->list == LIST_BEGINS) {
        r->list = event == SHELFLIFE_JSON_ARRAY_START ? LIST_ITEMS : last ? LIST_NONE : LIST_BEGINS;
        r->items = 0;
        return event == SHELFLIFE_JSON_MAP_START ? SHELFLIFE_JSON_SKIP : SHELFLIFE_JSON_CONTINUE;
    }
    if (event == SHELFLIFE_JSON_ARRAY_END && !r->item.open) {
        r->list = LIST_NONE;
        return SHELFLIFE_JSON_CONTINUE;
    }
    enum shelflife_json_next next = read_object(r, &r->item, event, text, last, err);
    r->items += !r->item.open;
    return next;
}

/* A document. No kind has images in `items`, except a list. */
static enum shelflife_json_next read_document(struct reader *r, enum shelflife_json_event event, str text,
                                              bool last, error *err)
{
    bool key = event == SHELFLIFE_JSON_KEY, whole = key && last && !r->in_key;
    enum shelflife_json_next next = read_object(r, &r->document, event, text, last, err);
    r->in_key = key && !last;
    r->depth -= shelflife_json_closes(event);
    r->depth += shelflife_json_opens(event) && next == SHELFLIFE_JSON_CONTINUE;
    if (!whole || r->values || r->depth != 1 || next == SHELFLIFE_JSON_STOP ||
        !shelflife_str_equal(text, STR("items")))
        return next;
    r->list = LIST_BEGINS;
    if (next == SHELFLIFE_JSON_SKIP)
        return SHELFLIFE_JSON_CONTINUE;
    return read_object(r, &r->document, SHELFLIFE_JSON_NULL, STR(""), true, err); /* in place of the value */
}

static enum shelflife_json_next on_event(void *context, enum shelflife_json_event event, str text, bool last,
                                         error *err)
{
    struct reader *r = context;
    if (++r->use->events > SHELFLIFE_WORKLOAD_EMBEDDED_EVENTS_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                       "the embedded texts of the object have more than %d values",
                       SHELFLIFE_WORKLOAD_EMBEDDED_EVENTS_MAX);
        return SHELFLIFE_JSON_STOP;
    }
    return (r->list ? read_list : read_document)(r, event, text, last, err);
}

/* The text could not be read to its end. Hands on what was found in the object that is open. */
static bool hand_on_cut(struct reader *r, struct reading *from)
{
    error ignored = {0};
    if (!from->open)
        return true;
    from->memory.limit += CUT_MEMORY_MAX;
    if (shelflife_workload_extractor_cut(from->extractor, &ignored) &&
        shelflife_extractor_done(from->extractor) && !hand_on(r, from, &ignored) && r->failed)
        return false;
    return ignored.kind != SHELFLIFE_ERROR_MEMORY || stop(r, &ignored);
}

static bool read_yaml(struct reader *r, str text, error *why)
{
    struct shelflife_yaml *yaml = shelflife_yaml_new(SHELFLIFE_YAML_MANIFESTS);
    if (!yaml)
        return shelflife_fail_memory(why);
    shelflife_yaml_limit(yaml, SHELFLIFE_WORKLOAD_EMBEDDED_DEPTH_MAX,
                         SHELFLIFE_WORKLOAD_EMBEDDED_ALIASES_MAX);
    bool ok = shelflife_yaml_read(yaml, shelflife_yaml_text, &text, on_event, r, why);
    shelflife_yaml_free(yaml);
    return ok;
}

static bool check(struct shelflife_workload_embedded_use *use, str text, error *why)
{
    use->bytes += text.len;
    use->count++;
    if (use->bytes > SHELFLIFE_WORKLOAD_EMBEDDED_MAX)
        return shelflife_fail(why, SHELFLIFE_ERROR_LIMIT,
                              "the embedded texts of the object are longer than %d bytes",
                              SHELFLIFE_WORKLOAD_EMBEDDED_MAX);
    return use->count <= SHELFLIFE_WORKLOAD_EMBEDDED_COUNT_MAX ||
           shelflife_fail(why, SHELFLIFE_ERROR_LIMIT, "the object has more than %d embedded texts",
                          SHELFLIFE_WORKLOAD_EMBEDDED_COUNT_MAX);
}

bool shelflife_workload_embedded_read(str text, bool values, const struct shelflife_shapes *shapes,
                                      struct shelflife_workload_embedded_use *use, shelflife_image_sink *sink,
                                      void *context, error *why, error *err)
{
    CLEANUP(reader_free)
    struct reader r = {
        .shapes = shapes, .values = values, .use = use, .sink = sink, .context = context, .err = err};
    if (!check(use, text, why))
        return true;
    shelflife_buffer_init(&r.hidden, SHELFLIFE_WORKLOAD_EMBEDDED_MAX);
    if (memmem(text.at, text.len, "{{", 2))
        shelflife_workload_embedded_hide_templates(text, &r.hidden);
    if (r.hidden.failed)
        return shelflife_fail_memory(err);
    bool ok = read_yaml(&r, r.hidden.len ? shelflife_buffer_str(&r.hidden) : text, why);
    if (r.failed)
        return false;
    if (ok)
        return true;
    if (why->kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    if (why->kind == SHELFLIFE_ERROR_LIMIT) {
        const error limit = *why;
        shelflife_fail(why, limit.kind, "%s: divide the text, or apply its objects by themselves",
                       limit.text);
    }
    return hand_on_cut(&r, &r.item) && hand_on_cut(&r, &r.document);
}
