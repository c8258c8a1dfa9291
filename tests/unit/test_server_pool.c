/* rooms: all */
#include "server/pool.h"

#include "unit/test.h"

static void last_review_that_was_given_is_taken_next(void **state)
{
    (void)state;
    struct shelflife_server_pool pool;
    shelflife_server_pool_init(&pool);
    struct shelflife_review *a = shelflife_server_pool_take(&pool), *b = shelflife_server_pool_take(&pool);
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
    shelflife_server_pool_give(&pool, a);
    shelflife_server_pool_give(&pool, b);
    assert_ptr_equal(shelflife_server_pool_take(&pool), b);
    assert_ptr_equal(shelflife_server_pool_take(&pool), a);
    shelflife_server_pool_give(&pool, NULL);
    assert_int_equal(pool.count, 0);
    shelflife_server_pool_give(&pool, a);
    shelflife_server_pool_give(&pool, b);
    shelflife_server_pool_free(&pool);
}

static void pool_keeps_only_a_few(void **state)
{
    (void)state;
    struct shelflife_server_pool pool;
    struct shelflife_review *taken[SHELFLIFE_SERVER_POOL_MAX + 3];
    shelflife_server_pool_init(&pool);
    for (size_t i = 0; i < COUNT(taken); i++)
        taken[i] = shelflife_server_pool_take(&pool);
    for (size_t i = 0; i < COUNT(taken); i++)
        shelflife_server_pool_give(&pool, taken[i]);
    assert_int_equal(pool.count, SHELFLIFE_SERVER_POOL_MAX);
    shelflife_server_pool_free(&pool); /* a sanitizer finds what was neither kept nor freed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_review_that_was_given_is_taken_next),
        cmocka_unit_test(pool_keeps_only_a_few),
    };
    return cmocka_run_group_tests_name("server_pool", tests, NULL, NULL);
}
