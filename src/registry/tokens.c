#include "registry/tokens.h"

#include "net/retry.h"
#include "pki/pki.h"

enum { KEPT_MAX = 1024 };

struct shelflife_registry_token {
    struct shelflife_registry_token *next;
    uint64_t until; /* milliseconds of the monotonic clock */
    char *text;
    char key[SHELFLIFE_PKI_SHA256_TEXT_MAX];
};

static void free_token(struct shelflife_registry_token *token)
{
    explicit_bzero(token->text, strlen(token->text));
    free(token->text);
    free(token);
}

void shelflife_registry_tokens_init(struct shelflife_registry_tokens *tokens)
{
    *tokens = (struct shelflife_registry_tokens){0};
    pthread_mutex_init(&tokens->lock, NULL);
}

void shelflife_registry_tokens_free(struct shelflife_registry_tokens *tokens)
{
    for (struct shelflife_registry_token *t = tokens->first, *next; t; t = next) {
        next = t->next;
        free_token(t);
    }
    pthread_mutex_destroy(&tokens->lock);
}

/* Removes the token with the key, those that have expired, and all after the newest KEPT_MAX. */
static void sweep(struct shelflife_registry_tokens *tokens, str key)
{
    uint64_t time = shelflife_clock_now();
    size_t count = 0;
    struct shelflife_registry_token **at = &tokens->first;
    while (*at) {
        struct shelflife_registry_token *t = *at;
        if (t->until > time && count < KEPT_MAX && !shelflife_str_equal(shelflife_str_of(t->key), key)) {
            count++;
            at = &t->next;
        } else {
            *at = t->next;
            free_token(t);
        }
    }
}

void shelflife_registry_tokens_drop(struct shelflife_registry_tokens *tokens, str key)
{
    if (key.len == 0)
        return;
    pthread_mutex_lock(&tokens->lock);
    sweep(tokens, key);
    pthread_mutex_unlock(&tokens->lock);
}

bool shelflife_registry_tokens_find(struct shelflife_registry_tokens *tokens, str key, arena *a, str *out)
{
    bool ok = true;
    uint64_t time = shelflife_clock_now();
    pthread_mutex_lock(&tokens->lock);
    for (const struct shelflife_registry_token *t = tokens->first; t; t = t->next)
        if (t->until > time && shelflife_str_equal(shelflife_str_of(t->key), key)) {
            ok = shelflife_arena_copy(a, shelflife_str_of(t->text), out);
            break;
        }
    pthread_mutex_unlock(&tokens->lock);
    return ok;
}

void shelflife_registry_tokens_keep(struct shelflife_registry_tokens *tokens, str key, str token,
                                    int64_t seconds)
{
    struct shelflife_registry_token *t = calloc(1, sizeof(*t));
    char *copy = t ? strndup(token.at, token.len) : NULL;
    if (!copy) {
        free(t);
        return;
    }
    t->text = copy;
    snprintf(t->key, sizeof(t->key), "%.*s", STR_PRINT(key));
    /* A tenth earlier, since the registry's clock runs from when it made the token. */
    t->until = shelflife_clock_now() + (uint64_t)seconds * 900;
    pthread_mutex_lock(&tokens->lock);
    sweep(tokens, key);
    t->next = tokens->first;
    tokens->first = t;
    pthread_mutex_unlock(&tokens->lock);
}
