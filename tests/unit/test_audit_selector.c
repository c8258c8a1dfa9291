/* rooms: base json reference workload catalog policy inventory admission net file kube pki inputs audit */
#include "unit/test.h"

#include "audit/placeholder.h"
#include "audit/selector.h"

/* The labels of the object: app=web, env= (empty), tier=front.end */
static str label_of(str key)
{
    static const struct {
        str key, value;
    } labels[] = {{STR_INIT("app"), STR_INIT("web")},
                  {STR_INIT("env"), STR_INIT("")},
                  {STR_INIT("example.com/tier"), STR_INIT("front.end")}};
    for (size_t i = 0; i < COUNT(labels); i++)
        if (shelflife_str_equal(labels[i].key, key))
            return labels[i].value;
    return (str){0};
}

static void selectors_choose_as_in_kubectl(void **state)
{
    static const struct {
        const char *text;
        bool matches;
    } cases[] = {
        {"", true},
        {"app=web", true},
        {"app==web", true},
        {"app = web", true},
        {"app=db", false},
        {"app!=db", true},
        {"app!=web", false},
        {"no!=x", true},
        {"no=", false},
        {"env=", true},
        {"env!=", false},
        {"app", true},
        {"env", true},
        {"no", false},
        {"!no", true},
        {"! no", true},
        {"!app", false},
        {"app in (web,db)", true},
        {"app in ( db , web )", true},
        {"app in (db)", false},
        {"app notin (db)", true},
        {"app notin (db,web)", false},
        {"no notin (x)", true},
        {"no in (x)", false},
        {"env in ()", true},
        {"env in (a,)", true},
        {"app=web,env,!no,example.com/tier=front.end", true},
        {"app=web,no", false},
        {"in in (x)", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_audit_selector s;
        str labels[SHELFLIFE_AUDIT_SELECTOR_TERMS_MAX];
        error err = {0};
        if (!shelflife_audit_selector_parse(shelflife_str_of(cases[i].text), &s, &err))
            fail_msg("%s", err.text);
        for (size_t k = 0; k < s.term_count; k++)
            labels[k] = label_of(s.terms[k].key);
        if (shelflife_audit_selector_matches(&s, labels) != cases[i].matches)
            fail_msg("\"%s\" must %smatch", cases[i].text, cases[i].matches ? "" : "not ");
    }
}

static void a_wrong_selector_is_told_with_its_byte(void **state)
{
    static const struct {
        const char *text, *end;
    } cases[] = {
        {"=a", "byte 1: expected the key of a label"},
        {"app in", "byte 7: expected \"(\" and values"},
        {"app in (a", "byte 10: expected \",\" or \")\""},
        {"app=a b", "byte 7: expected \",\", or one of = == != in notin after a key"},
        {"app=a,", "byte 7: expected the key of a label"},
        {"app>1", "byte 4: expected \",\", or one of = == != in notin after a key"},
        {"!app=a", "byte 5: expected \",\", or one of = == != in notin after a key"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_audit_selector s;
        error err = {0};
        assert_false(shelflife_audit_selector_parse(shelflife_str_of(cases[i].text), &s, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
        if (!shelflife_str_ends(shelflife_str_of(err.text), shelflife_str_of(cases[i].end)))
            fail_msg("\"%s\" does not end in \"%s\"", err.text, cases[i].end);
    }
}

static void placeholders_are_known_by_their_words(void **state)
{
    static const char *const yes[] = {"controller:latest",
                                      "auto",
                                      "REPLACE_ME",
                                      "gcr.io/PROJECT_ID/app:1",
                                      "app:TAG",
                                      "app:IMAGE_TAG",
                                      "YOUR-REGISTRY/app",
                                      "your-registry/app",
                                      "example.com/changeme:1",
                                      "IMAGE"};
    static const char *const no[] = {"",
                                     "controller:v0.15",
                                     "istio/auto",
                                     "python:3.8",
                                     "NGINX",
                                     "app:RC1",
                                     "app:V2",
                                     "minio/minio:RELEASE.2024-01-01",
                                     "app:3-ALPINE"};
    (void)state;
    for (size_t i = 0; i < COUNT(yes); i++)
        if (!shelflife_audit_placeholder(shelflife_str_of(yes[i])).len)
            fail_msg("%s is a placeholder", yes[i]);
    for (size_t i = 0; i < COUNT(no); i++)
        if (shelflife_audit_placeholder(shelflife_str_of(no[i])).len)
            fail_msg("%s is not a placeholder", no[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selectors_choose_as_in_kubectl),
        cmocka_unit_test(a_wrong_selector_is_told_with_its_byte),
        cmocka_unit_test(placeholders_are_known_by_their_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
