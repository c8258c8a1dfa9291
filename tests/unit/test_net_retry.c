/* rooms: net base */
#include "net/retry.h"
#include "unit/test.h"

/* A clock that advances only while sleeping, and a constant in place of randomness. */
struct fake {
    uint64_t now, random, slept;
};

static uint64_t fake_milliseconds(void *context)
{
    return ((struct fake *)context)->now;
}

static int64_t fake_seconds(void *context)
{
    return 784111777 + (int64_t)((struct fake *)context)->now / 1000; /* 06 Nov 1994 08:49:37 GMT */
}

static uint64_t fake_random(void *context)
{
    return ((struct fake *)context)->random;
}

static bool fake_sleep(void *context, uint64_t milliseconds, const atomic_bool *cancel)
{
    struct fake *f = context;
    f->now += milliseconds;
    f->slept += milliseconds;
    return !(cancel && atomic_load(cancel));
}

static struct shelflife_clock clock_of(struct fake *f)
{
    return (struct shelflife_clock){fake_milliseconds, fake_seconds, fake_random, fake_sleep, f};
}

static void retry_after_is_seconds_or_a_date(void **state)
{
    static const struct {
        const char *value;
        int64_t milliseconds; /* -1: refused */
    } cases[] = {
        {"0", 0},
        {"7", 7000},
        {"120", 120000},
        {"99999999999999999999999", 86400000},
        {"Sun, 06 Nov 1994 08:49:47 GMT", 10000},
        {"Sunday, 06-Nov-94 08:49:47 GMT", 10000},
        {"Sun Nov  6 08:49:47 1994", 10000},
        {"Sun, 06 Nov 1994 08:49:07 GMT", 0},
        {"Fri, 31 Dec 2049 23:59:59 GMT", 86400000},
        {"", -1},
        {"soon", -1},
        {"-5", -1},
        {"5s", -1},
        {"1.5", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t wait = 0;
        bool ok = shelflife_net_retry_after(cases[i].value, 784111777, &wait);
        if (ok != (cases[i].milliseconds >= 0) || (ok && wait != (uint64_t)cases[i].milliseconds))
            fail_msg("\"%s\" gave %d %ju", cases[i].value, ok, (uintmax_t)wait);
    }
}

static void waits_double_up_to_the_cap_and_end(void **state)
{
    (void)state;
    struct fake fake = {0};
    struct shelflife_clock clock = clock_of(&fake);
    struct shelflife_net_retry retry = {.policy = {.tries = 7, .base = 100, .cap = 1000}, .clock = &clock};
    static const uint64_t most[] = {100, 200, 400, 800, 1000, 1000};
    shelflife_net_retry_start(&retry);
    for (size_t i = 0; i < COUNT(most); i++) {
        uint64_t wait;
        fake.random = most[i]; /* the largest that jitter gives */
        assert_true(shelflife_net_retry_next(&retry, "", &wait));
        assert_int_equal(wait, most[i]);
    }
    uint64_t wait = 42;
    assert_false(shelflife_net_retry_next(&retry, "", &wait));
    assert_int_equal(wait, 42);
}

static void jitter_is_full(void **state)
{
    (void)state;
    struct fake fake = {.random = UINT64_MAX};
    struct shelflife_clock clock = clock_of(&fake);
    for (uint64_t random = 0; random < 5000; random++) {
        struct shelflife_net_retry retry = {.policy = {.tries = 2, .base = 9}, .clock = &clock};
        uint64_t wait;
        fake.random = random;
        shelflife_net_retry_start(&retry);
        assert_true(shelflife_net_retry_next(&retry, "", &wait));
        assert_int_equal(wait, random % 10);
    }
}

static void never_earlier_than_asked_for(void **state)
{
    (void)state;
    struct fake fake = {.random = 3};
    struct shelflife_clock clock = clock_of(&fake);
    struct shelflife_net_retry retry = {.policy = {.base = 10}, .clock = &clock};
    uint64_t wait;
    shelflife_net_retry_start(&retry);
    assert_true(shelflife_net_retry_next(&retry, "2", &wait));
    assert_int_equal(wait, 2003);
    assert_true(shelflife_net_retry_next(&retry, "Sun, 06 Nov 1994 08:49:42 GMT", &wait));
    assert_int_equal(wait, 5003);
    assert_true(shelflife_net_retry_next(&retry, "nonsense", &wait));
    assert_int_equal(wait, 3);
}

static void no_wait_ends_after_the_budget(void **state)
{
    (void)state;
    struct fake fake = {0};
    struct shelflife_clock clock = clock_of(&fake);
    struct shelflife_net_retry retry = {.policy = {.tries = 100, .base = 1, .budget = 10000},
                                        .clock = &clock};
    shelflife_net_retry_start(&retry);
    assert_true(shelflife_net_retry_wait(&retry, "4", NULL));
    assert_true(shelflife_net_retry_wait(&retry, "4", NULL));
    assert_false(shelflife_net_retry_wait(&retry, "4", NULL));
    assert_int_equal(fake.slept, 8000);
    fake.now = 11000;
    assert_false(shelflife_net_retry_wait(&retry, "", NULL));
}

static void cancelling_ends_the_wait(void **state)
{
    (void)state;
    const struct shelflife_clock *clock = &shelflife_clock_system;
    atomic_bool cancel = true;
    struct shelflife_net_retry retry = {.policy = {.base = 1}, .clock = clock};
    shelflife_net_retry_start(&retry);
    assert_false(shelflife_net_retry_wait(&retry, "60", &cancel));
    assert_true(clock->sleep(clock->context, 1, NULL));
    assert_true(clock->seconds(clock->context) > 1700000000);
    uint64_t before = clock->milliseconds(clock->context);
    assert_true(clock->sleep(clock->context, 2, NULL));
    assert_true(clock->milliseconds(clock->context) >= before + 2);
    assert_int_not_equal(clock->random(clock->context), clock->random(clock->context));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retry_after_is_seconds_or_a_date),
        cmocka_unit_test(waits_double_up_to_the_cap_and_end),
        cmocka_unit_test(jitter_is_full),
        cmocka_unit_test(never_earlier_than_asked_for),
        cmocka_unit_test(no_wait_ends_after_the_budget),
        cmocka_unit_test(cancelling_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
