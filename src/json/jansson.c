#include "json/jansson.h"

#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>

/* Precedes each block that jansson has. The blocks of one shelflife_json_load() are a ring, so that all can
   be freed; any other block is a ring of its own. */
struct block {
    _Alignas(max_align_t) struct block *next;
    struct block *previous;
};

struct reading {
    struct block blocks; /* the first one of the ring; it is not memory of jansson */
    jmp_buf leave;
};

static _Thread_local struct reading *reading; /* NULL: jansson was not called by this file */

static void insert(struct block *b, struct block *before)
{
    b->next = before->next;
    b->previous = before;
    b->next->previous = before->next = b;
}

static void detach(const struct block *b)
{
    b->previous->next = b->next;
    b->next->previous = b->previous;
}

static void *allocate(size_t size)
{
    struct block *b = size <= SIZE_MAX - sizeof(*b) ? shelflife_malloc(sizeof(*b) + size) : NULL;
    if (!b && reading)
        longjmp(reading->leave, 1);
    if (!b)
        return NULL;
    b->next = b->previous = b;
    if (reading)
        insert(b, &reading->blocks);
    return b + 1;
}

static void release(void *memory)
{
    if (!memory)
        return;
    struct block *b = (struct block *)memory - 1;
    detach(b);
    shelflife_free(b);
}

static void release_all(struct block *first)
{
    while (first->next != first)
        release(first->next + 1);
}

json_t *shelflife_json_load(str text, json_error_t *why)
{
    struct reading r;
    json_t *volatile json = NULL;
    r.blocks.next = r.blocks.previous = &r.blocks;
    if (setjmp(r.leave) == 0) {
        reading = &r;
        json = json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES, why);
    } else {
        release_all(&r.blocks);
        why->text[0] = '\0';
    }
    reading = NULL;
    detach(&r.blocks);
    if (!json && json_error_code(why) == json_error_out_of_memory)
        why->text[0] = '\0';
    return json;
}

/* In this room because no other may use jansson. */
void shelflife_set_allocator(shelflife_malloc_function *malloc_function,
                             shelflife_realloc_function *realloc_function,
                             shelflife_free_function *free_function)
{
    shelflife_alloc_set(malloc_function, realloc_function, free_function);
    json_set_alloc_funcs(malloc_function ? allocate : malloc, free_function ? release : free);
}
