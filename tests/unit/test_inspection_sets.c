/* rooms: all */
#include "inspection/sets.h"
#include "unit/test.h"

enum { SETS = SHELFLIFE_INSPECTION_SETS, PARTS = SHELFLIFE_INSPECTION_PARTS_MAX };

/* A set as text: for each part "EDITION/COUNT", with "#INDEX" if it is not in its place; "-": no ConfigMap.
 */
static void read_set(const char *text, struct shelflife_inspection_part *parts)
{
    str rest = shelflife_str_of(text);
    for (size_t i = 0; rest.len; i++) {
        size_t end = shelflife_str_find(rest, ' ');
        char word[64];
        long long edition = 0;
        unsigned count = 0, index = (unsigned)i;
        snprintf(word, sizeof(word), "%.*s", STR_PRINT(shelflife_str_first(rest, end)));
        if (word[0] != '-') {
            assert_true(sscanf(word, "%lld/%u#%u", &edition, &count, &index) >= 1);
            parts[i] = (struct shelflife_inspection_part){true, edition, index, count};
        }
        rest = shelflife_str_after(rest, end == SIZE_MAX ? end : end + 1);
    }
}

static void the_newest_complete_set_stays(void **state UNUSED)
{
    static const struct {
        const char *a, *b;
        int current, next;
        int64_t edition; /* at time 100 */
        uint32_t count;
    } cases[] = {
        {"", "", -1, 0, 100, 0},
        {"50/1", "", 0, 1, 100, 1},
        {"50/2 50/2", "", 0, 1, 100, 2},
        {"50/2 50/2", "60/1", 1, 0, 100, 1},
        {"70/2 70/2", "60/1", 0, 1, 100, 2},
        /* A writer was killed after its first part: the other set stays. */
        {"50/2 50/2", "60/2", 0, 1, 100, 2},
        {"50/2 50/2", "- 60/2", 0, 1, 100, 2},
        /* It was killed while it wrote over an older edition of the set. */
        {"50/2 50/2", "60/2 40/2", 0, 1, 100, 2},
        {"50/2 50/2", "60/2 40/1", 0, 1, 100, 2},
        {"60/3 60/3 40/3", "50/1", 1, 0, 100, 1},
        /* Before it deleted parts that the new edition does not have. */
        {"50/2 50/2", "60/1 40/3 40/3", 1, 0, 100, 1},
        /* In its first set. */
        {"60/2", "", -1, 0, 100, 0},
        /* The clock is late: an edition is newer than all there are, complete or not. */
        {"100/1", "", 0, 1, 101, 1},
        {"500/1", "700/2", 0, 1, 701, 1},
        {"500/1", "- 700/2", 0, 1, 701, 1},
        /* ConfigMaps of these names that are nothing of ours. */
        {"0/0", "", -1, 0, 100, 0},
        {"0/0", "50/1", 1, 0, 100, 1},
        {"50/1#1", "", -1, 0, 100, 0},
        {"50/2 50/2#0", "40/1", 1, 0, 100, 1},
        {"50/65", "", -1, 0, 100, 0},
        {"50/4000000000", "", -1, 0, 100, 0},
        {"-5/1", "", -1, 0, 100, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        static struct shelflife_inspection_part parts[SETS][PARTS];
        struct shelflife_inspection_plan plan;
        memset(parts, 0, sizeof(parts));
        read_set(cases[i].a, parts[0]);
        read_set(cases[i].b, parts[1]);
        shelflife_inspection_plan(parts, 100, &plan);
        if (plan.current != cases[i].current || plan.next != cases[i].next ||
            plan.edition != cases[i].edition || plan.current_count != cases[i].count)
            fail_msg("[%s] [%s]: current %d (%u parts), next %d, edition %lld", cases[i].a, cases[i].b,
                     plan.current, (unsigned)plan.current_count, plan.next, (long long)plan.edition);
    }
}

/* Kills a writer after each step of each write, ten writes in a row: a complete edition is there at any time,
   and it never becomes older. */
static void a_reader_always_finds_a_complete_edition(void **state UNUSED)
{
    static struct shelflife_inspection_part parts[SETS][PARTS];
    for (unsigned killed = 0; killed < 64; killed++) {
        struct shelflife_inspection_plan plan;
        int64_t last = 0;
        unsigned steps = 0;
        memset(parts, 0, sizeof(parts));
        for (uint32_t write = 0; write < 10; write++) {
            const uint32_t count = 1 + (write * 7 + killed) % 4;
            shelflife_inspection_plan(parts, 1000, &plan);
            const int set = plan.next;
            const int64_t edition = plan.edition;
            for (uint32_t i = 0; i < PARTS; i++) {
                if (steps++ % 64 == killed)
                    break;
                if (i < count)
                    parts[set][i] = (struct shelflife_inspection_part){true, edition, i, count};
                else
                    parts[set][i].exists = false;
                struct shelflife_inspection_plan seen;
                shelflife_inspection_plan(parts, 1000, &seen);
                const int64_t now = seen.current < 0 ? 0 : parts[seen.current][0].edition;
                assert_true(now >= last && seen.edition > now);
                assert_true(i + 1 < count || now == edition);
                last = now;
            }
        }
    }
}

static void parts_have_names(void **state UNUSED)
{
    char name[SHELFLIFE_INSPECTION_NAME_MAX + 1];
    shelflife_inspection_part_name("inventory", 0, 0, name);
    assert_string_equal(name, "inventory-a-0");
    shelflife_inspection_part_name("inventory", 1, 12, name);
    assert_string_equal(name, "inventory-b-12");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_complete_set_stays),
        cmocka_unit_test(a_reader_always_finds_a_complete_edition),
        cmocka_unit_test(parts_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
