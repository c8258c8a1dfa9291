/* docker-archives: manifest.json is a list of the images' configurations and names. */
#include "pki/pki.h"
#include "registry/configuration.h"
#include "registry/layout.h"
#include "registry/text.h"
#include "shelflife/json.h"

/* Where in manifest.json the reader is. */
enum place { START, LIST, IMAGE, NAMES };

struct reader {
    struct shelflife_registry_list *list;
    enum place place;
    bool config, names; /* whose value comes next */
    bool in_text;
    size_t index;
    str file;  /* the configuration of the image */
    str *tags; /* its names, until the configuration is known */
    size_t tag_count, tag_capacity;
    struct registry_text key, text;
};

static bool fail_type(const struct reader *r, const char *expected, enum shelflife_json_event event,
                      error *err)
{
    const char *member = r->config ? ".Config" : r->names || r->place == NAMES ? ".RepoTags" : "";
    if (r->place == START)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "it must be %s, not %s", expected,
                              registry_text_type(event));
    return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "[%zu]%s must be %s, not %s", r->index, member,
                          expected, registry_text_type(event));
}

static bool keep_text(struct reader *r, str *out, error *err)
{
    *out = (str){0};
    if (r->text.cut || !registry_text_is_plain(registry_text_str(&r->text)))
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                              "[%zu]: a name is too long, or has control characters", r->index);
    return shelflife_arena_copy(&r->list->memory, registry_text_str(&r->text), out) ||
           shelflife_arena_fail(&r->list->memory, err);
}

static bool end_string(struct reader *r, error *err)
{
    str text;
    if (!keep_text(r, &text, err))
        return false;
    if (r->place == IMAGE) {
        r->file = text;
        return true;
    }
    if (!shelflife_grow(&r->tags, &r->tag_capacity, r->tag_count + 1, sizeof(*r->tags)))
        return shelflife_fail_memory(err);
    r->tags[r->tag_count++] = text;
    return true;
}

static bool end_image(struct reader *r, error *err)
{
    if (r->file.len == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "[%zu] has no \"Config\"", r->index);
    struct shelflife_registry_listed *image = shelflife_registry_list_get(r->list, r->file, err);
    for (size_t i = 0; image && i < r->tag_count; i++)
        if (r->tags[i].len && !shelflife_registry_list_name(r->list, image, r->tags[i], true, err))
            return false;
    r->index++;
    return image != NULL;
}

static bool open_place(struct reader *r, enum shelflife_json_event event, error *err)
{
    bool map = event == SHELFLIFE_JSON_MAP_START;
    if (r->place == LIST && map) {
        r->place = IMAGE;
        r->file = (str){0};
        r->tag_count = 0;
        return true;
    }
    if (map || r->config || (r->place != START && !r->names))
        return fail_type(r,
                         r->place == START || r->names ? "an array"
                         : r->place == LIST            ? "a map"
                                                       : "a string",
                         event, err);
    r->place = r->place == START ? LIST : NAMES;
    r->names = false;
    return true;
}

static bool close_place(struct reader *r, error *err)
{
    enum place closed = r->place;
    r->place = closed == NAMES ? IMAGE : closed == IMAGE ? LIST : START;
    return closed != IMAGE || end_image(r, err);
}

static enum shelflife_json_next on_key(struct reader *r, str text, bool last)
{
    if (!r->in_text)
        registry_text_clear(&r->key);
    registry_text_add(&r->key, text);
    r->in_text = !last;
    r->config = last && registry_text_is(registry_text_str(&r->key), "Config");
    r->names = last && registry_text_is(registry_text_str(&r->key), "RepoTags");
    return !last || r->config || r->names ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_SKIP;
}

static bool on_text(struct reader *r, str text, bool last, error *err)
{
    if (!r->in_text)
        registry_text_clear(&r->text);
    registry_text_add(&r->text, text);
    r->in_text = !last;
    if (!last)
        return true;
    bool ok = end_string(r, err);
    r->config = false;
    return ok;
}

static enum shelflife_json_next on_event(void *context, enum shelflife_json_event event, str text, bool last,
                                         error *err)
{
    struct reader *r = context;
    if (event == SHELFLIFE_JSON_KEY)
        return on_key(r, text, last);
    bool ok;
    if (shelflife_json_opens(event))
        ok = open_place(r, event, err);
    else if (shelflife_json_closes(event))
        ok = close_place(r, err);
    else if (event == SHELFLIFE_JSON_STRING && (r->config || r->place == NAMES))
        ok = on_text(r, text, last, err);
    else
        ok = (event == SHELFLIFE_JSON_NULL && r->names) ||
             fail_type(r,
                       r->config || r->place == NAMES ? "a string"
                       : r->place == LIST             ? "a map"
                                                      : "an array",
                       event, err);
    return ok ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

static bool read_list(str bytes, struct shelflife_registry_list *list, error *err)
{
    struct reader *r = shelflife_calloc(1, sizeof(*r));
    struct shelflife_json_parser *parser = r ? shelflife_json_parser_new(on_event, r, false) : NULL;
    bool ok = parser != NULL;
    if (ok) {
        r->list = list;
        ok = shelflife_json_parser_feed(parser, bytes, err) && shelflife_json_parser_finish(parser, err);
    } else {
        shelflife_fail_memory(err);
    }
    shelflife_json_parser_free(parser);
    if (r)
        shelflife_free(r->tags);
    shelflife_free(r);
    return ok || shelflife_error_prefix(err, "manifest.json");
}

/* ---- An image ---- */

/* The digits in "HEX.json" and "blobs/sha256/HEX" are those of the digest. */
static bool digest_of(str file, arena *a, str *out)
{
    size_t slash = shelflife_str_find_last(file, '/');
    str hex = slash == SIZE_MAX ? file : shelflife_str_after(file, slash + 1);
    if (shelflife_str_ends(hex, STR(".json")))
        hex = shelflife_str_first(hex, hex.len - STR(".json").len);
    if (!shelflife_arena_join(a, STR("sha256:"), hex, out))
        return false;
    if (!shelflife_pki_digest_is_valid(*out))
        *out = (str){0};
    return true;
}

static bool feed(void *context, str chunk, error *err)
{
    return shelflife_registry_configuration_feed(context, chunk, err);
}

struct hashed {
    struct shelflife_registry_configuration_reader *reader;
    struct shelflife_pki_hasher *hasher;
};

static bool feed_and_hash(void *context, str chunk, error *err)
{
    struct hashed *h = context;
    return shelflife_pki_hasher_add(h->hasher, chunk, err) && feed(h->reader, chunk, err);
}

/* Under another name the digest is computed. */
static bool read_unchecked(const struct shelflife_registry_layout *layout, str file,
                           struct shelflife_registry_configuration_reader *reader, arena *a, str *digest,
                           error *err)
{
    char computed[SHELFLIFE_PKI_DIGEST_TEXT_MAX];
    bool found = true;
    struct hashed h = {reader, shelflife_pki_hasher_new(STR("sha256:"), err)};
    bool ok = h.hasher && layout->read(layout->context, file, feed_and_hash, &h, &found, err) &&
              shelflife_pki_hasher_end(h.hasher, computed, err);
    shelflife_pki_hasher_free(h.hasher);
    if (ok && !found)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT, "%.*s is missing", STR_PRINT(file));
    return ok &&
           (shelflife_arena_copy(a, shelflife_str_of(computed), digest) || shelflife_arena_fail(a, err));
}

static bool read_configuration(const struct shelflife_registry_layout *layout, str file,
                               struct shelflife_registry_configuration_reader *reader, arena *a, str *digest,
                               error *err)
{
    if (!digest_of(file, a, digest))
        return shelflife_arena_fail(a, err);
    return digest->len ? shelflife_registry_layout_blob(layout, file, *digest, feed, reader, err)
                       : read_unchecked(layout, file, reader, a, digest, err);
}

static bool read_image(const struct shelflife_registry_layout *layout,
                       const struct shelflife_registry_listed *listed, arena *a,
                       struct shelflife_registry_image *image, error *err)
{
    struct shelflife_registry_configuration configuration = {0};
    struct shelflife_registry_configuration_reader *reader =
        shelflife_registry_configuration_new(layout->wanted, a, err);
    bool ok = reader && read_configuration(layout, listed->key, reader, a, &image->config, err) &&
              shelflife_registry_configuration_finish(reader, &configuration, err);
    shelflife_registry_configuration_free(reader);
    image->digest = image->manifest = image->config;
    image->evidence = configuration.evidence;
    return ok && (shelflife_registry_platform_text(&configuration.platform, a, &image->platform) ||
                  shelflife_arena_fail(a, err));
}

static bool list_images(const struct shelflife_registry_layout *layout, struct shelflife_registry_list *list,
                        error *err)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    shelflife_buffer_init(&bytes, SHELFLIFE_REGISTRY_MANIFEST_MAX);
    return shelflife_registry_layout_file(layout, STR("manifest.json"), &bytes, err) &&
           read_list(shelflife_buffer_str(&bytes), list, err);
}

bool shelflife_registry_layout_docker(const struct shelflife_registry_layout *layout, error *err)
{
    struct shelflife_registry_list list;
    shelflife_registry_list_init(&list);
    bool ok = list_images(layout, &list, err) || shelflife_error_prefix(err, "%s", layout->text);
    ok = ok && shelflife_registry_list_read(layout, &list, read_image, err);
    shelflife_registry_list_free(&list);
    return ok;
}
