/* For tests of admission: a snapshot of a catalog and a policy given as text, and a review in one call. */
#ifndef SHELFLIFE_TEST_REVIEW_KIT_H
#define SHELFLIFE_TEST_REVIEW_KIT_H

#include "shelflife/admission.h"
#include "unit/test.h"

struct kit {
    struct shelflife_catalogs *catalogs;
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
    shelflife_buffer_free(&kit->reply);
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
