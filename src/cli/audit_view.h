/* The options of `shelflife audit` for what its report shows, and how. */
#ifndef SHELFLIFE_CLI_AUDIT_VIEW_H
#define SHELFLIFE_CLI_AUDIT_VIEW_H

#include "cli/options.h"
#include "cli/terminal.h"
#include "report/report.h"

struct cli_audit_view {
    size_t format, group_by, color; /* of shelflife_report_formats, …groupings, shelflife_cli_color_words */
    const char *sort_by;
    bool summary, no_headers;
};

/* The same for the room `report`, which also needs what the report is about. */
static inline struct shelflife_report_options cli_audit_view_options(const struct cli_audit_view *view)
{
    return (struct shelflife_report_options){
        .width = shelflife_cli_terminal_width(),
        .colour = shelflife_cli_colours((enum cli_color)view->color),
        .sort_by = view->sort_by,
        .group_by = (enum shelflife_report_grouping)view->group_by,
        .summary = view->summary,
        .no_headers = view->no_headers,
    };
}

#define CLI_OPTIONS_AUDIT_VIEW(view)                                                                         \
    {.name = "output",                                                                                       \
     .letter = 'o',                                                                                          \
     .type = CLI_WORD,                                                                                       \
     .argument = "FORMAT",                                                                                   \
     .target = &(view)->format,                                                                              \
     .words = shelflife_report_formats,                                                                      \
     .help = "output format: table (the default), wide, json, csv, markdown,\n"                              \
             "junit, sarif, policyreport, openreports, prometheus, html or yaml"},                           \
        {.name = "group-by",                                                                                 \
         .type = CLI_WORD,                                                                                   \
         .argument = "WHAT",                                                                                 \
         .target = &(view)->group_by,                                                                        \
         .words = shelflife_report_groupings,                                                                \
         .help = "put rows together by namespace, image, owner or product (default:\n"                       \
                 "none)"},                                                                                   \
        {.name = "sort-by",                                                                                  \
         .type = CLI_TEXT,                                                                                   \
         .argument = "COLUMN",                                                                               \
         .target = &(view)->sort_by,                                                                         \
         .help = "sort rows by a column, by its title or its name in CSV; without\n"                         \
                 "it the worst come first"},                                                                 \
        {.name = "summary",                                                                                  \
         .type = CLI_FLAG,                                                                                   \
         .target = &(view)->summary,                                                                         \
         .help = "print numbers instead of rows: for each namespace or, with\n"                              \
                 "--group-by, for each image, owner or product"},                                            \
        {.name = "no-headers",                                                                               \
         .type = CLI_FLAG,                                                                                   \
         .target = &(view)->no_headers,                                                                      \
         .help = "print only rows: no titles, and no lines below a table"},                                  \
    {                                                                                                        \
        .name = "color", .type = CLI_WORD, .argument = "WHEN", .target = &(view)->color,                     \
        .words = shelflife_cli_color_words,                                                                  \
        .help = "colors of a table: auto (the default: on a terminal, unless\n"                              \
                "NO_COLOR is set), always or never"                                                          \
    }

#endif
