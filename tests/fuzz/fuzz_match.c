/* rooms: base json reference catalog */
/*
 * The index against a plain reading of the same catalogs. The input makes up a few small catalogs, out of
 * pieces that often fit each other, and references to them; each is resolved by the index, and by going
 * through everything there is, prefix by prefix. Both must say the same.
 */
#include <stdio.h>

#include "base/base.h"
#include "shelflife/catalog.h"

enum { CATALOGS = 3, PRODUCTS = 3, PATTERNS = 3, ROWS = 5, ALIASES = 3, REFERENCES = 12, FOUND = 32 };

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
static const char *const tag_patterns[] = {"{version}",  "{version}",  "e-{version}", "{version}-x",
                                           "{version}u", "v{version}", "1.{version}"};
static const char *const part_patterns[] = {"{codename}", "al{version}", "al-{version}", "p-al{version}"};
static const char *const releases[] = {"1",   "1.1",  "1.10", "2",   "1-1", "8",   "al2",      "v2",  "1.1.1",
                                       "1.2", "1.20", "3",    "1.x", "5",   "1_9", "20240101", "2.5", "1+7"};
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
static const char as_of[] = "2025-06-01";
static const char digest_of[] = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

static const char *const words[] = {
    "", "", "", "\"x\"", "\"ja\", \"bo\"", "\"al\", \"x\"", "\"v\"", "\"rc\"",
};
static const char *const froms[] = {"", "", "", "1", "v1.1", "1-2"};
static const char *const befores[] = {"", "", "", "1.5", "v2", "3"};
static const char *const excepted[] = {"", "", "latest", "1.1", "x-1.1"};
static const char *const moved[] = {"",           "", "z.x/p", "z.x/{acc}/{version}-{py}", "z.x/{service}{",
                                    "z.x/{other}"};

struct row {
    const char *release, *other, *codename, *when; /* release "": none */
    const char *days[3];
    const char *moved;
    bool ended;
    unsigned digest, numbers; /* 0: none */
};

struct catalog_pattern {
    char text[64];
    const char *service, *from, *before; /* "": none */
    const char *with, *without;          /* lists of words */
};

struct catalog_product {
    char name[32];
    struct catalog_pattern repositories[PATTERNS], tags[PATTERNS], parts[PATTERNS];
    const char *excepted;
    struct row rows[ROWS];
    size_t repository_count, tag_count, part_count, row_count;
    bool is_part, whole_tag;
};

struct catalog {
    char name[32];
    const char *alias[ALIASES], *canonical[ALIASES];
    const char *covers[2];
    struct catalog_pattern bases[2];
    struct catalog_product products[PRODUCTS];
    size_t alias_count, cover_count, base_count, product_count;
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
    row->ended = row->days[0][0] == '\0' && choose(s, 4) > 0;
    row->numbers = choose(s, 8) > 6 ? 1 + choose(s, 2) : 0;
    row->moved = CHOOSE(s, moved);
    row->digest = choose(s, 8) > 5 ? 1 + choose(s, 2) : 0;
}

static void make_words(struct source *s, struct catalog_pattern *p)
{
    p->with = CHOOSE(s, words);
    p->without = CHOOSE(s, words);
}

static void make_repository(struct source *s, struct catalog_pattern *p)
{
    snprintf(p->text, sizeof(p->text), "%s%s", CHOOSE(s, hosts), CHOOSE(s, tails));
    p->service = CHOOSE(s, services);
    p->from = CHOOSE(s, froms);
    p->before = CHOOSE(s, befores);
}

static void make_product(struct source *s, struct catalog_product *p, size_t number)
{
    snprintf(p->name, sizeof(p->name), "p%zu", number);
    p->repository_count = 1 + choose(s, PATTERNS);
    for (size_t i = 0; i < p->repository_count; i++)
        make_repository(s, &p->repositories[i]);
    p->tag_count = choose(s, PATTERNS + 1);
    for (size_t i = 0; i < p->tag_count; i++) {
        snprintf(p->tags[i].text, sizeof(p->tags[i].text), "%s", CHOOSE(s, tag_patterns));
        p->tags[i].service = CHOOSE(s, services);
        make_words(s, &p->tags[i]);
    }
    p->part_count = choose(s, PATTERNS + 1);
    for (size_t i = 0; i < p->part_count; i++) {
        snprintf(p->parts[i].text, sizeof(p->parts[i].text), "%s", CHOOSE(s, part_patterns));
        make_words(s, &p->parts[i]);
    }
    p->excepted = CHOOSE(s, excepted);
    p->whole_tag = choose(s, 8) == 7;
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
    c->base_count = choose(s, 6) > 3 ? 1 + choose(s, 2) : 0;
    for (size_t i = 0; i < c->base_count; i++)
        make_repository(s, &c->bases[i]);
    c->product_count = 1 + choose(s, PRODUCTS);
    for (size_t i = 0; i < c->product_count; i++)
        make_product(s, &c->products[i], i);
}

/* ---- the same as text ---- */

static void write_key(buffer *out, const char *key, const char *quote, const char *value, const char *end)
{
    if (value && value[0])
        shelflife_buffer_format(out, ", \"%s\": %s%s%s", key, quote, value, end);
}

static void write_patterns(buffer *out, const char *key, const struct catalog_pattern *all, size_t count)
{
    if (count == 0)
        return;
    shelflife_buffer_format(out, "\"%s\": [", key);
    for (size_t i = 0; i < count; i++) {
        shelflife_buffer_format(out, "%s{\"pattern\": \"%s\"", i ? ", " : "", all[i].text);
        write_key(out, "fields", "{\"service\": \"", all[i].service, "\"}");
        write_key(out, "from", "\"", all[i].from, "\"");
        write_key(out, "before", "\"", all[i].before, "\"");
        write_key(out, "with", "[", all[i].with, "]");
        write_key(out, "without", "[", all[i].without, "]");
        shelflife_buffer_format(out, "}");
    }
    shelflife_buffer_format(out, "], ");
}

static void write_row(buffer *out, const struct row *row)
{
    static const char *const keys[] = {"endOfPatch", "endOfAvailability", "endOfExtendedPatch"};
    shelflife_buffer_format(out, "{\"when\": {%s}", row->when);
    write_key(out, "release", "\"", row->release, "\"");
    write_key(out, "is", "[\"", row->other, "\"]");
    write_key(out, "codename", "\"", row->codename, "\"");
    for (size_t i = 0; i < COUNT(keys); i++)
        write_key(out, keys[i], "\"", row->days[i], "\"");
    write_key(out, "movedTo", "\"", row->moved, "\"");
    if (row->numbers)
        shelflife_buffer_format(out, ", \"numbers\": %u", row->numbers);
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
    write_patterns(out, "part", p->parts, p->part_count);
    shelflife_buffer_format(out, "\"wholeTag\": %s, \"rows\": [", p->whole_tag ? "true" : "false");
    for (size_t i = 0; i < p->row_count; i++) {
        shelflife_buffer_format(out, i ? ",\n " : "");
        write_row(out, &p->rows[i]);
    }
    shelflife_buffer_format(out, "]");
    write_key(out, "exceptTags", "[\"", p->excepted, "\"]");
    shelflife_buffer_format(out, "}");
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
                            "\"asOf\": \"%s\", \"mirrors\": {",
                            c->name, as_of);
    write_mirrors(out, c);
    shelflife_buffer_format(out, "}, \"covers\": [");
    for (size_t i = 0; i < c->cover_count; i++)
        shelflife_buffer_format(out, "%s\"%s\"", i ? ", " : "", c->covers[i]);
    shelflife_buffer_format(out, "], ");
    write_patterns(out, "bases", c->bases, c->base_count);
    shelflife_buffer_format(out, "\"parts\": [");
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
    str version, release;
    shelflife_day days[3], counts_after;
    char moved[128];
    const char *before;
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
    bool told, open, only_covered;
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
    const struct catalog_pattern *repository; /* or NULL */
    unsigned numbers;
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

/* A version so that the order of bytes is the order of versions: numbers of 40 digits, and one separator. */
static void pad(const char *text, size_t len, char out[1024])
{
    size_t n = 0, i = len > 1 && text[0] == 'v' && ascii_is_digit(text[1]);
    while (i < len && n < 900) {
        size_t digits = 0;
        while (i + digits < len && ascii_is_digit(text[i + digits]))
            digits++;
        if (digits > 0)
            n += (size_t)snprintf(out + n, 1024 - n, "%.*s%.*s", (int)(40 - (digits < 40 ? digits : 40)),
                                  "0000000000000000000000000000000000000000", (int)digits, text + i);
        else
            out[n++] = catalog_is_separator(text[i]) ? '.' : text[i];
        i += digits ? digits : 1;
    }
    out[n] = '\0';
}

static int order_of(const char *release, const char *version, size_t len)
{
    char a[1024], b[1024];
    pad(release, strlen(release), a);
    pad(version, len, b);
    return strcmp(a, b);
}

static bool is_within(const struct catalog_pattern *p, const char *version, size_t len)
{
    char a[1024], from[1024], before[1024];
    pad(version, len, a);
    pad(p->from, strlen(p->from), from);
    pad(p->before, strlen(p->before), before);
    return (!from[0] || strcmp(a, from) >= 0) && (!before[0] || strcmp(a, before) < 0);
}

/* How many numbers with dots between them a text begins with; *bytes is how long they are. */
static unsigned count_numbers(const char *text, size_t *bytes)
{
    unsigned count = 0;
    *bytes = 0;
    for (size_t i = 0; ascii_is_digit(text[i]); i++, count++) {
        while (ascii_is_digit(text[i]))
            i++;
        *bytes = i;
        if (text[i] != '.')
            return count + 1;
    }
    return count;
}

/* When a row ends, as far as combining goes: not at all, on a day, or at an unknown time in the past. */
static int64_t end_of(const struct row *row, size_t which)
{
    shelflife_day d = day(row->days[which]);
    if (which == 0 && row->ended)
        return INT64_MIN;
    return d == SHELFLIFE_DAY_NONE ? INT64_MAX : d;
}

static const struct row *best_row(const struct row *const *rows, size_t count, bool by_availability)
{
    const struct row *best = rows[0];
    for (size_t i = 1; i < count; i++) {
        int64_t mine = end_of(rows[i], 0), other = end_of(best, 0);
        if (mine > other || (by_availability && mine == other && end_of(rows[i], 1) > end_of(best, 1)))
            best = rows[i];
    }
    return best;
}

/* What the rows that have a spelling are found to be. */
enum settled { NOT_LISTED, SETTLED, SEVERAL, OTHER_VARIANT };

/* Of `rows` those that stand best. */
static enum settled settle(const struct row *const *rows, size_t count, const struct fields *f,
                           struct found *out)
{
    const struct row *kept[ROWS];
    int stand[ROWS], best = -1;
    bool listed = false;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        bool numbers = !rows[i]->numbers || !f->numbers || rows[i]->numbers == f->numbers;
        bool exists = !f->repository || !rows[i]->release[0] ||
                      is_within(f->repository, rows[i]->release, strlen(rows[i]->release));
        stand[i] = numbers && exists ? standing(rows[i]->when, f) : -1;
        listed = listed || numbers;
        best = stand[i] > best ? stand[i] : best;
    }
    for (size_t i = 0; i < count && best >= 0; i++)
        if (stand[i] == best)
            kept[n++] = rows[i];
    for (size_t i = 1; i < n; i++)
        if (strcmp(kept[i]->release, kept[0]->release) != 0)
            return SEVERAL;
    if (n == 0)
        return listed ? OTHER_VARIANT : NOT_LISTED;
    out->row = best_row(kept, n, true);
    out->kind = SHELFLIFE_MATCH_RELEASE;
    out->release = shelflife_str_of(out->row->release);
    out->rows_open = n;
    merge_dates(out, kept, n);
    return SETTLED;
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

static enum settled settle_spelling(const struct catalog_product *p, const char *text, size_t len,
                                    bool in_name, const struct fields *f, struct found *out)
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

/* ---- words of a tag ---- */

/* Whether a word is in a list such as "ja", "bo". */
static bool has(const char *list, const char *word, size_t len)
{
    char quoted[160];
    snprintf(quoted, sizeof(quoted), "\"%.*s\"", (int)len, word);
    return strstr(list, quoted) != NULL;
}

static bool has_word(const char *list, const char *tag)
{
    for (size_t i = 0; list && list[0] && tag[i]; i++) {
        size_t len = strcspn(tag + i, ".-_+"), letters = 0;
        while (letters < len && ascii_is_letter(tag[i + letters]))
            letters++;
        if ((i == 0 || catalog_is_separator(tag[i - 1])) &&
            (has(list, tag + i, len) || (letters < len && has(list, tag + i, letters))))
            return true;
    }
    return false;
}

static bool applies(const struct catalog_pattern *p, const char *tag)
{
    return (!p->with[0] || has_word(p->with, tag)) && !has_word(p->without, tag);
}

/* The bytes up to the end of a word for pre-releases after the first `numbers` bytes of text; 0: none. */
static size_t pre_release(const char *text, size_t numbers)
{
    static const char *const any[] = {"rc",  "beta", "alpha", "dev",       "snapshot", "preview",
                                      "pre", "ea",   "m",     "milestone", "nightly",  "canary",
                                      "cr",  "a",    "b",     "ctp",       "bc"};
    size_t at = numbers + catalog_is_separator(text[numbers]), len = 0, end;
    while (ascii_is_letter(text[at + len]))
        len++;
    for (end = at + len; ascii_is_digit(text[end]);)
        end++;
    bool number = end > at + len;
    for (size_t i = 0; i < COUNT(any) && numbers > 0; i++) {
        bool one = any[i][1] == '\0', attached = any[i][0] < 'c' && one;
        if (strlen(any[i]) == len && strncasecmp(any[i], text + at, len) == 0 &&
            (number || (!one && !has("\"cr\", \"ctp\", \"bc\"", any[i], len))) &&
            !(attached && at > numbers) && (number || !text[end] || catalog_is_separator(text[end])))
            return end;
    }
    return 0;
}

/* Whether a word for pre-releases, maybe with a number, is the last one of a text. */
static bool is_last(const char *text)
{
    static const char *const last[] = {"rc", "beta", "alpha", "snapshot", "preview", "nightly", "canary"};
    size_t end = strlen(text);
    while (end > 0 && ascii_is_digit(text[end - 1]))
        end--;
    for (size_t i = 0; i < COUNT(last); i++) {
        size_t len = strlen(last[i]);
        if (end > len && catalog_is_separator(text[end - len - 1]) &&
            strncasecmp(text + end - len, last[i], len) == 0)
            return true;
    }
    return false;
}

/* ---- versions that are not listed ---- */

/* The numbers that a release begins with, with dots between them. */
static void leading(const char *release, char out[64])
{
    size_t n = 0;
    for (release += release[0] == 'v' && ascii_is_digit(release[1]); ascii_is_digit(*release); release++) {
        out[n++] = *release;
        if (catalog_is_separator(release[1]) && ascii_is_digit(release[2])) {
            out[n++] = '.';
            release++;
        }
    }
    out[n] = '\0';
}

static const char *without_v(const char *s)
{
    return s + (s[0] == 'v' && ascii_is_digit(s[1]));
}

/* Whether the release begins with the numbers of a version, and continues. */
static bool belongs(const struct row *row, const char *version)
{
    char numbers[64];
    size_t len = strlen(version);
    leading(row->release, numbers);
    return len == 0 || (starts(numbers, version) && numbers[len] == '.') ||
           (strcmp(numbers, version) == 0 && (row->numbers || strlen(without_v(row->release)) > len));
}

/* Whether a release is the version and text that has no number: 1.x. */
static bool is_line(const struct row *row, const char *version)
{
    char numbers[64];
    leading(row->release, numbers);
    return row->numbers == 0 && strcmp(numbers, version) == 0 &&
           strlen(without_v(row->release)) > strlen(version);
}

/* Whether a version is a release of its own, as tags or as names write it. */
static bool is_listed(const struct catalog_product *p, const char *version)
{
    bool in_name = false, in_tag = p->is_part;
    for (size_t i = 0; i < p->repository_count; i++) {
        bool named = strstr(p->repositories[i].text, "{version}") != NULL;
        in_name = in_name || named;
        in_tag = in_tag || !named;
    }
    for (size_t i = 0; i < p->row_count; i++) {
        const char *all[] = {p->rows[i].release, p->rows[i].other, p->rows[i].codename};
        for (size_t k = 0; k < COUNT(all) && !p->rows[i].numbers; k++)
            if ((in_tag && spells(all[k], version, strlen(version), false)) ||
                (in_name && spells(all[k], version, strlen(version), true)))
                return true;
    }
    return false;
}

static bool is_of_line(const struct catalog_product *p, const char *version)
{
    for (size_t len = 0; version[len]; len++) {
        char prefix[128];
        snprintf(prefix, sizeof(prefix), "%.*s", (int)len, version);
        for (size_t i = 0; version[len] == '.' && i < p->row_count; i++)
            if (is_line(&p->rows[i], prefix))
                return true;
    }
    return false;
}

static bool is_ordered(const struct row *row)
{
    return row->numbers == 0 && ascii_is_digit(without_v(row->release)[0]);
}

static int64_t last_day(const struct catalog_product *p, const struct row *row)
{
    char numbers[64];
    int64_t last = INT64_MIN;
    leading(row->release, numbers);
    for (size_t i = 0; i < p->row_count; i++) {
        const struct row *other = &p->rows[i];
        int64_t end = end_of(other, 0), extended = end_of(other, 2);
        bool equal = is_ordered(other) && order_of(other->release, row->release, strlen(row->release)) == 0;
        if (!equal && !belongs(other, numbers))
            continue;
        last = end > last ? end : last;
        last = extended != INT64_MAX && extended > last ? extended : last;
    }
    return last;
}

/* A version that is older than a release; or between two of them. */
static bool read_older(const struct catalog_product *p, const char *version, struct found *out)
{
    const struct row *newer = NULL, *older = NULL;
    char wanted[1024], next[1024];
    for (size_t i = 0; i < p->row_count; i++) {
        const struct row *row = &p->rows[i];
        if (!is_ordered(row))
            continue;
        size_t len = strlen(version);
        if (order_of(row->release, version, len) < 0) {
            if (!older || order_of(older->release, row->release, strlen(row->release)) < 0 ||
                (order_of(older->release, row->release, strlen(row->release)) == 0 &&
                 strcmp(older->release, row->release) <= 0))
                older = row;
        } else if (!newer || order_of(newer->release, row->release, strlen(row->release)) > 0 ||
                   (order_of(newer->release, row->release, strlen(row->release)) == 0 &&
                    strcmp(newer->release, row->release) > 0)) {
            newer = row;
        }
    }
    if (!newer)
        return false;
    pad(newer->release, strlen(newer->release), next);
    pad(version, strlen(version), wanted);
    if (starts(next, wanted) && (next[strlen(wanted)] == '\0' || next[strlen(wanted)] == '.'))
        return false;
    out->row = newer;
    out->kind = older ? SHELFLIFE_MATCH_BETWEEN : SHELFLIFE_MATCH_OLDER;
    out->days[0] = out->days[1] = out->days[2] = SHELFLIFE_DAY_NONE;
    out->ended = true;
    if (!older)
        return true;
    int64_t before = last_day(p, older), after = last_day(p, newer), last = before > after ? before : after;
    out->counts_after = last == INT64_MIN ? SHELFLIFE_DAY_NONE : (shelflife_day)last;
    return last != INT64_MAX;
}

/* A version without rows, by those near it; "": any. False: it may be a release without an end. */
static bool read_nearby(const struct catalog_product *p, const struct catalog_pattern *repository,
                        const char *version, struct found *out)
{
    const struct row *rows[ROWS];
    size_t n = 0;
    char longer[140];
    snprintf(longer, sizeof(longer), "%s0", version);
    if (p->whole_tag ||
        (version[0] && (is_listed(p, version) || !is_within(repository, version, strlen(version)))))
        return false;
    for (size_t i = 0; i < p->row_count; i++) {
        if (strchr(version, '.') && (belongs(&p->rows[i], longer) || is_listed(p, longer)))
            return false;
        if (!belongs(&p->rows[i], version))
            continue;
        if (end_of(&p->rows[i], 0) == INT64_MAX)
            return false;
        rows[n++] = &p->rows[i];
    }
    out->rows_open = 1;
    if (n > 0) {
        out->kind = SHELFLIFE_MATCH_SEVERAL;
        out->row = best_row(rows, n, false);
        merge_dates(out, rows, n);
        return true;
    }
    bool build = strlen(version) >= 7 && !strchr(version, '.');
    return !build && !is_of_line(p, version) && read_older(p, version, out);
}

/* ---- tags and names ---- */

static enum settled read_tag(const struct catalog_product *p, const char *pattern, const char *tag,
                             const struct fields *of_name, bool part, struct found *out, size_t *used)
{
    size_t head = strcspn(pattern, "{"), numbers;
    struct fields f = *of_name;
    enum settled result = NOT_LISTED;
    const char *suffix = strchr(pattern, '}') + 1;
    if (strncmp(pattern, tag, head) != 0)
        return NOT_LISTED;
    const char *text = tag + head;
    if (text[0] == 'v' && ascii_is_digit(text[1]))
        text++;
    f.numbers = count_numbers(text, &numbers);
    for (size_t len = strlen(text); len > 0; len--) {
        size_t end = len + strlen(suffix);
        if (!starts(text + len, suffix) || !boundary(text, end) || (p->whole_tag && !part && text[end]))
            continue;
        enum settled known = settle_spelling(p, text, len, false, &f, out);
        if (known == SEVERAL)
            return SEVERAL;
        if (known != SETTLED) {
            result = known == OTHER_VARIANT ? known : result;
            continue;
        }
        size_t version = suffix[0] ? len : version_length(text, len, ".");
        if (suffix[0] && ascii_is_digit(text[end])) {
            size_t n = end;
            while (ascii_is_digit(text[n]))
                n++;
            if (!ascii_is_letter(text[n]))
                version = version_length(text, n, ".");
        }
        size_t pre = part || suffix[0] || len > numbers ? 0 : pre_release(text, numbers);
        bool last = !part && !suffix[0] && !p->whole_tag && is_last(text);
        out->kind = pre || last ? SHELFLIFE_MATCH_PRE_RELEASE : SHELFLIFE_MATCH_RELEASE;
        out->version = (str){text, pre ? pre : version};
        *used = (size_t)(text - tag) + (pre ? pre : end);
        return SETTLED;
    }
    return result;
}

/* Whether the words of the tag exclude the product. */
static bool is_excluded(const struct catalog_product *p, const char *tag)
{
    bool excluded = p->tag_count > 0 && tag[0];
    for (size_t i = 0; i < p->tag_count; i++)
        excluded = excluded && !applies(&p->tags[i], tag);
    return excluded;
}

static bool read_unlisted(const struct catalog_product *p, const struct catalog_pattern *repository,
                          const char *tag, bool listed, struct found *out, size_t *used)
{
    static const struct catalog_pattern any = {.text = "{version}", .with = "", .without = ""};
    bool some = false;
    struct found first = *out;
    if (is_excluded(p, tag))
        return false;
    for (size_t i = 0; i < (p->tag_count ? p->tag_count : 1); i++) {
        const struct catalog_pattern *pattern = p->tag_count ? &p->tags[i] : &any;
        size_t head = strcspn(pattern->text, "{"), numbers;
        char version[128];
        if (strncmp(pattern->text, tag, head) != 0 || !applies(pattern, tag))
            continue;
        const char *text = tag + head;
        if (text[0] == 'v' && ascii_is_digit(text[1]))
            text++;
        if (count_numbers(text, &numbers) == 0)
            continue;
        struct found found = *out;
        snprintf(version, sizeof(version), "%.*s", (int)numbers, text);
        bool nearby = !ascii_is_letter(text[numbers]) && !strchr(pattern->text, '}')[1];
        if (nearby && (listed || !read_nearby(p, repository, version, &found)))
            return false;
        if (nearby && !first.row) {
            first = found;
            first.version = first.release = (str){text, numbers};
            *used = (size_t)(text - tag) + numbers;
        }
        some = true;
    }
    *out = first;
    return first.row || (!some && read_nearby(p, repository, "", out));
}

static bool read_in_name(const struct catalog_product *p, const struct fields *of_name, const char *version,
                         struct found *out)
{
    struct fields f = *of_name;
    size_t all = strlen(f.version), numbers;
    bool listed = false;
    char dotted[sizeof(f.version)] = {0};
    for (size_t i = 0; i <= all; i++)
        dotted[i] = catalog_is_separator(f.version[i]) ? '.' : f.version[i];
    f.numbers = count_numbers(dotted, &numbers);
    out->version = (str){version, all};
    for (size_t len = all; len > 0; len--) {
        if (!boundary(f.version, len) || version_length(f.version, len, ".-_") != all ||
            (p->whole_tag && len < all))
            continue;
        enum settled known = settle_spelling(p, f.version, len, true, &f, out);
        if (known == SETTLED || known == SEVERAL)
            return known == SETTLED;
        listed = listed || known == OTHER_VARIANT;
    }
    out->release = out->version;
    return !listed && numbers == all && read_nearby(p, f.repository, dotted, out);
}

static bool read_product(const struct catalog_product *p, const struct catalog_pattern *pattern,
                         const struct fields *of_name, const char *version, const char *tag,
                         struct found *out, size_t *used)
{
    struct fields f = *of_name;
    bool listed = false;
    *out = (struct found){.product = p, .by = SHELFLIFE_MATCH_BY_REPOSITORY, .before = pattern->before};
    *used = 0;
    f.service = pattern->service;
    f.repository = pattern;
    if (p->rows[0].release[0] == '\0') {
        const struct row *rows[ROWS];
        for (size_t i = 0; i < p->row_count; i++)
            rows[i] = &p->rows[i];
        return settle(rows, p->row_count, &f, out) == SETTLED;
    }
    if (f.version[0])
        return read_in_name(p, &f, version, out);
    out->by = SHELFLIFE_MATCH_BY_TAG;
    for (size_t i = 0; i < (p->tag_count ? p->tag_count : 1); i++) {
        struct fields both = f;
        if (p->tag_count && !applies(&p->tags[i], tag))
            continue;
        if (p->tag_count && !both.service[0])
            both.service = p->tags[i].service;
        enum settled known =
            read_tag(p, p->tag_count ? p->tags[i].text : "{version}", tag, &both, false, out, used);
        if (known == SETTLED)
            return true;
        listed = listed || known != NOT_LISTED;
    }
    out->row = NULL;
    return read_unlisted(p, pattern, tag, listed, out, used);
}

static struct found *of_product(struct catalog_reading *r, const struct catalog_product *p)
{
    for (size_t i = 0; i < r->found_count; i++)
        if (r->found[i].product == p)
            return &r->found[i];
    return NULL;
}

static void add_part(struct catalog_reading *r, const struct found *part)
{
    struct found *before = of_product(r, part->product);
    if (before && before->by == SHELFLIFE_MATCH_BY_PART &&
        strcmp(before->row->release, part->row->release) != 0)
        before->contradicted = true;
    if (!before && r->found_count < FOUND)
        r->found[r->found_count++] = *part;
}

static void read_part(struct catalog_reading *r, const struct catalog_product *p,
                      const struct catalog_pattern *pattern, const char *tag, size_t at)
{
    struct found part = {.product = p, .by = SHELFLIFE_MATCH_BY_PART, .before = ""};
    struct fields nothing = {.service = ""};
    size_t head = strcspn(pattern->text, "{"), used, word = strcspn(tag + at, ".-_+");
    if (!applies(pattern, tag))
        return;
    if (head == 0) {
        for (size_t i = 0; i < p->row_count; i++)
            if (p->rows[i].codename[0] && strlen(p->rows[i].codename) == word &&
                strncmp(p->rows[i].codename, tag + at, word) == 0 &&
                settle_spelling(p, tag + at, word, false, &nothing, &part) == SETTLED) {
                part.version = (str){tag + at, word};
                add_part(r, &part);
                return;
            }
    } else if (strncmp(pattern->text, tag + at, head) == 0 && ascii_is_digit(tag[at + head]) &&
               read_tag(p, "{version}", tag + at + head, &nothing, true, &part, &used) == SETTLED) {
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
                read_part(r, &c->products[i], &c->products[i].parts[k], tag, at);
    }
}

/* The bytes before the first field of the pattern of c that counts for the name; SIZE_MAX: none does. */
static size_t counting_head(const struct catalog *c, const char *name)
{
    const char *texts[(PRODUCTS + 1) * PATTERNS];
    size_t best = SIZE_MAX, count = 0;
    for (size_t i = 0; i < c->product_count; i++)
        for (size_t k = 0; k < c->products[i].repository_count; k++)
            texts[count++] = c->products[i].repositories[k].text;
    for (size_t i = 0; i < c->base_count; i++)
        texts[count++] = c->bases[i].text;
    for (size_t i = 0; i < count; i++) {
        struct fields f = {0};
        size_t head = strcspn(texts[i], "{");
        if (!fits(texts[i], name, &f))
            continue;
        if (texts[i][head] == '\0')
            return head;
        if (best == SIZE_MAX || head > best)
            best = head;
    }
    return best;
}

/* The row's new repository, with the fields of the name. */
static void fill_moved(struct found *out, const struct fields *f)
{
    const struct {
        const char *name, *value;
    } all[] = {{"{acc}", f->acc}, {"{py}", f->py}, {"{version}", f->version}};
    size_t used = 0;
    for (const char *p = out->row->moved; *p;) {
        size_t i = 0;
        while (i < COUNT(all) && !(all[i].value[0] && starts(p, all[i].name)))
            i++;
        used += (size_t)(i < COUNT(all)
                             ? snprintf(out->moved + used, sizeof(out->moved) - used, "%s", all[i].value)
                             : snprintf(out->moved + used, sizeof(out->moved) - used, "%c", *p));
        p += i < COUNT(all) ? strlen(all[i].name) : 1;
    }
}

static bool is_told(const struct found *f)
{
    return f->kind == SHELFLIFE_MATCH_RELEASE || f->kind == SHELFLIFE_MATCH_PRE_RELEASE;
}

static bool is_excepted(const struct catalog_product *p, const char *tag)
{
    return p->excepted[0] && (tag[0] == '\0' || strcmp(p->excepted, tag) == 0);
}

static void read_repository(struct catalog_reading *r, const struct catalog *c,
                            const struct catalog_product *p, const struct catalog_pattern *pattern,
                            const struct fields *f, const char *tag, size_t *used)
{
    struct found found, *before = of_product(r, p);
    size_t length = 0;
    if (is_excepted(p, tag) || (before && is_told(before)))
        return;
    const char *version = r->canonical + strcspn(pattern->text, "{");
    if (strstr(pattern->text, "{acc}.{version}"))
        version += strlen(f->acc) + 1;
    bool matched = read_product(p, pattern, f, version, tag, &found, &length);
    if (!matched && p->whole_tag && p->rows[0].release[0])
        return;
    r->told = r->told || (matched && is_told(&found));
    r->open = r->open || (!matched && !is_excluded(p, tag));
    if (!r->product || (matched && r->found_count == 0)) {
        r->product = p->name;
        r->covered_by = c->name;
    }
    if (!matched || (before && !is_told(&found)))
        return;
    fill_moved(&found, f);
    if (*used == 0)
        *used = length;
    if (before)
        *before = found;
    else if (r->found_count < FOUND)
        r->found[r->found_count++] = found;
}

/* Which matches of all catalogs come first is the order of heads: longest first, no fields before all. */
static void read_name(struct catalog_reading *r, const struct catalog *c, size_t head, const char *tag,
                      size_t *used, bool *served)
{
    for (size_t i = 0; i < c->product_count; i++)
        for (size_t k = 0; k < c->products[i].repository_count; k++) {
            const struct catalog_pattern *pattern = &c->products[i].repositories[k];
            struct fields f = {0};
            if (strcspn(pattern->text, "{") != head || !fits(pattern->text, r->canonical, &f))
                continue;
            *served = true;
            read_repository(r, c, &c->products[i], pattern, &f, tag, used);
        }
    for (size_t i = 0; i < c->base_count; i++) {
        struct fields f = {0};
        if (strcspn(c->bases[i].text, "{") != head || !fits(c->bases[i].text, r->canonical, &f))
            continue;
        *served = true;
        if (!r->covered_by)
            r->covered_by = c->name;
    }
}

static void read_digest(struct catalog_reading *r, const char *digest)
{
    unsigned number = (unsigned)(digest[strlen(digest) - 1] - '0');
    for (size_t c = 0; c < r->count; c++)
        for (size_t i = 0; i < r->catalogs[c].product_count; i++) {
            const struct catalog_product *p = &r->catalogs[c].products[i];
            struct found found = {.product = p,
                                  .by = SHELFLIFE_MATCH_BY_DIGEST,
                                  .version = shelflife_str_of(digest),
                                  .before = ""};
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
            found.row = best_row(rows, n, true);
            found.release = shelflife_str_of(found.row->release);
            found.rows_open = n;
            snprintf(found.moved, sizeof(found.moved), "%s",
                     strchr(found.row->moved, '{') ? "" : found.row->moved);
            merge_dates(&found, rows, n);
            if (r->found_count == 0) {
                r->product = p->name;
                r->covered_by = r->catalogs[c].name;
            }
            r->found[r->found_count++] = found;
        }
}

static void read_covers(struct catalog_reading *r, size_t *catalog)
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
                r->only_covered = true;
                *catalog = c;
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
    size_t covered = r->count;
    bool any = false;
    if (!r->covered_by)
        read_covers(r, &covered);
    for (size_t c = 0; c < r->count; c++)
        any = any || served[c];
    for (size_t c = 0; c < r->count; c++)
        if (served[c] || (!any && c == covered))
            read_parts(r, &r->catalogs[c], tag, used[c]);
}

static enum shelflife_phase phase_of(const struct found *f, shelflife_day at, int notice, bool extended)
{
    bool other = extended && f->days[2] != SHELFLIFE_DAY_NONE, known = f->kind == SHELFLIFE_MATCH_RELEASE;
    shelflife_day end = other ? f->days[2] : f->days[0];
    if (f->kind == SHELFLIFE_MATCH_BETWEEN && f->counts_after != SHELFLIFE_DAY_NONE && at <= f->counts_after)
        return SHELFLIFE_PHASE_UNRESOLVED;
    if (f->kind == SHELFLIFE_MATCH_SEVERAL && end != SHELFLIFE_DAY_NONE && end > day(as_of))
        return SHELFLIFE_PHASE_UNRESOLVED;
    if (f->days[1] != SHELFLIFE_DAY_NONE && at > f->days[1])
        return SHELFLIFE_PHASE_UNAVAILABLE;
    if ((f->ended && !other) || (end != SHELFLIFE_DAY_NONE && at > end))
        return SHELFLIFE_PHASE_UNPATCHED;
    if (!known)
        return SHELFLIFE_PHASE_UNRESOLVED;
    return end != SHELFLIFE_DAY_NONE && end <= at + notice ? SHELFLIFE_PHASE_ENDING
                                                           : SHELFLIFE_PHASE_SUPPORTED;
}

/* ---- both ---- */

static void differ(const char *what, const char *image)
{
    fprintf(stderr, "%s: the index and the plain reading differ in the %s\n", image, what);
    abort();
}

static bool is_row(const struct shelflife_row *row, const struct catalog_reading *r, const struct found *f)
{
    char path[64] = "";
    for (size_t c = 0; c < r->count; c++)
        for (size_t k = 0; k < r->catalogs[c].product_count; k++)
            if (f->product == &r->catalogs[c].products[k])
                snprintf(path, sizeof(path), "products[%zu].rows[%zu]", k,
                         (size_t)(f->row - f->product->rows));
    return shelflife_str_equal(row->path, shelflife_str_of(path));
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
    if (out->only_covered != r->only_covered)
        differ("kind of cover", image);
    for (size_t i = 0; i < r->found_count; i++) {
        const struct found *f = &r->found[i];
        if (f->contradicted || (!is_told(f) && (r->told || r->open)))
            continue;
        expected++;
        const struct shelflife_match *m = match_of(out, r, f);
        if (!m || m->kind != f->kind || !shelflife_str_equal(m->release, f->release))
            differ("matches", image);
        if (!is_row(m->row, r, f))
            differ("rows", image);
        if (m->by != f->by || m->rows_open != f->rows_open || !shelflife_str_equal(m->version, f->version))
            differ("ways of the matches", image);
        if (m->end_of_patch != f->days[0] || m->end_of_availability != f->days[1] ||
            m->end_of_extended_patch != f->days[2] || m->ended != f->ended)
            differ("dates", image);
        if (m->kind == SHELFLIFE_MATCH_BETWEEN && m->counts_after != f->counts_after)
            differ("day from which a version between two counts", image);
        if (!shelflife_str_equal(m->moved_to, shelflife_str_of(f->moved)) ||
            !shelflife_str_equal(m->before, shelflife_str_of(f->before)))
            differ("repositories to move to", image);
        for (int k = 0; k < 8; k++) {
            shelflife_day at = day("2024-01-01") + k / 2 * 366;
            if (shelflife_match_phase(m, at, 100, k % 2) != phase_of(f, at, 100, k % 2))
                differ("phase", image);
        }
    }
    if (expected != out->match_count)
        differ("number of matches", image);
}

/* A name that a pattern matches, or nearly. */
static void fill_pattern(struct source *s, const char *pattern, char *out, size_t size)
{
    static const char *const versions[] = {"1-1",  "1",   "1-10",  "1_1", "2",     "8",    "al2",
                                           "2-0",  "11",  "1-1-1", "bo",  "1-1-x", "1-1x", "1-2",
                                           "1-15", "0-9", "1-2-7", "4",   "01-1"};
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
    static const char *const versions[] = {
        "",        "1.1",     "1.10", "1",     "v2",      "2",       "8u502",        "e-1",
        "1-1",     "al",      "bo",   "1.1.1", "1-x",     "11",      "2.0",          "8",
        "e-v1.1",  "latest",  "1.0",  "1.2",   "1.1-rc1", "1.1.0a1", "2.555",        "x-1.1",
        "1.15",    "0.5",     "v1",   "4.2",   "1.01",    "1.1-M2",  "2.0-SNAPSHOT", "20240101",
        "1234567", "1.2.3.4", "v0.9", "6"};
    static const char *const pieces[] = {
        "-bo", "-ja", "-al2", "-al-1.1", "-p-al1",   "-x",      ".1",  "-1",  "_1",     "b",     ".0",
        "-al", "bo",  "-p",   "rc1",     "-al1.1.1", "-xp-al1", "-rc", "-v3", "-beta2", ".dev0", "-b07"};
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
        if (!shelflife_catalogs_resolve(set, reference.name, &reference, NULL, &a, &out, NULL))
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
