/* Suggestions for misspelled words: "did you mean ...?" */
#ifndef SHELFLIFE_BASE_NEAREST_H
#define SHELFLIFE_BASE_NEAREST_H

#include "base/base.h"

/* The index of the word most like `text`, whatever their case; SIZE_MAX if no word is similar. A third of the
   letters may be missing, added, changed or swapped. */
size_t shelflife_nearest(str text, const char *const *words, size_t count);

/* The same for words that word_at() returns. It may skip one by an absent string. */
size_t shelflife_nearest_of(str text, size_t count, str (*word_at)(const void *words, size_t i),
                            const void *words);

#endif
