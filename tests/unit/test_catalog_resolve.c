/* rooms: base json reference catalog */
/* Every form of "how an image is found" that the format can say, on the catalogs of tests/data/catalogs. */
#include "unit/catalog_kit.h"

#define DIGEST_8 "sha256:8888888888888888888888888888888888888888888888888888888888888888"
#define DIGEST_0 "sha256:0000000000000000000000000000000000000000000000000000000000000000"

struct expected {
    const char *image, *found;
};

static struct shelflife_catalogs *good_set(void)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    assert_non_null(set);
    add_file(set, "names.yaml");
    add_file(set, "tags.yaml");
    add_file(set, "accounts.json");
    finish(set);
    return set;
}

static void check(const struct expected *cases, size_t count)
{
    struct shelflife_catalogs *set = good_set();
    arena a;
    buffer text;
    size_t wrong = 0;
    shelflife_arena_init(&a, 1 << 20);
    shelflife_buffer_init(&text, 4096);
    for (size_t i = 0; i < count; i++) {
        struct shelflife_resolution found = resolve(set, cases[i].image, &a);
        describe(&found, &text);
        if (!shelflife_str_equal(shelflife_buffer_str(&text), shelflife_str_of(cases[i].found))) {
            print_error("%s\n  is      %.*s\n  and not %s\n", cases[i].image,
                        STR_PRINT(shelflife_buffer_str(&text)), cases[i].found);
            wrong++;
        }
        shelflife_arena_reset(&a);
        shelflife_buffer_reset(&text);
    }
    shelflife_arena_free(&a);
    shelflife_buffer_free(&text);
    shelflife_catalogs_free(set);
    assert_int_equal(wrong, 0);
}

static void versions_in_names(void **state)
{
    static const struct expected cases[] = {
        {"us.names.example/gcr.io/tf2-gpu.2-11.py310:m112",
         "names/tensor 2.11 by repository 2-11, patch 2023-11-15, gone 2024-11-15"},
        {"us.names.example/gcr.io/tf-cpu.2-11.py37",
         "names/tensor 2.11 by repository 2-11, patch 2023-09-01, gone 2024-12-01"},
        /* Two rows are open: the latest of each date. */
        {"us.names.example/gcr.io/tf-cpu.2-11",
         "names/tensor 2.11 by repository 2-11, patch 2023-11-15, gone 2024-12-01, 2 rows"},
        /* One of two open rows does not end: neither does what they say together. */
        {"us.names.example/gcr.io/tf-cpu.2-14",
         "names/tensor 2.14 by repository 2-14, patch 2025-02-01, 2 rows"},
        {"us.names.example/gcr.io/tf-cpu.2-1", "names/tensor 2.1 by repository 2-1, patch 2021-01-01"},
        {"us.names.example/gcr.io/tf-cpu.2_1", "names/tensor 2.1 by repository 2_1, patch 2021-01-01"},
        {"us.names.example/gcr.io/tf-cpu.2-1-4", "names/tensor 2.1 by repository 2-1-4, patch 2021-01-01"},
        {"us.names.example/gcr.io/tf-cpu.2-11-0.py310",
         "names/tensor 2.11 by repository 2-11-0, patch 2023-11-15, gone 2024-11-15, outdated"},
        {"us.names.example/gcr.io/tf-cpu.2-1-conda", "unresolved names/tensor"},
        {"us.names.example/gcr.io/tf-cpu.2-99", "unresolved names/tensor"},
        /* A row for names without the field; a list of values; a value that no row has. */
        {"us.names.example/gcr.io/tf-cpu.2-12", "names/tensor 2.12 by repository 2-12, patch 2024-01-30"},
        {"us.names.example/gcr.io/tf-cpu.2-12.py311",
         "names/tensor 2.12 by repository 2-12, patch 2024-06-30"},
        {"us.names.example/gcr.io/tf-cpu.2-12.py39", "unresolved names/tensor"},
        /* A row that names the value goes before one that names none. */
        {"us.names.example/gcr.io/tf-xla.2-13", "names/tensor 2.13 by repository 2-13, patch 2024-05-05"},
        {"us.names.example/gcr.io/tf-gpu.2-13", "names/tensor 2.13 by repository 2-13, patch 2024-07-05"},
        {"us.names.example/gcr.io/base-cu113.py310", "names/base 11.3 by repository 113, patch 2024-01-01"},
        {"us.names.example/gcr.io/base-cu113-conda.py310", "unresolved names/base"},
        {"us.names.example/training/s-cpu.2-15", "names/served 2.15 by repository 2-15, patch 2024-11-14"},
        {"us.names.example/prediction/s-cpu.2-15", "names/served 2.15 by repository 2-15, patch 2026-07-14"},
        {"us.names.example/training/s-cpu.2-10", "unresolved names/served"},
        /* The longest literal before the first field counts. */
        {"us.names.example/gcr.io/tf2-special-gpu.2-11",
         "names/nested 2.11 by repository 2-11, patch 2030-01-01"},
        {"us.names.example/ubi9/ubi:9.4", "names/nested 9 by repository 9, patch 2032-05-31, outdated"},
        {"us.names.example/gcr.io/one.image:whatever",
         "names/single by repository, patch 2025-08-21, gone 2026-08-21"},
        /* The tag is a build, so a digest beside a name says nothing new; with a tag it is unverified. */
        {"us.names.example/gcr.io/tf-cpu.2-1@" DIGEST_0,
         "names/tensor 2.1 by repository 2-1, patch 2021-01-01"},
        {"us.names.example/gcr.io/tf-cpu.2-1:m1@" DIGEST_0,
         "names/tensor 2.1 by repository 2-1, patch 2021-01-01 (unverified)"},
        /* Families that no row is about. */
        {"us.names.example/gcr.io/r-cpu.4-1", "unresolved names"},
        {"us.names.example/gcr.io", "unresolved names"},
        {"us.names.example/gcr.iox/r", "unlisted"},
        {"us.names.example/prediction/other", "unlisted"},
    };
    (void)state;
    check(cases, COUNT(cases));
}

static void versions_in_tags(void **state)
{
    static const struct expected cases[] = {
        {"public.example/containers/pytorch:2.5.1-gpu-py311-cu124",
         "accounts/pytorch 2.5.1 by tag 2.5.1, patch 2025-12-29"},
        {"public.example/containers/pytorch:2.5.0-gpu",
         "accounts/pytorch 2.5 by tag 2.5.0, patch 2025-10-29"},
        {"public.example/containers/pytorch:2.10-gpu", "accounts/pytorch 2.10 by tag 2.10, patch 2027-01-21"},
        {"public.example/containers/pytorch:2.1-gpu", "accounts/pytorch 2.1 by tag 2.1, patch 2024-10-04"},
        {"public.example/containers/pytorch:3.0-5-cpu",
         "accounts/pytorch 3.0-5 by tag 3.0-5, patch 2026-11-17"},
        {"public.example/containers/pytorch:3.0.5", "unresolved accounts/pytorch"},
        {"public.example/containers/pytorch@" DIGEST_0, "accounts/pytorch any by tag, patch 2027-01-21"},
        {"debian:13", "tags/debian 13 by tag 13, patch 2028-08-09, extended 2030-06-30"},
        {"debian:trixie-20260803-slim",
         "tags/debian 13 by tag trixie, patch 2028-08-09, extended 2030-06-30"},
        {"debian:12.5-slim", "tags/debian 12 by tag 12.5, patch 2026-07-11, extended 2028-06-30, outdated"},
        {"debian:unstable", "tags/debian any by tag, patch 2028-08-09, extended 2030-06-30"},
        {"alpine:20260805", "unresolved tags/alpine-linux"},
        {"alpine:3.18.12", "tags/alpine-linux 3.18 by tag 3.18.12, patch 2025-05-09"},
        {"alpine:v3.18", "tags/alpine-linux 3.18 by tag 3.18, patch 2025-05-09"},
        {"postgres:14.2", "tags/postgresql 14 by tag 14.2, patch 2026-11-12"},
        {"postgres:18beta3", "unresolved tags/postgresql"},
        {"golang:1.28rc1", "unresolved tags/go"},
        {"golang:1.27", "tags/go 1.27 by tag 1.27"},
        {"golang:1.26.1", "tags/go 1.26 by tag 1.26.1, ended"},
        {"mcr.microsoft.com/dotnet/aspnet:8.0", "tags/dotnet 8 by tag 8.0, patch 2026-11-10"},
        {"registry.k8s.io/etcd:3.4.13-0", "tags/etcd 3.4 by tag 3.4.13, patch 2026-06-01, outdated"},
        {"eclipse-temurin:8u502-b07-jdk", "tags/temurin 8 by tag 8u502, patch 2030-12-31, outdated"},
        {"eclipse-temurin:8-jdk", "tags/temurin 8 by tag 8, patch 2030-12-31"},
        {"eclipse-temurin:8x", "unresolved tags/temurin"},
        {"eclipse-temurin:21.0.12_8-jre", "tags/temurin 21 by tag 21.0.12, patch 2029-12-31"},
        {"couchbase:enterprise-7.6.1", "tags/couchbase 7.6 by tag 7.6.1, patch 2027-03-31"},
        {"couchbase:community-7.6.1", "tags/couchbase 7.6 by tag 7.6.1, patch 2026-03-31"},
        {"couchbase:7.6", "tags/couchbase 7.6 by tag 7.6, patch 2027-03-31, 2 rows"},
        {"quay.io/centos/centos:stream9", "tags/centos-stream 9 by tag 9, patch 2027-05-31"},
        {"quay.io/centos/centos:8", "tags/centos 8 by tag 8, ended"},
        {"registry.access.redhat.com/ubi9:9.4", "tags/rhel 9 by repository 9, patch 2032-05-31"},
        /* No tag means latest, which a catalog may list; a digest alone does not. */
        {"rolling", "tags/rolling nightly by tag latest, patch 2027-01-01"},
        {"rolling@" DIGEST_0, "unresolved tags/rolling"},
        {"rolling:edge", "tags/rolling nightly by tag edge, patch 2027-01-01"},
        {"rolling:1", "tags/rolling 1 by tag 1"},
        /* A spelling that two releases have identifies neither, and then a shorter one does not either. */
        {"rolling:1-lts", "unresolved tags/rolling"},
        {"rolling:v1-lts-2", "unresolved tags/rolling"},
    };
    (void)state;
    check(cases, COUNT(cases));
}

static void parts_of_tags(void **state)
{
    static const struct expected cases[] = {
        {"python:3.8-slim-bookworm",
         "tags/python 3.8 by tag 3.8, patch 2024-10-07; accounts/python-too 3.8 by tag 3.8, patch "
         "2025-01-01; "
         "tags/debian 12 by part bookworm, patch 2026-07-11, extended 2028-06-30"},
        {"python:3-bookworm",
         "tags/python any 3 by tag 3, patch 2028-10-31; accounts/python-too any 3 by tag 3, patch "
         "2025-01-01; tags/debian 12 by part bookworm, patch 2026-07-11, extended 2028-06-30"},
        {"python:bookworm",
         "tags/python any by tag, patch 2028-10-31; accounts/python-too any by tag, patch 2025-01-01; "
         "tags/debian 12 by part bookworm, patch 2026-07-11, extended 2028-06-30"},
        {"python:3.11-alpine3.18", "tags/python 3.11 by tag 3.11, patch 2027-10-31; tags/alpine-linux 3.18 "
                                   "by part 3.18, patch 2025-05-09"},
        {"golang:1.27-alpine3.18.4",
         "tags/go 1.27 by tag 1.27; tags/alpine-linux 3.18 by part 3.18.4, patch 2025-05-09, outdated"},
        {"eclipse-temurin:8-jdk-alpine-3.24",
         "tags/temurin 8 by tag 8, patch 2030-12-31; tags/alpine-linux 3.24 by part 3.24, patch 2028-05-01"},
        {"golang:1.27-alpine", "tags/go 1.27 by tag 1.27"},
        {"golang:1.27-alpine3.1", "tags/go 1.27 by tag 1.27"},
        {"golang:1.27-xalpine3.18", "tags/go 1.27 by tag 1.27"},
        {"golang:1.27-3alpine3.18", "tags/go 1.27 by tag 1.27"},
        {"golang:1.27-ubi9-minimal", "tags/go 1.27 by tag 1.27; tags/rhel 9 by part 9, patch 2032-05-31"},
        {"golang:1.27-ubi10.1", "tags/go 1.27 by tag 1.27; tags/rhel 10 by part 10.1, patch 2035-05-31"},
        {"golang:1.27-ubi99", "tags/go 1.27 by tag 1.27"},
        {"golang:1.27-al2", "tags/go 1.27 by tag 1.27; tags/amazon-linux 2 by part 2, patch 2026-06-30"},
        {"golang:1.27-al2023",
         "tags/go 1.27 by tag 1.27; tags/amazon-linux 2023 by part 2023, patch 2029-06-30"},
        {"golang:1.27-windowsservercore-ltsc2022",
         "tags/go 1.27 by tag 1.27; tags/windows 2022 by part 2022, patch 2031-10-14"},
        {"golang:1.27-ltsc2022", "tags/go 1.27 by tag 1.27"},
        {"golang:1.27-xwindowsservercore-ltsc2022", "tags/go 1.27 by tag 1.27"},
        /* The same base by two of its patterns is one; two releases of it are none. */
        {"golang:1.27-debian-12-bookworm",
         "tags/go 1.27 by tag 1.27; tags/debian 12 by part 12, patch 2026-07-11, extended 2028-06-30"},
        {"golang:1.27-bookworm-trixie", "tags/go 1.27 by tag 1.27"},
        {"golang:1.27-bookworm-ubi9-trixie-bookworm",
         "tags/go 1.27 by tag 1.27; tags/rhel 9 by part 9, patch 2032-05-31"},
        {"golang:1.27-bookwormish", "tags/go 1.27 by tag 1.27"},
        /* A base of other images is not a base of its own images. */
        {"debian:bookworm-slim", "tags/debian 12 by tag bookworm, patch 2026-07-11, extended 2028-06-30"},
        {"debian:12-trixie", "tags/debian 12 by tag 12, patch 2026-07-11, extended 2028-06-30"},
        /* Only where the catalog says so. */
        {"public.example/containers/pytorch:2.10-bookworm",
         "accounts/pytorch 2.10 by tag 2.10, patch 2027-01-21"},
        {"us.names.example/gcr.io/tf-cpu.2-1:bookworm",
         "names/tensor 2.1 by repository 2-1, patch 2021-01-01"},
    };
    (void)state;
    check(cases, COUNT(cases));
}

static void names_through_mirrors(void **state)
{
    static const struct {
        const char *image, *canonical;
    } cases[] = {
        {"python", "docker.io/library/python"},
        {"mirror.example/library/python:3.8", "docker.io/library/python"},
        {"mirror.example", "docker.io/library/mirror.example"},
        {"mirror.example/python:3.8", "docker.io/library/python"},
        {"mirror.example/owner/python", "docker.io/owner/python"},
        {"mirror.example/owner/deep/python", "docker.io/owner/deep/python"},
        {"public.example/docker/library/deep/python", "docker.io/library/deep/python"},
        {"public.example/docker/library/python", "docker.io/library/python"},
        {"public.example/docker/libraryx/python", "public.example/docker/libraryx/python"},
        {"GCR.names.example:443/tf", "us.names.example/gcr.io/tf"},
        /* The longest alias, once. */
        {"gcr.names.example/deeper/tf", "us.names.example/tf"},
        {"gcr.names.example/deep/tf", "us.names.example/gcr.io/deep/tf"},
        {"any.alias.example/tf", "us.names.example/gcr.io/tf"},
        {"alias.example/tf", "alias.example/tf"},
        {"any.any.alias.example/tf", "any.any.alias.example/tf"},
        {"7631.dkr.eu-west-3.aws.example/pytorch", "public.example/containers/pytorch"},
        {"7631.dkr.eu-west-3.aws.example/deep/er/pytorch", "public.example/containers/pytorch"},
        {"7631.dkr.eu-west-3.aws.example/deep/pytorch", "public.example/containers/deep/pytorch"},
        {"7631.dkr.cn-north-1.aws.example/pytorch", "public.example/containers/pytorch"},
        {"7632.dkr.eu-west-3.aws.example/pytorch", "7632.dkr.eu-west-3.aws.example/pytorch"},
        {"7631.dkr.eu-west-3.aws.example:5000/pytorch", "7631.dkr.eu-west-3.aws.example:5000/pytorch"},
        {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r/x", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r/x"},
    };
    struct shelflife_catalogs *set = good_set();
    arena a;
    (void)state;
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_resolution found = resolve(set, cases[i].image, &a);
        assert_str_equal(found.canonical, cases[i].canonical);
    }
    shelflife_arena_free(&a);
    shelflife_catalogs_free(set);
}

static void digests_decide(void **state)
{
    static const struct expected cases[] = {
        {"python:3.12@" DIGEST_8, "tags/python 3.8 by digest, patch 2024-10-07"},
        {"python:bookworm@" DIGEST_8, "tags/python 3.8 by digest, patch 2024-10-07"},
        {"harbor.example/anything@" DIGEST_8, "tags/python 3.8 by digest, patch 2024-10-07"},
        {"python:3.1@" DIGEST_0, "tags/python 3.1 by tag 3.1, patch 2012-04-09 (unverified)"},
        {"python:3-trixie@" DIGEST_0,
         "tags/python any 3 by tag 3, patch 2028-10-31; accounts/python-too any 3 by tag 3, patch "
         "2025-01-01; tags/debian 13 by part trixie, patch 2028-08-09, extended 2030-06-30 (unverified)"},
        {"python:3@" DIGEST_0, "tags/python any 3 by tag 3, patch 2028-10-31; accounts/python-too any 3 by "
                               "tag 3, patch 2025-01-01 (unverified)"},
        {"python@" DIGEST_0,
         "tags/python any by tag, patch 2028-10-31; accounts/python-too any by tag, patch 2025-01-01"},
        {"harbor.example/anything:1@" DIGEST_0, "unlisted"},
    };
    (void)state;
    check(cases, COUNT(cases));
}

static void names_that_no_catalog_knows(void **state)
{
    char image[4096];
    struct shelflife_catalogs *set = good_set();
    arena a;
    (void)state;
    shelflife_arena_init(&a, 1 << 20);
    /* A host may be longer than any pattern. */
    for (size_t i = 0; i < sizeof(image) - 16; i += 2)
        memcpy(image + i, i % 4 ? "b." : "a.", 2);
    memcpy(image + sizeof(image) - 16, "c/d:1", 6);
    struct shelflife_resolution found = resolve(set, image, &a);
    assert_null(found.covered_by);
    assert_int_equal(found.match_count, 0);
    assert_int_equal(found.canonical.len, sizeof(image) - 13);
    shelflife_arena_free(&a);
    shelflife_catalogs_free(set);
}

static void an_arena_without_room_is_an_error(void **state)
{
    struct shelflife_catalogs *set = good_set();
    struct shelflife_reference reference;
    struct shelflife_resolution found;
    arena a, little;
    error err = {0};
    (void)state;
    shelflife_arena_init(&a, 1 << 20);
    shelflife_arena_init(&little, 16);
    assert_true(shelflife_reference_parse(STR("mirror.example/library/python:3.8"), &a, &reference, &err));
    assert_false(shelflife_catalogs_resolve(set, reference.name, &reference, NULL, &little, &found, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    shelflife_arena_free(&a);
    shelflife_arena_free(&little);
    shelflife_catalogs_free(set);
}

/* A policy's mirrors have mapped the name already. */
static void the_name_given_counts(void **state)
{
    struct shelflife_catalogs *set = good_set();
    struct shelflife_reference reference;
    struct shelflife_resolution found;
    arena a;
    (void)state;
    shelflife_arena_init(&a, 1 << 20);
    assert_true(shelflife_reference_parse(STR("harbor.example/hub/python:3.1"), &a, &reference, NULL));
    assert_true(
        shelflife_catalogs_resolve(set, STR("docker.io/library/python"), &reference, NULL, &a, &found, NULL));
    assert_int_equal(found.match_count, 1);
    assert_str_equal(found.matches[0].row->release, "3.1");
    shelflife_arena_free(&a);
    shelflife_catalogs_free(set);
}

static void outdated_is_an_older_patch(void **state)
{
    struct shelflife_catalogs *set = good_set();
    arena a;
    static const struct {
        const char *image;
        bool outdated;
    } images[] = {
        {"alpine:3.18.4", true},
        {"alpine:3.18.12", false},
        {"alpine:3.18.13", false},
        {"alpine:3.18", false},
        {"alpine:3.18.4.1", true},
        {"alpine:3.18.4-20260101", true},
        {"debian:12.14", true},
        {"debian:12", false},
        {"debian:bookworm", false},
        {"debian:12-20260101", false},
        {"debian:13.6", false},
        {"mirror.example/library/alpine:v3.18.2", true},
        {"eclipse-temurin:8u502", true},
        {"eclipse-temurin:8u512", false},
        {"eclipse-temurin:8", false},
        {"us.names.example/ubi9/ubi:9.2-755", true},
        {"us.names.example/ubi9/ubi:v9.2", true},
        {"us.names.example/ubi9/ubi:9.10", false},
        {"us.names.example/ubi9/ubi:9", false},
        {"us.names.example/ubi9/ubi:latest", false},
        {"us.names.example/ubi9/ubi:1.2-755", false},
        {"us.names.example/ubi9/ubi:9x", false},
    };
    (void)state;
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(images); i++) {
        struct shelflife_resolution found = resolve(set, images[i].image, &a);
        assert_int_equal(found.match_count, 1);
        if (found.matches[0].outdated != images[i].outdated)
            fail_msg("%s", images[i].image);
        shelflife_arena_reset(&a);
    }
    shelflife_arena_free(&a);
    shelflife_catalogs_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_in_names),
        cmocka_unit_test(versions_in_tags),
        cmocka_unit_test(parts_of_tags),
        cmocka_unit_test(names_through_mirrors),
        cmocka_unit_test(digests_decide),
        cmocka_unit_test(names_that_no_catalog_knows),
        cmocka_unit_test(an_arena_without_room_is_an_error),
        cmocka_unit_test(the_name_given_counts),
        cmocka_unit_test(outdated_is_an_older_patch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
