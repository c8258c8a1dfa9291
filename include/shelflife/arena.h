/*
 * An arena allocates memory that is released all at once. Allocating is fast, and there is nothing to free
 * one by one. An arena has a limit, so that no input can make it grow without bound. If the limit is reached
 * or memory runs out, an allocation returns NULL, and shelflife_arena_fail() reports which of the two it was.
 */
#ifndef SHELFLIFE_ARENA_H
#define SHELFLIFE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "shelflife/error.h"
#include "shelflife/str.h"

SHELFLIFE_BEGIN_DECLS

struct shelflife_arena_block;

struct shelflife_arena {
    struct shelflife_arena_block *block; /* the newest */
    size_t used;                         /* bytes allocated since the last reset */
    size_t limit;                        /* bytes that may be allocated */
    bool limited;                        /* the last allocation failed because of the limit */
    bool secret;                         /* set after init: memory is overwritten before it is freed */
};

/* Initializes an arena that may allocate up to `limit` bytes. Allocates nothing yet. */
SHELFLIFE_API void shelflife_arena_init(struct shelflife_arena *arena, size_t limit);

/* Allocates `size` bytes, zeroed and aligned for any type. With size 0 it returns a valid pointer. */
SHELFLIFE_API void *shelflife_arena_alloc(struct shelflife_arena *arena, size_t size) SHELFLIFE_MUST_CHECK;

/* Allocates an array of `count` elements of `size` bytes, and fails if the product overflows. */
SHELFLIFE_API void *shelflife_arena_array(struct shelflife_arena *arena, size_t count,
                                          size_t size) SHELFLIFE_MUST_CHECK;

/* Copies s. The copy is followed by a NUL, which is not part of its length. */
SHELFLIFE_API bool shelflife_arena_copy(struct shelflife_arena *arena, struct shelflife_str s,
                                        struct shelflife_str *copy) SHELFLIFE_MUST_CHECK;

/* Formats a string like sprintf(). It is followed by a NUL, which is not part of its length. */
SHELFLIFE_API bool shelflife_arena_format(struct shelflife_arena *arena, struct shelflife_str *out,
                                          const char *format, ...)
    SHELFLIFE_PRINTF(3, 4) SHELFLIFE_MUST_CHECK;

/* Sets *err after a failed allocation: LIMIT or MEMORY. Returns false. */
SHELFLIFE_API bool shelflife_arena_fail(const struct shelflife_arena *arena, struct shelflife_error *err);

/* A point in the sequence of allocations. */
struct shelflife_arena_mark {
    struct shelflife_arena_block *block;
    size_t block_used, used;
};
SHELFLIFE_API struct shelflife_arena_mark shelflife_arena_mark(const struct shelflife_arena *arena);

/* Releases all allocations since the mark. Marks that were set after it are not valid any more. */
SHELFLIFE_API void shelflife_arena_rewind(struct shelflife_arena *arena, struct shelflife_arena_mark mark);

/* The number of bytes of memory that the arena holds, used or not. */
SHELFLIFE_API size_t shelflife_arena_memory(const struct shelflife_arena *arena);

/* Releases all allocations, but keeps a block of memory for the next ones. */
SHELFLIFE_API void shelflife_arena_reset(struct shelflife_arena *arena);

/* Releases all memory. The arena can be used again. */
SHELFLIFE_API void shelflife_arena_free(struct shelflife_arena *arena);

SHELFLIFE_END_DECLS

#endif
