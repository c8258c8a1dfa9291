/*
 * Pieces of the HTML page, in files of their own.
 */
#ifndef SHELFLIFE_REPORT_HTML_H
#define SHELFLIFE_REPORT_HTML_H

#include "report/internal.h"

/* Writes what the page shows without JavaScript: summary, problems and a table of the findings and of unknown
   images, with at most 1,000 rows. */
bool shelflife_report_html_static(struct report_output *r) SHELFLIFE_MUST_CHECK;

/* "deploy/app.yaml:12"; nothing for a cluster. */
void shelflife_report_html_put_place(const struct shelflife_audit_place *place, buffer *out);

#endif
