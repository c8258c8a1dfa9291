#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { STEP = 64 << 10, PIPE_FILE_SYSTEM = 0x50495045 /* PIPEFS_MAGIC of linux/magic.h */ };

static void cleanup_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static bool fail_errno(error *why)
{
    return shelflife_fail(why, SHELFLIFE_ERROR_IO, "%s", strerror(errno));
}

/* A named pipe is on a disk's file system, and may never have a writer; an unnamed one has had one. */
static bool is_unnamed_pipe(int fd, const struct stat *status)
{
    struct statfs system;
    return S_ISFIFO(status->st_mode) && fstatfs(fd, &system) == 0 && system.f_type == PIPE_FILE_SYSTEM;
}

static bool check_kind(int fd, bool pipes, struct stat *status, error *why)
{
    if (fstat(fd, status) != 0)
        return fail_errno(why);
    errno = EISDIR;
    if (S_ISDIR(status->st_mode))
        return fail_errno(why);
    return S_ISREG(status->st_mode) || (pipes && is_unnamed_pipe(fd, status)) ||
           shelflife_fail(why, SHELFLIFE_ERROR_IO, "not a regular file%s",
                          pipes ? " or an unnamed pipe" : "");
}

static int open_checked(const char *path, bool pipes, struct stat *status, error *why)
{
    /* Without O_NONBLOCK, open() waits for a named pipe's writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        fail_errno(why);
        return -1;
    }
    if (!check_kind(fd, pipes, status, why)) {
        close(fd);
        return -1;
    }
    if (fcntl(fd, F_SETFL, 0) != 0) {
        fail_errno(why);
        close(fd);
        return -1;
    }
    return fd;
}

int shelflife_file_open(const char *path, error *why)
{
    struct stat status;
    return open_checked(path, true, &status, why);
}

static ssize_t read_some(int fd, char *to, size_t size)
{
    ssize_t n;
    do
        n = read(fd, to, size);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Whether there is another byte, once the limit is reached. */
static bool check_end(int fd, size_t limit, error *why)
{
    char beyond;
    ssize_t n = read_some(fd, &beyond, 1);
    explicit_bzero(&beyond, 1);
    if (n < 0)
        return fail_errno(why);
    return n == 0 || shelflife_fail(why, SHELFLIFE_ERROR_LIMIT, "it is larger than %zu bytes", limit);
}

/* Straight into the buffer: the bytes may be a private key, which its owner wipes. */
static bool read_all(int fd, size_t most, buffer *out, error *why)
{
    size_t begin = out->len;
    while (out->len - begin < most) {
        size_t wanted = most - (out->len - begin), room = out->capacity - out->len;
        if (room == 0 && !shelflife_buffer_reserve(out, wanted < STEP ? wanted : STEP))
            return shelflife_fail_memory(why);
        room = out->capacity - out->len;
        ssize_t n = read_some(fd, out->at + out->len, room < wanted ? room : wanted);
        if (n < 0)
            return fail_errno(why);
        if (n == 0)
            return true;
        out->len += (size_t)n;
    }
    return true;
}

/* Room for the whole file and one byte more at once: growing would leave copies in freed memory. */
static bool reserve(const struct stat *status, size_t limit, buffer *out, error *why)
{
    if (!S_ISREG(status->st_mode) || limit == 0)
        return true;
    size_t size = (size_t)status->st_size;
    if (size > limit)
        return shelflife_fail(why, SHELFLIFE_ERROR_LIMIT, "it is larger than %zu bytes", limit);
    return shelflife_buffer_reserve(out, size < limit ? size + 1 : size) || shelflife_fail_memory(why);
}

static bool fail_read(const char *name, const error *why, error *err)
{
    if (why->kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    return shelflife_fail(err, why->kind, "cannot read %s: %s", name, why->text);
}

static bool read_path(const char *path, const char *shown, bool pipes, size_t limit, buffer *out, error *err)
{
    error why = {0};
    struct stat status;
    CLEANUP(cleanup_fd) int fd = open_checked(path, pipes, &status, &why);
    bool ok = fd >= 0 && reserve(&status, limit, out, &why) && read_all(fd, limit, out, &why) &&
              check_end(fd, limit, &why);
    return ok || fail_read(shown, &why, err);
}

static size_t room_in(const buffer *out)
{
    return out->limit - out->len;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

bool shelflife_file_read(const char *path, buffer *out, error *err)
{
    return shelflife_file_read_as(path, path, out, err);
}

bool shelflife_file_read_as(const char *path, const char *shown, buffer *out, error *err)
{
    return read_path(path, shown, false, room_in(out), out, err);
}

static bool is_stdin(const char *path)
{
    return shelflife_str_equal(shelflife_str_of(path), STR("-"));
}

bool shelflife_file_read_input(const char *path, buffer *out, error *err)
{
    error why = {0};
    size_t limit = least(room_in(out), SHELFLIFE_FILE_INPUT_MAX);
    if (!is_stdin(path))
        return read_path(path, path, true, limit, out, err);
    return (read_all(STDIN_FILENO, limit, out, &why) && check_end(STDIN_FILENO, limit, &why)) ||
           fail_read("standard input", &why, err);
}

bool shelflife_file_read_head(const char *path, size_t most, buffer *out, error *err)
{
    error why = {0};
    size_t limit = least(least(room_in(out), SHELFLIFE_FILE_INPUT_MAX), most);
    if (is_stdin(path))
        return read_all(STDIN_FILENO, limit, out, &why) || fail_read("standard input", &why, err);
    CLEANUP(cleanup_fd) int fd = shelflife_file_open(path, &why);
    return (fd >= 0 && read_all(fd, limit, out, &why)) || fail_read(path, &why, err);
}
