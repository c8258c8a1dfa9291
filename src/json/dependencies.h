/* The versions of the libraries that this room uses. */
#ifndef SHELFLIFE_JSON_DEPENDENCIES_H
#define SHELFLIFE_JSON_DEPENDENCIES_H

#include "base/dependency.h"

struct shelflife_dependency shelflife_json_jansson_dependency(void);
struct shelflife_dependency shelflife_json_yaml_dependency(void);

#endif
