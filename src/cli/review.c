#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const mode_words[] = {"off", "audit", "warn", "enforce", "policy", NULL};
_Static_assert(SHELFLIFE_MODE_OFF == 0 && SHELFLIFE_MODE_POLICY == COUNT(mode_words) - 2,
               "a word's place is the mode");

struct review {
    struct cli_judging judging;
    size_t mode;
    const struct shelflife_snapshot *snapshot;
    struct shelflife_review *review;
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

static bool judge_file(struct review *r, const char *path, error *err)
{
    struct shelflife_outcome outcome;
    shelflife_buffer_reset(&r->body);
    shelflife_buffer_reset(&r->reply);
    if (!shelflife_cli_read(path, &r->body, err))
        return false;
    shelflife_review_begin(r->review, r->snapshot, r->judging.at, (enum shelflife_mode)r->mode);
    shelflife_review_feed(r->review, shelflife_buffer_str(&r->body));
    if (!shelflife_review_finish(r->review, &r->reply, &outcome, err))
        return false;
    print_reply(r);
    r->found |= shelflife_cli_fails(&r->judging, outcome.allowed ? outcome.action : SHELFLIFE_DENY);
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

static int is_json(const struct dirent *entry)
{
    return shelflife_str_ends(shelflife_str_of(entry->d_name), STR(".json"));
}

/* The reviews of a folder, in the order of their names. */
static void take_folder(struct review *r, const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_json, alphasort);
    if (count < 0) {
        shelflife_cli_complain("cannot read %s: %s", path, strerror(errno));
        r->not_done++;
        return;
    }
    for (int i = 0; i < count; i++) {
        char *name = NULL;
        if (asprintf(&name, "%s/%s", path, entries[i]->d_name) >= 0)
            take_file(r, name);
        else
            r->not_done++;
        free(name);
        free(entries[i]);
    }
    free(entries);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int judge_all(struct review *r, const struct cli_list *files)
{
    r->many = files->count > 1 || is_folder(files->at[0]);
    for (size_t i = 0; i < files->count; i++)
        if (is_folder(files->at[i]))
            take_folder(r, files->at[i]);
        else
            take_file(r, files->at[i]);
    if (r->not_done)
        return r->done ? CLI_PART : CLI_UNABLE;
    return r->found ? CLI_FINDINGS : CLI_FINE;
}

static int load_and_judge(struct review *r, const struct cli_list *files)
{
    static const char *const standard_input[] = {"-"};
    static const struct cli_list stdin_alone = {standard_input, 1};
    error err;
    struct shelflife_loaded *loaded = shelflife_cli_load(&r->judging, &err);
    if (!loaded)
        return shelflife_cli_fail(&err);
    r->snapshot = shelflife_snapshot_view(loaded);
    r->review = shelflife_review_new();
    int code;
    if (r->review) {
        code = judge_all(r, files->count ? files : &stdin_alone);
    } else {
        shelflife_fail_memory(&err);
        code = shelflife_cli_fail(&err);
    }
    shelflife_review_free(r->review);
    shelflife_snapshot_release(loaded);
    return shelflife_cli_finish(code);
}

static int review(struct review *r, int argc, char **argv)
{
    static const char *const formats[] = {"json", NULL};
    static const struct cli_usage usage = {
        .program = "shelflife review",
        .arguments = "[FILE|DIR|-]...",
        .about = "Judges recorded AdmissionReviews: prints the reply the webhook would give, to the\n"
                 "byte. A folder stands for its *.json; without a file, or with \"-\", reads standard\n"
                 "input. Of more than one, each reply is a line.",
        .examples = "  shelflife review --at 2026-11-23 review.json | jq .response\n"
                    "  shelflife review --mode warn --fail-on warn recorded/",
        .max_arguments = -1};
    size_t format;
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
         .target = &format,
         .words = formats,
         .help = "json, which is all there is"},
    };
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code))
        return code;
    if (!files.count && isatty(STDIN_FILENO)) {
        shelflife_cli_complain("FILE is missing, and standard input is a terminal; see \"%s --help\"",
                               usage.program);
        return CLI_USAGE;
    }
    return load_and_judge(r, &files);
}

int shelflife_cli_review(int argc, char **argv)
{
    struct review r = {.judging = shelflife_cli_judging(), .mode = SHELFLIFE_MODE_POLICY};
    shelflife_buffer_init(&r.body, SIZE_MAX);
    shelflife_buffer_init(&r.reply, 1 << 20);
    int code = review(&r, argc, argv);
    shelflife_buffer_free(&r.body);
    shelflife_buffer_free(&r.reply);
    shelflife_cli_judging_free(&r.judging);
    return code;
}
