/*
 * Texts in one block of memory, equal ones only once. A text is known by a number, which is 0 for an empty
 * one. Texts may contain any byte.
 */
#ifndef SHELFLIFE_INVENTORY_TEXTS_H
#define SHELFLIFE_INVENTORY_TEXTS_H

#include "base/siphash.h"
#include "inventory/table.h"

struct inventory_texts {
    char *at; /* for each text its length, seven bits a byte, and its bytes */
    size_t len, capacity;
    size_t count; /* of texts */
    struct inventory_table table;
    unsigned char key[SHELFLIFE_SIPHASH_KEY];
};

/* The number of a text, which is added if it is new. */
bool shelflife_inventory_texts_add(struct inventory_texts *texts, str text, uint32_t *number,
                                   error *err) SHELFLIFE_MUST_CHECK;

/* Makes room for the texts of `more`, so that adding them cannot fail. */
bool shelflife_inventory_texts_reserve(struct inventory_texts *texts, const struct inventory_texts *more,
                                       error *err) SHELFLIFE_MUST_CHECK;

/* The text of a number, valid until one is added. */
str shelflife_inventory_texts_get(const struct inventory_texts *texts, uint32_t number);

/* Gives back the memory that is only needed to add texts. */
void shelflife_inventory_texts_finish(struct inventory_texts *texts);
void shelflife_inventory_texts_free(struct inventory_texts *texts);

#endif
