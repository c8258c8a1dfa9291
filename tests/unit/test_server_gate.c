/* rooms: all */
#include "server/gate.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "server/clock.h"
#include "unit/test.h"

enum { SOON = 60, LONG = 600000, THREADS = 8, ROUNDS = 2000, PLACES = 2 }; /* the first two: milliseconds */

static int64_t after(int64_t milliseconds)
{
    return shelflife_server_milliseconds() + milliseconds;
}

static void a_place_is_there_until_all_are_taken(void **state)
{
    (void)state;
    struct shelflife_server_gate gate;
    atomic_bool ended = false;
    shelflife_server_gate_init(&gate, PLACES);
    for (int i = 0; i < PLACES; i++)
        assert_true(shelflife_server_gate_enter(&gate, after(LONG), &ended));
    assert_false(shelflife_server_gate_enter(&gate, after(SOON), &ended));
    shelflife_server_gate_leave(&gate);
    assert_true(shelflife_server_gate_enter(&gate, after(LONG), &ended));
    shelflife_server_gate_free(&gate);
}

static void no_one_waits_whose_time_has_passed_or_whose_connection_is_closed(void **state)
{
    (void)state;
    struct shelflife_server_gate gate;
    atomic_bool ended = false, gone = true;
    shelflife_server_gate_init(&gate, 1);
    assert_false(shelflife_server_gate_enter(&gate, after(0), &ended));
    assert_false(shelflife_server_gate_enter(&gate, after(LONG), &gone));
    assert_true(shelflife_server_gate_enter(&gate, after(LONG), &ended)); /* the others took no place */
    shelflife_server_gate_free(&gate);
}

struct waiter {
    struct shelflife_server_gate gate;
    atomic_bool ended;
    atomic_int waiting, inside, most, passed;
};

static void *wait_for_a_place(void *context)
{
    struct waiter *w = context;
    atomic_store(&w->waiting, 1);
    return shelflife_server_gate_enter(&w->gate, after(LONG), &w->ended) ? w : NULL;
}

static void a_connection_that_is_closed_ends_the_wait(void **state)
{
    (void)state;
    struct waiter w = {.ended = false};
    pthread_t thread;
    void *entered = &w;
    shelflife_server_gate_init(&w.gate, 0);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_a_place, &w), 0);
    while (!atomic_load(&w.waiting))
        sched_yield();
    usleep(20000); /* it goes on to wait: less than a step later, its connection is closed */
    atomic_store(&w.ended, true);
    assert_int_equal(pthread_join(thread, &entered), 0);
    assert_null(entered);
    shelflife_server_gate_free(&w.gate);
}

static void *pass_often(void *context)
{
    struct waiter *w = context;
    for (int i = 0; i < ROUNDS; i++) {
        if (!shelflife_server_gate_enter(&w->gate, after(LONG), &w->ended))
            continue;
        int inside = atomic_fetch_add(&w->inside, 1) + 1;
        for (int most = atomic_load(&w->most);
             inside > most && !atomic_compare_exchange_weak(&w->most, &most, inside);)
            ;
        atomic_fetch_add(&w->passed, 1);
        atomic_fetch_sub(&w->inside, 1);
        shelflife_server_gate_leave(&w->gate);
    }
    return NULL;
}

static void many_threads_pass_and_never_more_than_there_are_places(void **state)
{
    (void)state;
    struct waiter w = {.ended = false};
    pthread_t threads[THREADS];
    shelflife_server_gate_init(&w.gate, PLACES);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, pass_often, &w), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(w.passed, THREADS * ROUNDS);
    assert_in_range(w.most, 1, PLACES);
    shelflife_server_gate_free(&w.gate);
}

static void there_are_as_many_places_as_processors(void **state)
{
    (void)state;
    assert_in_range(shelflife_server_gate_places(), 1, (uintmax_t)sysconf(_SC_NPROCESSORS_CONF));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_is_there_until_all_are_taken),
        cmocka_unit_test(no_one_waits_whose_time_has_passed_or_whose_connection_is_closed),
        cmocka_unit_test(a_connection_that_is_closed_ends_the_wait),
        cmocka_unit_test(many_threads_pass_and_never_more_than_there_are_places),
        cmocka_unit_test(there_are_as_many_places_as_processors),
    };
    return cmocka_run_group_tests_name("server gate", tests, NULL, NULL);
}
