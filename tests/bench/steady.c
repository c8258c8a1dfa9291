/*
 * Sends a review at fixed times over TLS connections that stay open, whether or not the replies to those
 * before have arrived, and measures each from the time at which it was to be sent. So a server that stops for
 * a while cannot hide it by receiving fewer reviews.
 *
 *     bench_steady URL REVIEW PER_SECOND SECONDS CONNECTIONS
 *
 * prints how many were sent, how many failed, and the milliseconds that half of them, 99 %, and all took at
 * most. The connections take turns, each with a thread of its own.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "file/file.h"

static struct {
    const char *url;
    buffer review;
    double interval; /* seconds */
    size_t count, connections;
    pthread_barrier_t connected;
    struct timespec start; /* set by one thread while the others wait */
    double *took;          /* seconds of each review; negative: it failed */
} run;

static double seconds_since(struct timespec then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then.tv_sec) + (double)(now.tv_nsec - then.tv_nsec) / 1e9;
}

static struct timespec after_start(double seconds)
{
    long nanoseconds = run.start.tv_nsec + (long)(seconds * 1e9);
    return (struct timespec){run.start.tv_sec + nanoseconds / 1000000000, nanoseconds % 1000000000};
}

static size_t discard(UNUSED char *at, size_t size, size_t count, UNUSED void *context)
{
    return size * count;
}

static bool send_one(CURL *curl)
{
    long status = 0;
    return curl_easy_perform(curl) == CURLE_OK &&
           curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 200;
}

static void *send_all(void *context)
{
    prctl(PR_SET_TIMERSLACK, 1UL); /* nanoseconds; by default a thread sleeps 50 microseconds longer */
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:"); /* send large bodies at once, as API servers do */
    curl_easy_setopt(curl, CURLOPT_URL, run.url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, run.review.at);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)run.review.len);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L); /* it is this machine's */
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    bool open = send_one(curl);
    if (pthread_barrier_wait(&run.connected) == PTHREAD_BARRIER_SERIAL_THREAD)
        clock_gettime(CLOCK_MONOTONIC, &run.start);
    pthread_barrier_wait(&run.connected);
    for (size_t i = *(size_t *)context; i < run.count; i += run.connections) {
        struct timespec due = after_start((double)i * run.interval);
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) != 0)
            continue;
        open = open && send_one(curl);
        run.took[i] = open ? seconds_since(due) : -1;
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return NULL;
}

static bool read_review(const char *path)
{
    enum { REVIEW_MAX = 64 << 20 };
    error err;
    shelflife_buffer_init(&run.review, REVIEW_MAX);
    return shelflife_file_read(path, &run.review, &err);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(void)
{
    size_t failed = 0;
    qsort(run.took, run.count, sizeof(*run.took), compare);
    while (failed < run.count && run.took[failed] < 0)
        failed++;
    printf("%zu %zu %.3f %.3f %.3f\n", run.count, failed, run.took[run.count / 2] * 1e3,
           run.took[run.count * 99 / 100] * 1e3, run.took[run.count - 1] * 1e3);
}

int main(int argc, char **argv)
{
    enum { CONNECTIONS_MAX = 1024 };
    static pthread_t threads[CONNECTIONS_MAX];
    static size_t first[CONNECTIONS_MAX];
    if (argc != 6 || !read_review(argv[2]))
        return 2;
    double rate = strtod(argv[3], NULL), seconds = strtod(argv[4], NULL);
    run.url = argv[1];
    run.connections = strtoul(argv[5], NULL, 10);
    run.interval = 1 / rate;
    run.count = (size_t)(rate * seconds);
    run.took = calloc(run.count, sizeof(*run.took));
    if (!run.count || !run.took || !run.connections || run.connections > CONNECTIONS_MAX)
        return 2;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    pthread_barrier_init(&run.connected, NULL, (unsigned)run.connections);
    for (size_t i = 0; i < run.connections; i++) {
        first[i] = i;
        if (pthread_create(&threads[i], NULL, send_all, &first[i]) != 0)
            return 3; /* ends the other threads */
    }
    for (size_t i = 0; i < run.connections; i++)
        pthread_join(threads[i], NULL);
    report();
    free(run.took);
    shelflife_buffer_free(&run.review);
    curl_global_cleanup();
    return 0;
}
