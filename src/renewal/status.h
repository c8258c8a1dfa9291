/* What /readyz and /metrics report. Its functions may be called from any thread. */
#ifndef SHELFLIFE_RENEWAL_STATUS_H
#define SHELFLIFE_RENEWAL_STATUS_H

#include <pthread.h>

#include "renewal/decide.h"

enum shelflife_renewal_outcome {
    SHELFLIFE_RENEWAL_OUTCOME_SUCCESS,
    SHELFLIFE_RENEWAL_OUTCOME_CONFLICT, /* another replica was faster */
    SHELFLIFE_RENEWAL_OUTCOME_FAILURE,
};
enum { SHELFLIFE_RENEWAL_OUTCOMES = SHELFLIFE_RENEWAL_OUTCOME_FAILURE + 1 };

struct shelflife_renewal_status {
    pthread_mutex_t lock;
    enum shelflife_renewal_phase phase;
    bool ready; /* at the last observation; `until` may have passed since */
    int64_t until;
    char serial[64];
    char waits_for[256]; /* replicas whose notes block the renewal */
    bool failed;         /* the last attempt */
    error why;
    int64_t last_success; /* seconds since the epoch; 0: none yet */
    uint64_t steps[SHELFLIFE_RENEWAL_STEPS][SHELFLIFE_RENEWAL_OUTCOMES]; /* WAIT counts observations */
};

void shelflife_renewal_status_init(struct shelflife_renewal_status *status);
void shelflife_renewal_status_free(struct shelflife_renewal_status *status);

/* After a decision. `serial` is that of the served certificate, or "". */
void shelflife_renewal_status_decided(struct shelflife_renewal_status *status,
                                      const struct shelflife_renewal_self *self, const char *serial,
                                      const struct shelflife_renewal_state *state,
                                      const struct shelflife_renewal_plan *plan, int64_t now);

/* After a step. `why` only with a failure. */
void shelflife_renewal_status_applied(struct shelflife_renewal_status *status,
                                      enum shelflife_renewal_step step,
                                      enum shelflife_renewal_outcome outcome, const error *why, int64_t now);

/* Whether the served certificate is valid and every caBundle has its CA. Appends lines for
   /readyz?verbose. */
bool shelflife_renewal_status_ready(struct shelflife_renewal_status *status, int64_t now, buffer *lines);

/* Appends Prometheus metrics. */
void shelflife_renewal_status_metrics(struct shelflife_renewal_status *shared, int64_t now, buffer *out);

#endif
