/* rooms: renewal file kube net json pki base */
#include "renewal/withdraw.h"
#include "unit/renewal_cluster.h"

static size_t count_notes(struct cluster_fixture *f, const char *name)
{
    struct shelflife_renewal_observation observation;
    size_t count = 0;
    observe(f, &observation);
    for (size_t i = 0; i < observation.state.note_count; i++)
        count += strcmp(observation.state.notes[i].name, name) == 0;
    shelflife_renewal_observation_free(&observation);
    return count;
}

static void only_the_own_note_is_removed(void **state)
{
    struct cluster_fixture *f = *state;
    char log[256];
    static const char *const names[] = {"pod-a", "pod-b"};
    for (size_t i = 0; i < COUNT(names); i++) {
        replica_open(f, names[i], "tls");
        run_until_settled(f, log, sizeof(log));
        replica_close(f);
    }
    replica_open(f, "pod-a", "tls");
    assert_int_equal(count_notes(f, "pod-a"), 1);
    assert_true(shelflife_renewal_withdraw(&f->replica.cluster, "pod-a", &f->err));
    assert_int_equal(count_notes(f, "pod-a"), 0);
    assert_int_equal(count_notes(f, "pod-b"), 1);
    /* Again, as after a lost answer. */
    assert_true(shelflife_renewal_withdraw(&f->replica.cluster, "pod-a", &f->err));
    replica_close(f);
}

static void a_missing_secret_has_no_note_to_remove(void **state)
{
    struct cluster_fixture *f = *state;
    replica_open(f, "pod-a", "missing");
    assert_true(shelflife_renewal_withdraw(&f->replica.cluster, "pod-a", &f->err));
    replica_close(f);
}

static void a_note_that_cannot_be_removed_is_an_error(void **state)
{
    struct cluster_fixture *f = *state;
    replica_open(f, "pod-a", "tls");
    f->kube.server = "http://127.0.0.1:1";
    assert_false(shelflife_renewal_withdraw(&f->replica.cluster, "pod-a", &f->err));
    assert_int_equal(f->err.kind, SHELFLIFE_ERROR_IO);
    f->kube.server = f->url;
    replica_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_own_note_is_removed),
        cmocka_unit_test(a_missing_secret_has_no_note_to_remove),
        cmocka_unit_test(a_note_that_cannot_be_removed_is_an_error),
    };
    return cmocka_run_group_tests(tests, cluster_start, cluster_stop);
}
