/* rooms: file kube net json pki base */
#include "kube/status.h"
#include "unit/test.h"

static void responses_become_errors(void **state)
{
    static const struct {
        int status;
        const char *body, *text, *reason, *token;
        enum shelflife_error_kind kind;
    } cases[] = {
        {403, "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"no\"}", "GET u: 403 Forbidden: no",
         "Forbidden", "", SHELFLIFE_ERROR_IO},
        {422, "{\"reason\":\"Invalid\",\"message\":\"spec.x\"}", "GET u: 422 Invalid: spec.x", "Invalid", "",
         SHELFLIFE_ERROR_INPUT},
        {400, "{\"reason\":\"BadRequest\"}", "GET u: 400 BadRequest", "BadRequest", "",
         SHELFLIFE_ERROR_INPUT},
        {413, "", "GET u: 413", "", "", SHELFLIFE_ERROR_LIMIT},
        {410, "{\"reason\":\"Expired\",\"message\":\"old\",\"metadata\":{\"continue\":\"4@8\"}}",
         "GET u: 410 Expired: old", "Expired", "4@8", SHELFLIFE_ERROR_IO},
        {502, " no upstream\n", "GET u: 502: no upstream", "", "", SHELFLIFE_ERROR_IO},
        {502, "<html>no</html>", "GET u: 502", "", "", SHELFLIFE_ERROR_IO},
        {500, "{broken", "GET u: 500", "", "", SHELFLIFE_ERROR_IO},
        {500, "{\"message\":7,\"reason\":{},\"metadata\":[]}", "GET u: 500", "", "", SHELFLIFE_ERROR_IO},
        {500, "[1]", "GET u: 500: [1]", "", "", SHELFLIFE_ERROR_IO},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_kube_reply reply = {.status = cases[i].status};
        error err = {0};
        assert_false(shelflife_kube_status_fail(&reply, "GET", "u", shelflife_str_of(cases[i].body), &err));
        assert_string_equal(err.text, cases[i].text);
        assert_string_equal(reply.reason, cases[i].reason);
        assert_string_equal(reply.continue_token, cases[i].token);
        assert_int_equal(err.kind, cases[i].kind);
    }
}

static void long_texts_are_cut(void **state)
{
    static char body[20000];
    struct shelflife_kube_reply reply = {.status = 500};
    error err = {0};
    (void)state;
    memset(body, 'x', sizeof(body) - 1);
    assert_false(shelflife_kube_status_fail(&reply, "GET", "u", shelflife_str_of(body), &err));
    assert_int_equal(strlen(err.text), strlen("GET u: 500: ") + 200);
    /* A reason or token that does not fit is left out as a whole. */
    snprintf(body, sizeof(body), "{\"reason\":\"%0100d\",\"metadata\":{\"continue\":\"%05000d\"}}", 0, 0);
    assert_false(shelflife_kube_status_fail(&reply, "GET", "u", shelflife_str_of(body), &err));
    assert_string_equal(reply.reason, "");
    assert_string_equal(reply.continue_token, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_become_errors),
        cmocka_unit_test(long_texts_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
