/* rooms: file base */
#include <signal.h>
#include <sys/resource.h>

#include "file/file.h"
#include "unit/folder_kit.h"

static void assert_content(void **state, const char *name, const char *text)
{
    char path[PATH_MAX];
    CLEANUP(shelflife_buffer_free) buffer read;
    shelflife_buffer_init(&read, 1 << 20);
    assert_true(shelflife_file_read(path_in(state, name, path), &read, NULL));
    assert_str_equal(shelflife_buffer_str(&read), text);
}

static void file_gets_the_right_permissions(void **state)
{
    static const struct {
        mode_t umask, before, after; /* before 0: there is no file */
        enum shelflife_file_access access;
    } cases[] = {
        {022, 0, 0644, SHELFLIFE_FILE_NORMAL},    {077, 0, 0600, SHELFLIFE_FILE_NORMAL},
        {077, 0664, 0664, SHELFLIFE_FILE_NORMAL}, {022, 0640, 0640, SHELFLIFE_FILE_NORMAL},
        {0, 0, 0600, SHELFLIFE_FILE_SECRET},      {022, 0644, 0600, SHELFLIFE_FILE_SECRET},
    };
    char path[PATH_MAX];
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct stat status;
        unlink(path_in(state, "file", path));
        if (cases[i].before) {
            put(state, "file", STR("old"));
            assert_int_equal(chmod(path, cases[i].before), 0);
        }
        mode_t before = umask(cases[i].umask);
        assert_true(shelflife_file_replace(path, STR("new"), cases[i].access, NULL));
        umask(before);
        assert_content(state, "file", "new");
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, cases[i].after);
        assert_int_equal(count_files(state), 1);
    }
}

static void reader_of_the_old_file_is_not_disturbed(void **state)
{
    char path[PATH_MAX], text[8] = "";
    put(state, "file", STR("old"));
    int fd = open(path_in(state, "file", path), O_RDONLY | O_CLOEXEC);
    assert_true(shelflife_file_replace(path, STR("new and longer"), SHELFLIFE_FILE_NORMAL, NULL));
    assert_int_equal(read(fd, text, sizeof(text)), 3);
    assert_string_equal(text, "old");
    close(fd);
}

static void interrupted_write_leaves_the_old_file(void **state)
{
    char path[PATH_MAX], large[4096];
    struct rlimit before, small = {1024, RLIM_INFINITY};
    error err = {0};
    put(state, "file", STR("old"));
    memset(large, 'x', sizeof(large));
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    bool ok = shelflife_file_replace(path_in(state, "file", path), (str){large, sizeof(large)},
                                     SHELFLIFE_FILE_NORMAL, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    assert_false(ok);
    assert_int_equal(err.kind, SHELFLIFE_ERROR_IO);
    assert_non_null(strstr(err.text, "file: File too large"));
    assert_content(state, "file", "old");
    assert_int_equal(count_files(state), 1);
}

static void symbolic_link_stays(void **state)
{
    char path[PATH_MAX], link[PATH_MAX];
    struct stat status;
    put(state, "file", STR("old"));
    assert_int_equal(symlink(path_in(state, "file", path), path_in(state, "link", link)), 0);
    assert_true(shelflife_file_replace(link, STR("new"), SHELFLIFE_FILE_NORMAL, NULL));
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_content(state, "file", "new");
}

static void device_or_pipe_is_written_to(void **state)
{
    (void)state;
    int ends[2];
    char path[PATH_MAX], text[8] = "";
    struct stat status;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    snprintf(path, sizeof(path), "/dev/fd/%d", ends[1]);
    assert_true(shelflife_file_replace(path, STR("text"), SHELFLIFE_FILE_NORMAL, NULL));
    assert_int_equal(read(ends[0], text, sizeof(text)), 4);
    assert_string_equal(text, "text");
    close(ends[0]);
    close(ends[1]);
    assert_true(shelflife_file_replace("/dev/null", STR("text"), SHELFLIFE_FILE_NORMAL, NULL));
    assert_int_equal(stat("/dev/null", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
}

static void place_that_cannot_be_written_is_an_error(void **state)
{
    char path[PATH_MAX];
    error err = {0};
    assert_false(shelflife_file_replace(*state, STR("text"), SHELFLIFE_FILE_NORMAL, &err));
    assert_non_null(strstr(err.text, "Is a directory"));
    assert_false(shelflife_file_replace(path_in(state, "missing/file", path), STR("text"),
                                        SHELFLIFE_FILE_NORMAL, &err));
    assert_non_null(strstr(err.text, "missing/file: No such file"));
    assert_int_equal(mkfifo(path_in(state, "fifo", path), 0600), 0);
    assert_false(shelflife_file_replace(path, STR("text"), SHELFLIFE_FILE_NORMAL, &err));
    assert_non_null(strstr(err.text, "fifo: No such device"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(file_gets_the_right_permissions),
        IN_A_FOLDER(reader_of_the_old_file_is_not_disturbed),
        IN_A_FOLDER(interrupted_write_leaves_the_old_file),
        IN_A_FOLDER(symbolic_link_stays),
        cmocka_unit_test(device_or_pipe_is_written_to),
        IN_A_FOLDER(place_that_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests_name("file_replace", tests, NULL, NULL);
}
