/* rooms: registry net pki file json reference base */
#include "registry/sent.h"
#include "unit/test.h"

static void check(const buffer *sent, const char *text, const char *expected)
{
    error err;
    shelflife_fail(&err, SHELFLIFE_ERROR_IO, "%s", text);
    shelflife_registry_sent_hide(sent, &err);
    assert_string_equal(err.text, expected);
}

static void what_was_sent_is_hidden(UNUSED void **state)
{
    buffer sent;
    shelflife_registry_sent_init(&sent);
    check(&sent, "correct-horse", "correct-horse");
    shelflife_registry_sent_add(&sent, "bob", "correct-horse");
    shelflife_registry_sent_add(&sent, NULL, "a-token");
    shelflife_registry_sent_add(&sent, NULL, NULL);
    check(&sent, "", "");
    check(&sent, "no secret", "no secret");
    check(&sent, "correct-horse", "…");
    check(&sent, "correct-horsecorrect-horse, a-token", "……, …");
    check(&sent, "Basic Ym9iOmNvcnJlY3QtaG9yc2U= of bob", "Basic … of bob");
    shelflife_registry_sent_hide(&sent, NULL);
    shelflife_buffer_reset(&sent);
    check(&sent, "correct-horse", "correct-horse");
    shelflife_buffer_free(&sent);
}

static void a_short_one_is_not_looked_for(UNUSED void **state)
{
    buffer sent;
    shelflife_registry_sent_init(&sent);
    shelflife_registry_sent_add(&sent, NULL, "horse");
    check(&sent, "the horse", "the horse");
    shelflife_registry_sent_add(&sent, NULL, "horses");
    check(&sent, "the horses", "the …");
    shelflife_buffer_free(&sent);
}

static void each_is_kept_once(UNUSED void **state)
{
    buffer sent;
    shelflife_registry_sent_init(&sent);
    for (size_t i = 0; i < 100; i++)
        shelflife_registry_sent_add(&sent, "bob", "correct-horse");
    assert_in_range(sent.len, 1, 64);
    shelflife_buffer_free(&sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sent_is_hidden),
        cmocka_unit_test(a_short_one_is_not_looked_for),
        cmocka_unit_test(each_is_kept_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
