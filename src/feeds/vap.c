#include "feeds/vap.h"

#include "feeds/vap_notes.h"
#include "feeds/vap_scope.h"
#include "feeds/vap_variables.h"

enum {
    OBJECT_MAX = 1400000, /* bytes of the policy: etcd takes requests of 1.5 MiB */
    COST_MAX = 1000000,   /* the limit of Kubernetes for the cost of one expression */
    /* Estimated costs for one image. */
    COST_OF_HEAD = 14, /* to compare the beginning of its name */
    COST_OF_RULE = 40, /* to try a rule or an exception */
    COST_OF_NAME = 600,
    IMAGES_USUAL = 40, /* fewer images in an object than this are noted */
    IMAGES_MIN = 5,
};

/* Estimates what an image costs in the most expensive expression: all heads and the rules of one head, or all
   exceptions. */
static size_t cost_of_image(const struct feeds_vap_writer *w, const struct feeds_vap_rules *rules)
{
    size_t heads = 1, own = 0, most = 0;
    for (size_t i = 0; i < rules->count; i++) {
        bool head = shelflife_feeds_vap_rules_begins_head(rules, i);
        heads += head;
        own = head ? 1 : own + 1;
        most = own > most ? own : most;
    }
    size_t denied = heads * COST_OF_HEAD + most * COST_OF_RULE;
    size_t names = w->exceptions * COST_OF_RULE + COST_OF_NAME;
    return denied > names ? denied : names;
}

/* Fails for a policy that a cluster cannot store, or that refuses nearly all objects. */
static bool check_limits(struct feeds_vap_writer *w, const struct feeds_vap_rules *rules)
{
    size_t images = COST_MAX / cost_of_image(w, rules);
    if (w->out->len > OBJECT_MAX && !w->vap->from_files)
        return shelflife_fail(
            w->err, SHELFLIFE_ERROR_LIMIT,
            "the policy would have %zu bytes, but a cluster stores at most %d; export fewer catalogs",
            w->out->len, OBJECT_MAX);
    if (images < IMAGES_MIN)
        return shelflife_fail(
            w->err, SHELFLIFE_ERROR_LIMIT,
            "Kubernetes would refuse objects with more than %zu images, because they exceed its "
            "cost limit for expressions; export fewer catalogs or exceptions",
            images);
    if (images < IMAGES_USUAL)
        shelflife_feeds_vap_note(
            w,
            "objects with more than about %zu images: Kubernetes refuses them, because they exceed its "
            "cost limit for expressions",
            images);
    return true;
}

static bool write_all(struct feeds_vap_writer *w, buffer *yaml, struct feeds_vap_rules *rules)
{
    shelflife_feeds_vap_put_scope(w);
    if (!shelflife_feeds_vap_put_variables(w, rules))
        return false;
    shelflife_feeds_vap_put(w,
                            STR("  validations:\n"
                                "  - expression: size(variables.denied) == 0\n"
                                "    reason: Forbidden\n"
                                "    message: an image is past its support dates, and the policy denies it\n"
                                "    messageExpression: |-\n"
                                "      'image ' + variables.denied[0] + ' is past its support dates, and the "
                                "policy denies it'\n"));
    shelflife_feeds_vap_put_bindings(w);
    shelflife_feeds_vap_note_policy(w);
    if (!check_limits(w, rules))
        return false;
    buffer *body = w->out;
    w->out = yaml;
    shelflife_feeds_vap_put_notes(w, shelflife_buffer_str(w->notes));
    shelflife_feeds_vap_put(w, shelflife_buffer_str(body));
    return (!body->failed && !yaml->failed && !w->notes->failed) || shelflife_fail_memory(w->err);
}

bool shelflife_feeds_vap_write(const struct shelflife_feeds_vap_options *vap, buffer *yaml, buffer *notes,
                               error *err)
{
    struct shelflife_document *document = shelflife_document_read(vap->policy, vap->policy_origin, err);
    struct feeds_vap_rules rules CLEANUP(shelflife_feeds_vap_rules_free);
    buffer body CLEANUP(shelflife_buffer_free);
    shelflife_feeds_vap_rules_init(&rules);
    shelflife_buffer_init(&body, SIZE_MAX);
    if (!document)
        return false;
    struct feeds_vap_writer w = {vap, shelflife_document_root(document), &body, notes, 0, err};
    bool ok = write_all(&w, yaml, &rules);
    shelflife_document_free(document);
    return ok;
}
