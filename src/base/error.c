#include <stdio.h>

#include "base/printable.h"

/* Error texts quote input, so they are made safe to print. They own no memory: the output goes into the
   array in place, which it fits, as no character gets longer. */
static void finish(error *err, enum shelflife_error_kind kind)
{
    char raw[SHELFLIFE_ERROR_TEXT_MAX];
    size_t room = sizeof(err->text) - 1;
    memcpy(raw, err->text, sizeof(raw));
    buffer text = {.at = err->text, .capacity = room, .limit = room};
    shelflife_printable_append(shelflife_str_of(raw), room, &text);
    err->text[text.len] = '\0';
    err->kind = kind;
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

/* Appends what fits after the first `used` bytes, and a NUL. */
static void append(char text[SHELFLIFE_ERROR_TEXT_MAX], size_t *used, str s)
{
    size_t room = SHELFLIFE_ERROR_TEXT_MAX - 1 - *used;
    size_t n = s.len < room ? s.len : room;
    shelflife_copy(text + *used, s.at, n);
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
