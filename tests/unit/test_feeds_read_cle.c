/* rooms: feeds catalog reference net pki json base */
#include "unit/feeds_kit.h"

#define CLE(events)                                                                                          \
    "{\"identifier\": \"pkg:docker/acme/app\", \"updatedAt\": \"2026-08-01T10:00:00Z\", \"definitions\": "   \
    "{\"support\": [{\"id\": \"plus\", \"description\": \"Extended support for customers\"}]}, \"events\": " \
    "[" events "]}"
#define EVENT(id, type, day, more)                                                                           \
    "{\"id\": " #id ", \"type\": \"" type "\", \"effective\": \"" day "T00:00:00Z\", \"published\": "        \
    "\"2026-01-01T00:00:00Z\", " more "}"
#define RANGE(range) "\"versions\": [{\"range\": \"vers:" range "\"}]"
#define VERSION(version) "\"versions\": [{\"version\": \"" version "\"}]"

#define ELEVEN "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"

static void events_become_dates(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed = CLE(
             EVENT(5, "endOfDistribution", "2029-01-01", RANGE("semver/>=2.0.0|<3.0.0")) ", " EVENT(4, "endOfSupport", "2028-01-01", RANGE("semver/>=2.0.0|<3.0.0") ", \"supportId\": \"standard\"") ", " EVENT(
                 3, "endOfLife", "2027-01-01",
                 RANGE(
                     "semver/>=1.0.0|<2.0.0")) ", " EVENT(2, "released", "2026-02-01",
                                                          "\"version\": \"2.4.1\"") ", " EVENT(1, "released",
                                                                                               "2025-02-01",
                                                                                               "\"version\": "
                                                                                               "\"2.0.0\"")),
         .wanted =
             {"{\"release\": \"2\", \"endOfPatch\": \"2028-01-01\", \"endOfAvailability\": \"2029-01-01\", "
              "\"latest\": \"2.4.1\", \"latestDate\": \"2026-02-01\"},\n        {\"release\": \"1\", "
              "\"endOfPatch\": \"2027-01-01\"}",
              "\"asOf\": \"2026-08-01\""}},
        /* endOfSupport counts more than endOfLife; support that is paid for is extended. */
        {.feed = CLE(EVENT(3, "endOfLife", "2031-01-01", VERSION("1")) ", " EVENT(
             2, "endOfSupport", "2030-01-01",
             VERSION("1") ", \"supportId\": \"plus\"") ", " EVENT(1, "endOfSupport", "2028-01-01",
                                                                  VERSION("1") ", \"supportId\": \"basic\"")),
         .wanted =
             {"{\"release\": \"1\", \"endOfPatch\": \"2028-01-01\", \"endOfExtendedPatch\": \"2030-01-01\"}"},
         .unwanted = {"endOfAvailability"}},
        /* A range of several releases; the newer event wins, whatever their order. */
        {.feed = CLE(EVENT(1, "endOfSupport", "2026-01-01", RANGE("npm/>=3.8|<3.10")) ", " EVENT(
             2, "endOfSupport", "2027-01-01", RANGE("npm/>=3.9|<3.10"))),
         .wanted = {"{\"release\": \"3.9\", \"endOfPatch\": \"2027-01-01\"}",
                    "{\"release\": \"3.8\", \"endOfPatch\": \"2026-01-01\"}"}},
        /* A withdrawn event does not count, unless its withdrawal is withdrawn. */
        {.feed = CLE(EVENT(3, "withdrawn", "2026-03-01", "\"eventId\": 2") ", " EVENT(
             2, "endOfSupport", "2027-01-01", VERSION("1")) ", " EVENT(1, "endOfSupport", "2026-01-01",
                                                                       VERSION("1"))),
         .wanted = {"{\"release\": \"1\", \"endOfPatch\": \"2026-01-01\"}"}},
        {.feed = CLE(EVENT(4, "withdrawn", "2026-03-01", "\"eventId\": 3") ", " EVENT(
             3, "withdrawn", "2026-03-01", "\"eventId\": 2") ", " EVENT(2, "endOfSupport", "2027-01-01",
                                                                        VERSION("1"))),
         .wanted = {"{\"release\": \"1\", \"endOfPatch\": \"2027-01-01\"}"}},
        {.feed = CLE(EVENT(3, "withdrawn", "2026-03-01",
                           "\"eventId\": 2") ", " EVENT(2, "endOfSupport", "2027-01-01", VERSION("1"))),
         .catalog =
             "\"repositories\": [\"docker.io/acme/app\"], \"rows\": [{\"release\": \"1\", \"endOfPatch\": "
             "\"2027-01-01\", \"codename\": \"one\"}]",
         .wanted = {"{\"release\": \"1\", \"codename\": \"one\"}"}},
        /* A range without bounds is about the releases of the document that are in it. */
        {.feed = CLE(EVENT(2, "endOfSupport", "2027-01-01", RANGE("semver/<3.0.0")) ", " EVENT(
             1, "released", "2025-01-01", "\"version\": \"2.0\"")),
         .wanted = {"{\"release\": \"2.0\", \"endOfPatch\": \"2027-01-01\"}"}},
        {.feed = CLE(EVENT(2, "endOfSupport", "2027-01-01",
                           RANGE("semver/<3.0.0")) ", " EVENT(1, "endOfSupport", "2029-01-01", VERSION("4"))),
         .wanted = {"{\"release\": \"4\", \"endOfPatch\": \"2029-01-01\"}"},
         .skipped = "feed: events[0].versions[0]: the range is not made of single releases"},
        {.feed = CLE(EVENT(1, "endOfSupport", "2027-01-01", RANGE("semver/*"))),
         .wanted = {"{\"endOfPatch\": \"2027-01-01\"}"}},
        /* A withdrawal of an event that is unknown, later, or itself. */
        {.feed = CLE("{\"id\": 2, \"type\": \"withdrawn\", \"eventId\": 7}, " EVENT(
             1, "endOfSupport", "2027-01-01", VERSION("4"))),
         .wanted = {"{\"release\": \"4\", \"endOfPatch\": \"2027-01-01\"}"},
         .skipped = "feed: events[0]: it withdraws nothing: its `eventId` is not that of an earlier event"},
        {.feed = CLE("{\"id\": 2, \"type\": \"withdrawn\", \"eventId\": 2}, " EVENT(
             3, "endOfSupport", "2027-01-01", VERSION("4"))),
         .wanted = {"{\"release\": \"4\", \"endOfPatch\": \"2027-01-01\"}"},
         .skipped = "feed: events[0]: it withdraws nothing"},
        /* The repository shows the product of the catalog, not the name in the package URL. */
        {.feed = "{\"identifier\": \"pkg:docker/other?repository_url=images.example%2Fbase\", \"updatedAt\": "
                 "\"2026-08-01T10:00:00Z\", \"events\": [" EVENT(1, "endOfSupport", "2027-01-01",
                                                                 VERSION("4")) "]}",
         .catalog = "\"repositories\": [\"images.example/base/other\"], \"rows\": [{\"release\": \"4\"}]",
         .wanted = {"\"name\": \"app\"", "{\"release\": \"4\", \"endOfPatch\": \"2027-01-01\"}"},
         .unwanted = {"\"name\": \"other\""}},
        /* Other events, and their days, do not matter. */
        {.feed = CLE(
             "{\"id\": 9, \"type\": \"endOfMarketing\"}, {\"id\": 8, \"type\": \"of the future\"}, " EVENT(
                 1, "endOfSupport", "2027-01-01", "\"versions\": [\"1\"]")),
         .wanted = {"{\"release\": \"1\", \"endOfPatch\": \"2027-01-01\"}"}},
    };
    (void)state;
    FEEDS_KIT_RUN("cle", "app", cases);
}

static void what_is_wrong_is_named_with_its_place(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed = "{}", .error = "`identifier` is missing: this is not a CLE document"},
        {.feed = "{\"identifier\": \"app\"}", .error = "identifier: must be a package URL"},
        {.feed = "{\"identifier\": \"pkg:docker/a\", \"updatedAt\": \"today\"}",
         .error = "updatedAt: must be a time"},
        {.feed = "{\"identifier\": [], \"updatedAt\": \"2026-08-01T10:00:00Z\"}",
         .error = "identifier: must not be"},
        {.feed = "{\"identifier\": \"pkg:docker/a\", \"updatedAt\": \"2026-08-01T10:00:00Z\"}",
         .error = "`events` is missing"},
        {.feed =
             "{\"identifier\": \"pkg:docker/a\", \"updatedAt\": \"2026-08-01T10:00:00Z\", \"definitions\": "
             "{\"support\": [" ELEVEN ", " ELEVEN ", " ELEVEN "]}, \"events\": []}",
         .error = "definitions.support: there are more than 32 kinds of support"},
        {.feed = CLE(EVENT(1, "endOfSupport", "2027-01-01", RANGE("semver/<3.0.0"))),
         .error = "feed: events[0]: neither this nor another event is about a version"},
        {.feed = CLE("{\"type\": \"released\"}"), .error = "events[0]: `id` is missing"},
        {.feed = CLE("{\"id\": 1}"), .error = "events[0]: `type` is missing"},
        {.feed = CLE("{\"id\": 1, \"type\": \"endOfSupport\"}"),
         .error = "events[0]: `effective` is missing"},
        {.feed = CLE(EVENT(1, "endOfSupport", "2027-01-01", "\"x\": 1")),
         .error = "events[0]: `versions` is missing"},
        {.feed = CLE(EVENT(1, "endOfSupport", "2027-01-01", "\"versions\": [{}]")),
         .error = "events[0].versions[0]: must be a map with `version` or `range`"},
        {.feed = CLE(EVENT(1, "endOfSupport", "2027-01-01", "\"versions\": [{\"range\": \"1.0\"}]")),
         .error = "events[0].versions[0].range: \"1.0\" must be like vers:semver/>=1.0.0|<2.0.0"},
        {.feed = CLE(EVENT(1, "released", "2027-01-01", "\"x\": 1")),
         .error = "events[0]: `version` is missing"},
        {.feed = CLE(EVENT(1, "released", "2027-01-01", "\"version\": \"1\"") ", " EVENT(
             1, "released", "2027-01-01", "\"version\": \"2\"")),
         .error = "its `id`, 1, is that of another event, too"},
        {.feed = CLE(EVENT(1, "withdrawn", "2027-01-01", "\"x\": 1")),
         .error = "events[0]: `eventId` is missing"},
    };
    (void)state;
    FEEDS_KIT_RUN("cle", "app", cases);
}

/* 2000 releases, and ranges that are compared with each of them. */
static void the_work_has_a_limit(void **state)
{
    buffer feed CLEANUP(shelflife_buffer_free), out CLEANUP(shelflife_buffer_free);
    struct shelflife_feeds_imported outcome = {0};
    error err = {0};
    (void)state;
    shelflife_buffer_init(&feed, SIZE_MAX);
    shelflife_buffer_init(&out, SIZE_MAX);
    shelflife_buffer_format(&feed,
                            "{\"identifier\": \"pkg:docker/a\", \"updatedAt\": \"2026-08-01T10:00:00Z\", "
                            "\"events\": [{\"id\": 1, \"type\": \"endOfLife\", \"effective\": "
                            "\"2026-08-01T10:00:00Z\", \"versions\": [\"0\"");
    for (int i = 1; i < 2000; i++)
        shelflife_buffer_format(&feed, ", \"%d\"", i);
    for (int i = 0; i < 60000; i++)
        shelflife_buffer_format(&feed, ", \"7\"");
    shelflife_buffer_append(&feed, STR("]}]}"));
    const struct shelflife_feeds_feed one = {
        .format = "cle", .bytes = shelflife_buffer_str(&feed), .origin = "feed", .identifiers = true};
    const struct shelflife_feeds_import asked = {.feeds = &one, .feed_count = 1, .as_of = 20000};
    assert_false(shelflife_feeds_import(&asked, &out, &outcome, &err));
    if (!strstr(err.text, "feed: its events have too many versions and ranges for 2000 releases"))
        fail_msg("%s", err.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(events_become_dates),
                                       cmocka_unit_test(what_is_wrong_is_named_with_its_place),
                                       cmocka_unit_test(the_work_has_a_limit)};
    return cmocka_run_group_tests_name("feeds_read_cle", tests, NULL, NULL);
}
