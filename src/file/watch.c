#include <errno.h>
#include <sys/stat.h>

#include "file/file.h"

void shelflife_file_fingerprint(const char *path, buffer *out)
{
    struct stat s;
    if (!path)
        return;
    if (stat(path, &s) != 0)
        shelflife_buffer_format(out, "%s %d\n", path, errno);
    else
        shelflife_buffer_format(out, "%s %llu %llu %lld %lld.%09ld %lld.%09ld\n", path,
                                (unsigned long long)s.st_dev, (unsigned long long)s.st_ino,
                                (long long)s.st_size, (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec,
                                (long long)s.st_ctim.tv_sec, s.st_ctim.tv_nsec);
}

void shelflife_file_watch_init(struct shelflife_file_watch *watch)
{
    shelflife_buffer_init(&watch->used, SHELFLIFE_FILE_FINGERPRINT_MAX);
    shelflife_buffer_init(&watch->seen, SHELFLIFE_FILE_FINGERPRINT_MAX);
}

void shelflife_file_watch_free(struct shelflife_file_watch *watch)
{
    shelflife_buffer_free(&watch->used);
    shelflife_buffer_free(&watch->seen);
}

bool shelflife_file_watch_check(struct shelflife_file_watch *watch, buffer *fingerprint)
{
    str now = shelflife_buffer_str(fingerprint);
    bool changed = !shelflife_str_equal(now, shelflife_buffer_str(&watch->used));
    bool settled = shelflife_str_equal(now, shelflife_buffer_str(&watch->seen));
    shelflife_buffer_free(&watch->seen);
    watch->seen = *fingerprint;
    *fingerprint = (buffer){0};
    return changed && settled;
}

void shelflife_file_watch_use(struct shelflife_file_watch *watch)
{
    shelflife_buffer_reset(&watch->used);
    shelflife_buffer_append(&watch->used, shelflife_buffer_str(&watch->seen));
}
