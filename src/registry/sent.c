#include "registry/sent.h"

#include "pki/pki.h"

#define HIDDEN "…"

_Static_assert(sizeof(HIDDEN) - 1 <= SHELFLIFE_REGISTRY_SENT_MIN, "what is put there is not longer");

void shelflife_registry_sent_init(buffer *sent)
{
    shelflife_buffer_init(sent, SHELFLIFE_REGISTRY_SENT_MAX);
    sent->secret = true;
}

/* The next secret of a list, whose secrets end with a zero byte each. */
static bool next(str *list, str *secret)
{
    size_t end = shelflife_str_find(*list, '\0');
    *secret = shelflife_str_first(*list, end);
    if (end == SIZE_MAX)
        return false;
    *list = shelflife_str_after(*list, end + 1);
    return true;
}

static void add(buffer *sent, str secret)
{
    str list = shelflife_buffer_str(sent), other;
    while (next(&list, &other))
        if (shelflife_str_equal(other, secret))
            return;
    /* Either all of it, or nothing. */
    if (secret.len < SHELFLIFE_REGISTRY_SENT_MIN || !shelflife_buffer_reserve(sent, secret.len + 1))
        return;
    shelflife_buffer_append(sent, secret);
    shelflife_buffer_byte(sent, '\0');
}

void shelflife_registry_sent_add(buffer *sent, const char *user, const char *secret)
{
    if (secret)
        add(sent, shelflife_str_of(secret));
    if (!secret || !user)
        return;
    CLEANUP(shelflife_buffer_free) buffer pair, basic;
    shelflife_buffer_init(&pair, SHELFLIFE_REGISTRY_SENT_MAX);
    shelflife_buffer_init(&basic, SHELFLIFE_REGISTRY_SENT_MAX);
    pair.secret = basic.secret = true;
    shelflife_buffer_format(&pair, "%s:%s", user, secret);
    shelflife_pki_base64_encode(shelflife_buffer_str(&pair), &basic);
    if (!pair.failed && !basic.failed)
        add(sent, shelflife_buffer_str(&basic));
}

static void hide(str secret, char *text)
{
    static const size_t length = sizeof(HIDDEN) - 1;
    for (char *at = text; (at = memmem(at, strlen(at), secret.at, secret.len)); at += length) {
        shelflife_copy(at, HIDDEN, length);
        memmove(at + length, at + secret.len, strlen(at + secret.len) + 1);
    }
}

void shelflife_registry_sent_hide(const buffer *sent, error *err)
{
    str list = shelflife_buffer_str(sent), secret;
    while (err && next(&list, &secret))
        hide(secret, err->text);
}
