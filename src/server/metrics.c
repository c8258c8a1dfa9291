#include "server/metrics.h"

#include "base/prometheus.h"
#include "shelflife/version.h"
#include "sources/snapshot.h"

/* The last word of each table is for all other values. */
static const str operations[SHELFLIFE_SERVER_METRICS_OPERATIONS] = {
    STR_INIT("CREATE"), STR_INIT("UPDATE"), STR_INIT("DELETE"), STR_INIT("CONNECT"), STR_INIT("other"),
};
static const str resources[] = {
    STR_INIT("pods"),           STR_INIT("replicasets"),
    STR_INIT("deployments"),    STR_INIT("jobs"),
    STR_INIT("cronjobs"),       STR_INIT("statefulsets"),
    STR_INIT("daemonsets"),     STR_INIT("replicationcontrollers"),
    STR_INIT("podtemplates"),   STR_INIT("services"),
    STR_INIT("pytorchjobs"),    STR_INIT("tfjobs"),
    STR_INIT("mpijobs"),        STR_INIT("xgboostjobs"),
    STR_INIT("trainjobs"),      STR_INIT("jobsets"),
    STR_INIT("rayclusters"),    STR_INIT("rayjobs"),
    STR_INIT("rayservices"),    STR_INIT("inferenceservices"),
    STR_INIT("workflows"),      STR_INIT("workflowtemplates"),
    STR_INIT("cronworkflows"),  STR_INIT("tasks"),
    STR_INIT("taskruns"),       STR_INIT("pipelineruns"),
    STR_INIT("notebooks"),      STR_INIT("sparkapplications"),
    STR_INIT("configurations"), STR_INIT("revisions"),
    STR_INIT("rollouts"),       STR_INIT("other"),
};
_Static_assert(COUNT(resources) == SHELFLIFE_SERVER_METRICS_RESOURCES, "a counter for each resource");

static const struct {
    int64_t nanoseconds;
    const char *seconds;
} buckets[] = {
    {25000, "0.000025"}, {50000, "0.00005"},  {100000, "0.0001"},  {250000, "0.00025"}, {500000, "0.0005"},
    {1000000, "0.001"},  {2500000, "0.0025"}, {5000000, "0.005"},  {10000000, "0.01"},  {25000000, "0.025"},
    {50000000, "0.05"},  {100000000, "0.1"},  {250000000, "0.25"}, {500000000, "0.5"},  {1000000000, "1"},
    {2500000000, "2.5"}, {10000000000, "10"}, {INT64_MAX, "+Inf"},
};
_Static_assert(COUNT(buckets) == SHELFLIFE_SERVER_METRICS_BUCKETS, "a counter for each bucket");

static const char *const reasons[] = {
    "handshake", "plain_http",    "client_certificate", "timeout",   "interrupted", "malformed",
    "path",      "method",        "media_type",         "too_large", "bad_review",  "no_uid",
    "memory",    "review_memory", "review_time",        "transport"};
_Static_assert(COUNT(reasons) == SHELFLIFE_SERVER_REASONS, "a word for each reason");

static const char *const clients[] = {"unverified", "certificate"};
_Static_assert(COUNT(clients) == SHELFLIFE_SERVER_CLIENTS, "a word for each way");

const char *shelflife_server_reason_name(enum shelflife_server_reason reason)
{
    return reasons[reason];
}

static void count(shelflife_server_counter *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t value(const shelflife_server_counter *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static size_t index_of(const str *table, size_t len, str word)
{
    size_t i = 0;
    while (i < len - 1 && !shelflife_str_equal(table[i], word))
        i++;
    return i;
}

void shelflife_server_metrics_review(struct shelflife_server_metrics *metrics,
                                     const struct shelflife_outcome *outcome,
                                     enum shelflife_server_client client, int64_t nanoseconds)
{
    size_t operation = index_of(operations, COUNT(operations), outcome->operation);
    size_t resource = index_of(resources, COUNT(resources), outcome->resource);
    count(&metrics->reviews[operation][resource][outcome->mode][outcome->action], 1);
    count(&metrics->clients[client], 1);
    for (size_t i = 0; outcome->judged && i < SHELFLIFE_PHASES; i++)
        if (outcome->images[i])
            count(&metrics->images[i], outcome->images[i]);
    for (size_t i = 0; outcome->judged && i < SHELFLIFE_KNOWNS; i++)
        if (outcome->known[i])
            count(&metrics->known[i], outcome->known[i]);
    if (outcome->outdated)
        count(&metrics->outdated, outcome->outdated);
    if (outcome->unverified)
        count(&metrics->unverified, outcome->unverified);
    if (outcome->contradicted)
        count(&metrics->contradicted, outcome->contradicted);
    if (outcome->waived)
        count(&metrics->waived, outcome->waived);
    if (outcome->unread)
        count(&metrics->unread, outcome->unread);
    size_t bucket = 0;
    while (nanoseconds > buckets[bucket].nanoseconds)
        bucket++;
    count(&metrics->durations[bucket], 1);
    count(&metrics->nanoseconds, (uint64_t)nanoseconds);
}

void shelflife_server_metrics_error(struct shelflife_server_metrics *metrics,
                                    enum shelflife_server_reason reason)
{
    count(&metrics->errors[reason], 1);
}

static void write_reviews(const struct shelflife_server_metrics *metrics, buffer *out)
{
    enum {
        CELLS = SHELFLIFE_SERVER_METRICS_OPERATIONS * SHELFLIFE_SERVER_METRICS_RESOURCES *
                SHELFLIFE_SERVER_METRICS_MODES * SHELFLIFE_SERVER_METRICS_ACTIONS
    };
    shelflife_prometheus_head(out, "shelflife_reviews_total", "counter", "Reviews answered.");
    for (size_t i = 0; i < CELLS; i++) {
        size_t action = i % SHELFLIFE_SERVER_METRICS_ACTIONS, rest = i / SHELFLIFE_SERVER_METRICS_ACTIONS;
        size_t mode = rest % SHELFLIFE_SERVER_METRICS_MODES;
        rest /= SHELFLIFE_SERVER_METRICS_MODES;
        size_t resource = rest % SHELFLIFE_SERVER_METRICS_RESOURCES,
               operation = rest / SHELFLIFE_SERVER_METRICS_RESOURCES;
        uint64_t n = value(&metrics->reviews[operation][resource][mode][action]);
        if (n)
            shelflife_buffer_format(
                out,
                "shelflife_reviews_total{operation=\"%s\",resource=\"%s\",mode=\"%s\",action=\"%s\"} %llu\n",
                operations[operation].at, resources[resource].at,
                shelflife_mode_name((enum shelflife_mode)mode),
                shelflife_action_name((enum shelflife_action)action), (unsigned long long)n);
    }
}

static void write_clients(const struct shelflife_server_metrics *metrics, buffer *out)
{
    shelflife_prometheus_head(out, "shelflife_review_clients_total", "counter",
                              "Reviews answered, by how the client was verified.");
    for (size_t i = 0; i < COUNT(clients); i++)
        shelflife_buffer_format(out, "shelflife_review_clients_total{client=\"%s\"} %llu\n", clients[i],
                                (unsigned long long)value(&metrics->clients[i]));
}

static void write_images(const struct shelflife_server_metrics *metrics, buffer *out)
{
    shelflife_prometheus_head(out, "shelflife_images_total", "counter", "Images judged.");
    for (size_t i = 0; i < SHELFLIFE_PHASES; i++)
        shelflife_buffer_format(out, "shelflife_images_total{phase=\"%s\"} %llu\n",
                                shelflife_phase_name((enum shelflife_phase)i),
                                (unsigned long long)value(&metrics->images[i]));
    shelflife_prometheus_head(out, "shelflife_images_known_total", "counter",
                              "Images judged, by where their release is known from.");
    for (size_t i = 0; i < SHELFLIFE_KNOWNS; i++)
        shelflife_buffer_format(out, "shelflife_images_known_total{by=\"%s\"} %llu\n",
                                shelflife_known_names[i], (unsigned long long)value(&metrics->known[i]));
    const struct {
        const char *name, *help;
        const shelflife_server_counter *n;
    } flags[] = {
        {"shelflife_images_outdated_total", "Judged images that have a newer patch.", &metrics->outdated},
        {"shelflife_images_unverified_total",
         "Images judged by their tag although they are pulled by digest.", &metrics->unverified},
        {"shelflife_images_contradicted_total",
         "Judged images whose configuration names another release than their name.", &metrics->contradicted},
        {"shelflife_images_waived_total", "Judged images that an exception allowed.", &metrics->waived},
        {"shelflife_texts_unread_total",
         "Texts in objects, such as manifests, that could not be read to their end.", &metrics->unread},
    };
    for (size_t i = 0; i < COUNT(flags); i++)
        shelflife_prometheus_single(out, flags[i].name, "counter", flags[i].help, (int64_t)value(flags[i].n));
}

static void write_durations(const struct shelflife_server_metrics *metrics, buffer *out)
{
    shelflife_prometheus_head(
        out, "shelflife_review_duration_seconds", "histogram",
        "Time from the headers of a request to its reply, including receiving the body.");
    uint64_t sum = 0;
    for (size_t i = 0; i < COUNT(buckets); i++) {
        sum += value(&metrics->durations[i]);
        shelflife_buffer_format(out, "shelflife_review_duration_seconds_bucket{le=\"%s\"} %llu\n",
                                buckets[i].seconds, (unsigned long long)sum);
    }
    uint64_t nanoseconds = value(&metrics->nanoseconds);
    shelflife_buffer_format(out,
                            "shelflife_review_duration_seconds_sum %llu.%09llu\n"
                            "shelflife_review_duration_seconds_count %llu\n",
                            (unsigned long long)(nanoseconds / 1000000000),
                            (unsigned long long)(nanoseconds % 1000000000), (unsigned long long)sum);
}

static void write_reloads(const struct shelflife_server_gauges *gauges, buffer *out)
{
    shelflife_prometheus_head(out, "shelflife_reloads_total", "counter",
                              "Reloads of changed files, and fetches of catalogs from URLs.");
    for (size_t i = 0; i < gauges->reload_count; i++) {
        const struct shelflife_server_reload_count *r = &gauges->reloads[i];
        const struct {
            const char *outcome;
            uint64_t n;
        } counts[] = {{"failure", r->failed}, {"success", r->succeeded}};
        for (size_t k = 0; k < COUNT(counts); k++)
            shelflife_buffer_format(out, "shelflife_reloads_total{what=\"%s\",outcome=\"%s\"} %llu\n",
                                    r->what, counts[k].outcome, (unsigned long long)counts[k].n);
    }
}

static void write_errors(const struct shelflife_server_metrics *metrics, buffer *out)
{
    shelflife_prometheus_head(out, "shelflife_errors_total", "counter",
                              "Failed connections and requests, by reason.");
    for (size_t i = 0; i < COUNT(reasons); i++)
        shelflife_buffer_format(out, "shelflife_errors_total{reason=\"%s\"} %llu\n", reasons[i],
                                (unsigned long long)value(&metrics->errors[i]));
}

static void write_catalogs(const struct shelflife_server_gauges *gauges, buffer *out)
{
    const struct shelflife_catalogs *set = gauges->snapshot->catalogs;
    size_t n = shelflife_catalogs_count(set);
    shelflife_prometheus_head(out, "shelflife_catalog_info", "gauge",
                              "A catalog in use. The digest covers all catalogs and the policy.");
    for (size_t i = 0; i < n; i++) {
        const struct shelflife_catalog *catalog = shelflife_catalogs_at(set, i);
        char as_of[SHELFLIFE_DAY_TEXT_MAX];
        shelflife_prometheus_label(out, "shelflife_catalog_info{catalog=", catalog->name);
        shelflife_prometheus_label(out,
                                   ",as_of=", shelflife_str_of(shelflife_day_format(catalog->as_of, as_of)));
        shelflife_prometheus_label(out, ",digest=", gauges->snapshot->digest);
        shelflife_buffer_append(out, STR("} 1\n"));
    }
    shelflife_prometheus_head(out, "shelflife_catalog_releases", "gauge", "Releases of a catalog.");
    for (size_t i = 0; i < n; i++) {
        const struct shelflife_catalog *catalog = shelflife_catalogs_at(set, i);
        shelflife_prometheus_label(out, "shelflife_catalog_releases{catalog=", catalog->name);
        shelflife_buffer_format(out, "} %zu\n", catalog->row_count);
    }
    shelflife_prometheus_head(out, "shelflife_catalog_age_seconds", "gauge",
                              "Time since the asOf day of a catalog.");
    for (size_t i = 0; i < n; i++) {
        const struct shelflife_catalog *catalog = shelflife_catalogs_at(set, i);
        shelflife_prometheus_label(out, "shelflife_catalog_age_seconds{catalog=", catalog->name);
        shelflife_buffer_format(out, "} %lld\n", (long long)gauges->now - (long long)catalog->as_of * 86400);
    }
    shelflife_prometheus_head(out, "shelflife_catalog_stale", "gauge",
                              "Whether a catalog is older than the policy's maxAge.");
    for (size_t i = 0; i < n; i++) {
        const struct shelflife_catalog *catalog = shelflife_catalogs_at(set, i);
        shelflife_day today = shelflife_day_of_seconds(gauges->now);
        shelflife_prometheus_label(out, "shelflife_catalog_stale{catalog=", catalog->name);
        shelflife_buffer_format(out, "} %d\n",
                                shelflife_sources_snapshot_is_stale(gauges->snapshot, catalog, today));
    }
}

static void write_inventory(const struct shelflife_server_gauges *gauges, buffer *out)
{
    const struct shelflife_inventory *inventory = gauges->snapshot->inventory;
    if (!inventory)
        return;
    shelflife_day as_of = shelflife_inventory_as_of(inventory);
    shelflife_prometheus_single(out, "shelflife_inventory_images", "gauge", "Images in the inventory.",
                                (int64_t)shelflife_inventory_count(inventory));
    if (as_of != SHELFLIFE_DAY_NONE)
        shelflife_prometheus_single(out, "shelflife_inventory_age_seconds", "gauge",
                                    "Time since the asOf day of the inventory.",
                                    (int64_t)gauges->now - (int64_t)as_of * 86400);
}

static void write_log(const struct shelflife_log *log, buffer *out)
{
    shelflife_prometheus_single(out, "shelflife_log_lines_dropped_total", "counter",
                                "Log lines dropped because the reader of the log was too slow.",
                                (int64_t)atomic_load(&log->dropped));
    shelflife_prometheus_head(
        out, "shelflife_log_lines_left_out_total", "counter",
        "Log lines left out because there were too many a second, by what they are about.");
    for (size_t i = 0; i < SHELFLIFE_LOG_SUBJECTS; i++)
        shelflife_buffer_format(out, "shelflife_log_lines_left_out_total{about=\"%s\"} %llu\n",
                                shelflife_log_subject_name((enum shelflife_log_subject)i),
                                (unsigned long long)atomic_load(&log->rates[i].left_out));
}

void shelflife_server_metrics_write(const struct shelflife_server_metrics *metrics,
                                    const struct shelflife_server_gauges *gauges, buffer *out)
{
    shelflife_prometheus_head(out, "shelflife_build_info", "gauge", "The running version.");
    shelflife_buffer_format(out, "shelflife_build_info{version=\"%s\"} 1\n", SHELFLIFE_VERSION);
    write_reviews(metrics, out);
    write_clients(metrics, out);
    write_images(metrics, out);
    write_durations(metrics, out);
    write_errors(metrics, out);
    write_reloads(gauges, out);
    write_catalogs(gauges, out);
    write_inventory(gauges, out);
    shelflife_prometheus_single(out, "shelflife_certificate_expiry_timestamp_seconds", "gauge",
                                "When the serving certificate expires.", gauges->certificate_expiry);
    shelflife_prometheus_single(out, "shelflife_connections", "gauge", "Connections open on the TLS port.",
                                gauges->connections);
    shelflife_prometheus_single(
        out, "shelflife_connections_shed_total", "counter",
        "Connections closed to make room for newer ones, because there were too many.",
        (int64_t)value(&metrics->shed));
    shelflife_prometheus_single(out, "shelflife_draining", "gauge", "1 if the server is stopping.",
                                gauges->draining);
    shelflife_prometheus_single(out, "shelflife_review_memory_bytes", "gauge",
                                "Memory that large reviews in flight hold, of --review-memory.",
                                (int64_t)gauges->review_memory);
    write_log(gauges->log, out);
}
