/* rooms: all */
#include "server/metrics.h"

#include "sources/snapshot.h"
#include "unit/test.h"

enum { PAGE_MAX = 1 << 20, DAY = 86400 };

static struct shelflife_sources_snapshot *loaded;
static struct shelflife_log logged;

static int load(void **state)
{
    const struct shelflife_sources_config embedded = {0};
    (void)state;
    loaded = shelflife_sources_load(&embedded, NULL, NULL, NULL);
    return loaded ? 0 : -1;
}

static int release(void **state)
{
    (void)state;
    shelflife_sources_snapshot_release(loaded);
    return 0;
}

static buffer page_of(const struct shelflife_server_metrics *metrics, struct shelflife_server_gauges gauges)
{
    buffer page;
    shelflife_buffer_init(&page, PAGE_MAX);
    gauges.snapshot = shelflife_sources_snapshot_view(loaded);
    gauges.log = &logged;
    shelflife_server_metrics_write(metrics, &gauges, &page);
    assert_false(page.failed);
    shelflife_buffer_byte(&page, '\0');
    return page;
}

/* Each line must be on the page, whole. */
static void assert_has(const buffer *page, const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char line[512];
        snprintf(line, sizeof(line), "\n%s\n", lines[i]);
        if (!strstr(page->at, line))
            fail_msg("no line \"%s\"", lines[i]);
    }
}

static unsigned count_of(const buffer *page, const char *text)
{
    unsigned n = 0;
    for (const char *at = page->at; (at = strstr(at, text)); at++)
        n++;
    return n;
}

static void reviews_are_counted_by_what_they_were(void **state)
{
    (void)state;
    struct shelflife_server_metrics metrics = {0};
    struct shelflife_outcome outcome = {.operation = STR("CREATE"),
                                        .resource = STR("pods"),
                                        .mode = SHELFLIFE_MODE_ENFORCE,
                                        .action = SHELFLIFE_DENY,
                                        .judged = true,
                                        .images = {[SHELFLIFE_PHASE_UNAVAILABLE] = 2},
                                        .known = {[SHELFLIFE_KNOWN_BY_INSPECTION] = 7},
                                        .contradicted = 8,
                                        .outdated = 3,
                                        .unverified = 4,
                                        .waived = 5,
                                        .unread = 6};
    shelflife_server_metrics_review(&metrics, &outcome, SHELFLIFE_SERVER_CLIENT_UNVERIFIED, 100000);
    shelflife_server_metrics_review(&metrics, &outcome, SHELFLIFE_SERVER_CLIENT_CERTIFICATE, 100001);
    outcome.judged = false; /* its images do not count */
    shelflife_server_metrics_review(&metrics, &outcome, SHELFLIFE_SERVER_CLIENT_UNVERIFIED,
                                    INT64_C(20000000000));
    CLEANUP(shelflife_buffer_free) buffer page = page_of(&metrics, (struct shelflife_server_gauges){0});
    static const char *const lines[] = {
        "shelflife_reviews_total{operation=\"CREATE\",resource=\"pods\",mode=\"enforce\",action=\"deny\"} 3",
        "shelflife_review_clients_total{client=\"unverified\"} 2",
        "shelflife_review_clients_total{client=\"certificate\"} 1",
        "shelflife_images_total{phase=\"unavailable\"} 4",
        "shelflife_images_total{phase=\"supported\"} 0",
        "shelflife_images_known_total{by=\"name\"} 0",
        "shelflife_images_known_total{by=\"inspection\"} 14",
        "shelflife_images_known_total{by=\"nothing\"} 0",
        "shelflife_images_contradicted_total 24",
        "shelflife_images_outdated_total 9",
        "shelflife_images_unverified_total 12",
        "shelflife_images_waived_total 15",
        "shelflife_texts_unread_total 18",
        "shelflife_review_duration_seconds_bucket{le=\"0.00005\"} 0",
        "shelflife_review_duration_seconds_bucket{le=\"0.0001\"} 1",
        "shelflife_review_duration_seconds_bucket{le=\"0.00025\"} 2",
        "shelflife_review_duration_seconds_bucket{le=\"10\"} 2",
        "shelflife_review_duration_seconds_bucket{le=\"+Inf\"} 3",
        "shelflife_review_duration_seconds_sum 20.000200001",
        "shelflife_review_duration_seconds_count 3",
    };
    assert_has(&page, lines, COUNT(lines));
    assert_int_equal(count_of(&page, "\nshelflife_reviews_total{"), 1);
}

static void words_of_clients_are_counted_as_other(void **state)
{
    (void)state;
    struct shelflife_server_metrics metrics = {0};
    char name[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "made-up-%d", i);
        const struct shelflife_outcome outcome = {.operation = shelflife_str_of(name),
                                                  .resource = shelflife_str_of(name),
                                                  .mode = SHELFLIFE_MODE_WARN};
        shelflife_server_metrics_review(&metrics, &outcome, SHELFLIFE_SERVER_CLIENT_UNVERIFIED, 1);
    }
    CLEANUP(shelflife_buffer_free) buffer page = page_of(&metrics, (struct shelflife_server_gauges){0});
    static const char *const lines[] = {"shelflife_reviews_total{operation=\"other\",resource=\"other\",mode="
                                        "\"warn\",action=\"allow\"} 1000"};
    assert_has(&page, lines, COUNT(lines));
    assert_null(strstr(page.at, "made-up"));
}

static void every_reason_and_reload_has_a_line(void **state)
{
    (void)state;
    struct shelflife_server_metrics metrics = {0};
    for (unsigned i = 0; i < SHELFLIFE_SERVER_REASONS; i++)
        for (unsigned n = 0; n <= i; n++)
            shelflife_server_metrics_error(&metrics, (enum shelflife_server_reason)i);
    const struct shelflife_server_reload_count reloads[] = {{"snapshot", 0, 1}, {"certificate", 1, 0}};
    const struct shelflife_server_gauges gauges = {.reloads = reloads, .reload_count = COUNT(reloads)};
    CLEANUP(shelflife_buffer_free) buffer page = page_of(&metrics, gauges);
    for (unsigned i = 0; i < SHELFLIFE_SERVER_REASONS; i++) {
        char line[128];
        const char *one = line;
        snprintf(line, sizeof(line), "shelflife_errors_total{reason=\"%s\"} %u",
                 shelflife_server_reason_name((enum shelflife_server_reason)i), i + 1);
        assert_has(&page, &one, 1);
    }
    static const char *const lines[] = {
        "shelflife_reloads_total{what=\"snapshot\",outcome=\"failure\"} 0",
        "shelflife_reloads_total{what=\"snapshot\",outcome=\"success\"} 1",
        "shelflife_reloads_total{what=\"certificate\",outcome=\"failure\"} 1",
        "shelflife_reloads_total{what=\"certificate\",outcome=\"success\"} 0",
    };
    assert_has(&page, lines, COUNT(lines));
}

static void gauges_are_read_when_the_page_is_written(void **state)
{
    (void)state;
    struct shelflife_server_metrics metrics = {0};
    atomic_store(&metrics.shed, 6);
    atomic_store(&logged.dropped, 8);
    atomic_store(&logged.rates[SHELFLIFE_LOG_REVIEWS].left_out, 10);
    const struct shelflife_catalog *first =
        shelflife_catalogs_at(shelflife_sources_snapshot_view(loaded)->catalogs, 0);
    CLEANUP(shelflife_buffer_free)
    buffer page =
        page_of(&metrics, (struct shelflife_server_gauges){.now = ((int64_t)first->as_of + 100000) * DAY + 5,
                                                           .certificate_expiry = 1795392000,
                                                           .connections = 7,
                                                           .review_memory = 9,
                                                           .draining = true});
    char age[256], stale[256];
    snprintf(age, sizeof(age), "shelflife_catalog_age_seconds{catalog=\"%.*s\"} 8640000005",
             STR_PRINT(first->name));
    snprintf(stale, sizeof(stale), "shelflife_catalog_stale{catalog=\"%.*s\"} 1", STR_PRINT(first->name));
    const char *const lines[] = {
        age,
        stale,
        "shelflife_certificate_expiry_timestamp_seconds 1795392000",
        "shelflife_connections 7",
        "shelflife_connections_shed_total 6",
        "shelflife_draining 1",
        "shelflife_log_lines_dropped_total 8",
        "shelflife_log_lines_left_out_total{about=\"clients\"} 0",
        "shelflife_log_lines_left_out_total{about=\"reviews\"} 10",
        "shelflife_review_memory_bytes 9",
    };
    assert_has(&page, lines, COUNT(lines));
    size_t catalogs = shelflife_catalogs_count(shelflife_sources_snapshot_view(loaded)->catalogs);
    assert_int_equal(count_of(&page, "\nshelflife_catalog_info{"), catalogs);
}

static void every_metric_has_one_head(void **state)
{
    (void)state;
    struct shelflife_server_metrics metrics = {0};
    CLEANUP(shelflife_buffer_free) buffer page = page_of(&metrics, (struct shelflife_server_gauges){0});
    unsigned heads = 0;
    for (const char *at = page.at; (at = strstr(at, "# TYPE ")); at++, heads++) {
        char head[128];
        const char *end = strchr(at + 7, ' ');
        snprintf(head, sizeof(head), "%.*s ", (int)(end - at), at);
        assert_int_equal(count_of(&page, head), 1);
    }
    assert_int_equal(count_of(&page, "# HELP "), heads);
    assert_true(heads > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reviews_are_counted_by_what_they_were),
        cmocka_unit_test(words_of_clients_are_counted_as_other),
        cmocka_unit_test(every_reason_and_reload_has_a_line),
        cmocka_unit_test(gauges_are_read_when_the_page_is_written),
        cmocka_unit_test(every_metric_has_one_head),
    };
    return cmocka_run_group_tests_name("server_metrics", tests, load, release);
}
