/*
 * Errors: one type for the whole library.
 *
 * The contract, for every function that takes a `struct shelflife_error *err` (always last):
 *   - it returns false (or NULL) exactly if it failed, and has filled *err then;
 *   - on success *err is untouched;
 *   - err may be NULL if the caller does not care why;
 *   - an error owns no memory: it can be copied, dropped and filled when memory has run out.
 *
 * The text is one sentence a user can act on: what was wrong, where, and what would be right. It is
 * valid UTF-8 without control characters, whatever bytes the input had.
 */
#ifndef SHELFLIFE_ERROR_H
#define SHELFLIFE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

#include "shelflife/export.h"

SHELFLIFE_BEGIN_DECLS

enum shelflife_error_kind {
    SHELFLIFE_ERROR_NONE = 0,
    SHELFLIFE_ERROR_INPUT,  /* the bytes given are not what they should be: JSON, reference, catalog */
    SHELFLIFE_ERROR_USAGE,  /* flags or configuration are wrong */
    SHELFLIFE_ERROR_LIMIT,  /* well-formed, but larger than a named limit */
    SHELFLIFE_ERROR_IO,     /* a file, a socket or a peer could not be read or reached */
    SHELFLIFE_ERROR_MEMORY, /* no memory */
};

enum { SHELFLIFE_ERROR_TEXT_MAX = 1024 };

struct shelflife_error {
    enum shelflife_error_kind kind;
    char text[SHELFLIFE_ERROR_TEXT_MAX]; /* NUL-terminated */
};

/* Fills *err. Returns false, so that a failing function can end in `return shelflife_fail(...)`. */
SHELFLIFE_API bool shelflife_fail(struct shelflife_error *err, enum shelflife_error_kind kind,
                                  const char *format, ...) SHELFLIFE_PRINTF(3, 4);

/* The same for the one error whose text is always the same: no memory. */
SHELFLIFE_API bool shelflife_fail_memory(struct shelflife_error *err);

/* Puts "<formatted>: " before the text of an error that is set: the file, the field. Keeps its kind.
   Returns false, like shelflife_fail(). */
SHELFLIFE_API bool shelflife_error_prefix(struct shelflife_error *err, const char *format, ...)
    SHELFLIFE_PRINTF(2, 3);

SHELFLIFE_END_DECLS

#endif
