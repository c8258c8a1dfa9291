/* rooms: sources registry admission policy inventory catalog workload reference json log net pki file base */
#include "sources/reload.h"
#include "unit/folder_kit.h"

struct fixture {
    struct shelflife_log log;
    int pipe[2];
    struct shelflife_sources_reload reload;
    const char *fingerprint, *why; /* why: the build fails */
    unsigned builds;
};

static void fingerprint(void *context, buffer *out)
{
    struct fixture *f = context;
    shelflife_buffer_append(out, shelflife_str_of(f->fingerprint));
}

static bool build(void *context, error *err)
{
    struct fixture *f = context;
    f->builds++;
    return !f->why || shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s", f->why);
}

static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    const struct shelflife_sources_reload_target target = {f, "thing", fingerprint, build};
    assert_non_null(f);
    assert_int_equal(pipe2(f->pipe, O_CLOEXEC | O_NONBLOCK), 0);
    shelflife_log_init(&f->log, f->pipe[1], SHELFLIFE_LOG_TEXT);
    f->fingerprint = "one";
    shelflife_sources_reload_init(&f->reload, &target, &f->log);
    *state = f;
    return 0;
}

static int stop(void **state)
{
    struct fixture *f = *state;
    shelflife_sources_reload_free(&f->reload);
    shelflife_log_free(&f->log);
    close(f->pipe[0]);
    close(f->pipe[1]);
    free(f);
    return 0;
}

static void assert_logged(struct fixture *f, const char *wanted)
{
    char text[4096];
    ssize_t n = read(f->pipe[0], text, sizeof(text) - 1);
    text[n > 0 ? n : 0] = '\0';
    if (wanted ? !strstr(text, wanted) : n > 0)
        fail_msg("the log says \"%s\", not \"%s\"", text, wanted ? wanted : "");
}

static void assert_status(struct fixture *f, const char *wanted)
{
    CLEANUP(shelflife_buffer_free) buffer lines;
    shelflife_buffer_init(&lines, 4096);
    shelflife_sources_reload_write_status(&f->reload, &lines);
    shelflife_buffer_byte(&lines, '\0');
    if (*wanted ? !strstr(lines.at, wanted) : lines.len > 1)
        fail_msg("the status is \"%s\", not \"%s\"", lines.at, wanted);
}

static void files_are_built_from_once_they_have_changed_and_settled(void **state)
{
    static const struct {
        const char *fingerprint, *why;
        bool always;
        unsigned builds, failures, successes; /* after this check; builds with the first one */
        const char *logged, *status;
    } checks[] = {
        {"one", NULL, false, 1, 0, 0, NULL, ""},
        {"two", NULL, false, 1, 0, 0, NULL, ""},
        {"three", NULL, false, 1, 0, 0, NULL, ""},
        {"three", NULL, false, 2, 0, 1, "info    reloaded what=thing", ""},
        {"three", NULL, false, 2, 0, 1, NULL, ""},
        {"four", "line 3 is bad", false, 2, 0, 1, NULL, ""},
        {"four", "line 3 is bad", false, 3, 1, 1, "error=\"line 3 is bad\"", "stays in use: line 3 is bad"},
        {"four", NULL, false, 3, 1, 1, NULL, "[!] reload of the thing failed "},
        {"four", "still bad", true, 4, 2, 1, "error=\"still bad\"", "still bad"},
        {"five", NULL, false, 4, 2, 1, NULL, "still bad"},
        {"five", NULL, false, 5, 2, 2, "reloaded", ""},
    };
    struct fixture *f = *state;
    assert_true(shelflife_sources_reload_first(&f->reload, NULL));
    for (size_t i = 0; i < COUNT(checks); i++) {
        f->fingerprint = checks[i].fingerprint;
        f->why = checks[i].why;
        shelflife_sources_reload_check(&f->reload, checks[i].always);
        assert_int_equal(f->builds, checks[i].builds);
        assert_int_equal(shelflife_sources_reload_count(&f->reload, false), checks[i].failures);
        assert_int_equal(shelflife_sources_reload_count(&f->reload, true), checks[i].successes);
        assert_logged(f, checks[i].logged);
        assert_status(f, checks[i].status);
    }
}

static void first_failure_is_returned_only(void **state)
{
    struct fixture *f = *state;
    error err = {0};
    f->why = "bad";
    assert_false(shelflife_sources_reload_first(&f->reload, &err));
    assert_string_equal(err.text, "bad");
    assert_logged(f, NULL);
    assert_status(f, "");
    assert_int_equal(shelflife_sources_reload_count(&f->reload, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_are_built_from_once_they_have_changed_and_settled, start, stop),
        cmocka_unit_test_setup_teardown(first_failure_is_returned_only, start, stop),
    };
    return cmocka_run_group_tests_name("sources_reload", tests, NULL, NULL);
}
