#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "file/file.h"

static void cleanup_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

void shelflife_file_list_free(struct shelflife_file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->at[i]);
    shelflife_free(list->at);
    *list = (struct shelflife_file_list){0};
}

bool shelflife_file_list_add(struct shelflife_file_list *list, const char *folder, const char *name,
                             error *err)
{
    char *path = NULL;
    str before = shelflife_str_of(folder);
    const char *slash = before.len && !shelflife_str_ends(before, STR("/")) ? "/" : "";
    if (!shelflife_grow(&list->at, &list->capacity, list->count + 1, sizeof(*list->at)) ||
        asprintf(&path, "%s%s%s", folder, slash, name) < 0)
        return shelflife_fail_memory(err);
    list->at[list->count++] = path;
    return true;
}

static bool is_listed(const char *name, const str *endings, size_t count)
{
    bool listed = count == 0;
    for (size_t i = 0; !listed && i < count; i++)
        listed = shelflife_str_ends(shelflife_str_of(name), endings[i]);
    return listed && name[0] != '.';
}

static int by_name(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

bool shelflife_file_list_folder(struct shelflife_file_list *list, const char *folder, const str *endings,
                                size_t ending_count, error *why)
{
    CLEANUP(cleanup_dir) DIR *dir = opendir(folder);
    if (!dir)
        return shelflife_fail(why, SHELFLIFE_ERROR_IO, "%s", strerror(errno));
    size_t before = list->count;
    const struct dirent *entry;
    for (errno = 0; (entry = readdir(dir)); errno = 0)
        if (is_listed(entry->d_name, endings, ending_count) &&
            !shelflife_file_list_add(list, folder, entry->d_name, why))
            return false;
    if (errno)
        return shelflife_fail(why, SHELFLIFE_ERROR_IO, "%s", strerror(errno));
    shelflife_sort(list->at + before, list->count - before, sizeof(*list->at), by_name);
    return true;
}

bool shelflife_file_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}
