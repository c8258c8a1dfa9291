#include "cli/explain_trace.h"

#include "base/printable.h"
#include "cli/catalog_common.h"

enum { EVIDENCE_SHOWN = 120 /* bytes */ };

static const char *const reasons[] = {
    [SHELFLIFE_TRACE_NOT_LISTED] = "no row lists it",
    [SHELFLIFE_TRACE_LESS_LITERAL] = "a pattern with more literal text before its first field also matches",
    [SHELFLIFE_TRACE_DUPLICATE] = "the release of this product is already known from another step",
    [SHELFLIFE_TRACE_NO_RELEASE] = "no release has this name",
    [SHELFLIFE_TRACE_SEVERAL] = "it matches several releases",
    [SHELFLIFE_TRACE_SHORTER] = "a longer part of the text is also a release",
    [SHELFLIFE_TRACE_OTHER_VARIANT] = "the reference names another variant",
    [SHELFLIFE_TRACE_LESS_EXACT] = "another row matches the reference more exactly",
    [SHELFLIFE_TRACE_NOT_LATER] = "the reference matches several rows, and the latest dates apply",
    [SHELFLIFE_TRACE_CONTRADICTED] = "the tag contains two releases of this product",
    [SHELFLIFE_TRACE_CONDITION] = "a condition of the rule does not hold",
    [SHELFLIFE_TRACE_OTHER_VALUE] = "the rule expects another value",
};
_Static_assert(COUNT(reasons) == SHELFLIFE_TRACE_OTHER_VALUE + 1, "a reason for each outcome");

static bool is_matched(const struct shelflife_verdict *verdict, const struct shelflife_product *product)
{
    for (size_t i = 0; i < verdict->match_count; i++)
        if (verdict->matches[i].match->row->product == product)
            return true;
    return false;
}

const char *shelflife_cli_why_not_taken(const struct shelflife_verdict *verdict,
                                        const struct shelflife_trace_step *step)
{
    /* Misses before a match are of no interest. */
    if (step->outcome == SHELFLIFE_TRACE_TAKEN ||
        (step->outcome == SHELFLIFE_TRACE_NO_RELEASE && is_matched(verdict, step->product)))
        return NULL;
    return reasons[step->outcome];
}

static void put_row(const struct shelflife_catalogs *catalogs, const struct shelflife_row *row, buffer *out)
{
    buffer variant CLEANUP(shelflife_buffer_free);
    shelflife_buffer_init(&variant, out->limit);
    shelflife_catalogs_variant(catalogs, row, &variant);
    shelflife_buffer_format(out, "%.*s%s%.*s", STR_PRINT(row->product->title), row->release.len ? " " : "",
                            STR_PRINT(row->release));
    if (variant.len)
        shelflife_buffer_format(out, " (%.*s)", STR_PRINT(shelflife_buffer_str(&variant)));
    shelflife_buffer_format(out, ", %.*s", STR_PRINT(row->path));
    out->failed |= variant.failed;
}

void shelflife_cli_describe_step(const struct shelflife_catalogs *catalogs,
                                 const struct shelflife_trace_step *step, buffer *out)
{
    str title = step->product ? step->product->title : (str){0};
    switch (step->kind) {
    case SHELFLIFE_TRACE_MIRROR:
        shelflife_buffer_format(out, "the mirror %.*s", STR_PRINT(step->text));
        return;
    case SHELFLIFE_TRACE_DIGEST:
        shelflife_buffer_format(out, "the digest %.*s", STR_PRINT(step->text));
        return;
    case SHELFLIFE_TRACE_PATTERN:
        shelflife_buffer_format(out, "%.*s by the pattern %.*s", STR_PRINT(title), STR_PRINT(step->text));
        return;
    case SHELFLIFE_TRACE_VERSION:
    case SHELFLIFE_TRACE_PART:
        if (step->product && step->product->whole_tag) {
            shelflife_buffer_format(out, "\"%.*s\" as a whole tag of %.*s", STR_PRINT(step->text),
                                    STR_PRINT(step->product->name));
            return;
        }
        shelflife_buffer_format(out, "\"%.*s\" as a version of %.*s", STR_PRINT(step->text),
                                STR_PRINT(title));
        return;
    case SHELFLIFE_TRACE_EVIDENCE:
        shelflife_buffer_append(out, STR("\""));
        shelflife_printable_append(step->text, EVIDENCE_SHOWN, out);
        shelflife_buffer_format(out, "\" in the image's configuration as evidence of %.*s", STR_PRINT(title));
        return;
    case SHELFLIFE_TRACE_ROW:
        put_row(catalogs, step->row, out);
        return;
    }
}

/* ---- What is needed ---- */

enum { EXAMPLES = 3 };

/* Catalogs list the newest releases first. */
static void put_examples(const struct shelflife_catalogs *catalogs, const struct shelflife_product *product,
                         shelflife_day at, buffer *out)
{
    size_t count = 0;
    str last = {0};
    for (size_t i = 0; i < product->row_count && count < EXAMPLES; i++) {
        const struct shelflife_row *row = shelflife_catalogs_row_at(catalogs, product->first_row + i);
        if (row->release.len == 0 || shelflife_str_equal(row->release, last) ||
            shelflife_cli_row_phase(row, at, 0) != SHELFLIFE_PHASE_SUPPORTED)
            continue;
        shelflife_buffer_format(out, "%s%.*s", count ? ", " : ", such as ", STR_PRINT(row->release));
        last = row->release;
        count++;
    }
}

static const struct shelflife_trace_step *find(const struct shelflife_trace *trace,
                                               enum shelflife_trace_kind kind,
                                               enum shelflife_trace_outcome outcome)
{
    for (size_t i = 0; i < trace->count; i++)
        if (trace->steps[i].kind == kind && trace->steps[i].outcome == outcome)
            return &trace->steps[i];
    return NULL;
}

static bool has_version(str pattern)
{
    static const str version = STR_INIT("{version}");
    return memmem(pattern.at, pattern.len, version.at, version.len) != NULL;
}

/* An image of one's own: what is in it can be known, or a catalog can say it. */
static void put_needed_by_unlisted(const struct shelflife_verdict *verdict, buffer *out)
{
    if (!verdict->inspected) {
        shelflife_buffer_append(out, STR("what its configuration says: \"shelflife inspect "));
        shelflife_printable_append(verdict->image, EVIDENCE_SHOWN, out);
        shelflife_buffer_append(out, STR("\" shows it, and an inventory keeps it (--inventory); or "));
    }
    shelflife_buffer_append(out, STR("a catalog of your own that lists this repository (--catalog)"));
}

void shelflife_cli_needed(const struct shelflife_catalogs *catalogs, const struct shelflife_verdict *verdict,
                          const struct shelflife_trace *trace, buffer *out)
{
    const struct shelflife_product *product = verdict->resolution.product;
    bool only_base = (verdict->because & SHELFLIFE_BECAUSE_UNRESOLVED) != 0 ||
                     (product && verdict->match_count && !is_matched(verdict, product));
    if (verdict->phase == SHELFLIFE_PHASE_UNLISTED) {
        put_needed_by_unlisted(verdict, out);
        return;
    }
    if (verdict->phase != SHELFLIFE_PHASE_UNRESOLVED && !only_base)
        return;
    if (verdict->invalid) {
        shelflife_buffer_append(out, STR("the reference that takes its place"));
        return;
    }
    if (!product) {
        shelflife_buffer_append(out, STR("a row for this repository, or a tag that contains a base system: "
                                         "the catalog lists neither"));
        return;
    }
    const struct shelflife_trace_step *pattern = find(trace, SHELFLIFE_TRACE_PATTERN, SHELFLIFE_TRACE_TAKEN);
    if (find(trace, SHELFLIFE_TRACE_VERSION, SHELFLIFE_TRACE_SEVERAL))
        shelflife_buffer_append(out, STR("a longer version: this one matches several releases"));
    else if (pattern && has_version(pattern->text))
        shelflife_buffer_format(out, "a repository whose name contains a release that the catalog lists");
    else
        shelflife_buffer_format(out, "a tag that identifies one release of %.*s", STR_PRINT(product->title));
    put_examples(catalogs, product, verdict->at, out);
    if (verdict->reference.digest.len)
        shelflife_buffer_append(out, STR("; or a catalog that lists the digest"));
}
