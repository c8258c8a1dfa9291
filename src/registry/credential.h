/* What identifies us to a registry. */
#ifndef SHELFLIFE_REGISTRY_CREDENTIAL_H
#define SHELFLIFE_REGISTRY_CREDENTIAL_H

#include "base/base.h"

/* Strings have a NUL, and are secrets. Absent: not given. */
struct shelflife_registry_credential {
    str user, password;
    str identity_token; /* gets tokens from the registry's service */
    str registry_token; /* is sent to the registry itself */
    str origin;         /* a file, or a program; no secret */
    bool kept;          /* a program gave it before, and may give another one by now */
};

#endif
