/* The order of rows, and their groups. */
#include "base/ascii.h"
#include "report/internal.h"

const char *const shelflife_report_groupings[] = {
    [SHELFLIFE_REPORT_UNGROUPED] = "none",     [SHELFLIFE_REPORT_BY_NAMESPACE] = "namespace",
    [SHELFLIFE_REPORT_BY_IMAGE] = "image",     [SHELFLIFE_REPORT_BY_OWNER] = "owner",
    [SHELFLIFE_REPORT_BY_PRODUCT] = "product", NULL,
};

/* ---- Names of groups ---- */

static void put_namespace(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, row->entry->workload->namespace);
}

static void put_image(const struct report_row *row, buffer *out)
{
    shelflife_report_put_image(row->entry->image, out);
}

static void put_owner(const struct report_row *row, buffer *out)
{
    shelflife_buffer_append(out, row->entry->workload->responsible);
}

static void put_product(const struct report_row *row, buffer *out)
{
    const struct shelflife_judged_match *judged = shelflife_report_match(row->entry->image);
    const struct shelflife_product *covered = row->entry->image->verdict.resolution.product;
    if (judged)
        shelflife_buffer_append(out, shelflife_report_title(judged->match->row->product));
    else if (covered)
        shelflife_buffer_append(out, shelflife_report_title(covered));
}

static const struct {
    report_put *put;
    const char *none;
} groupings[] = {
    [SHELFLIFE_REPORT_BY_NAMESPACE] = {put_namespace, "(no namespace)"},
    [SHELFLIFE_REPORT_BY_IMAGE] = {put_image, "(no image)"},
    [SHELFLIFE_REPORT_BY_OWNER] = {put_owner, "(no owner)"},
    [SHELFLIFE_REPORT_BY_PRODUCT] = {put_product, "(no product)"},
};

void shelflife_report_put_group_name(enum shelflife_report_grouping by, const struct report_row *row,
                                     buffer *out)
{
    size_t before = out->len;
    groupings[by].put(row, out);
    if (out->len == before)
        shelflife_buffer_append(out, shelflife_str_of(groupings[by].none));
}

/* ---- Rows ---- */

size_t shelflife_report_row_count(const struct report_output *r)
{
    switch (r->options->what) {
    case SHELFLIFE_REPORT_FORECAST:
        return r->result->change_count;
    case SHELFLIFE_REPORT_COMPARISON:
        return r->result->difference_count;
    case SHELFLIFE_REPORT_FINDINGS:
        break;
    }
    return r->options->all ? r->result->entry_count : r->result->finding_count;
}

/* Row i of the result. */
static struct report_row row_of(const struct report_output *r, size_t i)
{
    struct report_row row = {.many_namespaces = r->many_namespaces};
    switch (r->options->what) {
    case SHELFLIFE_REPORT_FORECAST:
        row.change = &r->result->changes[i];
        row.entry = row.change->entry;
        break;
    case SHELFLIFE_REPORT_COMPARISON:
        row.entry = r->result->differences[i];
        break;
    case SHELFLIFE_REPORT_FINDINGS:
        row.entry = r->options->all ? &r->result->entries[i] : r->result->findings[i];
        break;
    }
    return row;
}

/* ---- Sorting ---- */

struct sorting {
    const struct report_output *r;
    const struct report_column *column; /* or NULL: by the names of groups */
    buffer a, b;
    bool failed; /* without memory */
};

struct report_ordered {
    struct sorting *sorting; /* while it is sorted */
    size_t row;              /* in the result */
    size_t place;            /* before the next step of sorting */
    size_t group;            /* the least place of the rows of its group */
};

/* The digits at *i, without zeros in front; advances *i. */
static str take_number(str s, size_t *i)
{
    while (*i < s.len && s.at[*i] == '0')
        ++*i;
    size_t from = *i;
    while (*i < s.len && ascii_is_digit(s.at[*i]))
        ++*i;
    return (str){s.at + from, *i - from};
}

/* Without case, and numbers in the texts as numbers: 3.8 comes before 3.12. */
static int compare_texts(str a, str b)
{
    size_t i = 0, k = 0;
    while (i < a.len && k < b.len) {
        if (ascii_is_digit(a.at[i]) && ascii_is_digit(b.at[k])) {
            str x = take_number(a, &i), y = take_number(b, &k);
            int order = x.len == y.len ? shelflife_str_compare(x, y) : (x.len > y.len) - (x.len < y.len);
            if (order)
                return order;
        } else {
            unsigned char x = (unsigned char)ascii_lower(a.at[i++]),
                          y = (unsigned char)ascii_lower(b.at[k++]);
            if (x != y)
                return x < y ? -1 : 1;
        }
    }
    return (i < a.len) - (k < b.len);
}

/* The cell that a row is sorted by. */
static str sorted_cell(const struct report_ordered *o, buffer *out)
{
    const struct report_column *column = o->sorting->column;
    struct report_row row = row_of(o->sorting->r, o->row);
    shelflife_buffer_reset(out);
    if (column)
        (column->sort ? column->sort : column->put)(&row, out);
    else
        shelflife_report_put_group_name(o->sorting->r->group_by, &row, out);
    o->sorting->failed |= out->failed;
    return shelflife_buffer_str(out);
}

static int compare_cells(const struct report_ordered *x, const struct report_ordered *y)
{
    str a = sorted_cell(x, &x->sorting->a), b = sorted_cell(y, &x->sorting->b);
    return !x->sorting->column ? shelflife_str_compare(a, b)
           : !a.len || !b.len  ? (b.len > 0) - (a.len > 0) /* empty cells come last */
                               : compare_texts(a, b);
}

/* The worst first. */
static int compare_styled(const struct report_ordered *x, const struct report_ordered *y)
{
    const struct report_output *r = x->sorting->r;
    const struct report_row a = row_of(r, x->row), b = row_of(r, y->row);
    return x->sorting->column->style == REPORT_STYLE_PHASE
               ? (int)shelflife_report_row_phase(&b) - (int)shelflife_report_row_phase(&a)
               : (int)shelflife_report_row_action(&b) - (int)shelflife_report_row_action(&a);
}

static int compare_places(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int by_column(const void *a, const void *b)
{
    const struct report_ordered *x = a, *y = b;
    const struct report_column *column = x->sorting->column;
    int order = column && column->style != REPORT_STYLE_PLAIN ? compare_styled(x, y) : compare_cells(x, y);
    return order ? order : compare_places(x->place, y->place);
}

static int by_group(const void *a, const void *b)
{
    const struct report_ordered *x = a, *y = b;
    int order = compare_places(x->group, y->group);
    return order ? order : compare_places(x->place, y->place);
}

static void number_places(struct report_ordered *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        at[i].place = i;
}

/* Rows of a group are neighbours, in the order of their places. */
static void find_groups(struct report_ordered *at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool same = i && compare_cells(&at[i - 1], &at[i]) == 0;
        at[i].group = same ? at[i - 1].group : at[i].place;
    }
}

static bool sort_rows(struct report_output *r, struct report_ordered *at, size_t count)
{
    struct sorting sorting = {.r = r};
    shelflife_buffer_init(&sorting.a, SIZE_MAX);
    shelflife_buffer_init(&sorting.b, SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        at[i] = (struct report_ordered){.sorting = &sorting, .row = i, .place = i};
    if (r->options->sort_by) {
        size_t column =
            shelflife_report_find_column(shelflife_str_of(r->options->sort_by), 1U << r->options->what);
        sorting.column = &shelflife_report_columns[column];
        shelflife_sort(at, count, sizeof(*at), by_column);
        number_places(at, count);
        sorting.column = NULL;
    }
    if (r->group_by) {
        shelflife_sort(at, count, sizeof(*at), by_column);
        find_groups(at, count);
        shelflife_sort(at, count, sizeof(*at), by_group);
    }
    shelflife_buffer_free(&sorting.a);
    shelflife_buffer_free(&sorting.b);
    return !sorting.failed || shelflife_fail_memory(r->err);
}

static void find_what_varies(struct report_output *r, size_t count)
{
    const struct shelflife_audit_workload *first = count ? row_of(r, 0).entry->workload : NULL;
    for (size_t i = 0; i < count; i++) {
        const struct report_row row = row_of(r, i);
        const struct shelflife_audit_workload *w = row.entry->workload;
        r->some_allowed |= shelflife_report_row_action(&row) == SHELFLIFE_ALLOW;
        r->many_clusters |= !shelflife_str_equal(w->cluster, first->cluster);
        r->many_namespaces |= !shelflife_str_equal(w->namespace, first->namespace);
    }
}

/* The rows are all entries, with or without a finding. */
static bool has_all(const struct report_output *r)
{
    return r->options->all && r->options->what == SHELFLIFE_REPORT_FINDINGS;
}

/* The bit of the column that names what a summary counts. */
static unsigned counted(const struct report_output *r)
{
    return has_all(r) ? REPORT_COLUMN_COUNTED_ALL : (unsigned)REPORT_COLUMN_COUNTED << r->options->what;
}

bool shelflife_report_order(struct report_output *r)
{
    const size_t count = shelflife_report_row_count(r);
    find_what_varies(r, count);
    r->group_by = r->options->group_by;
    if (r->options->summary && !r->group_by)
        r->group_by = r->many_namespaces ? SHELFLIFE_REPORT_BY_NAMESPACE : SHELFLIFE_REPORT_BY_PRODUCT;
    if (r->group_by == SHELFLIFE_REPORT_BY_NAMESPACE)
        r->many_namespaces = false; /* rows need not repeat it */
    r->shown =
        r->options->summary ? (unsigned)REPORT_COLUMN_BY << r->group_by | counted(r) : 1U << r->options->what;
    if (!count || (!r->options->sort_by && !r->group_by))
        return true;
    r->order = calloc(count, sizeof(*r->order));
    return r->order ? sort_rows(r, r->order, count) : shelflife_fail_memory(r->err);
}

struct report_row shelflife_report_row(const struct report_output *r, size_t i)
{
    return row_of(r, r->order ? r->order[i].row : i);
}

/* ---- Groups ---- */

bool shelflife_report_begins_group(const struct report_output *r, size_t i)
{
    return r->group_by && (i == 0 || r->order[i].group != r->order[i - 1].group);
}

size_t shelflife_report_tally(const struct report_output *r, size_t i, struct report_tally *out)
{
    const size_t count = shelflife_report_row_count(r);
    *out = (struct report_tally){0};
    do {
        struct report_row row = shelflife_report_row(r, i);
        enum shelflife_phase phase = shelflife_report_row_phase(&row);
        out->rows++;
        out->actions[shelflife_report_row_action(&row)]++;
        out->worst = phase > out->worst ? phase : out->worst;
    } while (++i < count && !shelflife_report_begins_group(r, i));
    return i;
}

static void put_number(size_t n, const char *what, buffer *out)
{
    if (n)
        shelflife_buffer_format(out, ", %zu %s", n, what);
}

void shelflife_report_put_group_counts(const struct report_output *r, size_t i, buffer *out)
{
    static const char *const nouns[] = {
        [SHELFLIFE_REPORT_FINDINGS] = "finding",
        [SHELFLIFE_REPORT_FORECAST] = "change",
        [SHELFLIFE_REPORT_COMPARISON] = "difference",
    };
    struct report_tally tally;
    shelflife_report_tally(r, i, &tally);
    shelflife_buffer_format(out, ": %zu %s%s", tally.rows, has_all(r) ? "image" : nouns[r->options->what],
                            tally.rows == 1 ? "" : "s");
    put_number(tally.actions[SHELFLIFE_DENY], "denied", out);
    put_number(tally.actions[SHELFLIFE_WARN], "warned about", out);
    put_number(tally.actions[SHELFLIFE_ALLOW], "allowed", out);
    shelflife_buffer_format(out, "; the worst is %s", shelflife_phase_name(tally.worst));
}

bool shelflife_report_next(const struct report_output *r, struct report_lines *lines, struct report_row *row)
{
    const size_t i = lines->next;
    if (i == shelflife_report_row_count(r))
        return false;
    *row = shelflife_report_row(r, i);
    lines->next = r->options->summary ? shelflife_report_tally(r, i, &lines->tally) : i + 1;
    row->tally = r->options->summary ? &lines->tally : NULL;
    return true;
}
