/* rooms: all */
#include "server/duration.h"

#include "unit/test.h"

static void durations_of_go_are_read(void **state)
{
    static const struct {
        const char *text;
        unsigned milliseconds; /* 0: none */
    } cases[] = {
        {"10s", 10000},
        {"3s", 3000},
        {"500ms", 500},
        {"1m0s", 60000},
        {"1h2m3.5s", 3723500},
        {"2.75s", 2750},
        {".5s", 500},
        {"1.s", 1000},
        {"1500us", 1},
        {"1500\xc2\xb5s", 1},
        {"1500\xce\xbcs", 1},
        {"2000000ns", 2},
        {"999999ns", 0},
        {"0s", 0},
        {"", 0},
        {"10", 0},
        {"s", 0},
        {".s", 0},
        {"-3s", 0},
        {"+3s", 0},
        {" 3s", 0},
        {"3 s", 0},
        {"3sx", 0},
        {"3d", 0},
        {"1e3s", 0},
        {"99999999999999999999h", SHELFLIFE_SERVER_DURATION_MAX},
        {"999999999999999999999999999999999999999999999999999999999999999999999999999s", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned milliseconds = 7;
        bool ok = shelflife_server_duration_parse(shelflife_str_of(cases[i].text), &milliseconds);
        unsigned right = cases[i].milliseconds ? cases[i].milliseconds : 7;
        if (ok != (cases[i].milliseconds != 0) || milliseconds != right)
            fail_msg("\"%s\": %d, %u", cases[i].text, ok, milliseconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(durations_of_go_are_read)};
    return cmocka_run_group_tests_name("server_duration", tests, NULL, NULL);
}
