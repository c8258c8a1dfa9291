/* rooms: base file net json workload inputs */
/*
 * Any bytes are a Dockerfile: each image has a place, a reason if it is not resolved, and what is built comes
 * before what is not; nothing is reported only for a file in which all stages are from scratch.
 */
#include "inputs/dockerfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct watch {
    size_t images, unread;
    bool unused; /* the last image was */
    uint32_t lines;
};

static void check(bool ok)
{
    if (!ok)
        abort();
}

static bool on_image(void *context, const struct shelflife_input_image *image, error *err UNUSED)
{
    struct watch *w = context;
    check(image->image.len > 0 && image->image.len <= SHELFLIFE_INPUT_DOCKERFILE_VALUE_MAX);
    check(image->kind.len && image->name.len && image->path.len);
    check(image->place.line > 0 && image->place.line <= w->lines && image->place.column > 0);
    check(image->unused || !w->unused);
    w->unused = image->unused;
    w->images++;
    return true;
}

static bool on_unread(void *context, const struct shelflife_input_unread *unread, error *err UNUSED)
{
    struct watch *w = context;
    check(unread->why.len > 0 && unread->place.line <= w->lines);
    w->unread++;
    return true;
}

/* The first byte chooses the target and the arguments. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct shelflife_input_build_arg args[] = {{STR_INIT("A"), STR_INIT("1")},
                                                            {STR_INIT("TARGETARCH"), STR_INIT("arm64")},
                                                            {STR_INIT("A"), STR_INIT("2")}};
    static const str targets[] = {{0}, STR_INIT("0"), STR_INIT("a"), STR_INIT("A")};
    if (size == 0)
        return 0;
    struct watch w = {.lines = 1};
    struct shelflife_input_build build = {
        .args = args, .arg_count = data[0] >> 2 & 3, .target = targets[data[0] & 3]};
    struct shelflife_input_sink sink = {.image = on_image, .unread = on_unread, .context = &w};
    str text = {(const char *)data + 1, size - 1};
    error err = {0};
    for (size_t i = 0; i < text.len; i++)
        w.lines += text.at[i] == '\n';
    if (!shelflife_input_dockerfile_read(STR("Dockerfile"), text, &build, &sink, &err))
        check(err.kind == SHELFLIFE_ERROR_MEMORY);
    return 0;
}
