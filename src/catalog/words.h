/* Words in tags, and the fields in the text of a row. */
#ifndef SHELFLIFE_CATALOG_WORDS_H
#define SHELFLIFE_CATALOG_WORDS_H

#include "catalog/pattern.h"

/* Whether one of the words is in the tag. Words are separated by ".", "-", "_" or "+"; the letters before the
 * digits of a word are also one: jdk in jdk8. */
bool shelflife_catalog_has_word(str tag, const str *words, size_t count);

/* If a word such as "rc1", "-beta" or ".dev0" follows the first `numbers` bytes of a version, returns the
 * bytes up to its end, and sets *found to its letters; otherwise returns 0. */
size_t shelflife_catalog_pre_release(str version, size_t numbers, str *found);

/* Whether the last word of a tag is one such as "rc" or "beta2": 11.8-ubi9-rc. */
bool shelflife_catalog_ends_in_pre_release(str tag);

/* How many numbers a version begins with: 3 in 2.319.3-lts. At most 255 are counted. */
uint8_t shelflife_catalog_count_numbers(str version);

/* Replaces each {field} in a text by its value. A field without a value is left as it is. Returns the number
 * of bytes written; 0 if there is no room for all of them. */
size_t shelflife_catalog_fill(str text, const struct catalog_capture *captured, char *out, size_t size);

#endif
