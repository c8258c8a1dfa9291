#include "inspection/seen.h"

#include <pthread.h>

#include "audit/hash_index.h"
#include "inspection/image_id.h"

struct image {
    struct shelflife_reference reference; /* with a tag, or with a digest */
    struct shelflife_reference *other;    /* for a digest: another name of it, or NULL */
    str running;                          /* for a tag: the digest that a Pod ran under it last */
    shelflife_day day;
    bool taken, failed;
};

struct shelflife_inspection_seen {
    pthread_mutex_t lock;
    arena arena, scratch;
    struct image **images; /* each in the arena, as jobs refer to them */
    size_t count, capacity, new_count;
    struct shelflife_audit_hash_key key;
    struct shelflife_audit_hash_index index; /* by normalized reference */
};

typedef struct shelflife_inspection_seen seen;

seen *shelflife_inspection_seen_new(error *err)
{
    seen *s = calloc(1, sizeof(*s));
    if (!s || pthread_mutex_init(&s->lock, NULL) != 0) {
        free(s);
        shelflife_fail_memory(err);
        return NULL;
    }
    s->key = shelflife_audit_hash_key_new();
    shelflife_arena_init(&s->arena, SIZE_MAX);
    shelflife_arena_init(&s->scratch, 1 << 20);
    return s;
}

void shelflife_inspection_seen_free(seen *s)
{
    if (!s)
        return;
    shelflife_arena_free(&s->arena);
    shelflife_arena_free(&s->scratch);
    shelflife_audit_hash_index_free(&s->index);
    free(s->images);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* ---- The set ---- */

struct wanted {
    const seen *seen;
    str normalized;
};

static bool is_wanted(const void *context, uint32_t i)
{
    const struct wanted *w = context;
    return shelflife_str_equal(w->seen->images[i]->reference.normalized, w->normalized);
}

static bool copy_reference(arena *a, const struct shelflife_reference *r, struct shelflife_reference *out,
                           error *err)
{
    return r->digest.len ? shelflife_inspection_with_digest(r, r->digest, a, out, err)
                         : shelflife_inspection_with_tag(r, a, out, err);
}

static struct image *add_new(seen *s, const struct shelflife_reference *r, uint32_t hash, error *err)
{
    struct image *new = shelflife_arena_alloc(&s->arena, sizeof(*new));
    if (!new || !copy_reference(&s->arena, r, &new->reference, err) ||
        !shelflife_grow(&s->images, &s->capacity, s->count + 1, sizeof(*s->images)) ||
        !shelflife_audit_hash_index_add(&s->index, hash, (uint32_t)s->count)) {
        shelflife_fail_memory(err);
        return NULL;
    }
    new->day = SHELFLIFE_DAY_NONE;
    s->images[s->count++] = new;
    s->new_count++;
    return new;
}

/* Finds or adds an image. The reference has either a tag or a digest. */
static struct image *image_of(seen *s, const struct shelflife_reference *r, shelflife_day day, error *err)
{
    const struct wanted w = {s, r->normalized};
    uint32_t hash = shelflife_audit_hash(&s->key, r->normalized.at, r->normalized.len);
    uint32_t i = shelflife_audit_hash_index_find(&s->index, hash, is_wanted, &w);
    struct image *image = i == SHELFLIFE_AUDIT_HASH_INDEX_NONE ? add_new(s, r, hash, err) : s->images[i];
    if (image && day > image->day)
        image->day = day;
    return image;
}

static bool set_other(seen *s, struct image *image, const struct shelflife_reference *id, error *err)
{
    if (image->other || shelflife_str_equal(image->reference.name, id->name))
        return true;
    struct shelflife_reference *other = shelflife_arena_alloc(&s->arena, sizeof(*other));
    if (!other || !copy_reference(&s->arena, id, other, err))
        return shelflife_fail_memory(err);
    image->other = other;
    return true;
}

static bool set_running(seen *s, struct image *tag, str digest, error *err)
{
    return shelflife_str_equal(tag->running, digest) ||
           shelflife_arena_copy(&s->arena, digest, &tag->running) || shelflife_fail_memory(err);
}

/* What is asked for. False: it is not a reference, or an error. */
static bool parse(seen *s, str image, struct shelflife_reference *out, error *err)
{
    struct shelflife_reference r;
    error why = {0};
    /* A status may have the digest of a configuration, which looks like a name with a tag. */
    if (shelflife_str_starts(image, STR("sha256:")))
        return false;
    if (!shelflife_reference_parse(shelflife_str_trim(image), &s->scratch, &r, &why)) {
        if (why.kind != SHELFLIFE_ERROR_INPUT && err)
            *err = why;
        return false;
    }
    return copy_reference(&s->scratch, &r, out, err);
}

static bool add(seen *s, str text, str image_id, shelflife_day day, error *err)
{
    struct shelflife_reference written, id, running;
    struct image *image, *digest;
    bool is_reference = parse(s, text, &written, err);
    if (!is_reference && err->kind)
        return false;
    bool is_running = shelflife_inspection_image_id(image_id, &s->scratch, &id, err);
    if (!is_running && err->kind)
        return false;
    if (is_reference) {
        image = image_of(s, &written, day, err);
        if (!image)
            return false;
        if (!is_running)
            return true;
        if (written.digest.len)
            return shelflife_str_equal(written.digest, id.digest) ? set_other(s, image, &id, err) : true;
        if (!set_running(s, image, id.digest, err) ||
            !shelflife_inspection_with_digest(&written, id.digest, &s->scratch, &running, err))
            return false;
    } else if (is_running) {
        running = id;
    } else {
        return true;
    }
    digest = image_of(s, &running, day, err);
    return digest && set_other(s, digest, &id, err);
}

bool shelflife_inspection_seen_add(seen *s, str image, str image_id, shelflife_day day, error *err)
{
    error why = {0};
    pthread_mutex_lock(&s->lock);
    bool ok = add(s, image, image_id, day, &why);
    shelflife_arena_reset(&s->scratch);
    pthread_mutex_unlock(&s->lock);
    if (!ok && err)
        *err = why;
    return ok;
}

/* ---- Jobs ---- */

static size_t locked(seen *s, const size_t *number)
{
    pthread_mutex_lock(&s->lock);
    size_t n = *number;
    pthread_mutex_unlock(&s->lock);
    return n;
}

size_t shelflife_inspection_seen_count(seen *s)
{
    return locked(s, &s->count);
}

size_t shelflife_inspection_seen_new_count(seen *s)
{
    return locked(s, &s->new_count);
}

static void take(seen *s, enum shelflife_inspection_take which, struct shelflife_inspection_job *jobs,
                 size_t *count)
{
    for (size_t i = 0; i < s->count; i++) {
        struct image *image = s->images[i];
        bool skip = image->taken && !(image->failed && which == SHELFLIFE_INSPECTION_TAKE_FAILED);
        if (skip && which != SHELFLIFE_INSPECTION_TAKE_ALL)
            continue;
        image->taken = true;
        image->failed = false;
        jobs[(*count)++] = (struct shelflife_inspection_job){.reference = &image->reference,
                                                             .other = image->other,
                                                             .running = image->running,
                                                             .seen = image->day};
    }
    s->new_count = 0;
}

bool shelflife_inspection_seen_take(seen *s, enum shelflife_inspection_take which,
                                    struct shelflife_inspection_job **jobs, size_t *count, error *err)
{
    *count = 0;
    pthread_mutex_lock(&s->lock);
    *jobs = calloc(s->count + 1, sizeof(**jobs));
    if (*jobs)
        take(s, which, *jobs, count);
    pthread_mutex_unlock(&s->lock);
    return *jobs || shelflife_fail_memory(err);
}

void shelflife_inspection_seen_again(seen *s, const struct shelflife_inspection_job *job)
{
    pthread_mutex_lock(&s->lock);
    const struct wanted w = {s, job->reference->normalized};
    uint32_t hash = shelflife_audit_hash(&s->key, w.normalized.at, w.normalized.len);
    uint32_t i = shelflife_audit_hash_index_find(&s->index, hash, is_wanted, &w);
    if (i != SHELFLIFE_AUDIT_HASH_INDEX_NONE)
        s->images[i]->failed = true;
    pthread_mutex_unlock(&s->lock);
}

/* Copies those that stay, so that the memory of the others is released. */
static bool copy_since(const seen *s, seen *into, shelflife_day day, error *err)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct image *old = s->images[i];
        if (old->day < day)
            continue;
        struct image *new = image_of(into, &old->reference, old->day, err);
        if (!new || (old->other && !set_other(into, new, old->other, err)) ||
            (old->running.len && !set_running(into, new, old->running, err)))
            return false;
        new->taken = old->taken;
        new->failed = old->failed;
        into->new_count -= old->taken;
    }
    return true;
}

static void exchange(seen *a, seen *b)
{
    seen old = *a;
    a->arena = b->arena;
    a->images = b->images;
    a->count = b->count;
    a->capacity = b->capacity;
    a->new_count = b->new_count;
    a->key = b->key;
    a->index = b->index;
    b->arena = old.arena;
    b->images = old.images;
    b->count = old.count;
    b->capacity = old.capacity;
    b->index = old.index;
}

bool shelflife_inspection_seen_forget(seen *s, shelflife_day day, error *err)
{
    seen *kept = shelflife_inspection_seen_new(err);
    if (!kept)
        return false;
    pthread_mutex_lock(&s->lock);
    bool ok = copy_since(s, kept, day, err);
    if (ok)
        exchange(s, kept);
    pthread_mutex_unlock(&s->lock);
    shelflife_inspection_seen_free(kept);
    return ok;
}
