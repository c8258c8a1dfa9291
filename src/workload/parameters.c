#include "workload/parameters.h"

#include "shelflife/workload.h"

/* Parameters in the values of parameters, and parameters replaced in one text. */
enum { DEPTH_MAX = 4, REPLACED_MAX = 64 };

bool shelflife_workload_parameters_add(struct shelflife_workload_parameters *p,
                                       const struct shelflife_workload_parameter *added, arena *memory,
                                       error *err)
{
    if (!added->name.len || !added->value.len || p->count == SHELFLIFE_WORKLOAD_PARAMETERS_MAX ||
        added->name.len + added->value.len > SHELFLIFE_WORKLOAD_PARAMETER_SIZE_MAX)
        return true;
    if (!p->at && !(p->at = shelflife_arena_array(memory, SHELFLIFE_WORKLOAD_PARAMETERS_MAX, sizeof(*p->at))))
        return shelflife_arena_fail(memory, err);
    struct shelflife_workload_parameter *kept = &p->at[p->count];
    *kept = *added;
    kept->to = UINT32_MAX;
    if (!shelflife_arena_copy(memory, added->name, &kept->name) ||
        !shelflife_arena_copy(memory, added->value, &kept->value))
        return shelflife_arena_fail(memory, err);
    p->count++;
    return true;
}

void shelflife_workload_parameters_close(struct shelflife_workload_parameters *p, size_t level, uint32_t at)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->at[i].level == level && p->at[i].to == UINT32_MAX)
            p->at[i].to = at;
}

bool shelflife_workload_parameters_occur(str text)
{
    for (size_t i = 0; i + 1 < text.len; i++)
        if ((text.at[i] == '$' && text.at[i + 1] == '(') || (text.at[i] == '{' && text.at[i + 1] == '{'))
            return true;
    return false;
}

/* How a parameter is written. */
static const struct {
    str open, close;
    enum shelflife_workload_source source;
} forms[] = {
    {STR_INIT("params."), STR_INIT(""), SHELFLIFE_WORKLOAD_SOURCE_PARAMS},
    {STR_INIT("params[\""), STR_INIT("\"]"), SHELFLIFE_WORKLOAD_SOURCE_PARAMS},
    {STR_INIT("params['"), STR_INIT("']"), SHELFLIFE_WORKLOAD_SOURCE_PARAMS},
    {STR_INIT("inputs.params."), STR_INIT(""), SHELFLIFE_WORKLOAD_SOURCE_PARAMS},
    {STR_INIT("tt.params."), STR_INIT(""), SHELFLIFE_WORKLOAD_SOURCE_PARAMS},
    {STR_INIT("inputs.parameters."), STR_INIT(""), SHELFLIFE_WORKLOAD_SOURCE_INPUTS},
    {STR_INIT("workflow.parameters."), STR_INIT(""), SHELFLIFE_WORKLOAD_SOURCE_ARGUMENTS},
};

struct wanted {
    enum shelflife_workload_source source;
    str name;
};

/* Reads what is between the brackets. */
static bool read_name(str inside, struct wanted *out)
{
    inside = shelflife_str_trim(inside);
    for (size_t i = 0; i < COUNT(forms); i++)
        if (shelflife_str_starts(inside, forms[i].open) && shelflife_str_ends(inside, forms[i].close) &&
            inside.len > forms[i].open.len + forms[i].close.len) {
            str name = shelflife_str_after(inside, forms[i].open.len);
            name.len -= forms[i].close.len;
            *out = (struct wanted){forms[i].source, name};
            return true;
        }
    return false;
}

/* Finds the value that counts where the text is: the nearest one, and only then the nearest default. Only
 * what belongs to more than the part that begins at `before` counts. */
static const struct shelflife_workload_parameter *find(const struct shelflife_workload_parameters *p,
                                                       const struct wanted *wanted, uint32_t at,
                                                       uint32_t before)
{
    const struct shelflife_workload_parameter *best = NULL;
    for (size_t i = 0; i < p->count; i++) {
        const struct shelflife_workload_parameter *x = &p->at[i];
        if (x->source != wanted->source || x->from > at || x->to < at || x->from >= before ||
            !shelflife_str_equal(x->name, wanted->name))
            continue;
        bool better = !best || (best->is_default && !x->is_default) ||
                      (best->is_default == x->is_default && x->from >= best->from);
        if (better)
            best = x;
    }
    return best;
}

/* A text that is being read: the image, or the value of a parameter in it. */
struct reading {
    str rest;
    uint32_t before;
};

/* Splits the next parameter from the text. `*plain` is what is before it. Returns false if there is none, or
 * one that does not end. */
static bool next_parameter(str *text, str *plain, str *inside)
{
    for (size_t i = 0; i + 1 < text->len; i++) {
        str rest = shelflife_str_after(*text, i);
        bool tekton = shelflife_str_starts(rest, STR("$("));
        if (!tekton && !shelflife_str_starts(rest, STR("{{")))
            continue;
        str close = tekton ? STR(")") : STR("}}");
        for (size_t k = 2; k + close.len <= rest.len; k++)
            if (shelflife_str_starts(shelflife_str_after(rest, k), close)) {
                *plain = shelflife_str_first(*text, i);
                *inside = (str){rest.at + 2, k - 2};
                *text = shelflife_str_after(rest, k + close.len);
                return true;
            }
        return false;
    }
    return false;
}

bool shelflife_workload_parameters_fill(const struct shelflife_workload_parameters *p, str text, uint32_t at,
                                        buffer *out)
{
    struct reading stack[DEPTH_MAX + 1] = {{text, UINT32_MAX}};
    size_t depth = 0, replaced = 0;
    shelflife_buffer_reset(out);
    for (;;) {
        struct reading *reading = &stack[depth];
        str plain, inside;
        struct wanted wanted;
        if (!next_parameter(&reading->rest, &plain, &inside)) {
            if (shelflife_workload_parameters_occur(reading->rest))
                return false;
            shelflife_buffer_append(out, reading->rest);
            if (depth-- == 0)
                break;
            continue;
        }
        const struct shelflife_workload_parameter *found =
            read_name(inside, &wanted) ? find(p, &wanted, at, reading->before) : NULL;
        if (!found || depth == DEPTH_MAX || ++replaced > REPLACED_MAX)
            return false;
        shelflife_buffer_append(out, plain);
        stack[++depth] = (struct reading){found->value, found->from};
    }
    return !out->failed && out->len > 0 && out->len < SHELFLIFE_IMAGE_MAX;
}
