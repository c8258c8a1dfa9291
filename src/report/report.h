/*
 * Writes the result of an audit as a report for people, programs or clusters. The only output is through the
 * sink.
 *
 * Names and images in a manifest may contain anything: terminal escapes, HTML, formulas, Markdown. Each
 * format escapes such text for its readers, and shows control and format characters, and bytes that are not
 * UTF-8, as "?" (JSON: escaped).
 */
#ifndef SHELFLIFE_REPORT_REPORT_H
#define SHELFLIFE_REPORT_REPORT_H

#include "audit/audit.h"

enum shelflife_report_format {
    SHELFLIFE_REPORT_TABLE, /* for a terminal: fits options.width where it can */
    SHELFLIFE_REPORT_WIDE,  /* all columns, whole */
    SHELFLIFE_REPORT_JSON,
    SHELFLIFE_REPORT_CSV, /* RFC 4180; what a spreadsheet would take for a formula gets a "'" before it */
    SHELFLIFE_REPORT_MARKDOWN,
    SHELFLIFE_REPORT_JUNIT,        /* a test case for each image of a workload */
    SHELFLIFE_REPORT_SARIF,        /* 2.1.0; phases are its rules */
    SHELFLIFE_REPORT_POLICYREPORT, /* wgpolicyk8s.io/v1alpha2, a List of one or more for each namespace */
    SHELFLIFE_REPORT_OPENREPORTS,  /* openreports.io/v1alpha1 */
    SHELFLIFE_REPORT_PROMETHEUS,   /* for node_exporter's textfile collector */
    SHELFLIFE_REPORT_HTML,         /* a self-contained page */
    SHELFLIFE_REPORT_YAML,         /* the same data as JSON */
};

/* Names of the formats, in the order of the enum, NULL at the end. */
extern const char *const shelflife_report_formats[];

/* What is reported. Only findings are available in all formats; the others as table, wide, json, csv and
 * markdown. */
enum shelflife_report_what {
    SHELFLIFE_REPORT_FINDINGS,
    SHELFLIFE_REPORT_FORECAST,   /* the calendar: result->changes */
    SHELFLIFE_REPORT_COMPARISON, /* result->differences */
};

/* What puts rows together. */
enum shelflife_report_grouping {
    SHELFLIFE_REPORT_UNGROUPED,
    SHELFLIFE_REPORT_BY_NAMESPACE,
    SHELFLIFE_REPORT_BY_IMAGE,
    SHELFLIFE_REPORT_BY_OWNER,
    SHELFLIFE_REPORT_BY_PRODUCT,
};

/* Names of the groupings, in the order of the enum, NULL at the end. */
extern const char *const shelflife_report_groupings[];

struct shelflife_report_options {
    enum shelflife_report_what what;
    unsigned width;   /* of the terminal, in columns of it; 0: as wide as the content is */
    bool colour;      /* table and wide */
    bool all;         /* report result->entries instead of result->findings */
    bool warn_fails;  /* JUnit: a warning is a failure too */
    bool never_fails; /* JUnit: not even a denial is one */
    /* The order of rows, in formats that have rows or a list: by this column, its title or key in any case;
       NULL: as in the result, the worst first. Equal rows keep their order. */
    const char *sort_by;
    /* Rows of a group follow each other; the group of the first row comes first. Table, wide and markdown
       begin each with a line about it. */
    enum shelflife_report_grouping group_by;
    bool summary;    /* table, wide, markdown and csv: a row for each group, not for each finding; without
                        group_by by namespace or, if the objects have none, by product */
    bool no_headers; /* table, wide and csv: only rows, without titles and without the lines below */
};

/* Takes bytes of the report. False ends it with the error left in *err. */
typedef bool shelflife_report_sink(void *context, str bytes, error *err);

/* Fails with SHELFLIFE_ERROR_USAGE if there is no column options->sort_by, or if the format cannot express
   the options. */
bool shelflife_report_check(enum shelflife_report_format format,
                            const struct shelflife_report_options *options, error *err) SHELFLIFE_MUST_CHECK;

/* Appends lines of help: the title and the key of each column, and what is in it. */
void shelflife_report_describe_columns(buffer *out);

/* Fails as shelflife_report_check() does, if the sink fails, and without memory. Memory does not grow with
   the report, except by 32 bytes for each row if the rows are not in the result's order. */
bool shelflife_report_write(enum shelflife_report_format format, const struct shelflife_audit_result *result,
                            const struct shelflife_report_options *options, shelflife_report_sink *sink,
                            void *context, error *err);

#endif
