/*
 * The tables of a page, with the headings above them. A parser of HTML (table_html.c) or Markdown
 * (table_markdown.c) reports what it finds with the functions below, and gets merged cells expanded: each
 * cell that a merged one covers has its text.
 *
 * White space in texts is collapsed to single spaces. A cell has a space between its paragraphs and lines.
 */
#ifndef SHELFLIFE_FEEDS_TABLE_H
#define SHELFLIFE_FEEDS_TABLE_H

#include "base/base.h"

enum {
    FEEDS_COLUMNS_MAX = 32,
    FEEDS_ROWS_MAX = 20000,   /* of a page, with those that merged cells cover */
    FEEDS_TABLES_MAX = 1000,  /* of a page */
    FEEDS_CELL_MAX = 8 << 10, /* bytes */
    FEEDS_LEVELS = 6,         /* of headings */
};

struct feeds_row {
    str *cells;
    size_t count;
    size_t line;
};

struct feeds_table {
    str headings[FEEDS_LEVELS]; /* those in force, by level; absent ones are empty */
    struct feeds_row *rows;
    size_t count, capacity;
    size_t line;
};

struct feeds_page {
    arena *memory;      /* of all texts; not owned */
    const char *origin; /* for errors */
    struct feeds_table *tables;
    size_t count, capacity, row_count;
    /* While parsing: */
    str headings[FEEDS_LEVELS];
    str cells[FEEDS_COLUMNS_MAX]; /* of the current row */
    size_t cell_count, row_line;
    struct feeds_span {
        str cell;
        size_t rows;            /* that it still covers */
    } spans[FEEDS_COLUMNS_MAX]; /* merged cells that begin in an earlier row */
};

void shelflife_feeds_page_init(struct feeds_page *page, arena *memory, const char *origin);
void shelflife_feeds_page_free(struct feeds_page *page);

/* Parses a page. Its first character shows whether it is HTML. Errors name the line. */
bool shelflife_feeds_page_read(str bytes, struct feeds_page *page, error *err);

/* The two parsers. */
bool shelflife_feeds_page_html(str bytes, struct feeds_page *page, error *err);
bool shelflife_feeds_page_markdown(str bytes, struct feeds_page *page, error *err);

/* What the parsers report, in the order of the page. Levels begin at 1, and a cell covers at least one row
   and one column; 0 rows: all that follow. Texts are copied. */
bool shelflife_feeds_page_heading(struct feeds_page *page, unsigned level, str text, error *err);
bool shelflife_feeds_page_table(struct feeds_page *page, size_t line, error *err);
void shelflife_feeds_page_row(struct feeds_page *page, size_t line);
bool shelflife_feeds_page_cell(struct feeds_page *page, str text, size_t rows, size_t columns, size_t line,
                               error *err);
bool shelflife_feeds_page_row_end(struct feeds_page *page, error *err);

/* Fails if a row has more or fewer cells than the first one of its table. */
bool shelflife_feeds_table_check(const struct feeds_table *table, const struct feeds_row *row,
                                 const char *origin, error *err);

/* Fails with an error about a cell of a row: column "End of patch": "soon" <what>. */
bool shelflife_feeds_table_fail(const struct feeds_table *table, const struct feeds_row *row, size_t column,
                                const char *what, const char *origin, error *err);

/* Appends text to a cell or heading: collapses white space, no-break spaces included. Ignores what does not
   fit into the buffer. */
void shelflife_feeds_text_add(buffer *out, str text);

#endif
