#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "feeds/lint.h"
#include "file/file.h"
#include "shelflife/json.h"
#include "sources/files.h"

static void print_finding(const struct cli_style *style, const char *file,
                          const struct shelflife_feeds_finding *f)
{
    printf("%s", style->bold);
    shelflife_cli_print(shelflife_str_of(file));
    printf("%s: ", style->plain);
    if (f->path.len) {
        shelflife_cli_print(f->path);
        printf(": ");
    }
    printf("%s", style->warn);
    shelflife_cli_print(f->problem);
    printf("%s", style->plain);
    if (f->suggestion.len) {
        printf("; ");
        shelflife_cli_print(f->suggestion);
    }
    putchar('\n');
}

static void write_finding(struct shelflife_json_writer *w, const char *file,
                          const struct shelflife_feeds_finding *f)
{
    shelflife_json_write_map(w);
    shelflife_json_member_nullable(w, "file", shelflife_str_of(file));
    shelflife_json_member_nullable(w, "path", f->path);
    shelflife_json_member_nullable(w, "problem", f->problem);
    shelflife_json_member_nullable(w, "suggestion", f->suggestion);
    shelflife_json_write_end(w);
}

static bool lint_file(const char *file, size_t format, struct shelflife_json_writer *w, size_t *count,
                      error *err)
{
    const struct cli_style style = shelflife_cli_style();
    struct shelflife_feeds_findings findings CLEANUP(shelflife_feeds_findings_free);
    buffer bytes CLEANUP(shelflife_buffer_free);
    shelflife_feeds_findings_init(&findings);
    shelflife_buffer_init(&bytes, SIZE_MAX);
    if (!shelflife_file_read_input(file, &bytes, err) ||
        !shelflife_feeds_lint(shelflife_buffer_str(&bytes), file, &findings, err))
        return false;
    for (size_t i = 0; i < findings.count; i++)
        if (format == CLI_CATALOG_JSON)
            write_finding(w, file, &findings.at[i]);
        else
            print_finding(&style, file, &findings.at[i]);
    *count += findings.count;
    return true;
}

struct linting {
    size_t format, files, done, findings;
    struct shelflife_json_writer w;
    int code; /* of the last failure */
};

/* For a directory, the catalogs in it, as with --catalog. */
static void lint_argument(struct linting *l, const char *argument)
{
    struct shelflife_file_list files CLEANUP(shelflife_file_list_free) = {0};
    error err;
    if (!shelflife_sources_list_catalogs(&files, argument, &err)) {
        l->files++;
        l->code = shelflife_cli_fail(&err);
        return;
    }
    for (size_t i = 0; i < files.count; i++) {
        l->files++;
        if (lint_file(files.at[i], l->format, &l->w, &l->findings, &err))
            l->done++;
        else
            l->code = shelflife_cli_fail(&err);
    }
}

static int lint_all(const struct cli_list *arguments, size_t format)
{
    error err;
    struct linting l = {.format = format};
    buffer json CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&json, SIZE_MAX);
    shelflife_json_writer_init(&l.w, &json);
    shelflife_json_write_array(&l.w);
    for (size_t i = 0; i < arguments->count; i++)
        lint_argument(&l, arguments->at[i]);
    shelflife_json_write_end(&l.w);
    if (format == CLI_CATALOG_JSON && !shelflife_cli_print_json(&json, &err))
        return shelflife_cli_fail(&err);
    if (format == CLI_CATALOG_TABLE)
        fprintf(stderr, "%zu file%s, %zu finding%s\n", l.done, l.done == 1 ? "" : "s", l.findings,
                l.findings == 1 ? "" : "s");
    if (l.done < l.files)
        return l.done ? CLI_EXIT_PARTIAL : l.code;
    return l.findings ? CLI_EXIT_FINDINGS : CLI_EXIT_OK;
}

int shelflife_cli_catalog_lint(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog lint",
        .arguments = "FILE|DIR...",
        .about =
            "Check catalog files for mistakes: format errors, dates in the wrong order, overlapping\n"
            "or unused patterns, releases with the same spelling, and rows that no image can match.\n"
            "Each finding names the file, the place and the fix. A \"note\" on a row confirms that unusual\n"
            "dates are as published. Exits with 1 if there are findings. A FILE can also be -\n"
            "(standard input) or a pipe, such as <(COMMAND).",
        .examples = "  shelflife catalog lint own.json\n"
                    "  shelflife catalog lint -o json catalogs/ | jq -r '.[].path'",
        .min_arguments = 1,
        .max_arguments = -1};
    size_t format = CLI_CATALOG_TABLE;
    const struct cli_option options[] = {CLI_OPTION_FORMAT(&format)};
    struct cli_list arguments CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &arguments, &code))
        return code;
    return shelflife_cli_finish(lint_all(&arguments, format));
}
