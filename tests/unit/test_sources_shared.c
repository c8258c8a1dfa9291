/* rooms: sources registry admission policy inventory catalog workload reference json log net pki file base */
#include <pthread.h>

#include "sources/shared.h"
#include "unit/test.h"

struct thing {
    struct shelflife_sources_shared shared;
    atomic_uint *destroyed;
    char text[64];
};

static void destroy(void *object)
{
    struct thing *thing = object;
    atomic_fetch_add(thing->destroyed, 1);
    memset(thing->text, 'x', sizeof(thing->text));
    free(thing);
}

static struct thing *new_thing(atomic_uint *destroyed)
{
    struct thing *thing = calloc(1, sizeof(*thing));
    assert_non_null(thing);
    shelflife_sources_share(thing, destroy);
    thing->destroyed = destroyed;
    return thing;
}

static void last_reference_destroys(void **state)
{
    (void)state;
    atomic_uint destroyed = 0;
    struct thing *thing = new_thing(&destroyed);
    assert_ptr_equal(shelflife_sources_keep(thing), thing);
    shelflife_sources_release(thing);
    assert_int_equal(destroyed, 0);
    shelflife_sources_release(thing);
    assert_int_equal(destroyed, 1);
    shelflife_sources_release(NULL);
    assert_null(shelflife_sources_keep(NULL));
}

static void replaced_object_lives_as_long_as_it_is_used(void **state)
{
    (void)state;
    atomic_uint destroyed = 0;
    struct shelflife_sources_current current;
    shelflife_sources_current_init(&current);
    assert_null(shelflife_sources_current_take(&current));
    struct thing *first = new_thing(&destroyed), *second = new_thing(&destroyed);
    shelflife_sources_current_swap(&current, first);
    assert_ptr_equal(shelflife_sources_current_take(&current), first);
    shelflife_sources_current_swap(&current, second);
    assert_int_equal(destroyed, 0);
    shelflife_sources_release(first);
    assert_int_equal(destroyed, 1);
    assert_ptr_equal(shelflife_sources_current_take(&current), second);
    shelflife_sources_current_free(&current);
    assert_int_equal(destroyed, 1);
    shelflife_sources_release(second);
    assert_int_equal(destroyed, 2);
}

enum { SWAPS = 20000 };

static void *use(void *context)
{
    struct shelflife_sources_current *current = context;
    uintptr_t wrong = 0;
    for (size_t i = 0; i < SWAPS; i++) {
        struct thing *thing = shelflife_sources_current_take(current);
        wrong += thing->text[0] != '\0';
        shelflife_sources_release(thing);
    }
    return (void *)wrong;
}

static void object_can_be_replaced_while_threads_use_it(void **state)
{
    (void)state;
    atomic_uint destroyed = 0;
    pthread_t users[2];
    struct shelflife_sources_current current;
    shelflife_sources_current_init(&current);
    shelflife_sources_current_swap(&current, new_thing(&destroyed));
    for (size_t i = 0; i < COUNT(users); i++)
        assert_int_equal(pthread_create(&users[i], NULL, use, &current), 0);
    for (size_t i = 1; i < SWAPS; i++)
        shelflife_sources_current_swap(&current, new_thing(&destroyed));
    for (size_t i = 0; i < COUNT(users); i++) {
        void *wrong;
        pthread_join(users[i], &wrong);
        assert_null(wrong);
    }
    shelflife_sources_current_free(&current);
    assert_int_equal(destroyed, SWAPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_reference_destroys),
        cmocka_unit_test(replaced_object_lives_as_long_as_it_is_used),
        cmocka_unit_test(object_can_be_replaced_while_threads_use_it),
    };
    return cmocka_run_group_tests_name("sources_shared", tests, NULL, NULL);
}
