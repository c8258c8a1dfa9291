/* A folder for a test's files, its `state`: IN_A_FOLDER(test) makes it before the test and removes it after.
 */
#ifndef SHELFLIFE_TEST_FOLDER_KIT_H
#define SHELFLIFE_TEST_FOLDER_KIT_H

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/test.h"

static UNUSED int make_folder(void **state)
{
    char *path = strdup("/tmp/shelflife-test-XXXXXX");
    *state = path;
    return path && mkdtemp(path) ? 0 : -1;
}

static UNUSED int remove_folder(void **state)
{
    char command[PATH_MAX];
    snprintf(command, sizeof(command), "rm -r '%s'", (char *)*state);
    int code = system(command);
    free(*state);
    return code;
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

static UNUSED const char *path_in(void **state, const char *name, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/%s", (const char *)*state, name);
    return path;
}

static UNUSED void put(void **state, const char *name, str text)
{
    char path[PATH_MAX];
    int fd = open(path_in(state, name, path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.at, text.len), text.len);
    close(fd);
}

static UNUSED size_t count_files(void **state)
{
    size_t count = 0;
    DIR *dir = opendir(*state);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

/* "/dev/fd/N", a pipe that contains a short text and has no writer any more. The caller closes *fd. */
static UNUSED const char *pipe_with(str text, int *fd, char path[PATH_MAX])
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], text.at, text.len), text.len);
    close(ends[1]);
    *fd = ends[0];
    snprintf(path, PATH_MAX, "/dev/fd/%d", *fd);
    return path;
}

#endif
