/* rooms: base json reference catalog */
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

    /* Variants, and versions as names have them. */
    {"registry.example/x",
     {"env FRAMEWORK=framework-gpu/2-11"},
     "evidence/framework 2.11 by evidence 2-11, patch 2024-01-01 <FRAMEWORK>"},
    {"registry.example/x",
     {"env FRAMEWORK=framework-cpu/2-11"},
     "evidence/framework 2.11 by evidence 2-11, patch 2024-06-01 <FRAMEWORK>"},
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
    fail_msg("%.*s is no kind of evidence", STR_PRINT(name));
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
    }
    if (r->match_count == 0)
        shelflife_buffer_format(out, "%s", r->covered_by ? "unresolved" : "unlisted");
    if (r->unverified)
        shelflife_buffer_format(out, " (unverified)");
    if (r->snapshot != SHELFLIFE_DAY_NONE)
        shelflife_buffer_format(out, ", snapshot %s", shelflife_day_format(r->snapshot, text));
}

static void what_an_image_says_is_found(void **state)
{
    (void)state;
    struct shelflife_catalogs *set = read_catalogs();
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        arena a CLEANUP(shelflife_arena_free);
        buffer out CLEANUP(shelflife_buffer_free);
        struct shelflife_evidence pieces[PIECES];
        struct shelflife_resolution found;
        uint64_t probes = 0;
        size_t count = 0;
        shelflife_arena_init(&a, 1 << 20);
        shelflife_buffer_init(&out, 1 << 16);
        for (; count < PIECES && cases[i].says[count]; count++)
            pieces[count] = piece_of(cases[i].says[count]);
        resolve_with(set, cases[i].image, pieces, count, &a, &found, &probes);
        describe_with_evidence(&found, &out);
        if (shelflife_str_equal(shelflife_buffer_str(&out), shelflife_str_of(cases[i].expected)))
            continue;
        print_error("%s, %s …:\n  is  %.*s\n  not %s\n", cases[i].image,
                    cases[i].says[0] ? cases[i].says[0] : "", STR_PRINT(shelflife_buffer_str(&out)),
                    cases[i].expected);
        wrong++;
    }
    shelflife_catalogs_free(set);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_image_says_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
