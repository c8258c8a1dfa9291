#include "sources/shared.h"

void shelflife_sources_share(void *object, void (*destroy)(void *object))
{
    struct shelflife_sources_shared *shared = object;
    atomic_init(&shared->references, 1);
    shared->destroy = destroy;
}

void *shelflife_sources_keep(void *object)
{
    struct shelflife_sources_shared *shared = object;
    if (shared)
        atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return object;
}

void shelflife_sources_release(void *object)
{
    struct shelflife_sources_shared *shared = object;
    if (shared && atomic_fetch_sub_explicit(&shared->references, 1, memory_order_acq_rel) == 1)
        shared->destroy(object);
}

void shelflife_sources_current_init(struct shelflife_sources_current *current)
{
    pthread_mutex_init(&current->lock, NULL);
    current->object = NULL;
}

void shelflife_sources_current_free(struct shelflife_sources_current *current)
{
    shelflife_sources_release(current->object);
    pthread_mutex_destroy(&current->lock);
}

void shelflife_sources_current_swap(struct shelflife_sources_current *current, void *object)
{
    pthread_mutex_lock(&current->lock);
    void *before = current->object;
    current->object = object;
    pthread_mutex_unlock(&current->lock);
    shelflife_sources_release(before);
}

void *shelflife_sources_current_take(struct shelflife_sources_current *current)
{
    /* Under the lock: otherwise the last owner could release the object between reading the pointer and
       counting the new reference. */
    pthread_mutex_lock(&current->lock);
    void *object = shelflife_sources_keep(current->object);
    pthread_mutex_unlock(&current->lock);
    return object;
}
