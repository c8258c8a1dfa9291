/* rooms: base json reference workload catalog policy inventory admission */
/* Allocation failure in the pure library: catalogs, policies, verdicts, replies. */
#include "unit/allocation_kit.h"
#include "unit/inventory_large.h"
#include "unit/policy_kit.h"
#include "unit/review_kit.h"

#define CATALOGS TESTS_DIR "/data/policies/judge/catalog/"

enum { AT = 20619 /* 2026-06-15 */, LIMIT = 1 << 20 };

static const char *const catalog_names[] = {"fruit", "tree", "fern"};
static buffer catalog_texts[COUNT(catalog_names)], json_catalog, limits_catalog, evidence_catalog;

static const char policy_text[] =
    "apiVersion: shelflife.dev/v1\n"
    "kind: Policy\n"
    "notice: 60d\n"
    "denyAfter: 400d\n"
    "owners: {labels: [team], annotations: [contact]}\n"
    "existingWorkloads: keep\n"
    "mirrors: [{from: harbor.example/hub/, to: docker.io/}]\n"
    "namespaces:\n"
    "- {names: [lab-*], mode: warn}\n"
    "- {names: [prod], floor: enforce}\n"
    "overrides:\n"
    "- {images: [\"docker.io/library/pine:3.8**\"], actions: {unpatched: deny}}\n"
    "- {products: [fruit/apple, pear], namespaces: [prod], actions: {ending: deny}}\n"
    "exceptions:\n"
    "- {images: [\"docker.io/library/fern:1\"], owner: a, reason: b, until: 2027-01-15}\n";

static const char *const images[] = {
    "registry.example/fruit/apple:1.0",
    "registry.example/fruit/apple:1.2.3",
    "pine:3.8-slim-bark",
    "harbor.example/hub/pine:3.9",
    "pine:3@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "fern:1",
    "ghcr.io/acme/app:1",
    "Not/A Reference",
    "$(params.image)",
    "ko://example.com/app",
    "oak",
    "limits.example/a/tool",
    "limits.example/a/tool:1.1-wren",
    "limits.example/a/tool:1.5",
    "limits.example/a/tool:2.50",
    "limits.example/a/tool:2.9-rc1",
    "limits.example/a/tool:2.9-slim",
    "limits.example/a/tool:lite-2.9.4-slim-sys7",
    "limits.example/base/b:wren",
};

#define REVIEW_OF(group, kind, operation, namespace, object, old)                                            \
    "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":\"u-1\","     \
    "\"kind\":{\"group\":\"" group "\",\"version\":\"v1\",\"kind\":\"" kind                                  \
    "\"},\"resource\":{\"group\":\"apps\",\"version\":\"v1\",\"resource\":\"deployments\"},"                 \
    "\"name\":\"w\",\"namespace\":\"" namespace "\",\"operation\":\"" operation                              \
                                                "\",\"userInfo\":{\"username\":\"someone\"},"                \
                                                "\"object\":" object ",\"oldObject\":" old "}}"
#define REVIEW(operation, namespace, object, old)                                                            \
    REVIEW_OF("apps", "Deployment", operation, namespace, object, old)
#define DEPLOYMENT(first, second)                                                                            \
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"w\",\"labels\":{\"team\":" \
    "\"t\"}},\"spec\":{\"template\":{\"spec\":{\"initContainers\":[{\"name\":\"i\",\"image\":\"" first       \
    "\"}],\"containers\":[{\"name\":\"c\",\"image\":\"" second "\"}]}}}}"
#define DEAD "pine:3.8-slim"

static buffer many_known, many_introduced;

static const struct {
    const char *name, *body; /* NULL: written by the test */
    enum shelflife_mode mode;
    bool allowed;
} reviews[] = {
    {"denied", REVIEW("CREATE", "prod", DEPLOYMENT("pine:3.11", DEAD), "null"), SHELFLIFE_MODE_POLICY, false},
    {"warned", REVIEW("CREATE", "other", DEPLOYMENT("registry.example/fruit/apple:1.1", "fern:1"), "null"),
     SHELFLIFE_MODE_POLICY, true},
    {"unlisted", REVIEW("CREATE", "other", DEPLOYMENT("a:1", "b:1"), "null"), SHELFLIFE_MODE_POLICY, true},
    {"an update that introduces", REVIEW("UPDATE", "prod", DEPLOYMENT("a", DEAD), DEPLOYMENT("a", "b")),
     SHELFLIFE_MODE_POLICY, false},
    {"an update that does not", REVIEW("UPDATE", "prod", DEPLOYMENT("b", DEAD), DEPLOYMENT("a", DEAD)),
     SHELFLIFE_MODE_POLICY, true},
    {"in mode warn", REVIEW("CREATE", "other", DEPLOYMENT("a", DEAD), "null"), SHELFLIFE_MODE_WARN, true},
    {"raised to the floor", REVIEW("CREATE", "prod", DEPLOYMENT("a", DEAD), "null"), SHELFLIFE_MODE_WARN,
     false},
    {"parts, parameters and texts",
     REVIEW_OF("argoproj.io", "Workflow", "CREATE", "prod",
               "{\"spec\":{\"templates\":[{\"container\":{\"image\":\"{{workflow.parameters.a}}\"}},"
               "{\"resource\":{\"manifest\":\"kind: Pod\\napiVersion: v1\\nspec: {containers: [{image: "
               "'{{workflow.parameters.a}}'}]}\"}},{\"resource\":{\"manifest\":\"a: [b\"}}],"
               "\"arguments\":{\"parameters\":[{\"name\":\"a\",\"value\":\"" DEAD "\"}]}}}",
               "null"),
     SHELFLIFE_MODE_POLICY, false},
    {"values",
     REVIEW_OF("helm.toolkit.fluxcd.io", "HelmRelease", "CREATE", "prod",
               "{\"spec\":{\"values\":{\"image\":{\"repository\":\"pine\",\"tag\":\"3.8-slim\"}}}}", "null"),
     SHELFLIFE_MODE_POLICY, false},
    {"broken",
     "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":"
     "\"u-1\",\"operation\":\"CREATE\",]",
     SHELFLIFE_MODE_POLICY, false},
    {"an update of many images", NULL, SHELFLIFE_MODE_POLICY, true},
    {"an update of many images and a new one", NULL, SHELFLIFE_MODE_POLICY, false},
};

static str review_body(size_t i)
{
    return reviews[i].body ? shelflife_str_of(reviews[i].body)
                           : shelflife_buffer_str(reviews[i].allowed ? &many_known : &many_introduced);
}

/* Images that are denied, warned of and allowed, in more than one block of memory of each kind. */
static void write_many(buffer *out, bool introduces)
{
    enum { MANY = 220 };
    static const char *const kinds[] = {"pine:3.8-slim-%d", "registry.example/fruit/apple:1.1-%d", "a:%d"};
    char image[64], text[200];
    buffer objects[2];
    for (int old = 0; old < 2; old++) {
        shelflife_buffer_init(&objects[old], LIMIT);
        shelflife_buffer_append(&objects[old], STR("{\"spec\":{\"template\":{\"spec\":{\"containers\":["));
        for (int i = old || !introduces; i <= MANY; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(image, sizeof(image), kinds[i % 3], i);
#pragma GCC diagnostic pop
            snprintf(text, sizeof(text), "%s{\"name\":\"c%d\",\"image\":\"%s\"}",
                     i == (old || !introduces) ? "" : ",", i, image);
            shelflife_buffer_append(&objects[old], shelflife_str_of(text));
        }
        shelflife_buffer_append(&objects[old], STR("]}}}}"));
    }
    shelflife_buffer_init(out, LIMIT);
    shelflife_buffer_format(out, REVIEW("UPDATE", "prod", "%.*s", "%.*s"),
                            STR_PRINT(shelflife_buffer_str(&objects[0])),
                            STR_PRINT(shelflife_buffer_str(&objects[1])));
    shelflife_buffer_free(&objects[0]);
    shelflife_buffer_free(&objects[1]);
}

/* ---- Catalogs ---- */

static bool make_catalogs(struct shelflife_catalogs **out, error *err)
{
    struct shelflife_catalogs *set = *out = shelflife_catalogs_new();
    if (!set)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < COUNT(catalog_names); i++)
        if (!shelflife_catalogs_add(set, shelflife_buffer_str(&catalog_texts[i]), catalog_names[i], err))
            return false;
    return shelflife_catalogs_add(set, shelflife_buffer_str(&json_catalog), "json", err) &&
           shelflife_catalogs_add(set, shelflife_buffer_str(&limits_catalog), "limits", err) &&
           shelflife_catalogs_add(set, shelflife_buffer_str(&evidence_catalog), "evidence", err) &&
           shelflife_catalogs_finish(set, err);
}

static bool load_catalogs(void *context, error *err)
{
    (void)context;
    struct shelflife_catalogs *set;
    bool ok = make_catalogs(&set, err);
    size_t rows = ok ? shelflife_catalogs_row_count(set) : 0;
    shelflife_catalogs_free(set);
    static size_t expected;
    expected = expected ? expected : rows;
    return ok && (rows == expected || shelflife_fail(err, SHELFLIFE_ERROR_NONE, "%zu rows are there", rows));
}

/* A catalog that could not be added leaves the set as it was, so that it can be added later. */
static bool add_again(void *context, error *err)
{
    (void)context;
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    if (!set)
        return shelflife_fail_memory(err);
    bool ok = true;
    for (size_t i = 0; i < COUNT(catalog_names) && ok; i++) {
        str text = shelflife_buffer_str(&catalog_texts[i]);
        ok = shelflife_catalogs_add(set, text, catalog_names[i], err) ||
             shelflife_catalogs_add(set, text, catalog_names[i], err);
    }
    ok = ok && shelflife_catalogs_finish(set, err);
    ok = ok && shelflife_catalogs_count(set) == COUNT(catalog_names);
    shelflife_catalogs_free(set);
    return ok;
}

static void catalogs_are_loaded(void **state)
{
    (void)state;
    kit_fail_each("catalogs", load_catalogs, NULL);
    kit_fail_each("catalogs, tried again", add_again, NULL);
}

/* ---- Inventories ---- */

static bool append(void *context, str bytes, error *err)
{
    buffer *out = context;
    shelflife_buffer_append(out, bytes);
    return !out->failed || shelflife_fail_memory(err);
}

/* Fills an inventory, writes it in two parts, and reads them together with the whole. */
static bool read_written(struct shelflife_inventory *made, struct shelflife_inventory *read, error *err)
{
    enum { HALF = 20 };
    const struct shelflife_inventory_file files[] = {
        {0},
        {.part_count = 2, .part_index = 0, .first = 0, .entries = HALF},
        {.part_count = 2, .part_index = 1, .first = HALF, .entries = HALF},
    };
    if (!large_fill(made, (size_t)2 * HALF, 50, err) || !shelflife_inventory_finish(made, err))
        return false;
    for (size_t i = 0; i < COUNT(files); i++) {
        CLEANUP(shelflife_buffer_free) buffer text;
        shelflife_buffer_init(&text, SIZE_MAX);
        if (!shelflife_inventory_write(made, &files[i], append, &text, err))
            return false;
        /* A file that could not be added leaves the inventory as it was, so that it can be added later. */
        if (!shelflife_inventory_add(read, shelflife_buffer_str(&text), "file", err) &&
            !shelflife_inventory_add(read, shelflife_buffer_str(&text), "file", err))
            return false;
    }
    return shelflife_inventory_merge(read, made, err) &&
           shelflife_inventory_drop(read, LARGE_TODAY - 10) > 0 && shelflife_inventory_finish(read, err);
}

static bool fill_inventory(void *context, error *err)
{
    (void)context;
    struct shelflife_inventory *made = shelflife_inventory_new(), *read = shelflife_inventory_new();
    bool ok = (made && read) ? read_written(made, read, err) : shelflife_fail_memory(err);
    size_t count = ok ? shelflife_inventory_count(read) : 0;
    shelflife_inventory_free(made);
    shelflife_inventory_free(read);
    static size_t expected;
    expected = expected ? expected : count;
    return ok &&
           (count == expected || shelflife_fail(err, SHELFLIFE_ERROR_NONE, "%zu images are there", count));
}

static void inventories_are_filled_written_and_read(void **state)
{
    (void)state;
    kit_fail_each("inventories", fill_inventory, NULL);
}

/* ---- Evidence ---- */

static bool find_ahead(void *context, error *err)
{
    enum { LISTS = 20 };
    static struct shelflife_evidence pieces[LISTS];
    struct shelflife_evidence_list lists[LISTS];
    for (size_t i = 0; i < LISTS; i++) {
        pieces[i] = (struct shelflife_evidence){SHELFLIFE_EVIDENCE_ENV, STR("PYTHON_VERSION"), STR("3.8.20")};
        lists[i] = (struct shelflife_evidence_list){&pieces[i], 1};
    }
    struct shelflife_catalogs *ahead = shelflife_catalogs_find_ahead(context, lists, LISTS, SIZE_MAX, err);
    shelflife_catalogs_free(ahead);
    return ahead != NULL;
}

static void what_evidence_says_is_found_ahead(void **state)
{
    (void)state;
    error err;
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    assert_true(set && shelflife_catalogs_add_embedded(set, &err) && shelflife_catalogs_finish(set, &err));
    kit_fail_each("evidence", find_ahead, set);
    shelflife_catalogs_free(set);
}

/* ---- Policies ---- */

static bool read_policy(void *context, error *err)
{
    const char *text = context;
    struct shelflife_policy *policy =
        text ? shelflife_policy_read(shelflife_str_of(text), "policy", err) : shelflife_policy_default(err);
    shelflife_policy_free(policy);
    return policy != NULL;
}

static void policies_are_read(void **state)
{
    (void)state;
    kit_fail_each("the built-in policy", read_policy, NULL);
    char text[sizeof(policy_text)];
    memcpy(text, policy_text, sizeof(text));
    kit_fail_each("a policy", read_policy, text);
}

/* ---- Verdicts ---- */

struct verdicts {
    struct shelflife_catalogs *catalogs;
    struct shelflife_policy *policy;
    buffer expected; /* what is said when nothing fails */
};

static bool say_verdict(const struct verdicts *v, const char *image, arena *a, buffer *out, error *err)
{
    struct shelflife_verdict verdict;
    const shelflife_day *days;
    size_t count;
    if (!shelflife_policy_judge(v->policy, v->catalogs, NULL, shelflife_str_of(image), STR("prod"), AT, a,
                                &verdict, err) ||
        !shelflife_policy_horizon(v->policy, &verdict, a, &days, &count, err))
        return false;
    shelflife_verdict_describe(&verdict, 256, out);
    shelflife_buffer_format(out, " %s %s %zu\n", shelflife_phase_name(verdict.phase),
                            shelflife_action_name(verdict.action), count);
    return true;
}

/* Either what is always said, or an error; nothing in between. */
static bool judge_images(void *context, error *err)
{
    struct verdicts *v = context;
    CLEANUP(shelflife_arena_free) arena a;
    CLEANUP(shelflife_buffer_free) buffer out;
    shelflife_arena_init(&a, LIMIT);
    shelflife_buffer_init(&out, LIMIT);
    const str *lines;
    size_t count;
    for (size_t i = 0; i < COUNT(images); i++)
        if (!say_verdict(v, images[i], &a, &out, err))
            return false;
    if (!shelflife_policy_unmatched(v->policy, v->catalogs, 10, &a, &lines, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        shelflife_buffer_format(&out, "%.*s\n", STR_PRINT(lines[i]));
    if (out.failed)
        return shelflife_fail_memory(err);
    if (!v->expected.len) {
        shelflife_buffer_append(&v->expected, shelflife_buffer_str(&out));
        return true;
    }
    return shelflife_str_equal(shelflife_buffer_str(&out), shelflife_buffer_str(&v->expected)) ||
           shelflife_fail(err, SHELFLIFE_ERROR_NONE, "says %.*s", STR_PRINT(shelflife_buffer_str(&out)));
}

/* How an image was resolved. A trace may be cut for want of memory, and says so; the verdict may not. */
static bool trace_image(void *context, error *err)
{
    const struct verdicts *v = context;
    CLEANUP(shelflife_arena_free) arena a;
    shelflife_arena_init(&a, LIMIT);
    struct shelflife_reference reference;
    struct shelflife_resolution found;
    struct shelflife_trace trace;
    if (!shelflife_reference_parse(STR("pine:3.8-slim-bark"), &a, &reference, err) ||
        !shelflife_catalogs_trace(v->catalogs, reference.name, &reference, NULL, &a, &found, &trace, err))
        return false;
    return (found.match_count == 2 && (trace.count > 3 || trace.cut)) ||
           shelflife_fail(err, SHELFLIFE_ERROR_NONE, "%zu matches", found.match_count);
}

/* What an image says of itself adds matches to those of its reference. */
static bool resolve_evidence(void *context, error *err)
{
    static const struct shelflife_evidence pieces[] = {
        {SHELFLIFE_EVIDENCE_ENV, STR_INIT("PYTHON_VERSION"), STR_INIT("3.8.20")},
        {SHELFLIFE_EVIDENCE_ENV, STR_INIT("NODE_VERSION"), STR_INIT("16.20.2")},
        {SHELFLIFE_EVIDENCE_ENV, STR_INIT("MARIADB_VERSION"), STR_INIT("1:11.8.9+maria~ubu2404")},
        {SHELFLIFE_EVIDENCE_HISTORY, {0}, STR_INIT("ADD alpine-minirootfs-3.18.6-x86_64.tar.gz /")},
    };
    static const struct shelflife_evidence_list list = {pieces, COUNT(pieces)};
    const struct verdicts *v = context;
    CLEANUP(shelflife_arena_free) arena a;
    shelflife_arena_init(&a, LIMIT);
    struct shelflife_reference reference;
    struct shelflife_resolution found;
    struct shelflife_trace trace;
    if (!shelflife_reference_parse(STR("pine:3.8-slim-bark"), &a, &reference, err) ||
        !shelflife_catalogs_trace(v->catalogs, reference.name, &reference, &list, &a, &found, &trace, err))
        return false;
    return (found.match_count == 7 && (trace.count > 8 || trace.cut)) ||
           shelflife_fail(err, SHELFLIFE_ERROR_NONE, "%zu matches", found.match_count);
}

static void images_are_judged(void **state)
{
    (void)state;
    error err;
    struct verdicts v = {.policy = shelflife_policy_read(shelflife_str_of(policy_text), "policy", &err)};
    assert_non_null(v.policy);
    assert_true(make_catalogs(&v.catalogs, &err));
    shelflife_buffer_init(&v.expected, LIMIT);
    kit_fail_each("verdicts", judge_images, &v);
    kit_fail_each("a trace", trace_image, &v);
    kit_fail_each("evidence", resolve_evidence, &v);
    shelflife_buffer_free(&v.expected);
    shelflife_policy_free(v.policy);
    shelflife_catalogs_free(v.catalogs);
}

/* ---- Reviews ---- */

struct judging {
    struct shelflife_snapshot snapshot;
    size_t i, chunk; /* which review, and in what pieces it comes */
    bool with_memo;
    buffer expected;
};

static bool is_right(struct judging *j, bool ok, const buffer *reply, const struct shelflife_outcome *outcome,
                     error *err)
{
    str said = shelflife_buffer_str(reply);
    if (!ok) /* nothing may have been answered that an API server would take */
        return false;
    if (j->expected.len == 0)
        shelflife_buffer_append(&j->expected, said);
    if (shelflife_str_equal(said, shelflife_buffer_str(&j->expected)))
        return outcome->allowed == reviews[j->i].allowed;
    bool allows = memmem(said.at, said.len, "\"allowed\":true", 14) != NULL;
    if (outcome->allowed && !reviews[j->i].allowed)
        return shelflife_fail(err, SHELFLIFE_ERROR_NONE, "allows what it denies otherwise");
    if (allows != outcome->allowed || !outcome->error)
        return shelflife_fail(err, SHELFLIFE_ERROR_NONE, "says %.*s", STR_PRINT(said));
    return shelflife_fail(err, SHELFLIFE_ERROR_MEMORY, "%.*s", STR_PRINT(outcome->message));
}

static bool review_once(struct judging *j, struct shelflife_review *review, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer reply;
    shelflife_buffer_init(&reply, LIMIT);
    struct shelflife_outcome outcome;
    shelflife_review_begin(review, &j->snapshot, AT, reviews[j->i].mode);
    str body = review_body(j->i);
    for (size_t n; body.len; body = shelflife_str_after(body, n)) {
        n = body.len < j->chunk ? body.len : j->chunk;
        shelflife_review_feed(review, shelflife_str_first(body, n));
    }
    bool ok = shelflife_review_finish(review, &reply, &outcome, err);
    return is_right(j, ok, &reply, &outcome, err);
}

/* A review, and another one by the same object when there is memory again. A memo only saves work. */
static bool review_twice(void *context, error *err)
{
    struct judging *j = context;
    error later = {0};
    struct shelflife_review *review = shelflife_review_new();
    if (!review)
        return shelflife_fail_memory(err);
    struct shelflife_memo *memo = j->with_memo ? shelflife_memo_new() : NULL;
    shelflife_review_set_memo(review, memo);
    bool ok = review_once(j, review, err);
    kit_exempt = true;
    shelflife_review_reset(review);
    bool recovers = review_once(j, review, &later);
    kit_exempt = false;
    shelflife_review_free(review);
    shelflife_memo_free(memo);
    return recovers ? ok : shelflife_fail(err, SHELFLIFE_ERROR_NONE, "the next review: %s", later.text);
}

static void reviews_are_answered(void **state)
{
    (void)state;
    error err;
    struct shelflife_catalogs *catalogs;
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_str_of(policy_text), "policy", &err);
    assert_non_null(policy);
    assert_true(make_catalogs(&catalogs, &err));
    struct judging j = {
        .snapshot = {.catalogs = catalogs, .policy = policy, .digest = STR("sha256:0"), .edition = 1}};
    for (j.i = 0; j.i < COUNT(reviews); j.i++)
        for (j.chunk = 7; j.chunk < 100000; j.chunk *= 1000) {
            shelflife_buffer_init(&j.expected, LIMIT);
            j.with_memo = j.chunk == 7;
            kit_fail_each(reviews[j.i].name, review_twice, &j);
            shelflife_buffer_free(&j.expected);
        }
    shelflife_policy_free(policy);
    shelflife_catalogs_free(catalogs);
}

/* ---- */

static int read_files(void **state)
{
    (void)state;
    shelflife_set_allocator(malloc, realloc, free); /* see libjansson in allocation_kit.h */
    char path[4096];
    for (size_t i = 0; i < COUNT(catalog_names); i++) {
        snprintf(path, sizeof(path), CATALOGS "%s.yaml", catalog_names[i]);
        read_file(path, &catalog_texts[i]);
    }
    read_file(TESTS_DIR "/data/catalogs/good/accounts.json", &json_catalog);
    read_file(TESTS_DIR "/data/catalogs/good/limits.yaml", &limits_catalog);
    read_file(TESTS_DIR "/data/catalogs/good/evidence.yaml", &evidence_catalog);
    write_many(&many_known, false);
    write_many(&many_introduced, true);
    kit_start(false);
    return 0;
}

static int free_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(catalog_names); i++)
        shelflife_buffer_free(&catalog_texts[i]);
    shelflife_buffer_free(&json_catalog);
    shelflife_buffer_free(&limits_catalog);
    shelflife_buffer_free(&evidence_catalog);
    shelflife_buffer_free(&many_known);
    shelflife_buffer_free(&many_introduced);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(catalogs_are_loaded),
        cmocka_unit_test(inventories_are_filled_written_and_read),
        cmocka_unit_test(what_evidence_says_is_found_ahead),
        cmocka_unit_test(policies_are_read),
        cmocka_unit_test(images_are_judged),
        cmocka_unit_test(reviews_are_answered),
    };
    return cmocka_run_group_tests_name("allocation library", tests, read_files, free_files);
}
