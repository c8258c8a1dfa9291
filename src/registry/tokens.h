/* Tokens of registries, which are kept until shortly before they expire, for all threads. */
#ifndef SHELFLIFE_REGISTRY_TOKENS_H
#define SHELFLIFE_REGISTRY_TOKENS_H

#include <pthread.h>

#include "base/base.h"

struct shelflife_registry_tokens {
    pthread_mutex_t lock;
    struct shelflife_registry_token *first; /* the newest */
    size_t count;
};
void shelflife_registry_tokens_init(struct shelflife_registry_tokens *tokens);
void shelflife_registry_tokens_free(struct shelflife_registry_tokens *tokens);

/* Copies the token with a key into the arena. *token is absent if there is none. False if the arena failed.
 */
bool shelflife_registry_tokens_find(struct shelflife_registry_tokens *tokens, str key, arena *a,
                                    str *token) SHELFLIFE_MUST_CHECK;

/* Keeps a token, which is valid for a number of seconds from now. Without memory it is not kept. */
void shelflife_registry_tokens_keep(struct shelflife_registry_tokens *tokens, str key, str token,
                                    int64_t seconds);

/* Removes the token with a key, because it was refused. */
void shelflife_registry_tokens_drop(struct shelflife_registry_tokens *tokens, str key);

#endif
