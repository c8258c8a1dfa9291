/*
 * Prometheus' text format.
 *
 *     shelflife_prometheus_head(out, "shelflife_catalog_releases", "gauge", "Releases of a catalog.");
 *     shelflife_prometheus_label(out, "shelflife_catalog_releases{catalog=", name);
 *     shelflife_buffer_format(out, "} %zu\n", count);
 */
#ifndef SHELFLIFE_BASE_PROMETHEUS_H
#define SHELFLIFE_BASE_PROMETHEUS_H

#include "base/base.h"

/* The lines that begin a metric. The type is "counter", "gauge" or "histogram"; the help is one line without
   a backslash. */
void shelflife_prometheus_head(buffer *out, const char *name, const char *type, const char *help);

/* A whole metric of one sample without labels. */
void shelflife_prometheus_single(buffer *out, const char *name, const char *type, const char *help,
                                 int64_t value);

/* Appends `before`, then a label's value in quotes, escaped. Control and format characters, and bytes that
   are not UTF-8, become "?": Prometheus would reject the whole page. */
void shelflife_prometheus_label(buffer *out, const char *before, str value);

#endif
