/* Applies a decision: the one step that a plan names. */
#ifndef SHELFLIFE_RENEWAL_APPLY_H
#define SHELFLIFE_RENEWAL_APPLY_H

#include "renewal/observe.h"

/* The pair that is served. */
struct shelflife_renewal_served {
    buffer ca;
    char serial[64];
};

/* This replica: who it is, what it serves, and where it writes. */
struct shelflife_renewal_replica {
    struct shelflife_renewal_config config;
    struct shelflife_renewal_host host;
    struct shelflife_renewal_cluster cluster;
    struct shelflife_renewal_self self;
    struct shelflife_renewal_served served;
};

/* Does what is planned. *conflict: another replica was faster, so a new observation is needed. */
bool shelflife_renewal_apply(struct shelflife_renewal_replica *replica,
                             const struct shelflife_renewal_observation *observation,
                             const struct shelflife_renewal_plan *plan, bool *conflict, error *err);

#endif
