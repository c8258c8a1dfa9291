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

static bool inflate_piece(z_stream *stream, const char *path, buffer *out, int *status, error *err)
{
    size_t room = out->limit - out->len < PIECE ? out->limit - out->len : PIECE;
    if (room == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                              "%s: the decompressed catalog is larger than %zu bytes", path, out->limit);
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

bool shelflife_sources_gunzip(str bytes, const char *path, buffer *out, error *err)
{
    CLEANUP(end)
    z_stream stream = {.next_in = (const Bytef *)bytes.at, .avail_in = (uInt)bytes.len};
    int status = Z_OK;
    if (bytes.len > UINT32_MAX || inflateInit2(&stream, MAX_WBITS + GZIP_ONLY) != Z_OK)
        return shelflife_fail_memory(err);
    do {
        if (!inflate_piece(&stream, path, out, &status, err))
            return false;
        if (status == Z_STREAM_END && stream.avail_in > 0)
            status = inflateReset(&stream);
    } while (status != Z_STREAM_END);
    return true;
}

struct shelflife_dependency shelflife_sources_dependency(void)
{
    return (struct shelflife_dependency){"zlib", ZLIB_VERSION, zlibVersion()};
}
