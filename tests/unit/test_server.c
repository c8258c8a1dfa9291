/* rooms: base json reference workload catalog policy admission net pki log file sources server */
#include "pki/pki.h"
#include "server/connection.h"
#include "server/listen.h"
#include "server/server.h"
#include "server/tls.h"
#include "unit/folder_kit.h"

enum { LIMIT = 1 << 20 };
static const int64_t now = 1795392000; /* 2026-11-23 */

static void addresses_are_split_or_refused(void **state)
{
    static const struct {
        const char *address, *host; /* host NULL: refused */
        uint16_t port;
    } cases[] = {
        {"0.0.0.0:8443", "0.0.0.0", 8443},
        {"[::]:0", "::", 0},
        {":65535", "", 65535},
        {"localhost:1", "localhost", 1},
        {"[fe80::1%lo]:80", "fe80::1%lo", 80},
        {"", NULL, 0},
        {":", NULL, 0},
        {"8443", NULL, 0},
        {":65536", NULL, 0},
        {":-1", NULL, 0},
        {":1x", NULL, 0},
        {":99999999999999999999", NULL, 0},
        {"::1:80", NULL, 0},
        {"[::1]", NULL, 0},
        {"[]:1", NULL, 0},
        {"[::1:1", NULL, 0},
        {"::1]:1", NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        str host = {NULL, 0};
        uint16_t port = 0;
        error err = {0};
        assert_int_equal(shelflife_server_listen_parse(cases[i].address, &host, &port, &err),
                         cases[i].host != NULL);
        if (!cases[i].host) {
            assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
            continue;
        }
        assert_str_equal(host, cases[i].host);
        assert_int_equal(port, cases[i].port);
    }
}

/* Key and certificate of a new CA, valid for so many days. */
static void put_certificate(void **state, const char *certificate, const char *key, uint32_t days)
{
    CLEANUP(shelflife_pki_wipe) buffer pem;
    CLEANUP(shelflife_buffer_free) buffer ca;
    shelflife_buffer_init(&pem, LIMIT);
    shelflife_buffer_init(&ca, LIMIT);
    assert_true(shelflife_pki_make_key(&pem, NULL));
    assert_true(shelflife_pki_make_ca(shelflife_buffer_str(&pem), STR("CA"), now, days, &ca, NULL));
    put(state, key, shelflife_buffer_str(&pem));
    put(state, certificate, shelflife_buffer_str(&ca));
}

static void credentials_are_whole_or_refused(void **state)
{
    char certificate[PATH_MAX], key[PATH_MAX], other[PATH_MAX], other_key[PATH_MAX], empty[PATH_MAX];
    put_certificate(state, "crt", "key", 10);
    put_certificate(state, "other.crt", "other.key", 10);
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
        {{certificate, other_key, NULL}, now, "the key is not the certificate's"},
        {{certificate, empty, NULL}, now, "not a private key"},
        {{empty, key, NULL}, now, "not a certificate"},
        {{certificate, key, key}, now, "holds no certificate"},
        {{certificate, key, empty}, now, "holds no certificate"},
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
        shelflife_server_credentials_release(loaded);
    }
}

static void defaults_are_what_the_header_says(void **state)
{
    (void)state;
    struct shelflife_server_config config;
    shelflife_server_defaults(&config);
    assert_string_equal(config.listen, ":8443");
    assert_int_equal(config.max_body, 32 << 20);
    assert_int_equal(config.max_connections, 256);
    assert_true(config.idle_timeout >= 120000); /* an API server keeps connections for 90 s */
    error err;
    assert_null(shelflife_server_start(&config, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    config.tls = (struct shelflife_server_tls_files){"/nowhere/crt", "/nowhere/key", NULL};
    assert_null(shelflife_server_start(&config, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_IO);
    config.max_connections = 0;
    assert_null(shelflife_server_start(&config, &err));
    assert_non_null(strstr(err.text, "the limit of connections must be at least 1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_split_or_refused),
        IN_A_FOLDER(credentials_are_whole_or_refused),
        cmocka_unit_test(defaults_are_what_the_header_says),
    };
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
