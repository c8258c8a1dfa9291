/* rooms: feeds catalog reference net pki json base */
#include "unit/feeds_kit.h"

#define ENDOFLIFE(name, release, eol)                                                                        \
    "{\"generated_at\": \"2026-08-22T00:00:00Z\", \"result\": [{\"name\": \"" name "\", \"releases\": "      \
    "[{\"name\": \"" release "\", \"eolFrom\": \"" eol "\", \"latest\": {\"name\": \"" release ".4\"}}]}]}"
#define SCHEDULE(release, end) "{\"v" release "\": {\"start\": \"2026-01-01\", \"end\": \"" end "\"}}"

static bool import(const struct shelflife_feeds_feed *feeds, size_t count, str catalog, shelflife_day as_of,
                   buffer *out, struct shelflife_feeds_imported *outcome, error *err)
{
    const struct shelflife_feeds_import asked = {.feeds = feeds,
                                                 .feed_count = count,
                                                 .catalog = catalog,
                                                 .catalog_origin = "catalog",
                                                 .as_of = as_of,
                                                 .fetched = SHELFLIFE_DAY_NONE};
    shelflife_buffer_reset(out);
    return shelflife_feeds_import(&asked, out, outcome, err);
}

/* The later feed wins where both have a value; the catalog gets one new serial, and the earlier day. */
static void several_feeds_give_one_edition(void **state)
{
    const struct shelflife_feeds_name names[] = {{"node", "nodejs"}, {"app", NULL}};
    const struct shelflife_feeds_feed feeds[] = {{.format = "endoflife",
                                                  .bytes = STR(ENDOFLIFE("nodejs", "9", "2029-01-01")),
                                                  .origin = "first",
                                                  .products = names,
                                                  .product_count = 1},
                                                 {.format = "node-releases",
                                                  .bytes = STR(SCHEDULE("9", "2030-01-01")),
                                                  .origin = "second",
                                                  .products = names,
                                                  .product_count = 1}};
    buffer catalog CLEANUP(shelflife_buffer_free), out CLEANUP(shelflife_buffer_free);
    buffer again CLEANUP(shelflife_buffer_free);
    struct shelflife_feeds_imported outcome = {0};
    error err = {0};
    (void)state;
    shelflife_buffer_init(&catalog, SIZE_MAX);
    shelflife_buffer_init(&out, SIZE_MAX);
    shelflife_buffer_init(&again, SIZE_MAX);
    feeds_kit_catalog(
        "node", "\"feeds\": [{\"format\": \"endoflife\", \"url\": \"https://endoflife.date/x\"}], ",
        "\"repositories\": [\"docker.io/library/node\"], \"rows\": [{\"release\": \"9\"}]", &catalog);
    if (!import(feeds, 2, shelflife_buffer_str(&catalog), SHELFLIFE_DAY_NONE, &out, &outcome, &err))
        fail_msg("%s", err.text);
    str text = shelflife_buffer_str(&out);
    assert_true(
        feeds_kit_has(text, "{\"release\": \"9\", \"endOfPatch\": \"2030-01-01\", \"latest\": \"9.4\"}"));
    assert_true(feeds_kit_has(text, "\"asOf\": \"2026-08-22\""));
    assert_true(feeds_kit_has(text, "\"serial\": 8"));
    assert_true(feeds_kit_has(text, "\"feeds\": [{\"format\""));
    assert_true(outcome.changed);
    /* Both feeds again: the first one's day is overruled again, so nothing changes. */
    assert_true(import(feeds, 2, text, SHELFLIFE_DAY_NONE, &again, &outcome, &err));
    assert_false(outcome.changed);
    assert_true(shelflife_str_equal(text, shelflife_buffer_str(&again)));
}

static void errors_name_the_feed_and_keep_to_the_contract(void **state)
{
    static const struct shelflife_feeds_name missing = {"app", "elsewhere"};
    static const struct {
        struct shelflife_feeds_feed feed;
        const char *catalog, *error;
    } cases[] = {
        {{.format = "rss", .origin = "feed"}, "", "\"rss\" is not a format that can be imported"},
        {{.format = "endoflife", .bytes = STR_INIT("{"), .origin = "feed"}, "", "feed:1"},
        {{.format = "endoflife", .bytes = STR_INIT("{}"), .origin = "feed"}, "{}", "catalog: "},
        {{.format = "google", .bytes = STR_INIT("<p>\nab\0<table>"), .origin = "feed"},
         "",
         "feed:2:3: there is a NUL byte"},
        {{.format = "endoflife",
          .bytes = STR_INIT(ENDOFLIFE("app", "1", "2026-01-01")),
          .origin = "feed",
          .products = &missing,
          .product_count = 1},
         "",
         "feed: it has no product \"elsewhere\""},
        {{.format = "node-releases", .bytes = STR_INIT(SCHEDULE("1", "2026-01-01")), .origin = "feed"},
         "",
         "the repository of the images of \"nodejs\" is not known"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer out CLEANUP(shelflife_buffer_free);
        struct shelflife_feeds_imported outcome = {0};
        error err = {0};
        shelflife_buffer_init(&out, SIZE_MAX);
        assert_false(import(&cases[i].feed, 1, shelflife_str_of(cases[i].catalog), SHELFLIFE_DAY_NONE, &out,
                            &outcome, &err));
        if (!strstr(err.text, cases[i].error))
            fail_msg("case %zu: %s", i, err.text);
    }
}

/* A feed without a day needs one from the user, but only if something changes. */
static void a_new_edition_needs_a_day(void **state)
{
    const struct shelflife_feeds_feed feed = {
        .format = "node-releases", .bytes = STR(SCHEDULE("9", "2030-01-01")), .origin = "feed"};
    buffer catalog CLEANUP(shelflife_buffer_free), out CLEANUP(shelflife_buffer_free);
    struct shelflife_feeds_imported outcome = {0};
    error err = {0};
    (void)state;
    shelflife_buffer_init(&catalog, SIZE_MAX);
    shelflife_buffer_init(&out, SIZE_MAX);
    feeds_kit_catalog("nodejs", "",
                      "\"repositories\": [\"docker.io/library/node\"], \"rows\": [{\"release\": \"9\", "
                      "\"endOfPatch\": \"2030-01-01\"}]",
                      &catalog);
    str old = shelflife_buffer_str(&catalog);
    assert_true(import(&feed, 1, old, SHELFLIFE_DAY_NONE, &out, &outcome, &err));
    assert_false(outcome.changed);
    assert_true(import(&feed, 1, old, 20700, &out, &outcome, &err));
    assert_true(outcome.changed);
    const struct shelflife_feeds_feed later = {
        .format = "node-releases", .bytes = STR(SCHEDULE("9", "2031-01-01")), .origin = "feed"};
    assert_false(import(&later, 1, old, SHELFLIFE_DAY_NONE, &out, &outcome, &err));
    assert_true(strstr(err.text, "feed: it does not say on which day") != NULL);
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
}

static void a_feed_may_have_16_mib(void **state)
{
    buffer feed CLEANUP(shelflife_buffer_free), out CLEANUP(shelflife_buffer_free);
    struct shelflife_feeds_imported outcome = {0};
    error err = {0};
    (void)state;
    shelflife_buffer_init(&feed, SIZE_MAX);
    shelflife_buffer_init(&out, SIZE_MAX);
    assert_true(shelflife_buffer_reserve(&feed, SHELFLIFE_FEEDS_BYTES_MAX + 1));
    memset(feed.at, ' ', SHELFLIFE_FEEDS_BYTES_MAX + 1);
    feed.len = SHELFLIFE_FEEDS_BYTES_MAX + 1;
    for (size_t i = 0; i < shelflife_feeds_format_count; i++) {
        const struct shelflife_feeds_feed one = {.format = shelflife_feeds_formats[i].name,
                                                 .bytes = shelflife_buffer_str(&feed),
                                                 .origin = "feed"};
        assert_false(import(&one, 1, (str){0}, SHELFLIFE_DAY_NONE, &out, &outcome, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    }
}

static void a_document_may_have_one_and_a_half_million_values(void **state)
{
    enum { BRACKETS = 1600000 };
    static const char *const formats[] = {"endoflife", "node-releases", "cle", "openeox", "aws-dlc"};
    buffer feed CLEANUP(shelflife_buffer_free), out CLEANUP(shelflife_buffer_free);
    struct shelflife_feeds_imported outcome = {0};
    error err = {0};
    (void)state;
    shelflife_buffer_init(&feed, SIZE_MAX);
    shelflife_buffer_init(&out, SIZE_MAX);
    assert_true(shelflife_buffer_reserve(&feed, BRACKETS));
    memset(feed.at, '[', BRACKETS);
    feed.len = BRACKETS;
    for (size_t i = 0; i < COUNT(formats); i++) {
        const struct shelflife_feeds_feed one = {
            .format = formats[i], .bytes = shelflife_buffer_str(&feed), .origin = "feed"};
        assert_false(import(&one, 1, (str){0}, SHELFLIFE_DAY_NONE, &out, &outcome, &err));
        assert_string_equal(err.text, "feed: it has more than 1500000 values");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(several_feeds_give_one_edition),
                                       cmocka_unit_test(errors_name_the_feed_and_keep_to_the_contract),
                                       cmocka_unit_test(a_new_edition_needs_a_day),
                                       cmocka_unit_test(a_feed_may_have_16_mib),
                                       cmocka_unit_test(a_document_may_have_one_and_a_half_million_values)};
    return cmocka_run_group_tests_name("feeds_import", tests, NULL, NULL);
}
