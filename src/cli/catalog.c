#include "cli/catalog.h"

#include <sys/ioctl.h>
#include <unistd.h>

const char *const shelflife_cli_catalog_formats[] = {"table", "json", NULL};

shelflife_day shelflife_cli_row_next(const struct shelflife_row *row, shelflife_day at, const char **what)
{
    const struct {
        shelflife_day day;
        const char *what;
    } ends[] = {{row->end_of_patch, "end of patch"},
                {row->end_of_extended_patch, "end of extended support"},
                {row->end_of_availability, "end of availability"}};
    shelflife_day next = SHELFLIFE_DAY_NONE;
    for (size_t i = 0; i < COUNT(ends); i++)
        if (ends[i].day != SHELFLIFE_DAY_NONE && ends[i].day >= at &&
            (next == SHELFLIFE_DAY_NONE || ends[i].day < next)) {
            next = ends[i].day;
            *what = ends[i].what;
        }
    return next;
}

enum shelflife_phase shelflife_cli_row_phase(const struct shelflife_row *row, shelflife_day at)
{
    enum { NOTICE = 90 };
    const struct shelflife_match match = {.row = row,
                                          .end_of_patch = row->end_of_patch,
                                          .end_of_availability = row->end_of_availability,
                                          .end_of_extended_patch = row->end_of_extended_patch,
                                          .ended = row->ended};
    return shelflife_match_phase(&match, at, NOTICE, false);
}

bool shelflife_cli_json_print(const buffer *json, error *err)
{
    if (json->failed)
        return shelflife_fail_memory(err);
    fwrite(json->at, 1, json->len, stdout);
    putchar('\n');
    return true;
}

size_t shelflife_cli_width(str s)
{
    size_t width = 0;
    for (size_t i = 0; i < s.len; width++)
        shelflife_utf8_next(s, &i);
    return width;
}

void shelflife_cli_put_column(str s, size_t width)
{
    size_t own = shelflife_cli_width(s);
    shelflife_cli_put(s);
    printf("%*s", own < width ? (int)(width - own) : 0, "");
}

size_t shelflife_cli_columns(void)
{
    enum { USUAL = 80, LEAST = 40, MOST = 200 };
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < LEAST)
        return USUAL;
    return size.ws_col < MOST ? size.ws_col : MOST;
}

int shelflife_cli_catalog(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"list", "tell the catalogs, their age and their next dates", shelflife_cli_catalog_list},
        {"show", "draw the releases of a product over time", shelflife_cli_catalog_show},
        {"lint", "check catalog files", shelflife_cli_catalog_lint},
        {"import", "make or update a catalog from endoflife.date", shelflife_cli_catalog_import},
        {"diff", "tell what changed from one catalog to another", shelflife_cli_catalog_diff},
        {"sign", "sign a catalog", shelflife_cli_catalog_sign},
        {"verify", "check a catalog's signature", shelflife_cli_catalog_verify},
        {"fetch", "download a catalog, and check it", shelflife_cli_catalog_fetch},
        {"export", "write what is denied as a Kubernetes policy", shelflife_cli_catalog_export},
    };
    return shelflife_cli_dispatch("shelflife catalog",
                                  "Catalogs: what they say, and how to make, check and ship your own.",
                                  commands, COUNT(commands), argc, argv);
}
