/* Writes an aligned table for a terminal. */
#include "base/ascii.h"
#include "report/internal.h"

enum {
    COLUMNS_MAX = 64,
    GAP = 2,    /* between columns */
    LEAST = 10, /* narrowest width to which a column is cut */
};
/* Optional columns up to a rank are added if each column that may be cut keeps this width. */
static const struct {
    unsigned rank;
    size_t width;
} rooms[] = {{4, 24}, {5, 36}, {REPORT_RANKS, 60}};
#define ELLIPSIS "…"

/* All widths are in columns of the terminal. */
struct cell_width {
    size_t natural, shown; /* 0: all cells are empty; it is left out */
};

struct table {
    struct report_output *r;
    const struct report_column *columns[COLUMNS_MAX];
    struct cell_width widths[COLUMNS_MAX];
    size_t count;
    bool wide; /* all columns */
    buffer raw, cell, cut;
};

/* ---- Cells ---- */

static str read_cell(struct table *t, size_t column, const struct report_row *row)
{
    shelflife_buffer_reset(&t->raw);
    shelflife_buffer_reset(&t->cell);
    t->columns[column]->put(row, &t->raw);
    shelflife_report_escape_plain(shelflife_buffer_str(&t->raw), &t->cell);
    t->r->out.failed |= t->raw.failed || t->cell.failed;
    return shelflife_buffer_str(&t->cell);
}

/* The width of the character at *i; advances *i. */
static size_t pass_character(str s, size_t *i)
{
    size_t from = *i;
    shelflife_utf8_next(s, i);
    return shelflife_utf8_width((str){s.at + from, *i - from});
}

/* "app:1@sha256:0123456789ab" of an image with a whole digest. */
static str shorten_digest(str s)
{
    enum { DIGITS = 12 };
    size_t end = s.len;
    while (end && ascii_is_alphanumeric(s.at[end - 1]))
        end--;
    return s.len - end >= 2 * DIGITS && end && s.at[end - 1] == ':' && shelflife_str_find(s, '@') < end
               ? shelflife_str_first(s, end + DIGITS)
               : s;
}

static void put_end(str text, size_t whole, size_t width, buffer *out)
{
    size_t i = 0;
    while (whole >= width)
        whole -= pass_character(text, &i);
    shelflife_buffer_append(out, STR(ELLIPSIS));
    shelflife_buffer_append(out, shelflife_str_after(text, i));
}

static void put_start(str text, size_t width, buffer *out)
{
    size_t used = 0, end = 0;
    for (size_t i = 0; (used += pass_character(text, &i)) < width;)
        end = i;
    shelflife_buffer_append(out, shelflife_str_first(text, end));
    shelflife_buffer_append(out, STR(ELLIPSIS));
}

/* The text in at most `width` columns. */
static str cut(struct table *t, enum report_cut how, str text, size_t width)
{
    size_t whole = shelflife_utf8_width(text);
    if (whole > width && how == REPORT_CUT_START) {
        text = shorten_digest(text);
        whole = shelflife_utf8_width(text);
    }
    if (whole <= width)
        return text;
    shelflife_buffer_reset(&t->cut);
    if (how == REPORT_CUT_START)
        put_end(text, whole, width, &t->cut);
    else
        put_start(text, width, &t->cut);
    t->r->out.failed |= t->cut.failed;
    return shelflife_buffer_str(&t->cut);
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

static void put_coloured(struct table *t, const char *colour, str text)
{
    buffer *out = &t->r->out;
    bool coloured = colour && t->r->options->colour;
    if (coloured)
        shelflife_buffer_append(out, shelflife_str_of(colour));
    shelflife_buffer_append(out, text);
    if (coloured)
        shelflife_buffer_append(out, STR(PLAIN));
}

/* ---- Which columns, how wide ---- */

/* Whether the column can be shown at all, whatever its width. */
static bool is_of_interest(const struct table *t, const struct report_column *column)
{
    const struct report_output *r = t->r;
    bool in_title = r->group_by && !r->options->summary &&
                    strcmp(column->key, shelflife_report_groupings[r->group_by]) == 0;
    return shelflife_report_is_of_rows(r, column) && (t->wide ? column->wide : column->table > 0) &&
           !in_title;
}

static void choose_columns(struct table *t)
{
    for (size_t i = 0; i < shelflife_report_column_count && t->count < COLUMNS_MAX; i++)
        if (is_of_interest(t, &shelflife_report_columns[i]))
            t->columns[t->count++] = &shelflife_report_columns[i];
}

static void measure(struct table *t)
{
    struct report_lines lines = {0};
    struct report_row row;
    while (shelflife_report_next(t->r, &lines, &row))
        for (size_t k = 0; k < t->count; k++) {
            size_t n = shelflife_utf8_width(read_cell(t, k, &row));
            if (n > t->widths[k].natural)
                t->widths[k].natural = n;
        }
    for (size_t k = 0; k < t->count; k++) {
        size_t title = shelflife_str_of(t->columns[k]->title).len;
        if (t->widths[k].natural && t->widths[k].natural < title && !t->r->options->no_headers)
            t->widths[k].natural = title;
        t->widths[k].shown = t->widths[k].natural;
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The width of all columns shown, if those that may be cut are at most this wide. */
static size_t width_with(const struct table *t, size_t cut_to)
{
    size_t sum = 0;
    for (size_t k = 0; k < t->count; k++) {
        size_t width = t->widths[k].shown;
        if (width)
            sum += (sum ? GAP : 0) + (t->columns[k]->cut ? least(width, cut_to) : width);
    }
    return sum;
}

/* Adds optional columns in the order of their ranks, as long as the texts keep enough room. It ends with the
   first that does not fit: so a wider terminal never loses a column to another. */
static void add_optional(struct table *t)
{
    for (size_t k = 0; k < t->count; k++)
        if (t->columns[k]->table > 1)
            t->widths[k].shown = 0;
    for (unsigned rank = 2, room = 0; rank <= REPORT_RANKS; rank++) {
        room += rank > rooms[room].rank;
        for (size_t k = 0; k < t->count; k++) {
            if (t->columns[k]->table != rank)
                continue;
            t->widths[k].shown = t->widths[k].natural;
            if (width_with(t, rooms[room].width) <= t->r->options->width)
                continue;
            t->widths[k].shown = 0;
            return;
        }
    }
}

static void leave_out_empty(struct table *t)
{
    size_t kept = 0;
    for (size_t k = 0; k < t->count; k++) {
        if (!t->widths[k].shown)
            continue;
        t->columns[kept] = t->columns[k];
        t->widths[kept++] = t->widths[k];
    }
    t->count = kept;
}

/* Cuts the widest column until the table fits, or no column can be cut. */
static void shrink(struct table *t)
{
    for (size_t sum = width_with(t, SIZE_MAX); sum > t->r->options->width; sum--) {
        size_t *widest = NULL;
        for (size_t k = 0; k < t->count; k++)
            if (t->columns[k]->cut && t->widths[k].shown > LEAST && (!widest || t->widths[k].shown > *widest))
                widest = &t->widths[k].shown;
        if (!widest)
            return;
        --*widest;
    }
}

static void lay_out(struct table *t)
{
    choose_columns(t);
    measure(t);
    if (t->r->options->width)
        add_optional(t);
    leave_out_empty(t);
    if (t->r->options->width)
        shrink(t);
}

/* ---- Lines ---- */

static void end_line(buffer *out)
{
    while (out->len && out->at[out->len - 1] == ' ')
        out->len--;
    shelflife_buffer_byte(out, '\n');
}

/* The cells of a row, or the titles. */
static void put_line(struct table *t, const struct report_row *row)
{
    buffer *out = &t->r->out;
    for (size_t k = 0; k < t->count; k++) {
        const struct report_column *column = t->columns[k];
        str text = row ? read_cell(t, k, row) : shelflife_str_of(column->title);
        text = cut(t, column->cut, text, t->widths[k].shown);
        size_t rest = t->widths[k].shown - shelflife_utf8_width(text);
        if (k)
            pad(GAP, out);
        if (column->number)
            pad(rest, out);
        put_coloured(t, row ? colour_of(column, row) : BOLD, text);
        if (!column->number)
            pad(rest, out);
    }
    end_line(out);
}

/* The line before the rows of a group. First its name is cut, then the numbers. */
static void put_group(struct table *t, size_t i)
{
    const struct report_row row = shelflife_report_row(t->r, i);
    const size_t width = t->r->options->width ? t->r->options->width : SIZE_MAX;
    buffer line CLEANUP(shelflife_buffer_free), counts CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&line, SIZE_MAX);
    shelflife_buffer_init(&counts, SIZE_MAX);
    shelflife_report_put_group_counts(t->r, i, &counts);
    shelflife_buffer_reset(&t->raw);
    shelflife_buffer_reset(&t->cell);
    shelflife_report_put_group_name(t->r->group_by, &row, &t->raw);
    shelflife_report_escape_plain(shelflife_buffer_str(&t->raw), &t->cell);
    size_t room = width > counts.len + LEAST ? width - counts.len : LEAST;
    shelflife_buffer_append(&line, cut(t, REPORT_CUT_START, shelflife_buffer_str(&t->cell), room));
    shelflife_buffer_append(&line, shelflife_buffer_str(&counts));
    if (i)
        shelflife_buffer_byte(&t->r->out, '\n');
    put_coloured(t, BOLD, cut(t, REPORT_CUT_END, shelflife_buffer_str(&line), width));
    shelflife_buffer_byte(&t->r->out, '\n');
    t->r->out.failed |= t->raw.failed || t->cell.failed || counts.failed || line.failed;
}

static bool put_rows(struct table *t)
{
    struct report_lines lines = {0};
    struct report_row row;
    if (!shelflife_report_row_count(t->r))
        return true;
    lay_out(t);
    if (!t->r->options->no_headers)
        put_line(t, NULL);
    for (size_t i = 0; shelflife_report_next(t->r, &lines, &row); i = lines.next) {
        if (!t->r->options->summary && shelflife_report_begins_group(t->r, i))
            put_group(t, i);
        put_line(t, &row);
        if (!shelflife_report_flush(t->r))
            return false;
    }
    return true;
}

static bool write_table(struct report_output *r, bool wide)
{
    struct table t = {.r = r, .wide = wide};
    shelflife_buffer_init(&t.raw, SIZE_MAX);
    shelflife_buffer_init(&t.cell, SIZE_MAX);
    shelflife_buffer_init(&t.cut, SIZE_MAX);
    bool ok = put_rows(&t);
    shelflife_buffer_free(&t.raw);
    shelflife_buffer_free(&t.cell);
    shelflife_buffer_free(&t.cut);
    if (!ok || r->options->no_headers)
        return ok;
    if (shelflife_report_row_count(r))
        shelflife_buffer_byte(&r->out, '\n');
    shelflife_report_put_below(r);
    return true;
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
