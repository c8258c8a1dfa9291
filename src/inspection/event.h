/* The object in an event of a watch, {"type": …, "object": …}, for a handler of objects. */
#ifndef SHELFLIFE_INSPECTION_EVENT_H
#define SHELFLIFE_INSPECTION_EVENT_H

#include "base/base.h"
#include "shelflife/json.h"

/* Passes the JSON events of the object on. The caller sets the first two members. */
struct shelflife_inspection_event {
    shelflife_json_handler *handler;
    void *context;
    size_t depth; /* of maps and arrays that are open */
    bool inside;
    char key[sizeof("object")];
    size_t key_len;
};

void shelflife_inspection_event_begin(struct shelflife_inspection_event *event);

/* A shelflife_json_handler; `context` is the struct. */
enum shelflife_json_next shelflife_inspection_event_next(void *context, enum shelflife_json_event event,
                                                         str text, bool last, error *err);

#endif
