/*
 * What the API server shows, taken apart: the Secret and the configuration as the decision wants them, and
 * the texts that writing needs.
 */
#ifndef SHELFLIFE_RENEWAL_OBSERVE_H
#define SHELFLIFE_RENEWAL_OBSERVE_H

#include "renewal/decide.h"

#define SHELFLIFE_RENEWAL_RENEWAL_ANNOTATION "replica.shelflife.dev/"

/* PEM, and the serving certificate's own words. */
struct shelflife_renewal_renewal_material {
    str certificate, key, ca;
    str serial;
    const str *names;
    size_t name_count;
};

struct shelflife_renewal_renewal_look {
    arena memory;
    struct shelflife_renewal_renewal_seen seen;
    struct shelflife_renewal_renewal_material current, next; /* where the pair is sound */
    str secret_version, configuration_version;               /* resourceVersion */
    const str *webhooks;                                     /* their names, in their order */
    size_t webhook_count;
    str bundle_pem[SHELFLIFE_RENEWAL_RENEWAL_CAS]; /* beside seen.bundle */
    struct shelflife_renewal_renewal_ca bundle[SHELFLIFE_RENEWAL_RENEWAL_CAS];
};

void shelflife_renewal_renewal_look_init(struct shelflife_renewal_renewal_look *look);
void shelflife_renewal_renewal_look_free(struct shelflife_renewal_renewal_look *look);

/* Read an object's JSON. What is in it may be anything: what cannot be used is left out. False if it is no
   JSON object, or without memory. `names` are those that a certificate should bear. */
bool shelflife_renewal_renewal_look_at_secret(struct shelflife_renewal_renewal_look *look, str json,
                                              const str *names, size_t name_count, error *err);
bool shelflife_renewal_renewal_look_at_configuration(struct shelflife_renewal_renewal_look *look, str json,
                                                     error *err);

/* The PEM of a CA by its id, from wherever it is; false if it is nowhere. */
bool shelflife_renewal_renewal_look_for_ca(const struct shelflife_renewal_renewal_look *look,
                                           const struct shelflife_renewal_renewal_id *id, str *pem);

/* The id of a pair: of its CA's SHA-256. */
struct shelflife_renewal_renewal_id shelflife_renewal_renewal_id_of(str fingerprint);

/* A replica's name as it can stand in an annotation's: itself, or if that cannot be, a part of it and a
   hash. */
bool shelflife_renewal_renewal_note_name(str identity, char name[SHELFLIFE_RENEWAL_RENEWAL_NAME_MAX],
                                         error *err);

/* Bodies of requests. */

/* What a write of the Secret changes. */
struct shelflife_renewal_renewal_change {
    const char *own_name;
    str own_note;
    const struct shelflife_renewal_renewal_material *current, *next; /* NULL: as they are */
    bool clear_next;
    int64_t drop_before; /* if not 0: drop others' notes that do not count at this time */
};

/* A JSON merge patch that holds only for the version that was looked at. */
void shelflife_renewal_renewal_write_patch(const struct shelflife_renewal_renewal_look *look,
                                           const struct shelflife_renewal_renewal_change *change,
                                           buffer *out);
/* The Secret anew. */
void shelflife_renewal_renewal_write_secret(const char *namespace, const char *name,
                                            const struct shelflife_renewal_renewal_change *change,
                                            buffer *out);
/* A JSON merge patch that takes one's own note away, whatever the version. */
void shelflife_renewal_renewal_write_farewell(const char *own_name, buffer *out);
/* A JSON patch of every caBundle, for the version that was looked at. */
void shelflife_renewal_renewal_write_bundle(const struct shelflife_renewal_renewal_look *look, str pem,
                                            buffer *out);

#endif
