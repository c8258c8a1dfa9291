/* rooms: all */
#include "server/tls.h"
#include "sources/shared.h"
#include "unit/certificate_kit.h"

static const int64_t now = 1795392000; /* 2026-11-23 */

static void credentials_are_whole_or_refused(void **state)
{
    char certificate[PATH_MAX], key[PATH_MAX], other[PATH_MAX], other_key[PATH_MAX], empty[PATH_MAX];
    put_certificate(state, "crt", "key", now, 10);
    put_certificate(state, "other.crt", "other.key", now, 10);
    put(state, "empty", STR(""));
    path_in(state, "crt", certificate), path_in(state, "key", key);
    path_in(state, "other.crt", other), path_in(state, "other.key", other_key);
    path_in(state, "empty", empty);
    const struct {
        struct shelflife_server_tls_files files;
        int64_t now;
        const char *why; /* NULL: fine */
    } cases[] = {
        {{certificate, key, NULL}, now, NULL},
        {{certificate, key, other}, now, NULL},
        {{certificate, key, NULL}, now + 10 * 86400 - 1, NULL},
        {{certificate, key, NULL}, now + 10 * 86400, "crt: the certificate expired on 2026-12-03"},
        {{certificate, key, NULL}, now - SHELFLIFE_PKI_BACKDATE, NULL},
        {{certificate, key, NULL},
         now - SHELFLIFE_PKI_BACKDATE - 1,
         "crt: the certificate is not valid before 2026-11-22 23:55:00 UTC"},
        {{certificate, other_key, NULL}, now, "the key does not match the certificate"},
        {{certificate, empty, NULL}, now, "not a private key"},
        {{empty, key, NULL}, now, "not a certificate"},
        {{certificate, key, key}, now, "contains no certificate"},
        {{certificate, key, empty}, now, "contains no certificate"},
        {{certificate, key, "/nowhere/ca"}, now, "/nowhere/ca: No such file"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        int64_t begins = 1, begin = now - SHELFLIFE_PKI_BACKDATE;
        struct shelflife_credentials *loaded =
            shelflife_server_credentials_load(&cases[i].files, cases[i].now, &begins, &err);
        assert_int_equal(loaded != NULL, cases[i].why == NULL);
        assert_int_equal(begins, cases[i].now < begin ? begin : 0);
        if (loaded)
            assert_int_equal(shelflife_server_credentials_expiry(loaded), now + 10 * 86400);
        else if (!strstr(err.text, cases[i].why))
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].why);
        shelflife_sources_release(loaded);
    }
}

static void credentials_from_memory_are_the_same(void **state)
{
    char other[PATH_MAX];
    put_certificate(state, "other.crt", "other.key", now, 10);
    path_in(state, "other.crt", other);
    buffer certificate, key, other_certificate, other_key;
    make_certificate(now, 10, &certificate, &key);
    make_certificate(now, 10, &other_certificate, &other_key);
    const struct {
        str certificate, key;
        const char *client_ca;
        int64_t now;
        const char *why; /* NULL: fine */
    } cases[] = {
        {shelflife_buffer_str(&certificate), shelflife_buffer_str(&key), NULL, now, NULL},
        {shelflife_buffer_str(&certificate), shelflife_buffer_str(&key), other, now, NULL},
        {shelflife_buffer_str(&certificate), shelflife_buffer_str(&key), NULL, now + 10 * 86400,
         "the certificate: the certificate expired on 2026-12-03"},
        {shelflife_buffer_str(&certificate), shelflife_buffer_str(&other_key), NULL, now,
         "the certificate, its key: the key does not match the certificate"},
        {shelflife_buffer_str(&certificate), STR(""), NULL, now, "not a private key"},
        {STR(""), shelflife_buffer_str(&key), NULL, now, "not a certificate"},
        {shelflife_buffer_str(&certificate), shelflife_buffer_str(&key), "/nowhere/ca", now,
         "/nowhere/ca: No such file"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        struct shelflife_credentials *made = shelflife_server_credentials_make(
            cases[i].certificate, cases[i].key, cases[i].client_ca, cases[i].now, &err);
        assert_int_equal(made != NULL, cases[i].why == NULL);
        if (!made && !strstr(err.text, cases[i].why))
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].why);
        shelflife_sources_release(made);
    }
    shelflife_buffer_free(&certificate);
    shelflife_buffer_free(&other_certificate);
    shelflife_buffer_free(&key);
    shelflife_buffer_free(&other_key);
}

static void swapped_credentials_live_while_a_connection_has_them(void **state)
{
    (void)state;
    struct shelflife_sources_current current;
    shelflife_sources_current_init(&current);
    assert_null(shelflife_sources_current_take(&current));
    struct shelflife_credentials *taken[2];
    for (size_t i = 0; i < COUNT(taken); i++) {
        buffer certificate, key;
        make_certificate(now, (uint32_t)(10 + i), &certificate, &key);
        shelflife_sources_current_swap(
            &current, shelflife_server_credentials_make(shelflife_buffer_str(&certificate),
                                                        shelflife_buffer_str(&key), NULL, now, NULL));
        taken[i] = shelflife_sources_current_take(&current);
        shelflife_buffer_free(&certificate);
        shelflife_buffer_free(&key);
    }
    assert_int_equal(shelflife_server_credentials_expiry(NULL), 0);
    for (size_t i = 0; i < COUNT(taken); i++) {
        assert_int_equal(shelflife_server_credentials_expiry(taken[i]), now + (int64_t)(10 + i) * 86400);
        shelflife_sources_release(taken[i]);
    }
    shelflife_sources_current_free(&current);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(credentials_are_whole_or_refused),
        IN_A_FOLDER(credentials_from_memory_are_the_same),
        cmocka_unit_test(swapped_credentials_live_while_a_connection_has_them),
    };
    return cmocka_run_group_tests_name("server_tls", tests, NULL, NULL);
}
