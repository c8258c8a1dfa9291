/* rooms: feeds catalog reference net pki json base */
#include "unit/feeds_kit.h"

#define REGISTRY "images.example/dl/"
/* A catalog as Google's: the release, an accelerator and perhaps a Python version are in the name. */
#define CATALOG(rows)                                                                                        \
    "\"title\": \"Frame Work\", \"repositories\": [\"" REGISTRY                                              \
    "fw-{acc}.{version}[.{py}]\"], \"rows\": [" rows "]"
#define HEAD                                                                                                 \
    "## Frame Work\n| Framework version | Current patch version | Supported accelerator | End of patch "     \
    "date "                                                                                                  \
    "| End of availability date | Image name |\n| --- | --- | --- | --- | --- | --- |\n"
#define ROW(label, patch, acc, end, available, image)                                                        \
    "| " label " | " patch " | " acc " | " end " | " available " | `" REGISTRY image "` |\n"
#define OLD                                                                                                  \
    "{\"release\": \"2.1\", \"when\": {\"py\": \"py310\"}, \"endOfPatch\": \"2026-01-01\", "                 \
    "\"endOfAvailability\": \"2027-01-01\", \"note\": \"Own.\"}"

static void images_show_the_row(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed = HEAD ROW("2.1 (Python 3.10)", "2.1.4", "CPU", "Feb 3, 2026", "Feb 3, 2027",
                          "fw-cpu.2-1.py310:latest")
             ROW("2.1 (Python 3.10)", "2.1.4", "GPU", "Feb 3, 2026", "Feb 3, 2027",
                 "fw-cu118.2-1.py310") "Last updated 2026-08-15 UTC.",
         .catalog = CATALOG(OLD),
         .wanted = {"{\"release\": \"2.1\", \"when\": {\"py\": \"py310\"}, \"endOfPatch\": \"2026-02-03\", "
                    "\"endOfAvailability\": \"2027-02-03\", \"latest\": \"2.1.4\", \"note\": \"Own.\"}",
                    "\"asOf\": \"2026-08-15\"", "\"serial\": 8"}},
        /* A new release is placed above older ones, distinguished as the other rows are. */
        {.feed =
             HEAD ROW("2.1 (Python 3.10)", "2.1.4", "CPU", "Jan 1, 2026", "Jan 1, 2027", "fw-cpu.2-1.py310")
                 ROW("2.10 (Python 3.12)", "2.10.0", "CPU", "May 1, 2028", "N/A", "fw-cpu.2-10.py312")
                     ROW("2.10 (Python 3.12)", "2.10.0", "GPU", "May 1, 2028", "N/A", "fw-gpu.2-10.py312"),
         .catalog = CATALOG(OLD),
         .wanted = {"{\"release\": \"2.10\", \"when\": {\"py\": \"py312\"}, \"endOfPatch\": \"2028-05-01\", "
                    "\"latest\": "
                    "\"2.10.0\"},\n        {\"release\": \"2.1\""}},
        /* A name without a Python version is a variant of its own. */
        {.feed = HEAD ROW("2.1", "2.1.4", "CPU", "Mar 1, 2026", "Mar 1, 2027", "fw-cpu.2-1"),
         .catalog = CATALOG(OLD),
         .wanted = {OLD, "{\"release\": \"2.1\", \"when\": {\"py\": \"\"}, \"endOfPatch\": \"2026-03-01\""}},
        /* Dates that depend on something that no row distinguishes get rows of their own; the general row has
           the latest ones. */
        {.feed =
             HEAD ROW("2.1 (Python 3.10)", "2.1.4", "CPU", "Feb 3, 2026", "Feb 3, 2027", "fw-cpu.2-1.py310")
                 ROW("2.1 (Python 3.10)", "2.1.4", "GPU", "May 1, 2026", "May 1, 2027", "fw-gpu.2-1.py310"),
         .catalog = CATALOG(OLD),
         .wanted = {"{\"release\": \"2.1\", \"when\": {\"py\": \"py310\"}, \"endOfPatch\": \"2026-05-01\"",
                    "{\"release\": \"2.1\", \"when\": {\"py\": \"py310\", \"acc\": \"cpu\"}, \"endOfPatch\": "
                    "\"2026-02-03\""}},
        /* A row that vanished stays. */
        {.feed =
             HEAD ROW("3.0 (Python 3.10)", "3.0.0", "CPU", "Feb 3, 2029", "Feb 3, 2030", "fw-cpu.3-0.py310"),
         .catalog = CATALOG(OLD),
         .wanted = {OLD}},
        /* Other spellings: the name has 124, the table says 12.4. */
        {.feed = HEAD ROW("Base-cu124", "CUDA 12.4 (Python 3.10)", "GPU", "Apr 1, 2026", "Apr 1, 2027",
                          "fw-gpu.124.py310"),
         .catalog = CATALOG(OLD),
         .wanted =
             {"{\"release\": \"12.4\", \"is\": [\"124\"], \"when\": {\"py\": \"py310\"}, \"endOfPatch\": "
              "\"2026-04-01\", \"endOfAvailability\": \"2027-04-01\"}"}},
        /* What is not in the catalog is named. */
        {.feed = HEAD "| 1.0 | 1.0.0 | CPU | Feb 3, 2026 | Feb 3, 2027 | elsewhere.example/app |\n",
         .catalog = CATALOG(OLD),
         .skipped = "feed:4: elsewhere.example/app is in no repository of the catalog"},
    };
    (void)state;
    FEEDS_KIT_RUN("google", "fw", cases);
}

#define BARE                                                                                                 \
    "# Prediction\n## The Frame work containers\n| Version du framework | Acc\xC3\xA9l\xC3\xA9rateur | "     \
    "Date de fin "                                                                                           \
    "des correctifs | Date de fin de disponibilit\xC3\xA9 |\n|---|---|---|---|\n"

static void without_images_headings_and_columns_show_the_row(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed = BARE "| 2.1 (Python 3.10) | CPU | 3 f\xC3\xA9vrier 2026 | 1er mars 2027 |\n",
         .catalog = CATALOG(OLD),
         .wanted =
             {"\"endOfPatch\": \"2026-02-03\", \"endOfAvailability\": \"2027-03-01\", \"note\": \"Own.\"}"}},
        {.feed = BARE "| 9.1 (Python 3.10) | CPU | 3 f\xC3\xA9vrier 2026 | 1er mars 2027 |\n",
         .catalog = CATALOG(OLD),
         .wanted = {OLD},
         .skipped = "feed:5: release 9.1 is not in the catalog, and the feed does not name its images"},
        {.feed = "<h2>Other</h2><table><tr><th>Framework version<th>End of patch<th>End of "
                 "availability<tr><td>1<td>-"
                 "<td>-</table>",
         .catalog = CATALOG(OLD),
         .skipped = "its product is not in the catalog"},
    };
    (void)state;
    FEEDS_KIT_RUN("google", "fw", cases);
}

static void what_is_wrong_is_named_with_its_cell(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed = "", .catalog = CATALOG(OLD), .error = "none of its 0 tables"},
        {.feed = "<p>\xFF", .catalog = CATALOG(OLD), .error = "feed: it is not UTF-8"},
        {.feed = HEAD ROW("2.1", "2.1.4", "CPU", "Ju1 11, 2026", "Jul 11, 2027", "fw-cpu.2-1"),
         .catalog = CATALOG(OLD),
         .error =
             "feed:4: column \"End of patch date\": \"Ju1 11, 2026\" is not a date like \"Nov 15, 2024\""},
        {.feed = HEAD ROW("2.1", "2.1.4", "CPU", "Jul 11, 2026", "", "fw-cpu.2-1"),
         .catalog = CATALOG(OLD),
         .error = "column \"End of availability date\": \"\" is not a date"},
        {.feed = "| Framework version | Image | Last day |\n|---|---|---|\n| Accelerator | x | y |\n",
         .catalog = CATALOG(OLD),
         .error = "none of its 1 tables"},
        {.feed = "| Framework version | Accelerator | Last day |\n|---|---|---|\n",
         .catalog = CATALOG(OLD),
         .error = "feed:1: the table has no column \"End of patch date\", or its heading is not known; its "
                  "columns "
                  "are \"Framework version\", \"Accelerator\", \"Last day\""},
        {.feed = "| Framework version | End of patch | Fin des correctifs |\n|---|---|---|\n",
         .catalog = CATALOG(OLD),
         .error =
             "the columns \"End of patch\" and \"Fin des correctifs\" of the table have the same meaning"},
        {.feed = "| Name | End of patch | End of availability |\n|---|---|---|\n",
         .catalog = CATALOG(OLD),
         .error = "the table has no column \"Framework version\""},
        {.feed = HEAD "| 2.1 | 2.1.4 |\n",
         .catalog = CATALOG(OLD),
         .error = "feed:4: the row has 2 cells, and the table 6 columns"},
        {.feed = HEAD "| 2.1 | 2.1.4 | CPU | GPU | Feb 3, 2026 | Feb 3, 2027 | x |\n",
         .catalog = CATALOG(OLD),
         .error = "feed:4: the row has 7 cells, and the table 6 columns"},
        {.feed = HEAD ROW("2.1", "2.1.4", "CPU", "Feb 3, 2026", "Feb 3, 2027", "fw-cpu.2-1")
             ROW("2.1", "2.1.4", "CPU", "Feb 4, 2026", "Feb 3, 2027", "fw-cpu.2-1"),
         .catalog = CATALOG(OLD),
         .error = "feed: lines 4 and 5: release 2.1 has different dates for the same images"},
        {.feed = HEAD ROW("2.1", "2.1.4", "CPU", "Feb 3, 2026", "Feb 3, 2027", "fw-cpu.2-1"),
         .error = "this format needs a catalog"},
    };
    (void)state;
    FEEDS_KIT_RUN("google", "fw", cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(images_show_the_row),
                                       cmocka_unit_test(without_images_headings_and_columns_show_the_row),
                                       cmocka_unit_test(what_is_wrong_is_named_with_its_cell)};
    return cmocka_run_group_tests_name("feeds_read_google", tests, NULL, NULL);
}
