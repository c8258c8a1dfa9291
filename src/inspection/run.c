#include <pthread.h>

#include "audit/hash_index.h"
#include "inspection/inspection.h"

enum {
    THREADS_DEFAULT = 16,
    THREADS_MAX = 256,
    SCRATCH_MAX = 128 << 20, /* of one image's configuration */
    SILENT_MAX = 4,          /* times in a row that a host may fail to answer */
};

#define NO_JOB UINT32_MAX

typedef struct shelflife_inspection_options options;
typedef struct shelflife_inspection_job job;
typedef struct shelflife_inventory_entry entry;

/* A registry, and its jobs that are not begun, as a list. */
struct host {
    str name;
    uint32_t first, last;
    unsigned active; /* jobs that threads are at */
    unsigned silent; /* jobs in a row that got no answer */
    error why;       /* the last of them */
};

/* How far a digest is. */
enum progress { ABSENT, BUSY, DONE };

struct digest {
    str text;
    enum progress progress;
    uint32_t waiting; /* jobs for it, a list */
};

struct run {
    const options *options;
    const job *jobs;
    size_t count;
    const struct shelflife_inventory *known;
    struct shelflife_inventory *into;
    uint64_t rules;

    pthread_mutex_t lock; /* of all below, and of `into` */
    pthread_cond_t changed;
    arena arena;
    uint32_t *next;      /* of each job: the next in its list */
    uint32_t *digest_of; /* of each job, once it is known */
    uint32_t *host_of;
    struct host *hosts;
    size_t host_count, host_capacity;
    struct digest *digests;
    size_t digest_count, digest_capacity;
    struct shelflife_audit_hash_key key;
    struct shelflife_audit_hash_index host_index, digest_index;
    size_t left;      /* jobs that are not done */
    unsigned started; /* threads */
    bool failed;
    error error;
};

/* What a thread has of its own. */
struct worker {
    struct run *run;
    struct shelflife_registry_client *client;
    arena arena;
};

/* ---- Names by number ---- */

struct name {
    const struct run *run;
    str name;
};

static bool host_is(const void *context, uint32_t i)
{
    const struct name *x = context;
    return shelflife_str_equal(x->run->hosts[i].name, x->name);
}

static bool digest_is(const void *context, uint32_t i)
{
    const struct name *x = context;
    return shelflife_str_equal(x->run->digests[i].text, x->name);
}

/* The names are those of the jobs' references, which outlive the run. */
static bool host_number(struct run *r, str name, uint32_t *number, error *err)
{
    const struct name wanted = {r, name};
    uint32_t hash = shelflife_audit_hash(&r->key, name.at, name.len);
    *number = shelflife_audit_hash_index_find(&r->host_index, hash, host_is, &wanted);
    if (*number != SHELFLIFE_AUDIT_HASH_INDEX_NONE)
        return true;
    *number = (uint32_t)r->host_count;
    if (!shelflife_grow(&r->hosts, &r->host_capacity, r->host_count + 1, sizeof(*r->hosts)) ||
        !shelflife_audit_hash_index_add(&r->host_index, hash, *number))
        return shelflife_fail_memory(err);
    r->hosts[r->host_count++] = (struct host){.name = name, .first = NO_JOB, .last = NO_JOB};
    return true;
}

static bool digest_number(struct run *r, str text, uint32_t *number, error *err)
{
    const struct name wanted = {r, text};
    uint32_t hash = shelflife_audit_hash(&r->key, text.at, text.len);
    struct digest new = {.waiting = NO_JOB};
    *number = shelflife_audit_hash_index_find(&r->digest_index, hash, digest_is, &wanted);
    if (*number != SHELFLIFE_AUDIT_HASH_INDEX_NONE)
        return true;
    *number = (uint32_t)r->digest_count;
    if (!shelflife_arena_copy(&r->arena, text, &new.text) ||
        !shelflife_grow(&r->digests, &r->digest_capacity, r->digest_count + 1, sizeof(*r->digests)) ||
        !shelflife_audit_hash_index_add(&r->digest_index, hash, *number))
        return shelflife_fail_memory(err);
    r->digests[r->digest_count++] = new;
    return true;
}

/* ---- The queue ---- */

static void enqueue(struct run *r, uint32_t i)
{
    struct host *h = &r->hosts[r->host_of[i]];
    r->next[i] = NO_JOB;
    if (h->first == NO_JOB)
        h->first = i;
    else
        r->next[h->last] = i;
    h->last = i;
    pthread_cond_signal(&r->changed);
}

static bool is_cancelled(const struct run *r)
{
    return r->options->cancel && atomic_load(r->options->cancel);
}

static void fail_run(struct run *r, const error *why)
{
    if (!r->failed)
        r->error = *why;
    r->failed = true;
    pthread_cond_broadcast(&r->changed);
}

/* Takes the next job of the host that the fewest threads are at, and waits for one. NO_JOB: all is done. */
static uint32_t dequeue(struct run *r)
{
    for (;;) {
        struct host *best = NULL;
        if (r->failed || r->left == 0)
            return NO_JOB;
        if (is_cancelled(r)) {
            const error why = {SHELFLIFE_ERROR_IO, "cancelled"};
            fail_run(r, &why);
            return NO_JOB;
        }
        for (size_t i = 0; i < r->host_count; i++)
            if (r->hosts[i].first != NO_JOB && (!best || r->hosts[i].active < best->active))
                best = &r->hosts[i];
        if (best) {
            uint32_t taken = best->first;
            best->first = r->next[taken];
            best->active++;
            return taken;
        }
        pthread_cond_wait(&r->changed, &r->lock);
    }
}

/* ---- What is known ---- */

static bool same_platform(str a, str b)
{
    /* "linux/arm64" and "linux/arm64/v8" */
    str shorter = a.len < b.len ? a : b, longer = a.len < b.len ? b : a;
    return shelflife_str_starts(longer, shorter) &&
           (longer.len == shorter.len || longer.at[shorter.len] == '/');
}

static str wanted_platform(const options *o)
{
    return o->platform.len ? o->platform : STR("linux/amd64");
}

/* The entry of before for a digest. *fresh: it needs no inspection. */
static bool find_known(const struct run *r, str digest, entry *out, bool *fresh)
{
    const struct shelflife_reference by_digest = {.digest = digest};
    if (!r->known || !shelflife_inventory_find(r->known, &by_digest, out))
        return false;
    bool of_index = strcmp(out->digest, out->manifest) != 0;
    *fresh =
        out->rules == r->rules && (!of_index || same_platform(out->platform, wanted_platform(r->options)));
    return true;
}

/* Notes that a job's reference names the digest. */
static bool see(struct run *r, const job *j, str digest, error *err)
{
    const struct shelflife_reference *of = j->reference;
    struct shelflife_inventory_reference seen = {.name = of->name, .last_seen = j->seen};
    if (!of->digest.len)
        seen.tag = of->tag.len ? of->tag : STR("latest");
    return shelflife_inventory_see(r->into, &seen, digest, err);
}

/* Keeps the entry of before for a job that failed: it is still in use. */
static bool keep_known(struct run *r, const job *j, error *err)
{
    entry e;
    bool fresh;
    str digest = j->reference->digest;
    if (!digest.len && r->known && shelflife_inventory_find(r->known, j->reference, &e))
        digest = shelflife_str_of(e.digest);
    if (!digest.len)
        digest = j->running;
    if (!digest.len || !find_known(r, digest, &e, &fresh))
        return true;
    return shelflife_inventory_put(r->into, &e, err) && see(r, j, digest, err);
}

/* ---- The end of jobs, all under the lock ---- */

static void report(struct run *r, uint32_t i, enum shelflife_inspection_outcome outcome, const error *why)
{
    if (r->options->listener)
        r->options->listener(r->options->context, i, outcome, why);
    if (--r->left == 0)
        pthread_cond_broadcast(&r->changed);
}

static bool fail_job(struct run *r, uint32_t i, const error *why, error *err)
{
    if (!keep_known(r, &r->jobs[i], err))
        return false;
    report(r, i, SHELFLIFE_INSPECTION_FAILED, why);
    return true;
}

static bool end_digest(struct run *r, uint32_t i, enum shelflife_inspection_outcome outcome, error *err)
{
    struct digest *d = &r->digests[r->digest_of[i]];
    d->progress = DONE;
    if (!see(r, &r->jobs[i], d->text, err))
        return false;
    report(r, i, outcome, NULL);
    for (uint32_t k = d->waiting, after; k != NO_JOB; k = after) {
        after = r->next[k];
        if (!see(r, &r->jobs[k], d->text, err))
            return false;
        report(r, k, SHELFLIFE_INSPECTION_UNCHANGED, NULL);
    }
    d->waiting = NO_JOB;
    return true;
}

/* The job failed. Others that wait for its digest may know it under another name. */
static bool fail_digest(struct run *r, uint32_t i, const error *why, error *err)
{
    struct digest *d = &r->digests[r->digest_of[i]];
    uint32_t k = d->waiting, after;
    if (d->progress == DONE) /* under a tag, meanwhile */
        return end_digest(r, i, SHELFLIFE_INSPECTION_UNCHANGED, err);
    d->waiting = NO_JOB;
    d->progress = ABSENT;
    for (; k != NO_JOB; k = after) {
        after = r->next[k];
        if (!shelflife_str_equal(r->jobs[k].reference->name, r->jobs[i].reference->name) || r->jobs[k].other)
            enqueue(r, k);
        else if (!fail_job(r, k, why, err))
            return false;
    }
    return fail_job(r, i, why, err);
}

/* Whether a host answers is learned from each job. */
static void note_answer(struct run *r, uint32_t i, bool ok, const struct shelflife_registry_failure *failure,
                        const error *why)
{
    struct host *h = &r->hosts[r->host_of[i]];
    enum { TOO_MANY_REQUESTS = 429 };
    if (ok || !failure->transient || failure->status == TOO_MANY_REQUESTS) {
        h->silent = 0;
        return;
    }
    h->silent++;
    h->why = *why;
}

/* ---- One job ---- */

static bool keep_evidence(void *context, const struct shelflife_evidence *evidence)
{
    const struct worker *w = context;
    return shelflife_catalogs_reads(w->run->options->catalogs, evidence);
}

static void copy_digest(char out[SHELFLIFE_DIGEST_TEXT + 1], str digest)
{
    size_t len = digest.len < SHELFLIFE_DIGEST_TEXT ? digest.len : SHELFLIFE_DIGEST_TEXT;
    shelflife_copy(out, digest.at, len);
    out[len] = '\0';
}

/* The day of the base system's packages, by the rules of the catalogs. */
static bool find_snapshot(const struct run *r, const struct shelflife_reference *reference,
                          const struct shelflife_evidence_list *evidence, arena *a, shelflife_day *snapshot,
                          error *err)
{
    struct shelflife_resolution resolution;
    *snapshot = SHELFLIFE_DAY_NONE;
    if (!shelflife_catalogs_resolve(r->options->catalogs, reference->name, reference, evidence, a,
                                    &resolution, err))
        return false;
    *snapshot = resolution.snapshot;
    return true;
}

static bool make_entry(const struct run *r, const struct shelflife_reference *reference,
                       const struct shelflife_registry_image *image, arena *a, entry *out, error *err)
{
    *out = (entry){.platform = image->platform,
                   .inspected = r->options->today,
                   .last_seen = SHELFLIFE_DAY_NONE,
                   .evidence = image->evidence,
                   .base_name = image->base_name,
                   .base_digest = image->base_digest,
                   .outdated = image->outdated,
                   .rules = r->rules};
    copy_digest(out->digest, image->digest);
    copy_digest(out->manifest, image->manifest);
    return find_snapshot(r, reference, &out->evidence, a, &out->snapshot, err);
}

/* Learns the digest that a tag names now. False: the job has failed, or the run. */
static bool resolve(struct worker *w, uint32_t i, str *digest)
{
    struct run *r = w->run;
    const job *j = &r->jobs[i];
    struct shelflife_registry_failure failure = {0};
    error why = {0}, err = {0};
    *digest = j->reference->digest;
    if (digest->len)
        return true;
    bool ok = shelflife_registry_resolve(w->client, j->reference, &w->arena, digest, &failure, &why);
    pthread_mutex_lock(&r->lock);
    note_answer(r, i, ok, &failure, &why);
    if (!ok && (why.kind == SHELFLIFE_ERROR_MEMORY ? (err = why, true) : !fail_job(r, i, &why, &err)))
        fail_run(r, &err);
    pthread_mutex_unlock(&r->lock);
    return ok;
}

/* Whether this thread is to inspect the digest. Otherwise another does, or it is known. */
static bool claim(struct run *r, uint32_t i, str text)
{
    entry e;
    bool fresh = false;
    error err = {0};
    if (r->digest_of[i] == NO_JOB && !digest_number(r, text, &r->digest_of[i], &err)) {
        fail_run(r, &err);
        return false;
    }
    struct digest *d = &r->digests[r->digest_of[i]];
    bool ok = true;
    if (d->progress == BUSY) {
        r->next[i] = d->waiting;
        d->waiting = i;
    } else if (d->progress == DONE) {
        ok = see(r, &r->jobs[i], d->text, &err);
        if (ok)
            report(r, i, SHELFLIFE_INSPECTION_UNCHANGED, NULL);
    } else if (find_known(r, d->text, &e, &fresh) && fresh) {
        ok = shelflife_inventory_put(r->into, &e, &err) &&
             end_digest(r, i, SHELFLIFE_INSPECTION_UNCHANGED, &err);
    } else {
        d->progress = BUSY;
        return true;
    }
    if (!ok)
        fail_run(r, &err);
    return false;
}

static bool inspect(struct worker *w, const job *j, str digest, struct shelflife_registry_image *image,
                    struct shelflife_registry_failure *failure, error *why)
{
    const options *o = w->run->options;
    const struct shelflife_registry_wanted wanted = {
        .platform = o->platform, .keep = keep_evidence, .context = w, .referrers = true};
    struct shelflife_reference by_digest = *j->reference;
    by_digest.digest = digest;
    if (shelflife_registry_inspect(w->client, &by_digest, &wanted, &w->arena, image, failure, why))
        return true;
    if (!j->other || why->kind == SHELFLIFE_ERROR_MEMORY || is_cancelled(w->run))
        return false;
    error first = *why;
    if (shelflife_registry_inspect(w->client, j->other, &wanted, &w->arena, image, failure, why))
        return true;
    *why = first;
    return false;
}

/* Whether nothing is known about a tag: asking for its digest first would only be one more request. */
static bool is_new_tag(const struct run *r, const job *j)
{
    entry e;
    return !j->reference->digest.len && !j->running.len &&
           !(r->known && shelflife_inventory_find(r->known, j->reference, &e));
}

/* Keeps what was found under a tag. Its digest is only known now. */
static bool keep_new(struct run *r, uint32_t i, const entry *e, error *err)
{
    if (!digest_number(r, shelflife_str_of(e->digest), &r->digest_of[i], err) ||
        !shelflife_inventory_put(r->into, e, err))
        return false;
    return end_digest(r, i, SHELFLIFE_INSPECTION_FOUND, err);
}

static void do_new_tag(struct worker *w, uint32_t i)
{
    struct run *r = w->run;
    const job *j = &r->jobs[i];
    struct shelflife_registry_image image = {0};
    struct shelflife_registry_failure failure = {0};
    error why = {0}, err = {0};
    entry e;
    bool ok = inspect(w, j, (str){0}, &image, &failure, &why) &&
              make_entry(r, j->reference, &image, &w->arena, &e, &why);
    pthread_mutex_lock(&r->lock);
    note_answer(r, i, ok, &failure, &why);
    if (!ok && why.kind == SHELFLIFE_ERROR_MEMORY)
        fail_run(r, &why);
    else if (ok ? !keep_new(r, i, &e, &err) : !fail_job(r, i, &why, &err))
        fail_run(r, &err);
    pthread_mutex_unlock(&r->lock);
}

static void do_job(struct worker *w, uint32_t i)
{
    struct run *r = w->run;
    const job *j = &r->jobs[i];
    struct shelflife_registry_image image = {0};
    struct shelflife_registry_failure failure = {0};
    error why = {0}, err = {0};
    entry e;
    str digest;
    if (is_new_tag(r, j)) {
        do_new_tag(w, i);
        return;
    }
    if (!resolve(w, i, &digest))
        return;
    pthread_mutex_lock(&r->lock);
    bool mine = claim(r, i, digest);
    pthread_mutex_unlock(&r->lock);
    if (!mine)
        return;
    bool ok = inspect(w, j, digest, &image, &failure, &why) &&
              make_entry(r, j->reference, &image, &w->arena, &e, &why);
    pthread_mutex_lock(&r->lock);
    note_answer(r, i, ok, &failure, &why);
    if (!ok && why.kind == SHELFLIFE_ERROR_MEMORY) {
        fail_run(r, &why);
    } else if (ok) {
        copy_digest(e.digest, r->digests[r->digest_of[i]].text);
        ok = shelflife_inventory_put(r->into, &e, &err) && end_digest(r, i, SHELFLIFE_INSPECTION_FOUND, &err);
        if (!ok)
            fail_run(r, &err);
    } else if (!fail_digest(r, i, &why, &err)) {
        fail_run(r, &err);
    }
    pthread_mutex_unlock(&r->lock);
}

/* ---- Threads ---- */

/* A job of a host that does not answer: it fails without a request. */
static bool skip_silent(struct run *r, uint32_t i)
{
    const struct host *h = &r->hosts[r->host_of[i]];
    error why = {0}, err = {0};
    if (h->silent < SILENT_MAX)
        return false;
    shelflife_fail(&why, SHELFLIFE_ERROR_IO, "%.*s: not asked, as the requests to %.*s before it failed: %s",
                   STR_PRINT(r->jobs[i].reference->normalized), STR_PRINT(h->name), h->why.text);
    if (!fail_job(r, i, &why, &err))
        fail_run(r, &err);
    return true;
}

static void work(struct worker *w)
{
    struct run *r = w->run;
    pthread_mutex_lock(&r->lock);
    for (uint32_t i; (i = dequeue(r)) != NO_JOB;) {
        if (!skip_silent(r, i)) {
            pthread_mutex_unlock(&r->lock);
            do_job(w, i);
            shelflife_arena_reset(&w->arena);
            pthread_mutex_lock(&r->lock);
        }
        r->hosts[r->host_of[i]].active--;
    }
    pthread_mutex_unlock(&r->lock);
}

static void *work_thread(void *context)
{
    struct run *r = context;
    struct worker w = {.run = r};
    error err = {0};
    shelflife_arena_init(&w.arena, SCRATCH_MAX);
    w.client = shelflife_registry_client_new(r->options->registry, &err);
    if (w.client) {
        work(&w);
    } else {
        pthread_mutex_lock(&r->lock);
        fail_run(r, &err);
        pthread_mutex_unlock(&r->lock);
    }
    shelflife_registry_client_free(w.client);
    shelflife_arena_free(&w.arena);
    return NULL;
}

/* As many threads as can be had: one can do it all. */
static void run_threads(struct run *r)
{
    pthread_t threads[THREADS_MAX];
    size_t wanted = r->options->threads ? r->options->threads : THREADS_DEFAULT, count = 0;
    if (wanted > THREADS_MAX)
        wanted = THREADS_MAX;
    if (wanted > r->count)
        wanted = r->count;
    while (count + 1 < wanted && pthread_create(&threads[count], NULL, work_thread, r) == 0)
        count++;
    work_thread(r);
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

/* ---- The run ---- */

static bool prepare(struct run *r, error *err)
{
    if (r->count >= NO_JOB)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT, "too many images to inspect");
    r->next = calloc(r->count + 1, sizeof(*r->next));
    r->digest_of = calloc(r->count + 1, sizeof(*r->digest_of));
    r->host_of = calloc(r->count + 1, sizeof(*r->host_of));
    if (!r->next || !r->digest_of || !r->host_of)
        return shelflife_fail_memory(err);
    for (uint32_t i = 0; i < r->count; i++) {
        r->digest_of[i] = NO_JOB;
        if (!host_number(r, r->jobs[i].reference->registry, &r->host_of[i], err))
            return false;
        enqueue(r, i);
    }
    return true;
}

static void cleanup_run(struct run *r)
{
    shelflife_arena_free(&r->arena);
    shelflife_audit_hash_index_free(&r->host_index);
    shelflife_audit_hash_index_free(&r->digest_index);
    free(r->next);
    free(r->digest_of);
    free(r->host_of);
    free(r->hosts);
    free(r->digests);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->changed);
}

bool shelflife_inspection_run(const options *o, const job *jobs, size_t count,
                              const struct shelflife_inventory *known, struct shelflife_inventory *into,
                              error *err)
{
    CLEANUP(cleanup_run)
    struct run r = {.options = o,
                    .jobs = jobs,
                    .count = count,
                    .left = count,
                    .known = known,
                    .into = into,
                    .rules = shelflife_catalogs_evidence_rules(o->catalogs),
                    .key = shelflife_audit_hash_key_new()};
    shelflife_arena_init(&r.arena, SIZE_MAX);
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.changed, NULL);
    if (!prepare(&r, err))
        return false;
    if (count)
        run_threads(&r);
    if (r.failed && err)
        *err = r.error;
    return !r.failed;
}
