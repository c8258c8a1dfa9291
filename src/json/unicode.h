/*
 * Makes UTF-8 of the bytes of a text, as kubectl does: UTF-16 if a byte order mark says so, otherwise UTF-8.
 * What is not valid becomes U+FFFD, such as a letter of Latin-1 in a comment.
 */
#ifndef SHELFLIFE_JSON_UNICODE_H
#define SHELFLIFE_JSON_UNICODE_H

#include "base/base.h"

/* The byte order mark in UTF-8. It is passed on: only a reader of the format knows where it has a meaning. */
#define SHELFLIFE_JSON_BOM "\xef\xbb\xbf"

/* Set to zero before the first piece. */
struct shelflife_json_unicode {
    enum { JSON_UNICODE_UNKNOWN, JSON_UNICODE_UTF8, JSON_UNICODE_UTF16LE, JSON_UNICODE_UTF16BE } form;
    char held[8]; /* the start of a character that the next piece completes */
    size_t held_len;
};

/* Appends a piece of the text. The last piece may be empty. Check out->failed. */
void shelflife_json_unicode_append(struct shelflife_json_unicode *u, str piece, bool last, buffer *out);

#endif
