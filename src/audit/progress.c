#include "audit/progress.h"

void shelflife_audit_progress_init(struct shelflife_audit_progress *p, const struct shelflife_audit *audit)
{
    *p = (struct shelflife_audit_progress){.counters = audit->options.progress};
    shelflife_arena_init(&p->arena, SIZE_MAX);
    shelflife_audit_verdicts_init(&p->images, audit->options.snapshot, NULL, audit->options.at, &p->arena,
                                  audit->key);
}

void shelflife_audit_progress_free(struct shelflife_audit_progress *p)
{
    shelflife_audit_verdicts_free(&p->images);
    shelflife_arena_free(&p->arena);
}

bool shelflife_audit_progress_count(struct shelflife_audit_progress *p,
                                    const struct shelflife_audit_rollup *rollup, error *err)
{
    uint32_t class;
    uint64_t findings = 0;
    if (!p->counters)
        return true;
    if (!shelflife_audit_verdicts_class(&p->images, (str){0}, &class, err))
        return false;
    for (; p->counted < rollup->record_count; p->counted++) {
        shelflife_audit_text number = rollup->records[p->counted].image;
        const struct shelflife_audit_image *image = shelflife_audit_verdicts_judge(
            &p->images, shelflife_audit_rollup_text(rollup, number), number, class, err);
        if (!image)
            return false;
        findings += image->verdict.action != SHELFLIFE_ALLOW;
    }
    atomic_fetch_add(&p->counters->findings, findings);
    p->findings += findings;
    return true;
}

void shelflife_audit_progress_restart(struct shelflife_audit_progress *p)
{
    const struct shelflife_audit_verdicts old = p->images;
    if (p->counters)
        atomic_fetch_sub(&p->counters->findings, p->findings);
    p->counted = 0;
    p->findings = 0;
    /* After a restart, the texts of the rollup have different numbers. */
    shelflife_audit_verdicts_free(&p->images);
    shelflife_arena_reset(&p->arena);
    shelflife_audit_verdicts_init(&p->images, old.snapshot, NULL, old.at, &p->arena, old.key);
}
