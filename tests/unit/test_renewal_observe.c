/* rooms: renewal file kube net json pki base */
#include "unit/test.h"

#include "pki/pki.h"
#include "renewal/observe.h"
#include "json/document.h"

enum { LIMIT = 1 << 20 };
static const int64_t now = 1795392000; /* 2026-11-23 */
static const str names[] = {STR_INIT("shelflife.shelflife.svc"), STR_INIT("other.shelflife.svc")};

/* Three pairs, as texts. */
struct pairs {
    struct {
        buffer ca, certificate, key;
    } at[3];
};

static int make_pairs(void **state)
{
    struct pairs *p = calloc(1, sizeof(*p));
    assert_non_null(p);
    for (size_t i = 0; i < COUNT(p->at); i++) {
        shelflife_buffer_init(&p->at[i].ca, LIMIT);
        shelflife_buffer_init(&p->at[i].certificate, LIMIT);
        shelflife_buffer_init(&p->at[i].key, LIMIT);
        assert_true(shelflife_pki_make_pair(names, i ? 2 : 1, now, 60, &p->at[i].ca, &p->at[i].certificate,
                                            &p->at[i].key, NULL));
    }
    *state = p;
    return 0;
}

static int free_pairs(void **state)
{
    struct pairs *p = *state;
    for (size_t i = 0; i < COUNT(p->at); i++) {
        shelflife_buffer_free(&p->at[i].ca);
        shelflife_buffer_free(&p->at[i].certificate);
        shelflife_pki_wipe(&p->at[i].key);
    }
    free(p);
    return 0;
}

static struct shelflife_renewal_renewal_material material_of(const struct pairs *p, size_t i)
{
    return (struct shelflife_renewal_renewal_material){.certificate =
                                                           shelflife_buffer_str(&p->at[i].certificate),
                                                       .key = shelflife_buffer_str(&p->at[i].key),
                                                       .ca = shelflife_buffer_str(&p->at[i].ca)};
}

static void read_secret(struct shelflife_renewal_renewal_look *look, const buffer *json)
{
    error err;
    if (!shelflife_renewal_renewal_look_at_secret(look, shelflife_buffer_str(json), names, COUNT(names),
                                                  &err))
        fail_msg("%s", err.text);
}

static void cleanup_look(struct shelflife_renewal_renewal_look *look)
{
    shelflife_renewal_renewal_look_free(look);
}

#define A_LOOK(look)                                                                                         \
    CLEANUP(cleanup_look) struct shelflife_renewal_renewal_look look;                                        \
    shelflife_renewal_renewal_look_init(&(look))
#define A_BUFFER(b)                                                                                          \
    CLEANUP(shelflife_buffer_free) buffer b;                                                                 \
    shelflife_buffer_init(&(b), LIMIT)

static void a_secret_is_read_as_it_was_written(void **state)
{
    const struct shelflife_renewal_renewal_material current = material_of(*state, 0),
                                                    next = material_of(*state, 1);
    struct shelflife_renewal_renewal_change change = {.own_name = "pod-a",
                                                      .own_note = STR("ca:abc serial:1 ca:def serial:2"),
                                                      .current = &current,
                                                      .next = &next};
    A_BUFFER(json);
    A_LOOK(look);
    shelflife_renewal_renewal_write_secret("shelflife", "tls", &change, &json);
    read_secret(&look, &json);
    const struct shelflife_renewal_renewal_seen *seen = &look.seen;
    assert_true(seen->secret && seen->slots[0] && seen->slots[1]);
    assert_true(seen->current.sound && seen->next.sound);
    assert_false(seen->current.names); /* it has one of the two */
    assert_true(seen->next.names);
    assert_int_equal(seen->current.from, now - SHELFLIFE_PKI_BACKDATE);
    assert_int_equal(seen->current.issued, now);
    assert_int_equal(seen->current.until, now + 60);
    assert_false(shelflife_renewal_renewal_id_equal(&seen->current.id, &seen->next.id));
    assert_int_equal(strlen(seen->current.id.text), SHELFLIFE_RENEWAL_RENEWAL_ID_MAX - 1);
    assert_true(shelflife_str_equal(look.next.key, next.key));
    assert_int_equal(look.next.serial.len, 32);
    assert_int_equal(seen->note_count, 1);
    assert_string_equal(seen->notes[0].name, "pod-a");
    assert_int_equal(seen->notes[0].count, 2);
    assert_string_equal(seen->notes[0].ids[0].text, "abc");
    assert_string_equal(seen->notes[0].ids[1].text, "def");
    str pem;
    assert_true(shelflife_renewal_renewal_look_for_ca(&look, &seen->next.id, &pem));
    assert_true(shelflife_str_equal(pem, next.ca));
    assert_false(shelflife_renewal_renewal_look_for_ca(&look, &seen->notes[0].ids[0], &pem));
}

static void what_does_not_fit_together_is_no_pair(void **state)
{
    const struct pairs *p = *state;
    static const struct {
        size_t certificate, key, ca; /* 3: junk, 4: nothing */
        bool sound, slot;
    } cases[] = {
        {0, 0, 0, true, true},  {0, 1, 0, false, true}, {0, 0, 1, false, true},  {1, 0, 0, false, true},
        {3, 0, 0, false, true}, {0, 3, 0, false, true}, {0, 0, 3, false, true},  {4, 0, 0, false, true},
        {0, 4, 0, false, true}, {0, 0, 4, false, true}, {4, 4, 4, false, false}, {3, 3, 3, false, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const str junk[] = {STR("junk"), STR("")};
        struct shelflife_renewal_renewal_material m = {
            .certificate = cases[i].certificate < 3
                               ? shelflife_buffer_str(&p->at[cases[i].certificate].certificate)
                               : junk[cases[i].certificate - 3],
            .key = cases[i].key < 3 ? shelflife_buffer_str(&p->at[cases[i].key].key) : junk[cases[i].key - 3],
            .ca = cases[i].ca < 3 ? shelflife_buffer_str(&p->at[cases[i].ca].ca) : junk[cases[i].ca - 3]};
        const struct shelflife_renewal_renewal_change change = {.own_name = "a", .next = &m};
        A_BUFFER(json);
        A_LOOK(look);
        shelflife_renewal_renewal_write_secret("shelflife", "tls", &change, &json);
        read_secret(&look, &json);
        assert_int_equal(look.seen.next.sound, cases[i].sound);
        assert_int_equal(look.seen.slots[1], cases[i].slot);
        assert_false(look.seen.slots[0]);
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
        A_LOOK(look);
        assert_int_equal(
            shelflife_renewal_renewal_look_at_secret(&look, shelflife_str_of(cases[i].json), names, 1, &err),
            cases[i].ok);
        assert_int_equal(look.seen.note_count, cases[i].notes);
        if (cases[i].notes)
            assert_in_range(look.seen.notes[0].count, 0, SHELFLIFE_RENEWAL_RENEWAL_NOTE_IDS);
    }
}

/* A configuration with a webhook for each text, given as CAs by number; 9 is junk, 8 a broken certificate. */
static void write_configuration(const struct pairs *p, const char *const *bundles, size_t count, buffer *out)
{
    shelflife_buffer_append(out, STR("{\"metadata\":{\"resourceVersion\":\"7\"},\"webhooks\":["));
    for (size_t i = 0; i < count; i++) {
        A_BUFFER(pem);
        for (const char *c = bundles[i]; *c; c++)
            shelflife_buffer_append(&pem, *c == '9'   ? STR("junk\n")
                                          : *c == '8' ? STR("-----BEGIN CERTIFICATE-----\nAAAA\n-----END "
                                                            "CERTIFICATE-----\n")
                                                      : shelflife_buffer_str(&p->at[*c - '0'].ca));
        shelflife_buffer_format(out, "%s{\"name\":\"w%zu\",\"clientConfig\":{\"caBundle\":\"", i ? "," : "",
                                i);
        shelflife_pki_base64_encode(shelflife_buffer_str(&pem), out);
        shelflife_buffer_append(out, STR("\"}}"));
    }
    shelflife_buffer_append(out, STR("]}"));
}

static void bundles_are_compared(void **state)
{
    const struct pairs *p = *state;
    static const struct {
        const char *bundles[3];
        size_t count, cas;
        const char *everywhere; /* for each CA that was met, in that order */
        bool clean;
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
        A_LOOK(look);
        error err;
        write_configuration(p, cases[i].bundles, cases[i].count, &json);
        assert_true(
            shelflife_renewal_renewal_look_at_configuration(&look, shelflife_buffer_str(&json), &err));
        assert_true(look.seen.configuration);
        assert_str_equal(look.configuration_version, "7");
        assert_int_equal(look.webhook_count, cases[i].count);
        assert_int_equal(look.seen.ca_count, cases[i].cas);
        assert_int_equal(look.seen.clean, cases[i].clean);
        for (size_t k = 0; k < cases[i].cas; k++) {
            assert_int_equal(look.seen.bundle[k].everywhere, cases[i].everywhere[k] == 'y');
            assert_int_equal(look.seen.bundle[k].until, now + 60);
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
        A_LOOK(look);
        error err;
        assert_int_equal(
            shelflife_renewal_renewal_look_at_configuration(&look, shelflife_str_of(cases[i].json), &err),
            cases[i].ok);
        assert_int_equal(look.seen.configuration, cases[i].configuration);
    }
}

static void a_promotion_moves_next_and_drops_notes_that_do_not_count(void **state)
{
    const str text = STR("{\"metadata\":{\"resourceVersion\":\"12\",\"annotations\":{"
                         "\"replica.shelflife.dev/me\":\"x\",\"replica.shelflife.dev/gone\":\"ca:1\"}}}");
    const struct shelflife_renewal_renewal_material next = material_of(*state, 1);
    const struct shelflife_renewal_renewal_change change = {.own_name = "me",
                                                            .own_note = STR("ca:2 serial:3"),
                                                            .current = &next,
                                                            .clear_next = true,
                                                            .drop_before = now};
    A_LOOK(look);
    A_BUFFER(json);
    assert_true(shelflife_renewal_renewal_look_at_secret(&look, text, names, 1, NULL));
    shelflife_renewal_renewal_write_patch(&look, &change, &json);
    str patch = shelflife_buffer_str(&json);
    assert_true(shelflife_str_starts(
        patch,
        STR("{\"metadata\":{\"resourceVersion\":\"12\",\"annotations\":{\"replica.shelflife.dev/me\":\"ca:2 "
            "serial:3\",\"replica.shelflife.dev/gone\":null}},\"data\":{\"tls.crt\":\"LS0t")));
    assert_true(shelflife_str_ends(patch, STR("\"next.crt\":null,\"next.key\":null,\"next-ca.crt\":null}}")));
}

static void a_bundle_is_written_for_the_version_that_was_seen(void **state)
{
    const char *const bundles[] = {"0", ""};
    A_BUFFER(json);
    A_BUFFER(patch);
    A_LOOK(look);
    write_configuration(*state, bundles, COUNT(bundles), &json);
    assert_true(shelflife_renewal_renewal_look_at_configuration(&look, shelflife_buffer_str(&json), NULL));
    shelflife_renewal_renewal_write_bundle(&look, STR("ABC"), &patch);
    assert_str_equal(shelflife_buffer_str(&patch),
                     "[{\"op\":\"replace\",\"path\":\"/metadata/resourceVersion\",\"value\":\"7\"},"
                     "{\"op\":\"test\",\"path\":\"/webhooks/0/name\",\"value\":\"w0\"},"
                     "{\"op\":\"add\",\"path\":\"/webhooks/0/clientConfig/caBundle\",\"value\":\"QUJD\"},"
                     "{\"op\":\"test\",\"path\":\"/webhooks/1/name\",\"value\":\"w1\"},"
                     "{\"op\":\"add\",\"path\":\"/webhooks/1/clientConfig/caBundle\",\"value\":\"QUJD\"}]");
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
        char name[SHELFLIFE_RENEWAL_RENEWAL_NAME_MAX];
        assert_true(shelflife_renewal_renewal_note_name(shelflife_str_of(cases[i].identity), name, NULL));
        if (cases[i].name)
            assert_string_equal(name, cases[i].name);
        else
            assert_in_range(strlen(name), 16, SHELFLIFE_RENEWAL_RENEWAL_NAME_MAX - 1);
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
        cmocka_unit_test(a_promotion_moves_next_and_drops_notes_that_do_not_count),
        cmocka_unit_test(a_bundle_is_written_for_the_version_that_was_seen),
        cmocka_unit_test(names_become_names_of_annotations),
    };
    return cmocka_run_group_tests_name("renewal look", tests, make_pairs, free_pairs);
}
