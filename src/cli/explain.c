#include "cli/commands.h"
#include "cli/explained.h"
#include "cli/judging.h"
#include "cli/output.h"

enum { FORMAT_TABLE, FORMAT_JSON };
enum { MEMORY_MAX = 16 << 20 };

struct explain {
    struct cli_judging judging;
    const char *namespace;
    size_t format;
    struct cli_explained explained; /* the current image */
};

static bool judge(struct explain *x, str image, error *err)
{
    struct cli_explained *e = &x->explained;
    shelflife_arena_reset(&e->arena);
    return shelflife_policy_judge(e->policy, e->catalogs, e->inventory, image, shelflife_str_of(x->namespace),
                                  x->judging.at, &e->arena, &e->verdict, err) &&
           shelflife_cli_explained_trace(e, err);
}

static bool explain_all(struct explain *x, const struct cli_list *images, int *code, error *err)
{
    const struct cli_style style = shelflife_cli_style();
    buffer out CLEANUP(shelflife_buffer_free);
    struct shelflife_json_writer w;
    shelflife_buffer_init(&out, SIZE_MAX);
    shelflife_json_writer_init(&w, &out);
    shelflife_json_write_array(&w);
    for (size_t i = 0; i < images->count; i++) {
        if (!judge(x, shelflife_str_of(images->at[i]), err))
            return false;
        if (shelflife_cli_fails(&x->judging, x->explained.verdict.action))
            *code = CLI_EXIT_FINDINGS;
        if (x->format == FORMAT_JSON) {
            shelflife_json_write_map(&w);
            shelflife_cli_explained_write(&x->explained, &w);
            shelflife_json_write_end(&w);
        } else {
            shelflife_cli_explained_print(&x->explained, &style);
        }
        if (x->explained.failed)
            return shelflife_fail_memory(err);
    }
    shelflife_json_write_end(&w);
    return x->format != FORMAT_JSON || shelflife_cli_print_json(&out, err);
}

static int explain(struct explain *x, int argc, char **argv)
{
    static const char *const formats[] = {"table", "json", NULL};
    static const struct cli_usage usage = {
        .program = "shelflife explain",
        .arguments = "IMAGE...",
        .about = "Show what is known about images: their phase (such as supported or unpatched), the\n"
                 "action that the policy takes, the catalog row that applies and its source, and for\n"
                 "each row that does not apply, the reason. If the release of an image cannot be\n"
                 "determined, show what is missing.",
        .examples = "  shelflife explain python:3.8-slim-bookworm\n"
                    "  shelflife explain --at 2027-01-01 -o json debian:12 redis:6.2",
        .min_arguments = 1,
        .max_arguments = -1};
    const struct cli_option options[] = {
        CLI_OPTIONS_JUDGING(&x->judging),
        {.name = "namespace",
         .letter = 'n',
         .type = CLI_TEXT,
         .argument = "NAME",
         .target = &x->namespace,
         .help = "judge the images as if they were used in this namespace"},
        {.name = "output",
         .letter = 'o',
         .type = CLI_WORD,
         .argument = "FORMAT",
         .target = &x->format,
         .words = formats,
         .help = "output format: table (the default) or json"},
    };
    struct cli_list images CLEANUP(shelflife_cli_list_free) = {0};
    int code = CLI_EXIT_OK;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &images, &code))
        return code;
    error err;
    struct shelflife_sources_snapshot *loaded = shelflife_cli_load(&x->judging, &err);
    if (!loaded)
        return shelflife_cli_fail(&err);
    const struct shelflife_snapshot *snapshot = shelflife_sources_snapshot_view(loaded);
    x->explained.policy = snapshot->policy;
    x->explained.catalogs = snapshot->catalogs;
    x->explained.inventory = snapshot->inventory;
    bool ok = explain_all(x, &images, &code, &err);
    shelflife_sources_snapshot_release(loaded);
    return ok ? shelflife_cli_finish(code) : shelflife_cli_fail(&err);
}

int shelflife_cli_explain(int argc, char **argv)
{
    struct explain x = {.judging = shelflife_cli_judging()};
    shelflife_arena_init(&x.explained.arena, MEMORY_MAX);
    int code = explain(&x, argc, argv);
    shelflife_arena_free(&x.explained.arena);
    shelflife_cli_judging_free(&x.judging);
    return code;
}
