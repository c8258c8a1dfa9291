#include "server/pool.h"

void shelflife_server_pool_init(struct shelflife_server_pool *pool)
{
    pthread_mutex_init(&pool->lock, NULL);
    pool->count = 0;
}

void shelflife_server_pool_free(struct shelflife_server_pool *pool)
{
    for (unsigned i = 0; i < pool->count; i++)
        shelflife_review_free(pool->at[i]);
    pthread_mutex_destroy(&pool->lock);
}

struct shelflife_review *shelflife_server_pool_take(struct shelflife_server_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct shelflife_review *review = pool->count ? pool->at[--pool->count] : NULL;
    pthread_mutex_unlock(&pool->lock);
    return review ? review : shelflife_review_new();
}

void shelflife_server_pool_give(struct shelflife_server_pool *pool, struct shelflife_review *review)
{
    if (!review)
        return;
    shelflife_review_reset(review);
    pthread_mutex_lock(&pool->lock);
    bool full = pool->count == SHELFLIFE_SERVER_POOL_MAX;
    if (!full)
        pool->at[pool->count++] = review;
    pthread_mutex_unlock(&pool->lock);
    if (full)
        shelflife_review_free(review);
}
