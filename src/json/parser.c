#include <inttypes.h>
#include <stdio.h>

#include "shelflife/json.h"
#include "json/scan.h"

/* Where in the grammar the parser stands between two bytes. */
enum state {
    STATE_VALUE,         /* a value must come */
    STATE_ANOTHER,       /* a value may come, or the end of the text: `many` */
    STATE_FIRST_ELEMENT, /* behind "[" */
    STATE_FIRST_KEY,     /* behind "{" */
    STATE_KEY,           /* behind "," in a map */
    STATE_COLON,
    STATE_AFTER_ELEMENT,
    STATE_AFTER_ENTRY,
    STATE_DONE,
    STATE_GAP, /* behind a value, where white space must part it from the next: `many` */
    /* Inside a token, which a chunk may cut anywhere: */
    STATE_STRING,
    STATE_ESCAPE, /* behind the backslash */
    STATE_HEX,
    STATE_WORD,
    STATE_NUMBER,
};

static const char *const expected[] = {
    [STATE_VALUE] = "a value",
    [STATE_ANOTHER] = "a value",
    [STATE_FIRST_ELEMENT] = "a value or \"]\"",
    [STATE_FIRST_KEY] = "a key in quotes or \"}\"",
    [STATE_KEY] = "a key in quotes",
    [STATE_COLON] = "\":\" behind the key",
    [STATE_AFTER_ELEMENT] = "\",\" or \"]\"",
    [STATE_AFTER_ENTRY] = "\",\" or \"}\"",
    [STATE_DONE] = "nothing but white space behind the value",
    [STATE_GAP] = "white space behind the value",
    [STATE_STRING] = "the string to go on, with control characters escaped, to its closing quote",
    [STATE_ESCAPE] = "one of \"\\/bfnrtu behind the backslash",
    [STATE_HEX] = "four hexadecimal digits behind \\u",
    [STATE_WORD] = "true, false or null",
    [STATE_NUMBER] = "a digit",
};

/* A number's own states, and which class of byte leads from one to another: a leading zero stands alone. */
enum number { NUMBER_END, MINUS, ZERO, INTEGER, POINT, FRACTION, E, E_SIGN, EXPONENT };
enum number_class { CLASS_OTHER, CLASS_ZERO, CLASS_DIGIT, CLASS_POINT, CLASS_E, CLASS_PLUS, CLASS_MINUS };

static const unsigned char number_class[256] = {
    ['0'] = CLASS_ZERO,  ['1'] = CLASS_DIGIT, ['2'] = CLASS_DIGIT, ['3'] = CLASS_DIGIT, ['4'] = CLASS_DIGIT,
    ['5'] = CLASS_DIGIT, ['6'] = CLASS_DIGIT, ['7'] = CLASS_DIGIT, ['8'] = CLASS_DIGIT, ['9'] = CLASS_DIGIT,
    ['.'] = CLASS_POINT, ['e'] = CLASS_E,     ['E'] = CLASS_E,     ['+'] = CLASS_PLUS,  ['-'] = CLASS_MINUS,
};

static const unsigned char number_next[][CLASS_MINUS + 1] = {
    [NUMBER_END] = {[CLASS_ZERO] = ZERO, [CLASS_DIGIT] = INTEGER, [CLASS_MINUS] = MINUS},
    [MINUS] = {[CLASS_ZERO] = ZERO, [CLASS_DIGIT] = INTEGER},
    [ZERO] = {[CLASS_POINT] = POINT, [CLASS_E] = E},
    [INTEGER] = {[CLASS_ZERO] = INTEGER, [CLASS_DIGIT] = INTEGER, [CLASS_POINT] = POINT, [CLASS_E] = E},
    [POINT] = {[CLASS_ZERO] = FRACTION, [CLASS_DIGIT] = FRACTION},
    [FRACTION] = {[CLASS_ZERO] = FRACTION, [CLASS_DIGIT] = FRACTION, [CLASS_E] = E},
    [E] = {[CLASS_ZERO] = EXPONENT, [CLASS_DIGIT] = EXPONENT, [CLASS_PLUS] = E_SIGN, [CLASS_MINUS] = E_SIGN},
    [E_SIGN] = {[CLASS_ZERO] = EXPONENT, [CLASS_DIGIT] = EXPONENT},
    [EXPONENT] = {[CLASS_ZERO] = EXPONENT, [CLASS_DIGIT] = EXPONENT},
};

static const bool number_whole[] = {[ZERO] = true, [INTEGER] = true, [FRACTION] = true, [EXPONENT] = true};

static const char escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

static const bool is_space[256] = {[' '] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true};

enum { TELL = UINT32_MAX, LEVELS_PER_WORD = 64, DECODED_MAX = 64 };

struct shelflife_json_parser {
    shelflife_json_handler *handler;
    void *context;
    bool many, feeding, failed;

    enum state state, after; /* after: the state behind a value at this level */
    uint32_t depth;
    uint32_t quiet; /* nothing is told until a value ends at this depth; TELL: all is told */

    enum shelflife_json_event string_event; /* STRING or KEY */
    enum number number;
    enum shelflife_json_event word_event;
    const char *word; /* what must still come of true, false or null */

    uint32_t unit; /* the \u escape being read, and how many of its digits have been */
    unsigned digits;
    uint32_t high; /* a high surrogate that waits for its low one, or 0 */
    unsigned decoded_len;
    char decoded[DECODED_MAX]; /* of escapes, not yet told */

    const char *chunk;
    uint64_t base;  /* offset of the chunk's first byte */
    uint64_t token; /* offset of the token being told */
    uint64_t line, line_start;
    uint64_t work; /* bytes examined again, and all bytes of chunks gone */

    uint64_t maps[SHELFLIFE_JSON_DEPTH_MAX / LEVELS_PER_WORD]; /* a bit for each level: it is a map */
    error error;
};

typedef struct shelflife_json_parser parser;

static uint64_t offset_of(const parser *p, const char *at)
{
    return p->base + (uint64_t)(at - p->chunk);
}

/* All functions that read take the next byte and return what is behind what they took, or NULL. */

static const char *fail_at(parser *p, uint64_t offset, enum shelflife_error_kind kind, const char *wanted,
                           const char *found)
{
    p->failed = true;
    p->base = offset;
    shelflife_fail(&p->error, kind, "line %" PRIu64 ", column %" PRIu64 " (byte offset %" PRIu64 "): %s%s%s",
                   p->line, offset - p->line_start + 1, offset, wanted, found ? ", found " : "",
                   found ? found : "");
    return NULL;
}

static const char *unexpected(parser *p, const char *at)
{
    unsigned char c = (unsigned char)*at;
    char wanted[128], found[16];
    snprintf(wanted, sizeof(wanted), "expected %s", expected[p->state]);
    if (c > 0x20 && c < 0x7f)
        snprintf(found, sizeof(found), "\"%c\"", c);
    else
        snprintf(found, sizeof(found), "byte 0x%02x", c);
    return fail_at(p, offset_of(p, at), SHELFLIFE_ERROR_INPUT, wanted, found);
}

static bool ask(parser *p, enum shelflife_json_event event, str text, bool last)
{
    switch (p->handler(p->context, event, text, last, &p->error)) {
    case SHELFLIFE_JSON_CONTINUE:
        return true;
    case SHELFLIFE_JSON_SKIP:
        /* The value this event belongs to ends at this depth: starts are told before, ends after they
           change it. */
        p->quiet = p->depth;
        return true;
    case SHELFLIFE_JSON_STOP:
        break;
    }
    p->failed = true;
    p->base = p->token;
    if (p->error.kind == SHELFLIFE_ERROR_NONE)
        shelflife_fail(&p->error, SHELFLIFE_ERROR_INPUT, "the reader of the JSON text gave up");
    return false;
}

static inline bool tell(parser *p, enum shelflife_json_event event, const char *at, const char *end,
                        bool last)
{
    return p->quiet != TELL || ask(p, event, (str){at, (size_t)(end - at)}, last);
}

static inline bool tell_bare(parser *p, enum shelflife_json_event event, const char *at)
{
    p->token = offset_of(p, at);
    return p->quiet != TELL || ask(p, event, (str){NULL, 0}, true);
}

static inline void end_value(parser *p)
{
    if (p->depth == p->quiet)
        p->quiet = TELL;
    p->state = p->after;
}

static const char *open_level(parser *p, const char *at, bool map)
{
    if (p->depth == SHELFLIFE_JSON_DEPTH_MAX) {
        char text[64];
        snprintf(text, sizeof(text), "nested deeper than the limit of %d levels", SHELFLIFE_JSON_DEPTH_MAX);
        return fail_at(p, offset_of(p, at), SHELFLIFE_ERROR_LIMIT, text, NULL);
    }
    if (!tell_bare(p, map ? SHELFLIFE_JSON_MAP_START : SHELFLIFE_JSON_ARRAY_START, at))
        return NULL;
    uint64_t bit = UINT64_C(1) << p->depth % LEVELS_PER_WORD, *word = &p->maps[p->depth / LEVELS_PER_WORD];
    *word = map ? *word | bit : *word & ~bit;
    p->depth++;
    p->state = map ? STATE_FIRST_KEY : STATE_FIRST_ELEMENT;
    p->after = map ? STATE_AFTER_ENTRY : STATE_AFTER_ELEMENT;
    return at + 1;
}

static enum state after_value(const parser *p)
{
    if (p->depth == 0)
        return p->many ? STATE_GAP : STATE_DONE;
    uint32_t level = p->depth - 1;
    bool map = p->maps[level / LEVELS_PER_WORD] >> level % LEVELS_PER_WORD & 1;
    return map ? STATE_AFTER_ENTRY : STATE_AFTER_ELEMENT;
}

static const char *close_level(parser *p, const char *at, enum shelflife_json_event event)
{
    p->depth--;
    p->after = after_value(p);
    if (!tell_bare(p, event, at))
        return NULL;
    end_value(p);
    return at + 1;
}

/* UTF-8, and its obvious extension to surrogates. */
static bool decode(parser *p, uint32_t c)
{
    if (p->quiet != TELL)
        return true;
    if (p->decoded_len + 4 > DECODED_MAX) {
        unsigned len = p->decoded_len;
        p->decoded_len = 0;
        if (!tell(p, p->string_event, p->decoded, p->decoded + len, false))
            return false;
    }
    char *out = p->decoded + p->decoded_len;
    if (c < 0x80) {
        *out++ = (char)c;
    } else {
        if (c >= 0x10000) {
            *out++ = (char)(0xf0 | c >> 18);
            *out++ = (char)(0x80 | (c >> 12 & 0x3f));
        } else if (c >= 0x800) {
            *out++ = (char)(0xe0 | c >> 12);
        }
        *out++ = (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3f) : 0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3f));
    }
    p->decoded_len = (unsigned)(out - p->decoded);
    return true;
}

static bool decode_lone_high(parser *p)
{
    uint32_t high = p->high;
    p->high = 0;
    return !high || decode(p, high);
}

static bool decode_unit(parser *p, uint32_t unit)
{
    if (p->high && unit >= 0xdc00 && unit <= 0xdfff) {
        uint32_t c = 0x10000 + ((p->high - 0xd800) << 10) + (unit - 0xdc00);
        p->high = 0;
        return decode(p, c);
    }
    if (!decode_lone_high(p))
        return false;
    if (unit >= 0xd800 && unit <= 0xdbff) {
        p->high = unit;
        return true;
    }
    return decode(p, unit);
}

/* Tells what escapes have left, as a fragment. */
static bool tell_decoded(parser *p, bool last)
{
    if (!decode_lone_high(p))
        return false;
    unsigned len = p->decoded_len;
    p->decoded_len = 0;
    return tell(p, p->string_event, p->decoded, p->decoded + len, last);
}

static const char *end_string(parser *p, const char *at, const char *quote)
{
    bool escaped = p->decoded_len || p->high;
    if (escaped && !tell_decoded(p, at == quote))
        return NULL;
    if ((!escaped || at < quote) && !tell(p, p->string_event, at, quote, true))
        return NULL;
    if (p->string_event == SHELFLIFE_JSON_KEY)
        p->state = STATE_COLON;
    else
        end_value(p);
    return quote + 1;
}

static const char *read_string(parser *p, const char *at, const char *end)
{
    const char *stop = shelflife_json_scan_read(at, end, &p->work);
    if (stop < end && *stop == '"')
        return end_string(p, at, stop);
    if (stop > at) {
        if ((p->decoded_len || p->high) && !tell_decoded(p, false))
            return NULL;
        if (!tell(p, p->string_event, at, stop, false))
            return NULL;
    }
    p->state = STATE_STRING;
    if (stop == end)
        return end;
    if (*stop != '\\')
        return unexpected(p, stop);
    p->state = STATE_ESCAPE;
    return stop + 1;
}

static const char *read_escape(parser *p, const char *at)
{
    char c = escapes[(unsigned char)*at];
    if (c) {
        p->state = STATE_STRING;
        return decode_unit(p, (unsigned char)c) ? at + 1 : NULL;
    }
    if (*at != 'u')
        return unexpected(p, at);
    p->state = STATE_HEX;
    p->unit = 0;
    p->digits = 0;
    return at + 1;
}

static const char *read_hex(parser *p, const char *at)
{
    unsigned char c = (unsigned char)*at, letter = c | 0x20;
    if (c >= '0' && c <= '9')
        p->unit = p->unit << 4 | (c - '0');
    else if (letter >= 'a' && letter <= 'f')
        p->unit = p->unit << 4 | (letter - 'a' + 10U);
    else
        return unexpected(p, at);
    if (++p->digits == 4) {
        p->state = STATE_STRING;
        if (!decode_unit(p, p->unit))
            return NULL;
    }
    return at + 1;
}

static const char *read_word(parser *p, const char *at, const char *end)
{
    for (; *p->word; p->word++, at++) {
        if (at == end)
            return end;
        if (*at != *p->word)
            return unexpected(p, at);
    }
    if (p->quiet == TELL && !ask(p, p->word_event, (str){NULL, 0}, true))
        return NULL;
    end_value(p);
    return at;
}

static const char *start_word(parser *p, const char *at, const char *end, const char *word,
                              enum shelflife_json_event event)
{
    p->token = offset_of(p, at);
    p->state = STATE_WORD;
    p->word = word;
    p->word_event = event;
    return read_word(p, at, end);
}

static const char *read_number(parser *p, const char *at, const char *end)
{
    const char *start = at;
    enum number number = p->number, next;
    while (at < end && (next = number_next[number][number_class[(unsigned char)*at]])) {
        number = next;
        at++;
    }
    p->number = number;
    if (at == end)
        return tell(p, SHELFLIFE_JSON_NUMBER, start, at, false) ? at : NULL;
    p->work++; /* the byte behind it */
    if (!number_whole[number])
        return unexpected(p, at);
    if (!tell(p, SHELFLIFE_JSON_NUMBER, start, at, true))
        return NULL;
    end_value(p);
    return at;
}

static const char *start_string(parser *p, const char *at, const char *end, enum shelflife_json_event event)
{
    p->token = offset_of(p, at);
    p->string_event = event;
    p->decoded_len = 0;
    p->high = 0;
    return read_string(p, at + 1, end);
}

static const char *start_value(parser *p, const char *at, const char *end)
{
    switch (*at) {
    case '"':
        return start_string(p, at, end, SHELFLIFE_JSON_STRING);
    case '{':
        return open_level(p, at, true);
    case '[':
        return open_level(p, at, false);
    case 't':
        return start_word(p, at, end, "true", SHELFLIFE_JSON_TRUE);
    case 'f':
        return start_word(p, at, end, "false", SHELFLIFE_JSON_FALSE);
    case 'n':
        return start_word(p, at, end, "null", SHELFLIFE_JSON_NULL);
    default:
        if (!number_next[NUMBER_END][number_class[(unsigned char)*at]])
            return unexpected(p, at);
        p->token = offset_of(p, at);
        p->state = STATE_NUMBER;
        p->number = NUMBER_END;
        return read_number(p, at, end);
    }
}

static const char *skip_space(parser *p, const char *at, const char *end)
{
    for (; at < end && is_space[(unsigned char)*at]; at++)
        if (*at == '\n') {
            p->line++;
            p->line_start = offset_of(p, at) + 1;
        }
    p->work += at < end;
    if (p->state == STATE_GAP)
        p->state = STATE_ANOTHER;
    return at;
}

/* Between tokens. */
static const char *read_between(parser *p, const char *at, const char *end)
{
    if (is_space[(unsigned char)*at])
        return skip_space(p, at, end);
    switch (p->state) {
    case STATE_FIRST_ELEMENT:
        if (*at == ']')
            return close_level(p, at, SHELFLIFE_JSON_ARRAY_END);
        return start_value(p, at, end);
    case STATE_VALUE:
    case STATE_ANOTHER:
        return start_value(p, at, end);
    case STATE_FIRST_KEY:
        if (*at == '}')
            return close_level(p, at, SHELFLIFE_JSON_MAP_END);
        return *at == '"' ? start_string(p, at, end, SHELFLIFE_JSON_KEY) : unexpected(p, at);
    case STATE_KEY:
        return *at == '"' ? start_string(p, at, end, SHELFLIFE_JSON_KEY) : unexpected(p, at);
    case STATE_COLON:
        p->state = *at == ':' ? STATE_VALUE : p->state;
        return *at == ':' ? at + 1 : unexpected(p, at);
    case STATE_AFTER_ELEMENT:
        if (*at == ']')
            return close_level(p, at, SHELFLIFE_JSON_ARRAY_END);
        p->state = *at == ',' ? STATE_VALUE : p->state;
        return *at == ',' ? at + 1 : unexpected(p, at);
    case STATE_AFTER_ENTRY:
        if (*at == '}')
            return close_level(p, at, SHELFLIFE_JSON_MAP_END);
        p->state = *at == ',' ? STATE_KEY : p->state;
        return *at == ',' ? at + 1 : unexpected(p, at);
    default:
        return unexpected(p, at);
    }
}

static const char *read_chunk(parser *p, const char *at, const char *end)
{
    while (at && at < end) {
        switch (p->state) {
        case STATE_STRING:
            at = read_string(p, at, end);
            break;
        case STATE_ESCAPE:
            at = read_escape(p, at);
            break;
        case STATE_HEX:
            at = read_hex(p, at);
            break;
        case STATE_WORD:
            at = read_word(p, at, end);
            break;
        case STATE_NUMBER:
            at = read_number(p, at, end);
            break;
        default:
            at = read_between(p, at, end);
            break;
        }
    }
    return at;
}

static bool failed(const parser *p, error *err)
{
    if (err)
        *err = p->error;
    return false;
}

parser *shelflife_json_parser_new(shelflife_json_handler *handler, void *context, bool many)
{
    parser *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->handler = handler;
    p->context = context;
    p->many = many;
    shelflife_json_parser_reset(p);
    return p;
}

void shelflife_json_parser_free(parser *p)
{
    free(p);
}

void shelflife_json_parser_reset(parser *p)
{
    p->feeding = p->failed = false;
    p->state = p->many ? STATE_ANOTHER : STATE_VALUE;
    p->depth = 0;
    p->after = after_value(p);
    p->quiet = TELL;
    p->base = p->token = p->line_start = p->work = 0;
    p->line = 1;
    p->error.kind = SHELFLIFE_ERROR_NONE;
}

bool shelflife_json_parser_feed(parser *p, str chunk, error *err)
{
    if (p->failed)
        return failed(p, err);
    if (chunk.len == 0)
        return true;
    p->chunk = chunk.at;
    p->feeding = true;
    const char *at = read_chunk(p, chunk.at, chunk.at + chunk.len);
    p->feeding = false;
    p->work += chunk.len;
    if (!at)
        return failed(p, err);
    p->base += chunk.len;
    return true;
}

bool shelflife_json_parser_finish(parser *p, error *err)
{
    if (p->failed)
        return failed(p, err);
    if (p->state == STATE_NUMBER && number_whole[p->number]) { /* only the end of the text ends it */
        p->feeding = true;
        bool ok = p->depth > 0 || tell(p, SHELFLIFE_JSON_NUMBER, "", "", true);
        p->feeding = false;
        if (!ok)
            return failed(p, err);
        end_value(p);
    }
    if (p->state == STATE_DONE || p->state == STATE_GAP || p->state == STATE_ANOTHER)
        return true;
    char wanted[128];
    snprintf(wanted, sizeof(wanted), "expected %s", expected[p->state]);
    fail_at(p, p->base, SHELFLIFE_ERROR_INPUT, wanted, "the end of the text");
    return failed(p, err);
}

struct shelflife_json_position shelflife_json_parser_position(const parser *p)
{
    uint64_t offset = p->feeding ? p->token : p->base;
    return (struct shelflife_json_position){offset, p->line, offset - p->line_start + 1};
}

uint64_t shelflife_json_parser_work(const parser *p)
{
    return p->work;
}
