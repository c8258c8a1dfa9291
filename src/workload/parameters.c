#include "workload/parameters.h"

#include "shelflife/workload.h"

/* Parameters in the values of parameters, and parameters replaced in one text. */
enum { DEPTH_MAX = 4, REPLACED_MAX = 64 };

/* Comparing this number of bytes is as much work as looking at a parameter. */
enum { BYTES_EACH = 64 };

/* Parameters for which memory is kept from one object to the next. */
enum { KEPT = 16 };

void shelflife_workload_parameters_free(struct shelflife_workload_parameters *p)
{
    shelflife_free(p->at);
    *p = (struct shelflife_workload_parameters){0};
}

void shelflife_workload_parameters_reset(struct shelflife_workload_parameters *p)
{
    if (p->capacity > KEPT)
        shelflife_workload_parameters_free(p);
    p->count = p->bytes = p->looked_at = 0;
    p->overflow = false;
}

bool shelflife_workload_parameters_add(struct shelflife_workload_parameters *p,
                                       const struct shelflife_workload_parameter *added, uint32_t *first,
                                       arena *memory, error *err)
{
    struct shelflife_workload_parameter kept = *added;
    /* No image has room for such a name, so none needs the parameter. */
    if (!kept.name.len || kept.name.len > SHELFLIFE_WORKLOAD_PARAMETER_SIZE_MAX)
        return true;
    kept.unknown = kept.unknown || kept.name.len + kept.value.len > SHELFLIFE_WORKLOAD_PARAMETER_SIZE_MAX;
    if (kept.unknown)
        kept.value = (str){0};
    else if (!kept.value.len)
        return true;
    p->bytes += sizeof(kept) + kept.name.len + kept.value.len;
    p->overflow = p->overflow || p->bytes > SHELFLIFE_WORKLOAD_PARAMETERS_BYTES_MAX;
    if (p->overflow)
        return true;
    if (!shelflife_grow(&p->at, &p->capacity, p->count + 1, sizeof(*p->at)))
        return shelflife_fail_memory(err);
    if (!shelflife_arena_copy(memory, kept.name, &kept.name) ||
        !shelflife_arena_copy(memory, kept.value, &kept.value))
        return shelflife_arena_fail(memory, err);
    kept.to = UINT32_MAX;
    kept.next = *first;
    p->at[p->count++] = kept;
    *first = (uint32_t)p->count;
    return true;
}

void shelflife_workload_parameters_close(struct shelflife_workload_parameters *p, uint32_t first, uint32_t at)
{
    for (uint32_t number = first; number; number = p->at[number - 1].next)
        p->at[number - 1].to = at;
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

/* A text that is being read: the image, or the value of a parameter in it. */
struct reading {
    str rest;
    uint32_t at;     /* where it is */
    uint32_t before; /* only what belongs to more than the part that begins here counts */
};

static bool is_in_scope(const struct shelflife_workload_parameter *x, const struct reading *reading)
{
    return x->from <= reading->at && x->to >= reading->at && x->from < reading->before;
}

/* Finds the value that counts where the text is: the nearest one, and only then the nearest default. */
static const struct shelflife_workload_parameter *find_nearest(const struct shelflife_workload_parameters *p,
                                                               const struct wanted *wanted,
                                                               const struct reading *reading)
{
    const struct shelflife_workload_parameter *best = NULL;
    for (size_t i = 0; i < p->count; i++) {
        const struct shelflife_workload_parameter *x = &p->at[i];
        if (x->source != wanted->source || !is_in_scope(x, reading) ||
            !shelflife_str_equal(x->name, wanted->name))
            continue;
        bool better = !best || (best->is_default && !x->is_default) ||
                      (best->is_default == x->is_default && x->from >= best->from);
        if (better)
            best = x;
    }
    return best;
}

/* Whether the value is nothing but the parameter of that name, of that source. */
static bool passes_on(const struct shelflife_workload_parameter *x, const struct wanted *as)
{
    struct wanted inside;
    str text = shelflife_str_trim(x->value);
    if (!shelflife_str_starts(text, STR("{{")) || !shelflife_str_ends(text, STR("}}")) || text.len < 4)
        return false;
    return read_name((str){text.at + 2, text.len - 4}, &inside) && inside.source == as->source &&
           shelflife_str_equal(inside.name, as->name);
}

/* The same text can have two values only if it contains an input of the template that it is in. */
static bool is_same(const struct shelflife_workload_parameter *a,
                    const struct shelflife_workload_parameter *b)
{
    return !a->unknown && !b->unknown && shelflife_str_equal(a->value, b->value) &&
           !memmem(a->value.at, a->value.len, "inputs.", sizeof("inputs.") - 1);
}

/* The values that an input of an Argo template may have. */
struct input {
    const struct shelflife_workload_parameter *only; /* the value; with `many`, one of several */
    bool many;
    bool passed_on;     /* a template passes its input of the same name */
    bool from_workflow; /* a step passes the workflow's parameter of the same name */
    bool workflow_has_it;
};

static void add_candidate(struct input *input, const struct shelflife_workload_parameter *x,
                          const struct wanted *wanted)
{
    const struct wanted workflow = {SHELFLIFE_WORKLOAD_SOURCE_ARGUMENTS, wanted->name};
    bool argument = x->source == SHELFLIFE_WORKLOAD_SOURCE_ARGUMENTS;
    if (!x->unknown && !argument && passes_on(x, wanted)) {
        input->passed_on = true;
    } else if (!x->unknown && !argument && passes_on(x, &workflow)) {
        input->from_workflow = true;
    } else {
        input->many = input->many || (input->only && !is_same(input->only, x));
        input->only = x;
        input->workflow_has_it = input->workflow_has_it || argument;
    }
}

/*
 * Which template a step calls is not read. So every value that the object passes under this name counts
 * besides what the template itself declares, which is only its default. `everywhere`: and what any template
 * declares.
 */
static struct input collect_input(const struct shelflife_workload_parameters *p, const struct wanted *wanted,
                                  const struct reading *reading, bool everywhere)
{
    struct input input = {.only = NULL};
    const struct shelflife_workload_parameter *declared =
        everywhere ? NULL : find_nearest(p, wanted, reading);
    if (declared)
        add_candidate(&input, declared, wanted);
    for (size_t i = 0; i < p->count; i++) {
        const struct shelflife_workload_parameter *x = &p->at[i];
        bool other = x->source == SHELFLIFE_WORKLOAD_SOURCE_PARAMS ||
                     (x->source == SHELFLIFE_WORKLOAD_SOURCE_INPUTS && !everywhere);
        if (!other && shelflife_str_equal(x->name, wanted->name))
            add_candidate(&input, x, wanted);
    }
    return input;
}

static const struct shelflife_workload_parameter *find_input(const struct shelflife_workload_parameters *p,
                                                             const struct wanted *wanted,
                                                             const struct reading *reading)
{
    struct input input = collect_input(p, wanted, reading, false);
    if (input.passed_on)
        input = collect_input(p, wanted, reading, true);
    return input.many || (input.from_workflow && !input.workflow_has_it) ? NULL : input.only;
}

static const struct shelflife_workload_parameter *find(struct shelflife_workload_parameters *p,
                                                       const struct wanted *wanted,
                                                       const struct reading *reading)
{
    const struct shelflife_workload_parameter *found;
    p->looked_at += p->count + p->bytes / BYTES_EACH;
    p->overflow = p->overflow || p->looked_at > SHELFLIFE_WORKLOAD_PARAMETERS_LOOKED_AT_MAX;
    if (p->overflow)
        return NULL;
    found = wanted->source == SHELFLIFE_WORKLOAD_SOURCE_INPUTS ? find_input(p, wanted, reading)
                                                               : find_nearest(p, wanted, reading);
    return found && !found->unknown ? found : NULL;
}

/* The text of a parameter's value. What a step passes is read where the step is. */
static struct reading read_value(const struct shelflife_workload_parameter *found,
                                 const struct reading *reading)
{
    bool call = found->source == SHELFLIFE_WORKLOAD_SOURCE_CALL;
    bool argument = found->source == SHELFLIFE_WORKLOAD_SOURCE_ARGUMENTS;
    return (struct reading){.rest = found->value,
                            .at = call || argument ? found->from : reading->at,
                            .before = call ? UINT32_MAX : found->from};
}

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
        const char *end = memmem(rest.at + 2, rest.len - 2, close.at, close.len);
        if (!end)
            return false;
        *plain = shelflife_str_first(*text, i);
        *inside = (str){rest.at + 2, (size_t)(end - rest.at) - 2};
        *text = shelflife_str_after(rest, (size_t)(end - rest.at) + close.len);
        return true;
    }
    return false;
}

bool shelflife_workload_parameters_fill(struct shelflife_workload_parameters *p, str text, uint32_t at,
                                        buffer *out)
{
    struct reading stack[DEPTH_MAX + 1] = {{text, at, UINT32_MAX}};
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
            read_name(inside, &wanted) ? find(p, &wanted, reading) : NULL;
        if (!found || depth == DEPTH_MAX || ++replaced > REPLACED_MAX)
            return false;
        shelflife_buffer_append(out, plain);
        stack[depth + 1] = read_value(found, reading);
        depth++;
    }
    return !out->failed && out->len > 0 && out->len < SHELFLIFE_IMAGE_MAX;
}
