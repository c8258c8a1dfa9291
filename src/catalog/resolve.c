/*
 * Resolves a reference in these steps: replace a mirror's prefix, look up the digest, find the repository,
 * find the version in its name or in the tag, find base systems in the rest of the tag. All tables are
 * searched with hashes of prefixes that are computed in one pass over the text, longest prefix first.
 */
#include "catalog/evidence.h"
#include "catalog/nearby.h"
#include "catalog/search.h"
#include "catalog/words.h"

/* A catalog that has a pattern for the name. */
struct catalog_served {
    uint32_t catalog;
    uint16_t head;    /* the head of their longest pattern that matched; UINT16_MAX: it has no fields */
    uint16_t version; /* bytes of the tag up to the end of the version; parts are searched after them */
};

enum { SERVED_MAX = 2 * CATALOG_TOGETHER_MAX };

/* The same for a release that the name identifies, and a tag that begins with it: ubi8:8.2. A tag that does
 * not is the number of a build. */
static bool is_tag_outdated(const struct catalog_search *s, const struct shelflife_row *row)
{
    str text = shelflife_catalog_without_v(s->tag);
    return shelflife_str_starts(text, row->release) && catalog_is_boundary(text, row->release.len) &&
           shelflife_catalog_is_outdated(
               row, shelflife_str_first(text, shelflife_catalog_version_end(text, row->release.len)));
}

/* ---- digests ---- */

/* Finds the rows that list the digest. The rows of a product must agree on the release. */
static bool match_digest(struct catalog_search *s, str digest)
{
    const struct catalog_index *x = &s->set->index;
    const struct catalog_key *key = NULL;
    size_t at = 0;
    catalog_hash h = catalog_hash_str(catalog_hash_start(0), digest);
    for (uint32_t i;
         !key && (i = shelflife_catalog_table_next(&x->digests, h, &at, s->probes)) != CATALOG_TABLE_NONE;)
        if (shelflife_str_equal((str){x->digest_list.at[i].at, x->digest_list.at[i].len}, digest))
            key = &x->digest_list.at[i];
    if (s->recorder)
        shelflife_catalog_trace_add(s->recorder, SHELFLIFE_TRACE_DIGEST,
                                    key ? SHELFLIFE_TRACE_TAKEN : SHELFLIFE_TRACE_NOT_LISTED, NULL, NULL,
                                    digest);
    if (!key)
        return true;
    const struct shelflife_row *rows = s->set->content.rows.at;
    const uint32_t *numbers = x->key_rows.at + key->first;
    /* Rows are sorted, so those of one product are next to each other. */
    for (size_t from = 0, to; from < key->row_count; from = to) {
        for (to = from + 1; to < key->row_count; to++)
            if (rows[numbers[to]].product != rows[numbers[from]].product)
                break;
        const struct catalog_choice choice = {numbers + from, 0, to - from};
        struct shelflife_match match;
        if (shelflife_catalog_settle(s, &choice, NULL, &match) != CATALOG_ONE_RELEASE)
            continue;
        match.by = SHELFLIFE_MATCH_BY_DIGEST;
        match.version = digest;
        if (shelflife_str_find(match.row->moved_to, '{') == SIZE_MAX)
            match.moved_to = match.row->moved_to;
        if (!shelflife_catalog_add_match(s, &match))
            return false;
    }
    return true;
}

/* ---- names ---- */

static bool is_prefix_end(str name, size_t i)
{
    return i == name.len || name.at[i] == '/';
}

/* The length of the next shorter prefix that ends before a "/"; 0 if there is none. */
static size_t shorter(str name, size_t len)
{
    size_t slash = shelflife_str_find_last(shelflife_str_first(name, len), '/');
    return slash == SIZE_MAX ? 0 : slash;
}

/* Finds the mirror without "*" whose alias is the longest prefix of the name. */
static uint32_t find_alias(const struct catalog_search *s, str name, size_t *len)
{
    for (*len = name.len; *len > 0; *len = shorter(name, *len)) {
        size_t at = 0;
        uint32_t i;
        while ((i = shelflife_catalog_table_next(&s->set->index.mirrors, s->prefixes[*len], &at,
                                                 s->probes)) != CATALOG_TABLE_NONE)
            if (shelflife_str_equal(s->set->content.mirrors.at[i].alias, shelflife_str_first(name, *len)))
                return i;
    }
    return CATALOG_TABLE_NONE;
}

/* The same for a host with "*", by its number, for aliases longer than *len. */
static uint32_t find_starred(const struct catalog_search *s, uint32_t host, str path, size_t *len)
{
    const str starred = s->set->index.host_list.at[host];
    struct {
        catalog_hash state;
        uint32_t found;
    } best = {catalog_hash_start(host), CATALOG_TABLE_NONE};
    for (size_t i = 0; i <= path.len; i++) {
        if (i > 0)
            best.state = catalog_hash_byte(best.state, path.at[i - 1]);
        size_t at = 0;
        uint32_t m;
        while (is_prefix_end(path, i) && i >= *len &&
               (m = shelflife_catalog_table_next(&s->set->index.starred, best.state, &at, s->probes)) !=
                   CATALOG_TABLE_NONE) {
            str alias = s->set->content.mirrors.at[m].alias;
            if (alias.len == starred.len + i && shelflife_str_starts(alias, starred) &&
                shelflife_str_ends(alias, shelflife_str_first(path, i))) {
                best.found = m;
                *len = i + 1;
            }
        }
    }
    return best.found;
}

/* Finds the mirror with "*" in its host that fits the name, and has the longest path of at least *path_len
 * bytes. Sets *path_len to the length of this path plus 1. */
static uint32_t find_star(const struct catalog_search *s, str name, size_t *path_len)
{
    const struct catalog_index *x = &s->set->index;
    str host = shelflife_str_first(name, shelflife_str_find(name, '/'));
    size_t starts[CATALOG_HOST_LABELS_MAX], labels = 0, end = host.len;
    uint32_t found = CATALOG_TABLE_NONE;
    for (size_t i = 0; i < host.len && labels <= CATALOG_HOST_LABELS_MAX; i++)
        if (i == 0 || host.at[i - 1] == '.') {
            if (labels == CATALOG_HOST_LABELS_MAX)
                return CATALOG_TABLE_NONE;
            starts[labels++] = i;
        }
    catalog_hash rest = catalog_hash_start(0);
    while (x->host_list.count > 0 && labels-- > 0) {
        size_t at = 0, start = starts[labels];
        /* All prefixes of the name have been hashed. NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
        catalog_hash h = catalog_hash_join(s->prefixes[start], rest);
        for (uint32_t i;
             (i = shelflife_catalog_table_next(&x->hosts, h, &at, s->probes)) != CATALOG_TABLE_NONE;) {
            str starred = x->host_list.at[i];
            str before = shelflife_str_first(host, start), after = shelflife_str_after(host, end);
            if (starred.len != before.len + 1 + after.len || !shelflife_str_starts(starred, before) ||
                starred.at[before.len] != '*' || !shelflife_str_ends(starred, after))
                continue;
            uint32_t mirror = find_starred(s, i, shelflife_str_after(name, host.len), path_len);
            found = mirror != CATALOG_TABLE_NONE ? mirror : found;
        }
        size_t next = start > 0 ? start - 1 : 0; /* the "." before the label */
        rest = catalog_hash_str_back(rest, (str){host.at + next, end - next});
        end = next;
    }
    return found;
}

static void hash_prefixes(struct catalog_search *s, str name)
{
    catalog_hash *prefixes = s->prefixes, h = catalog_hash_start(0);
    prefixes[0] = h;
    for (size_t i = 0; i < name.len && i < CATALOG_NAME_MAX_BYTES; i++)
        prefixes[i + 1] = h = catalog_hash_byte(h, name.at[i]);
}

/* Replaces the longest prefix of the name that a mirror has. */
static bool canonicalize(struct catalog_search *s, str name)
{
    s->name = name;
    if (name.len > CATALOG_NAME_MAX_BYTES)
        return true;
    size_t used, host = shelflife_str_first(name, shelflife_str_find(name, '/')).len;
    uint32_t mirror = find_alias(s, name, &used);
    size_t path_len = mirror == CATALOG_TABLE_NONE ? 0 : used - host + 1;
    uint32_t starred = find_star(s, name, &path_len);
    if (starred != CATALOG_TABLE_NONE) {
        mirror = starred;
        used = host + path_len - 1;
    }
    if (mirror == CATALOG_TABLE_NONE)
        return true;
    if (s->recorder)
        shelflife_catalog_trace_add(s->recorder, SHELFLIFE_TRACE_MIRROR, SHELFLIFE_TRACE_TAKEN, NULL, NULL,
                                    shelflife_str_first(name, used));
    str canonical = s->set->content.mirrors.at[mirror].canonical, rest = shelflife_str_after(name, used);
    /* The official images of Docker Hub are in "library/", which is usually left out. */
    bool official = shelflife_str_equal(canonical, STR("docker.io")) && rest.len > 1 &&
                    shelflife_str_find(shelflife_str_after(rest, 1), '/') == SIZE_MAX;
    if (!shelflife_arena_join(s->arena, official ? STR("docker.io/library") : canonical, rest, &s->name))
        return shelflife_arena_fail(s->arena, s->err);
    hash_prefixes(s, s->name);
    return true;
}

/* Finds the catalog with the longest prefix in `covers`. The parts of its tags are looked for as well. */
static const struct shelflife_catalog *find_cover(struct catalog_search *s)
{
    for (size_t len = s->name.len; len > 0; len = shorter(s->name, len)) {
        size_t at = 0;
        for (uint32_t i; (i = shelflife_catalog_table_next(&s->set->index.covers, s->prefixes[len], &at,
                                                           s->probes)) != CATALOG_TABLE_NONE;) {
            const struct catalog_spelling *cover = &s->set->content.covers.at[i];
            if (!shelflife_str_equal(cover->text, shelflife_str_first(s->name, len)))
                continue;
            if (s->served_count == 0)
                s->served[s->served_count++] = (struct catalog_served){.catalog = cover->row};
            return &s->set->files.at[cover->row]->catalog;
        }
    }
    return NULL;
}

/* Finds the first of the patterns whose head is the first `len` bytes of the name. */
static uint32_t find_patterns(const struct catalog_search *s, const struct catalog_table *table, size_t len)
{
    size_t at = 0;
    uint32_t i;
    while ((i = shelflife_catalog_table_next(table, s->prefixes[len], &at, s->probes)) != CATALOG_TABLE_NONE)
        if (shelflife_str_equal(catalog_pattern_head(&s->set->content.repositories.at[i]),
                                shelflife_str_first(s->name, len)))
            break;
    return i;
}

/* ---- products ---- */

static const struct catalog_limits *limits_of(const struct catalog_search *s, const struct catalog_pattern *p)
{
    return &s->set->content.limits.at[p->limits];
}

static bool tag_fits(const struct catalog_search *s, const struct catalog_pattern *p)
{
    const struct catalog_limits *limits = limits_of(s, p);
    if (limits->with == 0 && limits->without == 0)
        return true;
    const str *words = s->set->content.words.at + limits->words;
    return (limits->with == 0 || shelflife_catalog_has_word(s->tag, words, limits->with)) &&
           !shelflife_catalog_has_word(s->tag, words + limits->with, limits->without);
}

static bool match_in_name(const struct catalog_search *s, const struct catalog_pattern *p, str version,
                          struct catalog_fields *known, struct shelflife_match *match)
{
    char dotted[CATALOG_VERSION_MAX] UNINITIALIZED;
    size_t length, end;
    if (version.len > sizeof(dotted))
        return false;
    for (size_t i = 0; i < version.len; i++)
        dotted[i] = catalog_dotted(version.at[i]);
    const str text = {dotted, version.len};
    const struct catalog_reader reader = {.owner = catalog_key_owner(p->product, true),
                                          .whole = true,
                                          .all = s->set->content.products.at[p->product].whole_tag};
    known->numbers = shelflife_catalog_count_numbers(text);
    enum catalog_finding found =
        shelflife_catalog_read_version(s, &reader, text, known, match, &length, &end);
    if (found == CATALOG_FOUND_RELEASE) {
        match->outdated = shelflife_catalog_is_outdated(match->row, text) || is_tag_outdated(s, match->row);
    } else {
        if (found == CATALOG_FOUND_LISTED || shelflife_catalog_numbers(text) != text.len ||
            !shelflife_catalog_match_nearby(s, p->product, text, known, match))
            return false;
        match->release = version;
    }
    match->by = SHELFLIFE_MATCH_BY_REPOSITORY;
    match->pattern = catalog_pattern_text(p);
    match->version = version;
    return true;
}

/* Returns false if the pattern does not apply to the tag. */
static bool read_tag(const struct catalog_search *s, const struct catalog_pattern *tag,
                     struct catalog_version_text *out)
{
    str text = shelflife_str_after(s->tag, tag->head);
    if (!shelflife_str_starts(s->tag, catalog_pattern_head(tag)) || !tag_fits(s, tag))
        return false;
    *out = shelflife_catalog_version_text(text);
    return true;
}

/* Finds a release that the catalog lists. */
static enum catalog_finding match_in_tag(const struct catalog_search *s, const struct catalog_pattern *tag,
                                         const struct catalog_fields *of_name, struct shelflife_match *match,
                                         size_t *used)
{
    struct catalog_fields known UNINITIALIZED;
    struct catalog_version_text t;
    if (!read_tag(s, tag, &t))
        return CATALOG_FOUND_NOTHING;
    shelflife_catalog_begin_fields(&known, of_name->limits, of_name->fields, of_name->count);
    shelflife_catalog_know(&known, s->set->content.conditions.at + tag->fields);
    const struct catalog_reader reader = {
        .owner = catalog_key_owner(tag->product, false),
        .suffix = shelflife_catalog_pattern_suffix(tag),
        .all = s->set->content.products.at[tag->product].whole_tag,
    };
    enum catalog_finding found = shelflife_catalog_match_text(s, &reader, &t, &known, match, used);
    if (found != CATALOG_FOUND_RELEASE)
        return found;
    match->by = SHELFLIFE_MATCH_BY_TAG;
    match->pattern = catalog_pattern_text(tag);
    *used += s->tag.len - t.text.len;
    return CATALOG_FOUND_RELEASE;
}

/* Whether the words of a tag exclude it from all patterns of a product: it is of another product. */
static bool is_excluded(const struct catalog_search *s, const struct catalog_product *private)
{
    for (uint32_t i = private->tags; i < private->tags + private->tag_count; i++)
        if (tag_fits(s, &s->set->content.tags.at[i]))
            return false;
    return private->tag_count > 0 && s->tag.len > 0;
}

/* Finds a version that the catalog does not list, or, if no pattern finds numbers, any release. If several
 * patterns find numbers, each of them may be right. */
static bool match_unlisted(const struct catalog_search *s, uint32_t product, bool listed,
                           const struct catalog_fields *known, struct shelflife_match *match, size_t *used)
{
    const struct catalog_content *c = &s->set->content;
    const struct catalog_product *private = &c->products_private.at[product];
    bool numbers = false, found = false;
    if (is_excluded(s, private))
        return false;
    for (uint32_t i = private->tags; i < private->tags + private->tag_count; i++) {
        struct shelflife_match nearby;
        struct catalog_version_text t;
        if (!read_tag(s, &c->tags.at[i], &t) || t.numbers == 0)
            continue;
        numbers = true;
        if (!t.whole_numbers || shelflife_catalog_pattern_suffix(&c->tags.at[i]).len)
            continue;
        if (listed || !shelflife_catalog_match_nearby(s, product, shelflife_str_first(t.text, t.numbers),
                                                      known, &nearby))
            return false;
        if (found)
            continue;
        found = true;
        *match = nearby;
        match->pattern = catalog_pattern_text(&c->tags.at[i]);
        match->version = match->release;
        *used = s->tag.len - t.text.len + t.numbers;
    }
    found = found || (!numbers && shelflife_catalog_match_nearby(s, product, (str){0}, known, match));
    match->by = SHELFLIFE_MATCH_BY_TAG;
    return found;
}

static bool is_excepted(const struct catalog_search *s, const struct catalog_product *private)
{
    if (private->except_count == 0)
        return false;
    const str *tags = s->set->content.words.at + private->except;
    if (s->tag.len == 0)
        return true; /* there is only a digest: it may be that of one of these tags */
    return shelflife_catalog_is_one_of(s->tag, tags, private->except_count);
}

/* Matches a product by a pattern that the name matches. Sets *used to the bytes of the tag up to the end of
 * the version. */
static bool match_product(const struct catalog_search *s, const struct catalog_pattern *p,
                          const struct catalog_capture *captured, struct shelflife_match *match, size_t *used)
{
    const struct catalog_content *c = &s->set->content;
    const struct shelflife_product *product = &c->products.at[p->product];
    const struct catalog_product *private = &c->products_private.at[p->product];
    struct catalog_fields known UNINITIALIZED;
    shelflife_catalog_begin_fields(&known, limits_of(s, p), captured->fields, captured->count);
    shelflife_catalog_know(&known, c->conditions.at + p->fields);
    *used = 0;
    if (private->unversioned) {
        const struct catalog_choice all = {NULL, (uint32_t)product->first_row, product->row_count};
        bool settled = shelflife_catalog_settle(s, &all, &known, match) == CATALOG_ONE_RELEASE;
        match->by = SHELFLIFE_MATCH_BY_REPOSITORY;
        match->pattern = catalog_pattern_text(p);
        return settled;
    }
    if (captured->version.len)
        return match_in_name(s, p, captured->version, &known, match);
    bool listed = false;
    for (uint32_t i = private->tags; i < private->tags + private->tag_count; i++) {
        enum catalog_finding found = match_in_tag(s, &c->tags.at[i], &known, match, used);
        if (found == CATALOG_FOUND_RELEASE)
            return true;
        listed = listed || found == CATALOG_FOUND_LISTED;
    }
    return match_unlisted(s, p->product, listed, &known, match, used);
}

/* Fills in what the repository says about a match. */
static bool complete(const struct catalog_search *s, const struct catalog_pattern *p,
                     const struct catalog_capture *captured, struct shelflife_match *match)
{
    char name[CATALOG_NAME_MAX_BYTES];
    match->before = limits_of(s, p)->before;
    size_t len = shelflife_catalog_fill(match->row->moved_to, captured, name, sizeof(name));
    return len == 0 || shelflife_arena_copy(s->arena, (str){name, len}, &match->moved_to) ||
           shelflife_arena_fail(s->arena, s->err);
}

/* Finds or adds the entry of a catalog. Returns NULL if a pattern with more bytes before its first field has
 * already matched. */
static struct catalog_served *serve(struct catalog_search *s, uint32_t catalog, uint16_t head)
{
    for (size_t i = 0; i < s->served_count; i++)
        if (s->served[i].catalog == catalog)
            return s->served[i].head == head ? &s->served[i] : NULL;
    if (s->served_count == SERVED_MAX)
        return NULL;
    s->served[s->served_count] = (struct catalog_served){catalog, head, 0};
    return &s->served[s->served_count++];
}

static bool match_pattern(struct catalog_search *s, const struct catalog_pattern *p, uint16_t head,
                          struct shelflife_resolution *out)
{
    const struct catalog_content *c = &s->set->content;
    struct shelflife_match match;
    struct catalog_capture captured UNINITIALIZED;
    size_t used;
    if (!shelflife_catalog_pattern_match(catalog_pattern_text(p), s->name, &captured))
        return true;
    struct catalog_served *served = serve(s, p->catalog, head);
    if (p->product == CATALOG_TABLE_NONE) {
        if (served && !out->covered_by)
            out->covered_by = &s->set->files.at[p->catalog]->catalog;
        return true;
    }
    const struct shelflife_product *product = &c->products.at[p->product];
    if (is_excepted(s, &c->products_private.at[p->product]))
        return true;
    struct shelflife_match *before = served ? shelflife_catalog_match_of(s, product) : NULL;
    const bool duplicate = before && catalog_is_told(before);
    shelflife_catalog_record(s, SHELFLIFE_TRACE_PATTERN,
                             !served     ? SHELFLIFE_TRACE_LESS_LITERAL
                             : duplicate ? SHELFLIFE_TRACE_DUPLICATE
                                         : SHELFLIFE_TRACE_TAKEN,
                             p->product, catalog_pattern_text(p));
    if (!served || duplicate)
        return true;
    const struct catalog_product *private = &c->products_private.at[p->product];
    bool matched = match_product(s, p, &captured, &match, &used);
    if (!matched && product->whole_tag)
        return true;
    s->told = s->told || (matched && catalog_is_told(&match));
    s->open = s->open || (!matched && !is_excluded(s, private));
    if (!out->product || (matched && s->count == 0)) {
        out->product = product;
        out->covered_by = product->catalog;
    }
    if (!matched || (before && !catalog_is_told(&match)))
        return true;
    if (served->version == 0)
        served->version = (uint16_t)used;
    if (!complete(s, p, &captured, &match))
        return false;
    if (!before)
        return shelflife_catalog_add_match(s, &match);
    *before = match; /* another pattern found only releases near it */
    return true;
}

/* The length of the longest head that is shorter than `len`; 0 if there is none. */
static size_t shorter_head(const struct catalog_index *x, size_t len)
{
    uint64_t lengths = x->head_lengths[len / 64] & ((UINT64_C(1) << len % 64) - 1);
    size_t word = len / 64;
    while (!lengths && word > 0)
        lengths = x->head_lengths[--word];
    return lengths ? word * 64 + 63 - (size_t)__builtin_clzll(lengths) : 0;
}

static bool is_hinted(const struct catalog_index *x, catalog_hash prefix)
{
    size_t hint = catalog_head_hint(prefix);
    return x->head_hints[hint / 64] >> hint % 64 & 1;
}

static bool match_name(struct catalog_search *s, struct shelflife_resolution *out)
{
    const struct catalog_index *x = &s->set->index;
    const struct catalog_pattern *all = s->set->content.repositories.at;
    for (uint32_t i = find_patterns(s, &x->repositories, s->name.len); i != CATALOG_TABLE_NONE;
         i = all[i].next)
        if (!match_pattern(s, &all[i], UINT16_MAX, out))
            return false;
    for (size_t len = shorter_head(x, s->name.len + 1); len > 0; len = shorter_head(x, len)) {
        if (!is_hinted(x, s->prefixes[len]))
            continue;
        for (uint32_t i = find_patterns(s, &x->heads, len); i != CATALOG_TABLE_NONE; i = all[i].next)
            if (!match_pattern(s, &all[i], (uint16_t)len, out))
                return false;
    }
    return true;
}

/* ---- parts ---- */

static bool begins_word(str tag, size_t i)
{
    return i == 0 || catalog_is_separator(tag.at[i - 1]);
}

/* A product matches at most once as a part. If a tag has two releases of it, neither counts: rows_open is
 * then 0 until drop_doubtful() removes the match. */
static bool add_part(struct catalog_search *s, uint32_t product, struct shelflife_match *match)
{
    struct shelflife_match *known = shelflife_catalog_match_of(s, &s->set->content.products.at[product]);
    if (known) {
        bool contradicted = known->by == SHELFLIFE_MATCH_BY_PART &&
                            !shelflife_str_equal(known->row->release, match->row->release);
        shelflife_catalog_record(s, SHELFLIFE_TRACE_PART,
                                 contradicted ? SHELFLIFE_TRACE_CONTRADICTED : SHELFLIFE_TRACE_DUPLICATE,
                                 product, match->version);
        if (contradicted)
            known->rows_open = 0;
        return true;
    }
    shelflife_catalog_record(s, SHELFLIFE_TRACE_PART, SHELFLIFE_TRACE_TAKEN, product, match->version);
    match->by = SHELFLIFE_MATCH_BY_PART;
    match->base = true;
    match->outdated = shelflife_catalog_is_outdated(match->row, match->version);
    return shelflife_catalog_add_match(s, match);
}

/* Whether a pattern {codename} of a product applies to the tag. */
static bool names_codenames(const struct catalog_search *s, uint32_t product)
{
    const struct catalog_product *private = &s->set->content.products_private.at[product];
    const struct catalog_pattern *p = s->set->content.parts.at + private->parts;
    for (size_t i = 0; i < private->part_count; i++)
        if (p[i].head == 0 && tag_fits(s, &p[i]))
            return true;
    return false;
}

static bool match_codename(struct catalog_search *s, uint32_t catalog, str word)
{
    static const struct catalog_fields nothing;
    const struct catalog_index *x = &s->set->index;
    catalog_hash h = catalog_hash_str(catalog_hash_start(catalog), word);
    size_t at = 0;
    for (uint32_t i;
         (i = shelflife_catalog_table_next(&x->words, h, &at, s->probes)) != CATALOG_TABLE_NONE;) {
        const struct catalog_spelling *found = &x->word_list.at[i];
        if (s->set->content.products_private.at[found->row].catalog != catalog ||
            !shelflife_str_equal(found->text, word) || !names_codenames(s, found->row))
            continue;
        uint32_t owner = catalog_key_owner(found->row, false);
        const struct catalog_key *key = shelflife_catalog_find_key(
            s->set, owner, catalog_hash_str(catalog_hash_start(owner), word), word, s->probes);
        struct shelflife_match match;
        if (!key || shelflife_catalog_settle_key(s, key, &nothing, &match) != CATALOG_ONE_RELEASE)
            continue;
        match.pattern = STR("{codename}");
        match.version = word;
        if (!add_part(s, found->row, &match))
            return false;
    }
    return true;
}

/* Tries the part patterns whose literal ends where the version begins, at byte `at` of the tag. `run` is the
 * last letters of the literal. */
static bool match_run(struct catalog_search *s, uint32_t catalog, str run, size_t at, size_t from)
{
    const struct catalog_content *c = &s->set->content;
    const str text = shelflife_str_after(s->tag, at);
    struct catalog_fields known UNINITIALIZED;
    shelflife_catalog_begin_fields(&known, NULL, NULL, 0);
    known.numbers = shelflife_catalog_count_numbers(text);
    size_t slot = 0;
    uint32_t first;
    catalog_hash h = catalog_hash_str(catalog_hash_start(catalog), run);
    while ((first = shelflife_catalog_table_next(&s->set->index.runs, h, &slot, s->probes)) !=
           CATALOG_TABLE_NONE)
        if (c->products_private.at[c->parts.at[first].product].catalog == catalog &&
            shelflife_str_equal(shelflife_catalog_part_run(&c->parts.at[first]), run))
            break;
    for (uint32_t i = first; i != CATALOG_TABLE_NONE; i = c->parts.at[i].next) {
        const struct catalog_pattern *p = &c->parts.at[i];
        struct shelflife_match match;
        size_t length, end;
        if (p->head > at - from || !begins_word(s->tag, at - p->head) || !tag_fits(s, p) ||
            !shelflife_str_ends(shelflife_str_first(s->tag, at), catalog_pattern_head(p)))
            continue;
        const struct catalog_reader reader = {.owner = catalog_key_owner(p->product, false)};
        if (CATALOG_FOUND_RELEASE !=
            shelflife_catalog_read_version(s, &reader, text, &known, &match, &length, &end))
            continue;
        match.pattern = catalog_pattern_text(p);
        match.version = shelflife_str_first(text, length);
        if (!add_part(s, p->product, &match))
            return false;
    }
    return true;
}

/* Finds the parts in the tag from byte `from` on, word by word. */
static bool match_parts(struct catalog_search *s, uint32_t catalog, size_t from)
{
    const str tag = s->tag;
    for (size_t i = from, end; i < tag.len; i = end + 1) {
        for (end = i; end < tag.len && !catalog_is_separator(tag.at[end]);)
            end++;
        if (end == i || !begins_word(tag, i))
            continue;
        if (!match_codename(s, catalog, (str){tag.at + i, end - i}))
            return false;
        size_t run = i;
        while (run < end && ascii_is_letter(tag.at[run]))
            run++;
        size_t at = run == end ? end + 1 : run; /* alpine-3.18, alpine3.18 */
        if (run > i && at < tag.len && ascii_is_digit(tag.at[at]) &&
            !match_run(s, catalog, (str){tag.at + i, at - i}, at, from))
            return false;
    }
    return true;
}

/* Drops the parts that contradict each other, and the products that the image may not have: those whose
 * release it does not name, where it names that of another product, or can be one that has no end. */
static void drop_doubtful(struct catalog_search *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->matches[i].rows_open > 0 && (catalog_is_told(&s->matches[i]) || (!s->told && !s->open)))
            s->matches[kept++] = s->matches[i];
    s->count = kept;
}

/* ---- resolving ---- */

static bool resolve_by_name(struct catalog_search *s, struct shelflife_resolution *out)
{
    if (s->name.len > CATALOG_NAME_MAX_BYTES)
        return true;
    if (!match_name(s, out))
        return false;
    if (!out->covered_by) {
        out->covered_by = find_cover(s);
        out->only_covered = out->covered_by != NULL;
    }
    for (size_t i = 0; i < s->served_count; i++)
        if (!match_parts(s, s->served[i].catalog, s->served[i].version))
            return false;
    drop_doubtful(s);
    return true;
}

/* Whether only the name or the tag says so, which can be moved to another image. */
static bool is_from_reference(const struct shelflife_match *match)
{
    return match->by != SHELFLIFE_MATCH_BY_DIGEST && match->by != SHELFLIFE_MATCH_BY_EVIDENCE;
}

/* `how` has the members that do not depend on the reference. */
static bool resolve(const struct catalog_search *how, str name, const struct shelflife_reference *reference,
                    struct shelflife_resolution *out)
{
    if (!how->set->finished || how->set->failure.kind != SHELFLIFE_ERROR_NONE)
        return shelflife_fail(how->err, SHELFLIFE_ERROR_USAGE, "the set of catalogs is not finished");
    enum { TAG_MAX = 128 }; /* references have no longer names */
    const bool tagged = reference->tag.len > 0, pinned = reference->digest.len > 0;
    catalog_hash prefixes[CATALOG_NAME_MAX_BYTES + 1] UNINITIALIZED;
    struct catalog_served served[SERVED_MAX] UNINITIALIZED;
    struct catalog_search s = *how;
    struct shelflife_resolution found = {.snapshot = SHELFLIFE_DAY_NONE};
    s.prefixes = prefixes;
    s.served = served;
    s.tag = tagged || pinned ? shelflife_str_first(reference->tag, TAG_MAX) : STR("latest");
    hash_prefixes(&s, name);
    if (!canonicalize(&s, name))
        return false;
    if (pinned && !match_digest(&s, reference->digest))
        return false;
    if (s.count > 0) {
        found.product = s.matches[0].row->product;
        found.covered_by = found.product->catalog;
    } else if (!resolve_by_name(&s, &found)) {
        return false;
    }
    if (s.evidence && !shelflife_catalog_evidence_resolve(&s, &found))
        return false;
    for (size_t i = 0; i < s.count; i++)
        found.unverified |= tagged && pinned && is_from_reference(&s.matches[i]);
    found.canonical = s.name;
    found.matches = s.matches;
    found.match_count = s.count;
    *out = found;
    return true;
}

bool shelflife_catalogs_resolve_counted(const struct shelflife_catalogs *set, str name,
                                        const struct shelflife_reference *reference,
                                        const struct shelflife_evidence_list *evidence, arena *a,
                                        struct shelflife_resolution *out, uint64_t *probes, error *err)
{
    uint64_t probed = 0;
    const struct catalog_search how = {
        .set = set, .evidence = evidence, .arena = a, .probes = &probed, .err = err};
    bool ok = resolve(&how, name, reference, out);
    *probes += probed;
    return ok;
}

bool shelflife_catalogs_resolve(const struct shelflife_catalogs *set, str name,
                                const struct shelflife_reference *reference,
                                const struct shelflife_evidence_list *evidence, arena *a,
                                struct shelflife_resolution *out, error *err)
{
    uint64_t probes = 0;
    return shelflife_catalogs_resolve_counted(set, name, reference, evidence, a, out, &probes, err);
}

bool shelflife_catalogs_trace(const struct shelflife_catalogs *set, str name,
                              const struct shelflife_reference *reference,
                              const struct shelflife_evidence_list *evidence, arena *a,
                              struct shelflife_resolution *out, struct shelflife_trace *trace, error *err)
{
    uint64_t probes = 0;
    struct catalog_recorder recorder = {.arena = a};
    const struct catalog_search how = {
        .set = set, .evidence = evidence, .arena = a, .probes = &probes, .recorder = &recorder, .err = err};
    if (!resolve(&how, name, reference, out))
        return false;
    *trace = (struct shelflife_trace){recorder.steps, recorder.count, recorder.cut};
    return true;
}
