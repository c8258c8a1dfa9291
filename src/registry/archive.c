/* This is the only file that uses libarchive. */
#include "registry/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <unistd.h>

#include "file/file.h"
#include "registry/text.h"

#define ARCHIVE_LIBRARY "libarchive.so.13"

enum {
    BLOCK = 64 << 10,
    NAME_MAX_BYTES = 1024,
    MEMBERS_MAX = 8192, /* that are kept, and links */
    HOPS_MAX = 8,       /* from link to link */
    MAGIC_MAX = 6,
};

/* The functions of libarchive that are used, under their names without the prefix. */
struct functions {
    struct archive *(*read_new)(void);
    int (*read_support_format_tar)(struct archive *archive);
    int (*read_support_filter_gzip)(struct archive *archive);
    int (*read_support_filter_bzip2)(struct archive *archive);
    int (*read_support_filter_xz)(struct archive *archive);
    int (*read_support_filter_zstd)(struct archive *archive);
    int (*read_append_filter)(struct archive *archive, int code);
    int (*read_open_fd)(struct archive *archive, int fd, size_t block);
    int (*read_next_header)(struct archive *archive, struct archive_entry **entry);
    la_ssize_t (*read_data)(struct archive *archive, void *to, size_t size);
    int (*read_free)(struct archive *archive);
    const char *(*error_string)(struct archive *archive);
    const char *(*entry_pathname)(struct archive_entry *entry);
    const char *(*entry_symlink)(struct archive_entry *entry);
    const char *(*entry_hardlink)(struct archive_entry *entry);
    __LA_MODE_T (*entry_filetype)(struct archive_entry *entry);
    la_int64_t (*entry_size)(struct archive_entry *entry);
};

enum member_kind { MEMBER_FILE, MEMBER_SYMLINK, MEMBER_HARDLINK };

struct member {
    enum member_kind kind;
    str name, bytes; /* `bytes` of a link: where to */
};

struct shelflife_registry_archive {
    void *library;
    struct functions f;
    int fd;
    bool seekable;
    bool stop; /* nothing more of this pass is needed */
    size_t passes;
    arena memory; /* what is kept */
    struct member *members;
    size_t count, capacity;
    char block[BLOCK];
};

typedef struct shelflife_registry_archive tar;

/* ---- The library ---- */

static bool open_library(tar *t, error *err)
{
    const struct {
        const char *name;
        void *function; /* the address of a pointer to it */
    } functions[] = {{"archive_read_new", &t->f.read_new},
                     {"archive_read_support_format_tar", &t->f.read_support_format_tar},
                     {"archive_read_support_filter_gzip", &t->f.read_support_filter_gzip},
                     {"archive_read_support_filter_bzip2", &t->f.read_support_filter_bzip2},
                     {"archive_read_support_filter_xz", &t->f.read_support_filter_xz},
                     {"archive_read_support_filter_zstd", &t->f.read_support_filter_zstd},
                     {"archive_read_append_filter", &t->f.read_append_filter},
                     {"archive_read_open_fd", &t->f.read_open_fd},
                     {"archive_read_next_header", &t->f.read_next_header},
                     {"archive_read_data", &t->f.read_data},
                     {"archive_read_free", &t->f.read_free},
                     {"archive_error_string", &t->f.error_string},
                     {"archive_entry_pathname", &t->f.entry_pathname},
                     {"archive_entry_symlink", &t->f.entry_symlink},
                     {"archive_entry_hardlink", &t->f.entry_hardlink},
                     {"archive_entry_filetype", &t->f.entry_filetype},
                     {"archive_entry_size", &t->f.entry_size}};
    t->library = dlopen(ARCHIVE_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    bool ok = t->library != NULL;
    for (size_t i = 0; ok && i < COUNT(functions); i++) {
        void *found = dlsym(t->library, functions[i].name);
        ok = found != NULL;
        memcpy(functions[i].function, &found, sizeof(found));
    }
    return ok ||
           shelflife_fail(err, SHELFLIFE_ERROR_IO,
                          "to read archives, the library %s is needed: install it (Debian: libarchive13), or "
                          "unpack the archive",
                          ARCHIVE_LIBRARY);
}

/* ---- Going through the archive ---- */

/* What a file begins with if it is compressed. libarchive gets the one filter that is right, and takes it off
   once: by itself it would start programs for those that it was built without, and take off one layer after
   the other, each of which can be a thousand times as long. */
static const struct {
    const char *name;
    unsigned char magic[MAGIC_MAX];
    size_t length;
    int code;
    size_t function; /* the place of a filter's function in struct functions, for pipes */
} filters[] = {
    {"gzip", {0x1f, 0x8b}, 2, ARCHIVE_FILTER_GZIP, offsetof(struct functions, read_support_filter_gzip)},
    {"bzip2",
     {'B', 'Z', 'h'},
     3,
     ARCHIVE_FILTER_BZIP2,
     offsetof(struct functions, read_support_filter_bzip2)},
    {"xz",
     {0xfd, '7', 'z', 'X', 'Z', 0},
     6,
     ARCHIVE_FILTER_XZ,
     offsetof(struct functions, read_support_filter_xz)},
    {"zstd",
     {0x28, 0xb5, 0x2f, 0xfd},
     4,
     ARCHIVE_FILTER_ZSTD,
     offsetof(struct functions, read_support_filter_zstd)},
};

static bool fail_archive(const tar *t, struct archive *a, error *err)
{
    const char *why = a ? t->f.error_string(a) : NULL;
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "not a tar archive that can be read%s%s",
                          why ? ": " : "", why ? why : "");
}

static bool fail_filter(const char *name, error *err)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_IO,
                          "%s cannot read what is compressed with %s; unpack it first", ARCHIVE_LIBRARY,
                          name);
}

/* Only a file that can be read again can be looked at first. A pipe may have any of the filters. */
static bool add_filters(tar *t, struct archive *a, error *err)
{
    unsigned char first[MAGIC_MAX] = {0};
    ssize_t n = t->seekable ? pread(t->fd, first, sizeof(first), 0) : 0;
    for (size_t i = 0; i < COUNT(filters); i++) {
        int (*support)(struct archive *);
        bool same =
            n >= (ssize_t)filters[i].length && memcmp(first, filters[i].magic, filters[i].length) == 0;
        memcpy(&support, (const char *)&t->f + filters[i].function, sizeof(support));
        if (t->seekable && !same)
            continue;
        if ((same ? t->f.read_append_filter(a, filters[i].code) : support(a)) != ARCHIVE_OK)
            return fail_filter(filters[i].name, err);
    }
    return true;
}

/* Looks at a member while the archive is at its data. Sets t->stop to end the pass. */
typedef bool visitor(tar *t, struct archive *a, struct archive_entry *entry, str name, void *context,
                     error *err);

/* Without "./" at its beginning, which tar writes. */
static str name_of(const char *path)
{
    str name = shelflife_str_of(path);
    while (shelflife_str_starts(name, STR("./")))
        name = shelflife_str_after(name, 2);
    return name.len <= NAME_MAX_BYTES ? name : (str){0};
}

static bool visit_all(tar *t, struct archive *a, visitor *visit, void *context, error *err)
{
    t->stop = false;
    while (!t->stop) {
        struct archive_entry *entry;
        int status = t->f.read_next_header(a, &entry);
        if (status == ARCHIVE_EOF)
            return true;
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
            return fail_archive(t, a, err);
        str name = name_of(t->f.entry_pathname(entry));
        if (name.len && !visit(t, a, entry, name, context, err))
            return false;
    }
    return true;
}

static bool go_through(tar *t, visitor *visit, void *context, error *err)
{
    if (t->passes++ > 0 && (!t->seekable || lseek(t->fd, 0, SEEK_SET) != 0))
        return shelflife_fail(err, SHELFLIFE_ERROR_IO,
                              "a pipe cannot be read twice, which this archive needs; write "
                              "it to a file");
    if (t->passes > SHELFLIFE_REGISTRY_ARCHIVE_PASSES_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                              "the archive would have to be read more than %d times",
                              SHELFLIFE_REGISTRY_ARCHIVE_PASSES_MAX);
    struct archive *a = t->f.read_new();
    if (!a)
        return shelflife_fail_memory(err);
    bool ok = t->f.read_support_format_tar(a) == ARCHIVE_OK || fail_archive(t, a, err);
    ok = ok && add_filters(t, a, err);
    ok = ok && (t->f.read_open_fd(a, t->fd, BLOCK) == ARCHIVE_OK || fail_archive(t, a, err));
    ok = ok && visit_all(t, a, visit, context, err);
    t->f.read_free(a);
    return ok;
}

/* ---- What is kept ---- */

static bool looks_like_json(str bytes)
{
    bytes = shelflife_str_trim(bytes);
    return bytes.len > 0 && (bytes.at[0] == '{' || bytes.at[0] == '[');
}

static bool keep(tar *t, enum member_kind kind, str name, str bytes, error *err)
{
    struct member m = {.kind = kind};
    if (t->count == MEMBERS_MAX ||
        t->memory.used + name.len + bytes.len + 128 > SHELFLIFE_REGISTRY_ARCHIVE_KEPT_MAX)
        return true;
    if (!shelflife_grow(&t->members, &t->capacity, t->count + 1, sizeof(m)))
        return shelflife_fail_memory(err);
    if (!shelflife_arena_copy(&t->memory, name, &m.name) ||
        !shelflife_arena_copy(&t->memory, bytes, &m.bytes))
        return shelflife_arena_fail(&t->memory, err);
    t->members[t->count++] = m;
    return true;
}

/* Reads a small member if it looks like JSON. `bytes` is used again for the next one. */
static bool keep_file(tar *t, struct archive *a, str name, buffer *bytes, error *err)
{
    shelflife_buffer_reset(bytes);
    for (;;) {
        la_ssize_t n = t->f.read_data(a, t->block, sizeof(t->block));
        if (n < 0)
            return fail_archive(t, a, err);
        if (n == 0)
            return keep(t, MEMBER_FILE, name, shelflife_buffer_str(bytes), err);
        shelflife_buffer_append(bytes, (str){t->block, (size_t)n});
        if (bytes->failed || !looks_like_json(shelflife_buffer_str(bytes)))
            return true;
    }
}

static bool visit_first(tar *t, struct archive *a, struct archive_entry *entry, str name, void *context,
                        error *err)
{
    const char *symlink = t->f.entry_symlink(entry), *hardlink = t->f.entry_hardlink(entry);
    if (hardlink)
        return keep(t, MEMBER_HARDLINK, name, name_of(hardlink), err);
    if (symlink)
        return keep(t, MEMBER_SYMLINK, name, name_of(symlink), err);
    la_int64_t size = t->f.entry_size(entry);
    if (t->f.entry_filetype(entry) != AE_IFREG || size <= 0 || size > SHELFLIFE_REGISTRY_ARCHIVE_MEMBER_MAX)
        return true;
    return keep_file(t, a, name, context, err);
}

static bool read_first(tar *t, error *err)
{
    buffer bytes;
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_ARCHIVE_MEMBER_MAX);
    bool ok = go_through(t, visit_first, &bytes, err);
    shelflife_buffer_free(&bytes);
    return ok;
}

struct shelflife_registry_archive *shelflife_registry_archive_open(const char *path, error *err)
{
    tar *t = shelflife_calloc(1, sizeof(*t));
    if (!t) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_arena_init(&t->memory, SHELFLIFE_REGISTRY_ARCHIVE_KEPT_MAX);
    t->fd = shelflife_file_open(path, err);
    t->seekable = t->fd >= 0 && lseek(t->fd, 0, SEEK_CUR) >= 0;
    if (t->fd < 0 || !open_library(t, err) || !read_first(t, err)) {
        shelflife_error_prefix(err, "%s", path);
        shelflife_registry_archive_free(t);
        return NULL;
    }
    return t;
}

void shelflife_registry_archive_free(struct shelflife_registry_archive *archive)
{
    if (!archive)
        return;
    if (archive->library)
        dlclose(archive->library);
    if (archive->fd >= 0)
        close(archive->fd);
    shelflife_arena_free(&archive->memory);
    shelflife_free(archive->members);
    shelflife_free(archive);
}

/* ---- Reading a member ---- */

static const struct member *find_member(const tar *t, str name)
{
    for (size_t i = 0; i < t->count; i++)
        if (shelflife_str_equal(t->members[i].name, name))
            return &t->members[i];
    return NULL;
}

/* Goes from a folder, which is in the buffer, along a path. False if that leaves the archive. */
static bool go_along(buffer *at, str path)
{
    while (path.len) {
        size_t slash = shelflife_str_find(path, '/');
        str part = shelflife_str_first(path, slash);
        path = slash == SIZE_MAX ? (str){0} : shelflife_str_after(path, slash + 1);
        if (shelflife_str_equal(part, STR("..")) && at->len == 0)
            return false;
        if (shelflife_str_equal(part, STR(".."))) {
            size_t end = shelflife_str_find_last(shelflife_buffer_str(at), '/');
            at->len = end == SIZE_MAX ? 0 : end;
        } else if (part.len && !shelflife_str_equal(part, STR("."))) {
            shelflife_buffer_append(at, at->len ? STR("/") : STR(""));
            shelflife_buffer_append(at, part);
        }
    }
    return !at->failed;
}

/* Follows links. The result is in the arena. A link that leads nowhere has no bytes. */
static bool resolve(tar *t, str name, arena *a, str *out)
{
    for (unsigned hop = 0; hop < HOPS_MAX; hop++) {
        const struct member *m = find_member(t, name);
        *out = name;
        if (!m || m->kind == MEMBER_FILE)
            return true;
        buffer at;
        shelflife_buffer_init(&at, 2 * NAME_MAX_BYTES + 2);
        size_t folder = m->kind == MEMBER_SYMLINK ? shelflife_str_find_last(name, '/') : SIZE_MAX;
        bool absolute = shelflife_str_starts(m->bytes, STR("/"));
        bool ok = (folder == SIZE_MAX || absolute || go_along(&at, shelflife_str_first(name, folder))) &&
                  go_along(&at, m->bytes) && shelflife_arena_copy(a, shelflife_buffer_str(&at), &name);
        shelflife_buffer_free(&at);
        if (!ok)
            return false;
    }
    return false;
}

struct search {
    str name;
    shelflife_registry_sink *sink;
    void *context;
    bool found;
};

static bool visit_search(tar *t, struct archive *a, struct archive_entry *entry, str name, void *context,
                         error *err)
{
    struct search *s = context;
    if (!shelflife_str_equal(name, s->name) || t->f.entry_filetype(entry) != AE_IFREG)
        return true;
    s->found = true;
    t->stop = true;
    for (;;) {
        la_ssize_t n = t->f.read_data(a, t->block, sizeof(t->block));
        if (n < 0)
            return fail_archive(t, a, err);
        if (n == 0)
            return true;
        if (!s->sink(s->context, (str){t->block, (size_t)n}, err))
            return false;
    }
}

bool shelflife_registry_archive_read(struct shelflife_registry_archive *archive, str name,
                                     shelflife_registry_sink *sink, void *context, bool *found, error *err)
{
    CLEANUP(shelflife_arena_free) arena memory;
    shelflife_arena_init(&memory, (size_t)HOPS_MAX * 4 * NAME_MAX_BYTES);
    *found = false;
    if (!resolve(archive, name, &memory, &name))
        return true;
    const struct member *m = find_member(archive, name);
    *found = m != NULL;
    if (m)
        return sink(context, m->bytes, err);
    struct search search = {.name = name, .sink = sink, .context = context};
    bool ok = go_through(archive, visit_search, &search, err);
    *found = search.found;
    return ok;
}
