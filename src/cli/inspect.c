#include <unistd.h>

#include "cli/commands.h"
#include "cli/explained.h"
#include "cli/inspect_gather.h"
#include "cli/judging.h"
#include "cli/output.h"
#include "cli/registry_options.h"
#include "cli/watch.h"
#include "net/net.h"
#include "registry/platform.h"
#include "report/inspected.h"
#include "sources/artifact.h"
#include "sources/fetch.h"

enum { FORMAT_TABLE, FORMAT_JSON };
enum { MEMORY_MAX = 16 << 20 };

struct inspect {
    struct cli_judging judging;
    const char *namespace, *as;
    bool offline;
    size_t format;
    const struct shelflife_snapshot *snapshot;
    struct cli_gather gather;
    struct cli_explained explained; /* the current image, under one of its references */
    struct cli_style style;
    struct shelflife_json_writer writer;
    buffer json;
};

/* ---- The verdict ---- */

/* An image without a reference is judged by its configuration alone: as if it were in a repository that no
   catalog lists. */
static bool judge(struct inspect *x, const struct cli_inspected *image, str reference, error *err)
{
    struct cli_explained *e = &x->explained;
    shelflife_arena_reset(&e->arena);
    if (!shelflife_policy_judge_running(e->policy, e->catalogs, e->inventory,
                                        reference.len ? reference : STR("localhost/image"),
                                        image->found.digest, shelflife_str_of(x->namespace), x->judging.at,
                                        &e->arena, &e->verdict, err) ||
        !shelflife_cli_explained_trace(e, err))
        return false;
    if (reference.len)
        return true;
    e->verdict.image = image->image;
    e->verdict.reference = (struct shelflife_reference){0};
    e->verdict.resolution.canonical = (str){0};
    return true;
}

/* ---- As lines ---- */

static void print_name(const char *name, bool first)
{
    printf("  %-11s ", first ? name : "");
}

static void print_evidence(const struct cli_inspected *image)
{
    const struct shelflife_evidence_list *list = &image->found.evidence;
    for (size_t i = 0; i < list->count; i++) {
        print_name("evidence", i == 0);
        printf("%s ", shelflife_evidence_kind_names[list->at[i].kind]);
        shelflife_cli_print(list->at[i].name);
        printf("%s", list->at[i].name.len ? "=" : "");
        shelflife_cli_print(list->at[i].value);
        putchar('\n');
    }
    if (list->count == 0) {
        print_name("evidence", true);
        puts("none that a catalog has a rule for");
    }
}

static void print_rest(const struct cli_inspected *image)
{
    const struct shelflife_registry_image *found = &image->found;
    char day[SHELFLIFE_DAY_TEXT_MAX];
    print_evidence(image);
    if (found->outdated_since != SHELFLIFE_DAY_NONE) {
        print_name("lifecycle", true);
        printf("replaced by a newer build since %s\n", shelflife_day_format(found->outdated_since, day));
    }
    for (size_t i = 0; i < found->note_count; i++) {
        print_name("note", i == 0);
        shelflife_cli_print(found->notes[i]);
        putchar('\n');
    }
}

/* ---- As JSON ---- */

static void write_rest(struct shelflife_json_writer *w, const struct cli_inspected *image)
{
    const struct shelflife_registry_image *found = &image->found;
    shelflife_json_member_nullable(w, "from", image->image);
    shelflife_json_member_nullable(w, "manifest", found->manifest);
    shelflife_json_member_nullable(w, "configuration", found->config);
    shelflife_json_member_array(w, "evidence");
    for (size_t i = 0; i < found->evidence.count; i++)
        shelflife_report_write_evidence(w, &found->evidence.at[i]);
    shelflife_json_write_end(w);
    shelflife_json_member_day(w, "replacedSince", found->outdated_since);
    shelflife_json_member_array(w, "notes");
    for (size_t i = 0; i < found->note_count; i++)
        shelflife_json_write_string(w, found->notes[i]);
    shelflife_json_write_end(w);
    shelflife_json_member_null(w, "error");
}

static void write_failure(struct shelflife_json_writer *w, const struct cli_inspected *image)
{
    shelflife_json_write_map(w);
    shelflife_json_member_nullable(w, "image", image->image);
    shelflife_json_member_nullable(w, "error", image->why);
    shelflife_json_write_end(w);
}

/* ---- All images ---- */

static bool show(struct inspect *x, const struct cli_inspected *image, str reference, bool last, int *code,
                 error *err)
{
    if (!judge(x, image, reference, err))
        return false;
    if (shelflife_cli_fails(&x->judging, x->explained.verdict.action))
        *code = CLI_EXIT_FINDINGS;
    if (x->format == FORMAT_JSON) {
        shelflife_json_write_map(&x->writer);
        shelflife_cli_explained_write(&x->explained, &x->writer);
        write_rest(&x->writer, image);
        shelflife_json_write_end(&x->writer);
    } else {
        shelflife_cli_explained_print(&x->explained, &x->style);
        if (last)
            print_rest(image);
    }
    return !x->explained.failed || shelflife_fail_memory(err);
}

static bool show_image(struct inspect *x, const struct cli_inspected *image, int *code, error *err)
{
    if (image->why.len) {
        shelflife_cli_message("%.*s", STR_PRINT(image->why));
        if (x->format == FORMAT_JSON)
            write_failure(&x->writer, image);
        return true;
    }
    size_t count = image->reference_count;
    for (size_t i = 0; i < count; i++)
        if (!show(x, image, image->references[i], i + 1 == count, code, err))
            return false;
    return count > 0 || show(x, image, (str){0}, true, code, err);
}

static bool show_all(struct inspect *x, int *code, error *err)
{
    const struct cli_gather *g = &x->gather;
    shelflife_json_write_array(&x->writer);
    for (size_t i = 0; i < g->count; i++)
        if (!show_image(x, &g->at[i], code, err))
            return false;
    shelflife_json_write_end(&x->writer);
    if (x->format == FORMAT_JSON && !shelflife_cli_print_json(&x->json, err))
        return false;
    if (g->failed)
        *code = g->failed == g->count ? CLI_EXIT_FAILED : CLI_EXIT_PARTIAL;
    return true;
}

static bool check_platform(const struct inspect *x, error *err)
{
    struct shelflife_registry_platform platform;
    return !x->judging.registry.platform ||
           shelflife_registry_platform_parse(shelflife_str_of(x->judging.registry.platform), &platform,
                                             err) ||
           shelflife_error_prefix(err, "--platform");
}

static bool check_as(struct inspect *x, error *err)
{
    struct shelflife_reference reference;
    bool ok = !x->as ||
              shelflife_reference_parse(shelflife_str_of(x->as), &x->explained.arena, &reference, err) ||
              shelflife_error_prefix(err, "--as");
    return ok;
}

/* Files are fine. */
static bool check_offline(const struct cli_list *sources, const char *option, error *err)
{
    char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    for (size_t i = 0; i < sources->count; i++)
        if (shelflife_sources_is_url(sources->at[i]) || shelflife_sources_is_artifact(sources->at[i]))
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                                  "%s: with --offline, %s must be a file or directory",
                                  shelflife_net_url_shown(sources->at[i], shown), option);
    return true;
}

static bool check(struct inspect *x, const struct cli_list *images, error *err)
{
    if (!check_platform(x, err) || !check_as(x, err))
        return false;
    if (x->offline && (!check_offline(&x->judging.catalogs, "--catalog", err) ||
                       !check_offline(&x->judging.inventories, "--inventory", err)))
        return false;
    bool disk = false;
    for (size_t i = 0; i < images->count; i++)
        disk |= shelflife_registry_is_on_disk(images->at[i]);
    if (x->as && !disk)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--as is only for images on disk, such as oci:DIR");
    return true;
}

static bool gather(struct inspect *x, const struct cli_list *images, struct cli_watch *watch, error *err)
{
    struct cli_gather *g = &x->gather;
    g->images = images;
    g->registry = cli_image_options(&x->judging.registry, x->snapshot->policy, &watch->cancel);
    g->platform = shelflife_str_of(x->judging.registry.platform);
    g->offline = x->offline;
    g->as = x->as;
    g->catalogs = x->snapshot->catalogs;
    g->known = x->snapshot->inventory;
    g->today = shelflife_day_of_seconds(time(NULL));
    g->progress = images->count > 1 && isatty(STDERR_FILENO);
    watch->quiet = true;
    shelflife_cli_watch_start(watch);
    bool ok = shelflife_cli_gather(g, err);
    shelflife_cli_watch_stop(watch);
    return ok;
}

static int inspect_all(struct inspect *x, const struct cli_list *images)
{
    int code = CLI_EXIT_OK;
    error err = {0};
    struct cli_watch watch = {0};
    if (!check(x, images, &err))
        return shelflife_cli_fail(&err);
    struct shelflife_sources_snapshot *loaded = shelflife_cli_load(&x->judging, &err);
    if (!loaded)
        return shelflife_cli_fail(&err);
    x->snapshot = shelflife_sources_snapshot_view(loaded);
    bool ok = shelflife_net_start(&err);
    if (ok) {
        ok = gather(x, images, &watch, &err);
        x->explained.policy = x->snapshot->policy;
        x->explained.catalogs = x->snapshot->catalogs;
        x->explained.inventory = x->gather.inventory;
        ok = ok && show_all(x, &code, &err);
        shelflife_cli_gather_free(&x->gather);
        shelflife_net_stop();
    }
    shelflife_sources_snapshot_release(loaded);
    return ok ? shelflife_cli_finish(code) : shelflife_cli_fail(&err);
}

/* ---- The command ---- */

static int inspect(struct inspect *x, int argc, char **argv)
{
    static const char *const formats[] = {"table", "json", NULL};
    static const struct cli_usage usage = {
        .program = "shelflife inspect",
        .arguments = "IMAGE|oci:DIR|oci-archive:FILE|docker-archive:FILE|dir:DIR...",
        .about = "Read what the configurations of images say: environment variables, labels, annotations\n"
                 "and history. Show which releases follow from that, by which rule of which catalog, and\n"
                 "what the policy does about them. Asks the registries that the images are from for a\n"
                 "manifest and a configuration, and reads no layers. Images on disk are OCI layouts\n"
                 "(oci:, oci-archive:), what \"docker save\" writes (docker-archive:), and what\n"
                 "\"skopeo copy\" writes (dir:). After the path of the first three, :NAME names one of\n"
                 "several images. Of a configuration, only what a catalog has a rule for is shown.\n"
                 "Exit codes: 3 if no image could be inspected, 4 if some could not.",
        .examples =
            "  shelflife inspect registry.example.com/team/app:1\n"
            "  shelflife inspect --fail-on warn oci-archive:app.tar\n"
            "  shelflife inspect --as registry.example.com/team/app:1 -o json docker-archive:saved.tar",
        .min_arguments = 1,
        .max_arguments = -1};
    const struct cli_option options[] = {
        CLI_OPTIONS_JUDGING(&x->judging),
        CLI_OPTION_PLATFORM(&x->judging.registry),
        {.name = "offline",
         .type = CLI_FLAG,
         .target = &x->offline,
         .help = "ask no registry: show what the inventory has"},
        {.name = "as",
         .type = CLI_TEXT,
         .argument = "IMAGE",
         .target = &x->as,
         .help = "judge images on disk as if they had this reference, instead of\n"
                 "those in the file"},
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
    return inspect_all(x, &images);
}

int shelflife_cli_inspect(int argc, char **argv)
{
    struct inspect x = {.judging = shelflife_cli_judging(), .style = shelflife_cli_style()};
    shelflife_arena_init(&x.explained.arena, MEMORY_MAX);
    shelflife_buffer_init(&x.json, SIZE_MAX);
    shelflife_json_writer_init(&x.writer, &x.json);
    int code = inspect(&x, argc, argv);
    shelflife_buffer_free(&x.json);
    shelflife_arena_free(&x.explained.arena);
    shelflife_cli_judging_free(&x.judging);
    return code;
}
