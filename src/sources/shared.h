/*
 * Objects that several threads use while another thread replaces them. An object that can be shared begins
 * with a struct shelflife_sources_shared; void * below is a pointer to such an object.
 */
#ifndef SHELFLIFE_SOURCES_SHARED_H
#define SHELFLIFE_SOURCES_SHARED_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/base.h"

struct shelflife_sources_shared {
    atomic_uint references;
    void (*destroy)(void *object);
};

/* The first reference, the caller's. `destroy` frees the object when the last reference is released. */
void shelflife_sources_share(void *object, void (*destroy)(void *object));

/* One more reference, and one fewer. NULL is fine. */
void *shelflife_sources_keep(void *object);
void shelflife_sources_release(void *object);

/* The object that is currently in use. */
struct shelflife_sources_current {
    pthread_mutex_t lock;
    void *object; /* NULL: none yet */
};

void shelflife_sources_current_init(struct shelflife_sources_current *current);
void shelflife_sources_current_free(struct shelflife_sources_current *current);

/* Takes over the caller's reference; releases the previous object's. */
void shelflife_sources_current_swap(struct shelflife_sources_current *current, void *object);

/* A reference for the caller to release, or NULL if there is no object yet. */
void *shelflife_sources_current_take(struct shelflife_sources_current *current);

#endif
