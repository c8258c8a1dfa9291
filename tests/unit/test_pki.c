/* rooms: base pki */
#include "unit/test.h"

#include "pki/pki.h"

enum { LIMIT = 1 << 20 };
static const int64_t now = 1795392000; /* 2026-11-23 */

/* A CA, its key, another key, and a serving certificate made of them. */
struct set {
    buffer ca, ca_key, key, other_key, certificate;
};

static struct shelflife_pki_certificate_request request_of(const struct set *set, const str *names,
                                                           size_t count)
{
    return (struct shelflife_pki_certificate_request){.ca = shelflife_buffer_str(&set->ca),
                                                      .ca_key = shelflife_buffer_str(&set->ca_key),
                                                      .key = shelflife_buffer_str(&set->key),
                                                      .names = names,
                                                      .name_count = count,
                                                      .now = now,
                                                      .days = 90};
}

static const str names[] = {STR_INIT("shelflife.shelflife-system.svc"), STR_INIT("127.0.0.1"),
                            STR_INIT("::1"), STR_INIT("*.example.com")};

static int make_set(void **state)
{
    struct set *set = calloc(1, sizeof(*set));
    assert_non_null(set);
    buffer *all[] = {&set->ca, &set->ca_key, &set->key, &set->other_key, &set->certificate};
    for (size_t i = 0; i < COUNT(all); i++)
        shelflife_buffer_init(all[i], LIMIT);
    assert_true(shelflife_pki_make_key(&set->ca_key, NULL));
    assert_true(shelflife_pki_make_key(&set->key, NULL));
    assert_true(shelflife_pki_make_key(&set->other_key, NULL));
    assert_true(shelflife_pki_make_ca(shelflife_buffer_str(&set->ca_key), STR("shelflife CA"), now, 3650,
                                      &set->ca, NULL));
    struct shelflife_pki_certificate_request request = request_of(set, names, COUNT(names));
    assert_true(shelflife_pki_make_certificate(&request, &set->certificate, NULL));
    *state = set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;
    shelflife_buffer_free(&set->ca_key);
    shelflife_buffer_free(&set->key);
    shelflife_buffer_free(&set->other_key);
    shelflife_buffer_free(&set->ca);
    shelflife_buffer_free(&set->certificate);
    free(set);
    return 0;
}

static void sha256_is_over_the_parts_one_after_the_other(void **state)
{
    (void)state;
    const str abc[] = {STR("a"), STR(""), STR("bc")};
    char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    assert_true(shelflife_pki_sha256(abc, COUNT(abc), hex, NULL));
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(shelflife_pki_sha256(NULL, 0, hex, NULL));
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void certificate_says_what_was_asked_for(void **state)
{
    const struct set *set = *state;
    arena memory;
    shelflife_arena_init(&memory, LIMIT);
    struct shelflife_pki_certificate read;
    assert_true(
        shelflife_pki_read_certificate(shelflife_buffer_str(&set->certificate), &memory, &read, NULL));
    assert_str_equal(read.subject, "CN=shelflife.shelflife-system.svc");
    assert_str_equal(read.issuer, "CN=shelflife CA");
    assert_false(read.ca);
    assert_true(read.not_before < now && read.not_before > now - 3600);
    assert_int_equal(read.not_after, now + 90 * 86400);
    assert_int_equal(read.serial.len, 32);
    assert_int_equal(read.fingerprint.len, 64);
    assert_int_equal(read.name_count, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++)
        assert_true(shelflife_str_equal(read.names[i], names[i]));
    assert_true(shelflife_pki_read_certificate(shelflife_buffer_str(&set->ca), &memory, &read, NULL));
    assert_true(read.ca);
    assert_int_equal(read.name_count, 0);
    assert_int_equal(read.not_after, now + (int64_t)3650 * 86400);
    shelflife_arena_free(&memory);
}

static void certificate_never_outlives_its_ca(void **state)
{
    const struct set *set = *state;
    struct shelflife_pki_certificate_request request = request_of(set, names, 1);
    request.days = SHELFLIFE_PKI_DAYS_MAX;
    CLEANUP(shelflife_buffer_free) buffer pem;
    shelflife_buffer_init(&pem, LIMIT);
    assert_true(shelflife_pki_make_certificate(&request, &pem, NULL));
    CLEANUP(shelflife_arena_free) arena memory;
    shelflife_arena_init(&memory, LIMIT);
    struct shelflife_pki_certificate read;
    assert_true(shelflife_pki_read_certificate(shelflife_buffer_str(&pem), &memory, &read, NULL));
    assert_int_equal(read.not_after, now + (int64_t)3650 * 86400);
}

static void days_outside_the_limits_are_refused(void **state)
{
    static const uint32_t cases[] = {0, SHELFLIFE_PKI_DAYS_MAX + 1, UINT32_MAX};
    const struct set *set = *state;
    CLEANUP(shelflife_buffer_free) buffer pem;
    shelflife_buffer_init(&pem, LIMIT);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_pki_certificate_request request = request_of(set, names, 1);
        error err = {0};
        request.days = cases[i];
        assert_false(shelflife_pki_make_certificate(&request, &pem, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
        err = (error){0};
        assert_false(
            shelflife_pki_make_ca(shelflife_buffer_str(&set->ca_key), STR("CA"), now, cases[i], &pem, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
        assert_int_equal(pem.len, 0);
    }
}

static void serials_differ(void **state)
{
    const struct set *set = *state;
    CLEANUP(shelflife_arena_free) arena memory;
    shelflife_arena_init(&memory, LIMIT);
    str serials[8];
    for (size_t i = 0; i < COUNT(serials); i++) {
        struct shelflife_pki_certificate_request request = request_of(set, names, 1);
        CLEANUP(shelflife_buffer_free) buffer pem;
        shelflife_buffer_init(&pem, LIMIT);
        assert_true(shelflife_pki_make_certificate(&request, &pem, NULL));
        struct shelflife_pki_certificate read;
        assert_true(shelflife_pki_read_certificate(shelflife_buffer_str(&pem), &memory, &read, NULL));
        serials[i] = read.serial;
        for (size_t k = 0; k < i; k++)
            assert_false(shelflife_str_equal(serials[k], serials[i]));
    }
}

static void match_tells_whose_key_it_is(void **state)
{
    const struct set *set = *state;
    error err = {0};
    str certificate = shelflife_buffer_str(&set->certificate);
    assert_true(shelflife_pki_match(certificate, shelflife_buffer_str(&set->key), &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_NONE);
    assert_false(shelflife_pki_match(certificate, shelflife_buffer_str(&set->other_key), &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
    assert_string_equal(err.text, "the key does not match the certificate: key values mismatch");
    assert_false(shelflife_pki_match(certificate, certificate, &err));
    assert_non_null(strstr(err.text, "not a private key in PEM format"));
    assert_false(shelflife_pki_match(STR("garbage"), shelflife_buffer_str(&set->key), &err));
    assert_non_null(strstr(err.text, "not a certificate in PEM format"));
    assert_false(shelflife_pki_match((str){NULL, 0}, (str){NULL, 0}, &err));
}

static void what_is_no_name_is_refused_by_name(void **state)
{
    static const str refused[] = {
        STR_INIT(""),
        STR_INIT("a b"),
        STR_INIT("-a.example"),
        STR_INIT("a..b"),
        STR_INIT("a."),
        STR_INIT("*.*.example"),
        STR_INIT("a,DNS:b"),
        STR_INIT("a\0b"),
        STR_INIT("a\nb"),
        STR_INIT("caf\xc3\xa9"),
        STR_INIT("[::1]"),
        STR_INIT("::1%lo"),
        STR_INIT("email:copy"),
        STR_INIT("@section"),
        STR_INIT("a.example:8443"),
        STR_INIT("*"),
        STR_INIT("127.0.0.1\0.example"),
        STR_INIT("12345678901234567890123456789012345678901234567890123456789012345.example"),
    };
    const struct set *set = *state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct shelflife_pki_certificate_request request = request_of(set, &refused[i], 1);
        CLEANUP(shelflife_buffer_free) buffer pem;
        shelflife_buffer_init(&pem, LIMIT);
        error err = {0};
        assert_false(shelflife_pki_make_certificate(&request, &pem, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
        assert_non_null(strstr(err.text, "is neither a DNS name nor an IP address"));
        assert_int_equal(pem.len, 0);
    }
    struct shelflife_pki_certificate_request none = request_of(set, NULL, 0);
    CLEANUP(shelflife_buffer_free) buffer pem;
    shelflife_buffer_init(&pem, LIMIT);
    assert_false(shelflife_pki_make_certificate(&none, &pem, NULL));
}

static void a_ca_with_the_wrong_key_signs_nothing(void **state)
{
    const struct set *set = *state;
    struct shelflife_pki_certificate_request request = request_of(set, names, 1);
    request.ca_key = shelflife_buffer_str(&set->other_key);
    CLEANUP(shelflife_buffer_free) buffer pem;
    shelflife_buffer_init(&pem, LIMIT);
    error err = {0};
    assert_false(shelflife_pki_make_certificate(&request, &pem, &err));
    assert_non_null(strstr(err.text, "the CA's key does not match its certificate"));
}

static void a_full_buffer_is_an_error(void **state)
{
    (void)state;
    CLEANUP(shelflife_buffer_free) buffer pem;
    shelflife_buffer_init(&pem, 16);
    error err = {0};
    assert_false(shelflife_pki_make_key(&pem, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_MEMORY);
}

static void a_pair_has_a_ca_of_its_own_and_lives_for_seconds(void **state)
{
    (void)state;
    CLEANUP(shelflife_arena_free) arena memory;
    CLEANUP(shelflife_buffer_free) buffer ca;
    CLEANUP(shelflife_buffer_free) buffer certificate;
    CLEANUP(shelflife_buffer_free) buffer key;
    shelflife_arena_init(&memory, LIMIT);
    shelflife_buffer_init(&ca, LIMIT);
    shelflife_buffer_init(&certificate, LIMIT);
    shelflife_buffer_init(&key, LIMIT);
    assert_true(shelflife_pki_make_pair(names, COUNT(names), now, 60, &ca, &certificate, &key, NULL));
    struct shelflife_pki_certificate read, read_ca;
    str pem = shelflife_buffer_str(&certificate), ca_pem = shelflife_buffer_str(&ca);
    assert_true(shelflife_pki_read_certificate(pem, &memory, &read, NULL));
    assert_true(shelflife_pki_read_certificate(ca_pem, &memory, &read_ca, NULL));
    assert_int_equal(read.not_before, now - SHELFLIFE_PKI_BACKDATE);
    assert_int_equal(read.not_after, now + 60);
    assert_int_equal(read_ca.not_after, now + 60);
    assert_int_equal(read.name_count, COUNT(names));
    assert_true(shelflife_pki_match(pem, shelflife_buffer_str(&key), NULL));
    assert_true(shelflife_pki_signed(pem, ca_pem, NULL));
}

static void signed_tells_whose_certificate_it_is(void **state)
{
    const struct set *set = *state;
    CLEANUP(shelflife_buffer_free) buffer client;
    CLEANUP(shelflife_buffer_free) buffer other_ca;
    shelflife_buffer_init(&client, LIMIT);
    shelflife_buffer_init(&other_ca, LIMIT);
    struct shelflife_pki_certificate_request request = request_of(set, names, 1);
    request.client = true;
    assert_true(shelflife_pki_make_certificate(&request, &client, NULL));
    assert_true(shelflife_pki_make_ca(shelflife_buffer_str(&set->other_key), STR("shelflife CA"), now, 9,
                                      &other_ca, NULL));
    str ca = shelflife_buffer_str(&set->ca), certificate = shelflife_buffer_str(&set->certificate);
    const struct {
        str certificate, ca;
        const char *why; /* NULL: it is */
    } cases[] = {
        {certificate, ca, NULL},
        {shelflife_buffer_str(&client), ca, "did not sign the certificate: un"},
        {certificate, shelflife_buffer_str(&other_ca), "did not sign the certificate"},
        {certificate, STR(""), "not a certificate in PEM form"},
        {STR("x"), ca, "not a certificate in PEM form"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err;
        assert_int_equal(shelflife_pki_signed(cases[i].certificate, cases[i].ca, &err), !cases[i].why);
        if (cases[i].why && !strstr(err.text, cases[i].why))
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].why);
    }
}

static void bundles_are_read_past_what_is_none(void **state)
{
    const struct set *set = *state;
    const str junk = STR("junk\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    CLEANUP(shelflife_arena_free) arena memory;
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_arena_init(&memory, LIMIT);
    shelflife_buffer_init(&text, LIMIT);
    str ca = shelflife_buffer_str(&set->ca), certificate = shelflife_buffer_str(&set->certificate);
    const str parts[] = {junk, ca, junk, certificate, shelflife_buffer_str(&set->key), ca, junk};
    for (size_t i = 0; i < COUNT(parts); i++)
        shelflife_buffer_append(&text, parts[i]);
    struct shelflife_pki_bundle bundle;
    assert_true(shelflife_pki_read_bundle(shelflife_buffer_str(&text), 32, &memory, &bundle, NULL));
    assert_int_equal(bundle.count, 3);
    assert_true(shelflife_str_equal(bundle.pem[0], ca));
    assert_true(shelflife_str_equal(bundle.pem[1], certificate));
    assert_str_equal(bundle.at[1].issuer, "CN=shelflife CA");
    assert_true(shelflife_pki_read_bundle(shelflife_buffer_str(&text), 2, &memory, &bundle, NULL));
    assert_int_equal(bundle.count, 2);
    static const char *const empty[] = {"", "junk", "-----BEGIN CERTIFICATE-----", "\n\n"};
    for (size_t i = 0; i < COUNT(empty); i++) {
        assert_true(shelflife_pki_read_bundle(shelflife_str_of(empty[i]), 32, &memory, &bundle, NULL));
        assert_int_equal(bundle.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_is_over_the_parts_one_after_the_other),
        cmocka_unit_test(certificate_says_what_was_asked_for),
        cmocka_unit_test(certificate_never_outlives_its_ca),
        cmocka_unit_test(days_outside_the_limits_are_refused),
        cmocka_unit_test(serials_differ),
        cmocka_unit_test(match_tells_whose_key_it_is),
        cmocka_unit_test(what_is_no_name_is_refused_by_name),
        cmocka_unit_test(a_ca_with_the_wrong_key_signs_nothing),
        cmocka_unit_test(a_pair_has_a_ca_of_its_own_and_lives_for_seconds),
        cmocka_unit_test(signed_tells_whose_certificate_it_is),
        cmocka_unit_test(bundles_are_read_past_what_is_none),
        cmocka_unit_test(a_full_buffer_is_an_error),
    };
    return cmocka_run_group_tests_name("pki", tests, make_set, free_set);
}
