/* rooms: feeds catalog reference net pki json base */
#include "unit/feeds_kit.h"

static void a_schedule_becomes_rows(void **state)
{
    static const struct feeds_case cases[] = {
        /* The newest first. A release has long-term support once that has begun. */
        {.feed = "{\"v8\": {\"start\": \"2020-01-01\", \"lts\": \"2020-06-01\", \"end\": \"2023-01-01\", "
                 "\"codename\": \"Argon\"}, \"v9\": {\"start\": \"2026-01-01\", \"lts\": \"2026-10-01\", "
                 "\"end\": \"2030-01-01\"}}",
         .wanted = {"{\"release\": \"9\", \"endOfPatch\": \"2030-01-01\"},\n        {\"release\": \"8\", "
                    "\"codename\": \"argon\", \"endOfPatch\": \"2023-01-01\", \"lts\": true}"}},
        /* A release that has not begun is not there; what the schedule does not have is kept. */
        {.feed = "{\"v9\": {\"start\": \"2026-01-01\", \"end\": \"2030-01-01\"}, \"v10\": {\"start\": "
                 "\"2027-01-01\", \"end\": \"2031-01-01\"}}",
         .catalog = "\"repositories\": [\"images.example/app\"], \"rows\": [{\"release\": \"9\", \"is\": "
                    "[\"nine\"], \"endOfPatch\": \"2029-01-01\", \"latest\": \"9.1\"}]",
         .wanted =
             {"{\"release\": \"9\", \"is\": [\"nine\"], \"endOfPatch\": \"2030-01-01\", \"latest\": \"9.1\"}",
              "\"serial\": 8", "\"asOf\": \"2026-09-01\""},
         .unwanted = {"\"10\""}},
        /* Older releases than those of the catalog are not added. */
        {.feed = "{\"v0.8\": {\"start\": \"2012-01-01\", \"end\": \"2014-01-01\"}, \"v9\": {\"start\": "
                 "\"2026-01-01\", \"end\": \"2030-01-01\"}}",
         .catalog = "\"repositories\": [\"images.example/app\"], \"rows\": [{\"release\": \"9\"}]",
         .unwanted = {"0.8"}},
        {.feed = "{}", .error = "it has no releases"},
        {.feed = "[]", .error = "feed: "},
        {.feed = "{\"v9\": {\"start\": \"2026-01-01\"}}", .error = "v9: `start` or `end` is missing"},
        {.feed = "{\"v9\": {\"start\": \"soon\", \"end\": \"2030-01-01\"}}", .error = "v9.start: "},
        {.feed = "{\"9\": {}}", .error = "the name of a release must be like v18"},
        {.feed = "{\"v9\": {\"sta", .error = "feed:1"},
    };
    (void)state;
    FEEDS_KIT_RUN("node-releases", "nodejs", cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_schedule_becomes_rows)};
    return cmocka_run_group_tests_name("feeds_read_node_releases", tests, NULL, NULL);
}
