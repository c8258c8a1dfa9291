/* A List of reports that `kubectl apply -f -` takes. */
#include "report/objects.h"
#include "shelflife/json.h"

static bool write_items(struct report_output *r, struct shelflife_json_writer *w, enum report_flavour flavour,
                        const struct report_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        shelflife_buffer_byte(&r->out, '\n');
        shelflife_report_object(r->result, &groups->at[i], flavour, NULL, w);
        if (!shelflife_report_flush(r))
            return false;
    }
    return true;
}

static bool write_list(struct report_output *r, enum report_flavour flavour)
{
    struct shelflife_json_writer w;
    struct report_groups groups;
    if (!shelflife_report_group(r->result, &groups, r->err))
        return false;
    shelflife_json_writer_init(&w, &r->out);
    shelflife_json_write_map(&w);
    shelflife_json_member_text(&w, "apiVersion", "v1");
    shelflife_json_member_text(&w, "kind", "List");
    shelflife_json_member_array(&w, "items");
    bool ok = write_items(r, &w, flavour, &groups);
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    shelflife_buffer_byte(&r->out, '\n');
    shelflife_report_groups_free(&groups);
    return ok;
}

bool shelflife_report_policyreport(struct report_output *r)
{
    return write_list(r, REPORT_FLAVOUR_WGPOLICY);
}

bool shelflife_report_openreports(struct report_output *r)
{
    return write_list(r, REPORT_FLAVOUR_OPENREPORTS);
}
