/* The renewal's inside, for the files of this room. */
#ifndef SHELFLIFE_RENEWAL_INTERNAL_H
#define SHELFLIFE_RENEWAL_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "kube/kube.h"
#include "renewal/observe.h"
#include "renewal/renewal.h"

enum shelflife_renewal_renewal_outcome {
    SHELFLIFE_RENEWAL_RENEWAL_SUCCESS,
    SHELFLIFE_RENEWAL_RENEWAL_CONFLICT, /* somebody was faster */
    SHELFLIFE_RENEWAL_RENEWAL_FAILURE,
};
enum { SHELFLIFE_RENEWAL_RENEWAL_OUTCOMES = SHELFLIFE_RENEWAL_RENEWAL_FAILURE + 1 };

/* What others may ask for, under its lock. */
struct shelflife_renewal_renewal_status {
    pthread_mutex_t lock;
    enum shelflife_renewal_renewal_phase phase;
    bool ready; /* at the last look, but for `until` */
    int64_t until;
    char serial[64];
    char waits_for[256]; /* replicas whose notes hold up a renewal */
    bool failed;         /* the last attempt */
    error why;
    int64_t last_success; /* seconds since the epoch; 0: none yet */
    uint64_t steps[SHELFLIFE_RENEWAL_RENEWAL_STEPS]
                  [SHELFLIFE_RENEWAL_RENEWAL_OUTCOMES]; /* WAIT counts looks */
    /* The API server's time: what it said, and when, on the clock that only goes forward. */
    int64_t date;
    uint64_t date_ms;
};

/* The pair that is served. */
struct shelflife_renewal_renewal_served {
    buffer ca;
    char serial[64];
};

struct shelflife_renewal_renewal {
    struct shelflife_renewal_renewal_config config;
    struct shelflife_renewal_renewal_host host;
    struct shelflife_renewal_renewal_pace pace;
    struct shelflife_renewal_renewal_self self;
    struct shelflife_renewal_renewal_memory memory;
    struct shelflife_renewal_renewal_served served;
    buffer secret_path, secrets_path, configuration_path;

    struct shelflife_kube *kube;
    struct shelflife_kube_client *client;
    atomic_bool cancel;

    enum shelflife_renewal_renewal_step last_step;
    unsigned streak;   /* of the same step */
    unsigned failures; /* in a row */

    struct shelflife_renewal_renewal_status status;

    pthread_t thread;
    bool running, stop;
    pthread_mutex_t stop_lock;
    pthread_cond_t stop_changed;
};

/* Milliseconds of a clock that only goes forward, and the API server's time now. */
uint64_t shelflife_renewal_renewal_ms(void);
int64_t shelflife_renewal_renewal_now(struct shelflife_renewal_renewal *renewal);

/* Reads both objects. */
bool shelflife_renewal_renewal_look(struct shelflife_renewal_renewal *renewal,
                                    struct shelflife_renewal_renewal_look *look, error *err);

/* Does what is planned. *conflict: somebody was faster, and all must be looked at again. */
bool shelflife_renewal_renewal_act(struct shelflife_renewal_renewal *renewal,
                                   const struct shelflife_renewal_renewal_look *look,
                                   const struct shelflife_renewal_renewal_plan *plan, bool *conflict,
                                   error *err);

/* Takes the own note away. */
bool shelflife_renewal_renewal_farewell(struct shelflife_renewal_renewal *renewal, error *err);

const char *shelflife_renewal_renewal_step_name(enum shelflife_renewal_renewal_step step);

#endif
