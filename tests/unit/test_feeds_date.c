/* rooms: feeds catalog reference net pki json base */
#include "feeds/date.h"
#include "unit/test.h"

static void dates_in_words(void **state)
{
    static const struct {
        const char *text, *day; /* NULL: it is not a date; "": there is none */
    } cases[] = {
        {"Nov 15, 2024", "2024-11-15"},
        {"July 11, 2026", "2026-07-11"},
        {"Sept. 1, 2023", "2023-09-01"},
        {"Dec 01, 2024", "2024-12-01"},
        {"  MAY   3 2025 ", "2025-05-03"},
        {"15 novembre 2024", "2024-11-15"},
        {"1er mars 2025", "2025-03-01"},
        {"14 f\xC3\xA9vrier 2026", "2026-02-14"},
        {"3 ao\xC3\xBBt 2026", "2026-08-03"},
        {"2 d\xC3\xA9"
         "c. 2026",
         "2026-12-02"},
        {"30\xC2\xA0juil. 2026", "2026-07-30"},
        {"2024-11-15", "2024-11-15"},
        {"2024/11/15", "2024-11-15"},
        {"Not applicable", ""},
        {"N/A", ""},
        {"Sans objet", ""},
        {"s.o.", ""},
        {"N. A.", ""},
        {"Aucune", ""},
        {"\xC3\x80 d\xC3\xA9terminer", ""},
        {"-", ""},
        {"\xE2\x80\x94", ""},
        {"", NULL},
        {"Ju1 11, 2026", NULL},
        {"Jul 11", NULL},
        {"Jul 11, 26", NULL},
        {"Feb 30, 2026", NULL},
        {"2027-11-1", NULL},
        {"2027-1-15", NULL},
        {"Jul 11, 2026 (planned)", NULL},
        {"11/07/2026", NULL},
        {"soon", NULL},
        {"October 2026", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[SHELFLIFE_DAY_TEXT_MAX];
        shelflife_day day;
        bool ok = shelflife_feeds_date(shelflife_str_of(cases[i].text), &day);
        if (ok != (cases[i].day != NULL) ||
            (ok && strcmp(shelflife_day_format(day, text), cases[i].day) != 0))
            fail_msg("\"%s\": %s", cases[i].text, ok ? shelflife_day_format(day, text) : "no date");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dates_in_words)};
    return cmocka_run_group_tests_name("feeds_date", tests, NULL, NULL);
}
