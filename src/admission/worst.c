#include "admission/worst.h"

void shelflife_admission_worst_free(struct admission_worst *w)
{
    shelflife_free(w->at);
    *w = (struct admission_worst){0};
}

void shelflife_admission_worst_reset(struct admission_worst *w)
{
    enum { KEPT = 8 };
    if (w->capacity > KEPT)
        shelflife_admission_worst_free(w);
    w->count = w->total = 0;
}

str shelflife_admission_finding_where(const struct shelflife_image *image)
{
    return image->container.len ? image->container : image->path;
}

static bool is_worse(const struct admission_finding *a, const struct admission_finding *b)
{
    if (a->phase != b->phase)
        return a->phase > b->phase;
    if (a->date != b->date)
        return a->date < b->date;
    return a->image.index < b->image.index;
}

/* Of many containers with one image, nearly all differ in their tag. */
static bool is_same(const struct admission_finding *x, const struct admission_finding *y)
{
    const struct shelflife_image *a = &x->image, *b = &y->image;
    return x->tag == y->tag && shelflife_str_equal(a->text, b->text) && a->size == b->size &&
           a->hash == b->hash && !a->container.len == !b->container.len &&
           shelflife_str_equal(shelflife_admission_finding_where(a), shelflife_admission_finding_where(b));
}

bool shelflife_admission_worst_wants(const struct admission_worst *w, enum shelflife_phase phase,
                                     shelflife_day date)
{
    if (w->count < ADMISSION_WORST_MAX)
        return true;
    const struct admission_finding *mildest = &w->at[w->count - 1];
    return phase > mildest->phase || (phase == mildest->phase && date <= mildest->date);
}

static void take_out(struct admission_worst *w, size_t i)
{
    memmove(&w->at[i], &w->at[i + 1], (--w->count - i) * sizeof(*w->at));
}

bool shelflife_admission_worst_add(struct admission_worst *w, const struct admission_finding *finding,
                                   struct admission_finding **kept, error *err)
{
    struct admission_finding added = *finding;
    bool repeats = false;
    *kept = NULL;
    added.tag = shelflife_str_tag(shelflife_admission_finding_where(&finding->image));
    w->total += finding->repeats;
    for (size_t i = 0; i < w->count && !repeats; i++) {
        struct admission_finding *other = &w->at[i];
        if (!is_same(other, &added))
            continue;
        other->repeats += finding->repeats;
        if (other->image.index <= finding->image.index)
            return true;
        repeats = true; /* images may come in another order than that of the text */
        added = *other;
        added.image.index = finding->image.index;
        take_out(w, i);
    }
    if (w->count == ADMISSION_WORST_MAX) {
        if (!is_worse(&added, &w->at[w->count - 1]))
            return true;
        w->count--;
    }
    if (!shelflife_grow(&w->at, &w->capacity, w->count + 1, sizeof(*w->at)))
        return shelflife_fail_memory(err);
    size_t i = w->count++;
    for (; i && is_worse(&added, &w->at[i - 1]); i--)
        w->at[i] = w->at[i - 1];
    w->at[i] = added;
    *kept = repeats ? NULL : &w->at[i];
    return true;
}
