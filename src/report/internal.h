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
    bool history; /* the audit was asked for history as well */
    buffer out;
    shelflife_report_sink *sink;
    void *context;
    error *err;
};

/* Passes r->out to the sink if it is large enough to be worth a call. On failure sets *r->err. */
bool shelflife_report_flush(struct report_output *r) SHELFLIFE_MUST_CHECK;

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

/* ---- Rows ---- */

struct report_row {
    const struct shelflife_audit_entry *entry;
    const struct shelflife_audit_change *change; /* of a forecast; else NULL */
};

size_t shelflife_report_row_count(const struct report_output *r);
struct report_row shelflife_report_row(const struct report_output *r, size_t i);

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
void shelflife_report_put_release(const struct shelflife_audit_image *image, buffer *out); /* Python 3.8 */
/* The image and, if it is known and not in the text, its digest: team/app:1@sha256:… */
void shelflife_report_put_image(const struct shelflife_audit_image *image, buffer *out);
void shelflife_report_put_containers(const struct shelflife_audit_entry *entry, buffer *out);
/* Title of a product, or its name. */
str shelflife_report_title(const struct shelflife_product *product);
/* A sentence about the image, with the containers before it. */
void shelflife_report_put_message(const struct shelflife_audit_entry *entry, buffer *out);
void shelflife_report_put_day(shelflife_day day, buffer *out); /* nothing for an absent one */

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

enum {
    REPORT_COLUMN_FINDINGS = 1 << SHELFLIFE_REPORT_FINDINGS,
    REPORT_COLUMN_FORECAST = 1 << SHELFLIFE_REPORT_FORECAST,
    REPORT_COLUMN_COMPARISON = 1 << SHELFLIFE_REPORT_COMPARISON,
    REPORT_COLUMN_ALWAYS = REPORT_COLUMN_FINDINGS | REPORT_COLUMN_FORECAST | REPORT_COLUMN_COMPARISON,
};

enum report_column_style { REPORT_STYLE_PLAIN, REPORT_STYLE_PHASE, REPORT_STYLE_ACTION };

struct report_column {
    const char *title; /* "END OF PATCH" */
    const char *key;   /* "endOfPatch" */
    unsigned what;     /* the reports it belongs to: COLUMN_… */
    unsigned table;    /* 1: in every table; 2 or more: if it fits, in this order; 0: never */
    bool wide, csv, markdown;
    bool number;  /* aligned right; not escaped in CSV */
    bool foreign; /* text of users: in Markdown as code */
    bool shrinks; /* may be cut to make a table fit */
    enum report_column_style style;
    void (*put)(const struct report_row *row, buffer *out); /* raw, not yet escaped */
};

extern const struct report_column shelflife_report_columns[];
extern const size_t shelflife_report_column_count;

/* The phase and action of a row, by which cells of a styled column are coloured. */
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
