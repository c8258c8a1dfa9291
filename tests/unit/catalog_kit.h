/* What the tests of the catalog room share: sets of catalogs from files and texts, and a match as a line. */
#ifndef SHELFLIFE_TEST_CATALOG_KIT_H
#define SHELFLIFE_TEST_CATALOG_KIT_H

#include "unit/test.h"

#include "catalog/internal.h"

/* The whole file; free() it. */
static inline char *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    size_t capacity = 0;
    char *bytes = NULL;
    if (!f)
        fail_msg("%s cannot be opened", path);
    *size = 0;
    for (size_t n = 1; n; *size += n) {
        assert_true(shelflife_grow(&bytes, &capacity, *size + 4096, 1));
        n = fread(bytes + *size, 1, 4096, f);
    }
    fclose(f);
    return bytes;
}

static inline void add_text(struct shelflife_catalogs *set, const char *text, const char *origin)
{
    error err = {0};
    if (!shelflife_catalogs_add(set, shelflife_str_of(text), origin, &err))
        fail_msg("%s", err.text);
}

static inline void add_file(struct shelflife_catalogs *set, const char *name)
{
    char path[512];
    size_t size;
    error err = {0};
    snprintf(path, sizeof(path), TESTS_DIR "/data/catalogs/good/%s", name);
    CLEANUP(cleanup_free) char *bytes = read_file(path, &size);
    if (!shelflife_catalogs_add(set, (str){bytes, size}, name, &err))
        fail_msg("%s", err.text);
}

static inline void finish(struct shelflife_catalogs *set)
{
    error err = {0};
    if (!shelflife_catalogs_finish(set, &err))
        fail_msg("%s", err.text);
}

static inline shelflife_day day(const char *text)
{
    shelflife_day d = SHELFLIFE_DAY_NONE;
    if (text && *text && !shelflife_day_parse(shelflife_str_of(text), &d))
        fail_msg("%s is not a day", text);
    return d;
}

/* Resolves an image; what is found lives in the arena. */
static inline struct shelflife_resolution resolve(const struct shelflife_catalogs *set, const char *image,
                                                  arena *a)
{
    struct shelflife_reference reference;
    struct shelflife_resolution found = {0};
    error err = {0};
    if (!shelflife_reference_parse(shelflife_str_of(image), a, &reference, &err) ||
        !shelflife_catalogs_resolve(set, reference.name, &reference, NULL, a, &found, &err))
        fail_msg("%s: %s", image, err.text);
    return found;
}

/* "tags/python 3.8 by tag 3.8.4, patch 2024-10-07, outdated": only what there is. */
static inline void describe_match(const struct shelflife_match *m, buffer *out)
{
    static const char *const ways[] = {"digest", "repository", "tag", "part", "evidence"};
    static const char *const kinds[] = {"", " any", " older", " between", " pre-release of"};
    const struct {
        const char *name;
        shelflife_day day;
    } days[] = {
        {"patch", m->end_of_patch}, {"extended", m->end_of_extended_patch}, {"gone", m->end_of_availability}};
    shelflife_buffer_format(out, "%.*s/%.*s", STR_PRINT(m->row->product->catalog->name),
                            STR_PRINT(m->row->product->name));
    shelflife_buffer_format(out, "%s", kinds[m->kind]);
    if (m->release.len)
        shelflife_buffer_format(out, " %.*s", STR_PRINT(m->release));
    shelflife_buffer_format(out, " by %s", ways[m->by]);
    if (m->by != SHELFLIFE_MATCH_BY_DIGEST && m->version.len)
        shelflife_buffer_format(out, " %.*s", STR_PRINT(m->version));
    for (size_t i = 0; i < COUNT(days); i++) {
        char text[SHELFLIFE_DAY_TEXT_MAX];
        if (days[i].day != SHELFLIFE_DAY_NONE)
            shelflife_buffer_format(out, ", %s %s", days[i].name, shelflife_day_format(days[i].day, text));
    }
    shelflife_buffer_format(out, "%s%s", m->ended ? ", ended" : "", m->outdated ? ", outdated" : "");
    if (m->rows_open != 1)
        shelflife_buffer_format(out, ", %u rows", (unsigned)m->rows_open);
}

/* All matches joined by "; ", or "unresolved …", or "unlisted". */
static inline void describe(const struct shelflife_resolution *r, buffer *out)
{
    for (size_t i = 0; i < r->match_count; i++) {
        shelflife_buffer_format(out, "%s", i ? "; " : "");
        describe_match(&r->matches[i], out);
    }
    if (r->match_count == 0)
        shelflife_buffer_format(out, "%s", r->covered_by ? "unresolved" : "unlisted");
    if (r->match_count == 0 && r->covered_by)
        shelflife_buffer_format(out, " %.*s", STR_PRINT(r->covered_by->name));
    if (r->match_count == 0 && r->product)
        shelflife_buffer_format(out, "/%.*s", STR_PRINT(r->product->name));
    if (r->unverified)
        shelflife_buffer_format(out, " (unverified)");
}

#endif
