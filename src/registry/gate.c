#include "registry/gate.h"

#include "base/wait.h"
#include "net/retry.h"

enum { STEP_MS = 200 /* between looks at `cancel` */ };

struct shelflife_registry_gate {
    struct shelflife_registry_gate *next;
    unsigned inside, waiting;
    uint64_t closed_until;
    size_t size;
    char host[];
};

void shelflife_registry_gates_init(struct shelflife_registry_gates *gates, unsigned most)
{
    *gates = (struct shelflife_registry_gates){.most = most};
    pthread_mutex_init(&gates->lock, NULL);
    shelflife_wait_init(&gates->changed);
}

void shelflife_registry_gates_free(struct shelflife_registry_gates *gates)
{
    for (struct shelflife_registry_gate *g = gates->first, *next; g; g = next) {
        next = g->next;
        free(g);
    }
    pthread_cond_destroy(&gates->changed);
    pthread_mutex_destroy(&gates->lock);
}

static struct shelflife_registry_gate *find(struct shelflife_registry_gates *gates, str host)
{
    for (struct shelflife_registry_gate *g = gates->first; g; g = g->next)
        if (shelflife_str_equal((str){g->host, g->size}, host))
            return g;
    struct shelflife_registry_gate *g = calloc(1, sizeof(*g) + host.len);
    if (!g)
        return NULL;
    shelflife_copy(g->host, host.at, host.len);
    g->size = host.len;
    g->next = gates->first;
    gates->first = g;
    return g;
}

/* Hosts that registries redirect to can be many: one that is not in use is forgotten. */
static void forget(struct shelflife_registry_gates *gates, struct shelflife_registry_gate *gate)
{
    if (gate->inside || gate->waiting || gate->closed_until > shelflife_clock_now())
        return;
    struct shelflife_registry_gate **at = &gates->first;
    while (*at != gate)
        at = &(*at)->next;
    *at = gate->next;
    free(gate);
}

/* Waits until another thread leaves, the host is open again, or it is time to look at `cancel`. */
static void wait_a_bit(struct shelflife_registry_gates *gates, const struct shelflife_registry_gate *g,
                       uint64_t deadline, uint64_t time)
{
    uint64_t until = time + STEP_MS;
    if (g->closed_until > time && g->closed_until < until)
        until = g->closed_until;
    if (deadline < until)
        until = deadline;
    const struct timespec at = shelflife_wait_deadline(until - time);
    pthread_cond_timedwait(&gates->changed, &gates->lock, &at);
}

static bool wait_for(struct shelflife_registry_gates *gates, const struct shelflife_registry_gate *g,
                     uint64_t deadline, const atomic_bool *cancel, error *err)
{
    for (uint64_t time = shelflife_clock_now();; time = shelflife_clock_now()) {
        if (cancel && atomic_load(cancel))
            return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%.*s: cancelled",
                                  STR_PRINT(((str){g->host, g->size})));
        if (g->inside < gates->most && g->closed_until <= time)
            return true;
        if (time >= deadline || g->closed_until > deadline)
            return shelflife_fail(err, SHELFLIFE_ERROR_IO, "%.*s: %s", STR_PRINT(((str){g->host, g->size})),
                                  g->closed_until > time ? "it asked for a longer wait than the time limit"
                                                         : "too many requests are waiting for it");
        wait_a_bit(gates, g, deadline, time);
    }
}

struct shelflife_registry_gate *shelflife_registry_gate_enter(struct shelflife_registry_gates *gates,
                                                              str host, uint64_t deadline,
                                                              const atomic_bool *cancel, error *err)
{
    bool ok = false;
    pthread_mutex_lock(&gates->lock);
    struct shelflife_registry_gate *g = find(gates, host);
    if (!g) {
        shelflife_fail_memory(err);
    } else {
        g->waiting++;
        ok = wait_for(gates, g, deadline, cancel, err);
        g->waiting--;
        if (ok)
            g->inside++;
        else
            forget(gates, g);
    }
    pthread_mutex_unlock(&gates->lock);
    return ok ? g : NULL;
}

void shelflife_registry_gate_leave(struct shelflife_registry_gates *gates,
                                   struct shelflife_registry_gate *gate)
{
    pthread_mutex_lock(&gates->lock);
    gate->inside--;
    if (gate->waiting)
        pthread_cond_broadcast(&gates->changed);
    forget(gates, gate);
    pthread_mutex_unlock(&gates->lock);
}

void shelflife_registry_gate_close(struct shelflife_registry_gates *gates,
                                   struct shelflife_registry_gate *gate, uint64_t until)
{
    pthread_mutex_lock(&gates->lock);
    if (gate->closed_until < until)
        gate->closed_until = until;
    pthread_mutex_unlock(&gates->lock);
}
