/* A replica and a stand-in for the API server, for the tests of the renewal that send requests. */
#ifndef SHELFLIFE_TEST_RENEWAL_CLUSTER_H
#define SHELFLIFE_TEST_RENEWAL_CLUSTER_H

#include "renewal/apply.h"
#include "unit/stand_in.h"

static const str cluster_names[] = {STR_INIT("shelflife.shelflife.svc")};

struct cluster_fixture {
    struct stand_in server;
    char url[64];
    struct shelflife_kube_config kube;
    struct shelflife_renewal_replica replica;
    struct shelflife_renewal_memory memory;
    uint64_t ms;
    bool refuses; /* the host, to serve */
    error err;
};

static bool cluster_serve(void *context, str certificate, str key, int64_t now, error *err)
{
    const struct cluster_fixture *f = context;
    assert_true(certificate.len > 0 && key.len > 0 && now > 0);
    return !f->refuses || shelflife_fail(err, SHELFLIFE_ERROR_IO, "the host refuses");
}

static void cluster_log(void *context, bool failure, const char *message, const char *detail)
{
    (void)context, (void)failure, (void)message, (void)detail;
}

static UNUSED int cluster_start(void **state)
{
    struct cluster_fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_true(shelflife_net_start(&f->err));
    stand_in_start(&f->server, "stand_in_secret.py");
    snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%d", stand_in_port(&f->server, "http"));
    f->kube = (struct shelflife_kube_config){.server = f->url, .peer.allow_http = true};
    *state = f;
    return 0;
}

static UNUSED int cluster_stop(void **state)
{
    struct cluster_fixture *f = *state;
    stand_in_stop(&f->server);
    free(f);
    shelflife_net_stop();
    return 0;
}

/* Begins a replica of this name, for a Secret of that name. */
static UNUSED void replica_open(struct cluster_fixture *f, const char *name, const char *secret)
{
    f->memory = (struct shelflife_renewal_memory){0};
    f->replica = (struct shelflife_renewal_replica){
        .config = {.kube = &f->kube,
                   .secret_namespace = "shelflife",
                   .secret_name = secret,
                   .webhook = "hooks",
                   .names = cluster_names,
                   .name_count = COUNT(cluster_names),
                   .life = 3600},
        .host = {f, cluster_serve, cluster_log},
        .self.life = 3600,
    };
    snprintf(f->replica.self.name, sizeof(f->replica.self.name), "%s", name);
    if (!shelflife_renewal_cluster_open(&f->replica.cluster, &f->replica.config, &f->err))
        fail_msg("%s", f->err.text);
}

static UNUSED void replica_close(struct cluster_fixture *f)
{
    shelflife_renewal_cluster_close(&f->replica.cluster);
    shelflife_buffer_free(&f->replica.served.ca);
}

static UNUSED void observe(struct cluster_fixture *f, struct shelflife_renewal_observation *observation)
{
    shelflife_renewal_observation_init(observation);
    if (!shelflife_renewal_observe(observation, &f->replica.cluster, cluster_names, COUNT(cluster_names),
                                   &f->err))
        fail_msg("%s", f->err.text);
}

static UNUSED void decide(struct cluster_fixture *f, const struct shelflife_renewal_observation *observation,
                          struct shelflife_renewal_plan *plan)
{
    shelflife_renewal_decide(&f->replica.self, &observation->state, &f->memory,
                             shelflife_renewal_cluster_now(&f->replica.cluster), f->ms, plan);
}

/* Observes, decides and applies, as the renewal's thread does, until there is nothing left to do. Writes the
   names of the steps to `log`, with a space before each. Waits take no time. */
static UNUSED void run_until_settled(struct cluster_fixture *f, char *log, size_t size)
{
    enum { ROUNDS = 40 };
    size_t n = 0;
    *log = '\0';
    for (int i = 0; i < ROUNDS && n < size; i++) {
        struct shelflife_renewal_observation observation;
        struct shelflife_renewal_plan plan;
        bool conflict;
        observe(f, &observation);
        decide(f, &observation, &plan);
        bool ok = shelflife_renewal_apply(&f->replica, &observation, &plan, &conflict, &f->err);
        shelflife_renewal_observation_free(&observation);
        if (!ok)
            fail_msg("%s", f->err.text);
        f->ms += plan.wait;
        if (plan.step != SHELFLIFE_RENEWAL_STEP_WAIT)
            n += (size_t)snprintf(log + n, size - n, " %s", shelflife_renewal_step_name(plan.step));
        else if (plan.phase == SHELFLIFE_RENEWAL_PHASE_SETTLED)
            break;
    }
    assert_true(n < size);
}

#endif
