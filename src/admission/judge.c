#include "admission/judge.h"

#include "workload/kinds.h"

/* Limits in bytes. WAITING_MAX is for reviews that do not come from an API server, which writes what is
 * needed before the object. */
enum { FINDINGS_MAX = 16 << 20, WAITING_MAX = 2 << 20, COMPACT_FROM = 128 << 10, BASED_ON_KEPT = 2048 };

_Static_assert((int)SHELFLIFE_IMAGE_MAX > (int)SHELFLIFE_REFERENCE_MAX, "a reference is never cut");

struct admission_held {
    struct shelflife_image image;
    bool is_old;
    struct admission_held *next;
};

void shelflife_admission_judge_init(struct admission_judge *j)
{
    *j = (struct admission_judge){.last = &j->first};
    shelflife_arena_init(&j->findings, FINDINGS_MAX);
    shelflife_arena_init(&j->waiting, WAITING_MAX);
    shelflife_buffer_init(&j->based_on, SIZE_MAX / 2);
}

void shelflife_admission_judge_reset(struct admission_judge *j)
{
    shelflife_arena_reset(&j->findings);
    shelflife_arena_free(&j->waiting);
    shelflife_admission_table_free(&j->table);
    shelflife_admission_worst_reset(&j->out.deny);
    shelflife_admission_worst_reset(&j->out.warn);
    if (j->based_on.capacity > BASED_ON_KEPT)
        shelflife_buffer_free(&j->based_on);
    j->basis.made = false;
    j->number++;
    j->out = (struct admission_judgement){.deny = j->out.deny, .warn = j->out.warn};
    j->first = NULL;
    j->last = &j->first;
    j->compacted = 0;
    j->no_namespace = j->as_written = false;
}

void shelflife_admission_judge_free(struct admission_judge *j)
{
    shelflife_admission_judge_reset(j);
    shelflife_admission_worst_free(&j->out.deny);
    shelflife_admission_worst_free(&j->out.warn);
    shelflife_arena_free(&j->findings);
    shelflife_buffer_free(&j->based_on);
    shelflife_memo_free(j->own);
}

size_t shelflife_admission_judge_memory(const struct admission_judge *j)
{
    return shelflife_arena_memory(&j->findings) + shelflife_arena_memory(&j->waiting) +
           shelflife_admission_table_memory(&j->table) +
           (j->out.deny.capacity + j->out.warn.capacity) * sizeof(*j->out.deny.at) + j->based_on.capacity +
           (j->own ? shelflife_memo_memory(j->own) : 0);
}

/* ---- Verdicts ---- */

/* The date that a verdict's phase follows from. Missing ones are last. */
static shelflife_day date_of(const struct shelflife_verdict *verdict)
{
    if (!verdict->match_count)
        return INT32_MAX;
    const struct shelflife_judged_match *worst = &verdict->matches[0];
    const struct shelflife_match *match = worst->match;
    shelflife_day day = worst->phase == SHELFLIFE_PHASE_UNAVAILABLE
                            ? match->end_of_availability
                            : shelflife_match_end_of_patch(match, worst->extended);
    return day == SHELFLIFE_DAY_NONE ? INT32_MAX : day;
}

static bool is_update(const struct admission_judge *j)
{
    return shelflife_str_equal(j->envelope->string[ADMISSION_ENVELOPE_OPERATION], STR("UPDATE"));
}

static uint64_t hash_text(const struct admission_judge *j, const struct shelflife_image *image)
{
    return image->hash ? image->hash : shelflife_siphash_of(image->text, j->key);
}

/* The hash by which images are compared: of the normalized reference, or of the text if it is none. */
static uint64_t hash_reference(const struct admission_judge *j, const struct shelflife_image *image,
                               str normalized)
{
    return normalized.len ? shelflife_siphash_of(normalized, j->key) : hash_text(j, image);
}

static bool hash_name(struct admission_judge *j, const struct shelflife_image *image, uint64_t *name,
                      error *err)
{
    struct shelflife_arena_mark mark = shelflife_arena_mark(&j->findings);
    struct shelflife_reference reference;
    error why;
    bool parsed = shelflife_reference_parse(image->text, &j->findings, &reference, &why);
    if (!parsed && why.kind != SHELFLIFE_ERROR_INPUT)
        return shelflife_arena_fail(&j->findings, err);
    *name = hash_reference(j, image, parsed ? reference.normalized : (str){0});
    shelflife_arena_rewind(&j->findings, mark);
    return true;
}

/* Without an edition, verdicts hold for one review only. Namespaces of one class have the same verdicts. */
static bool make_basis(struct admission_judge *j, str namespace, bool as_written)
{
    const struct shelflife_snapshot *snapshot = j->snapshot;
    const uint64_t fixed[] = {snapshot->edition, snapshot->edition ? 0 : j->number, (uint64_t)j->at,
                              as_written};
    buffer *on = &j->based_on;
    shelflife_buffer_reset(on);
    shelflife_buffer_append(on, (str){(const char *)fixed, sizeof(fixed)});
    shelflife_policy_namespace_class(snapshot->policy, namespace, on);
    j->basis = (struct admission_basis){.hash = shelflife_siphash_of(shelflife_buffer_str(on), j->key),
                                        .namespace = namespace,
                                        .made = !on->failed,
                                        .as_written = as_written};
    return j->basis.made;
}

/* The hash by which memos know the image; 0: there is no memory to find it out. */
static uint64_t hash_judged(struct admission_judge *j, const struct shelflife_image *image)
{
    const struct admission_basis *basis = &j->basis;
    str namespace = j->envelope->string[ADMISSION_ENVELOPE_NAMESPACE];
    bool made = basis->made && basis->namespace.at == namespace.at && basis->as_written == image->as_written;
    return made || make_basis(j, namespace, image->as_written) ? hash_text(j, image) ^ basis->hash : 0;
}

/* The memo to use, or NULL. */
static struct shelflife_memo *memo_of(struct admission_judge *j)
{
    if (j->memo && j->snapshot->edition)
        return j->memo;
    if (!j->own)
        j->own = shelflife_admission_memo_new(ADMISSION_MEMO_OWN);
    return j->own;
}

static struct admission_known *recall(struct admission_judge *j, uint64_t hash)
{
    struct shelflife_memo *memo = memo_of(j);
    return memo ? shelflife_admission_memo_recall(memo, hash) : NULL;
}

static struct shelflife_verdict *judge_text(struct admission_judge *j, const struct shelflife_image *image,
                                            error *err)
{
    struct shelflife_verdict *verdict = shelflife_arena_alloc(&j->findings, sizeof(*verdict));
    if (!verdict) {
        shelflife_arena_fail(&j->findings, err);
        return NULL;
    }
    bool ok = (image->as_written ? shelflife_policy_judge_as_written : shelflife_policy_judge)(
        j->snapshot->policy, j->snapshot->catalogs, j->snapshot->inventory, image->text,
        j->envelope->string[ADMISSION_ENVELOPE_NAMESPACE], j->at, &j->findings, verdict, err);
    return ok ? verdict : NULL;
}

static struct admission_known know(const struct admission_judge *j, const struct shelflife_image *image,
                                   const struct shelflife_verdict *verdict)
{
    bool compared = verdict->action == SHELFLIFE_DENY && is_update(j);
    return (struct admission_known){.name = compared ? hash_reference(j, image, verdict->reference.normalized)
                                                     : 0,
                                    .date = date_of(verdict),
                                    .phase = (unsigned char)verdict->phase,
                                    .action = (unsigned char)verdict->action,
                                    .known = (unsigned char)verdict->known,
                                    .outdated = verdict->outdated,
                                    .unverified = verdict->unverified,
                                    .contradicted = verdict->contradicted,
                                    .waived = verdict->exception != NULL};
}

/* Whether a finding about the image may be shown. */
static bool may_show(const struct admission_judge *j, const struct admission_known *known)
{
    if (known->action == SHELFLIFE_DENY && is_update(j))
        return j->table.count < ADMISSION_WORST_MAX;
    return known->action != SHELFLIFE_ALLOW &&
           shelflife_admission_worst_wants(known->action == SHELFLIFE_DENY ? &j->out.deny : &j->out.warn,
                                           (enum shelflife_phase)known->phase, known->date);
}

/* Judges an image. If it is or may be shown, its phrase is in `room`. */
static bool find_out(struct admission_judge *j, const struct shelflife_image *image, bool shown,
                     struct admission_known *known, char *room, error *err)
{
    struct shelflife_arena_mark mark = shelflife_arena_mark(&j->findings);
    const struct shelflife_verdict *verdict = judge_text(j, image, err);
    if (!verdict)
        return false;
    *known = know(j, image, verdict);
    known->phrased = shown || may_show(j, known);
    if (known->phrased)
        known->phrase = shelflife_policy_phrase_of(verdict, room);
    shelflife_arena_rewind(&j->findings, mark);
    return true;
}

/* What is known about an image, with its phrase if it is shown. Uses *fresh and `room` if it has to find that
 * out. Valid until the next image. */
static struct admission_known *look_at(struct admission_judge *j, const struct shelflife_image *image,
                                       bool shown, struct admission_known *fresh, char *room, error *err)
{
    uint64_t hash = hash_judged(j, image);
    struct admission_known *known = recall(j, hash);
    if (known && (known->phrased || !shown))
        return known;
    if (!find_out(j, image, shown, fresh, room, err))
        return NULL;
    fresh->hash = hash;
    struct shelflife_memo *memo = hash ? memo_of(j) : NULL;
    if (memo)
        shelflife_admission_memo_remember(memo, fresh);
    return fresh;
}

static void count(struct admission_judgement *out, const struct admission_known *known)
{
    out->images[known->phase]++;
    out->outdated += known->outdated;
    out->known[known->known]++;
    out->unverified += known->unverified;
    out->contradicted += known->contradicted;
    out->waived += known->waived;
    if (known->phase > out->phase)
        out->phase = (enum shelflife_phase)known->phase;
}

/* ---- Findings ---- */

static bool copy_strings(arena *a, struct shelflife_image *image, error *err)
{
    return (shelflife_arena_copy(a, image->text, &image->text) &&
            (!image->container.len || shelflife_arena_copy(a, image->container, &image->container)) &&
            (!image->path.len || shelflife_arena_copy(a, image->path, &image->path))) ||
           shelflife_arena_fail(a, err);
}

static bool copy_phrase(arena *a, const struct shelflife_policy_phrase **phrase, error *err)
{
    *phrase = shelflife_policy_phrase_copy(*phrase, a);
    return *phrase || shelflife_arena_fail(a, err);
}

static bool copy_finding(arena *a, struct admission_finding *finding, error *err)
{
    return copy_strings(a, &finding->image, err) &&
           (!finding->phrase || copy_phrase(a, &finding->phrase, err));
}

static bool move_findings(const struct admission_worst *w, arena *a, error *err)
{
    for (size_t i = 0; i < w->count; i++)
        if (!copy_finding(a, &w->at[i], err))
            return false;
    return true;
}

/* The memory of findings that others have replaced is still in the arena: moves the rest into a new one. */
static bool compact(struct admission_judge *j, error *err)
{
    size_t limit = 2 * j->compacted > COMPACT_FROM ? 2 * j->compacted : COMPACT_FROM;
    if (j->findings.used <= limit)
        return true;
    arena old = j->findings;
    shelflife_arena_init(&j->findings, FINDINGS_MAX);
    bool ok =
        move_findings(&j->out.deny, &j->findings, err) && move_findings(&j->out.warn, &j->findings, err);
    j->compacted = j->findings.used;
    shelflife_arena_free(&old);
    return ok;
}

static bool write_path(struct admission_judge *j, struct shelflife_image *image, error *err)
{
    return image->container.len || image->path.len ||
           shelflife_extractor_path(j->envelope->extractor, &j->findings, &image->path, err);
}

/* Adds a finding if it is one of the worst. */
static bool keep(struct admission_judge *j, struct admission_worst *w, struct admission_finding *finding,
                 error *err)
{
    struct shelflife_arena_mark mark = shelflife_arena_mark(&j->findings);
    struct admission_finding *kept = NULL;
    if (!shelflife_admission_worst_wants(w, finding->phase, finding->date)) {
        w->total += finding->repeats;
        return true;
    }
    if (!write_path(j, &finding->image, err) || !shelflife_admission_worst_add(w, finding, &kept, err))
        return false;
    if (kept)
        return copy_finding(&j->findings, kept, err) && compact(j, err);
    shelflife_arena_rewind(&j->findings, mark);
    return true;
}

/* Whether it is introduced is known when the old object has been read. */
static bool note(struct admission_judge *j, struct admission_finding *finding, uint64_t name, error *err)
{
    struct shelflife_arena_mark mark = shelflife_arena_mark(&j->findings);
    struct shelflife_image *image = &finding->image;
    struct admission_slot *slot = shelflife_admission_table_add(&j->table, name, err);
    if (!slot || !write_path(j, image, err))
        return false;
    const struct admission_record record = {.index = image->index,
                                            .date = finding->date,
                                            .phase = (unsigned char)finding->phase,
                                            .is_container = image->container.len > 0};
    bool ok = shelflife_admission_table_note(&j->table, slot, &record, image->text,
                                             shelflife_admission_finding_where(image), err);
    shelflife_arena_rewind(&j->findings, mark);
    return ok;
}

static bool judge_new(struct admission_judge *j, const struct shelflife_image *image, error *err)
{
    char room[SHELFLIFE_POLICY_PHRASE_MAX] UNINITIALIZED;
    struct admission_known fresh;
    j->as_written = image->as_written;
    j->out.count++;
    struct admission_known *known = look_at(j, image, false, &fresh, room, err);
    if (!known)
        return false;
    count(&j->out, known);
    if (known->action == SHELFLIFE_ALLOW)
        return true;
    struct admission_finding finding = {.image = *image,
                                        .phase = (enum shelflife_phase)known->phase,
                                        .date = known->date,
                                        .repeats = 1,
                                        .phrase = known->phrased ? &known->phrase : NULL};
    if (known->action == SHELFLIFE_WARN)
        return keep(j, &j->out.warn, &finding, err);
    if (!is_update(j))
        return keep(j, &j->out.deny, &finding, err);
    return (known->name || hash_name(j, image, &known->name, err)) && note(j, &finding, known->name, err);
}

/* ---- The old object ---- */

static bool judge_old(struct admission_judge *j, const struct shelflife_image *image, error *err)
{
    bool object_is_read = j->envelope->object != NULL;
    uint64_t name = 0;
    if (!is_update(j) || (object_is_read && j->table.count == 0))
        return true;
    const struct admission_known *known = object_is_read ? recall(j, hash_judged(j, image)) : NULL;
    if (known && known->action != SHELFLIFE_DENY)
        return true;
    if (known)
        name = known->name;
    if (!name && !hash_name(j, image, &name, err))
        return false;
    struct admission_slot *slot = object_is_read ? shelflife_admission_table_find(&j->table, name)
                                                 : shelflife_admission_table_add(&j->table, name, err);
    if (slot)
        slot->is_old = true;
    return slot || object_is_read;
}

/* ---- Images that come before what they are judged by ---- */

static bool judge_image(struct admission_judge *j, const struct shelflife_image *image, bool is_old,
                        error *err)
{
    return is_old ? judge_old(j, image, err) : judge_new(j, image, err);
}

static bool judge_held(struct admission_judge *j, error *err)
{
    const struct admission_held *first = j->first;
    j->first = NULL;
    j->last = &j->first;
    /* When the object has been read, its images must be in the table before those of the old one. */
    for (int is_old = 0; is_old < 2; is_old++)
        for (const struct admission_held *held = first; held; held = held->next)
            if (held->is_old == is_old && !judge_image(j, &held->image, is_old, err))
                return false;
    shelflife_arena_free(&j->waiting);
    return true;
}

static bool hold(struct admission_judge *j, const struct shelflife_image *image, bool is_old, error *err)
{
    struct shelflife_arena_mark mark = shelflife_arena_mark(&j->findings);
    struct admission_held *held = shelflife_arena_alloc(&j->waiting, sizeof(*held));
    if (!held)
        return shelflife_arena_fail(&j->waiting, err);
    *held = (struct admission_held){.image = *image, .is_old = is_old};
    if (!is_old && !write_path(j, &held->image, err))
        return false;
    if (!copy_strings(&j->waiting, &held->image, err))
        return false;
    shelflife_arena_rewind(&j->findings, mark); /* the path was written there */
    *j->last = held;
    j->last = &held->next;
    return true;
}

/* What waits has this much room, with that of the image. */
static bool has_room(const struct admission_judge *j)
{
    enum { EACH = sizeof(struct admission_held) + SHELFLIFE_IMAGE_MAX + SHELFLIFE_PATH_MAX + 64 };
    return j->waiting.used <= WAITING_MAX - EACH;
}

bool shelflife_admission_judge_image(void *judge, const struct shelflife_image *image, error *err)
{
    struct admission_judge *j = judge;
    bool is_old = shelflife_admission_envelope_is_old(j->envelope);
    if (!j->no_namespace && !shelflife_admission_envelope_settles(j->envelope)) {
        if (has_room(j))
            return hold(j, image, is_old, err);
        if (!j->envelope->string[ADMISSION_ENVELOPE_OPERATION].len)
            return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                                  "request.operation must come before an object with this number of images");
        j->no_namespace = true;
    }
    return judge_held(j, err) && judge_image(j, image, is_old, err);
}

/* ---- The end ---- */

/* Whether nothing in this review is denied, because its owner was judged or it already runs. A controller may
 * always write down an earlier version of its workload, which runs nothing by itself. */
static bool softens_all(const struct admission_envelope *e)
{
    const struct shelflife_object *object = e->object;
    str user = e->string[ADMISSION_ENVELOPE_USER], owner = object->owner.kind;
    str group = shelflife_workload_group_of(object->owner.api_version);
    if (object->mirror_pod && shelflife_str_starts(user, STR("system:node:")))
        return true;
    if (!shelflife_str_equal(e->string[ADMISSION_ENVELOPE_OPERATION], STR("CREATE")) || !owner.len)
        return false;
    return shelflife_policy_keeps(e->policy, user, group, owner) ||
           (shelflife_workload_kinds_is_history(e->string[ADMISSION_ENVELOPE_OBJECT_GROUP],
                                                e->string[ADMISSION_ENVELOPE_OBJECT_KIND]) &&
            shelflife_policy_trusts(e->policy, user, group, owner));
}

static struct admission_finding finding_of(const struct admission_judge *j,
                                           const struct admission_record *record)
{
    str where = {record->bytes + record->text_len, record->where_len};
    return (struct admission_finding){.image = {.text = {record->bytes, record->text_len},
                                                .size = record->text_len,
                                                .container = record->is_container ? where : (str){0},
                                                .path = record->is_container ? (str){0} : where,
                                                .index = record->index,
                                                .as_written = j->as_written},
                                      .phase = (enum shelflife_phase)record->phase,
                                      .date = record->date,
                                      .repeats = record->repeats};
}

/* Denies the images that are introduced, and warns of the others. */
static bool decide(struct admission_judge *j, error *err)
{
    for (size_t i = 0; i < j->table.capacity; i++) {
        const struct admission_slot *slot = &j->table.slots[i];
        struct admission_worst *w = slot->is_old ? &j->out.warn : &j->out.deny;
        size_t total = w->total + slot->count;
        const struct admission_record *record;
        for (uint32_t number = slot->record; number; number = record->next) {
            record = shelflife_admission_table_record(&j->table, number);
            struct admission_finding finding = finding_of(j, record);
            if (!keep(j, w, &finding, err))
                return false;
        }
        w->total = total; /* with those that have no record */
    }
    shelflife_admission_table_free(&j->table);
    return true;
}

/* Turns denials into warnings. Their strings stay where they are. */
static bool soften(struct admission_judgement *out, error *err)
{
    struct admission_finding *kept;
    size_t total = out->warn.total + out->deny.total;
    for (size_t i = 0; i < out->deny.count; i++)
        if (!shelflife_admission_worst_add(&out->warn, &out->deny.at[i], &kept, err))
            return false;
    out->warn.total = total;
    out->deny.count = out->deny.total = 0;
    return true;
}

/* Looks again at the images of those findings that have no phrase yet. */
static bool complete(struct admission_judge *j, const struct admission_worst *w, error *err)
{
    char room[SHELFLIFE_POLICY_PHRASE_MAX] UNINITIALIZED;
    struct admission_known fresh;
    for (size_t i = 0; i < w->count; i++) {
        struct admission_finding *finding = &w->at[i];
        if (finding->phrase)
            continue;
        const struct admission_known *known = look_at(j, &finding->image, true, &fresh, room, err);
        if (!known)
            return false;
        finding->phrase = &known->phrase;
        if (!copy_phrase(&j->findings, &finding->phrase, err))
            return false;
    }
    return true;
}

bool shelflife_admission_judge_finish(struct admission_judge *j, error *err)
{
    if (j->no_namespace && j->envelope->string[ADMISSION_ENVELOPE_NAMESPACE].len)
        return shelflife_fail(err, SHELFLIFE_ERROR_INPUT,
                              "request.namespace must come before an object with this number of images");
    if (!judge_held(j, err) || !decide(j, err))
        return false;
    if (softens_all(j->envelope) && !soften(&j->out, err))
        return false;
    return complete(j, &j->out.deny, err) && complete(j, &j->out.warn, err);
}
