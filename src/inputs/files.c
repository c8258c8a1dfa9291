#include "inputs/files.h"

#include <sys/stat.h>

#include "file/file.h"

bool shelflife_input_files_read(const struct shelflife_input_files *files, const char *path, buffer *out,
                                error *why)
{
    return files ? files->read(files->context, path, out, why) : shelflife_file_read(path, out, why);
}

bool shelflife_input_files_exists(const struct shelflife_input_files *files, const char *path)
{
    struct stat status;
    if (files)
        return files->exists(files->context, path);
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}
