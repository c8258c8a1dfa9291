/* Colour and width of the terminal on standard output; columns of text. */
#ifndef SHELFLIFE_CLI_TERMINAL_H
#define SHELFLIFE_CLI_TERMINAL_H

#include "base/base.h"
#include "shelflife/catalog.h"

/* Escape sequences for a terminal; empty strings where colour is not wanted: standard output is not a
   terminal, NO_COLOR is set, or TERM is unset or "dumb". */
struct cli_style {
    const char *bold, *dim, *good, *warn, *bad, *plain;
};
struct cli_style shelflife_cli_style(void);

/* The argument of --color. */
enum cli_color { CLI_COLOR_AUTO, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER };
extern const char *const shelflife_cli_color_words[]; /* in the order of the enum, NULL at the end */
/* Whether to print colours. AUTO: as shelflife_cli_style() decides. */
bool shelflife_cli_colours(enum cli_color color);

const char *shelflife_cli_phase_style(const struct cli_style *style, enum shelflife_phase phase);

/* The width of the terminal in characters; 0 if standard output is not a terminal. */
unsigned shelflife_cli_terminal_width(void);

/* Prints s, followed by spaces up to a width in characters. */
void shelflife_cli_print_column(str s, size_t width);

#endif
