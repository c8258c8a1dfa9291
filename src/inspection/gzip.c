#include "inspection/gzip.h"

#include <limits.h>
#include <zlib.h>

enum { WINDOW_BITS_GZIP = 15 + 16, MEMORY_LEVEL = 9, STEP = 16 << 10 };

struct shelflife_inspection_gzip {
    z_stream stream;
    buffer *out;
    bool open;
};

struct shelflife_inspection_gzip *shelflife_inspection_gzip_new(buffer *out, error *err)
{
    struct shelflife_inspection_gzip *g = calloc(1, sizeof(*g));
    if (g) {
        g->out = out;
        /* Digests are random: matches of a few of their digits cost more than the digits. */
        g->open = deflateInit2(&g->stream, Z_BEST_COMPRESSION, Z_DEFLATED, WINDOW_BITS_GZIP, MEMORY_LEVEL,
                               Z_FILTERED) == Z_OK;
        if (g->open)
            return g;
        free(g);
    }
    shelflife_fail_memory(err);
    return NULL;
}

void shelflife_inspection_gzip_free(struct shelflife_inspection_gzip *g)
{
    if (!g)
        return;
    if (g->open)
        deflateEnd(&g->stream);
    free(g);
}

/* Compresses until the input is used up, or with Z_FINISH until the end. */
static bool deflate_all(struct shelflife_inspection_gzip *g, int flush, error *err)
{
    unsigned char step[STEP];
    int result;
    do {
        g->stream.next_out = step;
        g->stream.avail_out = sizeof(step);
        result = deflate(&g->stream, flush);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return shelflife_fail_memory(err);
        size_t size = sizeof(step) - g->stream.avail_out;
        if (g->out->len + size > g->out->limit)
            return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "it needs more than %zu bytes, compressed",
                                  g->out->limit);
        shelflife_buffer_append(g->out, (str){(const char *)step, size});
        if (g->out->failed)
            return shelflife_fail_memory(err);
    } while (g->stream.avail_out == 0 || (flush == Z_FINISH && result != Z_STREAM_END));
    return true;
}

bool shelflife_inspection_gzip_feed(void *gzip, str bytes, error *err)
{
    struct shelflife_inspection_gzip *g = gzip;
    unsigned char chunk[STEP];
    while (bytes.len) {
        str piece = shelflife_str_first(bytes, sizeof(chunk)); /* zlib takes no const input */
        memcpy(chunk, piece.at, piece.len);
        g->stream.next_in = chunk;
        g->stream.avail_in = (uInt)piece.len;
        if (!deflate_all(g, Z_NO_FLUSH, err))
            return false;
        bytes = shelflife_str_after(bytes, piece.len);
    }
    return true;
}

bool shelflife_inspection_gzip_end(struct shelflife_inspection_gzip *g, error *err)
{
    g->stream.next_in = NULL;
    g->stream.avail_in = 0;
    return deflate_all(g, Z_FINISH, err);
}
