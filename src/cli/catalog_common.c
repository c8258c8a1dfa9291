#include "cli/catalog_common.h"

#include "cli/output.h"
#include "cli/terminal.h"
#include "pki/pki.h"

enum { SHOWN_MAX = 60 /* bytes of a value */ };

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

enum shelflife_phase shelflife_cli_row_phase(const struct shelflife_row *row, shelflife_day at,
                                             int32_t notice)
{
    const struct shelflife_match match = {.row = row,
                                          .end_of_patch = row->end_of_patch,
                                          .end_of_availability = row->end_of_availability,
                                          .end_of_extended_patch = row->end_of_extended_patch,
                                          .ended = row->ended};
    return shelflife_match_phase(&match, at, notice, false);
}

bool shelflife_cli_signature_path(const char *given, const char *catalog, char **path, error *err)
{
    if (given)
        *path = strdup(given);
    else if (asprintf(path, "%s.sig", catalog) < 0)
        *path = NULL;
    return *path || shelflife_fail_memory(err);
}

bool shelflife_cli_sign(const char *key_file, str key, str catalog, buffer *signature, error *err)
{
    if (!shelflife_pki_sign(key, catalog, signature, err))
        return shelflife_error_prefix(err, "%s", key_file);
    shelflife_buffer_byte(signature, '\n');
    return !signature->failed || shelflife_fail_memory(err);
}

static void print_value(str value)
{
    bool cut = value.len > SHOWN_MAX;
    value.len = shelflife_utf8_cut(value, SHOWN_MAX);
    shelflife_cli_print(value);
    printf("%s", cut ? "..." : "");
}

void shelflife_cli_print_difference(const struct shelflife_feeds_difference *d)
{
    const struct cli_style style = shelflife_cli_style();
    const char *sign = !d->before.len ? "+" : !d->after.len ? "-" : "~";
    const char *colour = !d->before.len ? style.good : !d->after.len ? style.bad : style.warn;
    printf("%s%s%s ", colour, sign, *colour ? style.plain : "");
    shelflife_cli_print(d->product.len ? d->product : STR("catalog"));
    if (d->release.len) {
        putchar(' ');
        shelflife_cli_print(d->release);
    }
    if (!d->key.len) {
        putchar('\n');
        return;
    }
    printf(" ");
    shelflife_cli_print(d->key);
    printf(": ");
    if (d->before.len)
        print_value(d->before);
    printf("%s", d->before.len && d->after.len ? " -> " : "");
    if (d->after.len)
        print_value(d->after);
    putchar('\n');
}

void shelflife_cli_print_notes(const char *what, str lines)
{
    while (lines.len) {
        str line = shelflife_str_line(&lines);
        shelflife_cli_message("%s: %.*s", what, STR_PRINT(line));
    }
}

shelflife_day shelflife_cli_today(void)
{
    return shelflife_day_of_seconds(time(NULL));
}

bool shelflife_cli_check_as_of(shelflife_day as_of, error *err)
{
    char text[SHELFLIFE_DAY_TEXT_MAX], today[SHELFLIFE_DAY_TEXT_MAX];
    return as_of <= shelflife_cli_today() + 1 ||
           shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--as-of: %s is in the future; today is %s",
                          shelflife_day_format(as_of, text),
                          shelflife_day_format(shelflife_cli_today(), today));
}
