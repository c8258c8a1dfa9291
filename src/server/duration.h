/* Durations as API servers send them in ?timeout=, in the format of Go: "10s", "500ms", "1m30s", "1.5s". */
#ifndef SHELFLIFE_SERVER_DURATION_H
#define SHELFLIFE_SERVER_DURATION_H

#include "base/base.h"

enum { SHELFLIFE_SERVER_DURATION_MAX = 24 * 3600 * 1000 };

/* Milliseconds, rounded down, at most SHELFLIFE_SERVER_DURATION_MAX. False if it is none, 0 or negative. */
bool shelflife_server_duration_parse(str text, unsigned *milliseconds);

#endif
