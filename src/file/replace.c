#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/file.h"

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
    return true;
}

static bool fail_write(const char *path, error *err)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot write %s: %s", path, strerror(errno));
}

static bool write_directly(const char *path, str bytes, error *err)
{
    /* Without O_NONBLOCK, open() waits for a named pipe's reader. */
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool ok = fd >= 0 && fcntl(fd, F_SETFL, 0) == 0 && write_all(fd, bytes);
    ok = (fd < 0 || close(fd) == 0) && ok;
    return ok || fail_write(path, err);
}

/* A file in the same folder, because rename() works only within a file system. */
static char *name_temporary(const char *path, error *err)
{
    char *name = NULL;
    uint64_t random;
    if (getrandom(&random, sizeof(random), 0) != sizeof(random)) {
        shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot get random bytes: %s", strerror(errno));
        return NULL;
    }
    if (asprintf(&name, "%s.%016llx", path, (unsigned long long)random) >= 0)
        return name;
    shelflife_fail_memory(err);
    return NULL;
}

/* So that the new name is still there after a crash. File systems that cannot do this have to be trusted. */
static bool sync_folder(const char *path)
{
    size_t slash = shelflife_str_find_last(shelflife_str_of(path), '/');
    char *folder = slash == SIZE_MAX ? strdup(".") : strndup(path, slash ? slash : 1);
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool failed = fd >= 0 && fsync(fd) != 0 && errno == EIO;
    if (fd >= 0)
        close(fd);
    free(folder);
    errno = EIO;
    return !failed;
}

static bool fill(int fd, const char *temporary, const char *path, str bytes, const mode_t *mode)
{
    bool ok = (!mode || fchmod(fd, *mode) == 0) && write_all(fd, bytes) && fsync(fd) == 0;
    ok = close(fd) == 0 && ok && rename(temporary, path) == 0;
    return ok && sync_folder(path);
}

static bool replace(const char *path, str bytes, const struct stat *old, enum shelflife_file_access access,
                    error *err)
{
    enum { SECRET_MODE = 0600, NORMAL_MODE = 0666, MODE_BITS = 0777 };
    CLEANUP(cleanup_free) char *temporary = name_temporary(path, err);
    if (!temporary)
        return false;
    bool secret = access == SHELFLIFE_FILE_SECRET;
    mode_t old_mode = old ? old->st_mode & MODE_BITS : 0;
    /* Not readable for others before it has the old file's permissions. */
    int fd =
        open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret || old ? SECRET_MODE : NORMAL_MODE);
    if (fd < 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot create a temporary file next to %s: %s", path,
                              strerror(errno));
    if (fill(fd, temporary, path, bytes, old && !secret ? &old_mode : NULL))
        return true;
    fail_write(path, err);
    unlink(temporary);
    return false;
}

bool shelflife_file_replace(const char *path, str bytes, enum shelflife_file_access access, error *err)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return replace(path, bytes, NULL, access, err);
    if (!S_ISREG(status.st_mode))
        return write_directly(path, bytes, err);
    char *target = realpath(path, NULL);
    bool ok = target ? replace(target, bytes, &status, access, err) : fail_write(path, err);
    free(target);
    return ok;
}
