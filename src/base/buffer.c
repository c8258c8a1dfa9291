#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>

/* The initial size of an array: FIRST_COUNT elements, or FIRST_BYTES if that is more. */
enum { FIRST_COUNT = 8, FIRST_BYTES = 128 };

bool shelflife_grow(void *array, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity)
        return true;
    size_t wanted = *capacity                          ? *capacity
                    : size < FIRST_BYTES / FIRST_COUNT ? FIRST_BYTES / size
                                                       : FIRST_COUNT;
    while (wanted < need) {
        if (wanted > SIZE_MAX / 2)
            return false;
        wanted *= 2;
    }
    if (wanted > SIZE_MAX / size)
        return false;
    void *old;
    memcpy(&old, array, sizeof(old));
    void *grown = shelflife_realloc(old, wanted * size);
    if (!grown)
        return false;
    memcpy(array, &grown, sizeof(grown));
    *capacity = wanted;
    return true;
}

size_t shelflife_lower_bound(const void *key, const void *at, size_t count, size_t size,
                             int (*compare)(const void *, const void *))
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(key, (const char *)at + middle * size) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The common case, cheap to check. */
static inline bool has_room(const buffer *b, size_t n)
{
    return n <= b->capacity - b->len && n <= b->limit - b->len && !b->failed;
}

void shelflife_buffer_init(buffer *b, size_t limit)
{
    *b = (buffer){.limit = limit};
}

static void give_back(const buffer *b)
{
    if (b->secret && b->at)
        explicit_bzero(b->at, b->capacity);
    shelflife_free(b->at);
}

/* A secret is moved by hand: realloc() would leave a copy. */
static bool grow(buffer *b, size_t need)
{
    if (!b->secret || need <= b->capacity)
        return shelflife_grow(&b->at, &b->capacity, need, 1);
    buffer moved = *b;
    moved.at = NULL;
    moved.capacity = 0;
    if (!shelflife_grow(&moved.at, &moved.capacity, need > 2 * b->capacity ? need : 2 * b->capacity, 1))
        return false;
    shelflife_copy(moved.at, b->at, b->len);
    give_back(b);
    *b = moved;
    return true;
}

bool shelflife_buffer_reserve(buffer *b, size_t n)
{
    if (has_room(b, n))
        return true;
    if (b->failed || n > b->limit || b->len > b->limit - n || !grow(b, b->len + n)) {
        b->failed = true;
        return false;
    }
    return true;
}

void shelflife_buffer_append(buffer *b, str s)
{
    if (s.len == 0 || !(has_room(b, s.len) || shelflife_buffer_reserve(b, s.len)))
        return;
    shelflife_copy(b->at + b->len, s.at, s.len);
    b->len += s.len;
}

void shelflife_buffer_byte(buffer *b, char c)
{
    if (has_room(b, 1) || shelflife_buffer_reserve(b, 1))
        b->at[b->len++] = c;
}

void shelflife_buffer_format(buffer *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = b->capacity - b->len; /* usually enough, with the NUL that vsnprintf() adds */
    int n = vsnprintf(room ? b->at + b->len : NULL, room, format, args);
    bool fits = n >= 0 && shelflife_buffer_reserve(b, (size_t)n);
    if (fits && (size_t)n >= room) {
        fits = grow(b, b->len + (size_t)n + 1);
        if (fits)
            vsnprintf(b->at + b->len, (size_t)n + 1, format, again);
    }
    if (fits)
        b->len += (size_t)n;
    else
        b->failed = true;
    va_end(again);
    va_end(args);
}

str shelflife_buffer_str(const buffer *b)
{
    return (str){b->at, b->len};
}

bool shelflife_buffer_collect(void *into, str bytes, error *err)
{
    buffer *b = into;
    if (bytes.len > b->limit - b->len)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "it has more than %zu bytes", b->limit);
    shelflife_buffer_append(b, bytes);
    return !b->failed || shelflife_fail_memory(err);
}

void shelflife_buffer_reset(buffer *b)
{
    b->len = 0;
    b->failed = false;
}

void shelflife_buffer_free(buffer *b)
{
    give_back(b);
    *b = (buffer){.limit = b->limit, .secret = b->secret};
}
