#include "kube/text.h"

#include <errno.h>

static void cleanup_file(FILE **f)
{
    if (*f)
        fclose(*f);
}

bool shelflife_kube_read_file(const char *path, size_t max, buffer *out, error *err)
{
    CLEANUP(cleanup_file) FILE *f = fopen(path, "rbe");
    char chunk[8192];
    size_t n, all = 0;
    if (!f)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%s: %s", path, strerror(errno));
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
        all += n;
        if (all > max)
            return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s: is longer than the limit of %zu bytes",
                                  path, max);
        shelflife_buffer_append(out, (str){chunk, n});
    }
    if (ferror(f))
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%s: %s", path, strerror(errno));
    return !out->failed || shelflife_fail_memory(err);
}
