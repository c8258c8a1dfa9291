/* What /readyz and /metrics say. */
#include "base/prometheus.h"
#include "renewal/internal.h"

static const char *const phases[] = {"starting", "settled", "renewing", "retiring"};
_Static_assert(COUNT(phases) == SHELFLIFE_RENEWAL_RENEWAL_PHASES, "a name for each phase");

/* A copy, so that nobody formats under the lock. */
static struct shelflife_renewal_renewal_status copy_of(struct shelflife_renewal_renewal *u, int64_t *now)
{
    *now = shelflife_renewal_renewal_now(u);
    pthread_mutex_lock(&u->status.lock);
    struct shelflife_renewal_renewal_status status = u->status;
    pthread_mutex_unlock(&u->status.lock);
    status.ready = status.ready && status.until > *now;
    return status;
}

static void write_failure(const struct shelflife_renewal_renewal_status *status, int64_t now, buffer *lines)
{
    shelflife_buffer_append(lines, STR("[!] renewal failed, "));
    if (status->last_success)
        shelflife_buffer_format(lines,
                                "succeeded %lld seconds ago: ", (long long)(now - status->last_success));
    else
        shelflife_buffer_append(lines, STR("has not succeeded yet: "));
    shelflife_buffer_format(lines, "%s\n", status->why.text);
}

bool shelflife_renewal_renewal_ready(struct shelflife_renewal_renewal *u, buffer *lines)
{
    int64_t now;
    struct shelflife_renewal_renewal_status status = copy_of(u, &now);
    const char *state = status.ready          ? "its CA is in every caBundle"
                        : !status.serial[0]   ? "no certificate is served yet"
                        : status.until <= now ? "the certificate has expired"
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

void shelflife_renewal_renewal_metrics(struct shelflife_renewal_renewal *u, buffer *out)
{
    static const char *const outcomes[] = {"success", "conflict", "failure"};
    _Static_assert(COUNT(outcomes) == SHELFLIFE_RENEWAL_RENEWAL_OUTCOMES, "a name for each outcome");
    int64_t now;
    struct shelflife_renewal_renewal_status status = copy_of(u, &now);
    shelflife_prometheus_head(out, "shelflife_certificate_renewal_phase", "gauge",
                              "The phase of the renewal: 1 for the current phase, 0 for others.");
    for (size_t i = 0; i < COUNT(phases); i++)
        shelflife_buffer_format(out, "shelflife_certificate_renewal_phase{phase=\"%s\"} %d\n", phases[i],
                                status.phase == i);
    shelflife_prometheus_head(out, "shelflife_certificate_renewal_steps_total", "counter",
                              "Steps of certificate renewals, by outcome. \"make\" creates a certificate, "
                              "\"serve\" starts to serve it.");
    for (size_t step = 0; step < SHELFLIFE_RENEWAL_RENEWAL_STEPS; step++)
        for (size_t i = 0; i < COUNT(outcomes); i++)
            shelflife_buffer_format(
                out, "shelflife_certificate_renewal_steps_total{step=\"%s\",outcome=\"%s\"} %llu\n",
                shelflife_renewal_renewal_step_name((enum shelflife_renewal_renewal_step)step), outcomes[i],
                (unsigned long long)status.steps[step][i]);
    shelflife_prometheus_single(out, "shelflife_certificate_renewal_success_timestamp_seconds", "gauge",
                                "When the certificate was last checked or renewed successfully.",
                                status.last_success);
    shelflife_prometheus_single(out, "shelflife_certificate_covered", "gauge",
                                "Whether the served certificate is valid and its CA is in every caBundle.",
                                status.ready);
}
