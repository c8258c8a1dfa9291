/* rooms: feeds catalog reference net pki json base */
#include "unit/feeds_kit.h"

#define CORE(security, life)                                                                                 \
    "{\"$schema\": \"https://docs.oasis-open.org/openeox/eox-core/v1.0/schema/core.json\", "                 \
    "\"end_of_security_support\": \"" security "\", \"end_of_life\": \"" life "\", \"last_updated\": "       \
    "\"2026-08-01T10:00:00Z\"}"

static void statements_become_rows(void **state)
{
    static const struct feeds_case cases[] = {
        {.feed = "{\"statements\": [{\"core\": " CORE(
             "2028-01-01T23:59:59Z",
             "2030-01-01T23:59:59Z") ", "
                                     "\"product_name\": \"App\", \"product_version\": \"2\", "
                                     "\"vendor_name\": \"Acme\"}, {\"core\": " CORE(
                                         "2027-01-01T23:00:00-05:00",
                                         "2027-01-02T00:00:00Z") ", \"productName\": \"App\", "
                                                                 "\"productVersion\": \"1\"}]}",
         .wanted = {"{\"release\": \"2\", \"endOfPatch\": \"2028-01-01\", \"endOfExtendedPatch\": "
                    "\"2030-01-01\"},\n"
                    "        {\"release\": \"1\", \"endOfPatch\": \"2027-01-02\"}",
                    "\"asOf\": \"2026-08-01\"", "\"title\": \"App\""}},
        /* A bare core is about the product that the user names. */
        {.feed = CORE("2028-01-01T00:00:00Z", "tba"),
         .catalog = "\"repositories\": [\"images.example/app\"], \"rows\": [{\"endOfPatch\": \"2027-01-01\", "
                    "\"note\": \"Own.\"}]",
         .unwanted = {"2028"},
         .error = "--repository"},
        {.feed = CORE("2028-01-01T00:00:00Z", "tba"), .wanted = {"{\"endOfPatch\": \"2028-01-01\"}"}},
        {.feed = "{\"core\": " CORE("tba",
                                    "tba") ", \"product\": {\"product_name\": \"App\", \"product_version\": "
                                           "\"3\"}}",
         .wanted = {"{\"release\": \"3\"}"}},
        {.feed = "{}", .error = "`end_of_security_support` is missing: this is not OpenEoX Core 1.0"},
        {.feed = CORE("soon", "tba"), .error = "end_of_security_support: must be a time"},
        {.feed = "[{\"core\": {}}]", .error = "`product_name` is missing"},
        {.feed = "[{\"product_name\": \"a\"}]", .error = "`core` is missing"},
        {.feed = "[{\"core\": {}, \"product_name\": \"a\", \"product_version\": 3}]",
         .error = "[0].product_version: must be a text, like \"3.10\""},
        {.feed = "[]", .error = "there are no statements"},
        {.feed = "{\"statements\": []}", .error = "statements: there are no statements"},
        {.feed = "{\"statements\": 1}", .error = "statements: "},
    };
    (void)state;
    FEEDS_KIT_RUN("openeox", "app", cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(statements_become_rows)};
    return cmocka_run_group_tests_name("feeds_read_openeox", tests, NULL, NULL);
}
