/* Walks through what the user names: files, folders and lists of images. */
#include "audit/walk.h"
#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "audit/auditor.h"
#include "audit/ignore.h"
#include "file/file.h"
#include "inputs/inputs.h"

enum { FOLDERS_MAX = 64 /* in one another */ };

typedef struct shelflife_audit audit;

struct walk {
    audit *audit;
    struct shelflife_audit_ignore excluded; /* by options */
    struct shelflife_audit_ignore ignored;  /* by the files of the folders that are open */
    struct shelflife_input_parts *parts;
    bool scans;    /* only collects the parts of kustomizations */
    uint64_t read; /* files in which something was found, or that have a problem */
};

/* A file or a folder in a folder. */
struct item {
    const char *path;
    str name;    /* without its folder */
    bool hidden; /* its folder is */
    unsigned depth;
};

static bool walk_folder(struct walk *w, const char *path, bool hidden, unsigned depth, error *err);

/* ---- Problems ---- */

static bool note(struct walk *w, const char *path, error *err, const char *format, ...)
    SHELFLIFE_PRINTF(4, 5);

static bool note(struct walk *w, const char *path, error *err, const char *format, ...)
{
    error text = {0};
    va_list list;
    va_start(list, format);
    vsnprintf(text.text, sizeof(text.text), format, list);
    va_end(list);
    const struct shelflife_audit_problem problem = {.source = shelflife_audit_name_of(path),
                                                    .text = shelflife_str_of(text.text)};
    w->read++;
    return shelflife_audit_note(w->audit, &problem, err);
}

/* A file in a folder that cannot be opened does not stop the others. */
static bool note_failure(struct walk *w, const char *path, const error *why, error *err)
{
    if (why->kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(err);
    str text = shelflife_str_of(why->text), name = shelflife_audit_name_of(path);
    if (shelflife_str_starts(text, name) &&
        shelflife_str_starts(shelflife_str_after(text, name.len), STR(": ")))
        text = shelflife_str_after(text, name.len + 2);
    w->audit->sources++;
    return note(w, path, err, "%.*s", STR_PRINT(text));
}

static bool skip(struct walk *w, enum shelflife_audit_skip why, const char *path, error *err)
{
    return w->scans || shelflife_audit_skip(w->audit, why, shelflife_audit_name_of(path), 1, err);
}

/* A file that another one may use. */
static bool skip_file(struct walk *w, enum shelflife_audit_skip why, const char *path, error *err)
{
    return w->scans || shelflife_audit_skip_file(w->audit, why, shelflife_audit_name_of(path), err);
}

/* ---- Patterns ---- */

static bool is_left_out(const struct walk *w, const char *path, bool is_folder)
{
    str name = shelflife_audit_name_of(path);
    str absolute = shelflife_str_after(name, shelflife_str_starts(name, STR("/")));
    enum shelflife_audit_ignored ignored = shelflife_audit_ignore_match(&w->excluded, absolute, is_folder);
    if (ignored == SHELFLIFE_AUDIT_IGNORE_UNKNOWN)
        ignored = shelflife_audit_ignore_match(&w->ignored, name, is_folder);
    return ignored == SHELFLIFE_AUDIT_IGNORE_LEFT_OUT;
}

/* Reads the patterns of a folder: "folder/", or "" for the current one. */
static bool read_ignored(struct walk *w, const char *folder, error *err)
{
    CLEANUP(cleanup_free) char *path = NULL;
    CLEANUP(shelflife_buffer_free) buffer text;
    error why = {0};
    shelflife_buffer_init(&text, SHELFLIFE_AUDIT_IGNORE_BYTES_MAX);
    bool slash = *folder && !shelflife_str_ends(shelflife_str_of(folder), STR("/"));
    if (asprintf(&path, "%s%s" SHELFLIFE_AUDIT_IGNORE_FILE, folder, slash ? "/" : "") < 0)
        return shelflife_fail_memory(err);
    struct stat status;
    if (lstat(path, &status) != 0)
        return true;
    str name = shelflife_audit_name_of(path);
    size_t base = name.len - (sizeof(SHELFLIFE_AUDIT_IGNORE_FILE) - 1);
    if (!shelflife_file_read(path, &text, &why) ||
        !shelflife_audit_ignore_read(&w->ignored, shelflife_buffer_str(&text), base, name.at, &why))
        return why.kind == SHELFLIFE_ERROR_MEMORY
                   ? shelflife_fail_memory(err)
                   : shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s", why.text);
    return true;
}

/* Those of the current folder, and of the folders down to the one that is named, which it reads itself. */
static bool read_ignored_above(struct walk *w, const char *folder, error *err)
{
    str name = shelflife_audit_name_of(folder);
    if (shelflife_str_starts(name, STR("/")) || shelflife_str_equal(name, STR(".")))
        return true;
    for (size_t i = 0; i + 1 < name.len; i++)
        if (name.at[i] == '.' && name.at[i + 1] == '.')
            return true; /* it is not below the current folder */
    if (!read_ignored(w, "", err))
        return false;
    for (size_t i = 0; i + 1 < name.len; i++) {
        if (name.at[i] != '/')
            continue;
        CLEANUP(cleanup_free) char *above = strndup(name.at, i);
        if (!above)
            return shelflife_fail_memory(err);
        if (!read_ignored(w, above, err))
            return false;
    }
    return true;
}

/* ---- Files ---- */

static bool is_manifest(str name)
{
    static const char *const endings[] = {".yaml", ".yml", ".json"};
    for (size_t i = 0; i < COUNT(endings); i++)
        if (shelflife_str_ends(name, shelflife_str_of(endings[i])))
            return true;
    return false;
}

static bool read_file(struct walk *w, const char *path, const struct shelflife_input_format *format,
                      bool named, error *err)
{
    struct shelflife_audit_read read = {0};
    error why = {0};
    bool ok = format ? shelflife_audit_read_input(w->audit, path, format, named, &read, &why)
                     : shelflife_audit_read_manifests(w->audit, path, named, &read, &why);
    if (!ok && named)
        return shelflife_fail(err, why.kind, "%s", why.text);
    if (!ok)
        return note_failure(w, path, &why, err);
    w->read += read.objects || read.skipped || read.problems || (format && !read.notes);
    bool nothing = !format && !read.objects && !read.skipped && !read.problems;
    return named || !(nothing || read.strange) || skip_file(w, SHELFLIFE_AUDIT_SKIP_NO_OBJECT, path, err);
}

static bool scan_file(struct walk *w, const char *path, const struct shelflife_input_format *format,
                      error *err)
{
    CLEANUP(shelflife_buffer_free) buffer text;
    error why = {0};
    shelflife_buffer_init(&text, SHELFLIFE_AUDIT_INPUT_BYTES_MAX);
    if (format != &shelflife_input_kustomization)
        return true;
    if (!shelflife_file_read(path, &text, &why))
        return why.kind != SHELFLIFE_ERROR_MEMORY || shelflife_fail_memory(err);
    return shelflife_input_parts_add(w->parts, path, shelflife_buffer_str(&text), NULL, err);
}

static bool walk_file(struct walk *w, const struct item *item, error *err)
{
    const struct shelflife_input_format *format = shelflife_input_format_of(item->path);
    bool hidden = item->hidden || item->name.at[0] == '.';
    if (w->scans)
        return scan_file(w, item->path, format, err);
    if (!format && shelflife_str_equal(item->name, STR(SHELFLIFE_AUDIT_IGNORE_FILE)))
        return true;
    if (!format && hidden)
        return skip_file(w, SHELFLIFE_AUDIT_SKIP_HIDDEN_FILE, item->path, err);
    if (!format && !is_manifest(item->name))
        return skip_file(w, SHELFLIFE_AUDIT_SKIP_OTHER_FILE, item->path, err);
    if (shelflife_input_parts_of(w->parts, item->path).len)
        return skip(w, SHELFLIFE_AUDIT_SKIP_PART, item->path, err);
    return read_file(w, item->path, format, false, err);
}

/* ---- Folders ---- */

/* Links to folders are not followed, as they may lead round in circles. */
static bool walk_item(struct walk *w, const struct item *item, error *err)
{
    struct stat status;
    if (lstat(item->path, &status) != 0) {
        error why = {0};
        shelflife_fail(&why, SHELFLIFE_ERROR_IO, "cannot be read: %s", strerror(errno));
        return w->scans || note_failure(w, item->path, &why, err);
    }
    bool is_folder = S_ISDIR(status.st_mode), is_link = S_ISLNK(status.st_mode);
    if (is_left_out(w, item->path, is_folder))
        return skip(w, SHELFLIFE_AUDIT_SKIP_EXCLUDED, item->path, err);
    if (is_folder && item->name.at[0] == '.' && !shelflife_input_in_hidden_folder(item->name))
        return skip(w, SHELFLIFE_AUDIT_SKIP_HIDDEN_FOLDER, item->path, err);
    if (is_folder)
        return walk_folder(w, item->path, item->hidden || item->name.at[0] == '.', item->depth + 1, err);
    if (is_link && stat(item->path, &status) == 0 && S_ISDIR(status.st_mode))
        return skip(w, SHELFLIFE_AUDIT_SKIP_LINK, item->path, err);
    return S_ISREG(status.st_mode) ? walk_file(w, item, err)
                                   : skip(w, SHELFLIFE_AUDIT_SKIP_OTHER_FILE, item->path, err);
}

static str last_part(const char *path)
{
    str whole = shelflife_str_of(path);
    size_t slash = shelflife_str_find_last(whole, '/');
    return slash == SIZE_MAX ? whole : shelflife_str_after(whole, slash + 1);
}

static bool has_chart(const struct shelflife_file_list *items)
{
    for (size_t i = 0; i < items->count; i++)
        if (shelflife_str_equal(last_part(items->at[i]), STR("Chart.yaml")))
            return true;
    return false;
}

/* What only the reader of a chart can read, in the folder of the chart. What else is there is not the
   chart's, such as the Dockerfile of a repository that is a chart. */
static bool is_of_chart(str name)
{
    static const str names[] = {STR_INIT("charts"), STR_INIT("templates"), STR_INIT("values.yaml")};
    for (size_t i = 0; i < COUNT(names); i++)
        if (shelflife_str_equal(name, names[i]))
            return true;
    return false;
}

static bool walk_items(struct walk *w, const struct shelflife_file_list *items, bool hidden, unsigned depth,
                       error *err)
{
    bool chart = has_chart(items), ok = true;
    for (size_t i = 0; ok && i < items->count; i++) {
        audit *a = w->audit;
        a->interrupted = a->interrupted || shelflife_audit_cancelled(a);
        if (a->interrupted)
            break;
        const struct item item = {items->at[i], last_part(items->at[i]), hidden, depth};
        ok = chart && is_of_chart(item.name) ? skip(w, SHELFLIFE_AUDIT_SKIP_PART, item.path, err)
                                             : walk_item(w, &item, err);
    }
    return ok;
}

static bool walk_folder(struct walk *w, const char *path, bool hidden, unsigned depth, error *err)
{
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list items = {0};
    error why = {0};
    size_t before = w->ignored.count;
    if (depth > FOLDERS_MAX)
        return w->scans ||
               note(w, path, err, "is nested too deeply: directories are nested more than %d deep",
                    FOLDERS_MAX);
    if (!shelflife_file_list_all(&items, path, &why)) {
        error text = {.kind = why.kind};
        snprintf(text.text, sizeof(text.text), "cannot be read: %.200s", why.text);
        return (w->scans && why.kind != SHELFLIFE_ERROR_MEMORY) || note_failure(w, path, &text, err);
    }
    bool ok = read_ignored(w, shelflife_str_equal(shelflife_str_of(path), STR(".")) ? "" : path, err) &&
              walk_items(w, &items, hidden, depth, err);
    shelflife_audit_ignore_cut(&w->ignored, before);
    return ok;
}

/* ---- What the user names ---- */

/* Nothing in what was named: most likely a mistake. */
static bool note_nothing(struct walk *w, const char *path, const char *what, error *err)
{
    const struct shelflife_audit_problem problem = {
        .source = shelflife_audit_name_of(path), .text = shelflife_str_of(what), .empty = true};
    return w->read || w->audit->options.allow_empty || w->audit->interrupted ||
           shelflife_audit_note(w->audit, &problem, err);
}

static bool read_named_folder(struct walk *w, const char *path, error *err)
{
    w->parts = shelflife_input_parts_new();
    if (!w->parts)
        return shelflife_fail_memory(err);
    if (!read_ignored_above(w, path, err))
        return false;
    w->scans = true;
    if (!walk_folder(w, path, false, 1, err))
        return false;
    w->scans = false;
    return walk_folder(w, path, false, 1, err) &&
           note_nothing(
               w, path,
               "contains nothing to audit: no file in it has a Kubernetes object, or is a Dockerfile, "
               "a Compose file or a CI file (--allow-empty accepts that)",
               err);
}

static bool read_named(struct walk *w, const char *path, error *err)
{
    struct stat status;
    bool is_stdin = strcmp(path, "-") == 0;
    if (!is_stdin && stat(path, &status) != 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%s: cannot be read: %s", path, strerror(errno));
    if (!is_stdin && S_ISDIR(status.st_mode))
        return read_named_folder(w, path, err);
    const struct shelflife_input_format *format = is_stdin ? NULL : shelflife_input_format_of(path);
    return read_file(w, path, format, true, err) &&
           (format ||
            note_nothing(w, path,
                         "contains no Kubernetes object, as YAML or JSON (--allow-empty accepts that)", err));
}

static bool add_excluded(struct walk *w, error *err)
{
    const struct shelflife_audit_options *o = &w->audit->options;
    for (size_t i = 0; i < o->excluded_count; i++) {
        error why = {0};
        if (!shelflife_audit_ignore_add(&w->excluded, shelflife_str_of(o->excluded[i]), 0, &why))
            return why.kind == SHELFLIFE_ERROR_MEMORY
                       ? shelflife_fail_memory(err)
                       : shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--exclude \"%s\": %s", o->excluded[i],
                                        why.text);
    }
    return true;
}

bool shelflife_audit_path(audit *a, const char *path, error *err)
{
    struct walk w = {.audit = a};
    bool ok = add_excluded(&w, err) && read_named(&w, path, err);
    shelflife_audit_ignore_free(&w.excluded);
    shelflife_audit_ignore_free(&w.ignored);
    shelflife_input_parts_free(w.parts);
    return ok;
}

bool shelflife_audit_image_list(audit *a, const char *path, error *err)
{
    struct walk w = {.audit = a};
    struct shelflife_audit_read read = {0};
    if (!shelflife_audit_read_images(a, path, &read, err))
        return false;
    w.read = read.objects || read.problems;
    return note_nothing(&w, path,
                        "contains no image: one on each line is expected (--allow-empty accepts that)", err);
}
