#include "cli/catalog_common.h"
#include "cli/commands.h"
#include "cli/dispatch.h"
#include "cli/output.h"
#include "feeds/export.h"
#include "feeds/vap.h"
#include "feeds/vap_strip.h"

enum { MEMORY_MAX = 64 << 20, YEAR_ONE = -719162, YEAR_9999 = 2932896 };

/* What denied_from() judges by. */
struct judge {
    const struct shelflife_catalogs *catalogs;
    struct shelflife_policy *policy;
    arena arena;
};

static void free_judge(struct judge *judge)
{
    shelflife_policy_free(judge->policy);
    shelflife_arena_free(&judge->arena);
}

static bool is_denied(struct judge *judge, str image, shelflife_day at, bool *denied, error *err)
{
    struct shelflife_verdict verdict;
    shelflife_arena_reset(&judge->arena);
    if (!shelflife_policy_judge(judge->policy, judge->catalogs, NULL, image, (str){0}, at, &judge->arena,
                                &verdict, err))
        return false;
    *denied = verdict.action == SHELFLIFE_DENY && verdict.match_count > 0;
    return true;
}

/* Dates only ever turn allow into deny, so a binary search finds the first day. */
static bool denied_from(void *context, str image, shelflife_day *from, error *err)
{
    struct judge *judge = context;
    shelflife_day first = YEAR_ONE, last = YEAR_9999;
    bool denied = false;
    *from = SHELFLIFE_DAY_NONE;
    if (!is_denied(judge, image, last, &denied, err) || !denied)
        return !denied;
    while (first < last) {
        shelflife_day middle = first + (last - first) / 2;
        if (!is_denied(judge, image, middle, &denied, err))
            return false;
        if (denied)
            last = middle;
        else
            first = middle + 1;
    }
    *from = last;
    return true;
}

static bool export(const struct cli_judging *judging, const char *name, bool from_files, error *err)
{
    struct judge judge CLEANUP(free_judge) = {0};
    buffer stripped CLEANUP(shelflife_buffer_free), yaml CLEANUP(shelflife_buffer_free),
        notes CLEANUP(shelflife_buffer_free);
    shelflife_arena_init(&judge.arena, MEMORY_MAX);
    shelflife_buffer_init(&stripped, MEMORY_MAX);
    shelflife_buffer_init(&yaml, MEMORY_MAX);
    shelflife_buffer_init(&notes, MEMORY_MAX);
    struct shelflife_sources_snapshot *loaded = shelflife_cli_load(judging, err);
    if (!loaded)
        return false;
    const struct shelflife_snapshot *view = shelflife_sources_snapshot_view(loaded);
    const str policy = shelflife_policy_bytes(view->policy);
    const struct shelflife_feeds_vap_options vap = {.catalogs = view->catalogs,
                                                    .policy = policy,
                                                    .policy_origin =
                                                        judging->policy ? judging->policy : "built-in policy",
                                                    .at = judging->at,
                                                    .name = shelflife_str_of(name),
                                                    .from_files = from_files,
                                                    .judge = denied_from,
                                                    .context = &judge};
    judge.catalogs = view->catalogs;
    bool ok =
        shelflife_feeds_vap_strip(policy, vap.policy_origin, &stripped, err) &&
        (judge.policy = shelflife_policy_read(shelflife_buffer_str(&stripped), vap.policy_origin, err)) &&
        shelflife_feeds_vap_write(&vap, &yaml, &notes, err);
    if (ok) {
        shelflife_cli_write(shelflife_buffer_str(&yaml));
        shelflife_cli_print_notes("not exported", shelflife_buffer_str(&notes));
    }
    shelflife_sources_snapshot_release(loaded);
    return ok;
}

static bool is_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && n <= 200 && name[n] == '\0' && name[0] != '-' && name[n - 1] != '-';
}

static int export_vap(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog export vap",
        .about = "Print a ValidatingAdmissionPolicy, with its bindings, that denies what the catalogs and\n"
                 "the policy deny. It is for clusters without the webhook (Kubernetes 1.30 or later).\n"
                 "New objects are judged by their creation time. Images added by an update are judged by\n"
                 "the date of the export, so export regularly. Rules that cannot be exported are listed on\n"
                 "standard error and in comments.",
        .examples = "  shelflife catalog export vap --policy policy.yaml |\n"
                    "      kubectl apply --server-side -f -"};
    struct cli_judging judging = shelflife_cli_judging();
    const char *name = "shelflife-dates";
    bool from_files = false;
    const struct cli_option options[] = {
        CLI_OPTIONS_LISTING(&judging),
        {.name = "name",
         .type = CLI_TEXT,
         .argument = "NAME",
         .target = &name,
         .help = "name of the objects; the default is shelflife-dates"},
        {.name = "static",
         .type = CLI_FLAG,
         .target = &from_files,
         .help = "for API servers that read the objects from files (Kubernetes 1.36 or\n"
                 "later): the names end in .static.k8s.io"},
    };
    struct cli_list none CLEANUP(shelflife_cli_list_free) = {0};
    error err;
    int code;
    if (shelflife_cli_parse(&usage, options, COUNT(options), argc, argv, &none, &code)) {
        if (!is_name(name)) {
            shelflife_cli_message("--name: \"%s\" must consist of lower-case letters, digits and \"-\", "
                                  "start and end with a letter "
                                  "or digit, and have at most 200 characters",
                                  name);
            code = CLI_EXIT_USAGE;
        } else {
            code = export(&judging, name, from_files, &err) ? shelflife_cli_finish(CLI_EXIT_OK)
                                                            : shelflife_cli_fail(&err);
        }
    }
    shelflife_cli_judging_free(&judging);
    return code;
}

/* ---- the standards for support dates ---- */

static bool export_standard(const struct cli_judging *judging, enum shelflife_feeds_standard standard,
                            const struct cli_list *products, error *err)
{
    buffer json CLEANUP(shelflife_buffer_free), notes CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&json, MEMORY_MAX);
    shelflife_buffer_init(&notes, MEMORY_MAX);
    struct shelflife_sources_snapshot *loaded = shelflife_cli_load(judging, err);
    if (!loaded)
        return false;
    const struct shelflife_feeds_export asked = {.catalogs =
                                                     shelflife_sources_snapshot_view(loaded)->catalogs,
                                                 .standard = standard,
                                                 .products = products->at,
                                                 .product_count = products->count};
    bool ok = shelflife_feeds_export(&asked, &json, &notes, err);
    if (ok) {
        shelflife_cli_write(shelflife_buffer_str(&json));
        shelflife_cli_print_notes("not exported", shelflife_buffer_str(&notes));
    }
    shelflife_sources_snapshot_release(loaded);
    return ok;
}

static int run_standard(const struct cli_usage *usage, enum shelflife_feeds_standard standard, int argc,
                        char **argv)
{
    struct cli_judging judging = shelflife_cli_judging();
    struct cli_list products CLEANUP(shelflife_cli_list_free) = {0},
                             none CLEANUP(shelflife_cli_list_free) = {0};
    const struct cli_option options[] = {
        {.name = "product",
         .type = CLI_LIST,
         .argument = "PRODUCT",
         .target = &products,
         .help = "export only this product, or CATALOG/PRODUCT. Can be repeated"},
        CLI_OPTIONS_LISTING(&judging),
    };
    error err;
    int code;
    if (shelflife_cli_parse(usage, options, COUNT(options), argc, argv, &none, &code))
        code = export_standard(&judging, standard, &products, &err) ? shelflife_cli_finish(CLI_EXIT_OK)
                                                                    : shelflife_cli_fail(&err);
    shelflife_cli_judging_free(&judging);
    return code;
}

static int export_cle(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog export cle",
        .about = "Print support dates as a Common Lifecycle Enumeration (ECMA-428): a document for one\n"
                 "product, or a list of documents. Dates that depend on the variant of an image, and facts\n"
                 "that the standard does not have, are listed on standard error.",
        .examples = "  shelflife catalog export cle --product base-java --catalog base-images.json"};
    return run_standard(&usage, SHELFLIFE_FEEDS_CLE, argc, argv);
}

static int export_openeox(int argc, char **argv)
{
    static const struct cli_usage usage = {
        .program = "shelflife catalog export openeox",
        .about = "Print support dates as OpenEoX Core 1.0: a list of statements, each with the core of one\n"
                 "release. Dates that depend on the variant of an image, and facts that the standard does\n"
                 "not have, are listed on standard error.",
        .examples = "  shelflife catalog export openeox --product base-java --catalog base-images.json"};
    return run_standard(&usage, SHELFLIFE_FEEDS_OPENEOX, argc, argv);
}

int shelflife_cli_catalog_export(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"vap", "export a ValidatingAdmissionPolicy (CEL)", export_vap},
        {"cle", "export a Common Lifecycle Enumeration (ECMA-428)", export_cle},
        {"openeox", "export OpenEoX Core 1.0", export_openeox},
    };
    return shelflife_cli_dispatch(
        "shelflife catalog export",
        "Export the rules of the catalogs and the policy, or their dates, for other programs.", commands,
        COUNT(commands), argc, argv);
}
