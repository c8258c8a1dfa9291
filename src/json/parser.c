#include <inttypes.h>
#include <stdio.h>

#include "shelflife/json.h"
#include "json/scan.h"

/* The position in the grammar between two bytes. */
enum state {
    STATE_VALUE,         /* a value must follow */
    STATE_ANOTHER,       /* with `many`: a value or the end of the text may follow */
    STATE_FIRST_ELEMENT, /* after "[" */
    STATE_FIRST_KEY,     /* after "{" */
    STATE_KEY,           /* after "," in a map */
    STATE_COLON,
    STATE_AFTER_ELEMENT,
    STATE_AFTER_ENTRY,
    STATE_DONE,
    STATE_GAP, /* with `many`: after a value, before the white space that must follow */
    /* Within a token that the end of a chunk has cut: */
    STATE_STRING,
    STATE_ESCAPE, /* after the backslash */
    STATE_HEX,
    STATE_WORD,
    STATE_NUMBER,
};

static const char *const expected[] = {
    [STATE_VALUE] = "expected a value",
    [STATE_ANOTHER] = "expected a value",
    [STATE_FIRST_ELEMENT] = "expected a value or \"]\"",
    [STATE_FIRST_KEY] = "expected a key in quotes or \"}\"",
    [STATE_KEY] = "expected a key in quotes",
    [STATE_COLON] = "expected \":\" after the key",
    [STATE_AFTER_ELEMENT] = "expected \",\" or \"]\"",
    [STATE_AFTER_ENTRY] = "expected \",\" or \"}\"",
    [STATE_DONE] = "expected nothing but white space after the value",
    [STATE_GAP] = "expected white space after the value",
    [STATE_STRING] = "expected the string to go on, with control characters escaped, to its closing quote",
    [STATE_ESCAPE] = "expected one of \"\\/bfnrtu after the backslash",
    [STATE_HEX] = "expected four hexadecimal digits after \\u",
    [STATE_WORD] = "expected true, false or null",
    [STATE_NUMBER] = "expected a digit",
};

/* The states within a number, and the transitions by class of byte. No digit may follow a leading zero. */
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

/* The value of a hexadecimal digit, with a bit that is set for digits only. */
static const unsigned char hex_value[256] = {
    ['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14, ['5'] = 0x15,
    ['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19, ['a'] = 0x1a, ['b'] = 0x1b,
    ['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e, ['f'] = 0x1f, ['A'] = 0x1a, ['B'] = 0x1b,
    ['C'] = 0x1c, ['D'] = 0x1d, ['E'] = 0x1e, ['F'] = 0x1f,
};

static const bool is_space[256] = {[' '] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true};

#define EMIT UINT32_MAX
#define COLD __attribute__((cold))
#define INLINE static inline __attribute__((always_inline))
enum { LEVELS_PER_WORD = 64, DECODED_MAX = 64 };

/* From an opening bracket to its closing one. */
enum { CLOSING = '}' - '{' };
_Static_assert('[' + CLOSING == ']', "for lists, too");

struct shelflife_json_parser {
    shelflife_json_handler *handler;
    void *context;
    bool many, feeding, failed;

    enum state state;
    uint32_t depth;
    uint64_t maps;  /* a bit for each of the innermost levels, set for maps; the lowest is the innermost; 0
                       outside */
    uint32_t quiet; /* no events until a value ends at this depth; EMIT: all events */

    enum shelflife_json_event event; /* of the string, key or word being read */
    const char *word;                /* the rest of true, false or null that must follow */
    enum number number;

    uint32_t unit; /* the \u escape being read, and the number of digits read */
    unsigned digits;
    uint32_t high; /* a high surrogate before its low one, or 0 */
    unsigned decoded_len;
    char decoded[DECODED_MAX]; /* of escapes, for the next fragment */

    struct shelflife_json_window window; /* on the chunk */
    const char *chunk;
    uint64_t base;  /* offset of the chunk's first byte */
    uint64_t token; /* offset of the event's token */
    uint64_t line, line_start;
    uint64_t work; /* bytes examined again, and all bytes of the chunks before */

    uint64_t outer[SHELFLIFE_JSON_DEPTH_MAX /
                   LEVELS_PER_WORD]; /* the earlier values of `maps`, each from when it was full */
    error error;
};

typedef struct shelflife_json_parser parser;

static uint64_t offset_of(const parser *p, const char *at)
{
    return p->base + (uint64_t)(at - p->chunk);
}

/* The functions that read take the address of the next byte, and return the address after what they read, or
 * NULL on an error. */

COLD static const char *fail_at(parser *p, uint64_t offset, enum shelflife_error_kind kind,
                                const char *wanted, const char *found)
{
    p->failed = true;
    p->base = offset;
    shelflife_fail(&p->error, kind, "line %" PRIu64 ", column %" PRIu64 " (byte offset %" PRIu64 "): %s%s",
                   p->line, offset - p->line_start + 1, offset, wanted, found);
    return NULL;
}

COLD static const char *unexpected(parser *p, const char *at)
{
    unsigned char c = (unsigned char)*at;
    char found[32];
    if (c > 0x20 && c < 0x7f)
        snprintf(found, sizeof(found), ", found \"%c\"", c);
    else
        snprintf(found, sizeof(found), ", found byte 0x%02x", c);
    return fail_at(p, offset_of(p, at), SHELFLIFE_ERROR_INPUT, expected[p->state], found);
}

COLD static const char *too_deep(parser *p, const char *at)
{
    char levels[32];
    snprintf(levels, sizeof(levels), "%d levels", SHELFLIFE_JSON_DEPTH_MAX);
    return fail_at(p, offset_of(p, at), SHELFLIFE_ERROR_LIMIT, "nested deeper than the limit of ", levels);
}

static bool answer(parser *p, enum shelflife_json_next next)
{
    if (next == SHELFLIFE_JSON_SKIP) {
        /* Starts are reported before they change the depth, and ends afterwards, so that each event's value
         * ends at the current depth. */
        p->quiet = p->depth;
        return true;
    }
    p->failed = true;
    p->base = p->token;
    if (p->error.kind == SHELFLIFE_ERROR_NONE)
        shelflife_fail(&p->error, SHELFLIFE_ERROR_INPUT, "reading the JSON text was stopped");
    return false;
}

static inline bool emit(parser *p, enum shelflife_json_event event, str text, bool last)
{
    if (p->quiet != EMIT)
        return true;
    enum shelflife_json_next next = p->handler(p->context, event, text, last, &p->error);
    return next == SHELFLIFE_JSON_CONTINUE || answer(p, next);
}

static inline str between(const char *at, const char *end)
{
    return (str){at, (size_t)(end - at)};
}

/* After a value. */
static inline void end_value(parser *p)
{
    if (p->depth == p->quiet)
        p->quiet = EMIT;
    if (p->depth == 0)
        p->state = p->many ? STATE_GAP : STATE_DONE;
    else
        p->state = p->maps & 1 ? STATE_AFTER_ENTRY : STATE_AFTER_ELEMENT;
}

/* UTF-8, extended to surrogates. */
static bool decode(parser *p, uint32_t c)
{
    if (p->decoded_len + 4 > DECODED_MAX) {
        unsigned len = p->decoded_len;
        p->decoded_len = 0;
        if (!emit(p, p->event, (str){p->decoded, len}, false))
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
    if (p->quiet != EMIT)
        return true;
    if (!p->high && unit < 0x80)
        return decode(p, unit);
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

/* Reports the decoded escapes as a fragment. */
static bool emit_decoded(parser *p, bool last)
{
    if (!decode_lone_high(p))
        return false;
    unsigned len = p->decoded_len;
    p->decoded_len = 0;
    return emit(p, p->event, (str){p->decoded, len}, last);
}

static const char *end_string(parser *p, const char *at, const char *quote)
{
    bool escaped = p->decoded_len || p->high;
    if (escaped && !emit_decoded(p, at == quote))
        return NULL;
    if ((!escaped || at < quote) && !emit(p, p->event, between(at, quote), true))
        return NULL;
    if (p->event == SHELFLIFE_JSON_KEY)
        p->state = STATE_COLON;
    else
        end_value(p);
    return quote + 1;
}

/* Skips plain bytes and complete escapes of a string that is not reported. */
INLINE const char *pass_string(struct shelflife_json_window *w, const char *at, const char *end)
{
    for (;;) {
        at = shelflife_json_scan_read(w, at, end);
        if (end - at < 2 || *at != '\\')
            return at;
        if (escapes[(unsigned char)at[1]])
            at += 2;
        else if (at[1] == 'u' && end - at >= 6 && hex_value[(unsigned char)at[2]] &&
                 hex_value[(unsigned char)at[3]] && hex_value[(unsigned char)at[4]] &&
                 hex_value[(unsigned char)at[5]])
            at += 6;
        else
            return at;
    }
}

/* Whether a string that is not reported and has escapes ends within the chunk; *at is then its end. */
INLINE bool pass_quietly(struct shelflife_json_window *w, const char **at, const char *end, uint32_t quiet)
{
    if (quiet != EMIT)
        *at = pass_string(w, *at, end);
    return *at < end && **at == '"';
}

static const char *read_string(parser *p, const char *at, const char *end)
{
    struct shelflife_json_window *w = &p->window;
    const char *stop = p->quiet == EMIT ? shelflife_json_scan_read(w, at, end) : pass_string(w, at, end);
    if (stop < end && *stop == '"')
        return end_string(p, at, stop);
    if (stop > at) {
        if ((p->decoded_len || p->high) && !emit_decoded(p, false))
            return NULL;
        if (!emit(p, p->event, between(at, stop), false))
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

static const char *end_escape(parser *p, const char *at, const char *end, uint32_t unit)
{
    if (!decode_unit(p, unit))
        return NULL;
    bool again = at < end && *at == '\\'; /* escapes often follow each other, so no scan for one byte */
    p->state = again ? STATE_ESCAPE : STATE_STRING;
    return at + again;
}

static const char *read_hex(parser *p, const char *at, const char *end)
{
    uint32_t unit = p->unit;
    unsigned digits = p->digits;
    for (; digits < 4 && at < end; digits++, at++) {
        unsigned char value = hex_value[(unsigned char)*at];
        if (value == 0)
            return unexpected(p, at);
        unit = unit << 4 | (value & 0xf);
    }
    p->unit = unit;
    p->digits = digits;
    return digits < 4 ? at : end_escape(p, at, end, unit);
}

static const char *read_escape(parser *p, const char *at, const char *end)
{
    char c = escapes[(unsigned char)*at];
    if (c)
        return end_escape(p, at + 1, end, (unsigned char)c);
    if (*at != 'u')
        return unexpected(p, at);
    p->state = STATE_HEX;
    p->unit = 0;
    p->digits = 0;
    return read_hex(p, at + 1, end);
}

static const char *read_word(parser *p, const char *at, const char *end)
{
    for (; *p->word; p->word++, at++) {
        if (at == end)
            return end;
        if (*at != *p->word)
            return unexpected(p, at);
    }
    if (!emit(p, p->event, (str){NULL, 0}, true))
        return NULL;
    end_value(p);
    return at;
}

/* After the number. */
static inline const char *pass_number(parser *p, const char *at, const char *end)
{
    enum number number = p->number, next;
    while (at < end && (next = number_next[number][number_class[(unsigned char)*at]])) {
        number = next;
        at++;
    }
    p->number = number;
    return at;
}

static const char *read_number(parser *p, const char *at, const char *end)
{
    const char *start = at;
    at = pass_number(p, at, end);
    if (at == end)
        return emit(p, SHELFLIFE_JSON_NUMBER, between(start, at), false) ? at : NULL;
    p->work++; /* the byte after it */
    if (!number_whole[p->number])
        return unexpected(p, at);
    if (!emit(p, SHELFLIFE_JSON_NUMBER, between(start, at), true))
        return NULL;
    end_value(p);
    return at;
}

/* A byte that begins no token here: white space, or an error. */
static const char *read_other(parser *p, const char *at, const char *end)
{
    if (!is_space[(unsigned char)*at])
        return unexpected(p, at);
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

/* Reports a token unless it is skipped. Sets *quiet for what follows. */
INLINE bool emit_token(parser *p, const char *at, uint32_t depth, enum shelflife_json_event event, str text,
                       uint32_t *quiet)
{
    if (*quiet != EMIT)
        return true;
    p->token = offset_of(p, at);
    p->depth = depth;
    bool ok = emit(p, event, text, true);
    *quiet = p->quiet;
    return ok;
}

/*
 * The fast path: reads what is between tokens, and tokens that lie within the chunk and have no escapes (or
 * are skipped). Leaves all others to read_chunk(). The state is a place in the code, and the other variables
 * are in registers.
 */
static const char *read_tokens(parser *p, const char *at, const char *end)
{
    struct shelflife_json_window window = p->window;
    enum state state = p->state;
    uint32_t depth = p->depth, quiet = p->quiet;
    uint64_t maps = p->maps;
    const char *start = at;
    bool map;
again:
    switch (state) {
    case STATE_FIRST_KEY:
        goto first_key;
    case STATE_KEY:
        goto key;
    case STATE_COLON:
        goto colon;
    case STATE_FIRST_ELEMENT:
        goto first_element;
    case STATE_VALUE:
    case STATE_ANOTHER:
        goto value;
    case STATE_AFTER_ENTRY:
        goto after_entry;
    case STATE_AFTER_ELEMENT:
        goto after_element;
    default:
        goto other; /* after the last value */
    }

first_key:
    state = STATE_FIRST_KEY;
    if (at < end && *at == '}')
        goto level_ends;
key:
    if (at == end || *at != '"')
        goto other;
    start = at++;
    at = shelflife_json_scan_read(&window, at, end);
    if ((at == end || *at != '"') && !pass_quietly(&window, &at, end, quiet)) {
        p->event = SHELFLIFE_JSON_KEY;
        goto in_string;
    }
    if (!emit_token(p, start, depth, SHELFLIFE_JSON_KEY, between(start + 1, at), &quiet))
        return NULL;
    at++;
    state = STATE_COLON;
colon:
    if (at == end || *at != ':')
        goto other;
    at++;
    state = STATE_VALUE;
    goto value;

first_element:
    state = STATE_FIRST_ELEMENT;
    if (at < end && *at == ']')
        goto level_ends;
value:
    if (at == end)
        goto leave;
    if (*at == '{' || *at == '[')
        goto level_starts;
    start = at;
    switch (*at) {
    case '"':
        at++;
        at = shelflife_json_scan_read(&window, at, end);
        if ((at == end || *at != '"') && !pass_quietly(&window, &at, end, quiet)) {
            p->event = SHELFLIFE_JSON_STRING;
            goto in_string;
        }
        if (!emit_token(p, start, depth, SHELFLIFE_JSON_STRING, between(start + 1, at), &quiet))
            return NULL;
        at++;
        goto value_ended;
    case 't':
        p->event = SHELFLIFE_JSON_TRUE;
        p->word = "true";
        goto in_word;
    case 'f':
        p->event = SHELFLIFE_JSON_FALSE;
        p->word = "false";
        goto in_word;
    case 'n':
        p->event = SHELFLIFE_JSON_NULL;
        p->word = "null";
        goto in_word;
    default:
        if (!number_next[NUMBER_END][number_class[(unsigned char)*at]])
            goto other;
        p->number = NUMBER_END;
        at = pass_number(p, at, end);
        if (at == end || !number_whole[p->number])
            goto in_number;
        p->work++; /* the byte after it */
        if (!emit_token(p, start, depth, SHELFLIFE_JSON_NUMBER, between(start, at), &quiet))
            return NULL;
        goto value_ended;
    }

level_starts:
    if (depth == SHELFLIFE_JSON_DEPTH_MAX)
        return too_deep(p, at);
    if (quiet != EMIT && end - at > 1 && at[1] == at[0] + CLOSING) { /* it is empty, as many are */
        at += 2;
        goto value_ended;
    }
    map = *at == '{';
    if (!emit_token(p, at, depth, map ? SHELFLIFE_JSON_MAP_START : SHELFLIFE_JSON_ARRAY_START, (str){NULL, 0},
                    &quiet))
        return NULL;
    if (depth % LEVELS_PER_WORD == 0)
        p->outer[depth / LEVELS_PER_WORD] = maps;
    maps = maps << 1 | map;
    depth++;
    at++;
    if (map)
        goto first_key;
    goto first_element;

level_ends:
    map = maps & 1;
    depth--;
    maps = depth % LEVELS_PER_WORD == 0 ? p->outer[depth / LEVELS_PER_WORD] : maps >> 1;
    if (!emit_token(p, at, depth, map ? SHELFLIFE_JSON_MAP_END : SHELFLIFE_JSON_ARRAY_END, (str){NULL, 0},
                    &quiet))
        return NULL;
    at++;

value_ended:
    if (depth == quiet)
        quiet = p->quiet = EMIT;
    if (!(maps & 1)) {
        if (depth > 0)
            goto after_element;
        state = p->many ? STATE_GAP : STATE_DONE;
        goto other;
    }
after_entry:
    state = STATE_AFTER_ENTRY;
    if (at == end)
        goto leave;
    if (*at == '}')
        goto level_ends;
    if (*at != ',')
        goto other;
    at++;
    state = STATE_KEY;
    goto key;
after_element:
    state = STATE_AFTER_ELEMENT;
    if (at == end)
        goto leave;
    if (*at == ']')
        goto level_ends;
    if (*at != ',')
        goto other;
    at++;
    state = STATE_VALUE;
    goto value;

other: /* white space, or an error */
    if (at == end)
        goto leave;
    p->state = state;
    at = read_other(p, at, end);
    if (!at)
        return NULL;
    state = p->state;
    goto again;

in_string:
    p->token = offset_of(p, start);
    p->decoded_len = 0;
    p->high = 0;
    p->depth = depth;
    if (at > start + 1 && !emit(p, p->event, between(start + 1, at), false))
        return NULL;
    state = STATE_STRING;
    goto leave;
in_word:
    p->token = offset_of(p, start);
    state = STATE_WORD;
    goto leave;
in_number:
    p->token = offset_of(p, start);
    p->work += (uint64_t)(at - start); /* read_number() starts over */
    p->number = NUMBER_END;
    at = start;
    state = STATE_NUMBER;
leave:
    p->state = state;
    p->depth = depth;
    p->maps = maps;
    p->window = window;
    return at;
}

static const char *read_chunk(parser *p, const char *at, const char *end)
{
    while (at && at < end) {
        switch (p->state) {
        case STATE_STRING:
            at = read_string(p, at, end);
            break;
        case STATE_ESCAPE:
            at = read_escape(p, at, end);
            break;
        case STATE_HEX:
            at = read_hex(p, at, end);
            break;
        case STATE_WORD:
            at = read_word(p, at, end);
            break;
        case STATE_NUMBER:
            at = read_number(p, at, end);
            break;
        default:
            at = read_tokens(p, at, end);
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
    parser *p = shelflife_calloc(1, sizeof(*p));
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
    shelflife_free(p);
}

size_t shelflife_json_parser_memory(const parser *p)
{
    return sizeof(*p);
}

void shelflife_json_parser_reset(parser *p)
{
    p->feeding = p->failed = false;
    p->state = p->many ? STATE_ANOTHER : STATE_VALUE;
    p->depth = 0;
    p->maps = 0;
    p->quiet = EMIT;
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
    shelflife_json_look(&p->window, chunk.at, chunk.at + chunk.len);
    p->feeding = true;
    const char *at = read_chunk(p, chunk.at, chunk.at + chunk.len);
    p->feeding = false;
    p->work += 2 * chunk.len; /* by the window and by the states */
    if (!at)
        return failed(p, err);
    p->base += chunk.len;
    return true;
}

bool shelflife_json_parser_finish(parser *p, error *err)
{
    if (p->failed)
        return failed(p, err);
    if (p->state == STATE_NUMBER && number_whole[p->number]) { /* only the end of the text ends a number */
        p->feeding = true;
        bool ok = p->depth > 0 || emit(p, SHELFLIFE_JSON_NUMBER, STR(""), true);
        p->feeding = false;
        if (!ok)
            return failed(p, err);
        end_value(p);
    }
    if (p->state == STATE_DONE || p->state == STATE_GAP || p->state == STATE_ANOTHER)
        return true;
    fail_at(p, p->base, SHELFLIFE_ERROR_INPUT, expected[p->state], ", found the end of the text");
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
