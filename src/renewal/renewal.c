#include "renewal/internal.h"

#include "base/wait.h"
#include "pki/pki.h"

enum {
    PATH_MAX_BYTES = 4096,
    CONNECT_MS = 3000,
    REQUEST_MS = 5000,
    SOON = 20,      /* milliseconds after a step that went well */
    COLLISION = 150 /* at most so many after somebody was faster */
};

uint64_t shelflife_renewal_renewal_ms(void)
{
    const struct shelflife_clock *clock = &shelflife_clock_system;
    return clock->milliseconds(clock->context);
}

static int64_t now_locked(const struct shelflife_renewal_renewal_status *status)
{
    const struct shelflife_clock *clock = &shelflife_clock_system;
    if (!status->date)
        return clock->seconds(clock->context);
    return status->date + (int64_t)((shelflife_renewal_renewal_ms() - status->date_ms) / 1000);
}

int64_t shelflife_renewal_renewal_now(struct shelflife_renewal_renewal *u)
{
    pthread_mutex_lock(&u->status.lock);
    int64_t now = now_locked(&u->status);
    pthread_mutex_unlock(&u->status.lock);
    return now;
}

const char *shelflife_renewal_renewal_step_name(enum shelflife_renewal_renewal_step step)
{
    static const char *const names[] = {"look", "serve",  "note",    "create",
                                        "make", "bundle", "promote", "clear"};
    _Static_assert(COUNT(names) == SHELFLIFE_RENEWAL_RENEWAL_STEPS, "a name for each step");
    return names[step];
}

/* ---- Making one ---- */

static bool make_paths(struct shelflife_renewal_renewal *u, error *err)
{
    const struct shelflife_renewal_renewal_config *c = &u->config;
    struct shelflife_kube_target secrets = {
        .version = STR("v1"), .namespace = shelflife_str_of(c->secret_namespace), .resource = STR("secrets")};
    struct shelflife_kube_target secret = secrets;
    secret.name = shelflife_str_of(c->secret_name);
    const struct shelflife_kube_target configuration = {.group = STR("admissionregistration.k8s.io"),
                                                        .version = STR("v1"),
                                                        .resource = STR("validatingwebhookconfigurations"),
                                                        .name = shelflife_str_of(c->webhook)};
    shelflife_buffer_init(&u->secret_path, PATH_MAX_BYTES);
    shelflife_buffer_init(&u->secrets_path, PATH_MAX_BYTES);
    shelflife_buffer_init(&u->configuration_path, PATH_MAX_BYTES);
    return shelflife_kube_path(&u->secrets_path, &secrets, err) &&
           shelflife_kube_path(&u->secret_path, &secret, err) &&
           shelflife_kube_path(&u->configuration_path, &configuration, err);
}

/* Makes a certificate and throws it away: names that are none are then told at once. */
static bool check_names(const struct shelflife_renewal_renewal_config *c, error *err)
{
    enum { LONGEST = 1 << 20 };
    CLEANUP(shelflife_buffer_free) buffer ca;
    CLEANUP(shelflife_buffer_free) buffer certificate;
    CLEANUP(shelflife_pki_wipe) buffer key;
    shelflife_buffer_init(&ca, LONGEST);
    shelflife_buffer_init(&certificate, LONGEST);
    shelflife_buffer_init(&key, LONGEST);
    return shelflife_pki_make_pair(c->names, c->name_count, 0, c->life, &ca, &certificate, &key, err);
}

static bool check(const struct shelflife_renewal_renewal_config *c, error *err)
{
    const char *const texts[] = {c->secret_namespace, c->secret_name, c->webhook, c->identity};
    for (size_t i = 0; i < COUNT(texts); i++)
        if (!texts[i] || !texts[i][0])
            return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                                  "self-managed TLS needs a Secret's namespace and name, the webhook "
                                  "configuration's name, and a name of its own");
    if (c->name_count == 0)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "self-managed TLS needs the Service's DNS name for its certificate");
    if (c->life < SHELFLIFE_RENEWAL_RENEWAL_LIFE_MIN)
        return shelflife_fail(err, SHELFLIFE_ERROR_USAGE,
                              "the lifetime of a certificate must be at least %d seconds",
                              SHELFLIFE_RENEWAL_RENEWAL_LIFE_MIN);
    return check_names(c, err);
}

static bool prepare(struct shelflife_renewal_renewal *u, error *err)
{
    const struct shelflife_kube_options options = {
        .retry = {.tries = 1},
        .limits = {.connect_ms = CONNECT_MS, .total_ms = REQUEST_MS},
        .cancel = &u->cancel};
    u->self.life = u->config.life;
    u->self.jitter = (unsigned)(shelflife_clock_system.random(shelflife_clock_system.context) % 1000);
    u->pace = shelflife_renewal_renewal_pace_of(u->config.life);
    if (!shelflife_renewal_renewal_note_name(shelflife_str_of(u->config.identity), u->self.name, err) ||
        !make_paths(u, err))
        return false;
    u->kube = shelflife_kube_open(u->config.kube, &options, err);
    u->client = u->kube ? shelflife_kube_client_new(u->kube, err) : NULL;
    return u->client != NULL;
}

struct shelflife_renewal_renewal *shelflife_renewal_renewal_new(
    const struct shelflife_renewal_renewal_config *config, error *err)
{
    if (!check(config, err))
        return NULL;
    struct shelflife_renewal_renewal *u = calloc(1, sizeof(*u));
    if (!u) {
        shelflife_fail_memory(err);
        return NULL;
    }
    u->config = *config;
    pthread_mutex_init(&u->status.lock, NULL);
    pthread_mutex_init(&u->stop_lock, NULL);
    shelflife_wait_init(&u->stop_changed);
    if (prepare(u, err))
        return u;
    shelflife_renewal_renewal_free(u);
    return NULL;
}

void shelflife_renewal_renewal_free(struct shelflife_renewal_renewal *u)
{
    if (!u)
        return;
    shelflife_kube_client_free(u->client);
    shelflife_kube_close(u->kube);
    shelflife_buffer_free(&u->secret_path);
    shelflife_buffer_free(&u->secrets_path);
    shelflife_buffer_free(&u->configuration_path);
    shelflife_buffer_free(&u->served.ca);
    pthread_cond_destroy(&u->stop_changed);
    pthread_mutex_destroy(&u->stop_lock);
    pthread_mutex_destroy(&u->status.lock);
    free(u);
}

/* ---- Telling ---- */

/* Which replicas' notes hold up a renewal, if any. */
static void find_who_is_late(const struct shelflife_renewal_renewal *u,
                             const struct shelflife_renewal_renewal_look *look, int64_t now, char *out,
                             size_t size)
{
    const struct shelflife_renewal_renewal_seen *seen = &look->seen;
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; seen->slots[1] && i < seen->note_count; i++) {
        const struct shelflife_renewal_renewal_note *note = &seen->notes[i];
        bool there_already =
            note->count == 1 && shelflife_renewal_renewal_id_equal(&note->ids[0], &seen->next.id);
        if (there_already || strcmp(note->name, u->self.name) == 0 ||
            !shelflife_renewal_renewal_note_counts(seen, note, now))
            continue;
        int n = snprintf(out + used, size - used, "%s%s", used ? ", " : "", note->name);
        if (n < 0 || (size_t)n >= size - used)
            return;
        used += (size_t)n;
    }
}

static void publish(struct shelflife_renewal_renewal *u, const struct shelflife_renewal_renewal_look *look,
                    const struct shelflife_renewal_renewal_plan *plan)
{
    struct shelflife_renewal_renewal_status *status = &u->status;
    pthread_mutex_lock(&status->lock);
    status->phase = plan->phase;
    status->ready = plan->ready;
    status->until = u->self.serving_until;
    memcpy(status->serial, u->served.serial, sizeof(status->serial));
    find_who_is_late(u, look, now_locked(status), status->waits_for, sizeof(status->waits_for));
    pthread_mutex_unlock(&status->lock);
}

static void count(struct shelflife_renewal_renewal *u, enum shelflife_renewal_renewal_step step,
                  enum shelflife_renewal_renewal_outcome outcome)
{
    pthread_mutex_lock(&u->status.lock);
    u->status.steps[step][outcome]++;
    pthread_mutex_unlock(&u->status.lock);
}

static void succeed(struct shelflife_renewal_renewal *u)
{
    if (u->failures)
        u->host.tell(u->host.context, false, "certificate renewal continues", NULL);
    u->failures = 0;
    pthread_mutex_lock(&u->status.lock);
    u->status.failed = false;
    u->status.last_success = now_locked(&u->status);
    pthread_mutex_unlock(&u->status.lock);
}

/* Counts and tells a failure: the first in a row, and then ever more seldom. Returns how long to wait. */
static uint64_t fail(struct shelflife_renewal_renewal *u, enum shelflife_renewal_renewal_step step,
                     const error *err)
{
    uint64_t wait = u->pace.hurry, most = 6 * u->pace.poll;
    if (atomic_load(&u->cancel))
        return 0;
    count(u, step, SHELFLIFE_RENEWAL_RENEWAL_FAILURE);
    pthread_mutex_lock(&u->status.lock);
    u->status.failed = true;
    u->status.why = *err;
    pthread_mutex_unlock(&u->status.lock);
    if ((u->failures & (u->failures - 1)) == 0)
        u->host.tell(u->host.context, true, "certificate renewal failed; trying again", err->text);
    for (unsigned i = 0; i < u->failures && wait < most; i++)
        wait *= 2;
    u->failures++;
    wait = wait < most ? wait : most;
    return wait / 2 + shelflife_clock_system.random(shelflife_clock_system.context) % (wait / 2 + 1);
}

/* ---- The thread ---- */

static void tell_step(struct shelflife_renewal_renewal *u, const struct shelflife_renewal_renewal_plan *plan)
{
    static const char *const messages[] = {
        [SHELFLIFE_RENEWAL_RENEWAL_SERVE] = "serving a new certificate",
        [SHELFLIFE_RENEWAL_RENEWAL_CREATE] = "created the Secret with a new certificate",
        [SHELFLIFE_RENEWAL_RENEWAL_MAKE] = "created the next certificate",
        [SHELFLIFE_RENEWAL_RENEWAL_BUNDLE] = "wrote the caBundle",
        [SHELFLIFE_RENEWAL_RENEWAL_PROMOTE] = "the next certificate is now the current one",
        [SHELFLIFE_RENEWAL_RENEWAL_CLEAR] = "cleared the next certificate",
    };
    if ((size_t)plan->step < COUNT(messages) && messages[plan->step])
        u->host.tell(u->host.context, false, messages[plan->step], plan->why);
}

/* One look and one step. Returns how long to wait before the next. */
static uint64_t go_on(struct shelflife_renewal_renewal *u, struct shelflife_renewal_renewal_look *look)
{
    struct shelflife_renewal_renewal_plan plan;
    bool conflict;
    error err;
    if (!shelflife_renewal_renewal_look(u, look, &err))
        return fail(u, SHELFLIFE_RENEWAL_RENEWAL_WAIT, &err);
    shelflife_renewal_renewal_decide(&u->self, &look->seen, &u->memory, shelflife_renewal_renewal_now(u),
                                     shelflife_renewal_renewal_ms(), &plan);
    publish(u, look, &plan);
    if (!shelflife_renewal_renewal_act(u, look, &plan, &conflict, &err)) {
        if (!conflict)
            return fail(u, plan.step, &err);
        count(u, plan.step, SHELFLIFE_RENEWAL_RENEWAL_CONFLICT);
        return shelflife_clock_system.random(shelflife_clock_system.context) % COLLISION;
    }
    count(u, plan.step, SHELFLIFE_RENEWAL_RENEWAL_SUCCESS);
    succeed(u);
    tell_step(u, &plan);
    if (plan.step == SHELFLIFE_RENEWAL_RENEWAL_WAIT) {
        u->streak = 0;
        return plan.wait;
    }
    /* The same step again and again: somebody undoes it. */
    u->streak = plan.step == u->last_step ? u->streak + 1 : 0;
    u->last_step = plan.step;
    return u->streak < 2 ? SOON : u->pace.hurry;
}

static bool wait_for_stop(struct shelflife_renewal_renewal *u, uint64_t milliseconds)
{
    const struct timespec until = shelflife_wait_deadline(milliseconds);
    pthread_mutex_lock(&u->stop_lock);
    while (!u->stop && pthread_cond_timedwait(&u->stop_changed, &u->stop_lock, &until) == 0)
        ;
    bool stop = u->stop;
    pthread_mutex_unlock(&u->stop_lock);
    return stop;
}

static void *run(void *context)
{
    struct shelflife_renewal_renewal *u = context;
    uint64_t wait;
    do {
        struct shelflife_renewal_renewal_look look;
        shelflife_renewal_renewal_look_init(&look);
        wait = go_on(u, &look);
        shelflife_renewal_renewal_look_free(&look);
    } while (!wait_for_stop(u, wait));
    return NULL;
}

bool shelflife_renewal_renewal_start(struct shelflife_renewal_renewal *u,
                                     const struct shelflife_renewal_renewal_host *host, error *err)
{
    u->host = *host;
    int code = pthread_create(&u->thread, NULL, run, u);
    u->running = code == 0;
    return u->running ||
           shelflife_fail(err, SHELFLIFE_ERROR_MEMORY, "cannot start a thread: %s", strerror(code));
}

void shelflife_renewal_renewal_stop(struct shelflife_renewal_renewal *u)
{
    error err;
    if (!u || !u->running)
        return;
    pthread_mutex_lock(&u->stop_lock);
    u->stop = true;
    pthread_cond_signal(&u->stop_changed);
    pthread_mutex_unlock(&u->stop_lock);
    atomic_store(&u->cancel, true);
    pthread_join(u->thread, NULL);
    atomic_store(&u->cancel, false);
    u->running = false;
    if (!shelflife_renewal_renewal_farewell(u, &err))
        u->host.tell(u->host.context, true, "the annotation of this replica stays in the Secret", err.text);
}
