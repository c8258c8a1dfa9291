/* Programs that know credentials, by Docker's protocol: docker-credential-NAME get. */
#ifndef SHELFLIFE_REGISTRY_HELPER_H
#define SHELFLIFE_REGISTRY_HELPER_H

#include <stdatomic.h>

#include "registry/credential.h"

/*
 * Runs docker-credential-NAME, without a shell, with the server on its standard input, and reads what it
 * prints. Zeroed if it says that it has no credentials for the server. The strings are in the arena, which is
 * secret. Times, output and the name are limited.
 */
bool shelflife_registry_helper_get(const char *name, const char *server, const atomic_bool *cancel, arena *a,
                                   struct shelflife_registry_credential *out, error *err);

/* Reads what such a program prints. */
bool shelflife_registry_helper_read(str text, const char *program, arena *a,
                                    struct shelflife_registry_credential *out, error *err);

#endif
