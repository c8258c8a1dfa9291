/* rooms: base */
#include "unit/test.h"

#include "base/nearest.h"

static void similar_words_are_suggested(void **state)
{
    static const char *const words[] = {"at", "allow", "deny", "catalog", "catalog-key", "no-embedded"};
    static const struct {
        const char *text, *nearest; /* NULL: none */
    } cases[] = {
        {"deny", "deny"},
        {"dney", "deny"},
        {"deney", "deny"},
        {"DENY", "deny"},
        {"dny", "deny"},
        {"att", "at"},
        {"xy", NULL},
        {"catlog", "catalog"},
        {"ctlg", NULL},
        {"catalog-kye", "catalog-key"},
        {"embedded", "no-embedded"},
        {"no-embeded", "no-embedded"},
        {"", NULL},
        {"allwo", "allow"},
        {"something", NULL},
        {"catalogcatalogcatalogcatalogcatalogcatalogcatalog", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t k = shelflife_nearest(shelflife_str_of(cases[i].text), words, COUNT(words));
        const char *found = k < COUNT(words) ? words[k] : NULL;
        if (found ? !cases[i].nearest || strcmp(found, cases[i].nearest) != 0 : cases[i].nearest != NULL)
            fail_msg("\"%s\": %s", cases[i].text, found ? found : "none");
    }
    assert_true(shelflife_nearest(STR("at"), words, 0) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(similar_words_are_suggested)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
