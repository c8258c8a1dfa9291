/* The JSON report as YAML. */
#include "report/internal.h"
#include "json/yaml_writer.h"

struct yaml {
    struct report_output *r;
    struct shelflife_yaml_writer *writer;
};

static bool convert(void *context, str json, error *err)
{
    const struct yaml *y = context;
    return shelflife_yaml_writer_feed(y->writer, json, err) && shelflife_report_flush(y->r);
}

bool shelflife_report_yaml(struct report_output *r)
{
    struct yaml y = {r, shelflife_yaml_writer_new(&r->out)};
    struct report_output json = *r;
    if (!y.writer)
        return shelflife_fail_memory(r->err);
    json.sink = convert;
    json.context = &y;
    shelflife_buffer_init(&json.out, SIZE_MAX);
    bool ok = shelflife_report_json(&json) && shelflife_report_pass(&json) &&
              shelflife_yaml_writer_finish(y.writer, r->err);
    shelflife_buffer_free(&json.out);
    shelflife_yaml_writer_free(y.writer);
    return ok;
}
