#include "audit/progress.h"

enum {
    CACHE_MAX = 2 << 20, /* bytes of verdicts, before they are forgotten */
    BATCH = 1024,        /* records, from one look at the bytes to the next */
};

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

static void forget_verdicts(struct shelflife_audit_progress *p)
{
    const struct shelflife_audit_verdicts old = p->images;
    shelflife_audit_verdicts_free(&p->images);
    shelflife_arena_reset(&p->arena);
    shelflife_audit_verdicts_init(&p->images, old.snapshot, NULL, old.at, &p->arena, old.key);
}

static bool count_batch(struct shelflife_audit_progress *p, const struct shelflife_audit_rollup *rollup,
                        error *err)
{
    uint32_t class;
    if (p->arena.used > CACHE_MAX)
        forget_verdicts(p);
    if (!shelflife_audit_verdicts_class(&p->images, (str){0}, &class, err))
        return false;
    for (size_t i = 0; i < BATCH && p->counted < rollup->record_count; i++, p->counted++) {
        const struct shelflife_audit_rollup_record *record = &rollup->records[p->counted];
        const struct shelflife_audit_question question = {
            .text = shelflife_audit_rollup_text(rollup, record->image),
            .digest = shelflife_audit_rollup_text(rollup, record->digest),
            .why = shelflife_audit_rollup_text(rollup, record->why),
            .text_number = record->image,
            .digest_number = record->digest,
            .why_number = record->why,
            .class = class,
            .as_written = shelflife_audit_rollup_run_as_written(rollup, record->owner)};
        const struct shelflife_audit_image *image =
            shelflife_audit_verdicts_judge(&p->images, &question, err);
        if (!image)
            return false;
        p->findings += image->verdict.action != SHELFLIFE_ALLOW;
    }
    return true;
}

bool shelflife_audit_progress_count(struct shelflife_audit_progress *p,
                                    const struct shelflife_audit_rollup *rollup, error *err)
{
    uint64_t before = p->findings;
    while (p->counters && p->counted < rollup->record_count)
        if (!count_batch(p, rollup, err))
            return false;
    if (p->counters)
        atomic_fetch_add(&p->counters->findings, p->findings - before);
    return true;
}

void shelflife_audit_progress_restart(struct shelflife_audit_progress *p)
{
    if (p->counters)
        atomic_fetch_sub(&p->counters->findings, p->findings);
    p->counted = 0;
    p->findings = 0;
    forget_verdicts(p); /* the texts of the rollup will have other numbers */
}
