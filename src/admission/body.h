/* The limit of a review's body, for the webhook and for the command that shows what the webhook would reply.
 */
#ifndef SHELFLIFE_ADMISSION_BODY_H
#define SHELFLIFE_ADMISSION_BODY_H

#include "base/base.h"

enum { SHELFLIFE_ADMISSION_BODY_MAX = 32 << 20 /* bytes, by default */ };

/* The error for a body of more than `most` bytes, for shelflife_review_abort(). Returns false. */
static inline bool shelflife_admission_fail_too_large(size_t most, error *err)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the body is larger than %zu bytes", most);
}

#endif
