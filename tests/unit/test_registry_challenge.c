/* rooms: registry net pki file json reference base */
#include "registry/challenge.h"
#include "unit/test.h"

static struct shelflife_registry_challenge read_one(arena *a, const char *value)
{
    struct shelflife_registry_challenge c = {0};
    error err = {0};
    if (!shelflife_registry_challenge_read(shelflife_str_of(value), a, &c, &err))
        fail_msg("%s: %s", value, err.text);
    return c;
}

static void parameters_may_have_commas_blanks_and_quotation_marks(UNUSED void **state)
{
    static const struct {
        const char *value, *realm, *service, *scope;
    } cases[] = {
        {"Bearer "
         "realm=\"https://auth.example/token\",service=\"registry.example\",scope=\"repository:a/b:pull\"",
         "https://auth.example/token", "registry.example", "repository:a/b:pull"},
        {"bearer realm = \"https://x/t?a=b\" , service=\"a, b\", scope=\"repository:a:pull,push "
         "repository:b:pull\"",
         "https://x/t?a=b", "a, b", "repository:a:pull,push repository:b:pull"},
        {"BEARER REALM=https://x/t,error=\"invalid_token\"", "https://x/t", "", ""},
        {"Bearer realm=\"a \\\"b\\\" \\\\c\"", "a \"b\" \\c", "", ""},
        {"Negotiate, Bearer realm=\"x\"", "x", "", ""},
        {"Negotiate YII/+=, Bearer realm=\"x\"", "x", "", ""},
        {"Basic realm=\"not this\", Bearer realm=\"x\", Bearer realm=\"nor this\"", "x", "", ""},
        {"Bearer realm=\"x\", Digest realm=\"not this\", service=\"nor this\"", "x", "", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        arena a;
        shelflife_arena_init(&a, 1 << 20);
        struct shelflife_registry_challenge c = read_one(&a, cases[i].value);
        assert_true(c.bearer);
        assert_str_equal(c.realm, cases[i].realm);
        assert_str_equal(c.service, cases[i].service);
        assert_str_equal(c.scope, cases[i].scope);
        shelflife_arena_free(&a);
    }
}

static void kinds_are_told_apart(UNUSED void **state)
{
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    struct shelflife_registry_challenge c = read_one(&a, "Basic realm=\"x\"");
    assert_true(c.basic && !c.bearer && !c.other);
    assert_null(c.realm.at);
    c = read_one(&a, "Negotiate");
    assert_true(!c.basic && !c.bearer && c.other);
    c = read_one(&a, "");
    assert_true(!c.basic && !c.bearer && !c.other);
    shelflife_arena_free(&a);
}

static void several_fields_add_up(UNUSED void **state)
{
    arena a;
    struct shelflife_registry_challenge c = {0};
    shelflife_arena_init(&a, 1 << 20);
    assert_true(shelflife_registry_challenge_read(STR("Basic realm=\"x\""), &a, &c, NULL));
    assert_true(shelflife_registry_challenge_read(STR("Bearer realm=\"y\""), &a, &c, NULL));
    assert_true(c.basic && c.bearer);
    assert_str_equal(c.realm, "y");
    shelflife_arena_free(&a);
}

static void errors_name_the_byte(UNUSED void **state)
{
    static const struct {
        const char *value, *text;
    } cases[] = {
        {"Bearer realm=\"https://x", "WWW-Authenticate: byte 24: a quoted text must end"},
        {"Bearer realm=\"x\\", "WWW-Authenticate: byte 17: a quoted text must end"},
        {"realm=\"x\"", "WWW-Authenticate: byte 6: a parameter must follow"},
        {"Bearer realm=\"x\" service=\"y\"", "WWW-Authenticate: byte 18: there must be a comma"},
        {"Bearer \x01", "WWW-Authenticate: byte 8: there must be a name"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        arena a;
        struct shelflife_registry_challenge c = {0};
        error err = {0};
        shelflife_arena_init(&a, 1 << 20);
        assert_false(shelflife_registry_challenge_read(shelflife_str_of(cases[i].value), &a, &c, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
        if (!strstr(err.text, cases[i].text))
            fail_msg("\"%s\" has no \"%s\"", err.text, cases[i].text);
        shelflife_arena_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_may_have_commas_blanks_and_quotation_marks),
        cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(several_fields_add_up),
        cmocka_unit_test(errors_name_the_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
