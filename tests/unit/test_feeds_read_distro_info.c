/* rooms: feeds catalog reference net pki json base */
#include "unit/feeds_kit.h"

#define DEBIAN "version,codename,series,created,release,eol,eol-lts,eol-elts\n"
#define UBUNTU "version,codename,series,created,release,eol,eol-server,eol-esm\n"
#define ROWS(rows) "\"repositories\": [\"images.example/app\"], \"rows\": [" rows "]"

static void free_long_term_support_of_debian_counts(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed = DEBIAN "12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-07-11,2028-06-30,2033-06-30\n",
         .wanted = {"{\"release\": \"12\", \"codename\": \"bookworm\", \"endOfPatch\": \"2028-06-30\", "
                    "\"endOfExtendedPatch\": \"2033-06-30\"}"},
         .unwanted = {"lts"}},
        {.feed = "\xEF\xBB\xBF" DEBIAN "12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-07-11,2028-06-30\n",
         .wanted = {"{\"release\": \"12\", \"codename\": \"bookworm\", \"endOfPatch\": \"2028-06-30\"}"}},
        /* Columns in another order, other line ends, a release without a version, and one that is not out. */
        {.feed =
             "eol-lts,series,release,version,eol\r\n2028-06-30,bookworm,2023-06-10,12,2026-07-11\r\n,sid\r\n"
             ",forky,,14,\r\n",
         .wanted = {"{\"release\": \"12\", \"codename\": \"bookworm\", \"endOfPatch\": \"2028-06-30\"}"},
         .unwanted = {"14", "sid"}},
        /* 6.0 is the catalog's 6, as the codename shows; what is older is not added. */
        {.feed = DEBIAN "5.0,Lenny,lenny,2007-04-08,2009-02-14,2012-02-06\n6.0,Squeeze,squeeze,2009-02-14,"
                        "2011-02-06,2014-05-31,2016-02-29\n",
         .catalog = ROWS("{\"release\": \"6\", \"codename\": \"squeeze\", \"endOfPatch\": \"2014-05-31\", "
                         "\"latest\": \"6.0.10\"}"),
         .wanted = {"{\"release\": \"6\", \"codename\": \"squeeze\", \"endOfPatch\": \"2016-02-29\", "
                    "\"latest\": \"6.0.10\"}"},
         .unwanted = {"lenny", "6.0\""}},
    };
    (void)state;
    FEEDS_KIT_RUN("distro-info", "debian", cases);
}

static void free_support_of_ubuntu_counts(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed =
             UBUNTU "22.04 LTS,Jammy Jellyfish,jammy,2021-10-14,2022-04-21,2027-06-01,2027-06-01,2032-04-21\n"
                    "22.10,Kinetic Kudu,kinetic,2022-04-21,2022-10-20,2023-07-20\n",
         .wanted =
             {"{\"release\": \"22.10\", \"codename\": \"kinetic\", \"endOfPatch\": \"2023-07-20\"},\n        "
              "{\"release\": \"22.04\", \"codename\": \"jammy\", \"endOfPatch\": \"2027-06-01\", "
              "\"endOfExtendedPatch\": \"2032-04-21\", \"lts\": true}"}},
    };
    (void)state;
    FEEDS_KIT_RUN("distro-info", "ubuntu", cases);
}

static void what_is_wrong_is_named_with_line_and_column(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed = "", .error = "feed:1:1: there is no column \"version\""},
        {.feed = "version,series,release\n", .error = "there is no column \"eol\""},
        {.feed = "version,series,release,fin\n12,bookworm,2023-06-10,2026-07-11\n",
         .error = "there is no column \"eol\""},
        {.feed = "version,version,series,release,eol\n",
         .error = "feed:1:9: each column must have another name"},
        {.feed = DEBIAN "12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-07-1l\n",
         .error = "feed:2:44: a date must be like 2028-06-30, not \"2026-07-1l\""},
        {.feed = DEBIAN "12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-02-30\n",
         .error = "feed:2:44: a date"},
        {.feed = DEBIAN "\n", .error = "feed:2:1: there must be no empty line"},
        {.feed = DEBIAN "12,\"Bookworm, too\",bookworm\n",
         .error = "feed:2:4: a field must be without quotes"},
        {.feed = DEBIAN "1,2,3,4,5,6,7,8,9\n", .error = "feed:2:17: there must be at most one field"},
        {.feed = DEBIAN "1/2,X,x,2021-08-14,2023-06-10\n", .error = "feed:2:1: a version must be like 12"},
        {.feed = DEBIAN ",Sid,sid,1993-08-16\n", .error = "it has no releases"},
        {.feed = DEBIAN "12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-07-11,",
         .error = "feed:2: the file ends within a line"},
        {.feed = "version,series,release,eol\n12,bookworm,2023-06-10,2026-07-11\n",
         .error = "feed:1: the columns are \"version,series,release,eol\", with neither of `eol-lts` and "
                  "`eol-server`"},
        {.feed = "version,series,release,eol,eol-server,eol-lts\n",
         .error = "with both of `eol-lts` and `eol-server`"},
        {.feed = DEBIAN "12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-07-11,2028-06-30\n"
                        "12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-07-11,2027-06-30\n",
         .error = "feed: release 12 of \"debian\" is listed twice with different dates, in lines 2 and 3"},
        /* Ubuntu's file under the name of Debian. */
        {.feed = UBUNTU "22.10,Kinetic Kudu,kinetic,2022-04-21,2022-10-20,2023-07-20\n",
         .error = "feed: it has no product \"debian\""},
        {.feed = "version,series,release,eol,eol-l", .error = "feed:1: the file ends within a line"},
    };
    (void)state;
    FEEDS_KIT_RUN("distro-info", "debian", cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(free_long_term_support_of_debian_counts),
                                       cmocka_unit_test(free_support_of_ubuntu_counts),
                                       cmocka_unit_test(what_is_wrong_is_named_with_line_and_column)};
    return cmocka_run_group_tests_name("feeds_read_distro_info", tests, NULL, NULL);
}
