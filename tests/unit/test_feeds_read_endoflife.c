/* rooms: feeds catalog reference net pki json base */
#include "unit/feeds_kit.h"

#define PLAIN(more) "{\"products\": [{\"name\": \"app\", \"title\": \"App\", " more "}]}"
#define ROWS(rows) "\"repositories\": [\"images.example/app\"], \"rows\": [" rows "]"

static void fields_have_the_names_of_the_repository(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed = PLAIN(
             "\"releases\": [{\"name\": \"2\", \"releaseDate\": \"2026-01-01\", \"lts\": \"2026-10-01\", "
             "\"eol\": \"2028-01-01\", \"eoes\": \"2030-01-01\", \"latest\": \"2.3\", "
             "\"latestReleaseDate\": \"2026-08-01\", \"codename\": \"Big Two\"}, {\"name\": \"1\", "
             "\"lts\": true, \"eol\": true}]"),
         .wanted =
             {"{\"release\": \"2\", \"codename\": \"big\", \"endOfPatch\": \"2028-01-01\", "
              "\"endOfExtendedPatch\": \"2030-01-01\", \"latest\": \"2.3\", \"latestDate\": \"2026-08-01\"}",
              "{\"release\": \"1\", \"ended\": true, \"lts\": true}",
              "\"source\": "
              "\"https://endoflife.date/app\""}},
        {.feed = PLAIN("\"releases\": [{\"name\": \"1\", \"eol\": 3}]"),
         .error = "products[0].releases[0].eol: "},
        {.feed = "{\"generated_at\": \"2026-08-22T00:00:00Z\", \"result\": {\"name\": \"app\", \"releases\": "
                 "[{\"name\": \"2 beta\"}]}}",
         .error = "feed: result.releases[0].name: \"2 beta\" is not a version"},
        {.feed = PLAIN("\"releases\": 3"), .error = "products[0].releases: "},
        {.feed = PLAIN("\"releases\": [{\"name\": \"1\", \"eol\": true}, {\"name\": \"1\", \"eol\": false}]"),
         .error = "feed: release 1 of \"app\" is listed twice with different dates, in its entries 1 and 2"},
        {.feed = "{\"products\": [{\"title\": \"App\"}]}", .error = "`name` is missing"},
    };
    (void)state;
    FEEDS_KIT_RUN("endoflife", "app", cases);
}

#define RELEASES                                                                                             \
    "\"releases\": [{\"name\": \"3\", \"releaseDate\": \"2026-08-19\", \"eol\": false}, {\"name\": \"2\", "  \
    "\"releaseDate\": \"2026-02-10\", \"eol\": false, \"latest\": \"2.1\", \"latestReleaseDate\": "          \
    "\"2026-08-19\"}, {\"name\": \"1\", \"releaseDate\": \"2025-08-12\", \"eol\": false}]"
#define DERIVED(releases)                                                                                    \
    "\"note\": \"End of patch derived from the publisher's rule: only the newest " releases

static void a_rule_of_the_publisher_ends_releases(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed =
             PLAIN("\"rules\": [\"eoas(x) = releaseDate(x+1)\", \"eol(x) = releaseDate(x+2)\"], " RELEASES),
         .wanted = {"\"supportedReleases\": 2,", "{\"release\": \"3\"},",
                    "{\"release\": \"2\", \"latest\": \"2.1\"",
                    "{\"release\": \"1\", \"endOfPatch\": \"2026-08-19\", " DERIVED(
                        "releases are patched, and 3")}},
        /* Other ways to write it; a sentence more, and it is another rule. */
        {.feed = PLAIN("\"rules\": [\"EOL(x)=release( x + 1 ).\"], " RELEASES),
         .wanted = {"\"supportedReleases\": 1,", DERIVED("release is patched, and 2 was"), "\"2026-02-10\""}},
        {.feed = PLAIN("\"rules\": [\"eol(x) = releaseDate(x+2), except for the last minor\"], " RELEASES),
         .unwanted = {"supportedReleases", "endOfPatch"}},
        {.feed = PLAIN("\"rules\": [\"eol(x) = max(releaseDate(x+1), latestReleaseDate(x))\"], " RELEASES),
         .unwanted = {"supportedReleases", "endOfPatch"}},
        /* The catalog's own rule. A release that was patched later has not ended, nor has one with a longer
           life. */
        {.feed = PLAIN("\"releases\": [{\"name\": \"3\", \"releaseDate\": \"2026-01-01\", \"eol\": false}, "
                       "{\"name\": \"2\", \"eol\": false, \"latest\": \"2.9\", \"latestReleaseDate\": "
                       "\"2026-02-01\"}]"),
         .catalog = "\"repositories\": [\"images.example/app\"], \"supportedReleases\": 1, \"rows\": "
                    "[{\"release\": \"2\"}]",
         .wanted = {"\"supportedReleases\": 1,"},
         .unwanted = {"endOfPatch"}},
        {.feed = PLAIN("\"releases\": [{\"name\": \"3\", \"releaseDate\": \"2026-01-01\", \"eol\": false}, "
                       "{\"name\": \"2\", \"eol\": false, \"lts\": true}]"),
         .catalog = "\"repositories\": [\"images.example/app\"], \"supportedReleases\": 1, \"rows\": "
                    "[{\"release\": \"2\"}]",
         .unwanted = {"endOfPatch"}},
        /* In another order, the releases above are not those that came out later. */
        {.feed = PLAIN("\"rules\": [\"eol(x) = releaseDate(x+1)\"], \"releases\": [{\"name\": \"1\", "
                       "\"releaseDate\": \"2025-01-01\", \"eol\": false}, {\"name\": \"2\", \"releaseDate\": "
                       "\"2026-01-01\", \"eol\": false}]"),
         .unwanted = {"endOfPatch"},
         .skipped = "app: no end is derived from the publisher's rule"},
        {.feed = PLAIN("\"rules\": [\"eol(x) = releaseDate(x+1)\"], \"releases\": [{\"name\": \"3\", "
                       "\"releaseDate\": \"2026-01-01\", \"eol\": false}, {\"name\": \"2\", \"eol\": false}, "
                       "{\"name\": \"1\", \"releaseDate\": \"2026-02-01\", \"eol\": false}]"),
         .unwanted = {"endOfPatch"},
         .skipped = "app: no end is derived from the publisher's rule"},
        /* The key has its place before `part` and `rows`. Once the feed has a date, the note is removed. */
        {.feed =
             PLAIN("\"rules\": [\"eol(x) = releaseDate(x+1)\"], \"releases\": [{\"name\": \"2\", \"eol\": "
                   "\"2026-03-01\"}]"),
         .catalog = ROWS(
             "{\"release\": \"2\", \"endOfPatch\": \"2026-02-01\", \"note\": \"End of patch derived from "
             "a rule.\"}"),
         .wanted = {"\"supportedReleases\": 1,\n      \"rows\"",
                    "{\"release\": \"2\", \"endOfPatch\": \"2026-03-01\"}"}},
        /* A note of someone else stays. */
        {.feed = PLAIN(
             "\"rules\": [\"eol(x) = releaseDate(x+1)\"], \"releases\": [{\"name\": \"3\", \"releaseDate\": "
             "\"2026-01-01\", \"eol\": false}, {\"name\": \"2\", \"eol\": false}]"),
         .catalog = ROWS("{\"release\": \"2\", \"note\": \"Own.\"}"),
         .wanted = {"{\"release\": \"2\", \"endOfPatch\": \"2026-01-01\", \"note\": \"Own.\"}"}},
    };
    (void)state;
    FEEDS_KIT_RUN("endoflife", "app", cases);
}

static void the_end_of_all_support_ends_free_support(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed = PLAIN(
             "\"releases\": [{\"name\": \"3.4\", \"lts\": true, \"eol\": false, \"eoes\": \"2026-08-09\", "
             "\"latest\": \"3.4.2\", \"latestReleaseDate\": \"2023-10-12\"}]"),
         .wanted =
             {"{\"release\": \"3.4\", \"endOfPatch\": \"2026-08-09\", \"lts\": true, \"latest\": \"3.4.2\", "
              "\"latestDate\": \"2023-10-12\", \"note\": \"End of patch derived from the end of all "
              "support"}},
        {.feed =
             PLAIN("\"releases\": [{\"name\": \"3.9\", \"eol\": false, \"eoes\": \"2025-12-12\", \"latest\": "
                   "\"3.9.3\", \"latestReleaseDate\": \"2026-06-17\"}]"),
         .unwanted = {"endOf"}},
        {.feed = PLAIN("\"releases\": [{\"name\": \"4\", \"eol\": false, \"eoes\": \"2027-12-12\"}]"),
         .unwanted = {"endOf"}},
        /* The note about it does not let a patch of another release in. */
        {.feed = PLAIN("\"releases\": [{\"name\": \"2\", \"eol\": false, \"eoes\": \"2026-08-09\", "
                       "\"latest\": \"1.7\"}]"),
         .wanted = {"\"endOfPatch\": \"2026-08-09\""},
         .unwanted = {"1.7"}},
    };
    (void)state;
    FEEDS_KIT_RUN("endoflife", "app", cases);
}

static const char *repositories_of(const char *purl, char out[256])
{
    buffer feed CLEANUP(shelflife_buffer_free), result CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&feed, SIZE_MAX);
    shelflife_buffer_init(&result, SIZE_MAX);
    shelflife_buffer_format(&feed,
                            "{\"products\": [{\"name\": \"app\", \"images\": [\"%s\"], \"releases\": "
                            "[{\"name\": \"1\", \"eol\": true}]}]}",
                            purl);
    const struct shelflife_feeds_feed one = {
        .format = "endoflife", .bytes = shelflife_buffer_str(&feed), .origin = "feed", .identifiers = true};
    const struct shelflife_feeds_import asked = {.feeds = &one, .feed_count = 1, .as_of = 20000};
    struct shelflife_feeds_imported outcome = {0};
    error err = {0};
    assert_true(shelflife_feeds_import(&asked, &result, &outcome, &err));
    shelflife_buffer_byte(&result, '\0');
    const char *list = strstr(result.at, "\"repositories\": ["), *end = list ? strchr(list, ']') : NULL;
    snprintf(out, 256, "%.*s", list ? (int)(end - list - 17) : 0, list ? list + 17 : "");
    return out;
}

static void package_urls_are_repositories(void **state)
{
    static const struct {
        const char *purl, *repository;
    } cases[] = {
        {"pkg:docker/library/python", "\"docker.io/library/python\""},
        {"pkg:docker/python", "\"docker.io/library/python\""},
        {"pkg:docker/library/python@3.12?arch=arm64#x", "\"docker.io/library/python\""},
        {"pkg:docker/library%2Fpython", "\"docker.io/library/python\""},
        {"pkg:docker/app?repository_url=ghcr.io%2Facme", "\"ghcr.io/acme/app\""},
        {"pkg:oci/argocd?repository_url=quay.io/argoproj", "\"quay.io/argoproj/argocd\""},
        {"pkg:oci/argocd?tag=1&repository_url=quay.io%2fargoproj%2Fargocd", "\"quay.io/argoproj/argocd\""},
        {"pkg:oci/app?repository_url=localhost%3A5000/team/", "\"localhost:5000/team/app\""},
        {"pkg:oci/app", ""},
        {"pkg:oci/app?repository_url=quay.io%2", ""},
        {"pkg:docker/a%zz", ""},
        {"pkg:docker/a%00", ""},
        {"pkg:docker/A B", ""},
        {"pkg:docker/", ""},
        {"pkg:npm/app", ""},
    };
    char out[256];
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(repositories_of(cases[i].purl, out), cases[i].repository);
}

static void products_without_versions_keep_their_rows(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed = PLAIN("\"releases\": [{\"name\": \"rolling\", \"eol\": \"2026-07-21\", \"latest\": \"7\"}]"),
         .catalog = ROWS("{\"endOfPatch\": \"2025-07-21\", \"note\": \"Own.\"}"),
         .wanted = {"{\"endOfPatch\": \"2026-07-21\", \"note\": \"Own.\"}"},
         .unwanted = {"rolling"}},
        {.feed = PLAIN("\"releases\": [{\"name\": \"2\", \"eol\": true}, {\"name\": \"1\", \"eol\": true}]"),
         .catalog = ROWS("{\"endOfPatch\": \"2025-07-21\"}"),
         .wanted = {"{\"endOfPatch\": \"2025-07-21\"}"},
         .skipped = "feed: \"app\" has releases, but not in the catalog"},
        {.feed = PLAIN("\"releases\": [{\"name\": \"2\", \"eol\": true}]"),
         .catalog =
             "\"repositories\": [\"images.example/app\"], \"wholeTag\": true, \"rows\": [{\"release\": "
             "\"2-slim\"}]",
         .unwanted = {"\"2\""},
         .skipped = "feed: app: the rows of the product in the catalog are whole tags"},
    };
    (void)state;
    FEEDS_KIT_RUN("endoflife", "app", cases);
}

/* Products that a catalog does not have are added with --identifiers, without repositories that it has. */
static void identifiers_add_products(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed =
             "{\"products\": [{\"name\": \"more\", \"images\": [\"pkg:docker/library/more\"], \"releases\": "
             "[{\"name\": \"1\", \"eol\": true}]}]}",
         .catalog = ROWS("{\"release\": \"1\"}"),
         .unwanted = {"more"}},
    };
    (void)state;
    FEEDS_KIT_RUN("endoflife", "app", cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fields_have_the_names_of_the_repository),
                                       cmocka_unit_test(a_rule_of_the_publisher_ends_releases),
                                       cmocka_unit_test(the_end_of_all_support_ends_free_support),
                                       cmocka_unit_test(package_urls_are_repositories),
                                       cmocka_unit_test(products_without_versions_keep_their_rows),
                                       cmocka_unit_test(identifiers_add_products)};
    return cmocka_run_group_tests_name("feeds_read_endoflife", tests, NULL, NULL);
}
