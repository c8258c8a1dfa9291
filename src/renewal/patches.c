#include "renewal/patches.h"

#include "pki/pki.h"
#include "shelflife/json.h"

typedef struct shelflife_json_writer writer;

static void base64(writer *w, str value)
{
    CLEANUP(shelflife_buffer_free) buffer text;
    shelflife_buffer_init(&text, value.len * 2 + 8);
    text.secret = true; /* it may be a key */
    shelflife_pki_base64_encode(value, &text);
    w->out->failed |= text.failed;
    shelflife_json_write_string(w, shelflife_buffer_str(&text));
}

static void annotation_key(writer *w, const char *name)
{
    char text[sizeof(SHELFLIFE_RENEWAL_ANNOTATION) + SHELFLIFE_RENEWAL_NAME_MAX];
    snprintf(text, sizeof(text), "%s%s", SHELFLIFE_RENEWAL_ANNOTATION, name);
    shelflife_json_write_key(w, shelflife_str_of(text));
}

static void own_note(writer *w, const struct shelflife_renewal_change *change)
{
    if (change->own_note.len == 0)
        return;
    annotation_key(w, change->own_name);
    shelflife_json_write_string(w, change->own_note);
}

static void dropped_notes(writer *w, const struct shelflife_renewal_observation *observation,
                          const struct shelflife_renewal_change *change)
{
    const struct shelflife_renewal_state *state = &observation->state;
    for (size_t i = 0; change->drop_before && i < state->note_count; i++) {
        const struct shelflife_renewal_note *note = &state->notes[i];
        if (strcmp(note->name, change->own_name) == 0 ||
            shelflife_renewal_note_counts(state, note, change->drop_before))
            continue;
        annotation_key(w, note->name);
        shelflife_json_write_null(w);
    }
}

static void data(writer *w, const struct shelflife_renewal_change *change)
{
    const struct {
        const char *names[3];
        const struct shelflife_renewal_material *material;
        bool clear;
    } slots[] = {{{"tls.crt", "tls.key", "ca.crt"}, change->current, false},
                 {{"next.crt", "next.key", "next-ca.crt"}, change->next, change->clear_next}};
    shelflife_json_member_map(w, "data");
    for (size_t i = 0; i < COUNT(slots); i++) {
        const struct shelflife_renewal_material *m = slots[i].material;
        const str values[] = {m ? m->certificate : STR(""), m ? m->key : STR(""), m ? m->ca : STR("")};
        for (size_t k = 0; k < COUNT(values) && (m || slots[i].clear); k++) {
            shelflife_json_write_key(w, shelflife_str_of(slots[i].names[k]));
            if (m)
                base64(w, values[k]);
            else
                shelflife_json_write_null(w);
        }
    }
    shelflife_json_write_end(w);
}

void shelflife_renewal_patch_secret(const struct shelflife_renewal_observation *observation,
                                    const struct shelflife_renewal_change *change, buffer *out)
{
    writer w;
    shelflife_json_writer_init(&w, out);
    shelflife_json_write_map(&w);
    shelflife_json_member_map(&w, "metadata");
    shelflife_json_member_string(&w, "resourceVersion", observation->secret_version);
    shelflife_json_member_map(&w, "annotations");
    own_note(&w, change);
    dropped_notes(&w, observation, change);
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    data(&w, change);
    shelflife_json_write_end(&w);
}

void shelflife_renewal_patch_withdrawal(const char *own_name, buffer *out)
{
    writer w;
    shelflife_json_writer_init(&w, out);
    shelflife_json_write_map(&w);
    shelflife_json_member_map(&w, "metadata");
    shelflife_json_member_map(&w, "annotations");
    annotation_key(&w, own_name);
    shelflife_json_write_null(&w);
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
    shelflife_json_write_end(&w);
}

static void begin_operation(writer *w, const char *operation, const char *path)
{
    shelflife_json_write_map(w);
    shelflife_json_member_text(w, "op", operation);
    shelflife_json_member_text(w, "path", path);
    shelflife_json_write_key(w, STR("value"));
}

void shelflife_renewal_patch_bundle(const struct shelflife_renewal_observation *observation, str pem,
                                    buffer *out)
{
    writer w;
    char path[64];
    shelflife_json_writer_init(&w, out);
    shelflife_json_write_array(&w);
    /* The server refuses the patch if it sets another version than the object has. */
    begin_operation(&w, "replace", "/metadata/resourceVersion");
    shelflife_json_write_string(&w, observation->configuration_version);
    shelflife_json_write_end(&w);
    for (size_t i = 0; i < observation->webhook_count; i++) {
        snprintf(path, sizeof(path), "/webhooks/%zu/name", i);
        begin_operation(&w, "test", path);
        shelflife_json_write_string(&w, observation->webhooks[i]);
        shelflife_json_write_end(&w);
        snprintf(path, sizeof(path), "/webhooks/%zu/clientConfig/caBundle", i);
        begin_operation(&w, "add", path);
        base64(&w, pem);
        shelflife_json_write_end(&w);
    }
    shelflife_json_write_end(&w);
}
