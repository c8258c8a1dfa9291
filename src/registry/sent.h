/* The secrets that a client has sent, so that a registry cannot put them into a message. */
#ifndef SHELFLIFE_REGISTRY_SENT_H
#define SHELFLIFE_REGISTRY_SENT_H

#include "base/base.h"

enum {
    SHELFLIFE_REGISTRY_SENT_MIN = 6, /* bytes; a shorter one would be found in any text */
    SHELFLIFE_REGISTRY_SENT_MAX = 1 << 20,
};

/* Initializes a list of secrets; shelflife_buffer_free() frees it. */
void shelflife_registry_sent_init(buffer *sent);

/* Remembers a secret, and of a password with its user also what Basic authentication makes of them. NULL is
   fine. If memory ends, what follows is not remembered. */
void shelflife_registry_sent_add(buffer *sent, const char *user, const char *secret);

/* Replaces each of them in an error by "…": a registry decides about texts that messages quote, such as the
   place of a redirect or a media type. err may be NULL. */
void shelflife_registry_sent_hide(const buffer *sent, error *err);

#endif
