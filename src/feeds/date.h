/* Dates in words, as tables of publishers have them, in English and French. */
#ifndef SHELFLIFE_FEEDS_DATE_H
#define SHELFLIFE_FEEDS_DATE_H

#include "base/base.h"

/* Reads "Nov 15, 2024", "July 11, 2026", "15 novembre 2024", "1er mars 2025", "2024-11-15" or "2024/11/15".
   "Not applicable", "N/A", "TBD" and the like give NONE. Returns false if the text is nothing of this kind.
 */
bool shelflife_feeds_date(str text, shelflife_day *out);

/* Folds a text for comparisons: lower case, letters without accents, and one space for each run of anything
   else. Cut after `max` bytes. */
size_t shelflife_feeds_fold(str text, char *out, size_t max);

/* Whether a text contains another; the empty text is in any. */
bool shelflife_feeds_contains(str text, str part);

#endif
