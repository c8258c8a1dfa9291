/* For tests of admission: a snapshot of a catalog and a policy given as text, and a review in one call. */
#ifndef SHELFLIFE_TEST_REVIEW_KIT_H
#define SHELFLIFE_TEST_REVIEW_KIT_H

#include "shelflife/admission.h"
#include "unit/test.h"

struct kit {
    struct shelflife_catalogs *catalogs;
    struct shelflife_inventory *inventory; /* or NULL */
    struct shelflife_policy *policy;
    struct shelflife_snapshot snapshot;
    struct shelflife_review *review;
    shelflife_day at;
    enum shelflife_mode mode;
    buffer reply;
    struct shelflife_outcome outcome;
};

static inline void kit_add_catalog(struct kit *kit, str bytes, const char *origin)
{
    error err;
    if (!shelflife_catalogs_add(kit->catalogs, bytes, origin, &err))
        fail_msg("%s", err.text);
}

static inline void kit_set_policy(struct kit *kit, const char *yaml)
{
    error err;
    shelflife_policy_free(kit->policy);
    kit->policy =
        yaml ? shelflife_policy_read(shelflife_str_of(yaml), "policy", &err) : shelflife_policy_default(&err);
    if (!kit->policy)
        fail_msg("%s", err.text);
    kit->snapshot.policy = kit->policy;
}

/* An empty set of catalogs and the default policy; kit_finish() after the catalogs. */
static inline void kit_init(struct kit *kit, const char *at)
{
    *kit = (struct kit){.mode = SHELFLIFE_MODE_POLICY, .snapshot.digest = STR("sha256:0")};
    assert_true(shelflife_day_parse(shelflife_str_of(at), &kit->at));
    kit->catalogs = shelflife_catalogs_new();
    kit->review = shelflife_review_new();
    assert_non_null(kit->catalogs);
    assert_non_null(kit->review);
    kit->snapshot.catalogs = kit->catalogs;
    kit_set_policy(kit, NULL);
    shelflife_buffer_init(&kit->reply, 1 << 20);
}

static inline void kit_finish(struct kit *kit)
{
    error err;
    if (!shelflife_catalogs_finish(kit->catalogs, &err))
        fail_msg("%s", err.text);
}

static inline void kit_free(struct kit *kit)
{
    shelflife_review_free(kit->review);
    shelflife_policy_free(kit->policy);
    shelflife_catalogs_free(kit->catalogs);
    shelflife_inventory_free(kit->inventory);
    shelflife_buffer_free(&kit->reply);
}

/* Puts an image into the inventory, with a variable, seen under a name and tag. */
static inline void kit_inspect(struct kit *kit, unsigned number, const char *name, const char *tag,
                               const char *variable, const char *value)
{
    error err;
    const struct shelflife_evidence evidence = {SHELFLIFE_EVIDENCE_ENV, shelflife_str_of(variable),
                                                shelflife_str_of(value)};
    struct shelflife_inventory_entry entry = {.platform = STR("linux/amd64"),
                                              .inspected = 20777, /* 2026-11-20 */
                                              .evidence = {&evidence, 1},
                                              .snapshot = SHELFLIFE_DAY_NONE};
    snprintf(entry.digest, sizeof(entry.digest), "sha256:%064x", number);
    const struct shelflife_inventory_reference seen = {shelflife_str_of(name), shelflife_str_of(tag), 20777};
    if (!kit->inventory)
        kit->inventory = shelflife_inventory_new();
    assert_non_null(kit->inventory);
    if (!shelflife_inventory_put(kit->inventory, &entry, &err) ||
        !shelflife_inventory_see(kit->inventory, &seen, shelflife_str_of(entry.digest), &err))
        fail_msg("%s", err.text);
}

static inline void kit_use_inventory(struct kit *kit)
{
    error err;
    if (!shelflife_inventory_finish(kit->inventory, &err))
        fail_msg("%s", err.text);
    kit->snapshot.inventory = kit->inventory;
}

/* The reply to a body that comes in chunks of `chunk` bytes; 0: in chunks of every length up to 64. */
static inline str kit_review(struct kit *kit, str body, size_t chunk)
{
    error err;
    size_t next = 1;
    shelflife_buffer_reset(&kit->reply);
    shelflife_review_begin(kit->review, &kit->snapshot, kit->at, kit->mode);
    while (body.len) {
        size_t n = chunk ? chunk : next;
        next = (next * 29 + 7) % 64 + 1;
        /* A copy of its own, so that a sanitizer sees who keeps or oversteps it. */
        n = n < body.len ? n : body.len;
        char *copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, body.at, n);
        shelflife_review_feed(kit->review, (str){copy, n});
        free(copy);
        body = shelflife_str_after(body, n);
    }
    assert_true(shelflife_review_finish(kit->review, &kit->reply, &kit->outcome, &err));
    return shelflife_buffer_str(&kit->reply);
}

static inline bool kit_says(const struct kit *kit, const char *text)
{
    str reply = shelflife_buffer_str(&kit->reply), wanted = shelflife_str_of(text);
    return wanted.len == 0 || memmem(reply.at, reply.len, wanted.at, wanted.len) != NULL;
}

#endif
