/* Writes an aligned table for a terminal. */
#include "report/internal.h"

enum {
    COLUMNS_MAX = 64,
    GAP = 2,    /* between columns */
    LEAST = 12, /* narrowest width to which a column shrinks, in characters */
    ROOMY = 48, /* width of a long column at which the next column is added, in characters */
};
#define ELLIPSIS "…"

struct cell_width {
    size_t natural, shown; /* in characters; natural 0: all cells are empty */
};

struct table {
    struct report_output *r;
    const struct report_column *columns[COLUMNS_MAX];
    struct cell_width widths[COLUMNS_MAX];
    size_t count;
    buffer raw, cell;
};

/* ---- Cells ---- */

/* The byte offset of character n. */
static size_t byte_of(str s, size_t n)
{
    size_t i = 0;
    while (i < s.len && n-- > 0)
        shelflife_utf8_next(s, &i);
    return i;
}

static str read_cell(struct table *t, size_t column, const struct report_row *row)
{
    shelflife_buffer_reset(&t->raw);
    shelflife_buffer_reset(&t->cell);
    t->columns[column]->put(row, &t->raw);
    shelflife_report_escape_plain(shelflife_buffer_str(&t->raw), &t->cell);
    t->r->out.failed |= t->raw.failed || t->cell.failed;
    return shelflife_buffer_str(&t->cell);
}

/* Long names of images and workloads are cut at the start: the end identifies them better. */
static void put_cut(str text, size_t width, buffer *out)
{
    size_t length = shelflife_utf8_width(text);
    if (length <= width) {
        shelflife_buffer_append(out, text);
        return;
    }
    size_t head = (width - 1) / 3, tail = width - 1 - head;
    shelflife_buffer_append(out, shelflife_str_first(text, byte_of(text, head)));
    shelflife_buffer_append(out, STR(ELLIPSIS));
    shelflife_buffer_append(out, shelflife_str_after(text, byte_of(text, length - tail)));
}

static void pad(size_t n, buffer *out)
{
    while (n--)
        shelflife_buffer_byte(out, ' ');
}

/* ---- Colours ---- */

#define BOLD "\x1b[1m"
#define DIM "\x1b[2m"
#define RED "\x1b[31m"
#define YELLOW "\x1b[33m"
#define GREEN "\x1b[32m"
#define PLAIN "\x1b[0m"

static const char *const phase_colours[] = {
    [SHELFLIFE_PHASE_SUPPORTED] = GREEN, [SHELFLIFE_PHASE_UNLISTED] = DIM,
    [SHELFLIFE_PHASE_UNRESOLVED] = DIM,  [SHELFLIFE_PHASE_INVALID] = YELLOW,
    [SHELFLIFE_PHASE_ENDING] = YELLOW,   [SHELFLIFE_PHASE_UNPATCHED] = YELLOW,
    [SHELFLIFE_PHASE_UNAVAILABLE] = RED,
};
static const char *const action_colours[] = {
    [SHELFLIFE_ALLOW] = DIM,
    [SHELFLIFE_WARN] = YELLOW,
    [SHELFLIFE_DENY] = BOLD RED,
};

static const char *colour_of(const struct report_column *column, const struct report_row *row)
{
    switch (column->style) {
    case REPORT_STYLE_PHASE:
        return phase_colours[shelflife_report_row_phase(row)];
    case REPORT_STYLE_ACTION:
        return action_colours[shelflife_report_row_action(row)];
    case REPORT_STYLE_PLAIN:
        break;
    }
    return NULL;
}

static void put_coloured(struct table *t, const char *colour, str text, size_t width)
{
    buffer *out = &t->r->out;
    bool coloured = colour && t->r->options->colour;
    if (coloured)
        shelflife_buffer_append(out, shelflife_str_of(colour));
    put_cut(text, width, out);
    if (coloured)
        shelflife_buffer_append(out, STR(PLAIN));
}

/* ---- Which columns, how wide ---- */

static void measure(struct table *t)
{
    for (size_t i = 0; i < shelflife_report_row_count(t->r); i++) {
        struct report_row row = shelflife_report_row(t->r, i);
        for (size_t k = 0; k < t->count; k++) {
            size_t n = shelflife_utf8_width(read_cell(t, k, &row));
            if (n > t->widths[k].natural)
                t->widths[k].natural = n;
        }
    }
    for (size_t k = 0; k < t->count; k++) {
        size_t title = shelflife_utf8_width(shelflife_str_of(t->columns[k]->title));
        if (t->widths[k].natural && t->widths[k].natural < title)
            t->widths[k].natural = title;
        t->widths[k].shown = t->widths[k].natural;
    }
}

static void filter_columns(struct table *t, bool (*wanted)(const struct table *t, size_t column))
{
    size_t kept = 0;
    for (size_t k = 0; k < t->count; k++) {
        if (!wanted(t, k))
            continue;
        t->columns[kept] = t->columns[k];
        t->widths[kept++] = t->widths[k];
    }
    t->count = kept;
}

static bool is_shown(const struct table *t, size_t column)
{
    return t->widths[column].shown > 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The width of all columns up to this rank. Optional columns are added before long texts get their full
 * width. */
static size_t width_up_to(const struct table *t, unsigned preference)
{
    size_t sum = 0;
    for (size_t k = 0; k < t->count; k++) {
        size_t width = t->widths[k].natural;
        if (t->columns[k]->table > preference || !width)
            continue;
        sum += (sum ? GAP : 0) + (t->columns[k]->shrinks ? least(width, ROOMY) : width);
    }
    return sum;
}

static void leave_out_optional(struct table *t)
{
    unsigned preference = 1;
    while (preference < 9 && width_up_to(t, preference + 1) <= t->r->options->width)
        preference++;
    for (size_t k = 0; k < t->count; k++)
        if (t->columns[k]->table > preference)
            t->widths[k].shown = 0;
}

static size_t total(const struct table *t)
{
    size_t sum = 0;
    for (size_t k = 0; k < t->count; k++)
        sum += t->widths[k].shown + (k ? GAP : 0);
    return sum;
}

/* Shrinks the widest column until the table fits, or no column can shrink. */
static void shrink(struct table *t)
{
    for (size_t sum = total(t); sum > t->r->options->width; sum--) {
        size_t *widest = NULL;
        for (size_t k = 0; k < t->count; k++)
            if (t->columns[k]->shrinks && t->widths[k].shown > LEAST &&
                (!widest || t->widths[k].shown > *widest))
                widest = &t->widths[k].shown;
        if (!widest)
            return;
        --*widest;
    }
}

static void lay_out(struct table *t)
{
    measure(t);
    if (t->r->options->width)
        leave_out_optional(t);
    filter_columns(t, is_shown);
    if (t->r->options->width)
        shrink(t);
}

/* ---- Lines ---- */

static void put_line(struct table *t, const struct report_row *row)
{
    buffer *out = &t->r->out;
    for (size_t k = 0; k < t->count; k++) {
        const struct report_column *column = t->columns[k];
        str text = row ? read_cell(t, k, row) : shelflife_str_of(column->title);
        size_t width = t->widths[k].shown, n = least(shelflife_utf8_width(text), width);
        if (column->number)
            pad(width - n, out);
        put_coloured(t, row ? colour_of(column, row) : BOLD, text, width);
        if (!column->number && k + 1 < t->count)
            pad(width - n, out);
        if (k + 1 < t->count)
            pad(GAP, out);
    }
    while (out->len && out->at[out->len - 1] == ' ')
        out->len--;
    shelflife_buffer_byte(out, '\n');
}

static bool put_rows(struct table *t)
{
    size_t count = shelflife_report_row_count(t->r);
    if (!count)
        return true;
    lay_out(t);
    put_line(t, NULL);
    for (size_t i = 0; i < count; i++) {
        struct report_row row = shelflife_report_row(t->r, i);
        put_line(t, &row);
        if (!shelflife_report_flush(t->r))
            return false;
    }
    shelflife_buffer_byte(&t->r->out, '\n');
    return true;
}

static bool write_table(struct report_output *r, bool wide)
{
    struct table t = {.r = r};
    for (size_t i = 0; i < shelflife_report_column_count && t.count < COLUMNS_MAX; i++) {
        const struct report_column *column = &shelflife_report_columns[i];
        if (column->what >> r->options->what & 1 && (wide ? column->wide : column->table > 0))
            t.columns[t.count++] = column;
    }
    shelflife_buffer_init(&t.raw, SIZE_MAX);
    shelflife_buffer_init(&t.cell, SIZE_MAX);
    bool ok = put_rows(&t);
    shelflife_buffer_free(&t.raw);
    shelflife_buffer_free(&t.cell);
    if (ok)
        shelflife_report_put_below(r);
    return ok;
}

bool shelflife_report_table(struct report_output *r)
{
    return write_table(r, false);
}

bool shelflife_report_wide(struct report_output *r)
{
    struct shelflife_report_options whole = *r->options;
    const struct shelflife_report_options *options = r->options;
    whole.width = 0;
    r->options = &whole;
    bool ok = write_table(r, true);
    r->options = options;
    return ok;
}
