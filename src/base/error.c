#include "base/base.h"

#include <stdio.h>

/* Input ends up in error texts: what would confuse a terminal or break a log line is shown as "?". */
static void scrub(char *text)
{
    str s = shelflife_str_of(text);
    size_t i = 0, out = 0;
    while (i < s.len) {
        size_t start = i;
        uint32_t c = shelflife_utf8_next(s, &i);
        bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xffffffff || c == 0x2028 || c == 0x2029;
        if (control) {
            text[out++] = '?';
        } else {
            memmove(text + out, text + start, i - start);
            out += i - start;
        }
    }
    text[out] = '\0';
}

static void finish(error *err, enum shelflife_error_kind kind)
{
    err->kind = kind;
    scrub(err->text);
    /* vsnprintf may have cut in the middle of a character; scrub() made its bytes "?", which is enough. */
}

bool shelflife_fail(error *err, enum shelflife_error_kind kind, const char *format, ...)
{
    if (!err)
        return false;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    finish(err, kind);
    return false;
}

bool shelflife_fail_memory(error *err)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_MEMORY, "out of memory");
}

/* Appends what fits; `used` bytes are taken, and a NUL. */
static void append(char text[SHELFLIFE_ERROR_TEXT_MAX], size_t *used, str s)
{
    size_t room = SHELFLIFE_ERROR_TEXT_MAX - 1 - *used;
    size_t n = s.len < room ? s.len : room;
    memcpy(text + *used, s.at, n);
    *used += n;
    text[*used] = '\0';
}

bool shelflife_error_prefix(error *err, const char *format, ...)
{
    if (!err)
        return false;
    char old[SHELFLIFE_ERROR_TEXT_MAX];
    memcpy(old, err->text, sizeof(old));
    va_list args;
    va_start(args, format);
    int n = vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n < sizeof(err->text) ? (size_t)n : sizeof(err->text) - 1;
    append(err->text, &used, STR(": "));
    append(err->text, &used, shelflife_str_of(old));
    finish(err, err->kind);
    return false;
}
