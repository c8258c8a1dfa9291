#include "renewal/observe.h"
#include "base/ascii.h"

#include "pki/pki.h"
#include "json/document.h"

enum { OBJECT_MAX = 16 << 20, MEMORY_MAX = 64 << 20, WEBHOOKS_MAX = 256 };

void shelflife_renewal_observation_init(struct shelflife_renewal_observation *observation)
{
    *observation = (struct shelflife_renewal_observation){0};
    shelflife_arena_init(&observation->memory, MEMORY_MAX);
    observation->memory.secret = true;
    observation->state.bundle = observation->bundle;
}

void shelflife_renewal_observation_free(struct shelflife_renewal_observation *observation)
{
    shelflife_arena_free(&observation->memory);
}

struct shelflife_renewal_id shelflife_renewal_id_of(str fingerprint)
{
    struct shelflife_renewal_id id = {{0}};
    size_t n = fingerprint.len < sizeof(id.text) - 1 ? fingerprint.len : sizeof(id.text) - 1;
    if (n)
        memcpy(id.text, fingerprint.at, n);
    return id;
}

/* The string of a key; empty if there is none. */
static str text_of(const struct node *map, const char *key)
{
    struct node value;
    str text = {0};
    if (!shelflife_node_get(map, key, &value) || !shelflife_node_string(value, &text, NULL))
        return (str){0};
    return text;
}

static bool copy_version(struct shelflife_renewal_observation *observation, const struct node *object,
                         str *out)
{
    struct node metadata;
    str version = {0};
    if (shelflife_node_get(object, "metadata", &metadata))
        version = text_of(&metadata, "resourceVersion");
    return shelflife_arena_copy(&observation->memory, version, out);
}

/* ---- The Secret ---- */

/* A value of the Secret's data. A value that is not base64 is present, but cannot be used. */
static bool copy_data(struct shelflife_renewal_observation *observation, const struct node *data,
                      const char *key, str *out, bool *present)
{
    bool valid;
    str text = text_of(data, key);
    *present |= text.len > 0;
    return shelflife_pki_base64_decode(text, &observation->memory, out, &valid);
}

static bool has_names(const struct shelflife_pki_certificate *certificate, const str *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (size_t k = 0; k < certificate->name_count; k++)
            found |= shelflife_str_equal(names[i], certificate->names[k]);
        if (!found)
            return false;
    }
    return true;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Fills *out if the three texts are a valid pair. False without memory: a valid pair must not be taken for an
   invalid one, whose CA would be removed from the caBundles. */
static bool check_pair(struct shelflife_renewal_observation *observation,
                       struct shelflife_renewal_material *m, const str *names, size_t name_count,
                       struct shelflife_renewal_pair *out)
{
    struct shelflife_pki_certificate certificate, ca;
    error why;
    if (!shelflife_pki_read_certificate(m->certificate, &observation->memory, &certificate, &why) ||
        !shelflife_pki_read_certificate(m->ca, &observation->memory, &ca, &why) ||
        !shelflife_pki_match(m->certificate, m->key, &why) ||
        !shelflife_pki_signed(m->certificate, m->ca, &why))
        return why.kind == SHELFLIFE_ERROR_INPUT;
    m->serial = certificate.serial;
    m->names = certificate.names;
    m->name_count = certificate.name_count;
    out->valid = true;
    out->names = has_names(&certificate, names, name_count);
    out->id = shelflife_renewal_id_of(ca.fingerprint);
    out->from = certificate.not_before > ca.not_before ? certificate.not_before : ca.not_before;
    out->until = lesser(certificate.not_after, ca.not_after);
    out->issued = lesser(out->from + SHELFLIFE_PKI_BACKDATE, out->until);
    return true;
}

static bool observe_slot(struct shelflife_renewal_observation *observation, const struct node *data,
                         size_t slot, const str *names, size_t name_count)
{
    static const char *const keys[2][3] = {{"tls.crt", "tls.key", "ca.crt"},
                                           {"next.crt", "next.key", "next-ca.crt"}};
    struct shelflife_renewal_material *m = slot ? &observation->next : &observation->current;
    if (!copy_data(observation, data, keys[slot][0], &m->certificate, &observation->state.slots[slot]) ||
        !copy_data(observation, data, keys[slot][1], &m->key, &observation->state.slots[slot]) ||
        !copy_data(observation, data, keys[slot][2], &m->ca, &observation->state.slots[slot]))
        return false;
    if (!m->certificate.len || !m->key.len || !m->ca.len)
        return true;
    return check_pair(observation, m, names, name_count,
                      slot ? &observation->state.next : &observation->state.current);
}

/* "ca:<hex> serial:<hex>" for each certificate. Other words are skipped. */
static void read_note(str text, struct shelflife_renewal_note *note)
{
    while (text.len) {
        size_t space = shelflife_str_find(text, ' ');
        str word = shelflife_str_first(text, space);
        text = space == SIZE_MAX ? (str){0} : shelflife_str_after(text, space + 1);
        if (shelflife_str_starts(word, STR("ca:")) && note->count < SHELFLIFE_RENEWAL_NOTE_IDS_MAX)
            note->ids[note->count++] = shelflife_renewal_id_of(shelflife_str_after(word, 3));
    }
}

static bool observe_notes(struct shelflife_renewal_observation *observation, const struct node *annotations)
{
    size_t count = shelflife_node_count(*annotations);
    struct shelflife_renewal_note *notes = shelflife_arena_array(&observation->memory, count, sizeof(*notes));
    if (!notes)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct node value;
        str text = {0};
        struct shelflife_renewal_note *note = &notes[observation->state.note_count];
        if (!shelflife_node_at(annotations, i, &value))
            continue;
        str key = shelflife_str_of(value.key);
        if (!shelflife_str_starts(key, STR(SHELFLIFE_RENEWAL_ANNOTATION)))
            continue;
        str name = shelflife_str_after(key, sizeof(SHELFLIFE_RENEWAL_ANNOTATION) - 1);
        if (name.len == 0 || name.len >= sizeof(note->name))
            continue;
        memcpy(note->name, name.at, name.len);
        if (shelflife_node_string(value, &text, NULL))
            read_note(text, note);
        observation->state.note_count++;
    }
    observation->state.notes = notes;
    return true;
}

static bool observe_data(struct shelflife_renewal_observation *observation, const struct node *root,
                         const str *names, size_t name_count)
{
    struct node data, metadata, annotations;
    if (!copy_version(observation, root, &observation->secret_version))
        return false;
    if (shelflife_node_get(root, "metadata", &metadata) &&
        shelflife_node_get(&metadata, "annotations", &annotations) &&
        !observe_notes(observation, &annotations))
        return false;
    return !shelflife_node_get(root, "data", &data) ||
           (observe_slot(observation, &data, 0, names, name_count) &&
            observe_slot(observation, &data, 1, names, name_count));
}

bool shelflife_renewal_observe_secret(struct shelflife_renewal_observation *observation, str json,
                                      const str *names, size_t name_count, error *err)
{
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read_secret(json, "the Secret", err);
    if (!document)
        return false;
    struct node root = shelflife_document_root(document);
    return shelflife_node_map(root, err) && (observe_data(observation, &root, names, name_count) ||
                                             shelflife_arena_fail(&observation->memory, err));
}

/* ---- The configuration ---- */

/* One webhook's caBundle: its certificates, and whether it contains nothing else. */
static bool read_bundle(struct shelflife_renewal_observation *observation, str base64, str *text,
                        struct shelflife_pki_bundle *out, bool *pure)
{
    bool valid;
    error why;
    if (!shelflife_pki_base64_decode(base64, &observation->memory, text, &valid) ||
        !shelflife_pki_read_bundle(*text, SHELFLIFE_RENEWAL_CAS_MAX, &observation->memory, out, &why))
        return false;
    str rest = *text;
    for (size_t i = 0; i < out->count; i++)
        if (shelflife_str_starts(rest, out->pem[i]))
            rest = shelflife_str_after(rest, out->pem[i].len);
    *pure = valid && rest.len == 0;
    return true;
}

static size_t find_or_add(struct shelflife_renewal_observation *observation,
                          const struct shelflife_pki_certificate *ca, str pem)
{
    struct shelflife_renewal_id id = shelflife_renewal_id_of(ca->fingerprint);
    size_t i = 0;
    while (i < observation->state.ca_count && !shelflife_renewal_id_equal(&observation->bundle[i].id, &id))
        i++;
    if (i == observation->state.ca_count && i < SHELFLIFE_RENEWAL_CAS_MAX) {
        observation->bundle[i] = (struct shelflife_renewal_bundled_ca){.id = id, .until = ca->not_after};
        observation->bundle_pem[i] = pem;
        observation->state.ca_count++;
    }
    return i;
}

/* Adds one webhook's caBundle to the list of all CAs, and counts its CAs. */
static bool merge_bundle(struct shelflife_renewal_observation *observation, str base64, unsigned counts[],
                         str *first)
{
    struct shelflife_pki_bundle bundle;
    bool pure, met[SHELFLIFE_RENEWAL_CAS_MAX] = {false};
    str text;
    if (!read_bundle(observation, base64, &text, &bundle, &pure))
        return false;
    if (!first->at)
        *first = text;
    observation->state.uniform &= pure && shelflife_str_equal(text, *first);
    for (size_t i = 0; i < bundle.count; i++) {
        size_t at = find_or_add(observation, &bundle.at[i], bundle.pem[i]);
        if (at == SHELFLIFE_RENEWAL_CAS_MAX || met[at]) {
            observation->state.uniform = false;
            continue;
        }
        met[at] = true;
        counts[at]++;
    }
    return true;
}

static bool observe_webhooks(struct shelflife_renewal_observation *observation, const struct node *webhooks)
{
    unsigned counts[SHELFLIFE_RENEWAL_CAS_MAX] = {0};
    str first = {0};
    size_t count = shelflife_node_count(*webhooks);
    str *names = shelflife_arena_array(&observation->memory, count, sizeof(*names));
    if (!names)
        return false;
    observation->state.uniform = true;
    for (size_t i = 0; i < count; i++) {
        struct node webhook, client;
        str bundle = {0};
        if (!shelflife_node_at(webhooks, i, &webhook))
            return false;
        if (shelflife_node_get(&webhook, "clientConfig", &client))
            bundle = text_of(&client, "caBundle");
        if (!shelflife_arena_copy(&observation->memory, text_of(&webhook, "name"), &names[i]) ||
            !merge_bundle(observation, bundle, counts, &first))
            return false;
    }
    for (size_t i = 0; i < observation->state.ca_count; i++)
        observation->bundle[i].everywhere = counts[i] == count;
    observation->webhooks = names;
    observation->webhook_count = count;
    observation->state.configuration = count > 0;
    return true;
}

bool shelflife_renewal_observe_configuration(struct shelflife_renewal_observation *observation, str json,
                                             error *err)
{
    struct node webhooks;
    CLEANUP(cleanup_document)
    struct shelflife_document *document = shelflife_document_read(json, "the configuration", err);
    if (!document)
        return false;
    struct node root = shelflife_document_root(document);
    if (!shelflife_node_map(root, err))
        return false;
    if (!copy_version(observation, &root, &observation->configuration_version))
        return shelflife_arena_fail(&observation->memory, err);
    if (!shelflife_node_get(&root, "webhooks", &webhooks))
        return true;
    if (!shelflife_node_array(webhooks, err))
        return false;
    if (shelflife_node_count(webhooks) > WEBHOOKS_MAX)
        return shelflife_fail(err, SHELFLIFE_ERROR_LIMIT,
                              "the configuration has more than %d webhooks: check --self-managed-tls-webhook",
                              WEBHOOKS_MAX);
    return observe_webhooks(observation, &webhooks) || shelflife_arena_fail(&observation->memory, err);
}

/* The configuration is read first: a write that is based on this observation must know every note that
   existed when the configuration was read. */
bool shelflife_renewal_observe(struct shelflife_renewal_observation *observation,
                               struct shelflife_renewal_cluster *cluster, const str *names, size_t name_count,
                               error *err)
{
    CLEANUP(shelflife_buffer_free) buffer configuration;
    CLEANUP(shelflife_buffer_free) buffer secret;
    bool exists;
    shelflife_buffer_init(&configuration, OBJECT_MAX);
    shelflife_buffer_init(&secret, OBJECT_MAX);
    secret.secret = true;
    if (!shelflife_renewal_cluster_get(cluster, &cluster->configuration, &configuration, &exists, err))
        return false;
    if (exists &&
        !shelflife_renewal_observe_configuration(observation, shelflife_buffer_str(&configuration), err))
        return false;
    if (!shelflife_renewal_cluster_get(cluster, &cluster->secret, &secret, &exists, err))
        return false;
    if (!exists)
        return shelflife_fail(err, SHELFLIFE_ERROR_IO,
                              "the Secret does not exist (%.*s): replicas may not create it, so apply the "
                              "chart or its manifests again",
                              STR_PRINT(shelflife_buffer_str(&cluster->secret)));
    return shelflife_renewal_observe_secret(observation, shelflife_buffer_str(&secret), names, name_count,
                                            err);
}

bool shelflife_renewal_find_ca(const struct shelflife_renewal_observation *observation,
                               const struct shelflife_renewal_id *id, str *pem)
{
    const struct {
        const struct shelflife_renewal_pair *pair;
        const struct shelflife_renewal_material *material;
    } slots[] = {{&observation->state.current, &observation->current},
                 {&observation->state.next, &observation->next}};
    for (size_t i = 0; i < COUNT(slots); i++)
        if (slots[i].pair->valid && shelflife_renewal_id_equal(&slots[i].pair->id, id)) {
            *pem = slots[i].material->ca;
            return true;
        }
    for (size_t i = 0; i < observation->state.ca_count; i++)
        if (shelflife_renewal_id_equal(&observation->bundle[i].id, id)) {
            *pem = observation->bundle_pem[i];
            return true;
        }
    return false;
}

/* ---- Names ---- */

static bool is_annotation_name(str s)
{
    if (s.len == 0 || s.len >= SHELFLIFE_RENEWAL_NAME_MAX || !ascii_is_alphanumeric(s.at[0]) ||
        !ascii_is_alphanumeric(s.at[s.len - 1]))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_alphanumeric(s.at[i]) && s.at[i] != '-' && s.at[i] != '_' && s.at[i] != '.')
            return false;
    return true;
}

bool shelflife_renewal_note_name(str identity, char name[SHELFLIFE_RENEWAL_NAME_MAX], error *err)
{
    enum { KEPT = 40, HASH = 16 };
    char hex[SHELFLIFE_PKI_SHA256_TEXT_MAX];
    memset(name, 0, SHELFLIFE_RENEWAL_NAME_MAX);
    if (is_annotation_name(identity)) {
        memcpy(name, identity.at, identity.len);
        return true;
    }
    if (!shelflife_pki_sha256(&identity, 1, hex, err))
        return false;
    size_t n = 0;
    for (size_t i = 0; i < identity.len && n < KEPT; i++)
        if (ascii_is_alphanumeric(identity.at[i]) || (n && identity.at[i] == '-'))
            name[n++] = identity.at[i];
    if (n)
        name[n++] = '-';
    memcpy(name + n, hex, HASH);
    return true;
}
