/*
 * The memory allocator of the library. By default the library uses malloc(), calloc(), realloc() and free().
 * A program that embeds the library can replace them, for example to count or limit the memory it uses.
 *
 * Out of memory is an error like any other: a function that cannot allocate fails with
 * SHELFLIFE_ERROR_MEMORY, or returns NULL, and leaves everything as it was.
 */
#ifndef SHELFLIFE_ALLOC_H
#define SHELFLIFE_ALLOC_H

#include <stddef.h>

#include "shelflife/export.h"

SHELFLIFE_BEGIN_DECLS

/* These have the contracts of malloc(), realloc() and free(). */
typedef void *shelflife_malloc_function(size_t size);
typedef void *shelflife_realloc_function(void *memory, size_t size);
typedef void shelflife_free_function(void *memory);

/*
 * Sets the functions that allocate and release memory. Applies to the whole process and is not thread-safe:
 * call it before any other function of the library, and never while an object of the library exists. Give
 * either all three functions, or NULL for all three to go back to the default.
 *
 * This also calls jansson's json_set_alloc_funcs(), because the library reads JSON files with jansson. It
 * makes running out of memory in jansson an error, too: jansson 2.14 does not check all of its allocations,
 * so without it, a policy or catalog in JSON for which there is not enough memory can be read wrong, or crash
 * the process. To be safe from this, call shelflife_set_allocator(malloc, realloc, free) at least. If the
 * program uses jansson, too: call shelflife_set_allocator() while there is no JSON value, and do not call
 * json_set_alloc_funcs() afterwards.
 *
 * libyaml has no such hook: the parser of YAML files calls malloc() directly, and releases what it allocated
 * before shelflife_policy_read() or shelflife_catalogs_add() returns.
 */
SHELFLIFE_API void shelflife_set_allocator(shelflife_malloc_function *allocate,
                                           shelflife_realloc_function *reallocate,
                                           shelflife_free_function *release);

SHELFLIFE_END_DECLS

#endif
