#include "audit/rough.h"

void shelflife_rough_init(struct shelflife_rough *r, const struct shelflife_audit *audit)
{
    *r = (struct shelflife_rough){.progress = audit->options.progress};
    shelflife_arena_init(&r->arena, SIZE_MAX);
    shelflife_images_init(&r->images, audit->options.snapshot, NULL, audit->options.at, &r->arena,
                          audit->key);
}

void shelflife_rough_free(struct shelflife_rough *r)
{
    shelflife_images_free(&r->images);
    shelflife_arena_free(&r->arena);
}

bool shelflife_rough_count(struct shelflife_rough *r, const struct shelflife_fold *fold, error *err)
{
    uint32_t class;
    uint64_t findings = 0;
    if (!r->progress)
        return true;
    if (!shelflife_images_class(&r->images, (str){0}, &class, err))
        return false;
    for (; r->counted < fold->record_count; r->counted++) {
        shelflife_text number = fold->records[r->counted].image;
        const struct shelflife_audit_image *image =
            shelflife_images_judge(&r->images, shelflife_fold_text(fold, number), number, class, err);
        if (!image)
            return false;
        findings += image->verdict.action != SHELFLIFE_ALLOW;
    }
    atomic_fetch_add(&r->progress->findings, findings);
    r->findings += findings;
    return true;
}

void shelflife_rough_restart(struct shelflife_rough *r)
{
    const struct shelflife_images old = r->images;
    if (r->progress)
        atomic_fetch_sub(&r->progress->findings, r->findings);
    r->counted = 0;
    r->findings = 0;
    /* Texts get other numbers now. */
    shelflife_images_free(&r->images);
    shelflife_arena_reset(&r->arena);
    shelflife_images_init(&r->images, old.snapshot, NULL, old.at, &r->arena, old.key);
}
