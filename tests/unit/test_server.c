/* rooms: base json reference workload catalog policy admission net pki log file sources server */
#include "unit/test.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/file.h"
#include "pki/pki.h"
#include "server/connection.h"
#include "server/listen.h"
#include "server/server.h"
#include "server/tls.h"

enum { LIMIT = 1 << 20 };
static const int64_t now = 1795392000; /* 2026-11-23 */

static int make_folder(void **state)
{
    char *path = strdup("/tmp/shelflife-test-XXXXXX");
    *state = path;
    return path && mkdtemp(path) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[PATH_MAX];
    snprintf(command, sizeof(command), "rm -r '%s'", (char *)*state);
    int code = system(command);
    free(*state);
    return code;
}

static const char *path_in(void **state, const char *name, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/%s", (const char *)*state, name);
    return path;
}

static void put(void **state, const char *name, str text)
{
    char path[PATH_MAX];
    int fd = open(path_in(state, name, path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.at, text.len), text.len);
    close(fd);
}

static void addresses_are_split_or_refused(void **state)
{
    static const struct {
        const char *address, *host; /* host NULL: refused */
        uint16_t port;
    } cases[] = {
        {"0.0.0.0:8443", "0.0.0.0", 8443},
        {"[::]:0", "::", 0},
        {":65535", "", 65535},
        {"localhost:1", "localhost", 1},
        {"[fe80::1%lo]:80", "fe80::1%lo", 80},
        {"", NULL, 0},
        {":", NULL, 0},
        {"8443", NULL, 0},
        {":65536", NULL, 0},
        {":-1", NULL, 0},
        {":1x", NULL, 0},
        {":99999999999999999999", NULL, 0},
        {"::1:80", NULL, 0},
        {"[::1]", NULL, 0},
        {"[]:1", NULL, 0},
        {"[::1:1", NULL, 0},
        {"::1]:1", NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        str host = {NULL, 0};
        uint16_t port = 0;
        error err = {0};
        assert_int_equal(shelflife_server_listen_parse(cases[i].address, &host, &port, &err),
                         cases[i].host != NULL);
        if (!cases[i].host) {
            assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
            continue;
        }
        assert_str_equal(host, cases[i].host);
        assert_int_equal(port, cases[i].port);
    }
}

static void files_are_read_whole_or_not_at_all(void **state)
{
    char path[PATH_MAX];
    error err = {0};
    put(state, "five", STR("12345"));
    CLEANUP(shelflife_buffer_free) buffer read;
    shelflife_buffer_init(&read, 5);
    assert_true(shelflife_file_read(path_in(state, "five", path), &read, &err));
    assert_str_equal(shelflife_buffer_str(&read), "12345");
    shelflife_buffer_free(&read);
    shelflife_buffer_init(&read, 4);
    assert_false(shelflife_file_read(path, &read, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    assert_false(shelflife_file_read(path_in(state, "missing", path), &read, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_IO);
    assert_non_null(strstr(err.text, "missing: No such file"));
    assert_int_equal(mkfifo(path_in(state, "fifo", path), 0600), 0);
    assert_false(shelflife_file_read(path, &read, &err));
    assert_non_null(strstr(err.text, "fifo: not a file"));
    assert_false(shelflife_file_read(*state, &read, &err));
}

static void folders_list_catalogs_in_the_order_of_their_names(void **state)
{
    static const char *const names[] = {"b.json", "a.yaml", "c.yml", ".hidden.json", "readme.md"};
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list list = {0};
    char path[PATH_MAX];
    error err;
    assert_false(shelflife_file_list_add(&list, *state, &err));
    assert_non_null(strstr(err.text, "holds no *.json"));
    for (size_t i = 0; i < COUNT(names); i++)
        put(state, names[i], STR("{}"));
    assert_true(shelflife_file_list_add(&list, path_in(state, "readme.md", path), &err));
    assert_true(shelflife_file_list_add(&list, *state, &err));
    static const char *const expected[] = {"readme.md", "a.yaml", "b.json", "c.yml"};
    assert_int_equal(list.count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_string_equal(list.at[i], path_in(state, expected[i], path));
}

static buffer print_of(const char *path)
{
    buffer print;
    shelflife_buffer_init(&print, LIMIT);
    shelflife_file_print(path, &print);
    return print;
}

static void print_of_a_folder_changes_with_what_is_in_it(void **state)
{
    static const struct {
        const char *name;
        str text;
    } steps[] = {{"a.json", STR_INIT("{}")}, {"a.json", STR_INIT("{ }")}, {"b.yaml", STR_INIT("a: 1")}};
    CLEANUP(shelflife_buffer_free) buffer before = print_of(*state);
    for (size_t i = 0; i < COUNT(steps); i++) {
        put(state, steps[i].name, steps[i].text);
        buffer after = print_of(*state), again = print_of(*state);
        assert_false(shelflife_str_equal(shelflife_buffer_str(&before), shelflife_buffer_str(&after)));
        assert_true(shelflife_str_equal(shelflife_buffer_str(&again), shelflife_buffer_str(&after)));
        shelflife_buffer_free(&before);
        shelflife_buffer_free(&again);
        before = after;
    }
    CLEANUP(shelflife_buffer_free) buffer missing = print_of("/nowhere/at/all");
    assert_true(missing.len > 0);
}

/* Key and certificate of a new CA, valid for so many days. */
static void put_certificate(void **state, const char *certificate, const char *key, uint32_t days)
{
    CLEANUP(shelflife_pki_wipe) buffer pem;
    CLEANUP(shelflife_buffer_free) buffer ca;
    shelflife_buffer_init(&pem, LIMIT);
    shelflife_buffer_init(&ca, LIMIT);
    assert_true(shelflife_pki_make_key(&pem, NULL));
    assert_true(shelflife_pki_make_ca(shelflife_buffer_str(&pem), STR("CA"), now, days, &ca, NULL));
    put(state, key, shelflife_buffer_str(&pem));
    put(state, certificate, shelflife_buffer_str(&ca));
}

static void credentials_are_whole_or_refused(void **state)
{
    char certificate[PATH_MAX], key[PATH_MAX], other[PATH_MAX], other_key[PATH_MAX], empty[PATH_MAX];
    put_certificate(state, "crt", "key", 10);
    put_certificate(state, "other.crt", "other.key", 10);
    put(state, "empty", STR(""));
    path_in(state, "crt", certificate), path_in(state, "key", key);
    path_in(state, "other.crt", other), path_in(state, "other.key", other_key);
    path_in(state, "empty", empty);
    const struct {
        struct shelflife_server_tls_files files;
        int64_t now;
        const char *why; /* NULL: fine */
    } cases[] = {
        {{certificate, key, NULL}, now, NULL},
        {{certificate, key, other}, now, NULL},
        {{certificate, key, NULL}, now + 10 * 86400 - 1, NULL},
        {{certificate, key, NULL}, now + 10 * 86400, "crt: the certificate expired on 2026-12-03"},
        {{certificate, key, NULL}, now - SHELFLIFE_PKI_BACKDATE, NULL},
        {{certificate, key, NULL},
         now - SHELFLIFE_PKI_BACKDATE - 1,
         "crt: the certificate is not valid before 2026-11-22 23:55:00 UTC"},
        {{certificate, other_key, NULL}, now, "the key is not the certificate's"},
        {{certificate, empty, NULL}, now, "not a private key"},
        {{empty, key, NULL}, now, "not a certificate"},
        {{certificate, key, key}, now, "holds no certificate"},
        {{certificate, key, empty}, now, "holds no certificate"},
        {{certificate, key, "/nowhere/ca"}, now, "/nowhere/ca: No such file"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        int64_t begins = 1, begin = now - SHELFLIFE_PKI_BACKDATE;
        struct shelflife_credentials *loaded =
            shelflife_server_credentials_load(&cases[i].files, cases[i].now, &begins, &err);
        assert_int_equal(loaded != NULL, cases[i].why == NULL);
        assert_int_equal(begins, cases[i].now < begin ? begin : 0);
        if (loaded)
            assert_int_equal(shelflife_server_credentials_expiry(loaded), now + 10 * 86400);
        else if (!strstr(err.text, cases[i].why))
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].why);
        shelflife_server_credentials_release(loaded);
    }
}

static str logged(int fd, char text[8192])
{
    ssize_t n = read(fd, text, 8192);
    return (str){text, n > 0 ? (size_t)n : 0};
}

static void log_lines_are_cut_to_what_a_pipe_takes_in_one_piece(void **state)
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

static void log_lines_that_can_wait_are_written_together_in_order_and_never_parted(void **state)
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
        shelflife_log_begin(&line, &log, SHELFLIFE_LOG_INFO, "nobody reads this");
        shelflife_log_end(&line);
    }
    assert_true(atomic_load(&log.dropped) > 0 && atomic_load(&log.dropped) < 5000);
    shelflife_log_free(&log);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void defaults_are_what_the_header_says(void **state)
{
    (void)state;
    struct shelflife_server_config config;
    shelflife_server_defaults(&config);
    assert_string_equal(config.listen, ":8443");
    assert_int_equal(config.max_body, 32 << 20);
    assert_int_equal(config.max_connections, 256);
    assert_true(config.idle_timeout >= 120000); /* an API server keeps connections for 90 s */
    error err;
    assert_null(shelflife_server_start(&config, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    config.tls = (struct shelflife_server_tls_files){"/nowhere/crt", "/nowhere/key", NULL};
    assert_null(shelflife_server_start(&config, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_IO);
    config.max_connections = 0;
    assert_null(shelflife_server_start(&config, &err));
    assert_non_null(strstr(err.text, "the limit of connections must be at least 1"));
}

int main(void)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_split_or_refused),
        IN_A_FOLDER(files_are_read_whole_or_not_at_all),
        IN_A_FOLDER(folders_list_catalogs_in_the_order_of_their_names),
        IN_A_FOLDER(print_of_a_folder_changes_with_what_is_in_it),
        IN_A_FOLDER(credentials_are_whole_or_refused),
        cmocka_unit_test(log_lines_are_cut_to_what_a_pipe_takes_in_one_piece),
        cmocka_unit_test(log_lines_that_can_wait_are_written_together_in_order_and_never_parted),
        cmocka_unit_test(log_that_nobody_reads_drops_lines_and_counts_them),
        cmocka_unit_test(defaults_are_what_the_header_says),
    };
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
