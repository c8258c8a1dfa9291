/* rooms: all */
#include "server/config.h"

#include "unit/test.h"

static struct shelflife_server_config good(void)
{
    struct shelflife_server_config config;
    shelflife_server_defaults(&config);
    config.tls = (struct shelflife_server_tls_files){"tls.crt", "tls.key", NULL};
    return config;
}

static void defaults_are_what_the_header_says(void **state)
{
    (void)state;
    struct shelflife_server_config config = good();
    assert_string_equal(config.listen, ":8443");
    assert_string_equal(config.probe_listen, ":8080");
    assert_int_equal(config.at, SHELFLIFE_DAY_NONE);
    assert_int_equal(config.max_body, 32 << 20);
    assert_int_equal(config.review_memory, 16 << 20);
    assert_int_equal(config.max_connections, 384);
    assert_int_equal(config.header_timeout, 10000);
    assert_int_equal(config.body_timeout, 30000);
    assert_int_equal(config.grace_period, 30000);
    assert_int_equal(config.idle_timeout, 180000); /* an API server reuses connections for 90 s */
    assert_int_equal(config.reload_interval, 2000);
    assert_true(shelflife_server_config_check(&config, NULL));
}

static void certificate_comes_from_files_or_from_the_caller(void **state)
{
    static const struct {
        const char *certificate, *key;
        bool from_caller, ok;
    } cases[] = {
        {"tls.crt", "tls.key", false, true}, {"tls.crt", NULL, false, false}, {NULL, "tls.key", false, false},
        {NULL, NULL, false, false},          {NULL, NULL, true, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_server_config config = good();
        error err = {0};
        config.tls = (struct shelflife_server_tls_files){cases[i].certificate, cases[i].key, NULL};
        config.certificate_from_caller = cases[i].from_caller;
        assert_int_equal(shelflife_server_config_check(&config, &err), cases[i].ok);
        assert_true(cases[i].ok || err.kind == SHELFLIFE_ERROR_USAGE);
    }
}

static void values_have_limits(void **state)
{
    struct shelflife_server_config config;
    const struct {
        const char *what;
        void *value;
        size_t least, most;
        bool size; /* size_t, not unsigned */
    } cases[] = {
        {"the limit of connections", &config.max_connections, 1, SHELFLIFE_SERVER_CONNECTIONS_MAX, false},
        {"the limit of a body", &config.max_body, SHELFLIFE_SERVER_BODY_MIN, SIZE_MAX, true},
        {"the memory for reviews", &config.review_memory, SHELFLIFE_SERVER_REVIEW_MEMORY_MIN, SIZE_MAX, true},
        {"the timeout of headers", &config.header_timeout, SHELFLIFE_SERVER_TIMEOUT_MIN,
         SHELFLIFE_SERVER_TIME_MAX, false},
        {"the timeout of a body", &config.body_timeout, SHELFLIFE_SERVER_TIMEOUT_MIN,
         SHELFLIFE_SERVER_TIME_MAX, false},
        {"the timeout of an idle connection", &config.idle_timeout, SHELFLIFE_SERVER_IDLE_TIMEOUT_MIN,
         SHELFLIFE_SERVER_TIME_MAX, false},
        {"the grace period", &config.grace_period, 0, SHELFLIFE_SERVER_TIME_MAX, false},
        {"the interval of reloads", &config.reload_interval, 0, SHELFLIFE_SERVER_TIME_MAX, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct {
            size_t value;
            bool ok;
        } values[] = {{cases[i].least, true},
                      {cases[i].most, true},
                      {cases[i].least - 1, false},
                      {cases[i].most + 1, false}};
        for (size_t k = 0; k < COUNT(values); k++) {
            error err = {0};
            config = good();
            if (cases[i].size)
                *(size_t *)cases[i].value = values[k].value;
            else
                *(unsigned *)cases[i].value = (unsigned)values[k].value;
            assert_int_equal(shelflife_server_config_check(&config, &err), values[k].ok);
            if (!values[k].ok) {
                assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
                assert_non_null(strstr(err.text, cases[i].what));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_what_the_header_says),
        cmocka_unit_test(certificate_comes_from_files_or_from_the_caller),
        cmocka_unit_test(values_have_limits),
    };
    return cmocka_run_group_tests_name("server_config", tests, NULL, NULL);
}
