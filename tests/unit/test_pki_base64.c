/* rooms: pki base */
#include "pki/pki.h"
#include "unit/test.h"

static void base64_is_decoded_strictly(void **state)
{
    static const struct {
        const char *text, *bytes; /* NULL: refused */
    } cases[] = {
        {"", ""},
        {"YQ==", "a"},
        {"YWI=", "ab"},
        {"YWJj", "abc"},
        {"YWJjZA==", "abcd"},
        {" YW\nJj\r\n\tZA = =", "abcd"},
        {"-_-_", NULL},
        {"YQ", NULL},
        {"YQ=", NULL},
        {"YQ===", NULL},
        {"Y===", NULL},
        {"YQ==YQ==", NULL},
        {"=YQ=", NULL},
        {"YQ==\x01", NULL},
        {"====", NULL},
        {"YWJj\xc3\xa4"
         "AA",
         NULL},
        {"YW.j", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_arena_free) arena a;
        str out;
        bool valid = false;
        shelflife_arena_init(&a, 1000);
        assert_true(shelflife_pki_base64_decode(shelflife_str_of(cases[i].text), &a, &out, &valid));
        if (valid != (cases[i].bytes != NULL))
            fail_msg("\"%s\"", cases[i].text);
        if (valid)
            assert_str_equal(out, cases[i].bytes);
    }
}

static void base64_is_the_inverse_of_itself(void **state)
{
    (void)state;
    char bytes[300];
    for (size_t n = 0; n < sizeof(bytes); n++) {
        CLEANUP(shelflife_arena_free) arena a;
        CLEANUP(shelflife_buffer_free) buffer text = {.limit = 1000};
        str out;
        bool valid;
        shelflife_arena_init(&a, 1000);
        bytes[n] = (char)(n * 7 + 3);
        shelflife_pki_base64_encode((str){bytes, n}, &text);
        assert_int_equal(text.len, (n + 2) / 3 * 4);
        assert_true(shelflife_pki_base64_decode(shelflife_buffer_str(&text), &a, &out, &valid));
        assert_true(valid);
        assert_true(shelflife_str_equal(out, (str){bytes, n}));
    }
}

static void a_buffer_that_is_too_small_fails(void **state)
{
    (void)state;
    CLEANUP(shelflife_buffer_free) buffer text = {.limit = 7};
    shelflife_pki_base64_encode(STR("abcd"), &text);
    assert_true(text.failed);
    assert_int_equal(text.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_decoded_strictly),
        cmocka_unit_test(base64_is_the_inverse_of_itself),
        cmocka_unit_test(a_buffer_that_is_too_small_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
