#include "admission/lines.h"

enum { NAME_MAX_BYTES = 63, PATH_MAX_BYTES = 96 };

/* Unicode's general categories Cc and Cf, and the line and paragraph separators. */
static bool is_hidden(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x0000, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x0600, 0x0605},
        {0x061c, 0x061c},   {0x06dd, 0x06dd},   {0x070f, 0x070f},   {0x0890, 0x0891},
        {0x08e2, 0x08e2},   {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x2064},   {0x2066, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},
        {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
        {0x1d173, 0x1d17a}, {0xe0001, 0xe0001}, {0xe0020, 0xe007f}, {0xffffffff, 0xffffffff},
    };
    if (c >= 0x20 && c < 0x7f)
        return false;
    for (size_t i = 0; i < COUNT(ranges) && c >= ranges[i].first; i++)
        if (c <= ranges[i].last)
            return true;
    return false;
}

static void append_clean(str s, buffer *out)
{
    for (size_t i = 0; i < s.len;) {
        size_t start = i;
        if (is_hidden(shelflife_utf8_next(s, &i)))
            shelflife_buffer_byte(out, '?');
        else
            shelflife_buffer_append(out, (str){s.at + start, i - start});
    }
}

void shelflife_clean(str s, size_t max, buffer *out)
{
    str ellipsis = STR("…");
    if (s.len <= max) {
        append_clean(s, out);
        return;
    }
    size_t half = max > ellipsis.len ? (max - ellipsis.len) / 2 : 0;
    size_t tail = s.len - half;
    while (tail < s.len && ((unsigned char)s.at[tail] & 0xc0) == 0x80)
        tail++;
    append_clean(shelflife_str_first(s, shelflife_utf8_cut(s, half)), out);
    shelflife_buffer_append(out, ellipsis);
    append_clean(shelflife_str_after(s, tail), out);
}

void shelflife_finding_describe(const struct finding *finding, size_t max, buffer *out)
{
    const struct shelflife_image *image = finding->image;
    size_t start = out->len;
    if (image->container.len) {
        shelflife_buffer_append(out, STR("container \""));
        shelflife_clean(image->container, NAME_MAX_BYTES, out);
        shelflife_buffer_append(out, STR("\": "));
    } else {
        shelflife_clean(image->path, PATH_MAX_BYTES, out);
        shelflife_buffer_append(out, STR(": "));
    }
    shelflife_verdict_describe(finding->verdict, max - (out->len - start), out);
}

void shelflife_lines_init(struct lines *lines, size_t limit)
{
    *lines = (struct lines){0};
    shelflife_buffer_init(&lines->text, limit);
}

void shelflife_lines_free(struct lines *lines)
{
    shelflife_buffer_free(&lines->text);
}

str shelflife_lines_at(const struct lines *lines, size_t i)
{
    size_t start = i ? lines->end[i - 1] : 0;
    return (str){lines->text.at + start, lines->end[i] - start};
}

/* The last line, which has just been added, stands before, too. */
static bool is_repeated(const struct lines *lines)
{
    for (size_t i = 0; i + 1 < lines->count; i++)
        if (shelflife_str_equal(shelflife_lines_at(lines, i), shelflife_lines_at(lines, lines->count - 1)))
            return true;
    return false;
}

void shelflife_lines_tell(struct lines *lines, const struct finding *findings, size_t count,
                          const struct lines_limits *limits)
{
    shelflife_buffer_reset(&lines->text);
    lines->count = lines->left_out = 0;
    for (size_t i = 0; i < count; i++) {
        size_t start = lines->text.len;
        bool full = lines->count == LINES_MAX;
        if (!full) {
            shelflife_buffer_append(&lines->text, limits->prefix);
            shelflife_finding_describe(&findings[i], limits->each - limits->prefix.len, &lines->text);
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
