/* What the manual page says about all commands. Plain text: the page adds the formatting. */
#ifndef SHELFLIFE_CLI_MAN_SECTIONS_H
#define SHELFLIFE_CLI_MAN_SECTIONS_H

#include <stddef.h>

/* A paragraph; with a term, the definition of it. */
struct cli_man_text {
    const char *term, *text;
};

struct cli_man_section {
    const char *title;
    const struct cli_man_text *texts;
    size_t count;
};

/* The sections before the commands, and those after them. */
extern const struct cli_man_section shelflife_cli_man_sections_before[], shelflife_cli_man_sections_after[];
extern const size_t shelflife_cli_man_sections_before_count, shelflife_cli_man_sections_after_count;

#endif
