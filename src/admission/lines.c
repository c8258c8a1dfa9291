#include "admission/lines.h"

#include "base/printable.h"

enum { CATALOG_NAME_MAX_BYTES = 63, PATH_MAX_BYTES = 96 };

void shelflife_admission_finding_describe(const struct admission_finding *finding, size_t max, buffer *out)
{
    const struct shelflife_image *image = finding->image;
    size_t start = out->len;
    if (image->container.len) {
        shelflife_buffer_append(out, STR("container \""));
        shelflife_printable_append(image->container, CATALOG_NAME_MAX_BYTES, out);
        shelflife_buffer_append(out, STR("\": "));
    } else {
        shelflife_printable_append(image->path, PATH_MAX_BYTES, out);
        shelflife_buffer_append(out, STR(": "));
    }
    shelflife_verdict_describe(finding->verdict, max - (out->len - start), out);
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

void shelflife_admission_lines_write(struct admission_lines *lines, const struct admission_finding *findings,
                                     size_t count, const struct admission_lines_limits *limits)
{
    shelflife_buffer_reset(&lines->text);
    lines->count = lines->left_out = 0;
    for (size_t i = 0; i < count; i++) {
        size_t start = lines->text.len;
        bool full = lines->count == ADMISSION_LINES_MAX;
        if (!full) {
            shelflife_buffer_append(&lines->text, limits->prefix);
            shelflife_admission_finding_describe(&findings[i], limits->each - limits->prefix.len,
                                                 &lines->text);
            lines->end[lines->count++] = lines->text.len;
            full = lines->text.len + lines->count * limits->gap > limits->total;
            if (!full && !is_repeated(lines))
                continue;
            lines->text.len = start;
            lines->count--;
        }
        if (full) {
            lines->left_out = count - i;
            return;
        }
    }
}
