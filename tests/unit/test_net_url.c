/* rooms: net base */
#include "net/url.h"
#include "unit/test.h"

static void shown_has_no_secret(void **state)
{
    static const struct {
        const char *url, *shown;
    } cases[] = {
        {"https://example.com/a", "https://example.com/a"},
        {"https://user:pass@example.com/a", "https://example.com/a"},
        {"https://user:p@ss@example.com:8443/a", "https://example.com:8443/a"},
        {"https://user:p/ss@example.com/a", "https://example.com/a"},
        {"https://example.com/a?X-Signature=secret", "https://example.com/a"},
        {"https://example.com/a#secret", "https://example.com/a"},
        {"https://user:secret?x@example.com/a", "https://…"},
        {"https://user:1234?secret@example.com/a", "https://…"},
        {"https://user:secret#x@example.com", "https://…"},
        {"https://user:p/secret?x@example.com", "https://…"},
        {"https://user:p@secret?x@example.com", "https://…"},
        {"https://user:p@secret/x@example.com/a", "https://example.com/a"},
        {"https://user:p\\secret@example.com/a", "https://example.com/a"},
        {"https://user:p:secret@example.com/a", "https://example.com/a"},
        {"https://user:p@@secret@example.com/a", "https://example.com/a"},
        {"https://user:secret%3F@example.com:8443/a", "https://example.com:8443/a"},
        {"https://user%3Asecret%40example.com/a", "https://…"},
        {"https://user:secret", "https://…"},
        {"https://user:secret@", "https://"},
        {"https://user:secret@/a", "https:///a"},
        {"https://user:secret@?x", "https://"},
        {"https://[user:secret/a", "https://…"},
        {"https://[::1]:secret/a", "https://…"},
        {"https://[::1]:8443/a", "https://[::1]:8443/a"},
        {"https://[user:secret@::1]/a", "https://…"},
        {"user:secret://x@example.com", "example.com"},
        {"user:secret", "…"},
        {"https://example.com?secret@x", "https://…"},
        {"user:pass@example.com", "example.com"},
        {"https://", "https://"},
        {"", ""},
        {NULL, ""},
        {"no url", "no url"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char shown[SHELFLIFE_NET_URL_SHOWN_MAX];
        assert_string_equal(shelflife_net_url_shown(cases[i].url, shown), cases[i].shown);
    }
}

static void shown_is_cut_between_characters(void **state)
{
    (void)state;
    char url[2000] = "https://example.com/", shown[SHELFLIFE_NET_URL_SHOWN_MAX];
    for (size_t at = strlen(url); at + 3 < sizeof(url); at += 2)
        memcpy(url + at, "ä", 3);
    shelflife_net_url_shown(url, shown);
    assert_true(shelflife_str_is_utf8(shelflife_str_of(shown)));
    assert_true(shelflife_str_ends(shelflife_str_of(shown), STR("ä…")));
}

static void ambiguous_urls_are_recognized(void **state)
{
    static const struct {
        const char *url;
        bool unambiguous;
    } cases[] = {
        {"https://example.com/a?b=c#d", true},
        {"https://user:secret@example.com:8443/a", true},
        {"https://[::1]:6443", true},
        {"https://user:12/secret@example.com", false},
        {"https://user:a@secret@example.com", false},
        {"https://secret?x@example.com", false},
        {"https://secret#x@example.com", false},
        {"https://secret\\x@example.com", false},
        {"https://user:secret", false},
        {"https://user%3Asecret%40example.com/a", false},
        {"", true},
        {NULL, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (shelflife_net_url_unambiguous(cases[i].url) != cases[i].unambiguous)
            fail_msg("%s", cases[i].url);
}

static void encode_leaves_only_the_unreserved(void **state)
{
    static const struct {
        str text;
        const char *encoded;
    } cases[] = {
        {STR_INIT("abc-XYZ.0_9~"), "abc-XYZ.0_9~"},
        {STR_INIT("a/b?c#d&e=f g+h%"), "a%2Fb%3Fc%23d%26e%3Df%20g%2Bh%25"},
        {STR_INIT("\r\n\x00\xff"), "%0D%0A%00%FF"},
        {STR_INIT("ä"), "%C3%A4"},
        {STR_INIT(""), ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(shelflife_buffer_free) buffer b;
        shelflife_buffer_init(&b, 1000);
        shelflife_net_url_encode(&b, cases[i].text);
        assert_str_equal(shelflife_buffer_str(&b), cases[i].encoded);
    }
}

static void host_and_port_are_found(void **state)
{
    static const struct {
        const char *url, *host, *port; /* host NULL: none */
    } cases[] = {
        {"https://example.com/a", "example.com", ""},
        {"https://example.com:6443", "example.com", "6443"},
        {"https://u:p@example.com:6443/x:1", "example.com", "6443"},
        {"https://[::1]:6443/", "::1", "6443"},
        {"https://[fe80::1]", "fe80::1", ""},
        {"https://[::1", NULL, NULL},
        {"https://[::1]x", NULL, NULL},
        {"https:///path", NULL, NULL},
        {"https://", NULL, NULL},
        {"example.com", NULL, NULL},
        {"", NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        str host, port;
        bool found = shelflife_net_url_host(shelflife_str_of(cases[i].url), &host, &port);
        assert_int_equal(found, cases[i].host != NULL);
        if (found) {
            assert_str_equal(host, cases[i].host);
            assert_str_equal(port, cases[i].port);
        }
    }
}

static void no_proxy_is_read_as_curl_and_go_do(void **state)
{
    static const struct {
        const char *host, *no_proxy;
        bool bypasses;
    } cases[] = {
        {"localhost", NULL, true},
        {"LOCALHOST", NULL, true},
        {"a.localhost", NULL, true},
        {"127.0.0.1", NULL, true},
        {"127.9.9.9", NULL, true},
        {"::1", NULL, true},
        {"::ffff:127.0.0.1", NULL, true},
        {"128.0.0.1", NULL, false},
        {"notlocalhost", NULL, false},
        {"example.com", NULL, false},
        {"example.com", "", false},
        {"example.com", "*", true},
        {"example.com", "a.org, example.com", true},
        {"example.com", "a.org,Example.COM", true},
        {"www.example.com", "example.com", true},
        {"www.example.com", ".example.com", true},
        {"example.com", ".example.com", true},
        {"badexample.com", "example.com", false},
        {"example.com", "www.example.com", false},
        {"example.com", ".", false},
        {"10.1.2.3", "10.1.2.3", true},
        {"10.1.2.3", "10.0.0.0/8", true},
        {"11.1.2.3", "10.0.0.0/8", false},
        {"10.1.2.3", "10.1.2.0/23", true},
        {"10.1.4.3", "10.1.2.0/23", false},
        {"10.1.2.3", "0.0.0.0/0", true},
        {"10.1.2.3", "10.0.0.0/33", false},
        {"10.1.2.3", "10.0.0.0/", false},
        {"10.1.2.3", "10.0.0.0/x", false},
        {"10.1.2.3", "2.3", false},
        {"fd00::5", "fd00::/8", true},
        {"fe00::5", "fd00::/8", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (shelflife_net_url_bypasses_proxy(shelflife_str_of(cases[i].host), cases[i].no_proxy) !=
            cases[i].bypasses)
            fail_msg("%s with NO_PROXY=%s", cases[i].host, cases[i].no_proxy);
}

static void places_are_those_of_addresses_however_written(void **state)
{
    static const struct {
        const char *host;
        enum shelflife_net_place place;
    } cases[] = {
        {"127.0.0.1", SHELFLIFE_NET_LOOPBACK},
        {"127.9.9.9", SHELFLIFE_NET_LOOPBACK},
        {"::1", SHELFLIFE_NET_LOOPBACK},
        {"::", SHELFLIFE_NET_LOOPBACK},
        {"0.0.0.0", SHELFLIFE_NET_LOOPBACK},
        {"::ffff:127.0.0.1", SHELFLIFE_NET_LOOPBACK},
        {"localhost", SHELFLIFE_NET_LOOPBACK},
        {"a.LOCALHOST", SHELFLIFE_NET_LOOPBACK},
        {"169.254.169.254", SHELFLIFE_NET_LINK_LOCAL},
        {"169.254.0.1", SHELFLIFE_NET_LINK_LOCAL},
        {"::ffff:169.254.169.254", SHELFLIFE_NET_LINK_LOCAL},
        {"::ffff:a9fe:a9fe", SHELFLIFE_NET_LINK_LOCAL},
        {"64:ff9b::169.254.169.254", SHELFLIFE_NET_LINK_LOCAL},
        {"fe80::1", SHELFLIFE_NET_LINK_LOCAL},
        {"fe80::1%eth0", SHELFLIFE_NET_LINK_LOCAL},
        {"febf::1", SHELFLIFE_NET_LINK_LOCAL},
        {"fd00:ec2::254", SHELFLIFE_NET_LINK_LOCAL},
        {"fd00:ec2::253", SHELFLIFE_NET_ELSEWHERE},
        {"fec0::1", SHELFLIFE_NET_ELSEWHERE},
        {"169.255.0.1", SHELFLIFE_NET_ELSEWHERE},
        {"10.0.0.1", SHELFLIFE_NET_ELSEWHERE},
        {"registry.example", SHELFLIFE_NET_ELSEWHERE},
        {"", SHELFLIFE_NET_ELSEWHERE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (shelflife_net_url_place(shelflife_str_of(cases[i].host)) != cases[i].place)
            fail_msg("%s", cases[i].host);
}

static void references_are_resolved(void **state)
{
    static const struct {
        const char *reference, *url;
    } cases[] = {
        {"/v2/x?a=b", "https://registry.example:5000/v2/x?a=b"},
        {"y", "https://registry.example:5000/v2/a/y"},
        {"//other.example/z", "https://other.example/z"},
        {"http://other.example/z#part", "http://other.example/z"},
        {"https://user@other.example/", NULL},
        {"https://user:password@other.example/", NULL},
        {"https://", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        buffer out;
        shelflife_buffer_init(&out, 1 << 10);
        bool ok = shelflife_net_url_resolve("https://registry.example:5000/v2/a/b",
                                            shelflife_str_of(cases[i].reference), &out);
        assert_int_equal(ok, cases[i].url != NULL);
        if (ok)
            assert_str_equal(shelflife_buffer_str(&out), cases[i].url);
        shelflife_buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shown_has_no_secret),
        cmocka_unit_test(shown_is_cut_between_characters),
        cmocka_unit_test(ambiguous_urls_are_recognized),
        cmocka_unit_test(encode_leaves_only_the_unreserved),
        cmocka_unit_test(host_and_port_are_found),
        cmocka_unit_test(no_proxy_is_read_as_curl_and_go_do),
        cmocka_unit_test(places_are_those_of_addresses_however_written),
        cmocka_unit_test(references_are_resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
