/*
 * The reviews of a worker that wait for a request, and what they remember together. A connection holds a
 * review only during a request, so a few serve all. The one used last is the next: the processor still has it
 * in its cache.
 */
#ifndef SHELFLIFE_SERVER_POOL_H
#define SHELFLIFE_SERVER_POOL_H

#include "base/base.h"
#include "shelflife/admission.h"

enum { SHELFLIFE_SERVER_POOL_MAX = 8, SHELFLIFE_SERVER_POOL_KEY = 16 };

struct shelflife_server_pool {
    unsigned char key[SHELFLIFE_SERVER_POOL_KEY]; /* of the hashes in reviews and in the memo */
    struct shelflife_memo *memo;
    unsigned count;
    struct shelflife_review *at[SHELFLIFE_SERVER_POOL_MAX];
};

void shelflife_server_pool_init(struct shelflife_server_pool *pool);
/* Makes the key and the memo, before the first review. */
bool shelflife_server_pool_prepare(struct shelflife_server_pool *pool, error *err) SHELFLIFE_MUST_CHECK;
void shelflife_server_pool_free(struct shelflife_server_pool *pool);

/* A review, new if none waits; NULL if out of memory. */
struct shelflife_review *shelflife_server_pool_take(struct shelflife_server_pool *pool);

/* Resets the review, and keeps it for later or frees it. NULL is fine. */
void shelflife_server_pool_give(struct shelflife_server_pool *pool, struct shelflife_review *review);

#endif
