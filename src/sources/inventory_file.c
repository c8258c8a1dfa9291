#include "sources/inventory_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sources/files.h"
#include "sources/gunzip.h"

enum {
    CHUNK_BYTES = 64 << 10,
    COMPRESSED_MAX_BYTES = 64 << 20,
    PLAIN_MAX_BYTES = 512 << 20, /* of a file; 100,000 images take about 80 MB */
};

static void cleanup_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static bool feed(void *reader, str bytes, error *err)
{
    return shelflife_inventory_reader_feed(reader, bytes, err);
}

/* Reads until the buffer is full or the file ends. */
static bool fill(int fd, const char *path, buffer *chunk, bool *ended, error *err)
{
    shelflife_buffer_reset(chunk);
    if (!shelflife_buffer_reserve(chunk, CHUNK_BYTES))
        return shelflife_fail_memory(err);
    *ended = false;
    while (chunk->len < CHUNK_BYTES && !*ended) {
        ssize_t n = read(fd, chunk->at + chunk->len, CHUNK_BYTES - chunk->len);
        if (n < 0 && errno != EINTR)
            return shelflife_fail(err, SHELFLIFE_ERROR_IO, "cannot read %s: %s", path, strerror(errno));
        *ended = n == 0;
        chunk->len += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool fail_large(const char *path, int limit, error *err)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "cannot read %s: it is larger than %d bytes", path,
                          limit);
}

/* The rest of a file whose first chunk is there, whether compressed or not. */
static bool read_compressed(int fd, const char *path, buffer *chunk, bool ended,
                            struct shelflife_inventory_reader *reader, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer all;
    shelflife_buffer_init(&all, COMPRESSED_MAX_BYTES);
    for (;;) {
        if (chunk->len > all.limit - all.len)
            return fail_large(path, COMPRESSED_MAX_BYTES, err);
        shelflife_buffer_append(&all, shelflife_buffer_str(chunk));
        if (all.failed)
            return shelflife_fail_memory(err);
        if (ended)
            break;
        if (!fill(fd, path, chunk, &ended, err))
            return false;
    }
    return shelflife_sources_gunzip_pieces(shelflife_buffer_str(&all), path, PLAIN_MAX_BYTES, feed, reader,
                                           err);
}

static bool read_plain(int fd, const char *path, buffer *chunk, bool ended,
                       struct shelflife_inventory_reader *reader, error *err)
{
    for (size_t total = chunk->len; feed(reader, shelflife_buffer_str(chunk), err); total += chunk->len) {
        if (total > PLAIN_MAX_BYTES)
            return fail_large(path, PLAIN_MAX_BYTES, err);
        if (ended)
            return true;
        if (!fill(fd, path, chunk, &ended, err))
            return false;
    }
    return false;
}

static bool read_file(int fd, const char *path, struct shelflife_inventory_reader *reader, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer chunk;
    bool ended = false;
    shelflife_buffer_init(&chunk, CHUNK_BYTES);
    if (!fill(fd, path, &chunk, &ended, err))
        return false;
    bool compressed = shelflife_sources_is_gzip(shelflife_buffer_str(&chunk));
    return (compressed ? read_compressed : read_plain)(fd, path, &chunk, ended, reader, err) &&
           shelflife_inventory_reader_end(reader, err);
}

static bool add_file(struct shelflife_inventory *inventory, const char *path, error *err)
{
    error why = {0};
    CLEANUP(cleanup_fd) int fd = shelflife_file_open(path, &why);
    struct stat status;
    if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)))
        shelflife_fail(&why, SHELFLIFE_ERROR_IO, "not a regular file"); /* a pipe cannot be read again */
    if (why.kind != SHELFLIFE_ERROR_NONE)
        return shelflife_fail(err, why.kind, "cannot read %s: %s", path, why.text);
    struct shelflife_inventory_reader *reader = shelflife_inventory_reader_new(inventory, path);
    if (!reader)
        return shelflife_fail_memory(err);
    bool added = read_file(fd, path, reader, err);
    shelflife_inventory_reader_free(reader);
    return added;
}

static bool read_bytes(str bytes, const char *origin, struct shelflife_inventory_reader *reader, error *err)
{
    bool compressed = shelflife_sources_is_gzip(bytes);
    return (compressed ? shelflife_sources_gunzip_pieces(bytes, origin, PLAIN_MAX_BYTES, feed, reader, err)
                       : feed(reader, bytes, err)) &&
           shelflife_inventory_reader_end(reader, err);
}

bool shelflife_sources_inventory_add_bytes(struct shelflife_inventory *inventory, str bytes,
                                           const char *origin, error *err)
{
    struct shelflife_inventory_reader *reader = shelflife_inventory_reader_new(inventory, origin);
    if (!reader)
        return shelflife_fail_memory(err);
    bool added = read_bytes(bytes, origin, reader, err);
    shelflife_inventory_reader_free(reader);
    return added;
}

bool shelflife_sources_inventory_add(struct shelflife_inventory *inventory, const char *path, error *err)
{
    CLEANUP(shelflife_file_list_free) struct shelflife_file_list files = {0};
    if (!shelflife_sources_list_inventories(&files, path, err))
        return false;
    for (size_t i = 0; i < files.count; i++)
        if (!add_file(inventory, files.at[i], err))
            return false;
    return true;
}
