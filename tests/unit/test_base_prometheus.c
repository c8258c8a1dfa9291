/* rooms: base */
#include "base/prometheus.h"
#include "unit/test.h"

static void metrics_are_written_in_the_text_format(void **state)
{
    (void)state;
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 1 << 10);
    shelflife_prometheus_head(&out, "a_total", "counter", "Things counted.");
    shelflife_prometheus_label(&out, "a_total{kind=", STR("one"));
    shelflife_prometheus_label(&out, ",name=", STR(""));
    shelflife_buffer_append(&out, STR("} 1\n"));
    shelflife_prometheus_single(&out, "b", "gauge", "Now.", -7000000000);
    assert_str_equal(shelflife_buffer_str(&out), "# HELP a_total Things counted.\n"
                                                 "# TYPE a_total counter\n"
                                                 "a_total{kind=\"one\",name=\"\"} 1\n"
                                                 "# HELP b Now.\n"
                                                 "# TYPE b gauge\n"
                                                 "b -7000000000\n");
}

static void labels_are_escaped(void **state)
{
    static const struct {
        str value;
        const char *label;
    } cases[] = {
        {STR_INIT("docker.io/library/python"), "x=\"docker.io/library/python\""},
        {STR_INIT("a\"b\\c"), "x=\"a\\\"b\\\\c\""},
        {STR_INIT("\\n"), "x=\"\\\\n\""},
        {STR_INIT("two\nlines\r\0"), "x=\"two?lines??\""},
        {STR_INIT("caf\xc3\xa9"), "x=\"caf\xc3\xa9\""},
        {STR_INIT("\xff\xe2\x80\xae"), "x=\"??\""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_buffer_free) buffer out;
        shelflife_buffer_init(&out, 1 << 10);
        shelflife_prometheus_label(&out, "x=", cases[i].value);
        assert_str_equal(shelflife_buffer_str(&out), cases[i].label);
    }
}

static void failing_to_write_a_label_is_noticed(void **state)
{
    (void)state;
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 8);
    shelflife_prometheus_label(&out, "x=", STR("longer than that"));
    assert_true(out.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_are_written_in_the_text_format),
        cmocka_unit_test(labels_are_escaped),
        cmocka_unit_test(failing_to_write_a_label_is_noticed),
    };
    return cmocka_run_group_tests_name("base_prometheus", tests, NULL, NULL);
}
