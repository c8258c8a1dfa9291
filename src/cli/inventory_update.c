#include <unistd.h>

#include "audit/auditor.h"
#include "cli/commands.h"
#include "cli/judging.h"
#include "cli/kube_config.h"
#include "cli/output.h"
#include "cli/registry_options.h"
#include "cli/watch.h"
#include "inspection/update.h"
#include "inspection/watch.h"
#include "log/log.h"

enum {
    KEEP_DEFAULT = 30, /* days */
    WRITE_MS = 20 * 1000,
    REFRESH_MS = 60 * 60 * 1000,
    REFRESH_MIN_MS = 60 * 1000,
    REFRESH_MAX_MS = 24 * 60 * 60 * 1000,
    PROGRESS_MS = 100,
};

#define ROLE "shelflife-inventory"

struct update {
    struct cli_judging judging;
    struct cli_list files, image_lists, images;
    struct cli_kube kube;
    const char *namespace, *output, *configmap, *keep_text;
    bool pull_secrets, print_rbac, watch;
    unsigned parts, threads, write_ms, refresh_ms;
    size_t log_format;
    char map_namespace[64], map_name[254];
    int32_t keep;

    struct cli_watch signals;
    struct shelflife_log log;
    struct shelflife_sources_snapshot *loaded;
    const struct shelflife_snapshot *snapshot;
    struct shelflife_kube_config config;
    struct shelflife_inspection_seen *seen;
    struct shelflife_inspection_cluster *cluster;
    struct shelflife_inspection_store store;
    struct shelflife_inspection_update *update;
    shelflife_day today; /* NONE: as the clock says */
    bool partial;        /* something could not be read or inspected */
    uint64_t shown;      /* when the progress was, in milliseconds */
};

/* ---- Usage ---- */

static bool reads_cluster(const struct update *u)
{
    return !u->files.count && !u->image_lists.count && !u->images.count;
}

static bool read_keep(struct update *u, error *err)
{
    u->keep = KEEP_DEFAULT;
    return !u->keep_text || shelflife_day_parse_span(shelflife_str_of(u->keep_text), &u->keep) ||
           shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                          "--keep: \"%s\" must be a number of days or weeks, like 30d or 4w", u->keep_text);
}

static bool check(struct update *u, error *err)
{
    const struct {
        bool given;
        const char *name;
    } of_clusters[] = {
        {u->watch, "watch"},
        {u->pull_secrets, "pull-secrets"},
        {u->print_rbac, "print-rbac"},
        {u->namespace != NULL, "namespace"},
    };
    for (size_t i = 0; !reads_cluster(u) && i < COUNT(of_clusters); i++)
        if (of_clusters[i].given)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                                  "--%s is only for images of a cluster, not of files or arguments",
                                  of_clusters[i].name);
    if (u->output && u->configmap)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--output and --configmap cannot be used together");
    if (!u->output && !u->configmap && !u->print_rbac)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "where is the inventory? Give a file with --output, or ConfigMaps with "
                              "--configmap NAMESPACE/NAME");
    error why = {0};
    if (u->configmap && !shelflife_inspection_store_place(u->configmap, u->map_namespace, u->map_name, &why))
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--configmap: %s", why.text);
    return read_keep(u, err);
}

/* ---- What is said ---- */

static bool has_progress(const struct update *u)
{
    return !u->watch && isatty(STDERR_FILENO);
}

static void clear_progress(const struct update *u)
{
    if (has_progress(u))
        fprintf(stderr, "\r\x1b[K");
}

static void notice(void *context, bool part, const char *text)
{
    struct update *u = context;
    u->partial = u->partial || part;
    if (u->watch) {
        struct shelflife_log_line line;
        shelflife_log_begin(&line, &u->log, SHELFLIFE_LOG_WARNING, "not read");
        shelflife_log_string(&line, "error", shelflife_str_of(text));
        shelflife_log_end(&line);
        return;
    }
    clear_progress(u);
    shelflife_cli_message("%s", text);
}

static void progress(void *context, size_t done, size_t all)
{
    struct update *u = context;
    uint64_t now = shelflife_clock_now();
    if (!has_progress(u) || (now - u->shown < PROGRESS_MS && done < all))
        return;
    u->shown = now;
    fprintf(stderr, "\r\x1b[K%zu of %zu images", done, all);
    if (done == all)
        clear_progress(u);
}

static void log_round(void *context, const struct shelflife_inspection_update_counts *c, const error *why)
{
    struct update *u = context;
    struct shelflife_log_line line;
    if (why) {
        shelflife_log_error(&u->log, SHELFLIFE_LOG_ERROR, "inventory not updated", why);
        return;
    }
    if (!c->found && !c->failed && !c->dropped && !c->stored)
        return;
    shelflife_log_begin(&line, &u->log, SHELFLIFE_LOG_INFO,
                        c->stored ? "inventory updated" : "inventory unchanged");
    shelflife_log_integer(&line, "images", (int64_t)c->entries);
    shelflife_log_integer(&line, "inspected", (int64_t)c->found);
    shelflife_log_integer(&line, "unchanged", (int64_t)c->unchanged);
    shelflife_log_integer(&line, "failed", (int64_t)c->failed);
    shelflife_log_integer(&line, "dropped", (int64_t)c->dropped);
    shelflife_log_end(&line);
}

/* ---- Images of files and arguments ---- */

static bool add_image(void *context, str namespace, str image, str digest UNUSED, error *err)
{
    struct update *u = context;
    CLEANUP(shelflife_arena_free) arena a;
    bool inspects;
    shelflife_arena_init(&a, 16 << 20);
    if (!shelflife_policy_inspects(u->snapshot->policy, u->snapshot->catalogs, image, namespace, &a,
                                   &inspects, err))
        return false;
    return !inspects || shelflife_inspection_seen_add(u->seen, image, (str){0}, u->judging.at, err);
}

static bool read_files(struct update *u, struct shelflife_audit *audit, error *err)
{
    for (size_t i = 0; i < u->files.count; i++)
        if (!shelflife_audit_path(audit, u->files.at[i], err))
            return false;
    for (size_t i = 0; i < u->image_lists.count; i++)
        if (!shelflife_audit_image_list(audit, u->image_lists.at[i], err))
            return false;
    size_t count;
    const struct shelflife_audit_problem *problems = shelflife_audit_problems(audit, &count);
    for (size_t i = 0; i < count; i++) {
        char text[1200];
        snprintf(text, sizeof(text), "%.*s: %.*s", STR_PRINT(problems[i].source),
                 STR_PRINT(problems[i].text));
        notice(u, true, text);
    }
    return shelflife_audit_each_image(audit, add_image, u, err);
}

static bool read_arguments(struct update *u, error *err)
{
    for (size_t i = 0; i < u->images.count; i++) {
        CLEANUP(shelflife_arena_free) arena a;
        struct shelflife_reference reference;
        str image = shelflife_str_of(u->images.at[i]);
        shelflife_arena_init(&a, 1 << 20);
        if (!shelflife_reference_parse(image, &a, &reference, err))
            return shelflife_error_prefix(err, "%s", u->images.at[i]);
        if (!add_image(u, (str){0}, image, (str){0}, err))
            return false;
    }
    return true;
}

static bool read_local(struct update *u, error *err)
{
    const struct shelflife_audit_options o = {.snapshot = u->snapshot,
                                              .at = u->judging.at,
                                              .today = u->judging.at,
                                              .within = -1,
                                              .mode = SHELFLIFE_MODE_POLICY,
                                              .cancel = &u->signals.cancel};
    struct shelflife_audit *audit = shelflife_audit_new(&o, err);
    bool ok = audit && read_files(u, audit, err) && read_arguments(u, err);
    shelflife_audit_free(audit);
    return ok;
}

/* ---- The work ---- */

static bool open_cluster(struct update *u, error *err)
{
    const struct shelflife_inspection_cluster_options o = {.snapshot = u->snapshot,
                                                           .namespace = u->namespace,
                                                           .today = u->today,
                                                           .pull_secrets = u->pull_secrets,
                                                           .seen = u->seen,
                                                           .notice = notice,
                                                           .context = u,
                                                           .cancel = &u->signals.cancel};
    if (!shelflife_cli_kube_config(&u->kube, &u->config, err))
        return false;
    u->cluster = shelflife_inspection_cluster_open(&u->config, &o, err);
    return u->cluster != NULL;
}

/* ConfigMaps need a cluster, also if the images are not from it. */
static bool open_all(struct update *u, error *err)
{
    u->seen = shelflife_inspection_seen_new(err);
    if (!u->seen || ((reads_cluster(u) || u->configmap) && !open_cluster(u, err)))
        return false;
    u->store = (struct shelflife_inspection_store){.file = u->output, .parts = u->parts};
    if (u->configmap) {
        u->store.namespace = u->map_namespace;
        u->store.name = u->map_name;
        u->store.client = shelflife_inspection_cluster_client(u->cluster);
    }
    return true;
}

static bool print_rbac(struct update *u, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, 1 << 20);
    if (!shelflife_inspection_cluster_role(u->cluster, ROLE, &out, err))
        return false;
    if (u->configmap)
        shelflife_inspection_store_roles(&u->store, ROLE, &out);
    if (out.failed)
        return shelflife_fail_memory(err);
    shelflife_cli_write(shelflife_buffer_str(&out));
    return true;
}

static bool open_update(struct update *u, error *err)
{
    const struct shelflife_inspection_update_options o = {
        .catalogs = u->snapshot->catalogs,
        .registry = cli_image_options(&u->judging.registry, u->snapshot->policy, &u->signals.cancel),
        .cluster = u->pull_secrets ? u->cluster : NULL,
        .store = &u->store,
        .known = u->snapshot->inventory,
        .platform = shelflife_str_of(u->judging.registry.platform),
        .threads = u->threads,
        .today = u->today,
        .keep = u->keep,
        .notice = notice,
        .context = u,
        .progress = progress,
        .cancel = &u->signals.cancel,
    };
    u->update = shelflife_inspection_update_open(&o, err);
    return u->update != NULL;
}

static void run_watch(struct update *u)
{
    const struct shelflife_inspection_watch_options o = {.cluster = u->cluster,
                                                         .seen = u->seen,
                                                         .update = u->update,
                                                         .write_ms = u->write_ms,
                                                         .refresh_ms = u->refresh_ms,
                                                         .round = log_round,
                                                         .context = u,
                                                         .clock = &shelflife_clock_system,
                                                         .cancel = &u->signals.cancel};
    shelflife_inspection_watch(&o);
}

static int run_once(struct update *u, error *err)
{
    struct shelflife_inspection_update_counts c;
    if (!(reads_cluster(u) ? shelflife_inspection_cluster_read(u->cluster, err) : read_local(u, err)))
        return shelflife_cli_fail(err);
    if (u->partial && shelflife_inspection_seen_count(u->seen) == 0)
        return CLI_EXIT_FAILED;
    if (!shelflife_inspection_update_round(u->update, u->seen, SHELFLIFE_INSPECTION_TAKE_ALL, &c, err))
        return shelflife_cli_fail(err);
    clear_progress(u);
    shelflife_cli_message(
        "%s: %zu image%s: %zu references inspected, %zu unchanged, %zu failed; dropped: %zu",
        u->output ? u->output : u->configmap, c.entries, c.entries == 1 ? "" : "s", c.found, c.unchanged,
        c.failed, c.dropped);
    if (c.failed && !c.found && !c.unchanged)
        return CLI_EXIT_FAILED;
    return c.failed || u->partial ? CLI_EXIT_PARTIAL : CLI_EXIT_OK;
}

static int work(struct update *u, error *err)
{
    if (!open_all(u, err))
        return shelflife_cli_fail(err);
    if (u->print_rbac)
        return print_rbac(u, err) ? CLI_EXIT_OK : shelflife_cli_fail(err);
    if (!open_update(u, err))
        return shelflife_cli_fail(err);
    if (!u->watch)
        return run_once(u, err);
    run_watch(u);
    return CLI_EXIT_OK;
}

static void free_all(struct update *u)
{
    shelflife_inspection_update_free(u->update);
    shelflife_inspection_cluster_close(u->cluster);
    shelflife_inspection_seen_free(u->seen);
    shelflife_kube_config_free(&u->config);
    shelflife_sources_snapshot_release(u->loaded);
}

static int run(struct update *u)
{
    error err = {0};
    if (!check(u, &err))
        return shelflife_cli_fail(&err);
    u->loaded = shelflife_cli_load(&u->judging, &err);
    if (!u->loaded)
        return shelflife_cli_fail(&err);
    u->snapshot = shelflife_sources_snapshot_view(u->loaded);
    u->today = u->watch ? SHELFLIFE_DAY_NONE : u->judging.at;
    /* curl must be initialized before any thread starts. */
    if (!shelflife_net_start(&err)) {
        free_all(u);
        return shelflife_cli_fail(&err);
    }
    shelflife_log_init(&u->log, STDERR_FILENO, (enum shelflife_log_format)u->log_format);
    u->signals.quiet = true;
    shelflife_cli_watch_start(&u->signals);
    int code = work(u, &err);
    shelflife_cli_watch_stop(&u->signals);
    free_all(u);
    shelflife_log_free(&u->log);
    shelflife_net_stop();
    return shelflife_cli_finish(code);
}

/* ---- The command ---- */

static int parse_and_run(struct update *u, int argc, char **argv)
{
    static const char *const log_formats[] = {"json", "text", NULL};
    static const struct cli_usage usage = {
        .program = "shelflife inventory update",
        .arguments = "[IMAGE...]",
        .about = "Inspect the images that a cluster runs, and those that its workloads would run, and keep\n"
                 "what their configurations say in an inventory. With arguments, --filename or --images,\n"
                 "inspects those images instead. Asks the registries that the images are from, and no\n"
                 "others: for the digest of each tag, and for the manifest and configuration of each\n"
                 "digest that the inventory does not have. Reads no layers.\n"
                 "Exit codes: 3 if nothing could be read or inspected, 4 if some images could not be; what\n"
                 "the inventory has about them stays.",
        .examples = "  shelflife inventory update -o inventory.json.gz\n"
                    "  shelflife inventory update --in-cluster --configmap shelflife/inventory --watch\n"
                    "  shelflife inventory update --auth-file config.json -o inventory.json team/app:1",
        .max_arguments = -1};
    const struct cli_option options[] = {
        {.name = "output",
         .letter = 'o',
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &u->output,
         .help = "the inventory: updated if it exists; compressed if the name ends in\n.gz"},
        {.name = "configmap",
         .type = CLI_TEXT,
         .argument = "NAMESPACE/NAME",
         .target = &u->configmap,
         .help = "keep the inventory in ConfigMaps NAME-a-0, NAME-a-1 ... and\n"
                 "NAME-b-0 ... of this cluster, by turns"},
        {.name = "parts",
         .type = CLI_NUMBER,
         .argument = "N",
         .target = &u->parts,
         .min = 1,
         .max = SHELFLIFE_INSPECTION_PARTS_MAX,
         .help = "how many ConfigMaps each of the two sets may have; the default is\n8"},
        {.name = "filename",
         .letter = 'f',
         .type = CLI_LIST,
         .argument = "FILE|DIR",
         .target = &u->files,
         .help = "inspect the images of the manifests in this file or directory; - is\n"
                 "standard input"},
        {.name = "images",
         .type = CLI_LIST,
         .argument = "FILE",
         .target = &u->image_lists,
         .help = "inspect the images in this file, one per line; - is standard input"},
        {.name = "watch",
         .type = CLI_FLAG,
         .target = &u->watch,
         .help = "go on until SIGTERM: inspect new images as soon as they are in the\ncluster"},
        {.name = "write-interval",
         .type = CLI_TIME_MS,
         .argument = "TIME",
         .target = &u->write_ms,
         .max = REFRESH_MAX_MS,
         .help = "with --watch: write at most this often; the default is 20s"},
        {.name = "refresh",
         .type = CLI_TIME_MS,
         .argument = "TIME",
         .target = &u->refresh_ms,
         .min = REFRESH_MIN_MS,
         .max = REFRESH_MAX_MS,
         .help = "with --watch: how often registries are asked whether tags have\n"
                 "moved; the default is 60m"},
        {.name = "keep",
         .type = CLI_TEXT,
         .argument = "SPAN",
         .target = &u->keep_text,
         .help = "drop images that were not seen for this time; the default is 30d"},
        {.name = "inventory",
         .type = CLI_LIST,
         .argument = "FILE|DIR",
         .target = &u->judging.inventories,
         .help = "also take what this inventory has, for example from another cluster"},
        {.name = "at",
         .type = CLI_DAY,
         .argument = "DATE",
         .target = &u->judging.at,
         .help = "the day of the inspection, YYYY-MM-DD, instead of today (UTC)"},
        CLI_OPTIONS_REGISTRY(&u->judging.registry),
        {.name = "pull-secrets",
         .type = CLI_FLAG,
         .target = &u->pull_secrets,
         .help = "also use the imagePullSecrets of Pods and their service accounts,\n"
                 "which needs the right to read Secrets"},
        {.name = "threads",
         .type = CLI_NUMBER,
         .argument = "N",
         .target = &u->threads,
         .min = 1,
         .max = 256,
         .help = "inspect this many images at the same time; the default is 16"},
        CLI_OPTIONS_SOURCES(&u->judging.policy, &u->judging.catalogs, &u->judging.no_embedded),
        CLI_OPTIONS_REMOTE(&u->judging.remote, &u->judging.min_serials),
        {.name = "namespace",
         .letter = 'n',
         .type = CLI_TEXT,
         .argument = "NAME",
         .target = &u->namespace,
         .help = "read only this namespace"},
        CLI_OPTION_CONTEXT(&u->kube.choice.context),
        CLI_OPTIONS_KUBE(&u->kube),
        {.name = "log-format",
         .type = CLI_WORD,
         .argument = "FORMAT",
         .target = &u->log_format,
         .words = log_formats,
         .help = "with --watch: json (the default) or text"},
        {.name = "print-rbac",
         .type = CLI_FLAG,
         .target = &u->print_rbac,
         .help = "print the roles that the other options need in this cluster"},
    };
    int code;
    return shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &u->images, &code) ? run(u)
                                                                                               : code;
}

int shelflife_cli_inventory_update(int argc, char **argv)
{
    struct update u = {.judging = shelflife_cli_judging(), .write_ms = WRITE_MS, .refresh_ms = REFRESH_MS};
    int code = parse_and_run(&u, argc, argv);
    shelflife_cli_list_free(&u.files);
    shelflife_cli_list_free(&u.image_lists);
    shelflife_cli_list_free(&u.images);
    shelflife_cli_kube_free(&u.kube);
    shelflife_cli_judging_free(&u.judging);
    return code;
}
