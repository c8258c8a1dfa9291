/*
 * What judging costs, without the network: `bench_admission REVIEW...`. For each
 * review, on one thread, reviews a second and microseconds for each, whole and with the images left unjudged
 * (mode off: reading the envelope and skipping the rest).
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

/* Seconds for one review, the best of several rounds. */
static double cost(struct shelflife_review *review, const struct shelflife_snapshot *snapshot, str body,
                   enum shelflife_mode mode, buffer *reply)
{
    enum { COUNT_EACH = 4000, CHUNK = 16384 };
    double best = 1;
    for (int round = 0; round < 7; round++) {
        double start = seconds();
        for (int i = 0; i < COUNT_EACH; i++) {
            struct shelflife_outcome out;
            shelflife_buffer_reset(reply);
            shelflife_review_begin(review, snapshot, 20780, mode);
            for (str rest = body; rest.len; rest = shelflife_str_after(rest, CHUNK))
                shelflife_review_feed(review, shelflife_str_first(rest, CHUNK));
            if (!shelflife_review_finish(review, reply, &out, NULL))
                return 0;
        }
        double each = (seconds() - start) / COUNT_EACH;
        best = each < best ? each : best;
    }
    return best;
}

static void report(const struct shelflife_snapshot *snapshot, const char *path)
{
    buffer body, reply;
    struct shelflife_review *review = shelflife_review_new();
    shelflife_buffer_init(&body, 64 << 20);
    shelflife_buffer_init(&reply, 1 << 20);
    if (review && read_file(path, &body)) {
        str text = shelflife_buffer_str(&body);
        double judged = cost(review, snapshot, text, SHELFLIFE_MODE_ENFORCE, &reply);
        double skipped = cost(review, snapshot, text, SHELFLIFE_MODE_OFF, &reply);
        str name = shelflife_str_after(shelflife_str_of(path),
                                       shelflife_str_find_last(shelflife_str_of(path), '/') + 1);
        printf("%-40.*s %7zu bytes %8.0f reviews/s %7.2f us, off %7.2f us\n", STR_PRINT(name), text.len,
               1 / judged, judged * 1e6, skipped * 1e6);
    }
    shelflife_review_free(review);
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
        catalogs, policy, STR("sha256:0000000000000000000000000000000000000000000000000000000000000000")};
    for (int i = 1; ok && i < argc; i++)
        report(&snapshot, argv[i]);
    shelflife_catalogs_free(catalogs);
    shelflife_policy_free(policy);
    return !ok;
}
