#include "file/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void cleanup_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static void cleanup_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static bool fail_errno(error *err, const char *path)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot read %s: %s", path, strerror(errno));
}

static bool append_all(int fd, const char *path, buffer *out, error *err)
{
    char chunk[16 << 10];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(err, path);
        if ((size_t)n > out->limit - out->len)
            return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s is larger than %zu bytes", path,
                                  out->limit);
        shelflife_buffer_append(out, (str){chunk, (size_t)n});
        if (out->failed)
            return shelflife_fail_memory(err);
    }
    explicit_bzero(chunk, sizeof(chunk)); /* it may have been a private key */
    return true;
}

bool shelflife_file_read(const char *path, buffer *out, error *err)
{
    /* Not blocking, so that a FIFO in a file's place cannot hold up the server. */
    CLEANUP(cleanup_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        return fail_errno(err, path);
    if (!S_ISREG(status.st_mode))
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot read %s: not a file", path);
    return append_all(fd, path, out, err);
}

void shelflife_file_list_free(struct shelflife_file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->at[i]);
    free(list->at);
    *list = (struct shelflife_file_list){0};
}

static bool add_path(struct shelflife_file_list *list, const char *folder, const char *name, error *err)
{
    char *path = NULL;
    if (!shelflife_grow(&list->at, &list->capacity, list->count + 1, sizeof(*list->at)) ||
        asprintf(&path, "%s%s%s", folder, folder[0] ? "/" : "", name) < 0)
        return shelflife_fail_memory(err);
    list->at[list->count++] = path;
    return true;
}

static bool is_catalog_name(const char *name)
{
    static const str endings[] = {STR_INIT(".json"),    STR_INIT(".yaml"),    STR_INIT(".yml"),
                                  STR_INIT(".json.gz"), STR_INIT(".yaml.gz"), STR_INIT(".yml.gz")};
    for (size_t i = 0; name[0] != '.' && i < COUNT(endings); i++)
        if (shelflife_str_ends(shelflife_str_of(name), endings[i]))
            return true;
    return false;
}

static int by_name(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

bool shelflife_file_list_add(struct shelflife_file_list *list, const char *path, error *err)
{
    CLEANUP(cleanup_dir) DIR *dir = opendir(path);
    if (!dir)
        return errno == ENOTDIR ? add_path(list, "", path, err) : fail_errno(err, path);
    size_t before = list->count;
    const struct dirent *entry;
    while ((entry = readdir(dir)))
        if (is_catalog_name(entry->d_name) && !add_path(list, path, entry->d_name, err))
            return false;
    if (list->count == before)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "%s holds no *.json, *.yaml or *.yml (nor one with .gz)", path);
    shelflife_sort(list->at + before, list->count - before, sizeof(*list->at), by_name);
    return true;
}

static void print_one(const char *path, buffer *out)
{
    struct stat s;
    if (stat(path, &s) != 0)
        shelflife_buffer_format(out, "%s %d\n", path, errno);
    else
        shelflife_buffer_format(out, "%s %llu %llu %lld %lld.%09ld %lld.%09ld\n", path,
                                (unsigned long long)s.st_dev, (unsigned long long)s.st_ino,
                                (long long)s.st_size, (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec,
                                (long long)s.st_ctim.tv_sec, s.st_ctim.tv_nsec);
}

void shelflife_file_print(const char *path, buffer *out)
{
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list list = {0};
    if (!path)
        return;
    print_one(path, out);
    if (shelflife_file_list_add(&list, path, NULL) && list.count && strcmp(list.at[0], path) != 0)
        for (size_t i = 0; i < list.count; i++)
            print_one(list.at[i], out);
}
