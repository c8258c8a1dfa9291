#include "feeds/place.h"

#include "feeds/date.h"

#include "base/ascii.h"
#include "catalog/pattern.h"
#include "shelflife/reference.h"

enum {
    /* How exactly a row fits: by each byte of the spelling, the Python version, each other key of `when`. */
    FITS_SPELLING = 1 << 21,
    FITS_PYTHON = 1 << 16,
    FITS_KEY = 1,
};

static void add_field(struct feeds_placed *placed, str name, str value)
{
    if (placed->field_count < FEEDS_FIELDS_MAX)
        placed->fields[placed->field_count++] = (struct feeds_field){name, value};
}

/* Adds the fields that a pattern fixes. */
static void add_fixed(struct feeds_placed *placed, const struct node *item)
{
    struct node fields, value;
    str text;
    if (shelflife_node_type(*item) != NODE_MAP || !shelflife_node_get(item, "fields", &fields))
        return;
    for (size_t i = 0; shelflife_node_at(&fields, i, &value); i++)
        if (shelflife_node_type(value) == NODE_STRING) {
            text = (str){0};
            shelflife_node_string(value, &text, NULL);
            add_field(placed, shelflife_str_of(value.key), text);
        }
}

/* The version with "." for all separators, as names of repositories are compared. */
static bool plain_version(arena *a, str version, str *out)
{
    char *at = shelflife_arena_alloc(a, version.len + 1);
    for (size_t i = 0; at && i < version.len; i++)
        at[i] = catalog_is_separator(version.at[i]) ? '.' : version.at[i];
    *out = (str){at, version.len};
    return at != NULL;
}

/* Finds the version in a tag by a pattern such as "runtime-cu{version}-amzn2023". */
static bool match_tag(str pattern, str tag, str *version)
{
    size_t at = shelflife_str_find(pattern, '{');
    str head = shelflife_str_first(pattern, at);
    str tail = shelflife_str_after(pattern, head.len + sizeof("{version}") - 1);
    if (!shelflife_str_starts(tag, head))
        return false;
    str rest = shelflife_str_after(tag, head.len);
    *version = rest;
    for (size_t i = 0; tail.len && i + tail.len <= rest.len; i++)
        if (shelflife_str_starts(shelflife_str_after(rest, i), tail)) {
            *version = shelflife_str_first(rest, i);
            return i > 0;
        }
    return tail.len == 0 && rest.len > 0 && (ascii_is_digit(rest.at[0]) || head.len > 0);
}

/* The version in the tag, and the fields that its pattern fixes. */
static bool place_tag(struct feeds_placed *placed, const struct node *product, str tag, arena *a)
{
    struct node tags, item;
    str version = tag;
    if (shelflife_node_get(product, "tags", &tags))
        for (size_t i = 0; shelflife_node_at(&tags, i, &item); i++)
            if (match_tag(shelflife_feeds_text_or_at(&item, "pattern"), tag, &version)) {
                add_fixed(placed, &item);
                break;
            }
    return plain_version(a, version, &placed->version);
}

/* The best of the patterns of all products: one without fields, or else the one with the longest head. */
struct found {
    size_t product, head;
    struct node item;
    struct catalog_capture capture;
};

static void match_name(const struct node *products, str name, struct found *best)
{
    struct node product, list, item;
    struct catalog_capture capture;
    *best = (struct found){.product = SIZE_MAX};
    for (size_t p = 0; shelflife_node_at(products, p, &product); p++) {
        if (!shelflife_node_get(&product, "repositories", &list))
            continue;
        for (size_t i = 0; shelflife_node_at(&list, i, &item); i++) {
            str pattern = shelflife_feeds_text_or_at(&item, "pattern");
            size_t head = shelflife_str_find(pattern, '{');
            if (best->product != SIZE_MAX && best->head >= head)
                continue;
            if (shelflife_catalog_pattern_match(pattern, name, &capture))
                *best = (struct found){p, head, item, capture};
        }
    }
}

/* Replaces the prefix of a mirror. Mirrors with "*" are not of interest: publishers list their own names. */
static bool apply_mirrors(const struct node *root, str name, arena *a, str *out)
{
    struct node mirrors, list, item;
    *out = name;
    if (!shelflife_node_get(root, "mirrors", &mirrors))
        return true;
    for (size_t m = 0; shelflife_node_at(&mirrors, m, &list); m++)
        for (size_t i = 0; shelflife_node_at(&list, i, &item); i++) {
            str alias = {0};
            shelflife_node_string(item, &alias, NULL);
            if (shelflife_str_starts(name, alias) && name.len > alias.len && name.at[alias.len] == '/')
                return shelflife_arena_join(a, shelflife_str_of(list.key),
                                            shelflife_str_after(name, alias.len), out);
        }
    return true;
}

/* Places a fact by one of its images. Leaves it alone if the image is in no repository of the catalog. */
static bool place_image(const struct node *root, const struct node *products, str image, arena *a,
                        struct feeds_placed *placed, error *err)
{
    struct shelflife_reference reference;
    struct found found;
    struct node product;
    str name;
    error ignored = {0};
    if (!shelflife_reference_parse(image, a, &reference, &ignored))
        return ignored.kind == SHELFLIFE_ERROR_INPUT || shelflife_arena_fail(a, err);
    match_name(products, reference.name, &found);
    if (found.product == SIZE_MAX) {
        if (!apply_mirrors(root, reference.name, a, &name))
            return shelflife_arena_fail(a, err);
        match_name(products, name, &found);
    }
    if (found.product == SIZE_MAX)
        return true;
    placed->product = found.product;
    for (size_t i = 0; i < found.capture.count; i++)
        add_field(placed, found.capture.fields[i].field, found.capture.fields[i].value);
    add_fixed(placed, &found.item);
    shelflife_node_at(products, found.product, &product);
    if (found.capture.version.len ? plain_version(a, found.capture.version, &placed->version)
                                  : place_tag(placed, &product, reference.tag, a))
        return true;
    return shelflife_arena_fail(a, err);
}

/* The letters and digits of a name in lower case; cut if it is very long. */
static str plain_name(str name, char out[CATALOG_NAME_MAX_BYTES])
{
    size_t n = 0;
    for (size_t i = 0; i < name.len && n < CATALOG_NAME_MAX_BYTES; i++)
        if (ascii_is_alphanumeric(name.at[i]))
            out[n++] = ascii_lower(name.at[i]);
    return (str){out, n};
}

/* The product whose title or name is in the heading, whatever its case and punctuation. The longest one is
   the right one: "TensorFlow" is also in "Optimized TensorFlow runtime". */
static size_t find_title(const struct node *products, str heading)
{
    char a[CATALOG_NAME_MAX_BYTES], b[CATALOG_NAME_MAX_BYTES];
    str text = plain_name(heading, a);
    struct node product;
    size_t found = SIZE_MAX, longest = 0;
    for (size_t i = 0; shelflife_node_at(products, i, &product); i++) {
        const str names[] = {shelflife_feeds_text_at(&product, "title"),
                             shelflife_feeds_text_at(&product, "name")};
        for (size_t k = 0; k < COUNT(names); k++) {
            str name = plain_name(names[k], b);
            if (name.len > longest && shelflife_feeds_contains(text, name)) {
                longest = name.len;
                found = i;
            }
        }
    }
    return found;
}

/* Whether the rest of a name has only words that distinguish the products of a family. */
static bool is_variant(str rest)
{
    static const str words[] = {STR_INIT("training"), STR_INIT("inference"), STR_INIT("arm64"),
                                STR_INIT("graviton")};
    while (rest.len) {
        size_t before = rest.len;
        for (size_t i = 0; i < COUNT(words); i++)
            if (shelflife_str_starts(rest, words[i]))
                rest = shelflife_str_after(rest, words[i].len);
        if (rest.len == before)
            return false;
    }
    return true;
}

static struct feeds_placed *add_place(struct feeds_places *out, const struct feeds_release *fact, error *err)
{
    if (!shelflife_grow(&out->at, &out->capacity, out->count + 1, sizeof(*out->at))) {
        shelflife_fail_memory(err);
        return NULL;
    }
    struct feeds_placed *placed = &out->at[out->count++];
    *placed = (struct feeds_placed){.fact = fact, .product = SIZE_MAX};
    return placed;
}

static bool has_row(const struct node *products, const struct feeds_placed *placed)
{
    struct node product, rows, row;
    if (!shelflife_node_at(products, placed->product, &product) ||
        !shelflife_node_get(&product, "rows", &rows))
        return false;
    for (size_t i = 0; shelflife_node_at(&rows, i, &row); i++)
        if (shelflife_feeds_place_fits(&row, placed))
            return true;
    return false;
}

/* Places a fact by a name such as "PyTorch": it is about the product of this name, and about those releases
   of "PyTorch Inference (Arm64)" that the catalog has. */
static bool place_family(const struct node *products, str family, const struct feeds_release *fact,
                         struct feeds_places *out, error *err)
{
    char a[CATALOG_NAME_MAX_BYTES], b[CATALOG_NAME_MAX_BYTES];
    str wanted = plain_name(family, a);
    size_t before = out->count;
    struct node product;
    for (size_t i = 0; wanted.len && shelflife_node_at(products, i, &product); i++) {
        const str names[] = {shelflife_feeds_text_at(&product, "name"),
                             shelflife_feeds_text_at(&product, "title")};
        for (size_t k = 0; k < COUNT(names); k++) {
            str name = plain_name(names[k], b);
            if (!shelflife_str_starts(name, wanted) || !is_variant(shelflife_str_after(name, wanted.len)))
                continue;
            struct feeds_placed *placed = add_place(out, fact, err);
            if (!placed)
                return false;
            placed->product = i;
            placed->optional = name.len > wanted.len;
            break;
        }
    }
    if (out->count == before)
        return add_place(out, fact, err) != NULL;
    /* If another product of the family has the release, it is not a new one of the product itself. */
    bool known = false;
    for (size_t i = before; i < out->count && !known; i++)
        known = has_row(products, &out->at[i]);
    for (size_t i = before; i < out->count; i++)
        out->at[i].optional = out->at[i].optional || known;
    return true;
}

static bool place_release(const struct node *root, const struct node *products,
                          const struct feeds_product *product, size_t titled,
                          const struct feeds_release *fact, struct feeds_places *out, arena *a, error *err)
{
    str images = fact->images;
    if (images.len == 0 && product->family)
        return place_family(products, product->name, fact, out, err);
    struct feeds_placed *placed = add_place(out, fact, err);
    if (!placed)
        return false;
    if (images.len == 0)
        placed->product = titled;
    while (images.len && placed->product == SIZE_MAX) {
        str image = shelflife_str_first(images, shelflife_str_find(images, ' '));
        images = shelflife_str_after(images, image.len + 1);
        if (!place_image(root, products, image, a, placed, err))
            return false;
    }
    return true;
}

bool shelflife_feeds_place(const struct node *root, const struct node *products, struct feeds_facts *facts,
                           struct feeds_places *out, error *err)
{
    for (size_t p = 0; p < facts->product_count; p++) {
        const struct feeds_product *product = &facts->products[p];
        size_t titled = find_title(products, product->name);
        for (size_t r = 0; r < product->release_count; r++)
            if (!place_release(root, products, product, titled, &product->releases[r], out, &facts->memory,
                               err))
                return false;
    }
    return true;
}

/* ---- rows ---- */

str shelflife_feeds_place_field(const struct feeds_placed *placed, str name)
{
    for (size_t i = 0; i < placed->field_count; i++)
        if (shelflife_str_equal(placed->fields[i].name, name))
            return placed->fields[i].value;
    return (str){0};
}

/* Whether `spelling` is the version, or its beginning up to a boundary. Separators are all alike. */
static bool is_beginning(str spelling, str version)
{
    if (spelling.len == 0 || spelling.len > version.len)
        return false;
    for (size_t i = 0; i < spelling.len; i++) {
        char a = spelling.at[i], b = version.at[i];
        if (ascii_lower(a) != ascii_lower(b) && !(catalog_is_separator(a) && catalog_is_separator(b)))
            return false;
    }
    return catalog_is_boundary(version, spelling.len);
}

/* The length of the longest spelling of the row's release that fits; SIZE_MAX if none does. */
static size_t fits_release(const struct node *row, const struct feeds_placed *placed)
{
    struct node list, item;
    str release = shelflife_feeds_text_at(row, "release"), version = placed->version;
    if (placed->fact->images.len == 0)
        version = placed->fact->release;
    if (release.len == 0)
        return 0;
    size_t best = is_beginning(release, version) ? release.len : SIZE_MAX;
    if (shelflife_node_get(row, "is", &list))
        for (size_t i = 0; shelflife_node_at(&list, i, &item); i++) {
            str other = {0};
            shelflife_node_string(item, &other, NULL);
            if (is_beginning(other, version) && (best == SIZE_MAX || other.len > best))
                best = other.len;
        }
    return best;
}

/* Whether a value such as "py310" or "cp310" is Python "3.10". */
static bool is_python(str value, str python)
{
    size_t k = 2;
    if (value.len < k || (!shelflife_str_starts(value, STR("py")) && !shelflife_str_starts(value, STR("cp"))))
        return false;
    for (size_t i = 0; i < python.len; i++) {
        if (python.at[i] == '.')
            continue;
        if (k == value.len || value.at[k] != python.at[i])
            return false;
        k++;
    }
    return k == value.len && python.len > 0;
}

/* How well a value fits what the columns of a table say: 0 not at all. */
static unsigned fits_column(str key, str value, const struct feeds_release *fact)
{
    if (shelflife_str_equal(key, STR("service")))
        return fact->service.len == 0 || shelflife_str_equal(value, fact->service) ? FITS_KEY : 0;
    if (shelflife_str_equal(key, STR("py")))
        return is_python(value, fact->python) ? FITS_PYTHON : value.len == 0 ? FITS_KEY : 0;
    if (shelflife_str_equal(key, STR("os")))
        return fact->system.len && shelflife_str_starts(value, fact->system) ? FITS_KEY : 0;
    if (!shelflife_str_equal(key, STR("acc")) || fact->accelerator.len == 0)
        return 0;
    return shelflife_str_equal(value, fact->accelerator) ||
                   (shelflife_str_equal(fact->accelerator, STR("gpu")) &&
                    shelflife_str_starts(value, STR("cu")))
               ? FITS_KEY
               : 0;
}

static unsigned fits_value(const struct node *value, const struct feeds_placed *placed)
{
    str text = {0}, key = shelflife_str_of(value->key);
    shelflife_node_string(*value, &text, NULL);
    if (placed->fact->images.len == 0)
        return fits_column(key, text, placed->fact);
    return shelflife_str_equal(shelflife_feeds_place_field(placed, key), text) ? FITS_KEY : 0;
}

unsigned shelflife_feeds_place_fits(const struct node *row, const struct feeds_placed *placed)
{
    struct node when, value, item;
    size_t spelling = fits_release(row, placed);
    if (spelling == SIZE_MAX)
        return 0;
    unsigned fits = 1 + (unsigned)spelling * FITS_SPELLING;
    if (!shelflife_node_get(row, "when", &when))
        return fits;
    for (size_t i = 0; shelflife_node_at(&when, i, &value); i++) {
        unsigned best = 0;
        if (shelflife_node_type(value) != NODE_ARRAY)
            best = fits_value(&value, placed);
        else
            for (size_t k = 0; shelflife_node_at(&value, k, &item); k++) {
                item.key = value.key;
                unsigned one = fits_value(&item, placed);
                best = one > best ? one : best;
            }
        if (best == 0)
            return 0;
        fits += best;
    }
    return fits;
}
