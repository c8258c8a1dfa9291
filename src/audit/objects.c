#include "audit/objects.h"

#include "workload/kinds.h"
#include "json/words.h"

enum {
    LEVELS_MAX = 8,        /* lists in lists */
    OBJECT_MAX = 64 << 20, /* bytes kept of one object */
    TEXT_MAX = 253,        /* longest text that is compared here, in bytes; a longer one matches nothing */
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
};

static const unsigned char parent_of[] = {
    [IN_ITEMS] = IN_OBJECT,      [IN_REQUEST] = IN_OBJECT,       [IN_STATUS] = IN_OBJECT,
    [IN_CONDITIONS] = IN_STATUS, [IN_CONDITION] = IN_CONDITIONS,
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
    TEXTS,
    WANT_ITEMS = TEXTS, /* maps and arrays */
    WANT_REQUEST,
    WANT_STATUS,
    WANT_CONDITIONS,
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
    {STR_INIT("type"), IN_CONDITION, WANT_TYPE},
    {STR_INIT("status"), IN_CONDITION, WANT_TRUTH},
};
enum { KEY_MAX = sizeof("apiVersion") - 1 };

static const struct {
    enum shelflife_json_event start;
    enum place enter;
} containers[] = {
    [WANT_ITEMS] = {SHELFLIFE_JSON_ARRAY_START, IN_ITEMS},
    [WANT_REQUEST] = {SHELFLIFE_JSON_MAP_START, IN_REQUEST},
    [WANT_STATUS] = {SHELFLIFE_JSON_MAP_START, IN_STATUS},
    [WANT_CONDITIONS] = {SHELFLIFE_JSON_ARRAY_START, IN_CONDITIONS},
};

struct text {
    size_t len; /* TEXT_MAX + 1 if the text is longer than TEXT_MAX */
    char at[TEXT_MAX];
};

/* An open object. Level 0 is the whole text, not an object. */
struct object_level {
    struct shelflife_extractor *extractor;
    arena arena;
    enum place place;
    enum want want;
    size_t depth;   /* number of maps and arrays that are open in the extractor */
    size_t key_len; /* bytes of a key that arrives in pieces */
    char key[KEY_MAX];
    bool long_key, wraps, finished;
    struct text texts[TEXTS];
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
};

typedef struct shelflife_audit_objects objects;
typedef enum shelflife_json_next next;

static void free_level(struct object_level *l)
{
    if (!l)
        return;
    shelflife_extractor_free(l->extractor);
    shelflife_arena_free(&l->arena);
    free(l);
}

static struct object_level *new_level(void)
{
    struct object_level *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    shelflife_arena_init(&l->arena, OBJECT_MAX);
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
    l->want = WANT_NOTHING;
    l->depth = l->key_len = 0;
    l->long_key = l->wraps = l->finished = false;
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

static next close_object(objects *o, error *err)
{
    const struct object_level *l = o->levels[o->level--], *around = o->levels[o->level];
    const struct shelflife_object *object = shelflife_extractor_object(l->extractor, err);
    if (!object)
        return SHELFLIFE_JSON_STOP;
    str kind = element_kind(o, around);
    struct shelflife_audit_found_object found = {
        .object = object,
        .api_version = own_or(object->api_version, kind.len ? element_version(o, around) : (str){0}),
        .kind = own_or(object->kind, kind),
        .namespace = own_or(object->namespace_name, text_of(around, WANT_NAMESPACE)),
        .finished = l->finished,
    };
    if (l->wraps || !found.kind.len)
        return SHELFLIFE_JSON_CONTINUE;
    return o->handler(o->context, &found, err) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

/* ---- Keys ---- */

static enum want find_key(const struct object_level *l, str key)
{
    for (size_t i = 0; i < COUNT(keys); i++)
        if (keys[i].in == l->place && shelflife_str_equal(keys[i].key, key))
            return keys[i].want;
    return WANT_NOTHING;
}

/* Whether an object can have this part, going by its kind if that is already known. */
static bool may_have(const struct object_level *l, enum want want)
{
    str kind = text_of(l, WANT_KIND);
    switch (want) {
    case WANT_ITEMS:
        return !kind.len || shelflife_str_ends(kind, STR("List"));
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
static next on_object_key(struct object_level *l, str text, bool last, error *err)
{
    bool known_long = l->long_key;
    size_t held = l->key_len;
    if (!collect_key(l, text, last))
        return SHELFLIFE_JSON_CONTINUE;
    str whole = {l->key, l->key_len};
    enum want want = l->long_key ? WANT_NOTHING : find_key(l, whole);
    next n = SHELFLIFE_JSON_CONTINUE;
    if (want >= TEXTS && may_have(l, want)) {
        l->want = want;
    } else if (!l->long_key) {
        l->want = want < TEXTS ? want : WANT_NOTHING;
        if (l->want != WANT_NOTHING)
            l->texts[want].len = 0;
        n = forward(l, SHELFLIFE_JSON_KEY, whole, true, err);
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

static void end_part(struct object_level *l)
{
    if (l->place == IN_CONDITION)
        end_condition(l);
    if (l->place == IN_STATUS && (text_is(l, WANT_PHASE, "Succeeded") || text_is(l, WANT_PHASE, "Failed")))
        l->finished = true;
    l->place = parent_of[l->place];
}

/* The value of a wanted key. */
static next on_wanted(objects *o, struct object_level *l, enum shelflife_json_event event, str text,
                      bool last, error *err)
{
    enum want want = l->want;
    bool is_text = event == SHELFLIFE_JSON_STRING || event == SHELFLIFE_JSON_NUMBER;
    if (event == SHELFLIFE_JSON_STRING && want < TEXTS)
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

/* An event in a part that the extractor does not see. */
static next on_part(objects *o, struct object_level *l, enum shelflife_json_event event, str text, bool last,
                    error *err)
{
    if (event == SHELFLIFE_JSON_KEY)
        return on_part_key(l, text, last);
    if (l->want != WANT_NOTHING)
        return on_wanted(o, l, event, text, last, err);
    switch (event) {
    case SHELFLIFE_JSON_MAP_END:
    case SHELFLIFE_JSON_ARRAY_END:
        end_part(l);
        return SHELFLIFE_JSON_CONTINUE;
    case SHELFLIFE_JSON_MAP_START:
        if (l->place == IN_ITEMS)
            return open_object(o, err);
        l->place = IN_CONDITION;
        return SHELFLIFE_JSON_CONTINUE;
    default:
        return event == SHELFLIFE_JSON_ARRAY_START || !last ? SHELFLIFE_JSON_SKIP : SHELFLIFE_JSON_CONTINUE;
    }
}

static next on_object(objects *o, struct object_level *l, enum shelflife_json_event event, str text,
                      bool last, error *err)
{
    if (l->depth == 1 && event == SHELFLIFE_JSON_KEY)
        return on_object_key(l, text, last, err);
    if (l->depth == 1 && l->want >= TEXTS)
        return on_wanted(o, l, event, text, last, err);
    if (l->depth == 1 && l->want != WANT_NOTHING) {
        if (event == SHELFLIFE_JSON_STRING)
            add_text(l, l->want, text);
        if (event != SHELFLIFE_JSON_STRING || last)
            l->want = WANT_NOTHING;
    }
    next n = forward(l, event, text, last, err);
    return n != SHELFLIFE_JSON_STOP && shelflife_extractor_done(l->extractor) ? close_object(o, err) : n;
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
