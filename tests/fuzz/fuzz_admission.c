/* rooms: admission policy catalog workload reference json base */
/*
 * Any bytes as a review: the reply is complete JSON with `allowed` in it, or the status is 400. An error is
 * never allowed. How the bytes are split changes nothing except which of two errors is reported.
 */
#include "base/base.h"
#include "shelflife/admission.h"

static const char CATALOG[] = "{\"apiVersion\": \"shelflife.dev/v1\", \"kind\": \"Catalog\", \"name\": "
                              "\"test\", \"asOf\": \"2026-11-01\","
                              " \"products\": ["
                              "  {\"name\": \"dead\", \"repositories\": [\"r.test/dead\"],"
                              "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2020-01-01\", "
                              "\"endOfAvailability\": \"2021-01-01\"}]},"
                              "  {\"name\": \"old\", \"repositories\": [\"r.test/old\"],"
                              "   \"rows\": [{\"release\": \"1\", \"endOfPatch\": \"2025-01-01\"}]}]}";

/* An assert() that release builds keep. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

static struct shelflife_snapshot snapshot;
static struct shelflife_review *review;

static void prepare(void)
{
    error err;
    struct shelflife_catalogs *catalogs = shelflife_catalogs_new();
    if (!catalogs || !shelflife_catalogs_add(catalogs, shelflife_str_of(CATALOG), "test", &err) ||
        !shelflife_catalogs_finish(catalogs, &err))
        abort();
    snapshot.catalogs = catalogs;
    snapshot.policy = shelflife_policy_default(&err);
    snapshot.digest = STR("sha256:0");
    review = shelflife_review_new();
    if (!snapshot.policy || !review)
        abort();
}

static enum shelflife_json_next ignore(void *context, enum shelflife_json_event event, str text, bool last,
                                       error *err)
{
    (void)context, (void)event, (void)text, (void)last, (void)err;
    return SHELFLIFE_JSON_CONTINUE;
}

static void check_json(str text)
{
    error err;
    struct shelflife_json_parser *parser = shelflife_json_parser_new(ignore, NULL, false);
    must(parser != NULL);
    must(shelflife_str_is_utf8(text));
    must(shelflife_json_parser_feed(parser, text, &err) && shelflife_json_parser_finish(parser, &err));
    shelflife_json_parser_free(parser);
}

static struct shelflife_outcome judge(str body, size_t seed, enum shelflife_mode mode, buffer *reply)
{
    error err;
    struct shelflife_outcome out;
    shelflife_review_begin(review, &snapshot, 20780, mode);
    while (body.len) {
        size_t n = seed ? seed % 13 + 1 : body.len;
        seed = seed ? seed * 31 + 7 : 0;
        n = n < body.len ? n : body.len;
        shelflife_review_feed(review, shelflife_str_first(body, n));
        body = shelflife_str_after(body, n);
    }
    must(shelflife_review_finish(review, reply, &out, &err));
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!review)
        prepare();
    str body = {(const char *)data, size};
    buffer whole, cut;
    shelflife_buffer_init(&whole, 1 << 20);
    shelflife_buffer_init(&cut, 1 << 20);
    struct shelflife_outcome out = judge(body, 0, SHELFLIFE_MODE_POLICY, &whole);
    must(!(out.error && out.allowed && out.mode == SHELFLIFE_MODE_ENFORCE));
    must(!(out.action == SHELFLIFE_DENY && out.allowed));
    must(out.http_status == 200 || (out.http_status == 400 && !out.allowed && out.error));
    if (out.http_status == 200)
        check_json(shelflife_buffer_str(&whole));
    /* With smaller pieces, a wrong type may be reported before the syntax error that follows it. */
    struct shelflife_outcome again = judge(body, size + 1, SHELFLIFE_MODE_POLICY, &cut);
    must(out.error == again.error && out.http_status == again.http_status && out.allowed == again.allowed);
    must(out.error || shelflife_str_equal(shelflife_buffer_str(&whole), shelflife_buffer_str(&cut)));
    for (int mode = SHELFLIFE_MODE_OFF; mode < SHELFLIFE_MODE_POLICY; mode++) {
        shelflife_buffer_reset(&cut);
        out = judge(body, 0, (enum shelflife_mode)mode, &cut);
        must(out.allowed || out.http_status == 400 || mode == SHELFLIFE_MODE_ENFORCE);
    }
    shelflife_buffer_free(&whole);
    shelflife_buffer_free(&cut);
    return 0;
}
