/* rooms: registry net file pki reference json base */
#include "registry/configuration.h"
#include "unit/registry_kit.h"

/* Reads a text in chunks of `step` bytes. */
static bool read_text(str text, size_t step, const struct shelflife_registry_wanted *wanted, arena *a,
                      struct shelflife_registry_configuration *out, error *err)
{
    struct shelflife_registry_configuration_reader *reader =
        shelflife_registry_configuration_new(wanted, a, err);
    assert_non_null(reader);
    bool ok = true;
    for (str rest = text; ok && rest.len; rest = shelflife_str_after(rest, step))
        ok = shelflife_registry_configuration_feed(reader, shelflife_str_first(rest, step), err);
    ok = ok && shelflife_registry_configuration_finish(reader, out, err);
    shelflife_registry_configuration_free(reader);
    return ok;
}

static const struct {
    const char *text, *platform, *evidence;
} configurations[] = {
    {"{}", "", ""},
    {"{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\"}", "linux/arm64/v8", ""},
    {"{\"os\":null,\"architecture\":\"\",\"config\":null,\"history\":null}", "", ""},
    {"{\"config\":{\"Env\":null,\"Labels\":null},\"history\":[]}", "", ""},
    {"{\"config\":{\"Env\":[],\"Labels\":{}}}", "", ""},
    /* Variables: up to the first "=", without those that are none, the last of a name. */
    {"{\"config\":{\"Env\":[\"A=1=2\",\"PLAIN\",\"B=\",null,\"A=3\"]}}", "", "env A=3\nenv B=\n"},
    {"{\"config\":{\"Env\":[\"A=1\"],\"Env\":[\"B=2\"]}}", "", "env B=2\n"},
    {"{\"config\":{\"Env\":[\"A=1\"],\"Env\":null}}", "", ""},
    /* Names of members in any letters; what is not read may be anything. */
    {"{\"Config\":{\"env\":[\"A=1\"],\"labels\":{\"l\":\"x\"},\"Cmd\":{\"a\":[1,{}]}},\"container_config\":"
     "{\"Env\":[\"NO=1\"]},\"OS\":\"linux\",\"Architecture\":\"amd64\"}",
     "linux/amd64", "env A=1\nlabel l=x\n"},
    {"{\"config\":{\"Labels\":{\"a\":\"1\",\"b\":null,\"a\":\"2\",\"c\":\"3\",\"c\":null}}}", "",
     "label a=2\n"},
    /* What cannot be shown is not kept, and replaces what was there. */
    {"{\"config\":{\"Env\":[\"A=1\",\"A=\\u0000\",\"B=a\\nb\",\"C=\\ud800\",\"D=\\u00e9\"]}}", "",
     "env D=\xc3\xa9\n"},
    /* The order does not depend on that of the file. */
    {"{\"history\":[{\"created_by\":\"ENV X\"}],\"config\":{\"Labels\":{\"l\":\"1\"},\"Env\":[\"E=1\"]}}", "",
     "env E=1\nlabel l=1\nhistory ENV X\n"},
    /* Debian: the first line is the base system, the others are not. */
    {"{\"history\":[{\"created\":\"2023-05-10T00:00:00Z\",\"created_by\":\"# debian.sh --arch 'amd64' out/ "
     "'bookworm' '@1785715200'\",\"comment\":\"debuerreotype 0.15\"},{\"created_by\":\"ENV "
     "PYTHON_VERSION=3.11.16\","
     "\"empty_layer\":true},{\"created_by\":\"ADD alpine-minirootfs-3.1.1-x86_64.tar.gz / # buildkit\"}]}",
     "", "history RUN # debian.sh --arch 'amd64' out/ 'bookworm' '@1785715200'\n"},
    /* Ubuntu: lines before the files say more than that of the files. */
    {"{\"history\":[{\"created_by\":\"/bin/sh -c #(nop)  ARG RELEASE\",\"empty_layer\":true},{\"created_by\":"
     "\"/bin/sh -c #(nop)  LABEL "
     "org.opencontainers.image.version=24.04\",\"empty_layer\":true},{\"created_by\":"
     "\"/bin/sh -c #(nop) ADD file:ab in / \"},{\"created_by\":\"/bin/sh -c #(nop)  CMD "
     "[\\\"/bin/bash\\\"]\","
     "\"empty_layer\":true}]}",
     "",
     "history ARG RELEASE\nhistory LABEL org.opencontainers.image.version=24.04\nhistory ADD file:ab in /\n"},
    /* buildah marks ADD as empty, and gives the layer to a later line. */
    {"{\"history\":[{\"created_by\":\"/bin/sh -c #(nop) ADD file:ab in "
     "/\",\"empty_layer\":true},{\"created_by\":"
     "\"/bin/sh -c #(nop) COPY file:alpine-minirootfs-3.1.1 in /\"}]}",
     "", "history ADD file:ab in /\n"},
    /* "docker import": files that no line names. A comment is not evidence. */
    {"{\"history\":[{\"comment\":\"Imported from -\"},{\"created_by\":\"ADD alpine-minirootfs-3.1.1.tar.gz "
     "/\"}]}",
     "", ""},
    {"{\"history\":[null,{\"created_by\":\"ADD alpine-minirootfs-3.1.1.tar.gz /\"}]}", "", ""},
    {"{\"history\":[{\"empty_layer\":true,\"comment\":\"FROM docker.io/library/x\"},{\"created_by\":\"ADD "
     "a.tar /\"}]}",
     "", "history ADD a.tar /\n"},
    {"{\"history\":[{\"created_by\":\"COPY a /\"}],\"history\":[{\"created_by\":\"ADD b /\"}]}", "",
     "history ADD b /\n"},
    {"{\"history\":[{\"created_by\":\"ENV A=\\tb\"},{\"created_by\":\"ADD b /\"}]}", "", "history ADD b /\n"},
};

static void evidence_is_read_at_any_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(configurations); i++)
        for (size_t step = 1; step < 200; step += 1 + step / 2) {
            CLEANUP(shelflife_arena_free) arena a;
            CLEANUP(shelflife_buffer_free) buffer shown;
            struct shelflife_registry_configuration out = {0};
            struct shelflife_registry_wanted wanted = {0};
            error err = {0};
            str platform;
            shelflife_arena_init(&a, 1 << 20);
            shelflife_buffer_init(&shown, 1 << 16);
            if (!read_text(shelflife_str_of(configurations[i].text), step, &wanted, &a, &out, &err))
                fail_msg("%s: %s", configurations[i].text, err.text);
            evidence_text(&out.evidence, &shown);
            assert_str_equal(shelflife_buffer_str(&shown), configurations[i].evidence);
            assert_true(shelflife_registry_platform_text(&out.platform, &a, &platform));
            assert_str_equal(platform, configurations[i].platform);
        }
}

static const struct {
    const char *text, *error;
} faults[] = {
    {"", "the configuration: line 1, column 1 (byte offset 0): "},
    {"[]", "the configuration: it must be a map, not an array"},
    {"null", "the configuration: it must be a map, not null"},
    {"{\"config\":[]}", "the configuration: config must be a map, not an array"},
    {"{\"config\":{\"Env\":{}}}", "the configuration: config.Env must be an array, not a map"},
    {"{\"config\":{\"Env\":[\"A=secret\",3]}}",
     "the configuration: config.Env[1] must be a string, not a number"},
    {"{\"config\":{\"Labels\":{\"a\":[]}}}",
     "the configuration: a value of config.Labels must be a string, not an array"},
    {"{\"history\":[{\"empty_layer\":true},[]]}",
     "the configuration: history[1] must be a map, not an array"},
    {"{\"history\":[{\"created_by\":{}}]}",
     "the configuration: history[0].created_by must be a string, not a map"},
    {"{\"history\":[{\"empty_layer\":\"x\"}]}",
     "the configuration: history[0].empty_layer must be a boolean, not a string"},
    {"{\"os\":\"a/b\"}", "the configuration: os is not a word of letters and digits"},
    {"{\"os\":\"linux\"", "the configuration: line 1, column 14 (byte offset 13): "},
};

static void faults_name_the_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        CLEANUP(shelflife_arena_free) arena a;
        struct shelflife_registry_configuration out = {0};
        struct shelflife_registry_wanted wanted = {0};
        error err = {0};
        shelflife_arena_init(&a, 1 << 20);
        assert_false(read_text(shelflife_str_of(faults[i].text), 7, &wanted, &a, &out, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
        if (!shelflife_str_starts(shelflife_str_of(err.text), shelflife_str_of(faults[i].error)))
            fail_msg("%s: %s", faults[i].text, err.text);
    }
}

/* ---- Hostile configurations ---- */

static bool keep_a(void *context, const struct shelflife_evidence *e)
{
    (void)context;
    return e->kind == SHELFLIFE_EVIDENCE_ENV && shelflife_str_equal(e->name, STR("A"));
}

static const struct {
    const char *what, *before, *repeated, *after;
    size_t count;
    const char *evidence;
    enum shelflife_error_kind kind; /* NONE: it is read */
} hostile[] = {
    {"other variables", "{\"config\":{\"Env\":[\"A=1\"", ",\"B=secret\"", "]}}", 100000, "env A=1\n",
     SHELFLIFE_ERROR_NONE},
    {"one variable many times", "{\"config\":{\"Env\":[\"B=1\"", ",\"A=2\"", "]}}", 100000, "env A=2\n",
     SHELFLIFE_ERROR_NONE},
    {"a long value", "{\"config\":{\"Env\":[\"A=1\",\"A=", "3.8.", "\"]}}", 1 << 18, "",
     SHELFLIFE_ERROR_NONE},
    {"a long name", "{\"config\":{\"Env\":[\"A=1\",\"", "AAAA", "=2\"]}}", 1 << 18, "env A=1\n",
     SHELFLIFE_ERROR_NONE},
    {"a long label", "{\"config\":{\"Labels\":{\"", "AAAA", "\":\"x\"},\"Env\":[\"A=1\"]}}", 1 << 18,
     "env A=1\n", SHELFLIFE_ERROR_NONE},
    {"long lines", "{\"history\":[{\"created_by\":\"ENV ", "x=y ", "\"}],\"config\":{\"Env\":[\"A=1\"]}}",
     1 << 18, "env A=1\n", SHELFLIFE_ERROR_NONE},
    {"many lines", "{\"config\":{\"Env\":[\"A=1\"]},\"history\":[{}", ",{\"created_by\":\"ENV A=1\"}", "]}",
     100000, "env A=1\n", SHELFLIFE_ERROR_NONE},
    {"nesting", "{\"rootfs\":", "[", "", 20000, "", SHELFLIFE_ERROR_LIMIT},
    {"white space", "{", "    ", "}", (1 << 22) + 1, "", SHELFLIFE_ERROR_LIMIT},
};

static void hostile_configurations_take_little_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(hostile); i++) {
        CLEANUP(shelflife_arena_free) arena a;
        CLEANUP(shelflife_buffer_free) buffer text, shown;
        struct shelflife_registry_configuration out = {0};
        struct shelflife_registry_wanted wanted = {.keep = keep_a};
        error err = {0};
        shelflife_arena_init(&a, 1 << 16);
        shelflife_buffer_init(&text, 1 << 26);
        shelflife_buffer_init(&shown, 1 << 16);
        shelflife_buffer_append(&text, shelflife_str_of(hostile[i].before));
        repeat(&text, hostile[i].repeated, hostile[i].count);
        shelflife_buffer_append(&text, shelflife_str_of(hostile[i].after));
        bool ok = read_text(shelflife_buffer_str(&text), 16384, &wanted, &a, &out, &err);
        if (ok != (hostile[i].kind == SHELFLIFE_ERROR_NONE) || err.kind != hostile[i].kind)
            fail_msg("%s: %d %s", hostile[i].what, err.kind, err.text);
        evidence_text(&out.evidence, &shown);
        assert_str_equal(shelflife_buffer_str(&shown), hostile[i].evidence);
    }
}

static void more_evidence_than_any_image_has_is_an_error(void **state)
{
    (void)state;
    CLEANUP(shelflife_arena_free) arena a;
    CLEANUP(shelflife_buffer_free) buffer text;
    struct shelflife_registry_configuration out = {0};
    struct shelflife_registry_wanted wanted = {0};
    error err = {0};
    shelflife_arena_init(&a, 1 << 24);
    shelflife_buffer_init(&text, 1 << 26);
    shelflife_buffer_append(&text, STR("{\"config\":{\"Env\":[\"A=1\""));
    for (size_t i = 0; i <= SHELFLIFE_EVIDENCE_MAX; i++)
        shelflife_buffer_format(&text, ",\"V%zu=1\"", i);
    shelflife_buffer_append(&text, STR("]}}"));
    assert_false(read_text(shelflife_buffer_str(&text), 4096, &wanted, &a, &out, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    assert_string_equal(
        err.text, "the configuration: more than 1024 variables, labels and lines of history are evidence");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_is_read_at_any_cut),
        cmocka_unit_test(faults_name_the_place),
        cmocka_unit_test(hostile_configurations_take_little_memory),
        cmocka_unit_test(more_evidence_than_any_image_has_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
