#include "base/prometheus.h"

#include "base/printable.h"

void shelflife_prometheus_head(buffer *out, const char *name, const char *type, const char *help)
{
    shelflife_buffer_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void shelflife_prometheus_single(buffer *out, const char *name, const char *type, const char *help,
                                 int64_t value)
{
    shelflife_prometheus_head(out, name, type, help);
    shelflife_buffer_format(out, "%s %lld\n", name, (long long)value);
}

void shelflife_prometheus_label(buffer *out, const char *before, str value)
{
    CLEANUP(shelflife_buffer_free) buffer clean;
    shelflife_buffer_init(&clean, SIZE_MAX);
    shelflife_printable_append(value, SIZE_MAX, &clean);
    shelflife_buffer_append(out, shelflife_str_of(before));
    shelflife_buffer_byte(out, '"');
    for (size_t i = 0; i < clean.len; i++) {
        if (clean.at[i] == '"' || clean.at[i] == '\\')
            shelflife_buffer_byte(out, '\\');
        shelflife_buffer_byte(out, clean.at[i]);
    }
    shelflife_buffer_byte(out, '"');
    out->failed |= clean.failed;
}
