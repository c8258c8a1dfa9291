#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "feeds/disagree.h"
#include "feeds/lint.h"
#include "feeds/lint_tags.h"
#include "file/file.h"
#include "shelflife/json.h"
#include "sources/files.h"

enum { TAGS_MAX = 64 << 20 };

struct linting {
    size_t format;
    const char *tags; /* a file of references */
    buffer references;
    struct linted {
        char *name;
        buffer bytes;
    } * at; /* the files that could be read */
    size_t count, capacity;
    size_t files, done, findings, remarks;
    struct shelflife_json_writer w;
    int code; /* of the last failure */
};

static void print_finding(const char *file, const struct shelflife_feeds_finding *f)
{
    const struct cli_style style = shelflife_cli_style();
    if (f->remark) {
        shelflife_cli_message("%s: %.*s: remark: %.*s; %.*s", file, STR_PRINT(f->path), STR_PRINT(f->problem),
                              STR_PRINT(f->suggestion));
        return;
    }
    printf("%s", style.bold);
    shelflife_cli_print(shelflife_str_of(file));
    printf("%s: ", style.plain);
    if (f->path.len) {
        shelflife_cli_print(f->path);
        printf(": ");
    }
    printf("%s", style.warn);
    shelflife_cli_print(f->problem);
    printf("%s", style.plain);
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
    shelflife_json_member_bool(w, "remark", f->remark);
    shelflife_json_write_end(w);
}

/* `file` is the only file that was checked, or NULL. */
static void put_findings(struct linting *l, const char *file, const struct shelflife_feeds_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct shelflife_feeds_finding *f = &findings->at[i];
        const char *name = file ? file : f->file.at; /* which ends in a NUL */
        l->remarks += f->remark;
        l->findings += !f->remark;
        if (l->format == CLI_CATALOG_JSON)
            write_finding(&l->w, name, f);
        else
            print_finding(name, f);
    }
}

/* Keeps the bytes for the comparison of all files. */
static struct linted *add_file(struct linting *l, const char *name, error *err)
{
    if (!shelflife_grow(&l->at, &l->capacity, l->count + 1, sizeof(*l->at))) {
        shelflife_fail_memory(err);
        return NULL;
    }
    struct linted *file = &l->at[l->count];
    *file = (struct linted){.name = strdup(name)};
    shelflife_buffer_init(&file->bytes, SIZE_MAX);
    l->count += file->name != NULL;
    if (!file->name)
        shelflife_fail_memory(err);
    return file->name ? file : NULL;
}

static bool lint_file(struct linting *l, const char *name, error *err)
{
    struct shelflife_feeds_findings findings CLEANUP(shelflife_feeds_findings_free);
    buffer bytes CLEANUP(shelflife_buffer_free);
    shelflife_feeds_findings_init(&findings);
    shelflife_buffer_init(&bytes, SIZE_MAX);
    if (!shelflife_file_read_input(name, &bytes, err) ||
        !shelflife_feeds_lint(shelflife_buffer_str(&bytes), name, &findings, err) ||
        (l->tags && !shelflife_feeds_lint_tags(shelflife_buffer_str(&bytes), name,
                                               shelflife_buffer_str(&l->references), &findings, err)))
        return false;
    put_findings(l, name, &findings);
    struct linted *file = add_file(l, name, err);
    if (!file)
        return false;
    file->bytes = bytes;
    shelflife_buffer_init(&bytes, SIZE_MAX);
    return true;
}

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
        if (lint_file(l, files.at[i], &err))
            l->done++;
        else
            l->code = shelflife_cli_fail(&err);
    }
}

static bool compare_files(struct linting *l, error *err)
{
    struct shelflife_feeds_findings findings CLEANUP(shelflife_feeds_findings_free);
    shelflife_feeds_findings_init(&findings);
    struct shelflife_feeds_named_catalog *catalogs CLEANUP(cleanup_free) =
        shelflife_calloc(l->count + 1, sizeof(*catalogs));
    if (!catalogs)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < l->count; i++)
        catalogs[i] = (struct shelflife_feeds_named_catalog){.bytes = shelflife_buffer_str(&l->at[i].bytes),
                                                             .origin = l->at[i].name};
    if (!shelflife_feeds_disagree(catalogs, l->count, &findings, err))
        return false;
    put_findings(l, NULL, &findings);
    return true;
}

static void print_sum(const struct linting *l)
{
    fprintf(stderr, "%zu file%s, %zu finding%s", l->done, l->done == 1 ? "" : "s", l->findings,
            l->findings == 1 ? "" : "s");
    if (l->remarks)
        fprintf(stderr, ", %zu remark%s", l->remarks, l->remarks == 1 ? "" : "s");
    fputc('\n', stderr);
}

static int lint_all(struct linting *l, const struct cli_list *arguments)
{
    error err;
    buffer json CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&json, SIZE_MAX);
    shelflife_json_writer_init(&l->w, &json);
    shelflife_json_write_array(&l->w);
    if (l->tags && !shelflife_file_read_input(l->tags, &l->references, &err))
        return shelflife_cli_fail(&err);
    for (size_t i = 0; i < arguments->count; i++)
        lint_argument(l, arguments->at[i]);
    if (!compare_files(l, &err))
        return shelflife_cli_fail(&err);
    shelflife_json_write_end(&l->w);
    if (l->format == CLI_CATALOG_JSON && !shelflife_cli_print_json(&json, &err))
        return shelflife_cli_fail(&err);
    if (l->format == CLI_CATALOG_TABLE)
        print_sum(l);
    if (l->done < l->files)
        return l->done ? CLI_EXIT_PARTIAL : l->code;
    return l->findings ? CLI_EXIT_FINDINGS : CLI_EXIT_OK;
}

static int lint(struct linting *l, int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog lint",
        .arguments = "FILE|DIR...",
        .about =
            "Check catalog files for mistakes: format errors, dates in the wrong order, overlapping\n"
            "or unused patterns, releases with the same spelling, and rows that no image can match.\n"
            "Each finding names the file, the place and the fix. Exits with 1 if there are findings.\n"
            "Remarks on standard error do not change the exit code: releases that were patched after\n"
            "their end, and dates on which two of the files disagree. A \"note\" on a row confirms that\n"
            "unusual dates are as published. A FILE can also be - (standard input) or a pipe, such as\n"
            "<(COMMAND).",
        .examples = "  shelflife catalog lint own.json\n"
                    "  shelflife catalog lint -o json catalogs/ | jq -r '.[].path'\n"
                    "  shelflife catalog lint --tags references.txt own.json",
        .min_arguments = 1,
        .max_arguments = -1};
    const struct cli_option options[] = {
        {.name = "tags",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &l->tags,
         .help = "compare repositories with the image references in this file, one per\n"
                 "line. It is a finding if a repository has at least 5 tags with a\n"
                 "version, less than a third of them name a release of its product,\n"
                 "and the catalog does not give a \"reason\". Versions older or newer\n"
                 "than all releases do not count"},
        CLI_OPTION_FORMAT(&l->format),
    };
    struct cli_list arguments CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &arguments, &code))
        return code;
    return shelflife_cli_finish(lint_all(l, &arguments));
}

int shelflife_cli_catalog_lint(int argc, char **argv)
{
    struct linting l = {.format = CLI_CATALOG_TABLE};
    shelflife_buffer_init(&l.references, TAGS_MAX);
    int code = lint(&l, argc, argv);
    for (size_t i = 0; i < l.count; i++) {
        free(l.at[i].name);
        shelflife_buffer_free(&l.at[i].bytes);
    }
    shelflife_free(l.at);
    shelflife_buffer_free(&l.references);
    return code;
}
