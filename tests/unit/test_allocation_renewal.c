/* rooms: renewal file kube net json pki base */
/* Allocation failure in renewal: what the API server shows is read right or not at all, and decided on alike.
 */
#include "unit/allocation_kit.h"

#include "pki/pki.h"
#include "renewal/patches.h"

enum { LIMIT = 1 << 20, PAIRS = 2 };
static const int64_t now = 1795392000; /* 2026-11-23 */
static const str names[] = {STR_INIT("shelflife.shelflife.svc")};

struct cluster {
    buffer ca[PAIRS], certificate[PAIRS], key[PAIRS], secret, configuration;
    struct shelflife_renewal_plan expected;
    bool known;
};

static struct shelflife_renewal_material material_of(const struct cluster *c, size_t i)
{
    return (struct shelflife_renewal_material){.certificate = shelflife_buffer_str(&c->certificate[i]),
                                               .key = shelflife_buffer_str(&c->key[i]),
                                               .ca = shelflife_buffer_str(&c->ca[i])};
}

static bool is_same_plan(const struct shelflife_renewal_plan *a, const struct shelflife_renewal_plan *b)
{
    bool same = a->step == b->step && a->next == b->next && a->merge == b->merge && a->ready == b->ready &&
                a->phase == b->phase && a->note_count == b->note_count && a->bundle_count == b->bundle_count;
    for (size_t i = 0; same && i < a->note_count; i++)
        same = shelflife_renewal_id_equal(&a->note[i], &b->note[i]);
    for (size_t i = 0; same && i < a->bundle_count; i++)
        same = shelflife_renewal_id_equal(&a->bundle[i], &b->bundle[i]);
    return same;
}

/* A replica that starts in the middle of a renewal, and the body of its next write. */
static bool decide_once(struct cluster *c, struct shelflife_renewal_observation *observation, error *err)
{
    if (!shelflife_renewal_observe_configuration(observation, shelflife_buffer_str(&c->configuration), err) ||
        !shelflife_renewal_observe_secret(observation, shelflife_buffer_str(&c->secret), names, COUNT(names),
                                          err))
        return false;
    const struct shelflife_renewal_self self = {.name = "pod-a", .life = 600};
    struct shelflife_renewal_memory memory = {0};
    struct shelflife_renewal_plan plan;
    shelflife_renewal_decide(&self, &observation->state, &memory, now, 1000, &plan);
    if (!c->known)
        c->expected = plan;
    c->known = true;
    if (!is_same_plan(&plan, &c->expected))
        return shelflife_fail(err, SHELFLIFE_ERROR_NONE, "another step is taken: %d", plan.step);
    const struct shelflife_renewal_change change = {.own_name = "pod-a",
                                                    .own_note = STR("ca:1 serial:2"),
                                                    .current = &observation->next,
                                                    .clear_next = true};
    CLEANUP(shelflife_buffer_free) buffer patch;
    CLEANUP(shelflife_buffer_free) buffer bundle;
    shelflife_buffer_init(&patch, LIMIT);
    shelflife_buffer_init(&bundle, LIMIT);
    shelflife_renewal_patch_secret(observation, &change, &patch);
    shelflife_renewal_patch_bundle(observation, shelflife_buffer_str(&c->ca[0]), &bundle);
    return (!patch.failed && !bundle.failed) || shelflife_fail_memory(err);
}

static bool decide(void *context, error *err)
{
    struct shelflife_renewal_observation observation;
    shelflife_renewal_observation_init(&observation);
    bool ok = decide_once(context, &observation, err);
    shelflife_renewal_observation_free(&observation);
    return ok;
}

static void a_step_is_decided_on_what_is_there_or_not_at_all(void **state)
{
    enum { OPENSSL_STEP = 499 };
    kit_start(false);
    kit_fail_each("decisions", decide, *state);
    kit_start(true);
    kit_step = OPENSSL_STEP;
    kit_fail_each("decisions, with OpenSSL", decide, *state);
}

static int begin(void **state)
{
    struct cluster *c = calloc(1, sizeof(*c));
    assert_non_null(c);
    shelflife_set_allocator(malloc, realloc, free); /* see libjansson in allocation_kit.h */
    CLEANUP(shelflife_buffer_free) buffer pem;
    CLEANUP(shelflife_buffer_free) buffer base64;
    shelflife_buffer_init(&pem, LIMIT);
    shelflife_buffer_init(&base64, LIMIT);
    for (size_t i = 0; i < PAIRS; i++) {
        shelflife_buffer_init(&c->ca[i], LIMIT);
        shelflife_buffer_init(&c->certificate[i], LIMIT);
        shelflife_buffer_init(&c->key[i], LIMIT);
        assert_true(shelflife_pki_make_pair(names, COUNT(names), now, 600, &c->ca[i], &c->certificate[i],
                                            &c->key[i], NULL));
        shelflife_buffer_append(&pem, shelflife_buffer_str(&c->ca[i]));
    }
    const struct shelflife_renewal_material current = material_of(c, 0), next = material_of(c, 1);
    const struct shelflife_renewal_change change = {
        .own_name = "pod-b", .own_note = STR("ca:abc serial:1"), .current = &current, .next = &next};
    shelflife_buffer_init(&c->secret, LIMIT);
    const struct shelflife_renewal_observation before = {0};
    shelflife_renewal_patch_secret(&before, &change, &c->secret);
    shelflife_pki_base64_encode(shelflife_buffer_str(&pem), &base64);
    shelflife_buffer_init(&c->configuration, LIMIT);
    shelflife_buffer_format(&c->configuration,
                            "{\"metadata\":{\"resourceVersion\":\"7\"},\"webhooks\":["
                            "{\"name\":\"a\",\"clientConfig\":{\"caBundle\":\"%.*s\"}},"
                            "{\"name\":\"b\",\"clientConfig\":{\"caBundle\":\"%.*s\"}}]}",
                            STR_PRINT(shelflife_buffer_str(&base64)),
                            STR_PRINT(shelflife_buffer_str(&base64)));
    assert_false(c->secret.failed || c->configuration.failed);
    *state = c;
    return 0;
}

static int end(void **state)
{
    struct cluster *c = *state;
    for (size_t i = 0; i < PAIRS; i++) {
        shelflife_buffer_free(&c->ca[i]);
        shelflife_buffer_free(&c->certificate[i]);
        shelflife_buffer_free(&c->key[i]);
    }
    shelflife_buffer_free(&c->secret);
    shelflife_buffer_free(&c->configuration);
    free(c);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_step_is_decided_on_what_is_there_or_not_at_all)};
    return cmocka_run_group_tests_name("allocation renewal", tests, begin, end);
}
