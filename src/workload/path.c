#include "workload/path.h"

#include "shelflife/workload.h"
#include "workload/pattern.h"

#define ELLIPSIS STR("\xe2\x80\xa6")
#define REPLACEMENT STR("\xef\xbf\xbd")

enum { HALF = (SHELFLIFE_PATH_MAX - 3) / 2 };

/* Invalid bytes become U+FFFD. */
static void append_clean(buffer *b, str s)
{
    for (size_t i = 0; i < s.len;) {
        size_t start = i;
        bool valid = shelflife_utf8_next(s, &i) != 0xffffffff;
        shelflife_buffer_append(b, valid ? (str){s.at + start, i - start} : REPLACEMENT);
    }
}

static void append_quoted(buffer *b, str key)
{
    for (size_t i = 0; i < key.len;) {
        size_t start = i;
        uint32_t c = shelflife_utf8_next(key, &i);
        if (c == '"' || c == '\\')
            shelflife_buffer_byte(b, '\\');
        if (c < ' ' || c == 0x7f)
            shelflife_buffer_format(b, "\\u%04x", (unsigned)c);
        else
            shelflife_buffer_append(b, c == 0xffffffff ? REPLACEMENT : (str){key.at + start, i - start});
    }
}

static void append_index(buffer *b, size_t index)
{
    char text[24], *at = text + sizeof(text);
    *--at = ']';
    do {
        *--at = (char)('0' + index % 10);
    } while (index /= 10);
    *--at = '[';
    shelflife_buffer_append(b, (str){at, (size_t)(text + sizeof(text) - at)});
}

static void append_plain(buffer *b, str key, bool first)
{
    if (!shelflife_buffer_reserve(b, key.len + 1))
        return;
    char *at = b->at + b->len;
    if (!first)
        *at++ = '.';
    shelflife_copy(at, key.at, key.len);
    b->len += key.len + !first;
}

static void append_place(buffer *b, const struct shelflife_workload_place *place, const char *keys,
                         bool first)
{
    if (place->is_array) {
        append_index(b, place->index);
        return;
    }
    str key = {keys + place->key_at, place->key_len};
    if (!place->key_cut && shelflife_workload_pattern_is_plain(key)) {
        append_plain(b, key, first);
        return;
    }
    shelflife_buffer_append(b, STR("[\""));
    /* Leave out the last byte, to find where the last character ends. */
    append_quoted(b, place->key_cut ? shelflife_str_first(key, shelflife_utf8_cut(key, key.len - 1)) : key);
    if (place->key_cut)
        shelflife_buffer_append(b, ELLIPSIS);
    shelflife_buffer_append(b, STR("\"]"));
}

static bool finish(const buffer *scratch, str text, arena *a, str *out, error *err)
{
    if (scratch->failed)
        return shelflife_fail_memory(err);
    return shelflife_arena_copy(a, text, out) || shelflife_arena_fail(a, err);
}

/* Joins the beginning of the first part of the text and the end of the second. */
static bool finish_cut(const buffer *scratch, size_t split, arena *a, str *out, error *err)
{
    char text[SHELFLIFE_PATH_MAX];
    if (scratch->failed)
        return shelflife_fail_memory(err);
    str head = shelflife_str_first(shelflife_buffer_str(scratch), split);
    str tail = shelflife_str_after(shelflife_buffer_str(scratch), split);
    size_t len = shelflife_utf8_cut(head, HALF);
    shelflife_copy(text, head.at, len);
    shelflife_copy(text + len, ELLIPSIS.at, ELLIPSIS.len);
    len += ELLIPSIS.len;
    if (tail.len > HALF)
        tail = shelflife_str_after(tail, tail.len - HALF);
    while (tail.len && ((unsigned char)tail.at[0] & 0xc0) == 0x80)
        tail = shelflife_str_after(tail, 1);
    shelflife_copy(text + len, tail.at, tail.len);
    return finish(scratch, (str){text, len + tail.len}, a, out, err);
}

bool shelflife_workload_path_write(const struct shelflife_workload_place *places, size_t count,
                                   const char *keys, buffer *scratch, arena *a, str *out, error *err)
{
    size_t i = 0, tail = count, enough = 0;
    shelflife_buffer_reset(scratch);
    for (; i < count && scratch->len <= SHELFLIFE_PATH_MAX; i++)
        append_place(scratch, &places[i], keys, i == 0);
    if (scratch->len <= SHELFLIFE_PATH_MAX)
        return finish(scratch, shelflife_buffer_str(scratch), a, out, err);
    /* A level needs at least this many bytes. */
    while (tail > 0 && enough < HALF) {
        tail--;
        enough += places[tail].is_array ? STR("[0]").len : (size_t)places[tail].key_len + (tail > 0);
    }
    size_t split = scratch->len;
    for (i = tail; i < count; i++)
        append_place(scratch, &places[i], keys, i == 0);
    return finish_cut(scratch, split, a, out, err);
}

bool shelflife_workload_path_keep(str text, buffer *scratch, arena *a, str *out, error *err)
{
    if (text.len <= SHELFLIFE_PATH_MAX && shelflife_str_is_utf8(text))
        return shelflife_arena_copy(a, text, out) || shelflife_arena_fail(a, err);
    shelflife_buffer_reset(scratch);
    append_clean(scratch, shelflife_str_first(text, shelflife_utf8_cut(text, SHELFLIFE_PATH_MAX)));
    if (text.len <= SHELFLIFE_PATH_MAX && scratch->len <= SHELFLIFE_PATH_MAX)
        return finish(scratch, shelflife_buffer_str(scratch), a, out, err);
    size_t split = scratch->len;
    str tail = text;
    if (text.len > SHELFLIFE_PATH_MAX)
        tail = shelflife_str_after(text, text.len - SHELFLIFE_PATH_MAX);
    while (tail.len && ((unsigned char)tail.at[0] & 0xc0) == 0x80)
        tail = shelflife_str_after(tail, 1);
    append_clean(scratch, tail);
    return finish_cut(scratch, split, a, out, err);
}
