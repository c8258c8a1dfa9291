#include "inspection/event.h"

#include "json/words.h"

typedef enum shelflife_json_next next;

void shelflife_inspection_event_begin(struct shelflife_inspection_event *e)
{
    e->depth = e->key_len = 0;
    e->inside = false;
}

static next pass(struct shelflife_inspection_event *e, enum shelflife_json_event event, str text, bool last,
                 error *err)
{
    next n = e->handler(e->context, event, text, last, err);
    e->depth += shelflife_json_opens(event) && n == SHELFLIFE_JSON_CONTINUE;
    e->depth -= shelflife_json_closes(event);
    e->inside = e->depth > 1;
    return n;
}

static next on_key(struct shelflife_inspection_event *e, str text, bool last)
{
    str fits = shelflife_str_first(text, sizeof(e->key) - e->key_len);
    shelflife_copy(e->key + e->key_len, fits.at, fits.len);
    e->key_len += fits.len;
    if (!last)
        return SHELFLIFE_JSON_CONTINUE;
    str key = {e->key, e->key_len};
    e->key_len = 0;
    return shelflife_str_equal(key, STR("object")) ? SHELFLIFE_JSON_CONTINUE : SHELFLIFE_JSON_SKIP;
}

next shelflife_inspection_event_next(void *context, enum shelflife_json_event event, str text, bool last,
                                     error *err)
{
    struct shelflife_inspection_event *e = context;
    if (e->inside)
        return pass(e, event, text, last, err);
    switch (event) {
    case SHELFLIFE_JSON_KEY:
        return on_key(e, text, last);
    case SHELFLIFE_JSON_MAP_START:
        if (e->depth == 1)
            return pass(e, event, text, last, err);
        e->depth = 1;
        return SHELFLIFE_JSON_CONTINUE;
    case SHELFLIFE_JSON_MAP_END:
        e->depth = 0;
        return SHELFLIFE_JSON_CONTINUE;
    case SHELFLIFE_JSON_ARRAY_START:
        return SHELFLIFE_JSON_SKIP;
    default:
        return SHELFLIFE_JSON_CONTINUE;
    }
}
