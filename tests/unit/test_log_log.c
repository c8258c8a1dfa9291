/* rooms: log json base */
#include "unit/test.h"

#include <fcntl.h>
#include <unistd.h>

#include "log/log.h"

static str logged(int fd, char text[8192])
{
    ssize_t n = read(fd, text, 8192);
    return (str){text, n > 0 ? (size_t)n : 0};
}

static void lines_are_cut_to_what_a_pipe_takes_in_one_piece(void **state)
{
    (void)state;
    int pipe_ends[2];
    char text[8192], longest[600];
    assert_int_equal(pipe(pipe_ends), 0);
    memset(longest, '\1', sizeof(longest)); /* each byte takes six in JSON */
    struct shelflife_log log;
    for (int format = SHELFLIFE_LOG_JSON; format <= SHELFLIFE_LOG_TEXT; format++) {
        shelflife_log_init(&log, pipe_ends[1], (enum shelflife_log_format)format);
        for (int n = 0; n < 9; n++) {
            struct shelflife_log_line line;
            shelflife_log_begin(&line, &log, SHELFLIFE_LOG_INFO, "here");
            for (int i = 0; i < n; i++)
                shelflife_log_string(&line, "key", (str){longest, sizeof(longest)});
            shelflife_log_integer(&line, "n", n);
            shelflife_log_end(&line);
            str got = logged(pipe_ends[0], text);
            assert_true(got.len > 0 && got.len <= PIPE_BUF);
            assert_int_equal(shelflife_str_find(got, '\n'), got.len - 1);
            bool json = format == SHELFLIFE_LOG_JSON;
            if (n >= 2)
                assert_true(shelflife_str_ends(got, json ? STR("\"message\":\"here\",\"cut\":true}\n")
                                                         : STR("here cut=true\n")));
            else
                assert_true(shelflife_str_ends(got, json ? STR("}\n") : STR("\n")));
        }
        assert_int_equal(atomic_load(&log.dropped), 0);
        shelflife_log_free(&log);
    }
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void log_later(struct shelflife_log *log, const char *message)
{
    struct shelflife_log_line line;
    shelflife_log_begin(&line, log, SHELFLIFE_LOG_INFO, message);
    shelflife_log_end_later(&line);
}

static void lines_that_can_wait_are_written_together_in_order_and_never_parted(void **state)
{
    (void)state;
    enum { LINES = 200 };
    int pipe_ends[2];
    char text[8192];
    assert_int_equal(pipe2(pipe_ends, O_NONBLOCK), 0);
    struct shelflife_log log;
    shelflife_log_init(&log, pipe_ends[1], SHELFLIFE_LOG_TEXT);
    log_later(&log, "first");
    assert_int_equal(logged(pipe_ends[0], text).len, 0);
    struct shelflife_log_line line;
    shelflife_log_begin(&line, &log, SHELFLIFE_LOG_ERROR, "second");
    shelflife_log_end(&line);
    str got = logged(pipe_ends[0], text);
    assert_true(shelflife_str_find(got, '\n') < got.len - 1); /* two lines, the first one first */
    assert_true(shelflife_str_ends(shelflife_str_first(got, shelflife_str_find(got, '\n')), STR("first")));
    assert_true(shelflife_str_ends(got, STR("second\n")));

    unsigned lines = 0, writes = 0;
    for (int i = 0; i <= LINES; i++) {
        if (i < LINES)
            log_later(&log, "one of many");
        else
            shelflife_log_free(&log); /* what waits is not lost */
        got = logged(pipe_ends[0], text);
        assert_true(got.len == 0 || shelflife_str_ends(got, STR("one of many\n")));
        assert_true(got.len <= PIPE_BUF);
        writes += got.len > 0;
        for (size_t at = 0; at < got.len; at++)
            lines += got.at[at] == '\n';
    }
    assert_int_equal(lines, LINES);
    assert_true(writes < LINES / 10);
    assert_int_equal(atomic_load(&log.dropped), 0);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void log_that_nobody_reads_drops_lines_and_counts_them(void **state)
{
    (void)state;
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    struct shelflife_log log;
    shelflife_log_init(&log, pipe_ends[1], SHELFLIFE_LOG_JSON);
    for (int i = 0; i < 5000; i++) {
        struct shelflife_log_line line;
        shelflife_log_begin(&line, &log, SHELFLIFE_LOG_INFO, "unread");
        shelflife_log_end(&line);
    }
    assert_true(atomic_load(&log.dropped) > 0 && atomic_load(&log.dropped) < 5000);
    shelflife_log_free(&log);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void text_values_are_quoted_if_they_need_it(void **state)
{
    (void)state;
    static const struct {
        const char *value, *line;
    } cases[] = {
        {"plain", " key=plain\n"},
        {"", " key=\"\"\n"},
        {"two words", " key=\"two words\"\n"},
        {"a=b", " key=\"a=b\"\n"},
        {"say \"hi\"", " key=\"say \\\"hi\\\"\"\n"},
        {"two\nlines", " key=\"two\\nlines\"\n"},
    };
    int pipe_ends[2];
    char text[8192];
    struct shelflife_log log;
    assert_int_equal(pipe(pipe_ends), 0);
    shelflife_log_init(&log, pipe_ends[1], SHELFLIFE_LOG_TEXT);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_log_line line;
        shelflife_log_begin(&line, &log, SHELFLIFE_LOG_WARNING, "message");
        shelflife_log_string(&line, "key", shelflife_str_of(cases[i].value));
        shelflife_log_end(&line);
        str got = logged(pipe_ends[0], text);
        if (!shelflife_str_ends(got, shelflife_str_of(cases[i].line)))
            fail_msg("\"%.*s\" does not end in \"%s\"", STR_PRINT(got), cases[i].line);
    }
    shelflife_log_free(&log);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void lines_that_clients_cause_are_limited_and_what_is_left_out_is_reported(void **state)
{
    (void)state;
    enum { CALLS = 10000 };
    static const struct {
        bool (*may_log)(struct shelflife_log *log);
        const char *about;
        unsigned least, most; /* more only after seconds */
    } cases[] = {{shelflife_log_peer, "clients", 20, 1000}, {shelflife_log_review, "reviews", 400, 5000}};
    int pipe_ends[2];
    char text[8192], line[128];
    assert_int_equal(pipe2(pipe_ends, O_NONBLOCK), 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_log log;
        unsigned allowed = 0;
        shelflife_log_init(&log, pipe_ends[1], SHELFLIFE_LOG_TEXT);
        for (int n = 0; n < CALLS; n++)
            allowed += cases[i].may_log(&log);
        assert_in_range(allowed, cases[i].least, cases[i].most);
        shelflife_log_flush(&log);
        str got = logged(pipe_ends[0], text);
        snprintf(line, sizeof(line), " warning too many lines: left some out about=%s lines=%u\n",
                 cases[i].about, CALLS - allowed);
        assert_true(shelflife_str_ends(got, shelflife_str_of(line)));
        cases[i].may_log(&log);
        log.rates[i].reported_at = INT64_MAX / 2; /* it is less than a second ago */
        shelflife_log_flush(&log);
        assert_int_equal(logged(pipe_ends[0], text).len, 0);
        atomic_fetch_add(&log.rates[i].left_out, 7);
        unsigned rest = (unsigned)atomic_load(&log.rates[i].left_out) - (CALLS - allowed);
        shelflife_log_free(&log); /* the rest is reported now */
        got = logged(pipe_ends[0], text);
        snprintf(line, sizeof(line), " about=%s lines=%u\n", cases[i].about, rest);
        assert_true(shelflife_str_ends(got, shelflife_str_of(line)));
    }
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_cut_to_what_a_pipe_takes_in_one_piece),
        cmocka_unit_test(lines_that_can_wait_are_written_together_in_order_and_never_parted),
        cmocka_unit_test(text_values_are_quoted_if_they_need_it),
        cmocka_unit_test(lines_that_clients_cause_are_limited_and_what_is_left_out_is_reported),
        cmocka_unit_test(log_that_nobody_reads_drops_lines_and_counts_them),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
