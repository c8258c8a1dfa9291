#include "registry/configuration.h"

#include <ctype.h>

#include "registry/text.h"

_Static_assert((int)REGISTRY_TEXT_MAX == (int)SHELFLIFE_REGISTRY_EVIDENCE_MAX,
               "what is collected is what is kept");

enum { PLATFORM_WORD_MAX = 64 };

/* Where in the document the reader is. All other values are skipped. */
enum place { START, ROOT, CONFIG, ENV, LABELS, HISTORY, ENTRY, END };

enum type { A_STRING, A_BOOL, A_MAP, AN_ARRAY };

/* The values that are read. */
enum what {
    OS,
    ARCHITECTURE,
    VARIANT,
    THE_CONFIG,
    THE_ENV,
    THE_LABELS,
    THE_HISTORY,
    CREATED_BY,
    EMPTY_LAYER
};

static const struct member {
    const char *name;
    enum place in;
    enum what what;
    enum type type;
    enum place opens;
} members[] = {
    {"os", ROOT, OS, A_STRING, START},
    {"architecture", ROOT, ARCHITECTURE, A_STRING, START},
    {"variant", ROOT, VARIANT, A_STRING, START},
    {"config", ROOT, THE_CONFIG, A_MAP, CONFIG},
    {"history", ROOT, THE_HISTORY, AN_ARRAY, HISTORY},
    {"Env", CONFIG, THE_ENV, AN_ARRAY, ENV},
    {"Labels", CONFIG, THE_LABELS, A_MAP, LABELS},
    {"created_by", ENTRY, CREATED_BY, A_STRING, START},
    {"empty_layer", ENTRY, EMPTY_LAYER, A_BOOL, START},
};

static const struct {
    const char *path;
    enum place parent;
    enum type type; /* of its elements, if it has no members that are known by name */
    enum place opens;
} places[] = {
    [START] = {"", START, A_MAP, ROOT},
    [ROOT] = {"", END, A_STRING, START},
    [CONFIG] = {"config.", ROOT, A_STRING, START},
    [ENV] = {"config.Env", CONFIG, A_STRING, START},
    [LABELS] = {"config.Labels", CONFIG, A_STRING, START},
    [HISTORY] = {"history", ROOT, A_MAP, ENTRY},
    [ENTRY] = {"history", HISTORY, A_STRING, START},
    [END] = {"", END, A_STRING, START},
};

static const char *const type_names[] = {"a string", "a boolean", "a map", "an array"};

struct piece {
    struct shelflife_evidence evidence;
    char *value;     /* the memory of the value, in the arena */
    size_t capacity; /* of it */
    bool gone;
};

struct shelflife_registry_configuration_reader {
    struct shelflife_json_parser *parser;
    const struct shelflife_registry_wanted *wanted;
    arena *arena;
    uint64_t bytes;
    enum place place;
    const struct member *member; /* whose value comes next */
    size_t index;                /* of the element of Env or of the history */
    bool in_text;                /* within a key or string */
    struct shelflife_registry_platform platform;
    struct piece *pieces;
    size_t count, capacity;
    /* Of the entry of the history. */
    bool based; /* a line has added files */
    bool empty_layer;
    struct registry_text key, text, line;
};

typedef struct shelflife_registry_configuration_reader configuration_reader;

/* ---- What is kept ---- */

static struct piece *find_piece(configuration_reader *r, enum shelflife_evidence_kind kind, str name)
{
    for (size_t i = 0; i < r->count; i++) {
        struct piece *p = &r->pieces[i];
        if (p->evidence.kind == kind && shelflife_str_equal(p->evidence.name, name))
            return p;
    }
    return NULL;
}

static void forget(configuration_reader *r, enum shelflife_evidence_kind kind)
{
    for (size_t i = 0; i < r->count; i++)
        r->pieces[i].gone |= r->pieces[i].evidence.kind == kind;
}

static struct piece *new_piece(configuration_reader *r, enum shelflife_evidence_kind kind, str name,
                               error *err)
{
    if (r->count == SHELFLIFE_EVIDENCE_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                       "more than %d variables, labels and lines of history are evidence",
                       SHELFLIFE_EVIDENCE_MAX);
        return NULL;
    }
    if (!shelflife_grow(&r->pieces, &r->capacity, r->count + 1, sizeof(*r->pieces))) {
        shelflife_fail_memory(err);
        return NULL;
    }
    struct piece *p = &r->pieces[r->count];
    *p = (struct piece){.evidence.kind = kind};
    if (!shelflife_arena_copy(r->arena, name, &p->evidence.name)) {
        shelflife_arena_fail(r->arena, err);
        return NULL;
    }
    r->count++;
    return p;
}

/* Sets the value of a piece. Its memory is used again if it is large enough, and at least doubled if not, so
   that a name that stands there many times takes little memory. */
static bool set_value(configuration_reader *r, struct piece *p, str value, error *err)
{
    if (!p->value || p->capacity < value.len) {
        size_t capacity = p->capacity ? p->capacity : value.len;
        while (capacity < value.len)
            capacity *= 2;
        p->value = shelflife_arena_alloc(r->arena, capacity + 1);
        if (!p->value)
            return shelflife_arena_fail(r->arena, err);
        p->capacity = capacity;
    }
    shelflife_copy(p->value, value.at, value.len);
    p->value[value.len] = '\0';
    p->evidence.value = (str){p->value, value.len};
    p->gone = false;
    return true;
}

static bool is_wanted(const configuration_reader *r, const struct shelflife_evidence *e)
{
    return registry_text_is_plain(e->name) && registry_text_is_plain(e->value) &&
           (!r->wanted->keep || r->wanted->keep(r->wanted->context, e));
}

/* A variable or label: the last of its name counts. */
static bool add_named(configuration_reader *r, enum shelflife_evidence_kind kind, str name, str value,
                      bool cut, error *err)
{
    struct shelflife_evidence e = {kind, name, value};
    struct piece *p = find_piece(r, kind, name);
    if (cut || !is_wanted(r, &e)) {
        if (p)
            p->gone = true;
        return true;
    }
    if (!p)
        p = new_piece(r, kind, name, err);
    return p && set_value(r, p, value, err);
}

static bool add_variable(configuration_reader *r, error *err)
{
    str text = registry_text_str(&r->text);
    size_t equals = shelflife_str_find(text, '=');
    if (equals == SIZE_MAX)
        return true;
    return add_named(r, SHELFLIFE_EVIDENCE_ENV, shelflife_str_first(text, equals),
                     shelflife_str_after(text, equals + 1), r->text.cut, err);
}

/* The end of an entry of the history. One without a line has a layer that no instruction made, as after
   "docker import". */
static bool add_line(configuration_reader *r, error *err)
{
    str line = {0};
    if (!shelflife_registry_history_line(registry_text_str(&r->line), r->arena, &line))
        return shelflife_arena_fail(r->arena, err);
    r->based = line.len ? shelflife_registry_history_adds_files(line) : !r->empty_layer;
    struct shelflife_evidence e = {SHELFLIFE_EVIDENCE_HISTORY, {0}, line};
    if (line.len == 0 || r->line.cut || !is_wanted(r, &e))
        return true;
    struct piece *p = new_piece(r, SHELFLIFE_EVIDENCE_HISTORY, (str){0}, err);
    return p && set_value(r, p, line, err);
}

/* ---- Reading ---- */

/* The member whose value is read. Elements of arrays, and labels, have none. */
static const struct member *member_of(const configuration_reader *r)
{
    static const struct member none = {.name = "", .what = EMPTY_LAYER};
    return r->member ? r->member : &none;
}

static void write_place(const configuration_reader *r, char *out, size_t size)
{
    const char *path = places[r->place].path;
    if (r->place == START)
        snprintf(out, size, "it");
    else if (r->place == LABELS)
        snprintf(out, size, "a value of %s", path);
    else if (r->place == ENTRY)
        snprintf(out, size, "%s[%zu].%s", path, r->index, member_of(r)->name);
    else if (r->place == ENV || r->place == HISTORY)
        snprintf(out, size, "%s[%zu]", path, r->index);
    else
        snprintf(out, size, "%s%s", path, member_of(r)->name);
}

static bool check_type(const configuration_reader *r, enum type expected, enum shelflife_json_event event,
                       error *err)
{
    static const enum shelflife_json_event events[] = {[A_STRING] = SHELFLIFE_JSON_STRING,
                                                       [A_BOOL] = SHELFLIFE_JSON_TRUE,
                                                       [A_MAP] = SHELFLIFE_JSON_MAP_START,
                                                       [AN_ARRAY] = SHELFLIFE_JSON_ARRAY_START};
    bool null = event == SHELFLIFE_JSON_NULL && r->place != START;
    bool is_false = expected == A_BOOL && event == SHELFLIFE_JSON_FALSE;
    if (event == events[expected] || is_false || null)
        return true;
    char where[96];
    write_place(r, where, sizeof(where));
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s must be %s, not %s", where, type_names[expected],
                          registry_text_type(event));
}

static bool set_platform(configuration_reader *r, str *part, error *err)
{
    str word = registry_text_str(&r->text);
    bool ok = word.len <= PLATFORM_WORD_MAX && !r->text.cut;
    for (size_t i = 0; ok && i < word.len; i++)
        ok = isalnum((unsigned char)word.at[i]) || (word.at[i] && strchr("._-", word.at[i]));
    if (!ok)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s is not a word of letters and digits",
                              member_of(r)->name);
    *part = (str){0};
    return word.len == 0 || shelflife_arena_copy(r->arena, word, part) || shelflife_arena_fail(r->arena, err);
}

/* A whole string, that of the member or element that it is for. */
static bool end_string(configuration_reader *r, error *err)
{
    if (r->place == ENV)
        return add_variable(r, err);
    if (r->place == LABELS)
        return add_named(r, SHELFLIFE_EVIDENCE_LABEL, registry_text_str(&r->key), registry_text_str(&r->text),
                         r->text.cut, err);
    switch (member_of(r)->what) {
    case OS:
        return set_platform(r, &r->platform.os, err);
    case ARCHITECTURE:
        return set_platform(r, &r->platform.architecture, err);
    case VARIANT:
        return set_platform(r, &r->platform.variant, err);
    default: /* created_by */
        r->line = r->text;
        return true;
    }
}

/* The value that comes next; with `null`, that it is null. A list that is there twice counts once, the last
   time. */
static void begin_value(configuration_reader *r)
{
    if (r->place == ENTRY && member_of(r)->what == CREATED_BY)
        registry_text_clear(&r->line);
    if (r->place == CONFIG && member_of(r)->what == THE_ENV)
        forget(r, SHELFLIFE_EVIDENCE_ENV);
    if (r->place == ROOT && member_of(r)->what == THE_HISTORY) {
        forget(r, SHELFLIFE_EVIDENCE_HISTORY);
        r->based = false;
    }
}

static void begin_entry(configuration_reader *r)
{
    registry_text_clear(&r->line);
    r->empty_layer = false;
}

/* A map or array that is read. */
static enum shelflife_json_next open_place(configuration_reader *r)
{
    enum place opens = r->member ? r->member->opens : places[r->place].opens;
    if (opens == ENTRY) {
        if (r->based)
            return SHELFLIFE_JSON_SKIP;
        begin_entry(r);
    } else {
        r->index = 0;
    }
    r->place = opens;
    r->member = NULL;
    return SHELFLIFE_JSON_CONTINUE;
}

static bool close_place(configuration_reader *r, error *err)
{
    if (r->place == ENTRY && !add_line(r, err))
        return false;
    r->index += r->place == ENTRY;
    r->place = places[r->place].parent;
    r->member = NULL;
    return true;
}

static bool end_scalar(configuration_reader *r, enum shelflife_json_event event, error *err)
{
    if (event == SHELFLIFE_JSON_STRING && !end_string(r, err))
        return false;
    if (event == SHELFLIFE_JSON_TRUE || event == SHELFLIFE_JSON_FALSE)
        r->empty_layer = event == SHELFLIFE_JSON_TRUE;
    if (event == SHELFLIFE_JSON_NULL && r->place == HISTORY && !r->based) {
        begin_entry(r);
        if (!add_line(r, err))
            return false;
    }
    if (event == SHELFLIFE_JSON_NULL && r->place == LABELS)
        return add_named(r, SHELFLIFE_EVIDENCE_LABEL, registry_text_str(&r->key), (str){0}, true, err);
    r->index += r->place == ENV || r->place == HISTORY;
    return true;
}

static enum shelflife_json_next on_value(configuration_reader *r, enum shelflife_json_event event, str text,
                                         bool last, error *err)
{
    enum type expected = r->member ? r->member->type : places[r->place].type;
    if (!r->in_text) {
        if (!check_type(r, expected, event, err))
            return SHELFLIFE_JSON_STOP;
        if (r->member)
            begin_value(r);
        registry_text_clear(&r->text);
    }
    if (shelflife_json_opens(event))
        return open_place(r);
    registry_text_add(&r->text, text);
    r->in_text = !last;
    if (!last)
        return SHELFLIFE_JSON_CONTINUE;
    return end_scalar(r, event, err) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

static enum shelflife_json_next on_key(configuration_reader *r, str text, bool last)
{
    if (!r->in_text)
        registry_text_clear(&r->key);
    registry_text_add(&r->key, text);
    r->in_text = !last;
    if (!last)
        return SHELFLIFE_JSON_CONTINUE;
    r->member = NULL;
    if (r->place == LABELS)
        return r->key.cut ? SHELFLIFE_JSON_SKIP : SHELFLIFE_JSON_CONTINUE;
    for (size_t i = 0; i < COUNT(members) && !r->member; i++)
        if (members[i].in == r->place && registry_text_is(registry_text_str(&r->key), members[i].name))
            r->member = &members[i];
    return r->member ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_SKIP;
}

static enum shelflife_json_next on_event(void *context, enum shelflife_json_event event, str text, bool last,
                                         error *err)
{
    configuration_reader *r = context;
    if (event == SHELFLIFE_JSON_KEY)
        return on_key(r, text, last);
    if (shelflife_json_closes(event))
        return close_place(r, err) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
    return on_value(r, event, text, last, err);
}

/* ---- The reader ---- */

struct shelflife_registry_configuration_reader *shelflife_registry_configuration_new(
    const struct shelflife_registry_wanted *wanted, arena *a, error *err)
{
    configuration_reader *r = shelflife_calloc(1, sizeof(*r));
    if (r) {
        r->wanted = wanted;
        r->arena = a;
        r->parser = shelflife_json_parser_new(on_event, r, false);
    }
    if (r && r->parser)
        return r;
    shelflife_registry_configuration_free(r);
    shelflife_fail_memory(err);
    return NULL;
}

void shelflife_registry_configuration_free(struct shelflife_registry_configuration_reader *reader)
{
    if (!reader)
        return;
    shelflife_json_parser_free(reader->parser);
    shelflife_free(reader->pieces);
    explicit_bzero(reader, sizeof(*reader)); /* a value of the environment may be a secret */
    shelflife_free(reader);
}

static bool fail_reading(error *err)
{
    return shelflife_error_prefix(err, "the configuration");
}

bool shelflife_registry_configuration_feed(struct shelflife_registry_configuration_reader *reader, str chunk,
                                           error *err)
{
    reader->bytes += chunk.len;
    if (reader->bytes > SHELFLIFE_REGISTRY_CONFIGURATION_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the configuration has more than %d bytes",
                              SHELFLIFE_REGISTRY_CONFIGURATION_MAX);
    return shelflife_json_parser_feed(reader->parser, chunk, err) || fail_reading(err);
}

static bool collect(const configuration_reader *r, struct shelflife_evidence_list *out)
{
    struct shelflife_evidence *list = shelflife_arena_array(r->arena, r->count, sizeof(*list));
    if (!list)
        return false;
    size_t n = 0;
    for (int kind = 0; kind < SHELFLIFE_EVIDENCE_KINDS; kind++)
        for (size_t i = 0; i < r->count; i++)
            if (!r->pieces[i].gone && (int)r->pieces[i].evidence.kind == kind)
                list[n++] = r->pieces[i].evidence;
    *out = (struct shelflife_evidence_list){list, n};
    return true;
}

bool shelflife_registry_configuration_finish(struct shelflife_registry_configuration_reader *reader,
                                             struct shelflife_registry_configuration *out, error *err)
{
    if (!shelflife_json_parser_finish(reader->parser, err))
        return fail_reading(err);
    out->platform = reader->platform;
    return collect(reader, &out->evidence) || shelflife_arena_fail(reader->arena, err);
}
