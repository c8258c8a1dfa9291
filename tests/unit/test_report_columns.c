/* rooms: base json reference workload catalog policy inventory net kube pki inputs audit report log file */
#include "report/internal.h"
#include "unit/test.h"

enum { NONE = SHELFLIFE_DAY_NONE, TODAY = 100 /* 1970-04-11 */ };

static const struct shelflife_catalog catalog = {.name = STR_INIT("endoflife")};
static const struct shelflife_product product = {
    .catalog = &catalog, .name = STR_INIT("python"), .title = STR_INIT("Python")};
static const struct shelflife_row old = {
    .product = &product, .release = STR_INIT("3.8"), .path = STR_INIT("products[0].rows[1]")};
static const struct shelflife_row new = {.product = &product, .release = STR_INIT("3.12")};
static const struct shelflife_match match = {.row = &old,
                                             .release = STR_INIT("3.8"),
                                             .end_of_patch = 90,
                                             .end_of_availability = 120,
                                             .end_of_extended_patch = NONE};
static const struct shelflife_judged_match judged = {.match = &match, .phase = SHELFLIFE_PHASE_UNPATCHED};
static const struct shelflife_exception exception = {.owner = STR_INIT("data team"), .until = 130};

static const struct shelflife_audit_image image = {.verdict = {.image = STR_INIT("python:3.8"),
                                                               .at = TODAY,
                                                               .phase = SHELFLIFE_PHASE_UNPATCHED,
                                                               .matches = &judged,
                                                               .match_count = 1,
                                                               .outdated = true,
                                                               .exception = &exception,
                                                               .replacement = &new,
                                                               .or_later = true},
                                                   .old_phase = SHELFLIFE_PHASE_SUPPORTED};
static const struct shelflife_audit_workload workload = {.cluster = STR_INIT("prod"),
                                                         .namespace = STR_INIT("shop"),
                                                         .api_version = STR_INIT("apps/v1"),
                                                         .kind = STR_INIT("Deployment"),
                                                         .name = STR_INIT("web"),
                                                         .responsible = STR_INIT("ops"),
                                                         .mode = SHELFLIFE_MODE_WARN};
static const struct shelflife_audit_container containers[] = {
    {.name = STR_INIT("main"), .path = STR_INIT("spec.template.spec.containers[0].image")},
    {.name = STR_INIT(""), .path = STR_INIT("spec.template.spec.containers[1].image")}};
static const struct shelflife_audit_entry full = {.workload = &workload,
                                                  .image = &image,
                                                  .place = {STR_INIT("deploy/app.yaml"), 3, 7},
                                                  .containers = containers,
                                                  .container_count = 2,
                                                  .container_total = 5,
                                                  .pods = 4,
                                                  .stuck = true,
                                                  .action = SHELFLIFE_WARN,
                                                  .old_action = SHELFLIFE_ALLOW,
                                                  .next = 120,
                                                  .days_left = 20};
static const struct shelflife_audit_change change = {.day = 120,
                                                     .entry = &full,
                                                     .from = SHELFLIFE_PHASE_UNPATCHED,
                                                     .to = SHELFLIFE_PHASE_UNAVAILABLE,
                                                     .before = SHELFLIFE_WARN,
                                                     .after = SHELFLIFE_DENY};

static const struct shelflife_audit_image unknown = {
    .verdict = {.image = STR_INIT("x"), .at = TODAY, .phase = SHELFLIFE_PHASE_UNLISTED}};
static const struct shelflife_audit_workload nameless = {.kind = STR_INIT("Image"),
                                                         .mode = SHELFLIFE_MODE_ENFORCE};
static const struct shelflife_audit_entry empty = {.workload = &nameless, .image = &unknown, .next = NONE};

static const struct shelflife_audit_workload service = {
    .kind = STR_INIT("Service"), .name = STR_INIT("db"), .mode = SHELFLIFE_MODE_ENFORCE};
static const struct shelflife_audit_entry unresolved = {.workload = &service,
                                                        .image = &unknown,
                                                        .place = {STR_INIT("compose.yaml"), 4, 0},
                                                        .why = STR_INIT("TAG is not set"),
                                                        .way = STR_INIT("default of VERSION"),
                                                        .hint = STR_INIT("quote the tag"),
                                                        .next = NONE};
static const struct report_tally tally = {
    .rows = 6,
    .actions = {[SHELFLIFE_DENY] = 3, [SHELFLIFE_WARN] = 2, [SHELFLIFE_ALLOW] = 1},
    .worst = SHELFLIFE_PHASE_ENDING};

/* A line "key=value" for each column that is not empty. */
static void write_row(const struct report_row *row, unsigned what, buffer *out)
{
    for (size_t i = 0; i < shelflife_report_column_count; i++) {
        const struct report_column *column = &shelflife_report_columns[i];
        buffer value CLEANUP(shelflife_buffer_free);
        shelflife_buffer_init(&value, SIZE_MAX);
        if (!(column->what & what) || strcmp(column->key, "message") == 0)
            continue;
        column->put(row, &value);
        if (value.len)
            shelflife_buffer_format(out, "%s=%.*s\n", column->key, STR_PRINT(shelflife_buffer_str(&value)));
    }
}

#define SAME                                                                                                 \
    "namespace=shop\nkind=Deployment\nname=web\n"                                                            \
    "containers=main, spec.template.spec.containers[1].image and 3 more\nimage=python:3.8\n"                 \
    "replacement=Python 3.12 or later\n"                                                                     \
    "release=Python 3.8\nmode=warn\nendOfPatch=1970-04-01\nendOfAvailability=1970-05-01\n"
#define CATALOG                                                                                              \
    "catalog=endoflife\nrow=products[0].rows[1]\nwaivedBy=data team\n"                                       \
    "waivedUntil=1970-05-11\n"
#define PLACE "owner=ops\nplace=deploy/app.yaml:3\nfile=deploy/app.yaml\nline=3\ncolumn=7\n"

static void each_report_has_its_columns(void **state)
{
    static const struct {
        struct report_row row;
        unsigned what;
        const char *text;
    } cases[] = {
        {{.entry = &full},
         REPORT_COLUMN_FINDINGS,
         "action=warn\nphase=unpatched\ndate=1970-04-01\nwhen=10d ago\n"
         "cluster=prod\nworkload=deploy/web\n" SAME "next=1970-05-01\n"
         "daysLeft=20\n" CATALOG "outdated=yes\npods=4\nstuck=yes\n" PLACE},
        /* The change is not stuck, although the entry is. */
        {{.entry = &full, .change = &change},
         REPORT_COLUMN_FORECAST,
         "day=1970-05-01\ndays=20\naction=deny\noldAction=warn\nphase=unavailable\n"
         "oldPhase=unpatched\nwhen=in 20d\ncluster=prod\nworkload=deploy/web\n" SAME CATALOG
         "pods=4\n" PLACE},
        {{.entry = &full, .many_namespaces = true},
         REPORT_COLUMN_COMPARISON,
         "oldAction=allow\naction=warn\nphase=unpatched\noldPhase=supported\ndate=1970-04-01\n"
         "cluster=prod\nworkload=shop/deploy/web\n" SAME CATALOG "pods=4\nstuck=yes\n" PLACE},
        {{.entry = &empty},
         REPORT_COLUMN_FINDINGS,
         "action=allow\nphase=unlisted\nworkload=image\nkind=Image\nimage=x\nmode=enforce\n"},
        {{.entry = &unresolved},
         REPORT_COLUMN_FINDINGS,
         "action=allow\nphase=unlisted\nworkload=service/db\nkind=Service\nname=db\nimage=x\nmode=enforce\n"
         "place=compose.yaml:4\nfile=compose.yaml\nline=4\nway=default of VERSION\n"
         "note=not resolved: TAG is not set; quote the tag\nwhy=TAG is not set\nhint=quote the tag\n"},
        {{.entry = &empty, .tally = &tally},
         REPORT_COLUMN_BY << SHELFLIFE_REPORT_BY_OWNER | REPORT_COLUMN_COUNTED << SHELFLIFE_REPORT_FORECAST,
         "owner=(no owner)\nworst=ending\ncount=6\ndenied=3\nwarned=2\nallowed=1\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer out CLEANUP(shelflife_buffer_free);
        shelflife_buffer_init(&out, SIZE_MAX);
        write_row(&cases[i].row, cases[i].what, &out);
        assert_str_equal(shelflife_buffer_str(&out), cases[i].text);
    }
}

/* Readers of a CSV file find columns by key. */
static void keys_and_titles_are_unique_in_each_report(void **state)
{
    (void)state;
    for (size_t i = 0; i < shelflife_report_column_count; i++)
        for (size_t k = i + 1; k < shelflife_report_column_count; k++) {
            const struct report_column *a = &shelflife_report_columns[i], *b = &shelflife_report_columns[k];
            if ((a->what & b->what) && (strcmp(a->key, b->key) == 0 || strcmp(a->title, b->title) == 0))
                fail_msg("%s and %s", a->key, b->key);
        }
}

static void a_change_decides_phase_and_action_of_its_row(void **state)
{
    const struct report_row finding = {.entry = &full}, forecast = {.entry = &full, .change = &change};
    (void)state;
    assert_int_equal(shelflife_report_row_phase(&finding), SHELFLIFE_PHASE_UNPATCHED);
    assert_int_equal(shelflife_report_row_action(&finding), SHELFLIFE_WARN);
    assert_int_equal(shelflife_report_row_phase(&forecast), SHELFLIFE_PHASE_UNAVAILABLE);
    assert_int_equal(shelflife_report_row_action(&forecast), SHELFLIFE_DENY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_report_has_its_columns),
        cmocka_unit_test(keys_and_titles_are_unique_in_each_report),
        cmocka_unit_test(a_change_decides_phase_and_action_of_its_row),
    };
    return cmocka_run_group_tests_name("report_columns", tests, NULL, NULL);
}
