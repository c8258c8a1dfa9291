/*
 * Calendar days in UTC (proleptic Gregorian), counted from 1970-01-01, which is day 0. The library never
 * reads a clock: the caller passes in the day to judge for. Days can be compared with < and >.
 */
#ifndef SHELFLIFE_DAY_H
#define SHELFLIFE_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "shelflife/export.h"
#include "shelflife/str.h"

SHELFLIFE_BEGIN_DECLS

typedef int32_t shelflife_day;

/* No date. It is less than every day. */
#define SHELFLIFE_DAY_NONE INT32_MIN

enum { SHELFLIFE_DAY_TEXT_MAX = sizeof("9999-12-31") };

/* Parses YYYY-MM-DD (RFC 3339 full-date) in the years 0001 to 9999. Refuses days that do not exist. */
SHELFLIFE_API bool shelflife_day_parse(struct shelflife_str text, shelflife_day *day);

/* Writes YYYY-MM-DD, or an empty string for SHELFLIFE_DAY_NONE and for days outside the years 1 to 9999.
   Returns text, which is NUL-terminated. */
SHELFLIFE_API const char *shelflife_day_format(shelflife_day day, char text[SHELFLIFE_DAY_TEXT_MAX]);

/* The UTC day of a Unix time in seconds. */
SHELFLIFE_API shelflife_day shelflife_day_of_seconds(int64_t seconds);

/* Parses a number of days: "90d", "12w" (weeks) or "0". At most 36500 days. */
SHELFLIFE_API bool shelflife_day_parse_span(struct shelflife_str text, int32_t *days);

SHELFLIFE_END_DECLS

#endif
