#include "renewal/status.h"

#include "base/prometheus.h"

static const char *const phases[] = {"starting", "settled", "renewing", "retiring"};
_Static_assert(COUNT(phases) == SHELFLIFE_RENEWAL_PHASES, "a name for each phase");

void shelflife_renewal_status_init(struct shelflife_renewal_status *status)
{
    *status = (struct shelflife_renewal_status){0};
    pthread_mutex_init(&status->lock, NULL);
}

void shelflife_renewal_status_free(struct shelflife_renewal_status *status)
{
    pthread_mutex_destroy(&status->lock);
}

/* ---- Recording ---- */

/* The other replicas that do not serve `next` yet. */
static void find_blocking(const struct shelflife_renewal_self *self,
                          const struct shelflife_renewal_state *state, int64_t now, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; state->slots[1] && i < state->note_count; i++) {
        const struct shelflife_renewal_note *note = &state->notes[i];
        bool serves_next = note->count == 1 && shelflife_renewal_id_equal(&note->ids[0], &state->next.id);
        if (serves_next || strcmp(note->name, self->name) == 0 ||
            !shelflife_renewal_note_counts(state, note, now))
            continue;
        int n = snprintf(out + used, size - used, "%s%s", used ? ", " : "", note->name);
        if (n < 0 || (size_t)n >= size - used)
            return;
        used += (size_t)n;
    }
}

void shelflife_renewal_status_decided(struct shelflife_renewal_status *status,
                                      const struct shelflife_renewal_self *self, const char *serial,
                                      const struct shelflife_renewal_state *state,
                                      const struct shelflife_renewal_plan *plan, int64_t now)
{
    pthread_mutex_lock(&status->lock);
    status->phase = plan->phase;
    status->ready = plan->ready;
    status->until = self->serving_until;
    snprintf(status->serial, sizeof(status->serial), "%s", serial);
    find_blocking(self, state, now, status->waits_for, sizeof(status->waits_for));
    pthread_mutex_unlock(&status->lock);
}

void shelflife_renewal_status_applied(struct shelflife_renewal_status *status,
                                      enum shelflife_renewal_step step,
                                      enum shelflife_renewal_outcome outcome, const error *why, int64_t now)
{
    pthread_mutex_lock(&status->lock);
    status->steps[step][outcome]++;
    if (outcome == SHELFLIFE_RENEWAL_OUTCOME_FAILURE) {
        status->failed = true;
        status->why = *why;
    } else if (outcome == SHELFLIFE_RENEWAL_OUTCOME_SUCCESS) {
        status->failed = false;
        status->last_success = now;
    }
    pthread_mutex_unlock(&status->lock);
}

/* ---- Reporting ---- */

/* A copy, so that nothing is formatted under the lock. */
static struct shelflife_renewal_status copy_of(struct shelflife_renewal_status *status, int64_t now)
{
    pthread_mutex_lock(&status->lock);
    struct shelflife_renewal_status copy = *status;
    pthread_mutex_unlock(&status->lock);
    copy.ready = copy.ready && copy.until > now;
    return copy;
}

static void write_failure(const struct shelflife_renewal_status *status, int64_t now, buffer *lines)
{
    shelflife_buffer_append(lines, STR("[!] renewal failed, "));
    if (status->last_success)
        shelflife_buffer_format(lines,
                                "succeeded %lld seconds ago: ", (long long)(now - status->last_success));
    else
        shelflife_buffer_append(lines, STR("has never succeeded: "));
    shelflife_buffer_format(lines, "%s\n", status->why.text);
}

bool shelflife_renewal_status_ready(struct shelflife_renewal_status *shared, int64_t now, buffer *lines)
{
    const struct shelflife_renewal_status status = copy_of(shared, now);
    const char *state = status.ready          ? "its CA is in every caBundle"
                        : !status.serial[0]   ? "no certificate is served yet"
                        : status.until <= now ? "the served certificate has expired"
                                              : "its CA is not in every caBundle";
    shelflife_buffer_format(lines, "[%c] renewal: %s, %s%s%s\n", status.ready ? '+' : '-',
                            phases[status.phase], state, status.serial[0] ? ", serial " : "", status.serial);
    if (status.waits_for[0])
        shelflife_buffer_format(lines, "    waiting for %s to serve the next certificate\n",
                                status.waits_for);
    if (status.failed)
        write_failure(&status, now, lines);
    return status.ready;
}

void shelflife_renewal_status_metrics(struct shelflife_renewal_status *shared, int64_t now, buffer *out)
{
    static const char *const outcomes[] = {"success", "conflict", "failure"};
    _Static_assert(COUNT(outcomes) == SHELFLIFE_RENEWAL_OUTCOMES, "a name for each outcome");
    const struct shelflife_renewal_status status = copy_of(shared, now);
    shelflife_prometheus_head(out, "shelflife_certificate_renewal_phase", "gauge",
                              "Phase of the renewal: 1 for the current phase, 0 for the others.");
    for (size_t i = 0; i < COUNT(phases); i++)
        shelflife_buffer_format(out, "shelflife_certificate_renewal_phase{phase=\"%s\"} %d\n", phases[i],
                                status.phase == i);
    shelflife_prometheus_head(
        out, "shelflife_certificate_renewal_steps_total", "counter",
        "Steps of certificate renewal by outcome; \"make\" starts a renewal, \"serve\" switches to the new "
        "certificate.");
    for (size_t step = 0; step < SHELFLIFE_RENEWAL_STEPS; step++)
        for (size_t i = 0; i < COUNT(outcomes); i++)
            shelflife_buffer_format(
                out, "shelflife_certificate_renewal_steps_total{step=\"%s\",outcome=\"%s\"} %llu\n",
                shelflife_renewal_step_name((enum shelflife_renewal_step)step), outcomes[i],
                (unsigned long long)status.steps[step][i]);
    shelflife_prometheus_single(out, "shelflife_certificate_renewal_success_timestamp_seconds", "gauge",
                                "Time of the last successful step.", status.last_success);
    shelflife_prometheus_single(out, "shelflife_certificate_covered", "gauge",
                                "1 if the served certificate is valid and its CA is in every caBundle.",
                                status.ready);
}
