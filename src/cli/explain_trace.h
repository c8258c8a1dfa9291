/* How `shelflife explain` describes the steps by which an image was resolved. */
#ifndef SHELFLIFE_CLI_EXPLAIN_TRACE_H
#define SHELFLIFE_CLI_EXPLAIN_TRACE_H

#include "base/base.h"
#include "shelflife/policy.h"

/* Why a step was not taken: "the reference names another variant". NULL if it was taken, or is of no interest
   next to what was. */
const char *shelflife_cli_why_not_taken(const struct shelflife_verdict *verdict,
                                        const struct shelflife_trace_step *step);

/* Appends what the step tried: "Python 3.8 (py: py37)", "\"3.8-slim\" as a version of Python". */
void shelflife_cli_describe_step(const struct shelflife_catalogs *catalogs,
                                 const struct shelflife_trace_step *step, buffer *out);

/* Appends what an unresolved image needs to be resolved; nothing for any other image. */
void shelflife_cli_needed(const struct shelflife_catalogs *catalogs, const struct shelflife_verdict *verdict,
                          const struct shelflife_trace *trace, buffer *out);

#endif
