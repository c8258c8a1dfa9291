#include "json/document.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <strings.h>
#include <yaml.h>

/*
 * Both languages end as the same tree of values in one arena: immutable, so that a YAML alias shares what
 * it repeats, and with map entries in the order of the text.
 */
struct value {
    enum node_type type;
    size_t count;     /* items, or bytes of text */
    const char *text; /* a string, or the scalar as written; has a NUL behind it */
    union {
        int64_t integer;
        bool truth;
        const struct item *items;
    };
};

struct item {
    str key; /* absent in an array */
    struct value value;
};

struct shelflife_document {
    arena arena;
    str origin;
    struct value root;
};

enum {
    MEMORY_MAX = 1 << 30, /* bytes of one document; texts come from files that are limited themselves */
    YAML_DEPTH_MAX = 1000,
    YAML_ANCHORS_MAX = 1000,
    YAML_REPEAT_MAX = 16 << 20, /* what aliases may repeat in all, in units of struct built.size */
    NODE_SIZE = 16,             /* a node counts so much, besides its bytes of text: a million nodes */
    SHOWN_MAX = 200,            /* bytes of a user's text that an error repeats */
};

/* ---- JSON ---- */

static bool from_jansson(arena *a, const json_t *json, struct value *out);

static bool copy_text(arena *a, const char *text, size_t len, struct value *out)
{
    str copy;
    if (!shelflife_arena_copy(a, (str){text, len}, &copy))
        return false;
    out->text = copy.at;
    out->count = copy.len;
    return true;
}

static bool items_from_jansson(arena *a, const json_t *json, struct value *out)
{
    bool map = json_is_object(json);
    out->count = map ? json_object_size(json) : json_array_size(json);
    struct item *items = shelflife_arena_array(a, out->count, sizeof(*items));
    if (!items)
        return false;
    out->items = items;
    /* jansson's iterators are not const, though they change nothing. */
    void *iter = NULL;
    json_t *object = NULL;
    memcpy(&object, &json, sizeof(object));
    if (map)
        iter = json_object_iter(object);
    for (size_t i = 0; i < out->count; i++) {
        const json_t *child = map ? json_object_iter_value(iter) : json_array_get(json, i);
        if (map) {
            str key = {json_object_iter_key(iter), json_object_iter_key_len(iter)};
            if (!shelflife_arena_copy(a, key, &items[i].key))
                return false;
            iter = json_object_iter_next(object, iter);
        }
        if (!from_jansson(a, child, &items[i].value))
            return false;
    }
    return true;
}

/* Recursion is as deep as jansson's own, at most 2,048 levels. */
static bool from_jansson(arena *a, const json_t *json, struct value *out)
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

static bool read_json(struct shelflife_document *d, str text, error *err)
{
    json_error_t why = {0};
    /* jansson takes a NUL between tokens for space. */
    size_t nul = shelflife_str_find(text, '\0'), line, column;
    if (nul != SIZE_MAX) {
        place(text, nul, &line, &column);
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s:%zu:%zu: a NUL byte is no JSON", d->origin.at,
                              line, column);
    }
    CLEANUP(cleanup_json) json_t *json = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, &why);
    if (!json && (why.text[0] == '\0' || json_error_code(&why) == json_error_out_of_memory))
        return shelflife_fail_memory(err);
    if (!json)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s:%d:%d: %s", d->origin.at, why.line, why.column,
                              why.text);
    return from_jansson(&d->arena, json, &d->root) || shelflife_arena_fail(&d->arena, err);
}

/* ---- YAML ---- */

/* A value with what an alias to it would repeat. */
struct built {
    struct value value;
    size_t size, height;
};

struct anchor {
    str name;
    struct built built;
};

/* An item of a collection that is not over yet, and where its key stands. */
struct pending {
    struct item item;
    yaml_mark_t at;
};

struct yaml {
    yaml_parser_t parser;
    struct shelflife_document *document;
    str text;
    struct pending *pending; /* of all open collections, the innermost last */
    size_t pending_count, pending_capacity;
    struct anchor *anchors;
    size_t anchor_count, anchor_capacity;
    size_t repeated;
    error *err;
};

static void cleanup_yaml(struct yaml *y)
{
    yaml_parser_delete(&y->parser);
    free(y->pending);
    free(y->anchors);
}

static void cleanup_event(yaml_event_t *event)
{
    yaml_event_delete(event);
}

static bool fail_at(struct yaml *y, yaml_mark_t at, const char *format, ...) SHELFLIFE_PRINTF(3, 4);

static bool fail_at(struct yaml *y, yaml_mark_t at, const char *format, ...)
{
    char text[SHELFLIFE_ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return shelflife_fail(y->err, SHELFLIFE_ERROR_INPUT, "%s:%zu:%zu: %s", y->document->origin.at,
                          at.line + 1, at.column + 1, text);
}

static bool fail_arena(struct yaml *y)
{
    return shelflife_arena_fail(&y->document->arena, y->err);
}

static bool next_event(struct yaml *y, yaml_event_t *event)
{
    if (yaml_parser_parse(&y->parser, event))
        return true;
    const yaml_parser_t *p = &y->parser;
    const char *problem = p->problem ? p->problem : "this is no YAML";
    size_t line, column;
    *event = (yaml_event_t){0};
    switch (p->error) {
    case YAML_MEMORY_ERROR:
        return shelflife_fail_memory(y->err);
    case YAML_READER_ERROR:
        place(y->text, p->problem_offset, &line, &column);
        return fail_at(y, (yaml_mark_t){.line = line - 1, .column = column - 1}, "%s", problem);
    default:
        return fail_at(y, p->problem_mark, "%s%s%s", p->context ? p->context : "", p->context ? ", " : "",
                       problem);
    }
}

static bool among(str s, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (shelflife_str_equal(s, shelflife_str_of(words[i])))
            return true;
    return false;
}

static size_t run(str s, size_t from, const char *set)
{
    size_t i = from;
    while (i < s.len && s.at[i] && strchr(set, s.at[i]))
        i++;
    return i - from;
}

/* [-+]? ( "." [0-9]+ | [0-9]+ ( "." [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_real(str s)
{
    static const char digits[] = "0123456789";
    size_t i = s.len && (s.at[0] == '-' || s.at[0] == '+');
    size_t whole = run(s, i, digits), part = 0;
    i += whole;
    if (i < s.len && s.at[i] == '.') {
        part = run(s, i + 1, digits);
        i += 1 + part;
    }
    if (whole + part == 0)
        return false;
    if (i < s.len && (s.at[i] == 'e' || s.at[i] == 'E')) {
        i++;
        i += i < s.len && (s.at[i] == '-' || s.at[i] == '+');
        size_t exponent = run(s, i, digits);
        if (exponent == 0)
            return false;
        i += exponent;
    }
    return i == s.len;
}

/* Whether s is written as a whole number: decimal with a sign, 0o17 or 0x1F. */
static bool is_integer(str s, int *base, size_t *digits_at)
{
    static const struct {
        str prefix;
        int base;
        const char *digits;
    } forms[] = {
        {STR_INIT("0o"), 8, "01234567"},   {STR_INIT("0x"), 16, "0123456789abcdefABCDEF"},
        {STR_INIT("-"), 10, "0123456789"}, {STR_INIT("+"), 10, "0123456789"},
        {STR_INIT(""), 10, "0123456789"},
    };
    for (size_t i = 0; i < COUNT(forms); i++)
        if (shelflife_str_starts(s, forms[i].prefix)) {
            *base = forms[i].base;
            *digits_at = forms[i].prefix.len;
            return s.len > *digits_at && run(s, *digits_at, forms[i].digits) == s.len - *digits_at;
        }
    return false;
}

static bool digits_value(str digits, int base, bool negative, int64_t *out)
{
    int64_t n = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int c = digits.at[i] | 0x20, digit = c >= 'a' ? c - 'a' + 10 : c - '0';
        if (__builtin_mul_overflow(n, base, &n) || __builtin_add_overflow(n, negative ? -digit : digit, &n))
            return false;
    }
    *out = n;
    return true;
}

/* A plain scalar by YAML's core schema: what is nothing else is a string, and so is a date. */
static bool plain(struct yaml *y, yaml_mark_t at, str s, struct value *out)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const bools[] = {"false", "False", "FALSE", "true", "True", "TRUE"};
    static const char *const unreal[] = {".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf", "+.INF",
                                         "-.inf", "-.Inf", "-.INF", ".nan",  ".NaN",  ".NAN"};
    int base = 10;
    size_t digits_at = 0;
    if (among(s, nulls, COUNT(nulls))) {
        out->type = NODE_NULL;
    } else if (among(s, bools, COUNT(bools))) {
        out->type = NODE_BOOL;
        out->truth = s.len == 4;
    } else if (is_integer(s, &base, &digits_at)) {
        out->type = NODE_INTEGER;
        if (!digits_value(shelflife_str_after(s, digits_at), base, s.at[0] == '-', &out->integer))
            return fail_at(y, at, "the number is too large: quote it if it is meant as text");
    } else if (is_real(s)) {
        out->type = NODE_REAL;
    } else if (among(s, unreal, COUNT(unreal))) {
        return fail_at(y, at, "%.*s is no number that can be used here: quote it if it is meant as text",
                       STR_PRINT(s));
    }
    return true;
}

/* Of tags only !!str can be of use here. */
static bool check_tag(struct yaml *y, const yaml_event_t *event, const yaml_char_t *tag)
{
    str s = shelflife_str_of((const char *)tag);
    if (s.len == 0 || (event->type == YAML_SCALAR_EVENT && shelflife_str_equal(s, STR(YAML_STR_TAG))))
        return true;
    return fail_at(y, event->start_mark, "the tag %.*s is not known here: remove it",
                   STR_PRINT(shelflife_str_first(s, SHOWN_MAX)));
}

static bool scalar_text(struct yaml *y, const yaml_event_t *event, str *out)
{
    str s = {(const char *)event->data.scalar.value, event->data.scalar.length};
    if (shelflife_str_find(s, '\0') != SIZE_MAX)
        return fail_at(y, event->start_mark, "a text must not contain NUL");
    return shelflife_arena_copy(&y->document->arena, s, out) || fail_arena(y);
}

static bool scalar(struct yaml *y, const yaml_event_t *event, struct built *out)
{
    str s;
    if (!check_tag(y, event, event->data.scalar.tag) || !scalar_text(y, event, &s))
        return false;
    *out = (struct built){.value = {.type = NODE_STRING, .text = s.at, .count = s.len},
                          .size = NODE_SIZE + s.len};
    return !event->data.scalar.plain_implicit || event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
           plain(y, event->start_mark, s, &out->value);
}

static bool alias(struct yaml *y, const yaml_event_t *event, size_t depth, struct built *out)
{
    str name = shelflife_str_of((const char *)event->data.alias.anchor);
    size_t i = y->anchor_count;
    while (i > 0 && !shelflife_str_equal(y->anchors[i - 1].name, name))
        i--;
    if (i == 0)
        return fail_at(y, event->start_mark, "there is no anchor &%.*s before this alias",
                       STR_PRINT(shelflife_str_first(name, SHOWN_MAX)));
    *out = y->anchors[i - 1].built;
    if (depth + out->height > YAML_DEPTH_MAX)
        return fail_at(y, event->start_mark, "more than %d levels of nesting", YAML_DEPTH_MAX);
    y->repeated += out->size;
    if (y->repeated > YAML_REPEAT_MAX)
        return fail_at(y, event->start_mark, "aliases repeat too much: more than a million values");
    return true;
}

static bool remember(struct yaml *y, yaml_mark_t at, str name, const struct built *built)
{
    if (name.len == 0)
        return true;
    if (y->anchor_count == YAML_ANCHORS_MAX)
        return fail_at(y, at, "more than %d anchors", YAML_ANCHORS_MAX);
    if (!shelflife_grow(&y->anchors, &y->anchor_capacity, y->anchor_count + 1, sizeof(*y->anchors)))
        return shelflife_fail_memory(y->err);
    y->anchors[y->anchor_count++] = (struct anchor){name, *built};
    return true;
}

static int compare_pending(const void *a, const void *b)
{
    const struct pending *p = *(const struct pending *const *)a, *q = *(const struct pending *const *)b;
    int order = shelflife_str_compare(p->item.key, q->item.key);
    return order ? order : (p->at.index > q->at.index) - (p->at.index < q->at.index);
}

static bool refuse_duplicates(struct yaml *y, const struct pending *entries, size_t count)
{
    if (count < 2)
        return true;
    CLEANUP(cleanup_free) const struct pending **sorted = calloc(count, sizeof(*sorted));
    if (!sorted)
        return shelflife_fail_memory(y->err);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &entries[i];
    qsort(sorted, count, sizeof(*sorted), compare_pending);
    for (size_t i = 1; i < count; i++)
        if (shelflife_str_equal(sorted[i - 1]->item.key, sorted[i]->item.key))
            return fail_at(y, sorted[i]->at, "the key \"%.*s\" is there already, in line %zu",
                           STR_PRINT(shelflife_str_first(sorted[i]->item.key, SHOWN_MAX)),
                           sorted[i - 1]->at.line + 1);
    return true;
}

/* Moves what is pending from `first` on into the tree. */
static bool collect(struct yaml *y, size_t first, enum node_type type, struct value *out)
{
    size_t count = y->pending_count - first;
    const struct pending *from = y->pending + first;
    if (type == NODE_MAP && !refuse_duplicates(y, from, count))
        return false;
    struct item *items = shelflife_arena_array(&y->document->arena, count, sizeof(*items));
    if (!items)
        return fail_arena(y);
    for (size_t i = 0; i < count; i++)
        items[i] = from[i].item;
    *out = (struct value){.type = type, .count = count, .items = items};
    y->pending_count = first;
    return true;
}

static bool value(struct yaml *y, yaml_event_t *event, size_t depth, struct built *out);

/* Reads the items of a collection that has begun. */
static bool collection(struct yaml *y, enum node_type type, size_t depth, struct built *out)
{
    size_t first = y->pending_count;
    out->size = NODE_SIZE;
    out->height = 1;
    for (;;) {
        CLEANUP(cleanup_event) yaml_event_t event;
        struct pending p = {0};
        struct built built;
        if (!next_event(y, &event))
            return false;
        if (event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT)
            return collect(y, first, type, &out->value);
        p.at = event.start_mark;
        if (type == NODE_MAP) {
            if (event.type != YAML_SCALAR_EVENT)
                return fail_at(y, p.at, "a key must be a plain text");
            if (!check_tag(y, &event, event.data.scalar.tag) || !scalar_text(y, &event, &p.item.key))
                return false;
            out->size += p.item.key.len;
            cleanup_event(&event);
            if (!next_event(y, &event))
                return false;
        }
        if (!value(y, &event, depth, &built))
            return false;
        p.item.value = built.value;
        out->size += built.size;
        if (out->height < built.height + 1)
            out->height = built.height + 1;
        if (!shelflife_grow(&y->pending, &y->pending_capacity, y->pending_count + 1, sizeof(p)))
            return shelflife_fail_memory(y->err);
        y->pending[y->pending_count++] = p;
    }
}

static bool value(struct yaml *y, yaml_event_t *event, size_t depth, struct built *out)
{
    *out = (struct built){0};
    bool map = event->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *anchor = NULL;
    if (event->type == YAML_ALIAS_EVENT)
        return alias(y, event, depth, out);
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        if (!scalar(y, event, out))
            return false;
    } else {
        anchor = map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
        if (depth == YAML_DEPTH_MAX)
            return fail_at(y, event->start_mark, "more than %d levels of nesting", YAML_DEPTH_MAX);
        if (!check_tag(y, event, map ? event->data.mapping_start.tag : event->data.sequence_start.tag) ||
            !collection(y, map ? NODE_MAP : NODE_ARRAY, depth + 1, out))
            return false;
    }
    str name;
    if (!shelflife_arena_copy(&y->document->arena, shelflife_str_of((const char *)anchor), &name))
        return fail_arena(y);
    return remember(y, event->start_mark, name, out);
}

/* Takes an event that must be there by libyaml's own grammar. */
static bool expect(struct yaml *y, yaml_event_type_t type, const char *otherwise)
{
    CLEANUP(cleanup_event) yaml_event_t event;
    if (!next_event(y, &event))
        return false;
    return event.type == type || fail_at(y, event.start_mark, "%s", otherwise);
}

static bool read_yaml(struct shelflife_document *d, str text, error *err)
{
    CLEANUP(cleanup_yaml) struct yaml y = {.document = d, .text = text, .err = err};
    CLEANUP(cleanup_event) yaml_event_t event = {0};
    struct built root;
    if (!yaml_parser_initialize(&y.parser))
        return shelflife_fail_memory(err);
    yaml_parser_set_encoding(&y.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&y.parser, (const unsigned char *)(text.at ? text.at : ""), text.len);
    if (!expect(&y, YAML_STREAM_START_EVENT, "this is no YAML") ||
        !expect(&y, YAML_DOCUMENT_START_EVENT, "nothing is in it") || !next_event(&y, &event) ||
        !value(&y, &event, 0, &root))
        return false;
    d->root = root.value;
    return expect(&y, YAML_DOCUMENT_END_EVENT, "this is no YAML") &&
           expect(&y, YAML_STREAM_END_EVENT, "a second document begins here, but one file holds one");
}

/* ---- Documents ---- */

static void cleanup_document(struct shelflife_document **d)
{
    shelflife_document_free(*d);
}

struct shelflife_document *shelflife_document_read(str text, const char *origin, error *err)
{
    CLEANUP(cleanup_document) struct shelflife_document *d = calloc(1, sizeof(*d));
    if (!d) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_arena_init(&d->arena, MEMORY_MAX);
    if (!shelflife_arena_copy(&d->arena, shelflife_str_of(origin), &d->origin)) {
        shelflife_arena_fail(&d->arena, err);
        return NULL;
    }
    if (shelflife_str_starts(text, STR("\xef\xbb\xbf")))
        text = shelflife_str_after(text, 3);
    size_t start = text.at ? run(text, 0, " \t\r\n") : 0;
    bool json = start < text.len && (text.at[start] == '{' || text.at[start] == '[');
    if (!(json ? read_json : read_yaml)(d, text, err))
        return NULL;
    struct shelflife_document *read = d;
    d = NULL;
    return read;
}

void shelflife_document_free(struct shelflife_document *d)
{
    if (!d)
        return;
    shelflife_arena_free(&d->arena);
    free(d);
}

struct node shelflife_document_root(const struct shelflife_document *d)
{
    return (struct node){.key = d->origin.at, .value = &d->root};
}

/* ---- Nodes ---- */

static const struct value *value_of(struct node node)
{
    return node.value;
}

static str text_of(struct node node)
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
    return key.len > 0 && run(key, 0, word) == key.len;
}

void shelflife_node_path(struct node node, buffer *out)
{
    if (!node.parent)
        return;
    shelflife_node_path(*node.parent, out);
    str key = shelflife_str_of(node.key);
    if (!node.key) {
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
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: %.*s%s%s%s", root->key, STR_PRINT(shown), more,
                          shown.len ? ": " : "", text);
}

static void fill(const struct node *parent, size_t i, struct node *out)
{
    const struct value *v = value_of(*parent);
    const struct item *item = &v->items[i];
    *out = (struct node){.parent = parent, .key = item->key.at, .index = i, .value = &item->value};
}

bool shelflife_node_get(const struct node *parent, const char *key, struct node *out)
{
    const struct value *v = value_of(*parent);
    str wanted = shelflife_str_of(key);
    if (v->type != NODE_MAP)
        return false;
    for (size_t i = 0; i < v->count; i++)
        if (shelflife_str_equal(v->items[i].key, wanted) && v->items[i].value.type != NODE_NULL) {
            fill(parent, i, out);
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
    fill(parent, i, out);
    return true;
}

/* "must be <wanted>, but is <what is there>". */
static bool fail_type(struct node node, const char *wanted, error *err)
{
    static const char *const kinds[] = {
        [NODE_MAP] = "a map",           [NODE_ARRAY] = "a list",    [NODE_STRING] = "the text",
        [NODE_INTEGER] = "the number",  [NODE_REAL] = "the number", [NODE_BOOL] = "the value",
        [NODE_NULL] = "nothing (null)",
    };
    enum node_type type = shelflife_node_type(node);
    const char *kind = kinds[type], *quote = type == NODE_STRING ? "\"" : "";
    if (type == NODE_MAP || type == NODE_ARRAY || type == NODE_NULL)
        return shelflife_node_fail(node, err, "must be %s, but is %s", wanted, kind);
    str shown = text_of(node);
    const char *more = shown.len > SHOWN_MAX ? "…" : "";
    shown.len = shelflife_utf8_cut(shown, SHOWN_MAX);
    return shelflife_node_fail(node, err, "must be %s, but is %s %s%.*s%s%s", wanted, kind, quote,
                               STR_PRINT(shown), more, quote);
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
        return fail_type(node, "a text (in quotes)", err);
    if (type != NODE_STRING)
        return fail_type(node, "a text", err);
    if (text_of(node).len == 0)
        return shelflife_node_fail(node, err, "must not be empty");
    *out = text_of(node);
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
    return (shelflife_node_type(node) == NODE_STRING && shelflife_day_parse(text_of(node), out)) ||
           fail_type(node, "a day such as \"2026-07-11\"", err);
}

bool shelflife_node_span(struct node node, int32_t *days, error *err)
{
    enum node_type type = shelflife_node_type(node);
    return ((type == NODE_STRING || type == NODE_INTEGER) && shelflife_day_parse_span(text_of(node), days)) ||
           fail_type(node, "days or weeks such as \"90d\" or \"12w\", at most 36500 days", err);
}

/* ---- Words ---- */

enum { WORD_MAX = 48 };

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters to insert, delete, change or swap to make a of b, whatever their case; the lengths at
   most WORD_MAX. */
static size_t distance(str a, str b)
{
    size_t rows[3][WORD_MAX + 1], *before = rows[0], *row = rows[1], *next = rows[2];
    for (size_t k = 0; k <= b.len; k++)
        row[k] = k;
    for (size_t i = 1; i <= a.len; i++) {
        next[0] = i;
        for (size_t k = 1; k <= b.len; k++) {
            bool same = lower(a.at[i - 1]) == lower(b.at[k - 1]);
            next[k] = least(row[k - 1] + !same, least(row[k], next[k - 1]) + 1);
            if (i > 1 && k > 1 && lower(a.at[i - 1]) == lower(b.at[k - 2]) &&
                lower(a.at[i - 2]) == lower(b.at[k - 1]))
                next[k] = least(next[k], before[k - 2] + 1);
        }
        size_t *free_row = before;
        before = row;
        row = next;
        next = free_row;
    }
    return row[b.len];
}

/* The word nearest to `text`, or SIZE_MAX if none is near: a third of the letters may differ. */
static size_t nearest(str text, const char *const *words, size_t count)
{
    size_t best = SIZE_MAX, best_distance = text.len / 3 + 1;
    if (text.len > WORD_MAX)
        return SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        str word = shelflife_str_of(words[i]);
        if (word.len > WORD_MAX)
            continue;
        size_t d = distance(text, word);
        if (d < best_distance || (d == best_distance && best == SIZE_MAX && d < word.len)) {
            best = i;
            best_distance = d;
        }
    }
    return best;
}

/* `"warn", "allow" or "deny"`: the words, the one at `first` before the others. */
static void list_words(buffer *out, const char *const *words, size_t count, size_t first)
{
    size_t told = 0;
    for (size_t i = 0; i <= count; i++) {
        size_t k = i == 0 ? first : i - 1;
        if (k >= count || (i > 0 && k == first))
            continue;
        const char *between = told == 0 ? "" : told + 1 == count ? " or " : ", ";
        shelflife_buffer_format(out, "%s\"%s\"", between, words[k]);
        told++;
    }
}

bool shelflife_node_word(struct node node, const char *const *words, size_t count, size_t *out, error *err)
{
    str text = text_of(node);
    bool string = shelflife_node_type(node) == NODE_STRING;
    for (size_t i = 0; string && i < count; i++)
        if (shelflife_str_equal(text, shelflife_str_of(words[i]))) {
            *out = i;
            return true;
        }
    CLEANUP(shelflife_buffer_free) buffer wanted;
    shelflife_buffer_init(&wanted, SHELFLIFE_ERROR_TEXT_MAX);
    list_words(&wanted, words, count, string ? nearest(text, words, count) : SIZE_MAX);
    /* Many YAML tools take an unquoted off or on for a boolean. */
    if (shelflife_node_type(node) == NODE_BOOL)
        shelflife_buffer_append(&wanted, STR(" (in quotes)"));
    shelflife_buffer_byte(&wanted, '\0');
    return fail_type(node, wanted.failed ? "another word" : wanted.at, err);
}

bool shelflife_node_known(struct node node, const char *const *known, size_t count, error *err)
{
    struct node child;
    for (size_t i = 0; shelflife_node_at(&node, i, &child); i++) {
        str key = shelflife_str_of(child.key);
        if (among(key, known, count))
            continue;
        size_t near = nearest(key, known, count);
        if (near < count)
            return shelflife_node_fail(child, err, "unknown key; did you mean \"%s\"?", known[near]);
        CLEANUP(shelflife_buffer_free) buffer all;
        shelflife_buffer_init(&all, SHELFLIFE_ERROR_TEXT_MAX);
        list_words(&all, known, count, SIZE_MAX);
        return shelflife_node_fail(child, err, "unknown key; it can be %.*s",
                                   STR_PRINT(shelflife_buffer_str(&all)));
    }
    return true;
}

static bool must_be(struct node root, const char *key, const char *wanted, error *err)
{
    struct node node;
    str text;
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
