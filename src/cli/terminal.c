#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/output.h"

struct cli_style shelflife_cli_style(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool plain = !isatty(STDOUT_FILENO) || (no_color && *no_color) || !term ||
                 shelflife_str_equal(shelflife_str_of(term), STR("dumb"));
    return plain ? (struct cli_style){"", "", "", "", "", ""}
                 : (struct cli_style){"\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[0m"};
}

const char *const shelflife_cli_color_words[] = {"auto", "always", "never", NULL};

bool shelflife_cli_colours(enum cli_color color)
{
    return color == CLI_COLOR_ALWAYS || (color == CLI_COLOR_AUTO && *shelflife_cli_style().bold);
}

const char *shelflife_cli_phase_style(const struct cli_style *style, enum shelflife_phase phase)
{
    switch (phase) {
    case SHELFLIFE_PHASE_SUPPORTED:
        return style->good;
    case SHELFLIFE_PHASE_UNAVAILABLE:
        return style->bad;
    case SHELFLIFE_PHASE_ENDING:
    case SHELFLIFE_PHASE_UNPATCHED:
    case SHELFLIFE_PHASE_INVALID:
        return style->warn;
    case SHELFLIFE_PHASE_UNLISTED:
    case SHELFLIFE_PHASE_UNRESOLVED:
        break;
    }
    return style->dim;
}

unsigned shelflife_cli_terminal_width(void)
{
    struct winsize size;
    bool known = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    return known ? size.ws_col : 0;
}

void shelflife_cli_print_column(str s, size_t width)
{
    size_t own = shelflife_utf8_width(s);
    shelflife_cli_print(s);
    printf("%*s", own < width ? (int)(width - own) : 0, "");
}
