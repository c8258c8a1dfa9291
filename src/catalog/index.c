/* Builds the index of a set from its files. Each file was checked when it was loaded. The errors here are
 * contradictions between files, and numbers that would make lookups slow. */
#include "catalog/evidence.h"
#include "catalog/nearby.h"

/* ---- one content from all files ---- */

#define APPEND(to, from)                                                                                     \
    ((from)->count == 0 ||                                                                                   \
     (shelflife_grow(&(to)->at, &(to)->capacity, (to)->count + (from)->count, sizeof(*(to)->at)) &&          \
      memcpy((to)->at + (to)->count, (from)->at, (from)->count * sizeof(*(to)->at)) &&                       \
      ((to)->count += (from)->count)))

/* Releases the memory of a vector beyond its elements. */
#define SHRINK(v)                                                                                            \
    do {                                                                                                     \
        void *less_ = (v)->count ? shelflife_realloc((v)->at, (v)->count * sizeof(*(v)->at)) : NULL;         \
        if (less_) {                                                                                         \
            (v)->at = less_;                                                                                 \
            (v)->capacity = (v)->count;                                                                      \
        }                                                                                                    \
    } while (0)

static bool append(struct catalog_content *to, const struct catalog_content *from)
{
    return APPEND(&to->products, &from->products) && APPEND(&to->products_private, &from->products_private) &&
           APPEND(&to->rows, &from->rows) && APPEND(&to->whens, &from->whens) &&
           APPEND(&to->conditions, &from->conditions) && APPEND(&to->spellings, &from->spellings) &&
           APPEND(&to->digests, &from->digests) && APPEND(&to->repositories, &from->repositories) &&
           APPEND(&to->tags, &from->tags) && APPEND(&to->parts, &from->parts) &&
           APPEND(&to->limits, &from->limits) && APPEND(&to->words, &from->words) &&
           APPEND(&to->mirrors, &from->mirrors) && APPEND(&to->covers, &from->covers) &&
           APPEND(&to->rules, &from->rules) && APPEND(&to->tests, &from->tests) &&
           APPEND(&to->values, &from->values) && APPEND(&to->renames, &from->renames);
}

static void renumber_rules(struct catalog_content *c, const struct catalog_content *base)
{
    const uint32_t values = (uint32_t)base->values.count, rules = (uint32_t)base->rules.count;
    for (size_t i = base->rules.count; i < c->rules.count; i++) {
        c->rules.at[i].product += (uint32_t)base->products.count;
        c->rules.at[i].subject.values += values;
        c->rules.at[i].tests += (uint32_t)base->tests.count;
        c->rules.at[i].renames += (uint32_t)base->renames.count;
        c->rules.at[i].fields += (uint32_t)base->conditions.count;
    }
    for (size_t i = base->tests.count; i < c->tests.count; i++)
        c->tests.at[i].values += values;
    for (size_t i = base->values.count; i < c->values.count; i++)
        if (c->values.at[i].rule != CATALOG_TABLE_NONE)
            c->values.at[i].rule += rules;
}

/* Changes the numbers and pointers of a file to those of the set. `base` has the counts from before it was
 * appended. */
static void renumber(struct catalog_content *c, const struct catalog_content *base, struct catalog_file *file,
                     uint32_t catalog)
{
    const uint32_t row = (uint32_t)base->rows.count, product = (uint32_t)base->products.count;
    const uint32_t condition = (uint32_t)base->conditions.count, words = (uint32_t)base->words.count;
    for (size_t i = base->products.count; i < c->products.count; i++) {
        c->products.at[i].catalog = &file->catalog;
        c->products.at[i].first_row += row;
        c->products_private.at[i].catalog = catalog;
        c->products_private.at[i].tags += (uint32_t)base->tags.count;
        c->products_private.at[i].parts += (uint32_t)base->parts.count;
        c->products_private.at[i].except += words;
    }
    for (size_t i = base->limits.count; i < c->limits.count; i++)
        c->limits.at[i].words += words;
    for (size_t i = base->whens.count; i < c->whens.count; i++)
        c->whens.at[i] += condition;
    for (size_t i = base->spellings.count; i < c->spellings.count; i++)
        c->spellings.at[i].row += row;
    for (size_t i = base->digests.count; i < c->digests.count; i++)
        c->digests.at[i].row += row;
    for (size_t i = base->covers.count; i < c->covers.count; i++)
        c->covers.at[i].row = catalog;
    renumber_rules(c, base);
    const struct {
        struct catalog_pattern *at;
        size_t from, to;
    } patterns[] = {{c->repositories.at, base->repositories.count, c->repositories.count},
                    {c->tags.at, base->tags.count, c->tags.count},
                    {c->parts.at, base->parts.count, c->parts.count}};
    for (size_t k = 0; k < COUNT(patterns); k++)
        for (size_t i = patterns[k].from; i < patterns[k].to; i++) {
            if (patterns[k].at[i].product != CATALOG_TABLE_NONE)
                patterns[k].at[i].product += product;
            patterns[k].at[i].catalog = catalog;
            patterns[k].at[i].fields += condition;
            patterns[k].at[i].limits += (uint32_t)base->limits.count;
            patterns[k].at[i].next = CATALOG_TABLE_NONE;
        }
}

static bool merge(struct shelflife_catalogs *set, error *err)
{
    struct catalog_content *c = &set->content;
    for (size_t i = 0; i < set->files.count; i++) {
        struct catalog_file *file = set->files.at[i];
        struct catalog_content base = *c;
        if (!append(c, &file->content))
            return shelflife_fail_memory(err);
        renumber(c, &base, file, (uint32_t)i);
        shelflife_catalog_content_free(&file->content);
    }
    if (c->rows.count > INT32_MAX || c->repositories.count > INT32_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "the catalogs have too many rows or patterns");
    SHRINK(&c->products);
    SHRINK(&c->products_private);
    SHRINK(&c->rows);
    for (size_t i = 0; i < c->products.count; i++) {
        const struct shelflife_product *product = &c->products.at[i];
        for (size_t k = 0; k < product->row_count; k++)
            c->rows.at[product->first_row + k].product = product;
    }
    return true;
}

/* ---- patterns ---- */

static str pattern_where(const struct shelflife_catalogs *set, const struct catalog_pattern *p)
{
    return set->files.at[p->catalog]->catalog.origin;
}

static bool fail_together(const struct shelflife_catalogs *set, const struct catalog_pattern *p, error *err)
{
    return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                          "%.*s: more than %d patterns may match the same names as \"%.*s\": use fewer "
                          "patterns that begin with the same literal text",
                          STR_PRINT(pattern_where(set, p)), CATALOG_TOGETHER_MAX,
                          STR_PRINT(catalog_pattern_text(p)));
}

/* Finds the first pattern with this text, which is its head or all of it. */
static uint32_t find_pattern(const struct catalog_table *table, const struct catalog_pattern *all,
                             catalog_hash h, str text)
{
    uint64_t probes = 0;
    size_t at = 0;
    uint32_t i;
    while ((i = shelflife_catalog_table_next(table, h, &at, &probes)) != CATALOG_TABLE_NONE)
        if (shelflife_str_equal(catalog_pattern_head(&all[i]), text))
            break;
    return i;
}

static size_t chain_length(const struct catalog_pattern *all, uint32_t first, uint32_t *last)
{
    size_t n = 0;
    for (uint32_t i = first; i != CATALOG_TABLE_NONE; i = all[i].next) {
        *last = i;
        n++;
    }
    return n;
}

static bool index_repository(struct shelflife_catalogs *set, uint32_t number, error *err)
{
    struct catalog_pattern *all = set->content.repositories.at, *p = &all[number];
    struct catalog_table *table = p->head == p->len ? &set->index.repositories : &set->index.heads;
    catalog_hash h = catalog_hash_str(catalog_hash_start(0), catalog_pattern_head(p));
    uint32_t last = CATALOG_TABLE_NONE, first = find_pattern(table, all, h, catalog_pattern_head(p));
    if (table == &set->index.heads) {
        set->index.head_lengths[p->head / 64] |= UINT64_C(1) << p->head % 64;
        set->index.head_hints[catalog_head_hint(h) / 64] |= UINT64_C(1) << catalog_head_hint(h) % 64;
    }
    if (first == CATALOG_TABLE_NONE)
        return shelflife_catalog_table_put(table, h, number, err);
    if (chain_length(all, first, &last) == CATALOG_TOGETHER_MAX)
        return fail_together(set, p, err);
    all[last].next = number;
    return true;
}

/* A name can match the patterns of all heads that it starts with. */
static bool check_nested_heads(const struct shelflife_catalogs *set, const struct catalog_pattern *p,
                               error *err)
{
    const struct catalog_pattern *all = set->content.repositories.at;
    str head = catalog_pattern_head(p);
    catalog_hash h = catalog_hash_start(0);
    size_t together = 0;
    for (size_t i = 0; i < head.len; i++) {
        h = catalog_hash_byte(h, head.at[i]);
        uint32_t last, first = find_pattern(&set->index.heads, all, h, shelflife_str_first(head, i + 1));
        together += chain_length(all, first, &last);
    }
    return together <= CATALOG_TOGETHER_MAX || fail_together(set, p, err);
}

static bool index_repositories(struct shelflife_catalogs *set, error *err)
{
    const size_t count = set->content.repositories.count;
    const struct catalog_pattern *all = set->content.repositories.at;
    size_t with_fields = 0;
    for (size_t i = 0; i < count; i++)
        with_fields += all[i].head < all[i].len;
    if (!shelflife_catalog_table_init(&set->index.repositories, count - with_fields, err) ||
        !shelflife_catalog_table_init(&set->index.heads, with_fields, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!index_repository(set, (uint32_t)i, err))
            return false;
    for (size_t i = 0; with_fields && i < count; i++)
        if (all[i].head < all[i].len && !check_nested_heads(set, &all[i], err))
            return false;
    return true;
}

/* ---- prefixes ---- */

static uint32_t find_mirror(const struct shelflife_catalogs *set, const struct catalog_table *table,
                            catalog_hash h, str alias)
{
    uint64_t probes = 0;
    size_t at = 0;
    uint32_t i;
    while ((i = shelflife_catalog_table_next(table, h, &at, &probes)) != CATALOG_TABLE_NONE)
        if (shelflife_str_equal(set->content.mirrors.at[i].alias, alias))
            break;
    return i;
}

/* The number of a host with "*", which is added if it is new. */
static bool number_host(struct shelflife_catalogs *set, str host, uint32_t *number, error *err)
{
    struct catalog_index *x = &set->index;
    size_t star = shelflife_str_find(host, '*');
    catalog_hash h =
        catalog_hash_join(catalog_hash_str(catalog_hash_start(0), shelflife_str_first(host, star)),
                          catalog_hash_str_back(catalog_hash_start(0), shelflife_str_after(host, star + 1)));
    uint64_t probes = 0;
    size_t at = 0;
    while ((*number = shelflife_catalog_table_next(&x->hosts, h, &at, &probes)) != CATALOG_TABLE_NONE)
        if (shelflife_str_equal(x->host_list.at[*number], host))
            return true;
    str *entry = CATALOG_VECTOR_ADD(&x->host_list);
    if (!entry)
        return shelflife_fail_memory(err);
    *entry = host;
    *number = (uint32_t)(x->host_list.count - 1);
    return shelflife_catalog_table_put(&x->hosts, h, *number, err);
}

static bool index_mirror(struct shelflife_catalogs *set, uint32_t number, error *err)
{
    struct catalog_index *x = &set->index;
    const struct catalog_mirror *m = &set->content.mirrors.at[number];
    str host = shelflife_str_first(m->alias, shelflife_str_find(m->alias, '/'));
    bool starred = shelflife_str_find(host, '*') != SIZE_MAX;
    struct catalog_table *table = starred ? &x->starred : &x->mirrors;
    catalog_hash h = catalog_hash_str(catalog_hash_start(0), m->alias);
    uint32_t host_number;
    if (starred) {
        if (!number_host(set, host, &host_number, err))
            return false;
        h = catalog_hash_str(catalog_hash_start(host_number), shelflife_str_after(m->alias, host.len));
    }
    uint32_t other = find_mirror(set, table, h, m->alias);
    if (other == CATALOG_TABLE_NONE)
        return shelflife_catalog_table_put(table, h, number, err);
    const struct catalog_mirror *o = &set->content.mirrors.at[other];
    if (shelflife_str_equal(o->canonical, m->canonical))
        return true;
    return shelflife_fail(
        err, SHELFLIFE_ERROR_INPUT,
        "the mirror \"%.*s\" belongs to \"%.*s\" in one place and to \"%.*s\" in another: remove one",
        STR_PRINT(m->alias), STR_PRINT(o->canonical), STR_PRINT(m->canonical));
}

static bool index_prefixes(struct shelflife_catalogs *set, error *err)
{
    struct catalog_index *x = &set->index;
    const size_t mirrors = set->content.mirrors.count, covers = set->content.covers.count;
    if (!shelflife_catalog_table_init(&x->mirrors, 0, err) ||
        !shelflife_catalog_table_init(&x->hosts, 0, err) ||
        !shelflife_catalog_table_init(&x->starred, 0, err) ||
        !shelflife_catalog_table_init(&x->covers, covers, err))
        return false;
    for (size_t i = 0; i < mirrors; i++)
        if (!index_mirror(set, (uint32_t)i, err))
            return false;
    for (size_t i = 0; i < covers; i++) {
        /* The first catalog that covers a prefix counts. */
        str prefix = set->content.covers.at[i].text;
        uint64_t probes = 0;
        size_t at = 0;
        uint32_t k;
        catalog_hash h = catalog_hash_str(catalog_hash_start(0), prefix);
        while ((k = shelflife_catalog_table_next(&x->covers, h, &at, &probes)) != CATALOG_TABLE_NONE)
            if (shelflife_str_equal(set->content.covers.at[k].text, prefix))
                break;
        if (k == CATALOG_TABLE_NONE && !shelflife_catalog_table_put(&x->covers, h, (uint32_t)i, err))
            return false;
    }
    return true;
}

/* ---- keys ---- */

/* A row with one of its spellings. */
struct entry {
    str text;
    uint32_t owner, row;
};

typedef CATALOG_VECTOR(struct entry) entries;

static int compare_entries(const void *a, const void *b)
{
    const struct entry *p = a, *q = b;
    if (p->owner != q->owner)
        return p->owner < q->owner ? -1 : 1;
    int order = shelflife_str_compare(p->text, q->text);
    return order ? order : (p->row > q->row) - (p->row < q->row);
}

static bool add_entry(entries *all, str text, uint32_t owner, uint32_t row)
{
    struct entry *entry = CATALOG_VECTOR_ADD(all);
    if (entry)
        *entry = (struct entry){text, owner, row};
    return entry != NULL;
}

/* Copies a text with "." in place of all separators. */
static bool with_dots(arena *a, str *text)
{
    bool others = false;
    for (size_t i = 0; i < text->len; i++)
        others = others || (catalog_is_separator(text->at[i]) && text->at[i] != '.');
    if (!others)
        return true;
    char *copy = shelflife_arena_alloc(a, text->len);
    for (size_t i = 0; copy && i < text->len; i++)
        copy[i] = catalog_dotted(text->at[i]);
    text->at = copy;
    return copy != NULL;
}

static bool add_spelling(struct shelflife_catalogs *set, entries *all, uint32_t row, str text)
{
    const struct shelflife_product *product = set->content.rows.at[row].product;
    uint32_t number = (uint32_t)(product - set->content.products.at);
    const struct catalog_product *p = &set->content.products_private.at[number];
    text = shelflife_catalog_without_v(text);
    if ((p->in_tag || p->is_part || p->has_rules) &&
        !add_entry(all, text, catalog_key_owner(number, false), row))
        return false;
    return !p->in_name || (with_dots(&set->files.at[p->catalog]->strings, &text) &&
                           add_entry(all, text, catalog_key_owner(number, true), row));
}

static bool collect_spellings(struct shelflife_catalogs *set, entries *all)
{
    const struct catalog_content *c = &set->content;
    for (uint32_t i = 0; i < c->rows.count; i++) {
        const struct shelflife_row *row = &c->rows.at[i];
        if ((row->release.len && !add_spelling(set, all, i, row->release)) ||
            (row->codename.len && !add_spelling(set, all, i, row->codename)))
            return false;
    }
    for (size_t i = 0; i < c->spellings.count; i++)
        if (!add_spelling(set, all, c->spellings.at[i].row, c->spellings.at[i].text))
            return false;
    return true;
}

/* Sorts the entries, and makes one key for those with the same owner and text. */
static bool group(struct shelflife_catalogs *set, entries *all, struct catalog_table *table, bool digests,
                  error *err)
{
    struct catalog_index *x = &set->index;
    shelflife_sort(all->at, all->count, sizeof(*all->at), compare_entries);
    for (size_t from = 0, to; from < all->count; from = to) {
        const struct entry *e = &all->at[from];
        struct catalog_key *key =
            digests ? CATALOG_VECTOR_ADD(&x->digest_list) : CATALOG_VECTOR_ADD(&x->key_list);
        if (!key)
            return shelflife_fail_memory(err);
        *key =
            (struct catalog_key){e->text.at, e->owner, (uint32_t)x->key_rows.count, (uint16_t)e->text.len, 0};
        for (to = from; to < all->count && all->at[to].owner == e->owner &&
                        shelflife_str_equal(all->at[to].text, e->text);
             to++) {
            if (to > from && all->at[to].row == all->at[to - 1].row)
                continue;
            if (key->row_count == CATALOG_ROWS_PER_KEY_MAX)
                return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                                      "%.*s: more than %d rows have the spelling \"%.*s\"",
                                      STR_PRINT(set->content.rows.at[e->row].product->catalog->origin),
                                      CATALOG_ROWS_PER_KEY_MAX, STR_PRINT(e->text));
            uint32_t *row = CATALOG_VECTOR_ADD(&x->key_rows);
            if (!row)
                return shelflife_fail_memory(err);
            *row = all->at[to].row;
            key->row_count++;
        }
        size_t number = (digests ? x->digest_list.count : x->key_list.count) - 1;
        if (!shelflife_catalog_table_put(table, catalog_hash_str(catalog_hash_start(e->owner), e->text),
                                         (uint32_t)number, err))
            return false;
    }
    return true;
}

static bool index_keys(struct shelflife_catalogs *set, error *err)
{
    struct catalog_index *x = &set->index;
    entries all = {0};
    bool done = shelflife_catalog_table_init(&x->keys, set->content.rows.count, err) &&
                (collect_spellings(set, &all) || shelflife_fail_memory(err)) &&
                group(set, &all, &x->keys, false, err);
    shelflife_free(all.at);
    return done;
}

static bool index_digests(struct shelflife_catalogs *set, error *err)
{
    struct catalog_index *x = &set->index;
    const struct catalog_content *c = &set->content;
    entries all = {0};
    bool done = shelflife_catalog_table_init(&x->digests, c->digests.count, err);
    for (size_t i = 0; done && i < c->digests.count; i++)
        done = add_entry(&all, c->digests.at[i].text, 0, c->digests.at[i].row) || shelflife_fail_memory(err);
    done = done && group(set, &all, &x->digests, true, err);
    shelflife_free(all.at);
    return done;
}

/* ---- parts ---- */

static bool index_codename(struct shelflife_catalogs *set, uint32_t product, str codename, error *err)
{
    struct catalog_index *x = &set->index;
    catalog_hash h =
        catalog_hash_str(catalog_hash_start(set->content.products_private.at[product].catalog), codename);
    uint64_t probes = 0;
    size_t at = 0;
    for (uint32_t i; (i = shelflife_catalog_table_next(&x->words, h, &at, &probes)) != CATALOG_TABLE_NONE;)
        if (x->word_list.at[i].row == product && shelflife_str_equal(x->word_list.at[i].text, codename))
            return true;
    struct catalog_spelling *word = CATALOG_VECTOR_ADD(&x->word_list);
    if (!word)
        return shelflife_fail_memory(err);
    *word = (struct catalog_spelling){codename, product};
    return shelflife_catalog_table_put(&x->words, h, (uint32_t)(x->word_list.count - 1), err);
}

static bool index_codenames(struct shelflife_catalogs *set, uint32_t number, error *err)
{
    const struct shelflife_product *product = &set->content.products.at[number];
    const struct shelflife_row *row = set->content.rows.at + product->first_row;
    for (size_t i = 0; i < product->row_count; i++)
        if (row[i].codename.len && !index_codename(set, number, row[i].codename, err))
            return false;
    return true;
}

static bool index_run(struct shelflife_catalogs *set, uint32_t number, error *err)
{
    struct catalog_pattern *all = set->content.parts.at, *p = &all[number];
    uint32_t catalog = set->content.products_private.at[p->product].catalog, last = CATALOG_TABLE_NONE, i;
    str run = shelflife_catalog_part_run(p);
    catalog_hash h = catalog_hash_str(catalog_hash_start(catalog), run);
    uint64_t probes = 0;
    size_t at = 0;
    while ((i = shelflife_catalog_table_next(&set->index.runs, h, &at, &probes)) != CATALOG_TABLE_NONE)
        if (set->content.products_private.at[all[i].product].catalog == catalog &&
            shelflife_str_equal(shelflife_catalog_part_run(&all[i]), run))
            break;
    if (i == CATALOG_TABLE_NONE)
        return shelflife_catalog_table_put(&set->index.runs, h, number, err);
    if (chain_length(all, i, &last) == CATALOG_TOGETHER_MAX)
        return fail_together(set, p, err);
    all[last].next = number;
    return true;
}

static bool index_parts(struct shelflife_catalogs *set, error *err)
{
    const struct catalog_content *c = &set->content;
    if (!shelflife_catalog_table_init(&set->index.words, 0, err) ||
        !shelflife_catalog_table_init(&set->index.runs, 0, err))
        return false;
    for (uint32_t i = 0; i < c->products.count; i++) {
        const struct catalog_product *p = &c->products_private.at[i];
        for (uint32_t k = p->parts; p->is_part && k < p->parts + p->part_count; k++)
            if (c->parts.at[k].head == 0 ? !index_codenames(set, i, err) : !index_run(set, k, err))
                return false;
    }
    return true;
}

/* ---- order ---- */

/* Rows whose release is not a version, or fits only some versions, come last. */
static bool is_ordered(const struct shelflife_row *row)
{
    str release = shelflife_catalog_without_v(row->release);
    return row->numbers == 0 && release.len > 0 && ascii_is_digit(release.at[0]);
}

static int compare_versions(const void *a, const void *b, void *context)
{
    const struct shelflife_row *rows = context;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    if (is_ordered(&rows[i]) != is_ordered(&rows[k]))
        return is_ordered(&rows[i]) ? -1 : 1;
    int order = shelflife_catalog_compare(rows[i].release, rows[k].release);
    order = order ? order : shelflife_str_compare(rows[i].release, rows[k].release);
    return order ? order : (i > k) - (i < k);
}

static void order_product(struct shelflife_catalogs *set, uint32_t number)
{
    struct shelflife_product *product = &set->content.products.at[number];
    struct catalog_product *own = &set->content.products_private.at[number];
    struct shelflife_row *rows = set->content.rows.at;
    uint32_t *order = set->index.by_version.at + product->first_row, count = (uint32_t)product->row_count;
    qsort_r(order, count, sizeof(*order), compare_versions, rows);
    uint32_t end = count;
    for (uint32_t i = count; i-- > 0;) {
        if (i + 1 < count && !shelflife_str_equal(rows[order[i]].release, rows[order[i + 1]].release))
            end = i + 1;
        set->index.newer.at[order[i]] = end;
        own->has_lts = own->has_lts || rows[order[i]].lts;
        if (own->ordered == 0 && !product->whole_tag && is_ordered(&rows[order[i]]))
            own->ordered = i + 1;
    }
}

static bool order_rows(struct shelflife_catalogs *set, error *err)
{
    const struct catalog_content *c = &set->content;
    for (uint32_t i = 0; i < c->rows.count; i++) {
        uint32_t *number = CATALOG_VECTOR_ADD(&set->index.by_version),
                 *newer = CATALOG_VECTOR_ADD(&set->index.newer);
        if (!number || !newer)
            return shelflife_fail_memory(err);
        *number = i;
    }
    for (uint32_t i = 0; i < c->products.count; i++)
        order_product(set, i);
    return true;
}

static void shrink(struct shelflife_catalogs *set)
{
    struct catalog_content *c = &set->content;
    struct catalog_index *x = &set->index;
    SHRINK(&c->whens);
    SHRINK(&c->conditions);
    SHRINK(&c->repositories);
    SHRINK(&c->tags);
    SHRINK(&c->parts);
    SHRINK(&c->rules);
    SHRINK(&c->tests);
    SHRINK(&c->values);
    SHRINK(&c->renames);
    SHRINK(&x->key_list);
    SHRINK(&x->key_rows);
    SHRINK(&x->group_list);
    SHRINK(&x->by_version);
    SHRINK(&x->newer);
}

const struct catalog_key *shelflife_catalog_find_key(const struct shelflife_catalogs *set, uint32_t owner,
                                                     catalog_hash hash, str text, uint64_t *probes)
{
    const struct catalog_index *x = &set->index;
    size_t at = 0;
    for (uint32_t i; (i = shelflife_catalog_table_next(&x->keys, hash, &at, probes)) != CATALOG_TABLE_NONE;) {
        const struct catalog_key *key = &x->key_list.at[i];
        if (key->owner == owner && shelflife_str_equal((str){key->at, key->len}, text))
            return key;
    }
    return NULL;
}

bool shelflife_catalog_index_build(struct shelflife_catalogs *set, error *err)
{
    if (!merge(set, err) || !index_repositories(set, err) || !index_prefixes(set, err) ||
        !index_keys(set, err) || !index_digests(set, err) || !index_parts(set, err) ||
        !shelflife_catalog_evidence_build(set, err) || !order_rows(set, err) ||
        !shelflife_catalog_nearby_build(set, err))
        return false;
    shelflife_free(set->content.spellings.at);
    shelflife_free(set->content.digests.at);
    memset(&set->content.spellings, 0, sizeof(set->content.spellings));
    memset(&set->content.digests, 0, sizeof(set->content.digests));
    shrink(set);
    return true;
}

void shelflife_catalog_index_free(struct catalog_index *x)
{
    struct catalog_table *tables[] = {&x->repositories, &x->heads, &x->mirrors,  &x->hosts, &x->starred,
                                      &x->covers,       &x->keys,  &x->words,    &x->runs,  &x->groups,
                                      &x->digests,      &x->names, &x->by_value, &x->lines};
    for (size_t i = 0; i < COUNT(tables); i++)
        shelflife_catalog_table_free(tables[i]);
    shelflife_free(x->key_list.at);
    shelflife_free(x->key_rows.at);
    shelflife_free(x->host_list.at);
    shelflife_free(x->word_list.at);
    shelflife_free(x->digest_list.at);
    shelflife_free(x->group_list.at);
    shelflife_free(x->by_version.at);
    shelflife_free(x->newer.at);
    shelflife_free(x->name_list.at);
    *x = (struct catalog_index){0};
}
