/* rooms: renewal file kube net json pki base */
#include "unit/renewal_kit.h"

static void the_first_pair_is_written_as_next_with_the_note(void **state)
{
    const struct shelflife_renewal_material next = material_of(*state, 1);
    const struct shelflife_renewal_change change = {
        .own_name = "pod-a", .own_note = STR("ca:1 serial:2"), .next = &next};
    AN_OBSERVATION(observation);
    A_BUFFER(json);
    assert_true(shelflife_renewal_observe_secret(
        &observation, STR("{\"metadata\":{\"resourceVersion\":\"12\"}}"), names, 1, NULL));
    shelflife_renewal_patch_secret(&observation, &change, &json);
    str text = shelflife_buffer_str(&json);
    assert_true(shelflife_str_starts(text, STR("{\"metadata\":{\"resourceVersion\":\"12\",\"annotations\":{"
                                               "\"replica.shelflife.dev/pod-a\":\"ca:1 "
                                               "serial:2\"}},\"data\":{\"next.crt\":\"LS0t")));
    assert_null(memmem(text.at, text.len, "tls.crt", 7));
}

static void a_withdrawal_removes_only_the_own_note(void **state)
{
    (void)state;
    A_BUFFER(json);
    shelflife_renewal_patch_withdrawal("pod-a", &json);
    assert_str_equal(shelflife_buffer_str(&json),
                     "{\"metadata\":{\"annotations\":{\"replica.shelflife.dev/pod-a\":null}}}");
}

static void a_body_that_does_not_fit_is_failed(void **state)
{
    const struct shelflife_renewal_material next = material_of(*state, 1);
    const struct shelflife_renewal_change change = {.own_name = "a", .next = &next};
    CLEANUP(shelflife_buffer_free) buffer json;
    AN_OBSERVATION(observation);
    shelflife_buffer_init(&json, 200);
    shelflife_renewal_patch_secret(&observation, &change, &json);
    assert_true(json.failed);
}

static void a_promotion_moves_next_and_drops_notes_that_do_not_count(void **state)
{
    const str text = STR("{\"metadata\":{\"resourceVersion\":\"12\",\"annotations\":{"
                         "\"replica.shelflife.dev/me\":\"x\",\"replica.shelflife.dev/gone\":\"ca:1\"}}}");
    const struct shelflife_renewal_material next = material_of(*state, 1);
    const struct shelflife_renewal_change change = {.own_name = "me",
                                                    .own_note = STR("ca:2 serial:3"),
                                                    .current = &next,
                                                    .clear_next = true,
                                                    .drop_before = now};
    AN_OBSERVATION(observation);
    A_BUFFER(json);
    assert_true(shelflife_renewal_observe_secret(&observation, text, names, 1, NULL));
    shelflife_renewal_patch_secret(&observation, &change, &json);
    str patch = shelflife_buffer_str(&json);
    assert_true(shelflife_str_starts(
        patch,
        STR("{\"metadata\":{\"resourceVersion\":\"12\",\"annotations\":{\"replica.shelflife.dev/me\":\"ca:2 "
            "serial:3\",\"replica.shelflife.dev/gone\":null}},\"data\":{\"tls.crt\":\"LS0t")));
    assert_true(shelflife_str_ends(patch, STR("\"next.crt\":null,\"next.key\":null,\"next-ca.crt\":null}}")));
}

static void a_bundle_is_written_for_the_observed_version(void **state)
{
    const char *const bundles[] = {"0", ""};
    A_BUFFER(json);
    A_BUFFER(patch);
    AN_OBSERVATION(observation);
    write_configuration(*state, bundles, COUNT(bundles), &json);
    assert_true(shelflife_renewal_observe_configuration(&observation, shelflife_buffer_str(&json), NULL));
    shelflife_renewal_patch_bundle(&observation, STR("ABC"), &patch);
    assert_str_equal(shelflife_buffer_str(&patch),
                     "[{\"op\":\"replace\",\"path\":\"/metadata/resourceVersion\",\"value\":\"7\"},"
                     "{\"op\":\"test\",\"path\":\"/webhooks/0/name\",\"value\":\"w0\"},"
                     "{\"op\":\"add\",\"path\":\"/webhooks/0/clientConfig/caBundle\",\"value\":\"QUJD\"},"
                     "{\"op\":\"test\",\"path\":\"/webhooks/1/name\",\"value\":\"w1\"},"
                     "{\"op\":\"add\",\"path\":\"/webhooks/1/clientConfig/caBundle\",\"value\":\"QUJD\"}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_pair_is_written_as_next_with_the_note),
        cmocka_unit_test(a_withdrawal_removes_only_the_own_note),
        cmocka_unit_test(a_body_that_does_not_fit_is_failed),
        cmocka_unit_test(a_promotion_moves_next_and_drops_notes_that_do_not_count),
        cmocka_unit_test(a_bundle_is_written_for_the_observed_version),
    };
    return cmocka_run_group_tests(tests, make_pairs, free_pairs);
}
