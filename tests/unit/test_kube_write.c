/* rooms: file kube net json pki base */
#include "unit/kube_kit.h"

static void writes_have_method_type_and_preconditions(void **state)
{
    struct fixture *f = *state;
    str object = STR("{'a': 1}"), path = STR("/remember");
    assert_true(shelflife_kube_apply(f->client, path, object, "shelf life", true, &f->reply, &f->err));
    assert_true(get(f, "/recall"));
    assert_str_equal(shelflife_buffer_str(&f->body),
                     "[\"PATCH\", \"/remember?fieldManager=shelf%20life&force=true\", "
                     "\"application/apply-patch+yaml\", \"{'a': 1}\"]");
    assert_true(shelflife_kube_create(f->client, path, object, &f->reply, &f->err));
    assert_true(get(f, "/recall"));
    assert_str_equal(shelflife_buffer_str(&f->body),
                     "[\"POST\", \"/remember\", \"application/json\", \"{'a': 1}\"]");
    assert_true(shelflife_kube_update(f->client, path, object, &f->reply, &f->err));
    assert_true(get(f, "/recall"));
    assert_str_equal(shelflife_buffer_str(&f->body),
                     "[\"PUT\", \"/remember\", \"application/json\", \"{'a': 1}\"]");
    assert_true(shelflife_kube_delete(f->client, path, STR("u"), STR("7"), &f->reply, &f->err));
    assert_true(get(f, "/recall"));
    assert_body_has(f, "[\"DELETE\", \"/remember\", \"application/json\"");
    assert_body_has(f, "\\\"preconditions\\\":{\\\"uid\\\":\\\"u\\\",\\\"resourceVersion\\\":\\\"7\\\"}}");
    assert_true(shelflife_kube_delete(f->client, path, STR(""), STR(""), &f->reply, &f->err));
    assert_true(get(f, "/recall"));
    assert_body_has(f, "\\\"preconditions\\\":{}}");
    assert_false(shelflife_kube_create(f->client, STR("/invalid"), object, &f->reply, &f->err));
    assert_error_has(f, "POST https://127.0.0.1:");
    assert_int_equal(f->reply.status, 422);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_have_method_type_and_preconditions),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
