#include <assert.h>

#include "base/printable.h"
#include "shelflife/json.h"
#include "json/scan.h"
#include "json/words.h"

typedef struct shelflife_json_writer writer;

enum { UNIT = 6, ESCAPE_MAX = 2 * UNIT }; /* \u0000, and a pair of them above U+FFFF */

static bool in_map(const writer *w)
{
    return w->depth > 0 && w->map_bits >> (w->depth - 1) & 1;
}

/* A value comes. Returns the comma before it, or 0 for the first one. */
static char comma_before(writer *w)
{
    assert(w->key == in_map(w));
    assert(w->depth > 0 || !w->comma);
    char comma = w->comma ? ',' : 0;
    w->comma = true;
    w->key = false;
    return comma;
}

static void begin_value(writer *w)
{
    if (comma_before(w))
        shelflife_buffer_byte(w->out, ',');
}

static void begin_level(writer *w, bool map)
{
    begin_value(w);
    assert(w->depth < SHELFLIFE_JSON_WRITER_DEPTH_MAX);
    if (w->depth == SHELFLIFE_JSON_WRITER_DEPTH_MAX) {
        w->out->failed = true;
        return;
    }
    uint64_t bit = UINT64_C(1) << w->depth++;
    w->map_bits = map ? w->map_bits | bit : w->map_bits & ~bit;
    w->comma = false;
    shelflife_buffer_byte(w->out, map ? '{' : '[');
}

static void append_unit(uint32_t unit, char text[static UNIT])
{
    static const char hex[] = "0123456789abcdef";
    text[0] = '\\';
    text[1] = 'u';
    for (int i = 0; i < 4; i++)
        text[2 + i] = hex[unit >> (12 - 4 * i) & 0xf];
}

/* The escape for a character, or an absent string if it is written unchanged. Escaped are also characters
   that are not shown as themselves: JSON is read on terminals, too. */
static str escape(uint32_t c, char text[static ESCAPE_MAX])
{
    static const char letters[] = {
        ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    if (c < sizeof(letters) && letters[c]) {
        text[0] = '\\';
        text[1] = letters[c];
        return (str){text, 2};
    }
    if (!shelflife_printable_is_hidden(c))
        return (str){NULL, 0};
    if (c <= 0xffff) {
        append_unit(c, text);
        return (str){text, UNIT};
    }
    append_unit(0xd800 + ((c - 0x10000) >> 10), text);
    append_unit(0xdc00 + ((c - 0x10000) & 0x3ff), text + UNIT);
    return (str){text, ESCAPE_MAX};
}

static void append_run(buffer *out, const char *from, const char *to)
{
    shelflife_buffer_append(out, (str){from, (size_t)(to - from)});
}

/* Writes the text between the quotes, from the first byte that may need an escape. */
static void append_escaped(buffer *out, str s, size_t first)
{
    const char *run = s.at;
    for (size_t i = first; i < s.len;) {
        size_t start = i;
        char text[ESCAPE_MAX];
        uint32_t c = shelflife_utf8_next(s, &i);
        str instead = c == 0xffffffff ? STR("\xef\xbf\xbd") : escape(c, text);
        if (instead.len) {
            append_run(out, run, s.at + start);
            shelflife_buffer_append(out, instead);
            run = s.at + i;
        }
        i = (size_t)(shelflife_json_scan_write(s.at + i, s.at + s.len) - s.at);
    }
    append_run(out, run, s.at + s.len);
}

static void append_byte(buffer *out, char c)
{
    if (c)
        shelflife_buffer_byte(out, c);
}

/* Writes s in quotes, between two bytes that may be 0: then there is none. */
static inline void append_string(buffer *out, char before, str s, char after)
{
    size_t plain = s.len ? (size_t)(shelflife_json_scan_write(s.at, s.at + s.len) - s.at) : 0;
    size_t around = 2 + (before ? 1U : 0) + (after ? 1U : 0);
    if (plain < s.len) {
        append_byte(out, before);
        shelflife_buffer_byte(out, '"');
        append_escaped(out, s, plain);
        shelflife_buffer_byte(out, '"');
        append_byte(out, after);
        return;
    }
    if (s.len > SIZE_MAX - around || !shelflife_buffer_reserve(out, s.len + around)) {
        out->failed = true;
        return;
    }
    char *at = out->at + out->len;
    if (before)
        *at++ = before;
    *at++ = '"';
    at = shelflife_copy(at, s.at, s.len);
    *at++ = '"';
    if (after)
        *at++ = after;
    out->len += s.len + around;
}

void shelflife_json_append_string(buffer *out, str s)
{
    append_string(out, 0, s, 0);
}

void shelflife_json_writer_init(writer *w, buffer *out)
{
    *w = (writer){.out = out};
}

void shelflife_json_write_map(writer *w)
{
    begin_level(w, true);
}

void shelflife_json_write_array(writer *w)
{
    begin_level(w, false);
}

void shelflife_json_write_end(writer *w)
{
    assert(w->depth > 0 && !w->key);
    if (w->depth == 0) {
        w->out->failed = true;
        return;
    }
    shelflife_buffer_byte(w->out, in_map(w) ? '}' : ']');
    w->depth--;
    w->comma = true;
}

void shelflife_json_write_key(writer *w, str key)
{
    assert(in_map(w) && !w->key);
    append_string(w->out, w->comma ? ',' : 0, key, ':');
    w->comma = false;
    w->key = true;
}

void shelflife_json_write_string(writer *w, str s)
{
    append_string(w->out, comma_before(w), s, 0);
}

void shelflife_json_write_integer(writer *w, int64_t n)
{
    char digits[24], *at = digits + sizeof(digits);
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        *--at = (char)('0' + rest % 10);
    } while (rest /= 10);
    if (n < 0)
        *--at = '-';
    begin_value(w);
    append_run(w->out, at, digits + sizeof(digits));
}

void shelflife_json_write_bool(writer *w, bool b)
{
    begin_value(w);
    shelflife_buffer_append(w->out, b ? STR("true") : STR("false"));
}

void shelflife_json_write_null(writer *w)
{
    begin_value(w);
    shelflife_buffer_append(w->out, STR("null"));
}

void shelflife_json_write_raw(writer *w, str json)
{
    begin_value(w);
    shelflife_buffer_append(w->out, json);
}

static void write_key(writer *w, const char *key)
{
    shelflife_json_write_key(w, shelflife_str_of(key));
}

void shelflife_json_member_string(writer *w, const char *key, str value)
{
    write_key(w, key);
    shelflife_json_write_string(w, value);
}

void shelflife_json_member_text(writer *w, const char *key, const char *value)
{
    shelflife_json_member_string(w, key, shelflife_str_of(value));
}

void shelflife_json_member_integer(writer *w, const char *key, int64_t n)
{
    write_key(w, key);
    shelflife_json_write_integer(w, n);
}

void shelflife_json_member_count(writer *w, const char *key, uint64_t n)
{
    shelflife_json_member_integer(w, key, n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

void shelflife_json_member_bool(writer *w, const char *key, bool b)
{
    write_key(w, key);
    shelflife_json_write_bool(w, b);
}

void shelflife_json_member_null(writer *w, const char *key)
{
    write_key(w, key);
    shelflife_json_write_null(w);
}

void shelflife_json_member_optional(writer *w, const char *key, str value)
{
    if (value.len)
        shelflife_json_member_string(w, key, value);
}

void shelflife_json_member_nullable(writer *w, const char *key, str value)
{
    if (value.len)
        shelflife_json_member_string(w, key, value);
    else
        shelflife_json_member_null(w, key);
}

void shelflife_json_member_day(writer *w, const char *key, shelflife_day day)
{
    char text[SHELFLIFE_DAY_TEXT_MAX];
    shelflife_json_member_nullable(w, key, shelflife_str_of(shelflife_day_format(day, text)));
}

void shelflife_json_member_optional_day(writer *w, const char *key, shelflife_day day)
{
    if (day != SHELFLIFE_DAY_NONE)
        shelflife_json_member_day(w, key, day);
}

void shelflife_json_member_map(writer *w, const char *key)
{
    write_key(w, key);
    shelflife_json_write_map(w);
}

void shelflife_json_member_array(writer *w, const char *key)
{
    write_key(w, key);
    shelflife_json_write_array(w);
}
