/* rooms: registry net pki file json reference base */
#include "registry/hosts.h"
#include "unit/test.h"

static struct shelflife_registry_host *read_text(const char *toml, const char *name, bool plain)
{
    error err = {0};
    struct shelflife_registry_host *host = shelflife_registry_hosts_read(
        shelflife_str_of(toml), "hosts.toml", "/etc/hosts.d/r", shelflife_str_of(name), plain, &err);
    if (!host)
        fail_msg("%s", err.text);
    return host;
}

static void a_registry_without_mirrors_is_asked_itself(UNUSED void **state)
{
    static const struct {
        const char *name, *authority;
        bool plain;
        int scheme;
    } cases[] = {
        {"registry.example:5000", "registry.example:5000", false, SHELFLIFE_REGISTRY_HTTPS},
        {"localhost:5000", "localhost:5000", true, SHELFLIFE_REGISTRY_EITHER},
        {"[::1]:5000", "[::1]:5000", true, SHELFLIFE_REGISTRY_EITHER},
        {"docker.io", "registry-1.docker.io", false, SHELFLIFE_REGISTRY_HTTPS},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_registry_host *h = read_text("", cases[i].name, cases[i].plain);
        assert_int_equal(h->count, 1);
        assert_str_equal(h->endpoints[0]->authority, cases[i].authority);
        assert_str_equal(h->endpoints[0]->path, "/v2");
        assert_int_equal(atomic_load(&h->endpoints[0]->scheme), cases[i].scheme);
        assert_int_equal(h->endpoints[0]->may, SHELFLIFE_REGISTRY_MAY_ALL);
        assert_false(h->endpoints[0]->mirror);
        shelflife_registry_host_free(h);
    }
}

static void all_keys_of_a_mirror_count(UNUSED void **state)
{
    struct shelflife_registry_host *h = read_text("server = \"https://origin.example\"   # itself\n"
                                                  "[host.\"https://mirror.example:5000/proxy/\"]\n"
                                                  "  capabilities = [\"pull\",\n    'resolve', # two\n  ]\n"
                                                  "  ca = \"ca.crt\"\n"
                                                  "  client = [[\"client.crt\", \"/k/client.key\"]]\n"
                                                  "  skip_verify = true\n"
                                                  "  override_path = true\n"
                                                  "  dial_timeout = \"3s\"\n"
                                                  "  [host.\"https://mirror.example:5000/proxy/\".header]\n"
                                                  "    x-one = \"\\u00e4\"\n"
                                                  "    x-two = [\"a\", \"b\"]\n"
                                                  "[host.'http://plain.example']\n",
                                                  "registry.example", false);
    assert_int_equal(h->count, 3);
    const struct shelflife_registry_endpoint *e = h->endpoints[0];
    assert_str_equal(e->authority, "mirror.example:5000");
    assert_str_equal(e->path, "/proxy");
    assert_true(e->mirror && e->peer.insecure);
    assert_int_equal(e->may, SHELFLIFE_REGISTRY_MAY_PULL | SHELFLIFE_REGISTRY_MAY_RESOLVE);
    assert_string_equal(e->peer.ca_file, "/etc/hosts.d/r/ca.crt");
    assert_string_equal(e->peer.certificate_file, "/etc/hosts.d/r/client.crt");
    assert_string_equal(e->peer.key_file, "/k/client.key");
    assert_int_equal(e->field_count, 3);
    assert_string_equal(e->fields[0].name, "x-one");
    assert_str_equal(e->fields[0].value, "\xc3\xa4");
    assert_str_equal(e->fields[2].value, "b");
    assert_int_equal(atomic_load(&h->endpoints[1]->scheme), SHELFLIFE_REGISTRY_HTTP);
    assert_str_equal(h->endpoints[1]->path, "/v2");
    assert_str_equal(h->endpoints[2]->authority, "origin.example");
    assert_false(h->endpoints[2]->mirror);
    shelflife_registry_host_free(h);
}

static void paths_get_the_version_once(UNUSED void **state)
{
    struct shelflife_registry_host *h =
        read_text("[host.\"https://a.example/v2\"]\n[host.\"https://b.example/x\"]\n"
                  "[host.\"https://c.example\"]\n override_path = true\n",
                  "registry.example", false);
    assert_int_equal(h->count, 4);
    assert_str_equal(h->endpoints[0]->path, "/v2");
    assert_str_equal(h->endpoints[1]->path, "/x/v2");
    assert_str_equal(h->endpoints[2]->path, "");
    shelflife_registry_host_free(h);
}

static void settings_of_the_registry_itself_do_not_make_it_a_mirror(UNUSED void **state)
{
    struct shelflife_registry_host *h =
        read_text("[host.\"https://registry.example\"]\n ca = \"ca.crt\"\n", "registry.example", false);
    assert_int_equal(h->count, 1);
    assert_false(h->endpoints[0]->mirror);
    assert_string_equal(h->endpoints[0]->peer.ca_file, "/etc/hosts.d/r/ca.crt");
    shelflife_registry_host_free(h);
    h = read_text("ca = [\"/ca.crt\"]\n", "registry.example", false);
    assert_string_equal(h->endpoints[0]->peer.ca_file, "/ca.crt");
    shelflife_registry_host_free(h);
}

static void inline_tables_and_dotted_keys_are_the_same(UNUSED void **state)
{
    struct shelflife_registry_host *h =
        read_text("[host]\n\"https://a.example\" = { skip_verify = true, header = { x-a = \"b\" } }\n",
                  "registry.example", false);
    assert_true(h->endpoints[0]->peer.insecure);
    assert_string_equal(h->endpoints[0]->fields[0].name, "x-a");
    shelflife_registry_host_free(h);
    h = read_text("host.\"https://a.example\".skip_verify = true", "registry.example", false);
    assert_true(h->endpoints[0]->peer.insecure);
    shelflife_registry_host_free(h);
}

static void errors_name_the_line(UNUSED void **state)
{
    static const struct {
        const char *toml, *text;
    } cases[] = {
        {"server = \"ftp://x\"", "hosts.toml: line 1: the URL of a host must be"},
        {"\nserver = \"https://u:p@x\"", "hosts.toml: line 2: the URL of a host must be one without user"},
        {"[host.\"https://\"]", "line 1: the URL of a host must be https://HOST"},
        {"[host.\"https://a\"]\ncapabilities = \"pull\"", "line 2: capabilities must be a list"},
        {"[host.\"https://a\"]\ncapabilities = [\"fly\"]", "line 2: capabilities must be a list"},
        {"skip_verify = \"yes\"", "line 1: skip_verify must be true or false"},
        {"ca = 1", "line 1: ca must be the path"},
        {"client = [\"a\", \"b\", \"c\"]", "line 1: client must be one pair"},
        {"header = { Authorization = \"s3cret\" }", "credentials belong into --auth-file"},
        {"a = \"\"\"x\"\"\"", "line 1: a text over several lines is not supported"},
        {"[[host]]", "line 1: arrays of tables"},
        {"a = \"x", "line 1: a text must end with a quotation mark"},
        {"a = \"\\q\"", "line 1: this escape is not known"},
        {"a = \"\\ud800\"", "line 1: \\u and \\U must be the code of a character"},
        {"a 1", "line 1: there must be = after a key"},
        {"a = [1 2]", "line 1: there must be a comma or ]"},
        {"a = 1 2", "line 1: there must be nothing more"},
        {"a = yes", "line 1: there must be a value"},
        {"a.b.c.d.e.f.g.h.i = 1", "line 1: too many keys"},
        {"a = [[[[[[[[[1]]]]]]]]]", "line 1: too many arrays"},
        {"= 1", "line 1: there must be a key"},
        {"\xff = 1", "hosts.toml: this is not text in UTF-8"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        assert_null(shelflife_registry_hosts_read(shelflife_str_of(cases[i].toml), "hosts.toml", "/f",
                                                  STR("registry.example"), false, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_INPUT);
        if (!strstr(err.text, cases[i].text) || strstr(err.text, "s3cret"))
            fail_msg("\"%s\" has no \"%s\"", err.text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registry_without_mirrors_is_asked_itself),
        cmocka_unit_test(all_keys_of_a_mirror_count),
        cmocka_unit_test(paths_get_the_version_once),
        cmocka_unit_test(settings_of_the_registry_itself_do_not_make_it_a_mirror),
        cmocka_unit_test(inline_tables_and_dotted_keys_are_the_same),
        cmocka_unit_test(errors_name_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
