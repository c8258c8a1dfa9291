#include "cli/cli.h"

#include <unistd.h>

#include "file/file.h"

static const char *const mode_words[] = {"off", "audit", "warn", "enforce", "policy", NULL};
_Static_assert(SHELFLIFE_MODE_OFF == 0 && SHELFLIFE_MODE_POLICY == COUNT(mode_words) - 2,
               "a word's place is the mode");

enum { FORMAT_JSON, FORMAT_TABLE };
static const char *const formats[] = {"json", "table", NULL};

struct review {
    struct cli_judging judging;
    size_t mode, format;
    const char *old_policy; /* to compare with, or NULL */
    const struct shelflife_snapshot *snapshot, *old;
    struct shelflife_review *review;
    size_t max_body;
    buffer body, reply;
    bool many;             /* more than one: a line for each */
    size_t done, not_done; /* files */
    bool found;            /* something at or above --fail-on */
};

static bool is_stdin(const char *path)
{
    return shelflife_str_equal(shelflife_str_of(path), STR("-"));
}

static void print_reply(const struct review *r)
{
    fwrite(r->reply.at, 1, r->reply.len, stdout);
    bool ends = r->reply.len && r->reply.at[r->reply.len - 1] == '\n';
    /* A single reply that is piped is what the webhook sends, to the byte. */
    if (!ends && (r->many || isatty(STDOUT_FILENO)))
        putchar('\n');
}

/* What whoever sent the review is told. */
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
        shelflife_server_fail_too_large(r->max_body, &why);
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
    if (line.failed)
        return shelflife_fail_memory(err);
    printf("%.*s\n", STR_PRINT(shelflife_buffer_str(&line)));
    return true;
}

static void print_row(const char *path, const char *old, const struct shelflife_outcome *outcome)
{
    const str parts[] = {shelflife_str_of(path),  STR("  "), outcome->kind, STR(" "),
                         outcome->namespace_name, STR("/"),  outcome->name, STR("  "),
                         outcome->message};
    printf("%-5s -> %-5s  ", old, shelflife_action_name(answer(outcome)));
    for (size_t i = 0; i < COUNT(parts); i++)
        shelflife_cli_put(parts[i]);
    putchar('\n');
}

/* Judges what has been read, and tells what comes of it: of a comparison, only what differs. */
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
    if (!shelflife_cli_read_head(path, r->max_body + 1, &r->body, err) || !judge_body(r, path, &outcome, err))
        return false;
    if (outcome.http_status != 200)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s: no review, the webhook answers HTTP %d",
                              is_stdin(path) ? "standard input" : path, outcome.http_status);
    return true;
}

static void take_file(struct review *r, const char *path)
{
    error err;
    if (judge_file(r, path, &err)) {
        r->done++;
        return;
    }
    r->not_done++;
    shelflife_cli_complain("%s", err.text);
}

/* The reviews of a folder, in the order of their names. */
static void take_folder(struct review *r, const char *path)
{
    static const str endings[] = {STR_INIT(".json")};
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list files = {0};
    error why;
    if (!shelflife_file_list_folder(&files, path, endings, COUNT(endings), &why)) {
        shelflife_cli_complain("cannot read %s: %s", path, why.text);
        r->not_done++;
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
            take_folder(r, files->at[i]);
        else
            take_file(r, files->at[i]);
    if (r->not_done)
        return r->done ? CLI_PART : CLI_UNABLE;
    return r->found ? CLI_FINDINGS : CLI_FINE;
}

static bool load_old(struct review *r, struct shelflife_loaded **old, error *err)
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
    static const char *const standard_input[] = {"-"};
    static const struct cli_list stdin_alone = {standard_input, 1};
    error err;
    int code;
    struct shelflife_loaded *old = NULL, *loaded = shelflife_cli_load(&r->judging, &err);
    if (!loaded || !load_old(r, &old, &err)) {
        shelflife_sources_snapshot_release(loaded);
        return shelflife_cli_fail(&err);
    }
    r->snapshot = shelflife_sources_snapshot_view(loaded);
    r->review = shelflife_review_new();
    if (r->review) {
        code = judge_all(r, files->count ? files : &stdin_alone);
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
        .about = "Judges recorded AdmissionReviews: prints the reply the webhook would give, to the\n"
                 "byte. A folder stands for its *.json; without a file, or with \"-\", reads standard\n"
                 "input. Of more than one, each reply is a line. With --compare prints instead which\n"
                 "of them another policy answers otherwise.",
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
         .words = mode_words,
         .help = "as at /validate/MODE: enforce, warn, audit or off; by default\n"
                 "policy, the mode that policy gives the namespace"},
        {.name = "output",
         .letter = 'o',
         .type = CLI_WORD,
         .argument = "FORMAT",
         .target = &r->format,
         .words = formats,
         .help = "json, the default; or with --compare, table"},
        {.name = "compare",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &r->old_policy,
         .help = "print what --policy answers otherwise than this one does"},
    };
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code))
        return code;
    if (r->format == FORMAT_TABLE && !r->old_policy) {
        shelflife_cli_complain("-o table is for --compare; see \"%s --help\"", usage.program);
        return CLI_USAGE;
    }
    if (!files.count && isatty(STDIN_FILENO)) {
        shelflife_cli_complain("FILE is missing, and standard input is a terminal; see \"%s --help\"",
                               usage.program);
        return CLI_USAGE;
    }
    return load_and_judge(r, &files);
}

int shelflife_cli_review(int argc, char **argv)
{
    struct shelflife_server_config server;
    shelflife_server_defaults(&server);
    struct review r = {
        .judging = shelflife_cli_judging(), .mode = SHELFLIFE_MODE_POLICY, .max_body = server.max_body};
    shelflife_buffer_init(&r.body, SIZE_MAX);
    shelflife_buffer_init(&r.reply, 1 << 20);
    int code = review(&r, argc, argv);
    shelflife_buffer_free(&r.body);
    shelflife_buffer_free(&r.reply);
    shelflife_cli_judging_free(&r.judging);
    return code;
}
