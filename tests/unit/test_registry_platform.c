/* rooms: registry net file pki reference json base */
#include "registry/platform.h"
#include "unit/test.h"

enum { NO = -1 };

static const struct {
    const char *wanted, *offered;
    int distance;
} pairs[] = {
    {"linux/amd64", "linux/amd64", 0},    {"linux/amd64", "linux/amd64/v1", 0},
    {"linux/amd64", "linux/x86_64", 0},   {"linux/amd64", "linux/amd64/v3", NO},
    {"linux/amd64/v3", "linux/amd64", 2}, {"linux/amd64/v3", "linux/amd64/v3", 0},
    {"linux/amd64", "linux/386", 100},    {"linux/386", "linux/amd64", NO},
    {"linux/arm64", "linux/arm64/v8", 0}, {"linux/aarch64", "linux/arm64/8", 0},
    {"linux/arm64", "linux/arm/v7", 101}, {"linux/arm64/v9", "linux/arm64", 1},
    {"linux/arm", "linux/arm/v7", 0},     {"linux/arm/v7", "linux/arm", 0},
    {"linux/arm/v7", "linux/arm/v6", 1},  {"linux/arm/v6", "linux/arm/v7", NO},
    {"linux/armhf", "linux/arm/v7", 0},   {"linux/armel", "linux/arm/v6", 0},
    {"linux/amd64", "windows/amd64", NO}, {"linux/amd64", "unknown/unknown", NO},
    {"linux/s390x", "linux/ppc64le", NO}, {"linux/arm/vx", "linux/arm/v7", NO},
};

static void platforms_are_compared_as_containerd_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct shelflife_registry_platform wanted, offered;
        error err;
        assert_true(shelflife_registry_platform_parse(shelflife_str_of(pairs[i].wanted), &wanted, &err));
        assert_true(shelflife_registry_platform_parse(shelflife_str_of(pairs[i].offered), &offered, &err));
        size_t distance = shelflife_registry_platform_distance(&wanted, &offered);
        size_t expected = pairs[i].distance == NO ? SIZE_MAX : (size_t)pairs[i].distance;
        if (distance != expected)
            fail_msg("%s on %s: %zu", pairs[i].offered, pairs[i].wanted, distance);
    }
}

static void text_that_is_no_platform_is_an_error(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "linux", "linux/", "/amd64", "linux/amd64/", "linux/amd64/v1/x", "a b/c"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct shelflife_registry_platform out;
        error err = {0};
        assert_false(shelflife_registry_platform_parse(shelflife_str_of(wrong[i]), &out, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
        assert_non_null(strstr(err.text, "is not a platform; write OS/ARCHITECTURE"));
    }
}

static void a_platform_is_written_as_it_was_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"linux/amd64", "linux/arm/v7", "windows/amd64"};
    CLEANUP(shelflife_arena_free) arena a;
    shelflife_arena_init(&a, 4096);
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct shelflife_registry_platform p;
        str out;
        assert_true(shelflife_registry_platform_parse(shelflife_str_of(texts[i]), &p, NULL));
        assert_true(shelflife_registry_platform_text(&p, &a, &out));
        assert_str_equal(out, texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(platforms_are_compared_as_containerd_does),
        cmocka_unit_test(text_that_is_no_platform_is_an_error),
        cmocka_unit_test(a_platform_is_written_as_it_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
