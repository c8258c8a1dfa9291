#include "base/base.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>

struct shelflife_arena_block {
    struct shelflife_arena_block *before;
    size_t size, used; /* of data */
    alignas(max_align_t) unsigned char data[];
};

enum { FIRST_BLOCK = 8 * 1024, KEPT_BLOCK = 16 * 1024, LARGEST_BLOCK = 256 * 1024 };

void shelflife_arena_init(arena *a, size_t limit)
{
    *a = (arena){.limit = limit};
}

static bool add_block(arena *a, size_t need)
{
    size_t size = a->block ? a->block->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    if (size < need)
        size = need;
    struct shelflife_arena_block *block = shelflife_malloc(sizeof(*block) + size);
    if (!block)
        return false;
    block->before = a->block;
    block->size = size;
    block->used = 0;
    a->block = block;
    return true;
}

static void *take(arena *a, size_t size)
{
    const size_t align = alignof(max_align_t);
    a->limited = size > a->limit || a->used > a->limit - size;
    if (a->limited)
        return NULL;
    size_t rounded = (size + align - 1) / align * align;
    if (rounded == 0)
        rounded = align;
    if (!a->block || a->block->size - a->block->used < rounded)
        if (rounded < size || !add_block(a, rounded))
            return NULL;
    void *p = a->block->data + a->block->used;
    a->block->used += rounded;
    a->used += rounded;
    return p;
}

void *shelflife_arena_alloc(arena *a, size_t size)
{
    void *p = take(a, size);
    return p ? memset(p, 0, size) : NULL;
}

void *shelflife_arena_array(arena *a, size_t count, size_t size)
{
    a->limited = size && count > SIZE_MAX / size;
    if (a->limited)
        return NULL;
    return shelflife_arena_alloc(a, count * size);
}

bool shelflife_arena_copy(arena *a, str s, str *copy)
{
    return shelflife_arena_join(a, s, (str){NULL, 0}, copy);
}

bool shelflife_arena_join(arena *out_arena, str a, str b, str *out)
{
    char *p = take(out_arena, a.len + b.len + 1);
    if (!p)
        return false;
    char *end = shelflife_copy(shelflife_copy(p, a.at, a.len), b.at, b.len);
    *end = '\0';
    *out = (str){p, a.len + b.len};
    return true;
}

bool shelflife_arena_format(arena *a, str *out, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *p = n >= 0 ? take(a, (size_t)n + 1) : NULL;
    if (p) {
        vsnprintf(p, (size_t)n + 1, format, again);
        *out = (str){p, (size_t)n};
    }
    va_end(again);
    va_end(args);
    return p != NULL;
}

bool shelflife_arena_fail(const arena *a, error *err)
{
    if (a->limited)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                              "this takes more memory than the limit of %zu bytes", a->limit);
    return shelflife_fail_memory(err);
}

static void give_back_newest(arena *a)
{
    struct shelflife_arena_block *block = a->block;
    a->block = block->before;
    if (a->secret)
        explicit_bzero(block->data, block->used);
    shelflife_free(block);
}

struct shelflife_arena_mark shelflife_arena_mark(const arena *a)
{
    return (struct shelflife_arena_mark){a->block, a->block ? a->block->used : 0, a->used};
}

/* The first block stays, as it is often needed again at once. */
void shelflife_arena_rewind(arena *a, struct shelflife_arena_mark mark)
{
    while (a->block != mark.block && a->block->before)
        give_back_newest(a);
    if (!a->block)
        return;
    size_t used = mark.block ? mark.block_used : 0;
    if (a->secret)
        explicit_bzero(a->block->data + used, a->block->used - used);
    a->block->used = used;
    a->used = mark.used;
}

size_t shelflife_arena_memory(const arena *a)
{
    size_t sum = 0;
    for (const struct shelflife_arena_block *block = a->block; block; block = block->before)
        sum += sizeof(*block) + block->size;
    return sum;
}

void shelflife_arena_reset(arena *a)
{
    /* Keeps one block for the next round, unless a large input made it large: idle connections should need
     * little memory. */
    while (a->block && (a->block->before || a->block->size > KEPT_BLOCK))
        give_back_newest(a);
    if (a->block && a->secret)
        explicit_bzero(a->block->data, a->block->used);
    if (a->block)
        a->block->used = 0;
    a->used = 0;
}

void shelflife_arena_free(arena *a)
{
    while (a->block)
        give_back_newest(a);
    a->used = 0;
}
