#include "admission/judge.h"

#include "workload/kinds.h"

/* Limits in bytes. WAITING_MAX is for reviews that do not come from an API server, which writes what is
 * needed before the object. */
enum { VERDICTS_MAX = 16 << 20, WAITING_MAX = 2 << 20, COMPACT_FROM = 128 << 10 };

_Static_assert((int)SHELFLIFE_IMAGE_MAX > (int)SHELFLIFE_REFERENCE_MAX, "a reference is never cut");

struct admission_held {
    struct shelflife_image image;
    bool is_old;
    struct admission_held *next;
};

void shelflife_admission_judge_init(struct admission_judge *j)
{
    *j = (struct admission_judge){.last = &j->first};
    shelflife_arena_init(&j->verdicts, VERDICTS_MAX);
    shelflife_arena_init(&j->waiting, WAITING_MAX);
}

void shelflife_admission_judge_reset(struct admission_judge *j)
{
    shelflife_arena_reset(&j->verdicts);
    shelflife_arena_free(&j->waiting);
    shelflife_admission_table_free(&j->table);
    shelflife_admission_worst_reset(&j->out.deny);
    shelflife_admission_worst_reset(&j->out.warn);
    shelflife_free(j->known);
    j->known = NULL;
    j->few_count = j->noted_count = 0;
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
    shelflife_arena_free(&j->verdicts);
}

size_t shelflife_admission_judge_memory(const struct admission_judge *j)
{
    return shelflife_arena_memory(&j->verdicts) + shelflife_arena_memory(&j->waiting) +
           shelflife_admission_table_memory(&j->table) +
           (j->out.deny.capacity + j->out.warn.capacity) * sizeof(*j->out.deny.at) +
           (j->known ? ADMISSION_KNOWN * sizeof(*j->known) : 0);
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

static uint64_t hash_of(const struct admission_judge *j, const struct shelflife_image *image)
{
    return image->hash ? image->hash : shelflife_siphash_of(image->text, j->key);
}

static bool is_update(const struct admission_judge *j)
{
    return shelflife_str_equal(j->envelope->string[ADMISSION_ENVELOPE_OPERATION], STR("UPDATE"));
}

static struct shelflife_verdict *judge_text(struct admission_judge *j, str text, error *err)
{
    struct shelflife_verdict *verdict = shelflife_arena_alloc(&j->verdicts, sizeof(*verdict));
    if (!verdict) {
        shelflife_arena_fail(&j->verdicts, err);
        return NULL;
    }
    bool ok = (j->as_written ? shelflife_policy_judge_as_written : shelflife_policy_judge)(
        j->snapshot->policy, j->snapshot->catalogs, j->snapshot->inventory, text,
        j->envelope->string[ADMISSION_ENVELOPE_NAMESPACE], j->at, &j->verdicts, verdict, err);
    return ok ? verdict : NULL;
}

static struct admission_known know(const struct admission_judge *j, const struct shelflife_image *image,
                                   const struct shelflife_verdict *verdict)
{
    str name = verdict->reference.normalized;
    struct admission_known known = {.date = date_of(verdict),
                                    .phase = (unsigned char)verdict->phase,
                                    .action = (unsigned char)verdict->action,
                                    .outdated = verdict->outdated,
                                    .known = (unsigned char)verdict->known,
                                    .unverified = verdict->unverified,
                                    .contradicted = verdict->contradicted,
                                    .waived = verdict->exception != NULL};
    if (verdict->action == SHELFLIFE_DENY && is_update(j))
        known.name = name.len ? shelflife_siphash_of(name, j->key) : hash_of(j, image);
    return known;
}

/* What was found out about the image before, or NULL. Then *hash is its hash, if it is needed to remember the
 * image. */
static const struct admission_known *recall(const struct admission_judge *j,
                                            const struct shelflife_image *image, uint64_t *hash)
{
    for (size_t i = 0; i < j->few_count; i++)
        if (shelflife_str_equal(j->few[i].text, image->text) && j->few[i].hash == image->hash)
            return &j->few[i];
    if (j->few_count < ADMISSION_KNOWN_FEW)
        return NULL;
    *hash = hash_of(j, image);
    const struct admission_known *known = j->known ? &j->known[*hash % ADMISSION_KNOWN] : NULL;
    return known && known->hash == *hash && *hash ? known : NULL;
}

static bool remember(struct admission_judge *j, const struct shelflife_image *image, uint64_t hash,
                     const struct admission_known *known, error *err)
{
    bool few = j->few_count < ADMISSION_KNOWN_FEW;
    if (!few && !j->known && !(j->known = shelflife_calloc(ADMISSION_KNOWN, sizeof(*j->known))))
        return shelflife_fail_memory(err);
    struct admission_known *slot = few ? &j->few[j->few_count] : &j->known[hash % ADMISSION_KNOWN];
    *slot = *known;
    slot->hash = few ? image->hash : hash;
    if (few && !shelflife_arena_copy(j->envelope->strings, image->text, &slot->text))
        return shelflife_arena_fail(j->envelope->strings, err);
    j->few_count += few;
    return true;
}

/* Finds out what is known about the image, and judges it if nothing is; then sets *verdict, too. */
static bool look_at(struct admission_judge *j, const struct shelflife_image *image,
                    struct admission_known *known, struct shelflife_verdict **verdict, error *err)
{
    uint64_t hash = 0;
    const struct admission_known *before = recall(j, image, &hash);
    if (before) {
        *known = *before;
        return true;
    }
    *verdict = judge_text(j, image->text, err);
    if (!*verdict)
        return false;
    *known = know(j, image, *verdict);
    return remember(j, image, hash, known, err);
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

static bool move_findings(const struct admission_worst *w, arena *a, error *err)
{
    for (size_t i = 0; i < w->count; i++) {
        w->at[i].verdict = NULL;
        if (!copy_strings(a, &w->at[i].image, err))
            return false;
    }
    return true;
}

/* The memory of findings that others have replaced is still in the arena: moves the rest into a new one. */
static bool compact(struct admission_judge *j, error *err)
{
    size_t limit = 2 * j->compacted > COMPACT_FROM ? 2 * j->compacted : COMPACT_FROM;
    if (j->verdicts.used <= limit)
        return true;
    arena old = j->verdicts;
    j->noted_count = 0;
    shelflife_arena_init(&j->verdicts, VERDICTS_MAX);
    bool ok =
        move_findings(&j->out.deny, &j->verdicts, err) && move_findings(&j->out.warn, &j->verdicts, err);
    j->compacted = j->verdicts.used;
    shelflife_arena_free(&old);
    return ok;
}

static bool write_path(struct admission_judge *j, struct shelflife_image *image, error *err)
{
    return image->container.len || image->path.len ||
           shelflife_extractor_path(j->envelope->extractor, &j->verdicts, &image->path, err);
}

/* Adds a finding if it is one of the worst. Nothing that is in the arena since `mark` is needed otherwise. */
static bool keep(struct admission_judge *j, struct admission_worst *w, struct admission_finding *finding,
                 struct shelflife_arena_mark mark, error *err)
{
    struct admission_finding *kept = NULL;
    if (!shelflife_admission_worst_wants(w, finding->phase, finding->date))
        w->total += finding->repeats;
    else if (!write_path(j, &finding->image, err) || !shelflife_admission_worst_add(w, finding, &kept, err))
        return false;
    if (!kept) {
        shelflife_arena_rewind(&j->verdicts, mark);
        return true;
    }
    struct shelflife_verdict *verdict = kept->verdict;
    if (!copy_strings(&j->verdicts, &kept->image, err))
        return false;
    if (verdict)
        verdict->image = kept->image.text;
    return compact(j, err);
}

/* Whether it is introduced is known when the old object has been read. */
static bool note(struct admission_judge *j, struct admission_finding *finding, uint64_t name,
                 struct shelflife_arena_mark mark, error *err)
{
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
    struct shelflife_verdict *verdict = finding->verdict;
    if (!ok || !verdict || j->noted_count == ADMISSION_KNOWN_FEW) {
        shelflife_arena_rewind(&j->verdicts, mark);
        return ok;
    }
    j->noted[j->noted_count++] = verdict;
    return shelflife_arena_copy(&j->verdicts, verdict->image, &verdict->image) ||
           shelflife_arena_fail(&j->verdicts, err);
}

static bool judge_new(struct admission_judge *j, const struct shelflife_image *image, error *err)
{
    struct shelflife_arena_mark mark = shelflife_arena_mark(&j->verdicts);
    struct shelflife_verdict *verdict = NULL;
    struct admission_known known;
    j->as_written = image->as_written;
    j->out.count++;
    if (!look_at(j, image, &known, &verdict, err))
        return false;
    count(&j->out, &known);
    if (known.action == SHELFLIFE_ALLOW) {
        shelflife_arena_rewind(&j->verdicts, mark);
        return true;
    }
    struct admission_finding finding = {.image = *image,
                                        .phase = (enum shelflife_phase)known.phase,
                                        .date = known.date,
                                        .repeats = 1,
                                        .verdict = verdict};
    if (known.action == SHELFLIFE_WARN)
        return keep(j, &j->out.warn, &finding, mark, err);
    return is_update(j) ? note(j, &finding, known.name, mark, err)
                        : keep(j, &j->out.deny, &finding, mark, err);
}

/* ---- The old object ---- */

/* The hash by which images are compared: of the normalized reference, or of the text if it is none. */
static bool hash_name(struct admission_judge *j, const struct shelflife_image *image, uint64_t *name,
                      error *err)
{
    struct shelflife_arena_mark mark = shelflife_arena_mark(&j->verdicts);
    struct shelflife_reference reference;
    error why;
    bool parsed = shelflife_reference_parse(image->text, &j->verdicts, &reference, &why);
    if (!parsed && why.kind != SHELFLIFE_ERROR_INPUT)
        return shelflife_arena_fail(&j->verdicts, err);
    *name = parsed ? shelflife_siphash_of(reference.normalized, j->key) : hash_of(j, image);
    shelflife_arena_rewind(&j->verdicts, mark);
    return true;
}

static bool judge_old(struct admission_judge *j, const struct shelflife_image *image, error *err)
{
    bool object_is_read = j->envelope->object != NULL;
    uint64_t name;
    if (!is_update(j) || (object_is_read && j->table.count == 0))
        return true;
    uint64_t hash;
    const struct admission_known *known = recall(j, image, &hash);
    if (known && known->action != SHELFLIFE_DENY)
        return true;
    if (known)
        name = known->name;
    else if (!hash_name(j, image, &name, err))
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
    struct shelflife_arena_mark mark = shelflife_arena_mark(&j->verdicts);
    struct admission_held *held = shelflife_arena_alloc(&j->waiting, sizeof(*held));
    if (!held)
        return shelflife_arena_fail(&j->waiting, err);
    *held = (struct admission_held){.image = *image, .is_old = is_old};
    if (!is_old && !write_path(j, &held->image, err))
        return false;
    if (!copy_strings(&j->waiting, &held->image, err))
        return false;
    shelflife_arena_rewind(&j->verdicts, mark); /* the path was written there */
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

static struct admission_finding finding_of(const struct admission_record *record)
{
    str where = {record->bytes + record->text_len, record->where_len};
    return (struct admission_finding){.image = {.text = {record->bytes, record->text_len},
                                                .size = record->text_len,
                                                .container = record->is_container ? where : (str){0},
                                                .path = record->is_container ? (str){0} : where,
                                                .index = record->index},
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
            struct admission_finding finding = finding_of(record);
            if (!keep(j, w, &finding, shelflife_arena_mark(&j->verdicts), err))
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

static struct shelflife_verdict *verdict_of(struct admission_judge *j, str text, error *err)
{
    for (size_t i = 0; i < j->noted_count; i++)
        if (shelflife_str_equal(j->noted[i]->image, text))
            return j->noted[i];
    return judge_text(j, text, err);
}

/* Judges the findings again of which the verdict was not kept. */
static bool complete(struct admission_judge *j, const struct admission_worst *w, error *err)
{
    for (size_t i = 0; i < w->count; i++)
        if (!w->at[i].verdict && !(w->at[i].verdict = verdict_of(j, w->at[i].image.text, err)))
            return false;
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
