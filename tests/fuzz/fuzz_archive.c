/* rooms: registry net file pki reference json base */
/*
 * Images of any files: the first byte chooses the form, and after it come files, each with a name that ends
 * with a line feed, and content that ends with a NUL. In the last form nothing is compared with a digest: the
 * requests of the reader get the files one after the other. Each image is found or has an error, and there
 * are not many.
 */
#include "registry/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES_MAX = 32 };

struct files {
    str name[FILES_MAX], bytes[FILES_MAX];
    size_t count, next, images;
};

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void split(str text, struct files *files)
{
    while (text.len && files->count < FILES_MAX) {
        size_t end = shelflife_str_find(text, '\0');
        str file = shelflife_str_first(text, end);
        text = end == SIZE_MAX ? (str){0} : shelflife_str_after(text, end + 1);
        files->name[files->count] = shelflife_str_line(&file);
        files->bytes[files->count++] = file;
    }
}

static bool read_file(void *context, str name, shelflife_registry_sink *sink, void *sink_context, bool *found,
                      error *err)
{
    const struct files *files = context;
    *found = false;
    for (size_t i = 0; i < files->count && !*found; i++) {
        *found = shelflife_str_equal(files->name[i], name);
        if (*found && !sink(sink_context, files->bytes[i], err))
            return false;
    }
    return true;
}

static bool take_image(void *context, const struct shelflife_registry_disk_image *image, error *err)
{
    struct files *files = context;
    (void)err;
    check((image->image == NULL) == (image->failure != NULL) && image->place.len > 0);
    check(!image->failure || image->failure->text[0] != '\0');
    check(++files->images <= SHELFLIFE_REGISTRY_LAYOUT_IMAGES_MAX);
    return true;
}

/* ---- Without digests ---- */

static bool next_file(struct files *files, str *out)
{
    if (files->next == files->count)
        return false;
    *out = files->bytes[files->next++];
    return true;
}

static bool next_manifest(void *context, const struct shelflife_registry_descriptor *what, buffer *bytes,
                          arena *a, str *content_type, error *err)
{
    (void)a;
    str file;
    if (!next_file(context, &file))
        return shelflife_fail(err, SHELFLIFE_ERROR_IO, "there are no more files");
    shelflife_buffer_append(bytes, file);
    *content_type = what->media_type;
    return true;
}

static bool next_blob(void *context, const struct shelflife_registry_descriptor *what,
                      shelflife_registry_sink *sink, void *sink_context, error *err)
{
    (void)what;
    str file;
    return next_file(context, &file) ? sink(sink_context, file, err)
                                     : shelflife_fail(err, SHELFLIFE_ERROR_IO, "there are no more files");
}

static void read_in_order(struct files *files, const struct shelflife_registry_wanted *wanted)
{
    const struct shelflife_registry_source source = {files, next_manifest, next_blob};
    struct shelflife_registry_image image;
    error err = {0};
    arena a;
    str root;
    if (!next_file(files, &root))
        return;
    shelflife_arena_init(&a, 64 << 20);
    bool ok =
        shelflife_registry_image_read(&source, STR("sha256:0"), root, (str){0}, wanted, &a, &image, &err);
    check(ok ? image.manifest.len > 0 && image.config.len > 0 && err.kind == SHELFLIFE_ERROR_NONE
             : err.kind != SHELFLIFE_ERROR_NONE);
    shelflife_arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool (*const forms[])(const struct shelflife_registry_layout *layout, error *err) = {
        shelflife_registry_layout_oci, shelflife_registry_layout_docker, shelflife_registry_layout_dir};
    const struct shelflife_registry_wanted wanted = {0};
    struct files files = {0};
    error err = {0};
    if (size == 0)
        return 0;
    split((str){(const char *)data + 1, size - 1}, &files);
    const struct shelflife_registry_layout layout = {.text = "oci:D",
                                                     .name = data[0] & 4 ? STR("app:1") : (str){0},
                                                     .wanted = &wanted,
                                                     .sink = take_image,
                                                     .sink_context = &files,
                                                     .read = read_file,
                                                     .context = &files};
    if (data[0] % 4 == 3)
        read_in_order(&files, &wanted);
    else if (!forms[data[0] % 4](&layout, &err))
        check(err.kind == SHELFLIFE_ERROR_INPUT || err.kind == SHELFLIFE_ERROR_LIMIT);
    return 0;
}
