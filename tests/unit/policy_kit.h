/* What the policy's tests share. */
#ifndef SHELFLIFE_POLICY_KIT_H
#define SHELFLIFE_POLICY_KIT_H

#include "shelflife/policy.h"
#include "unit/test.h"

/* Begins *out with a file's bytes; the caller frees it. */
static inline void read_file(const char *path, buffer *out)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s cannot be opened", path);
    shelflife_buffer_init(out, 1 << 20);
    assert_true(shelflife_buffer_reserve(out, 1 << 20));
    out->len = fread(out->at, 1, 1 << 20, f);
    fclose(f);
}

/* The catalogs of tests/data/policies/judge. */
static inline struct shelflife_catalogs *read_catalogs(void)
{
    static const char *const names[] = {"fruit", "tree", "fern", "marsh"};
    error err = {0};
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    assert_non_null(set);
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[4096];
        CLEANUP(shelflife_buffer_free) buffer bytes;
        snprintf(path, sizeof(path), TESTS_DIR "/data/policies/judge/catalog/%s.yaml", names[i]);
        read_file(path, &bytes);
        if (!shelflife_catalogs_add(set, shelflife_buffer_str(&bytes), names[i], &err))
            fail_msg("%s", err.text);
    }
    if (!shelflife_catalogs_finish(set, &err))
        fail_msg("%s", err.text);
    return set;
}

/* Their inventory. */
static inline struct shelflife_inventory *read_inventory(void)
{
    error err = {0};
    CLEANUP(shelflife_buffer_free) buffer bytes;
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    assert_non_null(inventory);
    read_file(TESTS_DIR "/data/policies/judge/inventory.json", &bytes);
    if (!shelflife_inventory_add(inventory, shelflife_buffer_str(&bytes), "inventory.json", &err) ||
        !shelflife_inventory_finish(inventory, &err))
        fail_msg("%s", err.text);
    return inventory;
}

static inline struct shelflife_policy *read_text(const char *yaml)
{
    CLEANUP(shelflife_buffer_free) buffer text;
    error err = {0};
    shelflife_buffer_init(&text, 1 << 20);
    shelflife_buffer_format(&text, "apiVersion: shelflife.dev/v1\nkind: Policy\n%s", yaml);
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_buffer_str(&text), "p", &err);
    if (!policy)
        fail_msg("%s", err.text);
    return policy;
}

static inline shelflife_day day(const char *text)
{
    shelflife_day d;
    if (!shelflife_day_parse(shelflife_str_of(text), &d))
        fail_msg("%s is not a day", text);
    return d;
}

#endif
