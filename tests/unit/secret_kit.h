/* For tests that no secret stays on the heap: searches the memory that buffers and arenas give back. */
#ifndef SHELFLIFE_TEST_SECRET_KIT_H
#define SHELFLIFE_TEST_SECRET_KIT_H

#include <malloc.h>

#include "base/alloc.h"
#include "unit/test.h"

/* How a key begins in PEM and in the base64 of a Secret, and a secret that tests make up. */
#define SECRET_MARK "s3cret-s3cret-s3cret"
static const char *const secret_marks[] = {"-----BEGIN PRIVATE KEY-----",
                                           "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t", SECRET_MARK};

/* Blocks with a secret that were given back since secret_watch(). */
static _Atomic size_t secret_left;

static void secret_look_at(void *block)
{
    for (size_t i = 0; block && i < COUNT(secret_marks); i++)
        secret_left +=
            memmem(block, malloc_usable_size(block), secret_marks[i], strlen(secret_marks[i])) != NULL;
}

/* Zeroed, so that it contains nothing that another library left in it. */
static void *secret_malloc(size_t size)
{
    return calloc(1, size);
}

static void secret_free(void *block)
{
    secret_look_at(block);
    free(block);
}

/* Always moves the block, which any realloc() may do. */
static void *secret_realloc(void *block, size_t size)
{
    void *moved = calloc(1, size);
    size_t old = block ? malloc_usable_size(block) : 0;
    if (!moved)
        return NULL;
    shelflife_copy(moved, block, old < size ? old : size);
    secret_free(block);
    return moved;
}

static inline void secret_watch(void)
{
    secret_left = 0;
    shelflife_alloc_set(secret_malloc, secret_realloc, secret_free);
}

static inline void assert_no_secret_left(void)
{
    shelflife_alloc_set(NULL, NULL, NULL);
    assert_int_equal(secret_left, 0);
}

#endif
