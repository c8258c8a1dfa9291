/* rooms: base registry net pki file json reference */
/*
 * Any bytes are credentials or an error, as a config.json and as what a docker-credential program prints. No
 * error repeats a text of the file. What is found for a repository has what is needed to use it.
 */
#include "registry/credentials.h"
#include "registry/helper.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void look_up(const struct shelflife_registry_auths *auths, const char *host)
{
    struct shelflife_registry_auths_match m;
    if (!shelflife_registry_auths_find(auths, shelflife_str_of(host), STR("team/app"), &m))
        return;
    check(m.credential || m.program);
    check(!m.credential || m.credential->user.len || m.credential->identity_token.len ||
          m.credential->registry_token.len);
    check(!m.program_first || (m.program && m.server));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char secret[] = "s3cret";
    arena a;
    error err = {0};
    str text = {(const char *)data, size};
    struct shelflife_registry_credential printed;
    struct shelflife_registry_auths *auths = shelflife_registry_auths_read(text, "config.json", &err);
    if (auths) {
        look_up(auths, "docker.io");
        look_up(auths, "registry.example");
    } else {
        check(err.kind != SHELFLIFE_ERROR_NONE && !strstr(err.text, secret));
    }
    shelflife_registry_auths_free(auths);
    shelflife_arena_init(&a, 64 << 20);
    if (shelflife_registry_helper_read(text, "docker-credential-x", &a, &printed, &err))
        check(printed.user.len || printed.identity_token.len);
    else
        check(err.kind != SHELFLIFE_ERROR_NONE && !strstr(err.text, secret));
    shelflife_arena_free(&a);
    return 0;
}
