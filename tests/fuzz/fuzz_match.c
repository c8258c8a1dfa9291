/* rooms: base json reference catalog */
/*
 * The index against a plain reading of the same catalogs. The input makes up a few small catalogs, out of
 * pieces that often fit each other, and references to them; each is resolved by the index, and by going
 * through everything there is, prefix by prefix. Both must say the same.
 */
#include <stdio.h>

#include "base/base.h"
#include "shelflife/catalog.h"

enum { CATALOGS = 3, PRODUCTS = 3, PATTERNS = 3, ROWS = 4, ALIASES = 3, REFERENCES = 6, FOUND = 32 };

/* ---- the input, read as choices ---- */

struct source {
    const uint8_t *at;
    size_t left;
};

static unsigned choose(struct source *s, unsigned count)
{
    if (s->left == 0)
        return 0;
    s->left--;
    return *s->at++ % count;
}

#define CHOOSE(source, table) ((table)[choose(source, COUNT(table))])

/* ---- what is made up ---- */

static const char *const hosts[] = {"a.x", "b.x", "a.b.x"};
static const char *const aliases[] = {"m.x",   "*.x",     "a.*",   "a.*.x", "*.b.x",  "m.x/p",
                                      "*.x/p", "a.*/p/q", "b.x/p", "a.b.x", "*.b.x/p"};
static const char *const prefixes[] = {"a.x", "a.x/p", "a.x/p/q", "b.x", "b.x/q", "a.b.x/p"};
static const char *const tails[] = {"/p",
                                    "/p/q",
                                    "/q",
                                    "/t-{version}",
                                    "/t-{acc}.{version}[.{py}]",
                                    "/t-{acc}.{version}",
                                    "/t-g.{version}",
                                    "/p/{acc}",
                                    "/p/t{version}[-{py}]",
                                    "/{acc}"};
static const char *const services[] = {"", "", "s", "t"};
static const char *const tag_patterns[] = {"{version}",   "{version}",  "e-{version}",
                                           "{version}-x", "{version}u", "v{version}"};
static const char *const part_patterns[] = {"{codename}", "al{version}", "al-{version}", "p-al{version}"};
static const char *const releases[] = {"1", "1.1", "1.10", "2", "1-1", "8", "al2", "v2", "1.1.1"};
static const char *const others[] = {"", "", "11", "2.0", "1_1", "8u"};
static const char *const codenames[] = {"", "", "bo", "ja"};
static const char *const days[] = {"", "2024-01-01", "2025-01-01", "2026-01-01"};
static const char *const whens[] = {
    "",
    "",
    "\"acc\": \"g\"",
    "\"acc\": [\"g\", \"c\"]",
    "\"py\": \"p1\"",
    "\"py\": \"\"",
    "\"acc\": \"c\", \"py\": \"p1\"",
    "\"service\": \"s\"",
    "\"service\": \"t\", \"acc\": [\"g\", \"\"]",
};
static const char digest_of[] = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

struct row {
    const char *release, *other, *codename, *when; /* release "": none */
    const char *days[3];
    bool ended;
    unsigned digest; /* 0: none */
};

struct catalog_pattern {
    char text[64];
    const char *service;
};

struct catalog_product {
    char name[32];
    struct catalog_pattern repositories[PATTERNS], tags[PATTERNS];
    const char *parts[PATTERNS];
    struct row rows[ROWS];
    size_t repository_count, tag_count, part_count, row_count;
    bool is_part;
};

struct catalog {
    char name[32];
    const char *alias[ALIASES], *canonical[ALIASES];
    const char *covers[2];
    struct catalog_product products[PRODUCTS];
    size_t alias_count, cover_count, product_count;
};

/* Whether a pattern of the product has the fields that `when` names. */
static bool has_fields(const struct catalog_product *p, const char *when)
{
    static const char *const names[] = {"acc", "py"};
    for (size_t k = 0; k < COUNT(names); k++) {
        char field[8];
        bool known = strstr(when, names[k]) == NULL;
        snprintf(field, sizeof(field), "{%s}", names[k]);
        for (size_t i = 0; i < p->repository_count; i++)
            known = known || strstr(p->repositories[i].text, field);
        if (!known)
            return false;
    }
    bool known = strstr(when, "service") == NULL;
    for (size_t i = 0; i < PATTERNS; i++)
        known = known || (i < p->repository_count && p->repositories[i].service[0]) ||
                (i < p->tag_count && p->tags[i].service[0]);
    return known;
}

static void make_row(struct source *s, const struct catalog_product *p, struct row *row, bool versions)
{
    row->release = versions ? CHOOSE(s, releases) : "";
    row->other = versions ? CHOOSE(s, others) : "";
    row->codename = versions ? CHOOSE(s, codenames) : "";
    row->when = CHOOSE(s, whens);
    if (!has_fields(p, row->when))
        row->when = "";
    for (size_t i = 0; i < 3; i++)
        row->days[i] = CHOOSE(s, days);
    row->ended = row->days[0][0] == '\0' && choose(s, 2);
    row->digest = choose(s, 8) > 5 ? 1 + choose(s, 2) : 0;
}

static void make_product(struct source *s, struct catalog_product *p, size_t number)
{
    snprintf(p->name, sizeof(p->name), "p%zu", number);
    p->repository_count = 1 + choose(s, PATTERNS);
    for (size_t i = 0; i < p->repository_count; i++) {
        struct catalog_pattern *r = &p->repositories[i];
        snprintf(r->text, sizeof(r->text), "%s%s", CHOOSE(s, hosts), CHOOSE(s, tails));
        r->service = CHOOSE(s, services);
    }
    p->tag_count = choose(s, PATTERNS + 1);
    for (size_t i = 0; i < p->tag_count; i++) {
        snprintf(p->tags[i].text, sizeof(p->tags[i].text), "%s", CHOOSE(s, tag_patterns));
        p->tags[i].service = CHOOSE(s, services);
    }
    p->part_count = choose(s, PATTERNS + 1);
    for (size_t i = 0; i < p->part_count; i++)
        p->parts[i] = CHOOSE(s, part_patterns);
    p->is_part = p->part_count && choose(s, 4);
    p->row_count = 1 + choose(s, ROWS);
    bool versions = choose(s, 8) != 7;
    size_t kept = 0;
    for (size_t i = 0; i < p->row_count; i++) {
        bool twice = false;
        make_row(s, p, &p->rows[kept], versions);
        for (size_t k = 0; k < kept; k++)
            twice = twice || (p->rows[k].release == p->rows[kept].release &&
                              strcmp(p->rows[k].when, p->rows[kept].when) == 0);
        kept += !twice;
    }
    p->row_count = kept;
}

/* `turn`: which prefix an alias means, the same in all catalogs. */
static void make_catalog(struct source *s, struct catalog *c, size_t number, size_t turn)
{
    snprintf(c->name, sizeof(c->name), "c%zu", number);
    c->alias_count = choose(s, ALIASES + 1);
    for (size_t i = 0; i < c->alias_count; i++) {
        size_t alias = choose(s, COUNT(aliases));
        c->alias[i] = aliases[alias];
        c->canonical[i] = prefixes[(alias + turn) % COUNT(prefixes)];
    }
    c->cover_count = choose(s, 3);
    for (size_t i = 0; i < c->cover_count; i++)
        c->covers[i] = CHOOSE(s, prefixes);
    c->product_count = 1 + choose(s, PRODUCTS);
    for (size_t i = 0; i < c->product_count; i++)
        make_product(s, &c->products[i], i);
}

/* ---- the same as text ---- */

static void write_patterns(buffer *out, const char *key, const struct catalog_pattern *all, size_t count)
{
    if (count == 0)
        return;
    shelflife_buffer_format(out, "\"%s\": [", key);
    for (size_t i = 0; i < count; i++)
        shelflife_buffer_format(
            out,
            all[i].service[0] ? "%s{\"pattern\": \"%s\", \"fields\": {\"service\": \"%s\"}}" : "%s\"%s\"",
            i ? ", " : "", all[i].text, all[i].service);
    shelflife_buffer_format(out, "], ");
}

static void write_row(buffer *out, const struct row *row)
{
    static const char *const keys[] = {"endOfPatch", "endOfAvailability", "endOfExtendedPatch"};
    shelflife_buffer_format(out, "{\"when\": {%s}", row->when);
    if (row->release[0])
        shelflife_buffer_format(out, ", \"release\": \"%s\"", row->release);
    if (row->other[0])
        shelflife_buffer_format(out, ", \"is\": [\"%s\"]", row->other);
    if (row->codename[0])
        shelflife_buffer_format(out, ", \"codename\": \"%s\"", row->codename);
    for (size_t i = 0; i < COUNT(keys); i++)
        if (row->days[i][0])
            shelflife_buffer_format(out, ", \"%s\": \"%s\"", keys[i], row->days[i]);
    if (row->ended)
        shelflife_buffer_format(out, ", \"ended\": true");
    if (row->digest)
        shelflife_buffer_format(out, ", \"digests\": [\"%.*s%u\"]", (int)sizeof(digest_of) - 2, digest_of,
                                row->digest);
    shelflife_buffer_format(out, "}");
}

static void write_product(buffer *out, const struct catalog_product *p)
{
    shelflife_buffer_format(out, "{\"name\": \"%s\", ", p->name);
    write_patterns(out, "repositories", p->repositories, p->repository_count);
    write_patterns(out, "tags", p->tags, p->tag_count);
    for (size_t i = 0; i < p->part_count; i++)
        shelflife_buffer_format(out, "%s\"%s\"%s", i ? ", " : "\"part\": [", p->parts[i],
                                i + 1 == p->part_count ? "], " : "");
    shelflife_buffer_format(out, "\"rows\": [");
    for (size_t i = 0; i < p->row_count; i++) {
        shelflife_buffer_format(out, i ? ",\n " : "");
        write_row(out, &p->rows[i]);
    }
    shelflife_buffer_format(out, "]}");
}

/* A map may not have a key twice, so each canonical prefix is written where it first occurs. */
static void write_mirrors(buffer *out, const struct catalog *c)
{
    bool first = true;
    for (size_t i = 0; i < c->alias_count; i++) {
        bool before = false;
        for (size_t k = 0; k < i; k++)
            before = before || c->canonical[k] == c->canonical[i];
        if (before)
            continue;
        shelflife_buffer_format(out, "%s\"%s\": [", first ? "" : ", ", c->canonical[i]);
        first = false;
        for (size_t k = i; k < c->alias_count; k++)
            if (c->canonical[k] == c->canonical[i])
                shelflife_buffer_format(out, "%s\"%s\"", k > i ? ", " : "", c->alias[k]);
        shelflife_buffer_format(out, "]");
    }
}

static void write_catalog(buffer *out, const struct catalog *c)
{
    bool parts = false;
    shelflife_buffer_format(out,
                            "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"%s\", "
                            "\"asOf\": \"2026-01-01\", \"mirrors\": {",
                            c->name);
    write_mirrors(out, c);
    shelflife_buffer_format(out, "}, \"covers\": [");
    for (size_t i = 0; i < c->cover_count; i++)
        shelflife_buffer_format(out, "%s\"%s\"", i ? ", " : "", c->covers[i]);
    shelflife_buffer_format(out, "], \"parts\": [");
    for (size_t i = 0; i < c->product_count; i++)
        if (c->products[i].is_part) {
            shelflife_buffer_format(out, "%s\"%s\"", parts ? ", " : "", c->products[i].name);
            parts = true;
        }
    shelflife_buffer_format(out, "], \"products\": [");
    for (size_t i = 0; i < c->product_count; i++) {
        shelflife_buffer_format(out, i ? ",\n" : "");
        write_product(out, &c->products[i]);
    }
    shelflife_buffer_format(out, "]}\n");
}

/* ---- the plain reading ---- */

struct found {
    const struct catalog_product *product;
    const struct row *row;
    enum shelflife_match_kind kind;
    enum shelflife_match_by by;
    str release, version;
    shelflife_day days[3], counts_after;
    bool ended, contradicted;
    size_t rows_open;
};

struct catalog_reading {
    const struct catalog *catalogs;
    size_t count;
    char canonical[256];
    const char *covered_by, *product; /* names */
    struct found found[FOUND];
    size_t found_count;
    bool told; /* a product is matched by a release that the image names */
    bool open; /* the release of a product is not known */
};

static bool catalog_is_separator(char c)
{
    return c && strchr(".-_+", c);
}

static bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool ascii_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool boundary(const char *s, size_t i)
{
    return s[i] == '\0' || catalog_is_separator(s[i]) ||
           (i && ascii_is_letter(s[i - 1]) && ascii_is_digit(s[i]));
}

static bool starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Whether alias is the first `len` bytes of name, "*" being any label of the host; *star is where. */
static bool is_alias(const char *alias, const char *name, size_t len, size_t *star)
{
    size_t i = 0, k = 0;
    *star = SIZE_MAX;
    for (; alias[i]; i++) {
        if (alias[i] == '*') {
            *star = k;
            size_t label = strcspn(name + k, "./");
            if (label == 0)
                return false;
            k += label;
        } else if (k >= len || alias[i] != name[k++]) {
            return false;
        }
    }
    return k == len;
}

static void rewrite(struct catalog_reading *r, const char *name)
{
    const char *canonical = NULL;
    size_t used = 0, star = 0;
    for (size_t c = 0; c < r->count; c++)
        for (size_t i = 0; i < r->catalogs[c].alias_count; i++)
            for (size_t len = 1; len <= strlen(name); len++) {
                size_t at;
                if ((name[len] != '\0' && name[len] != '/') ||
                    !is_alias(r->catalogs[c].alias[i], name, len, &at))
                    continue;
                if (!canonical || len > used || (len == used && at > star)) {
                    canonical = r->catalogs[c].canonical[i];
                    used = len;
                    star = at;
                }
            }
    snprintf(r->canonical, sizeof(r->canonical), "%s%s", canonical ? canonical : "", name + used);
}

struct fields {
    char acc[32], py[32], version[32];
    const char *service;
};

/* Tries every length of every field. */
static bool fits(const char *pattern, const char *name, struct fields *f)
{
    if (*pattern == '[')
        return *name == '\0' || fits(pattern + 1, name, f);
    if (*pattern == ']')
        return *name == '\0';
    if (*pattern != '{')
        return *pattern == *name && (*pattern == '\0' || fits(pattern + 1, name + 1, f));
    const char *behind = strchr(pattern, '}') + 1;
    char stop = *behind == '[' ? behind[1] : *behind;
    char *value = starts(pattern, "{acc}") ? f->acc : starts(pattern, "{py}") ? f->py : f->version;
    for (size_t n = 1; name[n - 1] && n < sizeof(f->acc); n++) {
        char c = name[n - 1];
        bool may =
            (c >= 'a' && c <= 'z') || ascii_is_digit(c) || (value == f->version && (c == '-' || c == '_'));
        if (!may || c == stop)
            return false;
        memcpy(value, name, n);
        value[n] = '\0';
        if (fits(behind, name + n, f))
            return true;
        value[0] = '\0';
    }
    return false;
}

/* -1: contradicted; 0: possible; n + 1: matched exactly, by n fields. */
static int standing(const char *when, const struct fields *f)
{
    static const char *const names[] = {"acc", "py", "service"};
    const char *const values[] = {f->acc, f->py, f->service};
    int known = 0;
    bool all = true;
    for (size_t i = 0; i < COUNT(names); i++) {
        char key[16], value[40];
        snprintf(key, sizeof(key), "\"%s\": ", names[i]);
        const char *wanted = strstr(when, key);
        if (!wanted)
            continue;
        wanted += strlen(key);
        size_t len = wanted[0] == '[' ? strcspn(wanted, "]") : 1 + strcspn(wanted + 1, "\"") + 1;
        char list[40] = {0};
        memcpy(list, wanted, len);
        snprintf(value, sizeof(value), "\"%s\"", values[i]);
        bool has = strstr(list, value) != NULL;
        if (!has && values[i][0])
            return -1;
        all = all && has;
        known += has;
    }
    return all ? known + 1 : 0;
}

static shelflife_day day(const char *text)
{
    shelflife_day d = SHELFLIFE_DAY_NONE;
    if (text[0] && !shelflife_day_parse(shelflife_str_of(text), &d))
        abort();
    return d;
}

/* The later of two days, where NONE counts as the latest. */
static shelflife_day latest(shelflife_day a, shelflife_day b)
{
    return a == SHELFLIFE_DAY_NONE || b == SHELFLIFE_DAY_NONE ? SHELFLIFE_DAY_NONE : a > b ? a : b;
}

static void merge_dates(struct found *f, const struct row *const *rows, size_t count)
{
    bool first_patch = true, first_extended = true, has_extended = false;
    f->ended = true;
    for (size_t i = 0; i < count; i++) {
        shelflife_day patch = day(rows[i]->days[0]), extended = day(rows[i]->days[2]);
        f->days[1] = i ? latest(f->days[1], day(rows[i]->days[1])) : day(rows[i]->days[1]);
        has_extended = has_extended || extended != SHELFLIFE_DAY_NONE;
        if (!rows[i]->ended) {
            f->days[0] = first_patch ? patch : latest(f->days[0], patch);
            first_patch = f->ended = false;
        }
        if (rows[i]->ended && extended == SHELFLIFE_DAY_NONE)
            continue;
        shelflife_day end = extended != SHELFLIFE_DAY_NONE ? extended : patch;
        f->days[2] = first_extended ? end : latest(f->days[2], end);
        first_extended = false;
    }
    if (f->ended)
        f->days[0] = SHELFLIFE_DAY_NONE;
    if (!has_extended)
        f->days[2] = SHELFLIFE_DAY_NONE;
}

/* Of `rows` those that stand best: how many releases they are of, 2 for more. */
static int settle(const struct row *const *rows, size_t count, const struct fields *f, struct found *out)
{
    const struct row *kept[ROWS];
    int best = -1;
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (standing(rows[i]->when, f) > best)
            best = standing(rows[i]->when, f);
    for (size_t i = 0; i < count && best >= 0; i++)
        if (standing(rows[i]->when, f) == best)
            kept[n++] = rows[i];
    for (size_t i = 1; i < n; i++)
        if (strcmp(kept[i]->release, kept[0]->release) != 0)
            return 2;
    if (n == 0)
        return 0;
    out->row = kept[0];
    out->release = shelflife_str_of(kept[0]->release);
    out->rows_open = n;
    merge_dates(out, kept, n);
    return 1;
}

/* Whether text[0..len) spells s; in names every separator is as good as another. */
static bool spells(const char *s, const char *text, size_t len, bool in_name)
{
    if (s[0] == 'v' && ascii_is_digit(s[1]))
        s++;
    if (s[0] == '\0' || strlen(s) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (s[i] != text[i] && !(in_name && catalog_is_separator(s[i]) && catalog_is_separator(text[i])))
            return false;
    return true;
}

static int settle_spelling(const struct catalog_product *p, const char *text, size_t len, bool in_name,
                           const struct fields *f, struct found *out)
{
    const struct row *rows[ROWS];
    size_t n = 0;
    for (size_t i = 0; i < p->row_count; i++)
        if (spells(p->rows[i].release, text, len, in_name) || spells(p->rows[i].other, text, len, in_name) ||
            spells(p->rows[i].codename, text, len, in_name))
            rows[n++] = &p->rows[i];
    return settle(rows, n, f, out);
}

/* The length of the version at the beginning of text, if its first `len` bytes name a release. */
static size_t version_length(const char *text, size_t len, const char *separators)
{
    for (;;) {
        size_t n = len;
        if (!text[n] || !strchr(separators, text[n]) || !ascii_is_digit(text[n + 1]))
            return len;
        for (n++; ascii_is_digit(text[n]);)
            n++;
        if (ascii_is_letter(text[n]))
            return len;
        len = n;
    }
}

/* ---- versions that are not listed ---- */

#define NEVER INT64_MAX

static const char *without_v(const char *release)
{
    return release[0] == 'v' && ascii_is_digit(release[1]) ? release + 1 : release;
}

/* The bytes of the numbers at the beginning. */
static size_t numbers_of(const char *s, const char *separators)
{
    size_t end = 0;
    for (size_t i = 0; ascii_is_digit(s[i]);) {
        while (ascii_is_digit(s[i]))
            i++;
        end = i;
        if (s[i] && strchr(separators, s[i]))
            i++;
    }
    return end;
}

static bool same_but_dots(const char *s, const char *text, size_t len, bool text_has_dots)
{
    for (size_t i = 0; i < len; i++) {
        char a = catalog_is_separator(s[i]) ? '.' : s[i];
        char b = catalog_is_separator(text[i]) && !text_has_dots ? '.' : text[i];
        if (a != b)
            return false;
    }
    return true;
}

/* The rows that a version spells: as a tag, or else as a name, where all separators are dots. */
static size_t listed_rows(const struct catalog_product *p, const char *version, const struct row **rows)
{
    bool in_name = false, in_tag = p->is_part;
    size_t n = 0, len = strlen(version);
    for (size_t i = 0; i < p->repository_count; i++) {
        bool has_version = strstr(p->repositories[i].text, "{version}") != NULL;
        in_name = in_name || has_version;
        in_tag = in_tag || !has_version;
    }
    for (unsigned name = !in_tag; name <= in_name && n == 0; name++)
        for (size_t i = 0; i < p->row_count; i++) {
            const char *all[] = {p->rows[i].release, p->rows[i].other, p->rows[i].codename};
            bool spelled = false;
            for (size_t k = 0; k < COUNT(all); k++)
                spelled = spelled || (strlen(without_v(all[k])) == len && len &&
                                      (name ? same_but_dots(without_v(all[k]), version, len, true)
                                            : memcmp(without_v(all[k]), version, len) == 0));
            if (spelled)
                rows[n++] = &p->rows[i];
        }
    return n;
}

/* The rows whose release begins with all numbers of a version, and continues. */
static size_t continued_rows(const struct catalog_product *p, const char *version, size_t len,
                             const struct row **rows)
{
    size_t n = 0;
    for (size_t i = 0; i < p->row_count; i++) {
        const char *release = without_v(p->rows[i].release);
        size_t numbers = numbers_of(release, ".-_+");
        if (len == 0 ||
            (strlen(release) > len && len <= numbers && same_but_dots(release, version, len, false) &&
             (len == numbers || catalog_is_separator(release[len]))))
            rows[n++] = &p->rows[i];
    }
    return n;
}

static int64_t patch_of(const struct row *row)
{
    return row->ended ? INT64_MIN : row->days[0][0] ? day(row->days[0]) : NEVER;
}

static int64_t last_of(const struct row *const *rows, size_t count)
{
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        int64_t patch = patch_of(rows[i]), extended = rows[i]->days[2][0] ? day(rows[i]->days[2]) : patch;
        last = patch > last ? patch : last;
        last = extended > last ? extended : last;
    }
    return last;
}

/* The last day of a row, of those with the same spelling, and of those that continue its release. */
static int64_t last_day(const struct catalog_product *p, const struct row *row)
{
    const struct row *rows[2 * ROWS + 1] = {row};
    const char *release = without_v(row->release);
    size_t n = 1 + listed_rows(p, release, rows + 1);
    n += continued_rows(p, release, numbers_of(release, ".-_+"), rows + n);
    return last_of(rows, n);
}

static void pick(struct found *out, const struct row *row, enum shelflife_match_kind kind)
{
    out->row = row;
    out->kind = kind;
    out->rows_open = 1;
}

static size_t sort_by_version(const struct catalog_product *p, const struct row **rows)
{
    size_t n = 0;
    for (size_t i = 0; i < p->row_count; i++) {
        const char *release = without_v(p->rows[i].release);
        size_t k = n;
        if (!ascii_is_digit(release[0]))
            continue;
        for (; k > 0 && shelflife_version_compare(shelflife_str_of(without_v(rows[k - 1]->release)),
                                                  shelflife_str_of(release)) > 0;
             k--)
            rows[k] = rows[k - 1];
        rows[k] = &p->rows[i];
        n++;
    }
    return n;
}

/* `version` is numbers with separators between them, or empty: any release. */
static bool read_nearby(const struct catalog_product *p, const char *version, struct found *out)
{
    const struct row *rows[ROWS];
    char longer[64];
    size_t older = 0, n = listed_rows(p, version, rows);
    if (n)
        return false;
    n = continued_rows(p, version, strlen(version), rows);
    if (n) {
        size_t best = 0;
        for (size_t i = 1; i < n; i++)
            best = patch_of(rows[i]) > patch_of(rows[best]) ? i : best;
        pick(out, rows[best], SHELFLIFE_MATCH_SEVERAL);
        merge_dates(out, rows, n);
        return patch_of(rows[best]) != NEVER;
    }
    snprintf(longer, sizeof(longer), "%s0", version);
    if (strchr(version, '.') &&
        (listed_rows(p, longer, rows) || continued_rows(p, longer, strlen(longer), rows)))
        return false;
    n = sort_by_version(p, rows);
    while (older < n && shelflife_version_compare(shelflife_str_of(without_v(rows[older]->release)),
                                                  shelflife_str_of(version)) < 0)
        older++;
    if (older == n)
        return false;
    pick(out, rows[older], older ? SHELFLIFE_MATCH_BETWEEN : SHELFLIFE_MATCH_OLDER);
    out->ended = true;
    out->days[0] = out->days[1] = out->days[2] = SHELFLIFE_DAY_NONE;
    if (older == 0)
        return true;
    int64_t before = last_day(p, rows[older - 1]), after = last_day(p, rows[older]);
    int64_t later = before > after ? before : after;
    out->counts_after = later == INT64_MIN ? SHELFLIFE_DAY_NONE : (shelflife_day)later;
    return later != NEVER;
}

/* A version in a tag that is not listed; or any release, if no pattern finds a number. */
static bool read_unlisted(const struct catalog_product *p, const char *tag, struct found *out, size_t *used)
{
    static const struct catalog_pattern whole = {.text = "{version}"};
    bool numbers = false;
    for (size_t i = 0; i < (p->tag_count ? p->tag_count : 1); i++) {
        const char *pattern = p->tag_count ? p->tags[i].text : whole.text;
        size_t head = strcspn(pattern, "{"), len;
        if (strncmp(pattern, tag, head) != 0)
            continue;
        const char *text = without_v(tag + head);
        char version[64];
        len = numbers_of(text, ".");
        numbers = numbers || len;
        snprintf(version, sizeof(version), "%.*s", (int)len, text);
        if (len == 0 || ascii_is_letter(text[len]) || strchr(pattern, '}')[1] ||
            !read_nearby(p, version, out))
            continue;
        out->release = out->version = (str){text, len};
        *used = (size_t)(text - tag) + len;
        return true;
    }
    return !numbers && read_nearby(p, "", out);
}

static bool read_tag(const struct catalog_product *p, const char *pattern, const char *tag,
                     const struct fields *f, struct found *out, size_t *used)
{
    size_t head = strcspn(pattern, "{");
    const char *suffix = strchr(pattern, '}') + 1;
    if (strncmp(pattern, tag, head) != 0)
        return false;
    const char *text = tag + head;
    if (text[0] == 'v' && ascii_is_digit(text[1]))
        text++;
    for (size_t len = strlen(text); len > 0; len--) {
        size_t end = len + strlen(suffix);
        if (!starts(text + len, suffix) || !boundary(text, end))
            continue;
        int known = settle_spelling(p, text, len, false, f, out);
        if (known == 2)
            return false;
        if (known == 0)
            continue;
        size_t version = suffix[0] ? len : version_length(text, len, ".");
        if (suffix[0] && ascii_is_digit(text[end])) {
            size_t n = end;
            while (ascii_is_digit(text[n]))
                n++;
            if (!ascii_is_letter(text[n]))
                version = version_length(text, n, ".");
        }
        out->version = (str){text, version};
        *used = (size_t)(text - tag) + end;
        return true;
    }
    return false;
}

/* Of the words of pre-releases, tags here only have "rc1", directly after numbers. */
static void read_pre_release(const char *pattern, const char *tag, struct found *out, size_t *used)
{
    const char *text = without_v(tag + strcspn(pattern, "{"));
    size_t numbers = numbers_of(text, "."), end = (size_t)(text - tag) + numbers;
    if (numbers == 0 || !starts(text + numbers, "rc1") || strchr(pattern, '}')[1] || *used > end)
        return;
    out->kind = SHELFLIFE_MATCH_PRE_RELEASE;
    out->version = (str){text, numbers + 3};
    *used = end + 3;
}

static bool read_product(const struct catalog_product *p, const struct catalog_pattern *pattern,
                         const struct fields *of_name, const char *version, const char *tag,
                         struct found *out, size_t *used)
{
    struct fields f = *of_name;
    *out = (struct found){.product = p, .by = SHELFLIFE_MATCH_BY_REPOSITORY};
    *used = 0;
    f.service = pattern->service;
    if (p->rows[0].release[0] == '\0') {
        const struct row *rows[ROWS];
        for (size_t i = 0; i < p->row_count; i++)
            rows[i] = &p->rows[i];
        return settle(rows, p->row_count, &f, out) == 1;
    }
    if (f.version[0]) {
        out->version = (str){version, strlen(f.version)};
        for (size_t len = strlen(f.version); len > 0; len--) {
            if (!boundary(f.version, len) || version_length(f.version, len, ".-_") != strlen(f.version))
                continue;
            int known = settle_spelling(p, f.version, len, true, &f, out);
            if (known == 1)
                return true;
            if (known)
                break;
        }
        char dotted[sizeof(f.version)];
        for (size_t i = 0; i < sizeof(dotted); i++)
            dotted[i] = (char)(catalog_is_separator(f.version[i]) ? '.' : f.version[i]);
        out->release = out->version;
        return numbers_of(dotted, ".") == strlen(dotted) && read_nearby(p, dotted, out);
    }
    out->by = SHELFLIFE_MATCH_BY_TAG;
    if (p->tag_count == 0 && read_tag(p, "{version}", tag, &f, out, used)) {
        read_pre_release("{version}", tag, out, used);
        return true;
    }
    for (size_t i = 0; i < p->tag_count; i++) {
        struct fields both = f;
        if (!both.service[0])
            both.service = p->tags[i].service;
        if (read_tag(p, p->tags[i].text, tag, &both, out, used)) {
            read_pre_release(p->tags[i].text, tag, out, used);
            return true;
        }
    }
    *out = (struct found){.product = p, .by = SHELFLIFE_MATCH_BY_TAG};
    *used = 0;
    return read_unlisted(p, tag, out, used);
}

/* Whether a match names its release. */
static bool is_told(const struct found *f)
{
    return f->kind == SHELFLIFE_MATCH_RELEASE || f->kind == SHELFLIFE_MATCH_PRE_RELEASE;
}

static bool has_product(const struct catalog_reading *r, const struct catalog_product *p)
{
    for (size_t i = 0; i < r->found_count; i++)
        if (r->found[i].product == p)
            return true;
    return false;
}

static void add_part(struct catalog_reading *r, const struct found *part)
{
    for (size_t i = 0; i < r->found_count; i++)
        if (r->found[i].product == part->product) {
            if (r->found[i].by == SHELFLIFE_MATCH_BY_PART &&
                strcmp(r->found[i].row->release, part->row->release) != 0)
                r->found[i].contradicted = true;
            return;
        }
    if (r->found_count < FOUND)
        r->found[r->found_count++] = *part;
}

static void read_part(struct catalog_reading *r, const struct catalog_product *p, const char *pattern,
                      const char *tag, size_t at)
{
    struct found part = {.product = p, .by = SHELFLIFE_MATCH_BY_PART};
    struct fields nothing = {.service = ""};
    size_t head = strcspn(pattern, "{"), used, word = strcspn(tag + at, ".-_+");
    if (head == 0) {
        for (size_t i = 0; i < p->row_count; i++)
            if (p->rows[i].codename[0] && strlen(p->rows[i].codename) == word &&
                strncmp(p->rows[i].codename, tag + at, word) == 0 &&
                settle_spelling(p, tag + at, word, false, &nothing, &part) == 1) {
                part.version = (str){tag + at, word};
                add_part(r, &part);
                return;
            }
    } else if (strncmp(pattern, tag + at, head) == 0 && ascii_is_digit(tag[at + head]) &&
               read_tag(p, "{version}", tag + at + head, &nothing, &part, &used)) {
        add_part(r, &part);
    }
}

static void read_parts(struct catalog_reading *r, const struct catalog *c, const char *tag, size_t from)
{
    for (size_t at = from; tag[at]; at++) {
        if ((at > 0 && !catalog_is_separator(tag[at - 1])) || catalog_is_separator(tag[at]))
            continue;
        for (size_t i = 0; i < c->product_count; i++)
            for (size_t k = 0; c->products[i].is_part && k < c->products[i].part_count; k++)
                read_part(r, &c->products[i], c->products[i].parts[k], tag, at);
    }
}

/* The bytes before the first field of the pattern of c that counts for the name; SIZE_MAX: none does. */
static size_t counting_head(const struct catalog *c, const char *name)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < c->product_count; i++)
        for (size_t k = 0; k < c->products[i].repository_count; k++) {
            const char *text = c->products[i].repositories[k].text;
            struct fields f = {0};
            size_t head = strcspn(text, "{");
            if (!fits(text, name, &f))
                continue;
            if (text[head] == '\0')
                return head;
            if (best == SIZE_MAX || head > best)
                best = head;
        }
    return best;
}

/* Which matches of all catalogs come first is the order of heads: longest first, no fields before all. */
static void read_name(struct catalog_reading *r, const struct catalog *c, size_t head, const char *tag,
                      size_t *used, bool *served)
{
    for (size_t i = 0; i < c->product_count; i++)
        for (size_t k = 0; k < c->products[i].repository_count; k++) {
            const struct catalog_product *p = &c->products[i];
            const struct catalog_pattern *pattern = &p->repositories[k];
            struct fields f = {0};
            struct found found;
            size_t length = 0;
            if (strcspn(pattern->text, "{") != head || !fits(pattern->text, r->canonical, &f))
                continue;
            *served = true;
            if (has_product(r, p))
                continue;
            const char *version = r->canonical + head;
            if (f.version[0])
                version = strstr(pattern->text, "{acc}.{version}") ? r->canonical + head + strlen(f.acc) + 1
                                                                   : r->canonical + head;
            bool matched = read_product(p, pattern, &f, version, tag, &found, &length);
            if (!r->product || (matched && r->found_count == 0)) {
                r->product = p->name;
                r->covered_by = c->name;
            }
            r->told = r->told || (matched && is_told(&found));
            r->open = r->open || !matched;
            if (!matched)
                continue;
            if (*used == 0)
                *used = length;
            if (r->found_count < FOUND)
                r->found[r->found_count++] = found;
        }
}

static void read_digest(struct catalog_reading *r, const char *digest)
{
    unsigned number = (unsigned)(digest[strlen(digest) - 1] - '0');
    for (size_t c = 0; c < r->count; c++)
        for (size_t i = 0; i < r->catalogs[c].product_count; i++) {
            const struct catalog_product *p = &r->catalogs[c].products[i];
            struct found found = {
                .product = p, .by = SHELFLIFE_MATCH_BY_DIGEST, .version = shelflife_str_of(digest)};
            const struct row *rows[ROWS];
            size_t n = 0;
            for (size_t k = 0; k < p->row_count; k++)
                if (p->rows[k].digest == number)
                    rows[n++] = &p->rows[k];
            bool one = n > 0;
            for (size_t k = 1; k < n; k++)
                one = one && strcmp(rows[k]->release, rows[0]->release) == 0;
            if (!one)
                continue;
            found.row = rows[0];
            found.release = shelflife_str_of(rows[0]->release);
            found.rows_open = n;
            merge_dates(&found, rows, n);
            if (r->found_count == 0) {
                r->product = p->name;
                r->covered_by = r->catalogs[c].name;
            }
            r->found[r->found_count++] = found;
        }
}

static void read_covers(struct catalog_reading *r)
{
    size_t best = 0;
    for (size_t c = 0; c < r->count; c++)
        for (size_t i = 0; i < r->catalogs[c].cover_count; i++) {
            const char *prefix = r->catalogs[c].covers[i];
            size_t len = strlen(prefix);
            if (starts(r->canonical, prefix) && (r->canonical[len] == '/' || !r->canonical[len]) &&
                len > best) {
                best = len;
                r->covered_by = r->catalogs[c].name;
            }
        }
}

static void read_reference(struct catalog_reading *r, const char *name, const char *tag, const char *digest)
{
    size_t heads[CATALOGS], used[CATALOGS] = {0};
    bool served[CATALOGS] = {false};
    rewrite(r, name);
    if (digest)
        read_digest(r, digest);
    if (r->found_count)
        return;
    for (size_t c = 0; c < r->count; c++)
        heads[c] = counting_head(&r->catalogs[c], r->canonical);
    for (size_t head = strlen(r->canonical); head > 0; head--)
        for (size_t c = 0; c < r->count; c++)
            if (heads[c] == head)
                read_name(r, &r->catalogs[c], head, tag, &used[c], &served[c]);
    if (!r->covered_by)
        read_covers(r);
    for (size_t c = 0; c < r->count; c++)
        if (served[c])
            read_parts(r, &r->catalogs[c], tag, used[c]);
}

/* ---- both ---- */

static void differ(const char *what, const char *image)
{
    fprintf(stderr, "%s: the index and the plain reading differ in the %s\n", image, what);
    abort();
}

static const struct shelflife_match *match_of(const struct shelflife_resolution *out,
                                              const struct catalog_reading *r, const struct found *f)
{
    for (size_t i = 0; i < out->match_count; i++) {
        const struct shelflife_product *p = out->matches[i].row->product;
        for (size_t c = 0; c < r->count; c++)
            for (size_t k = 0; k < r->catalogs[c].product_count; k++)
                if (f->product == &r->catalogs[c].products[k] &&
                    shelflife_str_equal(p->name, shelflife_str_of(f->product->name)) &&
                    shelflife_str_equal(p->catalog->name, shelflife_str_of(r->catalogs[c].name)))
                    return &out->matches[i];
    }
    return NULL;
}

static void compare(const struct shelflife_resolution *out, const struct catalog_reading *r,
                    const char *image)
{
    size_t expected = 0;
    if (!shelflife_str_equal(out->canonical, shelflife_str_of(r->canonical)))
        differ("canonical name", image);
    if (!shelflife_str_equal(out->covered_by ? out->covered_by->name : (str){0},
                             shelflife_str_of(r->covered_by)))
        differ("catalog that covers it", image);
    if (!shelflife_str_equal(out->product ? out->product->name : (str){0}, shelflife_str_of(r->product)))
        differ("product", image);
    for (size_t i = 0; i < r->found_count; i++) {
        const struct found *f = &r->found[i];
        if (f->contradicted || (!is_told(f) && (r->told || r->open)))
            continue;
        expected++;
        const struct shelflife_match *m = match_of(out, r, f);
        if (!m || !shelflife_str_equal(m->row->release, shelflife_str_of(f->row->release)))
            differ("matches", image);
        if (m->kind != f->kind || !shelflife_str_equal(m->release, f->release) ||
            (m->kind == SHELFLIFE_MATCH_BETWEEN && m->counts_after != f->counts_after))
            differ("kinds of the matches", image);
        if (m->by != f->by || m->rows_open != f->rows_open || !shelflife_str_equal(m->version, f->version))
            differ("ways of the matches", image);
        if (m->end_of_patch != f->days[0] || m->end_of_availability != f->days[1] ||
            m->end_of_extended_patch != f->days[2] || m->ended != f->ended)
            differ("dates", image);
    }
    if (expected != out->match_count)
        differ("number of matches", image);
}

/* A name that a pattern matches, or nearly. */
static void fill_pattern(struct source *s, const char *pattern, char *out, size_t size)
{
    static const char *const versions[] = {"1-1", "1",  "1-10",  "1_1", "2",     "8",   "al2",
                                           "2-0", "11", "1-1-1", "bo",  "1-1-x", "1-1x"};
    static const char *const accs[] = {"g", "c", "x1"}, *const pys[] = {"p1", "p2"};
    const char *const short_end = strchr(pattern, '['), *end = pattern + strlen(pattern);
    size_t used = 0;
    if (short_end && choose(s, 2))
        end = short_end;
    out[0] = '\0';
    for (const char *p = pattern; p < end; p++) {
        const char *piece = *p != '{'                ? NULL
                            : starts(p, "{acc}")     ? CHOOSE(s, accs)
                            : starts(p, "{version}") ? CHOOSE(s, versions)
                                                     : CHOOSE(s, pys);
        if (piece) {
            used += (size_t)snprintf(out + used, size - used, "%s", piece);
            p = strchr(p, '}');
        } else if (*p != '[' && *p != ']') {
            used += (size_t)snprintf(out + used, size - used, "%c", *p);
        }
    }
}

static void make_name(struct source *s, const struct catalog_reading *r, char *out, size_t size)
{
    static const char *const names[] = {"a.x",   "b.x",     "m.x",     "c.x",         "a.b.x",
                                        "a.c.x", "c.b.x",   "a.c",     "a.c/p/q",     "m.x/p",
                                        "c.x/p", "b.x/p/q", "a.b.x/p", "a.x.y.z.w.v", "a.x/p"};
    const struct catalog *c = &r->catalogs[choose(s, (unsigned)r->count)];
    const struct catalog_product *p = &c->products[choose(s, (unsigned)c->product_count)];
    char name[128];
    fill_pattern(s, p->repositories[choose(s, (unsigned)p->repository_count)].text, name, sizeof(name));
    bool elsewhere = choose(s, 3) == 2;
    snprintf(out, size, "%s%s", elsewhere ? CHOOSE(s, names) : "", elsewhere ? strchr(name, '/') : name);
}

static void make_tag(struct source *s, char *out, size_t size)
{
    static const char *const versions[] = {"",      "1.1", "1.10", "1",  "v2",     "2",
                                           "8u502", "e-1", "1-1",  "al", "bo",     "1.1.1",
                                           "1-x",   "11",  "2.0",  "8",  "e-v1.1", "latest"};
    static const char *const pieces[] = {"-bo", "-ja", "-al2", "-al-1.1",  "-p-al1", "-x",
                                         ".1",  "-1",  "_1",   "b",        ".0",     "-al",
                                         "bo",  "-p",  "rc1",  "-al1.1.1", "-xp-al1"};
    size_t used = (size_t)snprintf(out, size, "%s", CHOOSE(s, versions));
    for (size_t i = choose(s, 4); i > 0; i--)
        used += (size_t)snprintf(out + used, size - used, "%s", CHOOSE(s, pieces));
}

static void check_reference(struct source *s, const struct shelflife_catalogs *set, struct catalog_reading *r)
{
    char name[192], tag[96], image[400], digest[80];
    make_name(s, r, name, sizeof(name));
    make_tag(s, tag, sizeof(tag));
    unsigned number = choose(s, 16);
    bool pinned = number > 0 && number < 4;
    snprintf(digest, sizeof(digest), "%.*s%u", (int)sizeof(digest_of) - 2, digest_of, number % 10);
    snprintf(image, sizeof(image), "%s%s%s%s%s", name, tag[0] ? ":" : "", tag, pinned ? "@" : "",
             pinned ? digest : "");

    struct shelflife_reference reference;
    struct shelflife_resolution out;
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    if (shelflife_reference_parse(shelflife_str_of(image), &a, &reference, NULL)) {
        if (!shelflife_catalogs_resolve(set, reference.name, &reference, &a, &out, NULL))
            abort();
        read_reference(r, name, tag[0] || pinned ? tag : "latest", pinned ? digest : NULL);
        compare(&out, r, image);
        if (out.unverified !=
            (tag[0] && pinned && out.match_count && out.matches[0].by != SHELFLIFE_MATCH_BY_DIGEST))
            differ("flag unverified", image);
    }
    shelflife_arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source s = {data, size};
    static struct catalog catalogs[CATALOGS];
    size_t count = 1 + choose(&s, CATALOGS), turn = choose(&s, COUNT(prefixes));
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    bool good = set != NULL;
    memset(catalogs, 0, sizeof(catalogs));
    for (size_t i = 0; i < count && good; i++) {
        buffer text;
        error err = {0};
        shelflife_buffer_init(&text, 1 << 20);
        make_catalog(&s, &catalogs[i], i, turn);
        write_catalog(&text, &catalogs[i]);
        good = shelflife_catalogs_add(set, shelflife_buffer_str(&text), "made up", &err);
        if (!good && err.text[0] == '\0')
            abort();
        shelflife_buffer_free(&text);
    }
    if (good && shelflife_catalogs_finish(set, NULL))
        for (size_t i = 0; i < REFERENCES; i++) {
            struct catalog_reading r = {.catalogs = catalogs, .count = count};
            check_reference(&s, set, &r);
        }
    shelflife_catalogs_free(set);
    return 0;
}
