/* rooms: base */
#include "unit/test.h"

/* A byte that the heap does not have by chance. */
enum { SECRET = 0xA5, BYTES = 1000 };

/* Replaces glibc's function, and counts the secret bytes that are overwritten. */
static size_t wiped;

void explicit_bzero(void *at, size_t n)
{
    const unsigned char *volatile bytes = at; /* the compiler knows that glibc's reads nothing */
    for (size_t i = 0; i < n; i++)
        wiped += bytes[i] == SECRET;
    memset(at, 0, n);
}

/* What it is called in a build with _FORTIFY_SOURCE. */
void __explicit_bzero_chk(void *at, size_t n, size_t room);
void __explicit_bzero_chk(void *at, size_t n, size_t room)
{
    (void)room;
    explicit_bzero(at, n);
}

static void secret_buffers_leave_nothing_on_the_heap(void **state)
{
    (void)state;
    for (int secret = 1; secret >= 0; secret--) {
        buffer b;
        size_t expected = 0, moved = 0;
        wiped = 0;
        shelflife_buffer_init(&b, 2 * BYTES);
        b.secret = secret;
        for (size_t i = 0; i < BYTES; i++) {
            size_t capacity = b.capacity;
            shelflife_buffer_byte(&b, (char)SECRET);
            if (b.capacity != capacity) {
                expected += secret ? i : 0; /* the copy that it grew out of */
                moved++;
            }
            assert_int_equal(wiped, expected);
        }
        assert_true(moved > 1);
        for (size_t i = 0; i < b.len; i++)
            assert_int_equal((unsigned char)b.at[i], SECRET);
        shelflife_buffer_free(&b);
        assert_int_equal(wiped, expected + (secret ? BYTES : 0));
        assert_int_equal(b.secret, secret);
    }
}

static void formatting_into_a_secret_buffer_leaves_nothing_either(void **state)
{
    (void)state;
    buffer b;
    wiped = 0;
    shelflife_buffer_init(&b, BYTES);
    b.secret = true;
    shelflife_buffer_format(&b, "%s", "\xa5\xa5\xa5\xa5");
    size_t capacity = b.capacity;
    shelflife_buffer_format(&b, "%200s", "\xa5\xa5\xa5\xa5");
    assert_true(b.capacity > capacity);
    assert_int_equal(wiped, 4);
    shelflife_buffer_free(&b);
    assert_int_equal(wiped, 12);
}

static void secret_arenas_leave_nothing_on_the_heap(void **state)
{
    (void)state;
    static char text[300000];
    memset(text, SECRET, sizeof(text));
    for (int secret = 1; secret >= 0; secret--) {
        arena a;
        str copy;
        wiped = 0;
        shelflife_arena_init(&a, 10 * sizeof(text));
        a.secret = secret;
        assert_true(shelflife_arena_copy(&a, (str){text, 100}, &copy));
        assert_true(shelflife_arena_copy(&a, (str){text, sizeof(text)}, &copy));
        shelflife_arena_reset(&a);
        assert_int_equal(wiped, secret ? 100 + sizeof(text) : 0);
        assert_true(shelflife_arena_copy(&a, (str){text, 100}, &copy));
        struct shelflife_arena_mark mark = shelflife_arena_mark(&a);
        assert_true(shelflife_arena_copy(&a, (str){text, 100}, &copy));
        shelflife_arena_rewind(&a, mark);
        assert_int_equal(wiped, secret ? 200 + sizeof(text) : 0);
        shelflife_arena_free(&a);
        assert_int_equal(wiped, secret ? 300 + sizeof(text) : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secret_buffers_leave_nothing_on_the_heap),
        cmocka_unit_test(formatting_into_a_secret_buffer_leaves_nothing_either),
        cmocka_unit_test(secret_arenas_leave_nothing_on_the_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
