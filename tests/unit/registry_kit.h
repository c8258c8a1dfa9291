/* What tests of the registry room share: evidence as text. */
#ifndef SHELFLIFE_REGISTRY_KIT_H
#define SHELFLIFE_REGISTRY_KIT_H

#include <stdarg.h>
#include <stdio.h>

#include "pki/pki.h"
#include "registry/image.h"
#include "unit/test.h"

/* One piece a line: "env PYTHON_VERSION=3.8.20", "history ADD x /". */
static inline void evidence_text(const struct shelflife_evidence_list *list, buffer *out)
{
    for (size_t i = 0; i < list->count; i++)
        shelflife_buffer_format(out, "%s %.*s%s%.*s\n", shelflife_evidence_kind_names[list->at[i].kind],
                                STR_PRINT(list->at[i].name), list->at[i].name.len ? "=" : "",
                                STR_PRINT(list->at[i].value));
}

/* Appends a text `count` times. */
static inline void repeat(buffer *out, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        shelflife_buffer_append(out, shelflife_str_of(text));
}

/* ---- Files that belong together, in memory ---- */

enum { KIT_FILES_MAX = 64 };

struct kit_store {
    arena memory;
    struct {
        str name, bytes;
    } files[KIT_FILES_MAX];
    size_t count;
};

static inline void kit_store_init(struct kit_store *store)
{
    *store = (struct kit_store){0};
    shelflife_arena_init(&store->memory, 64 << 20);
}

static inline void kit_store_free(struct kit_store *store)
{
    shelflife_arena_free(&store->memory);
}

static inline void kit_store_put(struct kit_store *store, const char *name, str bytes)
{
    assert_true(store->count < KIT_FILES_MAX);
    assert_true(
        shelflife_arena_copy(&store->memory, shelflife_str_of(name), &store->files[store->count].name));
    assert_true(shelflife_arena_copy(&store->memory, bytes, &store->files[store->count].bytes));
    store->count++;
}

/* Adds a blob of an OCI layout. Returns its digest. */
static inline const char *kit_store_blob(struct kit_store *store, const char *text)
{
    str bytes = shelflife_str_of(text), name, digest;
    char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    assert_true(shelflife_pki_sha256(&bytes, 1, hex, NULL));
    assert_true(shelflife_arena_format(&store->memory, &name, "blobs/sha256/%s", hex));
    assert_true(shelflife_arena_format(&store->memory, &digest, "sha256:%s", hex));
    kit_store_put(store, name.at, bytes);
    return digest.at;
}

static inline bool kit_store_read(void *context, str name, shelflife_registry_sink *sink, void *sink_context,
                                  bool *found, error *err)
{
    const struct kit_store *store = context;
    *found = false;
    for (size_t i = 0; i < store->count && !*found; i++) {
        if (!shelflife_str_equal(store->files[i].name, name))
            continue;
        *found = true;
        /* In two chunks. */
        str bytes = store->files[i].bytes;
        if (!sink(sink_context, shelflife_str_first(bytes, bytes.len / 2), err) ||
            !sink(sink_context, shelflife_str_after(bytes, bytes.len / 2), err))
            return false;
    }
    return true;
}

/* Formats a text in the store's memory. */
static inline const char *kit_text(struct kit_store *store, const char *format, ...) SHELFLIFE_PRINTF(2, 3);
static inline const char *kit_text(struct kit_store *store, const char *format, ...)
{
    static const size_t most = 16384;
    char *text = shelflife_arena_alloc(&store->memory, most);
    va_list arguments;
    assert_non_null(text);
    va_start(arguments, format);
    int length = vsnprintf(text, most, format, arguments);
    va_end(arguments);
    assert_in_range(length, 0, most - 1);
    return text;
}

/* What was read, one image after the other: "PLACE PLATFORM [REFERENCE…]", then its evidence, base and notes,
   or "PLACE: error". Digests are left out. */
static inline bool kit_show(void *context, const struct shelflife_registry_disk_image *image, error *err)
{
    buffer *out = context;
    (void)err;
    if (!image->image) {
        shelflife_buffer_format(out, "! %s\n", image->failure->text);
        return true;
    }
    shelflife_buffer_format(out, "%.*s %.*s", STR_PRINT(image->place), STR_PRINT(image->image->platform));
    for (size_t i = 0; i < image->reference_count; i++)
        shelflife_buffer_format(out, " [%.*s]", STR_PRINT(image->references[i]));
    shelflife_buffer_byte(out, '\n');
    evidence_text(&image->image->evidence, out);
    if (image->image->base_name.len)
        shelflife_buffer_format(out, "base %.*s %.*s\n", STR_PRINT(image->image->base_name),
                                STR_PRINT(shelflife_str_first(image->image->base_digest, 10)));
    for (size_t i = 0; i < image->image->note_count; i++)
        shelflife_buffer_format(out, "note %.*s\n", STR_PRINT(image->image->notes[i]));
    return true;
}

#endif
