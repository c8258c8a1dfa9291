/* rooms: all */
#include "server/budget.h"

#include "unit/test.h"

enum {
    OWN = SHELFLIFE_SERVER_BUDGET_OWN,
    SLOW = SHELFLIFE_SERVER_BUDGET_SLOW,
    LIMIT = 1000,
    START = 5000,
    THREADS = 4,
    ROUNDS = 2000
};

struct house {
    struct shelflife_server_pool pools[THREADS]; /* one for each holder */
    struct shelflife_server_budget budget;
    struct shelflife_server_budget_holder holders[THREADS];
};

static int open_house(void **state)
{
    struct house *h = calloc(1, sizeof(*h));
    assert_non_null(h);
    shelflife_server_budget_init(&h->budget, LIMIT);
    for (size_t i = 0; i < COUNT(h->holders); i++) {
        shelflife_server_pool_init(&h->pools[i]);
        assert_true(shelflife_server_budget_take(&h->pools[i], &h->holders[i], START));
    }
    *state = h;
    return 0;
}

static int close_house(void **state)
{
    struct house *h = *state;
    unsigned waiting = 0;
    for (size_t i = 0; i < COUNT(h->holders); i++) {
        shelflife_server_budget_give_back(&h->budget, &h->holders[i]);
        assert_null(h->holders[i].review);
        waiting += h->pools[i].count;
    }
    assert_int_equal(shelflife_server_budget_used(&h->budget), 0);
    assert_null(h->budget.oldest);
    assert_null(h->budget.newest);
    /* Those that were given up, too. A thread may take a new one before its old one is back. */
    assert_true(waiting >= COUNT(h->holders));
    shelflife_server_budget_free(&h->budget);
    for (size_t i = 0; i < COUNT(h->pools); i++)
        shelflife_server_pool_free(&h->pools[i]);
    free(h);
    return 0;
}

/* A chunk, after which the review holds `memory` bytes. */
static bool read_chunk(struct house *h, unsigned holder, size_t memory, int64_t now)
{
    return shelflife_server_budget_enter(&h->budget, &h->holders[holder]) &&
           shelflife_server_budget_leave(&h->budget, &h->holders[holder], memory, now);
}

static void usual_reviews_need_nothing_of_the_budget(void **state)
{
    struct house *h = *state;
    for (unsigned i = 0; i < THREADS; i++) {
        assert_true(read_chunk(h, i, OWN, START));
        assert_false(h->holders[i].large);
    }
    assert_int_equal(shelflife_server_budget_used(&h->budget), 0);
}

static void what_is_beyond_the_own_part_is_charged_as_it_grows_and_shrinks(void **state)
{
    struct house *h = *state;
    assert_true(read_chunk(h, 0, OWN + 400, START));
    assert_true(read_chunk(h, 1, OWN + 500, START));
    assert_int_equal(shelflife_server_budget_used(&h->budget), 900);
    assert_true(read_chunk(h, 0, OWN + 500, START)); /* exactly the limit */
    assert_true(read_chunk(h, 1, OWN - 1, START));
    assert_int_equal(shelflife_server_budget_used(&h->budget), 500);
    shelflife_server_budget_give_back(&h->budget, &h->holders[0]);
    assert_int_equal(shelflife_server_budget_used(&h->budget), 0);
}

static void review_that_finds_no_room_is_given_up_and_its_memory_is_free(void **state)
{
    struct house *h = *state;
    assert_true(read_chunk(h, 0, OWN + 700, START));
    assert_false(read_chunk(h, 1, OWN + 301, START));
    assert_null(h->holders[1].review);
    assert_false(read_chunk(h, 1, OWN, START)); /* it stays so */
    assert_int_equal(shelflife_server_budget_used(&h->budget), 700);
    assert_true(read_chunk(h, 2, OWN + 300, START));
    assert_true(read_chunk(h, 3, OWN, START)); /* small ones need no room */
}

static void slow_review_that_holds_most_gives_way(void **state)
{
    struct house *h = *state;
    assert_true(read_chunk(h, 0, OWN + 300, START));
    assert_true(read_chunk(h, 1, OWN + 400, START));
    h->holders[2].since = START + 1;
    assert_true(read_chunk(h, 2, OWN + 300, START + 1));
    h->holders[3].since = START + SLOW;
    assert_true(read_chunk(h, 3, OWN + 350, START + SLOW));
    assert_null(h->holders[1].review);
    assert_non_null(h->holders[0].review);
    assert_false(read_chunk(h, 1, OWN, START + SLOW));
    /* The second that is slow; the third is not, yet. */
    assert_true(read_chunk(h, 3, OWN + 700, START + SLOW));
    assert_null(h->holders[0].review);
    assert_int_equal(shelflife_server_budget_used(&h->budget), 1000);
    assert_false(read_chunk(h, 3, OWN + 701, START + SLOW));
    assert_non_null(h->holders[2].review);
}

static void slow_review_that_is_being_read_does_not_give_way(void **state)
{
    struct house *h = *state;
    assert_true(read_chunk(h, 0, OWN + 900, START));
    assert_true(shelflife_server_budget_enter(&h->budget, &h->holders[0]));
    assert_false(read_chunk(h, 1, OWN + 200, START + SLOW));
    assert_true(shelflife_server_budget_leave(&h->budget, &h->holders[0], OWN + 900, START + SLOW));
    assert_true(read_chunk(h, 2, OWN + 200, START + SLOW));
    assert_null(h->holders[0].review);
}

static void nobody_gives_way_to_what_the_whole_budget_cannot_hold(void **state)
{
    struct house *h = *state;
    assert_true(read_chunk(h, 0, OWN + 900, START));
    assert_false(read_chunk(h, 1, OWN + LIMIT + 1, START + SLOW));
    assert_non_null(h->holders[0].review);
}

struct worker {
    struct house *house;
    unsigned number;
    pthread_t thread;
};

static void *work(void *context)
{
    struct worker *w = context;
    struct shelflife_server_budget *budget = &w->house->budget;
    struct shelflife_server_budget_holder *holder = &w->house->holders[w->number];
    for (unsigned n = 0; n < ROUNDS; n++) {
        int64_t now = START + n * 100;
        for (unsigned chunk = 1; read_chunk(w->house, w->number, OWN + chunk * 100, now) && chunk < 20;
             chunk++)
            now += 200;
        shelflife_server_budget_give_back(budget, holder);
        if (!shelflife_server_budget_take(&w->house->pools[w->number], holder, START + n * 100))
            return NULL;
    }
    return w;
}

static void threads_share_it(void **state)
{
    struct worker workers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.house = *state, .number = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        void *result;
        assert_int_equal(pthread_join(workers[i].thread, &result), 0);
        assert_non_null(result);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_house, close_house)
    const struct CMUnitTest tests[] = {
        TEST(usual_reviews_need_nothing_of_the_budget),
        TEST(what_is_beyond_the_own_part_is_charged_as_it_grows_and_shrinks),
        TEST(review_that_finds_no_room_is_given_up_and_its_memory_is_free),
        TEST(slow_review_that_holds_most_gives_way),
        TEST(slow_review_that_is_being_read_does_not_give_way),
        TEST(nobody_gives_way_to_what_the_whole_budget_cannot_hold),
        TEST(threads_share_it),
    };
    return cmocka_run_group_tests_name("server_budget", tests, NULL, NULL);
}
