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

/* Which names of a folder are listed. */
struct filter {
    const str *endings;
    size_t ending_count;
    bool hidden; /* those that begin with a dot, too */
};

static bool is_listed(const char *name, const struct filter *filter)
{
    bool listed = filter->ending_count == 0;
    for (size_t i = 0; !listed && i < filter->ending_count; i++)
        listed = shelflife_str_ends(shelflife_str_of(name), filter->endings[i]);
    if (name[0] == '.')
        listed = listed && filter->hidden && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
    return listed;
}

static int by_name(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

static bool list_folder(struct shelflife_file_list *list, const char *folder, const struct filter *filter,
                        error *why)
{
    CLEANUP(cleanup_dir) DIR *dir = opendir(folder);
    if (!dir)
        return shelflife_fail(why, SHELFLIFE_ERROR_IO, "%s", strerror(errno));
    size_t before = list->count;
    const struct dirent *entry;
    for (errno = 0; (entry = readdir(dir)); errno = 0)
        if (is_listed(entry->d_name, filter) && !shelflife_file_list_add(list, folder, entry->d_name, why))
            return false;
    if (errno)
        return shelflife_fail(why, SHELFLIFE_ERROR_IO, "%s", strerror(errno));
    shelflife_sort(list->at + before, list->count - before, sizeof(*list->at), by_name);
    return true;
}

bool shelflife_file_list_folder(struct shelflife_file_list *list, const char *folder, const str *endings,
                                size_t ending_count, error *why)
{
    return list_folder(list, folder, &(struct filter){endings, ending_count, false}, why);
}

bool shelflife_file_list_all(struct shelflife_file_list *list, const char *folder, error *why)
{
    return list_folder(list, folder, &(struct filter){.hidden = true}, why);
}

bool shelflife_file_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}
