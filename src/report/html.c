/* A self-contained page. The verdicts of other days are computed here; the page only displays them. */
#include "report/html.h"
#include "base/printable.h"
#include "pki/pki.h"
#include "shelflife/json.h"
#include "shelflife/version.h"

typedef struct shelflife_json_writer writer;
typedef const struct shelflife_audit_entry entry;
typedef const struct shelflife_audit_image image;
typedef const struct shelflife_audit_workload workload;

enum {
    DAYS_BEFORE = 2 * 365, /* that the timeline shows, before and after the days of the audit */
    DAYS_AFTER = 3 * 365,
    SCRATCH_MAX = 64 << 20, /* bytes for judging one image */
};

/* REPORT_DIR comes from the build. */
#define EMBED(name, file)                                                                                    \
    __asm__(".pushsection .rodata.shelflife_report_page_" name ",\"a\"\n"                                    \
            ".hidden shelflife_report_page_" name "\n"                                                       \
            ".global shelflife_report_page_" name "\n"                                                       \
            "shelflife_report_page_" name ":\n"                                                              \
            ".incbin \"" REPORT_DIR "/html/" file "\"\n"                                                     \
            ".hidden shelflife_report_page_" name "_end\n"                                                   \
            ".global shelflife_report_page_" name "_end\n"                                                   \
            "shelflife_report_page_" name "_end:\n"                                                          \
            ".byte 0\n"                                                                                      \
            ".popsection\n")
EMBED("html", "page.html");
EMBED("css", "page.css");
EMBED("js", "page.js");

extern const char shelflife_report_page_html[], shelflife_report_page_html_end[];
extern const char shelflife_report_page_css[], shelflife_report_page_css_end[];
extern const char shelflife_report_page_js[], shelflife_report_page_js_end[];

static str between(const char *start, const char *end)
{
    return (str){start, (size_t)((uintptr_t)end - (uintptr_t)start)};
}

/* ---- Numbering: each image and workload is written once, and referred to by number ---- */

struct page {
    struct report_output *r;
    const void **images, **workloads; /* owned; in the order of their addresses, which is their number */
    entry **image_users;              /* owned: an entry of each image */
    size_t image_count, workload_count;
    shelflife_day from, to;
    buffer json; /* a piece of the data, before it may stand in a page */
    writer w;
    arena scratch;
};

static int compare_addresses(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t) * (const void *const *)a, y = (uintptr_t) * (const void *const *)b;
    return (x > y) - (x < y);
}

static size_t sort_unique(const void **at, size_t count)
{
    size_t kept = 0;
    shelflife_sort(at, count, sizeof(const void *), compare_addresses);
    for (size_t i = 0; i < count; i++)
        if (!kept || at[kept - 1] != at[i])
            at[kept++] = at[i];
    return kept;
}

static size_t number_of(const void *wanted, const void *const *at, size_t count)
{
    const void *const *found = bsearch(&wanted, at, count, sizeof(const void *), compare_addresses);
    return found ? (size_t)(found - at) : 0;
}

static bool number_all(struct page *p)
{
    const struct shelflife_audit_result *result = p->r->result;
    size_t n = 0, room = result->entry_count + 1;
    p->images = calloc(room, sizeof(const void *));
    p->workloads = calloc(room, sizeof(const void *));
    p->image_users = calloc(room, sizeof(entry *));
    if (!p->images || !p->workloads || !p->image_users)
        return shelflife_fail_memory(p->r->err);
    for (size_t i = 0; i < result->entry_count; i++) {
        if (!shelflife_report_includes(p->r, &result->entries[i]))
            continue;
        p->images[n] = result->entries[i].image;
        p->workloads[n++] = result->entries[i].workload;
    }
    p->image_count = sort_unique(p->images, n);
    p->workload_count = sort_unique(p->workloads, n);
    for (size_t i = 0; i < result->entry_count; i++)
        if (shelflife_report_includes(p->r, &result->entries[i]))
            p->image_users[number_of(result->entries[i].image, p->images, p->image_count)] =
                &result->entries[i];
    return true;
}

/* ---- Pieces of data ---- */

/* JSON inside an element of a page: nothing in it may end the element or begin a comment. */
static bool append_json(struct page *p)
{
    buffer *out = &p->r->out;
    str json = shelflife_buffer_str(&p->json);
    size_t run = 0;
    for (size_t i = 0; i < json.len; i++) {
        if (json.at[i] != '<')
            continue;
        shelflife_buffer_append(out, (str){json.at + run, i - run});
        shelflife_buffer_append(out, STR("\\u003c"));
        run = i + 1;
    }
    shelflife_buffer_append(out, shelflife_str_after(json, run));
    out->failed |= p->json.failed;
    shelflife_buffer_reset(&p->json);
    return shelflife_report_flush(p->r);
}

/* Text for people: hidden characters as "?", absent as "". */
static void write_clean(struct page *p, str text)
{
    buffer clean CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&clean, SIZE_MAX);
    shelflife_printable_append(text, SIZE_MAX, &clean);
    shelflife_json_write_string(&p->w, shelflife_buffer_str(&clean));
    p->json.failed |= clean.failed;
}

static void write_clean_pair(struct page *p, const char *key, str text)
{
    shelflife_json_write_key(&p->w, shelflife_str_of(key));
    write_clean(p, text);
}

static void write_day(struct page *p, shelflife_day day)
{
    if (day == SHELFLIFE_DAY_NONE)
        shelflife_json_write_null(&p->w);
    else
        shelflife_json_write_integer(&p->w, day);
}

static void write_day_pair(struct page *p, const char *key, shelflife_day day)
{
    shelflife_json_write_key(&p->w, shelflife_str_of(key));
    write_day(p, day);
}

/* ---- Lives ---- */

static void write_span(struct page *p, shelflife_day day, const struct shelflife_verdict *v)
{
    shelflife_json_write_array(&p->w);
    shelflife_json_write_integer(&p->w, day);
    shelflife_json_write_integer(&p->w, v->phase);
    shelflife_json_write_integer(&p->w, v->action);
    shelflife_json_write_end(&p->w);
}

static bool judge_on(struct page *p, entry *user, shelflife_day day, struct shelflife_verdict *out)
{
    const struct shelflife_snapshot *s = p->r->result->snapshot;
    str text = user->image->verdict.image, digest = user->image->digest;
    str namespace = user->workload->namespace;
    if (digest.len)
        return shelflife_policy_judge_running(s->policy, s->catalogs, s->inventory, text, digest, namespace,
                                              day, &p->scratch, out, p->r->err);
    return shelflife_policy_judge(s->policy, s->catalogs, s->inventory, text, namespace, day, &p->scratch,
                                  out, p->r->err);
}

/* What the image is from the timeline's first day on: a span for each change of phase or action. */
static bool write_life(struct page *p, entry *user)
{
    struct shelflife_verdict now, then;
    const shelflife_day *days;
    size_t count;
    shelflife_arena_reset(&p->scratch);
    if (!judge_on(p, user, p->from, &now) || !shelflife_policy_horizon(p->r->result->snapshot->policy, &now,
                                                                       &p->scratch, &days, &count, p->r->err))
        return false;
    shelflife_json_member_array(&p->w, "life");
    write_span(p, p->from, &now);
    for (size_t i = 0; i < count; i++) {
        if (!judge_on(p, user, days[i], &then))
            return false;
        if (then.phase == now.phase && then.action == now.action)
            continue;
        write_span(p, days[i], &then);
        now = then;
    }
    shelflife_json_write_end(&p->w);
    return true;
}

/* What in the configuration names the release. */
static void write_from(struct page *p, const struct shelflife_evidence *evidence)
{
    str kind = evidence ? shelflife_str_of(shelflife_evidence_kind_names[evidence->kind]) : (str){0};
    write_clean_pair(p, "from", evidence && evidence->name.len ? evidence->name : kind);
}

static void write_image_facts(struct page *p, image *x)
{
    const struct shelflife_judged_match *judged = shelflife_report_match(x);
    const struct shelflife_verdict *v = &x->verdict;
    buffer release CLEANUP(shelflife_buffer_free), move CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&release, SIZE_MAX);
    shelflife_buffer_init(&move, SIZE_MAX);
    shelflife_report_put_release(x, &release);
    shelflife_verdict_describe_replacement(v, &move);
    write_clean_pair(p, "text", v->image);
    write_clean_pair(p, "release", shelflife_buffer_str(&release));
    write_clean_pair(p, "catalog", judged ? judged->match->row->product->catalog->name : (str){0});
    write_clean_pair(p, "row", judged ? judged->match->row->path : (str){0});
    write_clean_pair(p, "move", shelflife_buffer_str(&move));
    write_day_pair(p, "patch", judged ? shelflife_report_end_of_patch(judged) : SHELFLIFE_DAY_NONE);
    write_day_pair(p, "availability", judged ? judged->match->end_of_availability : SHELFLIFE_DAY_NONE);
    shelflife_json_member_bool(&p->w, "outdated", v->outdated);
    shelflife_json_member_bool(&p->w, "unverified", v->unverified);
    shelflife_json_member_bool(&p->w, "contradicted", v->contradicted);
    write_clean_pair(p, "digest", x->digest);
    write_from(p, judged ? judged->match->evidence : NULL);
    write_day_pair(p, "inspected", v->inspected ? v->inspected->on : SHELFLIFE_DAY_NONE);
    p->json.failed |= release.failed || move.failed;
}

static bool write_images(struct page *p)
{
    shelflife_json_member_array(&p->w, "images");
    for (size_t i = 0; i < p->image_count; i++) {
        shelflife_json_write_map(&p->w);
        write_image_facts(p, p->image_users[i]->image);
        if (!write_life(p, p->image_users[i]))
            return false;
        shelflife_json_write_end(&p->w);
        if (!append_json(p))
            return false;
    }
    shelflife_json_write_end(&p->w);
    return true;
}

/* ---- Workloads and entries ---- */

static void write_count(struct page *p, uint64_t n)
{
    shelflife_json_write_integer(&p->w, n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

static bool write_workloads(struct page *p)
{
    shelflife_json_member_array(&p->w, "workloads");
    for (size_t i = 0; i < p->workload_count; i++) {
        workload *x = p->workloads[i];
        shelflife_json_write_array(&p->w);
        write_clean(p, x->namespace);
        write_clean(p, x->kind);
        write_clean(p, x->name);
        write_clean(p, x->responsible);
        shelflife_json_write_integer(&p->w, x->mode);
        write_count(p, x->pods);
        write_clean(p, x->cluster);
        shelflife_json_write_end(&p->w);
        if (!append_json(p))
            return false;
    }
    shelflife_json_write_end(&p->w);
    return true;
}

static void write_place(struct page *p, const struct shelflife_audit_place *place)
{
    buffer text CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&text, SIZE_MAX);
    shelflife_report_html_put_place(place, &text);
    write_clean(p, shelflife_buffer_str(&text));
    p->json.failed |= text.failed;
}

static void write_exception(struct page *p, const struct shelflife_exception *exception)
{
    if (!exception) {
        shelflife_json_write_null(&p->w);
        return;
    }
    shelflife_json_write_array(&p->w);
    write_clean(p, exception->owner);
    write_clean(p, exception->reason);
    write_day(p, exception->until);
    shelflife_json_write_end(&p->w);
}

/* How the image was found in its file; most images are just written there. */
static void write_finding(struct page *p, entry *e)
{
    const str texts[] = {e->why, e->way, e->hint};
    if (!e->why.len && !e->way.len && !e->hint.len)
        return;
    for (size_t i = 0; i < COUNT(texts); i++)
        write_clean(p, texts[i]);
}

static void write_entry(struct page *p, entry *e)
{
    buffer containers CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&containers, SIZE_MAX);
    shelflife_report_put_containers(e, &containers);
    shelflife_json_write_array(&p->w);
    write_count(p, number_of(e->workload, p->workloads, p->workload_count));
    write_count(p, number_of(e->image, p->images, p->image_count));
    write_clean(p, shelflife_buffer_str(&containers));
    write_place(p, &e->place);
    write_count(p, e->pods);
    shelflife_json_write_bool(&p->w, e->accepted);
    shelflife_json_write_integer(&p->w, e->history + e->unused); /* 2: unused */
    write_exception(p, e->image->verdict.exception);
    write_finding(p, e);
    shelflife_json_write_end(&p->w);
    p->json.failed |= containers.failed;
}

static bool write_entries(struct page *p)
{
    shelflife_json_member_array(&p->w, "entries");
    for (size_t i = 0; i < p->r->result->entry_count; i++) {
        if (!shelflife_report_includes(p->r, &p->r->result->entries[i]))
            continue;
        write_entry(p, &p->r->result->entries[i]);
        if (!append_json(p))
            return false;
    }
    shelflife_json_write_end(&p->w);
    return true;
}

/* ---- The rest ---- */

static void write_names(struct page *p)
{
    shelflife_json_member_array(&p->w, "phases");
    for (int i = 0; i < SHELFLIFE_PHASES; i++)
        shelflife_json_write_string(&p->w, shelflife_str_of(shelflife_phase_name((enum shelflife_phase)i)));
    shelflife_json_write_end(&p->w);
    shelflife_json_member_array(&p->w, "actions");
    for (int i = SHELFLIFE_ALLOW; i <= SHELFLIFE_DENY; i++)
        shelflife_json_write_string(&p->w, shelflife_str_of(shelflife_action_name((enum shelflife_action)i)));
    shelflife_json_write_end(&p->w);
    shelflife_json_member_array(&p->w, "modes");
    for (int i = SHELFLIFE_MODE_OFF; i <= SHELFLIFE_MODE_ENFORCE; i++)
        shelflife_json_write_string(&p->w, shelflife_str_of(shelflife_mode_name((enum shelflife_mode)i)));
    shelflife_json_write_end(&p->w);
}

static void write_known(struct page *p)
{
    buffer known CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&known, SIZE_MAX);
    shelflife_report_put_known(p->r->result, &known);
    write_clean_pair(p, "known", shelflife_buffer_str(&known));
    p->json.failed |= known.failed;
}

static void write_counts(struct page *p)
{
    const struct shelflife_audit_counts *c = &p->r->result->counts;
    const struct {
        const char *key;
        uint64_t n;
    } counts[] = {
        {"sources", c->sources}, {"objects", c->objects}, {"workloads", c->workloads},
        {"images", c->images},   {"waived", c->waived},   {"accepted", c->accepted},
        {"history", c->history}, {"unused", c->unused},   {"off", c->off},
    };
    shelflife_json_member_map(&p->w, "counts");
    for (size_t i = 0; i < COUNT(counts); i++)
        shelflife_json_member_count(&p->w, counts[i].key, counts[i].n);
    if (c->left_out)
        shelflife_json_member_count(&p->w, "leftOut", c->left_out);
    write_known(p);
    shelflife_json_write_end(&p->w);
}

static void write_catalogs(struct page *p)
{
    shelflife_json_member_array(&p->w, "catalogs");
    for (size_t i = 0; i < p->r->result->catalog_count; i++) {
        const struct shelflife_audit_catalog *c = &p->r->result->catalogs[i];
        shelflife_json_write_array(&p->w);
        write_clean(p, c->catalog->name);
        write_clean(p, c->catalog->title);
        write_day(p, c->catalog->as_of);
        shelflife_json_write_bool(&p->w, c->stale);
        shelflife_json_write_end(&p->w);
    }
    shelflife_json_write_end(&p->w);
}

static bool write_problems(struct page *p)
{
    shelflife_json_member_array(&p->w, "problems");
    for (size_t i = 0; i < p->r->result->problem_count; i++) {
        const struct shelflife_audit_problem *problem = &p->r->result->problems[i];
        shelflife_json_write_array(&p->w);
        write_clean(p, problem->source);
        write_count(p, problem->line);
        write_count(p, problem->column);
        write_clean(p, problem->text);
        write_clean(p, problem->cluster);
        shelflife_json_write_bool(&p->w, problem->note);
        shelflife_json_write_end(&p->w);
        if (!append_json(p))
            return false;
    }
    shelflife_json_write_end(&p->w);
    return true;
}

static void write_clusters(struct page *p)
{
    shelflife_json_member_array(&p->w, "clusters");
    for (size_t i = 0; i < p->r->result->cluster_count; i++)
        write_clean(p, p->r->result->clusters[i]);
    shelflife_json_write_end(&p->w);
}

static bool write_skipped(struct page *p)
{
    shelflife_json_member_array(&p->w, "skipped");
    for (size_t i = 0; i < p->r->result->skipped_count; i++) {
        const struct shelflife_audit_skipped *skipped = &p->r->result->skipped[i];
        shelflife_json_write_array(&p->w);
        write_clean(p, skipped->source);
        write_clean(p, skipped->why);
        write_count(p, skipped->count);
        shelflife_json_write_end(&p->w);
        if (!append_json(p))
            return false;
    }
    shelflife_json_write_end(&p->w);
    return true;
}

static bool write_data(struct page *p)
{
    const struct shelflife_audit_result *result = p->r->result;
    shelflife_json_write_map(&p->w);
    shelflife_json_member_text(&p->w, "version", SHELFLIFE_VERSION);
    write_clusters(p);
    write_day_pair(p, "at", result->at);
    write_day_pair(p, "today", result->today);
    write_day_pair(p, "from", p->from);
    write_day_pair(p, "to", p->to);
    shelflife_json_member_text(&p->w, "whyPartial",
                               result->partial ? shelflife_report_why_partial(result) : "");
    shelflife_json_write_key(&p->w, STR("within"));
    shelflife_json_write_integer(&p->w, result->within);
    write_names(p);
    write_counts(p);
    write_catalogs(p);
    if (!write_problems(p) || !write_skipped(p) || !write_images(p) || !write_workloads(p) ||
        !write_entries(p))
        return false;
    shelflife_json_write_end(&p->w);
    return append_json(p);
}

/* ---- The page ---- */

/* A hash as a Content-Security-Policy wants it, in base64. */
static bool put_hash(struct page *p, str text)
{
    unsigned char digest[SHELFLIFE_PKI_SHA256_BYTES];
    if (!shelflife_pki_sha256_bytes(&text, 1, digest, p->r->err))
        return false;
    shelflife_pki_base64_encode((str){(const char *)digest, sizeof(digest)}, &p->r->out);
    return true;
}

static bool put_style(struct page *p)
{
    shelflife_buffer_append(&p->r->out, between(shelflife_report_page_css, shelflife_report_page_css_end));
    return true;
}

static bool put_script(struct page *p)
{
    shelflife_buffer_append(&p->r->out, between(shelflife_report_page_js, shelflife_report_page_js_end));
    return true;
}

static bool put_style_hash(struct page *p)
{
    return put_hash(p, between(shelflife_report_page_css, shelflife_report_page_css_end));
}

static bool put_script_hash(struct page *p)
{
    return put_hash(p, between(shelflife_report_page_js, shelflife_report_page_js_end));
}

static bool put_static(struct page *p)
{
    return shelflife_report_html_static(p->r);
}

/* Replaces "{{name}}" in the page; `rest` begins after the "{{". */
static bool put_part(struct page *p, str rest)
{
    static const struct {
        str name;
        bool (*put)(struct page *);
    } parts[] = {
        {STR_INIT("style-hash}}"), put_style_hash}, {STR_INIT("script-hash}}"), put_script_hash},
        {STR_INIT("style}}"), put_style},           {STR_INIT("script}}"), put_script},
        {STR_INIT("static}}"), put_static},         {STR_INIT("data}}"), write_data},
    };
    for (size_t i = 0; i < COUNT(parts); i++)
        if (shelflife_str_starts(rest, parts[i].name))
            return parts[i].put(p);
    return true;
}

static bool put_page(struct page *p)
{
    str rest = between(shelflife_report_page_html, shelflife_report_page_html_end);
    size_t open = shelflife_str_find(rest, '{');
    while (open != SIZE_MAX) { /* the page has no other braces than those of its parts */
        shelflife_buffer_append(&p->r->out, shelflife_str_first(rest, open));
        rest = shelflife_str_after(rest, open + 2);
        if (!put_part(p, rest))
            return false;
        rest = shelflife_str_after(rest, shelflife_str_find(rest, '}') + 2);
        open = shelflife_str_find(rest, '{');
    }
    shelflife_buffer_append(&p->r->out, rest);
    return true;
}

static void set_window(struct page *p)
{
    shelflife_day at = p->r->result->at, today = p->r->result->today;
    p->from = (at < today ? at : today) - DAYS_BEFORE;
    p->to = (at > today ? at : today) + DAYS_AFTER;
}

bool shelflife_report_html(struct report_output *r)
{
    struct page p = {.r = r};
    shelflife_buffer_init(&p.json, SIZE_MAX);
    shelflife_json_writer_init(&p.w, &p.json);
    shelflife_arena_init(&p.scratch, SCRATCH_MAX);
    set_window(&p);
    bool ok = number_all(&p) && put_page(&p);
    free(p.images);
    free(p.workloads);
    free(p.image_users);
    shelflife_buffer_free(&p.json);
    shelflife_arena_free(&p.scratch);
    return ok;
}
