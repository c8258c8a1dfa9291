#include "json/yaml.h"

#include <math.h>
#include <yaml.h>

#include "json/words.h"

enum {
    ANCHORS_MAX = 1000,
    REPEAT_MAX = 16 << 20,   /* what aliases may repeat in a document, counted as NODE_SIZE for a value */
    NODE_SIZE = 16,          /* in addition to its bytes of text: a million values */
    RECORDED_MAX = 64 << 20, /* bytes of text with anchors, in a document */
    PIECE_MAX = 16 << 10,    /* bytes that libyaml reads at a time */
    SHOWN_MAX = 200,         /* bytes of the user's text that an error quotes */
};

#define EMIT SIZE_MAX

typedef struct shelflife_json_position position;

/* A recorded event, which an alias may repeat; or a hole: the next `len` records belong to a merge, and not
 * to the value around them. */
struct record {
    bool hole;
    enum shelflife_json_event event;
    position at;
    size_t text, len; /* in `texts` */
    size_t tag;       /* bytes of the tag, which is in front of the text */
};

struct range {
    size_t first, end; /* of the records */
};

/* A "<<" in an open map. */
struct merge {
    struct range value;
    size_t
        keys_before; /* `key_count` when it was read: the map's own keys before it, and those of outer maps */
};

struct anchor {
    size_t name, len; /* in `texts` */
    struct range range;
};

/* The bytes last given to libyaml, which reports the position of bad bytes as an offset only. */
struct piece {
    char at[PIECE_MAX];
    size_t len;
    position start;
};

struct shelflife_yaml {
    bool strict, tagged;
    yaml_parser_t parser;
    shelflife_yaml_input *input;
    void *input_context;
    struct piece pieces[2];
    unsigned piece; /* the newest */
    position at;
    str tag; /* of the value that is reported next; only in the dialect TAGGED */

    shelflife_json_handler *handler;
    void *context;
    size_t depth, quiet; /* no events until a value ends at this depth; EMIT: all events */
    unsigned muted;      /* events are recorded only */
    unsigned recording;  /* open anchors and merges */

    struct record *records;
    size_t record_count, record_capacity;
    buffer texts;
    struct anchor *anchors;
    size_t anchor_count, anchor_capacity;
    size_t repeated;
    size_t depth_max, repeat_max;

    /* Of all open maps, the innermost last: the keys so far, and what to merge in at the end. */
    struct range *keys; /* each a text */
    size_t key_count, key_capacity;
    buffer key_texts;
    struct merge *merges;
    size_t merge_count, merge_capacity;

    bool input_failed;
    error *err;
};

typedef struct shelflife_yaml yaml;

yaml *shelflife_yaml_new(enum shelflife_yaml_dialect dialect)
{
    yaml *y = shelflife_calloc(1, sizeof(*y));
    if (!y)
        return NULL;
    y->strict = dialect == SHELFLIFE_YAML_STRICT;
    y->tagged = dialect == SHELFLIFE_YAML_TAGGED;
    y->depth_max = SHELFLIFE_YAML_DEPTH_MAX;
    y->repeat_max = REPEAT_MAX;
    shelflife_buffer_init(&y->texts, RECORDED_MAX);
    shelflife_buffer_init(&y->key_texts, SIZE_MAX / 2);
    return y;
}

void shelflife_yaml_limit(yaml *y, size_t depth, size_t values)
{
    y->depth_max = depth;
    y->repeat_max = values * NODE_SIZE;
}

void shelflife_yaml_free(yaml *y)
{
    if (!y)
        return;
    shelflife_free(y->records);
    shelflife_free(y->anchors);
    shelflife_free(y->keys);
    shelflife_free(y->merges);
    shelflife_buffer_free(&y->texts);
    shelflife_buffer_free(&y->key_texts);
    shelflife_free(y);
}

position shelflife_yaml_position(const yaml *y)
{
    return y->at;
}

str shelflife_yaml_tag(const yaml *y)
{
    return y->tag;
}

/* ---- Errors ---- */

static position position_of(yaml_mark_t mark)
{
    return (position){.offset = mark.index, .line = mark.line + 1, .column = mark.column + 1};
}

bool shelflife_yaml_fail(yaml *y, position at, error *err, const char *format, ...)
{
    char text[SHELFLIFE_ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    y->at = at;
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s", text);
}

#define FAIL(y, where, ...) shelflife_yaml_fail(y, where, (y)->err, __VA_ARGS__)

static bool fail_text(yaml *y, position at, const char *before, str text, const char *after)
{
    str shown = shelflife_str_first(text, shelflife_utf8_cut(text, SHOWN_MAX));
    return FAIL(y, at, "%s%.*s%s", before, STR_PRINT(shown), after);
}

/* The position of a byte of the text, which must be in one of the last pieces. */
static position place(const yaml *y, uint64_t offset)
{
    const struct piece *p = &y->pieces[y->piece];
    if (offset < p->start.offset)
        p = &y->pieces[!y->piece];
    position at = p->start;
    for (size_t i = 0; i < p->len && at.offset < offset; i++, at.offset++) {
        at.column = p->at[i] == '\n' ? 1 : at.column + 1;
        at.line += p->at[i] == '\n';
    }
    return at;
}

static int read_piece(void *context, unsigned char *to, size_t size, size_t *got)
{
    yaml *y = context;
    const struct piece *last = &y->pieces[y->piece];
    position start = last->len ? place(y, last->start.offset + last->len) : last->start;
    y->piece = !y->piece;
    struct piece *p = &y->pieces[y->piece];
    *p = (struct piece){.start = start};
    y->input_failed =
        !y->input(y->input_context, p->at, size < PIECE_MAX ? size : PIECE_MAX, &p->len, y->err);
    if (y->input_failed)
        return 0;
    shelflife_copy(to, p->at, p->len);
    *got = p->len;
    return 1;
}

static void cleanup_event(yaml_event_t *event)
{
    yaml_event_delete(event);
}

static bool next_event(yaml *y, yaml_event_t *event)
{
    if (yaml_parser_parse(&y->parser, event))
        return true;
    const yaml_parser_t *p = &y->parser;
    const char *problem = p->problem ? p->problem : "this is not YAML";
    *event = (yaml_event_t){0};
    if (y->input_failed)
        return false;
    switch (p->error) {
    case YAML_NO_ERROR: /* libyaml does not always say that it has no memory */
    case YAML_MEMORY_ERROR:
        return shelflife_fail_memory(y->err);
    case YAML_READER_ERROR:
        return FAIL(y, place(y, p->problem_offset), "%s", problem);
    default:
        return FAIL(y, position_of(p->problem_mark), "%s%s%s", p->context ? p->context : "",
                    p->context ? ", " : "", problem);
    }
}

/* ---- Scalars ---- */

/* [-+]? ( "." [0-9]+ | [0-9]+ ( "." [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_real(str s)
{
    static const char digits[] = "0123456789";
    size_t i = s.len && (s.at[0] == '-' || s.at[0] == '+');
    size_t whole = shelflife_json_run_of(s, i, digits), part = 0;
    i += whole;
    if (i < s.len && s.at[i] == '.') {
        part = shelflife_json_run_of(s, i + 1, digits);
        i += 1 + part;
    }
    if (whole + part == 0)
        return false;
    if (i < s.len && (s.at[i] == 'e' || s.at[i] == 'E')) {
        i++;
        i += i < s.len && (s.at[i] == '-' || s.at[i] == '+');
        size_t exponent = shelflife_json_run_of(s, i, digits);
        if (exponent == 0)
            return false;
        i += exponent;
    }
    return i == s.len;
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

bool shelflife_yaml_integer(str s, int64_t *out, bool *fits)
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
    size_t i = 0;
    while (!shelflife_str_starts(s, forms[i].prefix))
        i++;
    str digits = shelflife_str_after(s, forms[i].prefix.len);
    if (digits.len == 0 || shelflife_json_run_of(digits, 0, forms[i].digits) != digits.len)
        return false;
    *fits = digits_value(digits, forms[i].base, s.at[0] == '-', out);
    return true;
}

bool shelflife_yaml_unreal(str number)
{
    static const char *const unreal[] = {".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf", "+.INF",
                                         "-.inf", "-.Inf", "-.INF", ".nan",  ".NaN",  ".NAN"};
    return shelflife_json_is_among(number, unreal, COUNT(unreal));
}

/* A plain scalar by YAML's core schema. Everything else is a string, dates included. */
static enum shelflife_json_event type_of(str s)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const truths[] = {"true", "True", "TRUE"};
    static const char *const untruths[] = {"false", "False", "FALSE"};
    int64_t n;
    bool fits;
    if (shelflife_json_is_among(s, nulls, COUNT(nulls)))
        return SHELFLIFE_JSON_NULL;
    if (shelflife_json_is_among(s, truths, COUNT(truths)))
        return SHELFLIFE_JSON_TRUE;
    if (shelflife_json_is_among(s, untruths, COUNT(untruths)))
        return SHELFLIFE_JSON_FALSE;
    if (shelflife_yaml_integer(s, &n, &fits) || is_real(s) || shelflife_yaml_unreal(s))
        return SHELFLIFE_JSON_NUMBER;
    return SHELFLIFE_JSON_STRING;
}

/* ---- Events ---- */

static bool keep(yaml *y, struct record r)
{
    if (!shelflife_grow(&y->records, &y->record_capacity, y->record_count + 1, sizeof(*y->records)))
        return shelflife_fail_memory(y->err);
    y->records[y->record_count++] = r;
    return true;
}

static size_t next_record(const yaml *y, size_t i)
{
    i++;
    while (i < y->record_count && y->records[i].hole)
        i += 1 + y->records[i].len;
    return i;
}

static bool report(yaml *y, enum shelflife_json_event event, position at, str text)
{
    y->at = at;
    switch (y->handler(y->context, event, text, true, y->err)) {
    case SHELFLIFE_JSON_CONTINUE:
        return true;
    case SHELFLIFE_JSON_SKIP:
        if (shelflife_json_opens(event) || event == SHELFLIFE_JSON_KEY)
            y->quiet = y->depth;
        return true;
    default:
        return false;
    }
}

static void end_value(yaml *y)
{
    if (!y->muted && y->depth == y->quiet)
        y->quiet = EMIT;
}

/* Reports an event, unless it is skipped, and keeps track of the depth. */
static bool pass(yaml *y, enum shelflife_json_event event, position at, str text)
{
    y->depth -= shelflife_json_closes(event);
    if (!y->muted && y->quiet == EMIT && !report(y, event, at, text))
        return false;
    y->tag = (str){0};
    if (shelflife_json_opens(event))
        y->depth++;
    else if (event != SHELFLIFE_JSON_KEY)
        end_value(y);
    return true;
}

static bool check_depth(yaml *y, enum shelflife_json_event event, position at)
{
    return !shelflife_json_opens(event) || y->depth < y->depth_max ||
           FAIL(y, at, "more than %zu levels of nesting", y->depth_max);
}

/* An event of the text. */
static bool emit(yaml *y, enum shelflife_json_event event, position at, str text)
{
    if (!check_depth(y, event, at))
        return false;
    if (y->recording) {
        size_t offset = y->texts.len + y->tag.len;
        shelflife_buffer_append(&y->texts, y->tag);
        shelflife_buffer_append(&y->texts, text);
        if (y->texts.failed && RECORDED_MAX - y->texts.len >= y->tag.len + text.len)
            return shelflife_fail_memory(y->err);
        if (y->texts.failed)
            return FAIL(y, at, "the parts with anchors are larger than %d bytes", RECORDED_MAX);
        struct record r = {.event = event, .at = at, .text = offset, .len = text.len, .tag = y->tag.len};
        if (!keep(y, r))
            return false;
    }
    return pass(y, event, at, text);
}

static str text_of(const yaml *y, const struct record *r)
{
    return (str){r->len ? y->texts.at + r->text : "", r->len};
}

static str tag_of(const yaml *y, const struct record *r)
{
    return r->tag ? (str){y->texts.at + r->text - r->tag, r->tag} : (str){0};
}

static bool charge(yaml *y, position at, size_t size)
{
    y->repeated += size;
    return y->repeated <= y->repeat_max ||
           FAIL(y, at, "aliases repeat too much: more than %zu values", y->repeat_max / NODE_SIZE);
}

/* Reports records, which are complete values or entries of a map. `at` is the position of the alias or merge.
 */
static bool repeat(yaml *y, struct range range, position at)
{
    for (size_t i = range.first; i < range.end; i = next_record(y, i)) {
        struct record r = y->records[i];
        size_t size =
            r.len + (shelflife_json_closes(r.event) || r.event == SHELFLIFE_JSON_KEY ? 0 : NODE_SIZE);
        y->tag = tag_of(y, &r);
        if (!check_depth(y, r.event, at) || !charge(y, at, size) || (y->recording && !keep(y, r)) ||
            !pass(y, r.event, r.at, text_of(y, &r)))
            return false;
    }
    return true;
}

/* ---- Anchors ---- */

static str anchor_name(const yaml *y, const struct anchor *anchor)
{
    return (str){y->texts.at + anchor->name, anchor->len};
}

static bool alias(yaml *y, const yaml_event_t *event)
{
    str name = shelflife_str_of((const char *)event->data.alias.anchor);
    position at = position_of(event->start_mark);
    size_t i = y->anchor_count;
    while (i > 0 && !shelflife_str_equal(anchor_name(y, &y->anchors[i - 1]), name))
        i--;
    if (i == 0)
        return fail_text(y, at, "there is no anchor &", name, " before this alias");
    if (y->recording || (!y->muted && y->quiet == EMIT))
        return repeat(y, y->anchors[i - 1].range, at);
    end_value(y); /* it is neither reported nor recorded */
    return true;
}

/* A value with an anchor has been read. */
static bool remember(yaml *y, position at, str name, size_t first)
{
    struct anchor anchor = {.name = y->texts.len, .len = name.len, .range = {first, y->record_count}};
    if (y->anchor_count == ANCHORS_MAX)
        return FAIL(y, at, "more than %d anchors", ANCHORS_MAX);
    if (!shelflife_grow(&y->anchors, &y->anchor_capacity, y->anchor_count + 1, sizeof(*y->anchors)))
        return shelflife_fail_memory(y->err);
    shelflife_buffer_append(&y->texts, name);
    if (y->texts.failed)
        return shelflife_fail_memory(y->err);
    y->anchors[y->anchor_count++] = anchor;
    return true;
}

/*
 * ---- Merges ----
 *
 * "<<: *base" adds the entries of base, except those whose key the map has after the "<<", or that a later
 * "<<" adds. A key that the map has before the "<<" is reported again, with the value of base (see yaml.h).
 */

static bool add_key(yaml *y, str key)
{
    if (!shelflife_grow(&y->keys, &y->key_capacity, y->key_count + 1, sizeof(*y->keys)))
        return shelflife_fail_memory(y->err);
    y->keys[y->key_count++] = (struct range){y->key_texts.len, y->key_texts.len + key.len};
    shelflife_buffer_append(&y->key_texts, key);
    return !y->key_texts.failed || shelflife_fail_memory(y->err);
}

static bool has_key(const yaml *y, size_t first, str key)
{
    for (size_t i = first; i < y->key_count; i++) {
        size_t at = y->keys[i].first;
        if (shelflife_str_equal((str){y->key_texts.at + at, y->keys[i].end - at}, key))
            return true;
    }
    return false;
}

/* The record after the value that begins at a record. */
static size_t skip_value(const yaml *y, size_t i)
{
    size_t depth = 0;
    do {
        depth += shelflife_json_opens(y->records[i].event);
        depth -= shelflife_json_closes(y->records[i].event);
        i = next_record(y, i);
    } while (depth > 0);
    return i;
}

/* Reports the entries of a recorded map whose keys the open map has not got since `keys`. */
static bool merge_map(yaml *y, size_t first, size_t keys, position at)
{
    if (y->records[first].event != SHELFLIFE_JSON_MAP_START)
        return FAIL(y, at, "only a map or a list of maps can be merged");
    for (size_t i = next_record(y, first), end; y->records[i].event == SHELFLIFE_JSON_KEY; i = end) {
        str key = text_of(y, &y->records[i]);
        end = skip_value(y, i + 1);
        if (!charge(y, at, NODE_SIZE + (y->key_count - keys)))
            return false;
        if (!has_key(y, keys, key) && (!add_key(y, key) || !repeat(y, (struct range){i, end}, at)))
            return false;
    }
    return true;
}

static bool merge(yaml *y, const struct merge *m, position at)
{
    size_t first = m->value.first, keys = m->keys_before;
    if (y->records[first].event != SHELFLIFE_JSON_ARRAY_START)
        return merge_map(y, first, keys, at);
    for (size_t i = next_record(y, first); !shelflife_json_closes(y->records[i].event); i = skip_value(y, i))
        if (!merge_map(y, i, keys, at))
            return false;
    return true;
}

static bool value(yaml *y, yaml_event_t *event);
static bool next_value(yaml *y);

/* Stores the value of "<<" for the end of the map, when all of its own keys are known. */
static bool keep_merge(yaml *y)
{
    size_t hole = y->record_count, first = hole + 1, keys = y->key_count;
    if (!keep(y, (struct record){.hole = true}))
        return false;
    y->muted++;
    y->recording++;
    bool ok = next_value(y);
    y->muted--;
    y->recording--;
    if (!ok)
        return false;
    y->records[hole].len = y->record_count - first;
    if (!shelflife_grow(&y->merges, &y->merge_capacity, y->merge_count + 1, sizeof(*y->merges)))
        return shelflife_fail_memory(y->err);
    y->merges[y->merge_count++] = (struct merge){{first, y->record_count}, keys};
    return true;
}

/* ---- Values ---- */

static void keep_tag(yaml *y, const yaml_char_t *tag)
{
    y->tag = y->tagged ? shelflife_str_of((const char *)tag) : (str){0};
}

/* !!str is the only tag that is useful in configuration. */
static bool check_tag(yaml *y, const yaml_event_t *event, const yaml_char_t *tag)
{
    str s = shelflife_str_of((const char *)tag);
    bool scalar = event->type == YAML_SCALAR_EVENT;
    if (!y->strict || s.len == 0 || (scalar && shelflife_str_equal(s, STR(YAML_STR_TAG))))
        return true;
    return fail_text(y, position_of(event->start_mark), "the tag ", s, " is not supported: remove it");
}

static bool has_tag(const yaml_char_t *tag, const char *wanted)
{
    return tag && strcmp((const char *)tag, wanted) == 0;
}

/* Removes SHELFLIFE_YAML_MARK from a text. */
static void drop_marks(char *text, size_t *len)
{
    static const str mark = STR_INIT(SHELFLIFE_YAML_MARK);
    size_t to = 0;
    if (!memmem(text, *len, mark.at, mark.len))
        return;
    for (size_t i = 0; i < *len; i++) {
        while (shelflife_str_starts((str){text + i, *len - i}, mark))
            i += mark.len;
        if (i < *len)
            text[to++] = text[i];
    }
    *len = to;
}

/* Decodes base64, up to what is not base64. White space is ignored. Returns the number of bytes. */
static size_t decode_base64(str text, char *to)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0, count = 0;
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        const char *digit = c ? strchr(digits, c) : NULL;
        if (c && strchr(" \t\r\n", c))
            continue;
        if (!digit)
            break;
        bits = bits << 6 | (uint32_t)(digit - digits);
        count += 6;
        if (count >= 8) {
            count -= 8;
            to[len++] = (char)(bits >> count);
        }
    }
    return len;
}

/* What a !!binary means, unless it is not text. */
static bool binary_text(yaml *y, char *text, size_t *len)
{
    char *decoded = shelflife_malloc(*len + 1);
    if (!decoded)
        return shelflife_fail_memory(y->err);
    str s = {decoded, decode_base64((str){text, *len}, decoded)};
    if (shelflife_str_is_utf8(s)) {
        shelflife_copy(text, s.at, s.len);
        *len = s.len;
    }
    shelflife_free(decoded);
    return true;
}

static bool scalar_text(yaml *y, yaml_event_t *event, str *out)
{
    char *text = (char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    if (!check_tag(y, event, event->data.scalar.tag))
        return false;
    if (!y->strict)
        drop_marks(text, &len);
    if (!y->strict && has_tag(event->data.scalar.tag, "tag:yaml.org,2002:binary") &&
        !binary_text(y, text, &len))
        return false;
    *out = (str){text, len};
    return !y->strict || shelflife_str_find(*out, '\0') == SIZE_MAX ||
           FAIL(y, position_of(event->start_mark), "a string must not contain NUL");
}

static bool is_plain(const yaml_event_t *event)
{
    return event->data.scalar.plain_implicit && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* Whether a number is larger than any double. */
static bool is_too_large(str number)
{
    enum { LONGEST = 64 };
    char text[LONGEST + 1];
    int64_t n;
    bool fits;
    if (number.len > LONGEST || shelflife_yaml_integer(number, &n, &fits) || shelflife_yaml_unreal(number))
        return false;
    *(char *)shelflife_copy(text, number.at, number.len) = '\0';
    return isinf(strtod(text, NULL));
}

static bool scalar(yaml *y, yaml_event_t *event)
{
    str s;
    if (!scalar_text(y, event, &s))
        return false;
    enum shelflife_json_event type = is_plain(event) ? type_of(s) : SHELFLIFE_JSON_STRING;
    if (type == SHELFLIFE_JSON_NUMBER && !y->strict && is_too_large(s))
        type = SHELFLIFE_JSON_STRING; /* as for kubectl */
    bool text = type == SHELFLIFE_JSON_STRING || type == SHELFLIFE_JSON_NUMBER;
    keep_tag(y, event->data.scalar.tag);
    return emit(y, type, position_of(event->start_mark), text ? s : STR(""));
}

static bool next_value(yaml *y)
{
    CLEANUP(cleanup_event) yaml_event_t event;
    return next_event(y, &event) && value(y, &event);
}

static bool is_merge(const yaml_event_t *event, str key)
{
    return shelflife_str_equal(key, STR("<<")) &&
           (is_plain(event) || has_tag(event->data.scalar.tag, "tag:yaml.org,2002:merge"));
}

static bool entry(yaml *y, yaml_event_t *event)
{
    str key;
    position at = position_of(event->start_mark);
    if (event->type != YAML_SCALAR_EVENT)
        return FAIL(y, at, "a key must be a string");
    if (!scalar_text(y, event, &key))
        return false;
    if (!y->strict && !y->tagged && is_merge(event, key))
        return keep_merge(y);
    return (y->strict || y->tagged || add_key(y, key)) && emit(y, SHELFLIFE_JSON_KEY, at, key) &&
           next_value(y);
}

/* Ends a map: reports what is merged into it. */
static bool end_map(yaml *y, size_t keys, size_t merges, size_t texts, position at)
{
    for (size_t i = y->merge_count; i > merges; i--)
        if (!merge(y, &y->merges[i - 1], at))
            return false;
    y->key_count = keys;
    y->merge_count = merges;
    y->key_texts.len = texts;
    return emit(y, SHELFLIFE_JSON_MAP_END, at, STR(""));
}

/* Reads the entries of a map. The entries of an !!omap are maps in an array, which count as one map. */
static bool map(yaml *y, bool is_array)
{
    size_t keys = y->key_count, merges = y->merge_count, texts = y->key_texts.len;
    for (bool inside = !is_array;;) {
        CLEANUP(cleanup_event) yaml_event_t event;
        if (!next_event(y, &event))
            return false;
        bool starts = event.type == YAML_MAPPING_START_EVENT, ends = event.type == YAML_MAPPING_END_EVENT;
        if (event.type == YAML_SEQUENCE_END_EVENT || (ends && !is_array))
            return end_map(y, keys, merges, texts, position_of(event.start_mark));
        if (is_array && (inside ? ends : starts))
            inside = !inside;
        else if (!inside)
            return FAIL(y, position_of(event.start_mark), "an !!omap must contain maps");
        else if (!entry(y, &event))
            return false;
    }
}

static bool array(yaml *y)
{
    for (;;) {
        CLEANUP(cleanup_event) yaml_event_t event;
        if (!next_event(y, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END_EVENT)
            return emit(y, SHELFLIFE_JSON_ARRAY_END, position_of(event.start_mark), STR(""));
        if (!value(y, &event))
            return false;
    }
}

/* The recursion is limited to SHELFLIFE_YAML_DEPTH_MAX levels. */
static bool collection(yaml *y, const yaml_event_t *event)
{
    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *tag = is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    bool is_omap = !is_map && !y->strict && !y->tagged && has_tag(tag, "tag:yaml.org,2002:omap");
    enum shelflife_json_event start =
        is_map || is_omap ? SHELFLIFE_JSON_MAP_START : SHELFLIFE_JSON_ARRAY_START;
    if (!check_tag(y, event, tag))
        return false;
    keep_tag(y, tag);
    return emit(y, start, position_of(event->start_mark), STR("")) &&
           (is_map || is_omap ? map(y, is_omap) : array(y));
}

static const yaml_char_t *anchor_of(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor;
    default:
        return event->data.sequence_start.anchor;
    }
}

static bool value(yaml *y, yaml_event_t *event)
{
    if (event->type == YAML_ALIAS_EVENT)
        return alias(y, event);
    str anchor = shelflife_str_of((const char *)anchor_of(event));
    size_t first = y->record_count;
    y->recording += anchor.len > 0;
    bool ok = event->type == YAML_SCALAR_EVENT ? scalar(y, event) : collection(y, event);
    y->recording -= anchor.len > 0;
    return ok && (anchor.len == 0 || remember(y, position_of(event->start_mark), anchor, first));
}

/* ---- Documents ---- */

static void reset_document(yaml *y)
{
    y->depth = y->repeated = 0;
    y->quiet = EMIT;
    y->muted = y->recording = 0;
    y->tag = (str){0};
    y->record_count = y->anchor_count = y->key_count = y->merge_count = 0;
    shelflife_buffer_reset(&y->texts);
    shelflife_buffer_reset(&y->key_texts);
}

/* Reads a document after its start. */
static bool document(yaml *y)
{
    CLEANUP(cleanup_event) yaml_event_t end = {0};
    reset_document(y);
    return next_value(y) && next_event(y, &end);
}

/* Reads the start of the next document, or the end of the stream. */
static bool next_document(yaml *y, bool first, bool *is_over)
{
    CLEANUP(cleanup_event) yaml_event_t event;
    if (!next_event(y, &event))
        return false;
    *is_over = event.type == YAML_STREAM_END_EVENT;
    if (!y->strict || *is_over != first)
        return true;
    return FAIL(y, position_of(event.start_mark),
                first ? "it is empty" : "a second document begins here, but a file must contain only one");
}

static bool documents(yaml *y)
{
    CLEANUP(cleanup_event) yaml_event_t start = {0};
    if (!next_event(y, &start))
        return false;
    for (bool first = true, is_over = false;; first = false) {
        if (!next_document(y, first, &is_over))
            return false;
        if (is_over)
            return true;
        if (!document(y))
            return false;
    }
}

bool shelflife_yaml_text(void *rest, char *to, size_t size, size_t *got, error *err UNUSED)
{
    str *text = rest;
    str piece = shelflife_str_first(*text, size);
    shelflife_copy(to, piece.at, piece.len);
    *text = shelflife_str_after(*text, piece.len);
    *got = piece.len;
    return true;
}

bool shelflife_yaml_read(yaml *y, shelflife_yaml_input *input, void *input_context,
                         shelflife_json_handler *handler, void *context, error *err)
{
    y->input = input;
    y->input_context = input_context;
    y->input_failed = false;
    y->handler = handler;
    y->context = context;
    y->err = err;
    y->at = (position){.line = 1, .column = 1};
    y->pieces[0] = y->pieces[1] = (struct piece){.start = y->at};
    if (!yaml_parser_initialize(&y->parser))
        return shelflife_fail_memory(err);
    yaml_parser_set_encoding(&y->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input(&y->parser, read_piece, y);
    bool ok = documents(y);
    yaml_parser_delete(&y->parser);
    return ok;
}
