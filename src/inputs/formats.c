#include "inputs/inputs.h"

/* How a file of a format is called. The first line that fits decides. */
struct name {
    const char *folder;                          /* which the file is in: ".github/workflows"; NULL: any */
    const char *start, *end;                     /* `end` NULL: `start` is the whole name */
    const struct shelflife_input_format *format; /* NULL: none of these */
};

static const struct name names[] = {
    {NULL, "", ".dockerignore", NULL}, /* "Dockerfile.dockerignore" */
    {NULL, "Dockerfile", NULL, &shelflife_input_dockerfile},
    {NULL, "dockerfile", NULL, &shelflife_input_dockerfile},
    {NULL, "Containerfile", NULL, &shelflife_input_dockerfile},
    {NULL, "Dockerfile.", "", &shelflife_input_dockerfile},
    {NULL, "Containerfile.", "", &shelflife_input_dockerfile},
    {NULL, "", ".Dockerfile", &shelflife_input_dockerfile},
    {NULL, "", ".dockerfile", &shelflife_input_dockerfile},
    {NULL, "", ".Containerfile", &shelflife_input_dockerfile},
    {NULL, "docker-compose", ".yml", &shelflife_input_compose}, /* also docker-compose.prod.yml */
    {NULL, "docker-compose", ".yaml", &shelflife_input_compose},
    {NULL, "compose.yml", NULL, &shelflife_input_compose},
    {NULL, "compose.yaml", NULL, &shelflife_input_compose},
    {NULL, "compose.override.yml", NULL, &shelflife_input_compose},
    {NULL, "compose.override.yaml", NULL, &shelflife_input_compose},
    {".github/workflows", "", ".yml", &shelflife_input_github_workflow},
    {".github/workflows", "", ".yaml", &shelflife_input_github_workflow},
    {NULL, "action.yml", NULL, &shelflife_input_github_action},
    {NULL, "action.yaml", NULL, &shelflife_input_github_action},
    {NULL, ".gitlab-ci.yml", NULL, &shelflife_input_gitlab_ci},
    {NULL, "Chart.yaml", NULL, &shelflife_input_chart},
    {NULL, "kustomization.yaml", NULL, &shelflife_input_kustomization},
    {NULL, "kustomization.yml", NULL, &shelflife_input_kustomization},
    {NULL, "Kustomization", NULL, &shelflife_input_kustomization},
};

static bool fits(const struct name *name, str folder, str file)
{
    str start = shelflife_str_of(name->start), end = shelflife_str_of(name->end);
    if (name->folder && !shelflife_str_ends(folder, shelflife_str_of(name->folder)))
        return false;
    if (!name->end)
        return shelflife_str_equal(file, start);
    return file.len >= start.len + end.len && shelflife_str_starts(file, start) &&
           shelflife_str_ends(file, end);
}

const struct shelflife_input_format *shelflife_input_format_of(const char *path)
{
    str whole = shelflife_str_of(path), folder = {0}, file = whole;
    size_t slash = shelflife_str_find_last(whole, '/');
    if (slash != SIZE_MAX) {
        folder = shelflife_str_first(whole, slash);
        file = shelflife_str_after(whole, slash + 1);
    }
    for (size_t i = 0; i < COUNT(names); i++)
        if (fits(&names[i], folder, file))
            return names[i].format;
    return NULL;
}

bool shelflife_input_in_hidden_folder(str name)
{
    for (size_t i = 0; i < COUNT(names); i++) {
        str folder = shelflife_str_of(names[i].folder);
        size_t slash = shelflife_str_find(folder, '/');
        if (folder.len && shelflife_str_equal(shelflife_str_first(folder, slash), name))
            return true;
    }
    return false;
}
