/*
 * Shared by all formats: the report being written, the fields of an entry, columns, and escaping of foreign
 * text for each target.
 */
#ifndef SHELFLIFE_REPORT_INTERNAL_H
#define SHELFLIFE_REPORT_INTERNAL_H

#include "report/report.h"

/* A report being written. Formats append to `out` and flush it often. */
struct report_output {
    const struct shelflife_audit_result *result;
    const struct shelflife_report_options *options;
    bool history;                            /* the audit was asked for history as well */
    unsigned shown;                          /* the report's bits in the `what` of columns */
    enum shelflife_report_grouping group_by; /* also that of a summary */
    struct report_ordered *order;            /* of the rows; NULL: as in the result */
    bool many_clusters, many_namespaces;     /* the rows are of several */
    bool some_allowed;                       /* of the rows */
    buffer out;
    shelflife_report_sink *sink;
    void *context;
    error *err;
};

/* Passes r->out to the sink if it is large enough to be worth a call. On failure sets *r->err. */
bool shelflife_report_flush(struct report_output *r) SHELFLIFE_MUST_CHECK;
/* The same, however little it is. */
bool shelflife_report_pass(struct report_output *r) SHELFLIFE_MUST_CHECK;

/* Each is in the file of its name; wide is in table.c, openreports in policyreport.c. */
bool shelflife_report_table(struct report_output *r);
bool shelflife_report_wide(struct report_output *r);
bool shelflife_report_json(struct report_output *r);
bool shelflife_report_csv(struct report_output *r);
bool shelflife_report_markdown(struct report_output *r);
bool shelflife_report_junit(struct report_output *r);
bool shelflife_report_sarif(struct report_output *r);
bool shelflife_report_policyreport(struct report_output *r);
bool shelflife_report_openreports(struct report_output *r);
bool shelflife_report_prometheus(struct report_output *r);
bool shelflife_report_html(struct report_output *r);
bool shelflife_report_yaml(struct report_output *r);

/* ---- Rows ---- */

/* What is counted of a group of rows. */
struct report_tally {
    size_t rows, actions[SHELFLIFE_DENY + 1];
    enum shelflife_phase worst;
};

struct report_row {
    const struct shelflife_audit_entry *entry;
    const struct shelflife_audit_change *change; /* of a forecast; else NULL */
    bool many_namespaces;                        /* as in the output */
    const struct report_tally *tally;            /* in a summary: of the group that begins with `entry` */
};

size_t shelflife_report_row_count(const struct report_output *r);
struct report_row shelflife_report_row(const struct report_output *r, size_t i);

/* ---- Order and groups, in order.c ---- */

/* Sorts and groups the rows as the options say. Free r->order. */
bool shelflife_report_order(struct report_output *r) SHELFLIFE_MUST_CHECK;
/* Whether a group of rows begins with row i. False if rows are not grouped. */
bool shelflife_report_begins_group(const struct report_output *r, size_t i);
/* Counts the group that begins with row i. Returns the number of the row after it. */
size_t shelflife_report_tally(const struct report_output *r, size_t i, struct report_tally *out);
/* Of the group that begins with row i: ": 3 findings, 1 denied, 2 warned about; the worst is unavailable" */
void shelflife_report_put_group_counts(const struct report_output *r, size_t i, buffer *out);
/* What the group of a row has in common; never empty. */
void shelflife_report_put_group_name(enum shelflife_report_grouping by, const struct report_row *row,
                                     buffer *out);

/* Goes through what a table shows: the rows or, in a summary, the groups. */
struct report_lines {
    size_t next; /* row */
    struct report_tally tally;
};
/* False at the end. *row is valid until the next call. */
bool shelflife_report_next(const struct report_output *r, struct report_lines *lines, struct report_row *row);

/* Whether a report of all entries includes this one: history only if it was requested. */
bool shelflife_report_includes(const struct report_output *r, const struct shelflife_audit_entry *entry);

/* ---- The fields of an entry ---- */

/* The match that counts most, or NULL. */
const struct shelflife_judged_match *shelflife_report_match(const struct shelflife_audit_image *image);
/* The day patching ends; that of extended support if the policy counts it. */
shelflife_day shelflife_report_end_of_patch(const struct shelflife_judged_match *judged);
/* The day on which the current phase began or, if the image is still supported, will end. */
shelflife_day shelflife_report_date(const struct shelflife_audit_image *image);
/* Whether an exception or the baseline accepts the entry, or it is only history. */
bool shelflife_report_suppressed(const struct shelflife_audit_entry *entry);

void shelflife_report_put_workload(const struct shelflife_audit_workload *w, buffer *out); /* ns/Kind/name */
/* As kubectl writes it, "deploy/name", with the namespace before it if `in_namespace` is set. */
void shelflife_report_put_short_workload(const struct shelflife_audit_workload *w, bool in_namespace,
                                         buffer *out);
void shelflife_report_put_release(const struct shelflife_audit_image *image, buffer *out); /* Python 3.8 */
/* The image and, if it is known and not in the text, its digest: team/app:1@sha256:… */
void shelflife_report_put_image(const struct shelflife_audit_image *image, buffer *out);
void shelflife_report_put_containers(const struct shelflife_audit_entry *entry, buffer *out);
/* Title of a product, or its name. */
str shelflife_report_title(const struct shelflife_product *product);
/* Why the image could not be resolved, and what to correct; or nothing. */
void shelflife_report_put_note(const struct shelflife_audit_entry *entry, buffer *out);
/* A sentence about the image, with the containers before it and the note after it. */
void shelflife_report_put_message(const struct shelflife_audit_entry *entry, buffer *out);
void shelflife_report_put_day(shelflife_day day, buffer *out); /* nothing for an absent one */

/* What is new to the baseline, if it accepted something: "no new findings; 28 accepted by the baseline". */
void shelflife_report_put_new(const struct shelflife_audit_result *result, buffer *out);

/* A summary for people: "2 denied, 3 warned about, 1 allowed of 6 workloads (5 images) on 2026-11-01". */
void shelflife_report_put_summary(const struct shelflife_audit_result *result, buffer *out);

/* From what the releases of the images are known; nothing without an inventory: "3 of 5 images known by name,
   1 by inspection, 1 not at all". */
void shelflife_report_put_known(const struct shelflife_audit_result *result, buffer *out);

/* Why the result is partial. */
const char *shelflife_report_why_partial(const struct shelflife_audit_result *result);

/* The lines below a table: in sum, and what the table does not show. */
void shelflife_report_put_below(struct report_output *r);

/* ---- Columns, for table, wide, csv and markdown ---- */

/* The reports that a column belongs to. Summaries have a bit for each grouping, and one for each thing that
   they count. */
enum {
    REPORT_COLUMN_FINDINGS = 1 << SHELFLIFE_REPORT_FINDINGS,
    REPORT_COLUMN_FORECAST = 1 << SHELFLIFE_REPORT_FORECAST,
    REPORT_COLUMN_COMPARISON = 1 << SHELFLIFE_REPORT_COMPARISON,
    REPORT_COLUMN_ALWAYS = REPORT_COLUMN_FINDINGS | REPORT_COLUMN_FORECAST | REPORT_COLUMN_COMPARISON,
    REPORT_COLUMN_BY = 1 << (SHELFLIFE_REPORT_COMPARISON + 1), /* << enum shelflife_report_grouping */
    REPORT_COLUMN_SUMMARY =
        REPORT_COLUMN_BY << SHELFLIFE_REPORT_BY_NAMESPACE | REPORT_COLUMN_BY << SHELFLIFE_REPORT_BY_IMAGE |
        REPORT_COLUMN_BY << SHELFLIFE_REPORT_BY_OWNER | REPORT_COLUMN_BY << SHELFLIFE_REPORT_BY_PRODUCT,
    /* << enum shelflife_report_what */
    REPORT_COLUMN_COUNTED = REPORT_COLUMN_BY << (SHELFLIFE_REPORT_BY_PRODUCT + 1),
    REPORT_COLUMN_COUNTED_ALL = REPORT_COLUMN_COUNTED << (SHELFLIFE_REPORT_COMPARISON + 1),
};

enum report_column_style { REPORT_STYLE_PLAIN, REPORT_STYLE_PHASE, REPORT_STYLE_ACTION };

/* How a column gets narrower to make a table fit. */
enum report_cut {
    REPORT_CUT_NEVER,
    REPORT_CUT_START, /* the end of an image or a path identifies it better */
    REPORT_CUT_END,
};

/* Appends a cell, raw: not yet escaped. */
typedef void report_put(const struct report_row *row, buffer *out);

struct report_column {
    const char *title; /* "END OF PATCH" */
    const char *key;   /* "endOfPatch" */
    unsigned what;     /* the reports it belongs to: COLUMN_… */
    unsigned table;    /* 1: in every table; 2 to REPORT_RANKS: if it fits, in this order; 0: never */
    bool wide, csv, markdown;
    bool number;     /* aligned right; not escaped in CSV */
    bool foreign;    /* text of users: in Markdown as code */
    bool of_many;    /* in a table and in Markdown only if the rows are of several clusters */
    bool of_allowed; /* the same, only if something is allowed */
    enum report_cut cut;
    enum report_column_style style;
    report_put *put;
    report_put *sort; /* what rows are sorted by; NULL: put() */
    const char *help; /* what is in it; NULL if another column of this title says so */
};
enum { REPORT_RANKS = 16 };

extern const struct report_column shelflife_report_columns[];
extern const size_t shelflife_report_column_count;

/* Whether a table or Markdown of these rows can have the column. */
bool shelflife_report_is_of_rows(const struct report_output *r, const struct report_column *column);

/* The column of the reports in `what` with this title or key, whatever its case; SIZE_MAX: there is none. */
size_t shelflife_report_find_column(str name, unsigned what);

/* The phase and action of a row, by which cells of a styled column are coloured and sorted. */
enum shelflife_phase shelflife_report_row_phase(const struct report_row *row);
enum shelflife_action shelflife_report_row_action(const struct report_row *row);

/* ---- Escaping of foreign text ---- */

void shelflife_report_escape_plain(str s, buffer *out); /* terminals: control and format characters as "?" */
void shelflife_report_escape_csv(str s, buffer *out);   /* a field, quoted if it must be */
void shelflife_report_escape_markdown(str s, buffer *out); /* text in a table's cell */
void shelflife_report_escape_code(str s, buffer *out);     /* Markdown: the same as code */
void shelflife_report_escape_xml(str s, buffer *out); /* text and attribute values, for XML 1.0 and HTML */
void shelflife_report_escape_uri(str s, buffer *out); /* a path as a URI reference */

#endif
