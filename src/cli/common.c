#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/printable.h"
#include "cli/remote.h"
#include "file/file.h"

const char *const shelflife_cli_fail_on_words[] = {"deny", "warn", "never", NULL};

void shelflife_cli_complain(const char *format, ...)
{
    char text[SHELFLIFE_ERROR_TEXT_MAX];
    error clean;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    shelflife_fail(&clean, SHELFLIFE_ERROR_USAGE, "%s", text);
    fprintf(stderr, "shelflife: %s\n", clean.text);
}

int shelflife_cli_fail(const error *err)
{
    shelflife_cli_complain("%s", err->text);
    return err->kind == SHELFLIFE_ERROR_IO || err->kind == SHELFLIFE_ERROR_MEMORY ? CLI_UNABLE : CLI_USAGE;
}

/* Edit distance, of words that are short. */
static size_t distance(str a, str b)
{
    enum { LONGEST = 32 };
    size_t row[LONGEST + 1];
    if (a.len > LONGEST || b.len > LONGEST)
        return SIZE_MAX;
    for (size_t k = 0; k <= b.len; k++)
        row[k] = k;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= b.len; k++) {
            size_t best = diagonal + (a.at[i - 1] != b.at[k - 1]);
            diagonal = row[k];
            best = best < row[k] + 1 ? best : row[k] + 1;
            row[k] = best < row[k - 1] + 1 ? best : row[k - 1] + 1;
        }
    }
    return row[b.len];
}

const char *shelflife_cli_nearest(const char *text, const char *const *words, size_t count)
{
    const char *nearest = NULL;
    size_t least = 3; /* more mistakes than two are another word */
    for (size_t i = 0; i < count; i++) {
        size_t d = distance(shelflife_str_of(text), shelflife_str_of(words[i]));
        if (d < least) {
            least = d;
            nearest = words[i];
        }
    }
    return nearest;
}

int shelflife_cli_finish(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (errno != EPIPE)
        shelflife_cli_complain("cannot write to standard output: %s", strerror(errno));
    return CLI_UNABLE;
}

void shelflife_cli_put(str s)
{
    buffer clean CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&clean, 64 << 10);
    shelflife_printable_append(s, 4096, &clean);
    printf("%.*s", STR_PRINT(shelflife_buffer_str(&clean)));
}

bool shelflife_cli_read_head(const char *path, size_t most, buffer *out, error *err)
{
    return shelflife_file_read_head(path, most, out, err);
}

bool shelflife_cli_read(const char *path, buffer *out, error *err)
{
    return shelflife_file_read_input(path, out, err);
}

struct cli_judging shelflife_cli_judging(void)
{
    return (struct cli_judging){.at = shelflife_day_of_seconds(time(NULL)), .fail_on = CLI_FAIL_ON_NEVER};
}

void shelflife_cli_judging_free(struct cli_judging *judging)
{
    shelflife_cli_list_free(&judging->catalogs);
}

static void complain_of_unknown(const struct cli_judging *judging, const struct shelflife_loaded *loaded)
{
    size_t count;
    const str *unknown = shelflife_sources_snapshot_unmatched(loaded, &count);
    for (size_t i = 0; i < count; i++)
        shelflife_cli_complain("%s: %.*s; it does nothing there", judging->policy, STR_PRINT(unknown[i]));
}

struct shelflife_loaded *shelflife_cli_load(const struct cli_judging *judging, error *err)
{
    struct cli_remote remote;
    if (!shelflife_cli_remote_start(&remote, &judging->catalogs, &judging->remote, NULL, err))
        return NULL;
    const struct shelflife_sources_config sources = {.policy = judging->policy,
                                                     .catalogs = remote.files.at,
                                                     .catalog_count = remote.files.count,
                                                     .no_embedded = judging->no_embedded,
                                                     .keep_bytes = true,
                                                     .supplier = shelflife_cli_remote_supplier(&remote)};
    struct shelflife_loaded *loaded = shelflife_sources_snapshot_load(&sources, err);
    shelflife_cli_remote_free(&remote);
    if (loaded)
        complain_of_unknown(judging, loaded);
    return loaded;
}

bool shelflife_cli_fails(const struct cli_judging *judging, enum shelflife_action action)
{
    return (judging->fail_on == CLI_FAIL_ON_DENY && action == SHELFLIFE_DENY) ||
           (judging->fail_on == CLI_FAIL_ON_WARN && action != SHELFLIFE_ALLOW);
}

struct cli_style shelflife_cli_style(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool plain = !isatty(fileno(stream)) || (no_color && *no_color) || !term ||
                 shelflife_str_equal(shelflife_str_of(term), STR("dumb"));
    return plain ? (struct cli_style){"", "", "", "", "", ""}
                 : (struct cli_style){"\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[0m"};
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
