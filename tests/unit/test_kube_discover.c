/* rooms: file kube net json pki base */
#include "unit/kube_kit.h"

static void each_resource_is_found_once(void **state)
{
    static const struct shelflife_kube_resource wanted[] = {
        {"", "v1", "Pod", "pods", true, true},
        {"", "v1", "Node", "nodes", false, true},
        {"", "v1", "Binding", "bindings", true, false},
        {"batch", "v1", "Job", "jobs", true, true},
        {"batch", "v1beta1", "CronJob", "cronjobs", true, true},
        {"odd.example/..?x", "v1", "Odd", "odds", true, true},
    };
    struct fixture *f = *state;
    struct shelflife_kube_resources r;
    if (!shelflife_kube_discover(f->client, &r, &f->err))
        fail_msg("%s", f->err.text);
    assert_int_equal(r.count, COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_string_equal(r.items[i].group, wanted[i].group);
        assert_string_equal(r.items[i].version, wanted[i].version);
        assert_string_equal(r.items[i].kind, wanted[i].kind);
        assert_string_equal(r.items[i].name, wanted[i].name);
        assert_int_equal(r.items[i].namespaced, wanted[i].namespaced);
        assert_int_equal(r.items[i].can_list, wanted[i].can_list);
    }
    assert_int_equal(r.gap_count, 1);
    assert_string_equal(r.gaps[0].group_version, "down.example/v1");
    assert_non_null(strstr(r.gaps[0].why, "503 ServiceUnavailable: the server is currently unable"));
    shelflife_kube_resources_free(&r);
}

static void an_unreachable_server_is_not_a_gap(void **state)
{
    struct fixture *f = *state;
    struct shelflife_kube_resources r = {0};
    close_client(f);
    f->config.server = "https://127.0.0.1:1";
    open_client(f);
    f->err = (error){0};
    assert_false(shelflife_kube_discover(f->client, &r, &f->err));
    assert_int_equal(f->err.kind, SHELFLIFE_ERROR_IO);
    assert_error_has(f, "https://127.0.0.1:1/api/v1: ");
    assert_int_equal(r.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_resource_is_found_once),
        TEST(an_unreachable_server_is_not_a_gap),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
