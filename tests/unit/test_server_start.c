/* rooms: all */
/* A start can fail at each of its steps. Linked with --wrap for the functions below, which note what is
   initialized: a failed start must destroy exactly that. */
#include <pthread.h>
#include <sys/resource.h>

#include "server/server.h"
#include "unit/certificate_kit.h"

enum { MAX = 64 };

static struct {
    const void *live[MAX];
    size_t count;
    unsigned total;         /* initialized so far */
    unsigned uninitialized; /* destroyed without having been initialized */
} noted;

static void note_init(const void *object)
{
    assert_true(noted.count < MAX);
    noted.live[noted.count++] = object;
    noted.total++;
}

static void note_destroy(const void *object)
{
    for (size_t i = 0; i < noted.count; i++)
        if (noted.live[i] == object) {
            noted.live[i] = noted.live[--noted.count];
            return;
        }
    noted.uninitialized++;
}

int __real_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int __real_pthread_mutex_destroy(pthread_mutex_t *mutex);
int __real_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __real_pthread_cond_destroy(pthread_cond_t *condition);
int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex);
int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __wrap_pthread_cond_destroy(pthread_cond_t *condition);

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    note_init(mutex);
    return __real_pthread_mutex_init(mutex, attributes);
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    note_destroy(mutex);
    return __real_pthread_mutex_destroy(mutex);
}

int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    note_init(condition);
    return __real_pthread_cond_init(condition, attributes);
}

int __wrap_pthread_cond_destroy(pthread_cond_t *condition)
{
    note_destroy(condition);
    return __real_pthread_cond_destroy(condition);
}

static struct shelflife_server_config good(const char *certificate, const char *key)
{
    struct shelflife_server_config config;
    shelflife_server_defaults(&config);
    config.listen = config.probe_listen = "127.0.0.1:0";
    config.tls = (struct shelflife_server_tls_files){certificate, key, NULL};
    return config;
}

static void failed_start_destroys_what_it_initialized_and_nothing_else(void **state)
{
    char certificate[PATH_MAX], key[PATH_MAX], taken[32];
    struct shelflife_server_config config;
    put_certificate(state, "tls.crt", "tls.key", 1795392000, 36500);
    path_in(state, "tls.crt", certificate), path_in(state, "tls.key", key);
    config = good(certificate, key);
    struct shelflife_server *other = shelflife_server_start(&config, NULL);
    assert_non_null(other);
    snprintf(taken, sizeof(taken), "127.0.0.1:%u", (unsigned)shelflife_server_port(other));
    const struct {
        const char **place, *value;
        const char *why;
    } cases[] = {
        {&config.tls.key, NULL, "a serving certificate and its key are required"},
        {&config.sources.policy, "/nowhere/policy", "/nowhere/policy"},
        {&config.tls.certificate, "/nowhere/tls.crt", "/nowhere/tls.crt"},
        {&config.tls.key, certificate, "not a private key"},
        {&config.tls.client_ca, "/nowhere/ca", "/nowhere/ca"},
        {&config.listen, "8443", "use 0.0.0.0:8443"},
        {&config.listen, taken, "Address already in use"},
        {&config.probe_listen, "8080", "use 0.0.0.0:8443"},
        {&config.probe_listen, taken, "Address already in use"},
    };
    noted.uninitialized = 0;
    size_t before = noted.count;
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned total = noted.total;
        error err = {0};
        config = good(certificate, key);
        *cases[i].place = cases[i].value;
        assert_null(shelflife_server_start(&config, &err));
        if (!strstr(err.text, cases[i].why))
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].why);
        assert_true(noted.total > total);
        assert_int_equal(noted.count, before);
        assert_int_equal(noted.uninitialized, 0);
    }
    shelflife_server_free(other);
    assert_int_equal(noted.count, 0);
    assert_int_equal(noted.uninitialized, 0);
}

/* The last test: the limit stays lowered. */
static void too_few_descriptors_for_the_connections_are_an_error(void **state)
{
    (void)state;
    const struct rlimit few = {256, 256};
    struct shelflife_server_config config = good("tls.crt", "tls.key");
    error err = {0};
    config.max_connections = 1000;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_null(shelflife_server_start(&config, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    assert_non_null(strstr(err.text, "1000 connections need 1320 open files, but the limit is 256"));
    assert_int_equal(noted.count, 0);
    assert_int_equal(noted.uninitialized, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(failed_start_destroys_what_it_initialized_and_nothing_else),
        cmocka_unit_test(too_few_descriptors_for_the_connections_are_an_error),
    };
    return cmocka_run_group_tests_name("server_start", tests, NULL, NULL);
}
