/*
 * Measures an inventory of 100,000 (or IMAGES) images: `bench_inventory [--quick] [IMAGES]`. Prints the
 * memory that it takes once finished and while it is read, its size as JSON and compressed, and the time of
 * reading and of a lookup. Exits with 1 if memory or size exceed what is promised. With --quick, times do not
 * decide.
 */
#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <zlib.h>

#include "unit/inventory_large.h"

enum { LOOKUPS = 200000, CHUNK = 64 << 10, MIB = 1 << 20 };

static const double memory_mib = 40, disk_mib = 8, read_seconds = 5, lookup_ns = 5000;

static size_t in_use, most;

static void *count_malloc(size_t size)
{
    void *at = malloc(size);
    in_use += malloc_usable_size(at);
    most = in_use > most ? in_use : most;
    return at;
}

static void *count_realloc(void *old, size_t size)
{
    in_use -= malloc_usable_size(old);
    void *at = realloc(old, size);
    in_use += malloc_usable_size(at ? at : old);
    most = in_use > most ? in_use : most;
    return at;
}

static void count_free(void *at)
{
    in_use -= malloc_usable_size(at);
    free(at);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void stop(const char *what, const error *err)
{
    fprintf(stderr, "%s: %s\n", what, err->text);
    exit(2);
}

static bool append(void *context, str bytes, error *err)
{
    buffer *out = context;
    shelflife_buffer_append(out, bytes);
    return !out->failed || shelflife_fail_memory(err);
}

static size_t compressed_size(str text)
{
    z_stream stream = {0};
    static unsigned char out[CHUNK];
    size_t size = 0;
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_FILTERED) != Z_OK)
        exit(2);
    stream.next_in = (unsigned char *)(uintptr_t)text.at;
    stream.avail_in = (unsigned)text.len;
    for (int status = Z_OK; status != Z_STREAM_END;) {
        stream.next_out = out;
        stream.avail_out = sizeof(out);
        status = deflate(&stream, Z_FINISH);
        size += sizeof(out) - stream.avail_out;
    }
    deflateEnd(&stream);
    return size;
}

/* Looks up the references of the inventory in turn, by tag and by digest. */
static double measure_lookups(const struct shelflife_inventory *inventory)
{
    uint64_t state = 1;
    size_t count = shelflife_inventory_count(inventory), missed = 0;
    double begin = seconds();
    for (size_t i = 0; i < LOOKUPS; i++) {
        struct shelflife_inventory_entry entry;
        struct shelflife_inventory_reference seen;
        size_t k = large_below(&state, (unsigned)count);
        shelflife_inventory_reference_at(inventory, k, 0, &seen);
        const struct shelflife_reference reference = {.name = seen.name, .tag = seen.tag};
        missed += !shelflife_inventory_find(inventory, &reference, &entry);
    }
    if (missed)
        exit(2);
    return (seconds() - begin) / LOOKUPS * 1e9;
}

static bool within(const char *what, double value, double limit, const char *unit, bool decides)
{
    bool fine = value <= limit;
    printf("  %-24s %9.1f %s%s\n", what, value, unit, fine ? "" : decides ? "  TOO MUCH" : "  (much)");
    return fine || !decides;
}

static bool measure(size_t images, unsigned indexes, bool typical, bool quick)
{
    error err = {0};
    struct shelflife_inventory *made = shelflife_inventory_new(), *read = shelflife_inventory_new();
    if (!made || !read || !large_fill(made, images, indexes, &err) || !shelflife_inventory_finish(made, &err))
        stop("cannot make an inventory", &err);
    buffer json;
    shelflife_buffer_init(&json, SIZE_MAX);
    static const struct shelflife_inventory_file whole;
    if (!shelflife_inventory_write(made, &whole, append, &json, &err))
        stop("cannot write it", &err);
    shelflife_inventory_free(made);
    str text = shelflife_buffer_str(&json);
    size_t before = in_use;
    most = in_use;
    double begin = seconds();
    struct shelflife_inventory_reader *reader = shelflife_inventory_reader_new(read, "bench");
    for (size_t i = 0; i < text.len; i += CHUNK)
        if (!shelflife_inventory_reader_feed(reader, shelflife_str_first(shelflife_str_after(text, i), CHUNK),
                                             &err))
            stop("cannot read it", &err);
    if (!shelflife_inventory_reader_end(reader, &err))
        stop("cannot read it", &err);
    shelflife_inventory_reader_free(reader);
    if (!shelflife_inventory_finish(read, &err))
        stop("cannot finish it", &err);
    double took = seconds() - begin;
    printf("%zu images, %u %% of them in an index:\n", images, indexes);
    bool fine = within("memory, finished", (double)(in_use - before) / MIB, memory_mib, "MiB", true);
    printf("  %-24s %9.1f MiB\n", "  as it says itself", (double)shelflife_inventory_memory(read) / MIB);
    printf("  %-24s %9.1f MiB\n", "memory, while read", (double)(most - before) / MIB);
    printf("  %-24s %9.1f MiB\n", "as JSON", (double)text.len / MIB);
    fine &= within("compressed", (double)compressed_size(text) / MIB, disk_mib, "MiB", typical);
    fine &= within("reading", took, read_seconds, "s", !quick);
    fine &= within("a lookup", measure_lookups(read), lookup_ns, "ns", !quick);
    shelflife_inventory_free(read);
    shelflife_buffer_free(&json);
    return fine;
}

int main(int argc, char **argv)
{
    bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    size_t images = argc > 1 + quick ? strtoul(argv[1 + quick], NULL, 10) : 100000;
    shelflife_set_allocator(count_malloc, count_realloc, count_free);
    /* Two digests that nothing can compress are 6.1 MiB: the size is promised for what builders do mostly. */
    bool fine = measure(images, 25, true, quick);
    return measure(images, 100, false, quick) && fine ? 0 : 1;
}
