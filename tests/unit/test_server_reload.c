/* rooms: base json reference workload catalog policy admission net pki log file sources server */
#include "server/reload.h"

#include "unit/folder_kit.h"

/* Built from the file "source": invalid if its text is "bad". */
struct built {
    char path[PATH_MAX];
    char text[16];
    unsigned attempts;
};

static void fingerprint(void *context, buffer *out)
{
    const struct built *b = context;
    shelflife_file_fingerprint(b->path, out);
}

static bool build(void *context, error *err)
{
    struct built *b = context;
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_buffer_init(&text, sizeof(b->text) - 1);
    b->attempts++;
    if (!shelflife_file_read(b->path, &text, err))
        return false;
    if (shelflife_str_equal(shelflife_buffer_str(&text), STR("bad")))
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: bad", b->path);
    snprintf(b->text, sizeof(b->text), "%.*s", STR_PRINT(shelflife_buffer_str(&text)));
    return true;
}

static bool has_line(struct shelflife_server_reload *reload, const char *text)
{
    CLEANUP(shelflife_buffer_free) buffer lines;
    shelflife_buffer_init(&lines, 1 << 12);
    shelflife_server_reload_write_status(reload, &lines);
    shelflife_buffer_byte(&lines, '\0');
    return *text ? strstr(lines.at, text) != NULL : lines.len == 1;
}

static void changes_are_built_and_failures_are_shown(void **state)
{
    struct built b = {.attempts = 0};
    path_in(state, "source", b.path);
    put(state, "source", STR("one"));
    struct shelflife_log log;
    struct shelflife_server_metrics metrics = {0};
    shelflife_server_counter *counts = metrics.reloads[SHELFLIFE_SERVER_RELOADED_SNAPSHOT];
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    shelflife_log_init(&log, null, SHELFLIFE_LOG_JSON);
    const struct shelflife_server_reload_target target = {&b, SHELFLIFE_SERVER_RELOADED_SNAPSHOT, fingerprint,
                                                          build};
    struct shelflife_server_reload reload;
    shelflife_server_reload_init(&reload, &target, &log, &metrics);
    assert_true(shelflife_server_reload_first(&reload, NULL));
    assert_string_equal(b.text, "one");
    assert_int_equal(atomic_load(&counts[true]), 0); /* the first time is not a reload */

    static const struct {
        str put;     /* absent: the file stays as it is */
        bool always; /* as on SIGHUP */
        const char *text, *line;
        unsigned attempts, failed, succeeded;
    } steps[] = {
        {{NULL, 0}, false, "one", "", 1, 0, 0},
        {STR_INIT("second"), false, "one", "", 1, 0, 0}, /* may still be being written */
        {{NULL, 0}, false, "second", "", 2, 0, 1},
        {{NULL, 0}, false, "second", "", 2, 0, 1},
        {{NULL, 0}, true, "second", "", 3, 0, 2},
        {STR_INIT("bad"), true, "second", "[!] reload of the snapshot failed ", 4, 1, 2},
        {{NULL, 0}, false, "second", "the previous version stays in use: ", 4, 1, 2}, /* not tried again */
        {STR_INIT("repaired"), false, "second", "source: bad\n", 4, 1, 2},
        {{NULL, 0}, false, "repaired", "", 5, 1, 3},
    };
    for (size_t i = 0; i < COUNT(steps); i++) {
        if (steps[i].put.at)
            put(state, "source", steps[i].put);
        shelflife_server_reload_check(&reload, steps[i].always);
        assert_string_equal(b.text, steps[i].text);
        assert_int_equal(b.attempts, steps[i].attempts);
        assert_int_equal(atomic_load(&counts[false]), steps[i].failed);
        assert_int_equal(atomic_load(&counts[true]), steps[i].succeeded);
        if (!has_line(&reload, steps[i].line))
            fail_msg("step %zu: no \"%s\"", i, steps[i].line);
    }
    shelflife_server_reload_free(&reload);
    shelflife_log_free(&log);
    close(null);
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_A_FOLDER(changes_are_built_and_failures_are_shown)};
    return cmocka_run_group_tests_name("server_reload", tests, NULL, NULL);
}
