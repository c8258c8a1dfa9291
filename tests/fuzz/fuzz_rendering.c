/* rooms: audit inputs kube net file pki admission policy inventory catalog workload reference json base */
/*
 * Kustomizations and charts of any bytes, read without a program. The input is a number of files: each begins
 * with a line "=== NAME", and the first is the one that is read. What is reported has a place, and nothing
 * else is read.
 */
#include "unit/inputs_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES_MAX = 32 };

struct files {
    struct {
        str name, text;
    } at[FILES_MAX];
    size_t count;
};

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void split(str all, struct files *files)
{
    while (all.len) {
        str rest = all, line = shelflife_str_line(&rest);
        if (shelflife_str_starts(line, STR("=== ")) && files->count < FILES_MAX) {
            files->at[files->count].name = shelflife_str_after(line, 4);
            files->at[files->count++].text = (str){rest.at, 0};
        } else if (files->count) {
            files->at[files->count - 1].text.len += (size_t)(all.len - rest.len);
        }
        all = rest;
    }
}

static const str *find(const struct files *files, const char *path)
{
    for (size_t i = 0; i < files->count; i++)
        if (shelflife_str_equal(files->at[i].name, shelflife_str_of(path)))
            return &files->at[i].text;
    return NULL;
}

static bool read_file(void *context, const char *path, buffer *out, error *why)
{
    const str *text = find(context, path);
    if (!text)
        return shelflife_fail(why, SHELFLIFE_ERROR_IO, "no such file");
    shelflife_buffer_append(out, *text);
    return !out->failed || shelflife_fail(why, SHELFLIFE_ERROR_LIMIT, "too large");
}

static bool exists(void *context, const char *path)
{
    return find(context, path);
}

static bool on_image(void *context, const struct shelflife_input_image *image, error *err)
{
    check(image->place.file.len > 0);
    return tell_image(context, image, err);
}

static bool on_unread(void *context, const struct shelflife_input_unread *unread, error *err)
{
    check(unread->place.file.len > 0 && unread->why.len > 0);
    return tell_unread(context, unread, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const values[] = {"prod.yaml"};
    struct files files = {0};
    struct told t;
    error err = {0};
    split((str){(const char *)data, size}, &files);
    CLEANUP(cleanup_free)
    char *name = files.count ? strndup(files.at[0].name.at, files.at[0].name.len) : NULL;
    const struct shelflife_input_format *format = name && *name ? shelflife_input_format_of(name) : NULL;
    if (format != &shelflife_input_kustomization && format != &shelflife_input_chart)
        return 0;
    tell_new(&t);
    const struct shelflife_input_files virtual = {read_file, exists, &files};
    const struct shelflife_input_options options = {.files = &virtual, .values = values, .value_count = 1};
    const struct shelflife_input_sink sink = {on_image, on_unread, tell_rendered, &t, NULL};
    if (!format->read(name, files.at[0].text, &options, &sink, &err))
        check(err.kind == SHELFLIFE_ERROR_LIMIT);
    struct shelflife_input_parts *parts = shelflife_input_parts_new();
    if (!shelflife_input_parts_add(parts, name, files.at[0].text, &virtual, &err))
        check(err.kind == SHELFLIFE_ERROR_LIMIT);
    for (size_t i = 0; i < files.count; i++) {
        CLEANUP(cleanup_free) char *path = strndup(files.at[i].name.at, files.at[i].name.len);
        shelflife_input_parts_of(parts, path);
    }
    shelflife_input_parts_free(parts);
    tell_free(&t);
    return 0;
}
