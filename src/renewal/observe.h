/*
 * Observes the Secret and the configuration: their state as the decision needs it, and the texts that writing
 * needs.
 */
#ifndef SHELFLIFE_RENEWAL_OBSERVE_H
#define SHELFLIFE_RENEWAL_OBSERVE_H

#include "renewal/cluster.h"
#include "renewal/decide.h"

#define SHELFLIFE_RENEWAL_ANNOTATION "replica.shelflife.dev/"

/* A pair's PEM, and the serving certificate's serial number and names. */
struct shelflife_renewal_material {
    str certificate, key, ca;
    str serial;
    const str *names;
    size_t name_count;
};

struct shelflife_renewal_observation {
    arena memory;
    struct shelflife_renewal_state state;
    struct shelflife_renewal_material current, next; /* complete if the pair is valid */
    str secret_version, configuration_version;       /* resourceVersion */
    const str *webhooks;                             /* names, in the order of the configuration */
    size_t webhook_count;
    str bundle_pem[SHELFLIFE_RENEWAL_CAS_MAX]; /* of the CAs of state.bundle */
    struct shelflife_renewal_bundled_ca bundle[SHELFLIFE_RENEWAL_CAS_MAX];
};

void shelflife_renewal_observation_init(struct shelflife_renewal_observation *observation);
void shelflife_renewal_observation_free(struct shelflife_renewal_observation *observation);

/* Reads both objects from the API server. `names` are those that a certificate must have. False also without
   the Secret, which only the chart creates. */
bool shelflife_renewal_observe(struct shelflife_renewal_observation *observation,
                               struct shelflife_renewal_cluster *cluster, const str *names, size_t name_count,
                               error *err);

/* The two halves of it, for JSON that has been read. Any content is accepted: what cannot be used is left
   out. False if the text is not a JSON object, or without memory. */
bool shelflife_renewal_observe_secret(struct shelflife_renewal_observation *observation, str json,
                                      const str *names, size_t name_count, error *err);
bool shelflife_renewal_observe_configuration(struct shelflife_renewal_observation *observation, str json,
                                             error *err);

/* The PEM of a CA by its id, from the Secret or a caBundle; false if it is in neither. */
bool shelflife_renewal_find_ca(const struct shelflife_renewal_observation *observation,
                               const struct shelflife_renewal_id *id, str *pem);

/* The id of a pair, from its CA's SHA-256 fingerprint. */
struct shelflife_renewal_id shelflife_renewal_id_of(str fingerprint);

/* A replica's name for its annotation: the identity, or if that is not allowed there, a part of it and a
   hash. */
bool shelflife_renewal_note_name(str identity, char name[SHELFLIFE_RENEWAL_NAME_MAX], error *err);

#endif
