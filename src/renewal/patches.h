/* Bodies of the requests that change the Secret and the configuration. A body that does not fit is failed. */
#ifndef SHELFLIFE_RENEWAL_PATCHES_H
#define SHELFLIFE_RENEWAL_PATCHES_H

#include "renewal/observe.h"

/* What a write of the Secret changes. */
struct shelflife_renewal_change {
    const char *own_name;
    str own_note;
    const struct shelflife_renewal_material *current, *next; /* NULL: unchanged */
    bool clear_next;
    int64_t drop_before; /* if not 0: remove other replicas' notes that do not count at this time */
};

/* A JSON merge patch that the server refuses if the Secret has changed since it was observed. */
void shelflife_renewal_patch_secret(const struct shelflife_renewal_observation *observation,
                                    const struct shelflife_renewal_change *change, buffer *out);

/* A JSON merge patch that removes this replica's note, whatever the Secret's version. */
void shelflife_renewal_patch_withdrawal(const char *own_name, buffer *out);

/* A JSON patch of every caBundle, refused if the configuration has changed since it was observed. */
void shelflife_renewal_patch_bundle(const struct shelflife_renewal_observation *observation, str pem,
                                    buffer *out);

#endif
