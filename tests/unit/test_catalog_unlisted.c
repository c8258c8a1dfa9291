/* rooms: base json reference catalog */
/*
 * Images whose tag does not name a release that is listed: parts of versions, versions that are older than
 * all listed ones or between two of them, pre-releases, and what limits of patterns leave out.
 */
#include "unit/catalog_kit.h"

static const char catalog[] =
    "--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: c, asOf: 2026-01-01, parts: [jdk, fork, base],\n"
    "bases: ['x.example/base/{name}'], covers: [x.example/covered], products: [\n"
    "{name: lang, repositories: [x.example/lang], rows: [\n"
    "  {release: '4.1', endOfPatch: 2030-01-01}, {release: '4.0', endOfPatch: 2025-01-01},\n"
    "  {release: '3.20', endOfPatch: 2024-01-01}, {release: '3.10', endOfPatch: 2023-01-01},\n"
    "  {release: '3.9', endOfPatch: 2022-01-01}]},\n"
    "{name: open, repositories: [x.example/open], rows: [{release: '2.1'}, {release: '2.0', ended: true},\n"
    "  {release: '1.4', ended: true}, {release: '1.2', endOfPatch: 2020-01-01}]},\n"
    "{name: gone, repositories: [x.example/gone, x.example/shared], rows: [\n"
    "  {release: '2', endOfPatch: 2021-01-01, endOfAvailability: 2022-01-01},\n"
    "  {release: '1', endOfPatch: 2020-01-01, endOfAvailability: 2020-06-01}]},\n"
    "{name: stream, repositories: [x.example/shared], tags: ['stream{version}'], rows: [{release: '9'}]},\n"
    "{name: inname, repositories: ['x.example/n/f.{version}'], rows: [\n"
    "  {release: '2.2', endOfPatch: 2021-01-01}, {release: '2.1', endOfPatch: 2020-01-01}]},\n"
    "{name: weekly, repositories: [x.example/weekly], rows: [{release: '2', numbers: 2},\n"
    "  {release: '2.300', endOfPatch: 2022-01-01}, {release: '2.500', endOfPatch: 2024-01-01}]},\n"
    "{name: fork, repositories: [{pattern: x.example/fork, from: '2', before: '3'}],\n"
    "  part: [{pattern: 'fork{version}', with: [special]}],\n"
    "  rows: [{release: '1', ended: true}, {release: '2'}, {release: '3', ended: true}]},\n"
    "{name: dots, repositories: [x.example/dots], rows: [{release: '1.2', endOfPatch: 2020-01-01},\n"
    "  {release: '1-2', endOfPatch: 2021-01-01}, {release: '1.4', endOfPatch: 2020-02-01},\n"
    "  {release: '1.4.2', endOfPatch: 2022-01-01}, {release: '1.6', ended: true}]},\n"
    "{name: tools, repositories: [{pattern: x.example/tools, variants: [dev]}], rows: [{release: '1.2'}]},\n"
    "{name: community, repositories: [x.example/two], tags: [{pattern: '{version}', with: [community]}],\n"
    "  rows: [{release: '10', endOfPatch: 2024-12-02}]},\n"
    "{name: server, repositories: [x.example/two], tags: [{pattern: '{version}', without: [community]}],\n"
    "  rows: [{release: '10', endOfPatch: 2025-03-26}]},\n"
    "{name: mixed, repositories: [x.example/mixed], rows: [{release: v1.0, endOfPatch: 2020-01-01},\n"
    "  {release: '1.5', endOfPatch: 2030-01-01}, {release: v2.0, endOfPatch: 2021-01-01},\n"
    "  {release: '3.0', endOfPatch: 2022-01-01}]},\n"
    "{name: jdk, part: ['jdk{version}', {pattern: 'java{version}', without: [corretto]}],\n"
    "  rows: [{release: '20', endOfPatch: 2023-09-30}]},\n"
    "{name: base, part: ['{codename}'], rows: [{release: '9', codename: stretch, endOfPatch: 2022-06-30}]},\n"
    "{name: variants, repositories: [x.example/lang], wholeTag: true,\n"
    "  rows: [{release: 4.1-alpine, endOfPatch: 2024-02-01}]},\n"
    "{name: retired, repositories: ['x.example/old/{name}'], exceptTags: [latest],\n"
    "  rows: [{endOfPatch: 2025-08-28, movedTo: 'y.example/new/{name}/{other}'}]}]}\n";

struct expected {
    const char *image, *found;
};

static void check(const char *text, const struct expected *cases, size_t count)
{
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    arena a;
    buffer found;
    size_t wrong = 0;
    add_text(set, text, "c");
    finish(set);
    shelflife_arena_init(&a, 1 << 20);
    shelflife_buffer_init(&found, 4096);
    for (size_t i = 0; i < count; i++) {
        struct shelflife_resolution resolution = resolve(set, cases[i].image, &a);
        shelflife_buffer_reset(&found);
        describe(&resolution, &found);
        if (!shelflife_str_equal(shelflife_buffer_str(&found), shelflife_str_of(cases[i].found))) {
            print_error("%s\n  is      %.*s\n  and not %s\n", cases[i].image,
                        STR_PRINT(shelflife_buffer_str(&found)), cases[i].found);
            wrong++;
        }
    }
    shelflife_arena_free(&a);
    shelflife_buffer_free(&found);
    shelflife_catalogs_free(set);
    assert_int_equal(wrong, 0);
}

static void a_version_that_is_not_listed_is_compared_with_the_listed_ones(void **state)
{
    static const struct expected cases[] = {
        /* parts of versions: the latest dates count, unless a release has no end */
        {"x.example/lang:3", "c/lang any 3 by tag 3, patch 2024-01-01"},
        {"x.example/lang:3-alpine", "c/lang any 3 by tag 3, patch 2024-01-01"},
        {"x.example/lang:v3", "c/lang any 3 by tag 3, patch 2024-01-01"},
        {"x.example/lang:4", "c/lang any 4 by tag 4, patch 2030-01-01"},
        {"x.example/open:2", "unresolved c/open"},
        {"x.example/open:1", "c/open any 1 by tag 1, patch 2020-01-01"},
        /* no version at all */
        {"x.example/lang:latest", "c/lang any by tag, patch 2030-01-01"},
        {"x.example/open", "unresolved c/open"},
        {"x.example/gone", "c/gone any by tag, patch 2021-01-01, gone 2022-01-01"},
        {"x.example/shared:latest", "unresolved c/gone"},
        {"x.example/shared:stream9", "c/stream 9 by tag 9"},
        /* older than all, or between two */
        {"x.example/lang:2.7.18", "c/lang older 2.7.18 by tag 2.7.18, ended"},
        {"x.example/lang:0.1-x", "c/lang older 0.1 by tag 0.1, ended"},
        {"x.example/lang:3.15.2", "c/lang between 3.15.2 by tag 3.15.2, ended"},
        {"x.example/lang:5", "unresolved c/lang"},
        {"x.example/mixed:0.9", "c/mixed older 0.9 by tag 0.9, ended"},
        {"x.example/mixed:v1.2", "c/mixed between 1.2 by tag 1.2, ended"},
        {"x.example/mixed:2.5", "c/mixed between 2.5 by tag 2.5, ended"},
        {"x.example/lang:20260101", "unresolved c/lang"},
        {"x.example/open:1.3", "c/open between 1.3 by tag 1.3, ended"},
        {"x.example/open:2.0.5", "c/open 2.0 by tag 2.0.5, ended"},
        {"x.example/n/f.2-0", "c/inname older 2-0 by repository 2-0, ended"},
        {"x.example/n/f.2", "c/inname any 2 by repository 2, patch 2021-01-01"},
        /* YAML reads 3.20 without quotes as 3.2 */
        {"x.example/lang:3.2", "unresolved c/lang"},
        /* letters directly after the numbers */
        {"x.example/lang:2f3a91c", "unresolved c/lang"},
        {"x.example/lang:3.9beta1", "unresolved c/lang"},
        /* pre-releases */
        {"x.example/lang:4.1-rc1", "c/lang pre-release of 4.1 by tag 4.1-rc1, patch 2030-01-01"},
        {"x.example/lang:4.1.0rc2-slim", "c/lang pre-release of 4.1 by tag 4.1.0rc2, patch 2030-01-01"},
        {"x.example/lang:4.1.0a1", "c/lang pre-release of 4.1 by tag 4.1.0a1, patch 2030-01-01"},
        {"x.example/lang:v4.1.0-SNAPSHOT",
         "c/lang pre-release of 4.1 by tag 4.1.0-SNAPSHOT, patch 2030-01-01"},
        {"x.example/lang:4.1-M04", "c/lang pre-release of 4.1 by tag 4.1-M04, patch 2030-01-01"},
        {"x.example/lang:4.1-alpine3.18", "c/lang 4.1 by tag 4.1, patch 2030-01-01"},
        {"x.example/lang:4.1-b07", "c/lang 4.1 by tag 4.1, patch 2030-01-01"},
        {"x.example/lang:4.1-devel", "c/lang 4.1 by tag 4.1, patch 2030-01-01"},
        {"x.example/lang:4.1-alpine-rc", "c/lang pre-release of 4.1 by tag 4.1, patch 2030-01-01"},
        {"x.example/lang:4.1.2-slim-beta2", "c/lang pre-release of 4.1 by tag 4.1.2, patch 2030-01-01"},
        {"x.example/lang:4.1-alpine-dev", "c/lang 4.1 by tag 4.1, patch 2030-01-01"},
        {"x.example/lang:4.1-CTP2.0", "c/lang pre-release of 4.1 by tag 4.1-CTP2, patch 2030-01-01"},
        /* how many numbers a version has */
        {"x.example/weekly:2.555-jdk20", "c/weekly 2 by tag 2.555; c/jdk 20 by part 20, patch 2023-09-30"},
        {"x.example/weekly:2.300.4-lts", "c/weekly 2.300 by tag 2.300.4, patch 2022-01-01"},
        {"x.example/weekly:2.319.3", "c/weekly between 2.319.3 by tag 2.319.3, ended"},
        {"x.example/weekly:2.60.3", "c/weekly older 2.60.3 by tag 2.60.3, ended"},
        {"x.example/weekly:lts", "unresolved c/weekly"},
        {"x.example/weekly:2", "unresolved c/weekly"},
        /* releases that do not exist in the repository */
        {"x.example/fork:2.5", "c/fork 2 by tag 2.5"},
        {"x.example/fork:3.1", "unresolved c/fork"},
        {"x.example/fork:1.1", "unresolved c/fork"},
        {"x.example/fork:0.9", "unresolved c/fork"},
        {"x.example/dots:1.3", "c/dots between 1.3 by tag 1.3, ended"},
        /* a word that is a variant there */
        {"x.example/tools:1.2-dev", "c/tools 1.2 by tag 1.2"},
        {"x.example/tools:1.2-rc1", "c/tools pre-release of 1.2 by tag 1.2-rc1"},
        /* words of the tag */
        {"x.example/two:10.7-developer", "c/server 10 by tag 10.7, patch 2025-03-26"},
        {"x.example/two:10.7-community", "c/community 10 by tag 10.7, patch 2024-12-02"},
        {"x.example/two:latest-community", "c/community any by tag, patch 2024-12-02"},
        {"x.example/two:latest", "c/server any by tag, patch 2025-03-26"},
        {"x.example/lang:4.1-java20", "c/lang 4.1 by tag 4.1, patch 2030-01-01; c/jdk 20 by part 20, patch "
                                      "2023-09-30"},
        {"x.example/lang:4.1-java20-corretto", "c/lang 4.1 by tag 4.1, patch 2030-01-01"},
        {"x.example/lang:4.1-java20-corretto17", "c/lang 4.1 by tag 4.1, patch 2030-01-01"},
        {"x.example/lang:4.1-fork2", "c/lang 4.1 by tag 4.1, patch 2030-01-01"},
        {"x.example/lang:4.1-fork2-special", "c/lang 4.1 by tag 4.1, patch 2030-01-01; c/fork 2 by part 2"},
        /* whole tags */
        {"x.example/lang:4.1-alpine", "c/lang 4.1 by tag 4.1, patch 2030-01-01; c/variants 4.1-alpine by tag "
                                      "4.1-alpine, patch 2024-02-01"},
        /* nothing but a base system */
        {"x.example/base/deps:stretch-scm", "c/base 9 by part stretch, patch 2022-06-30"},
        {"x.example/base/deps:latest", "unresolved c"},
        /* covered, but not listed: parts are all that is known */
        {"x.example/covered/app:1.0-stretch", "c/base 9 by part stretch, patch 2022-06-30"},
        {"x.example/covered/app:1.0", "unresolved c"},
        /* a repository without releases */
        {"x.example/old/app:1.2", "c/retired by repository, patch 2025-08-28"},
        {"x.example/old/app:latest", "unlisted"},
        {"x.example/old/app", "unlisted"},
    };
    (void)state;
    check(catalog, cases, COUNT(cases));
}

/* What an image may not be called unpatched for. */
static void doubtful_readings_say_nothing(void **state)
{
    static const char text[] =
        "--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: c, asOf: 2026-01-01, parts: [weekly],\n"
        "products: [\n"
        "{name: dashed, repositories: ['x.example/dashed/{version}', x.example/dashed], rows: [\n"
        "  {release: '1-2', ended: true}, {release: '1-10', ended: true}, {release: v2.0, ended: true},\n"
        "  {release: '2-5'}, {release: '3-01', ended: true}, {release: '4', ended: true}]},\n"
        "{name: daily, repositories: [x.example/daily], rows: [\n"
        "  {release: '20231201', ended: true}, {release: '20240301', ended: true}]},\n"
        "{name: java, repositories: [x.example/java], tags: ['{version}', '1.{version}', '{version}u'],\n"
        "  rows: [{release: '7', ended: true}, {release: '9', ended: true}, {release: '11'}]},\n"
        "{name: lines, repositories: [x.example/lines], rows: [\n"
        "  {release: 6.x}, {release: '7', ended: true}, {release: '8.1.1.1.1.1.1.1.1.1', ended: true}]},\n"
        "{name: zero, repositories: [x.example/zero], rows: [{release: 1.2.1, ended: true}, {release: "
        "'1.20'}]},\n"
        "{name: variants, repositories: ['x.example/{os}/variants'], rows: [{release: '5', when: {os: "
        "linux}},\n"
        "  {release: '5', when: {os: bsd}, ended: true}, {release: '6', ended: true}]},\n"
        "{name: spelled, repositories: ['x.example/{os}/spelled'], tags: ['{version}', 's{version}'], rows: "
        "[\n"
        "  {release: '5', is: ['1', '1.8', old], when: {os: linux}}, {release: '6', is: ['1.8'], ended: "
        "true},\n"
        "  {release: '7', is: [old], ended: true}, {release: '8', numbers: 1, ended: true}]},\n"
        "{name: limited, repositories: [{pattern: x.example/limited, from: v2, before: v3}],\n"
        "  rows: [{release: v1, ended: true}, {release: v2.1}, {release: v3, ended: true}]},\n"
        "{name: whole, repositories: [x.example/whole], wholeTag: true, tags: ['w-{version}-x', "
        "'y{version}'],\n"
        "  rows: [{release: '1'}]},\n"
        "{name: weekly, repositories: [x.example/weekly], part: ['weekly{version}'],\n"
        "  rows: [{release: '2', numbers: 2, is: [nightly]}]},\n"
        "{name: twice, repositories: ['x.example/twice-{version}-{os}', 'x.example/twice-{version}'],\n"
        "  rows: [{release: '2', ended: true}, {release: '5', is: [1-x]}]},\n"
        "{name: retired, repositories: ['x.example/old/{name}/{version}'], exceptTags: [latest],\n"
        "  rows: [{release: '1', ended: true}]}]}\n";
    static const char digest[] =
        "x.example/old/a/1@sha256:0000000000000000000000000000000000000000000000000000000000000000";
    static const struct expected cases[] = {
        /* one separator is as good as another */
        {"x.example/dashed/1-5", "c/dashed between 1-5 by repository 1-5, ended"},
        {"x.example/dashed:1.5", "c/dashed between 1.5 by tag 1.5, ended"},
        {"x.example/dashed/2-1", "unresolved c/dashed"},
        {"x.example/dashed:2.1", "unresolved c/dashed"},
        {"x.example/dashed:3.1", "unresolved c/dashed"},
        {"x.example/dashed:3.5", "c/dashed between 3.5 by tag 3.5, ended"},
        /* builds, days and commits without letters */
        {"x.example/daily:1234567", "unresolved c/daily"},
        {"x.example/daily:20240101", "unresolved c/daily"},
        {"x.example/daily:2023.01.01", "c/daily older 2023.01.01 by tag 2023.01.01, ended"},
        /* two patterns read the tag differently */
        {"x.example/java:1.8", "c/java older 1.8 by tag 1.8, ended"},
        {"x.example/java:1.10", "unresolved c/java"},
        {"x.example/java:1.30", "unresolved c/java"},
        {"x.example/java:8u502", "unresolved c/java"},
        {"x.example/java:9u502", "c/java 9 by tag 9u502, ended"},
        /* a version of a release that has another name, or other variants */
        {"x.example/lines:6.5", "unresolved c/lines"},
        {"x.example/lines:5.5", "c/lines older 5.5 by tag 5.5, ended"},
        {"x.example/lines:8.1.1.1.1.1.1.1.1", "unresolved c/lines"},
        {"x.example/lines:8.1", "c/lines any 8.1 by tag 8.1, ended"},
        {"x.example/zero:1.2", "unresolved c/zero"},
        {"x.example/windows/variants:5", "unresolved c/variants"},
        {"x.example/windows/variants:5.1", "unresolved c/variants"},
        {"x.example/windows/variants:4.1", "c/variants older 4.1 by tag 4.1, ended"},
        {"x.example/windows/spelled:1.8", "c/spelled 6 by tag 1.8, ended"},
        {"x.example/linux/spelled:1.8", "c/spelled 5 by tag 1.8"},
        {"x.example/windows/spelled:1.7", "unresolved c/spelled"},
        {"x.example/windows/spelled:s1", "unresolved c/spelled"},
        {"x.example/windows/spelled:s6.5", "c/spelled 6 by tag 6.5, ended"},
        {"x.example/windows/spelled:8.1", "unresolved c/spelled"},
        /* limits of repositories */
        {"x.example/limited:1.5", "unresolved c/limited"},
        {"x.example/limited:2.1", "c/limited v2.1 by tag 2.1"},
        {"x.example/limited:3", "unresolved c/limited"},
        /* whole tags between the texts of a pattern */
        {"x.example/whole:w-1-x", "c/whole 1 by tag 1"},
        {"x.example/whole:w-1", "unlisted"},
        {"x.example/whole:w-1-x-2", "unlisted"},
        {"x.example/whole:y1.2", "unlisted"},
        /* a spelling without numbers; and how many they are in a part */
        {"x.example/weekly:nightly", "c/weekly 2 by tag nightly"},
        {"x.example/zero:1.20-weekly2.5", "c/zero 1.20 by tag 1.20; c/weekly 2 by part 2.5"},
        {"x.example/zero:1.20-weekly2.5.1", "c/zero 1.20 by tag 1.20"},
        /* two patterns read the name differently */
        {"x.example/twice-1-x", "c/twice 5 by repository 1-x"},
        /* the digest may be that of `latest` */
        {"x.example/old/a/1:2", "c/retired 1 by repository 1, ended"},
        {digest, "unlisted"},
    };
    (void)state;
    check(text, cases, COUNT(cases));
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void messages_can_name_the_new_repository(void **state)
{
    static const char text[] =
        "--- {apiVersion: shelflife.dev/v1, kind: Catalog, name: c, asOf: 2026-01-01, products: [\n"
        "{name: named, repositories: ['x.example/named/{name}-{version}[.{os}]'], rows: [\n"
        "  {release: '1', movedTo: 'y.example/{name}/{other}/v{version}{os}{'},\n"
        "  {release: '2', movedTo: 'y.example/{name}{name}{name}{name}{name}{name}{name}{name}{name}'}]},\n"
        "{name: fixed, rows: [{digests: ['sha256:" ZEROS "'], movedTo: y.example/fixed}]}]}\n";
    char image[256];
    const struct {
        const char *image, *moved_to;
    } cases[] = {
        {"x.example/named/app-1", "y.example/app/{other}/v1{os}{"},
        {"x.example/named/app-1-1.bsd", "y.example/app/{other}/v1-1bsd{"},
        {"x.example/named/app-2", "y.example/appappappappappappappappapp"},
        {"x.example/any@sha256:" ZEROS, "y.example/fixed"},
        {image, ""}, /* longer than any name */
    };
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    arena a;
    (void)state;
    snprintf(image, sizeof(image), "x.example/named/%s-2", &(ZEROS ZEROS)[64]);
    add_text(set, text, "c");
    finish(set);
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_resolution found = resolve(set, cases[i].image, &a);
        assert_int_equal(found.match_count, 1);
        assert_str_equal(found.matches[0].moved_to, cases[i].moved_to);
    }
    shelflife_arena_free(&a);
    shelflife_catalogs_free(set);
}

/* Such a match counts only when all releases that it can be have ended, as far as the catalog can know. */
static void its_phase_is_unresolved_until_all_candidates_have_ended(void **state)
{
    static const struct {
        const char *image, *at;
        enum shelflife_phase phase;
    } cases[] = {
        {"x.example/lang:3", "2024-01-01", SHELFLIFE_PHASE_UNRESOLVED},
        {"x.example/lang:3", "2024-01-02", SHELFLIFE_PHASE_UNPATCHED},
        {"x.example/lang:4", "2029-12-01", SHELFLIFE_PHASE_UNRESOLVED},
        {"x.example/lang:4", "2030-01-02", SHELFLIFE_PHASE_UNRESOLVED}, /* the catalog is of 2026 */
        {"x.example/gone", "2021-01-01", SHELFLIFE_PHASE_UNRESOLVED},
        {"x.example/gone", "2021-06-01", SHELFLIFE_PHASE_UNPATCHED},
        {"x.example/gone", "2022-01-02", SHELFLIFE_PHASE_UNAVAILABLE},
        {"x.example/lang:2.7", "2000-01-01", SHELFLIFE_PHASE_UNPATCHED},
        {"x.example/lang:3.15", "2024-01-01", SHELFLIFE_PHASE_UNRESOLVED},
        {"x.example/lang:3.15", "2024-01-02", SHELFLIFE_PHASE_UNPATCHED},
        {"x.example/mixed:1.7", "2030-01-01", SHELFLIFE_PHASE_UNRESOLVED},
        {"x.example/mixed:1.7", "2030-01-02", SHELFLIFE_PHASE_UNPATCHED},
        {"x.example/mixed:2.5", "2022-01-01", SHELFLIFE_PHASE_UNRESOLVED},
        {"x.example/mixed:2.5", "2022-01-02", SHELFLIFE_PHASE_UNPATCHED},
        {"x.example/open:1.3", "2020-01-01", SHELFLIFE_PHASE_UNRESOLVED},
        {"x.example/open:1.3", "2020-01-02", SHELFLIFE_PHASE_UNPATCHED},
        {"x.example/dots:1.3", "2022-01-01", SHELFLIFE_PHASE_UNRESOLVED},
        {"x.example/dots:1.3", "2022-01-02", SHELFLIFE_PHASE_UNPATCHED},
        {"x.example/lang:3.9-rc1", "2022-01-01", SHELFLIFE_PHASE_UNRESOLVED},
        {"x.example/lang:3.9-rc1", "2022-01-02", SHELFLIFE_PHASE_UNPATCHED},
    };
    struct shelflife_catalogs *set = shelflife_catalogs_new();
    arena a;
    (void)state;
    add_text(set, catalog, "c");
    finish(set);
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_resolution found = resolve(set, cases[i].image, &a);
        assert_int_equal(found.match_count, 1);
        enum shelflife_phase is = shelflife_match_phase(&found.matches[0], day(cases[i].at), 90, false);
        if (is != cases[i].phase)
            fail_msg("%s on %s is %s", cases[i].image, cases[i].at, shelflife_phase_name(is));
    }
    shelflife_arena_free(&a);
    shelflife_catalogs_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_that_is_not_listed_is_compared_with_the_listed_ones),
        cmocka_unit_test(doubtful_readings_say_nothing),
        cmocka_unit_test(messages_can_name_the_new_repository),
        cmocka_unit_test(its_phase_is_unresolved_until_all_candidates_have_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
