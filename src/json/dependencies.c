#include "json/dependencies.h"

#include <jansson.h>
#include <yaml.h>

struct shelflife_dependency shelflife_json_jansson_dependency(void)
{
    return (struct shelflife_dependency){"jansson", JANSSON_VERSION, jansson_version_str()};
}

struct shelflife_dependency shelflife_json_yaml_dependency(void)
{
    return (struct shelflife_dependency){"libyaml", LIBYAML_VERSION, yaml_get_version_string()};
}
