/* rooms: base json reference workload catalog policy inventory net kube pki inputs audit report log file */
#include "report/report.h"
#include "unit/test.h"

static const struct shelflife_product product = {.name = STR_INIT("python")};
static const struct shelflife_row row = {.product = &product, .release = STR_INIT("3.8")};
static const struct shelflife_match match = {.row = &row,
                                             .release = STR_INIT("3.8"),
                                             .end_of_patch = 10,
                                             .end_of_availability = 20,
                                             .end_of_extended_patch = SHELFLIFE_DAY_NONE};
static const struct shelflife_judged_match judged = {.match = &match};

#define IMAGE(text, used)                                                                                    \
    {                                                                                                        \
        .verdict = {.image = STR_INIT(text), .matches = &judged, .match_count = 1}, .workloads = (used)      \
    }

static bool append(void *context, str bytes, error *err)
{
    (void)err;
    shelflife_buffer_append(context, bytes);
    return true;
}

static size_t occurrences(const buffer *out, const char *line)
{
    size_t n = 0, size = strlen(line);
    for (const char *at = out->at, *end = out->at + out->len;
         (at = memmem(at, (size_t)(end - at), line, size)) != NULL; at += size)
        n++;
    return n;
}

/* An image is in the result once for each way in which namespaces treat it. */
static void an_image_in_use_has_one_series(void **state)
{
    static const struct {
        size_t first, second; /* workloads that use it, finished ones left out */
        size_t series;
    } cases[] = {{0, 0, 0}, {0, 1, 1}, {1, 0, 1}, {1, 1, 1}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct shelflife_audit_image images[] = {IMAGE("a:1", 1), IMAGE("python:3.8", cases[i].first),
                                                       IMAGE("python:3.8", cases[i].second), IMAGE("z:1", 1)};
        const struct shelflife_audit_image *list[] = {&images[0], &images[1], &images[2], &images[3]};
        const struct shelflife_audit_result result = {.images = list, .image_count = COUNT(list)};
        const struct shelflife_report_options options = {0};
        buffer out CLEANUP(shelflife_buffer_free);
        error err = {0};
        shelflife_buffer_init(&out, SIZE_MAX);
        assert_true(
            shelflife_report_write(SHELFLIFE_REPORT_PROMETHEUS, &result, &options, append, &out, &err));
        static const char *const lines[] = {
            "shelflife_audit_image_end_of_patch_timestamp_seconds{image=\"python:3.8\",product=\"python\","
            "release=\"3.8\"} 864000\n",
            "shelflife_audit_image_end_of_availability_timestamp_seconds{image=\"python:3.8\","
            "product=\"python\",release=\"3.8\"} 1728000\n",
        };
        for (size_t k = 0; k < COUNT(lines); k++)
            if (occurrences(&out, lines[k]) != cases[i].series)
                fail_msg("case %zu, not %zu times: %s", i, cases[i].series, lines[k]);
        assert_int_equal(occurrences(&out, "image=\"a:1\""), 2);
        assert_int_equal(occurrences(&out, "image=\"z:1\""), 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_in_use_has_one_series),
    };
    return cmocka_run_group_tests_name("report_prometheus", tests, NULL, NULL);
}
