/* rooms: all */
#include "inspection/pods.h"
#include "unit/test.h"

/* Writes what is read as lines. */
static bool note(void *context, const struct shelflife_inspection_pod *pod, error *err UNUSED)
{
    buffer *out = context;
    shelflife_buffer_format(out, "%.*s %.*s", STR_PRINT(pod->namespace), STR_PRINT(pod->service_account));
    for (size_t i = 0; i < pod->pull_secret_count; i++)
        shelflife_buffer_format(out, " +%.*s", STR_PRINT(pod->pull_secrets[i]));
    for (size_t i = 0; i < pod->container_count; i++)
        shelflife_buffer_format(out, "; %.*s=%.*s (%.*s)", STR_PRINT(pod->containers[i].name),
                                STR_PRINT(pod->containers[i].image), STR_PRINT(pod->containers[i].image_id));
    shelflife_buffer_append(out, STR("\n"));
    return true;
}

/* Reads a text in pieces of a size. */
static void read_text(const char *text, size_t piece, buffer *out)
{
    error err = {0};
    struct shelflife_inspection_pods *pods = shelflife_inspection_pods_new(note, out, &err);
    struct shelflife_json_parser *parser =
        shelflife_json_parser_new(shelflife_inspection_pods_event, pods, false);
    assert_true(pods && parser);
    shelflife_inspection_pods_begin(pods);
    for (str rest = shelflife_str_of(text); rest.len; rest = shelflife_str_after(rest, piece))
        if (!shelflife_json_parser_feed(parser, shelflife_str_first(rest, piece), &err))
            fail_msg("%s", err.text);
    if (!shelflife_json_parser_finish(parser, &err))
        fail_msg("%s", err.text);
    shelflife_json_parser_free(parser);
    shelflife_inspection_pods_free(pods);
}

static void pods_say_what_they_run(void **state UNUSED)
{
    static const struct {
        const char *text, *found;
    } cases[] = {
        {"{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"7\"},\"items\":["
         "{\"metadata\":{\"name\":\"a\",\"namespace\":\"team\",\"labels\":{\"namespace\":\"no\"}},"
         "\"spec\":{\"serviceAccountName\":\"robot\",\"imagePullSecrets\":[{\"name\":\"one\"},{\"name\":"
         "\"two\"}],"
         "\"initContainers\":[{\"name\":\"init\",\"image\":\"busybox\"}],"
         "\"containers\":[{\"image\":\"app:1\",\"name\":\"main\",\"env\":[{\"name\":\"X\",\"value\":\"y\"}]}]"
         ","
         "\"volumes\":[{\"name\":\"v\",\"image\":{\"reference\":\"data:3\"}},{\"name\":\"w\"}]},"
         "\"status\":{\"containerStatuses\":[{\"name\":\"main\",\"image\":\"app:1\",\"imageID\":\"app@sha256:"
         "1\","
         "\"state\":{\"running\":{}}}],"
         "\"initContainerStatuses\":[{\"imageID\":\"busybox@sha256:2\",\"name\":\"init\"}],"
         "\"ephemeralContainerStatuses\":[{\"name\":\"debug\",\"image\":\"tools:2\",\"imageID\":\"t@sha256:"
         "3\"}]}},"
         "{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"second\"}]}}]}",
         "team robot +one +two; =data:3 (); init=busybox (busybox@sha256:2); main=app:1 (app@sha256:1); "
         "debug=tools:2 (t@sha256:3)\n ; c=second ()\n"},
        {"{\"type\":\"ADDED\",\"object\":{\"status\":{\"containerStatuses\":[{\"name\":\"c\",\"imageID\":"
         "\"x\"}]},"
         "\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"y\"}]},\"metadata\":{\"namespace\":\"n\"}}}",
         "n ; c=y (x)\n"},
        /* What is not as it should be is left out. */
        {"{\"items\":[{\"spec\":{\"containers\":[{\"name\":1,\"image\":[\"x\"]},[{\"image\":\"no\"}],"
         "{\"name\":null,\"image\":\"y\"}],\"serviceAccountName\":{}},\"metadata\":[1]}, 5, [{}], null]}",
         " ; = (); =y ()\n"},
        {"{\"items\":{\"spec\":{\"containers\":{\"image\":\"one\"}}}}", " ; =one ()\n"},
        {"[{\"items\":[]}]", ""},
        {"7", ""},
        {"{\"metadata\":{\"namespace\":\"n\"},\"spec\":{\"containers\":[{\"image\":\"x\"}]}}", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t piece = 1; piece < 2000; piece = piece < 8 ? piece + 1 : piece * 20) {
            buffer out;
            shelflife_buffer_init(&out, 1 << 16);
            read_text(cases[i].text, piece, &out);
            if (!shelflife_str_equal(shelflife_buffer_str(&out), shelflife_str_of(cases[i].found)))
                fail_msg("%s\nin pieces of %zu: %.*s", cases[i].text, piece,
                         STR_PRINT(shelflife_buffer_str(&out)));
            shelflife_buffer_free(&out);
        }
}

static void texts_longer_than_a_reference_are_left_out(void **state UNUSED)
{
    buffer text, out;
    shelflife_buffer_init(&text, 1 << 20);
    shelflife_buffer_init(&out, 1 << 20);
    shelflife_buffer_append(&text,
                            STR("{\"items\":[{\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\""));
    for (size_t i = 0; i < 100000; i++)
        shelflife_buffer_byte(&text, 'x');
    shelflife_buffer_append(&text, STR("\"},{\"name\":\"b\",\"image\":\"short\"}]}}]}"));
    shelflife_buffer_byte(&text, '\0');
    read_text(text.at, 1000, &out);
    assert_true(shelflife_str_equal(shelflife_buffer_str(&out), STR(" ; a= (); b=short ()\n")));
    shelflife_buffer_free(&text);
    shelflife_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pods_say_what_they_run),
        cmocka_unit_test(texts_longer_than_a_reference_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
