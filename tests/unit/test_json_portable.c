/* rooms: base */
/* The parser's tests again, on the form of it that knows no SSE2. */
#define SHELFLIFE_JSON_PORTABLE
#include "json/parser.c" /* NOLINT(bugprone-suspicious-include) */

#include "test_json_parser.c" /* NOLINT(bugprone-suspicious-include) */
