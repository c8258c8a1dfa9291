/*
 * Reads inventory files. What a file contains goes into an inventory of its own first, so that a file with an
 * error changes nothing. The tables below say what may be where; deeper or other things are errors as soon as
 * they begin.
 */
#include "inventory/internal.h"

#include <assert.h>
#include <stdio.h>

#include "base/nearest.h"
#include "shelflife/json.h"

enum {
    DEPTH_MAX = 5, /* images[0].references[0] */
    TEXT_MAX_BYTES = SHELFLIFE_EVIDENCE_MAX_BYTES,
    PATH_MAX_BYTES = 256,
    PATH_KEY_MAX = 64,
};

enum place {
    TOP,
    PART,
    IMAGES,
    IMAGE,
    REFERENCES,
    REFERENCE,
    EVIDENCE,
    ENV,
    LABELS,
    ANNOTATIONS,
    HISTORY,
    BASE,
};

enum form { TEXT, NUMBER, FLAG, MAP, LIST };
static const char *const form_names[] = {"a string", "a number", "true or false", "a map", "an array"};

/* What a member, or an element of a list, has to be. */
struct value {
    enum form form;
    enum place place;                                                         /* of a map or list */
    bool (*take)(struct shelflife_inventory_reader *r, str text, error *err); /* of the others */
};

struct member {
    enum place in;
    bool required;
    const char *name;
    struct value value;
};

struct level {
    enum place place;
    const struct member *member; /* whose value is read; of TOP, PART, IMAGE, REFERENCE, EVIDENCE, BASE */
    size_t next;                 /* of a list: the number of elements that have begun */
    uint32_t seen;               /* a bit for each of the table's members */
};

struct shelflife_inventory_reader {
    struct shelflife_inventory *inventory; /* where the file goes in the end */
    const char *origin;
    struct shelflife_json_parser *parser;
    struct shelflife_inventory *content;

    struct level levels[DEPTH_MAX];
    size_t depth;
    bool within; /* a key, string or number */
    buffer key, text;

    struct inventory_part part;
    struct inventory_entry image;
    size_t image_pieces, evidence_bytes; /* where the image's evidence begins, and how much it is */
    struct inventory_reference reference;
    struct inventory_reference *references; /* of the image */
    size_t reference_count, reference_capacity;
    struct inventory_piece sorted[SHELFLIFE_EVIDENCE_MAX];
};

typedef struct shelflife_inventory_reader reader;

/* ---- Errors ---- */

static const char *key_of(const reader *r, const struct level *level, char text[PATH_KEY_MAX + 4])
{
    if (level->member)
        return level->member->name;
    str key = shelflife_buffer_str(&r->key);
    size_t len = shelflife_utf8_cut(key, PATH_KEY_MAX);
    char *end = shelflife_copy(text, key.at, len);
    memcpy(end, len < key.len ? "…" : "", len < key.len ? sizeof("…") : 1);
    return text;
}

static bool is_list(enum place place)
{
    return place == IMAGES || place == REFERENCES || place == HISTORY;
}

/* Writes where the value is that is being read: "images[3].evidence.env.PATH". */
static void write_path(const reader *r, char path[PATH_MAX_BYTES])
{
    char key[PATH_KEY_MAX + 4];
    size_t len = 0;
    path[0] = '\0';
    for (size_t i = 0; i < r->depth; i++) {
        const struct level *level = &r->levels[i];
        bool has_key =
            level->member || level->place == ENV || level->place == LABELS || level->place == ANNOTATIONS;
        int n = 0;
        if (is_list(level->place) && level->next > 0)
            n = snprintf(path + len, PATH_MAX_BYTES - len, "[%zu]", level->next - 1);
        else if (has_key)
            n = snprintf(path + len, PATH_MAX_BYTES - len, "%s%s", len ? "." : "", key_of(r, level, key));
        len += (size_t)n;
    }
}

SHELFLIFE_PRINTF(4, 5)
static bool fail(const reader *r, error *err, enum shelflife_error_kind kind, const char *format, ...)
{
    char path[PATH_MAX_BYTES], text[SHELFLIFE_ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    write_path(r, path);
    return shelflife_fail(err, kind, "%s%s%s", path, path[0] ? ": " : "", text);
}

static bool fail_at_path(const reader *r, error *err)
{
    char path[PATH_MAX_BYTES];
    write_path(r, path);
    return shelflife_error_prefix(err, "%s", path);
}

/* A text for a message, cut if it is long. */
#define SHOWN(text) STR_PRINT(shelflife_str_first(text, 100))

/* ---- Values ---- */

static bool take_version(reader *r, str text, error *err)
{
    return shelflife_str_equal(text, STR("shelflife.dev/v1")) ||
           fail(r, err, SHELFLIFE_ERROR_INPUT, "expected \"shelflife.dev/v1\", found \"%.*s\"", SHOWN(text));
}

static bool take_kind(reader *r, str text, error *err)
{
    return shelflife_str_equal(text, STR("Inventory")) ||
           fail(r, err, SHELFLIFE_ERROR_INPUT, "expected \"Inventory\", found \"%.*s\"", SHOWN(text));
}

static bool read_day(reader *r, str text, shelflife_day *day, error *err)
{
    return shelflife_day_parse(text, day) ||
           fail(r, err, SHELFLIFE_ERROR_INPUT, "\"%.*s\" is not a date: write YYYY-MM-DD", SHOWN(text));
}

static bool take_as_of(reader *r, str text, error *err)
{
    return read_day(r, text, &r->content->as_of, err);
}

static bool take_edition(reader *r, str text, error *err)
{
    return shelflife_time_parse(text, &r->part.edition) ||
           fail(r, err, SHELFLIFE_ERROR_INPUT, "\"%.*s\" is not a time: write it like 2026-11-23T10:00:00Z",
                SHOWN(text));
}

static bool read_number(reader *r, str text, uint32_t *number, error *err)
{
    uint32_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || n > SHELFLIFE_INVENTORY_PARTS_MAX)
            return fail(r, err, SHELFLIFE_ERROR_INPUT, "expected a whole number up to %d, found %.*s",
                        SHELFLIFE_INVENTORY_PARTS_MAX, SHOWN(text));
        n = n * 10 + (uint32_t)(text.at[i] - '0');
    }
    *number = n;
    return true;
}

static bool take_index(reader *r, str text, error *err)
{
    return read_number(r, text, &r->part.index, err);
}

static bool take_count(reader *r, str text, error *err)
{
    return read_number(r, text, &r->part.count, err) &&
           ((r->part.count > 0 && r->part.count <= SHELFLIFE_INVENTORY_PARTS_MAX) ||
            fail(r, err, SHELFLIFE_ERROR_INPUT, "an inventory has from 1 to %d parts",
                 SHELFLIFE_INVENTORY_PARTS_MAX));
}

static bool add_text(reader *r, str text, uint32_t *number, error *err)
{
    return shelflife_inventory_texts_add(&r->content->texts, text, number, err) || fail_at_path(r, err);
}

static bool read_digest(reader *r, str text, uint32_t *number, error *err)
{
    char bytes[INVENTORY_DIGEST_BYTES];
    str packed;
    if (!shelflife_inventory_digest_pack(text, bytes, &packed))
        return fail(r, err, SHELFLIFE_ERROR_INPUT,
                    "\"%.*s\" is not a digest: sha256: and 64 hexadecimal digits in lower case", SHOWN(text));
    return add_text(r, packed, number, err);
}

static bool take_digest(reader *r, str text, error *err)
{
    return read_digest(r, text, &r->image.digest, err);
}

static bool take_manifest(reader *r, str text, error *err)
{
    return read_digest(r, text, &r->image.manifest, err);
}

static bool check_length(reader *r, str text, size_t max, error *err)
{
    return text.len <= max ||
           fail(r, err, SHELFLIFE_ERROR_LIMIT, "the text has %zu bytes, but may have %zu", text.len, max);
}

static bool take_platform(reader *r, str text, error *err)
{
    return check_length(r, text, SHELFLIFE_INVENTORY_PLATFORM_MAX, err) &&
           add_text(r, text, &r->image.platform, err);
}

static bool take_inspected(reader *r, str text, error *err)
{
    return read_day(r, text, &r->image.inspected, err);
}

static bool take_snapshot(reader *r, str text, error *err)
{
    return read_day(r, text, &r->image.snapshot, err);
}

static bool take_rules(reader *r, str text, error *err)
{
    uint64_t rules = 0;
    bool valid = text.len == 16;
    for (size_t i = 0; i < text.len && valid; i++) {
        int digit = shelflife_inventory_digest_digit(text.at[i]);
        valid = digit >= 0;
        rules = rules << 4 | (valid ? (uint64_t)digit : 0);
    }
    r->image.rules = rules;
    return valid || fail(r, err, SHELFLIFE_ERROR_INPUT,
                         "expected 16 hexadecimal digits in lower case, found \"%.*s\"", SHOWN(text));
}

static bool take_outdated(reader *r, str text, error *err)
{
    (void)err;
    r->image.outdated = text.len == sizeof("true") - 1;
    return true;
}

static bool take_base_name(reader *r, str text, error *err)
{
    return check_length(r, text, SHELFLIFE_REFERENCE_MAX, err) && add_text(r, text, &r->image.base_name, err);
}

static bool take_base_digest(reader *r, str text, error *err)
{
    uint32_t packed;
    return read_digest(r, text, &packed, err) && add_text(r, text, &r->image.base_digest, err);
}

static bool take_name(reader *r, str text, error *err)
{
    size_t slash = shelflife_str_find_last(text, '/'), colon = shelflife_str_find_last(text, ':');
    bool tagged = colon != SIZE_MAX && slash != SIZE_MAX && colon > slash && colon + 1 < text.len;
    str name = shelflife_str_first(text, tagged ? colon : text.len);
    str tag = tagged ? shelflife_str_after(text, colon + 1) : (str){0};
    if (!check_length(r, text, SHELFLIFE_REFERENCE_MAX, err))
        return false;
    if (!shelflife_inventory_fill_is_name(name, tag))
        return fail(r, err, SHELFLIFE_ERROR_INPUT,
                    "\"%.*s\" is not a complete reference without a digest: write it like "
                    "docker.io/library/python:3.8",
                    SHOWN(text));
    return add_text(r, name, &r->reference.name, err) && add_text(r, tag, &r->reference.tag, err);
}

static bool take_last_seen(reader *r, str text, error *err)
{
    return read_day(r, text, &r->reference.last_seen, err);
}

static bool take_piece(reader *r, str text, error *err)
{
    static const enum shelflife_evidence_kind kinds[] = {[ENV] = SHELFLIFE_EVIDENCE_ENV,
                                                         [LABELS] = SHELFLIFE_EVIDENCE_LABEL,
                                                         [ANNOTATIONS] = SHELFLIFE_EVIDENCE_ANNOTATION,
                                                         [HISTORY] = SHELFLIFE_EVIDENCE_HISTORY};
    struct shelflife_evidence piece = {.kind = kinds[r->levels[r->depth - 1].place], .value = text};
    if (piece.kind != SHELFLIFE_EVIDENCE_HISTORY)
        piece.name = shelflife_buffer_str(&r->key);
    r->evidence_bytes += piece.name.len + piece.value.len;
    if (r->content->piece_count - r->image_pieces >= SHELFLIFE_EVIDENCE_MAX ||
        r->evidence_bytes > SHELFLIFE_EVIDENCE_MAX_BYTES)
        return fail(r, err, SHELFLIFE_ERROR_LIMIT,
                    "an image may have at most %d pieces of evidence, and %d bytes of them",
                    SHELFLIFE_EVIDENCE_MAX, SHELFLIFE_EVIDENCE_MAX_BYTES);
    return shelflife_inventory_fill_piece(r->content, &piece, err) || fail_at_path(r, err);
}

/* ---- What may be where ---- */

static const struct member members[] = {
    {TOP, true, "apiVersion", {TEXT, 0, take_version}},
    {TOP, true, "kind", {TEXT, 0, take_kind}},
    {TOP, false, "asOf", {TEXT, 0, take_as_of}},
    {TOP, false, "part", {MAP, PART, NULL}},
    {TOP, true, "images", {LIST, IMAGES, NULL}},
    {PART, true, "edition", {TEXT, 0, take_edition}},
    {PART, true, "index", {NUMBER, 0, take_index}},
    {PART, true, "count", {NUMBER, 0, take_count}},
    {IMAGE, true, "digest", {TEXT, 0, take_digest}},
    {IMAGE, false, "manifest", {TEXT, 0, take_manifest}},
    {IMAGE, false, "platform", {TEXT, 0, take_platform}},
    {IMAGE, true, "inspected", {TEXT, 0, take_inspected}},
    {IMAGE, false, "rules", {TEXT, 0, take_rules}},
    {IMAGE, false, "references", {LIST, REFERENCES, NULL}},
    {IMAGE, false, "evidence", {MAP, EVIDENCE, NULL}},
    {IMAGE, false, "base", {MAP, BASE, NULL}},
    {IMAGE, false, "snapshot", {TEXT, 0, take_snapshot}},
    {IMAGE, false, "outdated", {FLAG, 0, take_outdated}},
    {REFERENCE, true, "name", {TEXT, 0, take_name}},
    {REFERENCE, true, "lastSeen", {TEXT, 0, take_last_seen}},
    {EVIDENCE, false, "env", {MAP, ENV, NULL}},
    {EVIDENCE, false, "labels", {MAP, LABELS, NULL}},
    {EVIDENCE, false, "annotations", {MAP, ANNOTATIONS, NULL}},
    {EVIDENCE, false, "history", {LIST, HISTORY, NULL}},
    {BASE, false, "name", {TEXT, 0, take_base_name}},
    {BASE, false, "digest", {TEXT, 0, take_base_digest}},
};
_Static_assert(COUNT(members) <= 32, "level.seen has a bit for each");

/* What is expected next, within the innermost map or list. */
static struct value expected(const reader *r)
{
    const struct level *level = r->depth ? &r->levels[r->depth - 1] : NULL;
    if (!level)
        return (struct value){MAP, TOP, NULL};
    if (level->member)
        return level->member->value;
    return level->place == IMAGES       ? (struct value){MAP, IMAGE, NULL}
           : level->place == REFERENCES ? (struct value){MAP, REFERENCE, NULL}
                                        : (struct value){TEXT, 0, take_piece};
}

static const struct member *find_member(enum place place, str name)
{
    for (size_t i = 0; i < COUNT(members); i++)
        if (members[i].in == place && shelflife_str_equal(shelflife_str_of(members[i].name), name))
            return &members[i];
    return NULL;
}

static bool fail_unknown(reader *r, enum place place, str name, error *err)
{
    const char *names[COUNT(members)];
    size_t count = 0;
    for (size_t i = 0; i < COUNT(members); i++)
        if (members[i].in == place)
            names[count++] = members[i].name;
    size_t nearest = shelflife_nearest(name, names, count);
    return fail(r, err, SHELFLIFE_ERROR_INPUT, "unknown key \"%.*s\"%s%s%s", SHOWN(name),
                nearest < count ? ": did you mean \"" : "", nearest < count ? names[nearest] : "",
                nearest < count ? "\"?" : "");
}

static bool take_key(reader *r, error *err)
{
    struct level *level = &r->levels[r->depth - 1];
    str name = shelflife_buffer_str(&r->key);
    level->member = NULL;
    if (!shelflife_str_is_utf8(name))
        return fail(r, err, SHELFLIFE_ERROR_INPUT, "the key is not valid UTF-8");
    if (level->place == ENV || level->place == LABELS || level->place == ANNOTATIONS)
        return true;
    const struct member *member = find_member(level->place, name);
    if (!member)
        return fail_unknown(r, level->place, name, err);
    uint32_t bit = (uint32_t)1 << (member - members);
    if (level->seen & bit)
        return fail(r, err, SHELFLIFE_ERROR_INPUT, "the key \"%s\" is there twice", member->name);
    level->seen |= bit;
    level->member = member;
    return true;
}

/* ---- Maps and lists ---- */

/* The table of members ends at DEPTH_MAX. */
static void begin(reader *r, enum place place)
{
    r->levels[r->depth++] = (struct level){.place = place};
    if (place == IMAGE) {
        r->image = (struct inventory_entry){.snapshot = SHELFLIFE_DAY_NONE};
        r->image_pieces = r->content->piece_count;
        r->evidence_bytes = 0;
        r->reference_count = 0;
    } else if (place == REFERENCE) {
        r->reference = (struct inventory_reference){0};
    }
}

/* The kinds in the order of their enum, whatever the order in the file. */
static void sort_pieces(reader *r)
{
    struct inventory_piece *pieces = r->content->pieces + r->image_pieces;
    size_t count = r->content->piece_count - r->image_pieces, n = 0;
    for (uint32_t kind = 0; kind < SHELFLIFE_EVIDENCE_KINDS; kind++)
        for (size_t i = 0; i < count; i++)
            if (pieces[i].kind == kind)
                r->sorted[n++] = pieces[i];
    if (n)
        shelflife_copy(pieces, r->sorted, n * sizeof(*pieces));
}

static bool end_image(reader *r, error *err)
{
    uint32_t index;
    if (!r->image.manifest)
        r->image.manifest = r->image.digest;
    if (r->content->piece_count > r->image_pieces)
        sort_pieces(r);
    if (!shelflife_inventory_fill_set(r->content, r->image_pieces, &r->image.set, err) ||
        !shelflife_inventory_fill_entry(r->content, &r->image, true, &index, err))
        return fail_at_path(r, err);
    for (size_t i = 0; i < r->reference_count; i++) {
        r->references[i].entry = index;
        if (!shelflife_inventory_fill_reference(r->content, &r->references[i], err))
            return fail_at_path(r, err);
    }
    return true;
}

static bool end_reference(reader *r, error *err)
{
    if (!shelflife_grow(&r->references, &r->reference_capacity, r->reference_count + 1,
                        sizeof(*r->references)))
        return shelflife_fail_memory(err);
    r->references[r->reference_count++] = r->reference;
    return true;
}

static bool end_part(reader *r, error *err)
{
    return r->part.index < r->part.count ||
           fail(r, err, SHELFLIFE_ERROR_INPUT, "the index must be from 0 to %u, but is %u", r->part.count - 1,
                r->part.index);
}

static bool end(reader *r, error *err)
{
    struct level *level = &r->levels[r->depth - 1];
    level->member = NULL;
    for (size_t i = 0; i < COUNT(members); i++)
        if (members[i].in == level->place && members[i].required && !(level->seen & (uint32_t)1 << i))
            return fail(r, err, SHELFLIFE_ERROR_INPUT, "the key \"%s\" is missing", members[i].name);
    bool fine = level->place == IMAGE       ? end_image(r, err)
                : level->place == REFERENCE ? end_reference(r, err)
                : level->place == PART      ? end_part(r, err)
                                            : true;
    r->depth--;
    return fine;
}

/* ---- Events ---- */

/* A value begins; fails if it is not what is expected. */
static bool begin_value(reader *r, const char *found, enum form form, error *err)
{
    struct value value = expected(r);
    if (r->depth && is_list(r->levels[r->depth - 1].place))
        r->levels[r->depth - 1].next++;
    if (form != value.form || !found)
        return fail(r, err, SHELFLIFE_ERROR_INPUT, "expected %s, found %s", form_names[value.form],
                    found ? found : "null");
    if (form == MAP || form == LIST)
        begin(r, value.place);
    return true;
}

/* Appends a fragment to a key or value. */
static bool gather(reader *r, buffer *to, str text, error *err)
{
    if (!r->within)
        shelflife_buffer_reset(to);
    r->within = true;
    size_t left = TEXT_MAX_BYTES - to->len;
    shelflife_buffer_append(to, shelflife_str_first(text, left));
    if (to->failed)
        return shelflife_fail_memory(err);
    return text.len <= left ||
           fail(r, err, SHELFLIFE_ERROR_LIMIT, "a text may have at most %d bytes", TEXT_MAX_BYTES);
}

static bool take_scalar(reader *r, enum form form, str text, bool last, error *err)
{
    if (!r->within && !begin_value(r, form_names[form], form, err))
        return false;
    if (!gather(r, &r->text, text, err))
        return false;
    if (!last)
        return true;
    r->within = false;
    str whole = shelflife_buffer_str(&r->text);
    if (!shelflife_str_is_utf8(whole))
        return fail(r, err, SHELFLIFE_ERROR_INPUT, "the text is not valid UTF-8");
    struct value value = expected(r);
    assert(value.take);
    return value.take(r, whole, err);
}

static bool take_key_fragment(reader *r, str text, bool last, error *err)
{
    r->levels[r->depth - 1].member = NULL;
    if (!gather(r, &r->key, text, err))
        return false;
    if (!last)
        return true;
    r->within = false;
    return take_key(r, err);
}

static bool take_event(reader *r, enum shelflife_json_event event, str text, bool last, error *err)
{
    switch (event) {
    case SHELFLIFE_JSON_KEY:
        return take_key_fragment(r, text, last, err);
    case SHELFLIFE_JSON_STRING:
        return take_scalar(r, TEXT, text, last, err);
    case SHELFLIFE_JSON_NUMBER:
        return take_scalar(r, NUMBER, text, last, err);
    case SHELFLIFE_JSON_TRUE:
        return take_scalar(r, FLAG, STR("true"), true, err);
    case SHELFLIFE_JSON_FALSE:
        return take_scalar(r, FLAG, STR("false"), true, err);
    case SHELFLIFE_JSON_NULL:
        return begin_value(r, NULL, FLAG, err);
    case SHELFLIFE_JSON_MAP_START:
        return begin_value(r, form_names[MAP], MAP, err);
    case SHELFLIFE_JSON_ARRAY_START:
        return begin_value(r, form_names[LIST], LIST, err);
    case SHELFLIFE_JSON_MAP_END:
    case SHELFLIFE_JSON_ARRAY_END:
        return end(r, err);
    }
    return false;
}

static enum shelflife_json_next handle(void *context, enum shelflife_json_event event, str text, bool last,
                                       error *err)
{
    return take_event(context, event, text, last, err) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_STOP;
}

/* ---- Files ---- */

struct shelflife_inventory_reader *shelflife_inventory_reader_new(struct shelflife_inventory *inventory,
                                                                  const char *origin)
{
    reader *r = shelflife_calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    r->inventory = inventory;
    r->origin = origin;
    shelflife_buffer_init(&r->key, TEXT_MAX_BYTES);
    shelflife_buffer_init(&r->text, TEXT_MAX_BYTES);
    r->content = shelflife_inventory_new();
    r->parser = shelflife_json_parser_new(handle, r, false);
    if (r->content && r->parser)
        return r;
    shelflife_inventory_reader_free(r);
    return NULL;
}

bool shelflife_inventory_reader_feed(reader *r, str chunk, error *err)
{
    return shelflife_json_parser_feed(r->parser, chunk, err) || shelflife_error_prefix(err, "%s", r->origin);
}

/* Moves what was read into the inventory. */
static bool keep(reader *r, error *err)
{
    struct shelflife_inventory *inventory = r->inventory;
    if (inventory->finished)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "nothing can be added to a finished inventory");
    if (!r->content)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "the file was added already");
    if (r->part.count == 0) {
        if (!shelflife_inventory_fill_with(inventory, r->content, err))
            return false;
    } else {
        if (!shelflife_grow(&inventory->parts, &inventory->part_capacity, inventory->part_count + 1,
                            sizeof(*inventory->parts)))
            return shelflife_fail_memory(err);
        r->part.content = r->content;
        inventory->parts[inventory->part_count++] = r->part;
    }
    r->content = NULL;
    return true;
}

bool shelflife_inventory_reader_end(reader *r, error *err)
{
    return (shelflife_json_parser_finish(r->parser, err) && keep(r, err)) ||
           shelflife_error_prefix(err, "%s", r->origin);
}

void shelflife_inventory_reader_free(reader *r)
{
    if (!r)
        return;
    shelflife_json_parser_free(r->parser);
    shelflife_inventory_free(r->content);
    shelflife_buffer_free(&r->key);
    shelflife_buffer_free(&r->text);
    shelflife_free(r->references);
    shelflife_free(r);
}

bool shelflife_inventory_add(struct shelflife_inventory *inventory, str bytes, const char *origin, error *err)
{
    reader *r = shelflife_inventory_reader_new(inventory, origin);
    if (!r)
        return shelflife_fail_memory(err);
    bool added = shelflife_inventory_reader_feed(r, bytes, err) && shelflife_inventory_reader_end(r, err);
    shelflife_inventory_reader_free(r);
    return added;
}
