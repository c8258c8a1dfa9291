/* What `shelflife explain` tells of how an image was resolved. */
#ifndef SHELFLIFE_CLI_EXPLAIN_H
#define SHELFLIFE_CLI_EXPLAIN_H

#include "cli/cli.h"
#include "shelflife/json.h"

/* Appends why a step led nowhere: "another variant is told by the reference". False if it was taken, or is of
   no interest beside what was. */
bool shelflife_cli_runner_up(const struct shelflife_verdict *verdict, const struct shelflife_trace_step *step,
                             const char **why);

/* What lost: "Python 3.8 (py: py37)", "\"3.8-slim\" as a version of Python", "the pattern …". */
void shelflife_cli_describe_step(const struct shelflife_catalogs *catalogs,
                                 const struct shelflife_trace_step *step, buffer *out);

/* Appends what an unresolved image would need to be resolved; nothing for any other. */
void shelflife_cli_needed(const struct shelflife_catalogs *catalogs, const struct shelflife_verdict *verdict,
                          const struct shelflife_trace *trace, buffer *out);

#endif
