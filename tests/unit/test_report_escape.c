/* rooms: base json reference workload catalog policy inventory net kube pki inputs audit report log file */
#include "report/internal.h"
#include "unit/test.h"

static void foreign_text_is_harmless_in_each_format(void **state)
{
    static const struct {
        void (*escape)(str, buffer *);
        const char *text, *safe;
    } cases[] = {
        {shelflife_report_escape_plain, "a\x1b[31m", "a?[31m"},
        {shelflife_report_escape_plain,
         "a\xe2\x80\xae"
         "b\xff",
         "a?b?"},
        {shelflife_report_escape_csv, "plain", "plain"},
        {shelflife_report_escape_csv, "a,b", "\"a,b\""},
        {shelflife_report_escape_csv, "a\"b", "\"a\"\"b\""},
        {shelflife_report_escape_csv, "=1+1", "\"'=1+1\""},
        {shelflife_report_escape_csv, "@a", "\"'@a\""},
        {shelflife_report_escape_csv,
         "\xef\xbc\x9d"
         "1",
         "\"'\xef\xbc\x9d"
         "1\""},
        {shelflife_report_escape_markdown, "Python 3.8", "Python 3.8"},
        {shelflife_report_escape_markdown, "a|b", "a&#124;b"},
        {shelflife_report_escape_markdown, "www.x", "www&#46;x"},
        {shelflife_report_escape_markdown, "@a", "&#64;a"},
        {shelflife_report_escape_code, "", ""},
        {shelflife_report_escape_code, "docker.io/a:1", "`docker.io/a:1`"},
        {shelflife_report_escape_code, "a`b", "<code>a&#96;b</code>"},
        {shelflife_report_escape_xml, "<a b='c' & \"d\">", "&lt;a b=&#39;c&#39; &amp; &quot;d&quot;&gt;"},
        {shelflife_report_escape_xml, "\xef\xbf\xbf", "?"},
        {shelflife_report_escape_xml, "\xef\xbc\x9d", "\xef\xbc\x9d"},
        {shelflife_report_escape_uri, "deploy/a b%.yaml", "deploy/a%20b%25.yaml"},
        {shelflife_report_escape_uri, "\xc3\xa9", "%C3%A9"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer out CLEANUP(shelflife_buffer_free);
        shelflife_buffer_init(&out, SIZE_MAX);
        cases[i].escape(shelflife_str_of(cases[i].text), &out);
        assert_false(out.failed);
        if (!shelflife_str_equal(shelflife_buffer_str(&out), shelflife_str_of(cases[i].safe)))
            fail_msg("case %zu: \"%.*s\" is not \"%s\"", i, STR_PRINT(shelflife_buffer_str(&out)),
                     cases[i].safe);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_text_is_harmless_in_each_format),
    };
    return cmocka_run_group_tests_name("report_escape", tests, NULL, NULL);
}
