/*
 * What judging costs, without the network, on one thread.
 *
 *     bench_admission REVIEW...     for each review, reviews a second and microseconds for each: with a memo,
 *                                   which knows the images; with the images left unjudged (mode off: reading
 *                                   the envelope and skipping the rest); and with a new edition of the
 *                                   snapshot each time, so that the memo knows no image
 *     bench_admission --patterns    milliseconds for a review of 20,000 images, with the built-in policy and
 *                                   with 40 exceptions besides
 *     bench_admission --inventory REVIEW...
 *                                   how many times as long a review takes with an inventory of 100,000
 *                                   images, among them those of the review
 */
#include <stdio.h>

#include "base/base.h"
#include "shelflife/admission.h"

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool read_file(const char *path, buffer *out)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    size_t n;
    shelflife_buffer_reset(out);
    while (shelflife_buffer_reserve(out, 65536) && (n = fread(out->at + out->len, 1, 65536, f)) > 0)
        out->len += n;
    fclose(f);
    return !out->failed;
}

/* What is measured: all that is needed for a review. */
struct bench {
    struct shelflife_review *review;
    const struct shelflife_snapshot *snapshot;
    enum shelflife_mode mode;
    bool renews; /* each review has a new edition of the snapshot */
};

/* Seconds for one review, the best of several rounds. */
static double cost(const struct bench *bench, str body, int rounds, int count, buffer *reply)
{
    enum { CHUNK = 16384 };
    struct shelflife_review *review = bench->review;
    struct shelflife_snapshot snapshot = *bench->snapshot;
    double best = 1000;
    for (int round = 0; round < rounds; round++) {
        double start = seconds();
        for (int i = 0; i < count; i++) {
            struct shelflife_outcome out;
            shelflife_buffer_reset(reply);
            snapshot.edition += bench->renews;
            shelflife_review_begin(review, &snapshot, 20780, bench->mode);
            for (str rest = body; rest.len; rest = shelflife_str_after(rest, CHUNK))
                shelflife_review_feed(review, shelflife_str_first(rest, CHUNK));
            if (!shelflife_review_finish(review, reply, &out, NULL))
                return 0;
        }
        double each = (seconds() - start) / count;
        best = each < best ? each : best;
    }
    return best;
}

/* A large review is judged less often. */
enum { ROUNDS = 7, COUNT_EACH = 4000, BYTES_IN_ROUND = 64 << 20 };

static void report(const struct shelflife_snapshot *snapshot, const char *path)
{
    buffer body, reply;
    struct shelflife_review *review = shelflife_review_new();
    struct shelflife_memo *memo = shelflife_memo_new();
    shelflife_buffer_init(&body, 64 << 20);
    shelflife_buffer_init(&reply, 1 << 20);
    if (review && memo && read_file(path, &body)) {
        str text = shelflife_buffer_str(&body);
        int count =
            text.len < BYTES_IN_ROUND / COUNT_EACH ? COUNT_EACH : (int)(BYTES_IN_ROUND / text.len) + 1;
        struct shelflife_snapshot remembered = *snapshot;
        remembered.edition = 1;
        struct bench bench = {.review = review, .snapshot = &remembered, .mode = SHELFLIFE_MODE_ENFORCE};
        shelflife_review_set_memo(review, memo);
        double judged = cost(&bench, text, ROUNDS, count, &reply);
        bench.renews = true;
        double renewed = cost(&bench, text, ROUNDS, count, &reply);
        bench.mode = SHELFLIFE_MODE_OFF;
        double skipped = cost(&bench, text, ROUNDS, count, &reply);
        str name = shelflife_str_after(shelflife_str_of(path),
                                       shelflife_str_find_last(shelflife_str_of(path), '/') + 1);
        printf("%-40.*s %7zu bytes %8.0f reviews/s %7.2f us, off %7.2f us, all images new %7.2f us\n",
               STR_PRINT(name), text.len, 1 / judged, judged * 1e6, skipped * 1e6, renewed * 1e6);
    }
    shelflife_review_free(review);
    shelflife_memo_free(memo);
    shelflife_buffer_free(&body);
    shelflife_buffer_free(&reply);
}

/* ---- Patterns ---- */

enum { IMAGES = 20000, PATTERNS = 40 };

/* Images past end of patch, for which all exceptions are considered. */
static void write_review(buffer *body)
{
    shelflife_buffer_append(
        body,
        STR("{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"1\","
            "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},\"namespace\":\"a\","
            "\"operation\":\"CREATE\",\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{},"
            "\"spec\":{\"containers\":["));
    for (int i = 0; i < IMAGES; i++)
        shelflife_buffer_format(body,
                                "%s{\"name\":\"c%d\",\"image\":\"docker.io/library/python:2.7-legacy-%d\"}",
                                i ? "," : "", i, i);
    shelflife_buffer_append(body, STR("]}}}}"));
}

static struct shelflife_policy *read_exceptions(error *err)
{
    buffer yaml;
    shelflife_buffer_init(&yaml, 1 << 20);
    shelflife_buffer_append(&yaml, STR("apiVersion: shelflife.dev/v1\nkind: Policy\nexceptions:\n"));
    for (int i = 0; i < PATTERNS; i++)
        shelflife_buffer_format(
            &yaml, "- {images: [\"**/team%d-*/**-legacy*:**\"], owner: o, reason: r, until: 2099-01-01}\n",
            i + 1);
    struct shelflife_policy *policy = shelflife_policy_read(shelflife_buffer_str(&yaml), "exceptions", err);
    shelflife_buffer_free(&yaml);
    return policy;
}

static void report_patterns(const struct shelflife_snapshot *without, error *err)
{
    buffer body, reply;
    struct shelflife_review *review = shelflife_review_new();
    struct shelflife_policy *policy = read_exceptions(err);
    const struct shelflife_snapshot with = {
        .catalogs = without->catalogs, .policy = policy, .digest = without->digest};
    shelflife_buffer_init(&body, 64 << 20);
    shelflife_buffer_init(&reply, 1 << 20);
    write_review(&body);
    if (review && policy && !body.failed) {
        str text = shelflife_buffer_str(&body);
        struct bench bench = {.review = review, .snapshot = without, .mode = SHELFLIFE_MODE_ENFORCE};
        double plain = cost(&bench, text, 3, 1, &reply);
        bench.snapshot = &with;
        double matched = cost(&bench, text, 3, 1, &reply);
        printf("%d images: %.1f ms, with %d patterns %.1f ms, ratio %.2f\n", IMAGES, plain * 1e3, PATTERNS,
               matched * 1e3, matched / plain);
    }
    shelflife_review_free(review);
    shelflife_policy_free(policy);
    shelflife_buffer_free(&body);
    shelflife_buffer_free(&reply);
}

/* ---- Inventories ---- */

enum { INSPECTED = 100000, TURNS = 9, COUNT_IN_TURN = 2000 };

/* Puts an image with what one that is built from Python has. */
static bool put_image(struct shelflife_inventory *inventory, int i, str name, str tag, str python, error *err)
{
    const struct shelflife_evidence evidence[] = {
        {SHELFLIFE_EVIDENCE_ENV, STR("PYTHON_VERSION"), python},
        {SHELFLIFE_EVIDENCE_HISTORY, STR(""),
         STR("RUN # debian.sh --arch 'amd64' out/ 'bookworm' '@1785715200'")}};
    struct shelflife_inventory_entry entry = {.platform = STR("linux/amd64"),
                                              .inspected = 20700,
                                              .evidence = {evidence, COUNT(evidence)},
                                              .snapshot = 20667};
    snprintf(entry.digest, sizeof(entry.digest), "sha256:%064x", (unsigned)i + 1);
    const struct shelflife_inventory_reference seen = {name, tag, 20700};
    return shelflife_inventory_put(inventory, &entry, err) &&
           shelflife_inventory_see(inventory, &seen, shelflife_str_of(entry.digest), err);
}

/* All images of the recorded reviews that are measured are in it, and have the same verdicts as without, so
   that the replies are the same, too. */
static bool put_recorded(struct shelflife_inventory *inventory, error *err)
{
    static const str images[][3] = {
        {STR_INIT("docker.io/envoyproxy/envoy"), STR_INIT("v1.30.1"), STR_INIT("3.12.4")},
        {STR_INIT("gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310"), STR_INIT("m112"),
         STR_INIT("3.12.4")},
        {STR_INIT("docker.io/library/python"), STR_INIT("3.8-slim-bookworm"), STR_INIT("3.8.20")},
        {STR_INIT("docker.io/library/redis"), STR_INIT("6.2-alpine"), STR_INIT("3.12.4")},
        {STR_INIT("docker.io/library/postgres"), STR_INIT("11.22-bullseye"), STR_INIT("3.12.4")},
    };
    for (size_t i = 0; i < COUNT(images); i++)
        if (!put_image(inventory, INSPECTED + (int)i, images[i][0], images[i][1], images[i][2], err))
            return false;
    return true;
}

static struct shelflife_inventory *make_inventory(error *err)
{
    struct shelflife_inventory *inventory = shelflife_inventory_new();
    bool ok = inventory != NULL;
    for (int i = 0; ok && i < INSPECTED; i++) {
        char name[64];
        int len = snprintf(name, sizeof(name), "registry.corp.example/team-%d/app-%d", i % 100, i / 10);
        ok = put_image(inventory, i, (str){name, (size_t)len}, STR("1"), STR("3.12.4"), err);
    }
    if (ok && put_recorded(inventory, err) && shelflife_inventory_finish(inventory, err))
        return inventory;
    shelflife_inventory_free(inventory);
    return NULL;
}

/* The catalogs, with what the inventory says found ahead, as the webhook does it. */
static struct shelflife_catalogs *find_ahead(const struct shelflife_catalogs *catalogs,
                                             const struct shelflife_inventory *inventory, error *err)
{
    enum { LISTS_MAX = 16, BYTES_MAX = 8 << 20 };
    struct shelflife_evidence_list lists[LISTS_MAX];
    size_t count = shelflife_inventory_evidence_count(inventory);
    if (count > LISTS_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++)
        lists[i] = shelflife_inventory_evidence_at(inventory, i);
    return shelflife_catalogs_find_ahead(catalogs, lists, count, BYTES_MAX, err);
}

/* Both in turns, so that what else the machine does falls on both. */
static void report_inventory(const struct shelflife_snapshot *without, const char *path, error *err)
{
    buffer body, reply;
    struct shelflife_review *review = shelflife_review_new();
    struct shelflife_inventory *inventory = make_inventory(err);
    struct shelflife_catalogs *ahead = inventory ? find_ahead(without->catalogs, inventory, err) : NULL;
    struct shelflife_snapshot at_once = *without, with = *without;
    at_once.inventory = with.inventory = inventory;
    with.catalogs = ahead;
    shelflife_buffer_init(&body, 64 << 20);
    shelflife_buffer_init(&reply, 1 << 20);
    if (review && ahead && read_file(path, &body)) {
        const struct shelflife_snapshot *const snapshots[] = {without, &with, &at_once};
        double best[COUNT(snapshots)] = {1000, 1000, 1000};
        str text = shelflife_buffer_str(&body);
        for (int turn = 0; turn < TURNS; turn++)
            for (size_t i = 0; i < COUNT(snapshots); i++) {
                const struct bench bench = {
                    .review = review, .snapshot = snapshots[i], .mode = SHELFLIFE_MODE_ENFORCE};
                double each = cost(&bench, text, 1, COUNT_IN_TURN, &reply);
                best[i] = each < best[i] ? each : best[i];
            }
        printf("%zu bytes: %.2f us, with an inventory of %d images %.2f us, ratio %.3f, and with nothing "
               "found ahead %.2f us, ratio %.3f\n",
               text.len, best[0] * 1e6, INSPECTED, best[1] * 1e6, best[1] / best[0], best[2] * 1e6,
               best[2] / best[0]);
    }
    shelflife_review_free(review);
    shelflife_catalogs_free(ahead);
    shelflife_inventory_free(inventory);
    shelflife_buffer_free(&body);
    shelflife_buffer_free(&reply);
}

int main(int argc, char **argv)
{
    error err;
    struct shelflife_catalogs *catalogs = shelflife_catalogs_new();
    struct shelflife_policy *policy = shelflife_policy_default(&err);
    bool ok = catalogs && policy && shelflife_catalogs_add_embedded(catalogs, &err) &&
              shelflife_catalogs_finish(catalogs, &err);
    const struct shelflife_snapshot snapshot = {
        .catalogs = catalogs,
        .policy = policy,
        .digest = STR("sha256:0000000000000000000000000000000000000000000000000000000000000000")};
    bool patterns = argc == 2 && shelflife_str_equal(shelflife_str_of(argv[1]), STR("--patterns"));
    if (ok && patterns)
        report_patterns(&snapshot, &err);
    bool inventory = argc > 2 && shelflife_str_equal(shelflife_str_of(argv[1]), STR("--inventory"));
    for (int i = 1 + inventory; ok && !patterns && i < argc; i++) {
        if (inventory)
            report_inventory(&snapshot, argv[i], &err);
        else
            report(&snapshot, argv[i]);
    }
    shelflife_catalogs_free(catalogs);
    shelflife_policy_free(policy);
    return !ok;
}
