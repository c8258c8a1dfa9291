#include "inputs/reading.h"

#include "inputs/files.h"

typedef struct shelflife_input_reading reading;
typedef struct shelflife_input_reading_file file;
typedef struct shelflife_input_place place;

/* ---- Limits and reports ---- */

static bool exceed(reading *r, const char *limit)
{
    r->limit = limit;
    return false;
}

bool shelflife_input_reading_full(reading *r)
{
    if (!r->arena.limited)
        return shelflife_fail_memory(r->err);
    return exceed(r, "what it repeats and merges needs more than 64 MiB of memory");
}

bool shelflife_input_reading_room(reading *r, buffer *b)
{
    return shelflife_buffer_reserve(b, b->limit) || shelflife_fail_memory(r->err);
}

bool shelflife_input_reading_step(reading *r)
{
    if (r->options->cancel && atomic_load(r->options->cancel))
        return exceed(r, "the audit was interrupted");
    return ++r->steps <= SHELFLIFE_INPUT_READING_STEPS_MAX ||
           exceed(r, "it has more than 1000000 combinations");
}

bool shelflife_input_reading_image(reading *r, const struct shelflife_input_image *image)
{
    if (r->images++ == SHELFLIFE_INPUT_READING_IMAGES_MAX)
        return exceed(r, "it has more than 10000 images");
    return r->sink->image(r->sink->context, image, r->err);
}

static bool give_unread(reading *r, const struct shelflife_input_unread *unread)
{
    if (r->unreads++ == SHELFLIFE_INPUT_READING_UNREADS_MAX)
        return exceed(r, "more than 1000 parts of it cannot be read");
    return r->sink->unread(r->sink->context, unread, r->err);
}

bool shelflife_input_reading_unread(reading *r, place at, const char *format, ...)
{
    char text[SHELFLIFE_ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return give_unread(r, &(struct shelflife_input_unread){.place = at, .why = shelflife_str_of(text)});
}

bool shelflife_input_reading_format(reading *r, str *out, const char *format, ...)
{
    char text[SHELFLIFE_ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return shelflife_arena_copy(&r->arena, shelflife_str_of(text), out) || shelflife_input_reading_full(r);
}

bool shelflife_input_reading_phrase(reading *r, str a, str b, str *out)
{
    if (a.len && b.len && !shelflife_str_equal(a, b))
        return shelflife_input_reading_format(r, out, "%.*s, %.*s", STR_PRINT(a), STR_PRINT(b));
    *out = a.len ? a : b;
    return true;
}

/* ---- Paths ---- */

str shelflife_input_reading_folder(str path)
{
    size_t slash = shelflife_str_find_last(path, '/');
    return slash == SIZE_MAX ? (str){0} : shelflife_str_first(path, slash ? slash : 1);
}

/* Takes the first name of a path. */
static str next_name(str *path)
{
    size_t slash = shelflife_str_find(*path, '/');
    str name = shelflife_str_first(*path, slash == SIZE_MAX ? path->len : slash);
    *path = shelflife_str_after(*path, slash == SIZE_MAX ? path->len : slash + 1);
    return name;
}

static void append_name(buffer *out, str name)
{
    str last = shelflife_buffer_str(out);
    size_t slash = shelflife_str_find_last(last, '/');
    last = slash == SIZE_MAX ? last : shelflife_str_after(last, slash + 1);
    if (name.len == 0 || shelflife_str_equal(name, STR(".")))
        return;
    if (shelflife_str_equal(name, STR("..")) && last.len && !shelflife_str_equal(last, STR("..")) &&
        !shelflife_str_equal(last, STR("."))) {
        out->len -= last.len;
        out->len -= out->len > 1; /* the slash, unless it is the root */
        return;
    }
    if (out->len && out->at[out->len - 1] != '/')
        shelflife_buffer_byte(out, '/');
    shelflife_buffer_append(out, name);
}

bool shelflife_input_reading_join(reading *r, str folder, str path, str *out)
{
    CLEANUP(shelflife_buffer_free) buffer joined;
    bool absolute = shelflife_str_starts(path, STR("/"));
    shelflife_buffer_init(&joined, SIZE_MAX / 2);
    shelflife_buffer_append(&joined, absolute ? STR("/") : folder);
    while (path.len)
        append_name(&joined, next_name(&path));
    if (joined.failed)
        return shelflife_fail_memory(r->err);
    str text = joined.len ? shelflife_buffer_str(&joined) : STR(".");
    return shelflife_arena_copy(&r->arena, text, out) || shelflife_input_reading_full(r);
}

size_t shelflife_input_reading_find(str text, str what)
{
    const char *at = text.len ? memmem(text.at, text.len, what.at, what.len) : NULL;
    return at ? (size_t)(at - text.at) : SIZE_MAX;
}

/* ---- Files ---- */

bool shelflife_input_reading_exists(const reading *r, str path)
{
    return shelflife_input_files_exists(r->options->files, path.at);
}

bool shelflife_input_reading_text(reading *r, str path, place from, str *text, bool *got)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    error why = {0};
    shelflife_buffer_init(&bytes, SHELFLIFE_INPUT_READING_FILE_MAX);
    *got = shelflife_str_find(path, '\0') == SIZE_MAX &&
           shelflife_input_files_read(r->options->files, path.at, &bytes, &why);
    if (why.kind == SHELFLIFE_ERROR_MEMORY)
        return shelflife_fail_memory(r->err);
    if (!*got)
        return shelflife_input_reading_unread(r, from, "%s",
                                              *why.text ? why.text : "the path contains a NUL");
    if (r->sink->used && !r->sink->used(r->sink->context, path, r->err))
        return false;
    return shelflife_arena_copy(&r->arena, shelflife_buffer_str(&bytes), text) ||
           shelflife_input_reading_full(r);
}

static bool parse(reading *r, file *f, str text)
{
    error why = {0};
    place at = {.file = f->path};
    struct shelflife_input_unread unread = {.whole = f == r->files[0]};
    if (shelflife_input_node_read(&r->arena, f->path, text, r->merges, &f->documents, &at, &why)) {
        size_t count = f->documents.count;
        const struct shelflife_input_node *last = count ? f->documents.at[count - 1] : NULL;
        if (shelflife_input_node_is(last, SHELFLIFE_INPUT_NODE_MAP))
            return true;
        bool empty = !last || last->type == SHELFLIFE_INPUT_NODE_NULL;
        f->documents.count = 0;
        unread.place = empty ? at : last->place;
        unread.why = empty ? STR("it is empty") : STR("a map (\"key: value\") is expected here");
        return (empty && !unread.whole) || give_unread(r, &unread);
    }
    f->documents.count = 0;
    if (why.kind != SHELFLIFE_ERROR_INPUT)
        return shelflife_input_reading_full(r);
    unread.place = at;
    unread.why = shelflife_str_of(why.text);
    return give_unread(r, &unread);
}

static file *add_file(reading *r, str path)
{
    file *f = shelflife_arena_alloc(&r->arena, sizeof(*f));
    if (f)
        *f = (file){.path = path};
    if (f)
        r->files[r->file_count++] = f;
    return f;
}

bool shelflife_input_reading_load(reading *r, str path, place from, const file **out)
{
    str text = {0};
    bool got = false;
    *out = NULL;
    for (size_t i = 0; i < r->file_count && !*out; i++)
        if (shelflife_str_equal(r->files[i]->path, path))
            *out = r->files[i];
    if (*out)
        return true;
    if (r->file_count == SHELFLIFE_INPUT_READING_FILES_MAX)
        return exceed(r, "it refers to more than 200 files");
    file *f = add_file(r, path);
    *out = f;
    return f ? shelflife_input_reading_text(r, path, from, &text, &got) && (!got || parse(r, f, text))
             : shelflife_input_reading_full(r);
}

bool shelflife_input_reading_begin(reading *r, const char *path, str text,
                                   const struct shelflife_input_options *options,
                                   const struct shelflife_input_sink *sink,
                                   enum shelflife_input_merges merges, const file **root, error *err)
{
    *r = (reading){.options = options, .sink = sink, .err = err, .merges = merges};
    shelflife_arena_init(&r->arena, SHELFLIFE_INPUT_READING_MEMORY_MAX);
    r->path = shelflife_str_of(path);
    file *f = add_file(r, r->path);
    *root = f;
    if (!f)
        return shelflife_input_reading_full(r);
    if (text.len > SHELFLIFE_INPUT_READING_FILE_MAX)
        return exceed(r, "it is larger than 8 MiB");
    return parse(r, f, text);
}

bool shelflife_input_reading_end(reading *r, bool ok)
{
    char why[SHELFLIFE_ERROR_TEXT_MAX];
    r->unreads = 0; /* there is room for this one */
    if (!ok && r->limit) {
        snprintf(why, sizeof(why), "%s: the rest is not read", r->limit);
        ok = give_unread(r, &(struct shelflife_input_unread){
                                .place = {.file = r->path}, .why = shelflife_str_of(why), .whole = true});
    }
    shelflife_arena_free(&r->arena);
    return ok;
}
