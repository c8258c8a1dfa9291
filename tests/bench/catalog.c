/*
 * Measures the cost of size: `bench_catalog [--quick] [RELEASES]`. Makes catalogs of 100 and of 100,000 (or
 * RELEASES) releases: plain ones, with twice as many repository patterns, a quarter of them with fields; and
 * ones of all other forms, with a product that has half of the releases. Prints for each: the time and memory
 * of loading, the memory in use afterwards, the time and steps (hash table slots and versions compared) of a
 * lookup for references of each kind, and the time of a whole review. Exits with 1 if a figure exceeds what
 * the catalogs promise. With --quick, only memory and steps decide, since other programs may take time.
 */
#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/internal.h"
#include "shelflife/admission.h"

enum { SMALL = 100, LARGE = 100000, RELEASES_EACH = 2, PATTERNS_EACH = 4, REFERENCES = 4000, ROUNDS = 5 };
enum { PATTERNS_MAX = 32, WORDS_MAX = 32 /* of a product, and of a pattern */ };

/* What is promised of LARGE, and of it against SMALL. A version that is not listed is searched for among the
 * sorted ones of its product, in as many steps as its number of releases has binary digits. */
static const double load_seconds = 3, load_mib = 250, after_mib = 60, review_ratio = 1.2;
static const uint64_t steps_ratio = 3, steps_more = 20;
static bool quick;

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double resident_mib(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%*u %lu", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static double peak_mib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

/* ---- the catalog ---- */

static void put_product(size_t i, buffer *out)
{
    shelflife_buffer_format(out, "%s{\"name\":\"product-%zu\",\"title\":\"Product %zu\",\"repositories\":[",
                            i ? "," : "", i, i);
    shelflife_buffer_format(
        out,
        "\"registry.example/team-%zu/app-%zu\",\"docker.io/team-%zu/app-%zu\","
        "\"quay.io/team-%zu/app-%zu\",\"registry.example/named-%zu/x-{acc}.{version}[.{py}]\"],",
        i % 997, i, i % 997, i, i % 997, i, i);
    shelflife_buffer_append(out, STR("\"rows\":["));
    for (size_t k = 0; k < RELEASES_EACH; k++)
        shelflife_buffer_format(out,
                                "%s{\"release\":\"%zu.%zu\",\"endOfPatch\":\"2026-%02zu-%02zu\","
                                "\"endOfAvailability\":\"2027-%02zu-%02zu\",\"latest\":\"%zu.%zu.%zu\"}",
                                k ? "," : "", i % 50 + 1, k, i % 12 + 1, i % 28 + 1, i % 12 + 1, i % 28 + 1,
                                i % 50 + 1, k, i % 30);
    shelflife_buffer_append(out, STR("]}"));
}

static void put_head(buffer *out)
{
    shelflife_buffer_append(
        out, STR("{\"apiVersion\":\"shelflife.dev/v1\",\"kind\":\"Catalog\",\"name\":\"large\","
                 "\"asOf\":\"2026-11-01\",\"products\":["));
}

static void put_plain(size_t releases, buffer *out)
{
    put_head(out);
    for (size_t i = 0; i < releases / RELEASES_EACH; i++)
        put_product(i, out);
    shelflife_buffer_append(out, STR("]}"));
}

/* Versions 3.1, 3.3, 3.5 …, all of which have ended. */
static void put_line(size_t releases, buffer *out)
{
    shelflife_buffer_append(
        out, STR("{\"name\":\"line\",\"repositories\":[\"registry.example/line\"],\"rows\":["));
    for (size_t i = 0; i < releases; i++)
        shelflife_buffer_format(out, "%s{\"release\":\"3.%zu\",\"endOfPatch\":\"2020-%02zu-01\"}",
                                i ? "," : "", 2 * i + 1, i % 12 + 1);
    shelflife_buffer_append(out, STR("]}"));
}

static void put_words(const char *key, size_t count, buffer *out)
{
    shelflife_buffer_format(out, ",\"%s\":[", key);
    for (size_t i = 0; i < count; i++)
        shelflife_buffer_format(out, "%s\"%s%c\"", i ? "," : "", key, (int)('a' + i % 26));
    shelflife_buffer_append(out, STR("]"));
}

/* As many tag patterns as a product can have, each with as many words as it can have. */
static void put_most_words(buffer *out)
{
    shelflife_buffer_append(
        out, STR(",{\"name\":\"words\",\"repositories\":[\"registry.example/words\"],\"tags\":["));
    for (size_t i = 0; i < PATTERNS_MAX; i++) {
        shelflife_buffer_format(out, "%s{\"pattern\":\"{version}\"", i ? "," : "");
        put_words("with", WORDS_MAX, out);
        put_words("without", WORDS_MAX, out);
        shelflife_buffer_append(out, STR("}"));
    }
    shelflife_buffer_append(out, STR("],\"rows\":[{\"release\":\"1\"}]}"));
}

/* Every other product has whole tags. The rest have limits. */
static void put_limited(size_t i, buffer *out)
{
    shelflife_buffer_format(out,
                            ",{\"name\":\"product-%zu\",\"repositories\":["
                            "{\"pattern\":\"registry.example/old-%zu\",\"before\":\"%zu.1\"},"
                            "{\"pattern\":\"registry.example/new-%zu\",\"from\":\"%zu.1\"},"
                            "\"quay.io/team-%zu/app-%zu\",\"docker.io/team-%zu/app-%zu-{acc}\"]",
                            i, i, i % 50 + 1, i, i % 50 + 1, i % 997, i, i % 997, i);
    if (i % 2) {
        shelflife_buffer_append(out, STR(",\"wholeTag\":true"));
    } else {
        shelflife_buffer_append(out, STR(",\"tags\":[{\"pattern\":\"jdk{version}\""));
        put_words("with", 2, out);
        shelflife_buffer_append(out, STR("},{\"pattern\":\"{version}\""));
        put_words("without", 2, out);
        shelflife_buffer_append(out, STR("}]"));
    }
    shelflife_buffer_append(out, STR(",\"rows\":["));
    for (size_t k = 0; k < RELEASES_EACH; k++)
        shelflife_buffer_format(out,
                                "%s{\"release\":\"%zu.%zu\",\"endOfPatch\":\"2026-%02zu-%02zu\","
                                "\"lts\":true,\"latest\":\"%zu.%zu.%zu\",\"latestDate\":\"2026-01-01\","
                                "\"movedTo\":\"quay.io/team-%zu/app-%zu\"}",
                                k ? "," : "", i % 50 + 1, k, i % 12 + 1, i % 28 + 1, i % 50 + 1, k, i % 30,
                                i % 997, i);
    shelflife_buffer_append(out, STR("]}"));
}

static void put_forms(size_t releases, buffer *out)
{
    put_head(out);
    put_line(releases / 2, out);
    put_most_words(out);
    for (size_t i = 0; i < releases / 2 / RELEASES_EACH; i++)
        put_limited(i, out);
    shelflife_buffer_append(out, STR("]}"));
}

static struct shelflife_catalogs *load(void (*put_catalog)(size_t releases, buffer *out), size_t releases)
{
    buffer text;
    error err;
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    shelflife_buffer_init(&text, SIZE_MAX);
    put_catalog(releases, &text);
    if (!set || !shelflife_catalogs_add(set, shelflife_buffer_str(&text), "large.json", &err) ||
        !shelflife_catalogs_finish(set, &err)) {
        fprintf(stderr, "%s\n", set ? err.text : "out of memory");
        exit(3);
    }
    shelflife_buffer_free(&text);
    return set;
}

/* In a process of its own, because a peak does not go away. */
static bool measure_loading(const char *what, void (*put_catalog)(size_t releases, buffer *out),
                            size_t releases)
{
    fflush(stdout);
    malloc_trim(0); /* so that what is freed is not in use again */
    pid_t child = fork();
    if (child == 0) {
        double before = resident_mib(), start = seconds();
        struct shelflife_catalogs *set = load(put_catalog, releases);
        double taken = seconds() - start, peak = peak_mib() - before;
        shelflife_catalogs_drop_bytes(set); /* as a server does */
        malloc_trim(0);
        double after = resident_mib() - before;
        bool ok =
            releases != LARGE || ((quick || taken < load_seconds) && peak <= load_mib && after <= after_mib);
        printf("%-5s %6zu releases, %6zu patterns: loaded in %.2f s with %.0f MiB, %.0f MiB afterwards%s\n",
               what, shelflife_catalogs_row_count(set), set->content.repositories.count, taken, peak, after,
               ok ? "" : "  <- too much");
        fflush(stdout);
        shelflife_catalogs_free(set);
        _exit(!ok);
    }
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* ---- lookups ---- */

struct references {
    const char *what;
    void (*put)(size_t i, size_t releases, buffer *out);
};

static void put_hit(size_t i, size_t releases, buffer *out)
{
    size_t product = i * 7919 % (releases / RELEASES_EACH);
    if (i % 4)
        shelflife_buffer_format(out, "registry.example/team-%zu/app-%zu:%zu.1.3-slim", product % 997, product,
                                product % 50 + 1);
    else
        shelflife_buffer_format(out, "registry.example/named-%zu/x-gpu.%zu-1.py310:m1", product,
                                product % 50 + 1);
}

static void put_miss(size_t i, UNUSED size_t releases, buffer *out)
{
    shelflife_buffer_format(out, "ghcr.io/acme/service-%zu/worker:v1.2.%zu", i, i);
}

/* Long, of many components and words that nearly match. */
static void put_hostile(size_t i, size_t releases, buffer *out)
{
    shelflife_buffer_format(out, "registry.example/named-%zu/x", i % releases);
    for (size_t k = 0; k < 16; k++)
        shelflife_buffer_append(out, STR("-gpu.1/x-cpu"));
    shelflife_buffer_byte(out, ':');
    for (size_t k = 0; k < 31; k++)
        shelflife_buffer_append(out, STR("1.0-"));
    shelflife_buffer_append(out, STR("1"));
}

static void put_listed(size_t i, size_t releases, buffer *out)
{
    shelflife_buffer_format(out, "registry.example/line:3.%zu.7-slim", 2 * (i * 7919 % (releases / 2)) + 1);
}

static void put_partial(size_t i, UNUSED size_t releases, buffer *out)
{
    shelflife_buffer_format(out, "registry.example/line:%s", i % 2 ? "3-slim" : "latest");
}

static void put_older(size_t i, UNUSED size_t releases, buffer *out)
{
    shelflife_buffer_format(out, "registry.example/line:2.%zu.1-slim", i);
}

static void put_between(size_t i, size_t releases, buffer *out)
{
    shelflife_buffer_format(out, "registry.example/line:3.%zu-slim", 2 * (i * 7919 % (releases / 2)));
}

static void put_newer(size_t i, UNUSED size_t releases, buffer *out)
{
    shelflife_buffer_format(out, "registry.example/line:4.%zu", i);
}

/* A release that exists in the repository, or one that does not; or a whole tag. */
static void put_limit(size_t i, size_t releases, buffer *out)
{
    size_t product = i * 7919 % (releases / 2 / RELEASES_EACH);
    shelflife_buffer_format(out, "registry.example/%s-%zu:%zu.%zu%s", i % 3 ? "old" : "new", product,
                            product % 50 + 1, i % 2, product % 2 ? "" : ".3-slim");
}

/* A tag of many words, which is compared with all that patterns ask for. */
static void put_many_words(UNUSED size_t i, UNUSED size_t releases, buffer *out)
{
    shelflife_buffer_append(out, STR("registry.example/words:1"));
    for (size_t k = 0; k < 63; k++)
        shelflife_buffer_append(out, STR("-w"));
}

struct cost {
    double nanoseconds, slots;
    uint64_t most;
};

static struct cost look_up(const struct shelflife_catalogs *set, const struct references *kind,
                           size_t releases)
{
    arena names, work;
    struct shelflife_reference *all = calloc(REFERENCES, sizeof(*all));
    struct cost cost = {.nanoseconds = 1e18};
    buffer text;
    error err;
    shelflife_arena_init(&names, SIZE_MAX);
    shelflife_arena_init(&work, 1 << 20);
    shelflife_buffer_init(&text, SIZE_MAX);
    for (size_t i = 0; all && i < REFERENCES; i++) {
        shelflife_buffer_reset(&text);
        kind->put(i, releases, &text);
        if (!shelflife_reference_parse(shelflife_buffer_str(&text), &names, &all[i], &err)) {
            fprintf(stderr, "%s\n", err.text);
            exit(3);
        }
    }
    for (int round = 0; all && round < ROUNDS; round++) {
        double start = seconds();
        uint64_t sum = 0;
        for (size_t i = 0; i < REFERENCES; i++) {
            struct shelflife_resolution found;
            uint64_t probes = 0;
            shelflife_arena_reset(&work);
            if (!shelflife_catalogs_resolve_counted(set, all[i].name, &all[i], NULL, &work, &found, &probes,
                                                    &err))
                exit(3);
            sum += probes;
            cost.most = probes > cost.most ? probes : cost.most;
        }
        double each = (seconds() - start) / REFERENCES * 1e9;
        cost.nanoseconds = each < cost.nanoseconds ? each : cost.nanoseconds;
        cost.slots = (double)sum / REFERENCES;
    }
    shelflife_buffer_free(&text);
    shelflife_arena_free(&work);
    shelflife_arena_free(&names);
    free(all);
    return cost;
}

/* ---- reviews ---- */

static void put_review(size_t i, size_t releases, buffer *out)
{
    shelflife_buffer_reset(out);
    shelflife_buffer_append(
        out, STR("{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
                 "\"uid\":\"1\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"
                 "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"
                 "\"namespace\":\"a\",\"operation\":\"CREATE\",\"userInfo\":{\"username\":\"dev\"},"
                 "\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":{\"containers\":["));
    for (size_t k = 0; k < 3; k++) {
        shelflife_buffer_format(
            out, "%s{\"name\":\"c%zu\",\"env\":[{\"name\":\"TEXT\",\"value\":\"%0*d\"}],\"image\":\"",
            k ? "," : "", k, 1800, 0);
        if (k < 2)
            put_hit(3 * i + k, releases, out);
        else
            put_miss(i, releases, out);
        shelflife_buffer_append(out, STR("\"}"));
    }
    shelflife_buffer_append(out, STR("]}}}}"));
}

/* Microseconds of a review with three images. */
static double review(const struct shelflife_catalogs *set, size_t releases)
{
    enum { BODIES = 64 };
    error err;
    struct shelflife_policy *policy = shelflife_policy_default(&err);
    struct shelflife_review *review = shelflife_review_new();
    const struct shelflife_snapshot snapshot = {.catalogs = set, .policy = policy, .digest = STR("sha256:0")};
    buffer bodies[BODIES], reply;
    double best = 1e18;
    if (!policy || !review)
        exit(3);
    shelflife_buffer_init(&reply, 1 << 20);
    for (size_t i = 0; i < BODIES; i++) {
        shelflife_buffer_init(&bodies[i], SIZE_MAX);
        put_review(i, releases, &bodies[i]);
    }
    for (int round = 0; round < 4 * ROUNDS; round++) {
        double start = seconds();
        for (size_t i = 0; i < REFERENCES; i++) {
            struct shelflife_outcome outcome;
            shelflife_buffer_reset(&reply);
            shelflife_review_begin(review, &snapshot, 20000, SHELFLIFE_MODE_ENFORCE);
            shelflife_review_feed(review, shelflife_buffer_str(&bodies[i % BODIES]));
            if (!shelflife_review_finish(review, &reply, &outcome, &err) || !outcome.judged)
                exit(3);
        }
        double each = (seconds() - start) / REFERENCES * 1e6;
        best = each < best ? each : best;
    }
    for (size_t i = 0; i < BODIES; i++)
        shelflife_buffer_free(&bodies[i]);
    shelflife_buffer_free(&reply);
    shelflife_review_free(review);
    shelflife_policy_free(policy);
    return best;
}

static bool measure_lookups(const struct references *kind, const struct shelflife_catalogs *small,
                            const struct shelflife_catalogs *large, size_t many)
{
    struct cost a = look_up(small, kind, SMALL), b = look_up(large, kind, many);
    bool ok = b.most <= steps_ratio * a.most + steps_more;
    printf("%-8s small %6.0f ns, %5.1f steps (most %3llu)   large %6.0f ns, %5.1f steps (most %3llu)%s\n",
           kind->what, a.nanoseconds, a.slots, (unsigned long long)a.most, b.nanoseconds, b.slots,
           (unsigned long long)b.most, ok ? "" : "  <- too many");
    return ok;
}

static bool measure(const char *what, void (*put_catalog)(size_t releases, buffer *out),
                    const struct references *kinds, size_t count, size_t many)
{
    bool ok = measure_loading(what, put_catalog, SMALL);
    ok = measure_loading(what, put_catalog, many) && ok;
    struct shelflife_catalogs *small = load(put_catalog, SMALL), *large = load(put_catalog, many);
    for (size_t i = 0; i < count; i++)
        ok = measure_lookups(&kinds[i], small, large, many) && ok;
    if (put_catalog == put_plain) {
        double a = review(small, SMALL), b = review(large, many), ratio = b / a;
        bool cheap = quick || ratio <= review_ratio;
        printf("a review small %.2f us, large %.2f us: %.2f times%s\n", a, b, ratio,
               cheap ? "" : "  <- too much");
        ok = ok && cheap;
    }
    shelflife_catalogs_free(small);
    shelflife_catalogs_free(large);
    return ok;
}

int main(int argc, char **argv)
{
    static const struct references plain[] = {
        {"hits", put_hit}, {"misses", put_miss}, {"hostile", put_hostile}};
    static const struct references forms[] = {
        {"listed", put_listed}, {"partial", put_partial}, {"older", put_older},      {"between", put_between},
        {"newer", put_newer},   {"limits", put_limit},    {"words", put_many_words},
    };
    quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    const char *releases = argc > 1 + quick ? argv[1 + quick] : NULL;
    size_t many = releases ? strtoul(releases, NULL, 10) : LARGE;
    if (many < SMALL) {
        fprintf(stderr, "usage: bench_catalog [--quick] [RELEASES], RELEASES at least %d\n", SMALL);
        return 2;
    }
    bool ok = measure("plain", put_plain, plain, COUNT(plain), many);
    ok = measure("forms", put_forms, forms, COUNT(forms), many) && ok;
    return ok ? 0 : 1;
}
