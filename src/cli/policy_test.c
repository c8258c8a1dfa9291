/* Runs the cases of policies/policy-test.schema.json. */
#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "file/file.h"
#include "shelflife/json.h"
#include "json/document.h"

enum { TESTS_BYTES_MAX = 16 << 20, JUDGE_MAX = 16 << 20, WHY_MAX = 1024 };

/* What a case says about each of its images. */
struct expectation {
    str name, namespace;
    shelflife_day at;
    enum shelflife_mode mode;
    bool has_phase, has_action;
    size_t phase, action;
};

struct testing {
    struct cli_judging judging;
    size_t format;
    const char *file;
    const struct shelflife_snapshot *snapshot;
    struct cli_style style;
    struct shelflife_json_writer json;
    arena memory;
    size_t passed, failed;
};

/* ---- One image ---- */

/* Why the verdict is what it is: what a message about the image says, and what the mode does to it. */
static void describe(const struct shelflife_verdict *verdict, enum shelflife_mode mode, buffer *out)
{
    struct shelflife_verdict unnamed = *verdict;
    const char *softened = shelflife_action_name(shelflife_mode_soften(mode, verdict->action)),
               *action = shelflife_action_name(verdict->action);
    unnamed.image = (str){0};
    shelflife_verdict_describe(&unnamed, WHY_MAX, out);
    if (softened != action)
        shelflife_buffer_format(out, "; %s becomes %s in mode %s", action, softened,
                                shelflife_mode_name(mode));
}

static void print_failure(const struct testing *t, const struct node *image, const struct expectation *e,
                          str text, const char *what, const char *is, const char *expected, str why)
{
    uint32_t line, column;
    shelflife_node_place(*image, &line, &column);
    printf("%sFAIL%s ", t->style.bad, t->style.plain);
    shelflife_cli_print(shelflife_str_of(t->file));
    printf(":%u: ", line);
    if (e->name.len) {
        shelflife_cli_print(e->name);
        printf(": ");
    }
    shelflife_cli_print(text);
    printf(": the %s is %s, expected %s: ", what, is, expected);
    shelflife_cli_print(why);
    putchar('\n');
}

static void write_json(struct testing *t, const struct expectation *e, str image, const char *phase,
                       const char *action, bool passed, str why)
{
    struct shelflife_json_writer *w = &t->json;
    shelflife_json_write_map(w);
    shelflife_json_member_text(w, "file", t->file);
    shelflife_json_member_nullable(w, "name", e->name);
    shelflife_json_member_string(w, "image", image);
    shelflife_json_member_nullable(w, "namespace", e->namespace);
    shelflife_json_member_text(w, "mode", shelflife_mode_name(e->mode));
    shelflife_json_member_day(w, "at", e->at);
    shelflife_json_member_text(w, "phase", phase);
    shelflife_json_member_text(w, "action", action);
    shelflife_json_member_map(w, "expected");
    if (e->has_phase)
        shelflife_json_member_text(w, "phase", shelflife_phase_names[e->phase]);
    if (e->has_action)
        shelflife_json_member_text(w, "action", shelflife_action_names[e->action]);
    shelflife_json_write_end(w);
    shelflife_json_member_bool(w, "passed", passed);
    shelflife_json_member_string(w, "why", why);
    shelflife_json_write_end(w);
}

static bool run_image(struct testing *t, const struct expectation *e, const struct node *node, error *err)
{
    const struct shelflife_snapshot *s = t->snapshot;
    struct shelflife_verdict verdict;
    buffer text CLEANUP(shelflife_buffer_free);
    str image;
    shelflife_buffer_init(&text, SIZE_MAX);
    shelflife_arena_reset(&t->memory);
    if (!shelflife_node_string(*node, &image, err) ||
        !shelflife_policy_judge(s->policy, s->catalogs, s->inventory, image, e->namespace, e->at, &t->memory,
                                &verdict, err))
        return false;
    enum shelflife_mode mode = shelflife_policy_mode(s->policy, e->namespace, e->mode);
    enum shelflife_action action = shelflife_mode_soften(mode, verdict.action);
    describe(&verdict, mode, &text);
    if (text.failed)
        return shelflife_fail_memory(err);
    const str why = shelflife_buffer_str(&text);
    bool phase_ok = !e->has_phase || verdict.phase == (enum shelflife_phase)e->phase;
    bool action_ok = !e->has_action || action == (enum shelflife_action)e->action;
    const char *phase_name = shelflife_phase_name(verdict.phase),
               *action_name = shelflife_action_names[action];
    ++*(phase_ok && action_ok ? &t->passed : &t->failed);
    if (t->format == CLI_CATALOG_JSON)
        write_json(t, e, image, phase_name, action_name, phase_ok && action_ok, why);
    else if (!phase_ok)
        print_failure(t, node, e, image, "phase", phase_name, shelflife_phase_names[e->phase], why);
    if (t->format != CLI_CATALOG_JSON && !action_ok)
        print_failure(t, node, e, image, "action", action_name, shelflife_action_names[e->action], why);
    return true;
}

/* ---- Cases ---- */

static bool optional_text(const struct node *map, const char *key, str *out, error *err)
{
    struct node node;
    return !shelflife_node_get(map, key, &node) || shelflife_node_string(node, out, err);
}

static bool optional_word(const struct node *map, const char *key, const char *const *words, size_t count,
                          bool *given, size_t *out, error *err)
{
    struct node node;
    *given = shelflife_node_get(map, key, &node);
    return !*given || shelflife_node_word(node, words, count, out, err);
}

static bool read_expectation(const struct node *map, struct expectation *e, error *err)
{
    static const char *const keys[] = {"name", "images", "namespace", "mode", "at", "phase", "action"};
    struct node at;
    bool has_mode;
    size_t mode = SHELFLIFE_MODE_POLICY;
    if (!shelflife_node_map(*map, err) || !shelflife_node_known(*map, keys, COUNT(keys), err) ||
        !optional_text(map, "name", &e->name, err) || !optional_text(map, "namespace", &e->namespace, err) ||
        (shelflife_node_get(map, "at", &at) && !shelflife_node_day(at, &e->at, err)) ||
        !optional_word(map, "mode", shelflife_mode_names, SHELFLIFE_MODE_POLICY, &has_mode, &mode, err) ||
        !optional_word(map, "phase", shelflife_phase_names, SHELFLIFE_PHASES, &e->has_phase, &e->phase,
                       err) ||
        !optional_word(map, "action", shelflife_action_names, SHELFLIFE_DENY + 1, &e->has_action, &e->action,
                       err))
        return false;
    e->mode = (enum shelflife_mode)mode;
    return e->has_phase || e->has_action ||
           shelflife_node_fail(*map, err, "expects nothing: give it a phase or an action");
}

static bool run_case(struct testing *t, const struct node *map, shelflife_day at, error *err)
{
    struct expectation e = {.at = at};
    struct node images, image;
    if (!read_expectation(map, &e, err))
        return false;
    if (!shelflife_node_get(map, "images", &images))
        return shelflife_node_fail(*map, err, "images is missing: which images does this case judge?");
    if (!shelflife_node_array(images, err))
        return false;
    if (!shelflife_node_count(images))
        return shelflife_node_fail(images, err, "is empty: it must name at least one");
    for (size_t i = 0; shelflife_node_at(&images, i, &image); i++)
        if (!run_image(t, &e, &image, err))
            return false;
    return true;
}

static bool run_document(struct testing *t, struct node root, error *err)
{
    static const char *const keys[] = {"apiVersion", "kind", "at", "cases"};
    struct node cases, one, node;
    shelflife_day at = t->judging.at;
    if (!shelflife_node_kind(root, "PolicyTest", err) ||
        !shelflife_node_known(root, keys, COUNT(keys), err) ||
        (shelflife_node_get(&root, "at", &node) && !shelflife_node_day(node, &at, err)))
        return false;
    if (!shelflife_node_get(&root, "cases", &cases))
        return shelflife_node_fail(root, err, "cases is missing: there is nothing to test");
    if (!shelflife_node_array(cases, err))
        return false;
    for (size_t i = 0; shelflife_node_at(&cases, i, &one); i++)
        if (!run_case(t, &one, at, err))
            return false;
    return true;
}

static bool run_file(struct testing *t, const char *file, error *err)
{
    buffer bytes CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&bytes, TESTS_BYTES_MAX);
    t->file = file;
    if (!shelflife_file_read_input(file, &bytes, err))
        return false;
    struct shelflife_document *document CLEANUP(cleanup_document) =
        shelflife_document_read_placed(shelflife_buffer_str(&bytes), file, err);
    return document && run_document(t, shelflife_document_root(document), err);
}

/* ---- The command ---- */

static bool run_all(struct testing *t, const struct cli_list *files, error *err)
{
    buffer out CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&out, SIZE_MAX);
    shelflife_json_writer_init(&t->json, &out);
    shelflife_json_write_array(&t->json);
    for (size_t i = 0; i < files->count; i++)
        if (!run_file(t, files->at[i], err))
            return false;
    shelflife_json_write_end(&t->json);
    if (t->passed + t->failed == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "there are no cases");
    if (t->format == CLI_CATALOG_JSON)
        return shelflife_cli_print_json(&out, err);
    printf("%zu passed, %zu failed\n", t->passed, t->failed);
    return true;
}

static int test(struct testing *t, int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife policy test",
        .arguments = "FILE...",
        .about = "Test a policy: judge the images of test cases, and compare phase and action with what the\n"
                 "cases expect. policies/policy-test.schema.json describes the files. Each case has images,\n"
                 "and can have a namespace, a mode (the namespace's label shelflife.dev/mode) and a date.\n"
                 "A FILE can also be - (standard input) or a pipe, such as <(COMMAND).\n"
                 "Exit codes: 1 if a case fails, 2 if a file is not valid.",
        .examples = "  shelflife policy test --policy policy.yaml policy-test.yaml",
        .min_arguments = 1,
        .max_arguments = -1};
    const struct cli_option options[] = {
        CLI_OPTIONS_LISTING(&t->judging),
        CLI_OPTION_INVENTORY(&t->judging.inventories),
        CLI_OPTION_FORMAT(&t->format),
    };
    struct cli_list files CLEANUP(shelflife_cli_list_free) = {0};
    int code;
    error err;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &files, &code))
        return code;
    struct shelflife_sources_snapshot *loaded = shelflife_cli_load(&t->judging, &err);
    if (!loaded)
        return shelflife_cli_fail(&err);
    t->snapshot = shelflife_sources_snapshot_view(loaded);
    t->style = shelflife_cli_style();
    bool ok = run_all(t, &files, &err);
    shelflife_sources_snapshot_release(loaded);
    return ok ? shelflife_cli_finish(t->failed ? CLI_EXIT_FINDINGS : CLI_EXIT_OK) : shelflife_cli_fail(&err);
}

int shelflife_cli_policy_test(int argc, char **argv)
{
    struct testing t = {.judging = shelflife_cli_judging()};
    shelflife_arena_init(&t.memory, JUDGE_MAX);
    int code = test(&t, argc, argv);
    shelflife_arena_free(&t.memory);
    shelflife_cli_judging_free(&t.judging);
    return code;
}
