/* rooms: feeds catalog reference net pki json base */
#include "unit/feeds_kit.h"

#define GALLERY "public.ecr.aws/deep-learning-containers/"
#define CATALOG(rows)                                                                                        \
    "\"title\": \"PyTorch\", \"repositories\": [\"" GALLERY "pytorch\"], \"rows\": [" rows "]"
#define BASE(rows)                                                                                           \
    "\"repositories\": [\"" GALLERY "base\"], \"tags\": [{\"pattern\": \"runtime-cu{version}-amzn2023\", "   \
    "\"fields\": {\"os\": \"amzn2023\"}}, {\"pattern\": \"{version}\", \"fields\": {\"os\": \"ubuntu\"}}], " \
    "\"rows\": [" rows "]"
#define HEAD "| Framework | Version | GA Date | EOP Date |\n| --- | --- | --- | --- |\n"

static void the_policy_page_has_frameworks_and_versions(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed = HEAD "| PyTorch | 2.12 | 2026-07-02 | 2027-07-02 |\n| PyTorch | 2.11 | - | 2027-04-30 |\n",
         .catalog = CATALOG("{\"release\": \"2.11\", \"endOfPatch\": \"2027-01-01\"}"),
         .wanted =
             {"{\"release\": \"2.12\", \"endOfPatch\": \"2027-07-02\"},\n        {\"release\": \"2.11\", "
              "\"endOfPatch\": \"2027-04-30\"}"}},
        /* Patches of one release: the latest date. */
        {.feed = "<table><tr><th>Framework<th>Version<th>EOP "
                 "Date<tr><td>PyTorch<td>2.11.0<td>2027-01-01<tr><td>PyTorch"
                 "<td>2.11.1<td>2027-02-01</table>",
         .catalog = CATALOG("{\"release\": \"2.11\"}"),
         .wanted = {"{\"release\": \"2.11\", \"endOfPatch\": \"2027-02-01\"}"}},
        {.feed = "pytorch:\n  - version: \"2.5\"\n    ga: \"2024-10-29\"\n    eop: \"2025-10-29\"\n",
         .catalog = CATALOG("{\"release\": \"2.5\"}"),
         .wanted = {"{\"release\": \"2.5\", \"endOfPatch\": \"2025-10-29\"}"}},
        {.feed = HEAD "| PyTorch | 2.12 | 2026-07-02 | soon |\n",
         .catalog = CATALOG("{\"release\": \"2.11\"}"),
         .error = "feed:3: column \"EOP Date\": \"soon\" is not a date like 2026-10-22"},
        {.feed = "| Framework | Version | Until |\n|---|---|---|\n| PyTorch | 2.12 | 2026-07-02 |\n",
         .catalog = CATALOG("{\"release\": \"2.11\"}"),
         .error = "the table must have the columns \"Framework\", \"Version\" and \"EOP Date\""},
        {.feed = HEAD "| PyTorch | 2.12 | - | 2026-07-02 | 2027-07-02 |\n",
         .catalog = CATALOG("{\"release\": \"2.11\"}"),
         .error = "feed:3: the row has 5 cells, and the table 4 columns"},
        {.feed = "pytorch:\n  - version: \"2.5\"\n",
         .catalog = CATALOG("{\"release\": \"2.11\"}"),
         .error = "pytorch[0]: `eop` is missing"},
        {.feed = "pytorch: 1\n", .catalog = CATALOG("{\"release\": \"2.11\"}"), .error = "feed: pytorch: "},
    };
    (void)state;
    FEEDS_KIT_RUN("aws-dlc", "pytorch", cases);
}

#define IMAGE(version, eop, tags)                                                                            \
    "{\"framework\": \"Base\", \"ecr_repository\": \"base\", \"version\": \"" version "\", \"eop\": \"" eop  \
    "\", \"tags\": [" tags "]}"

static void tags_show_the_row(void **state)
{
    static const char rows[] =
        BASE("{\"release\": \"13.0\", \"is\": [\"130\"], \"when\": {\"os\": \"amzn2023\"}, "
             "\"endOfPatch\": \"2029-01-01\"}, {\"release\": \"13.0\", \"when\": {\"os\": "
             "\"ubuntu\"}, \"endOfPatch\": \"2026-01-01\"}");
    static const struct feeds_case cases[] = {
        {.feed = "[" IMAGE("13.0.2", "2029-06-30", "\"runtime-cu130-amzn2023\"") ", " IMAGE(
             "13.0.2", "2026-10-22", "\"13.0.2-gpu-py313-ubuntu22.04-ec2\", \"13.0-gpu-py313\"") "]",
         .catalog = rows,
         .wanted = {"\"when\": {\"os\": \"amzn2023\"}, \"endOfPatch\": \"2029-06-30\"",
                    "\"when\": {\"os\": \"ubuntu\"}, \"endOfPatch\": \"2026-10-22\""}},
        {.feed = IMAGE("13.4.1", "2030-06-30", "\"runtime-cu134-amzn2023\""),
         .catalog = rows,
         .wanted =
             {"{\"release\": \"13.4\", \"is\": [\"134\"], \"when\": {\"os\": \"amzn2023\"}, \"endOfPatch\": "
              "\"2030-06-30\"}"}},
        {.feed = HEAD "| Base | 13.0.2 | - | 2029-06-30 |\n| Base (Ubuntu) | 13.0.2 | - | 2026-10-22 |\n",
         .catalog = rows,
         .wanted = {"\"when\": {\"os\": \"amzn2023\"}, \"endOfPatch\": \"2029-06-30\"",
                    "\"when\": {\"os\": \"ubuntu\"}, \"endOfPatch\": \"2026-10-22\""}},
        {.feed = "{\"framework\": \"Base\"}", .catalog = rows, .error = "`version` is missing"},
        {.feed = "{\"tags\": [], \"version\": \"a b\"}",
         .catalog = rows,
         .error = "version: must be a version"},
    };
    (void)state;
    FEEDS_KIT_RUN("aws-dlc", "base", cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_policy_page_has_frameworks_and_versions),
                                       cmocka_unit_test(tags_show_the_row)};
    return cmocka_run_group_tests_name("feeds_read_aws_dlc", tests, NULL, NULL);
}
