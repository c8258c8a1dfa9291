#include "server/pool.h"

#include <errno.h>
#include <sys/random.h>

void shelflife_server_pool_init(struct shelflife_server_pool *pool)
{
    *pool = (struct shelflife_server_pool){0};
}

bool shelflife_server_pool_prepare(struct shelflife_server_pool *pool, error *err)
{
    if (getrandom(pool->key, sizeof(pool->key), 0) != (ssize_t)sizeof(pool->key))
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot read random bytes: %s", strerror(errno));
    pool->memo = shelflife_memo_new();
    return pool->memo || shelflife_fail_memory(err);
}

void shelflife_server_pool_free(struct shelflife_server_pool *pool)
{
    for (unsigned i = 0; i < pool->count; i++)
        shelflife_review_free(pool->at[i]);
    shelflife_memo_free(pool->memo);
}

struct shelflife_review *shelflife_server_pool_take(struct shelflife_server_pool *pool)
{
    struct shelflife_review *review = pool->count ? pool->at[--pool->count] : shelflife_review_new();
    if (!review)
        return NULL;
    /* Also of one that waited here: it may have come from the pool of another worker. */
    shelflife_review_set_key(review, pool->key);
    shelflife_review_set_memo(review, pool->memo);
    return review;
}

void shelflife_server_pool_give(struct shelflife_server_pool *pool, struct shelflife_review *review)
{
    if (!review)
        return;
    shelflife_review_reset(review);
    if (pool->count == SHELFLIFE_SERVER_POOL_MAX)
        shelflife_review_free(review);
    else
        pool->at[pool->count++] = review;
}
