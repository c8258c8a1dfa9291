#include "cli/commands.h"
#include "cli/dispatch.h"
#include "cli/judging.h"
#include "cli/output.h"
#include "file/file.h"

enum { POLICY_BYTES_MAX = 16 << 20 };

/* ---- check ---- */

static void print_mistake(void *count, const error *mistake)
{
    ++*(size_t *)count;
    shelflife_cli_message("%s", mistake->text);
}

/* What policies are checked against. */
struct checking {
    const struct shelflife_catalogs *catalogs;
    shelflife_day at;
};

/* Prints the names in the policy that no catalog has, and the exceptions that have ended, and counts them. */
static bool print_without_effect(const struct checking *c, str bytes, const char *file, size_t *count,
                                 error *err)
{
    enum { LINES_MAX = 100 };
    arena memory CLEANUP(shelflife_arena_free);
    const str *lines;
    shelflife_arena_init(&memory, POLICY_BYTES_MAX);
    if (!shelflife_policy_without_effect(bytes, file, c->catalogs, c->at, LINES_MAX, &memory, &lines, count,
                                         err))
        return false;
    for (size_t i = 0; i < *count; i++)
        shelflife_cli_message("%.*s", STR_PRINT(lines[i]));
    return true;
}

static int check_file(const struct checking *c, const char *file)
{
    buffer bytes CLEANUP(shelflife_buffer_free);
    size_t mistakes = 0, without_effect = 0;
    error err;
    shelflife_buffer_init(&bytes, POLICY_BYTES_MAX);
    if (!shelflife_file_read_input(file, &bytes, &err))
        return shelflife_cli_fail(&err);
    struct shelflife_policy *policy =
        shelflife_policy_check(shelflife_buffer_str(&bytes), file, print_mistake, &mistakes, &err);
    if (!policy && (!mistakes || err.kind != SHELFLIFE_ERROR_INPUT))
        return shelflife_cli_fail(&err);
    shelflife_policy_free(policy);
    if (!print_without_effect(c, shelflife_buffer_str(&bytes), file, &without_effect, &err))
        return shelflife_cli_fail(&err);
    if (mistakes) {
        shelflife_cli_message("%s: %zu mistake%s%s", file, mistakes, mistakes == 1 ? "" : "s",
                              mistakes == SHELFLIFE_POLICY_MISTAKES_MAX ? " or more" : "");
        return CLI_EXIT_USAGE;
    }
    if (!without_effect) {
        shelflife_cli_print(shelflife_str_of(file));
        printf(": no mistakes\n");
    }
    return without_effect ? CLI_EXIT_FINDINGS : CLI_EXIT_OK;
}

static int policy_check(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife policy check",
        .arguments = "FILE...",
        .about = "Check policy files. Prints all mistakes, each with its line, the names of catalogs and\n"
                 "products that no catalog has, and the exceptions that have ended. A FILE can also be -\n"
                 "(standard input) or a pipe, such as <(COMMAND).\n"
                 "Exit codes: 1 if only such names and exceptions were found, 2 if there are mistakes.",
        .examples = "  shelflife policy check policy.yaml\n"
                    "  shelflife policy check --catalog own.json policy.yaml",
        .min_arguments = 1,
        .max_arguments = -1};
    struct cli_judging judging = shelflife_cli_judging();
    const struct cli_option options[] = {CLI_OPTION_AT(&judging.at),
                                         CLI_OPTIONS_CATALOGS(&judging.catalogs, &judging.no_embedded),
                                         CLI_OPTIONS_REMOTE(&judging.remote, &judging.min_serials),
                                         CLI_OPTIONS_REGISTRY_ACCESS(&judging.registry)};
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code)) {
        struct shelflife_sources_snapshot *loaded = shelflife_cli_load(&judging, &err);
        code = loaded ? CLI_EXIT_OK : shelflife_cli_fail(&err);
        for (size_t i = 0; loaded && i < files.count; i++) {
            const struct checking c = {shelflife_sources_snapshot_view(loaded)->catalogs, judging.at};
            int one = check_file(&c, files.at[i]);
            code = one > code ? one : code;
        }
        shelflife_sources_snapshot_release(loaded);
        code = shelflife_cli_finish(code);
    }
    shelflife_cli_judging_free(&judging);
    return code;
}

/* ---- The commands ---- */

int shelflife_cli_policy(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"check", "check policy files for mistakes", policy_check},
        {"show", "show the effective policy, and where each setting is from", shelflife_cli_policy_show},
        {"test", "run test cases: images, and what the policy must do about them", shelflife_cli_policy_test},
    };
    return shelflife_cli_dispatch("shelflife policy", "Check, show and test a policy.", commands,
                                  COUNT(commands), argc, argv);
}
