#include "report/inspected.h"

#include "base/base.h"

static const char *const by_words[] = {
    [SHELFLIFE_MATCH_BY_DIGEST] = "digest",     [SHELFLIFE_MATCH_BY_REPOSITORY] = "repository",
    [SHELFLIFE_MATCH_BY_TAG] = "tag",           [SHELFLIFE_MATCH_BY_PART] = "tag part",
    [SHELFLIFE_MATCH_BY_EVIDENCE] = "evidence",
};

const char *shelflife_report_match_by(const struct shelflife_match *match)
{
    return match->evidence ? shelflife_evidence_kind_names[match->evidence->kind] : by_words[match->by];
}

void shelflife_report_write_base(struct shelflife_json_writer *w, str name, str digest)
{
    if (!name.len && !digest.len) {
        shelflife_json_member_null(w, "base");
        return;
    }
    shelflife_json_member_map(w, "base");
    shelflife_json_member_nullable(w, "name", name);
    shelflife_json_member_nullable(w, "digest", digest);
    shelflife_json_write_end(w);
}

void shelflife_report_write_inspected(struct shelflife_json_writer *w, const struct shelflife_verdict *v)
{
    const struct shelflife_inspected *inspected = v->inspected;
    if (!inspected) {
        shelflife_json_member_null(w, "inspected");
        return;
    }
    shelflife_json_member_map(w, "inspected");
    shelflife_json_member_nullable(w, "digest", inspected->digest);
    shelflife_json_member_nullable(w, "platform", inspected->platform);
    shelflife_json_member_day(w, "on", inspected->on);
    shelflife_json_member_day(w, "snapshot", inspected->snapshot);
    shelflife_report_write_base(w, inspected->base_name, inspected->base_digest);
    shelflife_json_member_bool(w, "byTag", inspected->by_tag);
    shelflife_json_member_bool(w, "replaced", inspected->outdated);
    shelflife_json_write_end(w);
}

void shelflife_report_write_evidence(struct shelflife_json_writer *w,
                                     const struct shelflife_evidence *evidence)
{
    shelflife_json_write_map(w);
    shelflife_json_member_text(w, "kind", shelflife_evidence_kind_names[evidence->kind]);
    shelflife_json_member_nullable(w, "name", evidence->name);
    shelflife_json_member_string(w, "value", evidence->value);
    shelflife_json_write_end(w);
}

void shelflife_report_write_match_by(struct shelflife_json_writer *w, const struct shelflife_match *match)
{
    const struct shelflife_evidence *evidence = match->evidence;
    shelflife_json_member_text(w, "by", shelflife_report_match_by(match));
    if (evidence) {
        shelflife_json_write_key(w, STR("evidence"));
        shelflife_report_write_evidence(w, evidence);
    } else {
        shelflife_json_member_null(w, "evidence");
    }
    shelflife_json_member_nullable(w, "contradicts",
                                   match->contradicts ? match->contradicts->release : (str){0});
}
