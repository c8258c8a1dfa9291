/* Builds inventories for tests. */
#ifndef SHELFLIFE_TEST_INVENTORY_KIT_H
#define SHELFLIFE_TEST_INVENTORY_KIT_H

#include <stdio.h>

#include "shelflife/inventory.h"
#include "unit/test.h"

/* "sha256:" and 64 times the digit. */
static inline const char *kit_digest(char digit)
{
    static char texts[16][SHELFLIFE_DIGEST_TEXT + 1];
    static const char digits[] = "0123456789abcdef";
    char *text = texts[strchr(digits, digit) - digits];
    memcpy(text, "sha256:", 7);
    memset(text + 7, digit, 64);
    return text;
}

static inline shelflife_day kit_day(const char *text)
{
    shelflife_day day = SHELFLIFE_DAY_NONE;
    assert_true(shelflife_day_parse(shelflife_str_of(text), &day));
    return day;
}

static inline struct shelflife_inventory_entry kit_entry(char digit, const char *inspected)
{
    struct shelflife_inventory_entry entry = {
        .platform = STR("linux/amd64"), .inspected = kit_day(inspected), .snapshot = SHELFLIFE_DAY_NONE};
    snprintf(entry.digest, sizeof(entry.digest), "%s", kit_digest(digit));
    return entry;
}

static inline void kit_put(struct shelflife_inventory *inventory, char digit, const char *inspected)
{
    error err = {0};
    struct shelflife_inventory_entry entry = kit_entry(digit, inspected);
    if (!shelflife_inventory_put(inventory, &entry, &err))
        fail_msg("%s", err.text);
}

static inline void kit_see(struct shelflife_inventory *inventory, const char *name, const char *tag,
                           const char *day, char digit)
{
    error err = {0};
    struct shelflife_inventory_reference reference = {shelflife_str_of(name), shelflife_str_of(tag),
                                                      kit_day(day)};
    if (!shelflife_inventory_see(inventory, &reference, shelflife_str_of(kit_digest(digit)), &err))
        fail_msg("%s", err.text);
}

static inline void kit_finish(struct shelflife_inventory *inventory)
{
    error err = {0};
    if (!shelflife_inventory_finish(inventory, &err))
        fail_msg("%s", err.text);
}

static inline void kit_add(struct shelflife_inventory *inventory, const char *json)
{
    error err = {0};
    if (!shelflife_inventory_add(inventory, shelflife_str_of(json), "test.json", &err))
        fail_msg("%s", err.text);
}

/* The digit of the image that a reference finds, or '-'. */
static inline char kit_find(const struct shelflife_inventory *inventory, const char *text)
{
    struct shelflife_reference reference;
    struct shelflife_inventory_entry entry;
    CLEANUP(shelflife_arena_free) arena a;
    shelflife_arena_init(&a, 1 << 16);
    assert_true(shelflife_reference_parse(shelflife_str_of(text), &a, &reference, NULL));
    return shelflife_inventory_find(inventory, &reference, &entry) ? entry.digest[7] : '-';
}

static inline bool kit_saw(const struct shelflife_inventory *inventory, const char *text)
{
    struct shelflife_reference reference;
    CLEANUP(shelflife_arena_free) arena a;
    shelflife_arena_init(&a, 1 << 16);
    assert_true(shelflife_reference_parse(shelflife_str_of(text), &a, &reference, NULL));
    return shelflife_inventory_saw(inventory, &reference);
}

static inline bool kit_append(void *context, str bytes, error *err)
{
    buffer *out = context;
    shelflife_buffer_append(out, bytes);
    return !out->failed || shelflife_fail_memory(err);
}

static inline void kit_write(const struct shelflife_inventory *inventory,
                             const struct shelflife_inventory_file *file, buffer *out)
{
    error err = {0};
    static const struct shelflife_inventory_file whole;
    shelflife_buffer_init(out, SIZE_MAX);
    if (!shelflife_inventory_write(inventory, file ? file : &whole, kit_append, out, &err))
        fail_msg("%s", err.text);
}

#endif
