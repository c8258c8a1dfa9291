/*
 * Findings as lines of text: worst first, without repetition, and of limited number and length.
 */
#ifndef SHELFLIFE_ADMISSION_LINES_H
#define SHELFLIFE_ADMISSION_LINES_H

#include "admission/worst.h"

enum { ADMISSION_LINES_MAX = 64 };

struct admission_lines {
    buffer text;                     /* all lines, one after the other */
    size_t end[ADMISSION_LINES_MAX]; /* of each, in text */
    size_t count;
    size_t left_out; /* findings left out because there was no room */
};

struct admission_lines_limits {
    str prefix;   /* of every line */
    size_t each;  /* bytes of a line */
    size_t total; /* bytes of all lines, separators counted as `gap` bytes each */
    size_t gap;
};

void shelflife_admission_lines_init(struct admission_lines *lines, size_t limit);
void shelflife_admission_lines_free(struct admission_lines *lines);

/* Findings that are shown together: the worst of one action, followed by those of a milder one. */
struct admission_shown {
    const struct admission_worst *first, *then; /* `first` may be NULL */
};
size_t shelflife_admission_shown_total(const struct admission_shown *shown);
/* The finding with this number, or NULL if it is not kept. */
const struct admission_finding *shelflife_admission_shown_at(const struct admission_shown *shown, size_t i);

/* Writes findings, replacing the earlier lines. */
void shelflife_admission_lines_write(struct admission_lines *lines, const struct admission_shown *shown,
                                     const struct admission_lines_limits *limits);

str shelflife_admission_lines_at(const struct admission_lines *lines, size_t i);

/* Appends `container "main": ` (or the path) and the verdict: at most max bytes, without control or format
   characters. */
void shelflife_admission_finding_describe(const struct admission_finding *finding, size_t max, buffer *out);

#endif
