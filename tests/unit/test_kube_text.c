/* rooms: kube net json base */
#include "kube/text.h"

#include "unit/test.h"

static void base64_is_decoded_strictly(void **state)
{
    static const struct {
        const char *text, *bytes; /* NULL: refused */
    } cases[] = {
        {"", ""},        {"YQ==", "a"},        {"YWI=", "ab"},
        {"YWJj", "abc"}, {"YWJjZA==", "abcd"}, {" YW\nJj\r\n\tZA = =", "abcd"},
        {"-_-_", NULL},  {"YQ", NULL},         {"YQ=", NULL},
        {"YQ===", NULL}, {"Y===", NULL},       {"YQ==YQ==", NULL},
        {"=YQ=", NULL},  {"YQ==\x01", NULL},   {"====", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_arena_free) arena a;
        str out;
        bool valid = false;
        shelflife_arena_init(&a, 1000);
        assert_true(shelflife_kube_base64_decode(&a, shelflife_str_of(cases[i].text), &out, &valid));
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
        shelflife_kube_base64_encode(&text, (str){bytes, n});
        assert_int_equal(text.len, (n + 2) / 3 * 4);
        assert_true(shelflife_kube_base64_decode(&a, shelflife_buffer_str(&text), &out, &valid));
        assert_true(valid);
        assert_true(shelflife_str_equal(out, (str){bytes, n}));
    }
}

static void times_are_of_rfc_3339(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: refused */
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-23T10:00:00Z", 1795428000},
        {"2026-11-23t10:00:00z", 1795428000},
        {"2026-11-23T10:00:00.123456789Z", 1795428000},
        {"2026-11-23T12:00:00+02:00", 1795428000},
        {"2026-11-23T02:30:00.5-07:30", 1795428000},
        {"2026-11-23T10:00:60Z", 1795428060},
        {"2026-11-23T10:00:00", -1},
        {"2026-11-23 10:00:00Z", -1},
        {"2026-11-23T10:00:00.Z", -1},
        {"2026-11-23T24:00:00Z", -1},
        {"2026-11-23T10:60:00Z", -1},
        {"2026-11-23T10:00:00+0200", -1},
        {"2026-11-23T10:00:00+02:00x", -1},
        {"2026-11-23T10:00:00ZZ", -1},
        {"2026-02-30T10:00:00Z", -1},
        {"2026-11-23", -1},
        {"", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t seconds = -1;
        bool ok = shelflife_kube_time(shelflife_str_of(cases[i].text), &seconds);
        if (ok != (cases[i].seconds != -1) || seconds != cases[i].seconds)
            fail_msg("\"%s\": %d %jd", cases[i].text, ok, (intmax_t)seconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_decoded_strictly),
        cmocka_unit_test(base64_is_the_inverse_of_itself),
        cmocka_unit_test(times_are_of_rfc_3339),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
