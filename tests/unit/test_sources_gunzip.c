/* rooms: sources registry admission policy inventory catalog workload reference json log net pki file base */
#include "sources/gunzip.h"
#include "unit/test.h"

/* "hello" and "world" by gzip -n9. */
static const str hello = STR_INIT("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86"
                                  "\xa6\x10\x36\x05\x00\x00\x00");
static const str world = STR_INIT("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\xcf\x2f\xca\x49\x01\x00\x43"
                                  "\x11\x77\x3a\x05\x00\x00\x00");

static void gzip_is_decompressed_whole_or_refused(void **state)
{
    (void)state;
    static const struct {
        size_t first, second; /* bytes of hello and of world */
        size_t limit;
        const char *text; /* NULL: refused, for this reason */
        const char *why;
        enum shelflife_error_kind kind;
    } cases[] = {
        {25, 0, 100, "hello", NULL, 0},
        {25, 25, 100, "helloworld", NULL, 0},
        {25, 25, 11, "helloworld", NULL, 0},
        {25, 25, 9, NULL, "x.gz: decompressed, it is larger than 9 bytes", SHELFLIFE_ERROR_LIMIT},
        {24, 0, 100, NULL, "x.gz is not a valid gzip file", SHELFLIFE_ERROR_INPUT},
        {12, 0, 100, NULL, "x.gz is not a valid gzip file", SHELFLIFE_ERROR_INPUT},
        {0, 0, 100, NULL, "x.gz is not a valid gzip file", SHELFLIFE_ERROR_INPUT},
        {25, 1, 100, NULL, "x.gz is not a valid gzip file", SHELFLIFE_ERROR_INPUT},
        {25, 20, 100, NULL, "x.gz is not a valid gzip file", SHELFLIFE_ERROR_INPUT},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_buffer_free) buffer in, out;
        error err = {0};
        shelflife_buffer_init(&in, 100);
        shelflife_buffer_init(&out, cases[i].limit);
        shelflife_buffer_append(&in, shelflife_str_first(hello, cases[i].first));
        shelflife_buffer_append(&in, shelflife_str_first(world, cases[i].second));
        bool ok = shelflife_sources_gunzip(shelflife_buffer_str(&in), "x.gz", &out, &err);
        assert_int_equal(ok, cases[i].text != NULL);
        if (ok)
            assert_str_equal(shelflife_buffer_str(&out), cases[i].text);
        else if (err.kind != cases[i].kind || !strstr(err.text, cases[i].why))
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].why);
    }
}

static void plain_text_is_refused(void **state)
{
    (void)state;
    CLEANUP(shelflife_buffer_free) buffer out;
    error err = {0};
    shelflife_buffer_init(&out, 100);
    assert_false(shelflife_sources_gunzip(STR("{\"kind\": \"Catalog\"}"), "x.gz", &out, &err));
    assert_non_null(strstr(err.text, "incorrect header check"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_is_decompressed_whole_or_refused),
        cmocka_unit_test(plain_text_is_refused),
    };
    return cmocka_run_group_tests_name("sources_gunzip", tests, NULL, NULL);
}
