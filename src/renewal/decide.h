/*
 * What is decided, and from what: pure, so that a simulation can try every order of events. The header
 * renewal.h tells the protocol; this page tells its words.
 *
 * A pair is a serving certificate with its key and the CA that signed it, and nothing else: each pair has a
 * CA of its own. Its id is from the CA's fingerprint. The Secret has room for two: `current`, and during a
 * renewal `next`. A note is what a replica says in the Secret that it serves, or is about to.
 */
#ifndef SHELFLIFE_RENEWAL_DECIDE_H
#define SHELFLIFE_RENEWAL_DECIDE_H

#include "base/base.h"

enum {
    SHELFLIFE_RENEWAL_RENEWAL_ID_MAX = 32 + 1,   /* hex and a NUL */
    SHELFLIFE_RENEWAL_RENEWAL_NAME_MAX = 63 + 1, /* of a replica; so long an annotation's name may be */
    SHELFLIFE_RENEWAL_RENEWAL_NOTE_IDS = 4,
    SHELFLIFE_RENEWAL_RENEWAL_CAS = 32, /* in a bundle that we read or write */
};

/* Zeroed behind its end; all zero: none. */
struct shelflife_renewal_renewal_id {
    char text[SHELFLIFE_RENEWAL_RENEWAL_ID_MAX];
};
bool shelflife_renewal_renewal_id_equal(const struct shelflife_renewal_renewal_id *a,
                                        const struct shelflife_renewal_renewal_id *b);

/* Times are seconds since the epoch. */
struct shelflife_renewal_renewal_pair {
    bool sound; /* it parses, the key fits, and the CA signed it for a server */
    bool names; /* it bears all names it should */
    struct shelflife_renewal_renewal_id id;
    int64_t from, issued, until; /* valid from some time before it was made, for clocks that are behind */
};

struct shelflife_renewal_renewal_note {
    char name[SHELFLIFE_RENEWAL_RENEWAL_NAME_MAX];
    struct shelflife_renewal_renewal_id ids[SHELFLIFE_RENEWAL_RENEWAL_NOTE_IDS];
    size_t count;
};

struct shelflife_renewal_renewal_ca {
    struct shelflife_renewal_renewal_id id;
    int64_t until;
    bool everywhere; /* in the caBundle of every webhook, not only of some */
};

/* What the API server showed. */
struct shelflife_renewal_renewal_seen {
    bool secret, configuration; /* they exist */
    bool slots[2];              /* something is in the place of `current`, of `next` */
    struct shelflife_renewal_renewal_pair current, next;
    const struct shelflife_renewal_renewal_note *notes;
    size_t note_count;
    const struct shelflife_renewal_renewal_ca *bundle;
    size_t ca_count;
    bool clean; /* every webhook has these CAs, each once, in one order, and nothing else */
};

/* The replica that decides. */
struct shelflife_renewal_renewal_self {
    char name[SHELFLIFE_RENEWAL_RENEWAL_NAME_MAX];
    int64_t life;    /* seconds that a new certificate lives */
    unsigned jitter; /* 0 to 999: where in the time of renewal this one begins */
    struct shelflife_renewal_renewal_id serving;
    int64_t serving_until;
};

/* Milliseconds, all in proportion to the life of a certificate, between bounds. */
struct shelflife_renewal_renewal_pace {
    uint64_t poll;   /* between looks */
    uint64_t hurry;  /* the same, while something is under way */
    uint64_t settle; /* from a caBundle seen to all API servers using it */
    uint64_t quiet;  /* for so long nobody may speak for a CA before it leaves the bundle */
};
struct shelflife_renewal_renewal_pace shelflife_renewal_renewal_pace_of(int64_t life);

/* What a replica remembers from look to look. All zero at first. */
struct shelflife_renewal_renewal_memory {
    struct {
        struct shelflife_renewal_renewal_id id;
        uint64_t since;
    } covered[2];       /* since when the CAs of the Secret's pairs have been everywhere */
    uint64_t last_will; /* what would leave the bundle, as a hash, and since when */
    uint64_t will_since;
};

enum shelflife_renewal_renewal_step {
    SHELFLIFE_RENEWAL_RENEWAL_WAIT,
    SHELFLIFE_RENEWAL_RENEWAL_SERVE,   /* begin to serve one of the Secret's pairs */
    SHELFLIFE_RENEWAL_RENEWAL_NOTE,    /* write the own note */
    SHELFLIFE_RENEWAL_RENEWAL_CREATE,  /* the Secret, with a new pair as `next` */
    SHELFLIFE_RENEWAL_RENEWAL_MAKE,    /* a new pair as `next` */
    SHELFLIFE_RENEWAL_RENEWAL_BUNDLE,  /* write the caBundle */
    SHELFLIFE_RENEWAL_RENEWAL_PROMOTE, /* `next` becomes `current`; notes that speak of nothing any more are
                                          dropped */
    SHELFLIFE_RENEWAL_RENEWAL_CLEAR,   /* empty `next`, which is of no use */
};
enum { SHELFLIFE_RENEWAL_RENEWAL_STEPS = SHELFLIFE_RENEWAL_RENEWAL_CLEAR + 1 };

enum shelflife_renewal_renewal_phase {
    SHELFLIFE_RENEWAL_RENEWAL_STARTING, /* nothing is served yet */
    SHELFLIFE_RENEWAL_RENEWAL_SETTLED,
    SHELFLIFE_RENEWAL_RENEWAL_RENEWING, /* on the way to another certificate */
    SHELFLIFE_RENEWAL_RENEWAL_RETIRING, /* all serve the new one; the bundle still has what was before */
};
enum { SHELFLIFE_RENEWAL_RENEWAL_PHASES = SHELFLIFE_RENEWAL_RENEWAL_RETIRING + 1 };

struct shelflife_renewal_renewal_plan {
    enum shelflife_renewal_renewal_step step;
    const char *why; /* a few words for the log; NULL with WAIT */
    bool next;       /* SERVE: `next` rather than `current` */
    bool merge;      /* CREATE, MAKE: keep the names that the certificate in use has */
    /* The own note as it should be; written with every write of the Secret. */
    struct shelflife_renewal_renewal_id note[SHELFLIFE_RENEWAL_RENEWAL_NOTE_IDS];
    size_t note_count;
    struct shelflife_renewal_renewal_id
        bundle[SHELFLIFE_RENEWAL_RENEWAL_CAS]; /* BUNDLE: exactly these, everywhere */
    size_t bundle_count;
    uint64_t wait; /* WAIT: milliseconds */
    enum shelflife_renewal_renewal_phase phase;
    bool ready; /* what is served is not over, and every caBundle has its CA */
};

/*
 * The next step: one at a time, after which everything is looked at again. `now` is in seconds since the
 * epoch, by the API server's clock, which is the one that counts; `ms` in milliseconds by one that only goes
 * forward, taken when `seen` had been read.
 */
void shelflife_renewal_renewal_decide(const struct shelflife_renewal_renewal_self *self,
                                      const struct shelflife_renewal_renewal_seen *seen,
                                      struct shelflife_renewal_renewal_memory *memory, int64_t now,
                                      uint64_t ms, struct shelflife_renewal_renewal_plan *plan);

/* Whether a note speaks of a CA that still counts: it is in the bundle or in the Secret, and not over. */
bool shelflife_renewal_renewal_note_counts(const struct shelflife_renewal_renewal_seen *seen,
                                           const struct shelflife_renewal_renewal_note *note, int64_t now);

/* When a pair is to be renewed. */
int64_t shelflife_renewal_renewal_due(const struct shelflife_renewal_renewal_self *self,
                                      const struct shelflife_renewal_renewal_pair *pair);

#endif
