#include "cli/commands.h"

#include <unistd.h>

#include "admission/body.h"
#include "cli/judging.h"
#include "cli/output.h"
#include "file/file.h"
#include "shelflife/admission.h"
#include "shelflife/json.h"

enum { FORMAT_JSON, FORMAT_TABLE };
static const char *const formats[] = {"json", "table", NULL};

struct review {
    struct cli_judging judging;
    size_t mode, format;
    const char *old_policy; /* of --compare, or NULL */
    const struct shelflife_snapshot *snapshot, *old;
    struct shelflife_review *review;
    size_t max_body;
    buffer body, reply;
    bool many;           /* more than one reply: a line for each */
    size_t done, failed; /* files */
    bool found;          /* a finding at or above --fail-on */
};

static bool is_stdin(const char *path)
{
    return shelflife_str_equal(shelflife_str_of(path), STR("-"));
}

static void print_reply(const struct review *r)
{
    shelflife_cli_write(shelflife_buffer_str(&r->reply));
    bool ends = r->reply.len && r->reply.at[r->reply.len - 1] == '\n';
    /* A single reply in a pipe is exactly what the webhook sends. */
    if (!ends && (r->many || isatty(STDOUT_FILENO)))
        shelflife_cli_write(STR("\n"));
}

/* The effect on the request: errors are denials. */
static enum shelflife_action answer(const struct shelflife_outcome *outcome)
{
    return outcome->allowed ? outcome->action : SHELFLIFE_DENY;
}

static bool judge(struct review *r, const struct shelflife_snapshot *snapshot,
                  struct shelflife_outcome *outcome, error *err)
{
    shelflife_buffer_reset(&r->reply);
    shelflife_review_begin(r->review, snapshot, r->judging.at, (enum shelflife_mode)r->mode);
    shelflife_review_feed(r->review, shelflife_str_first(shelflife_buffer_str(&r->body), r->max_body));
    if (r->body.len > r->max_body) {
        error why;
        shelflife_admission_fail_too_large(r->max_body, &why);
        shelflife_review_abort(r->review, &why);
    }
    return shelflife_review_finish(r->review, &r->reply, outcome, err);
}

static bool print_json(const char *path, const char *old, const struct shelflife_outcome *outcome, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer line;
    struct shelflife_json_writer w;
    shelflife_buffer_init(&line, 1 << 20);
    shelflife_json_writer_init(&w, &line);
    shelflife_json_write_map(&w);
    shelflife_json_member_text(&w, "file", path);
    shelflife_json_member_string(&w, "kind", outcome->kind);
    shelflife_json_member_string(&w, "namespace", outcome->namespace_name);
    shelflife_json_member_string(&w, "name", outcome->name);
    shelflife_json_member_string(&w, "operation", outcome->operation);
    shelflife_json_member_string(&w, "user", outcome->user);
    shelflife_json_member_text(&w, "oldAction", old);
    shelflife_json_member_text(&w, "action", shelflife_action_name(answer(outcome)));
    shelflife_json_member_string(&w, "message", outcome->message);
    shelflife_json_write_end(&w);
    return shelflife_cli_print_json(&line, err);
}

static void print_row(const char *path, const char *old, const struct shelflife_outcome *outcome)
{
    const str parts[] = {shelflife_str_of(path),  STR("  "), outcome->kind, STR(" "),
                         outcome->namespace_name, STR("/"),  outcome->name, STR("  "),
                         outcome->message};
    printf("%-5s -> %-5s  ", old, shelflife_action_name(answer(outcome)));
    for (size_t i = 0; i < COUNT(parts); i++)
        shelflife_cli_print(parts[i]);
    putchar('\n');
}

/* Judges the body and prints the reply; with --compare, only a difference. */
static bool judge_body(struct review *r, const char *path, struct shelflife_outcome *outcome, error *err)
{
    enum shelflife_action old = SHELFLIFE_ALLOW;
    if (r->old) {
        if (!judge(r, r->old, outcome, err))
            return false;
        old = answer(outcome);
    }
    if (!judge(r, r->snapshot, outcome, err))
        return false;
    if (r->old && old == answer(outcome))
        return true;
    r->found |= shelflife_cli_fails(&r->judging, answer(outcome));
    if (!r->old)
        print_reply(r);
    else if (r->format == FORMAT_TABLE)
        print_row(path, shelflife_action_name(old), outcome);
    else
        return print_json(path, shelflife_action_name(old), outcome, err);
    return true;
}

static bool judge_file(struct review *r, const char *path, error *err)
{
    struct shelflife_outcome outcome;
    shelflife_buffer_reset(&r->body);
    if (!shelflife_file_read_head(path, r->max_body + 1, &r->body, err) ||
        !judge_body(r, path, &outcome, err))
        return false;
    if (outcome.http_status == 200)
        return true;
    str reply = shelflife_str_trim(shelflife_buffer_str(&r->reply));
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                          "%s: the webhook would answer with HTTP status %d: %.*s",
                          is_stdin(path) ? "standard input" : path, outcome.http_status, STR_PRINT(reply));
}

static void take_file(struct review *r, const char *path)
{
    error err;
    if (judge_file(r, path, &err)) {
        r->done++;
        return;
    }
    r->failed++;
    shelflife_cli_message("%s", err.text);
}

/* The reviews in a directory, sorted by file name. */
static void take_directory(struct review *r, const char *path)
{
    static const str endings[] = {STR_INIT(".json")};
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list files = {0};
    error why;
    if (!shelflife_file_list_folder(&files, path, endings, COUNT(endings), &why)) {
        shelflife_cli_message("cannot read %s: %s", path, why.text);
        r->failed++;
        return;
    }
    for (size_t i = 0; i < files.count; i++)
        take_file(r, files.at[i]);
}

static int judge_all(struct review *r, const struct cli_list *files)
{
    r->many = files->count > 1 || shelflife_file_is_folder(files->at[0]);
    for (size_t i = 0; i < files->count; i++)
        if (shelflife_file_is_folder(files->at[i]))
            take_directory(r, files->at[i]);
        else
            take_file(r, files->at[i]);
    if (r->failed)
        return r->done ? CLI_EXIT_PARTIAL : CLI_EXIT_FAILED;
    return r->found ? CLI_EXIT_FINDINGS : CLI_EXIT_OK;
}

static bool load_old(struct review *r, struct shelflife_sources_snapshot **old, error *err)
{
    struct cli_judging judging = r->judging;
    judging.policy = r->old_policy;
    if (!r->old_policy)
        return true;
    *old = shelflife_cli_load(&judging, err);
    if (*old)
        r->old = shelflife_sources_snapshot_view(*old);
    return *old != NULL;
}

static int load_and_judge(struct review *r, const struct cli_list *files)
{
    static const char *const dash[] = {"-"};
    static const struct cli_list only_stdin = {dash, 1};
    error err;
    int code;
    struct shelflife_sources_snapshot *old = NULL, *loaded = shelflife_cli_load(&r->judging, &err);
    if (!loaded || !load_old(r, &old, &err)) {
        shelflife_sources_snapshot_release(loaded);
        return shelflife_cli_fail(&err);
    }
    r->snapshot = shelflife_sources_snapshot_view(loaded);
    r->review = shelflife_review_new();
    if (r->review) {
        code = judge_all(r, files->count ? files : &only_stdin);
    } else {
        shelflife_fail_memory(&err);
        code = shelflife_cli_fail(&err);
    }
    shelflife_review_free(r->review);
    shelflife_sources_snapshot_release(loaded);
    shelflife_sources_snapshot_release(old);
    return shelflife_cli_finish(code);
}

static int review(struct review *r, int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife review",
        .arguments = "[FILE|DIR|-]...",
        .about = "Judge recorded AdmissionReviews and print the exact replies that the webhook would\n"
                 "send. For a directory, judge the *.json files in it. Without a file, or with \"-\",\n"
                 "read standard input. A FILE can also be a pipe, such as <(COMMAND). Several replies\n"
                 "are printed one per line. With --compare, print only the reviews that two policies\n"
                 "answer differently.",
        .examples = "  shelflife review --at 2026-11-23 review.json | jq .response\n"
                    "  shelflife review --mode warn --fail-on warn recorded/\n"
                    "  shelflife review --policy new.yaml --compare old.yaml recorded/",
        .max_arguments = -1};
    const struct cli_option options[] = {
        CLI_OPTIONS_JUDGING(&r->judging),
        {.name = "mode",
         .type = CLI_WORD,
         .argument = "MODE",
         .target = &r->mode,
         .words = shelflife_mode_names,
         .help = "judge as the webhook path /validate/MODE does: enforce, warn,\n"
                 "audit or off. With policy (the default), judge as the path\n"
                 "/validate does, where the policy sets the mode of each namespace"},
        {.name = "output",
         .letter = 'o',
         .type = CLI_WORD,
         .argument = "FORMAT",
         .target = &r->format,
         .words = formats,
         .help = "output format: json (the default) or, with --compare, table"},
        {.name = "compare",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &r->old_policy,
         .help = "print the reviews that --policy answers differently from this\n"
                 "policy"},
    };
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code))
        return code;
    if (r->format == FORMAT_TABLE && !r->old_policy) {
        shelflife_cli_message("-o table requires --compare; see \"%s --help\"", usage.program);
        return CLI_EXIT_USAGE;
    }
    if (!files.count && isatty(STDIN_FILENO)) {
        shelflife_cli_message("missing argument: FILE (standard input is a terminal); see \"%s --help\"",
                              usage.program);
        return CLI_EXIT_USAGE;
    }
    return load_and_judge(r, &files);
}

int shelflife_cli_review(int argc, char **argv)
{
    struct review r = {.judging = shelflife_cli_judging(),
                       .mode = SHELFLIFE_MODE_POLICY,
                       .max_body = SHELFLIFE_ADMISSION_BODY_MAX};
    shelflife_buffer_init(&r.body, SIZE_MAX);
    shelflife_buffer_init(&r.reply, 1 << 20);
    int code = review(&r, argc, argv);
    shelflife_buffer_free(&r.body);
    shelflife_buffer_free(&r.reply);
    shelflife_cli_judging_free(&r.judging);
    return code;
}
