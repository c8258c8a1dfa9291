#include "audit/progress.h"

void shelflife_audit_progress_init(struct shelflife_audit_progress *r, const struct shelflife_audit *audit)
{
    *r = (struct shelflife_audit_progress){.progress = audit->options.progress};
    shelflife_arena_init(&r->arena, SIZE_MAX);
    shelflife_audit_verdicts_init(&r->images, audit->options.snapshot, NULL, audit->options.at, &r->arena,
                                  audit->key);
}

void shelflife_audit_progress_free(struct shelflife_audit_progress *r)
{
    shelflife_audit_verdicts_free(&r->images);
    shelflife_arena_free(&r->arena);
}

bool shelflife_audit_progress_count(struct shelflife_audit_progress *r,
                                    const struct shelflife_audit_rollup *fold, error *err)
{
    uint32_t class;
    uint64_t findings = 0;
    if (!r->progress)
        return true;
    if (!shelflife_audit_verdicts_class(&r->images, (str){0}, &class, err))
        return false;
    for (; r->counted < fold->record_count; r->counted++) {
        shelflife_audit_text number = fold->records[r->counted].image;
        const struct shelflife_audit_image *image = shelflife_audit_verdicts_judge(
            &r->images, shelflife_audit_rollup_text(fold, number), number, class, err);
        if (!image)
            return false;
        findings += image->verdict.action != SHELFLIFE_ALLOW;
    }
    atomic_fetch_add(&r->progress->findings, findings);
    r->findings += findings;
    return true;
}

void shelflife_audit_progress_restart(struct shelflife_audit_progress *r)
{
    const struct shelflife_audit_verdicts old = r->images;
    if (r->progress)
        atomic_fetch_sub(&r->progress->findings, r->findings);
    r->counted = 0;
    r->findings = 0;
    /* Texts get other numbers now. */
    shelflife_audit_verdicts_free(&r->images);
    shelflife_arena_reset(&r->arena);
    shelflife_audit_verdicts_init(&r->images, old.snapshot, NULL, old.at, &r->arena, old.key);
}
