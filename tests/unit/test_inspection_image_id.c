/* rooms: all */
#include "inspection/image_id.h"
#include "unit/test.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX

static void only_a_name_with_a_digest_can_be_asked_for(void **state UNUSED)
{
    static const struct {
        const char *text, *normalized; /* NULL: it cannot */
    } cases[] = {
        {"docker.io/library/nginx@" DIGEST, "docker.io/library/nginx@" DIGEST},
        {"nginx@" DIGEST, "docker.io/library/nginx@" DIGEST},
        {"docker-pullable://nginx@" DIGEST, "docker.io/library/nginx@" DIGEST},
        {"docker-pullable://registry.corp.example:5000/team/app@" DIGEST,
         "registry.corp.example:5000/team/app@" DIGEST},
        {"registry.corp.example/team/app:1@" DIGEST, "registry.corp.example/team/app@" DIGEST},
        {DIGEST, NULL},
        {HEX, NULL},
        {"docker://" DIGEST, NULL},
        {"docker-pullable://" DIGEST, NULL},
        {"docker://nginx@" DIGEST, NULL},
        {"nginx@sha256:0123", NULL},
        {"nginx:1.25", NULL},
        {"@" DIGEST, NULL},
        {"", NULL},
    };
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_reference r;
        error err = {0};
        bool found = shelflife_inspection_image_id(shelflife_str_of(cases[i].text), &a, &r, &err);
        if (found != (cases[i].normalized != NULL) || err.kind)
            fail_msg("%s: %d, %s", cases[i].text, found, err.text);
        if (found && !shelflife_str_equal(r.normalized, shelflife_str_of(cases[i].normalized)))
            fail_msg("%s: %.*s", cases[i].text, STR_PRINT(r.normalized));
        if (found)
            assert_true(r.tag.len == 0 && shelflife_str_equal(r.digest, STR(DIGEST)));
    }
    shelflife_arena_free(&a);
}

static void the_parts_of_a_reference_are_replaced(void **state UNUSED)
{
    struct shelflife_reference r, out;
    error err = {0};
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    assert_true(
        shelflife_reference_parse(STR("Registry.corp.example:5000/team/app:1@" DIGEST), &a, &r, &err));
    assert_true(shelflife_inspection_with_tag(&r, &a, &out, &err));
    assert_true(shelflife_str_equal(out.normalized, STR("registry.corp.example:5000/team/app:1")));
    assert_true(shelflife_str_equal(out.registry, STR("registry.corp.example:5000")));
    assert_true(shelflife_str_equal(out.repository, STR("team/app")));
    assert_true(shelflife_str_equal(out.tag, STR("1")) && out.digest.len == 0);
    assert_true(shelflife_inspection_with_digest(&r, STR(DIGEST), &a, &out, &err));
    assert_true(shelflife_str_equal(out.normalized, STR("registry.corp.example:5000/team/app@" DIGEST)));
    assert_true(shelflife_str_equal(out.repository, STR("team/app")) && out.tag.len == 0);
    assert_true(shelflife_reference_parse(STR("app"), &a, &r, &err));
    assert_true(shelflife_inspection_with_tag(&r, &a, &out, &err));
    assert_true(shelflife_str_equal(out.normalized, STR("docker.io/library/app:latest")));
    shelflife_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_name_with_a_digest_can_be_asked_for),
        cmocka_unit_test(the_parts_of_a_reference_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
