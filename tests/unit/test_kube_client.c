/* rooms: file kube net json pki base */
#include "unit/kube_kit.h"

static void queries_are_encoded(void **state)
{
    struct fixture *f = *state;
    const char *names[] = {"labelSelector", "x&y"}, *values[] = {"a in (b,c)&limit=1#\r\n", ""};
    assert_true(ask(f, SHELFLIFE_NET_HTTP_GET, "/remember", names, values, 2));
    assert_true(get(f, "/recall"));
    assert_body_has(f, "\"/remember?labelSelector=a%20in%20%28b%2Cc%29%26limit%3D1%23%0D%0A&x%26y=\"");
    assert_true(get(f, "/echo"));
    assert_body_has(f, "\"accept\": \"application/json\"");
    assert_false(get(f, "echo"));
    assert_int_equal(f->err.kind, SHELFLIFE_ERROR_USAGE);
}

static void errors_quote_the_servers_status(void **state)
{
    static const struct {
        const char *path;
        int status;
        const char *reason, *text;
        enum shelflife_error_kind kind;
    } cases[] = {
        {"/forbidden", 403, "Forbidden",
         "/forbidden: 403 Forbidden: things is forbidden: User \"me\" cannot?[31m list", SHELFLIFE_ERROR_IO},
        {"/invalid", 422, "Invalid", "422 Invalid: spec.x: Required value", SHELFLIFE_ERROR_INPUT},
        {"/plain", 404, "", "/plain: 404: 404 page not found", SHELFLIFE_ERROR_IO},
        {"/html", 404, "", "/html: 404", SHELFLIFE_ERROR_IO},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_false(get(f, cases[i].path));
        assert_int_equal(f->reply.status, cases[i].status);
        assert_string_equal(f->reply.reason, cases[i].reason);
        assert_error_has(f, "GET https://127.0.0.1:");
        assert_error_has(f, cases[i].text);
        assert_int_equal(f->err.kind, cases[i].kind);
        assert_int_equal(f->body.len, 0);
    }
    assert_null(strstr(f->err.text, "html>"));
}

static bool throttled(struct fixture *f, enum shelflife_net_http_method method, const char *until,
                      const char *code, const char *after)
{
    const char *names[] = {"until", "code", "after"}, *values[] = {until, code, after};
    return ask(f, method, "/throttled", names, values, after ? 3 : 2);
}

static void busy_servers_are_retried(void **state)
{
    struct fixture *f = *state;
    assert_true(throttled(f, SHELFLIFE_NET_HTTP_GET, "3", "429", "7"));
    assert_int_equal(f->fake.slept, 14000);
    assert_true(throttled(f, SHELFLIFE_NET_HTTP_GET, "3", "503", NULL));
    assert_int_equal(f->fake.slept, 14000); /* the jitter of this clock is none */
    assert_true(throttled(f, SHELFLIFE_NET_HTTP_POST, "3", "429", "1"));
    assert_true(throttled(f, SHELFLIFE_NET_HTTP_POST, "3", "503", "2"));
    /* Without the server's word a POST is not done twice, and nothing is asked for ever. */
    assert_false(throttled(f, SHELFLIFE_NET_HTTP_POST, "3", "504", NULL));
    assert_int_equal(f->reply.status, 504);
    assert_false(throttled(f, SHELFLIFE_NET_HTTP_GET, "100", "500", NULL));
    assert_string_equal(f->reply.reason, "TooManyRequests");
    assert_false(throttled(f, SHELFLIFE_NET_HTTP_GET, "100", "429", "3600")); /* beyond the time budget */
    assert_false(throttled(f, SHELFLIFE_NET_HTTP_GET, "100", "501", "1"));
}

static void broken_responses_are_retried(void **state)
{
    struct fixture *f = *state;
    assert_true(get(f, "/flaky"));
    assert_str_equal(shelflife_buffer_str(&f->body), "{\"whole\": true}");
    const char *names[] = {"x"}, *values[] = {"post"};
    assert_true(ask(f, SHELFLIFE_NET_HTTP_PATCH, "/flaky", names, values, 1));
    values[0] = "another";
    assert_false(ask(f, SHELFLIFE_NET_HTTP_POST, "/flaky", names, values, 1));
    assert_int_equal(f->err.kind, SHELFLIFE_ERROR_IO);
}

static void impersonation_applies_to_every_request(void **state)
{
    struct fixture *f = *state;
    struct shelflife_net_http_header as[] = {{"Impersonate-User", STR("jane")},
                                             {"Impersonate-Group", STR("a")}};
    close_client(f);
    f->config.impersonate = as;
    f->config.impersonate_count = COUNT(as);
    open_client(f);
    assert_true(get(f, "/echo"));
    assert_body_has(f, "\"impersonate-user\": \"jane\"");
    assert_body_has(f, "\"impersonate-group\": \"a\"");
}

static void an_expired_server_certificate_is_not_retried(void **state)
{
    struct fixture *f = *state;
    close_client(f);
    snprintf(f->url, sizeof(f->url), "https://127.0.0.1:%d", stand_in_port(&f->server, "expired"));
    open_client(f);
    assert_false(get(f, "/echo"));
    assert_int_equal(f->reply.status, 0);
    assert_error_has(f, "certificate has expired");
    assert_int_equal(f->fake.slept, 0); /* no use in asking again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(queries_are_encoded),
        TEST(errors_quote_the_servers_status),
        TEST(busy_servers_are_retried),
        TEST(broken_responses_are_retried),
        TEST(impersonation_applies_to_every_request),
        TEST(an_expired_server_certificate_is_not_retried),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
