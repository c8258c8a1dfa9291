/*
 * What the fuzzers of the readers of files share. A text has several files: a line "=== PATH" begins another
 * one, and the text before the first such line is the file that is read.
 */
#ifndef SHELFLIFE_FUZZ_INPUTS_H
#define SHELFLIFE_FUZZ_INPUTS_H

#include "inputs/inputs.h"

static void check(bool what)
{
    if (!what)
        abort();
}

/* The content of a file; "" is the first one. */
static bool find_file(str all, str path, str *content)
{
    static const str heading = STR_INIT("=== ");
    bool found = path.len == 0;
    *content = (str){all.at, 0};
    while (all.len) {
        str line = shelflife_str_line(&all);
        if (!shelflife_str_starts(line, heading)) {
            content->len += found ? (size_t)(all.at - line.at) : 0;
            continue;
        }
        if (found)
            return true;
        found = shelflife_str_equal(shelflife_str_after(line, heading.len), path);
        *content = (str){all.at, 0};
    }
    return found;
}

static UNUSED bool read_file(void *context, const char *path, buffer *out, error *why)
{
    str content;
    if (!find_file(*(const str *)context, shelflife_str_of(path), &content))
        return shelflife_fail(why, SHELFLIFE_ERROR_IO, "cannot read %s: No such file or directory", path);
    shelflife_buffer_append(out, content);
    if (!out->failed)
        return true;
    return content.len <= out->limit ? shelflife_fail_memory(why)
                                     : shelflife_fail(why, SHELFLIFE_ERROR_LIMIT, "%s is too large", path);
}

static UNUSED bool has_file(void *context, const char *path)
{
    str content;
    return find_file(*(const str *)context, shelflife_str_of(path), &content);
}

static UNUSED bool on_image(void *context, const struct shelflife_input_image *image, error *err)
{
    (void)err;
    check(image->kind.len && image->path.len && image->place.file.len && image->place.line > 0);
    check(image->image.len > 0);
    return ++*(size_t *)context < 100000;
}

static UNUSED bool on_unread(void *context, const struct shelflife_input_unread *unread, error *err)
{
    (void)err;
    check(unread->why.len && unread->place.file.len);
    return ++*(size_t *)context < 100000;
}

static UNUSED void fuzz_input(const struct shelflife_input_format *format, const char *path, str text)
{
    size_t count = 0;
    error err = {0};
    const struct shelflife_input_files files = {.read = read_file, .exists = has_file, .context = &text};
    const struct shelflife_input_options options = {.files = &files, .named = true};
    const struct shelflife_input_sink sink = {.image = on_image, .unread = on_unread, .context = &count};
    str first;
    find_file(text, (str){0}, &first);
    check(format->read(path, first, &options, &sink, &err));
}

#endif
