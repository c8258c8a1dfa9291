#include "feeds/findings.h"

enum { FINDINGS_MEMORY_MAX = 64 << 20, TEXT_MAX = 2048 };

void shelflife_feeds_findings_init(struct shelflife_feeds_findings *findings)
{
    *findings = (struct shelflife_feeds_findings){0};
    shelflife_arena_init(&findings->memory, FINDINGS_MEMORY_MAX);
}

void shelflife_feeds_findings_free(struct shelflife_feeds_findings *findings)
{
    free(findings->at);
    shelflife_arena_free(&findings->memory);
    *findings = (struct shelflife_feeds_findings){0};
}

bool shelflife_feeds_findings_add(struct shelflife_feeds_findings *f,
                                  const struct shelflife_feeds_finding *finding, error *err)
{
    struct shelflife_feeds_finding new = {.remark = finding->remark};
    if (!shelflife_arena_copy(&f->memory, finding->file, &new.file) ||
        !shelflife_arena_copy(&f->memory, finding->path, &new.path) ||
        !shelflife_arena_copy(&f->memory, finding->problem, &new.problem) ||
        !shelflife_arena_copy(&f->memory, finding->suggestion, &new.suggestion))
        return shelflife_arena_fail(&f->memory, err);
    if (!shelflife_grow(&f->at, &f->capacity, f->count + 1, sizeof(*f->at)))
        return shelflife_fail_memory(err);
    f->at[f->count++] = new;
    return true;
}

bool shelflife_feeds_findings_add_at(struct shelflife_feeds_findings *findings, error *err, struct node node,
                                     const char *suggestion, const char *format, ...)
{
    char problem[TEXT_MAX];
    buffer path CLEANUP(shelflife_buffer_free);
    va_list args;
    va_start(args, format);
    vsnprintf(problem, sizeof(problem), format, args);
    va_end(args);
    shelflife_buffer_init(&path, SIZE_MAX);
    shelflife_node_path(node, &path);
    if (path.failed)
        return shelflife_fail_memory(err);
    const struct shelflife_feeds_finding new = {.path = shelflife_buffer_str(&path),
                                                .problem = shelflife_str_of(problem),
                                                .suggestion = shelflife_str_of(suggestion)};
    return shelflife_feeds_findings_add(findings, &new, err);
}
