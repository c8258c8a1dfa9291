/* The objects, users and namespaces that the exported policy applies to: match constraints, match conditions
   and bindings. */
#ifndef SHELFLIFE_FEEDS_VAP_SCOPE_H
#define SHELFLIFE_FEEDS_VAP_SCOPE_H

#include "feeds/vap_writer.h"

/* Writes the beginning of the policy, up to its match conditions. */
void shelflife_feeds_vap_put_scope(struct feeds_vap_writer *w);

/* Writes a binding for each mode, which selects namespaces by their label. */
void shelflife_feeds_vap_put_bindings(struct feeds_vap_writer *w);

#endif
