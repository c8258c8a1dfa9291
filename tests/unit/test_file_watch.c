/* rooms: file base */
#include "file/file.h"
#include "unit/folder_kit.h"

static buffer fingerprint_of(const char *path)
{
    buffer out;
    shelflife_buffer_init(&out, SHELFLIFE_FILE_FINGERPRINT_MAX);
    shelflife_file_fingerprint(path, &out);
    return out;
}

static void fingerprint_changes_with_the_file(void **state)
{
    char path[PATH_MAX], target[PATH_MAX];
    const char *steps[] = {"", "{}", "{ }", "a link"}; /* the first: no file at all */
    CLEANUP(shelflife_buffer_free) buffer before = {0};
    path_in(state, "file", path);
    for (size_t i = 0; i < COUNT(steps); i++) {
        if (i == COUNT(steps) - 1) {
            put(state, "target", STR("{ }"));
            unlink(path);
            assert_int_equal(symlink(path_in(state, "target", target), path), 0);
        } else if (i) {
            put(state, "file", shelflife_str_of(steps[i]));
        }
        buffer after = fingerprint_of(path), again = fingerprint_of(path);
        assert_true(after.len > 0);
        assert_false(shelflife_str_equal(shelflife_buffer_str(&before), shelflife_buffer_str(&after)));
        assert_true(shelflife_str_equal(shelflife_buffer_str(&again), shelflife_buffer_str(&after)));
        shelflife_buffer_free(&before);
        shelflife_buffer_free(&again);
        before = after;
    }
    CLEANUP(shelflife_buffer_free) buffer nothing = fingerprint_of(NULL);
    assert_int_equal(nothing.len, 0);
}

static void change_counts_when_two_checks_find_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *fingerprint;
        bool counts;
    } steps[] = {{"a", false}, {"a", false}, {"b", false}, {"c", false},
                 {"c", true},  {"c", false}, {"d", false}, {"c", false}};
    struct shelflife_file_watch watch;
    shelflife_file_watch_init(&watch);
    for (size_t i = 0; i < COUNT(steps); i++) {
        buffer fingerprint;
        shelflife_buffer_init(&fingerprint, 100);
        shelflife_buffer_append(&fingerprint, shelflife_str_of(steps[i].fingerprint));
        bool counts = shelflife_file_watch_check(&watch, &fingerprint);
        assert_int_equal(counts, steps[i].counts);
        if (i == 0 || counts)
            shelflife_file_watch_use(&watch);
    }
    shelflife_file_watch_free(&watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(fingerprint_changes_with_the_file),
        cmocka_unit_test(change_counts_when_two_checks_find_the_same),
    };
    return cmocka_run_group_tests_name("file_watch", tests, NULL, NULL);
}
