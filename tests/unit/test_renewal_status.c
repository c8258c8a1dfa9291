/* rooms: renewal file kube net json pki base */
#include "renewal/status.h"
#include "unit/test.h"

enum { LIMIT = 1 << 16, NOW = 1795392000 };

static const struct shelflife_renewal_id old = {"old"}, new = {"new"};

static const struct shelflife_renewal_note notes[] = {{"me", {{"old"}}, 1},
                                                      {"late", {{"old"}}, 1},
                                                      {"moved", {{"new"}}, 1},
                                                      {"gone", {{"expired"}}, 1},
                                                      {"both", {{"old"}, {"new"}}, 2}};

/* During a renewal from `old` to `new`. */
static struct shelflife_renewal_state during_a_renewal(void)
{
    return (struct shelflife_renewal_state){
        .slots = {true, true},
        .current = {.valid = true, .id = old, .until = NOW + 10},
        .next = {.valid = true, .id = new, .until = NOW + 100},
        .notes = notes,
        .note_count = COUNT(notes),
    };
}

static void assert_has(const buffer *text, const char *line)
{
    if (!memmem(text->at, text->len, line, strlen(line)))
        fail_msg("\"%.*s\" has no \"%s\"", (int)text->len, text->at, line);
}

static void a_status_is_reported_in_lines(void **state)
{
    static const struct {
        const char *serial;
        struct shelflife_renewal_plan plan;
        int64_t until;
        bool renews, ready;
        const char *text;
    } cases[] = {
        {"",
         {.phase = SHELFLIFE_RENEWAL_PHASE_STARTING},
         0,
         false,
         false,
         "[-] renewal: starting, no certificate is served yet\n"},
        {"4f0c",
         {.phase = SHELFLIFE_RENEWAL_PHASE_SETTLED, .ready = true},
         NOW + 1,
         false,
         true,
         "[+] renewal: settled, its CA is in every caBundle, serial 4f0c\n"},
        {"4f0c",
         {.phase = SHELFLIFE_RENEWAL_PHASE_SETTLED},
         NOW + 1,
         false,
         false,
         "[-] renewal: settled, its CA is not in every caBundle, serial 4f0c\n"},
        {"4f0c",
         {.phase = SHELFLIFE_RENEWAL_PHASE_SETTLED, .ready = true},
         NOW,
         false,
         false,
         "[-] renewal: settled, the served certificate has expired, serial 4f0c\n"},
        {"4f0c",
         {.phase = SHELFLIFE_RENEWAL_PHASE_RENEWING, .ready = true},
         NOW + 1,
         true,
         true,
         "[+] renewal: renewing, its CA is in every caBundle, serial 4f0c\n"
         "    waiting for late, both to serve the next certificate\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct shelflife_renewal_status status;
        const struct shelflife_renewal_self self = {.name = "me", .serving_until = cases[i].until};
        struct shelflife_renewal_state seen = {0};
        CLEANUP(shelflife_buffer_free) buffer lines;
        shelflife_buffer_init(&lines, LIMIT);
        if (cases[i].renews)
            seen = during_a_renewal();
        shelflife_renewal_status_init(&status);
        shelflife_renewal_status_decided(&status, &self, cases[i].serial, &seen, &cases[i].plan, NOW);
        assert_int_equal(shelflife_renewal_status_ready(&status, NOW, &lines), cases[i].ready);
        assert_str_equal(shelflife_buffer_str(&lines), cases[i].text);
        shelflife_renewal_status_free(&status);
    }
}

static void failures_are_reported_until_a_success(void **state)
{
    struct shelflife_renewal_status status;
    const error why = {.text = "403 Forbidden"};
    CLEANUP(shelflife_buffer_free) buffer lines;
    (void)state;
    shelflife_buffer_init(&lines, LIMIT);
    shelflife_renewal_status_init(&status);
    shelflife_renewal_status_applied(&status, SHELFLIFE_RENEWAL_STEP_WAIT, SHELFLIFE_RENEWAL_OUTCOME_FAILURE,
                                     &why, NOW);
    shelflife_renewal_status_ready(&status, NOW, &lines);
    assert_has(&lines, "[!] renewal failed, has never succeeded: 403 Forbidden\n");
    shelflife_renewal_status_applied(&status, SHELFLIFE_RENEWAL_STEP_ANNOTATE,
                                     SHELFLIFE_RENEWAL_OUTCOME_SUCCESS, NULL, NOW);
    shelflife_buffer_reset(&lines);
    shelflife_renewal_status_ready(&status, NOW, &lines);
    assert_null(memmem(lines.at, lines.len, "failed", 6));
    shelflife_renewal_status_applied(&status, SHELFLIFE_RENEWAL_STEP_ANNOTATE,
                                     SHELFLIFE_RENEWAL_OUTCOME_CONFLICT, NULL, NOW + 1);
    shelflife_renewal_status_applied(&status, SHELFLIFE_RENEWAL_STEP_ANNOTATE,
                                     SHELFLIFE_RENEWAL_OUTCOME_FAILURE, &why, NOW + 2);
    shelflife_renewal_status_ready(&status, NOW + 7, &lines);
    assert_has(&lines, "[!] renewal failed, succeeded 7 seconds ago: 403 Forbidden\n");
    shelflife_renewal_status_free(&status);
}

static void steps_are_counted_by_outcome(void **state)
{
    struct shelflife_renewal_status status;
    const error why = {.text = "x"};
    const struct shelflife_renewal_self self = {.name = "me", .serving_until = NOW + 10};
    const struct shelflife_renewal_state seen = during_a_renewal();
    const struct shelflife_renewal_plan plan = {.phase = SHELFLIFE_RENEWAL_PHASE_RENEWING, .ready = true};
    CLEANUP(shelflife_buffer_free) buffer out;
    (void)state;
    shelflife_buffer_init(&out, LIMIT);
    shelflife_renewal_status_init(&status);
    shelflife_renewal_status_decided(&status, &self, "4f0c", &seen, &plan, NOW);
    for (int i = 0; i < 3; i++)
        shelflife_renewal_status_applied(&status, SHELFLIFE_RENEWAL_STEP_SERVE,
                                         SHELFLIFE_RENEWAL_OUTCOME_SUCCESS, NULL, NOW);
    shelflife_renewal_status_applied(&status, SHELFLIFE_RENEWAL_STEP_UPDATE_BUNDLES,
                                     SHELFLIFE_RENEWAL_OUTCOME_CONFLICT, NULL, NOW);
    shelflife_renewal_status_applied(&status, SHELFLIFE_RENEWAL_STEP_WAIT, SHELFLIFE_RENEWAL_OUTCOME_FAILURE,
                                     &why, NOW);
    shelflife_renewal_status_metrics(&status, NOW, &out);
    static const char *const lines[] = {
        "\nshelflife_certificate_renewal_phase{phase=\"renewing\"} 1\n",
        "\nshelflife_certificate_renewal_phase{phase=\"settled\"} 0\n",
        "\nshelflife_certificate_renewal_steps_total{step=\"serve\",outcome=\"success\"} 3\n",
        "\nshelflife_certificate_renewal_steps_total{step=\"update_bundles\",outcome=\"conflict\"} 1\n",
        "\nshelflife_certificate_renewal_steps_total{step=\"observe\",outcome=\"failure\"} 1\n",
        "\nshelflife_certificate_renewal_success_timestamp_seconds 1795392000\n",
        "\nshelflife_certificate_covered 1\n",
    };
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_has(&out, lines[i]);
    shelflife_buffer_reset(&out);
    shelflife_renewal_status_metrics(&status, NOW + 10, &out);
    assert_has(&out, "\nshelflife_certificate_covered 0\n");
    shelflife_renewal_status_free(&status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_is_reported_in_lines),
        cmocka_unit_test(failures_are_reported_until_a_success),
        cmocka_unit_test(steps_are_counted_by_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
