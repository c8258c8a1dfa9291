/* Certificate pairs, observations and configurations for the tests of the renewal. */
#ifndef SHELFLIFE_TEST_RENEWAL_KIT_H
#define SHELFLIFE_TEST_RENEWAL_KIT_H

#include "pki/pki.h"
#include "renewal/patches.h"
#include "unit/test.h"

enum { LIMIT = 1 << 20 };
static const int64_t now = 1795392000; /* 2026-11-23 */
static const str names[] = {STR_INIT("shelflife.shelflife.svc"), STR_INIT("other.shelflife.svc")};

/* Three pairs, as texts. */
struct pairs {
    struct {
        buffer ca, certificate, key;
    } at[3];
};

static UNUSED int make_pairs(void **state)
{
    struct pairs *p = calloc(1, sizeof(*p));
    assert_non_null(p);
    for (size_t i = 0; i < COUNT(p->at); i++) {
        shelflife_buffer_init(&p->at[i].ca, LIMIT);
        shelflife_buffer_init(&p->at[i].certificate, LIMIT);
        shelflife_buffer_init(&p->at[i].key, LIMIT);
        assert_true(shelflife_pki_make_pair(names, i ? 2 : 1, now, 60, &p->at[i].ca, &p->at[i].certificate,
                                            &p->at[i].key, NULL));
    }
    *state = p;
    return 0;
}

static UNUSED int free_pairs(void **state)
{
    struct pairs *p = *state;
    for (size_t i = 0; i < COUNT(p->at); i++) {
        shelflife_buffer_free(&p->at[i].ca);
        shelflife_buffer_free(&p->at[i].certificate);
        shelflife_buffer_free(&p->at[i].key);
    }
    free(p);
    return 0;
}

static UNUSED struct shelflife_renewal_material material_of(const struct pairs *p, size_t i)
{
    return (struct shelflife_renewal_material){.certificate = shelflife_buffer_str(&p->at[i].certificate),
                                               .key = shelflife_buffer_str(&p->at[i].key),
                                               .ca = shelflife_buffer_str(&p->at[i].ca)};
}

static UNUSED void read_secret(struct shelflife_renewal_observation *observation, const buffer *json)
{
    error err;
    if (!shelflife_renewal_observe_secret(observation, shelflife_buffer_str(json), names, COUNT(names), &err))
        fail_msg("%s", err.text);
}

static UNUSED void cleanup_observation(struct shelflife_renewal_observation *observation)
{
    shelflife_renewal_observation_free(observation);
}

#define AN_OBSERVATION(observation)                                                                          \
    CLEANUP(cleanup_observation) struct shelflife_renewal_observation observation;                           \
    shelflife_renewal_observation_init(&(observation))
#define A_BUFFER(b)                                                                                          \
    CLEANUP(shelflife_buffer_free) buffer b;                                                                 \
    shelflife_buffer_init(&(b), LIMIT)

/* A configuration with a webhook for each text, given as CAs by number; 9 is junk, 8 a broken certificate. */
static UNUSED void write_configuration(const struct pairs *p, const char *const *bundles, size_t count,
                                       buffer *out)
{
    shelflife_buffer_append(out, STR("{\"metadata\":{\"resourceVersion\":\"7\"},\"webhooks\":["));
    for (size_t i = 0; i < count; i++) {
        A_BUFFER(pem);
        for (const char *c = bundles[i]; *c; c++)
            shelflife_buffer_append(&pem, *c == '9'   ? STR("junk\n")
                                          : *c == '8' ? STR("-----BEGIN CERTIFICATE-----\nAAAA\n-----END "
                                                            "CERTIFICATE-----\n")
                                                      : shelflife_buffer_str(&p->at[*c - '0'].ca));
        shelflife_buffer_format(out, "%s{\"name\":\"w%zu\",\"clientConfig\":{\"caBundle\":\"", i ? "," : "",
                                i);
        shelflife_pki_base64_encode(shelflife_buffer_str(&pem), out);
        shelflife_buffer_append(out, STR("\"}}"));
    }
    shelflife_buffer_append(out, STR("]}"));
}

#endif
