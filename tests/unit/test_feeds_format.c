/* rooms: base json reference workload catalog policy inventory net pki feeds sources registry log file */
#include "feeds/format.h"
#include "unit/test.h"

static void a_value_is_one_line(void **state)
{
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"{\"a\":[1,2],\n \"b\":{}}", "{\"a\": [1, 2], \"b\": {}}"},
        {"[true,null,\"x\\n\"]", "[true, null, \"x\\n\"]"},
        {"[]", "[]"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer out CLEANUP(shelflife_buffer_free);
        error err = {0};
        CLEANUP(cleanup_document)
        struct shelflife_document *d = shelflife_document_read(shelflife_str_of(cases[i].text), "text", &err);
        shelflife_buffer_init(&out, SIZE_MAX);
        assert_non_null(d);
        shelflife_feeds_format_line(shelflife_document_root(d), &out);
        assert_str_equal(shelflife_buffer_str(&out), cases[i].line);
    }
}

static void a_catalog_is_formatted_once_for_all(void **state)
{
    static const char text[] = "{\"kind\":\"Catalog\",\"products\":[{\"name\":\"p\",\"rows\":["
                               "{\"release\":\"1\",\"latest\":\"1.2\"},{\"release\":\"2\"}]}]}";
    buffer once CLEANUP(shelflife_buffer_free), twice CLEANUP(shelflife_buffer_free);
    error err = {0};
    (void)state;
    shelflife_buffer_init(&once, SIZE_MAX);
    shelflife_buffer_init(&twice, SIZE_MAX);
    CLEANUP(cleanup_document)
    struct shelflife_document *first = shelflife_document_read(shelflife_str_of(text), "text", &err);
    assert_non_null(first);
    shelflife_feeds_format_catalog(shelflife_document_root(first), &once);
    CLEANUP(cleanup_document)
    struct shelflife_document *second = shelflife_document_read(shelflife_buffer_str(&once), "once", &err);
    assert_non_null(second);
    shelflife_feeds_format_catalog(shelflife_document_root(second), &twice);
    assert_true(shelflife_str_equal(shelflife_buffer_str(&once), shelflife_buffer_str(&twice)));
    assert_true(shelflife_str_ends(shelflife_buffer_str(&once), STR("\n")));
    if (!memmem(once.at, once.len, "{\"release\": \"1\", \"latest\": \"1.2\"}", 33))
        fail_msg("%.*s", STR_PRINT(shelflife_buffer_str(&once)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_one_line),
        cmocka_unit_test(a_catalog_is_formatted_once_for_all),
    };
    return cmocka_run_group_tests_name("feeds_format", tests, NULL, NULL);
}
