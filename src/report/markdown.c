#include "report/internal.h"

/* Which columns have anything to say. */
static uint64_t filled_columns(struct report_output *r, buffer *scratch)
{
    uint64_t filled = 0;
    struct report_lines lines = {0};
    struct report_row row;
    while (shelflife_report_next(r, &lines, &row))
        for (size_t k = 0; k < shelflife_report_column_count; k++) {
            const struct report_column *column = &shelflife_report_columns[k];
            if (filled >> k & 1 || !column->markdown || !shelflife_report_is_of_rows(r, column))
                continue;
            shelflife_buffer_reset(scratch);
            column->put(&row, scratch);
            filled |= (uint64_t)(scratch->len > 0) << k;
        }
    return filled;
}

/* "END OF PATCH" reads "End of patch". */
static void put_title(str title, buffer *out)
{
    static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", small[] = "abcdefghijklmnopqrstuvwxyz";
    for (size_t i = 0; i < title.len; i++) {
        size_t letter = shelflife_str_find(shelflife_str_of(capitals), title.at[i]);
        if (i && letter != SIZE_MAX)
            shelflife_buffer_byte(out, small[letter]);
        else
            shelflife_buffer_byte(out, title.at[i]);
    }
}

static void put_head(struct report_output *r, uint64_t filled)
{
    for (size_t k = 0; k < shelflife_report_column_count; k++) {
        if (!(filled >> k & 1))
            continue;
        str title = shelflife_str_of(shelflife_report_columns[k].title);
        shelflife_buffer_append(&r->out, STR("| "));
        put_title(title, &r->out);
        shelflife_buffer_byte(&r->out, ' ');
    }
    shelflife_buffer_append(&r->out, STR("|\n"));
    for (size_t k = 0; k < shelflife_report_column_count; k++)
        if (filled >> k & 1)
            shelflife_buffer_append(&r->out, STR("| --- "));
    shelflife_buffer_append(&r->out, STR("|\n"));
}

static void put_row(struct report_output *r, const struct report_row *row, uint64_t filled, buffer *scratch)
{
    for (size_t k = 0; k < shelflife_report_column_count; k++) {
        const struct report_column *column = &shelflife_report_columns[k];
        if (!(filled >> k & 1))
            continue;
        shelflife_buffer_reset(scratch);
        column->put(row, scratch);
        r->out.failed |= scratch->failed;
        shelflife_buffer_append(&r->out, STR("| "));
        if (column->foreign)
            shelflife_report_escape_code(shelflife_buffer_str(scratch), &r->out);
        else
            shelflife_report_escape_markdown(shelflife_buffer_str(scratch), &r->out);
        shelflife_buffer_byte(&r->out, ' ');
    }
    shelflife_buffer_append(&r->out, STR("|\n"));
}

/* The title of a group and, below it, those of the columns. */
static void put_group(struct report_output *r, size_t row, uint64_t filled, buffer *scratch)
{
    const struct report_row first = shelflife_report_row(r, row);
    shelflife_buffer_reset(scratch);
    shelflife_report_put_group_name(r->group_by, &first, scratch);
    shelflife_report_put_group_counts(r, row, scratch);
    r->out.failed |= scratch->failed;
    shelflife_buffer_append(&r->out, row ? STR("\n### ") : STR("### "));
    shelflife_report_escape_markdown(shelflife_buffer_str(scratch), &r->out);
    shelflife_buffer_append(&r->out, STR("\n\n"));
    put_head(r, filled);
}

static bool put_table(struct report_output *r, buffer *scratch)
{
    struct report_lines lines = {0};
    struct report_row row;
    if (!shelflife_report_row_count(r))
        return true;
    const bool grouped = r->group_by && !r->options->summary;
    uint64_t filled = filled_columns(r, scratch);
    shelflife_buffer_byte(&r->out, '\n');
    if (!grouped)
        put_head(r, filled);
    for (size_t i = 0; shelflife_report_next(r, &lines, &row); i = lines.next) {
        if (grouped && shelflife_report_begins_group(r, i))
            put_group(r, i, filled, scratch);
        put_row(r, &row, filled, scratch);
        if (!shelflife_report_flush(r))
            return false;
    }
    return true;
}

static void put_problems(struct report_output *r)
{
    if (r->result->partial)
        shelflife_buffer_format(&r->out, "\n**Partial**: %s.\n", shelflife_report_why_partial(r->result));
    for (size_t i = 0; i < r->result->problem_count; i++) {
        const struct shelflife_audit_problem *p = &r->result->problems[i];
        shelflife_buffer_append(&r->out, i ? STR("- ") : STR("\n- "));
        if (p->cluster.len) {
            shelflife_report_escape_code(p->cluster, &r->out);
            shelflife_buffer_append(&r->out, STR(": "));
        }
        shelflife_report_escape_code(p->source, &r->out);
        if (p->line)
            shelflife_buffer_format(&r->out, " line %llu", (unsigned long long)p->line);
        shelflife_buffer_append(&r->out, STR(": "));
        shelflife_report_escape_markdown(p->text, &r->out);
        shelflife_buffer_byte(&r->out, '\n');
    }
}

static void put_known(struct report_output *r)
{
    buffer known CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&known, SIZE_MAX);
    shelflife_report_put_known(r->result, &known);
    if (known.len)
        shelflife_buffer_format(&r->out, "\n%.*s\n", STR_PRINT(shelflife_buffer_str(&known)));
    r->out.failed |= known.failed;
}

bool shelflife_report_markdown(struct report_output *r)
{
    static const str titles[] = {
        [SHELFLIFE_REPORT_FINDINGS] = STR_INIT("Shelflife audit"),
        [SHELFLIFE_REPORT_FORECAST] = STR_INIT("Shelflife forecast"),
        [SHELFLIFE_REPORT_COMPARISON] = STR_INIT("Shelflife comparison of policies"),
    };
    buffer scratch CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&scratch, SIZE_MAX);
    shelflife_buffer_append(&r->out, STR("## "));
    shelflife_buffer_append(&r->out, titles[r->options->what]);
    shelflife_buffer_append(&r->out, STR("\n\n"));
    size_t before = r->out.len;
    shelflife_report_put_new(r->result, &r->out);
    if (r->out.len > before)
        shelflife_buffer_append(&r->out, STR("\n\n"));
    shelflife_report_put_summary(r->result, &r->out);
    shelflife_buffer_byte(&r->out, '\n');
    put_known(r);
    if (!put_table(r, &scratch))
        return false;
    put_problems(r);
    return true;
}
