/*
 * What is decided, and from what: pure, so that a simulation can try every order of events. The header
 * upkeep.h tells the protocol; this page tells its words.
 *
 * A pair is a serving certificate with its key and the CA that signed it, and nothing else: each pair has a
 * CA of its own. Its id is from the CA's fingerprint. The Secret has room for two: `current`, and during a
 * renewal `next`. A note is what a replica says in the Secret that it serves, or is about to.
 */
#ifndef SHELFLIFE_UPKEEP_CORE_H
#define SHELFLIFE_UPKEEP_CORE_H

#include "base/base.h"

enum {
    SHELFLIFE_UPKEEP_ID_MAX = 32 + 1,   /* hex and a NUL */
    SHELFLIFE_UPKEEP_NAME_MAX = 63 + 1, /* of a replica; so long an annotation's name may be */
    SHELFLIFE_UPKEEP_NOTE_IDS = 4,
    SHELFLIFE_UPKEEP_CAS = 32, /* in a bundle that we read or write */
};

/* Zeroed behind its end; all zero: none. */
struct shelflife_upkeep_id {
    char text[SHELFLIFE_UPKEEP_ID_MAX];
};
bool shelflife_upkeep_id_equal(const struct shelflife_upkeep_id *a, const struct shelflife_upkeep_id *b);

/* Times are seconds since the epoch. */
struct shelflife_upkeep_pair {
    bool sound; /* it parses, the key fits, and the CA signed it for a server */
    bool names; /* it bears all names it should */
    struct shelflife_upkeep_id id;
    int64_t from, issued, until; /* valid from some time before it was made, for clocks that are behind */
};

struct shelflife_upkeep_note {
    char name[SHELFLIFE_UPKEEP_NAME_MAX];
    struct shelflife_upkeep_id ids[SHELFLIFE_UPKEEP_NOTE_IDS];
    size_t count;
};

struct shelflife_upkeep_ca {
    struct shelflife_upkeep_id id;
    int64_t until;
    bool everywhere; /* in the caBundle of every webhook, not only of some */
};

/* What the API server showed. */
struct shelflife_upkeep_seen {
    bool secret, configuration; /* they exist */
    bool slots[2];              /* something is in the place of `current`, of `next` */
    struct shelflife_upkeep_pair current, next;
    const struct shelflife_upkeep_note *notes;
    size_t note_count;
    const struct shelflife_upkeep_ca *bundle;
    size_t ca_count;
    bool clean; /* every webhook has these CAs, each once, in one order, and nothing else */
};

/* The replica that decides. */
struct shelflife_upkeep_self {
    char name[SHELFLIFE_UPKEEP_NAME_MAX];
    int64_t life;    /* seconds that a new certificate lives */
    unsigned jitter; /* 0 to 999: where in the time of renewal this one begins */
    struct shelflife_upkeep_id serving;
    int64_t serving_until;
};

/* Milliseconds, all in proportion to the life of a certificate, between bounds. */
struct shelflife_upkeep_pace {
    uint64_t poll;   /* between looks */
    uint64_t hurry;  /* the same, while something is under way */
    uint64_t settle; /* from a caBundle seen to all API servers using it */
    uint64_t quiet;  /* for so long nobody may speak for a CA before it leaves the bundle */
};
struct shelflife_upkeep_pace shelflife_upkeep_pace_of(int64_t life);

/* What a replica remembers from look to look. All zero at first. */
struct shelflife_upkeep_memory {
    struct {
        struct shelflife_upkeep_id id;
        uint64_t since;
    } covered[2];       /* since when the CAs of the Secret's pairs have been everywhere */
    uint64_t last_will; /* what would leave the bundle, as a hash, and since when */
    uint64_t will_since;
};

enum shelflife_upkeep_step {
    SHELFLIFE_UPKEEP_WAIT,
    SHELFLIFE_UPKEEP_SERVE,   /* begin to serve one of the Secret's pairs */
    SHELFLIFE_UPKEEP_NOTE,    /* write the own note */
    SHELFLIFE_UPKEEP_CREATE,  /* the Secret, with a new pair as `next` */
    SHELFLIFE_UPKEEP_MAKE,    /* a new pair as `next` */
    SHELFLIFE_UPKEEP_BUNDLE,  /* write the caBundle */
    SHELFLIFE_UPKEEP_PROMOTE, /* `next` becomes `current`; notes that speak of nothing any more are dropped */
    SHELFLIFE_UPKEEP_CLEAR,   /* empty `next`, which is of no use */
};
enum { SHELFLIFE_UPKEEP_STEPS = SHELFLIFE_UPKEEP_CLEAR + 1 };

enum shelflife_upkeep_phase {
    SHELFLIFE_UPKEEP_STARTING, /* nothing is served yet */
    SHELFLIFE_UPKEEP_SETTLED,
    SHELFLIFE_UPKEEP_RENEWING, /* on the way to another certificate */
    SHELFLIFE_UPKEEP_RETIRING, /* all serve the new one; the bundle still has what was before */
};
enum { SHELFLIFE_UPKEEP_PHASES = SHELFLIFE_UPKEEP_RETIRING + 1 };

struct shelflife_upkeep_plan {
    enum shelflife_upkeep_step step;
    const char *why; /* a few words for the log; NULL with WAIT */
    bool next;       /* SERVE: `next` rather than `current` */
    bool merge;      /* CREATE, MAKE: keep the names that the certificate in use has */
    /* The own note as it should be; written with every write of the Secret. */
    struct shelflife_upkeep_id note[SHELFLIFE_UPKEEP_NOTE_IDS];
    size_t note_count;
    struct shelflife_upkeep_id bundle[SHELFLIFE_UPKEEP_CAS]; /* BUNDLE: exactly these, everywhere */
    size_t bundle_count;
    uint64_t wait; /* WAIT: milliseconds */
    enum shelflife_upkeep_phase phase;
    bool ready; /* what is served is not over, and every caBundle has its CA */
};

/*
 * The next step: one at a time, after which everything is looked at again. `now` is in seconds since the
 * epoch, by the API server's clock, which is the one that counts; `ms` in milliseconds by one that only goes
 * forward, taken when `seen` had been read.
 */
void shelflife_upkeep_decide(const struct shelflife_upkeep_self *self,
                             const struct shelflife_upkeep_seen *seen, struct shelflife_upkeep_memory *memory,
                             int64_t now, uint64_t ms, struct shelflife_upkeep_plan *plan);

/* Whether a note speaks of a CA that still counts: it is in the bundle or in the Secret, and not over. */
bool shelflife_upkeep_note_counts(const struct shelflife_upkeep_seen *seen,
                                  const struct shelflife_upkeep_note *note, int64_t now);

/* When a pair is to be renewed. */
int64_t shelflife_upkeep_due(const struct shelflife_upkeep_self *self,
                             const struct shelflife_upkeep_pair *pair);

#endif
