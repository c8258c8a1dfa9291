/* What separates the host of a registry from the first segment of a path. */
#ifndef SHELFLIFE_REFERENCE_HOST_H
#define SHELFLIFE_REFERENCE_HOST_H

#include "base/base.h"

/* Whether the first segment of a name that has others names a registry. With ":" or an upper-case letter it
   cannot be anything else. With "." and "_" it can only be part of a path. */
bool shelflife_reference_is_host(str segment);

#endif
