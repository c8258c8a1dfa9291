#include "base/alloc.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct {
    shelflife_malloc_function *allocate; /* NULL: use the C library's functions */
    shelflife_realloc_function *reallocate;
    shelflife_free_function *release;
} hooks;

void shelflife_alloc_set(shelflife_malloc_function *allocate, shelflife_realloc_function *reallocate,
                         shelflife_free_function *release)
{
    bool default_functions = allocate == malloc && reallocate == realloc && release == free;
    hooks.allocate = default_functions ? NULL : allocate; /* calloc() is faster than malloc() and memset() */
    hooks.reallocate = default_functions ? NULL : reallocate;
    hooks.release = default_functions ? NULL : release;
}

void *shelflife_malloc(size_t size)
{
    return hooks.allocate ? hooks.allocate(size) : malloc(size);
}

void *shelflife_calloc(size_t count, size_t size)
{
    if (!hooks.allocate)
        return calloc(count, size);
    if (size && count > SIZE_MAX / size)
        return NULL;
    void *memory = hooks.allocate(count * size);
    return memory ? memset(memory, 0, count * size) : NULL;
}

void *shelflife_realloc(void *memory, size_t size)
{
    return hooks.reallocate ? hooks.reallocate(memory, size) : realloc(memory, size);
}

void shelflife_free(void *memory)
{
    if (hooks.release)
        hooks.release(memory);
    else
        free(memory);
}
