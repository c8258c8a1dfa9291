/*
 * Foreign text in a line for people: an API server drops a warning with a control character silently, and
 * format characters can make a line read otherwise than it is.
 */
#ifndef SHELFLIFE_POLICY_CLEAN_H
#define SHELFLIFE_POLICY_CLEAN_H

#include "base/base.h"

/* Appends s with "?" for each control and format character (Unicode Cc, Cf), line and paragraph separator,
   and byte that is no UTF-8. At most `max` bytes: cut in the middle, with "…" there. */
void shelflife_printable_append(str s, size_t max, buffer *out);

#endif
