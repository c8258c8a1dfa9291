/* rooms: base json reference workload catalog policy inventory net kube pki inputs audit log file */
#include "audit/internal.h"
#include "unit/test.h"

enum { TODAY = 100 };

static const struct shelflife_audit_workload enforced = {.mode = SHELFLIFE_MODE_ENFORCE};
static const struct shelflife_audit_workload warned = {.mode = SHELFLIFE_MODE_WARN};

/* An image whose patches end, and that then goes away. */
static const struct shelflife_audit_turn turns[] = {
    {TODAY + 10, SHELFLIFE_PHASE_ENDING, SHELFLIFE_WARN},
    {TODAY + 20, SHELFLIFE_PHASE_UNPATCHED, SHELFLIFE_WARN},
    {TODAY + 30, SHELFLIFE_PHASE_UNAVAILABLE, SHELFLIFE_DENY},
};
static const struct shelflife_audit_image ages = {
    .verdict = {.phase = SHELFLIFE_PHASE_SUPPORTED}, .turns = turns, .turn_count = COUNT(turns)};

/* An image whose exception ends. */
static const struct shelflife_audit_turn ends[] = {{TODAY + 5, SHELFLIFE_PHASE_UNAVAILABLE, SHELFLIFE_DENY}};
static const struct shelflife_audit_image waived = {
    .verdict = {.phase = SHELFLIFE_PHASE_UNAVAILABLE}, .turns = ends, .turn_count = COUNT(ends)};

static void check(const struct shelflife_audit_entry *entries, size_t count, int32_t within,
                  const struct shelflife_audit_change *wanted, size_t wanted_count)
{
    struct shelflife_audit_result result = {
        .at = TODAY, .within = within, .entries = entries, .entry_count = count};
    arena memory;
    error err = {0};
    shelflife_arena_init(&memory, SIZE_MAX);
    assert_true(shelflife_audit_forecast(&result, &memory, &err));
    assert_int_equal(result.change_count, wanted_count);
    for (size_t i = 0; i < wanted_count; i++) {
        const struct shelflife_audit_change *got = &result.changes[i], *want = &wanted[i];
        assert_int_equal(got->day, want->day);
        assert_ptr_equal(got->entry, want->entry);
        assert_int_equal(got->from, want->from);
        assert_int_equal(got->to, want->to);
        assert_int_equal(got->before, want->before);
        assert_int_equal(got->after, want->after);
        assert_int_equal(got->stuck, want->stuck);
    }
    shelflife_arena_free(&memory);
}

static void changes_that_matter_are_listed_by_day(void **state)
{
    const struct shelflife_audit_entry entries[] = {
        {.workload = &enforced, .image = &ages, .pods_judged = true},
        {.workload = &warned, .image = &ages, .pods_judged = true},
        {.workload = &enforced, .image = &waived},
        {.workload = &enforced, .image = &ages, .history = true},
    };
    const struct shelflife_audit_entry *enforce = &entries[0], *warn = &entries[1], *waive = &entries[2];
    const struct shelflife_audit_change wanted[] = {
        {TODAY + 5, waive, SHELFLIFE_PHASE_UNAVAILABLE, SHELFLIFE_PHASE_UNAVAILABLE, SHELFLIFE_ALLOW,
         SHELFLIFE_DENY, false},
        {TODAY + 20, enforce, SHELFLIFE_PHASE_ENDING, SHELFLIFE_PHASE_UNPATCHED, SHELFLIFE_WARN,
         SHELFLIFE_WARN, false},
        {TODAY + 20, warn, SHELFLIFE_PHASE_ENDING, SHELFLIFE_PHASE_UNPATCHED, SHELFLIFE_WARN, SHELFLIFE_WARN,
         false},
        {TODAY + 30, enforce, SHELFLIFE_PHASE_UNPATCHED, SHELFLIFE_PHASE_UNAVAILABLE, SHELFLIFE_WARN,
         SHELFLIFE_DENY, true},
        {TODAY + 30, warn, SHELFLIFE_PHASE_UNPATCHED, SHELFLIFE_PHASE_UNAVAILABLE, SHELFLIFE_WARN,
         SHELFLIFE_WARN, false},
    };
    (void)state;
    check(entries, COUNT(entries), -1, wanted, COUNT(wanted));
}

static void a_window_ends_the_forecast(void **state)
{
    const struct shelflife_audit_entry entry = {.workload = &warned, .image = &ages};
    const struct shelflife_audit_change wanted[] = {{TODAY + 20, &entry, SHELFLIFE_PHASE_ENDING,
                                                     SHELFLIFE_PHASE_UNPATCHED, SHELFLIFE_WARN,
                                                     SHELFLIFE_WARN, false}};
    (void)state;
    check(&entry, 1, 19, wanted, 0);
    check(&entry, 1, 20, wanted, 1);
    check(&entry, 1, 29, wanted, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_that_matter_are_listed_by_day),
        cmocka_unit_test(a_window_ends_the_forecast),
    };
    return cmocka_run_group_tests_name("audit_forecast", tests, NULL, NULL);
}
