/*
 * Calendar days in UTC, proleptic Gregorian, counted from 1970-01-01 as day 0. All of the library's time
 * is a day that the caller hands in; nothing in it reads a clock. Days compare with < and >.
 */
#ifndef SHELFLIFE_DAY_H
#define SHELFLIFE_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "shelflife/export.h"
#include "shelflife/str.h"

SHELFLIFE_BEGIN_DECLS

typedef int32_t shelflife_day;

/* An absent date. Less than every real day. */
#define SHELFLIFE_DAY_NONE INT32_MIN

enum { SHELFLIFE_DAY_TEXT_MAX = sizeof("9999-12-31") };

/* Reads exactly YYYY-MM-DD (RFC 3339 full-date), years 0001 to 9999; the 30th of February is refused. */
SHELFLIFE_API bool shelflife_day_parse(struct shelflife_str text, shelflife_day *day);

/* Writes YYYY-MM-DD and a NUL; for SHELFLIFE_DAY_NONE, and days outside years 1 to 9999, the empty
   string. Returns text. */
SHELFLIFE_API const char *shelflife_day_format(shelflife_day day, char text[SHELFLIFE_DAY_TEXT_MAX]);

/* The UTC day of a time in seconds since the epoch, rounded towards the past. */
SHELFLIFE_API shelflife_day shelflife_day_of_seconds(int64_t seconds);

/* Reads a span of whole days: "90d", "12w", or "0". At most 36500 days. */
SHELFLIFE_API bool shelflife_day_parse_span(struct shelflife_str text, int32_t *days);

SHELFLIFE_END_DECLS

#endif
