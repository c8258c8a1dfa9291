#include "renewal/renewal.h"

#include "base/wait.h"
#include "pki/pki.h"
#include "renewal/apply.h"
#include "renewal/status.h"
#include "renewal/withdraw.h"

enum {
    PEM_MAX = 1 << 20,
    SOON_MS = 20,       /* after a step that succeeded */
    COLLISION_MS = 150, /* the longest wait after a conflict */
    REPEATS_MAX = 2,    /* of one step, before waiting longer */
};

struct shelflife_renewal {
    struct shelflife_renewal_replica replica;
    struct shelflife_renewal_pace pace;
    struct shelflife_renewal_memory memory;
    struct shelflife_renewal_status status;

    enum shelflife_renewal_step last_step;
    unsigned repeats;  /* of that step */
    unsigned failures; /* in a row */

    pthread_t thread;
    bool running, stop;
    pthread_mutex_t stop_lock;
    pthread_cond_t stop_changed;
};

static uint64_t draw(uint64_t below)
{
    const struct shelflife_clock *clock = &shelflife_clock_system;
    return clock->random(clock->context) % below;
}

/* ---- Making one ---- */

/* Makes a certificate and discards it, to reject unusable names at once. */
static bool check_names(const struct shelflife_renewal_config *c, error *err)
{
    CLEANUP(shelflife_buffer_free) buffer ca;
    CLEANUP(shelflife_buffer_free) buffer certificate, key;
    shelflife_buffer_init(&ca, PEM_MAX);
    shelflife_buffer_init(&certificate, PEM_MAX);
    shelflife_buffer_init(&key, PEM_MAX);
    key.secret = true;
    return shelflife_pki_make_pair(c->names, c->name_count, 0, c->life, &ca, &certificate, &key, err);
}

static bool check(const struct shelflife_renewal_config *c, error *err)
{
    const char *const texts[] = {c->secret_namespace, c->secret_name, c->webhook, c->identity};
    for (size_t i = 0; i < COUNT(texts); i++)
        if (!texts[i] || !texts[i][0])
            return shelflife_fail(
                err, SHELFLIFE_ERROR_USAGE,
                "self-managed TLS needs the namespace and name of a Secret, the name of the "
                "webhook configuration, and a name for this replica");
    if (c->name_count == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "self-managed TLS needs the Service's DNS name for its certificate");
    if (c->life < SHELFLIFE_RENEWAL_LIFE_MIN || c->life > SHELFLIFE_RENEWAL_LIFE_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE, "a certificate must be valid for %d to %d seconds",
                              SHELFLIFE_RENEWAL_LIFE_MIN, SHELFLIFE_RENEWAL_LIFE_MAX);
    return check_names(c, err);
}

static bool prepare(struct shelflife_renewal *r, const struct shelflife_renewal_config *config, error *err)
{
    struct shelflife_renewal_replica *replica = &r->replica;
    replica->config = *config;
    replica->self.life = config->life;
    replica->self.jitter = (unsigned)draw(1000);
    r->pace = shelflife_renewal_pace_of(config->life);
    return shelflife_renewal_cluster_open(&replica->cluster, config, err) &&
           shelflife_renewal_note_name(shelflife_str_of(config->identity), replica->self.name, err);
}

struct shelflife_renewal *shelflife_renewal_new(const struct shelflife_renewal_config *config, error *err)
{
    if (!check(config, err))
        return NULL;
    struct shelflife_renewal *r = calloc(1, sizeof(*r));
    if (!r) {
        shelflife_fail_memory(err);
        return NULL;
    }
    shelflife_renewal_status_init(&r->status);
    pthread_mutex_init(&r->stop_lock, NULL);
    shelflife_wait_init(&r->stop_changed);
    if (prepare(r, config, err))
        return r;
    shelflife_renewal_free(r);
    return NULL;
}

void shelflife_renewal_free(struct shelflife_renewal *r)
{
    if (!r)
        return;
    shelflife_renewal_cluster_close(&r->replica.cluster);
    shelflife_buffer_free(&r->replica.served.ca);
    pthread_cond_destroy(&r->stop_changed);
    pthread_mutex_destroy(&r->stop_lock);
    shelflife_renewal_status_free(&r->status);
    free(r);
}

/* ---- Reporting ---- */

static void log_line(const struct shelflife_renewal *r, bool failure, const char *message, const char *detail)
{
    r->replica.host.log(r->replica.host.context, failure, message, detail);
}

static void log_step(const struct shelflife_renewal *r, const struct shelflife_renewal_plan *plan)
{
    static const char *const messages[] = {
        [SHELFLIFE_RENEWAL_STEP_SERVE] = "serving another certificate",
        [SHELFLIFE_RENEWAL_STEP_ADD_NEXT] = "created the next certificate",
        [SHELFLIFE_RENEWAL_STEP_UPDATE_BUNDLES] = "updated the caBundle",
        [SHELFLIFE_RENEWAL_STEP_PROMOTE] = "promoted the next certificate to the current one",
        [SHELFLIFE_RENEWAL_STEP_REMOVE_NEXT] = "removed the next certificate from the Secret",
    };
    if ((size_t)plan->step < COUNT(messages) && messages[plan->step])
        log_line(r, false, messages[plan->step], plan->why);
}

static void report(struct shelflife_renewal *r, enum shelflife_renewal_step step,
                   enum shelflife_renewal_outcome outcome, const error *why)
{
    shelflife_renewal_status_applied(&r->status, step, outcome, why,
                                     shelflife_renewal_cluster_now(&r->replica.cluster));
}

static void succeed(struct shelflife_renewal *r, const struct shelflife_renewal_plan *plan)
{
    report(r, plan->step, SHELFLIFE_RENEWAL_OUTCOME_SUCCESS, NULL);
    if (r->failures)
        log_line(r, false, "certificate renewal recovered", NULL);
    r->failures = 0;
    log_step(r, plan);
}

/* Of failures in a row, logs the 1st, 2nd, 4th, 8th… Returns how long to wait. */
static uint64_t fail(struct shelflife_renewal *r, enum shelflife_renewal_step step, const error *why)
{
    uint64_t wait = r->pace.poll_busy, most = 6 * r->pace.poll;
    if (atomic_load(&r->replica.cluster.cancel))
        return 0;
    report(r, step, SHELFLIFE_RENEWAL_OUTCOME_FAILURE, why);
    for (unsigned i = 0; i < r->failures && wait < most; i++)
        wait *= 2;
    r->failures++;
    if ((r->failures & (r->failures - 1)) == 0)
        log_line(r, true, "certificate renewal failed; retrying", why->text);
    wait = wait < most ? wait : most;
    return wait / 2 + draw(wait / 2 + 1);
}

/* ---- The thread ---- */

/* One observation and one step. Returns how long to wait before the next. */
static uint64_t advance(struct shelflife_renewal *r, struct shelflife_renewal_observation *observation)
{
    struct shelflife_renewal_replica *replica = &r->replica;
    struct shelflife_renewal_plan plan;
    bool conflict;
    error err;
    if (!shelflife_renewal_observe(observation, &replica->cluster, replica->config.names,
                                   replica->config.name_count, &err))
        return fail(r, SHELFLIFE_RENEWAL_STEP_WAIT, &err);
    int64_t now = shelflife_renewal_cluster_now(&replica->cluster);
    shelflife_renewal_decide(&replica->self, &observation->state, &r->memory, now,
                             shelflife_renewal_milliseconds(), &plan);
    shelflife_renewal_status_decided(&r->status, &replica->self, replica->served.serial, &observation->state,
                                     &plan, now);
    if (!shelflife_renewal_apply(replica, observation, &plan, &conflict, &err)) {
        if (!conflict)
            return fail(r, plan.step, &err);
        report(r, plan.step, SHELFLIFE_RENEWAL_OUTCOME_CONFLICT, NULL);
        return draw(COLLISION_MS);
    }
    succeed(r, &plan);
    if (plan.step == SHELFLIFE_RENEWAL_STEP_WAIT) {
        r->repeats = 0;
        return plan.wait;
    }
    /* A step that must be repeated is undone by someone else: do not fight at full speed. */
    r->repeats = plan.step == r->last_step ? r->repeats + 1 : 0;
    r->last_step = plan.step;
    return r->repeats < REPEATS_MAX ? SOON_MS : r->pace.poll_busy;
}

static bool wait_for_stop(struct shelflife_renewal *r, uint64_t milliseconds)
{
    const struct timespec until = shelflife_wait_deadline(milliseconds);
    pthread_mutex_lock(&r->stop_lock);
    while (!r->stop && pthread_cond_timedwait(&r->stop_changed, &r->stop_lock, &until) == 0)
        ;
    bool stop = r->stop;
    pthread_mutex_unlock(&r->stop_lock);
    return stop;
}

static void *run(void *context)
{
    struct shelflife_renewal *r = context;
    uint64_t wait;
    do {
        struct shelflife_renewal_observation observation;
        shelflife_renewal_observation_init(&observation);
        wait = advance(r, &observation);
        shelflife_renewal_observation_free(&observation);
    } while (!wait_for_stop(r, wait));
    return NULL;
}

bool shelflife_renewal_start(struct shelflife_renewal *r, const struct shelflife_renewal_host *host,
                             error *err)
{
    r->replica.host = *host;
    int code = pthread_create(&r->thread, NULL, run, r);
    r->running = code == 0;
    return r->running ||
           shelflife_fail(err, SHELFLIFE_ERROR_MEMORY, "cannot start a thread: %s", strerror(code));
}

void shelflife_renewal_stop(struct shelflife_renewal *r)
{
    error err;
    if (!r || !r->running)
        return;
    pthread_mutex_lock(&r->stop_lock);
    r->stop = true;
    pthread_cond_signal(&r->stop_changed);
    pthread_mutex_unlock(&r->stop_lock);
    atomic_store(&r->replica.cluster.cancel, true);
    pthread_join(r->thread, NULL);
    atomic_store(&r->replica.cluster.cancel, false);
    r->running = false;
    if (!shelflife_renewal_withdraw(&r->replica.cluster, r->replica.self.name, &err))
        log_line(r, true, "cannot remove this replica's annotation from the Secret", err.text);
}

bool shelflife_renewal_ready(struct shelflife_renewal *r, buffer *lines)
{
    return shelflife_renewal_status_ready(&r->status, shelflife_renewal_cluster_now(&r->replica.cluster),
                                          lines);
}

void shelflife_renewal_metrics(struct shelflife_renewal *r, buffer *out)
{
    shelflife_renewal_status_metrics(&r->status, shelflife_renewal_cluster_now(&r->replica.cluster), out);
}
