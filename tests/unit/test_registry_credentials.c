/* rooms: registry net pki file json reference base */
#include "registry/credentials.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/file.h"
#include "registry/helper.h"
#include "unit/test.h"

static struct shelflife_registry_auths *read_text(const char *json)
{
    error err = {0};
    struct shelflife_registry_auths *auths =
        shelflife_registry_auths_read(shelflife_str_of(json), "config.json", &err);
    if (!auths)
        fail_msg("%s", err.text);
    return auths;
}

/* The user for a repository, "token:…", "program NAME of SERVER", or "". */
static const char *who(const char *json, const char *host, const char *repository)
{
    static char text[256];
    struct shelflife_registry_auths *auths = read_text(json);
    struct shelflife_registry_auths_match m;
    text[0] = '\0';
    if (shelflife_registry_auths_find(auths, shelflife_str_of(host), shelflife_str_of(repository), &m)) {
        if (m.program && (m.program_first || !m.credential))
            snprintf(text, sizeof(text), "program %s of %s", m.program, m.server ? m.server : "the host");
        else if (m.credential->user.len)
            snprintf(text, sizeof(text), "%s:%s", m.credential->user.at, m.credential->password.at);
        else
            snprintf(text, sizeof(text), "token:%s%s",
                     m.credential->identity_token.len ? m.credential->identity_token.at : "",
                     m.credential->registry_token.len ? m.credential->registry_token.at : "");
    }
    shelflife_registry_auths_free(auths);
    return text;
}

static void keys_have_several_forms(UNUSED void **state)
{
    static const struct {
        const char *key, *host, *repository;
        bool found;
    } cases[] = {
        {"https://index.docker.io/v1/", "docker.io", "library/python", true},
        {"docker.io", "docker.io", "library/python", true},
        {"registry-1.docker.io", "docker.io", "library/python", true},
        {"https://registry.example", "registry.example", "a", true},
        {"http://registry.example:5000/", "registry.example:5000", "a", true},
        {"https://registry.example/v2/", "registry.example", "a", true},
        {"Registry.Example", "registry.example", "a", true},
        {"registry.example:443", "registry.example", "a", true},
        {"registry.example", "registry.example:5000", "a", false},
        {"registry.example:5000", "registry.example", "a", false},
        {"registry.example", "other.registry.example", "a", false},
        {"registry.example/team", "registry.example", "team/app", true},
        {"registry.example/team", "registry.example", "team", true},
        {"registry.example/team", "registry.example", "teams/app", false},
        {"registry.example/team/app", "registry.example", "team", false},
        {"*.example", "registry.example", "a", true},
        {"*.example", "a.registry.example", "a", false},
        {"*.*.example", "a.registry.example", "a", true},
        {"reg*ry.example", "registry.example", "a", true},
        {"*.example/team", "registry.example", "team/app", true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char json[256];
        snprintf(json, sizeof(json), "{\"auths\":{\"%s\":{\"auth\":\"dXNlcjpwYXNz\"}}}", cases[i].key);
        const char *found = who(json, cases[i].host, cases[i].repository);
        if (strcmp(found, cases[i].found ? "user:pass" : "") != 0)
            fail_msg("%s for %s/%s: \"%s\"", cases[i].key, cases[i].host, cases[i].repository, found);
    }
}

static void the_longest_path_counts(UNUSED void **state)
{
    static const char json[] = "{\"auths\":{\"r.example\":{\"username\":\"a\",\"password\":\"1\"},"
                               "\"r.example/team\":{\"username\":\"b\",\"password\":\"2\"},"
                               "\"*.example\":{\"username\":\"d\",\"password\":\"4\"},"
                               "\"r.example/team/app\":{\"username\":\"c\",\"password\":\"3\"}}}";
    assert_string_equal(who(json, "r.example", "team/app"), "c:3");
    assert_string_equal(who(json, "r.example", "team/app/x"), "c:3");
    assert_string_equal(who(json, "r.example", "team/b"), "b:2");
    assert_string_equal(who(json, "r.example", "other"), "a:1");
    assert_string_equal(who(json, "q.example", "other"), "d:4");
    assert_string_equal(who(json, "r.other", "team/app"), "");
}

static void values_have_several_forms(UNUSED void **state)
{
    assert_string_equal(who("{\"auths\":{\"r.example\":{\"auth\":\"dXNlcjphOmI6\"}}}", "r.example", "a"),
                        "user:a:b:"); /* a password may have colons */
    assert_string_equal(
        who("{\"auths\":{\"r.example\":{\"auth\":\"\",\"username\":\"u\",\"password\":\"p\"}}}", "r.example",
            "a"),
        "u:p");
    assert_string_equal(who("{\"auths\":{\"r.example\":{\"identitytoken\":\"t\"}}}", "r.example", "a"),
                        "token:t");
    assert_string_equal(who("{\"auths\":{\"r.example\":{\"registrytoken\":\"t\"}}}", "r.example", "a"),
                        "token:t");
    assert_string_equal(
        who("{\"auths\":{\"r.example\":{\"username\":\"<token>\",\"password\":\"t\"}}}", "r.example", "a"),
        "token:t");
    assert_string_equal(who("{\"r.example\":{\"auth\":\"dXNlcjpwYXNz\",\"email\":\"x\"}}", "r.example", "a"),
                        "user:pass"); /* .dockercfg */
    assert_string_equal(who("{\"psFormat\":\"table\",\"HttpHeaders\":{\"X\":\"y\"}}", "r.example", "a"), "");
    assert_string_equal(who("{}", "r.example", "a"), "");
}

static void programs_are_asked_first_for_their_host_and_last_for_others(UNUSED void **state)
{
    static const char json[] = "{\"auths\":{\"r.example\":{\"auth\":\"dXNlcjpwYXNz\"},\"s.example\":{},"
                               "\"t.example\":{\"auth\":\"dXNlcjpwYXNz\"}},"
                               "\"credHelpers\":{\"r.example\":\"one\"},\"credsStore\":\"all\"}";
    assert_string_equal(who(json, "r.example", "a"), "program one of r.example");
    assert_string_equal(who(json, "s.example", "a"), "program all of the host");
    assert_string_equal(who(json, "t.example", "a"), "user:pass");
    assert_string_equal(who(json, "docker.io", "a"), "program all of https://index.docker.io/v1/");
}

static void errors_name_the_place_and_no_secret(UNUSED void **state)
{
    static const struct {
        const char *json, *text;
    } cases[] = {
        {"{\"auths\":{\"r.example\":{\"auth\":\"s3cret!\"}}}", "must be base64 of USER:PASSWORD"},
        {"{\"auths\":{\"r.example\":{\"auth\":\"czNjcmV0\"}}}", "must be base64 of USER:PASSWORD"},
        {"{\"auths\":\"s3cret\"}", "config.json: auths: must be"},
        {"{\"auths\":{\"r.example\":\"s3cret\"}}", "must be"},
        {"{\"auths\":{\"r.example\":{\"password\":1,\"username\":\"u\"}}}", "password: must be"},
        {"{\"credHelpers\":[\"s3cret\"]}", "credHelpers: must be"},
        {"s3cret", "config.json"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        assert_null(shelflife_registry_auths_read(shelflife_str_of(cases[i].json), "config.json", &err));
        if (!strstr(err.text, cases[i].text) || strstr(err.text, "s3cret"))
            fail_msg("\"%s\" has no \"%s\", or the secret", err.text, cases[i].text);
    }
}

/* ---- A file and a program ---- */

struct fixture {
    char folder[64], file[128], program[128];
    struct shelflife_registry_credentials all;
    arena a;
};

static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    snprintf(f->folder, sizeof(f->folder), "/tmp/shelflife-test.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->file, sizeof(f->file), "%s/config.json", f->folder);
    snprintf(f->program, sizeof(f->program), "%s/docker-credential-test", f->folder);
    shelflife_arena_init(&f->a, 1 << 20);
    shelflife_registry_credentials_init(&f->all, f->file);
    *state = f;
    return 0;
}

static int stop(void **state)
{
    struct fixture *f = *state;
    shelflife_registry_credentials_free(&f->all);
    shelflife_arena_free(&f->a);
    unlink(f->file);
    unlink(f->program);
    rmdir(f->folder);
    free(f);
    return 0;
}

static void write_text(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static struct shelflife_registry_credential find(struct fixture *f, const char *host, bool anew, error *err)
{
    struct shelflife_registry_credential c = {0};
    shelflife_registry_credentials_find(&f->all, shelflife_str_of(host), STR("a"), anew, NULL, &f->a, &c,
                                        err);
    return c;
}

static void a_file_that_changed_is_read_again(void **state)
{
    struct fixture *f = *state;
    error err = {0};
    write_text(f->file, "{\"auths\":{\"r.example\":{\"username\":\"a\",\"password\":\"1\"}}}", 0600);
    assert_str_equal(find(f, "r.example", false, &err).user, "a");
    write_text(f->file, "{\"auths\":{\"r.example\":{\"username\":\"longer\",\"password\":\"2\"}}}", 0600);
    assert_str_equal(find(f, "r.example", false, &err).user, "longer");
    /* While it is broken, what it had counts. */
    write_text(f->file, "{\"auths\":", 0600);
    assert_str_equal(find(f, "r.example", false, &err).user, "longer");
    assert_int_equal(err.kind, SHELFLIFE_ERROR_NONE);
}

static void what_is_added_counts_before_the_file(void **state)
{
    struct fixture *f = *state;
    error err = {0};
    write_text(f->file, "{\"auths\":{\"r.example\":{\"username\":\"file\",\"password\":\"1\"}}}", 0600);
    assert_true(shelflife_registry_credentials_add(
        &f->all, STR("{\"auths\":{\"r.example\":{\"username\":\"added\",\"password\":\"1\"}}}"), "a secret",
        &err));
    assert_str_equal(find(f, "r.example", false, &err).user, "added");
    assert_str_equal(find(f, "r.example", false, &err).origin, "a secret");
    assert_str_equal(find(f, "s.example", false, &err).user, "");
}

static void use_program(struct fixture *f, const char *script)
{
    char path[4096];
    const char *before = getenv("PATH");
    write_text(f->program, script, 0700);
    write_text(f->file, "{\"credHelpers\":{\"r.example\":\"test\"}}", 0600);
    if (!strstr(before, f->folder)) {
        snprintf(path, sizeof(path), "%s:%s", f->folder, before);
        setenv("PATH", path, 1);
    }
}

static void a_program_is_asked_once_until_it_must_be_anew(void **state)
{
    struct fixture *f = *state;
    error err = {0};
    char script[512];
    snprintf(script, sizeof(script),
             "#!/bin/sh\nread -r server\n[ \"$1\" = get ] || exit 9\n"
             "echo x >> %s/count\nn=$(wc -l < %s/count)\n"
             "echo "
             "\"{\\\"ServerURL\\\":\\\"$server\\\",\\\"Username\\\":\\\"$server\\\",\\\"Secret\\\":\\\"$((n))"
             "\\\"}\"\n",
             f->folder, f->folder);
    use_program(f, script);
    struct shelflife_registry_credential c = find(f, "r.example", false, &err);
    assert_str_equal(c.user, "r.example");
    assert_str_equal(c.password, "1");
    assert_str_equal(c.origin, "docker-credential-test");
    assert_false(c.kept);
    c = find(f, "r.example", false, &err);
    assert_str_equal(c.password, "1");
    assert_true(c.kept);
    c = find(f, "r.example", true, &err);
    assert_str_equal(c.password, "2");
    assert_false(c.kept);
    char count[128];
    snprintf(count, sizeof(count), "%s/count", f->folder);
    unlink(count);
}

static void what_programs_do_wrong_is_an_error(void **state)
{
    static const struct {
        const char *script, *text;
    } cases[] = {
        {"#!/bin/sh\necho s3cret; exit 1\n", "docker-credential-test failed with exit status 1"},
        {"#!/bin/sh\nkill -9 $$\n", "docker-credential-test was killed by signal 9"},
        {"#!/bin/sh\necho s3cret\n", "docker-credential-test"},
        {"#!/bin/sh\necho '{\"Username\":\"s3cret\"}'\n", "must have a Secret"},
        {"#!/bin/sh\nhead -c 2000000 /dev/zero\n", "it printed more than"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        error err = {0};
        use_program(f, cases[i].script);
        assert_str_equal(find(f, "r.example", true, &err).user, "");
        if (!strstr(err.text, cases[i].text) || strstr(err.text, "s3cret"))
            fail_msg("\"%s\" has no \"%s\", or the secret", err.text, cases[i].text);
    }
}

static void a_program_may_have_nothing(void **state)
{
    struct fixture *f = *state;
    error err = {0};
    use_program(f, "#!/bin/sh\necho credentials not found in native keychain; exit 1\n");
    assert_str_equal(find(f, "r.example", false, &err).user, "");
    assert_int_equal(err.kind, SHELFLIFE_ERROR_NONE);
}

static void names_of_programs_are_no_paths(UNUSED void **state)
{
    static const char *const names[] = {"../x", "", ".x", "a b", "x;y", "a/b"};
    arena a;
    shelflife_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < COUNT(names); i++) {
        struct shelflife_registry_credential c;
        error err = {0};
        assert_false(shelflife_registry_helper_get(names[i], "r.example", NULL, &a, &c, &err));
        assert_int_equal(err.kind, SHELFLIFE_ERROR_USAGE);
    }
    shelflife_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_several_forms),
        cmocka_unit_test(the_longest_path_counts),
        cmocka_unit_test(values_have_several_forms),
        cmocka_unit_test(programs_are_asked_first_for_their_host_and_last_for_others),
        cmocka_unit_test(errors_name_the_place_and_no_secret),
        cmocka_unit_test_setup_teardown(a_file_that_changed_is_read_again, start, stop),
        cmocka_unit_test_setup_teardown(what_is_added_counts_before_the_file, start, stop),
        cmocka_unit_test_setup_teardown(a_program_is_asked_once_until_it_must_be_anew, start, stop),
        cmocka_unit_test_setup_teardown(what_programs_do_wrong_is_an_error, start, stop),
        cmocka_unit_test_setup_teardown(a_program_may_have_nothing, start, stop),
        cmocka_unit_test(names_of_programs_are_no_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
