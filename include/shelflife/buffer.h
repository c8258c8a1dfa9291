/*
 * A byte buffer that grows up to a limit. The functions that append have no return value: when something does
 * not fit or memory runs out, the buffer keeps its content, sets `failed`, and ignores all further calls.
 * Check `failed` once at the end.
 */
#ifndef SHELFLIFE_BUFFER_H
#define SHELFLIFE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "shelflife/export.h"
#include "shelflife/str.h"

SHELFLIFE_BEGIN_DECLS

struct shelflife_buffer {
    char *at; /* owned by the buffer; the content is not NUL-terminated */
    size_t len, capacity, limit;
    bool failed;
    bool secret; /* set after init: memory is overwritten before it is given back */
};

/* Initializes an empty buffer of at most `limit` bytes. Allocates nothing yet. */
SHELFLIFE_API void shelflife_buffer_init(struct shelflife_buffer *b, size_t limit);
SHELFLIFE_API void shelflife_buffer_append(struct shelflife_buffer *b, struct shelflife_str s);
SHELFLIFE_API void shelflife_buffer_byte(struct shelflife_buffer *b, char c);
SHELFLIFE_API void shelflife_buffer_format(struct shelflife_buffer *b, const char *format, ...)
    SHELFLIFE_PRINTF(2, 3);

/* Makes room for n bytes at b->at + b->len, which the caller may fill before adding to b->len. Returns false
   if they do not fit. */
SHELFLIFE_API bool shelflife_buffer_reserve(struct shelflife_buffer *b, size_t n);

/* The content. Valid until the next call that changes the buffer. */
SHELFLIFE_API struct shelflife_str shelflife_buffer_str(const struct shelflife_buffer *b);

/* Empties the buffer and clears `failed`, but keeps the memory. */
SHELFLIFE_API void shelflife_buffer_reset(struct shelflife_buffer *b);

/* Releases the memory. The buffer is then empty and can be used again. */
SHELFLIFE_API void shelflife_buffer_free(struct shelflife_buffer *b);

SHELFLIFE_END_DECLS

#endif
