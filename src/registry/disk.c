/* Images on disk: which form and which file a text names. */
#include <errno.h>
#include <unistd.h>

#include "file/file.h"
#include "registry/archive.h"
#include "registry/layout.h"

enum { STEP = 64 << 10 };

typedef bool read_form(const struct shelflife_registry_layout *layout, error *err);

static const struct transport {
    str prefix;
    bool archive;
    bool names; /* an image may be named after the file */
    read_form *read;
} transports[] = {
    {STR_INIT("oci:"), false, true, shelflife_registry_layout_oci},
    {STR_INIT("oci-archive:"), true, true, shelflife_registry_layout_oci},
    {STR_INIT("docker-archive:"), true, true, shelflife_registry_layout_docker},
    {STR_INIT("dir:"), false, false, shelflife_registry_layout_dir},
};

static const struct transport *transport_of(str text)
{
    for (size_t i = 0; i < COUNT(transports); i++)
        if (shelflife_str_starts(text, transports[i].prefix))
            return &transports[i];
    return NULL;
}

bool shelflife_registry_is_on_disk(const char *text)
{
    return transport_of(shelflife_str_of(text)) != NULL;
}

/* ---- Files of a folder ---- */

static bool read_all(int fd, shelflife_registry_sink *sink, void *sink_context, error *err)
{
    char *step = shelflife_malloc(STEP);
    bool ok = step || shelflife_fail_memory(err);
    for (; ok;) {
        ssize_t n = TEMP_FAILURE_RETRY(read(fd, step, STEP));
        if (n == 0)
            break;
        ok = n > 0 ? sink(sink_context, (str){step, (size_t)n}, err)
                   : shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot be read");
    }
    shelflife_free(step);
    return ok;
}

struct folder {
    str path;
};

/* The names are this room's: fixed, or made of hex digits. */
static bool read_from_folder(void *context, str name, shelflife_registry_sink *sink, void *sink_context,
                             bool *found, error *err)
{
    CLEANUP(shelflife_arena_free) arena memory;
    const struct folder *folder = context;
    str path;
    shelflife_arena_init(&memory, 64 << 10);
    if (!shelflife_arena_format(&memory, &path, "%.*s/%.*s", STR_PRINT(folder->path), STR_PRINT(name)))
        return shelflife_arena_fail(&memory, err);
    *found = access(path.at, F_OK) == 0;
    if (!*found)
        return true;
    int fd = shelflife_file_open(path.at, err);
    bool ok = fd >= 0 && read_all(fd, sink, sink_context, err);
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool read_folder(struct shelflife_registry_layout *layout, const struct transport *transport, str path,
                        error *err)
{
    struct folder folder = {path};
    if (!shelflife_file_is_folder(path.at))
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%s: there is no such folder", layout->text);
    layout->read = read_from_folder;
    layout->context = &folder;
    return transport->read(layout, err);
}

/* ---- Members of an archive ---- */

static bool read_from_archive(void *context, str name, shelflife_registry_sink *sink, void *sink_context,
                              bool *found, error *err)
{
    return shelflife_registry_archive_read(context, name, sink, sink_context, found, err);
}

static bool read_archive(struct shelflife_registry_layout *layout, const struct transport *transport,
                         const char *path, error *err)
{
    struct shelflife_registry_archive *archive = shelflife_registry_archive_open(path, err);
    if (!archive)
        return false;
    layout->read = read_from_archive;
    layout->context = archive;
    bool ok = transport->read(layout, err);
    shelflife_registry_archive_free(archive);
    return ok;
}

/* ---- What the text names ---- */

/* Splits PATH[:NAME] at the first colon, unless there is a file whose name has colons. */
static bool split(str rest, bool names, arena *a, str *path, str *name)
{
    *name = (str){0};
    if (!shelflife_arena_copy(a, rest, path))
        return false;
    size_t colon = names ? shelflife_str_find(rest, ':') : SIZE_MAX;
    if (colon == SIZE_MAX || access(path->at, F_OK) == 0)
        return true;
    *name = shelflife_str_after(rest, colon + 1);
    return shelflife_arena_copy(a, shelflife_str_first(rest, colon), path);
}

bool shelflife_registry_read_disk(const char *text, const struct shelflife_registry_wanted *wanted,
                                  shelflife_registry_disk_sink *sink, void *context, error *err)
{
    CLEANUP(shelflife_arena_free) arena memory;
    struct shelflife_registry_layout layout = {.wanted = wanted, .sink = sink, .sink_context = context};
    const struct transport *transport = transport_of(shelflife_str_of(text));
    str path, shown;
    shelflife_arena_init(&memory, 1 << 20);
    if (!transport)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%s: not an image on disk, such as oci:DIR", text);
    if (!split(shelflife_str_after(shelflife_str_of(text), transport->prefix.len), transport->names, &memory,
               &path, &layout.name) ||
        !shelflife_arena_join(&memory, transport->prefix, path, &shown))
        return shelflife_arena_fail(&memory, err);
    layout.text = shown.at;
    if (path.len == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "%s: a path must follow", text);
    return transport->archive ? read_archive(&layout, transport, path.at, err)
                              : read_folder(&layout, transport, path, err);
}
