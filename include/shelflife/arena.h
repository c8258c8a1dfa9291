/*
 * An arena: memory for things that die together. Allocation is a pointer bump, release is of all at
 * once. An arena has a limit, so that no input can make it grow without bound; past the limit, as when
 * memory has run out, allocation returns NULL and the arena says which of the two it was.
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
    size_t used;                         /* bytes handed out since the last reset */
    size_t limit;                        /* bytes that may be handed out */
    bool limited;                        /* the last allocation was refused for the limit */
};

/* Needs no memory yet. limit is in bytes. */
SHELFLIFE_API void shelflife_arena_init(struct shelflife_arena *arena, size_t limit);

/* size bytes, aligned for any type and zeroed; NULL if the limit or memory ran out. size 0 gives a valid
   pointer. */
SHELFLIFE_API void *shelflife_arena_alloc(struct shelflife_arena *arena, size_t size) SHELFLIFE_MUST_CHECK;

/* count * size bytes, with the product checked for overflow. */
SHELFLIFE_API void *shelflife_arena_array(struct shelflife_arena *arena, size_t count,
                                          size_t size) SHELFLIFE_MUST_CHECK;

/* Copies s, with a NUL behind it that is not part of the length. */
SHELFLIFE_API bool shelflife_arena_copy(struct shelflife_arena *arena, struct shelflife_str s,
                                        struct shelflife_str *copy) SHELFLIFE_MUST_CHECK;

/* Formats into the arena. */
SHELFLIFE_API bool shelflife_arena_format(struct shelflife_arena *arena, struct shelflife_str *out,
                                          const char *format, ...)
    SHELFLIFE_PRINTF(3, 4) SHELFLIFE_MUST_CHECK;

/* After a NULL: fills *err with what ran out, the limit or memory. Returns false. */
SHELFLIFE_API bool shelflife_arena_fail(const struct shelflife_arena *arena, struct shelflife_error *err);

/* Forgets all allocations, keeps one block for the next round. Pointers into the arena are dead. */
SHELFLIFE_API void shelflife_arena_reset(struct shelflife_arena *arena);

/* Gives all memory back; the arena can be used again. */
SHELFLIFE_API void shelflife_arena_free(struct shelflife_arena *arena);

SHELFLIFE_END_DECLS

#endif
