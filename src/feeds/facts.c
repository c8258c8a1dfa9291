#include "feeds/facts.h"

#include "base/ascii.h"
#include "catalog/pattern.h"
#include "shelflife/reference.h"
#include "json/document.h"

enum { MEMORY_MAX = 256 << 20 };

void shelflife_feeds_facts_init(struct feeds_facts *facts)
{
    *facts = (struct feeds_facts){.as_of = SHELFLIFE_DAY_NONE};
    shelflife_arena_init(&facts->memory, MEMORY_MAX);
}

void shelflife_feeds_facts_free(struct feeds_facts *facts)
{
    for (size_t i = 0; i < facts->product_count; i++)
        shelflife_free(facts->products[i].releases);
    shelflife_free(facts->products);
    shelflife_free(facts->by_name);
    shelflife_document_free(facts->document);
    shelflife_arena_free(&facts->memory);
}

bool shelflife_feeds_facts_document(struct feeds_facts *facts, str bytes, const char *origin, error *err)
{
    size_t values = 0;
    for (size_t i = 0; i < bytes.len; i++)
        values += bytes.at[i] == ',' || bytes.at[i] == '[' || bytes.at[i] == '{' || bytes.at[i] == '\n';
    if (values > FEEDS_VALUES_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "%s: it has more than %d values", origin,
                              FEEDS_VALUES_MAX);
    facts->document = shelflife_document_read(bytes, origin, err);
    return facts->document != NULL;
}

struct feeds_product *shelflife_feeds_facts_add(struct feeds_facts *facts, str name, error *err)
{
    if (facts->product_count == FEEDS_PRODUCTS_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "there are more than %d products", FEEDS_PRODUCTS_MAX);
        return NULL;
    }
    if (!shelflife_grow(&facts->products, &facts->product_capacity, facts->product_count + 1,
                        sizeof(*facts->products))) {
        shelflife_fail_memory(err);
        return NULL;
    }
    struct feeds_product *product = &facts->products[facts->product_count++];
    *product = (struct feeds_product){.name = name};
    return product;
}

struct feeds_product *shelflife_feeds_facts_product(struct feeds_facts *facts, str name, error *err)
{
    for (size_t i = facts->product_count; i-- > 0;)
        if (shelflife_str_equal(facts->products[i].name, name))
            return &facts->products[i];
    return shelflife_feeds_facts_add(facts, name, err);
}

struct feeds_release *shelflife_feeds_facts_release(struct feeds_facts *facts, struct feeds_product *product,
                                                    str release, error *err)
{
    if (facts->release_count == FEEDS_RELEASES_MAX) {
        shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "there are more than %d releases", FEEDS_RELEASES_MAX);
        return NULL;
    }
    if (!shelflife_grow(&product->releases, &product->release_capacity, product->release_count + 1,
                        sizeof(*product->releases))) {
        shelflife_fail_memory(err);
        return NULL;
    }
    facts->release_count++;
    struct feeds_release *added = &product->releases[product->release_count++];
    *added = (struct feeds_release){.release = release,
                                    .end_of_patch = SHELFLIFE_DAY_NONE,
                                    .end_of_availability = SHELFLIFE_DAY_NONE,
                                    .end_of_extended_patch = SHELFLIFE_DAY_NONE,
                                    .released = SHELFLIFE_DAY_NONE,
                                    .latest_date = SHELFLIFE_DAY_NONE};
    return added;
}

static int compare_names(const void *a, const void *b)
{
    const struct feeds_product *const *p = a, *const *q = b;
    int order = shelflife_str_compare((*p)->name, (*q)->name);
    return order ? order : (*p > *q) - (*p < *q);
}

/* A release of any product, to be compared with the others. */
struct listed {
    const struct feeds_product *product;
    const struct feeds_release *release;
};

static int compare_variants(const struct listed *a, const struct listed *b)
{
    const str p[] = {a->product->name,        a->release->release, a->release->python,
                     a->release->accelerator, a->release->service, a->release->system},
              q[] = {b->product->name,        b->release->release, b->release->python,
                     b->release->accelerator, b->release->service, b->release->system};
    int order = 0;
    for (size_t i = 0; order == 0 && i < COUNT(p); i++)
        order = shelflife_str_compare(p[i], q[i]);
    return order;
}

static int compare_listed(const void *a, const void *b)
{
    const struct listed *p = a, *q = b;
    int order = compare_variants(p, q);
    return order ? order : (p->release > q->release) - (p->release < q->release);
}

static bool have_same_dates(const struct feeds_release *a, const struct feeds_release *b)
{
    return a->end_of_patch == b->end_of_patch && a->end_of_availability == b->end_of_availability &&
           a->end_of_extended_patch == b->end_of_extended_patch && a->ended == b->ended;
}

static bool fail_twice(const struct listed *a, const struct listed *b, const char *origin, error *err)
{
    bool lines = a->release->line && b->release->line;
    size_t first = lines ? a->release->line : (size_t)(a->release - a->product->releases) + 1;
    size_t second = lines ? b->release->line : (size_t)(b->release - b->product->releases) + 1;
    return shelflife_fail(
        err, SHELFLIFE_ERROR_INPUT,
        "%s: release %.*s of \"%.*s\" is listed twice with different dates, in %s %zu and %zu", origin,
        STR_PRINT(a->release->release), STR_PRINT(a->product->name), lines ? "lines" : "its entries",
        first < second ? first : second, first < second ? second : first);
}

/* One of two different dates is wrong, and which of them would be used is chance. */
static bool check_twice(const struct feeds_facts *facts, const char *origin, error *err)
{
    size_t count = 0;
    bool ok = true;
    struct listed *all = shelflife_calloc(facts->release_count + 1, sizeof(*all));
    if (!all)
        return shelflife_fail_memory(err);
    for (size_t p = 0; p < facts->product_count; p++)
        for (size_t i = 0; i < facts->products[p].release_count; i++)
            /* Images are compared one by one when they are merged. */
            if (facts->products[p].releases[i].images.len == 0)
                all[count++] = (struct listed){&facts->products[p], &facts->products[p].releases[i]};
    shelflife_sort(all, count, sizeof(*all), compare_listed);
    for (size_t i = 1; ok && i < count; i++)
        if (compare_variants(&all[i - 1], &all[i]) == 0 &&
            !have_same_dates(all[i - 1].release, all[i].release))
            ok = fail_twice(&all[i - 1], &all[i], origin, err);
    shelflife_free(all);
    return ok;
}

bool shelflife_feeds_facts_index(struct feeds_facts *facts, const char *origin, error *err)
{
    facts->by_name = shelflife_calloc(facts->product_count + 1, sizeof(struct feeds_product *));
    if (!facts->by_name)
        return shelflife_fail_memory(err);
    for (size_t i = 0; i < facts->product_count; i++)
        facts->by_name[i] = &facts->products[i];
    shelflife_sort(facts->by_name, facts->product_count, sizeof(struct feeds_product *), compare_names);
    return check_twice(facts, origin, err);
}

static int compare_to_name(const void *name, const void *element)
{
    const struct feeds_product *const *product = element;
    return shelflife_str_compare(*(const str *)name, (*product)->name);
}

struct feeds_product *shelflife_feeds_facts_find(const struct feeds_facts *facts, str name)
{
    size_t i = shelflife_lower_bound(&name, facts->by_name, facts->product_count,
                                     sizeof(struct feeds_product *), compare_to_name);
    bool found = i < facts->product_count && shelflife_str_equal(facts->by_name[i]->name, name);
    return found ? facts->by_name[i] : NULL;
}

bool shelflife_feeds_facts_copy(struct feeds_facts *facts, str text, str *copy, error *err)
{
    return shelflife_arena_copy(&facts->memory, text, copy) || shelflife_arena_fail(&facts->memory, err);
}

str shelflife_feeds_text_at(const struct node *map, const char *key)
{
    struct node node;
    str text = {0};
    if (map->value && shelflife_node_get(map, key, &node) && shelflife_node_type(node) == NODE_STRING)
        shelflife_node_string(node, &text, NULL);
    return text;
}

str shelflife_feeds_text_or_at(const struct node *node, const char *key)
{
    str text = shelflife_feeds_text_at(node, key);
    if (shelflife_node_type(*node) == NODE_STRING)
        shelflife_node_string(*node, &text, NULL);
    return text;
}

bool shelflife_feeds_has_key(const struct node *map, const char *key)
{
    struct node node;
    return map->value && shelflife_node_get(map, key, &node);
}

bool shelflife_feeds_flag_at(const struct node *map, const char *key)
{
    struct node node;
    bool flag = false;
    return map->value && shelflife_node_get(map, key, &node) && shelflife_node_bool(node, &flag, NULL) &&
           flag;
}

bool shelflife_feeds_day_at(const struct node *map, const char *key, shelflife_day *out, error *err)
{
    struct node node;
    *out = SHELFLIFE_DAY_NONE;
    return !shelflife_node_get(map, key, &node) || shelflife_node_day(node, out, err);
}

size_t shelflife_feeds_count_numbers(str version)
{
    size_t count = 1;
    for (size_t i = 0; i < version.len; i++)
        if (version.at[i] == '.')
            count++;
        else if (!ascii_is_digit(version.at[i]))
            return 0;
    return version.len ? count : 0;
}

str shelflife_feeds_cut(str version, size_t numbers)
{
    size_t seen = 0;
    for (size_t i = 0; numbers && i < version.len; i++)
        if (version.at[i] == '.' && ++seen == numbers)
            return shelflife_str_first(version, i);
    return version;
}

/* ---- package URLs ---- */

static int hex_digit(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %2F and the like. An incomplete escape, or one of NUL, makes the result absent. */
static bool decode(arena *a, str text, str *out)
{
    char *at = shelflife_arena_alloc(a, text.len + 1);
    size_t n = 0;
    if (!at)
        return false;
    *out = (str){0};
    for (size_t i = 0; i < text.len; i++) {
        int high = 0, low = 0;
        at[n] = text.at[i];
        if (text.at[i] == '%') {
            if (text.len - i < 3 || (high = hex_digit(text.at[i + 1])) < 0 ||
                (low = hex_digit(text.at[i + 2])) < 0 || high + low == 0)
                return true;
            at[n] = (char)(high * 16 + low);
            i += 2;
        }
        n++;
    }
    *out = (str){at, n};
    return true;
}

/* The value of a qualifier of a package URL: "?a=1&b=2". Absent if there is none. */
static str qualifier(str query, str key)
{
    while (query.len) {
        str one = shelflife_str_first(query, shelflife_str_find(query, '&'));
        if (shelflife_str_starts(one, key))
            return shelflife_str_after(one, key.len);
        query = shelflife_str_after(query, one.len + 1);
    }
    return (str){0};
}

/* The name of the repository in a package URL; absent if it is not the URL of an image. */
static bool read_purl(arena *a, str purl, str *out)
{
    static const str docker = STR_INIT("pkg:docker/"), oci = STR_INIT("pkg:oci/"),
                     url = STR_INIT("repository_url=");
    bool is_docker = shelflife_str_starts(purl, docker), is_oci = shelflife_str_starts(purl, oci);
    *out = (str){0};
    if (!is_docker && !is_oci)
        return true;
    str rest = shelflife_str_after(purl, is_docker ? docker.len : oci.len), name, host;
    rest = shelflife_str_first(rest, shelflife_str_find(rest, '#'));
    size_t query = shelflife_str_find(rest, '?');
    if (!decode(a, qualifier(shelflife_str_after(rest, query == SIZE_MAX ? rest.len : query + 1), url),
                &host))
        return false;
    rest = shelflife_str_first(rest, query);
    if (!decode(a, shelflife_str_first(rest, shelflife_str_find(rest, '@')), &name))
        return false;
    if (name.len == 0 || (is_oci && host.len == 0))
        return true;
    if (shelflife_str_ends(host, STR("/")))
        host.len--;
    str last = shelflife_str_after(host, shelflife_str_find_last(host, '/') + 1);
    bool whole = is_oci && host.len > last.len && shelflife_str_equal(last, name);
    return shelflife_arena_format(a, out, "%.*s%s%.*s", STR_PRINT(host), host.len && !whole ? "/" : "",
                                  STR_PRINT(whole ? (str){0} : name));
}

bool shelflife_feeds_facts_purl(struct feeds_facts *facts, struct feeds_product *product, str purl,
                                error *err)
{
    struct shelflife_reference reference;
    str text;
    error ignored = {0};
    if (product->repository_count == FEEDS_REPOSITORIES_MAX)
        return true;
    if (!read_purl(&facts->memory, purl, &text))
        return shelflife_arena_fail(&facts->memory, err);
    if (text.len == 0)
        return true;
    if (!shelflife_reference_parse(text, &facts->memory, &reference, &ignored))
        return ignored.kind == SHELFLIFE_ERROR_INPUT || shelflife_arena_fail(&facts->memory, err);
    for (size_t i = 0; i < product->repository_count; i++)
        if (shelflife_str_equal(product->repositories[i], reference.name))
            return true;
    product->repositories[product->repository_count++] = reference.name;
    return true;
}

/* ---- words ---- */

bool shelflife_feeds_is_version(str s)
{
    enum { VERSION_MAX = 128 };
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_alphanumeric(s.at[i]) && !catalog_is_separator(s.at[i]))
            return false;
    return s.len > 0 && s.len <= VERSION_MAX;
}

bool shelflife_feeds_codename(struct feeds_facts *facts, str name, str *codename, error *err)
{
    enum { WORD_MAX = 64 };
    char word[WORD_MAX];
    size_t n = 0;
    *codename = (str){0};
    for (; n < name.len && name.at[n] != ' '; n++) {
        char c = name.at[n];
        if (n == sizeof(word) || !(ascii_is_letter(c) || (ascii_is_digit(c) && n > 0)))
            return true;
        word[n] = ascii_lower(c);
    }
    return shelflife_feeds_facts_copy(facts, (str){word, n}, codename, err);
}
