#include "file/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, str bytes)
{
    while (bytes.len) {
        ssize_t n = write(fd, bytes.at, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes = shelflife_str_after(bytes, (size_t)n);
    }
    return fsync(fd) == 0;
}

/* As open() would make a new file, or as the old one is. */
static mode_t mode_for(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0)
        return status.st_mode & 0777;
    return 0644;
}

bool shelflife_file_replace(const char *path, str bytes, error *err)
{
    CLEANUP(cleanup_free) char *new = NULL;
    if (asprintf(&new, "%s.XXXXXX", path) < 0) {
        new = NULL;
        return shelflife_fail_memory(err);
    }
    int fd = mkostemp(new, O_CLOEXEC);
    if (fd < 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot create a file beside %s: %s", path,
                              strerror(errno));
    bool ok = write_all(fd, bytes) && fchmod(fd, mode_for(path)) == 0;
    ok = close(fd) == 0 && ok && rename(new, path) == 0;
    if (ok)
        return true;
    shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot write %s: %s", path, strerror(errno));
    unlink(new);
    return false;
}
