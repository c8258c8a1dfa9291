/* The upkeep's inside, for the files of this room. */
#ifndef SHELFLIFE_UPKEEP_STATE_H
#define SHELFLIFE_UPKEEP_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "kube/kube.h"
#include "upkeep/look.h"
#include "upkeep/upkeep.h"

enum shelflife_upkeep_outcome {
    SHELFLIFE_UPKEEP_SUCCESS,
    SHELFLIFE_UPKEEP_CONFLICT, /* somebody was faster */
    SHELFLIFE_UPKEEP_FAILURE,
};
enum { SHELFLIFE_UPKEEP_OUTCOMES = SHELFLIFE_UPKEEP_FAILURE + 1 };

/* What others may ask for, under its lock. */
struct shelflife_upkeep_status {
    pthread_mutex_t lock;
    enum shelflife_upkeep_phase phase;
    bool ready; /* at the last look, but for `until` */
    int64_t until;
    char serial[64];
    char waits_for[256]; /* replicas whose notes hold up a renewal */
    bool failed;         /* the last attempt */
    error why;
    int64_t last_success; /* seconds since the epoch; 0: none yet */
    uint64_t steps[SHELFLIFE_UPKEEP_STEPS][SHELFLIFE_UPKEEP_OUTCOMES]; /* WAIT counts looks */
    /* The API server's time: what it said, and when, on the clock that only goes forward. */
    int64_t date;
    uint64_t date_ms;
};

/* The pair that is served. */
struct shelflife_upkeep_served {
    buffer ca;
    char serial[64];
};

struct shelflife_upkeep {
    struct shelflife_upkeep_config config;
    struct shelflife_upkeep_host host;
    struct shelflife_upkeep_pace pace;
    struct shelflife_upkeep_self self;
    struct shelflife_upkeep_memory memory;
    struct shelflife_upkeep_served served;
    buffer secret_path, secrets_path, configuration_path;

    struct shelflife_kube *kube;
    struct shelflife_kube_client *client;
    atomic_bool cancel;

    enum shelflife_upkeep_step last_step;
    unsigned streak;   /* of the same step */
    unsigned failures; /* in a row */

    struct shelflife_upkeep_status status;

    pthread_t thread;
    bool running, stop;
    pthread_mutex_t stop_lock;
    pthread_cond_t stop_changed;
};

/* Milliseconds of a clock that only goes forward, and the API server's time now. */
uint64_t shelflife_upkeep_ms(void);
int64_t shelflife_upkeep_now(struct shelflife_upkeep *upkeep);

/* Reads both objects. */
bool shelflife_upkeep_look(struct shelflife_upkeep *upkeep, struct shelflife_upkeep_look *look, error *err);

/* Does what is planned. *conflict: somebody was faster, and all must be looked at again. */
bool shelflife_upkeep_act(struct shelflife_upkeep *upkeep, const struct shelflife_upkeep_look *look,
                          const struct shelflife_upkeep_plan *plan, bool *conflict, error *err);

/* Takes the own note away. */
bool shelflife_upkeep_farewell(struct shelflife_upkeep *upkeep, error *err);

const char *shelflife_upkeep_step_name(enum shelflife_upkeep_step step);

#endif
