/* rooms: renewal file kube net json pki base */
#include "unit/renewal_kit.h"

static void a_secret_is_read_as_it_was_written(void **state)
{
    const struct shelflife_renewal_material current = material_of(*state, 0), next = material_of(*state, 1);
    struct shelflife_renewal_change change = {.own_name = "pod-a",
                                              .own_note = STR("ca:abc serial:1 ca:def serial:2"),
                                              .current = &current,
                                              .next = &next};
    A_BUFFER(json);
    AN_OBSERVATION(observation);
    shelflife_renewal_patch_secret(&observation, &change, &json);
    read_secret(&observation, &json);
    const struct shelflife_renewal_state *found = &observation.state;
    assert_true(found->slots[0] && found->slots[1]);
    assert_true(found->current.valid && found->next.valid);
    assert_false(found->current.names); /* it has one of the two */
    assert_true(found->next.names);
    assert_int_equal(found->current.from, now - SHELFLIFE_PKI_BACKDATE);
    assert_int_equal(found->current.issued, now);
    assert_int_equal(found->current.until, now + 60);
    assert_false(shelflife_renewal_id_equal(&found->current.id, &found->next.id));
    assert_int_equal(strlen(found->current.id.text), SHELFLIFE_RENEWAL_ID_MAX - 1);
    assert_true(shelflife_str_equal(observation.next.key, next.key));
    assert_int_equal(observation.next.serial.len, 32);
    assert_int_equal(found->note_count, 1);
    assert_string_equal(found->notes[0].name, "pod-a");
    assert_int_equal(found->notes[0].count, 2);
    assert_string_equal(found->notes[0].ids[0].text, "abc");
    assert_string_equal(found->notes[0].ids[1].text, "def");
    str pem;
    assert_true(shelflife_renewal_find_ca(&observation, &found->next.id, &pem));
    assert_true(shelflife_str_equal(pem, next.ca));
    assert_false(shelflife_renewal_find_ca(&observation, &found->notes[0].ids[0], &pem));
}

static void what_does_not_fit_together_is_no_pair(void **state)
{
    const struct pairs *p = *state;
    static const struct {
        size_t certificate, key, ca; /* 3: junk, 4: nothing */
        bool valid, slot;
    } cases[] = {
        {0, 0, 0, true, true},  {0, 1, 0, false, true}, {0, 0, 1, false, true},  {1, 0, 0, false, true},
        {3, 0, 0, false, true}, {0, 3, 0, false, true}, {0, 0, 3, false, true},  {4, 0, 0, false, true},
        {0, 4, 0, false, true}, {0, 0, 4, false, true}, {4, 4, 4, false, false}, {3, 3, 3, false, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const str junk[] = {STR("junk"), STR("")};
        struct shelflife_renewal_material m = {
            .certificate = cases[i].certificate < 3
                               ? shelflife_buffer_str(&p->at[cases[i].certificate].certificate)
                               : junk[cases[i].certificate - 3],
            .key = cases[i].key < 3 ? shelflife_buffer_str(&p->at[cases[i].key].key) : junk[cases[i].key - 3],
            .ca = cases[i].ca < 3 ? shelflife_buffer_str(&p->at[cases[i].ca].ca) : junk[cases[i].ca - 3]};
        const struct shelflife_renewal_change change = {.own_name = "a", .next = &m};
        A_BUFFER(json);
        AN_OBSERVATION(observation);
        shelflife_renewal_patch_secret(&observation, &change, &json);
        read_secret(&observation, &json);
        assert_int_equal(observation.state.next.valid, cases[i].valid);
        assert_int_equal(observation.state.slots[1], cases[i].slot);
        assert_false(observation.state.slots[0]);
    }
}

static void secrets_of_any_shape_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        bool ok;
        size_t notes;
    } cases[] = {
        {"{}", true, 0},
        {"{\"data\":null,\"metadata\":null}", true, 0},
        {"{\"data\":[],\"metadata\":7}", true, 0},
        {"{\"data\":{\"tls.crt\":7,\"next.key\":\"*\"}}", true, 0},
        {"{\"metadata\":{\"annotations\":{\"replica.shelflife.dev/\":\"ca:1\",\"x\":\"ca:1\"}}}", true, 0},
        {"{\"metadata\":{\"annotations\":{\"replica.shelflife.dev/a\":7}}}", true, 1},
        {"{\"metadata\":{\"annotations\":{\"replica.shelflife.dev/a\":\"ca: ca:1 ca:2  x ca:3 ca:4 ca:5\"}}}",
         true, 1},
        {"[]", false, 0},
        {"nonsense", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err;
        AN_OBSERVATION(observation);
        assert_int_equal(
            shelflife_renewal_observe_secret(&observation, shelflife_str_of(cases[i].json), names, 1, &err),
            cases[i].ok);
        assert_int_equal(observation.state.note_count, cases[i].notes);
        if (!cases[i].ok)
            assert_null(strstr(err.text, "nonsen")); /* a Secret is not quoted */
        if (cases[i].notes)
            assert_in_range(observation.state.notes[0].count, 0, SHELFLIFE_RENEWAL_NOTE_IDS_MAX);
    }
}

static void bundles_are_compared(void **state)
{
    const struct pairs *p = *state;
    static const struct {
        const char *bundles[3];
        size_t count, cas;
        const char *everywhere; /* for each CA that was met, in that order */
        bool uniform;
    } cases[] = {
        {{"0", "0", "0"}, 3, 1, "y", true},
        {{"01", "01"}, 2, 2, "yy", true},
        {{"01", "10"}, 2, 2, "yy", false},
        {{"0", "01"}, 2, 2, "yn", false},
        {{"0", ""}, 2, 1, "n", false},
        {{"", ""}, 2, 0, "", true},
        {{"00"}, 1, 1, "y", false},
        {{"9"}, 1, 0, "", false},
        {{"09"}, 1, 1, "y", false},
        {{"90"}, 1, 1, "y", false},
        {{"081"}, 1, 2, "yy", false},
        {{"0", "1", "2"}, 3, 3, "nnn", false},
        {{"012", "012", "01"}, 3, 3, "yyn", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        A_BUFFER(json);
        AN_OBSERVATION(observation);
        error err;
        write_configuration(p, cases[i].bundles, cases[i].count, &json);
        assert_true(shelflife_renewal_observe_configuration(&observation, shelflife_buffer_str(&json), &err));
        assert_true(observation.state.configuration);
        assert_str_equal(observation.configuration_version, "7");
        assert_int_equal(observation.webhook_count, cases[i].count);
        assert_int_equal(observation.state.ca_count, cases[i].cas);
        assert_int_equal(observation.state.uniform, cases[i].uniform);
        for (size_t k = 0; k < cases[i].cas; k++) {
            assert_int_equal(observation.state.bundle[k].everywhere, cases[i].everywhere[k] == 'y');
            assert_int_equal(observation.state.bundle[k].until, now + 60);
        }
    }
}

static void configurations_of_any_shape_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        bool ok, configuration;
    } cases[] = {
        {"{}", true, false},
        {"{\"webhooks\":[]}", true, false},
        {"{\"webhooks\":[{}]}", true, true},
        {"{\"webhooks\":[{\"name\":7,\"clientConfig\":{\"caBundle\":\"%\"}},4]}", true, true},
        {"{\"webhooks\":{}}", false, false},
        {"7", false, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        AN_OBSERVATION(observation);
        error err;
        assert_int_equal(
            shelflife_renewal_observe_configuration(&observation, shelflife_str_of(cases[i].json), &err),
            cases[i].ok);
        assert_int_equal(observation.state.configuration, cases[i].configuration);
    }
}

static void names_become_names_of_annotations(void **state)
{
    (void)state;
    static const struct {
        const char *identity, *name; /* name NULL: a hash is in it */
    } cases[] = {
        {"shelflife-7d9f-x2x8q", "shelflife-7d9f-x2x8q"},
        {"a.b_c-1", "a.b_c-1"},
        {"-a", NULL},
        {"a b/c", NULL},
        {"\xc3\xa4", NULL},
        {"0123456789012345678901234567890123456789012345678901234567890123", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char name[SHELFLIFE_RENEWAL_NAME_MAX];
        assert_true(shelflife_renewal_note_name(shelflife_str_of(cases[i].identity), name, NULL));
        if (cases[i].name)
            assert_string_equal(name, cases[i].name);
        else
            assert_in_range(strlen(name), 16, SHELFLIFE_RENEWAL_NAME_MAX - 1);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-._"), strlen(name));
        assert_true(name[0] != '-' && name[0] != '.');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_read_as_it_was_written),
        cmocka_unit_test(what_does_not_fit_together_is_no_pair),
        cmocka_unit_test(secrets_of_any_shape_are_read),
        cmocka_unit_test(bundles_are_compared),
        cmocka_unit_test(configurations_of_any_shape_are_read),
        cmocka_unit_test(names_become_names_of_annotations),
    };
    return cmocka_run_group_tests_name("renewal observe", tests, make_pairs, free_pairs);
}
