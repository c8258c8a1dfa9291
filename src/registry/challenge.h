/*
 * What a registry asks for with a 401: the WWW-Authenticate fields of RFC 9110, 11.6.1, which may be several,
 * with several challenges in each, and commas in quoted values.
 */
#ifndef SHELFLIFE_REGISTRY_CHALLENGE_H
#define SHELFLIFE_REGISTRY_CHALLENGE_H

#include "base/base.h"

struct shelflife_registry_challenge {
    bool basic, bearer;               /* which of the two it accepts */
    str realm, service, scope, error; /* of Bearer: where to get a token, and for what; or absent */
    bool other;                       /* it also accepts another kind */
};

/* Adds the challenges of a field's value to *challenge, which begins zeroed. Of several for Bearer, the first
   counts. Strings are in the arena. INPUT with the byte, counted from 1, if the value is malformed. */
bool shelflife_registry_challenge_read(str value, arena *a, struct shelflife_registry_challenge *challenge,
                                       error *err);

#endif
