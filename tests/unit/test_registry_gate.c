/* rooms: registry net pki file json reference base */
#include "registry/gate.h"

#include "net/retry.h"
#include "unit/test.h"

static uint64_t now(void)
{
    return shelflife_clock_system.milliseconds(shelflife_clock_system.context);
}

static void a_host_gets_so_many_requests_and_others_are_not_counted(UNUSED void **state)
{
    struct shelflife_registry_gates gates;
    error err = {0};
    shelflife_registry_gates_init(&gates, 2);
    struct shelflife_registry_gate *a =
        shelflife_registry_gate_enter(&gates, STR("r.example"), now(), NULL, &err);
    struct shelflife_registry_gate *b =
        shelflife_registry_gate_enter(&gates, STR("r.example"), now(), NULL, &err);
    struct shelflife_registry_gate *c =
        shelflife_registry_gate_enter(&gates, STR("s.example"), now(), NULL, &err);
    assert_true(a && a == b && c && c != a);
    assert_null(shelflife_registry_gate_enter(&gates, STR("r.example"), now(), NULL, &err));
    assert_string_equal(err.text, "r.example: too many requests are waiting for it");
    shelflife_registry_gate_leave(&gates, a);
    a = shelflife_registry_gate_enter(&gates, STR("r.example"), now(), NULL, &err);
    assert_non_null(a);
    shelflife_registry_gate_leave(&gates, a);
    shelflife_registry_gate_leave(&gates, b);
    shelflife_registry_gate_leave(&gates, c);
    assert_null(gates.first); /* hosts that nothing uses are forgotten */
    shelflife_registry_gates_free(&gates);
}

static void a_host_that_wants_no_requests_gets_none(UNUSED void **state)
{
    struct shelflife_registry_gates gates;
    error err = {0};
    shelflife_registry_gates_init(&gates, 2);
    uint64_t hour = now() + 3600 * 1000;
    struct shelflife_registry_gate *a =
        shelflife_registry_gate_enter(&gates, STR("r.example"), now(), NULL, &err);
    assert_non_null(a);
    shelflife_registry_gate_close(&gates, a, hour);
    shelflife_registry_gate_leave(&gates, a);
    /* It is known at once that the wait would be too long. */
    assert_null(shelflife_registry_gate_enter(&gates, STR("r.example"), hour - 1, NULL, &err));
    assert_string_equal(err.text, "r.example: it asked for a longer wait than the time limit");
    a = shelflife_registry_gate_enter(&gates, STR("s.example"), now(), NULL, &err);
    assert_non_null(a);
    shelflife_registry_gate_leave(&gates, a);
    shelflife_registry_gates_free(&gates);
}

static void cancelling_ends_the_wait(UNUSED void **state)
{
    struct shelflife_registry_gates gates;
    atomic_bool cancel = true;
    error err = {0};
    shelflife_registry_gates_init(&gates, 1);
    assert_null(shelflife_registry_gate_enter(&gates, STR("r.example"), UINT64_MAX, &cancel, &err));
    assert_string_equal(err.text, "r.example: cancelled");
    shelflife_registry_gates_free(&gates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_gets_so_many_requests_and_others_are_not_counted),
        cmocka_unit_test(a_host_that_wants_no_requests_gets_none),
        cmocka_unit_test(cancelling_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
