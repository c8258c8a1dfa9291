#include "workload/parts.h"

#include <inttypes.h>

#include "base/ascii.h"
#include "json/yaml.h"

/* Whether the repository already ends in the name. */
static bool has_name(str repository, str name)
{
    return shelflife_str_equal(repository, name) ||
           (shelflife_str_ends(repository, name) && repository.at[repository.len - name.len - 1] == '/');
}

/* Whether an image has a tag or a digest. */
static bool is_whole(str image)
{
    str last = shelflife_str_after(image, shelflife_str_find_last(image, '/') + 1); /* SIZE_MAX + 1 is 0 */
    return shelflife_str_find(last, ':') != SIZE_MAX || shelflife_str_find(image, '@') != SIZE_MAX;
}

void shelflife_workload_parts_join(const str parts[SHELFLIFE_WORKLOAD_PARTS], buffer *out)
{
    str hub = parts[SHELFLIFE_WORKLOAD_PART_HUB], registry = parts[SHELFLIFE_WORKLOAD_PART_REGISTRY];
    str repository = parts[SHELFLIFE_WORKLOAD_PART_REPOSITORY];
    str image = parts[SHELFLIFE_WORKLOAD_PART_IMAGE];
    str name = image.len ? image : parts[SHELFLIFE_WORKLOAD_PART_NAME];
    str tag = parts[SHELFLIFE_WORKLOAD_PART_TAG], digest = parts[SHELFLIFE_WORKLOAD_PART_DIGEST];
    registry = registry.len ? registry : hub;
    if (is_whole(image))
        tag = digest = (str){0};
    if (!repository.len && !image.len && !(name.len && (registry.len || tag.len || digest.len)))
        return;
    while (shelflife_str_ends(registry, STR("/")))
        registry.len--;
    if (registry.len) {
        shelflife_buffer_append(out, registry);
        shelflife_buffer_byte(out, '/');
    }
    shelflife_buffer_append(out, repository);
    if (name.len && !has_name(repository, name)) {
        if (repository.len)
            shelflife_buffer_byte(out, '/');
        shelflife_buffer_append(out, name);
    }
    if (tag.len) {
        shelflife_buffer_byte(out, ':');
        shelflife_buffer_append(out, tag);
    }
    /* Some write "1.25@sha256:…" as the tag. */
    if (digest.len && shelflife_str_find(tag, '@') == SIZE_MAX) {
        shelflife_buffer_byte(out, '@');
        shelflife_buffer_append(out, digest);
    }
}

/* Splits a number with a point into the digits before and after it. */
static bool split_number(str number, str *whole, str *part)
{
    enum { DIGITS_MAX = 15 }; /* all such numbers are different as binary numbers */
    size_t point = shelflife_str_find(number, '.');
    if (point == SIZE_MAX || number.len > DIGITS_MAX + 1)
        return false;
    for (size_t i = 0; i < number.len; i++)
        if (i != point && !ascii_is_digit(number.at[i]))
            return false;
    *whole = shelflife_str_first(number, point);
    *part = shelflife_str_after(number, point + 1);
    return true;
}

str shelflife_workload_parts_number(str number, char out[SHELFLIFE_WORKLOAD_NUMBER_MAX])
{
    bool leading_zero = number.len > 1 && number.at[0] == '0' && ascii_is_digit(number.at[1]), fits = false;
    int64_t n;
    str whole, part;
    int len = 0;
    if (shelflife_yaml_integer(number, &n, &fits)) {
        if (fits && !leading_zero)
            len = snprintf(out, SHELFLIFE_WORKLOAD_NUMBER_MAX, "%" PRId64, n);
    } else if (split_number(number, &whole, &part)) {
        while (whole.len > 1 && whole.at[0] == '0')
            whole = shelflife_str_after(whole, 1);
        while (shelflife_str_ends(part, STR("0")))
            part.len--;
        len = snprintf(out, SHELFLIFE_WORKLOAD_NUMBER_MAX, "%.*s%s%.*s",
                       STR_PRINT(whole.len ? whole : STR("0")), part.len ? "." : "", STR_PRINT(part));
    }
    return len > 0 ? (str){out, (size_t)len} : number;
}
