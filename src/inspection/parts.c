#include "inspection/parts.h"

#include "inspection/gzip.h"
#include "pki/pki.h"

typedef struct shelflife_inventory inventory;
typedef struct shelflife_inventory_file file;

static void cleanup_gzip(struct shelflife_inspection_gzip **gzip)
{
    shelflife_inspection_gzip_free(*gzip);
}

static bool write_gzip(const inventory *i, const file *f, buffer *out, error *err)
{
    CLEANUP(cleanup_gzip) struct shelflife_inspection_gzip *gzip = shelflife_inspection_gzip_new(out, err);
    return gzip && shelflife_inventory_write(i, f, shelflife_inspection_gzip_feed, gzip, err) &&
           shelflife_inspection_gzip_end(gzip, err);
}

bool shelflife_inspection_write_file(const inventory *i, shelflife_day as_of, bool gzip, buffer *out,
                                     error *err)
{
    const file f = {.as_of = as_of};
    return gzip ? write_gzip(i, &f, out, err)
                : shelflife_inventory_write(i, &f, shelflife_buffer_collect, out, err);
}

void shelflife_inspection_bytes_free(struct shelflife_inspection_bytes *bytes)
{
    for (size_t i = 0; i < COUNT(bytes->parts); i++)
        shelflife_buffer_free(&bytes->parts[i]);
    bytes->count = 0;
}

/* Writes parts of equally many entries. *fits: each is small enough. */
static bool write_equal(const inventory *i, const file *of, uint32_t count, size_t part_bytes,
                        struct shelflife_inspection_bytes *out, bool *fits, error *err)
{
    size_t all = shelflife_inventory_count(i);
    file f = *of;
    f.part_count = count;
    *fits = true;
    for (uint32_t k = 0; k < count && *fits; k++) {
        error why = {0};
        f.part_index = k;
        f.first = all * k / count;
        f.entries = all * (k + 1) / count - f.first;
        shelflife_buffer_free(&out->parts[k]);
        shelflife_buffer_init(&out->parts[k], part_bytes);
        *fits = write_gzip(i, &f, &out->parts[k], &why);
        if (!*fits && why.kind != SHELFLIFE_ERROR_LIMIT) {
            if (err)
                *err = why;
            return false;
        }
    }
    out->count = count;
    return true;
}

bool shelflife_inspection_write_parts(const inventory *i, shelflife_day as_of, int64_t edition, uint32_t most,
                                      size_t part_bytes, struct shelflife_inspection_bytes *out, error *err)
{
    const file f = {.as_of = as_of, .edition = edition};
    *out = (struct shelflife_inspection_bytes){0};
    if (most > SHELFLIFE_INSPECTION_PARTS_MAX)
        most = SHELFLIFE_INSPECTION_PARTS_MAX;
    for (uint32_t count = 1; count <= most; count++) {
        bool fits;
        if (!write_equal(i, &f, count, part_bytes, out, &fits, err))
            break;
        if (fits)
            return true;
        if (count == most)
            shelflife_fail(
                err, SHELFLIFE_ERROR_LIMIT,
                "the inventory of %zu images does not fit into %u ConfigMaps of %zu bytes: allow more "
                "with --parts, or keep images for a shorter time with --keep",
                shelflife_inventory_count(i), (unsigned)most, part_bytes);
    }
    shelflife_inspection_bytes_free(out);
    return false;
}

static bool add_to_hash(void *context, str bytes, error *err)
{
    return shelflife_pki_hasher_add(context, bytes, err);
}

bool shelflife_inspection_digest(const inventory *i, char digest[SHELFLIFE_PKI_DIGEST_TEXT_MAX], error *err)
{
    const file f = {.as_of = 1};
    struct shelflife_pki_hasher *hasher = shelflife_pki_hasher_new(STR("sha256:"), err);
    bool ok = hasher && shelflife_inventory_write(i, &f, add_to_hash, hasher, err) &&
              shelflife_pki_hasher_end(hasher, digest, err);
    shelflife_pki_hasher_free(hasher);
    return ok;
}
