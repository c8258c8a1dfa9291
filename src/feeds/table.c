#include "feeds/table.h"

void shelflife_feeds_page_init(struct feeds_page *page, arena *memory, const char *origin)
{
    *page = (struct feeds_page){.memory = memory, .origin = origin};
}

void shelflife_feeds_page_free(struct feeds_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        shelflife_free(page->tables[i].rows);
    shelflife_free(page->tables);
}

bool shelflife_feeds_page_read(str bytes, struct feeds_page *page, error *err)
{
    static const str mark = STR_INIT("\xEF\xBB\xBF");
    if (shelflife_str_starts(bytes, mark))
        bytes = shelflife_str_after(bytes, mark.len);
    bool is_html = shelflife_str_starts(shelflife_str_trim(bytes), STR("<"));
    return is_html ? shelflife_feeds_page_html(bytes, page, err)
                   : shelflife_feeds_page_markdown(bytes, page, err);
}

bool shelflife_feeds_page_heading(struct feeds_page *page, unsigned level, str text, error *err)
{
    for (unsigned i = level; i < FEEDS_LEVELS; i++)
        page->headings[i] = (str){0};
    return shelflife_arena_copy(page->memory, text, &page->headings[level - 1]) ||
           shelflife_arena_fail(page->memory, err);
}

bool shelflife_feeds_page_table(struct feeds_page *page, size_t line, error *err)
{
    if (page->count == FEEDS_TABLES_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s:%zu: the page has more than %d tables",
                              page->origin, line, FEEDS_TABLES_MAX);
    if (!shelflife_grow(&page->tables, &page->capacity, page->count + 1, sizeof(*page->tables)))
        return shelflife_fail_memory(err);
    struct feeds_table *table = &page->tables[page->count++];
    *table = (struct feeds_table){.line = line};
    memcpy(table->headings, page->headings, sizeof(table->headings));
    memset(page->spans, 0, sizeof(page->spans));
    page->cell_count = 0;
    return true;
}

void shelflife_feeds_page_row(struct feeds_page *page, size_t line)
{
    page->cell_count = 0;
    page->row_line = line;
}

/* Adds the merged cells of earlier rows that come next. */
static void add_spans(struct feeds_page *page)
{
    while (page->cell_count < FEEDS_COLUMNS_MAX && page->spans[page->cell_count].rows > 0) {
        struct feeds_span *span = &page->spans[page->cell_count];
        page->cells[page->cell_count++] = span->cell;
        if (span->rows != SIZE_MAX)
            span->rows--;
    }
}

bool shelflife_feeds_page_cell(struct feeds_page *page, str text, size_t rows, size_t columns, size_t line,
                               error *err)
{
    str cell;
    if (!shelflife_arena_copy(page->memory, text, &cell))
        return shelflife_arena_fail(page->memory, err);
    for (size_t i = 0; i < columns; i++) {
        add_spans(page);
        if (page->cell_count == FEEDS_COLUMNS_MAX)
            return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s:%zu: the table has more than %d columns",
                                  page->origin, line, FEEDS_COLUMNS_MAX);
        page->spans[page->cell_count] = (struct feeds_span){cell, rows == 0 ? SIZE_MAX : rows - 1};
        page->cells[page->cell_count++] = cell;
    }
    return true;
}

bool shelflife_feeds_page_row_end(struct feeds_page *page, error *err)
{
    add_spans(page);
    struct feeds_table *table = &page->tables[page->count - 1];
    if (page->cell_count == 0)
        return true;
    if (page->row_count == FEEDS_ROWS_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s:%zu: the page has more than %d rows of tables",
                              page->origin, page->row_line, FEEDS_ROWS_MAX);
    str *cells = shelflife_arena_array(page->memory, page->cell_count, sizeof(*cells));
    if (!cells)
        return shelflife_arena_fail(page->memory, err);
    memcpy(cells, page->cells, page->cell_count * sizeof(*cells));
    if (!shelflife_grow(&table->rows, &table->capacity, table->count + 1, sizeof(*table->rows)))
        return shelflife_fail_memory(err);
    table->rows[table->count++] = (struct feeds_row){cells, page->cell_count, page->row_line};
    page->row_count++;
    page->cell_count = 0;
    return true;
}

bool shelflife_feeds_table_check(const struct feeds_table *table, const struct feeds_row *row,
                                 const char *origin, error *err)
{
    size_t columns = table->rows[0].count;
    return row->count == columns || shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                                                   "%s:%zu: the row has %zu cells, and the table %zu columns",
                                                   origin, row->line, row->count, columns);
}

bool shelflife_feeds_table_fail(const struct feeds_table *table, const struct feeds_row *row, size_t column,
                                const char *what, const char *origin, error *err)
{
    enum { SHOWN_MAX = 60 };
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s:%zu: column \"%.*s\": \"%.*s\" %s", origin,
                          row->line, STR_PRINT(shelflife_str_first(table->rows[0].cells[column], SHOWN_MAX)),
                          STR_PRINT(shelflife_str_first(row->cells[column], SHOWN_MAX)), what);
}

void shelflife_feeds_text_add(buffer *out, str text)
{
    for (size_t i = 0; i < text.len;) {
        size_t from = i;
        uint32_t c = shelflife_utf8_next(text, &i);
        bool space = c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || c == 0x202F || c == 0x2009;
        if (c == 0x200B || c == 0xFEFF) /* without width */
            continue;
        if (!space)
            shelflife_buffer_append(out, (str){text.at + from, i - from});
        else if (out->len && out->at[out->len - 1] != ' ')
            shelflife_buffer_byte(out, ' ');
    }
}
