#include "audit/reading.h"
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/file.h"
#include "json/unicode.h"

enum {
    CHUNK = 256 << 10,
    LINE_MAX_BYTES = 4096, /* of a list of images */
};

typedef struct shelflife_audit audit;

/* A file that is being read. */
struct source {
    struct shelflife_audit_reading reading;
    int fd;
    char *chunk;
    size_t len, used; /* of the chunk */
    bool over;
};

/* ---- Reading ---- */

/* Waits until there is something to read, so that an end can be asked for meanwhile. */
static bool wait_for_bytes(struct source *s)
{
    enum { LOOK_EACH = 200 /* milliseconds */ };
    struct pollfd fd = {.fd = s->fd, .events = POLLIN};
    while (!shelflife_audit_cancelled(s->reading.audit))
        if (poll(&fd, 1, LOOK_EACH) != 0)
            return true;
    s->reading.audit->interrupted = true;
    return false;
}

/* Fills the chunk, unless something of it is left. */
static bool fill(struct source *s, error *err)
{
    while (s->used == s->len && !s->over) {
        if (!wait_for_bytes(s))
            return shelflife_fail(err, SHELFLIFE_ERROR_IO, "interrupted");
        ssize_t n = read(s->fd, s->chunk, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot be read: %s", strerror(errno));
        s->used = 0;
        s->len = (size_t)n;
        s->over = n == 0;
    }
    return true;
}

static bool give_bytes(void *context, char *to, size_t size, size_t *got, error *err)
{
    struct source *s = context;
    *got = 0;
    if (!fill(s, err))
        return s->reading.audit->interrupted; /* what was read until then counts */
    *got = s->len - s->used < size ? s->len - s->used : size;
    memcpy(to, s->chunk + s->used, *got);
    s->used += *got;
    return true;
}

static bool read_objects(struct source *s, error *err)
{
    return shelflife_audit_reading_manifests(&s->reading, give_bytes, s, err);
}

/* ---- Lists of images ---- */

static bool add_line(struct source *s, str line, uint64_t number, error *err)
{
    while (line.len && strchr(" \t\r", line.at[0]))
        line = shelflife_str_after(line, 1);
    while (line.len && strchr(" \t\r", line.at[line.len - 1]))
        line = shelflife_str_first(line, line.len - 1);
    if (line.len == 0 || line.at[0] == '#')
        return true;
    s->reading.read.objects++;
    const struct shelflife_input_image image = {
        .image = line, .kind = STR("Image"), .place = {s->reading.source.name, (uint32_t)number, 1}};
    return shelflife_audit_rollup_add_input(&s->reading.audit->rollup, &image, err);
}

/* The lines of a list that have been read so far. */
struct lines {
    char line[LINE_MAX_BYTES];
    size_t len;
    uint64_t number;
};

static bool add_lines(struct source *s, struct lines *l, str text, error *err)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c != '\n') {
            if (l->len < sizeof(l->line))
                l->line[l->len++] = c; /* ignore the rest of a line that is too long for a reference */
            continue;
        }
        if (!add_line(s, (str){l->line, l->len}, l->number, err))
            return false;
        l->len = 0;
        l->number++;
    }
    return true;
}

static bool read_images(struct source *s, error *err)
{
    static const str mark = STR_INIT(SHELFLIFE_JSON_BOM);
    CLEANUP(shelflife_buffer_free) buffer text;
    struct shelflife_json_unicode unicode = {0};
    struct lines lines = {.number = 1};
    error why = {0};
    shelflife_buffer_init(&text, SIZE_MAX / 2);
    for (bool first = true; !s->over;) {
        if (!fill(s, &why))
            return shelflife_audit_reading_note(&s->reading, &why, (struct shelflife_json_position){0}, false,
                                                err);
        shelflife_buffer_reset(&text);
        shelflife_json_unicode_append(&unicode, (str){s->chunk + s->used, s->len - s->used}, s->over, &text);
        s->used = s->len;
        if (text.failed)
            return shelflife_fail_memory(err);
        str some = shelflife_buffer_str(&text);
        if (first && shelflife_str_starts(some, mark))
            some = shelflife_str_after(some, mark.len);
        first = first && !some.len;
        if (!add_lines(s, &lines, some, err))
            return false;
    }
    return add_line(s, (str){lines.line, lines.len}, lines.number, err);
}

/* ---- Files ---- */

str shelflife_audit_name_of(const char *path)
{
    str name = shelflife_str_of(path);
    while (shelflife_str_starts(name, STR("./")) && name.len > 2) {
        name = shelflife_str_after(name, 2);
        while (shelflife_str_starts(name, STR("/")))
            name = shelflife_str_after(name, 1);
    }
    return shelflife_str_equal(name, STR("-")) ? shelflife_str_of(path) : name;
}

static bool read_source(struct source *s, bool (*read)(struct source *, error *), error *err)
{
    struct stat status;
    s->reading.is_stdin = s->fd == STDIN_FILENO;
    s->reading.source.is_file = fstat(s->fd, &status) == 0 && S_ISREG(status.st_mode);
    s->chunk = malloc(CHUNK);
    s->reading.audit->sources++;
    bool ok = s->chunk ? read(s, err) : shelflife_fail_memory(err);
    free(s->chunk);
    return ok;
}

static bool read_file(struct source *s, const char *path, bool (*read)(struct source *, error *), error *err)
{
    error why = {0};
    s->reading.source.name = shelflife_audit_name_of(path);
    s->fd = STDIN_FILENO;
    if (strcmp(path, "-") == 0)
        return read_source(s, read, err);
    s->fd = shelflife_file_open(path, &why);
    if (s->fd < 0)
        return shelflife_fail(err, why.kind, "%.*s: cannot be read: %s", STR_PRINT(s->reading.source.name),
                              why.text);
    bool ok = read_source(s, read, err);
    close(s->fd);
    return ok;
}

bool shelflife_audit_read_manifests(audit *a, const char *path, bool named, struct shelflife_audit_read *read,
                                    error *err)
{
    struct source s = {.reading = {.audit = a, .named = named}};
    bool ok = read_file(&s, path, read_objects, err);
    *read = s.reading.read;
    return ok;
}

bool shelflife_audit_read_images(audit *a, const char *path, struct shelflife_audit_read *read, error *err)
{
    struct source s = {.reading = {.audit = a, .named = true}};
    bool ok = read_file(&s, path, read_images, err);
    *read = s.reading.read;
    return ok;
}
