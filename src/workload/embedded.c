#include "workload/embedded.h"

#include "json/yaml.h"

enum { MEMORY_MAX = 4 << 20 };

struct reader {
    const struct shelflife_shapes *shapes;
    bool values;
    bool open; /* an object is being read */
    bool failed;
    struct shelflife_extractor *extractor;
    arena memory;
    struct shelflife_workload_embedded_use *use;
    shelflife_workload_embedded_sink *sink;
    void *context;
    str rest;      /* of the text */
    buffer hidden; /* the text, if it has templates: without their braces */
    error *err;
};

static void reader_free(struct reader *r)
{
    shelflife_extractor_free(r->extractor);
    shelflife_arena_free(&r->memory);
    shelflife_buffer_free(&r->hidden);
}

/* Returns false, and keeps the failure that ends everything. */
static bool stop(struct reader *r, const error *err)
{
    r->failed = true;
    *r->err = *err;
    return false;
}

/*
 * Argo replaces {{…}} before it reads the text, so it can stand where YAML would take it for two maps. Here,
 * the braces become characters of the same length that mean nothing in YAML.
 */
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

static void hide_templates(str text, buffer *out)
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

/* Puts the braces back. */
static bool show_templates(struct reader *r, struct shelflife_image *image, error *err)
{
    char *at = shelflife_arena_alloc(&r->memory, image->text.len);
    if (!at)
        return shelflife_arena_fail(&r->memory, err);
    shelflife_copy(at, image->text.at, image->text.len);
    image->text.at = at;
    for (size_t i = 0; i + 1 < image->text.len; i++) {
        bool open = memcmp(at + i, OPEN, 2) == 0, close = memcmp(at + i, CLOSE, 2) == 0;
        if (open || close)
            at[i] = at[i + 1] = open ? '{' : '}';
    }
    return true;
}

static bool hand_on(struct reader *r, error *err)
{
    const struct shelflife_object *object = shelflife_extractor_object(r->extractor, err);
    if (!object)
        return false;
    for (size_t i = 0; i < object->image_count; i++) {
        struct shelflife_image image = object->images[i];
        if (r->hidden.len && !show_templates(r, &image, err))
            return false;
        if (!r->sink(r->context, &image, err))
            return stop(r, err);
    }
    r->open = false;
    return true;
}

static void begin(struct reader *r)
{
    shelflife_arena_reset(&r->memory);
    shelflife_extractor_begin(r->extractor, r->shapes, r->values ? STR("!") : STR(""),
                              r->values ? STR("values") : STR(""), NULL);
    shelflife_extractor_shallow(r->extractor);
    r->open = true;
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
    if (!r->open)
        begin(r);
    enum shelflife_json_next next = shelflife_extractor_event(r->extractor, event, text, last, err);
    if (next != SHELFLIFE_JSON_STOP && shelflife_extractor_done(r->extractor) && !hand_on(r, err))
        return SHELFLIFE_JSON_STOP;
    return next;
}

static bool input(void *context, char *to, size_t size, size_t *got, UNUSED error *err)
{
    struct reader *r = context;
    *got = r->rest.len < size ? r->rest.len : size;
    shelflife_copy(to, r->rest.at, *got);
    r->rest = shelflife_str_after(r->rest, *got);
    return true;
}

static bool read_yaml(struct reader *r, str text, error *why)
{
    struct shelflife_yaml *yaml = shelflife_yaml_new(SHELFLIFE_YAML_MANIFESTS);
    if (!yaml)
        return shelflife_fail_memory(why);
    shelflife_yaml_limit(yaml, SHELFLIFE_WORKLOAD_EMBEDDED_DEPTH_MAX,
                         SHELFLIFE_WORKLOAD_EMBEDDED_ALIASES_MAX);
    r->rest = text;
    bool ok = shelflife_yaml_read(yaml, input, r, on_event, r, why);
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
                                      struct shelflife_workload_embedded_use *use,
                                      shelflife_workload_embedded_sink *sink, void *context, error *why,
                                      error *err)
{
    CLEANUP(reader_free)
    struct reader r = {
        .shapes = shapes, .values = values, .use = use, .sink = sink, .context = context, .err = err};
    if (!check(use, text, why))
        return true;
    shelflife_arena_init(&r.memory, MEMORY_MAX);
    shelflife_buffer_init(&r.hidden, SHELFLIFE_WORKLOAD_EMBEDDED_MAX);
    r.extractor = shelflife_extractor_new(&r.memory);
    if (!r.extractor)
        return shelflife_fail_memory(err);
    if (memmem(text.at, text.len, "{{", 2))
        hide_templates(text, &r.hidden);
    if (r.hidden.failed)
        return shelflife_fail_memory(err);
    bool ok = read_yaml(&r, r.hidden.len ? shelflife_buffer_str(&r.hidden) : text, why);
    if (r.failed)
        return false;
    if (!ok && why->kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    return true;
}
