#include "inventory/texts.h"

enum { LENGTH_BYTES_MAX = 5 };

/* Numbers and table slots have 32 bits. */
#define TEXTS_MAX_BYTES ((size_t)UINT32_MAX - 64)

static size_t write_length(char *at, size_t len)
{
    size_t n = 0;
    for (; len >= 0x80; len >>= 7)
        at[n++] = (char)((len & 0x7f) | 0x80);
    at[n++] = (char)len;
    return n;
}

str shelflife_inventory_texts_get(const struct inventory_texts *texts, uint32_t number)
{
    if (number == 0)
        return (str){0};
    const unsigned char *at = (const unsigned char *)texts->at + number;
    size_t len = *at & 0x7f;
    for (unsigned shift = 7; *at++ & 0x80; shift += 7)
        len |= (size_t)(*at & 0x7f) << shift;
    return (str){(const char *)at, len};
}

static uint64_t hash(const void *of, uint32_t number)
{
    const struct inventory_texts *texts = of;
    return shelflife_siphash_of(shelflife_inventory_texts_get(texts, number), texts->key);
}

static bool same(const void *of, uint32_t number, const void *key)
{
    return shelflife_str_equal(shelflife_inventory_texts_get(of, number), *(const str *)key);
}

static const struct inventory_table_kind kind = {hash, same};

static bool reserve(struct inventory_texts *texts, size_t bytes, size_t count, error *err)
{
    if (bytes > TEXTS_MAX_BYTES || texts->len > TEXTS_MAX_BYTES - bytes)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the inventory has more than 4 GiB of texts");
    return (shelflife_grow(&texts->at, &texts->capacity, texts->len + bytes + 1, 1) &&
            shelflife_inventory_table_reserve(&texts->table, texts->count + count, &kind, texts)) ||
           shelflife_fail_memory(err);
}

bool shelflife_inventory_texts_reserve(struct inventory_texts *texts, const struct inventory_texts *more,
                                       error *err)
{
    return reserve(texts, more->len + LENGTH_BYTES_MAX, more->count, err);
}

bool shelflife_inventory_texts_add(struct inventory_texts *texts, str text, uint32_t *number, error *err)
{
    *number = 0;
    if (text.len == 0)
        return true;
    uint64_t h = shelflife_siphash_of(text, texts->key);
    uint32_t *slot = shelflife_inventory_table_seek(&texts->table, h, &kind, texts, &text);
    if (slot && *slot) {
        *number = *slot - 1;
        return true;
    }
    if (!reserve(texts, text.len + LENGTH_BYTES_MAX, 1, err))
        return false;
    if (texts->len == 0)
        texts->at[texts->len++] = 0; /* so that no text has the number 0 */
    *number = (uint32_t)texts->len;
    texts->len += write_length(texts->at + texts->len, text.len);
    shelflife_copy(texts->at + texts->len, text.at, text.len);
    texts->len += text.len;
    *shelflife_inventory_table_seek(&texts->table, h, &kind, texts, &text) = *number + 1;
    texts->count++;
    return true;
}

void shelflife_inventory_texts_finish(struct inventory_texts *texts)
{
    shelflife_inventory_table_free(&texts->table);
    char *smaller = texts->len ? shelflife_realloc(texts->at, texts->len) : NULL;
    if (smaller) {
        texts->at = smaller;
        texts->capacity = texts->len;
    }
}

void shelflife_inventory_texts_free(struct inventory_texts *texts)
{
    shelflife_inventory_table_free(&texts->table);
    shelflife_free(texts->at);
    texts->at = NULL;
    texts->len = texts->capacity = texts->count = 0;
}
