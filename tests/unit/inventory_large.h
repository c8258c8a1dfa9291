/* A large inventory, as a company's clusters would have it: for tests and benchmarks of size. */
#ifndef SHELFLIFE_TEST_INVENTORY_LARGE_H
#define SHELFLIFE_TEST_INVENTORY_LARGE_H

#include <stdarg.h>
#include <stdio.h>

#include "base/base.h"
#include "shelflife/inventory.h"

enum {
    LARGE_REPOSITORIES = 5000, /* with 20 images each */
    LARGE_TODAY = 20786,       /* 2026-11-29 */
};

/* A sequence that is the same each time. */
static inline uint64_t large_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 0x2545f4914f6cdd1d;
}

static inline unsigned large_below(uint64_t *state, unsigned n)
{
    return (unsigned)(large_random(state) >> 33) % n;
}

static inline void large_digest(uint64_t *state, char text[SHELFLIFE_DIGEST_TEXT + 1])
{
    snprintf(text, SHELFLIFE_DIGEST_TEXT + 1, "sha256:%016llx%016llx%016llx%016llx",
             (unsigned long long)large_random(state), (unsigned long long)large_random(state),
             (unsigned long long)large_random(state), (unsigned long long)large_random(state));
}

/* What images inherit from their base, and what a fifth of them says about itself. Of a repository's images,
   four in a row have the same base. */
struct large_evidence {
    struct shelflife_evidence pieces[6];
    size_t count;
    char texts[6][96];
};

SHELFLIFE_PRINTF(4, 5)
static inline void large_piece(struct large_evidence *e, enum shelflife_evidence_kind kind, const char *name,
                               const char *format, ...)
{
    char *text = e->texts[e->count];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof(e->texts[0]), format, arguments);
    va_end(arguments);
    e->pieces[e->count++] = (struct shelflife_evidence){kind, shelflife_str_of(name), {text, (size_t)n}};
}

static inline void large_evidence(struct large_evidence *e, uint64_t *state, uint64_t base)
{
    static const char *const languages[] = {
        "PYTHON_VERSION", "NODE_VERSION", "JAVA_VERSION",  "GOLANG_VERSION", "RUBY_VERSION",
        "PHP_VERSION",    "RUST_VERSION", "NGINX_VERSION", "TOMCAT_VERSION", "DOTNET_VERSION"};
    unsigned language = large_below(&base, COUNT(languages) + 2);
    e->count = 0;
    if (language < COUNT(languages))
        large_piece(e, SHELFLIFE_EVIDENCE_ENV, languages[language], "%u.%u.%u", 1 + language,
                    8 + large_below(&base, 4), large_below(&base, 20));
    if (large_below(state, 5) == 0)
        large_piece(e, SHELFLIFE_EVIDENCE_LABEL, "org.opencontainers.image.version", "%u.%u.%u",
                    large_below(state, 10), large_below(state, 40), large_below(state, 100));
    switch (large_below(&base, 4)) {
    case 0:
        large_piece(e, SHELFLIFE_EVIDENCE_HISTORY, NULL, "ADD alpine-minirootfs-3.%u.%u-x86_64.tar.gz /",
                    15 + large_below(&base, 7), large_below(&base, 9));
        break;
    case 1:
        large_piece(e, SHELFLIFE_EVIDENCE_LABEL, "org.opencontainers.image.version", "%u.04",
                    20 + 2 * large_below(&base, 3));
        break;
    default:
        large_piece(e, SHELFLIFE_EVIDENCE_HISTORY, NULL,
                    "RUN # debian.sh --arch 'amd64' out/ 'bookworm' '@%u'",
                    1740000000 + 1209600 * large_below(&base, 40));
    }
}

static inline bool large_see(struct shelflife_inventory *inventory, uint64_t *state, unsigned repository,
                             unsigned number, const char *digest, error *err)
{
    static const char *const words[] = {"latest", "prod", "staging", "main"};
    char name[96], tag[40];
    int n = snprintf(name, sizeof(name), "%s/team-%u/%s-service-%u",
                     number == 2 ? "mirror.corp.example/registry" : "registry.corp.example", repository % 60,
                     repository % 3 ? "backend" : "frontend", repository);
    unsigned form = large_below(state, 3);
    int t = number == 1 ? snprintf(tag, sizeof(tag), "%s", words[large_below(state, COUNT(words))])
            : form == 0 ? snprintf(tag, sizeof(tag), "main-%07x", large_below(state, 1 << 28))
                        : snprintf(tag, sizeof(tag), "%u.%u.%u", 1 + form, large_below(state, 50),
                                   large_below(state, 30));
    const struct shelflife_inventory_reference reference = {
        {name, (size_t)n},
        {tag, (size_t)t},
        LARGE_TODAY - (large_below(state, 3) ? 0 : (shelflife_day)large_below(state, 30))};
    return shelflife_inventory_see(inventory, &reference, shelflife_str_of(digest), err);
}

/* Adds images with one to three references each; `indexes` of a hundred are in an index. */
static inline bool large_fill(struct shelflife_inventory *inventory, size_t count, unsigned indexes,
                              error *err)
{
    uint64_t state = 0x9e3779b97f4a7c15;
    char bases[50][SHELFLIFE_DIGEST_TEXT + 1];
    for (size_t i = 0; i < COUNT(bases); i++)
        large_digest(&state, bases[i]);
    for (size_t i = 0; i < count; i++) {
        struct shelflife_inventory_entry entry = {
            .platform = STR("linux/amd64"), .snapshot = SHELFLIFE_DAY_NONE, .rules = 0x0123456789abcdef};
        struct large_evidence evidence;
        unsigned repository = (unsigned)(i % LARGE_REPOSITORIES);
        uint64_t base = 1 + repository + (i / LARGE_REPOSITORIES / 4) * 0x123456789;
        large_random(&base);
        large_digest(&state, entry.digest);
        if (large_below(&state, 100) < indexes)
            large_digest(&state, entry.manifest);
        large_evidence(&evidence, &state, base);
        entry.evidence = (struct shelflife_evidence_list){evidence.pieces, evidence.count};
        entry.inspected = LARGE_TODAY - (shelflife_day)large_below(&state, 90);
        if (base % 3 == 0) {
            entry.base_name = STR("docker.io/library/python:3.12-slim");
            entry.base_digest = shelflife_str_of(bases[base % COUNT(bases)]);
        }
        if (base % 2 == 0)
            entry.snapshot = LARGE_TODAY - 14 * (shelflife_day)(base % 40);
        if (!shelflife_inventory_put(inventory, &entry, err))
            return false;
        unsigned references = 1 + large_below(&state, 3);
        for (unsigned k = 0; k < references; k++)
            if (!large_see(inventory, &state, repository, k, entry.digest, err))
                return false;
    }
    return true;
}

#endif
