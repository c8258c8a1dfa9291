#include "audit/auditor.h"
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/internal.h"
#include "file/file.h"
#include "json/yaml.h"

enum {
    CHUNK = 256 << 10,
    LINE_MAX_BYTES = 4096, /* of a list of images */
    FOLDERS_MAX = 64,      /* in one another */
};

typedef struct shelflife_audit audit;

/* A file that is being read. */
struct source {
    audit *audit;
    str name; /* as it is reported */
    int fd;
    char *chunk;
    size_t len, used; /* of the chunk */
    bool over;
    uint64_t objects;
};

/* ---- Problems ---- */

/* A parser's message begins with the position, which is reported separately. */
static str without_position(str text)
{
    static const str end = STR_INIT("): ");
    if (shelflife_str_starts(text, STR("line ")))
        for (size_t i = 0; i + end.len <= text.len; i++)
            if (shelflife_str_starts(shelflife_str_after(text, i), end))
                return shelflife_str_after(text, i + end.len);
    return text;
}

static bool note(struct source *s, const error *why, struct shelflife_json_position at, error *err)
{
    struct shelflife_audit_problem problem = {.source = s->name,
                                              .line = at.line,
                                              .column = at.column,
                                              .text = without_position(shelflife_str_of(why->text)),
                                              .part = s->objects > 0};
    if (why->kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    return shelflife_audit_note(s->audit, &problem, err);
}

/* ---- Reading ---- */

/* Waits until there is something to read, so that an end can be asked for meanwhile. */
static bool wait_for_bytes(struct source *s)
{
    enum { LOOK_EACH = 200 /* milliseconds */ };
    struct pollfd fd = {.fd = s->fd, .events = POLLIN};
    while (!shelflife_audit_cancelled(s->audit))
        if (poll(&fd, 1, LOOK_EACH) != 0)
            return true;
    s->audit->interrupted = true;
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

static bool on_object(void *context, const struct shelflife_audit_found_object *found, error *err)
{
    struct source *s = context;
    struct shelflife_audit_found_object object = *found;
    if (!object.namespace.len)
        object.namespace = shelflife_str_of(s->audit->options.namespace);
    s->objects++;
    if (s->audit->options.progress)
        atomic_fetch_add(&s->audit->options.progress->objects, 1);
    return shelflife_audit_rollup_add(&s->audit->rollup, &object, s->audit->owner_fields, s->name, true, err);
}

static struct shelflife_json_position json_position(const void *parser)
{
    return shelflife_json_parser_position(parser);
}

static bool feed_json(struct source *s, struct shelflife_json_parser *parser, error *err)
{
    while (fill(s, err)) {
        if (s->over)
            return shelflife_json_parser_finish(parser, err);
        str chunk = {s->chunk + s->used, s->len - s->used};
        s->used = s->len;
        if (!shelflife_json_parser_feed(parser, chunk, err))
            return false;
    }
    return false;
}

static bool read_json(struct source *s, struct shelflife_audit_objects *objects, error *err)
{
    error why = {0};
    struct shelflife_json_parser *parser =
        shelflife_json_parser_new(shelflife_audit_objects_event, objects, true);
    if (!parser)
        return shelflife_fail_memory(err);
    shelflife_audit_objects_begin(objects, (str){0}, (str){0}, json_position, parser);
    bool ok = feed_json(s, parser, &why) || note(s, &why, shelflife_json_parser_position(parser), err);
    shelflife_json_parser_free(parser);
    return ok;
}

static struct shelflife_json_position yaml_position(const void *yaml)
{
    return shelflife_yaml_position(yaml);
}

static bool yaml_input(void *context, char *to, size_t size, size_t *got, error *err)
{
    struct source *s = context;
    if (!fill(s, err))
        return false;
    *got = s->len - s->used < size ? s->len - s->used : size;
    memcpy(to, s->chunk + s->used, *got);
    s->used += *got;
    return true;
}

static bool read_yaml(struct source *s, struct shelflife_audit_objects *objects, error *err)
{
    error why = {0};
    struct shelflife_yaml *yaml = shelflife_yaml_new(SHELFLIFE_YAML_MANIFESTS);
    if (!yaml)
        return shelflife_fail_memory(err);
    shelflife_audit_objects_begin(objects, (str){0}, (str){0}, yaml_position, yaml);
    bool ok = shelflife_yaml_read(yaml, yaml_input, s, shelflife_audit_objects_event, objects, &why) ||
              note(s, &why, shelflife_yaml_position(yaml), err);
    shelflife_yaml_free(yaml);
    return ok;
}

/* Whether the text is JSON: its first character, after a byte order mark and white space, begins a map or an
   array. It could also be YAML in flow style, which is not used in practice. */
static bool sniff(struct source *s, bool *is_json, error *err)
{
    static const str mark = STR_INIT("\xef\xbb\xbf");
    *is_json = false;
    if (!fill(s, err))
        return false;
    str text = {s->chunk, s->len};
    if (shelflife_str_starts(text, mark))
        s->used = mark.len;
    for (size_t i = s->used; i < text.len; i++)
        if (!strchr(" \t\r\n", text.at[i])) {
            *is_json = text.at[i] == '{' || text.at[i] == '[';
            break;
        }
    return true;
}

static bool read_objects(struct source *s, error *err)
{
    bool is_json;
    error why = {0};
    if (!sniff(s, &is_json, &why))
        return note(s, &why, (struct shelflife_json_position){0}, err);
    struct shelflife_audit_objects *objects = shelflife_audit_objects_new(s->audit->shapes, on_object, s);
    if (!objects)
        return shelflife_fail_memory(err);
    bool ok = is_json ? read_json(s, objects, err) : read_yaml(s, objects, err);
    shelflife_audit_objects_free(objects);
    return ok;
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
    s->objects++;
    return shelflife_audit_rollup_add_image(&s->audit->rollup, line, s->name, number, err);
}

static bool read_images(struct source *s, error *err)
{
    error why = {0};
    char line[LINE_MAX_BYTES];
    size_t len = 0;
    uint64_t number = 1;
    while (fill(s, &why) && !s->over)
        for (; s->used < s->len; s->used++) {
            char c = s->chunk[s->used];
            if (c != '\n' && len < sizeof(line)) {
                line[len++] = c;
                continue;
            }
            if (c != '\n')
                continue; /* longer than any reference: ignore the rest */
            if (!add_line(s, (str){line, len}, number, err))
                return false;
            len = 0;
            number++;
        }
    if (!s->over)
        return note(s, &why, (struct shelflife_json_position){0}, err);
    return add_line(s, (str){line, len}, number, err);
}

/* ---- Files and folders ---- */

static bool read_source(audit *a, int fd, str name, bool (*read)(struct source *, error *), error *err)
{
    struct source s = {.audit = a, .name = name, .fd = fd, .chunk = malloc(CHUNK)};
    a->sources++;
    bool ok = s.chunk ? read(&s, err) : shelflife_fail_memory(err);
    free(s.chunk);
    return ok;
}

static bool note_unread(audit *a, const char *path, const char *what, const error *why, error *err)
{
    error text = {0};
    a->sources++;
    if (why->kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    shelflife_fail(&text, SHELFLIFE_ERROR_IO, "%s: %s", what, why->text);
    const struct shelflife_audit_problem problem = {.source = shelflife_str_of(path),
                                                    .text = shelflife_str_of(text.text)};
    return shelflife_audit_note(a, &problem, err);
}

static bool read_file(audit *a, const char *path, bool (*read)(struct source *, error *), error *err)
{
    error why = {0};
    str name = shelflife_str_of(path);
    if (shelflife_str_equal(name, STR("-")))
        return read_source(a, STDIN_FILENO, name, read, err);
    int fd = shelflife_file_open(path, &why);
    if (fd < 0)
        return note_unread(a, path, "cannot be read", &why, err);
    bool ok = read_source(a, fd, name, read, err);
    close(fd);
    return ok;
}

static bool is_manifest(str name)
{
    static const char *const endings[] = {".yaml", ".yml", ".json"};
    for (size_t i = 0; i < COUNT(endings); i++)
        if (shelflife_str_ends(name, shelflife_str_of(endings[i])))
            return true;
    return false;
}

static bool read_path(audit *a, const char *path, unsigned depth, bool named, error *err);

static bool read_folder(audit *a, const char *path, unsigned depth, error *err)
{
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list items = {0};
    error why = {0};
    bool ok = true;
    if (!shelflife_file_list_folder(&items, path, NULL, 0, &why))
        return note_unread(a, path, "cannot be read", &why, err);
    for (size_t i = 0; ok && i < items.count; i++) {
        a->interrupted = a->interrupted || shelflife_audit_cancelled(a);
        if (a->interrupted)
            break;
        ok = read_path(a, items.at[i], depth, false, err);
    }
    return ok;
}

/* `named`: by the user, so that its name need not look like a manifest's. Links to folders are not followed,
   as they may lead round in circles. */
static bool read_path(audit *a, const char *path, unsigned depth, bool named, error *err)
{
    struct stat status;
    error why = {0};
    if ((named ? stat : lstat)(path, &status) != 0) {
        shelflife_fail(&why, SHELFLIFE_ERROR_IO, "%s", strerror(errno));
        return note_unread(a, path, "cannot be read", &why, err);
    }
    if (S_ISDIR(status.st_mode)) {
        shelflife_fail(&why, SHELFLIFE_ERROR_LIMIT, "directories are nested more than %d deep", FOLDERS_MAX);
        return depth < FOLDERS_MAX ? read_folder(a, path, depth + 1, err)
                                   : note_unread(a, path, "is nested too deeply", &why, err);
    }
    if (named)
        return read_file(a, path, read_objects, err);
    bool file = S_ISREG(status.st_mode) ||
                (S_ISLNK(status.st_mode) && stat(path, &status) == 0 && S_ISREG(status.st_mode));
    return !file || !is_manifest(shelflife_str_of(path)) || read_file(a, path, read_objects, err);
}

bool shelflife_audit_path(audit *a, const char *path, error *err)
{
    return shelflife_str_equal(shelflife_str_of(path), STR("-")) ? read_file(a, path, read_objects, err)
                                                                 : read_path(a, path, 0, true, err);
}

bool shelflife_audit_image_list(audit *a, const char *path, error *err)
{
    return read_file(a, path, read_images, err);
}
