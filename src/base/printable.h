/*
 * Untrusted text in messages: in warnings, error texts and on terminals. An API server silently drops a
 * warning with a control character, and format characters can make a line look like another one.
 */
#ifndef SHELFLIFE_BASE_PRINTABLE_H
#define SHELFLIFE_BASE_PRINTABLE_H

#include "base/base.h"

/* Whether a character is not shown as itself: a control or format character (Unicode categories Cc and Cf), a
   line or paragraph separator, or 0xffffffff, the code of a byte that is not UTF-8. */
bool shelflife_printable_is_hidden(uint32_t c);

/* Appends s with "?" in place of each hidden character. Appends at most `max` bytes: cuts out the middle and
   puts "…" there. */
void shelflife_printable_append(str s, size_t max, buffer *out);

#endif
