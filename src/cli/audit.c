#include <errno.h>
#include <unistd.h>

#include "cli/audit_clusters.h"
#include "cli/audit_inspect.h"
#include "cli/audit_view.h"
#include "cli/commands.h"
#include "cli/judging.h"
#include "cli/kube_config.h"
#include "cli/output.h"
#include "cli/registry_options.h"
#include "cli/watch.h"
#include "file/file.h"
#include "publish/publish.h"

enum { EVENTS_MAX = 100, PROBLEMS_MAX = 100 /* printed */ };

struct audit {
    struct cli_judging judging;
    const char *old_policy, *within, *baseline, *write_baseline, *reports_owner;
    struct cli_list files, image_lists, excluded, values;
    struct cli_kube kube;
    struct cli_contexts contexts;
    struct shelflife_audit_selection selection;
    bool render, allow_empty, all_namespaces, all, history, forecast, print_rbac, write_reports, write_events;
    size_t mode;
    struct cli_audit_view report;
    struct shelflife_sources_snapshot *loaded, *old;
    struct shelflife_snapshot view, old_view; /* of them, with the inventory that is used */
    struct shelflife_inventory *inspected;
    bool inspect;
    size_t not_inspected;
    struct shelflife_audit *audit;
    struct shelflife_audit_options options;
    struct cli_watch watch;
};

/* ---- Usage ---- */

static bool reads_files(const struct audit *a)
{
    return a->files.count || a->image_lists.count;
}

static bool read_within(struct audit *a, error *err)
{
    a->options.within = -1;
    return !a->within || shelflife_day_parse_span(shelflife_str_of(a->within), &a->options.within) ||
           shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                          "--within: \"%s\" must be a number of days or weeks, like 90d or 12w", a->within);
}

/* Options for one cluster. */
static bool check_several(const struct audit *a, error *err)
{
    const struct {
        bool given;
        const char *name;
    } of_one[] = {
        {a->kube.in_cluster, "in-cluster"},        {a->kube.choice.cluster != NULL, "cluster"},
        {a->kube.choice.server != NULL, "server"}, {a->print_rbac, "print-rbac"},
        {a->write_reports, "write-reports"},       {a->write_events, "write-events"},
    };
    if (a->contexts.all && a->contexts.named.count)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "--context and --all-contexts cannot be used together");
    for (size_t i = 0; i < COUNT(of_one) && shelflife_cli_contexts_several(&a->contexts); i++)
        if (of_one[i].given)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                                  "--%s is for one cluster: it cannot be used with several contexts",
                                  of_one[i].name);
    return true;
}

/* Options for files. */
static bool check_files(const struct audit *a, error *err)
{
    const struct {
        bool given;
        const char *name;
    } of_files[] = {
        {a->excluded.count > 0, "exclude"},
        {a->allow_empty, "allow-empty"},
        {a->render, "render"},
        {a->values.count > 0, "values"},
    };
    for (size_t i = 0; !reads_files(a) && i < COUNT(of_files); i++)
        if (of_files[i].given)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                                  "--%s is only for auditing files, not a cluster", of_files[i].name);
    for (size_t i = 0; i < a->values.count; i++)
        if (access(a->values.at[i], R_OK) != 0)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--values: %s: %s", a->values.at[i],
                                  strerror(errno));
    return true;
}

/* Options that exclude or require each other. */
static bool check(const struct audit *a, error *err)
{
    const char *of_kube = shelflife_cli_kube_given(&a->kube, false);
    const struct {
        bool given;
        const char *name;
    } of_clusters[] = {
        {of_kube != NULL, of_kube},
        {a->contexts.named.count > 0, "context"},
        {a->contexts.all, "all-contexts"},
        {a->all_namespaces, "all-namespaces"},
        {a->selection.field_selector != NULL, "field-selector"},
        {a->print_rbac, "print-rbac"},
        {a->write_reports, "write-reports"},
        {a->reports_owner != NULL, "reports-owner"},
        {a->write_events, "write-events"},
    };
    for (size_t i = 0; reads_files(a) && i < COUNT(of_clusters); i++)
        if (of_clusters[i].given)
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                                  "--%s is only for auditing a cluster, not files", of_clusters[i].name);
    if (!check_several(a, err) || !check_files(a, err))
        return false;
    if (a->write_reports && (a->selection.label_selector || a->selection.field_selector))
        return shelflife_fail(
            err, SHELFLIFE_ERROR_USAGE,
            "--write-reports cannot be used with a selector: the reports would miss the findings "
            "of the objects that are not selected");
    if (a->reports_owner && !a->write_reports)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--reports-owner requires --write-reports");
    if (a->all_namespaces && a->selection.namespace)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "--namespace and --all-namespaces cannot be used together");
    if (a->forecast && a->old_policy)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "--forecast and --compare cannot be used together");
    return true;
}

/* ---- Sources ---- */

static bool read_files(struct audit *a, error *err)
{
    for (size_t i = 0; i < a->files.count; i++)
        if (!shelflife_audit_path(a->audit, a->files.at[i], err))
            return false;
    for (size_t i = 0; i < a->image_lists.count; i++)
        if (!shelflife_audit_image_list(a->audit, a->image_lists.at[i], err))
            return false;
    return true;
}

/* The rights are asked of a cluster only if it was named. */
static bool write_role(const struct audit *a, buffer *role, error *err)
{
    CLEANUP(shelflife_kube_config_free) struct shelflife_kube_config config = {0};
    bool named = shelflife_cli_kube_given(&a->kube, true) != NULL;
    return (!named || shelflife_cli_kube_config(&a->kube, &config, err)) &&
           shelflife_audit_rbac(a->audit, named ? &config : NULL, a->selection.namespace, role, err);
}

static bool print_rbac(const struct audit *a, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer role;
    shelflife_buffer_init(&role, 1 << 20);
    if (!write_role(a, &role, err))
        return false;
    if (role.failed)
        return shelflife_fail_memory(err);
    shelflife_cli_write(shelflife_buffer_str(&role));
    return true;
}

static bool read_cluster(struct audit *a, error *err)
{
    return a->print_rbac ? print_rbac(a, err)
                         : shelflife_cli_audit_clusters(&a->contexts, &a->kube, &a->selection, a->audit,
                                                        &a->watch, err);
}

/* Judges by what the images of all sources say now. */
static bool inspect(struct audit *a, error *err)
{
    if (!a->inspect || a->print_rbac || atomic_load(&a->watch.cancel))
        return true;
    a->inspected = shelflife_cli_audit_inspect(a->audit, &a->view, &a->judging.registry, &a->watch,
                                               &a->not_inspected, err);
    if (!a->inspected)
        return false;
    a->view.inventory = a->old_view.inventory = a->inspected;
    return true;
}

static bool read_sources(struct audit *a, error *err)
{
    bool files = reads_files(a), network = !files || a->inspect;
    /* curl must be initialized before any thread starts. */
    if (network && !shelflife_net_start(err))
        return false;
    shelflife_cli_watch_start(&a->watch);
    bool ok = (files ? read_files(a, err) : read_cluster(a, err)) && inspect(a, err);
    shelflife_cli_watch_stop(&a->watch);
    if (network)
        shelflife_net_stop();
    return ok;
}

/* ---- Results ---- */

static bool write_out(void *context UNUSED, str bytes, error *err)
{
    if (bytes.len == 0 || fwrite(bytes.at, 1, bytes.len, stdout) == bytes.len)
        return true;
    return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot write to standard output: %s", strerror(errno));
}

static struct shelflife_report_options report_options(const struct audit *a)
{
    struct shelflife_report_options options = cli_audit_view_options(&a->report);
    options.what = a->forecast     ? SHELFLIFE_REPORT_FORECAST
                   : a->old_policy ? SHELFLIFE_REPORT_COMPARISON
                                   : SHELFLIFE_REPORT_FINDINGS;
    options.all = a->all;
    options.warn_fails = a->judging.fail_on == CLI_FAIL_ON_WARN;
    options.never_fails = a->judging.fail_on == CLI_FAIL_ON_NEVER;
    return options;
}

static bool check_report(const struct audit *a, error *err)
{
    const struct shelflife_report_options options = report_options(a);
    return shelflife_report_check((enum shelflife_report_format)a->report.format, &options, err);
}

static bool print_report(const struct audit *a, const struct shelflife_audit_result *result, error *err)
{
    const struct shelflife_report_options options = report_options(a);
    return shelflife_report_write((enum shelflife_report_format)a->report.format, result, &options, write_out,
                                  NULL, err) &&
           shelflife_cli_flush(err);
}

static void print_problem(const struct shelflife_audit_problem *problem)
{
    struct shelflife_audit_problem kept = *problem, *p = &kept;
    if (shelflife_str_equal(p->source, STR("-")))
        p->source = STR("standard input");
    const char *colon = p->cluster.len ? ": " : "";
    char position[48] = "";
    if (p->line && p->column)
        snprintf(position, sizeof(position), ":%llu:%llu", (unsigned long long)p->line,
                 (unsigned long long)p->column);
    else if (p->line)
        snprintf(position, sizeof(position), ":%llu", (unsigned long long)p->line);
    shelflife_cli_message("%.*s%s%.*s%s: %.*s", STR_PRINT(p->cluster), colon, STR_PRINT(p->source), position,
                          STR_PRINT(p->text));
}

static void print_problems(const struct shelflife_audit_result *result)
{
    for (size_t i = 0; i < result->problem_count && i < PROBLEMS_MAX; i++)
        print_problem(&result->problems[i]);
    if (result->problem_count > PROBLEMS_MAX)
        shelflife_cli_message("%zu more problems are not shown; -o json has them all",
                              result->problem_count - PROBLEMS_MAX);
}

static bool save_baseline(const struct audit *a, const struct shelflife_audit_result *result, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_buffer_init(&out, SIZE_MAX / 2);
    if (!a->write_baseline)
        return true;
    size_t count = shelflife_audit_write_baseline(result, &out);
    if (out.failed)
        return shelflife_fail_memory(err);
    if (!shelflife_file_replace(a->write_baseline, shelflife_buffer_str(&out), SHELFLIFE_FILE_NORMAL, err))
        return false;
    shelflife_cli_message("%zu finding%s written to %s", count, count == 1 ? "" : "s", a->write_baseline);
    return true;
}

static bool fails(const struct audit *a, const struct shelflife_audit_result *result)
{
    size_t count = a->old_policy ? result->difference_count : result->finding_count;
    const struct shelflife_audit_entry *const *list = a->old_policy ? result->differences : result->findings;
    for (size_t i = 0; i < count; i++)
        if (shelflife_cli_fails(&a->judging, list[i]->action))
            return true;
    return false;
}

static int exit_code(const struct audit *a, const struct shelflife_audit_result *result)
{
    if (result->unread && result->problem_count && result->counts.objects == 0)
        return CLI_EXIT_FAILED;
    if (result->partial)
        return CLI_EXIT_PARTIAL;
    if (!a->write_baseline && fails(a, result))
        return CLI_EXIT_FINDINGS;
    return a->not_inspected ? CLI_EXIT_PARTIAL : CLI_EXIT_OK;
}

static bool write_into(const struct audit *a, const struct shelflife_audit_result *result,
                       struct shelflife_publish_outcome *outcome, error *err)
{
    CLEANUP(shelflife_kube_config_free) struct shelflife_kube_config config = {0};
    const struct shelflife_publish_options options = {.namespace = a->selection.namespace,
                                                      .reports = a->write_reports,
                                                      .reports_owner = a->reports_owner,
                                                      .events = a->write_events ? EVENTS_MAX : 0,
                                                      .now = time(NULL),
                                                      .cancel = &a->watch.cancel};
    return shelflife_cli_kube_config(&a->kube, &config, err) &&
           shelflife_publish(result, &config, &options, outcome, err);
}

/* Writes reports and events into the cluster, after the report is printed. Returns the exit code. */
static int write_back(const struct audit *a, const struct shelflife_audit_result *result, int code)
{
    struct shelflife_publish_outcome outcome = {0};
    error err;
    if (!a->write_reports && !a->write_events)
        return code;
    if (!shelflife_net_start(&err))
        return shelflife_cli_fail(&err);
    bool ok = write_into(a, result, &outcome, &err);
    shelflife_net_stop();
    shelflife_cli_message(
        "%llu reports written, %llu unchanged, %llu removed; %llu events written, %llu unchanged",
        (unsigned long long)outcome.written, (unsigned long long)outcome.unchanged,
        (unsigned long long)outcome.removed, (unsigned long long)outcome.events,
        (unsigned long long)outcome.events_known);
    if (ok)
        return code;
    if (outcome.failed > 1)
        shelflife_cli_message("%llu requests failed. The first error:", (unsigned long long)outcome.failed);
    int failure = shelflife_cli_fail(&err);
    return outcome.failed ? CLI_EXIT_PARTIAL : failure;
}

static int conclude(struct audit *a, error *err)
{
    struct shelflife_audit_result *result = shelflife_audit_finish(a->audit, err);
    if (!result)
        return shelflife_cli_fail(err);
    int code = exit_code(a, result);
    print_problems(result);
    if (result->interrupted)
        shelflife_cli_message("interrupted; the report covers only what was read");
    bool ok = print_report(a, result, err) && save_baseline(a, result, err);
    if (ok)
        code = write_back(a, result, code);
    shelflife_audit_result_free(result);
    return ok ? code : shelflife_cli_fail(err);
}

/* ---- The command ---- */

static bool load_old(struct audit *a, error *err)
{
    struct cli_judging judging = a->judging;
    judging.policy = a->old_policy;
    if (!a->old_policy)
        return true;
    a->old = shelflife_cli_load(&judging, err);
    if (!a->old)
        return false;
    a->old_view = *shelflife_sources_snapshot_view(a->old);
    a->options.old = &a->old_view;
    return true;
}

static bool read_baseline(struct audit *a, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    shelflife_buffer_init(&bytes, SIZE_MAX / 2);
    if (a->baseline && access(a->baseline, F_OK) != 0 && errno == ENOENT &&
        !shelflife_str_equal(shelflife_str_of(a->baseline), STR("-")))
        return shelflife_fail(err, SHELFLIFE_ERROR_IO,
                              "--baseline: there is no file %s; make it with \"shelflife audit "
                              "--write-baseline %s\" and the other arguments of this command",
                              a->baseline, a->baseline);
    return !a->baseline ||
           (shelflife_file_read_input(a->baseline, &bytes, err) &&
            shelflife_audit_baseline(a->audit, shelflife_buffer_str(&bytes), a->baseline, err));
}

static bool prepare(struct audit *a, error *err)
{
    if (!read_within(a, err) || !check(a, err) || !check_report(a, err))
        return false;
    a->loaded = shelflife_cli_load(&a->judging, err);
    if (!a->loaded || !load_old(a, err))
        return false;
    a->view = *shelflife_sources_snapshot_view(a->loaded);
    a->options.snapshot = &a->view;
    a->options.at = a->judging.at;
    a->options.today = shelflife_day_of_seconds(time(NULL));
    a->options.mode = (enum shelflife_mode)a->mode;
    a->options.files = reads_files(a);
    a->options.namespace = a->selection.namespace;
    a->options.clusters = shelflife_cli_contexts_several(&a->contexts);
    a->options.all = a->all || a->report.format == SHELFLIFE_REPORT_HTML; /* which counts for each day */
    a->options.labels = a->options.files ? a->selection.label_selector : NULL;
    a->options.excluded = a->excluded.at;
    a->options.excluded_count = a->excluded.count;
    a->options.allow_empty = a->allow_empty;
    a->options.render = a->render;
    a->options.values = a->values.at;
    a->options.value_count = a->values.count;
    a->options.history = a->history;
    a->options.digests = a->inspect || a->view.inventory;
    a->options.cancel = &a->watch.cancel;
    a->options.progress = isatty(STDERR_FILENO) ? &a->watch.progress : NULL;
    a->audit = shelflife_audit_new(&a->options, err);
    return a->audit && read_baseline(a, err);
}

static int run(struct audit *a)
{
    error err;
    if (!prepare(a, &err) || !read_sources(a, &err))
        return shelflife_cli_fail(&err);
    return shelflife_cli_finish(a->print_rbac ? CLI_EXIT_OK : conclude(a, &err));
}

static int parse_and_run(struct audit *a, int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife audit",
        .arguments = "[FILE|DIR|-]...",
        .about = "Find the images that the webhook would deny or warn about, today or on another date.\n"
                 "Audits a cluster or, if arguments are given, files: YAML and JSON manifests, recorded\n"
                 "AdmissionReviews, kustomizations, Helm charts, Dockerfiles, Compose files, GitHub\n"
                 "workflows and actions, and .gitlab-ci.yml. A file can also be - (standard input) or a\n"
                 "pipe, such as <(COMMAND). Pods are reported with the workload that owns them.\n"
                 "Exit codes: 1 for findings (see --fail-on), 3 if nothing could be read, 4 if only part\n"
                 "could be read, if an object has more than 256 images, or if an image that --inspect asked\n"
                 "for could not be inspected.",
        .examples = "  shelflife audit --context prod --within 90d\n"
                    "  shelflife audit --forecast -n team-a\n"
                    "  helm template ./chart | shelflife audit --fail-on warn -o sarif -\n"
                    "  shelflife audit --policy new.yaml --compare old.yaml deploy/",
        .terms_title = "columns of tables, Markdown and CSV",
        .terms = shelflife_report_describe_columns,
        .max_arguments = -1};
    struct cli_list arguments CLEANUP(shelflife_cli_list_free) = {0};
    const struct cli_option options[] = {
        CLI_OPTION_AT(&a->judging.at),
        {.name = "within",
         .type = CLI_TEXT,
         .argument = "SPAN",
         .target = &a->within,
         .help = "also report images whose phase changes within this time, like 90d\n"
                 "or 12w"},
        {.name = "forecast",
         .type = CLI_FLAG,
         .target = &a->forecast,
         .help = "print when images become unpatched or unavailable"},
        CLI_OPTIONS_SOURCES(&a->judging.policy, &a->judging.catalogs, &a->judging.no_embedded),
        CLI_OPTION_INVENTORY(&a->judging.inventories),
        {.name = "inspect",
         .type = CLI_FLAG,
         .target = &a->inspect,
         .help = "ask the registries for what the inventory does not have, and for\n"
                 "the digests of tags, before judging"},
        CLI_OPTION_PLATFORM(&a->judging.registry),
        CLI_OPTIONS_REMOTE(&a->judging.remote, &a->judging.min_serials),
        CLI_OPTIONS_REGISTRY_ACCESS(&a->judging.registry),
        {.name = "compare",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &a->old_policy,
         .help = "judge by this policy and by --policy, and print only the\n"
                 "findings that differ"},
        {.name = "mode",
         .type = CLI_WORD,
         .argument = "MODE",
         .target = &a->mode,
         .words = shelflife_mode_names,
         .help = "mode of namespaces without the label shelflife.dev/mode:\n"
                 "enforce, warn, audit, off, or policy (the default), where the\n"
                 "policy sets the mode"},
        {.name = "fail-on",
         .type = CLI_WORD,
         .argument = "ACTION",
         .target = &a->judging.fail_on,
         .words = shelflife_cli_fail_on_words,
         .help = "when to exit with 1: if an image is denied (deny, the default), if\n"
                 "an image is denied or warned about (warn), or never"},
        {.name = "baseline",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &a->baseline,
         .help = "do not report the findings in this baseline, unless they have\n"
                 "become worse; - is standard input"},
        {.name = "write-baseline",
         .type = CLI_TEXT,
         .argument = "FILE",
         .target = &a->write_baseline,
         .help = "write all findings to this baseline, and exit with 0"},
        {.name = "all", .type = CLI_FLAG, .target = &a->all, .help = "also report images without findings"},
        {.name = "history",
         .type = CLI_FLAG,
         .target = &a->history,
         .help = "also report finished Pods and Jobs, and ReplicaSets with zero\n"
                 "replicas"},
        CLI_OPTIONS_AUDIT_VIEW(&a->report),
        {.name = "filename",
         .letter = 'f',
         .type = CLI_LIST,
         .argument = "FILE|DIR",
         .target = &a->files,
         .help = "audit this file or directory, like an argument; - is standard\ninput"},
        {.name = "images",
         .type = CLI_LIST,
         .argument = "FILE",
         .target = &a->image_lists,
         .help = "audit the images in this file, one per line; - is standard input"},
        {.name = "render",
         .type = CLI_FLAG,
         .target = &a->render,
         .help = "build kustomizations with kubectl or kustomize, and charts with\n"
                 "helm template, if these programs are in PATH"},
        {.name = "values",
         .type = CLI_LIST,
         .argument = "FILE",
         .target = &a->values,
         .help = "values for the charts, as in helm; can be repeated"},
        {.name = "exclude",
         .type = CLI_LIST,
         .argument = "PATTERN",
         .target = &a->excluded,
         .help = "leave out these files and folders, as a line of .gitignore would,\n"
                 "and like the lines of .shelflifeignore in the folders"},
        {.name = "allow-empty",
         .type = CLI_FLAG,
         .target = &a->allow_empty,
         .help = "do not fail if there is nothing to audit"},
        {.name = "namespace",
         .letter = 'n',
         .type = CLI_TEXT,
         .argument = "NAME",
         .target = &a->selection.namespace,
         .help = "audit only this namespace; in files, objects that set none count\n"
                 "as in it"},
        {.name = "all-namespaces",
         .letter = 'A',
         .type = CLI_FLAG,
         .target = &a->all_namespaces,
         .help = "audit all namespaces (the default)"},
        {.name = "selector",
         .letter = 'l',
         .type = CLI_TEXT,
         .argument = "LABELS",
         .target = &a->selection.label_selector,
         .help = "audit only objects with these labels, as in kubectl"},
        {.name = "field-selector",
         .type = CLI_TEXT,
         .argument = "FIELDS",
         .target = &a->selection.field_selector,
         .help = "audit only objects with these fields, as in kubectl"},
        {.name = "context",
         .type = CLI_LIST,
         .argument = "NAME",
         .target = &a->contexts.named,
         .help = "use this kubeconfig context instead of the current one. Repeat it to\n"
                 "audit several clusters in one report"},
        {.name = "all-contexts",
         .type = CLI_FLAG,
         .target = &a->contexts.all,
         .help = "audit the clusters of all contexts of the kubeconfig"},
        CLI_OPTIONS_KUBE(&a->kube),
        {.name = "write-reports",
         .type = CLI_FLAG,
         .target = &a->write_reports,
         .help = "write PolicyReports (or openreports.io Reports) to the cluster, and\n"
                 "remove the outdated ones that shelflife wrote"},
        {.name = "reports-owner",
         .type = CLI_TEXT,
         .argument = "CLUSTERROLE",
         .target = &a->reports_owner,
         .help = "with --write-reports: make this ClusterRole own the reports, so\n"
                 "that Kubernetes deletes them with it"},
        {.name = "write-events",
         .type = CLI_FLAG,
         .target = &a->write_events,
         .help = "write an Event for each of the 100 worst findings, once per finding"},
        {.name = "print-rbac",
         .type = CLI_FLAG,
         .target = &a->print_rbac,
         .help = "print the ClusterRole, or with --namespace the Role, that an audit\n"
                 "needs; for a cluster that --context or the like names, also with\n"
                 "its own custom resources"},
    };
    int code;
    if (!shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &arguments, &code))
        return code;
    error err;
    if (a->contexts.named.count == 1)
        a->kube.choice.context = a->contexts.named.at[0];
    for (size_t i = 0; i < arguments.count; i++)
        if (!shelflife_cli_list_add(&a->files, arguments.at[i], &err))
            return shelflife_cli_fail(&err);
    return run(a);
}

int shelflife_cli_audit(int argc, char **argv)
{
    struct audit a = {.judging = shelflife_cli_judging(), .mode = SHELFLIFE_MODE_POLICY};
    a.judging.fail_on = CLI_FAIL_ON_DENY;
    int code = parse_and_run(&a, argc, argv);
    shelflife_audit_free(a.audit);
    shelflife_sources_snapshot_release(a.loaded);
    shelflife_sources_snapshot_release(a.old);
    shelflife_inventory_free(a.inspected);
    shelflife_cli_list_free(&a.files);
    shelflife_cli_list_free(&a.image_lists);
    shelflife_cli_kube_free(&a.kube);
    shelflife_cli_list_free(&a.contexts.named);
    shelflife_cli_list_free(&a.excluded);
    shelflife_cli_list_free(&a.values);
    shelflife_cli_judging_free(&a.judging);
    return code;
}
