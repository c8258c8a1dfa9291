#include "report/internal.h"

static bool is_included(const struct report_output *r, const struct report_column *column)
{
    return column->csv && column->what & r->shown;
}

static void put_cell(struct report_output *r, const struct report_column *column,
                     const struct report_row *row, buffer *scratch)
{
    shelflife_buffer_reset(scratch);
    column->put(row, scratch);
    r->out.failed |= scratch->failed;
    if (column->number)
        shelflife_buffer_append(&r->out, shelflife_buffer_str(scratch));
    else
        shelflife_report_escape_csv(shelflife_buffer_str(scratch), &r->out);
}

/* A line: of a row, or without one the names of the columns. */
static void put_line(struct report_output *r, const struct report_row *row, buffer *scratch)
{
    bool first = true;
    for (size_t i = 0; i < shelflife_report_column_count; i++) {
        const struct report_column *column = &shelflife_report_columns[i];
        if (!is_included(r, column))
            continue;
        shelflife_buffer_append(&r->out, first ? STR("") : STR(","));
        first = false;
        if (row)
            put_cell(r, column, row, scratch);
        else
            shelflife_buffer_append(&r->out, shelflife_str_of(column->key));
    }
    shelflife_buffer_append(&r->out, STR("\r\n"));
}

bool shelflife_report_csv(struct report_output *r)
{
    buffer scratch CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&scratch, SIZE_MAX);
    struct report_lines lines = {0};
    struct report_row row;
    if (!r->options->no_headers)
        put_line(r, NULL, NULL);
    while (shelflife_report_next(r, &lines, &row)) {
        put_line(r, &row, &scratch);
        if (!shelflife_report_flush(r))
            return false;
    }
    return true;
}
