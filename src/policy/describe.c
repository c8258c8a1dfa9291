#include "base/printable.h"
#include "policy/internal.h"
#include "policy/phrase.h"

/*
 * A line is "<image>: <subject> <about><parts><more>". If it is too long, first the image is shortened to
 * IMAGE_LEAST bytes, then parts are left out, then the subject is shortened. `about`, which has the date, is
 * never shortened.
 */
enum {
    IMAGE_LEAST = 40,
    TITLE_MAX = 60, /* bytes of a name from a catalog or policy */
    RELEASE_MAX = 40,
    MOVED_TO_MAX = 100,
    REASON_MAX = 160,
    EVIDENCE_MAX = 48, /* bytes of the name of a variable, label or annotation */
};

/* A phrase that is being written. */
struct line {
    buffer text;
    struct shelflife_policy_phrase phrase;
};

static void end_part(struct line *line)
{
    line->phrase.part_ends[line->phrase.part_count++] = (uint16_t)line->text.len;
}

static str title_of(const struct shelflife_product *product)
{
    return product->title.len ? product->title : product->name;
}

/* What in the configuration says so, and when that was read: "PYTHON_VERSION, inspected 2026-11-20". */
static void describe_evidence(const struct shelflife_verdict *v, const struct shelflife_evidence *evidence,
                              buffer *out)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    if (evidence->kind != SHELFLIFE_EVIDENCE_ENV)
        shelflife_buffer_append(out, shelflife_str_of(shelflife_evidence_kind_names[evidence->kind]));
    if (evidence->kind == SHELFLIFE_EVIDENCE_LABEL || evidence->kind == SHELFLIFE_EVIDENCE_ANNOTATION)
        shelflife_buffer_byte(out, ' ');
    shelflife_printable_append(evidence->name, EVIDENCE_MAX, out);
    if (!v->inspected || !*shelflife_day_format(v->inspected->on, day))
        return;
    shelflife_buffer_append(out, STR(", inspected "));
    shelflife_buffer_append(out, shelflife_str_of(day));
}

static void describe_subject(const struct shelflife_verdict *v, const struct shelflife_match *match,
                             buffer *out)
{
    const struct shelflife_product *product = match->row->product;
    str publisher = product->catalog->publisher;
    shelflife_printable_append(title_of(product), TITLE_MAX, out);
    if (match->release.len) {
        shelflife_buffer_byte(out, ' ');
        shelflife_printable_append(match->release, RELEASE_MAX, out);
    }
    if (publisher.len || match->evidence) {
        shelflife_buffer_append(out, STR(" ("));
        shelflife_printable_append(publisher, TITLE_MAX, out);
        shelflife_buffer_append(out, publisher.len && match->evidence ? STR("; ") : STR(""));
        if (match->evidence)
            describe_evidence(v, match->evidence, out);
        shelflife_buffer_byte(out, ')');
    }
    shelflife_buffer_byte(out, ' ');
}

static void describe_dated(buffer *out, const char *what, const char *before_date, shelflife_day day)
{
    char text[SHELFLIFE_DAY_TEXT_MAX];
    shelflife_buffer_append(out, shelflife_str_of(what));
    if (!*shelflife_day_format(day, text))
        return;
    shelflife_buffer_append(out, shelflife_str_of(before_date));
    shelflife_buffer_append(out, shelflife_str_of(text));
}

/* Without a day, what is known is what the catalog knew on its day. */
static void describe_open(const struct shelflife_match *match, buffer *out)
{
    const struct shelflife_product *product = match->row->product;
    char day[SHELFLIFE_DAY_TEXT_MAX];
    if (product->supported_releases == 1)
        shelflife_buffer_append(out, STR(" while it is the newest release,"));
    else if (product->supported_releases > 1)
        shelflife_buffer_format(out, " while it is one of the %d newest releases,",
                                product->supported_releases);
    shelflife_buffer_format(out, " as of %s", shelflife_day_format(product->catalog->as_of, day));
}

static void describe_match(const struct shelflife_verdict *v, struct line *line)
{
    const struct shelflife_judged_match *judged = &v->matches[0];
    const struct shelflife_match *match = judged->match;
    bool extended = judged->extended && match->end_of_extended_patch != SHELFLIFE_DAY_NONE;
    shelflife_day end = shelflife_match_end_of_patch(match, extended);
    const struct {
        const char *what, *before_date;
        shelflife_day day;
    } texts[] = {
        [SHELFLIFE_PHASE_SUPPORTED] = {"is supported", " until ", end},
        [SHELFLIFE_PHASE_ENDING] = {"reaches end of patch", " on ", end},
        /* A release that has ended, with a date in the future, ended on an unknown day. */
        [SHELFLIFE_PHASE_UNPATCHED] = {"is past end of patch", " since ",
                                       end < v->at ? end : SHELFLIFE_DAY_NONE},
        [SHELFLIFE_PHASE_UNAVAILABLE] = {"is past end of availability", " since ",
                                         match->end_of_availability},
    };
    describe_subject(v, match, &line->text);
    line->phrase.about = (uint16_t)line->text.len;
    describe_dated(&line->text, texts[judged->phase].what, texts[judged->phase].before_date,
                   texts[judged->phase].day);
    if (judged->phase == SHELFLIFE_PHASE_SUPPORTED && end == SHELFLIFE_DAY_NONE)
        describe_open(match, &line->text);
    if (match->kind == SHELFLIFE_MATCH_OLDER)
        shelflife_buffer_append(&line->text, STR(", as it is older than any release listed"));
    if (match->kind == SHELFLIFE_MATCH_BETWEEN)
        shelflife_buffer_append(&line->text, STR(", as it is between two releases that have ended"));
    if (match->kind == SHELFLIFE_MATCH_SEVERAL)
        shelflife_buffer_append(&line->text, STR(" in all its releases"));
}

/* Describes an image without matches. */
static void describe_unmatched(const struct shelflife_verdict *v, struct line *line)
{
    const struct shelflife_resolution *r = &v->resolution;
    str subject;
    switch (v->phase) {
    case SHELFLIFE_PHASE_INVALID:
        shelflife_buffer_append(&line->text, STR("not an image reference: "));
        shelflife_printable_append(shelflife_str_of(v->invalid), REASON_MAX, &line->text);
        break;
    case SHELFLIFE_PHASE_UNRESOLVED:
        if (v->invalid) {
            shelflife_printable_append(shelflife_str_of(v->invalid), REASON_MAX, &line->text);
            break;
        }
        shelflife_buffer_append(&line->text, STR("the release"));
        subject = r->product ? title_of(r->product) : r->covered_by ? r->covered_by->publisher : (str){0};
        if (subject.len) {
            shelflife_buffer_append(&line->text, STR(" of "));
            shelflife_printable_append(subject, TITLE_MAX, &line->text);
        }
        shelflife_buffer_append(&line->text, STR(" cannot be determined"));
        break;
    default:
        shelflife_buffer_append(&line->text, STR("not in any catalog"));
    }
}

/* Whether there is a reason to move, and something to move to. */
static bool has_replacement(const struct shelflife_verdict *v)
{
    return v->match_count && v->matches[0].phase >= SHELFLIFE_PHASE_ENDING &&
           (v->replacement || v->moved_to.len);
}

void shelflife_verdict_describe_replacement(const struct shelflife_verdict *v, buffer *out)
{
    if (!has_replacement(v))
        return;
    if (v->moved_to.len && (!v->replacement || v->matches[0].match->base)) {
        shelflife_printable_append(v->moved_to, MOVED_TO_MAX, out);
        return;
    }
    shelflife_printable_append(title_of(v->replacement->product), TITLE_MAX, out);
    shelflife_buffer_byte(out, ' ');
    shelflife_printable_append(v->replacement->release, RELEASE_MAX, out);
    if (v->or_later)
        shelflife_buffer_append(out, STR(" or later"));
    if (v->moved_to.len) {
        shelflife_buffer_append(out, STR(" in "));
        shelflife_printable_append(v->moved_to, MOVED_TO_MAX, out);
    }
}

static void part_replacement(const struct shelflife_verdict *v, struct line *line)
{
    if (has_replacement(v)) {
        shelflife_buffer_append(&line->text, STR("; move to "));
        shelflife_verdict_describe_replacement(v, &line->text);
        end_part(line);
    } else if (v->match_count && v->matches[0].phase > SHELFLIFE_PHASE_ENDING &&
               !v->matches[0].match->row->product->whole_tag) {
        shelflife_buffer_append(&line->text, STR("; no release to move to"));
        end_part(line);
    }
}

static void part_announced(const struct shelflife_verdict *v, struct line *line)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    if (v->announced == SHELFLIFE_DAY_NONE)
        return;
    shelflife_buffer_format(&line->text, "; denied from %s", shelflife_day_format(v->announced, day));
    end_part(line);
}

static void part_exception(const struct shelflife_verdict *v, struct line *line)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    if (!v->exception)
        return;
    shelflife_buffer_format(&line->text, "; allowed until %s by an exception of ",
                            shelflife_day_format(v->exception->until, day));
    shelflife_printable_append(v->exception->owner, TITLE_MAX, &line->text);
    end_part(line);
}

/* Unless the policy has an action for it, the newest patch is only mentioned while there are patches. */
static bool is_worth_showing(const struct shelflife_verdict *v, const struct shelflife_judged_match *judged)
{
    return judged->match->outdated && judged->match->row->latest.len &&
           (judged->phase < SHELFLIFE_PHASE_UNPATCHED || v->because & SHELFLIFE_BECAUSE_OUTDATED);
}

static void part_outdated(const struct shelflife_verdict *v, struct line *line)
{
    size_t i = 0;
    while (i < v->match_count && !is_worth_showing(v, &v->matches[i]))
        i++;
    if (i == v->match_count)
        return;
    const struct shelflife_row *row = v->matches[i].match->row;
    shelflife_buffer_append(&line->text, STR("; newest patch is "));
    if (i > 0) {
        shelflife_printable_append(title_of(row->product), TITLE_MAX, &line->text);
        shelflife_buffer_byte(&line->text, ' ');
    }
    shelflife_printable_append(row->latest, RELEASE_MAX, &line->text);
    end_part(line);
}

static void part_unresolved(const struct shelflife_verdict *v, struct line *line)
{
    if (!(v->because & SHELFLIFE_BECAUSE_UNRESOLVED) || v->phase == SHELFLIFE_PHASE_UNRESOLVED)
        return;
    shelflife_buffer_append(&line->text, STR("; its own release cannot be determined"));
    end_part(line);
}

static void part_unverified(const struct shelflife_verdict *v, struct line *line)
{
    if (!(v->because & SHELFLIFE_BECAUSE_UNVERIFIED))
        return;
    shelflife_buffer_append(&line->text, STR("; its digest is in no catalog"));
    end_part(line);
}

/* Whether the image can still get better by a newer build of it. */
static bool is_patched(const struct shelflife_verdict *v)
{
    return v->match_count == 0 || v->matches[0].phase < SHELFLIFE_PHASE_UNPATCHED;
}

static void part_replaced(const struct shelflife_verdict *v, struct line *line)
{
    if (!v->inspected || !v->inspected->outdated ||
        (!is_patched(v) && !(v->because & SHELFLIFE_BECAUSE_OUTDATED)))
        return;
    shelflife_buffer_append(&line->text, STR("; its publisher has a newer build"));
    end_part(line);
}

static void part_contradicted(const struct shelflife_verdict *v, struct line *line)
{
    size_t i = 0;
    while (i < v->match_count && !v->matches[i].match->contradicts)
        i++;
    if (i == v->match_count)
        return;
    const struct shelflife_row *row = v->matches[i].match->contradicts;
    shelflife_buffer_append(&line->text, STR("; its name says "));
    if (i > 0) {
        shelflife_printable_append(title_of(row->product), TITLE_MAX, &line->text);
        shelflife_buffer_byte(&line->text, ' ');
    }
    shelflife_printable_append(row->release, RELEASE_MAX, &line->text);
    end_part(line);
}

static void part_build_age(const struct shelflife_verdict *v, struct line *line)
{
    char day[SHELFLIFE_DAY_TEXT_MAX];
    if (!(v->because & SHELFLIFE_BECAUSE_BUILD_AGE))
        return;
    long long days = (long long)v->at - v->inspected->snapshot;
    shelflife_buffer_format(&line->text, "; its base system's packages are of %s, %lld day%s old",
                            shelflife_day_format(v->inspected->snapshot, day), days, days == 1 ? "" : "s");
    end_part(line);
}

static void part_stale(const struct shelflife_verdict *v, struct line *line)
{
    if (!v->stale)
        return;
    const struct shelflife_catalog *catalog =
        v->match_count ? v->matches[0].match->row->product->catalog : v->resolution.covered_by;
    if (!catalog)
        return;
    shelflife_buffer_format(&line->text, "; the catalog is %lld days old",
                            (long long)v->at - (long long)catalog->as_of);
    end_part(line);
}

/* How many bytes of parts fit into `room`, from the first part on. */
static size_t fitting_parts(const struct shelflife_policy_phrase *p, size_t room)
{
    size_t bytes = 0;
    for (size_t i = 0; i < p->part_count && (size_t)p->part_ends[i] - p->parts <= room; i++)
        bytes = (size_t)p->part_ends[i] - p->parts;
    return bytes;
}

static size_t minus(size_t a, size_t b)
{
    return a > b ? a - b : 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static str between(const struct shelflife_policy_phrase *p, size_t from, size_t to)
{
    return (str){p->text.at + from, to - from};
}

void shelflife_policy_phrase_write(const struct shelflife_policy_phrase *p, str image, size_t max,
                                   buffer *out)
{
    str subject = between(p, 0, p->about), about = between(p, p->about, p->parts);
    str parts = between(p, p->parts, p->more), more = between(p, p->more, p->text.len), colon = STR(": ");
    if (image.len && image.len + colon.len + p->text.len <= max) { /* nothing has to be cut, as is usual */
        shelflife_printable_append(image, image.len, out);
        shelflife_buffer_append(out, colon);
        shelflife_buffer_append(out, p->text);
        return;
    }
    if (about.len > max) {
        shelflife_buffer_append(out, shelflife_str_first(about, shelflife_utf8_cut(about, max)));
        return;
    }
    size_t room = max - about.len;
    if (more.len > room)
        more.len = 0;
    room -= more.len;
    size_t image_least = least(image.len, IMAGE_LEAST) + colon.len;
    size_t subject_room = least(subject.len, minus(room, image_least));
    room -= subject_room;
    parts.len = fitting_parts(p, minus(room, image_least));
    room -= parts.len;
    size_t before = out->len;
    if (room > colon.len)
        shelflife_printable_append(image, room - colon.len, out);
    if (out->len > before)
        shelflife_buffer_append(out, colon);
    shelflife_printable_append(subject, subject_room, out);
    shelflife_buffer_append(out, about);
    shelflife_buffer_append(out, parts);
    shelflife_buffer_append(out, more);
}

/* The matches besides the one that the line is about which are not as they should be. */
static size_t count_more(const struct shelflife_verdict *v, bool matched)
{
    size_t n = 0;
    for (size_t i = matched; i < v->match_count; i++)
        n += v->matches[i].phase > SHELFLIFE_PHASE_SUPPORTED || v->matches[i].action > SHELFLIFE_ALLOW;
    return n;
}

struct shelflife_policy_phrase shelflife_policy_phrase_of(const struct shelflife_verdict *v,
                                                          char room[static SHELFLIFE_POLICY_PHRASE_MAX])
{
    static void (*const add_parts[])(const struct shelflife_verdict *, struct line *) = {
        part_contradicted, part_replacement, part_announced, part_exception, part_build_age,
        part_unresolved,   part_unverified,  part_outdated,  part_replaced,  part_stale,
    };
    _Static_assert(COUNT(add_parts) <= SHELFLIFE_POLICY_PHRASE_PARTS, "each is at most one part");
    struct line line = {.text = shelflife_buffer_in(room, SHELFLIFE_POLICY_PHRASE_MAX)};
    /* The release of the product is worse than unknown, or it is what there is to say. */
    bool matched = v->match_count && v->matches[0].phase >= v->phase;
    if (matched)
        describe_match(v, &line);
    else
        describe_unmatched(v, &line);
    line.phrase.parts = (uint16_t)line.text.len;
    for (size_t i = 0; i < COUNT(add_parts); i++)
        add_parts[i](v, &line);
    line.phrase.more = (uint16_t)line.text.len;
    const size_t others = count_more(v, matched);
    if (others)
        shelflife_buffer_format(&line.text, "; and %zu more finding%s", others, others == 1 ? "" : "s");
    line.phrase.text = shelflife_buffer_str(&line.text);
    return line.phrase;
}

const struct shelflife_policy_phrase *shelflife_policy_phrase_copy(const struct shelflife_policy_phrase *p,
                                                                   arena *a)
{
    struct shelflife_policy_phrase *copy = shelflife_arena_alloc(a, sizeof(*copy));
    if (!copy)
        return NULL;
    *copy = *p;
    return shelflife_arena_copy(a, p->text, &copy->text) ? copy : NULL;
}

void shelflife_verdict_describe(const struct shelflife_verdict *v, size_t max, buffer *out)
{
    char room[SHELFLIFE_POLICY_PHRASE_MAX] UNINITIALIZED;
    const struct shelflife_policy_phrase phrase = shelflife_policy_phrase_of(v, room);
    shelflife_policy_phrase_write(&phrase, v->image, max, out);
}
