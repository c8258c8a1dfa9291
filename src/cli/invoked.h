/* The name that the program was run by, which decides what it calls itself. */
#ifndef SHELFLIFE_CLI_INVOKED_H
#define SHELFLIFE_CLI_INVOKED_H

#include "base/base.h"

enum cli_invoked {
    CLI_INVOKED_DIRECTLY,
    CLI_INVOKED_BY_KUBECTL,  /* kubectl-shelflife: the user wrote "kubectl shelflife" */
    CLI_INVOKED_TO_COMPLETE, /* kubectl_complete-shelflife: kubectl asks what could come next */
};

/* Notes argv[0] of main(), which may be NULL. */
enum cli_invoked shelflife_cli_invoked_as(const char *path);

/* Appends text that shows command lines: "shelflife audit" is "kubectl shelflife audit" if the user wrote
   that. A command line begins at the start of the text or of a line, or after a quote, two spaces, "| " or ":
   ". */
void shelflife_cli_invoked_text(str text, buffer *out);

#endif
