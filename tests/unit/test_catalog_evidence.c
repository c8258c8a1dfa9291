/* rooms: base json reference catalog */
#include "catalog/evidence.h"
#include "unit/catalog_kit.h"

enum { PIECES = 8 };

/* An image, what its configuration says, and what follows. */
struct resolving_case {
    const char *image;
    const char *says[PIECES]; /* "env NAME=value", "history line" and so on */
    const char *expected;
};

#define DEBIAN "history RUN # debian.sh --arch 'amd64' out/ "
#define TITLE "label org.opencontainers.image.title="
#define VERSION "label org.opencontainers.image.version="

static const struct resolving_case cases[] = {
    /* An image that no catalog knows. */
    {"registry.example/team/app:1", {NULL}, "unlisted"},
    {"registry.example/team/app:1",
     {"env PYTHON_VERSION=3.8.20"},
     "evidence/python 3.8 by evidence 3.8.20, patch 2024-10-07 <PYTHON_VERSION>"},
    {"registry.example/team/app:1",
     {"env PYTHON_VERSION=3.8.4"},
     "evidence/python 3.8 by evidence 3.8.4, patch 2024-10-07, outdated <PYTHON_VERSION>"},
    {"registry.example/team/app:1",
     {"env PYTHON_VERSION=v3.8.20"},
     "evidence/python 3.8 by evidence 3.8.20, patch 2024-10-07 <PYTHON_VERSION>"},
    {"registry.example/team/app:1", {"label PYTHON_VERSION=3.8.20"}, "unlisted"},
    {"registry.example/team/app:1", {"env VERSION=3.8.20"}, "unlisted"},
    {"registry.example/team/app:1", {"env PYPY_VERSION=3.8.20"}, "unlisted"},
    {"registry.example/team/app:1", {"env python_version=3.8.20"}, "unlisted"},
    {"registry.example/team/app:1", {"env PYTHON_VERSION="}, "unlisted"},
    {"registry.example/team/app:1", {"env PYTHON_VERSION=innovation"}, "unlisted"},
    {"registry.example/team/app:1", {"env PYTHON_VERSION= 3.8.20"}, "unlisted"},

    /* Versions that are not listed. */
    {"registry.example/team/app:1",
     {"env PYTHON_VERSION=2.5.6"},
     "evidence/python older 2.5.6 by evidence 2.5.6, ended <PYTHON_VERSION>"},
    {"registry.example/team/app:1", {"label python.version=2.5.6"}, "unlisted"},
    {"registry.example/team/app:1", {"env PYTHON_VERSION=4.0.1"}, "unlisted"},
    {"registry.example/team/app:1",
     {"env NODE_VERSION=17.9.1"},
     "evidence/nodejs between 17.9.1 by evidence 17.9.1, ended <NODE_VERSION>"},
    {"registry.example/team/app:1",
     {"env PYTHON_VERSION=3.13.0rc2"},
     "evidence/python pre-release of 3.13 by evidence 3.13.0rc2 <PYTHON_VERSION>"},
    {"registry.example/team/app:1",
     {"env PYTHON_VERSION=3.13.0~rc2"},
     "evidence/python pre-release of 3.13 by evidence 3.13.0~rc2 <PYTHON_VERSION>"},
    {"registry.example/team/app:1", {"env PYTHON_VERSION=3.99"}, "unlisted"},
    {"registry.example/team/app:1",
     {"env PYTHON_VERSION=3.1"},
     "evidence/python older 3.1 by evidence 3.1, ended <PYTHON_VERSION>"},
    {"registry.example/team/app:1", {"env PYTHON_VERSION=3"}, "unlisted"},

    /* The order of the rules, and what is there twice. */
    {"registry.example/team/app:1",
     {"env NODE_MAJOR=22", "env NODE_VERSION=16.20.2"},
     "evidence/nodejs 16 by evidence 16.20.2, patch 2023-09-11 <NODE_VERSION>"},
    {"registry.example/team/app:1",
     {"env NODE_VERSION=lts", "env NODE_MAJOR=22"},
     "evidence/nodejs 22 by evidence 22, patch 2027-04-30 <NODE_MAJOR>"},
    {"registry.example/team/app:1",
     {"env NODE_VERSION=17.9.1", "env NODE_MAJOR=22"},
     "evidence/nodejs 22 by evidence 22, patch 2027-04-30 <NODE_MAJOR>"},
    {"registry.example/team/app:1",
     {"env PYTHON_VERSION=3.8.20", "env PYTHON_VERSION=3.12.14"},
     "evidence/python 3.12 by evidence 3.12.14, patch 2028-10-31 <PYTHON_VERSION>"},
    {"registry.example/team/app:1", {"env PYTHON_VERSION=3.8.20", "env PYTHON_VERSION="}, "unlisted"},

    /* Forms of versions. */
    {"registry.example/team/app:1",
     {"env JAVA_VERSION=jdk-17.0.20.1+1"},
     "evidence/java 17 by evidence 17.0.20.1, patch 2027-10-31 <JAVA_VERSION>"},
    {"registry.example/team/app:1",
     {"env JAVA_VERSION=jdk8u502-b08"},
     "evidence/java 8 by evidence 8, patch 2030-12-31 <JAVA_VERSION>"},
    {"registry.example/team/app:1", {"env JAVA_VERSION=jdk8u422-b05_openj9-0.46.1"}, "unlisted"},
    {"registry.example/team/app:1", {"env JAVA_VERSION=17.0.20"}, "unlisted"},
    {"registry.example/team/app:1",
     {"env MARIADB_VERSION=1:11.8.9+maria~ubu2404"},
     "evidence/mariadb 11.8 by evidence 11.8.9, patch 2028-06-04 <MARIADB_VERSION>; "
     "evidence/ubuntu 24.04 by evidence ubu2404, patch 2029-05-31 <MARIADB_VERSION> (base)"},
    {"registry.example/team/app:1",
     {"env MARIADB_VERSION=1:11.8.9+maria~focal"},
     "evidence/mariadb 11.8 by evidence 11.8.9, patch 2028-06-04 <MARIADB_VERSION>"},
    {"registry.example/team/app:1",
     {"env MARIADB_VERSION=11.4.2"},
     "evidence/mariadb 11.4 by evidence 11.4.2, patch 2029-05-29 <MARIADB_VERSION>"},
    {"registry.example/team/app:1",
     {"env MARIADB_TRACK=long term"},
     "evidence/mariadb 11.8 by evidence long term, patch 2028-06-04 <MARIADB_TRACK>"},
    {"registry.example/team/app:1",
     {"env MARIADB_TRACK=long-lived"},
     "evidence/mariadb 11.4 by evidence long, patch 2029-05-29 <MARIADB_TRACK>"},
    {"registry.example/team/app:1", {"env MARIADB_TRACK=longer"}, "unlisted"},
    {"registry.example/team/app:1",
     {"env PG_VERSION=16.3-1.pgdg12+1"},
     "evidence/debian 12 by evidence 12, patch 2028-06-30 <PG_VERSION> (base)"},

    /* Conditions. */
    {"registry.example/team/app:1",
     {TITLE "Traefik", VERSION "v2.11.57"},
     "evidence/traefik 2.11 by evidence 2.11.57, patch 2026-02-01 <org.opencontainers.image.version>"},
    {"registry.example/team/app:1", {VERSION "v2.11.57"}, "unlisted"},
    {"registry.example/team/app:1", {TITLE "My app", VERSION "v2.11.57"}, "unlisted"},
    {"registry.example/team/app:1", {TITLE "Traefik"}, "unlisted"},
    {"registry.example/team/app:1", {TITLE "Caddy", VERSION "v2.11.4"}, "unlisted"},
    {"registry.example/team/app:1",
     {TITLE "Caddy", VERSION "v2.11.4", "env CADDY_HOME=/"},
     "evidence/caddy 2 by evidence 2.11.4, patch 2026-12-31 <org.opencontainers.image.version>"},
    {"registry.example/team/app:1",
     {TITLE "Caddy 2", VERSION "v2.11.4", "env CADDY_HOME=/"},
     "evidence/caddy 2 by evidence 2.11.4, patch 2026-12-31 <org.opencontainers.image.version>"},
    {"docker.io/nvidia/cuda:12.4",
     {VERSION "22.04", "label org.opencontainers.image.ref.name=ubuntu"},
     "evidence/ubuntu 22.04 by evidence 22.04, patch 2027-04-01 <org.opencontainers.image.version> (base)"},

    /* Base systems. */
    {"registry.example/team/app:1",
     {"env PYTHON_VERSION=3.8.20", DEBIAN "'bookworm' '@1785715200'"},
     "evidence/python 3.8 by evidence 3.8.20, patch 2024-10-07 <PYTHON_VERSION>; "
     "evidence/debian 12 by evidence bookworm, patch 2028-06-30 <> (base), snapshot 2026-08-03"},
    {"registry.example/team/app:1",
     {DEBIAN "'bookworm-slim' '@1785715200'"},
     "evidence/debian 12 by evidence bookworm, patch 2028-06-30 <> (base), snapshot 2026-08-03"},
    {"registry.example/team/app:1",
     {DEBIAN "'bookworm' '@20260803'"},
     "evidence/debian 12 by evidence bookworm, patch 2028-06-30 <> (base), snapshot 2026-08-03"},
    {"registry.example/team/app:1",
     {DEBIAN "'bookworm' '@2026-08-03'"},
     "evidence/debian 12 by evidence bookworm, patch 2028-06-30 <> (base), snapshot 2026-08-03"},
    {"registry.example/team/app:1", {DEBIAN "'bookworm' '@0'"}, "unlisted"},
    {"registry.example/team/app:1", {DEBIAN "'bookworm' '@99999999999999999999'"}, "unlisted"},
    {"registry.example/team/app:1", {DEBIAN "'rc-buggy' '@1785715200'"}, "unlisted, snapshot 2026-08-03"},
    {"registry.example/team/app:1",
     {"history ADD alpine-minirootfs-3.18.6-x86_64.tar.gz /"},
     "evidence/alpine-linux 3.18 by evidence 3.18.6, patch 2025-05-09 <> (base)"},
    {"registry.example/team/app:1", {"history COPY alpine-minirootfs-3.18.6-x86_64.tar.gz /"}, "unlisted"},
    {"registry.example/team/app:1", {"history ADD alpine-minirootfs-3.18.6-x86_64.tar.gz /d/"}, "unlisted"},
    {"docker.io/library/debian:12",
     {DEBIAN "'bookworm' '@1785715200'"},
     "evidence/debian 12 by evidence bookworm, patch 2028-06-30 <>, snapshot 2026-08-03"},
    {"docker.io/library/debian",
     {DEBIAN "'bookworm' '@1785715200'"},
     "evidence/debian 12 by evidence bookworm, patch 2028-06-30 <>, snapshot 2026-08-03"},

    /* The reference names the product, too. */
    {"python:3.8-bookworm",
     {"env PYTHON_VERSION=3.8.20"},
     "evidence/python 3.8 by evidence 3.8.20, patch 2024-10-07 <PYTHON_VERSION>; "
     "evidence/debian 12 by part bookworm, patch 2028-06-30 (base)"},
    {"python:3.12",
     {"env PYTHON_VERSION=3.8.20"},
     "evidence/python 3.8 by evidence 3.8.20, patch 2024-10-07 <PYTHON_VERSION> against 3.12"},
    {"python:3.12-bookworm",
     {"env PYTHON_VERSION=3.12.1", DEBIAN "'bullseye' '@1785715200'"},
     "evidence/python 3.12 by evidence 3.12.1, patch 2028-10-31, outdated <PYTHON_VERSION>; "
     "evidence/debian 11 by evidence bullseye, patch 2026-08-31 <> (base) against 12, snapshot 2026-08-03"},
    {"python:3",
     {"env PYTHON_VERSION=3.8.20"},
     "evidence/python 3.8 by evidence 3.8.20, patch 2024-10-07 <PYTHON_VERSION>"},
    {"node:16",
     {"env NODE_VERSION=16.20.2"},
     "evidence/nodejs 16 by evidence 16.20.2, patch 2023-09-11 <NODE_VERSION>"},
    {"python:2.5",
     {"env PYTHON_VERSION=3.8.20"},
     "evidence/python 3.8 by evidence 3.8.20, patch 2024-10-07 <PYTHON_VERSION>"},
    {"python:latest",
     {"env PYTHON_VERSION=3.8.20"},
     "evidence/python 3.8 by evidence 3.8.20, patch 2024-10-07 <PYTHON_VERSION>"},
    {"python:latest",
     {"env NODE_VERSION=16.20.2"},
     "evidence/nodejs 16 by evidence 16.20.2, patch 2023-09-11 <NODE_VERSION>"},
    {"python:3.8", {"env PYTHON_VERSION=9.9"}, "evidence/python 3.8 by tag 3.8, patch 2024-10-07"},

    /* Digests. */
    {"python:3.8@sha256:1111111111111111111111111111111111111111111111111111111111111111",
     {"env PYTHON_VERSION=3.8.20"},
     "evidence/python 3.8 by evidence 3.8.20, patch 2024-10-07 <PYTHON_VERSION>"},
    {"python:3.8-bookworm@sha256:1111111111111111111111111111111111111111111111111111111111111111",
     {"env PYTHON_VERSION=3.8.20"},
     "evidence/python 3.8 by evidence 3.8.20, patch 2024-10-07 <PYTHON_VERSION>; "
     "evidence/debian 12 by part bookworm, patch 2028-06-30 (base) (unverified)"},
    {"registry.example/x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
     {"history COPY base-20260803.tar /", "env BASE=base-2", "env PYTHON_VERSION=3.8.20"},
     "evidence/base-image 1 by digest; "
     "evidence/python 3.8 by evidence 3.8.20, patch 2024-10-07 <PYTHON_VERSION>, snapshot 2026-08-03"},
    {"registry.example/x",
     {"history COPY base-20260803.tar /", "env BASE=base-2"},
     "evidence/base-image 2 by evidence 2 <BASE>, snapshot 2026-08-03"},
    {"registry.example/x", {"env BASE=base-2"}, "unlisted"},
    {"registry.example/x",
     {"history COPY base-x /", "env BASE=base-2"},
     "evidence/base-image 2 by evidence 2 <BASE>"},

    /* The image's own end. */
    {"registry.example/x",
     {"label com.example.hardened.end=2029-10-31"},
     "evidence/hardened by evidence, patch 2029-10-31 <com.example.hardened.end> (own end)"},
    {"registry.example/x",
     {"label com.example.hardened.end=2029-10-31T23:59:59Z"},
     "evidence/hardened by evidence, patch 2029-10-31 <com.example.hardened.end> (own end)"},
    {"registry.example/x", {"label com.example.hardened.end=never"}, "unlisted"},
    {"registry.example/x", {"label com.example.hardened.end=2029-02-30"}, "unlisted"},
    {"registry.example/x",
     {"annotation com.example.dated.version=1.4", "annotation com.example.dated.end=until 2026-01-01"},
     "evidence/dated 1 by evidence 1.4, patch 2026-01-01 <com.example.dated.version> (own end)"},
    {"registry.example/x",
     {"annotation com.example.dated.version=1.4", "annotation com.example.dated.end=until 2099-01-01"},
     "evidence/dated 1 by evidence 1.4, patch 2027-01-01 <com.example.dated.version>"},
    {"registry.example/x",
     {"annotation com.example.dated.end=until 2027-05-01", "annotation com.example.dated.version=2"},
     "evidence/dated 2 by evidence 2, patch 2027-05-01 <com.example.dated.version> (own end)"},
    {"registry.example/x",
     {"annotation com.example.dated.version=3", "annotation com.example.dated.end=until 2099-01-01"},
     "evidence/dated 3 by evidence 3, ended <com.example.dated.version>"},
    {"registry.example/x", {"annotation com.example.dated.end=until 2027-05-01"}, "unlisted"},

    /* What the repository adds, and a version that can be several releases. */
    {"registry.example/moving:1.1",
     {"env MOVING=1.1.3"},
     "evidence/moving 1.1 by evidence 1.1.3, patch 2025-01-01 <MOVING> moved to registry.example/old"},
    {"registry.example/moving:1.1",
     {"env MOVING=1.2"},
     "evidence/moving 1.2 by evidence 1.2, patch 2026-01-01 <MOVING> against 1.1 moved to "
     "registry.example/new"},
    {"registry.example/moving:1.1", {"env MOVING=3"}, "evidence/moving 3 by evidence 3 <MOVING> against 1.1"},
    {"registry.example/x",
     {"env MOVING=1.1"},
     "evidence/moving 1.1 by evidence 1.1, patch 2025-01-01 <MOVING>"},
    {"registry.example/x",
     {"env MOVING=1"},
     "evidence/moving any 1 by evidence 1, patch 2026-01-01 <MOVING>"},
    {"registry.example/moving:1.1",
     {"env MOVING=1"},
     "evidence/moving 1.1 by tag 1.1, patch 2025-01-01 moved to registry.example/old"},
    {"registry.example/moving:2",
     {"env MOVING=1"},
     "evidence/moving any 1 by evidence 1, patch 2026-01-01 <MOVING> against 2"},
    {"registry.example/moving:1",
     {"env MOVING=2"},
     "evidence/moving 2 by evidence 2, patch 2027-01-01, extended 2030-01-01 <MOVING> against 1.2"},
    {"registry.example/moving:1",
     {"env MOVING=1.1"},
     "evidence/moving 1.1 by evidence 1.1, patch 2025-01-01 <MOVING> moved to registry.example/old"},
    {"registry.example/x",
     {"env MOVING=2", "label moving.end=2026-12-31"},
     "evidence/moving 2 by evidence 2, patch 2026-12-31 <MOVING> (own end)"},
    {"registry.example/x",
     {"env MOVING=2", "label moving.end=2027-01-02"},
     "evidence/moving 2 by evidence 2, patch 2027-01-01, extended 2030-01-01 <MOVING>"},

    /* Variants, and versions as names have them. */
    {"registry.example/x",
     {"env FRAMEWORK=framework-gpu/2-11"},
     "evidence/framework 2.11 by evidence 2-11, patch 2024-01-01 <FRAMEWORK>"},
    {"registry.example/x",
     {"env FRAMEWORK=framework-cpu/2-11"},
     "evidence/framework 2.11 by evidence 2-11, patch 2024-06-01 <FRAMEWORK>"},
    {"registry.example/x",
     {"label framework.accelerated=2.11"},
     "evidence/framework 2.11 by evidence 2.11, patch 2024-01-01 <framework.accelerated>"},
    {"registry.example/x",
     {"label inside.version=1.2"},
     "evidence/known-inside 1 by evidence 1.2, patch 2027-01-01 <inside.version> (base)"},
    {"registry.example/x", {"env FRAMEWORK=framework-tpu/2-11"}, "unlisted"},
    {"registry.example/x", {"env FRAMEWORK=framework-g u/2-11"}, "unlisted"},
    {"registry.example/x",
     {"env FRAMEWORK_VERSION=2.11.1"},
     "evidence/framework 2.11 by evidence 2.11.1, patch 2024-06-01, 2 rows <FRAMEWORK_VERSION>"},
    {"registry.example/framework-gpu.2-11",
     {"env FRAMEWORK_VERSION=2.11.1"},
     "evidence/framework 2.11 by evidence 2.11.1, patch 2024-01-01 <FRAMEWORK_VERSION>"},
};

static enum shelflife_evidence_kind kind_of(str name)
{
    for (size_t i = 0; i < SHELFLIFE_EVIDENCE_KINDS; i++)
        if (shelflife_str_equal(name, shelflife_str_of(shelflife_evidence_kind_names[i])))
            return (enum shelflife_evidence_kind)i;
    fail_msg("%.*s should be a kind of evidence", STR_PRINT(name));
    return SHELFLIFE_EVIDENCE_ENV;
}

static struct shelflife_evidence piece_of(const char *text)
{
    str s = shelflife_str_of(text), kind = shelflife_str_first(s, shelflife_str_find(s, ' '));
    struct shelflife_evidence piece = {.kind = kind_of(kind)};
    s = shelflife_str_after(s, kind.len + 1);
    piece.value = s;
    if (piece.kind == SHELFLIFE_EVIDENCE_HISTORY)
        return piece;
    piece.name = shelflife_str_first(s, shelflife_str_find(s, '='));
    piece.value = shelflife_str_after(s, piece.name.len + 1);
    return piece;
}

static struct shelflife_catalogs *read_catalogs(void)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    assert_non_null(set);
    add_file(set, "evidence.yaml");
    finish(set);
    return set;
}

static void resolve_with(const struct shelflife_catalogs *set, const char *image,
                         const struct shelflife_evidence *pieces, size_t count, arena *a,
                         struct shelflife_resolution *out, uint64_t *probes)
{
    struct shelflife_reference reference;
    const struct shelflife_evidence_list list = {pieces, count};
    error err = {0};
    if (!shelflife_reference_parse(shelflife_str_of(image), a, &reference, &err) ||
        !shelflife_catalogs_resolve_counted(set, reference.name, &reference, &list, a, out, probes, &err))
        fail_msg("%s: %s", image, err.text);
}

static void describe_with_evidence(const struct shelflife_resolution *r, buffer *out)
{
    char text[SHELFLIFE_DAY_TEXT_MAX];
    for (size_t i = 0; i < r->match_count; i++) {
        const struct shelflife_match *m = &r->matches[i];
        shelflife_buffer_format(out, "%s", i ? "; " : "");
        describe_match(m, out);
        assert_true((m->evidence != NULL) == (m->by == SHELFLIFE_MATCH_BY_EVIDENCE));
        if (m->evidence)
            shelflife_buffer_format(out, " <%.*s>", STR_PRINT(m->evidence->name));
        shelflife_buffer_format(out, "%s%s", m->base ? " (base)" : "", m->own_end ? " (own end)" : "");
        if (m->contradicts)
            shelflife_buffer_format(out, " against %.*s", STR_PRINT(m->contradicts->release));
        if (m->moved_to.len)
            shelflife_buffer_format(out, " moved to %.*s", STR_PRINT(m->moved_to));
    }
    if (r->match_count == 0)
        shelflife_buffer_format(out, "%s", r->covered_by ? "unresolved" : "unlisted");
    if (r->unverified)
        shelflife_buffer_format(out, " (unverified)");
    if (r->snapshot != SHELFLIFE_DAY_NONE)
        shelflife_buffer_format(out, ", snapshot %s", shelflife_day_format(r->snapshot, text));
}

static bool is_found(const struct shelflife_catalogs *set, const struct resolving_case *c,
                     const struct shelflife_evidence *pieces, size_t count)
{
    arena a CLEANUP(shelflife_arena_free);
    buffer out CLEANUP(shelflife_buffer_free);
    struct shelflife_resolution found;
    uint64_t probes = 0;
    shelflife_arena_init(&a, 1 << 20);
    shelflife_buffer_init(&out, 1 << 16);
    resolve_with(set, c->image, pieces, count, &a, &found, &probes);
    describe_with_evidence(&found, &out);
    if (shelflife_str_equal(shelflife_buffer_str(&out), shelflife_str_of(c->expected)))
        return true;
    print_error("%s, %s …:\n  is  %.*s\n  not %s\n", c->image, c->says[0] ? c->says[0] : "",
                STR_PRINT(shelflife_buffer_str(&out)), c->expected);
    return false;
}

static void what_an_image_says_is_found(void **state)
{
    (void)state;
    struct shelflife_catalogs *set = read_catalogs();
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_evidence pieces[PIECES];
        size_t count = 0;
        for (; count < PIECES && cases[i].says[count]; count++)
            pieces[count] = piece_of(cases[i].says[count]);
        wrong += !is_found(set, &cases[i], pieces, count);
    }
    shelflife_catalogs_free(set);
    assert_int_equal(wrong, 0);
}

/* ---- ahead ---- */

/* The evidence of all cases, one after the other as in an inventory. */
struct all_evidence {
    struct shelflife_evidence pieces[COUNT(cases) * PIECES];
    struct shelflife_evidence_list lists[COUNT(cases)];
};

static void list_evidence(struct all_evidence *all)
{
    struct shelflife_evidence *end = all->pieces;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_evidence_list *list = &all->lists[i];
        *list = (struct shelflife_evidence_list){end, 0};
        for (; list->count < PIECES && cases[i].says[list->count]; list->count++)
            *end++ = piece_of(cases[i].says[list->count]);
    }
}

/* What is found ahead is the same, and so is what is found when there was no room for all. */
static void what_is_found_ahead_is_the_same(void **state)
{
    static struct all_evidence all;
    static const size_t most[] = {SIZE_MAX, 0, 2000, 10000};
    struct shelflife_catalogs *set = read_catalogs();
    size_t wrong = 0;
    (void)state;
    list_evidence(&all);
    for (size_t m = 0; m < COUNT(most); m++) {
        struct shelflife_catalogs *ahead =
            shelflife_catalogs_find_ahead(set, all.lists, COUNT(cases), most[m], NULL);
        size_t known = 0, without = 0;
        assert_non_null(ahead);
        for (size_t i = 0; i < COUNT(cases); i++) {
            const struct shelflife_evidence_list list = all.lists[i];
            const struct shelflife_evidence_list shorter = {list.at, list.count - 1};
            uint64_t probes = 0;
            wrong += !is_found(ahead, &cases[i], list.at, list.count);
            known += shelflife_catalog_ahead_of(ahead, &list, &probes) != NULL;
            without += list.count == 0;
            assert_null(shelflife_catalog_ahead_of(set, &list, &probes));
            assert_null(list.count ? shelflife_catalog_ahead_of(ahead, &shorter, &probes) : NULL);
        }
        assert_int_equal(wrong, 0);
        if (most[m] == SIZE_MAX)
            assert_int_equal(known, COUNT(cases) - without);
        else
            assert_true(most[m] ? known > 0 && known < COUNT(cases) - without : known == 0);
        shelflife_catalogs_free(ahead);
    }
    shelflife_catalogs_free(set);
}

static void nothing_is_found_ahead_by_a_set_that_is_not_finished(void **state)
{
    const struct shelflife_evidence piece = piece_of("env PYTHON_VERSION=3.8.20");
    const struct shelflife_evidence_list list = {&piece, 1};
    struct shelflife_catalogs *empty = shelflife_catalogs_new();
    error err = {0};
    (void)state;
    assert_null(shelflife_catalogs_find_ahead(empty, &list, 1, SIZE_MAX, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    finish(empty);
    struct shelflife_catalogs *ahead = shelflife_catalogs_find_ahead(empty, &list, 1, SIZE_MAX, &err);
    assert_non_null(ahead);
    assert_false(shelflife_catalogs_add(ahead, STR("{}"), "more", &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    shelflife_catalogs_free(ahead);
    ahead = shelflife_catalogs_find_ahead(empty, NULL, 0, SIZE_MAX, &err);
    assert_non_null(ahead);
    shelflife_catalogs_free(ahead);
    shelflife_catalogs_free(empty);
}

/* The same as a text, in bounded memory and time. */
static void expect(const struct shelflife_catalogs *set, const struct shelflife_evidence *pieces,
                   size_t count, const char *expected)
{
    enum { MEMORY = 64 << 10 };
    arena a CLEANUP(shelflife_arena_free);
    buffer out CLEANUP(shelflife_buffer_free);
    struct shelflife_resolution found;
    uint64_t probes = 0;
    shelflife_arena_init(&a, MEMORY);
    shelflife_buffer_init(&out, 1 << 16);
    resolve_with(set, "registry.example/team/app:1", pieces, count, &a, &found, &probes);
    describe_with_evidence(&found, &out);
    assert_str_equal(shelflife_buffer_str(&out), expected);
    /* A few slots for each piece, and for each byte of a line that may begin as a pattern does. */
    assert_true(probes <= 8 * count + 64 * CATALOG_VALUE_PATTERN_MAX);
}

/* ---- what is read ---- */

static void only_what_a_rule_reads_is_kept(void **state)
{
    static const struct {
        const char *piece;
        bool read;
    } pieces[] = {
        {"env PYTHON_VERSION=3.8.20", true},
        {"env PYTHON_VERSION=", true},
        {"env PYTHON_VERSIO=3.8.20", false},
        {"env PYTHON_VERSION2=3.8.20", false},
        {"env python_version=3.8.20", false},
        {"env DATABASE_PASSWORD=PYTHON_VERSION", false},
        {"env =x", false},
        {"env CADDY_HOME=/data", true}, /* only a condition reads it */
        {"label PYTHON_VERSION=3.8.20", false},
        {"label org.opencontainers.image.title=My app", true},
        {"label org.opencontainers.image.version=1", true},
        {"label org.opencontainers.image.source=x", false},
        {"annotation org.opencontainers.image.version=1", false},
        {"annotation com.example.dated.end=x", true},
        {DEBIAN "'bookworm' '@1785715200'", true},
        {DEBIAN "'bookworm'", false},
        {"history RUN # debian.sh", false},
        {"history ADD alpine-minirootfs-3.18.6-x86_64.tar.gz /", true},
        {"history ADD alpine-minirootfs-3.18.6-x86_64.tar.gz /app", false},
        {"history COPY base- of a condition", true},
        {"history COPY secret /", false},
        {"history ", false},
    };
    struct shelflife_catalogs *set = read_catalogs(), *empty = shelflife_catalogs_new();
    (void)state;
    for (size_t i = 0; i < COUNT(pieces); i++) {
        const struct shelflife_evidence piece = piece_of(pieces[i].piece);
        if (shelflife_catalogs_reads(set, &piece) != pieces[i].read)
            fail_msg("%s", pieces[i].piece);
        assert_false(shelflife_catalogs_reads(empty, &piece)); /* not finished */
    }
    finish(empty);
    const struct shelflife_evidence piece = piece_of(pieces[0].piece);
    expect(empty, &piece, 1, "unlisted");
    assert_false(shelflife_catalogs_reads(empty, &piece));
    assert_true(shelflife_catalogs_evidence_rules(empty) == 0);
    shelflife_catalogs_free(set);
    shelflife_catalogs_free(empty);
}

#define CATALOG(name)                                                                                        \
    "--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: " name ", asOf: 2026-01-01, products: ["
#define PRODUCT(name, rules) "{name: " name ", evidence: [" rules "], rows: [{release: '1'}]}"

static uint64_t rules_of(const char *a, const char *b)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    add_text(set, a, "a");
    if (b)
        add_text(set, b, "b");
    finish(set);
    uint64_t rules = shelflife_catalogs_evidence_rules(set);
    shelflife_catalogs_free(set);
    return rules;
}

static void the_hash_of_the_rules_depends_on_what_they_read(void **state)
{
    (void)state;
    static const char a[] = CATALOG("a") PRODUCT("p", "{env: A}, {history: 'ADD x-{version}-* /'}") "]}",
                      b[] = CATALOG("b") PRODUCT("q", "{label: B, when: {env: C}}") "]}",
                      same[] = CATALOG("c") PRODUCT("q", "{history: 'x-{version}-'}") ", " PRODUCT(
                          "p", "{env: A, value: 'v{version}', note: n}, {env: A}") "]}";
    const char *const others[] = {
        CATALOG("a") PRODUCT("p", "{label: A}, {history: 'ADD x-{version}-* /'}") "]}",
        CATALOG("a") PRODUCT("p", "{env: B}, {history: 'ADD x-{version}-* /'}") "]}",
        CATALOG("a") PRODUCT("p", "{env: A}, {history: 'ADD y-{version}-* /'}") "]}",
        CATALOG("a") PRODUCT("p", "{env: A}") "]}",
        CATALOG("a") PRODUCT("p", "{env: A, when: {env: B}}, {history: 'ADD x-{version}-* /'}") "]}",
        CATALOG("a")
            PRODUCT("p", "{env: A, when: {history: 'ADD z'}}, {history: 'ADD x-{version}-* /'}") "]}",
    };
    assert_true(rules_of(a, b) == rules_of(b, a));
    assert_true(rules_of(a, NULL) == rules_of(same, NULL));
    assert_true(rules_of(a, NULL) == rules_of(a, same));
    assert_true(rules_of(a, NULL) != rules_of(a, b));
    for (size_t i = 0; i < COUNT(others); i++)
        if (rules_of(a, NULL) == rules_of(others[i], NULL))
            fail_msg("%s", others[i]);
    /* An inventory keeps it, so it must be the same everywhere. */
    assert_true(rules_of(a, NULL) == UINT64_C(0xf337e6fe0ff4e830));
}

/* ---- how it was found ---- */

static void a_trace_says_what_came_of_each_rule(void **state)
{
    static const struct {
        const char *image, *says[PIECES], *trace;
    } traces[] = {
        {"r.example/x", {"env PYTHON_VERSION=3.8.20"}, "python PYTHON_VERSION=3.8.20: taken\n"},
        {"r.example/x",
         {"env NODE_VERSION=16.20.2", "env NODE_MAJOR=22"},
         "nodejs NODE_VERSION=16.20.2: taken\nnodejs NODE_MAJOR=22: duplicate\n"},
        {"r.example/x",
         {"env NODE_VERSION=lts", "env NODE_MAJOR=99"},
         "nodejs NODE_VERSION=lts: no release\nnodejs NODE_MAJOR=99: no release\n"},
        {"r.example/x",
         {"env NODE_VERSION=17.1", "env NODE_MAJOR=17"},
         "nodejs NODE_VERSION=17.1: taken\nnodejs NODE_MAJOR=17: no release\n"},
        {"r.example/x",
         {"env JAVA_VERSION=jdk8u422-b05_openj9-0.46.1"},
         "java JAVA_VERSION=jdk8u422-b05_openj9-0.46.1: condition\n"},
        {"r.example/x", {"env JAVA_VERSION=17"}, "java JAVA_VERSION=17: other value\n"},
        {"r.example/x",
         {DEBIAN "'sid' '@1785715200'"},
         "debian RUN # debian.sh --arch 'amd64' out/ 'sid' '@1785715200': taken\n"},
        {"r.example/x", {TITLE "Traefik"}, ""},
        {"r.example/x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
         {"env BASE=base-1", "history COPY base-x"},
         "base-image COPY base-x: other value\nbase-image BASE=base-1: duplicate\n"},
    };
    static const char *const outcomes[] = {
        [SHELFLIFE_TRACE_TAKEN] = "taken",
        [SHELFLIFE_TRACE_DUPLICATE] = "duplicate",
        [SHELFLIFE_TRACE_NO_RELEASE] = "no release",
        [SHELFLIFE_TRACE_CONDITION] = "condition",
        [SHELFLIFE_TRACE_OTHER_VALUE] = "other value",
    };
    struct shelflife_catalogs *set = read_catalogs();
    (void)state;
    for (size_t i = 0; i < COUNT(traces); i++) {
        arena a CLEANUP(shelflife_arena_free);
        buffer out CLEANUP(shelflife_buffer_free);
        struct shelflife_evidence pieces[PIECES];
        struct shelflife_evidence_list list = {pieces, 0};
        struct shelflife_reference reference;
        struct shelflife_resolution found;
        struct shelflife_trace trace;
        shelflife_arena_init(&a, 1 << 20);
        shelflife_buffer_init(&out, 1 << 16);
        for (; list.count < PIECES && traces[i].says[list.count]; list.count++)
            pieces[list.count] = piece_of(traces[i].says[list.count]);
        assert_true(shelflife_reference_parse(shelflife_str_of(traces[i].image), &a, &reference, NULL));
        assert_true(
            shelflife_catalogs_trace(set, reference.name, &reference, &list, &a, &found, &trace, NULL));
        for (size_t k = 0; k < trace.count; k++)
            if (trace.steps[k].kind == SHELFLIFE_TRACE_EVIDENCE)
                shelflife_buffer_format(&out, "%.*s %.*s: %s\n", STR_PRINT(trace.steps[k].product->name),
                                        STR_PRINT(trace.steps[k].text), outcomes[trace.steps[k].outcome]);
        assert_str_equal(shelflife_buffer_str(&out), traces[i].trace);
    }
    shelflife_catalogs_free(set);
}

/* ---- hostile evidence ---- */

enum { MANY = 100000, MEGABYTE = 1 << 20 };

static struct shelflife_evidence env_of(const char *name, str value)
{
    return (struct shelflife_evidence){SHELFLIFE_EVIDENCE_ENV, shelflife_str_of(name), value};
}

static void hostile_evidence_takes_bounded_time_and_memory(void **state)
{
    struct shelflife_catalogs *set = read_catalogs();
    CLEANUP(cleanup_free) struct shelflife_evidence *pieces = malloc(MANY * sizeof(*pieces));
    CLEANUP(cleanup_free) char *large = malloc(MEGABYTE);
    (void)state;
    assert_true(pieces && large);
    memset(large, '3', MEGABYTE);
    /* The same variable, many times: the last one counts. */
    for (size_t i = 0; i < MANY; i++)
        pieces[i] = env_of("PYTHON_VERSION", i + 1 < MANY ? STR("3.12") : STR("3.8"));
    expect(set, pieces, MANY, "evidence/python 3.8 by evidence 3.8, patch 2024-10-07 <PYTHON_VERSION>");
    /* Many lines. */
    for (size_t i = 0; i < MANY; i++)
        pieces[i] = piece_of("history ADD alpine-minirootfs-3.99-x86_64.tar.gz /");
    expect(set, pieces, MANY, "unlisted");
    /* Many variables that no rule reads. */
    for (size_t i = 0; i < MANY; i++)
        pieces[i] = env_of("PATH", (str){large, MEGABYTE});
    pieces[MANY / 2] = env_of("NODE_VERSION", STR("16.20.2"));
    expect(set, pieces, MANY, "evidence/nodejs 16 by evidence 16.20.2, patch 2023-09-11 <NODE_VERSION>");
    /* Values and names of a megabyte. */
    pieces[0] = env_of("PYTHON_VERSION", (str){large, MEGABYTE});
    pieces[1] = (struct shelflife_evidence){SHELFLIFE_EVIDENCE_HISTORY, {0}, {large, MEGABYTE}};
    pieces[2] = (struct shelflife_evidence){SHELFLIFE_EVIDENCE_ENV, {large, MEGABYTE}, STR("3.8")};
    pieces[3] = env_of("JAVA_VERSION", (str){large, CATALOG_VALUE_MAX});
    expect(set, pieces, 4, "unlisted");
    assert_false(shelflife_catalogs_reads(set, &pieces[0]));
    assert_false(shelflife_catalogs_reads(set, &pieces[1]));
    assert_false(shelflife_catalogs_reads(set, &pieces[2]));
    /* A value that a condition wants to be another one. */
    pieces[0] = (struct shelflife_evidence){SHELFLIFE_EVIDENCE_LABEL,
                                            STR("org.opencontainers.image.title"),
                                            {large, CATALOG_VALUE_PATTERN_MAX + 1}};
    expect(set, pieces, 1, "unlisted");
    /* A version that is as long as a field may be, and one byte more. */
    memcpy(large, "3.8.", 4);
    pieces[0] = env_of("PYTHON_VERSION", (str){large, CATALOG_VERSION_MAX + 1});
    expect(set, pieces, 1, "unlisted");
    pieces[0] = env_of("PYTHON_VERSION", (str){large, CATALOG_VERSION_MAX});
    arena a CLEANUP(shelflife_arena_free);
    struct shelflife_resolution found;
    uint64_t probes = 0;
    shelflife_arena_init(&a, 1 << 16);
    resolve_with(set, "registry.example/x", pieces, 1, &a, &found, &probes);
    assert_int_equal(found.match_count, 1);
    assert_int_equal(found.matches[0].version.len, CATALOG_VERSION_MAX);
    assert_ptr_equal(found.matches[0].version.at, large);
    assert_ptr_equal(found.matches[0].evidence, &pieces[0]);
    /* Bytes that no text has. */
    static const char bytes[] = "3.8\0\x1b[31m\xff\n";
    pieces[0] = env_of("PYTHON_VERSION", (str){bytes, sizeof(bytes) - 1});
    expect(set, pieces, 1, "evidence/python 3.8 by evidence 3.8, patch 2024-10-07 <PYTHON_VERSION>");
    pieces[0].value = (str){0};
    expect(set, pieces, 1, "unlisted");
    expect(set, pieces, 0, "unlisted");
    expect(set, NULL, 0, "unlisted");
    shelflife_catalogs_free(set);
}

/* ---- many rules ---- */

enum { FEW_PRODUCTS = 10, MANY_PRODUCTS = 20000 };

/* Products with a variable of its own, a line of its own, and a title for a label that all of them use. */
static struct shelflife_catalogs *make_many(int products)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    buffer text;
    shelflife_buffer_init(&text, 64 << 20);
    shelflife_buffer_append(&text,
                            STR("{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": "
                                "\"many\", \"asOf\": \"2026-01-01\", \"products\": ["));
    for (int i = 0; i < products; i++)
        shelflife_buffer_format(&text,
                                "%s{\"name\": \"p%d\", \"rows\": [{\"release\": \"1.%d\"}], \"evidence\": "
                                "[{\"env\": \"P%d_VERSION\"}, "
                                "{\"history\": \"ADD p%d-{version}.tar* /\"}, {\"label\": \"version\", "
                                "\"when\": {\"label\": \"title\", "
                                "\"value\": \"P%d\"}}]}",
                                i ? "," : "", i, i, i, i, i);
    shelflife_buffer_append(&text, STR("]}"));
    assert_false(text.failed);
    error err = {0};
    if (!shelflife_catalogs_add(set, shelflife_buffer_str(&text), "many", &err))
        fail_msg("%s", err.text);
    shelflife_buffer_free(&text);
    finish(set);
    return set;
}

static uint64_t slots(const struct shelflife_catalogs *set, const char *const *says, size_t count)
{
    arena a CLEANUP(shelflife_arena_free);
    struct shelflife_evidence pieces[PIECES];
    struct shelflife_resolution found;
    uint64_t probes = 0;
    shelflife_arena_init(&a, 1 << 16);
    for (size_t i = 0; i < count; i++)
        pieces[i] = piece_of(says[i]);
    resolve_with(set, "x.example/y", pieces, count, &a, &found, &probes);
    assert_int_equal(found.match_count, 3);
    for (size_t i = 0; i < found.match_count; i++)
        assert_true(found.matches[i].by == SHELFLIFE_MATCH_BY_EVIDENCE);
    return probes;
}

static void a_lookup_costs_the_same_with_many_rules(void **state)
{
    static const char *const says[] = {"env P7_VERSION=1.7", "history ADD p8-1.8.tar.gz /", "label title=P9",
                                       "label version=1.9", "env PATH=/bin"};
    struct shelflife_catalogs *few = make_many(FEW_PRODUCTS), *many = make_many(MANY_PRODUCTS);
    (void)state;
    uint64_t bytes = 0;
    for (size_t i = 0; i < COUNT(says); i++)
        bytes += strlen(says[i]);
    if (slots(few, says, COUNT(says)) > 4 * bytes || slots(many, says, COUNT(says)) > 4 * bytes)
        fail_msg("%lu and %lu slots", (unsigned long)slots(few, says, COUNT(says)),
                 (unsigned long)slots(many, says, COUNT(says)));
    shelflife_catalogs_free(few);
    shelflife_catalogs_free(many);
}

/* Evidence is used up to a number of names, and of rules. */
static void an_image_that_names_everything_has_bounded_matches(void **state)
{
    enum { ALL = 400, LINES = 64, MEMORY = 256 << 10 };
    static char texts[ALL][2][32];
    struct shelflife_evidence pieces[ALL];
    struct shelflife_catalogs *set = make_many(ALL);
    (void)state;
    for (int lines = 0; lines < 2; lines++) {
        arena a CLEANUP(shelflife_arena_free);
        struct shelflife_resolution found;
        uint64_t probes = 0;
        shelflife_arena_init(&a, MEMORY);
        for (int i = 0; i < ALL; i++) {
            snprintf(texts[i][0], sizeof(texts[i][0]), "P%d_VERSION", i);
            if (lines)
                snprintf(texts[i][1], sizeof(texts[i][1]), "ADD p%d-1.%d.tar /", i, i);
            else
                snprintf(texts[i][1], sizeof(texts[i][1]), "1.%d", i);
            pieces[i] = lines ? (struct shelflife_evidence){SHELFLIFE_EVIDENCE_HISTORY,
                                                            {0},
                                                            shelflife_str_of(texts[i][1])}
                              : env_of(texts[i][0], shelflife_str_of(texts[i][1]));
        }
        resolve_with(set, "registry.example/x", pieces, ALL, &a, &found, &probes);
        /* The first ones count, in the order of the products. */
        assert_int_equal(found.match_count, lines ? LINES : 128);
        for (size_t i = 0; i < found.match_count; i++)
            assert_ptr_equal(found.matches[i].evidence, &pieces[i]);
    }
    shelflife_catalogs_free(set);
}

static void many_lines_for_many_rules_are_bounded(void **state)
{
    enum { PRODUCTS = 256, LINES = 64 };
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    buffer text CLEANUP(shelflife_buffer_free);
    arena a CLEANUP(shelflife_arena_free);
    struct shelflife_evidence pieces[LINES];
    struct shelflife_resolution found;
    uint64_t probes = 0;
    (void)state;
    shelflife_arena_init(&a, 256 << 10);
    shelflife_buffer_init(&text, 1 << 20);
    shelflife_buffer_append(&text, STR(CATALOG("many")));
    for (int i = 0; i < PRODUCTS; i++)
        shelflife_buffer_format(
            &text, "{name: p%d, rows: [{release: '1'}], evidence: [{history: 'ADD x-{version}-*'}]},\n", i);
    shelflife_buffer_append(&text, STR("]}"));
    assert_true(shelflife_catalogs_add(set, shelflife_buffer_str(&text), "many.yaml", NULL));
    finish(set);
    for (size_t i = 0; i < LINES; i++)
        pieces[i] = piece_of("history ADD x-1-y /");
    resolve_with(set, "registry.example/x", pieces, LINES, &a, &found, &probes);
    /* 512 pairs of a rule and a line: the two first lines with each rule. */
    assert_int_equal(found.match_count, PRODUCTS);
    for (size_t i = 0; i < found.match_count; i++)
        assert_ptr_equal(found.matches[i].evidence, &pieces[0]);
    shelflife_catalogs_free(set);
}

/* How finishing a set of products with this rule ends; "#" is the product's number. */
static void finish_many(const char *rule, int products, error *err)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    buffer text CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&text, 16 << 20);
    shelflife_buffer_append(&text, STR(CATALOG("many")));
    for (int i = 0; i < products; i++) {
        shelflife_buffer_format(&text, "{name: p%d, rows: [{release: '1'}], evidence: [", i);
        for (const char *c = rule; *c; c++)
            if (*c == '#')
                shelflife_buffer_format(&text, "%d", i);
            else
                shelflife_buffer_byte(&text, *c);
        shelflife_buffer_append(&text, STR("]},\n"));
    }
    shelflife_buffer_append(&text, STR("]}"));
    if (!shelflife_catalogs_add(set, shelflife_buffer_str(&text), "many.yaml", err))
        fail_msg("%s", err->text);
    *err = (error){0};
    shelflife_catalogs_finish(set, err);
    shelflife_catalogs_free(set);
}

static void rules_that_read_the_same_are_limited(void **state)
{
    static const struct {
        const char *rule, *error;
    } limits[] = {
        {"{env: A, value: '#-{version}'}",
         "more than 256 evidence rules read the same as one of the product"},
        {"{env: 'A#', when: {env: B, value: x}}", "more than 256 evidence rules read the same"},
        {"{history: 'ADD x-{version}-#'}",
         "more than 256 patterns of lines of history begin with the same text"},
        {"{env: 'A#'}", NULL},
        {"{env: A, when: {env: B, value: 'x#'}}", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        error err;
        finish_many(limits[i].rule, CATALOG_RULES_TOGETHER_MAX, &err);
        if (err.kind != SHELFLIFE_ERROR_NONE)
            fail_msg("%s: %s", limits[i].rule, err.text);
        finish_many(limits[i].rule, CATALOG_RULES_TOGETHER_MAX + 1, &err);
        if ((err.kind == SHELFLIFE_ERROR_LIMIT) != (limits[i].error != NULL) ||
            (limits[i].error && !strstr(err.text, limits[i].error)))
            fail_msg("%s: %s", limits[i].rule, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_a_rule_reads_is_kept),
        cmocka_unit_test(the_hash_of_the_rules_depends_on_what_they_read),
        cmocka_unit_test(a_trace_says_what_came_of_each_rule),
        cmocka_unit_test(hostile_evidence_takes_bounded_time_and_memory),
        cmocka_unit_test(a_lookup_costs_the_same_with_many_rules),
        cmocka_unit_test(an_image_that_names_everything_has_bounded_matches),
        cmocka_unit_test(many_lines_for_many_rules_are_bounded),
        cmocka_unit_test(rules_that_read_the_same_are_limited),
        cmocka_unit_test(what_an_image_says_is_found),
        cmocka_unit_test(what_is_found_ahead_is_the_same),
        cmocka_unit_test(nothing_is_found_ahead_by_a_set_that_is_not_finished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
