/*
 * Errors. All functions with a parameter `struct shelflife_error *err`, which is always the last, behave
 * alike:
 *
 *   - On failure they return false or NULL and set *err.
 *   - On success they leave *err unchanged.
 *   - err may be NULL if the caller does not need the error.
 *
 * An error owns no memory: it can be copied, need not be freed, and can be set when memory has run out.
 *
 * The text is one sentence that helps a user fix the problem: what is wrong, where, and what would be right.
 * It is valid UTF-8 and safe to print: each control or format character of the input is replaced by "?".
 */
#ifndef SHELFLIFE_ERROR_H
#define SHELFLIFE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

#include "shelflife/export.h"

SHELFLIFE_BEGIN_DECLS

enum shelflife_error_kind {
    SHELFLIFE_ERROR_NONE = 0,
    SHELFLIFE_ERROR_INPUT,  /* the input is malformed: JSON, an image reference, a catalog */
    SHELFLIFE_ERROR_USAGE,  /* a flag, the configuration, or a call is wrong */
    SHELFLIFE_ERROR_LIMIT,  /* the input is well-formed, but exceeds a limit */
    SHELFLIFE_ERROR_IO,     /* a file, socket or server could not be read or reached */
    SHELFLIFE_ERROR_MEMORY, /* out of memory */
    SHELFLIFE_ERROR_TIME,   /* it took too long */
};

enum { SHELFLIFE_ERROR_TEXT_MAX = 1024 };

struct shelflife_error {
    enum shelflife_error_kind kind;
    char text[SHELFLIFE_ERROR_TEXT_MAX]; /* NUL-terminated */
};

/* Sets *err. Always returns false, so that a function can fail with `return shelflife_fail(...)`. */
SHELFLIFE_API bool shelflife_fail(struct shelflife_error *err, enum shelflife_error_kind kind,
                                  const char *format, ...) SHELFLIFE_PRINTF(3, 4);

/* Sets *err to "out of memory". Always returns false. */
SHELFLIFE_API bool shelflife_fail_memory(struct shelflife_error *err);

/* Adds context, such as the name of a file, to an error that is set: puts "<context>: " in front of its text.
   Always returns false. */
SHELFLIFE_API bool shelflife_error_prefix(struct shelflife_error *err, const char *format, ...)
    SHELFLIFE_PRINTF(2, 3);

SHELFLIFE_END_DECLS

#endif
