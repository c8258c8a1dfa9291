/*
 * Decides the next step of a renewal, from what one observation shows. Pure, so that a simulation can try
 * every order of events. renewal.h describes the protocol; this header its terms.
 *
 * A pair is a serving certificate, its key, and the CA that signed it and nothing else. Its id is derived
 * from the CA's fingerprint. The Secret has room for two pairs: `current`, and during a renewal `next`. A
 * note is the annotation of the Secret in which a replica records what it serves, or is about to serve.
 */
#ifndef SHELFLIFE_RENEWAL_DECIDE_H
#define SHELFLIFE_RENEWAL_DECIDE_H

#include "base/base.h"

enum {
    SHELFLIFE_RENEWAL_ID_MAX = 32 + 1,   /* hex and a NUL */
    SHELFLIFE_RENEWAL_NAME_MAX = 63 + 1, /* of a replica: the longest name of an annotation */
    SHELFLIFE_RENEWAL_NOTE_IDS_MAX = 4,
    SHELFLIFE_RENEWAL_CAS_MAX = 32, /* in a caBundle that we read or write */
};

/* Zeroed after its end; all zero: none. */
struct shelflife_renewal_id {
    char text[SHELFLIFE_RENEWAL_ID_MAX];
};
bool shelflife_renewal_id_equal(const struct shelflife_renewal_id *a, const struct shelflife_renewal_id *b);

/* Times are seconds since the epoch. */
struct shelflife_renewal_pair {
    bool valid; /* it can be read, the key matches, and the CA signed the certificate for a server */
    bool names; /* the certificate has all required names */
    struct shelflife_renewal_id id;
    int64_t from, issued, until; /* `from` is before `issued`, for clocks that are late */
};

struct shelflife_renewal_note {
    char name[SHELFLIFE_RENEWAL_NAME_MAX];
    struct shelflife_renewal_id ids[SHELFLIFE_RENEWAL_NOTE_IDS_MAX];
    size_t count;
};

struct shelflife_renewal_bundled_ca {
    struct shelflife_renewal_id id;
    int64_t until;
    bool everywhere; /* in the caBundle of every webhook, not only of some */
};

/* The state of the two objects, as observed. */
struct shelflife_renewal_state {
    bool configuration; /* it exists; without the Secret there is no observation */
    bool slots[2];      /* the place of `current`, of `next`, is not empty */
    struct shelflife_renewal_pair current, next;
    const struct shelflife_renewal_note *notes;
    size_t note_count;
    const struct shelflife_renewal_bundled_ca *bundle;
    size_t ca_count;
    bool uniform; /* every webhook has exactly these CAs, each once, in the same order */
};

/* The replica that decides. */
struct shelflife_renewal_self {
    char name[SHELFLIFE_RENEWAL_NAME_MAX];
    int64_t life;    /* of a new certificate, in seconds */
    unsigned jitter; /* 0 to 999: when in the renewal window this replica begins */
    struct shelflife_renewal_id serving;
    int64_t serving_until;
};

/* Intervals in milliseconds, in proportion to the life of a certificate, within bounds. */
struct shelflife_renewal_pace {
    uint64_t poll;      /* between observations */
    uint64_t poll_busy; /* the same, during a renewal */
    uint64_t settle;    /* from a caBundle observed until all API servers use it */
    uint64_t quiet;     /* how long no replica may need a CA before it is removed from the caBundles */
};
struct shelflife_renewal_pace shelflife_renewal_pace_of(int64_t life);

/* What a replica remembers from one decision to the next. All zero at first. */
struct shelflife_renewal_memory {
    struct {
        struct shelflife_renewal_id id;
        uint64_t since;
    } covered[2];            /* since when the CAs of the Secret's pairs have been in every caBundle */
    uint64_t reduction_hash; /* of the CAs that could be removed, and since when that has not changed */
    uint64_t reduction_since;
};

enum shelflife_renewal_step {
    SHELFLIFE_RENEWAL_STEP_WAIT,           /* nothing to do; named "observe", which is what can fail */
    SHELFLIFE_RENEWAL_STEP_SERVE,          /* start serving one of the Secret's pairs */
    SHELFLIFE_RENEWAL_STEP_ANNOTATE,       /* write this replica's note */
    SHELFLIFE_RENEWAL_STEP_ADD_NEXT,       /* add a new pair as `next` */
    SHELFLIFE_RENEWAL_STEP_UPDATE_BUNDLES, /* write the caBundles */
    SHELFLIFE_RENEWAL_STEP_PROMOTE,        /* make `next` the `current` pair, remove old notes */
    SHELFLIFE_RENEWAL_STEP_REMOVE_NEXT,    /* remove `next`, which cannot be used */
};
enum { SHELFLIFE_RENEWAL_STEPS = SHELFLIFE_RENEWAL_STEP_REMOVE_NEXT + 1 };
const char *shelflife_renewal_step_name(enum shelflife_renewal_step step);

enum shelflife_renewal_phase {
    SHELFLIFE_RENEWAL_PHASE_STARTING, /* nothing is served yet */
    SHELFLIFE_RENEWAL_PHASE_SETTLED,
    SHELFLIFE_RENEWAL_PHASE_RENEWING, /* changing to another certificate */
    SHELFLIFE_RENEWAL_PHASE_RETIRING, /* all serve the new one; the old CA is still in the caBundles */
};
enum { SHELFLIFE_RENEWAL_PHASES = SHELFLIFE_RENEWAL_PHASE_RETIRING + 1 };

struct shelflife_renewal_plan {
    enum shelflife_renewal_step step;
    const char *why; /* for the log; NULL with WAIT */
    bool next;       /* SERVE: `next` rather than `current` */
    bool merge;      /* ADD_NEXT: include the names of the certificate in use */
    /* This replica's note as it should be; part of every write of the Secret. */
    struct shelflife_renewal_id note[SHELFLIFE_RENEWAL_NOTE_IDS_MAX];
    size_t note_count;
    struct shelflife_renewal_id bundle[SHELFLIFE_RENEWAL_CAS_MAX]; /* BUNDLE: exactly these, everywhere */
    size_t bundle_count;
    uint64_t wait; /* WAIT: milliseconds */
    enum shelflife_renewal_phase phase;
    bool ready; /* the served certificate is valid, and every caBundle has its CA */
};

/*
 * Decides the next step: one at a time, each followed by a new observation. `now` is in seconds since the
 * epoch by the API server's clock, which is the one that checks certificates; `ms` in milliseconds by a
 * monotonic clock, taken after `state` was read.
 */
void shelflife_renewal_decide(const struct shelflife_renewal_self *self,
                              const struct shelflife_renewal_state *state,
                              struct shelflife_renewal_memory *memory, int64_t now, uint64_t ms,
                              struct shelflife_renewal_plan *plan);

/* Whether a note names a CA that is in a caBundle or in the Secret and has not expired. */
bool shelflife_renewal_note_counts(const struct shelflife_renewal_state *state,
                                   const struct shelflife_renewal_note *note, int64_t now);

/* When a pair is due for renewal. */
int64_t shelflife_renewal_due(const struct shelflife_renewal_self *self,
                              const struct shelflife_renewal_pair *pair);

#endif
