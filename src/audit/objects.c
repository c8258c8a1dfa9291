#include "audit/objects.h"

#include "workload/kinds.h"
#include "json/words.h"

enum {
    LEVELS_MAX = 8,        /* lists in lists */
    OBJECT_MAX = 64 << 20, /* bytes kept of one object */
    TEXT_MAX = 253,        /* longest text that is compared here, in bytes; a longer one matches nothing */
    CONTAINER_MAX = 63,    /* bytes of a container's name */
    DIGEST_MAX = 7 + 128,  /* bytes of a digest: "sha512:…" */
    HELD_MAX = 64 << 20,   /* bytes of a list's elements that come before its kind */
    SPEC_MAX = 8 << 20,    /* bytes of memory for a spec */
};

/* The part of the text that the next event belongs to. */
enum place {
    AT_VALUE, /* before an object: in an array of objects, or outside all objects */
    IN_OBJECT,
    IN_ITEMS,
    IN_REQUEST,
    IN_STATUS,
    IN_CONDITIONS,
    IN_CONDITION,
    IN_CONTAINER_STATUSES,
    IN_CONTAINER_STATUS,
};

static const unsigned char parent_of[] = {
    [IN_ITEMS] = IN_OBJECT,
    [IN_REQUEST] = IN_OBJECT,
    [IN_STATUS] = IN_OBJECT,
    [IN_CONDITIONS] = IN_STATUS,
    [IN_CONDITION] = IN_CONDITIONS,
    [IN_CONTAINER_STATUSES] = IN_STATUS,
    [IN_CONTAINER_STATUS] = IN_CONTAINER_STATUSES,
};

/* What the value after a key means here. */
enum want {
    WANT_NOTHING,
    WANT_API_VERSION, /* texts */
    WANT_KIND,
    WANT_NAMESPACE,
    WANT_PHASE,
    WANT_TYPE,
    WANT_TRUTH,
    WANT_CONTAINER,
    WANT_IMAGE_ID, /* what comes after its "@" */
    TEXTS,
    WANT_ITEMS = TEXTS, /* maps and arrays */
    WANT_REQUEST,
    WANT_STATUS,
    WANT_CONDITIONS,
    WANT_CONTAINER_STATUSES,
    WANT_OBJECT,
};

static const struct {
    str key;
    enum place in;
    enum want want;
} keys[] = {
    {STR_INIT("apiVersion"), IN_OBJECT, WANT_API_VERSION},
    {STR_INIT("kind"), IN_OBJECT, WANT_KIND},
    {STR_INIT("items"), IN_OBJECT, WANT_ITEMS},
    {STR_INIT("request"), IN_OBJECT, WANT_REQUEST},
    {STR_INIT("status"), IN_OBJECT, WANT_STATUS},
    {STR_INIT("namespace"), IN_REQUEST, WANT_NAMESPACE},
    {STR_INIT("object"), IN_REQUEST, WANT_OBJECT},
    {STR_INIT("phase"), IN_STATUS, WANT_PHASE},
    {STR_INIT("conditions"), IN_STATUS, WANT_CONDITIONS},
    {STR_INIT("containerStatuses"), IN_STATUS, WANT_CONTAINER_STATUSES},
    {STR_INIT("initContainerStatuses"), IN_STATUS, WANT_CONTAINER_STATUSES},
    {STR_INIT("ephemeralContainerStatuses"), IN_STATUS, WANT_CONTAINER_STATUSES},
    {STR_INIT("name"), IN_CONTAINER_STATUS, WANT_CONTAINER},
    {STR_INIT("imageID"), IN_CONTAINER_STATUS, WANT_IMAGE_ID},
    {STR_INIT("type"), IN_CONDITION, WANT_TYPE},
    {STR_INIT("status"), IN_CONDITION, WANT_TRUTH},
};
enum { KEY_MAX = sizeof("ephemeralContainerStatuses") - 1 };

static const struct {
    enum shelflife_json_event start;
    enum place enter;
} containers[] = {
    [WANT_ITEMS] = {SHELFLIFE_JSON_ARRAY_START, IN_ITEMS},
    [WANT_REQUEST] = {SHELFLIFE_JSON_MAP_START, IN_REQUEST},
    [WANT_STATUS] = {SHELFLIFE_JSON_MAP_START, IN_STATUS},
    [WANT_CONDITIONS] = {SHELFLIFE_JSON_ARRAY_START, IN_CONDITIONS},
    [WANT_CONTAINER_STATUSES] = {SHELFLIFE_JSON_ARRAY_START, IN_CONTAINER_STATUSES},
};

struct text {
    size_t len; /* TEXT_MAX + 1 if the text is longer than TEXT_MAX */
    char at[TEXT_MAX];
};

/* A container that runs. */
struct status {
    unsigned char container_len, digest_len;
    char container[CONTAINER_MAX], digest[DIGEST_MAX];
};

/* An event of a list's element that waits for the kind of its list. The bytes of its text follow. */
struct held_event {
    enum shelflife_json_event event;
    bool last;
    struct shelflife_json_position at;
    size_t len;
};

/* Elements of a list that come before its kind, and do not begin with a kind of their own. */
struct held {
    buffer events;
    size_t element;                    /* where the events of the open element begin */
    size_t depth;                      /* of the open element; 0: there is none */
    bool has_first_key;                /* of the open element */
    bool passed_on;                    /* the list's kind is known now, and they are passed on */
    struct shelflife_json_position at; /* of the event that is passed on */
};

/* What SHELFLIFE_JSON_SKIP skips: the rest of a key and its value, a map or an array that has begun, or the
   rest of a text. */
struct skip {
    size_t depth;
    bool value; /* the value of a key is to come */
    bool open;
};

/* The spec of an object that is kept. */
struct spec {
    arena memory;
    struct shelflife_input_tree_maker maker;
    struct skip skip; /* what the extractor does not need */
    bool begins;      /* with the next event */
    bool open;
    size_t depth;
    bool kept;
    error why; /* it could not be kept */
};

/* An open object. Level 0 is the whole text, not an object. */
struct object_level {
    struct shelflife_extractor *extractor;
    struct shelflife_json_position start;
    arena arena;
    enum place place;
    enum want want;
    size_t depth;   /* number of maps and arrays that are open in the extractor */
    size_t key_len; /* bytes of a key that arrives in pieces */
    char key[KEY_MAX];
    bool long_key, wraps, finished;
    bool has_digest; /* an "@" came in the imageID */
    struct text texts[TEXTS];
    struct status *statuses;
    size_t status_count, status_capacity;
    struct held held;
    struct spec spec;
};

struct shelflife_audit_objects {
    const struct shelflife_shapes *shapes;
    shelflife_audit_object_handler *handler;
    void *context;
    shelflife_locator *locator;
    const void *locator_context;
    struct object_level *levels[LEVELS_MAX + 1];
    size_t level;
    size_t arrays; /* number of arrays that are open around objects and are not a list's `items` */
    bool (*keeps_spec)(str kind); /* NULL: of none */
    bool strange;                 /* something is not an object */
    struct shelflife_json_position strange_at;
};

typedef struct shelflife_audit_objects objects;
typedef enum shelflife_json_next next;

static void free_level(struct object_level *l)
{
    if (!l)
        return;
    shelflife_extractor_free(l->extractor);
    shelflife_arena_free(&l->arena);
    shelflife_buffer_free(&l->held.events);
    shelflife_input_tree_stop(&l->spec.maker);
    shelflife_arena_free(&l->spec.memory);
    free(l->statuses);
    free(l);
}

static struct object_level *new_level(void)
{
    struct object_level *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    shelflife_arena_init(&l->arena, OBJECT_MAX);
    shelflife_buffer_init(&l->held.events, HELD_MAX);
    shelflife_buffer_init(&l->spec.maker.piece, SIZE_MAX / 2);
    shelflife_arena_init(&l->spec.memory, SPEC_MAX);
    l->extractor = shelflife_extractor_new(&l->arena);
    if (!l->extractor) {
        free(l);
        return NULL;
    }
    shelflife_extractor_limit(l->extractor, SHELFLIFE_AUDIT_IMAGES_MAX, SHELFLIFE_AUDIT_IMAGE_BYTES_MAX);
    return l;
}

objects *shelflife_audit_objects_new(const struct shelflife_shapes *shapes,
                                     shelflife_audit_object_handler *handler, void *context)
{
    objects *o = calloc(1, sizeof(*o));
    if (!o)
        return NULL;
    *o = (objects){.shapes = shapes, .handler = handler, .context = context};
    o->levels[0] = new_level();
    if (o->levels[0])
        return o;
    free(o);
    return NULL;
}

void shelflife_audit_objects_free(objects *o)
{
    if (!o)
        return;
    for (size_t i = 0; i <= LEVELS_MAX; i++)
        free_level(o->levels[i]);
    free(o);
}

void shelflife_audit_objects_keep_specs(objects *o, bool (*is_wanted)(str kind))
{
    o->keeps_spec = is_wanted;
}

/* ---- Texts ---- */

static str text_of(const struct object_level *l, enum want which)
{
    size_t len = l->texts[which].len;
    return len > TEXT_MAX ? (str){0} : (str){l->texts[which].at, len};
}

static void add_text(struct object_level *l, enum want which, str piece)
{
    struct text *t = &l->texts[which];
    if (t->len + piece.len > TEXT_MAX) {
        t->len = TEXT_MAX + 1;
        return;
    }
    if (piece.len)
        memcpy(t->at + t->len, piece.at, piece.len);
    t->len += piece.len;
}

static void set_text(struct object_level *l, enum want which, str whole)
{
    l->texts[which].len = 0;
    add_text(l, which, whole);
}

/* A registry's name may be longer than what is kept of a text. Without an "@", an imageID is a digest of
   something that no registry knows. */
static void add_image_id(struct object_level *l, str piece)
{
    size_t at = shelflife_str_find_last(piece, '@');
    if (at != SIZE_MAX) {
        l->has_digest = true;
        l->texts[WANT_IMAGE_ID].len = 0;
        piece = shelflife_str_after(piece, at + 1);
    }
    if (l->has_digest)
        add_text(l, WANT_IMAGE_ID, piece);
}

static bool text_is(const struct object_level *l, enum want which, const char *word)
{
    return shelflife_str_equal(text_of(l, which), shelflife_str_of(word));
}

/* The kind of a list's elements: Pod for "PodList", unknown for "List". */
static str element_kind(const objects *o, const struct object_level *list)
{
    str given = text_of(o->levels[0], WANT_KIND), kind = text_of(list, WANT_KIND);
    if (given.len || list->place != IN_ITEMS)
        return list->place == IN_ITEMS ? given : (str){0};
    return shelflife_str_ends(kind, STR("List")) ? shelflife_str_first(kind, kind.len - 4) : (str){0};
}

static str element_version(const objects *o, const struct object_level *list)
{
    str given = text_of(o->levels[0], WANT_API_VERSION);
    return given.len ? given : text_of(list, WANT_API_VERSION);
}

void shelflife_audit_objects_begin(objects *o, str api_version, str kind, shelflife_locator *locator,
                                   const void *locator_context)
{
    struct object_level *l = o->levels[0];
    o->level = o->arrays = 0;
    o->strange = false;
    o->locator = locator;
    o->locator_context = locator_context;
    l->place = AT_VALUE;
    set_text(l, WANT_API_VERSION, api_version);
    set_text(l, WANT_KIND, kind);
    set_text(l, WANT_NAMESPACE, (str){0});
}

/* ---- Objects ---- */

/* Passes an event of the innermost object to the extractor. */
static next forward(struct object_level *l, enum shelflife_json_event event, str text, bool last, error *err)
{
    next n = shelflife_extractor_event(l->extractor, event, text, last, err);
    if (n == SHELFLIFE_JSON_CONTINUE)
        l->depth += shelflife_json_opens(event);
    l->depth -= shelflife_json_closes(event);
    return n;
}

static struct shelflife_json_position position_of(const objects *o)
{
    return o->locator ? o->locator(o->locator_context) : (struct shelflife_json_position){0};
}

static void note_strange(objects *o, struct shelflife_json_position at)
{
    if (!o->strange)
        o->strange_at = at;
    o->strange = true;
}

bool shelflife_audit_objects_strange(const objects *o, struct shelflife_json_position *at)
{
    *at = o->strange_at;
    return o->strange;
}

static next open_object(objects *o, error *err)
{
    const struct object_level *around = o->levels[o->level];
    if (o->level == LEVELS_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "lists are nested more than %d deep", LEVELS_MAX);
        return SHELFLIFE_JSON_STOP;
    }
    if (!o->levels[o->level + 1] && !(o->levels[o->level + 1] = new_level())) {
        shelflife_fail_memory(err);
        return SHELFLIFE_JSON_STOP;
    }
    struct object_level *l = o->levels[++o->level];
    l->place = IN_OBJECT;
    l->start = position_of(o);
    l->want = WANT_NOTHING;
    l->depth = l->key_len = 0;
    l->long_key = l->wraps = l->finished = false;
    l->status_count = 0;
    l->held.depth = 0;
    l->held.passed_on = false;
    l->spec.begins = l->spec.open = l->spec.kept = false;
    l->spec.why.kind = SHELFLIFE_ERROR_NONE;
    shelflife_buffer_reset(&l->held.events);
    for (enum want i = WANT_NOTHING; i < TEXTS; i++)
        l->texts[i].len = 0;
    shelflife_arena_reset(&l->arena);
    shelflife_extractor_begin(l->extractor, o->shapes,
                              shelflife_workload_group_of(element_version(o, around)),
                              element_kind(o, around), NULL);
    if (o->locator)
        shelflife_extractor_locate(l->extractor, o->locator, o->locator_context);
    return forward(l, SHELFLIFE_JSON_MAP_START, STR(""), true, err);
}

static str own_or(str own, str from_around)
{
    return own.len ? own : from_around;
}

/* Lists the containers that run. */
static bool list_running(struct object_level *l, struct shelflife_audit_found_object *found, error *err)
{
    struct shelflife_audit_running *running =
        shelflife_arena_array(&l->arena, l->status_count, sizeof(*running));
    if (!running)
        return shelflife_arena_fail(&l->arena, err);
    for (size_t i = 0; i < l->status_count; i++) {
        const struct status *s = &l->statuses[i];
        running[i] =
            (struct shelflife_audit_running){{s->container, s->container_len}, {s->digest, s->digest_len}};
    }
    found->running = running;
    found->running_count = l->status_count;
    return true;
}

static next close_object(objects *o, error *err)
{
    struct object_level *l = o->levels[o->level--];
    const struct object_level *around = o->levels[o->level];
    const struct shelflife_object *object = shelflife_extractor_object(l->extractor, err);
    if (!object)
        return SHELFLIFE_JSON_STOP;
    str kind = element_kind(o, around);
    struct shelflife_audit_found_object found = {
        .object = object,
        .api_version = own_or(object->api_version, kind.len ? element_version(o, around) : (str){0}),
        .kind = own_or(object->kind, kind),
        .namespace = own_or(object->namespace_name, text_of(around, WANT_NAMESPACE)),
        .spec = l->spec.kept || l->spec.why.kind ? l->spec.maker.open[0]->first : NULL,
        .spec_missing = l->spec.why.kind ? shelflife_str_of(l->spec.why.text) : (str){0},
        .finished = l->finished,
    };
    if (!l->wraps && !found.kind.len)
        note_strange(o, l->start);
    if (l->wraps || !found.kind.len)
        return SHELFLIFE_JSON_CONTINUE;
    if (l->status_count && !list_running(l, &found, err))
        return SHELFLIFE_JSON_STOP;
    return o->handler(o->context, &found, err) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

/* ---- What the extractor skips ---- */

static void begin_skip(struct skip *s, enum shelflife_json_event event, bool last)
{
    s->depth = shelflife_json_opens(event);
    s->value = event == SHELFLIFE_JSON_KEY;
    s->open = !last || s->depth;
}

static bool is_skipping(const struct skip *s)
{
    return s->open || s->value;
}

static void go_on_skipping(struct skip *s, enum shelflife_json_event event, bool last)
{
    s->value = s->value && (event == SHELFLIFE_JSON_KEY || s->depth);
    s->depth += shelflife_json_opens(event);
    s->depth -= shelflife_json_closes(event);
    s->open = s->depth || !last;
}

/* ---- Specs ---- */

/* Whether a spec is kept, going by the object's kind if that is already known. */
static bool keeps_spec(const objects *o, const struct object_level *l)
{
    str kind = own_or(text_of(l, WANT_KIND), element_kind(o, o->levels[o->level - 1]));
    return o->keeps_spec && (!kind.len || o->keeps_spec(kind));
}

/* The key `spec` came, to which the extractor has said what *n is. */
static bool begin_spec(struct object_level *l, next *n, error *err)
{
    struct spec *s = &l->spec;
    shelflife_input_tree_stop(&s->maker);
    shelflife_arena_reset(&s->memory);
    s->kept = false;
    s->begins = true;
    s->depth = 0;
    s->why.kind = SHELFLIFE_ERROR_NONE;
    s->skip = (struct skip){0};
    if (*n == SHELFLIFE_JSON_SKIP) {
        begin_skip(&s->skip, SHELFLIFE_JSON_KEY, true);
        *n = SHELFLIFE_JSON_CONTINUE;
    }
    return shelflife_input_tree_start(&s->maker, &s->memory, err);
}

static bool keep(const objects *o, struct spec *s, enum shelflife_json_event event, str text, bool last,
                 error *err)
{
    if (!s->why.kind && !shelflife_input_tree_add(&s->maker, event, text, last, position_of(o), &s->why) &&
        s->why.kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    s->depth += shelflife_json_opens(event);
    s->depth -= shelflife_json_closes(event);
    s->open = s->depth || !last;
    s->kept = !s->open && !s->why.kind;
    s->begins = false;
    return true;
}

/* An event of a spec that is kept. */
static next on_spec(const objects *o, struct object_level *l, enum shelflife_json_event event, str text,
                    bool last, error *err)
{
    struct skip *skip = &l->spec.skip;
    if (!keep(o, &l->spec, event, text, last, err))
        return SHELFLIFE_JSON_STOP;
    if (is_skipping(skip)) {
        go_on_skipping(skip, event, last);
        return SHELFLIFE_JSON_CONTINUE;
    }
    next n = forward(l, event, text, last, err);
    if (n != SHELFLIFE_JSON_SKIP)
        return n;
    begin_skip(skip, event, last);
    return SHELFLIFE_JSON_CONTINUE;
}

/* ---- Keys ---- */

static enum want find_key(const struct object_level *l, str key)
{
    for (size_t i = 0; i < COUNT(keys); i++)
        if (keys[i].in == l->place && shelflife_str_equal(keys[i].key, key))
            return keys[i].want;
    return WANT_NOTHING;
}

/* Whether an object can have this part, going by its kind if that is already known. kubectl takes every
   object with `items` for a list; an API server does not. */
static bool may_have(const objects *o, const struct object_level *l, enum want want)
{
    str kind = text_of(l, WANT_KIND);
    bool from_server = text_of(o->levels[0], WANT_KIND).len || o->levels[o->level - 1]->place == IN_REQUEST;
    switch (want) {
    case WANT_ITEMS:
        return !from_server || !kind.len || shelflife_str_ends(kind, STR("List"));
    case WANT_REQUEST:
        return !kind.len || shelflife_str_equal(kind, STR("AdmissionReview"));
    case WANT_STATUS:
        return !kind.len || shelflife_str_equal(kind, STR("Pod")) || shelflife_str_equal(kind, STR("Job"));
    default:
        return true;
    }
}

/* Collects a key. Returns true when the key is complete, or too long to be one of `keys`. */
static bool collect_key(struct object_level *l, str text, bool last)
{
    l->long_key = l->long_key || text.len > KEY_MAX - l->key_len;
    if (!l->long_key && text.len) {
        memcpy(l->key + l->key_len, text.at, text.len);
        l->key_len += text.len;
    }
    return last || l->long_key;
}

/* A key of the object itself. Keys that are not used here go to the extractor. */
static next on_object_key(const objects *o, struct object_level *l, str text, bool last, error *err)
{
    bool known_long = l->long_key;
    size_t held = l->key_len;
    if (!collect_key(l, text, last))
        return SHELFLIFE_JSON_CONTINUE;
    str whole = {l->key, l->key_len};
    enum want want = l->long_key ? WANT_NOTHING : find_key(l, whole);
    next n = SHELFLIFE_JSON_CONTINUE;
    if (want >= TEXTS && may_have(o, l, want)) {
        l->want = want;
    } else if (!l->long_key) {
        l->want = want < TEXTS ? want : WANT_NOTHING;
        if (l->want != WANT_NOTHING)
            l->texts[want].len = 0;
        n = forward(l, SHELFLIFE_JSON_KEY, whole, true, err);
        if (n != SHELFLIFE_JSON_STOP && shelflife_str_equal(whole, STR("spec")) && keeps_spec(o, l) &&
            !begin_spec(l, &n, err))
            n = SHELFLIFE_JSON_STOP;
    } else {
        if (!known_long && held)
            n = forward(l, SHELFLIFE_JSON_KEY, (str){l->key, held}, false, err);
        if (n == SHELFLIFE_JSON_CONTINUE)
            n = forward(l, SHELFLIFE_JSON_KEY, text, last, err);
    }
    if (last || n != SHELFLIFE_JSON_CONTINUE) {
        l->key_len = 0;
        l->long_key = false;
    }
    return n;
}

/* A key of a part that the extractor does not see. */
static next on_part_key(struct object_level *l, str text, bool last)
{
    if (!collect_key(l, text, last))
        return SHELFLIFE_JSON_CONTINUE;
    l->want = l->long_key ? WANT_NOTHING : find_key(l, (str){l->key, l->key_len});
    if (l->want < TEXTS)
        l->texts[l->want].len = 0;
    if (l->want == WANT_IMAGE_ID)
        l->has_digest = false;
    l->key_len = 0;
    l->long_key = false;
    return l->want == WANT_NOTHING ? SHELFLIFE_JSON_SKIP : SHELFLIFE_JSON_CONTINUE;
}

/* ---- Parts ---- */

static void end_condition(struct object_level *l)
{
    bool over = text_is(l, WANT_TYPE, "Complete") || text_is(l, WANT_TYPE, "Failed");
    if (over && text_is(l, WANT_TRUTH, "True") && !text_is(l, WANT_KIND, "Pod"))
        l->finished = true;
    l->texts[WANT_TYPE].len = l->texts[WANT_TRUTH].len = 0;
}

/* Keeps as many as an object can have images. */
static bool end_container_status(struct object_level *l, error *err)
{
    str container = text_of(l, WANT_CONTAINER), digest = text_of(l, WANT_IMAGE_ID);
    l->texts[WANT_CONTAINER].len = l->texts[WANT_IMAGE_ID].len = 0;
    if (!container.len || container.len > CONTAINER_MAX || !digest.len || digest.len > DIGEST_MAX ||
        l->status_count == SHELFLIFE_AUDIT_IMAGES_MAX)
        return true;
    if (!shelflife_grow(&l->statuses, &l->status_capacity, l->status_count + 1, sizeof(*l->statuses)))
        return shelflife_fail_memory(err);
    struct status *s = &l->statuses[l->status_count++];
    s->container_len = (unsigned char)container.len;
    s->digest_len = (unsigned char)digest.len;
    memcpy(s->container, container.at, container.len);
    memcpy(s->digest, digest.at, digest.len);
    return true;
}

static bool end_part(struct object_level *l, error *err)
{
    if (l->place == IN_CONDITION)
        end_condition(l);
    if (l->place == IN_CONTAINER_STATUS && !end_container_status(l, err))
        return false;
    if (l->place == IN_STATUS && (text_is(l, WANT_PHASE, "Succeeded") || text_is(l, WANT_PHASE, "Failed")))
        l->finished = true;
    l->place = parent_of[l->place];
    return true;
}

/* The value of a wanted key. */
static next on_wanted(objects *o, struct object_level *l, enum shelflife_json_event event, str text,
                      bool last, error *err)
{
    enum want want = l->want;
    bool is_text = event == SHELFLIFE_JSON_STRING || event == SHELFLIFE_JSON_NUMBER;
    if (event == SHELFLIFE_JSON_STRING && want == WANT_IMAGE_ID)
        add_image_id(l, text);
    else if (event == SHELFLIFE_JSON_STRING && want < TEXTS)
        add_text(l, want, text);
    if (!is_text || last || want >= TEXTS)
        l->want = WANT_NOTHING;
    if (want == WANT_OBJECT && event == SHELFLIFE_JSON_MAP_START)
        return open_object(o, err);
    if (want >= TEXTS && want != WANT_OBJECT && event == containers[want].start) {
        l->place = containers[want].enter;
        l->wraps = l->wraps || want == WANT_ITEMS || want == WANT_REQUEST;
        return SHELFLIFE_JSON_CONTINUE;
    }
    return shelflife_json_opens(event) || (want >= TEXTS && !last) ? SHELFLIFE_JSON_SKIP
                                                                   : SHELFLIFE_JSON_CONTINUE;
}

/* ---- Elements before the kind of their list ---- */

static bool is_before_kind(const objects *o, const struct object_level *list)
{
    return list->place == IN_ITEMS && !list->held.passed_on && !text_of(o->levels[0], WANT_KIND).len &&
           !text_of(list, WANT_KIND).len;
}

static bool hold(objects *o, struct held *held, enum shelflife_json_event event, str text, bool last,
                 error *err)
{
    struct held_event e = {.event = event, .last = last, .len = text.len};
    if (o->locator)
        e.at = o->locator(o->locator_context);
    shelflife_buffer_append(&held->events, (str){(const char *)&e, sizeof(e)});
    shelflife_buffer_append(&held->events, text);
    return !held->events.failed ||
           shelflife_fail(
               err, SHELFLIFE_ERROR_LIMIT,
               "a list's elements come before its kind, and take more than %d MiB: write the list's "
               "kind before its items",
               HELD_MAX >> 20);
}

static struct shelflife_json_position held_position(const void *held)
{
    return ((const struct held *)held)->at;
}

static struct held_event event_at(const struct held *held, size_t i, str *text)
{
    struct held_event e;
    memcpy(&e, held->events.at + i, sizeof(e));
    *text = (str){held->events.at + i + sizeof(e), e.len};
    return e;
}

/* The position after what SHELFLIFE_JSON_SKIP skips. */
static size_t skip_held(const struct held *held, size_t i, struct held_event e)
{
    struct skip skip;
    begin_skip(&skip, e.event, e.last);
    while (i < held->events.len && is_skipping(&skip)) {
        str text;
        e = event_at(held, i, &text);
        i += sizeof(e) + e.len;
        go_on_skipping(&skip, e.event, e.last);
    }
    return i;
}

/* Passes the events from a position on, as if they came now. */
static next pass_on(objects *o, struct object_level *l, size_t from, error *err)
{
    shelflife_locator *locator = o->locator;
    const void *locator_context = o->locator_context;
    next n = SHELFLIFE_JSON_CONTINUE;
    o->locator = locator ? held_position : NULL;
    o->locator_context = &l->held;
    l->held.passed_on = true;
    for (size_t i = from; i < l->held.events.len && n != SHELFLIFE_JSON_STOP;) {
        str text;
        struct held_event e = event_at(&l->held, i, &text);
        i += sizeof(e) + e.len;
        l->held.at = e.at;
        n = shelflife_audit_objects_event(o, e.event, text, e.last, err);
        if (n == SHELFLIFE_JSON_SKIP && i < l->held.events.len)
            i = skip_held(&l->held, i, e);
    }
    o->locator = locator;
    o->locator_context = locator_context;
    return n;
}

/* An event of an element whose kind is not known. */
static next on_element(objects *o, struct object_level *l, enum shelflife_json_event event, str text,
                       bool last, error *err)
{
    struct held *held = &l->held;
    if (held->depth == 0) {
        held->element = held->events.len;
        held->has_first_key = false;
    }
    if (!hold(o, held, event, text, last, err))
        return SHELFLIFE_JSON_STOP;
    held->depth += shelflife_json_opens(event);
    held->depth -= shelflife_json_closes(event);
    if (event != SHELFLIFE_JSON_KEY || held->has_first_key || !collect_key(l, text, last))
        return SHELFLIFE_JSON_CONTINUE;
    str key = {l->key, l->long_key ? 0 : l->key_len};
    bool own_kind = shelflife_str_equal(key, STR("apiVersion")) || shelflife_str_equal(key, STR("kind"));
    held->has_first_key = true;
    l->key_len = 0;
    l->long_key = false;
    if (!own_kind)
        return SHELFLIFE_JSON_CONTINUE;
    held->depth = 0;
    next n = pass_on(o, l, held->element, err);
    held->events.len = held->element;
    held->passed_on = false;
    return n;
}

/* An event in a part that the extractor does not see. */
static next on_part(objects *o, struct object_level *l, enum shelflife_json_event event, str text, bool last,
                    error *err)
{
    if (l->held.depth || (event == SHELFLIFE_JSON_MAP_START && is_before_kind(o, l)))
        return on_element(o, l, event, text, last, err);
    if (event == SHELFLIFE_JSON_KEY)
        return on_part_key(l, text, last);
    if (l->want != WANT_NOTHING)
        return on_wanted(o, l, event, text, last, err);
    switch (event) {
    case SHELFLIFE_JSON_MAP_END:
    case SHELFLIFE_JSON_ARRAY_END:
        return end_part(l, err) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
    case SHELFLIFE_JSON_MAP_START:
        if (l->place == IN_ITEMS)
            return open_object(o, err);
        l->place = l->place == IN_CONTAINER_STATUSES ? IN_CONTAINER_STATUS : IN_CONDITION;
        return SHELFLIFE_JSON_CONTINUE;
    default:
        return event == SHELFLIFE_JSON_ARRAY_START || !last ? SHELFLIFE_JSON_SKIP : SHELFLIFE_JSON_CONTINUE;
    }
}

static next on_object(objects *o, struct object_level *l, enum shelflife_json_event event, str text,
                      bool last, error *err)
{
    if (l->spec.begins || l->spec.open)
        return on_spec(o, l, event, text, last, err);
    if (l->depth == 1 && event == SHELFLIFE_JSON_KEY)
        return on_object_key(o, l, text, last, err);
    if (l->depth == 1 && l->want >= TEXTS)
        return on_wanted(o, l, event, text, last, err);
    if (l->depth == 1 && l->want != WANT_NOTHING) {
        if (event == SHELFLIFE_JSON_STRING)
            add_text(l, l->want, text);
        if (event != SHELFLIFE_JSON_STRING || last)
            l->want = WANT_NOTHING;
    }
    next n = forward(l, event, text, last, err);
    if (n == SHELFLIFE_JSON_STOP || !shelflife_extractor_done(l->extractor))
        return n;
    if (l->held.events.len) {
        l->place = IN_ITEMS;
        if (pass_on(o, l, 0, err) == SHELFLIFE_JSON_STOP)
            return SHELFLIFE_JSON_STOP;
    }
    return close_object(o, err);
}

/* An event outside all objects. Values that are neither objects nor arrays are ignored. */
static next on_outside(objects *o, enum shelflife_json_event event, bool last, error *err)
{
    switch (event) {
    case SHELFLIFE_JSON_MAP_START:
        return open_object(o, err);
    case SHELFLIFE_JSON_ARRAY_START:
        if (o->arrays == 1)
            return SHELFLIFE_JSON_SKIP;
        o->arrays = 1;
        return SHELFLIFE_JSON_CONTINUE;
    case SHELFLIFE_JSON_ARRAY_END:
        o->arrays = 0;
        return SHELFLIFE_JSON_CONTINUE;
    default:
        if (event != SHELFLIFE_JSON_NULL)
            note_strange(o, position_of(o));
        return last ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_SKIP;
    }
}

next shelflife_audit_objects_event(void *context, enum shelflife_json_event event, str text, bool last,
                                   error *err)
{
    objects *o = context;
    struct object_level *l = o->levels[o->level];
    if (l->place == IN_OBJECT)
        return on_object(o, l, event, text, last, err);
    return l->place == AT_VALUE ? on_outside(o, event, last, err) : on_part(o, l, event, text, last, err);
}
