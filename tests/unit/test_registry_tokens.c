/* rooms: registry net pki file json reference base */
#include "registry/tokens.h"
#include "unit/test.h"

static str find(struct shelflife_registry_tokens *tokens, arena *a, const char *key)
{
    str token = {0};
    assert_true(shelflife_registry_tokens_find(tokens, shelflife_str_of(key), a, &token));
    return token;
}

static void tokens_are_kept_by_key_until_they_expire_or_are_refused(UNUSED void **state)
{
    struct shelflife_registry_tokens tokens;
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    shelflife_registry_tokens_init(&tokens);
    assert_null(find(&tokens, &a, "one").at);
    shelflife_registry_tokens_keep(&tokens, STR("one"), STR("first"), 3600);
    shelflife_registry_tokens_keep(&tokens, STR("two"), STR("second"), 3600);
    shelflife_registry_tokens_keep(&tokens, STR("three"), STR("expired"), 0);
    assert_str_equal(find(&tokens, &a, "one"), "first");
    assert_str_equal(find(&tokens, &a, "two"), "second");
    assert_null(find(&tokens, &a, "three").at);
    shelflife_registry_tokens_keep(&tokens, STR("one"), STR("newer"), 3600);
    assert_str_equal(find(&tokens, &a, "one"), "newer");
    shelflife_registry_tokens_drop(&tokens, STR("one"));
    shelflife_registry_tokens_drop(&tokens, STR(""));
    assert_null(find(&tokens, &a, "one").at);
    assert_str_equal(find(&tokens, &a, "two"), "second");
    shelflife_registry_tokens_free(&tokens);
    shelflife_arena_free(&a);
}

static void their_number_is_limited(UNUSED void **state)
{
    struct shelflife_registry_tokens tokens;
    arena a;
    char key[32];
    size_t kept = 0;
    shelflife_arena_init(&a, 1 << 20);
    shelflife_registry_tokens_init(&tokens);
    for (int i = 0; i < 3000; i++) {
        snprintf(key, sizeof(key), "%d", i);
        shelflife_registry_tokens_keep(&tokens, shelflife_str_of(key), STR("token"), 3600);
    }
    for (int i = 0; i < 3000; i++) {
        snprintf(key, sizeof(key), "%d", i);
        kept += find(&tokens, &a, key).len > 0;
    }
    assert_in_range(kept, 1024, 1025);
    assert_str_equal(find(&tokens, &a, "2999"), "token");
    shelflife_registry_tokens_free(&tokens);
    shelflife_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_kept_by_key_until_they_expire_or_are_refused),
        cmocka_unit_test(their_number_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
