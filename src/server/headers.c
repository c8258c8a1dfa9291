#include "server/headers.h"

#include "base/base.h"
#include "server/microhttpd.h"

enum { LENGTH, ENCODING, TYPE, HOST };
static const str once[] = {
    [LENGTH] = STR_INIT(MHD_HTTP_HEADER_CONTENT_LENGTH),
    [ENCODING] = STR_INIT(MHD_HTTP_HEADER_TRANSFER_ENCODING),
    [TYPE] = STR_INIT(MHD_HTTP_HEADER_CONTENT_TYPE),
    [HOST] = STR_INIT(MHD_HTTP_HEADER_HOST),
};

struct headers {
    unsigned counts[COUNT(once)];
    const char *encoding;
    bool malformed;
};

static bool is_name(const char *name)
{
    for (; *name > ' ' && *name < 0x7f; name++)
        ;
    return *name == '\0';
}

static bool is_value(const char *value)
{
    for (; *value; value++)
        if (((unsigned char)*value < ' ' && *value != '\t') || *value == 0x7f)
            return false;
    return true;
}

static enum MHD_Result read_header(void *context, UNUSED enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct headers *h = context;
    h->malformed |= !is_name(name) || (value && !is_value(value));
    for (size_t i = 0; i < COUNT(once); i++) {
        /* A call for each name would cost more than all the rest of the headers. */
        if ((*name | ' ') != (*once[i].at | ' ') || strncasecmp(name, once[i].at, once[i].len) != 0)
            continue;
        h->malformed |= name[once[i].len] != '\0' || h->counts[i]++ > 0;
        if (i == ENCODING)
            h->encoding = value;
    }
    return MHD_YES;
}

bool shelflife_server_headers_check(struct MHD_Connection *mhd, const char *version)
{
    struct headers h = {.encoding = NULL};
    MHD_get_connection_values(mhd, MHD_HEADER_KIND, read_header, &h);
    if (h.malformed || !h.counts[ENCODING])
        return !h.malformed;
    return !h.counts[LENGTH] && h.encoding && strcasecmp(h.encoding, "chunked") == 0 &&
           strcmp(version, MHD_HTTP_VERSION_1_0) != 0;
}
