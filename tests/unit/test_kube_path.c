/* rooms: file kube net json pki base */
#include "kube/kube.h"
#include "unit/test.h"

static void paths_are_encoded(void **state)
{
    static const struct {
        struct shelflife_kube_target target;
        const char *path; /* NULL: refused */
    } cases[] = {
        {{.version = STR_INIT("v1"), .resource = STR_INIT("pods")}, "/api/v1/pods"},
        {{.group = STR_INIT("apps"), .version = STR_INIT("v1")}, "/apis/apps/v1"},
        {{STR_INIT("apps"), STR_INIT("v1"), STR_INIT("team-a"), STR_INIT("deployments"), STR_INIT("web"),
          STR_INIT("scale")},
         "/apis/apps/v1/namespaces/team-a/deployments/web/scale"},
        {{STR_INIT(""), STR_INIT("v1"), STR_INIT("a/../b"), STR_INIT("pods"), STR_INIT("x?y#z%\n"),
          STR_INIT("")},
         "/api/v1/namespaces/a%2F..%2Fb/pods/x%3Fy%23z%25%0A"},
        {{.version = STR_INIT("v1"), .resource = STR_INIT("pods"), .namespace = STR_INIT("..")}, NULL},
        {{.version = STR_INIT("v1"), .resource = STR_INIT("pods"), .name = STR_INIT(".")}, NULL},
        {{.version = STR_INIT("v1"), .name = STR_INIT("a")}, NULL},
        {{.resource = STR_INIT("pods")}, NULL},
        {{.version = STR_INIT("v1"), .resource = STR_INIT("pods"), .subresource = STR_INIT("log")}, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_buffer_free) buffer b;
        error err = {0};
        shelflife_buffer_init(&b, 1000);
        assert_int_equal(shelflife_kube_path(&b, &cases[i].target, &err), cases[i].path != NULL);
        if (cases[i].path)
            assert_str_equal(shelflife_buffer_str(&b), cases[i].path);
        else
            assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_encoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
