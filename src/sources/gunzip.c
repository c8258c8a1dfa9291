#include "sources/gunzip.h"

#define ZLIB_CONST
#include <zlib.h>

enum { GZIP_ONLY = 16, PIECE = 64 << 10 };

static void end(z_stream *stream)
{
    inflateEnd(stream);
}

static bool fail_broken(const z_stream *stream, const char *path, error *err)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%s is not a valid gzip file: %s", path,
                          stream->msg ? stream->msg : "it is incomplete, or followed by something else");
}

static bool inflate_piece(z_stream *stream, const char *path, size_t room, buffer *out, int *status,
                          error *err)
{
    if (!shelflife_buffer_reserve(out, room))
        return shelflife_fail_memory(err);
    stream->next_out = (Bytef *)out->at + out->len;
    stream->avail_out = (uInt)room;
    *status = inflate(stream, Z_NO_FLUSH);
    out->len += room - stream->avail_out;
    return *status == Z_MEM_ERROR                       ? shelflife_fail_memory(err)
           : *status == Z_OK || *status == Z_STREAM_END ? true
                                                        : fail_broken(stream, path, err);
}

/* Gives each piece to the sink, and all of them to the buffer if there is no sink. */
static bool inflate_all(str bytes, const char *path, size_t limit, buffer *out,
                        bool (*sink)(void *context, str piece, error *err), void *context, error *err)
{
    CLEANUP(end)
    z_stream stream = {.next_in = (const Bytef *)bytes.at, .avail_in = (uInt)bytes.len};
    int status = Z_OK;
    if (bytes.len > UINT32_MAX || inflateInit2(&stream, MAX_WBITS + GZIP_ONLY) != Z_OK)
        return shelflife_fail_memory(err);
    for (size_t total = 0; status != Z_STREAM_END;) {
        size_t room = limit - total < PIECE ? limit - total : PIECE, before = out->len;
        if (room == 0)
            return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s: decompressed, it is larger than %zu bytes",
                                  path, limit);
        if (!inflate_piece(&stream, path, room, out, &status, err))
            return false;
        total += out->len - before;
        if (sink && !sink(context, shelflife_buffer_str(out), err))
            return false;
        if (sink)
            shelflife_buffer_reset(out);
        if (status == Z_STREAM_END && stream.avail_in > 0)
            status = inflateReset(&stream);
    }
    return true;
}

bool shelflife_sources_gunzip(str bytes, const char *path, buffer *out, error *err)
{
    return inflate_all(bytes, path, out->limit - out->len, out, NULL, NULL, err);
}

bool shelflife_sources_gunzip_pieces(str bytes, const char *path, size_t limit,
                                     bool (*sink)(void *context, str piece, error *err), void *context,
                                     error *err)
{
    CLEANUP(shelflife_buffer_free) buffer piece;
    shelflife_buffer_init(&piece, PIECE);
    return inflate_all(bytes, path, limit, &piece, sink, context, err);
}

struct shelflife_dependency shelflife_sources_dependency(void)
{
    return (struct shelflife_dependency){"zlib", ZLIB_VERSION, zlibVersion()};
}
