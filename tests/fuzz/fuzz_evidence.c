/* rooms: base json reference catalog */
/*
 * Evidence rules against a plain reading of them. The input makes up products with rules, out of pieces that
 * often fit each other, and images with evidence; each is resolved by the index, and by going through all
 * rules in order. Both must find the same. Nothing changes without the evidence that no rule reads. Other
 * inputs are a pattern and a value, which are compared with a plain matcher, too.
 */
#include <stdio.h>

#include "catalog/internal.h"

enum { PRODUCTS = 3, RULES = 3, VALUES = 2, TESTS = 2, RELEASES = 3, PIECES = 10, IMAGES = 6 };

static void check(bool ok)
{
    if (!ok)
        abort();
}

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

static const char *const names[] = {"A", "B", "C", "version"};
static const char *const line_patterns[] = {"ADD f-{version}-* /", "RUN b '{version}' '@{snapshot}'",
                                            "f-{version}-", "ADD f*-{version} /", "COPY {snapshot} /"};
static const char *const line_tests[] = {"ADD f*", "RUN b*'", "COPY *"};
static const char *const value_patterns[] = {
    "{version}",      "v-{version}",          "{version}-*", "*:{version}",       "*-{version}",
    "{py}/{version}", "{version}@{snapshot}", "{snapshot}",  "until {endOfPatch}"};
static const char *const value_tests[] = {"*", "x", "*x*", "v-*", "x*", "*x"};
static const char *const releases[] = {"x", "y", "x.y", "xx", "x-x", "ja"};
static const char *const spellings[] = {"one", "x", "y.x", "v-x"};
static const char *const values[] = {
    "x",     "y",     "x.y",          "vx",    "v-x",        "v-x.y-z",  "1:x",
    "1:y-x", "p1/x",  "p2/x.y",       "x-x-y", "xx",         "x~y",      "",
    "x@0",   "one",   "x@1785715200", "ja",    "x@20260803", "20260803", "until 2027-01-01",
    "x:x",   "one.x", "one1",         "x/y",   "-x"};
static const char *const lines[] = {"ADD f-x-1.tar /",  "ADD f-y-2 /",       "RUN b 'x.y' '@1785715200'",
                                    "ADD f-x-1.tar /d", "COPY 2026-08-03 /", "ADD f-ja /",
                                    "RUN b 'x' '@x'"};
static const char *const tags[] = {"", "x", "y", "x.y", "x-ja"};

struct subject {
    unsigned kind; /* enum shelflife_evidence_kind */
    const char *name;
    const char *values[VALUES];
    size_t value_count;
};

struct rule {
    struct subject subject, when[TESTS], unless[TESTS];
    size_t when_count, unless_count;
    const char *spelling, *release; /* or NULL */
};

struct product {
    struct rule rules[RULES];
    size_t rule_count;
    const char *releases[RELEASES], *pys[RELEASES]; /* py "": any */
    size_t release_count;
    bool is_part;
};

struct made {
    struct product products[PRODUCTS];
    size_t count;
};

static void make_subject(struct source *s, struct subject *out, bool test)
{
    out->kind = choose(s, SHELFLIFE_EVIDENCE_KINDS);
    out->name = CHOOSE(s, names);
    out->value_count = 1 + choose(s, VALUES);
    const bool line = out->kind == SHELFLIFE_EVIDENCE_HISTORY;
    for (size_t i = 0; i < out->value_count; i++)
        out->values[i] = test ? (line ? CHOOSE(s, line_tests) : CHOOSE(s, value_tests))
                              : (line ? CHOOSE(s, line_patterns) : CHOOSE(s, value_patterns));
}

static void make_product(struct source *s, struct product *p)
{
    p->rule_count = 1 + choose(s, RULES);
    for (size_t i = 0; i < p->rule_count; i++) {
        struct rule *rule = &p->rules[i];
        make_subject(s, &rule->subject, false);
        rule->when_count = choose(s, TESTS + 1);
        rule->unless_count = choose(s, 4) == 3;
        for (size_t k = 0; k < rule->when_count; k++)
            make_subject(s, &rule->when[k], true);
        for (size_t k = 0; k < rule->unless_count; k++)
            make_subject(s, &rule->unless[k], true);
        if (choose(s, 4) == 3) {
            rule->spelling = CHOOSE(s, spellings);
            rule->release = CHOOSE(s, releases);
        }
    }
    p->release_count = 1 + choose(s, RELEASES);
    for (size_t i = 0; i < p->release_count; i++) {
        static const char *const pys[] = {"", "", "p1", "p2"};
        p->releases[i] = CHOOSE(s, releases);
        p->pys[i] = CHOOSE(s, pys);
    }
    p->is_part = choose(s, 2);
}

static bool has_py(const struct product *p)
{
    for (size_t i = 0; i < p->rule_count; i++)
        for (size_t k = 0; k < p->rules[i].subject.value_count; k++)
            if (strstr(p->rules[i].subject.values[k], "{py}"))
                return true;
    return false;
}

static void write_subject(buffer *out, const struct subject *subject)
{
    const bool line = subject->kind == SHELFLIFE_EVIDENCE_HISTORY;
    shelflife_buffer_format(out, "\"%s\": ", shelflife_evidence_kind_names[subject->kind]);
    if (!line)
        shelflife_buffer_format(out, "\"%s\", \"value\": ", subject->name);
    for (size_t i = 0; i < subject->value_count; i++)
        shelflife_buffer_format(out, "%s\"%s\"", i ? ", " : "[", subject->values[i]);
    shelflife_buffer_append(out, STR("]"));
}

static void write_tests(buffer *out, const char *key, const struct subject *tests, size_t count)
{
    if (count == 0)
        return;
    shelflife_buffer_format(out, ", \"%s\": [", key);
    for (size_t i = 0; i < count; i++) {
        shelflife_buffer_append(out, i ? STR(", {") : STR("{"));
        write_subject(out, &tests[i]);
        shelflife_buffer_append(out, STR("}"));
    }
    shelflife_buffer_append(out, STR("]"));
}

static void write_catalog(buffer *out, const struct made *m)
{
    shelflife_buffer_append(
        out, STR("{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": \"c\", "
                 "\"asOf\": \"2026-01-01\", \"parts\": ["));
    bool any = false;
    for (size_t i = 0; i < m->count; i++)
        if (m->products[i].is_part) {
            shelflife_buffer_format(out, "%s\"p%zu\"", any ? ", " : "", i);
            any = true;
        }
    shelflife_buffer_append(out, STR("], \"products\": ["));
    for (size_t i = 0; i < m->count; i++) {
        const struct product *p = &m->products[i];
        shelflife_buffer_format(out,
                                "%s{\"name\": \"p%zu\", \"repositories\": [\"r.x/p%zu\"], \"part\": "
                                "[\"none{version}\"], \"evidence\": [",
                                i ? ", " : "", i, i);
        for (size_t k = 0; k < p->rule_count; k++) {
            const struct rule *rule = &p->rules[k];
            shelflife_buffer_append(out, k ? STR(", {") : STR("{"));
            write_subject(out, &rule->subject);
            write_tests(out, "when", rule->when, rule->when_count);
            write_tests(out, "unless", rule->unless, rule->unless_count);
            if (rule->spelling)
                shelflife_buffer_format(out, ", \"releases\": {\"%s\": \"%s\"}", rule->spelling,
                                        rule->release);
            shelflife_buffer_append(out, STR("}"));
        }
        shelflife_buffer_append(out, STR("], \"rows\": ["));
        for (size_t k = 0; k < p->release_count; k++) {
            shelflife_buffer_format(out, "%s{\"release\": \"%s\"", k ? ", " : "", p->releases[k]);
            if (p->pys[k][0] && has_py(p))
                shelflife_buffer_format(out, ", \"when\": {\"py\": \"%s\"}", p->pys[k]);
            shelflife_buffer_append(out, STR("}"));
        }
        shelflife_buffer_append(out, STR("]}"));
    }
    shelflife_buffer_append(out, STR("]}"));
}

/* ---- the plain matcher ---- */

struct captured {
    str version, py;
    shelflife_day snapshot, end_of_patch;
};

static bool all_digits(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_digit(s.at[i]))
            return false;
    return s.len > 0;
}

/* A day as the schema says: YYYY-MM-DD, which a time may follow. */
static bool plain_date(str s, shelflife_day *out)
{
    return s.len >= 10 && (s.len == 10 || s.at[10] == 'T' || s.at[10] == ' ') &&
           shelflife_day_parse(shelflife_str_first(s, 10), out);
}

static bool plain_snapshot(str s, shelflife_day *out)
{
    char text[16];
    bool ok;
    if (all_digits(s) && s.len == 8) {
        snprintf(text, sizeof(text), "%.4s-%.2s-%.2s", s.at, s.at + 4, s.at + 6);
        ok = shelflife_day_parse(shelflife_str_of(text), out);
    } else if (all_digits(s)) {
        int64_t seconds = 0;
        for (size_t i = 0; i < s.len && s.len <= 12; i++)
            seconds = seconds * 10 + s.at[i] - '0';
        *out = shelflife_day_of_seconds(seconds);
        ok = s.len <= 12;
    } else {
        ok = plain_date(s, out);
    }
    shelflife_day first = 0;
    return ok && shelflife_day_parse(STR("2000-01-01"), &first) && *out >= first;
}

static bool plain_field(str name, str value, struct captured *out)
{
    if (value.len == 0 || value.len > 128)
        return false;
    if (shelflife_str_equal(name, STR("snapshot")))
        return plain_snapshot(value, &out->snapshot);
    if (shelflife_str_equal(name, STR("endOfPatch")))
        return plain_date(value, &out->end_of_patch);
    if (shelflife_str_equal(name, STR("version"))) {
        out->version = value;
        return true;
    }
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] == '\0' || (!ascii_is_alphanumeric(value.at[i]) && !strchr("._-", value.at[i])))
            return false;
    if (shelflife_str_equal(name, STR("py")))
        out->py = value;
    return true;
}

/* The first place of `text` in s, or SIZE_MAX. */
static size_t place_of(str s, str text)
{
    for (size_t i = 0; i + text.len <= s.len; i++)
        if (shelflife_str_starts(shelflife_str_after(s, i), text))
            return i;
    return SIZE_MAX;
}

static bool plain_match(str pattern, str value, struct captured *out)
{
    if (pattern.len == 0)
        return value.len == 0;
    if (pattern.at[0] != '*' && pattern.at[0] != '{')
        return value.len > 0 && value.at[0] == pattern.at[0] &&
               plain_match(shelflife_str_after(pattern, 1), shelflife_str_after(value, 1), out);
    const bool star = pattern.at[0] == '*';
    size_t close = star ? 0 : shelflife_str_find(pattern, '}');
    str rest = shelflife_str_after(pattern, close + 1), text = rest;
    for (size_t i = 0; i < rest.len; i++)
        if (rest.at[i] == '*' || rest.at[i] == '{') {
            text = shelflife_str_first(rest, i);
            break;
        }
    size_t run = text.len == 0 ? value.len : place_of(value, text);
    if (star && text.len == rest.len) /* nothing else follows */
        run = shelflife_str_ends(value, text) ? value.len - text.len : SIZE_MAX;
    return run != SIZE_MAX &&
           (star || plain_field(shelflife_str_first(shelflife_str_after(pattern, 1), close - 1),
                                shelflife_str_first(value, run), out)) &&
           plain_match(rest, shelflife_str_after(value, run), out);
}

static bool matches(const char *pattern, str value, struct captured *out)
{
    char line[CATALOG_VALUE_PATTERN_MAX];
    str text = shelflife_str_of(pattern);
    *out = (struct captured){.snapshot = SHELFLIFE_DAY_NONE, .end_of_patch = SHELFLIFE_DAY_NONE};
    if (strncmp(pattern, "f-", 2) == 0) {
        int n = snprintf(line, sizeof(line), "ADD %s* /", pattern);
        text = (str){line, (size_t)n};
    }
    return plain_match(text, value, out);
}

/* ---- the plain reading of rules ---- */

struct found {
    const char *release;
    str version;
    const struct shelflife_evidence *evidence;
    shelflife_day end_of_patch;
    bool found;
};

static const struct shelflife_evidence *last_of(const struct shelflife_evidence_list *list, unsigned kind,
                                                const char *name)
{
    const struct shelflife_evidence *last = NULL;
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i].kind == kind && shelflife_str_equal(list->at[i].name, shelflife_str_of(name)))
            last = &list->at[i];
    return last;
}

static bool fits(const struct subject *test, const struct shelflife_evidence *piece)
{
    struct captured captured;
    for (size_t i = 0; i < test->value_count; i++)
        if (matches(test->values[i], piece->value, &captured))
            return true;
    return false;
}

static bool is_met(const struct subject *test, const struct shelflife_evidence_list *list)
{
    if (test->kind != SHELFLIFE_EVIDENCE_HISTORY) {
        const struct shelflife_evidence *piece = last_of(list, test->kind, test->name);
        return piece && fits(test, piece);
    }
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i].kind == SHELFLIFE_EVIDENCE_HISTORY && fits(test, &list->at[i]))
            return true;
    return false;
}

static bool are_met(const struct rule *rule, const struct shelflife_evidence_list *list)
{
    for (size_t i = 0; i < rule->when_count; i++)
        if (!is_met(&rule->when[i], list))
            return false;
    for (size_t i = 0; i < rule->unless_count; i++)
        if (is_met(&rule->unless[i], list))
            return false;
    return true;
}

static bool is_word_end(str text, size_t i)
{
    return i == text.len || !ascii_is_alphanumeric(text.at[i]) ||
           (ascii_is_letter(text.at[i - 1]) && ascii_is_digit(text.at[i]));
}

/* The release for a variant: the longest one at the beginning. *open is how many bytes name it. */
static const char *plain_release(const struct product *p, str text, str py, size_t *used)
{
    for (size_t len = text.len; len > 0; len--) {
        bool listed = false;
        if (!is_word_end(text, len))
            continue;
        for (size_t i = 0; i < p->release_count; i++) {
            str release = shelflife_str_of(p->releases[i]);
            bool equal = release.len == len;
            for (size_t k = 0; equal && k < len; k++)
                equal = release.at[k] == text.at[k] ||
                        (release.at[k] == '-' && !ascii_is_alphanumeric(text.at[k]) &&
                         !catalog_is_separator(text.at[k]));
            listed = listed || equal;
            if (equal && (!p->pys[i][0] || !has_py(p) || py.len == 0 ||
                          shelflife_str_equal(shelflife_str_of(p->pys[i]), py))) {
                *used = len;
                return p->releases[i];
            }
        }
    }
    return NULL;
}

static void look_up(const struct product *p, const struct rule *rule, const struct captured *captured,
                    const struct shelflife_evidence *piece, struct found *out)
{
    const str version = captured->version;
    const str spelling = rule->spelling ? shelflife_str_of(rule->spelling) : (str){0};
    size_t used = 0;
    if (version.len == 0)
        return;
    if (rule->spelling && shelflife_str_starts(version, spelling) &&
        (version.len == spelling.len || !ascii_is_alphanumeric(version.at[spelling.len]))) {
        out->release = plain_release(p, shelflife_str_of(rule->release), captured->py, &used);
        out->version = shelflife_str_first(version, spelling.len);
    } else {
        out->release = plain_release(p, version, captured->py, &used);
        out->version = shelflife_str_first(version, used);
    }
    out->found = out->release != NULL;
    out->evidence = piece;
}

static void read_piece(const struct product *p, const struct rule *rule,
                       const struct shelflife_evidence *piece, struct found *out, shelflife_day *snapshot)
{
    for (size_t i = 0; i < rule->subject.value_count; i++) {
        struct captured captured;
        if (!matches(rule->subject.values[i], piece->value, &captured))
            continue;
        if (*snapshot == SHELFLIFE_DAY_NONE)
            *snapshot = captured.snapshot;
        if (out->end_of_patch == SHELFLIFE_DAY_NONE)
            out->end_of_patch = captured.end_of_patch;
        if (!out->found)
            look_up(p, rule, &captured, piece, out);
        if (out->found)
            break;
    }
}

static void read_product(const struct product *p, const struct shelflife_evidence_list *list,
                         struct found *out, shelflife_day *snapshot)
{
    *out = (struct found){.end_of_patch = SHELFLIFE_DAY_NONE};
    for (size_t i = 0; i < p->rule_count; i++) {
        const struct rule *rule = &p->rules[i];
        if (!are_met(rule, list))
            continue;
        if (rule->subject.kind != SHELFLIFE_EVIDENCE_HISTORY) {
            const struct shelflife_evidence *piece = last_of(list, rule->subject.kind, rule->subject.name);
            if (piece)
                read_piece(p, rule, piece, out, snapshot);
            continue;
        }
        for (size_t k = 0; k < list->count; k++)
            if (list->at[k].kind == SHELFLIFE_EVIDENCE_HISTORY)
                read_piece(p, rule, &list->at[k], out, snapshot);
    }
}

/* ---- comparing ---- */

static const struct shelflife_match *match_of(const struct shelflife_resolution *r, size_t product)
{
    char name[32];
    snprintf(name, sizeof(name), "p%zu", product);
    for (size_t i = 0; i < r->match_count; i++)
        if (shelflife_str_equal(r->matches[i].row->product->name, shelflife_str_of(name)))
            return &r->matches[i];
    return NULL;
}

/* `own` is the product of the repository, and `named` its release in the tag, or NULL. */
static void compare(const struct made *m, const struct shelflife_evidence_list *list,
                    const struct shelflife_resolution *r, size_t own, const char *named)
{
    shelflife_day snapshot = SHELFLIFE_DAY_NONE;
    size_t expected = 0;
    for (size_t i = 0; i < m->count; i++) {
        struct found found;
        read_product(&m->products[i], list, &found, &snapshot);
        const struct shelflife_match *match = match_of(r, i);
        const char *by_tag = i == own ? named : NULL;
        expected += found.found || by_tag;
        check((match != NULL) == (found.found || by_tag));
        if (!match)
            continue;
        check((match->by == SHELFLIFE_MATCH_BY_EVIDENCE) == found.found);
        if (!found.found)
            continue;
        check(match->kind == SHELFLIFE_MATCH_RELEASE);
        check(shelflife_str_equal(match->release, shelflife_str_of(found.release)));
        check(match->evidence == found.evidence);
        check(match->version.at == found.version.at && match->version.len == found.version.len);
        check(match->base == (m->products[i].is_part && i != own));
        check(match->own_end == (found.end_of_patch != SHELFLIFE_DAY_NONE));
        check(match->end_of_patch == found.end_of_patch);
        check((match->contradicts != NULL) == (by_tag && strcmp(by_tag, found.release) != 0));
        check(!match->contradicts ||
              shelflife_str_equal(match->contradicts->release, shelflife_str_of(by_tag)));
    }
    check(r->match_count == expected);
    check(r->snapshot == snapshot);
}

/* What the tag names, if the product has it. */
static const char *release_of_tag(const struct product *p, const char *tag)
{
    size_t used;
    return tag[0] ? plain_release(p, shelflife_str_of(tag), (str){0}, &used) : NULL;
}

static bool same(const struct shelflife_resolution *a, const struct shelflife_resolution *b)
{
    bool equal = a->match_count == b->match_count && a->snapshot == b->snapshot;
    for (size_t i = 0; equal && i < a->match_count; i++)
        equal = a->matches[i].row == b->matches[i].row && a->matches[i].by == b->matches[i].by &&
                a->matches[i].end_of_patch == b->matches[i].end_of_patch &&
                shelflife_str_equal(a->matches[i].version, b->matches[i].version);
    return equal;
}

/* The same release, whether it is found ahead or not. */
static void check_ahead(const struct shelflife_catalogs *set, const struct shelflife_reference *reference,
                        const struct shelflife_evidence_list *list, const struct shelflife_resolution *wanted,
                        arena *a)
{
    struct shelflife_resolution found;
    struct shelflife_catalogs *ahead = shelflife_catalogs_find_ahead(set, list, 1, SIZE_MAX, NULL);
    check(ahead && shelflife_catalogs_resolve(ahead, reference->name, reference, list, a, &found, NULL));
    check(same(&found, wanted));
    for (size_t i = 0; i < found.match_count; i++) {
        const struct shelflife_match *x = &found.matches[i], *y = &wanted->matches[i];
        check(x->evidence == y->evidence && x->contradicts == y->contradicts && x->base == y->base &&
              x->own_end == y->own_end && x->kind == y->kind && x->rows_open == y->rows_open &&
              x->outdated == y->outdated && shelflife_str_equal(x->release, y->release));
    }
    shelflife_catalogs_free(ahead);
}

static void check_image(struct source *s, const struct shelflife_catalogs *set, const struct made *m)
{
    struct shelflife_evidence pieces[PIECES], read[PIECES];
    struct shelflife_evidence_list list = {pieces, choose(s, PIECES + 1)}, kept = {read, 0};
    for (size_t i = 0; i < list.count; i++) {
        pieces[i] = (struct shelflife_evidence){.kind = choose(s, SHELFLIFE_EVIDENCE_KINDS)};
        if (pieces[i].kind == SHELFLIFE_EVIDENCE_HISTORY) {
            pieces[i].value = shelflife_str_of(CHOOSE(s, lines));
        } else {
            pieces[i].name = shelflife_str_of(CHOOSE(s, names));
            pieces[i].value = shelflife_str_of(CHOOSE(s, values));
        }
        if (shelflife_catalogs_reads(set, &pieces[i]))
            read[kept.count++] = pieces[i];
    }
    char image[64];
    const size_t own = choose(s, (unsigned)m->count + 1); /* beyond the last: an image of nobody's */
    const char *tag = CHOOSE(s, tags);
    snprintf(image, sizeof(image), "r.x/p%zu%s%s", own, tag[0] ? ":" : "", tag);
    arena a;
    struct shelflife_reference reference;
    struct shelflife_resolution out, again;
    shelflife_arena_init(&a, 1 << 20);
    bool ok = shelflife_reference_parse(shelflife_str_of(image), &a, &reference, NULL) &&
              shelflife_catalogs_resolve(set, reference.name, &reference, &list, &a, &out, NULL) &&
              shelflife_catalogs_resolve(set, reference.name, &reference, &kept, &a, &again, NULL);
    check(ok);
    compare(m, &list, &out, own, own < m->count ? release_of_tag(&m->products[own], tag) : NULL);
    check(same(&out, &again));
    check_ahead(set, &reference, &list, &out, &a);
    shelflife_arena_free(&a);
}

static void check_rules(struct source *s)
{
    struct made made = {.count = 1 + choose(s, PRODUCTS)};
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    buffer text;
    shelflife_buffer_init(&text, 1 << 20);
    for (size_t i = 0; i < made.count; i++)
        make_product(s, &made.products[i]);
    write_catalog(&text, &made);
    check(set != NULL);
    /* It may have a row twice, or a pattern that only some lines have. */
    if (shelflife_catalogs_add(set, shelflife_buffer_str(&text), "made up", NULL) &&
        shelflife_catalogs_finish(set, NULL)) {
        check(shelflife_catalogs_evidence_rules(set) != 0);
        for (size_t i = 0; i < IMAGES; i++)
            check_image(s, set, &made);
    }
    shelflife_buffer_free(&text);
    shelflife_catalogs_free(set);
}

/* ---- one pattern ---- */

static void check_pattern(str bytes)
{
    struct catalog_value_fields fields;
    struct catalog_value_capture found;
    const str pattern = shelflife_str_first(bytes, shelflife_str_find(bytes, '\n'));
    const str value = shelflife_str_after(bytes, pattern.len + 1);
    if (pattern.len == 0 || shelflife_catalog_value_fault(pattern, &fields))
        return;
    struct captured plain = {.snapshot = SHELFLIFE_DAY_NONE, .end_of_patch = SHELFLIFE_DAY_NONE};
    bool wanted = value.len <= CATALOG_VALUE_MAX && plain_match(pattern, value, &plain);
    check(shelflife_catalog_value_match(pattern, value, &found) == wanted);
    if (!wanted)
        return;
    check(fields.head <= pattern.len);
    check(fields.version == (found.version.len > 0) && fields.variant_count == found.variant_count);
    check(fields.snapshot == (found.snapshot != SHELFLIFE_DAY_NONE));
    check(fields.end_of_patch == (found.end_of_patch != SHELFLIFE_DAY_NONE));
    check(found.snapshot == plain.snapshot && found.end_of_patch == plain.end_of_patch);
    check(found.version.at == plain.version.at && found.version.len == plain.version.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source s = {data, size};
    if (choose(&s, 4) == 3)
        check_pattern((str){(const char *)s.at, s.left});
    else
        check_rules(&s);
    return 0;
}
