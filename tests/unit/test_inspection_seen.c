/* rooms: all */
#include "inspection/seen.h"
#include "unit/test.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define D1 "sha256:" HEX "1"
#define D2 "sha256:" HEX "2"

static int compare_jobs(const void *a, const void *b)
{
    const struct shelflife_inspection_job *x = a, *y = b;
    return shelflife_str_compare(x->reference->normalized, y->reference->normalized);
}

/* The jobs as lines, sorted. */
static void take(struct shelflife_inspection_seen *seen, enum shelflife_inspection_take which, buffer *out)
{
    struct shelflife_inspection_job *jobs;
    size_t count;
    error err = {0};
    assert_true(shelflife_inspection_seen_take(seen, which, &jobs, &count, &err));
    shelflife_sort(jobs, count, sizeof(*jobs), compare_jobs);
    shelflife_buffer_reset(out);
    for (size_t i = 0; i < count; i++)
        shelflife_buffer_format(out, "%.*s day %d running %.*s other %.*s\n",
                                STR_PRINT(jobs[i].reference->normalized), (int)jobs[i].seen,
                                STR_PRINT(jobs[i].running),
                                STR_PRINT(jobs[i].other ? jobs[i].other->normalized : (str){0}));
    free(jobs);
}

static void assert_taken(struct shelflife_inspection_seen *seen, enum shelflife_inspection_take which,
                         const char *expected)
{
    buffer out;
    shelflife_buffer_init(&out, 1 << 16);
    take(seen, which, &out);
    if (!shelflife_str_equal(shelflife_buffer_str(&out), shelflife_str_of(expected)))
        fail_msg("%.*sis not\n%s", STR_PRINT(shelflife_buffer_str(&out)), expected);
    shelflife_buffer_free(&out);
}

static void add(struct shelflife_inspection_seen *seen, const char *image, const char *id, shelflife_day day)
{
    error err = {0};
    if (!shelflife_inspection_seen_add(seen, shelflife_str_of(image), shelflife_str_of(id), day, &err))
        fail_msg("%s: %s", image, err.text);
}

static void tags_and_what_runs_under_them_are_images_of_their_own(void **state UNUSED)
{
    error err = {0};
    struct shelflife_inspection_seen *seen = shelflife_inspection_seen_new(&err);
    add(seen, "nginx", "", 5);
    add(seen, "nginx:latest", "", 7);
    add(seen, "nginx:1", "docker.io/library/nginx@" D1, 6);
    add(seen, "nginx:1@" D2, "", 6);
    add(seen, "mirror.example/nginx:1", "nginx@" D1, 6);
    add(seen, "sha256:x", "other.example/a@" D1, 6);
    add(seen, "a b", "sha256:" HEX "1", 6);
    add(seen, "", "", 6);
    assert_int_equal(shelflife_inspection_seen_new_count(seen), 7);
    assert_taken(seen, SHELFLIFE_INSPECTION_TAKE_NEW,
                 "docker.io/library/nginx:1 day 6 running " D1 " other \n"
                 "docker.io/library/nginx:latest day 7 running  other \n"
                 "docker.io/library/nginx@" D1 " day 6 running  other \n"
                 "docker.io/library/nginx@" D2 " day 6 running  other \n"
                 "mirror.example/nginx:1 day 6 running " D1 " other \n"
                 "mirror.example/nginx@" D1 " day 6 running  other docker.io/library/nginx@" D1 "\n"
                 "other.example/a@" D1 " day 6 running  other \n");
    assert_int_equal(shelflife_inspection_seen_new_count(seen), 0);
    assert_int_equal(shelflife_inspection_seen_count(seen), 7);
    assert_taken(seen, SHELFLIFE_INSPECTION_TAKE_NEW, "");
    shelflife_inspection_seen_free(seen);
}

static void what_failed_is_taken_again(void **state UNUSED)
{
    error err = {0};
    struct shelflife_inspection_seen *seen = shelflife_inspection_seen_new(&err);
    struct shelflife_inspection_job *jobs;
    size_t count;
    add(seen, "a:1", "", 5);
    add(seen, "b:1", "", 5);
    assert_true(shelflife_inspection_seen_take(seen, SHELFLIFE_INSPECTION_TAKE_NEW, &jobs, &count, &err));
    assert_int_equal(count, 2);
    shelflife_inspection_seen_again(seen, &jobs[1]);
    free(jobs);
    add(seen, "c:1", "", 5);
    assert_int_equal(shelflife_inspection_seen_new_count(seen), 1);
    assert_taken(seen, SHELFLIFE_INSPECTION_TAKE_NEW, "docker.io/library/c:1 day 5 running  other \n");
    assert_taken(seen, SHELFLIFE_INSPECTION_TAKE_FAILED, "docker.io/library/b:1 day 5 running  other \n");
    assert_taken(seen, SHELFLIFE_INSPECTION_TAKE_FAILED, "");
    shelflife_inspection_seen_free(seen);
}

static void what_was_not_seen_is_forgotten(void **state UNUSED)
{
    error err = {0};
    struct shelflife_inspection_seen *seen = shelflife_inspection_seen_new(&err);
    add(seen, "a:1", "x.example/a@" D1, 5);
    add(seen, "b:1", "x.example/b@" D1, 4);
    assert_taken(seen, SHELFLIFE_INSPECTION_TAKE_NEW,
                 "docker.io/library/a:1 day 5 running " D1 " other \n"
                 "docker.io/library/a@" D1 " day 5 running  other x.example/a@" D1 "\n"
                 "docker.io/library/b:1 day 4 running " D1 " other \n"
                 "docker.io/library/b@" D1 " day 4 running  other x.example/b@" D1 "\n");
    add(seen, "c:1", "", 9);
    assert_true(shelflife_inspection_seen_forget(seen, 5, &err));
    assert_int_equal(shelflife_inspection_seen_count(seen), 3);
    assert_int_equal(shelflife_inspection_seen_new_count(seen), 1);
    assert_taken(seen, SHELFLIFE_INSPECTION_TAKE_ALL,
                 "docker.io/library/a:1 day 5 running " D1 " other \n"
                 "docker.io/library/a@" D1 " day 5 running  other x.example/a@" D1 "\n"
                 "docker.io/library/c:1 day 9 running  other \n");
    add(seen, "a:1", "", 11);
    assert_int_equal(shelflife_inspection_seen_count(seen), 3);
    shelflife_inspection_seen_free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_and_what_runs_under_them_are_images_of_their_own),
        cmocka_unit_test(what_failed_is_taken_again),
        cmocka_unit_test(what_was_not_seen_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
