/* rooms: registry net file pki reference json base */
#include "registry/archive.h"
#include "unit/folder_kit.h"
#include "unit/registry_kit.h"

/* ---- Writing tar archives (POSIX ustar) ---- */

enum { BLOCK = 512 };

struct ustar {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[8],
        rest[247];
};
_Static_assert(sizeof(struct ustar) == BLOCK, "a header is a block");

static void add_header(buffer *out, const char *name, char type, const char *link, size_t size)
{
    struct ustar h = {.type = type, .magic = "ustar\00000"};
    unsigned sum = 0;
    shelflife_copy(h.name, name, strlen(name));
    shelflife_copy(h.link, link, strlen(link));
    snprintf(h.mode, sizeof(h.mode), "0000644");
    snprintf(h.uid, sizeof(h.uid), "0000000");
    snprintf(h.gid, sizeof(h.gid), "0000000");
    snprintf(h.size, sizeof(h.size), "%011zo", size);
    snprintf(h.mtime, sizeof(h.mtime), "00000000000");
    memset(h.checksum, ' ', sizeof(h.checksum));
    for (size_t i = 0; i < sizeof(h); i++)
        sum += ((const unsigned char *)&h)[i];
    snprintf(h.checksum, sizeof(h.checksum), "%06o", sum);
    shelflife_buffer_append(out, (str){(const char *)&h, sizeof(h)});
}

static void add_file(buffer *out, const char *name, str bytes)
{
    static const char zeros[BLOCK] = {0};
    add_header(out, name, '0', "", bytes.len);
    shelflife_buffer_append(out, bytes);
    shelflife_buffer_append(out, (str){zeros, (BLOCK - bytes.len % BLOCK) % BLOCK});
}

static void end_archive(buffer *out)
{
    static const char zeros[2 * BLOCK] = {0};
    shelflife_buffer_append(out, (str){zeros, sizeof(zeros)});
    assert_false(out->failed);
}

/* ---- Reading ---- */

static bool collect(void *context, str chunk, error *err)
{
    (void)err;
    shelflife_buffer_append(context, chunk);
    return true;
}

/* The bytes of a member; "" if there is none. */
static void check_member(struct shelflife_registry_archive *archive, const char *name, const char *expected)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    bool found;
    error err = {0};
    shelflife_buffer_init(&out, 1 << 24);
    if (!shelflife_registry_archive_read(archive, shelflife_str_of(name), collect, &out, &found, &err))
        fail_msg("%s: %s", name, err.text);
    assert_int_equal(found, expected[0] != '\0');
    assert_str_equal(shelflife_buffer_str(&out), expected);
}

static struct shelflife_registry_archive *open_archive(void **state, buffer *bytes)
{
    char path[PATH_MAX];
    error err = {0};
    put(state, "a.tar", shelflife_buffer_str(bytes));
    struct shelflife_registry_archive *archive =
        shelflife_registry_archive_open(path_in(state, "a.tar", path), &err);
    if (!archive)
        fail_msg("%s", err.text);
    return archive;
}

static void members_are_found_by_their_names(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer bytes, large;
    shelflife_buffer_init(&bytes, 1 << 24);
    shelflife_buffer_init(&large, 1 << 24);
    shelflife_buffer_append(&large, STR("{"));
    repeat(&large, "0123456789", SHELFLIFE_REGISTRY_ARCHIVE_MEMBER_MAX / 10);
    add_file(&bytes, "./index.json", STR(" {\"a\":1}"));
    add_file(&bytes, "layer.tar", STR("binary"));
    add_file(&bytes, "../../outside.json", STR("{}"));
    add_file(&bytes, "large.json", shelflife_buffer_str(&large));
    add_file(&bytes, "index.json", STR("{\"second\":1}"));
    add_header(&bytes, "folder/", '5', "", 0);
    end_archive(&bytes);
    struct shelflife_registry_archive *archive = open_archive(state, &bytes);
    check_member(archive, "index.json", " {\"a\":1}");
    check_member(archive, "layer.tar", "binary");
    check_member(archive, "outside.json", "");
    check_member(archive, "../../outside.json", "{}");
    shelflife_buffer_byte(&large, '\0');
    check_member(archive, "large.json", large.at);
    check_member(archive, "folder/", "");
    check_member(archive, "none", "");
    shelflife_registry_archive_free(archive);
}

static void links_are_followed_within_the_archive(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    shelflife_buffer_init(&bytes, 1 << 20);
    add_file(&bytes, "blobs/config.json", STR("{}"));
    add_header(&bytes, "x/config.json", '2', "../blobs/config.json", 0);
    add_header(&bytes, "again.json", '2', "x/./config.json", 0);
    add_header(&bytes, "hard.json", '1', "blobs/config.json", 0);
    add_header(&bytes, "absolute.json", '2', "/blobs/config.json", 0);
    add_header(&bytes, "loop.json", '2', "loop.json", 0);
    add_header(&bytes, "round", '2', "about", 0);
    add_header(&bytes, "about", '2', "round", 0);
    add_header(&bytes, "outside.json", '2', "../../etc/passwd", 0);
    add_header(&bytes, "host.json", '2', "/etc/passwd", 0);
    end_archive(&bytes);
    struct shelflife_registry_archive *archive = open_archive(state, &bytes);
    static const struct {
        const char *name, *bytes;
    } members[] = {{"x/config.json", "{}"}, {"again.json", "{}"}, {"hard.json", "{}"},
                   {"absolute.json", "{}"}, {"loop.json", ""},    {"round", ""},
                   {"outside.json", ""},    {"host.json", ""}};
    for (size_t i = 0; i < COUNT(members); i++)
        check_member(archive, members[i].name, members[i].bytes);
    shelflife_registry_archive_free(archive);
}

static void a_pipe_is_read_once(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    char path[PATH_MAX];
    int fd;
    bool found;
    error err = {0};
    shelflife_buffer_init(&bytes, 1 << 20);
    add_file(&bytes, "manifest.json", STR("[]"));
    add_file(&bytes, "layer.tar", STR("binary"));
    end_archive(&bytes);
    (void)state;
    struct shelflife_registry_archive *archive =
        shelflife_registry_archive_open(pipe_with(shelflife_buffer_str(&bytes), &fd, path), &err);
    if (!archive)
        fail_msg("%s", err.text);
    check_member(archive, "manifest.json", "[]");
    assert_false(shelflife_registry_archive_read(archive, STR("layer.tar"), collect, &bytes, &found, &err));
    assert_string_equal(err.text,
                        "a pipe cannot be read twice, which this archive needs; write it to a file");
    shelflife_registry_archive_free(archive);
    close(fd);
}

static void what_is_no_archive_is_an_error(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer cut;
    char path[PATH_MAX];
    shelflife_buffer_init(&cut, 1 << 20);
    add_header(&cut, "manifest.json", '0', "", 100);
    shelflife_buffer_append(&cut, STR("[] and then nothing"));
    const struct {
        str bytes;
        const char *why;
    } files[] = {
        {STR_INIT("no tar archive at all"), "not a tar archive that can be read"},
        {STR_INIT(""), "not a tar archive that can be read"},
        {STR_INIT("PK\003\004"), "not a tar archive that can be read"},
        {STR_INIT("\x1f\x8b"), "not a tar archive that can be read"},
        {shelflife_buffer_str(&cut), "not a tar archive that can be read: Truncated"},
    };
    for (size_t i = 0; i < COUNT(files); i++) {
        error err = {0};
        put(state, "a.tar", files[i].bytes);
        assert_null(shelflife_registry_archive_open(path_in(state, "a.tar", path), &err));
        if (!strstr(err.text, files[i].why) || !strstr(err.text, "a.tar: "))
            fail_msg("%zu: %s", i, err.text);
    }
    error err = {0};
    assert_null(shelflife_registry_archive_open(path_in(state, "missing.tar", path), &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_IO);
    assert_null(shelflife_registry_archive_open(*state, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_IO);
}

static void an_archive_is_not_read_without_end(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer bytes, out;
    bool found;
    error err = {0};
    shelflife_buffer_init(&bytes, 1 << 20);
    shelflife_buffer_init(&out, 1 << 20);
    add_file(&bytes, "layer.tar", STR("binary"));
    end_archive(&bytes);
    struct shelflife_registry_archive *archive = open_archive(state, &bytes);
    for (size_t i = 1; i < SHELFLIFE_REGISTRY_ARCHIVE_PASSES_MAX; i++)
        assert_true(shelflife_registry_archive_read(archive, STR("layer.tar"), collect, &out, &found, &err));
    assert_false(shelflife_registry_archive_read(archive, STR("layer.tar"), collect, &out, &found, &err));
    assert_int_equal(err.kind, SHELFLIFE_ERROR_LIMIT);
    shelflife_registry_archive_free(archive);
}

/* ---- Images on disk, by their names ---- */

static void put_layout(void **state)
{
    static const char config[] = "{\"config\":{\"Env\":[\"A=1\"]}}";
    char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX], name[PATH_MAX], text[1024], path[PATH_MAX];
    str bytes = shelflife_str_of(config);
    mkdir(path_in(state, "lay:out", path), 0700);
    mkdir(path_in(state, "lay:out/blobs", path), 0700);
    mkdir(path_in(state, "lay:out/blobs/sha256", path), 0700);
    assert_true(shelflife_pki_sha256(&bytes, 1, hex, NULL));
    snprintf(name, sizeof(name), "lay:out/blobs/sha256/%s", hex);
    put(state, name, bytes);
    snprintf(
        text, sizeof(text),
        "{\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:%s\"}}",
        hex);
    bytes = shelflife_str_of(text);
    assert_true(shelflife_pki_sha256(&bytes, 1, hex, NULL));
    snprintf(name, sizeof(name), "lay:out/blobs/sha256/%s", hex);
    put(state, name, bytes);
    snprintf(text, sizeof(text), "{\"manifests\":[{\"digest\":\"sha256:%s\"}]}", hex);
    put(state, "lay:out/index.json", shelflife_str_of(text));
}

static void check_disk(void **state, const char *text, const char *expected)
{
    CLEANUP(shelflife_buffer_free) buffer out;
    const struct shelflife_registry_wanted wanted = {0};
    error err = {0};
    shelflife_buffer_init(&out, 1 << 20);
    assert_int_equal(chdir(*state), 0);
    if (!shelflife_registry_read_disk(text, &wanted, kit_show, &out, &err))
        shelflife_buffer_format(&out, "!! %s\n", err.text);
    assert_str_equal(shelflife_buffer_str(&out), expected);
    assert_int_equal(chdir("/"), 0);
}

static void texts_name_images_on_disk(void **state)
{
    CLEANUP(shelflife_buffer_free) buffer bytes;
    shelflife_buffer_init(&bytes, 1 << 20);
    add_file(&bytes, "c.json", STR("{\"config\":{\"Env\":[\"A=2\"]}}"));
    add_file(&bytes, "manifest.json", STR("[{\"Config\":\"c.json\",\"RepoTags\":[\"app:1\"]}]"));
    end_archive(&bytes);
    put(state, "d.tar", shelflife_buffer_str(&bytes));
    put_layout(state);
    check_disk(state, "oci:lay:out", "oci:lay:out \nenv A=1\n");
    check_disk(state, "docker-archive:d.tar", "docker-archive:d.tar:app:1  [app:1]\nenv A=2\n");
    check_disk(state, "docker-archive:d.tar:docker.io/library/app:1",
               "docker-archive:d.tar:docker.io/library/app:1  [app:1]\nenv A=2\n");
    check_disk(state, "docker-archive:d.tar:app:2",
               "!! docker-archive:d.tar: there is no image \"app:2\"; there are app:1\n");
    check_disk(state, "oci-archive:d.tar", "!! oci-archive:d.tar: index.json is missing\n");
    check_disk(state, "oci-archive:none.tar", "!! none.tar: No such file or directory\n");
    check_disk(state, "dir:lay:out", "! dir:lay:out: manifest.json is missing\n");
    check_disk(state, "oci:d.tar", "!! oci:d.tar: there is no such folder\n");
    check_disk(state, "oci:", "!! oci:: a path must follow\n");
    check_disk(state, "app:1", "!! app:1: not an image on disk, such as oci:DIR\n");
    assert_true(shelflife_registry_is_on_disk("dir:x"));
    assert_false(shelflife_registry_is_on_disk("oci/app:1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(members_are_found_by_their_names),   IN_A_FOLDER(links_are_followed_within_the_archive),
        cmocka_unit_test(a_pipe_is_read_once),           IN_A_FOLDER(what_is_no_archive_is_an_error),
        IN_A_FOLDER(an_archive_is_not_read_without_end), IN_A_FOLDER(texts_name_images_on_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
