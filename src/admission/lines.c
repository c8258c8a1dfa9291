#include "admission/lines.h"

#include "base/printable.h"

enum { CATALOG_NAME_MAX_BYTES = 63, PATH_MAX_BYTES = 96 };

void shelflife_admission_finding_describe(const struct admission_finding *finding, size_t max, buffer *out)
{
    const struct shelflife_image *image = &finding->image;
    size_t start = out->len;
    if (image->container.len) {
        shelflife_buffer_append(out, STR("container \""));
        shelflife_printable_append(image->container, CATALOG_NAME_MAX_BYTES, out);
        shelflife_buffer_append(out, STR("\": "));
    } else {
        shelflife_printable_append(image->path, PATH_MAX_BYTES, out);
        shelflife_buffer_append(out, STR(": "));
    }
    shelflife_policy_phrase_write(finding->phrase, image->text, max - (out->len - start), out);
}

void shelflife_admission_lines_init(struct admission_lines *lines, size_t limit)
{
    *lines = (struct admission_lines){0};
    shelflife_buffer_init(&lines->text, limit);
}

void shelflife_admission_lines_free(struct admission_lines *lines)
{
    shelflife_buffer_free(&lines->text);
}

str shelflife_admission_lines_at(const struct admission_lines *lines, size_t i)
{
    size_t start = i ? lines->end[i - 1] : 0;
    return (str){lines->text.at + start, lines->end[i] - start};
}

/* Whether the last line, which was just added, has come before. */
static bool is_repeated(const struct admission_lines *lines)
{
    for (size_t i = 0; i + 1 < lines->count; i++)
        if (shelflife_str_equal(shelflife_admission_lines_at(lines, i),
                                shelflife_admission_lines_at(lines, lines->count - 1)))
            return true;
    return false;
}

size_t shelflife_admission_shown_total(const struct admission_shown *shown)
{
    return (shown->first ? shown->first->total : 0) + shown->then->total;
}

const struct admission_finding *shelflife_admission_shown_at(const struct admission_shown *shown, size_t i)
{
    size_t before = shown->first ? shown->first->count : 0;
    if (i < before)
        return &shown->first->at[i];
    return i - before < shown->then->count ? &shown->then->at[i - before] : NULL;
}

void shelflife_admission_lines_write(struct admission_lines *lines, const struct admission_shown *shown,
                                     const struct admission_lines_limits *limits)
{
    const struct admission_finding *finding;
    lines->text.len = 0; /* an earlier failure still counts */
    lines->count = 0;
    lines->left_out = shelflife_admission_shown_total(shown);
    for (size_t i = 0;
         (finding = shelflife_admission_shown_at(shown, i)) && lines->count < ADMISSION_LINES_MAX; i++) {
        size_t start = lines->text.len;
        shelflife_buffer_append(&lines->text, limits->prefix);
        shelflife_admission_finding_describe(finding, limits->each - limits->prefix.len, &lines->text);
        lines->end[lines->count++] = lines->text.len;
        bool full = lines->text.len + lines->count * limits->gap > limits->total;
        if (full || is_repeated(lines)) {
            lines->text.len = start;
            lines->count--;
        }
        if (full)
            return;
        lines->left_out -= finding->repeats;
    }
}
