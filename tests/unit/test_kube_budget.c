/* rooms: file kube net json pki base */
#include "kube/budget.h"
#include "unit/kube_kit.h"

static void requests_of_a_client_are_limited(void **state)
{
    struct fixture *f = *state;
    close_client(f);
    f->options.requests_second = 10;
    f->options.burst = 5;
    open_client(f);
    for (int i = 0; i < 5; i++)
        assert_true(get(f, "/echo"));
    assert_int_equal(f->fake.slept, 0);
    for (int i = 0; i < 5; i++)
        assert_true(get(f, "/echo"));
    assert_int_equal(f->fake.slept, 500);
}

/* A budget of ten requests a second, two at once, on a clock that stands at 1 s. */
static void begin(struct fixture *f, struct shelflife_kube_budget *budget, const atomic_bool *cancel)
{
    f->fake = (struct fake){.now = 1000};
    f->options.requests_second = 10;
    f->options.burst = 2;
    f->options.cancel = cancel;
    shelflife_kube_budget_init(budget, &f->options);
}

static void take(struct shelflife_kube_budget *budget, int count)
{
    for (int i = 0; i < count; i++)
        assert_true(shelflife_kube_budget_take(budget));
}

static void unused_slots_expire(void **state)
{
    struct fixture *f = *state;
    struct shelflife_kube_budget budget;
    begin(f, &budget, NULL);
    take(&budget, 2);
    assert_int_equal(f->fake.slept, 0);
    take(&budget, 3);
    assert_int_equal(f->fake.slept, 300);
    f->fake.now += 60000;
    take(&budget, 2);
    assert_int_equal(f->fake.slept, 300);
    take(&budget, 1);
    assert_int_equal(f->fake.slept, 400);
    shelflife_kube_budget_free(&budget);
}

static void a_pause_holds_back_all_requests(void **state)
{
    struct fixture *f = *state;
    struct shelflife_kube_budget budget;
    begin(f, &budget, NULL);
    shelflife_kube_budget_pause(&budget, 5000);
    shelflife_kube_budget_pause(&budget, 2000); /* the longest counts */
    take(&budget, 1);
    assert_int_equal(f->fake.slept, 5000);
    take(&budget, 1);
    assert_int_equal(f->fake.slept, 5000);
    shelflife_kube_budget_free(&budget);
}

static void cancelling_ends_the_wait(void **state)
{
    struct fixture *f = *state;
    struct shelflife_kube_budget budget;
    atomic_bool cancel = true;
    begin(f, &budget, &cancel);
    assert_false(shelflife_kube_budget_take(&budget));
    shelflife_kube_budget_pause(&budget, 10);
    assert_false(shelflife_kube_budget_take(&budget));
    shelflife_kube_budget_free(&budget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requests_of_a_client_are_limited),
        TEST(unused_slots_expire),
        TEST(a_pause_holds_back_all_requests),
        TEST(cancelling_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
