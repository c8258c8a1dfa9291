#include "policy/internal.h"

/* ---- Mirrors ---- */

const struct shelflife_mirror *shelflife_policy_mirrors(const struct shelflife_policy *policy, size_t *count)
{
    *count = policy->mirror_count;
    return policy->mirrors;
}

bool shelflife_policy_map(const struct shelflife_policy *policy, str name, arena *a, str *out, error *err)
{
    const struct shelflife_mirror *best = NULL;
    for (size_t i = 0; i < policy->mirror_count; i++) {
        const struct shelflife_mirror *m = &policy->mirrors[i];
        if (shelflife_str_starts(name, m->from) && (!best || m->from.len > best->from.len))
            best = m;
    }
    *out = name;
    if (!best)
        return true;
    str rest = shelflife_str_after(name, best->from.len);
    /* The official images of Docker Hub are in "library/", which is usually left out. */
    bool official =
        shelflife_str_equal(best->to, STR("docker.io/")) && shelflife_str_find(rest, '/') == SIZE_MAX;
    return shelflife_arena_format(a, out, "%.*s%s%.*s", STR_PRINT(best->to), official ? "library/" : "",
                                  STR_PRINT(rest)) ||
           shelflife_arena_fail(a, err);
}

/* ---- Overrides ---- */

/* What the settings are determined for. */
struct subject {
    /* The lists of patterns that match the image as it is written, one of its other names, the namespace. */
    uint64_t *written, *renamed, *namespaces;
    const struct shelflife_catalog *catalog;
    const struct shelflife_product *product;
};

static bool names_product(const struct policy_override *o, const struct subject *s)
{
    for (size_t i = 0; i < o->product_count; i++) {
        const struct policy_product_name *name = &o->products[i];
        bool catalog =
            !name->catalog.len || (s->catalog && shelflife_str_equal(name->catalog, s->catalog->name));
        bool product =
            !name->product.len || (s->product && shelflife_str_equal(name->product, s->product->name));
        if (catalog && product)
            return true;
    }
    return o->product_count == 0;
}

/* Whether a value of a setting is stricter than another one. */
static bool hardens(size_t setting, int32_t value, int32_t than)
{
    switch (setting) {
    case POLICY_SETTING_DENY_AFTER:
    case POLICY_SETTING_MAX_BUILD_AGE:
        return value != POLICY_NEVER && (than == POLICY_NEVER || value < than);
    case POLICY_SETTING_ENFORCE_FROM: /* SHELFLIFE_DAY_NONE, always, is before all days */
    case POLICY_SETTING_SUPPORT:
        return value < than;
    case POLICY_SETTING_INSPECTION: /* either can be the stricter one */
        return false;
    default: /* actions, notice, bases */
        return value > than;
    }
}

/* Under a name that is not the written one, an override can only make settings stricter. Otherwise one for
 * docker.io would also allow what a catalog, which may come from elsewhere, calls a mirror of it. */
static void override_settings(const struct policy_override *o, const struct subject *s,
                              struct policy_settings *settings)
{
    bool written = shelflife_policy_globs_has(s->written, o->images);
    if (!written && !shelflife_policy_globs_has(s->renamed, o->images))
        return;
    for (size_t k = 0; k < POLICY_SETTINGS; k++)
        if ((o->given >> k & 1) && (written || hardens(k, o->settings.value[k], settings->value[k])))
            settings->value[k] = o->settings.value[k];
}

static struct policy_settings settings_for(const struct shelflife_policy *policy, const struct subject *s)
{
    struct policy_settings settings = policy->settings;
    for (size_t i = 0; i < policy->override_count; i++) {
        const struct policy_override *o = &policy->overrides[i];
        if (shelflife_policy_globs_has(s->namespaces, o->namespaces) && names_product(o, s))
            override_settings(o, s, &settings);
    }
    return settings;
}

/* ---- Actions ---- */

static enum shelflife_action stricter(enum shelflife_action a, enum shelflife_action b)
{
    return a > b ? a : b;
}

static enum shelflife_action action_of(const struct policy_settings *settings, size_t condition)
{
    return (enum shelflife_action)settings->value[condition];
}

/* 64 bits, so that the subtraction cannot overflow. */
static bool longer_ago(shelflife_day day, shelflife_day at, int32_t days)
{
    return day != SHELFLIFE_DAY_NONE && (int64_t)at - day > days;
}

/* Makes an action as strict as the policy's action for a further condition. */
static enum shelflife_action add_condition(struct shelflife_verdict *out,
                                           const struct policy_settings *settings, size_t condition,
                                           unsigned because, enum shelflife_action action)
{
    if (action_of(settings, condition) == SHELFLIFE_ALLOW)
        return action;
    out->because |= because;
    return stricter(action, action_of(settings, condition));
}

/* An action, and what it becomes on the day judged for. */
struct weighed {
    struct shelflife_judged_match judged;
    enum shelflife_action now;
    shelflife_day announced; /* `now` would be deny from then on */
    shelflife_day date;      /* the date that the phase follows from */
    bool old_build;          /* the base system's packages are older than maxBuildAge */
};

struct judge {
    const struct shelflife_policy *policy;
    const struct shelflife_catalogs *catalogs;
    const struct shelflife_inventory *inventory; /* or NULL */
    struct shelflife_verdict *out;
    str running; /* the digest that runs, or absent */
    bool as_written;
    bool old_build;         /* of one of the matches */
    struct subject subject; /* the part that is the same for all matches */
    arena *arena;
    error *err;
};

static bool is_stale(const struct judge *j, const struct shelflife_catalog *catalog)
{
    return catalog && longer_ago(catalog->as_of, j->out->at, j->policy->max_age);
}

static bool is_old_build(const struct judge *j, const struct policy_settings *settings)
{
    int32_t days = settings->value[POLICY_SETTING_MAX_BUILD_AGE];
    return days != POLICY_NEVER && j->out->inspected &&
           longer_ago(j->out->inspected->snapshot, j->out->at, days);
}

/* Turns a deny into a warning if the catalog is stale (onStale) or enforcement starts later (enforceFrom). */
static void soften(const struct judge *j, const struct policy_settings *settings,
                   const struct shelflife_catalog *catalog, struct weighed *w)
{
    shelflife_day from = settings->value[POLICY_SETTING_ENFORCE_FROM];
    w->now = w->judged.action;
    w->announced = SHELFLIFE_DAY_NONE;
    if (w->now != SHELFLIFE_DENY)
        return;
    if (j->policy->stale_warns && is_stale(j, catalog)) {
        w->now = SHELFLIFE_WARN;
    } else if (from != SHELFLIFE_DAY_NONE && j->out->at < from) {
        w->now = SHELFLIFE_WARN;
        w->announced = from;
    }
}

static void weigh_match(const struct judge *j, const struct shelflife_match *match, struct weighed *w)
{
    struct subject subject = j->subject;
    subject.product = match->row->product;
    subject.catalog = subject.product->catalog;
    struct policy_settings settings = settings_for(j->policy, &subject);
    bool extended = settings.value[POLICY_SETTING_SUPPORT], base = match->base;
    int32_t deny_after = settings.value[POLICY_SETTING_DENY_AFTER];
    w->judged = (struct shelflife_judged_match){
        .match = match,
        .notice = settings.value[POLICY_SETTING_NOTICE],
        .extended = extended,
        .phase = shelflife_match_phase(match, j->out->at, settings.value[POLICY_SETTING_NOTICE], extended),
    };
    shelflife_day end = shelflife_match_end_of_patch(match, extended);
    w->date = w->judged.phase == SHELFLIFE_PHASE_UNAVAILABLE ? match->end_of_availability : end;

    enum shelflife_action action = action_of(&settings, w->judged.phase);
    if (w->judged.phase == SHELFLIFE_PHASE_UNPATCHED && deny_after != POLICY_NEVER &&
        longer_ago(end, j->out->at, deny_after))
        action = SHELFLIFE_DENY;
    if (match->contradicts)
        action = add_condition(j->out, &settings, POLICY_ACTION_CONTRADICTED, SHELFLIFE_BECAUSE_CONTRADICTED,
                               action);
    if (match->outdated)
        action = add_condition(j->out, &settings, POLICY_ACTION_OUTDATED, SHELFLIFE_BECAUSE_OUTDATED, action);
    if (j->out->unverified)
        action =
            add_condition(j->out, &settings, POLICY_ACTION_UNVERIFIED, SHELFLIFE_BECAUSE_UNVERIFIED, action);
    if (base && action > action_of(&settings, POLICY_SETTING_BASES))
        action = action_of(&settings, POLICY_SETTING_BASES);
    w->judged.action = action;
    w->old_build = is_old_build(j, &settings);
    soften(j, &settings, subject.catalog, w);
}

/* For an image without matches, or with matches of base systems only. */
static void weigh_unmatched(const struct judge *j, enum shelflife_phase phase, struct weighed *w)
{
    struct subject subject = j->subject;
    subject.catalog = j->out->resolution.covered_by;
    subject.product = j->out->resolution.product;
    struct policy_settings settings = settings_for(j->policy, &subject);
    enum shelflife_action action = action_of(&settings, phase);
    if (j->out->unverified)
        action =
            add_condition(j->out, &settings, POLICY_ACTION_UNVERIFIED, SHELFLIFE_BECAUSE_UNVERIFIED, action);
    *w = (struct weighed){.judged = {.phase = phase, .action = action},
                          .old_build = is_old_build(j, &settings)};
    soften(j, &settings, subject.catalog, w);
}

static void count_in(struct judge *j, const struct weighed *w)
{
    struct shelflife_verdict *out = j->out;
    j->old_build |= w->old_build;
    out->action = stricter(out->action, w->now);
    if (w->announced != SHELFLIFE_DAY_NONE &&
        (out->announced == SHELFLIFE_DAY_NONE || w->announced < out->announced))
        out->announced = w->announced;
}

/* ---- Matches ---- */

static bool is_base(const struct weighed *w)
{
    return w->judged.match->base;
}

static int compare_weighed(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    if (x->now != y->now)
        return x->now > y->now ? -1 : 1;
    if (x->judged.phase != y->judged.phase)
        return x->judged.phase > y->judged.phase ? -1 : 1;
    if (x->judged.phase == SHELFLIFE_PHASE_SUPPORTED && is_base(x) != is_base(y))
        return is_base(x) ? 1 : -1; /* the image's own release first, as there is nothing to warn about */
    if (x->date != y->date) {
        /* Known dates first. */
        if (x->date == SHELFLIFE_DAY_NONE || y->date == SHELFLIFE_DAY_NONE)
            return x->date == SHELFLIFE_DAY_NONE ? 1 : -1;
        return x->date < y->date ? -1 : 1;
    }
    return (x->judged.match > y->judged.match) - (x->judged.match < y->judged.match);
}

/* If only the base system is known, the image itself is still unresolved. */
static void judge_unresolved(struct judge *j)
{
    struct shelflife_verdict *out = j->out;
    struct weighed unresolved;
    weigh_unmatched(j, SHELFLIFE_PHASE_UNRESOLVED, &unresolved);
    count_in(j, &unresolved);
    if (out->phase < SHELFLIFE_PHASE_UNRESOLVED)
        out->phase = SHELFLIFE_PHASE_UNRESOLVED;
    if (unresolved.judged.action != SHELFLIFE_ALLOW)
        out->because |= SHELFLIFE_BECAUSE_UNRESOLVED;
}

/* A match that does not name its release counts only if all of them count. */
static bool is_doubtful(const struct weighed *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (all[i].judged.phase == SHELFLIFE_PHASE_UNRESOLVED)
            return true;
    return false;
}

static bool counts(const struct shelflife_match *match, bool doubtful)
{
    return !doubtful || match->kind == SHELFLIFE_MATCH_RELEASE;
}

static bool judge_matches(struct judge *j)
{
    struct shelflife_verdict *out = j->out;
    enum { FEW = 4 }; /* most images need no memory for them */
    size_t count = out->resolution.match_count;
    struct weighed few[FEW] UNINITIALIZED;
    struct weighed *weighed = count <= FEW ? few : shelflife_arena_array(j->arena, count, sizeof(*weighed));
    struct shelflife_judged_match *matches =
        weighed ? shelflife_arena_array(j->arena, count, sizeof(*matches)) : NULL;
    if (!matches)
        return shelflife_arena_fail(j->arena, j->err);
    bool bases_only = true;
    size_t kept = 0;
    out->phase = SHELFLIFE_PHASE_SUPPORTED;
    for (size_t i = 0; i < count; i++)
        weigh_match(j, &out->resolution.matches[i], &weighed[i]);
    const bool doubtful = is_doubtful(weighed, count);
    for (size_t i = 0; i < count; i++) {
        const struct shelflife_match *match = weighed[i].judged.match;
        struct weighed *w = &weighed[kept];
        if (!counts(match, doubtful))
            continue;
        *w = weighed[i];
        count_in(j, w);
        out->outdated |= match->outdated;
        out->contradicted |= match->contradicts != NULL;
        bases_only &= match->base;
        if (w->judged.phase > out->phase)
            out->phase = w->judged.phase;
        kept++;
    }
    out->unverified = out->unverified && kept > 0;
    if (bases_only && (kept == 0 || out->resolution.product || out->resolution.only_covered))
        judge_unresolved(j);
    shelflife_sort(weighed, kept, sizeof(*weighed), compare_weighed);
    for (size_t i = 0; i < kept; i++)
        matches[i] = weighed[i].judged;
    out->matches = matches;
    out->match_count = kept;
    return true;
}

/* Whether the repository has ended, whatever the release of its images. */
static bool is_over(const struct shelflife_judged_match *judged)
{
    const struct shelflife_match *match = judged->match;
    return match->by == SHELFLIFE_MATCH_BY_REPOSITORY && match->row->release.len == 0 &&
           judged->phase >= SHELFLIFE_PHASE_UNPATCHED;
}

static void find_replacement(struct judge *j)
{
    const struct shelflife_judged_match *worst = j->out->matches;
    if (j->out->match_count == 0 || worst->phase < SHELFLIFE_PHASE_ENDING)
        return;
    bool over = false;
    for (size_t i = 0; i < j->out->match_count; i++) {
        const struct shelflife_judged_match *judged = &j->out->matches[i];
        if (judged->phase < SHELFLIFE_PHASE_ENDING)
            continue;
        if (!j->out->moved_to.len)
            j->out->moved_to = judged->match->moved_to;
        over = over || is_over(judged);
    }
    /* No release of a repository that is not updated any more is worth moving to. */
    if (!over || j->out->moved_to.len)
        j->out->replacement = shelflife_match_replacement(j->catalogs, worst->match, j->out->at,
                                                          worst->notice, worst->extended, &j->out->or_later);
}

/* ---- What was found by an inspection ---- */

/* Whether only the tag says which release this is. */
static bool is_unverified(const struct judge *j)
{
    const struct shelflife_resolution *r = &j->out->resolution;
    bool by_reference = false;
    if (!r->unverified)
        return false;
    for (size_t i = 0; i < r->match_count; i++) {
        if (r->matches[i].evidence && !r->matches[i].base)
            return false;
        by_reference |= !r->matches[i].evidence;
    }
    return by_reference && !(j->out->inspected && shelflife_inventory_saw(j->inventory, &j->out->reference));
}

/* A publisher's note that a newer build replaces this one does not deny it. */
static void judge_build(struct judge *j)
{
    struct shelflife_verdict *out = j->out;
    if (!out->inspected)
        return;
    if (out->inspected->outdated) {
        struct weighed w = {0};
        struct subject subject = j->subject;
        subject.catalog = out->resolution.covered_by;
        subject.product = out->resolution.product;
        struct policy_settings settings = settings_for(j->policy, &subject);
        out->outdated = true;
        w.now = add_condition(out, &settings, POLICY_ACTION_OUTDATED, SHELFLIFE_BECAUSE_OUTDATED,
                              SHELFLIFE_ALLOW);
        if (w.now == SHELFLIFE_DENY)
            w.now = SHELFLIFE_WARN;
        w.announced = SHELFLIFE_DAY_NONE;
        count_in(j, &w);
    }
    if (j->old_build && out->action == SHELFLIFE_ALLOW) {
        out->because |= SHELFLIFE_BECAUSE_BUILD_AGE;
        out->action = SHELFLIFE_WARN;
    }
}

/* A base system alone says nothing about an image whose repository is that of a product. */
static enum shelflife_known known_by(const struct shelflife_verdict *v)
{
    const bool expected = v->resolution.product || v->resolution.only_covered;
    bool own = false, base = false, by_evidence = false;
    for (size_t i = 0; i < v->match_count; i++) {
        const struct shelflife_match *match = v->matches[i].match;
        if (v->matches[i].phase == SHELFLIFE_PHASE_UNRESOLVED)
            continue;
        own |= !match->base;
        base |= match->base;
        by_evidence |= match->evidence != NULL;
    }
    if (!own && (expected || !base))
        return SHELFLIFE_KNOWN_BY_NOTHING;
    return by_evidence ? SHELFLIFE_KNOWN_BY_INSPECTION : SHELFLIFE_KNOWN_BY_NAME;
}

static bool judge_resolved(struct judge *j)
{
    struct shelflife_verdict *out = j->out;
    const struct shelflife_catalog *covering = out->resolution.covered_by;
    out->unverified = is_unverified(j);
    if (out->resolution.match_count) {
        if (!judge_matches(j))
            return false;
        find_replacement(j);
        if (out->match_count)
            covering = out->matches[0].match->row->product->catalog;
    } else {
        struct weighed w;
        out->phase = covering ? SHELFLIFE_PHASE_UNRESOLVED : SHELFLIFE_PHASE_UNLISTED;
        weigh_unmatched(j, out->phase, &w);
        count_in(j, &w);
    }
    judge_build(j);
    out->known = known_by(out);
    out->stale = is_stale(j, covering);
    return true;
}

/* ---- Exceptions ---- */

/* They apply only to the name that is written, so that none allows more names than it has. */
static void apply_exceptions(struct judge *j)
{
    struct shelflife_verdict *out = j->out;
    for (size_t i = 0; i < j->policy->exception_count && out->action != SHELFLIFE_ALLOW; i++) {
        const struct policy_exception *w = &j->policy->exceptions[i];
        if (out->at <= w->exception.until &&
            shelflife_policy_globs_has(j->subject.namespaces, w->namespaces) &&
            shelflife_policy_globs_has(j->subject.written, w->images)) {
            out->action = SHELFLIFE_ALLOW;
            out->exception = &w->exception;
        }
    }
    if (out->action != SHELFLIFE_WARN)
        out->announced = SHELFLIFE_DAY_NONE;
}

/* If something replaces the text, it is unresolved, unless the text is used as it is. */
static bool explain_invalid(struct judge *j, const error *why, str *text)
{
    str what = {0};
    enum shelflife_placeholder kind = SHELFLIFE_PLACEHOLDER_NONE;
    if (!j->as_written)
        kind = shelflife_reference_placeholder(j->out->image, &what);
    j->out->phase = kind == SHELFLIFE_PLACEHOLDER_NONE ? SHELFLIFE_PHASE_INVALID : SHELFLIFE_PHASE_UNRESOLVED;
    switch (kind) {
    case SHELFLIFE_PLACEHOLDER_PARAMETER:
        return shelflife_arena_format(j->arena, text, "contains the parameter %.*s, whose value is not known",
                                      STR_PRINT(what));
    case SHELFLIFE_PLACEHOLDER_KO:
        return shelflife_arena_copy(j->arena, STR("names source code, which ko is yet to build an image of"),
                                    text);
    default:
        return shelflife_arena_copy(j->arena, shelflife_str_of(why->text), text);
    }
}

/* Judges what has no name by its phase alone. `why`: of the arena. */
static void judge_nameless(struct judge *j, const char *why)
{
    struct weighed w;
    shelflife_policy_globs_match(&j->policy->images, (str){0}, j->subject.written);
    j->out->invalid = why;
    weigh_unmatched(j, j->out->phase, &w);
    count_in(j, &w);
    apply_exceptions(j);
}

static bool judge_invalid(struct judge *j, const error *why)
{
    str text;
    if (!explain_invalid(j, why, &text))
        return shelflife_arena_fail(j->arena, j->err);
    judge_nameless(j, text.at);
    return true;
}

/* ---- Names ---- */

static bool begin_subject(struct judge *j, str namespace)
{
    const struct shelflife_policy *policy = j->policy;
    struct subject *s = &j->subject;
    size_t images = policy->images.list_width, namespaces = policy->namespaces.list_width;
    s->written = shelflife_arena_array(j->arena, 2 * images + namespaces, sizeof(*s->written));
    if (!s->written)
        return shelflife_arena_fail(j->arena, j->err);
    s->renamed = s->written + images;
    s->namespaces = s->renamed + images;
    shelflife_policy_globs_match(&policy->namespaces, namespace, s->namespaces);
    return true;
}

/* Matches the name that is written, and those that the mirrors lead to, the policy's (`mapped`) and the
 * catalogs'. */
static bool match_names(struct judge *j, str mapped)
{
    const struct shelflife_policy_globs *images = &j->policy->images;
    const struct shelflife_reference *reference = &j->out->reference;
    const str names[] = {reference->name, mapped, j->out->resolution.canonical};
    shelflife_policy_globs_match(images, reference->normalized, j->subject.written);
    for (size_t i = 1; i < COUNT(names); i++) {
        str image;
        if (shelflife_str_equal(names[i], names[i - 1]))
            continue;
        if (!shelflife_arena_join(j->arena, names[i],
                                  shelflife_str_after(reference->normalized, reference->name.len), &image))
            return shelflife_arena_fail(j->arena, j->err);
        shelflife_policy_globs_match(images, image, j->subject.renamed);
    }
    return true;
}

/* The name in a text whose first placeholder is in the tag or the digest; otherwise it is absent. */
static str name_before_placeholder(str text)
{
    str what;
    if (shelflife_reference_placeholder(text, &what) != SHELFLIFE_PLACEHOLDER_PARAMETER)
        return (str){0};
    size_t end = text.len;
    while (end > 0 && text.at[end - 1] != '/')
        end--;
    while (end < text.len && text.at[end] != ':' && text.at[end] != '@')
        end++;
    return shelflife_str_first(text, text.at + end < what.at ? end : 0);
}

/* The matches that hold for every tag: those by a version in the repository's name, and of products that have
 * no versions. */
static bool keep_matches_by_repository(struct judge *j, struct shelflife_resolution *r)
{
    size_t kept = 0;
    struct shelflife_match *matches = shelflife_arena_array(j->arena, r->match_count, sizeof(*matches));
    if (!matches)
        return shelflife_arena_fail(j->arena, j->err);
    for (size_t i = 0; i < r->match_count; i++)
        if (r->matches[i].by == SHELFLIFE_MATCH_BY_REPOSITORY)
            matches[kept++] = r->matches[i];
    r->matches = matches;
    r->match_count = kept;
    return true;
}

/* Judges an image whose tag is not known. `*ended`: whatever the tag is, its release ends or has
 * ended. Otherwise the tag could make it worse, so that the verdict does not count. */
static bool judge_name(struct judge *j, str text, bool *ended)
{
    struct shelflife_verdict *out = j->out;
    error why = {0};
    str name;
    *ended = false;
    if (!text.len)
        return true;
    if (!shelflife_reference_parse(text, j->arena, &out->reference, &why))
        return why.kind == SHELFLIFE_ERROR_INPUT || shelflife_fail(j->err, why.kind, "%s", why.text);
    out->reference.digest = STR("unknown"); /* so that it does not mean the tag "latest" */
    if (!shelflife_policy_map(j->policy, out->reference.name, j->arena, &name, j->err) ||
        !shelflife_catalogs_resolve(j->catalogs, name, &out->reference, NULL, j->arena, &out->resolution,
                                    j->err) ||
        !keep_matches_by_repository(j, &out->resolution))
        return false;
    if (!out->resolution.match_count)
        return true;
    if (!shelflife_arena_join(j->arena, out->reference.name, shelflife_str_after(out->image, text.len),
                              &out->reference.normalized))
        return shelflife_arena_fail(j->arena, j->err);
    if (!match_names(j, name) || !judge_resolved(j))
        return false;
    *ended = out->phase >= SHELFLIFE_PHASE_ENDING;
    return true;
}

/* It has no reference, with which others could compare it. */
static bool judge_placeholder(struct judge *j, const error *why)
{
    struct shelflife_verdict *out = j->out;
    const struct shelflife_verdict before = *out;
    str text;
    bool ended;
    if (!judge_name(j, j->as_written ? (str){0} : name_before_placeholder(out->image), &ended))
        return false;
    if (!ended) {
        const struct shelflife_resolution found = out->resolution;
        *out = before;
        out->resolution.matches = found.matches; /* they may count on a later day */
        out->resolution.match_count = found.match_count;
        return judge_invalid(j, why);
    }
    enum shelflife_phase phase = out->phase;
    out->reference = (struct shelflife_reference){0};
    out->resolution.canonical = (str){0};
    apply_exceptions(j);
    if (!explain_invalid(j, why, &text))
        return shelflife_arena_fail(j->arena, j->err);
    out->phase = phase;
    out->invalid = text.at;
    return true;
}

/* ---- Inventory ---- */

/* Finds the image that runs, if that is known, or else the one that the reference names. */
static bool find_entry(const struct judge *j, struct shelflife_inventory_entry *out)
{
    return j->inventory &&
           ((j->running.len && shelflife_inventory_find_digest(j->inventory, j->running, out)) ||
            shelflife_inventory_find(j->inventory, &j->out->reference, out));
}

/* The digest that an entry was found by. */
static str digest_of(const struct judge *j, const struct shelflife_inventory_entry *entry)
{
    const str wanted[] = {j->running, j->out->reference.digest};
    for (size_t i = 0; i < COUNT(wanted); i++)
        if (wanted[i].len && (shelflife_str_equal(wanted[i], shelflife_str_of(entry->digest)) ||
                              shelflife_str_equal(wanted[i], shelflife_str_of(entry->manifest))))
            return wanted[i];
    return shelflife_str_of(entry->digest);
}

/* The day of the packages: as the configuration says, or else as that of its base image does. */
static shelflife_day snapshot_of(const struct judge *j, const struct shelflife_inventory_entry *entry)
{
    struct shelflife_inventory_entry base;
    if (j->out->resolution.snapshot != SHELFLIFE_DAY_NONE)
        return j->out->resolution.snapshot;
    if (entry->snapshot != SHELFLIFE_DAY_NONE || !entry->base_digest.len ||
        !shelflife_inventory_find_digest(j->inventory, entry->base_digest, &base))
        return entry->snapshot;
    return base.snapshot;
}

static bool keep_inspected(struct judge *j, const struct shelflife_inventory_entry *entry)
{
    struct shelflife_inspected *kept = shelflife_arena_alloc(j->arena, sizeof(*kept));
    str digest = digest_of(j, entry);
    if (!kept || !shelflife_arena_copy(j->arena, digest, &kept->digest))
        return shelflife_arena_fail(j->arena, j->err);
    kept->platform = entry->platform;
    kept->base_name = entry->base_name;
    kept->base_digest = entry->base_digest;
    kept->on = entry->inspected;
    kept->snapshot = snapshot_of(j, entry);
    kept->by_tag = !j->out->reference.digest.len && !shelflife_str_equal(digest, j->running);
    kept->outdated = entry->outdated;
    j->out->inspected = kept;
    return true;
}

/* Whether the policy uses inspections of the image. Its product and catalog are those of its name. */
static bool uses_inspection(const struct judge *j)
{
    struct subject subject = j->subject;
    subject.catalog = j->out->resolution.covered_by;
    subject.product = j->out->resolution.product;
    struct policy_settings settings = settings_for(j->policy, &subject);
    return settings.value[POLICY_SETTING_INSPECTION] == POLICY_INSPECTION_USE;
}

static bool resolve_with(struct judge *j, str name, const struct shelflife_evidence_list *evidence)
{
    return shelflife_catalogs_resolve(j->catalogs, name, &j->out->reference, evidence, j->arena,
                                      &j->out->resolution, j->err);
}

/* Resolves the reference, with what its configuration says if that is known and used. */
static bool resolve(struct judge *j, str name)
{
    struct shelflife_inventory_entry entry UNINITIALIZED;
    const bool chooses = j->policy->chooses_inspection;
    bool use = find_entry(j, &entry);
    if (use && !chooses)
        use = j->policy->settings.value[POLICY_SETTING_INSPECTION] == POLICY_INSPECTION_USE;
    if (!resolve_with(j, name, use && !chooses ? &entry.evidence : NULL) || !match_names(j, name))
        return false;
    if (use && chooses) {
        use = uses_inspection(j);
        if (use && !resolve_with(j, name, &entry.evidence))
            return false;
    }
    return !use || keep_inspected(j, &entry);
}

static struct shelflife_verdict empty_verdict(str image, shelflife_day at)
{
    return (struct shelflife_verdict){
        .image = image, .at = at, .announced = SHELFLIFE_DAY_NONE, .known = SHELFLIFE_KNOWN_BY_NOTHING};
}

static bool judge(struct judge *j, str image, str namespace, shelflife_day at)
{
    struct shelflife_verdict *out = j->out;
    error why = {0};
    str name;
    *out = empty_verdict(image, at);
    if (!begin_subject(j, namespace))
        return false;
    if (!shelflife_reference_parse(image, j->arena, &out->reference, &why)) {
        out->reference = (struct shelflife_reference){0};
        if (why.kind == SHELFLIFE_ERROR_INPUT)
            return judge_placeholder(j, &why);
        return shelflife_fail(j->err, why.kind, "%s", why.text);
    }
    if (!shelflife_policy_map(j->policy, out->reference.name, j->arena, &name, j->err) || !resolve(j, name) ||
        !judge_resolved(j))
        return false;
    apply_exceptions(j);
    return true;
}

bool shelflife_policy_judge(const struct shelflife_policy *policy, const struct shelflife_catalogs *catalogs,
                            const struct shelflife_inventory *inventory, str image, str namespace,
                            shelflife_day at, arena *a, struct shelflife_verdict *out, error *err)
{
    struct judge j = {
        .policy = policy, .catalogs = catalogs, .inventory = inventory, .out = out, .arena = a, .err = err};
    return judge(&j, image, namespace, at);
}

bool shelflife_policy_judge_as_written(const struct shelflife_policy *policy,
                                       const struct shelflife_catalogs *catalogs,
                                       const struct shelflife_inventory *inventory, str image, str namespace,
                                       shelflife_day at, arena *a, struct shelflife_verdict *out, error *err)
{
    struct judge j = {.policy = policy,
                      .catalogs = catalogs,
                      .inventory = inventory,
                      .out = out,
                      .as_written = true,
                      .arena = a,
                      .err = err};
    return judge(&j, image, namespace, at);
}

bool shelflife_policy_judge_running(const struct shelflife_policy *policy,
                                    const struct shelflife_catalogs *catalogs,
                                    const struct shelflife_inventory *inventory, str image, str digest,
                                    str namespace, shelflife_day at, arena *a, struct shelflife_verdict *out,
                                    error *err)
{
    struct judge j = {.policy = policy,
                      .catalogs = catalogs,
                      .inventory = inventory,
                      .out = out,
                      .running = digest,
                      .as_written = true,
                      .arena = a,
                      .err = err};
    return judge(&j, image, namespace, at);
}

bool shelflife_policy_judge_unresolved(const struct shelflife_policy *policy, str image, str why,
                                       str namespace, shelflife_day at, arena *a,
                                       struct shelflife_verdict *out, error *err)
{
    struct judge j = {.policy = policy, .out = out, .arena = a, .err = err};
    str text;
    *out = empty_verdict(image, at);
    out->phase = SHELFLIFE_PHASE_UNRESOLVED;
    if (!begin_subject(&j, namespace))
        return false;
    if (!shelflife_arena_join(a, STR("not resolved: "), why, &text))
        return shelflife_arena_fail(a, err);
    judge_nameless(&j, text.at);
    return true;
}

bool shelflife_policy_inspects(const struct shelflife_policy *policy,
                               const struct shelflife_catalogs *catalogs, str image, str namespace, arena *a,
                               bool *inspects, error *err)
{
    struct shelflife_verdict found = {.image = image};
    struct judge j = {.policy = policy, .catalogs = catalogs, .out = &found, .arena = a, .err = err};
    error why = {0};
    str name;
    *inspects = false;
    if (!begin_subject(&j, namespace))
        return false;
    if (!shelflife_reference_parse(image, a, &found.reference, &why))
        return why.kind == SHELFLIFE_ERROR_INPUT || shelflife_fail(err, why.kind, "%s", why.text);
    if (!shelflife_policy_map(policy, found.reference.name, a, &name, err) || !resolve(&j, name))
        return false;
    *inspects = uses_inspection(&j);
    return true;
}
