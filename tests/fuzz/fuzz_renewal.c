/* rooms: renewal file kube net json pki base */
#include "renewal/patches.h"

enum { OUT_MAX = 1 << 24 };

static const str names[] = {STR_INIT("shelflife.shelflife.svc")};

/* What is decided must be something that can be done. */
static void check(const struct shelflife_renewal_observation *observation,
                  const struct shelflife_renewal_plan *plan)
{
    if (plan->bundle_count > SHELFLIFE_RENEWAL_CAS_MAX || plan->note_count > SHELFLIFE_RENEWAL_NOTE_IDS_MAX)
        abort();
    if (plan->step == SHELFLIFE_RENEWAL_STEP_SERVE &&
        !(plan->next ? observation->state.next.valid : observation->state.current.valid))
        abort();
    for (size_t i = 0; i < plan->bundle_count; i++) {
        str pem;
        if (!shelflife_renewal_find_ca(observation, &plan->bundle[i], &pem) || pem.len == 0)
            abort();
    }
}

static void decide(const struct shelflife_renewal_observation *observation)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    struct shelflife_renewal_self self = {.name = "a", .life = 60};
    struct shelflife_renewal_memory memory = {0};
    struct shelflife_renewal_plan plan;
    shelflife_buffer_init(&out, OUT_MAX);
    for (uint64_t ms = 0; ms < 20000; ms += 1000) {
        shelflife_renewal_decide(&self, &observation->state, &memory, 1795392000 + (int64_t)(ms / 1000), ms,
                                 &plan);
        check(observation, &plan);
    }
    const struct shelflife_renewal_change change = {.own_name = "a", .own_note = STR("x"), .drop_before = 1};
    shelflife_renewal_patch_secret(observation, &change, &out);
    shelflife_renewal_patch_bundle(observation, STR("pem"), &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A Secret, and after a NUL a configuration. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str secret = {(const char *)data, size}, configuration = {0};
    struct shelflife_renewal_observation observation;
    error err = {0};
    size_t cut = shelflife_str_find(secret, '\0');
    if (cut != SIZE_MAX)
        configuration = shelflife_str_after(secret, cut + 1);
    secret = shelflife_str_first(secret, cut);
    shelflife_renewal_observation_init(&observation);
    bool ok = (configuration.len == 0 ||
               shelflife_renewal_observe_configuration(&observation, configuration, &err)) &&
              shelflife_renewal_observe_secret(&observation, secret, names, COUNT(names), &err);
    if (ok)
        decide(&observation);
    else if (err.kind == SHELFLIFE_ERROR_NONE)
        abort();
    shelflife_renewal_observation_free(&observation);
    return 0;
}
