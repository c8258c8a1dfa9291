#include "json/document.h"

#include <inttypes.h>
#include <stdarg.h>
#include <strings.h>

#include "base/nearest.h"
#include "json/jansson.h"
#include "json/words.h"
#include "json/yaml.h"

/*
 * JSON and YAML are read into the same tree of values in an arena, with map entries in the order of the
 * text.
 */
struct value {
    enum node_type type : 4;
    uint32_t column : 28; /* of the key in a map, or else of the value; in bytes, from 1 */
    uint32_t line;        /* from 1 */
    size_t count;         /* items, or bytes of text */
    const char *text;     /* a string, or the scalar as written; NUL-terminated */
    union {
        int64_t integer;
        bool truth;
        struct item *items;
    };
};

struct item {
    str key; /* absent in an array */
    struct value value;
};

struct shelflife_document {
    arena arena;
    str origin;
    bool secret, placed;
    struct value root;
};

enum {
    MEMORY_MAX = 1 << 30, /* bytes of one document; the files that texts come from have limits of their own */
    SHOWN_MAX = 200,      /* bytes of the user's text that an error quotes */
};

static void set_place(struct value *value, struct shelflife_json_position at)
{
    enum { COLUMN_MAX = (1 << 28) - 1 };
    value->line = at.line < UINT32_MAX ? (uint32_t)at.line : UINT32_MAX;
    value->column = (at.column < COLUMN_MAX ? (uint32_t)at.column : COLUMN_MAX) & COLUMN_MAX;
}

/* ---- JSON ---- */

static bool from_jansson(arena *a, json_t *json, struct value *out);

static bool copy_text(arena *a, const char *text, size_t len, struct value *out)
{
    str copy;
    if (!shelflife_arena_copy(a, (str){text, len}, &copy))
        return false;
    out->text = copy.at;
    out->count = copy.len;
    return true;
}

/* Each child is freed as soon as it is copied, so that a large text is not in memory twice. */
static bool items_from_jansson(arena *a, json_t *json, struct value *out)
{
    bool map = json_is_object(json);
    out->count = map ? json_object_size(json) : json_array_size(json);
    struct item *items = shelflife_arena_array(a, out->count, sizeof(*items));
    if (!items)
        return false;
    out->items = items;
    void *iter = map ? json_object_iter(json) : NULL;
    for (size_t i = 0; i < out->count; i++) {
        json_t *child = map ? json_object_iter_value(iter) : json_array_get(json, i);
        if (map) {
            str key = {json_object_iter_key(iter), json_object_iter_key_len(iter)};
            if (!shelflife_arena_copy(a, key, &items[i].key))
                return false;
        }
        if (!from_jansson(a, child, &items[i].value))
            return false;
        if (map) {
            json_object_iter_set_new(json, iter, json_null());
            iter = json_object_iter_next(json, iter);
        } else {
            json_array_set_new(json, i, json_null());
        }
    }
    return true;
}

/* jansson limits the recursion to 2,048 levels. */
static bool from_jansson(arena *a, json_t *json, struct value *out)
{
    static const enum node_type types[] = {
        [JSON_OBJECT] = NODE_MAP,      [JSON_ARRAY] = NODE_ARRAY, [JSON_STRING] = NODE_STRING,
        [JSON_INTEGER] = NODE_INTEGER, [JSON_REAL] = NODE_REAL,   [JSON_TRUE] = NODE_BOOL,
        [JSON_FALSE] = NODE_BOOL,      [JSON_NULL] = NODE_NULL,
    };
    char number[64];
    int len = 0;
    *out = (struct value){.type = types[json_typeof(json)]};
    switch (out->type) {
    case NODE_MAP:
    case NODE_ARRAY:
        return items_from_jansson(a, json, out);
    case NODE_STRING:
        return copy_text(a, json_string_value(json), json_string_length(json), out);
    case NODE_INTEGER:
        out->integer = json_integer_value(json);
        len = snprintf(number, sizeof(number), "%" PRId64, out->integer);
        return copy_text(a, number, (size_t)len, out);
    case NODE_REAL:
        len = snprintf(number, sizeof(number), "%.15g", json_real_value(json));
        return copy_text(a, number, (size_t)len, out);
    case NODE_BOOL:
        out->truth = json_is_true(json);
        return copy_text(a, out->truth ? "true" : "false", out->truth ? 4 : 5, out);
    case NODE_NULL:
        break;
    }
    return true;
}

static void cleanup_json(json_t **json)
{
    json_decref(*json);
}

/* Line and column (in bytes) of an offset, from 1. */
static void place(str text, size_t offset, size_t *line, size_t *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < offset && i < text.len; i++) {
        *column = text.at[i] == '\n' ? 1 : *column + 1;
        *line += text.at[i] == '\n';
    }
}

/* "<origin>:<line>:<column>: <why>". What the parsers say may quote the text. */
static bool fail_at(const struct shelflife_document *d, size_t line, size_t column, const char *why,
                    error *err)
{
    return shelflife_fail(
        err, SHELFLIFE_ERROR_INPUT, "%s:%zu:%zu: %s", d->origin.at, line, column,
        d->secret ? "this is not valid JSON or YAML (not quoted, as it may contain credentials)" : why);
}

/* jansson does not say where values are, so the text is parsed again, and the tree followed. */
struct placer {
    struct shelflife_json_parser *parser;
    size_t depth;
    struct {
        struct value *value;
        size_t next; /* its item that comes next */
    } open[JSON_PARSER_MAX_DEPTH + 1];
};

/* The value that an event begins. Sets its place, if its key has not. */
static struct value *place_value(struct placer *p)
{
    struct value *in = p->open[p->depth].value, *value;
    if (p->depth == 0)
        value = in;
    else
        value = &in->items[p->open[p->depth].next++].value;
    if (p->depth == 0 || in->type == NODE_ARRAY)
        set_place(value, shelflife_json_parser_position(p->parser));
    return value;
}

static enum shelflife_json_next on_json(void *placer, enum shelflife_json_event event, str text UNUSED,
                                        bool last, error *err UNUSED)
{
    struct placer *p = placer;
    switch (event) {
    case SHELFLIFE_JSON_MAP_END:
    case SHELFLIFE_JSON_ARRAY_END:
        p->depth--;
        break;
    case SHELFLIFE_JSON_MAP_START:
    case SHELFLIFE_JSON_ARRAY_START: {
        struct value *value = place_value(p);
        p->open[++p->depth].value = value;
        p->open[p->depth].next = 0;
        break;
    }
    case SHELFLIFE_JSON_KEY:
        if (last)
            set_place(&p->open[p->depth].value->items[p->open[p->depth].next].value,
                      shelflife_json_parser_position(p->parser));
        break;
    default:
        if (last)
            place_value(p);
    }
    return SHELFLIFE_JSON_CONTINUE;
}

static bool place_values(struct shelflife_document *d, str text, error *err)
{
    struct placer *p = shelflife_calloc(1, sizeof(*p));
    if (p) {
        p->open[0].value = &d->root;
        p->parser = shelflife_json_parser_new(on_json, p, false);
    }
    bool ok = p && p->parser ? shelflife_json_parser_feed(p->parser, text, err) &&
                                   shelflife_json_parser_finish(p->parser, err)
                             : shelflife_fail_memory(err);
    if (p)
        shelflife_json_parser_free(p->parser);
    shelflife_free(p);
    return ok;
}

static bool read_json(struct shelflife_document *d, str text, error *err)
{
    json_error_t why = {0};
    /* jansson treats a NUL between tokens as white space. */
    size_t nul = shelflife_str_find(text, '\0'), line, column;
    if (nul != SIZE_MAX) {
        place(text, nul, &line, &column);
        return fail_at(d, line, column, "a NUL byte is not allowed in JSON", err);
    }
    CLEANUP(cleanup_json) json_t *json = shelflife_json_load(text, &why);
    if (!json && why.text[0] == '\0')
        return shelflife_fail_memory(err);
    if (!json)
        return fail_at(d, (size_t)why.line, (size_t)why.column, why.text, err);
    if (!from_jansson(&d->arena, json, &d->root))
        return shelflife_arena_fail(&d->arena, err);
    return place_values(d, text, err);
}

/* ---- YAML ---- */

/* An item of an open collection, and the position of its key, or of its value in a list. */
struct pending {
    struct item item;
    struct shelflife_json_position at;
};

/* An open map or list; the first one contains the root. */
struct open {
    enum node_type type;
    size_t first; /* of its items */
    struct pending entry;
};

struct builder {
    struct shelflife_document *document;
    struct shelflife_yaml *yaml;
    struct pending *pending; /* of all open collections, the innermost last */
    size_t pending_count, pending_capacity;
    struct open open[SHELFLIFE_YAML_DEPTH_MAX + 1];
    size_t depth;
};

static void free_builder(struct builder *b)
{
    if (!b)
        return;
    shelflife_yaml_free(b->yaml);
    shelflife_free(b->pending);
    shelflife_free(b);
}

static int compare_pending(const void *a, const void *b)
{
    const struct pending *p = *(const struct pending *const *)a, *q = *(const struct pending *const *)b;
    int order = shelflife_str_compare(p->item.key, q->item.key);
    return order ? order : (p->at.offset > q->at.offset) - (p->at.offset < q->at.offset);
}

static bool refuse_duplicates(struct builder *b, const struct pending *entries, size_t count, error *err)
{
    if (count < 2)
        return true;
    CLEANUP(cleanup_free)
    const struct pending **sorted = shelflife_calloc(count, sizeof(const struct pending *));
    if (!sorted)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &entries[i];
    shelflife_sort(sorted, count, sizeof(const struct pending *), compare_pending);
    for (size_t i = 1; i < count; i++)
        if (shelflife_str_equal(sorted[i - 1]->item.key, sorted[i]->item.key))
            return shelflife_yaml_fail(
                b->yaml, sorted[i]->at, err, "the key \"%.*s\" already appears in line %" PRIu64,
                STR_PRINT(shelflife_str_first(sorted[i]->item.key, SHOWN_MAX)), sorted[i - 1]->at.line);
    return true;
}

/* Adds a value to the innermost open collection. */
static bool add(struct builder *b, struct value value, error *err)
{
    struct pending *entry = &b->open[b->depth].entry;
    entry->item.value = value;
    set_place(&entry->item.value, entry->at);
    if (b->depth == 0)
        return true;
    if (!shelflife_grow(&b->pending, &b->pending_capacity, b->pending_count + 1, sizeof(*b->pending)))
        return shelflife_fail_memory(err);
    b->pending[b->pending_count++] = *entry;
    return true;
}

static bool collect(struct builder *b, error *err)
{
    const struct open *open = &b->open[b->depth];
    size_t count = b->pending_count - open->first;
    const struct pending *from = b->pending + open->first;
    if (open->type == NODE_MAP && !refuse_duplicates(b, from, count, err))
        return false;
    struct item *items = shelflife_arena_array(&b->document->arena, count, sizeof(*items));
    if (!items)
        return shelflife_arena_fail(&b->document->arena, err);
    for (size_t i = 0; i < count; i++)
        items[i] = from[i].item;
    b->pending_count = open->first;
    b->depth--;
    return add(b, (struct value){.type = open->type, .count = count, .items = items}, err);
}

static bool add_key(struct builder *b, str key, error *err)
{
    struct pending *entry = &b->open[b->depth].entry;
    entry->at = shelflife_yaml_position(b->yaml);
    return shelflife_arena_copy(&b->document->arena, key, &entry->item.key) ||
           shelflife_arena_fail(&b->document->arena, err);
}

static bool number(struct builder *b, str s, struct value *out, error *err)
{
    struct shelflife_json_position at = shelflife_yaml_position(b->yaml);
    bool fits = true;
    if (shelflife_yaml_unreal(s))
        return shelflife_yaml_fail(
            b->yaml, at, err, "%.*s is not a number that can be used here: quote it if it is meant as text",
            STR_PRINT(s));
    out->type = shelflife_yaml_integer(s, &out->integer, &fits) ? NODE_INTEGER : NODE_REAL;
    return fits ||
           shelflife_yaml_fail(b->yaml, at, err, "the number is too large: quote it if it is meant as text");
}

static bool add_scalar(struct builder *b, enum shelflife_json_event event, str s, error *err)
{
    struct value out = {.type = NODE_STRING};
    if (event == SHELFLIFE_JSON_NUMBER && !number(b, s, &out, err))
        return false;
    if (event == SHELFLIFE_JSON_NULL)
        out.type = NODE_NULL;
    if (event == SHELFLIFE_JSON_TRUE || event == SHELFLIFE_JSON_FALSE) {
        out.type = NODE_BOOL;
        out.truth = event == SHELFLIFE_JSON_TRUE;
        s = out.truth ? STR("true") : STR("false");
    }
    return copy_text(&b->document->arena, s.at, s.len, &out) ? add(b, out, err)
                                                             : shelflife_arena_fail(&b->document->arena, err);
}

static bool build(struct builder *b, enum shelflife_json_event event, str text, error *err)
{
    bool ends = event == SHELFLIFE_JSON_MAP_END || event == SHELFLIFE_JSON_ARRAY_END;
    if ((b->depth == 0 || b->open[b->depth].type == NODE_ARRAY) && !ends)
        b->open[b->depth].entry.at = shelflife_yaml_position(b->yaml);
    switch (event) {
    case SHELFLIFE_JSON_MAP_START:
    case SHELFLIFE_JSON_ARRAY_START:
        b->open[++b->depth] = (struct open){.type = event == SHELFLIFE_JSON_MAP_START ? NODE_MAP : NODE_ARRAY,
                                            .first = b->pending_count};
        return true;
    case SHELFLIFE_JSON_MAP_END:
    case SHELFLIFE_JSON_ARRAY_END:
        return collect(b, err);
    case SHELFLIFE_JSON_KEY:
        return add_key(b, text, err);
    default:
        return add_scalar(b, event, text, err);
    }
}

static enum shelflife_json_next on_event(void *builder, enum shelflife_json_event event, str text,
                                         bool last UNUSED, error *err)
{
    return build(builder, event, text, err) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

static bool build_all(struct builder *b, str text, error *err)
{
    error why;
    struct shelflife_document *d = b->document;
    if (shelflife_yaml_read(b->yaml, shelflife_yaml_text, &text, on_event, b, &why)) {
        d->root = b->open[0].entry.item.value;
        return true;
    }
    struct shelflife_json_position at = shelflife_yaml_position(b->yaml);
    if (why.kind != SHELFLIFE_ERROR_INPUT)
        return shelflife_fail(err, why.kind, "%s", why.text);
    return fail_at(d, at.line, at.column, why.text, err);
}

static bool read_yaml(struct shelflife_document *d, str text, error *err)
{
    struct builder *b = shelflife_calloc(1, sizeof(*b));
    if (b) {
        b->document = d;
        b->yaml = shelflife_yaml_new(SHELFLIFE_YAML_STRICT);
    }
    bool ok = b && b->yaml ? build_all(b, text, err) : shelflife_fail_memory(err);
    free_builder(b);
    return ok;
}

/* ---- Documents ---- */

static struct shelflife_document *read_document(str text, const char *origin, bool secret, error *err)
{
    CLEANUP(cleanup_document) struct shelflife_document *d = shelflife_calloc(1, sizeof(*d));
    if (!d) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_arena_init(&d->arena, MEMORY_MAX);
    d->arena.secret = d->secret = secret;
    if (!shelflife_arena_copy(&d->arena, shelflife_str_of(origin), &d->origin)) {
        shelflife_arena_fail(&d->arena, err);
        return NULL;
    }
    if (shelflife_str_starts(text, STR("\xef\xbb\xbf")))
        text = shelflife_str_after(text, 3);
    size_t start = text.at ? shelflife_json_run_of(text, 0, " \t\r\n") : 0;
    bool json = text.at && start < text.len && (text.at[start] == '{' || text.at[start] == '[');
    if (!(json ? read_json : read_yaml)(d, text, err))
        return NULL;
    struct shelflife_document *read = d;
    d = NULL;
    return read;
}

struct shelflife_document *shelflife_document_read(str text, const char *origin, error *err)
{
    return read_document(text, origin, false, err);
}

struct shelflife_document *shelflife_document_read_placed(str text, const char *origin, error *err)
{
    struct shelflife_document *d = read_document(text, origin, false, err);
    if (d)
        d->placed = true;
    return d;
}

struct shelflife_document *shelflife_document_read_secret(str text, const char *origin, error *err)
{
    return read_document(text, origin, true, err);
}

void shelflife_document_free(struct shelflife_document *d)
{
    if (!d)
        return;
    shelflife_arena_free(&d->arena);
    shelflife_free(d);
}

struct node shelflife_document_root(const struct shelflife_document *d)
{
    return (struct node){.key = d->origin.at, .secret = d->secret, .placed = d->placed, .value = &d->root};
}

/* ---- Nodes ---- */

static const struct value *value_of(struct node node)
{
    return node.value;
}

str shelflife_node_text(struct node node)
{
    return (str){value_of(node)->text, value_of(node)->count};
}

enum node_type shelflife_node_type(struct node node)
{
    return value_of(node)->type;
}

static bool is_word(str key)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return key.len > 0 && shelflife_json_run_of(key, 0, word) == key.len;
}

void shelflife_node_path(struct node node, buffer *out)
{
    if (!node.parent)
        return;
    shelflife_node_path(*node.parent, out);
    str key = shelflife_str_of(node.key);
    if (!node.key || (node.secret && !node.named)) {
        shelflife_buffer_format(out, "[%zu]", node.index);
    } else if (is_word(key)) {
        if (node.parent->parent)
            shelflife_buffer_byte(out, '.');
        shelflife_buffer_append(out, key);
    } else {
        shelflife_buffer_append(out, STR("[\""));
        for (size_t i = 0; i < key.len; i++) {
            if (key.at[i] == '"' || key.at[i] == '\\')
                shelflife_buffer_byte(out, '\\');
            shelflife_buffer_byte(out, key.at[i]);
        }
        shelflife_buffer_append(out, STR("\"]"));
    }
}

bool shelflife_node_fail(struct node node, error *err, const char *format, ...)
{
    enum { PATH_MAX_SHOWN = 400 };
    char text[SHELFLIFE_ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    CLEANUP(shelflife_buffer_free) buffer path;
    shelflife_buffer_init(&path, SIZE_MAX);
    shelflife_node_path(node, &path);
    str shown = shelflife_buffer_str(&path);
    const char *more = shown.len > PATH_MAX_SHOWN ? "…" : "";
    shown.len = shelflife_utf8_cut(shown, PATH_MAX_SHOWN);
    const struct node *root = &node;
    while (root->parent)
        root = root->parent;
    char at[32] = "";
    if (node.placed)
        snprintf(at, sizeof(at), ":%" PRIu32 ":%" PRIu32, value_of(node)->line,
                 (uint32_t)value_of(node)->column);
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s%s: %.*s%s%s%s", root->key, at, STR_PRINT(shown),
                          more, shown.len ? ": " : "", text);
}

void shelflife_node_place(struct node node, uint32_t *line, uint32_t *column)
{
    *line = value_of(node)->line;
    *column = value_of(node)->column;
}

static void fill(const struct node *parent, size_t i, bool named, struct node *out)
{
    const struct value *v = value_of(*parent);
    const struct item *item = &v->items[i];
    *out = (struct node){.parent = parent,
                         .key = item->key.at,
                         .index = i,
                         .named = named,
                         .secret = parent->secret,
                         .placed = parent->placed,
                         .value = &item->value};
}

bool shelflife_node_get(const struct node *parent, const char *key, struct node *out)
{
    const struct value *v = value_of(*parent);
    str wanted = shelflife_str_of(key);
    if (v->type != NODE_MAP)
        return false;
    for (size_t i = 0; i < v->count; i++)
        if (shelflife_str_equal(v->items[i].key, wanted) && v->items[i].value.type != NODE_NULL) {
            fill(parent, i, true, out);
            return true;
        }
    return false;
}

size_t shelflife_node_count(struct node node)
{
    const struct value *v = value_of(node);
    return v->type == NODE_MAP || v->type == NODE_ARRAY ? v->count : 0;
}

bool shelflife_node_at(const struct node *parent, size_t i, struct node *out)
{
    if (i >= shelflife_node_count(*parent))
        return false;
    fill(parent, i, false, out);
    return true;
}

/* "must be <wanted>, but is <found>". */
static bool fail_type(struct node node, const char *wanted, error *err)
{
    static const struct {
        const char *alone, *quoted;
    } kinds[] = {
        [NODE_MAP] = {"a map", NULL},
        [NODE_ARRAY] = {"a list", NULL},
        [NODE_STRING] = {"a string", "the string"},
        [NODE_INTEGER] = {"a number", "the number"},
        [NODE_REAL] = {"a number", "the number"},
        [NODE_BOOL] = {"true or false", "the value"},
        [NODE_NULL] = {"nothing (null)", NULL},
    };
    enum node_type type = shelflife_node_type(node);
    const char *quote = type == NODE_STRING ? "\"" : "";
    if (node.secret || !kinds[type].quoted)
        return shelflife_node_fail(node, err, "must be %s, but is %s", wanted, kinds[type].alone);
    str shown = shelflife_node_text(node);
    const char *more = shown.len > SHOWN_MAX ? "…" : "";
    shown.len = shelflife_utf8_cut(shown, SHOWN_MAX);
    return shelflife_node_fail(node, err, "must be %s, but is %s %s%.*s%s%s", wanted, kinds[type].quoted,
                               quote, STR_PRINT(shown), more, quote);
}

bool shelflife_node_map(struct node node, error *err)
{
    return shelflife_node_type(node) == NODE_MAP || fail_type(node, "a map", err);
}

bool shelflife_node_array(struct node node, error *err)
{
    return shelflife_node_type(node) == NODE_ARRAY || fail_type(node, "a list", err);
}

bool shelflife_node_string(struct node node, str *out, error *err)
{
    enum node_type type = shelflife_node_type(node);
    if (type == NODE_INTEGER || type == NODE_REAL || type == NODE_BOOL)
        return fail_type(node, "a string (in quotes)", err);
    if (type != NODE_STRING)
        return fail_type(node, "a string", err);
    if (shelflife_node_text(node).len == 0)
        return shelflife_node_fail(node, err, "must not be empty");
    *out = shelflife_node_text(node);
    return true;
}

bool shelflife_node_integer(struct node node, int64_t min, int64_t max, int64_t *out, error *err)
{
    const struct value *v = value_of(node);
    if (v->type == NODE_INTEGER && v->integer >= min && v->integer <= max) {
        *out = v->integer;
        return true;
    }
    char wanted[100];
    snprintf(wanted, sizeof(wanted), "a whole number from %" PRId64 " to %" PRId64, min, max);
    return fail_type(node, wanted, err);
}

bool shelflife_node_bool(struct node node, bool *out, error *err)
{
    if (shelflife_node_type(node) != NODE_BOOL)
        return fail_type(node, "true or false", err);
    *out = value_of(node)->truth;
    return true;
}

bool shelflife_node_day(struct node node, shelflife_day *out, error *err)
{
    return (shelflife_node_type(node) == NODE_STRING &&
            shelflife_day_parse(shelflife_node_text(node), out)) ||
           fail_type(node, "a date such as \"2026-07-11\"", err);
}

bool shelflife_node_span(struct node node, int32_t *days, error *err)
{
    enum node_type type = shelflife_node_type(node);
    return ((type == NODE_STRING || type == NODE_INTEGER) &&
            shelflife_day_parse_span(shelflife_node_text(node), days)) ||
           fail_type(node, "days or weeks such as \"90d\" or \"12w\", at most 36500 days", err);
}

/* ---- Words ---- */

/* Appends the words as in `"warn", "allow" or "deny"`, starting with the one at `first`. */
static void list_words(buffer *out, const char *const *words, size_t count, size_t first)
{
    size_t written = 0;
    for (size_t i = 0; i <= count; i++) {
        size_t k = i == 0 ? first : i - 1;
        if (k >= count || (i > 0 && k == first))
            continue;
        const char *between = written == 0 ? "" : written + 1 == count ? " or " : ", ";
        shelflife_buffer_format(out, "%s\"%s\"", between, words[k]);
        written++;
    }
}

bool shelflife_node_word(struct node node, const char *const *words, size_t count, size_t *out, error *err)
{
    str text = shelflife_node_text(node);
    bool string = shelflife_node_type(node) == NODE_STRING;
    for (size_t i = 0; string && i < count; i++)
        if (shelflife_str_equal(text, shelflife_str_of(words[i]))) {
            *out = i;
            return true;
        }
    CLEANUP(shelflife_buffer_free) buffer wanted;
    shelflife_buffer_init(&wanted, SHELFLIFE_ERROR_TEXT_MAX);
    list_words(&wanted, words, count, string ? shelflife_nearest(text, words, count) : SIZE_MAX);
    /* YAML 1.1 and the tools that follow it read off and on without quotes as booleans. */
    if (shelflife_node_type(node) == NODE_BOOL)
        shelflife_buffer_append(&wanted, STR(" (in quotes)"));
    shelflife_buffer_byte(&wanted, '\0');
    return fail_type(node, wanted.failed ? "another word" : wanted.at, err);
}

bool shelflife_node_known_key(struct node entry, const char *const *known, size_t count, error *err)
{
    str key = shelflife_str_of(entry.key);
    if (shelflife_json_is_among(key, known, count))
        return true;
    size_t near = shelflife_nearest(key, known, count);
    if (near < count)
        return shelflife_node_fail(entry, err, "unknown key; did you mean \"%s\"?", known[near]);
    CLEANUP(shelflife_buffer_free) buffer all;
    shelflife_buffer_init(&all, SHELFLIFE_ERROR_TEXT_MAX);
    list_words(&all, known, count, SIZE_MAX);
    return shelflife_node_fail(entry, err, "unknown key; it can be %.*s",
                               STR_PRINT(shelflife_buffer_str(&all)));
}

bool shelflife_node_known(struct node node, const char *const *known, size_t count, error *err)
{
    struct node child;
    for (size_t i = 0; shelflife_node_at(&node, i, &child); i++)
        if (!shelflife_node_known_key(child, known, count, err))
            return false;
    return true;
}

static bool must_be(struct node root, const char *key, const char *wanted, error *err)
{
    struct node node;
    str text = {0};
    if (!shelflife_node_get(&root, key, &node))
        return shelflife_node_fail(root, err, "%s is missing: it must be \"%s\"", key, wanted);
    if (!shelflife_node_string(node, &text, err))
        return false;
    if (shelflife_str_equal(text, shelflife_str_of(wanted)))
        return true;
    char quoted[100];
    snprintf(quoted, sizeof(quoted), "\"%s\"", wanted);
    return fail_type(node, quoted, err);
}

bool shelflife_node_kind(struct node root, const char *kind, error *err)
{
    return shelflife_node_map(root, err) && must_be(root, "apiVersion", "shelflife.dev/v1", err) &&
           must_be(root, "kind", kind, err);
}
