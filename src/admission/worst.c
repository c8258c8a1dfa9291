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

static bool is_same(const struct shelflife_image *a, const struct shelflife_image *b)
{
    return shelflife_str_equal(a->text, b->text) && a->size == b->size && a->hash == b->hash &&
           !a->container.len == !b->container.len &&
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

/* The place of the same image in the same container, or w->count. Many containers can have one image, but
 * nearly all then differ in their tag. */
static size_t find_same(const struct admission_worst *w, const struct admission_finding *finding)
{
    size_t i = 0;
    for (; i < w->count; i++)
        if (w->at[i].tag == finding->tag && is_same(&w->at[i].image, &finding->image))
            break;
    return i;
}

static void take_out(struct admission_worst *w, size_t i)
{
    memmove(&w->at[i], &w->at[i + 1], (--w->count - i) * sizeof(*w->at));
}

bool shelflife_admission_worst_add(struct admission_worst *w, const struct admission_finding *finding,
                                   struct admission_finding **kept, error *err)
{
    struct admission_finding added = *finding;
    *kept = NULL;
    added.tag = shelflife_str_tag(shelflife_admission_finding_where(&finding->image));
    w->total += finding->repeats;
    size_t i = find_same(w, &added);
    const bool repeats = i < w->count;
    if (repeats) {
        struct admission_finding *other = &w->at[i];
        other->repeats += finding->repeats;
        if (other->image.index <= finding->image.index)
            return true;
        added = *other; /* images may come in another order than that of the text */
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
    for (i = w->count++; i && is_worse(&added, &w->at[i - 1]); i--)
        w->at[i] = w->at[i - 1];
    w->at[i] = added;
    *kept = repeats ? NULL : &w->at[i];
    return true;
}
