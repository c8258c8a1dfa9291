#include <jansson.h>
#include <stdlib.h>

#include "base/alloc.h"

/* In this room because no other may use jansson. */
void shelflife_set_allocator(shelflife_malloc_function *allocate, shelflife_realloc_function *reallocate,
                             shelflife_free_function *release)
{
    shelflife_alloc_set(allocate, reallocate, release);
    json_set_alloc_funcs(allocate ? shelflife_malloc : malloc, release ? shelflife_free : free);
}
