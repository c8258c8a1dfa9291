/*
 * A growing byte buffer with a limit. Writing never fails loudly: once something did not fit, or memory
 * ran out, the buffer is `failed`, keeps what it had, and takes no more; ask once at the end.
 */
#ifndef SHELFLIFE_BUFFER_H
#define SHELFLIFE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "shelflife/export.h"
#include "shelflife/str.h"

SHELFLIFE_BEGIN_DECLS

struct shelflife_buffer {
    char *at; /* owned; len bytes are valid, no NUL behind them */
    size_t len, capacity, limit;
    bool failed;
};

SHELFLIFE_API void shelflife_buffer_init(struct shelflife_buffer *b, size_t limit);
SHELFLIFE_API void shelflife_buffer_append(struct shelflife_buffer *b, struct shelflife_str s);
SHELFLIFE_API void shelflife_buffer_byte(struct shelflife_buffer *b, char c);
SHELFLIFE_API void shelflife_buffer_format(struct shelflife_buffer *b, const char *format, ...)
    SHELFLIFE_PRINTF(2, 3);

/* Room for n more bytes at at + len, without changing len: false if it did not fit. */
SHELFLIFE_API bool shelflife_buffer_reserve(struct shelflife_buffer *b, size_t n);

SHELFLIFE_API struct shelflife_str shelflife_buffer_str(const struct shelflife_buffer *b);

/* Empties it, keeps the memory, clears `failed`. */
SHELFLIFE_API void shelflife_buffer_reset(struct shelflife_buffer *b);

/* Gives the memory back. */
SHELFLIFE_API void shelflife_buffer_free(struct shelflife_buffer *b);

SHELFLIFE_END_DECLS

#endif
