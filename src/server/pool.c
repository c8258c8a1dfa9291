#include "server/pool.h"

#include <errno.h>
#include <sys/random.h>

void shelflife_server_pool_init(struct shelflife_server_pool *pool)
{
    *pool = (struct shelflife_server_pool){0};
    pthread_mutex_init(&pool->lock, NULL);
}

bool shelflife_server_pool_make_key(struct shelflife_server_pool *pool, error *err)
{
    return getrandom(pool->key, sizeof(pool->key), 0) == (ssize_t)sizeof(pool->key) ||
           shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot read random bytes: %s", strerror(errno));
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
    if (review || !(review = shelflife_review_new()))
        return review;
    shelflife_review_set_key(review, pool->key);
    return review;
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
