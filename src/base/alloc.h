/*
 * Allocates with the functions that the embedding program has set (include/shelflife/alloc.h), or with those
 * of the C library. The rooms of libshelflife use these functions only; tests/lint/rooms checks this.
 */
#ifndef SHELFLIFE_BASE_ALLOC_H
#define SHELFLIFE_BASE_ALLOC_H

#include "shelflife/alloc.h"

/* Like malloc(), calloc(), realloc() and free(). */
void *shelflife_malloc(size_t size) SHELFLIFE_MUST_CHECK;
void *shelflife_calloc(size_t count, size_t size) SHELFLIFE_MUST_CHECK;
void *shelflife_realloc(void *memory, size_t size) SHELFLIFE_MUST_CHECK;
void shelflife_free(void *memory);

/* shelflife_set_allocator() without jansson's part. */
void shelflife_alloc_set(shelflife_malloc_function *allocate, shelflife_realloc_function *reallocate,
                         shelflife_free_function *release);

#endif
