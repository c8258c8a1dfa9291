/* rooms: all */
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <malloc.h>
#include <pthread.h>

#include "unit/test.h"

enum { THREADS = 500, KEY = 32, EACH_MOST = 40 }; /* bytes */

static unsigned char keys[2 * THREADS][KEY];

/* GnuTLS itself asks for random bytes here. */
static void *make_keys(void *context)
{
    gnutls_datum_t key;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(gnutls_key_generate(&key, KEY), 0);
        memcpy(((unsigned char(*)[KEY])context)[i], key.data, KEY);
        gnutls_free(key.data);
    }
    return NULL;
}

static void a_thread_that_has_ended_leaves_nothing(void **state)
{
    (void)state;
    size_t before = 0;
    for (size_t i = 0; i < THREADS; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, make_keys, keys[2 * i]), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        if (i == THREADS / 5)
            before = mallinfo2().uordblks;
    }
    assert_in_range(mallinfo2().uordblks, 0, before + (THREADS - THREADS / 5) * EACH_MOST);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, KEY);
}

static void no_two_keys_are_equal(void **state)
{
    (void)state;
    qsort(keys, COUNT(keys), KEY, compare);
    for (size_t i = 1; i < COUNT(keys); i++)
        assert_true(memcmp(keys[i - 1], keys[i], KEY) < 0);
}

static void any_number_of_bytes_can_be_had(void **state)
{
    (void)state;
    static unsigned char bytes[100000];
    size_t counts[256] = {0};
    assert_int_equal(gnutls_rnd(GNUTLS_RND_KEY, bytes, sizeof(bytes)), 0);
    for (size_t i = 0; i < sizeof(bytes); i++)
        counts[bytes[i]]++;
    for (size_t i = 0; i < COUNT(counts); i++)
        assert_in_range(counts[i], 200, 600); /* 390 are expected; 20 is the standard deviation */
    assert_int_equal(gnutls_rnd(GNUTLS_RND_NONCE, bytes, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_that_has_ended_leaves_nothing),
        cmocka_unit_test(no_two_keys_are_equal),
        cmocka_unit_test(any_number_of_bytes_can_be_had),
    };
    return cmocka_run_group_tests_name("server random", tests, NULL, NULL);
}
