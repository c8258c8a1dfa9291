/* rooms: base json reference catalog */
/*
 * Resolves every tag that a Docker Official Image maintained on 2026-08-21. The expectations are files: how
 * many tags resolve to each product (official-tags-counts.txt), and which of them are past end of patch
 * (official-tags-unpatched.txt, reviewed release by release). They are about the frozen catalogs. What must
 * hold with any data is checked for the embedded catalogs, too.
 */
#include "unit/catalog_kit.h"
#include "unit/frozen.h"

enum { PRODUCTS_MAX = 256, EXCEPTIONS_MAX = 256 };

/* What follows a release of each kind in official-tags-exceptions.txt. */
static const char *const kind_marks[] = {"", " (all)", " (older)", " (between)", " (pre-release)"};

static const str today = STR_INIT("2026-08-21");

struct counts {
    struct {
        char name[64];
        size_t found, expected;
    } at[PRODUCTS_MAX];
    size_t count;
};

struct fixture {
    struct shelflife_catalogs *set, *embedded;
    char *tags, *unpatched, *counts;
    size_t tags_len, unpatched_len, counts_len;
    shelflife_day at;
    arena arena;
};

static int setup(void **state)
{
    static struct fixture f;
    error err;
    f.set = shelflife_catalogs_new();
    f.embedded = shelflife_catalogs_new();
    assert_true(f.set && f.embedded);
    add_frozen_catalogs(f.set);
    finish(f.set);
    if (!shelflife_catalogs_add_embedded(f.embedded, &err))
        fail_msg("%s", err.text);
    finish(f.embedded);
    f.tags = read_file(TESTS_DIR "/data/official-tags.txt", &f.tags_len);
    f.unpatched = read_file(TESTS_DIR "/data/official-tags-unpatched.txt", &f.unpatched_len);
    f.counts = read_file(TESTS_DIR "/data/official-tags-counts.txt", &f.counts_len);
    assert_true(shelflife_day_parse(today, &f.at));
    shelflife_arena_init(&f.arena, 1 << 20);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    shelflife_catalogs_free(f->set);
    shelflife_catalogs_free(f->embedded);
    free(f->tags);
    free(f->unpatched);
    free(f->counts);
    shelflife_arena_free(&f->arena);
    return 0;
}

/* The next line that is not a comment; false at the end. */
static bool next_line(str *text, str *line)
{
    while (text->len) {
        *line = shelflife_str_first(*text, shelflife_str_find(*text, '\n'));
        *text = shelflife_str_after(*text, line->len + 1);
        if (line->len && line->at[0] != '#')
            return true;
    }
    return false;
}

/* Keeps the matches that count on the day: those that do not name a release only if all of them do. */
static void drop_unresolved(struct shelflife_resolution *r, shelflife_day at, arena *a)
{
    struct shelflife_match *kept = shelflife_arena_array(a, r->match_count, sizeof(*kept));
    size_t count = 0;
    bool doubtful = false;
    assert_non_null(kept);
    for (size_t i = 0; i < r->match_count; i++)
        doubtful |= shelflife_match_phase(&r->matches[i], at, 90, false) == SHELFLIFE_PHASE_UNRESOLVED;
    for (size_t i = 0; i < r->match_count; i++)
        if (!doubtful || r->matches[i].kind == SHELFLIFE_MATCH_RELEASE)
            kept[count++] = r->matches[i];
    r->matches = kept;
    r->match_count = count;
}

static struct shelflife_resolution resolve_tag(struct fixture *f, const struct shelflife_catalogs *set,
                                               str image)
{
    struct shelflife_reference reference;
    struct shelflife_resolution found = {0};
    error err;
    shelflife_arena_reset(&f->arena);
    if (!shelflife_reference_parse(image, &f->arena, &reference, &err) ||
        !shelflife_catalogs_resolve(set, reference.name, &reference, NULL, &f->arena, &found, &err))
        fail_msg("%.*s: %s", STR_PRINT(image), err.text);
    drop_unresolved(&found, f->at, &f->arena);
    return found;
}

/* ---- counts ---- */

static size_t *count_of(struct counts *c, const char *name, bool expected)
{
    size_t i = 0;
    while (i < c->count && strcmp(c->at[i].name, name) != 0)
        i++;
    if (i == c->count) {
        assert_true(c->count < PRODUCTS_MAX);
        snprintf(c->at[c->count++].name, sizeof(c->at[0].name), "%s", name);
    }
    return expected ? &c->at[i].expected : &c->at[i].found;
}

static void read_expected(struct fixture *f, struct counts *c)
{
    str rest = {f->counts, f->counts_len}, line;
    while (next_line(&rest, &line)) {
        char name[64];
        unsigned n;
        char text[128];
        snprintf(text, sizeof(text), "%.*s", STR_PRINT(line));
        assert_int_equal(sscanf(text, "%63s %u", name, &n), 2);
        *count_of(c, name, true) = n;
    }
}

static void no_product_has_fewer_tags_than_before(void **state)
{
    struct fixture *f = *state;
    struct counts c = {0};
    str rest = {f->tags, f->tags_len}, image;
    bool dropped = false;
    read_expected(f, &c);
    while (next_line(&rest, &image)) {
        struct shelflife_resolution found = resolve_tag(f, f->set, image);
        ++*count_of(&c,
                    found.match_count  ? "(resolved)"
                    : found.covered_by ? "(unresolved)"
                                       : "(unlisted)",
                    false);
        for (size_t i = 0; i < found.match_count; i++) {
            char name[64];
            snprintf(name, sizeof(name), "%.*s", STR_PRINT(found.matches[i].row->product->name));
            ++*count_of(&c, name, false);
        }
    }
    for (size_t i = 0; i < c.count; i++) {
        bool less = c.at[i].found < c.at[i].expected && c.at[i].name[0] != '(';
        dropped =
            dropped || less || (strcmp(c.at[i].name, "(resolved)") == 0 && c.at[i].found < c.at[i].expected);
        print_message("%s %zu%s\n", c.at[i].name, c.at[i].found,
                      c.at[i].found == c.at[i].expected ? "" : " <- not as expected");
    }
    assert_false(dropped);
}

/* ---- contradictions ---- */

static bool is_alphanumeric(char c)
{
    return ascii_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The numbers in s, joined by ".". */
static void numbers_of(str s, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len && n + 2 < size; i++) {
        if (!ascii_is_digit(s.at[i]))
            continue;
        if (n && !ascii_is_digit(s.at[i - 1]))
            out[n++] = '.';
        out[n++] = s.at[i];
    }
    out[n] = '\0';
}

/* Whether the tag has `version` as a whole: not as part of a longer number or word. */
static bool stands_in(str tag, str version)
{
    for (size_t i = 0; i + version.len <= tag.len; i++) {
        size_t end = i + version.len;
        if (memcmp(tag.at + i, version.at, version.len) != 0)
            continue;
        bool begins = i == 0 || !ascii_is_digit(tag.at[i - 1]) || !ascii_is_digit(tag.at[i]);
        bool word = !ascii_is_digit(version.at[0]) && i > 0 && is_alphanumeric(tag.at[i - 1]);
        bool goes_on = end < tag.len && ascii_is_digit(tag.at[end]) && ascii_is_digit(tag.at[end - 1]);
        if (begins && !word && !goes_on)
            return true;
    }
    return false;
}

/* Judged by the text alone: the tag has the version found, and it is a version of the release found. */
static const char *contradiction(str tag, const struct shelflife_match *match)
{
    char release[128], version[128];
    const struct shelflife_row *row = match->row;
    if (match->kind != SHELFLIFE_MATCH_RELEASE)
        return NULL;
    if (match->by != SHELFLIFE_MATCH_BY_TAG && match->by != SHELFLIFE_MATCH_BY_PART)
        return NULL;
    if (!stands_in(tag, match->version))
        return "the tag does not have the version found";
    numbers_of(row->release, release, sizeof(release));
    numbers_of(match->version, version, sizeof(version));
    if (*version == '\0')
        return row->codename.len && shelflife_str_ends(match->version, row->codename)
                   ? NULL
                   : "the word found is not the release's codename";
    size_t len = strlen(release);
    return strncmp(version, release, len) == 0 && (version[len] == '\0' || version[len] == '.')
               ? NULL
               : "the version found is of another release";
}

static void check_contradictions(struct fixture *f, const struct shelflife_catalogs *set)
{
    str rest = {f->tags, f->tags_len}, image;
    size_t wrong = 0;
    while (next_line(&rest, &image)) {
        struct shelflife_resolution found = resolve_tag(f, set, image);
        str tag = shelflife_str_after(image, shelflife_str_find(image, ':') + 1);
        for (size_t i = 0; i < found.match_count; i++) {
            const struct shelflife_match *m = &found.matches[i];
            const char *why = contradiction(tag, m);
            wrong += why != NULL;
            if (why)
                print_message("%.*s: %.*s %.*s by \"%.*s\": %s\n", STR_PRINT(image),
                              STR_PRINT(m->row->product->name), STR_PRINT(m->row->release),
                              STR_PRINT(m->version), why);
        }
    }
    assert_int_equal(wrong, 0);
}

static void no_tag_contradicts_the_release_found(void **state)
{
    struct fixture *f = *state;
    check_contradictions(f, f->set);
}

static void no_tag_contradicts_the_release_found_in_the_embedded_catalogs(void **state)
{
    struct fixture *f = *state;
    check_contradictions(f, f->embedded);
}

/* ---- unpatched ---- */

static bool take_reviewed(char *reviewed, size_t len, const char *wanted)
{
    size_t wanted_len = strlen(wanted);
    for (char *line = reviewed, *end = reviewed + len; line < end;) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t line_len = (size_t)((stop ? stop : end) - line);
        if (line_len == wanted_len && memcmp(line, wanted, wanted_len) == 0) {
            *line = '#';
            return true;
        }
        line += line_len + 1;
    }
    return false;
}

static void what_is_unpatched_has_been_reviewed(void **state)
{
    struct fixture *f = *state;
    str rest = {f->tags, f->tags_len}, image, left = {f->unpatched, f->unpatched_len};
    size_t wrong = 0;
    while (next_line(&rest, &image)) {
        struct shelflife_resolution found = resolve_tag(f, f->set, image);
        for (size_t i = 0; i < found.match_count; i++) {
            const struct shelflife_match *m = &found.matches[i];
            char wanted[512];
            if (shelflife_match_phase(m, f->at, 90, false) != SHELFLIFE_PHASE_UNPATCHED)
                continue;
            snprintf(wanted, sizeof(wanted), "%.*s %.*s %.*s", STR_PRINT(image),
                     STR_PRINT(m->row->product->name), STR_PRINT(m->release));
            if (take_reviewed(f->unpatched, f->unpatched_len, wanted))
                continue;
            print_message("not reviewed: %s\n", wanted);
            wrong++;
        }
    }
    for (str line; next_line(&left, &line); wrong++)
        print_message("reviewed, but not unpatched: %.*s\n", STR_PRINT(line));
    assert_int_equal(wrong, 0);
}

/* ---- misleading claims of the embedded catalogs ---- */

/* A maintained tag is rebuilt, so that it is called unpatched only where official-tags-exceptions.txt says
 * why. */
static void no_maintained_tag_is_called_unpatched_without_a_reason(void **state)
{
    struct fixture *f = *state;
    str rest = {f->tags, f->tags_len}, image;
    size_t wrong = 0, len;
    char *exceptions = read_file(TESTS_DIR "/data/official-tags-exceptions.txt", &len);
    bool used[EXCEPTIONS_MAX] = {0};
    while (next_line(&rest, &image)) {
        struct shelflife_resolution found = resolve_tag(f, f->embedded, image);
        for (size_t i = 0; i < found.match_count; i++) {
            const struct shelflife_match *m = &found.matches[i];
            char claim[256];
            if (shelflife_match_phase(m, f->at, 90, false) < SHELFLIFE_PHASE_UNPATCHED)
                continue;
            snprintf(claim, sizeof(claim), "%.*s/%.*s%s%.*s%s", STR_PRINT(m->row->product->catalog->name),
                     STR_PRINT(m->row->product->name), m->release.len ? " " : "", STR_PRINT(m->release),
                     kind_marks[m->kind]);
            str lines = {exceptions, len}, line;
            size_t number = 0;
            bool listed = false;
            for (; !listed && next_line(&lines, &line); number++) {
                listed = shelflife_str_equal(shelflife_str_first(line, shelflife_str_find(line, ':')),
                                             shelflife_str_of(claim));
                assert_true(number < EXCEPTIONS_MAX);
                used[number] |= listed;
            }
            if (!listed)
                print_message("%.*s is called %s\n", STR_PRINT(image), claim);
            wrong += !listed;
        }
    }
    str lines = {exceptions, len}, line;
    for (size_t number = 0; next_line(&lines, &line); number++)
        if (!used[number]) {
            print_message("no tag needs the exception %.*s\n", STR_PRINT(line));
            wrong++;
        }
    free(exceptions);
    assert_int_equal(wrong, 0);
}

static bool names_a_pre_release(str tag)
{
    static const char *const words[] = {"rc", "beta", "alpha", "dev", "ea"};
    for (size_t i = 1; i < tag.len; i++) {
        size_t word = i + (tag.at[i] == '-' || tag.at[i] == '.');
        for (size_t k = 0; ascii_is_digit(tag.at[i - 1]) && k < COUNT(words); k++) {
            size_t end = word + strlen(words[k]);
            if (shelflife_str_starts(shelflife_str_after(tag, word), shelflife_str_of(words[k])) &&
                (end == tag.len || !is_alphanumeric(tag.at[end]) || ascii_is_digit(tag.at[end])))
                return true;
        }
    }
    return false;
}

/* It is not patched once the release is out, so it is not called supported. */
static void no_pre_release_is_called_a_release(void **state)
{
    struct fixture *f = *state;
    str rest = {f->tags, f->tags_len}, image;
    size_t wrong = 0, checked = 0;
    while (next_line(&rest, &image)) {
        str tag = shelflife_str_after(image, shelflife_str_find(image, ':') + 1);
        if (!names_a_pre_release(tag))
            continue;
        struct shelflife_resolution found = resolve_tag(f, f->embedded, image);
        checked++;
        for (size_t i = 0; i < found.match_count; i++) {
            const struct shelflife_match *m = &found.matches[i];
            if (m->by != SHELFLIFE_MATCH_BY_TAG || m->kind != SHELFLIFE_MATCH_RELEASE)
                continue;
            print_message("%.*s is called %.*s %.*s\n", STR_PRINT(image), STR_PRINT(m->row->product->name),
                          STR_PRINT(m->release));
            wrong++;
        }
    }
    assert_true(checked > 100);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_product_has_fewer_tags_than_before),
        cmocka_unit_test(no_tag_contradicts_the_release_found),
        cmocka_unit_test(no_tag_contradicts_the_release_found_in_the_embedded_catalogs),
        cmocka_unit_test(what_is_unpatched_has_been_reviewed),
        cmocka_unit_test(no_maintained_tag_is_called_unpatched_without_a_reason),
        cmocka_unit_test(no_pre_release_is_called_a_release),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
