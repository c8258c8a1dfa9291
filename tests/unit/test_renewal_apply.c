/* rooms: renewal file kube net json pki base */
#include "unit/renewal_cluster.h"

static void an_empty_secret_becomes_a_served_certificate(void **state)
{
    struct cluster_fixture *f = *state;
    struct shelflife_renewal_observation observation;
    char log[256];
    replica_open(f, "pod-a", "tls");
    run_until_settled(f, log, sizeof(log));
    /* It serves `next` before it is promoted, since nothing else can be served. */
    assert_string_equal(log, " add_next update_bundles annotate serve promote");
    observe(f, &observation);
    const struct shelflife_renewal_state *found = &observation.state;
    assert_true(found->current.valid && found->current.names && !found->slots[1] && found->uniform);
    assert_true(shelflife_renewal_id_equal(&found->current.id, &f->replica.self.serving));
    assert_int_equal(found->current.until, f->replica.self.serving_until);
    assert_str_equal(observation.current.serial, f->replica.served.serial);
    assert_true(shelflife_str_equal(observation.current.ca, shelflife_buffer_str(&f->replica.served.ca)));
    assert_int_equal(found->note_count, 1);
    assert_string_equal(found->notes[0].name, "pod-a");
    assert_int_equal(found->ca_count, 1);
    assert_true(found->bundle[0].everywhere);
    shelflife_renewal_observation_free(&observation);
    replica_close(f);
}

static void another_replica_serves_the_same_certificate(void **state)
{
    struct cluster_fixture *f = *state;
    char log[256];
    const struct shelflife_renewal_id before = f->replica.self.serving;
    replica_open(f, "pod-b", "tls");
    run_until_settled(f, log, sizeof(log));
    assert_string_equal(log, " annotate serve");
    assert_true(shelflife_renewal_id_equal(&f->replica.self.serving, &before));
    replica_close(f);
}

static void a_missing_secret_is_an_error_that_says_what_to_do(void **state)
{
    struct cluster_fixture *f = *state;
    struct shelflife_renewal_observation observation;
    replica_open(f, "pod-a", "missing");
    shelflife_renewal_observation_init(&observation);
    assert_false(shelflife_renewal_observe(&observation, &f->replica.cluster, cluster_names, 1, &f->err));
    assert_string_equal(f->err.text,
                        "the Secret does not exist (/api/v1/namespaces/shelflife/secrets/missing): replicas "
                        "may not create it, so apply the chart or its manifests again");
    shelflife_renewal_observation_free(&observation);
    replica_close(f);
}

static void an_outdated_observation_is_a_conflict(void **state)
{
    static const enum shelflife_renewal_step steps[] = {SHELFLIFE_RENEWAL_STEP_ADD_NEXT,
                                                        SHELFLIFE_RENEWAL_STEP_ANNOTATE,
                                                        SHELFLIFE_RENEWAL_STEP_UPDATE_BUNDLES};
    struct cluster_fixture *f = *state;
    replica_open(f, "pod-a", "tls");
    for (size_t i = 0; i < COUNT(steps); i++) {
        struct shelflife_renewal_observation observation;
        bool conflict;
        observe(f, &observation);
        const struct shelflife_renewal_plan plan = {.step = steps[i],
                                                    .note_count = 1,
                                                    .note = {observation.state.current.id},
                                                    .bundle_count = 1,
                                                    .bundle = {observation.state.current.id}};
        assert_true(shelflife_renewal_apply(&f->replica, &observation, &plan, &conflict, &f->err));
        assert_false(conflict);
        assert_false(shelflife_renewal_apply(&f->replica, &observation, &plan, &conflict, &f->err));
        assert_true(conflict);
        shelflife_renewal_observation_free(&observation);
    }
    replica_close(f);
}

static void what_the_host_refuses_is_not_served(void **state)
{
    struct cluster_fixture *f = *state;
    struct shelflife_renewal_observation observation;
    const struct shelflife_renewal_plan plan = {.step = SHELFLIFE_RENEWAL_STEP_SERVE};
    bool conflict;
    replica_open(f, "pod-c", "tls");
    observe(f, &observation);
    f->refuses = true;
    assert_false(shelflife_renewal_apply(&f->replica, &observation, &plan, &conflict, &f->err));
    f->refuses = false;
    assert_false(conflict);
    assert_string_equal(f->err.text, "the host refuses");
    assert_string_equal(f->replica.served.serial, "");
    assert_int_equal(f->replica.self.serving_until, 0);
    shelflife_renewal_observation_free(&observation);
    replica_close(f);
}

static void an_unreachable_server_is_an_error(void **state)
{
    struct cluster_fixture *f = *state;
    struct shelflife_renewal_observation observation;
    replica_open(f, "pod-a", "tls");
    f->kube.server = "http://127.0.0.1:1";
    shelflife_renewal_observation_init(&observation);
    assert_false(shelflife_renewal_observe(&observation, &f->replica.cluster, cluster_names, 1, &f->err));
    assert_int_equal(f->err.kind, SHELFLIFE_ERROR_IO);
    shelflife_renewal_observation_free(&observation);
    f->kube.server = f->url;
    replica_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_secret_becomes_a_served_certificate),
        cmocka_unit_test(another_replica_serves_the_same_certificate),
        cmocka_unit_test(a_missing_secret_is_an_error_that_says_what_to_do),
        cmocka_unit_test(an_outdated_observation_is_a_conflict),
        cmocka_unit_test(what_the_host_refuses_is_not_served),
        cmocka_unit_test(an_unreachable_server_is_an_error),
    };
    return cmocka_run_group_tests(tests, cluster_start, cluster_stop);
}
